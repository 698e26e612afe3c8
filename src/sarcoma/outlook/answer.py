"""Answer: what can be said to a question of one person: a headline, the nearest figures, the others, what is withheld.

Every surface takes its order from here. Nothing in it is a sentence: `wording` makes those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sarcoma._dataclass import dataclass
from sarcoma.outlook.candidates import able_to_speak
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.nearness import (
    Person,
    Placed,
    Question,
    dimensions,
    in_order,
    place,
)
from sarcoma.outlook.resemble import SAME, Published

HeadlineKind = Literal[
    "figure",  # the first of the nearest
    "range",  # over the nearest with one measure, end point, estimand and horizon
    "does-not-spread",  # what the type does instead is in its profile
    "general-figures-would-mislead",  # nothing is known for the type once it has spread, and it is slow
    "treated-by-another-plan",  # a type or age of which the library has no figure that may be said
    "has-spread",  # the question is behind this person
    "spread-not-known",  # whether it has spread is asked first
    "nothing-near",
]


@dataclass(frozen=True, slots=True)
class NearFigure:
    """A figure with its place: `matches` and `broader_on` name dimensions, `unlike` what is different about its people.

    `placed_because` is "nearest", or the origin of a figure that is nowhere broader and somewhere narrower.
    """

    figure: OutlookFigure
    matches: tuple[str, ...]
    broader_on: tuple[str, ...]
    unlike: tuple[str, ...]
    placed_because: str
    may_head: bool
    topic: str
    estimand: str
    endpoint: str | None
    vector: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A figure that must not be said of this person: the general statements that it belongs to, by id."""

    origin: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing to be said. `low` and `high` are of a range, in the unit of its figures."""

    kind: HeadlineKind
    figures: tuple[OutlookFigure, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be said to a question. `all_types_together`: nothing was found for the type, and mixed figures stand."""

    question: Question
    headline: Headline
    nearest: tuple[NearFigure, ...] = ()
    less_near: tuple[NearFigure, ...] = ()
    cannot_tell: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    all_types_together: bool = False
    asks: bool = False


def answer(question: Question, person: Person, gate: Gate) -> Answer:
    """The answer to one question about one person."""
    metastatic = person.is_metastatic
    if question in ("spread", "local", "left") and metastatic:
        return Answer(question, Headline("has-spread"))
    if question in ("spread", "left", "survival") and person.situation == "not known":
        return Answer(question, Headline("spread-not-known"), asks=True)
    if question in ("spread", "where", "left") and gate.stays:
        return Answer(question, Headline("does-not-spread"))
    may, open_, withheld = [], [], []
    for one, said in able_to_speak(person, question):
        named = gate.against(one)
        if named:
            withheld.append(Withheld(one.shown.origin, named))
        elif said == "yes":
            may.append(one)
        else:
            open_.append(one.shown.origin)
    asked = dimensions(question, metastatic)
    placed = in_order(place(_distinct(may), person, asked))
    nearest = tuple(_near(p) for p in placed if p.nearest)
    less = tuple(_near(p) for p in placed if not p.nearest)
    headline = _headline(placed, question, withheld=bool(withheld), slow_once_spread=_is_slow(person, gate))
    if headline.kind == "nothing-near" and gate.profiles.may_be("plan") & {"paediatric-protocol", "own-drug"}:
        headline = Headline("treated-by-another-plan")
    mixed = bool(placed) and person.values["type"] is not None and all(p.vector[0] < 1 for p in placed)
    return Answer(
        question,
        headline,
        nearest,
        less,
        tuple(dict.fromkeys(open_)),
        tuple(withheld),
        all_types_together=mixed,
        asks=question == "survival",
    )


def _distinct(figures: list[Published]) -> Iterator[Published]:
    """Two facts may tell of one result: the same number from the same source."""
    seen: set[object] = set()
    for one in figures:
        if one.result not in seen:
            seen.add(one.result)
            yield one


def _near(placed: Placed) -> NearFigure:
    of = placed.published
    return NearFigure(
        of.shown,
        placed.matches,
        placed.broader_on,
        placed.unlike,
        placed.placed_because,
        of.may_head,
        of.fact.topic,
        of.estimand,
        of.figure.what_counts,
        placed.vector,
    )


def _is_slow(person: Person, gate: Gate) -> bool:
    """Whether it has spread, and people with this type often live for years then."""
    return person.is_metastatic and "slow" in gate.profiles.may_be("once_spread")


def _headline(placed: tuple[Placed, ...], question: Question, *, withheld: bool, slow_once_spread: bool) -> Headline:
    if question == "survival" and slow_once_spread and not any(p.vector[0] == SAME for p in placed):
        return Headline("general-figures-would-mislead")
    able = [p for p in placed if p.published.may_head]
    if not able:
        return Headline("general-figures-would-mislead" if withheld and not placed else "nothing-near")
    first = able[0]
    alike = [
        p
        for p in able
        if p.published.comparable == first.published.comparable and p.placed_because == first.placed_because
    ]
    values = [p.published.figure.value for p in alike if p.published.figure.value is not None]
    if len(values) > 1 and min(values) < max(values):
        return Headline("range", tuple(p.published.shown for p in alike), min(values), max(values))
    return Headline("figure", (first.published.shown,))
