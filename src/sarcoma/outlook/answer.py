"""Answer: what can be said to a question of one person: a headline, the nearest figures, the others, what is withheld.

Every surface takes its order from here. Nothing in it is a sentence: `wording` makes those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sarcoma.evidence import library
from sarcoma.evidence.fact import FEW_PEOPLE
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.nearness import (
    SAME,
    Person,
    Placed,
    Question,
    dimensions,
    founded,
    in_order,
    place,
    standing,
)
from sarcoma.outlook.resemble import Published, published

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


_MEASURES: dict[Question, frozenset[str]] = {
    "spread": frozenset(("distant-metastasis",)),
    "local": frozenset(("local-recurrence",)),
    "where": frozenset(("site-share",)),
    "survival": frozenset(
        (
            "overall-survival",
            "median-overall-survival",
            "disease-specific-survival",
            "relative-survival",
            "net-survival",
        )
    ),
    "left": frozenset(("time-to-metastasis",)),
}
_TOPICS: dict[Question, frozenset[str]] = {
    "survival": frozenset(
        ("survival-metastatic", "survival-by-type", "survival-by-stage", "long-term-survival", "spread-sites",
         "spread-rate", "nodes")
    ),
    "left": frozenset(("spread-timing", "spread-rate", "spread-sites")),
}  # fmt: skip
"""Where the measure alone does not decide: results of treatments are told with the treatment."""

_UNITS = frozenset(("percent", "months", "years", "weeks"))


@cache
def candidates(question: Question) -> tuple[Published, ...]:
    """Every figure that may be shown and answers a question, in the order of the library."""
    return tuple(
        one
        for fact in library().facts.values()
        if not fact.superseded_by and "from-memory" not in fact.marks
        for one in published(fact.key)
        if one.figure.measure in _MEASURES[question]
        and one.figure.unit in _UNITS
        and fact.topic in _TOPICS.get(question, (fact.topic,))
    )


def answer(question: Question, person: Person, gate: Gate) -> Answer:
    """The answer to one question about one person."""
    metastatic = person.is_metastatic
    if question in ("spread", "local", "left") and metastatic:
        return Answer(question, Headline("has-spread"))
    if question in ("spread", "left", "survival") and person.situation == "not known":
        return Answer(question, Headline("spread-not-known"), asks=True)
    if question in ("spread", "where", "left") and gate.profiles.may_be("spread") == {"none"}:
        return Answer(question, Headline("does-not-spread"))
    may, open_, withheld = [], [], []
    for one in candidates(question):
        said = standing(one, person, question)
        if said == "no":
            continue
        named = gate.against(one)
        if named:
            withheld.append(Withheld(one.shown.origin, named))
        elif said == "yes":
            may.append(one)
        else:
            open_.append(one.shown.origin)
    asked = dimensions(question, metastatic)
    placed = in_order((place(one, person, asked) for one in _distinct(may)), founded)
    nearest = tuple(_near(p) for p in placed if p.nearest)
    less = tuple(_near(p) for p in placed if not p.nearest)
    headline = _headline(placed, question, withheld=bool(withheld), slow_once_spread=_is_slow(person, gate))
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
    return NearFigure(
        placed.published.shown,
        placed.matches,
        placed.broader_on,
        placed.unlike,
        placed.placed_because,
        placed.published.fact.may_head(placed.published.figure),
        placed.published.fact.topic,
        placed.published.fact.estimand_of(placed.published.figure),
        placed.published.figure.what_counts,
        placed.vector,
    )


def _is_slow(person: Person, gate: Gate) -> bool:
    """Whether it has spread, and people with this type often live for years then."""
    return person.is_metastatic and "slow" in gate.profiles.may_be("once_spread")


def _headline(placed: tuple[Placed, ...], question: Question, *, withheld: bool, slow_once_spread: bool) -> Headline:
    if question == "survival" and slow_once_spread and not any(p.vector[0] == SAME for p in placed):
        return Headline("general-figures-would-mislead")
    able = [p for p in placed if p.published.fact.may_head(p.published.figure) and _counted(p)]
    if not able:
        return Headline("general-figures-would-mislead" if withheld and not placed else "nothing-near")
    first = able[0]
    alike = [p for p in able if _comparable(p) == _comparable(first) and p.placed_because == first.placed_because]
    values = [p.published.figure.value for p in alike if p.published.figure.value is not None]
    if len(values) > 1 and min(values) < max(values):
        return Headline("range", tuple(p.published.shown for p in alike), min(values), max(values))
    return Headline("figure", (first.published.shown,))


def _counted(placed: Placed) -> bool:
    people = placed.published.figure.people
    return people is not None and people >= FEW_PEOPLE


def _comparable(placed: Placed) -> tuple[object, ...]:
    """What must be identical in figures that make one range."""
    fact, figure = placed.published.fact, placed.published.figure
    organs = figure.organs if figure.organs is not None else fact.organs
    return (figure.measure, organs, figure.what_counts, fact.estimand_of(figure), figure.horizon_months, figure.unit)
