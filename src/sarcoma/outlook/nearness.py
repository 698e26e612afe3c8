"""Nearness: in which of this person's prognostic facts a figure's people were restricted to the person's own value.

Not a score: a vector by question, ordered by dominance. One figure stands before another if it is nowhere broader and
somewhere narrower; what is not comparable stands side by side and is ordered by how well it is founded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from operator import ge, itemgetter
from typing import Literal, NamedTuple, get_args

from sarcoma._dataclass import dataclass
from sarcoma.outlook.resemble import SAME, Dimension, Published, inside, is_child
from sarcoma.outlook.situation import number_of, state_of
from sarcoma.patient import Records, rules

Question = Literal["spread", "where", "local", "survival", "left"]
"""What people ask: may it spread, where, may it come back at the same place, how long do people live, what of the risk
is left."""

QUESTIONS: tuple[Question, ...] = get_args(Question)

Extent = Literal["localised", "recurrent", "metastatic-at-diagnosis", "metastatic-later", "metastatic", "not known"]

BEFORE_SPREAD: tuple[Dimension, ...] = ("type", "grade", "size", "depth", "site", "nodes", "margin", "radiotherapy")
AFTER_SPREAD: tuple[Dimension, ...] = ("type", "organ", "time-of-spread", "site", "grade", "age")
LEFT: tuple[Dimension, ...] = (*BEFORE_SPREAD, "time-since")
SURVIVAL_BEFORE_SPREAD: tuple[Dimension, ...] = (*BEFORE_SPREAD, "stage", "age", "situation")

ADULT = 18.0
"""Years; nearly all cohorts are adults, so a figure must name younger people to speak of a child."""

YOUNG = 41.0
"""Years; an upper bound of at most this names children and young people, a higher one ("under 65") does not."""

ENOUGH_PEOPLE = 50
"""Among figures that are equally near, those with at least this many people stand first."""

USUAL_HORIZON = 60.0
"""Months; of one cohort the figure nearest to five years stands first."""

Standing = Literal["yes", "no", "cannot-tell"]


class PeopleClass(NamedTuple):
    """What decides for whole groups of figures whether they may speak: types still possible, situation, side of 18."""

    types: frozenset[str]
    situation: Extent
    age: Literal["child", "adult", "not known"]


@dataclass(frozen=True)
class Person:
    """What nearness asks of one record; a value that is not known is None and counts for nothing.

    Nor does a grade where the type is not graded by FNCLCC (`graded`).
    """

    records: Records
    situation: Extent
    graded: bool = True

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
        since = number_of(self.records, "landmark_months")
        return {
            "type": self._known("histologic_type"),
            "grade": self._known("grade") if self.graded else None,
            "size": None if size != size else size,
            "depth": self._known("depth"),
            "site": self._known("site"),
            "nodes": self._known("nodes"),
            "margin": self._known("margin"),
            "radiotherapy": self._known("radiotherapy"),
            "stage": self._known("stage"),
            "age": None if age != age else age,
            "time-since": since if since > 0 else None,
        }

    @cached_property
    def of_whom(self) -> dict[int, int]:
        """Whether this person is one of some people (`Published.whom`): 1, 0 or -1, filled as it is asked."""
        return {}

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

    @cached_property
    def people_class(self) -> PeopleClass:
        """The class of people to which this person belongs."""
        age: Literal["child", "adult", "not known"] = (
            "not known" if self.values["age"] is None else "child" if self.is_child else "adult"
        )
        return PeopleClass(self.state("histologic_type"), self.situation, age)

    def knows(self, dimension: Dimension) -> bool:
        """Whether the person's own value is known, so that a figure can be near or far in it."""
        if dimension == "organ":
            return bool(self.organs)
        if dimension in ("situation", "time-of-spread"):
            return True
        if dimension == "site":
            return self.values["site"] is not None or len(self.state("site_detail")) <= 1
        return self.values[dimension] is not None


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

    def behind(self, origin: str) -> Placed:
        """The same, behind a figure that is nearer in every way."""
        return Placed(self.published, self.vector, self.matches, self.broader_on, self.unlike, origin)


def dimensions(question: Question, metastatic: bool) -> tuple[Dimension, ...]:
    """The dimensions in which nearness is judged for a question."""
    if metastatic:
        return AFTER_SPREAD
    if question == "left":
        return LEFT
    return SURVIVAL_BEFORE_SPREAD if question == "survival" else BEFORE_SPREAD


def standing(published: Published, person: Person, question: Question) -> Standing:
    """Whether a figure may speak of this person at all: type, situation, side of 18, whom it was of, and its rule.

    Where it goes is asked of people in whom it has spread, whatever the situation of this person.
    """
    return standing_of_person(published, person, standing_of_class(published, person.people_class, question))


def standing_of_class(published: Published, of: PeopleClass, question: Question) -> int:
    """What type, situation and side of 18 say: 1, 0 or -1, the same for everyone of a class."""
    by_type = _type_answer(published, of)
    if by_type == 0:  # of most, and the others cost more to ask
        return 0
    given = (by_type, _situation_answer(published, of, question), _ages_answer(published, of))
    return 0 if 0 in given else min(given)


def standing_of_person(published: Published, person: Person, of_class: int) -> Standing:
    """What is left to ask of one person, where the answer for the class is known."""
    if of_class == 0:
        return "no"
    given = person.of_whom.get(published.whom)
    if given is None:
        by_people = _people_answer(published, person)
        by_rule = rules.answer_one(published.rule, person.records) if by_people else 0
        given = person.of_whom[published.whom] = 0 if by_rule == 0 else min(by_people, by_rule)
    if given == 0:
        return "no"
    return "yes" if of_class == given == 1 else "cannot-tell"


def _type_answer(published: Published, of: PeopleClass) -> int:
    return 1 if not published.types else inside(of.types, published.members)


_SITUATIONS: dict[str, frozenset[str | None]] = {
    "localised": frozenset(("localised", None)),
    "recurrent": frozenset(("recurrent", "relapsed")),
    "metastatic-at-diagnosis": frozenset(("metastatic-at-diagnosis", "metastatic")),
    "metastatic-later": frozenset(("metastatic-later", "metastatic", "relapsed")),
    "metastatic": frozenset(("metastatic",)),
}
"""Of whom figures may speak. Once it has spread, only those that say that their people were people in whom it had."""

_OF_UNKNOWN_TIME = frozenset(("metastatic-at-diagnosis", "metastatic-later", "relapsed"))


def _situation_answer(published: Published, of: PeopleClass, question: Question) -> int:
    """A cohort that mixes situations is about nobody in particular, but for survival from the diagnosis on."""
    counted = published.people.situation
    metastatic = of.situation.startswith("metastatic")
    if not metastatic and question == "where":
        return 1
    if of.situation == "not known":
        return -1
    if question == "left" and counted == "metastatic-later":
        return int(of.situation == "localised")
    if question == "survival" and counted == "mixed":
        return int(of.situation == "localised")
    if counted in _SITUATIONS.get(of.situation, frozenset()):
        return 1
    return -1 if of.situation == "metastatic" and counted in _OF_UNKNOWN_TIME else 0


def _ages_answer(published: Published, of: PeopleClass) -> int:
    ages = published.people.ages
    if of.age == "not known":
        return -1 if ages == "children" else 1
    if of.age == "child":
        low, high = published.people.age_years or (ADULT, None)
        young = low < ADULT if low is not None else high is not None and high <= YOUNG
        return int(ages in ("children", "all") or (ages is None and young))
    return int(ages != "children")


_CODED: tuple[Dimension, ...] = ("grade", "depth", "site", "nodes", "margin", "radiotherapy")


@cache
def _restrictions(published: Published) -> tuple[tuple[Dimension, frozenset[str]], ...]:
    """The coded dimensions in which the people of a figure were restricted, and to what."""
    given = ((dimension, getattr(published.people, dimension)) for dimension in _CODED)
    return tuple((dimension, frozenset(of)) for dimension, of in given if of is not None)


def _people_answer(published: Published, person: Person) -> int:
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


def _within(bounds: tuple[float | None, float | None], value: str | float | None, *, above: bool) -> int:
    """Whether a number lies within bounds: above low up to high (`above`), or from low up to below high."""
    if value is None:
        return -1
    low, high = bounds
    x = float(value)
    over = low is None or (x > low if above else x >= low)
    under = high is None or (x <= high if above else x < high)
    return int(over and under)


def place(published: Iterable[Published], person: Person, asked: tuple[Dimension, ...]) -> Iterator[Placed]:
    """Figures that may speak of this person, each with its vector (before dominance is judged).

    A dimension in which the person's own value is not known counts for nothing.
    """
    known = tuple(d for d in asked if person.knows(d))
    age_known = person.values["age"] is not None
    for one in published:
        narrow = one.narrowness
        unlike = ["selected-people"] if "selected" in one.marks else []
        if age_known and one.people.ages == "all":
            unlike.append("children-and-adults-together")
        yield Placed(
            one,
            tuple([narrow[d] if d in known else 0 for d in asked]),
            tuple([d for d in known if narrow[d] == _FULL.get(d, 1)]),
            tuple([d for d in known if narrow[d] != _FULL.get(d, 1)]),
            tuple(unlike),
        )


_FULL: dict[Dimension, int] = {"type": SAME}
"""The narrowness that is a match, where it is not 1."""


def dominates(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether the first vector is nowhere broader and somewhere narrower."""
    return first != second and all(map(ge, first, second))


def in_order(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    """Nearest first: what nothing dominates, then what only those dominate, and so on.

    Within each the order given is kept, which is that of `founded`.
    """
    by_vector: dict[tuple[int, ...], list[tuple[int, Placed]]] = {}
    for position, one in enumerate(placed):
        by_vector.setdefault(one.vector, []).append((position, one))
    ordered: list[Placed] = []
    for number, front in enumerate(_fronts(tuple(sorted(by_vector)))):
        layer: list[tuple[int, Placed]] = []
        for vector in front:
            some = by_vector[vector]
            if number:
                nearer = next(q.origin for q in ordered if dominates(q.vector, vector))
                some = [(position, one.behind(nearer)) for position, one in some]
            layer += some
        layer.sort(key=itemgetter(0))
        ordered += [one for _position, one in layer]
    return tuple(ordered)


def _fronts(vectors: tuple[tuple[int, ...], ...]) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Vectors by front: those that nothing dominates, those that only the first front dominates, and so on."""
    left, fronts = list(vectors), []
    while left:
        front = tuple(v for v in left if not any(dominates(w, v) for w in left))
        left = [v for v in left if v not in front]
        fronts.append(front)
    return tuple(fronts)


@cache
def founded(published: Published) -> tuple[object, ...]:
    """The order among figures that are equally near: how well they are founded."""
    figure, marks = published.figure, set(published.marks)
    return (
        "not-found-again" in marks,
        figure.horizon_months is None and not figure.measure.startswith("median"),
        bool(marks & {"secondary", "selected", "calculated"}),
        published.estimand == "net",
        (figure.people or 0) < ENOUGH_PEOPLE,
        -(published.people.period_end or 0),
        -(figure.people or 0),
        -(figure.value or 0.0) if figure.measure == "site-share" else 0.0,
        abs((figure.horizon_months or USUAL_HORIZON) - USUAL_HORIZON),
        published.fact.key,
        figure.id,
    )
