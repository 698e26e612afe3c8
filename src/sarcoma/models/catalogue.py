"""The catalogue: the cards shipped with the package, validated, by id."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma._arguments import checked
from sarcoma._files import problems_of, read_folder, read_yaml
from sarcoma.errors import CardError, EvidenceError
from sarcoma.evidence.stored import Store, keep
from sarcoma.models.card import Card
from sarcoma.patient import rules

if TYPE_CHECKING:
    from pydantic import ValidationError

CARDS = Path(__file__).parent / "cards"


@lru_cache(maxsize=1)
def cards() -> dict[str, Card]:
    """All cards shipped, by id, in the order of their file names (their rules are checked by the tests)."""
    store = Store(CARDS)
    if "Card" in store:
        return store.part("Card")
    found: dict[str, Card] = {}
    for name, raw in read_folder(CARDS).items():
        card = _validated(raw, f"{name}.yaml")
        found[card.id] = card
    keep(CARDS, {"Card": lambda: found})
    return found


@checked
def card(card_id: str) -> Card:
    """The card with this id.

    Raises
    ------
    CardError : there is none; the message lists those that exist.
    """
    try:
        return cards()[card_id]
    except KeyError:
        raise CardError(f"there is no model {card_id[:40]!r}; there are {', '.join(cards())}") from None


@checked
def read_card(path: Path) -> Card:
    """A card from a YAML file of one's own.

    Raises
    ------
    CardError : the file cannot be read, or does not fit the schema; says where.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CardError(f"{path.name[:80]}: there is no such file") from None
    except (OSError, UnicodeDecodeError):
        raise CardError(f"{path.name}: cannot be read as UTF-8 text") from None
    try:
        found = _validated(read_yaml(text, path.name), path.name)
        check_rules(found)
    except EvidenceError as error:
        raise CardError(f"{path.name}: {error}") from None
    return found


def check_rules(card: Card) -> None:
    """Refuse a card whose rules name a field, grouping or code that does not exist.

    Raises
    ------
    EvidenceError : says which.
    """
    for rule in (card.applies, *card.form.rules, *(c.when for c in card.cautions)):
        rules.check_rule(rule)


def _validated(raw: Any, name: str) -> Card:
    from pydantic import ValidationError

    try:
        return Card.model_validate(raw)
    except ValidationError as error:
        where, text = card_problems(error)[0]
        raise CardError(f"{name}: {where + ': ' if where else ''}{text}") from None


def card_problems(error: ValidationError) -> list[tuple[str, str]]:
    """Everything that does not fit the schema of cards: where in the file, and what (never the value)."""
    return problems_of(error, place=_in_file)


def _in_file(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """In a file the fields of a card's form stand beside its own; which form it is, `kind` says."""
    if place[:1] != ("form",):
        return place
    return place[2:] if len(place) > 1 else ("kind",)
