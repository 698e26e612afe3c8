"""Which published figures are about people like this one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from typing import Literal

from sarcoma._dataclass import dataclass
from sarcoma.evidence import Fact, Figure, Rule, library
from sarcoma.evidence.entry import Mark
from sarcoma.evidence.fact import FEW_PEOPLE
from sarcoma.evidence.people import Estimand, People
from sarcoma.outlook.figure import OutlookFigure, from_fact
from sarcoma.outlook.situation import state_of
from sarcoma.patient import Numeric, Records, rules

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
    "time-since",
]

SAME, FAMILY, ALL = 2, 1, 0
"""How the type was restricted: to this very type, to a group of types with it, not at all."""


@dataclass(frozen=True, eq=False)
class Published:
    """A figure that may be shown, with whom it is about: its own rule and types, or else those of its fact."""

    fact: Fact
    figure: Figure
    rule: Rule
    types: tuple[str, ...]

    @cached_property
    def members(self) -> frozenset[str]:
        """The ids of all types that are named."""
        return members_of(self.types)

    @property
    def organs(self) -> tuple[str, ...]:
        """The organs that it tells of: its own, or else those of its fact."""
        return self.figure.organs if self.figure.organs is not None else self.fact.organs

    @cached_property
    def people(self) -> People:
        """Whom its people were restricted to."""
        return self.fact.people_of(self.figure)

    @cached_property
    def whom(self) -> int:
        """A number for its people and its rule: figures with the same one are of people of the same description."""
        return _WHOM.setdefault((self.people, self.rule), len(_WHOM))

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of the record that its rule names."""
        return frozenset(f for condition in self.rule for f in condition.fields)

    @cached_property
    def about_children(self) -> bool:
        """Whether the rule names the age: nearly all cohorts are adults."""
        return any("age" in condition.fields for condition in self.rule)

    @cached_property
    def about_recurrence(self) -> bool:
        """Whether the rule names people whose tumour has come back at the same place."""
        return any(c.field in _AFTER_RECURRENCE and _AFTER_RECURRENCE[c.field] in (c.in_ or ()) for c in self.rule)

    @cached_property
    def is_specific(self) -> bool:
        """Whether the figure is about a definable group at all, not about everyone."""
        figure, fact = self.figure, self.fact
        return bool(figure.applies or (figure.applies is None and fact.applies) or figure.types or fact.types)

    @cached_property
    def result(self) -> tuple[object, ...]:
        """Two facts may tell of one result: the same number from the same source."""
        shown = self.shown
        return (shown.value, shown.low, shown.high, shown.unit, shown.sources[:1], shown.horizon_months)

    @cached_property
    def shown(self) -> OutlookFigure:
        return from_fact(self.fact, self.figure)

    @cached_property
    def narrowness(self) -> dict[Dimension, int]:
        """1 (for the type up to 2) where the people were restricted to one value or range, else 0."""
        people, fields = self.people, self.fields
        return {
            "type": ALL if not self.types else SAME if len(self.members) == 1 else FAMILY,
            "grade": int(people.grade is not None),
            "size": int(people.size_cm is not None),
            "depth": int(people.depth is not None),
            "site": int(people.site is not None or "site_detail" in fields),
            "nodes": int(people.nodes is not None),
            "margin": int(people.margin is not None),
            "radiotherapy": int(people.radiotherapy is not None),
            "stage": int("stage" in fields),
            "organ": int(people.organs is not None),
            "time-of-spread": int(people.situation in ("metastatic-at-diagnosis", "metastatic-later")),
            "age": int(people.age_years not in (None, _ALL_ADULTS)),
            "situation": int(people.situation != "mixed"),
            "time-since": int("landmark_months" in fields),
        }

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        return self.fact.marks_of(self.figure)

    @cached_property
    def estimand(self) -> Estimand:
        return self.fact.estimand_of(self.figure)

    @cached_property
    def may_head(self) -> bool:
        """Whether it may be the first figure of an answer: sound, and of at least 20 people."""
        people = self.figure.people
        return self.shown.may_head and people is not None and people >= FEW_PEOPLE

    @cached_property
    def comparable(self) -> tuple[object, ...]:
        """What must be identical in figures that make one range."""
        figure = self.figure
        begins = self.rule if "landmark_months" in self.fields else ()
        return (
            figure.measure,
            self.organs,
            figure.what_counts,
            self.estimand,
            figure.horizon_months,
            figure.unit,
            begins,
        )


_WHOM: dict[tuple[People, Rule], int] = {}
"""People and rules of the evidence, numbered as they are met."""

_ALL_ADULTS = (18.0, None)
"""That only adults were counted does not make a figure near: nearly all cohorts are adults."""

_AFTER_RECURRENCE = {"recurred": "yes", "local_recurrence": "yes", "presentation": "recurrent"}


@cache
def published(fact_key: str) -> tuple[Published, ...]:
    """Every figure of a fact that may be shown, with whom it is about."""
    fact = library().facts[fact_key]
    return tuple(
        Published(
            fact,
            figure,
            figure.applies if figure.applies is not None else fact.applies,
            figure.types if figure.types is not None else fact.types,
        )
        for figure in fact.figures
        if figure.shown
    )


@cache
def members_of(named: tuple[str, ...]) -> frozenset[str]:
    """The ids of the types that some names (of types or families) stand for."""
    return frozenset(t for name in named for t in library().members_of(name))


def type_answer(named: tuple[str, ...], records: Records) -> int:
    """Whether the (single) record's histologic type is one of those named: 1, 0 or -1. No names means all types."""
    return 1 if not named else inside(state_of(records, "histologic_type"), members_of(named))


def inside(state: frozenset[str], wanted: frozenset[str]) -> int:
    """Whether all values still possible are wanted ones (1), none is (0), or some (-1)."""
    return 0 if state.isdisjoint(wanted) else 1 if state <= wanted else -1


def figure_answer(published: Published, records: Records) -> int:
    """Whether a figure is about people like the (single) record: 1, 0 or -1."""
    by_type = 1 if not published.types else inside(state_of(records, "histologic_type"), published.members)
    if by_type == 0 or not _speaks_of_people_like_this(published, records):
        return 0
    by_rule = rules.answer_one(published.rule, records)
    return 0 if by_rule == 0 else min(by_rule, by_type)


_ADULT = 18.0


def is_child(records: Records) -> bool:
    """Whether the (single) record is of someone under 18 years at diagnosis."""
    age = records.column("age")
    return isinstance(age, Numeric) and bool(age.values[0] < _ADULT)


def _speaks_of_people_like_this(published: Published, records: Records) -> bool:
    """Nearly all cohorts are adults with first tumours: a rule must name children, or people who had a recurrence."""
    if not published.about_children and is_child(records):
        return False
    if not published.rule or published.about_recurrence or state_of(records, "recurred") != {"yes"}:
        return True
    return state_of(records, "metastatic") == {"yes"}


def resembling(
    records: Records, *, topics: tuple[str, ...], measures: tuple[str, ...], specific: bool | None = None
) -> Iterator[Published]:
    """Figures that may be shown, on these topics and measures, whose people are like the record; only those about a
    definable group, or only the others, if asked."""
    return (one for one in _on(topics, measures, specific) if figure_answer(one, records) == 1)


@cache
def _on(topics: tuple[str, ...], measures: tuple[str, ...], specific: bool | None) -> tuple[Published, ...]:
    return tuple(
        one
        for fact in library().facts.values()
        if fact.topic in topics and not fact.superseded_by and "from-memory" not in fact.marks
        if not set(measures).isdisjoint(fact.measures)
        for one in published(fact.key)
        if one.figure.measure in measures and specific in (None, one.is_specific) and not one.figure.of_a_subgroup
    )


@cache
def shares_of(organ: str) -> tuple[Published, ...]:
    """How often people have metastasis in an organ."""
    return tuple(
        one
        for fact in library().find_facts(organ=organ)
        if "from-memory" not in fact.marks and "site-share" in fact.measures
        for one in published(fact.key)
        if one.figure.measure == "site-share" and not one.figure.of_a_subgroup and organ in one.organs
    )


def facts_on(records: Records, topic: str) -> tuple[Fact, ...]:
    """Facts on a topic whose people are like the record."""
    of_type = _facts_on(topic, state_of(records, "histologic_type"))
    return tuple(fact for fact in of_type if not fact.applies or rules.answer_one(fact.applies, records) == 1)


@lru_cache(maxsize=2048)
def _facts_on(topic: str, types: frozenset[str]) -> tuple[Fact, ...]:
    """An index of the evidence by types that are still possible."""
    found = library().find_facts(topic=topic)
    return tuple(
        fact
        for fact in found
        if not fact.superseded_by
        and "from-memory" not in fact.marks
        and (not fact.types or inside(types, members_of(fact.types)) == 1)
    )
