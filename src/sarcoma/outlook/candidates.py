"""Candidates: the published figures that answer a question, and those of them that may speak of one person."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from sarcoma.evidence import Fact, library
from sarcoma.outlook.nearness import (
    PeopleClass,
    Person,
    Question,
    Standing,
    founded,
    standing_of_class,
    standing_of_person,
)
from sarcoma.outlook.resemble import Published, members_of, published

SURVIVAL = frozenset(
    (
        "overall-survival",
        "median-overall-survival",
        "disease-specific-survival",
        "relative-survival",
        "net-survival",
    )
)
"""Measures of how long people live."""

_MEASURES: dict[Question, frozenset[str]] = {
    "spread": frozenset(("distant-metastasis",)),
    "local": frozenset(("local-recurrence",)),
    "where": frozenset(("site-share",)),
    "survival": SURVIVAL,
    "left": frozenset(("time-to-metastasis", "spread-done-by", "event-after-time-free")),
}
_TOPICS: dict[Question, frozenset[str]] = {
    "survival": frozenset(
        ("survival-metastatic", "survival-by-type", "survival-by-stage", "long-term-survival", "spread-sites",
         "spread-rate", "nodes")
    ),
    "left": frozenset(("spread-timing", "spread-rate", "spread-sites", "conditional-outlook")),
}  # fmt: skip
"""Where the measure alone does not decide: results of treatments are told with the treatment."""

_UNITS = frozenset(("percent", "months", "years", "weeks"))


def candidates(question: Question) -> tuple[Published, ...]:
    """Every figure that may be shown and answers a question, the best founded first.

    A figure of people whom a record cannot tell apart (`of_a_subgroup`) answers nothing, and spread to one organ does
    not answer whether it may spread.
    """
    found = (one for fact in _facts(question) for one in _of_fact(fact, question))
    return tuple(sorted(found, key=founded))


@cache
def _facts(question: Question) -> tuple[Fact, ...]:
    """The facts with figures that measure what is asked."""
    return tuple(
        fact
        for fact in library().facts.values()
        if not fact.superseded_by
        and "from-memory" not in fact.marks
        and fact.topic in _TOPICS.get(question, (fact.topic,))
        and not _MEASURES[question].isdisjoint(fact.measures)
    )


def _of_fact(fact: Fact, question: Question) -> Iterator[Published]:
    """Those of its figures that answer the question."""
    for one in published(fact.key):
        figure = one.figure
        answers = figure.measure in _MEASURES[question] and figure.unit in _UNITS and not figure.of_a_subgroup
        if answers and not (question == "spread" and one.organs):
            yield one


def able_to_speak(person: Person, question: Question) -> Iterator[tuple[Published, Standing]]:
    """The figures that may speak of this person, or of which it cannot be told, the best founded first."""
    for one, of_class in _of_class(question, person.people_class):
        said = standing_of_person(one, person, of_class)
        if said != "no":
            yield one, said


@lru_cache(maxsize=2048)
def _of_class(question: Question, of: PeopleClass) -> tuple[tuple[Published, int], ...]:
    """The figures that may speak of a class of people at all: an index of the evidence, which holds no record."""
    asked = (
        (one, standing_of_class(one, of, question))
        for fact in _facts(question)
        if not of.types.isdisjoint(members_of(fact.types_of_figures))  # others need not be read
        for one in _of_fact(fact, question)
    )
    return tuple(sorted(((one, given) for one, given in asked if given), key=lambda given: founded(given[0])))
