"""Who would see a change: which entries name a fact or source, and to how many made-up people it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sarcoma._files import read_yaml
from sarcoma.errors import EvidenceError
from sarcoma.evidence import Fact, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.models import cards
from sarcoma.outlook.outlook import outlook_of
from sarcoma.outlook.shown import keys_shown
from sarcoma.patient import Patient

MADE_UP_PEOPLE = Path(__file__).parent / "made_up_people.yaml"


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change with a key.

    `facts` are those that it is, or that rest on it; `places` the entries that show one of them, by what they are
    (`chapters`, `claims`, `treatments`, …); `cards` the models that cite it; `people` the made-up people to whom one of
    the facts or cards is shown, of `asked`.
    """

    key: str
    facts: tuple[str, ...]
    places: dict[str, tuple[str, ...]]
    cards: tuple[str, ...]
    people: tuple[str, ...]
    asked: int


def impact(key: str) -> Impact:
    """What would change with a fact, a figure, a source or a model card.

    Raises
    ------
    EvidenceError : nothing has this key.
    """
    lib = library()
    figure: str | None = None
    if key in cards():
        facts: tuple[str, ...] = ()
        models: tuple[str, ...] = (key,)
    elif key in lib.sources:
        facts = tuple(fact.key for fact in lib.facts.values() if key in _sources(fact))
        models = tuple(card.id for card in cards().values() if card.citation == key)
    elif "." in key:
        facts, models, figure = (lib.figure(key)[0].key,), (), key
    else:
        facts, models = (lib.fact(key).key,), ()
    wanted = {figure} if figure else {*facts, *models}
    people = tuple(name for name, shown in shown_to_made_up_people().items() if wanted & shown)
    return Impact(key, facts, _places(facts, figure), models, people, len(shown_to_made_up_people()))


def impact_of(key: str, room: str) -> Impact:
    """What would change with an entry of a file of the evidence (`facts`, `treatments`, `red_flags`, …).

    Raises
    ------
    EvidenceError : nothing has this key.
    """
    if room in ("facts", "sources"):
        return impact(key)
    people = tuple(name for name, shown in shown_to_made_up_people().items() if key in shown)
    return Impact(key, (), {}, (), people, len(shown_to_made_up_people()))


def _sources(fact: Fact) -> set[str]:
    return {*fact.sources, *(s for figure in fact.figures for s in figure.sources or ())}


def _places(facts: tuple[str, ...], figure: str | None) -> dict[str, tuple[str, ...]]:
    """The entries that list one of the facts, or name its figures in a text; for a figure only those that name it."""
    lib = library()
    topics: set[str] = {lib.facts[key].topic for key in facts}
    rooms: dict[str, Any] = {
        "chapters": lib.chapters,
        "claims": lib.claims,
        "treatments": lib.treatments,
        "questions": lib.questions,
        "sites": lib.sites,
        "red flags": lib.red_flags,
        "facts": lib.facts,
    }
    found = {}
    for room, entries in rooms.items():
        named = tuple(
            name
            for name, entry in entries.items()
            if not (room == "facts" and name in facts) and _names(entry.model_dump(), facts, figure, topics)
        )
        if named:
            found[room] = named
    return found


def _names(value: object, facts: tuple[str, ...], figure: str | None, topics: set[str], field: str = "") -> bool:
    if isinstance(value, dict):
        return any(_names(inner, facts, figure, topics, name) for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return any(_names(inner, facts, figure, topics, field) for inner in value)
    if not isinstance(value, str):
        return False
    if figure is not None:
        return figure in PLACEHOLDER.findall(value) or value == figure
    if field == "topics":
        return value in topics
    listed = field in ("facts", "also", "results", "disagrees_with", "superseded_by")
    named = {found.partition(".")[0] for found in PLACEHOLDER.findall(value) if "." in found}
    return bool(named & set(facts)) or (listed and value.partition(".")[0] in facts)


@lru_cache(maxsize=1)
def shown_to_made_up_people() -> dict[str, frozenset[str]]:
    """For each made-up person, everything that their outlook shows: keys of facts, figures (`B21.dm`) and models.

    Raises
    ------
    EvidenceError : a made-up person cannot be read.
    """
    found = {}
    for raw in read_yaml(MADE_UP_PEOPLE.read_text(encoding="utf-8"), MADE_UP_PEOPLE.name):
        name = raw.pop("id")
        try:
            person = Patient(**raw)
        except ValueError as error:
            raise EvidenceError(f"{MADE_UP_PEOPLE.name}: {name}: {error}") from None
        found[name] = keys_shown(outlook_of(person, audience="teams"))
    return found
