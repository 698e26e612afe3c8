"""Nearness: in which of this person's prognostic facts a figure's people were restricted to the person's own value.

Not a score: a vector by question, ordered by dominance. One figure stands before another if it is nowhere broader and
somewhere narrower; what is not comparable stands side by side and is ordered by how well it is founded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from operator import ge
from typing import Any, Literal, get_args

from sarcoma.outlook.resemble import Published, inside, is_child
from sarcoma.outlook.situation import number_of, state_of
from sarcoma.patient import Records, rules

Question = Literal["spread", "where", "local", "survival", "left"]
"""What people ask: may it spread, where, may it come back at the same place, how long do people live, what of the risk
is left."""

QUESTIONS: tuple[Question, ...] = get_args(Question)

Extent = Literal["localised", "recurrent", "metastatic-at-diagnosis", "metastatic-later", "metastatic", "not known"]

Dimension = Literal[
    "type",
    "grade",
    "size",
    "depth",
    "site",
    "nodes",
    "margin",
    "radiotherapy",
    "stage",
    "organ",
    "time-of-spread",
    "age",
    "situation",
]

BEFORE_SPREAD: tuple[Dimension, ...] = ("type", "grade", "size", "depth", "site", "nodes", "margin", "radiotherapy")
AFTER_SPREAD: tuple[Dimension, ...] = ("type", "organ", "time-of-spread", "site", "grade", "age")
SURVIVAL_BEFORE_SPREAD: tuple[Dimension, ...] = (*BEFORE_SPREAD, "stage", "age", "situation")

SAME, FAMILY, ALL = 2, 1, 0
"""How the type was restricted: to this very type, to a group of types with it, not at all."""

ADULT = 18.0
"""Years; nearly all cohorts are adults, so a figure must name younger people to speak of a child."""

ENOUGH_PEOPLE = 50
"""Among figures that are equally near, those with at least this many people stand first."""

Standing = Literal["yes", "no", "cannot-tell"]


@dataclass(frozen=True)
class Person:
    """What nearness asks of one record; a value that is not known is None and counts for nothing."""

    records: Records
    situation: Extent

    def state(self, field: str) -> frozenset[str]:
        """The values of a coded field that are still possible."""
        return state_of(self.records, field)

    def _known(self, field: str) -> str | None:
        state = self.state(field)
        return next(iter(state)) if len(state) == 1 else None

    @cached_property
    def values(self) -> dict[Dimension, str | float | None]:
        """The person's own value in each dimension."""
        size, age = number_of(self.records, "size_cm"), number_of(self.records, "age")
        return {
            "type": self._known("histologic_type"),
            "grade": self._known("grade"),
            "size": None if size != size else size,
            "depth": self._known("depth"),
            "site": self._known("site"),
            "nodes": self._known("nodes"),
            "margin": self._known("margin"),
            "radiotherapy": self._known("radiotherapy"),
            "stage": self._known("stage"),
            "age": None if age != age else age,
        }

    @property
    def is_metastatic(self) -> bool:
        """Whether it is known to have spread."""
        return self.situation.startswith("metastatic")

    @cached_property
    def organs(self) -> frozenset[str]:
        """The organs that are known to have metastasis."""
        column = self.records.column("metastasis_organs")
        states = getattr(column, "states", (None,))
        codes = getattr(column, "codes", (0,))
        return states[int(codes[0])] or frozenset()

    @cached_property
    def is_child(self) -> bool:
        return is_child(self.records)


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure with its place for one question.

    `matches` are the dimensions in which its people were restricted to the person's own value, `broader_on` those in
    which the person's value is known and the people were not restricted, `unlike` what is different about them.
    `placed_because` is "nearest", or the origin of a figure that is nearer in every way.
    """

    published: Published
    vector: tuple[int, ...]
    matches: tuple[str, ...]
    broader_on: tuple[str, ...]
    unlike: tuple[str, ...]
    placed_because: str = "nearest"

    @property
    def origin(self) -> str:
        return self.published.shown.origin

    @property
    def nearest(self) -> bool:
        return self.placed_because == "nearest"


def dimensions(question: Question, metastatic: bool) -> tuple[Dimension, ...]:
    """The dimensions in which nearness is judged for a question."""
    if metastatic:
        return AFTER_SPREAD
    return SURVIVAL_BEFORE_SPREAD if question == "survival" else BEFORE_SPREAD


def standing(published: Published, person: Person, question: Question) -> Standing:
    """Whether a figure may speak of this person at all: type, situation, side of 18, whom it was of, and its rule.

    Where it goes is asked of people in whom it has spread, whatever the situation of this person.
    """
    undecided = False
    for answers in _TESTS:
        given = answers(published, person, question)
        if given == 0:
            return "no"
        undecided = undecided or given == -1
    return "cannot-tell" if undecided else "yes"


def _type_answer(published: Published, person: Person, _question: Question) -> int:
    return 1 if not published.types else inside(person.state("histologic_type"), published.members)


def _rule_answer(published: Published, person: Person, _question: Question) -> int:
    return rules.answer_one(published.rule, person.records)


_SITUATIONS: dict[str, frozenset[str | None]] = {
    "localised": frozenset(("localised", None)),
    "recurrent": frozenset(("recurrent",)),
    "metastatic-at-diagnosis": frozenset(("metastatic-at-diagnosis", "metastatic", None)),
    "metastatic-later": frozenset(("metastatic-later", "metastatic", None)),
    "metastatic": frozenset(("metastatic", None)),
}


def _situation_answer(published: Published, person: Person, question: Question) -> int:
    """A cohort that mixes situations is about nobody in particular."""
    of = published.people.situation
    if not person.is_metastatic and (question == "where" or (question == "survival" and of == "mixed")):
        return 1
    if person.situation == "not known":
        return -1
    if of in _SITUATIONS.get(person.situation, frozenset()):
        return 1
    return -1 if person.situation == "metastatic" and of in ("metastatic-at-diagnosis", "metastatic-later") else 0


def _ages_answer(published: Published, person: Person, _question: Question) -> int:
    of, age = published.people.ages, person.values["age"]
    if age is None:
        return -1 if of == "children" else 1
    if person.is_child:
        low = published.people.age_years[0] if published.people.age_years else ADULT
        return int(of in ("children", "all") or (of is None and (low is None or low < ADULT)))
    return int(of != "children")


_CODED: tuple[Dimension, ...] = ("grade", "depth", "site", "nodes", "margin", "radiotherapy")


@cache
def _restrictions(published: Published) -> tuple[tuple[Dimension, frozenset[str]], ...]:
    """The coded dimensions in which the people of a figure were restricted, and to what."""
    given = ((dimension, getattr(published.people, dimension)) for dimension in _CODED)
    return tuple((dimension, frozenset(of)) for dimension, of in given if of is not None)


def _people_answer(published: Published, person: Person, _question: Question) -> int:
    """Whether the person's values lie within what the people were restricted to, also where no rule says it."""
    people, undecided = published.people, False
    for dimension, of in _restrictions(published):
        given = inside(person.state(dimension), of)
        if given == 0:
            return 0
        undecided = undecided or given == -1
    for bounds, name, above in ((people.size_cm, "size", True), (people.age_years, "age", False)):
        if bounds is not None:
            given = _within(bounds, person.values[name], above=above)  # type: ignore[index]
            if given == 0:
                return 0
            undecided = undecided or given == -1
    if people.organs is not None and not set(people.organs) <= person.organs:
        return 0
    return -1 if undecided else 1


_TESTS = (_type_answer, _situation_answer, _ages_answer, _people_answer, _rule_answer)
"""The quickest that refuse most stand first."""


def _within(bounds: tuple[float | None, float | None], value: str | float | None, *, above: bool) -> int:
    """Whether a number lies within bounds: above low up to high (`above`), or from low up to below high."""
    if value is None:
        return -1
    low, high = bounds
    x = float(value)
    over = low is None or (x > low if above else x >= low)
    under = high is None or (x <= high if above else x < high)
    return int(over and under)


def place(published: Published, person: Person, asked: Sequence[Dimension]) -> Placed:
    """A figure that may speak of this person, with its vector (before dominance is judged)."""
    vector: list[int] = []
    matches: list[str] = []
    broader: list[str] = []
    for dimension in asked:
        value = _narrowness(dimension, published, person)
        if value is None:
            vector.append(0)
            continue
        vector.append(value)
        full = SAME if dimension == "type" else 1
        (matches if value == full else broader).append(dimension)
    unlike = []
    if "selected" in published.fact.marks_of(published.figure):
        unlike.append("selected-people")
    if published.people.ages == "all" and person.values["age"] is not None:
        unlike.append("children-and-adults-together")
    return Placed(published, tuple(vector), tuple(matches), tuple(broader), tuple(unlike))


def _narrowness(dimension: Dimension, published: Published, person: Person) -> int | None:
    """1 (for the type up to 2) where restricted to this value, 0 where not, None where the person's is unknown."""
    people = published.people
    if dimension == "type":
        if person.values["type"] is None:
            return None
        return ALL if not published.types else SAME if len(published.members) == 1 else FAMILY
    if dimension == "organ":
        return int(people.organs is not None) if person.organs else None
    if dimension == "situation":
        return int(people.situation != "mixed")
    if dimension == "site":
        if person.values["site"] is None and person.state("site_detail") and len(person.state("site_detail")) > 1:
            return None
        return int(people.site is not None or "site_detail" in published.fields)
    if dimension == "time-of-spread":
        return int(people.situation in ("metastatic-at-diagnosis", "metastatic-later"))
    if person.values[dimension] is None:
        return None
    if dimension == "stage":
        return int("stage" in published.fields)
    if dimension == "size":
        return int(people.size_cm is not None)
    if dimension == "age":
        return int(people.age_years is not None)
    return int(getattr(people, dimension) is not None)


def dominates(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether the first vector is nowhere broader and somewhere narrower."""
    return first != second and all(map(ge, first, second))


def in_order(placed: Iterable[Placed], key: Callable[[Placed], tuple[Any, ...]]) -> tuple[Placed, ...]:
    """Nearest first: what nothing dominates, then what only those dominate, and so on; within each by `key`."""
    by_vector: dict[tuple[int, ...], list[Placed]] = {}
    for one in sorted(placed, key=key):
        by_vector.setdefault(one.vector, []).append(one)
    ordered: list[Placed] = []
    left = list(by_vector)
    while left:
        front = [v for v in left if not any(dominates(w, v) for w in left)]
        left = [v for v in left if v not in front]
        layer = sorted((one for v in front for one in by_vector[v]), key=key)
        ordered += [_behind(one, ordered) if ordered else one for one in layer]
    return tuple(ordered)


def _behind(placed: Placed, before: Sequence[Placed]) -> Placed:
    nearer = next(q for q in before if dominates(q.vector, placed.vector))
    return replace(placed, placed_because=nearer.origin)


def founded(placed: Placed) -> tuple[object, ...]:
    """The order among figures that are equally near: how well they are founded."""
    fact, figure = placed.published.fact, placed.published.figure
    marks = set(fact.marks_of(figure))
    estimand = fact.estimand_of(figure)
    return (
        "not-found-again" in marks,
        figure.horizon_months is None and not figure.measure.startswith("median"),
        bool(marks & {"secondary", "selected", "calculated"}),
        estimand == "net",
        (figure.people or 0) < ENOUGH_PEOPLE,
        -(placed.published.people.period_end or 0),
        -(figure.people or 0),
        fact.key,
        figure.id,
    )
