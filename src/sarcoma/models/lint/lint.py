"""Checking a card from a file, or one that fits the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from sarcoma._files import read_yaml
from sarcoma.errors import CardError, EvidenceError, SarcomaError
from sarcoma.models.card import Card
from sarcoma.models.catalogue import card_problems
from sarcoma.models.finding import Finding
from sarcoma.models.lint import parts
from sarcoma.models.lint.direction import check_direction, check_time
from sarcoma.models.lint.edges import check_edges
from sarcoma.models.lint.vectors import check_vectors

_ALWAYS = (
    parts.check_applies,
    parts.check_citation,
    parts.check_units,
    parts.check_estimand,
    parts.check_levels,
    parts.check_performance,
    check_direction,
    check_time,
    parts.check_readers,
)


def lint(path: Path) -> tuple[Card | None, tuple[Finding, ...]]:
    """A card from a file, None where it does not fit the schema, and everything found in it.

    Raises
    ------
    CardError : the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CardError(f"{path.name[:80]}: there is no such file") from None
    except (OSError, UnicodeDecodeError):
        raise CardError(f"{path.name[:80]}: cannot be read as UTF-8 text") from None
    try:
        raw = read_yaml(text, path.name)
    except EvidenceError as error:
        raise CardError(str(error)) from None
    if not isinstance(raw, dict):
        return None, (Finding("error", "", "a card is made of names with values, such as `id: our-model`"),)
    if hidden := parts.hidden_characters(text):
        return None, (Finding("error", f"line {hidden}", "a character that cannot be seen stands in the text"),)
    try:
        card = Card.model_validate(raw)
    except ValidationError as error:
        return None, tuple(Finding("error", where, text) for where, text in card_problems(error))
    return card, lint_card(card)


def lint_card(card: Card) -> tuple[Finding, ...]:
    """Everything found in a card that fits the schema, errors first."""
    found: list[Finding] = []
    for check in _ALWAYS:
        found += _carried_out(check, card)
    if not any(f.level == "error" for f in found):
        for check in (check_vectors, check_edges):
            found += _carried_out(check, card)
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda f: order[f.level]))


def _carried_out(check: Callable[[Card], Iterator[Finding]], card: Card) -> list[Finding]:
    """What a check finds; numbers that no check foresaw are a finding too, never a fault."""
    try:
        with np.errstate(all="ignore"):
            return list(check(card))
    except (ArithmeticError, LookupError, SarcomaError, TypeError, ValueError):
        what = check.__name__.removeprefix("check_").replace("_", " ")
        return [Finding("error", what, "this part holds something that cannot be computed with")]
