"""The questions, and where each is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from sarcoma._arguments import checked
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.description import people, spread, survival
from sarcoma.cohort.description.asked import Asked, UnansweredError
from sarcoma.cohort.description.cohort_questions import CohortQuestions
from sarcoma.cohort.description.figures import Description, Section
from sarcoma.cohort.description.small_cells import rounded, suppress
from sarcoma.errors import CohortError
from sarcoma.evidence import library

Progress = Callable[[Iterable[Any]], Iterator[Any]]


@checked
def describe(cohort: Cohort, *, min_cell: int | None = None, progress: Progress = iter) -> Description:
    """Answer the questions of the article from a cohort.

    Parameters
    ----------
    min_cell : figures about fewer patients are hidden, and counts and percentages rounded, see `small_cells`.
    progress : wraps the iterator over the questions.

    Raises
    ------
    CohortError : `min_cell` is below 2.
    """
    return answers(CohortQuestions(cohort, min_cell), progress)


def answers(asked: Asked, progress: Progress = iter) -> Description:
    """The answers of a cohort, wherever it is counted.

    Raises
    ------
    CohortError : its `min_cell` is below 2.
    """
    min_cell, n = asked.min_cell, asked.patients
    if min_cell is not None and min_cell < 2:
        raise CohortError("--min-cell: give 2 or more, such as 5")
    sections, unanswered = [], []
    for key, question, answer, beside in progress(_QUESTIONS):
        try:
            section = answer(asked)
        except (UnansweredError, CohortError) as reason:
            unanswered.append((question, str(reason)))
            continue
        section = replace(section, key=key, question=question, beside=_beside(*beside))
        sections.append(section if min_cell is None else suppress(section, min_cell))
    patients = None if min_cell is not None and n < min_cell else rounded(n, min_cell)
    return Description(asked.about, patients, tuple(sections), tuple(unanswered), min_cell)


_Answer = Callable[[Asked], Section]
_QUESTIONS: tuple[tuple[str, str, _Answer, tuple[tuple[str, ...], tuple[str, ...]]], ...] = (
    (
        "types",
        "Which types of sarcoma are there?",
        people.types,
        (("epidemiology", "classification"), ("share", "frequency")),
    ),
    ("sites", "Where does it begin?", people.sites, (("primary-site",), ("share", "site-share", "frequency"))),
    (
        "at-diagnosis",
        "How many have a metastasis at diagnosis?",
        people.at_diagnosis,
        (("stage-at-diagnosis", "spread-rate"), ("metastatic-at-diagnosis",)),
    ),
    ("spread", "How many develop a metastasis?", spread.spread, (("spread-rate",), ("distant-metastasis",))),
    ("where", "Where is the first metastasis?", spread.where, (("spread-sites",), ("site-share",))),
    (
        "when",
        "When does it come?",
        spread.when,
        (("spread-timing", "spread-rate"), ("time-to-metastasis", "time-to-event")),
    ),
    (
        "survival",
        "How long do people live?",
        survival.from_origin,
        (("survival-by-stage",), ("overall-survival", "relative-survival")),
    ),
    (
        "after-metastasis",
        "How long do people live after the first metastasis?",
        survival.from_metastasis,
        (
            ("survival-metastatic", "survival-by-type", "long-term-survival", "spread-rate"),
            ("overall-survival", "median-overall-survival"),
        ),
    ),
    (
        "conditional",
        "And those who are already some way on?",
        survival.conditional,
        (("long-term-survival",), ("overall-survival",)),
    ),
    ("treatments", "Which treatments were given?", people.treatments, ((), ())),
    ("course", "What is the whole course?", survival.course, ((), ())),
)


def _beside(topics: tuple[str, ...], measures: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Published figures about the same question, by topic and measure; only those that may be shown."""
    return tuple(
        (fact.key, figure.id)
        for fact in library().facts.values()
        if fact.topic in topics
        for figure in fact.figures
        if figure.measure in measures and figure.shown and "from-memory" not in fact.marks
    )
