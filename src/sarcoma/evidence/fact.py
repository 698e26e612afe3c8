"""Fact and Figure: a statement, and the numbers in it, with where they come from."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import Field, model_validator

from sarcoma.evidence.entry import Audience, Entry, Key, Level, Mark, Text
from sarcoma.evidence.rule import Rule

Unit = Literal[
    "percent",
    "months",
    "weeks",
    "years",
    "days",
    "people",
    "per-100000-per-year",
    "hazard-ratio",
    "odds-ratio",
    "relative-risk",
    "fold",
    "c-index",
    "auc",
    "p-value",
    "cm",
    "mm",
    "gray",
    "degrees-celsius",
    "count",
    "score",
    "kappa",
]

Measure = Literal[
    "overall-survival",
    "median-overall-survival",
    "disease-specific-survival",
    "relative-survival",
    "net-survival",
    "event-free-survival",
    "median-progression-free-survival",
    "progression-free",
    "median-duration-of-response",
    "duration-of-response",
    "death",
    "response-rate",
    "disease-control",
    "local-control",
    "symptom-relief",
    "distant-metastasis",
    "local-recurrence",
    "nodal-metastasis",
    "metastatic-at-diagnosis",
    "site-share",
    "time-to-metastasis",
    "time-to-event",
    "effect",
    "incidence",
    "deaths-per-year",
    "share",
    "frequency",
    "toxicity",
    "age",
    "number",
    "discrimination",
    "interval",
    "other",
]
"""What a figure measures. Everything that is about how long people live is in `SURVIVAL_MEASURES`."""

SURVIVAL_MEASURES: frozenset[str] = frozenset(
    {
        "overall-survival",
        "median-overall-survival",
        "disease-specific-survival",
        "relative-survival",
        "net-survival",
        "death",
        "deaths-per-year",
    }
)

Interval = Literal["95% CI", "95.5% CI", "range", "interquartile range", "plus-minus"]

Topic = Literal[
    "epidemiology",
    "classification",
    "primary-site",
    "stage-at-diagnosis",
    "age",
    "spread-rate",
    "spread-sites",
    "spread-timing",
    "nodes",
    "recurrence",
    "risk-factor",
    "model",
    "symptom",
    "treatment-systemic",
    "treatment-targeted",
    "treatment-immune-and-cell",
    "treatment-local",
    "treatment-adjuvant",
    "survival-by-stage",
    "survival-metastatic",
    "survival-by-type",
    "prognostic-factor",
    "long-term-survival",
    "follow-up",
    "guideline",
    "heredity",
    "prevention",
    "communication",
]


class Figure(Entry):
    """One number. `value` may be missing when only a range was printed (`low`, `high`).

    Units: `unit` says what `value`, `low` and `high` are in; `horizon_months` is the time at
    which a probability is read (months). `n` is the denominator, `numerator` the count in it.
    Fields left out are the fact's.
    """

    id: Key
    measure: Measure
    what: Text
    unit: Unit
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: Interval | None = None
    numerator: int | None = None
    n: int | None = None
    horizon_months: float | None = None
    group: Text | None = None
    population: Text | None = None
    period: Text | None = None
    types: tuple[str, ...] | None = None
    organs: tuple[str, ...] | None = None
    sources: tuple[Key, ...] | None = None
    applies: Rule | None = None
    marks: tuple[Mark, ...] = ()
    calculation: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _is_a_number(self) -> Figure:
        if self.value is None and self.low is None and self.high is None and "not-visible" not in self.marks:
            raise ValueError(f"figure {self.id}: give a value, a range, or the mark not-visible")
        if (self.low is not None or self.high is not None) and self.interval is None:
            raise ValueError(f"figure {self.id}: say what low and high are, for example interval: 95% CI")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"figure {self.id}: low is above high")
        if self.value is not None and self.interval != "plus-minus":
            below = self.low is not None and self.value < self.low
            above = self.high is not None and self.value > self.high
            if below or above:
                raise ValueError(f"figure {self.id}: the value lies outside its interval")
        if self.unit == "percent":
            for bound in (self.value, self.low, self.high):
                if bound is not None and not 0 <= bound <= 100:
                    raise ValueError(f"figure {self.id}: a percentage lies between 0 and 100")
        if "calculated" in self.marks and not self.calculation:
            raise ValueError(f"figure {self.id}: a calculated figure says how, in `calculation`")
        return self

    @property
    def shown(self) -> bool:
        """Whether the figure may be shown to anyone: never when it is from memory or unseen."""
        return not {"from-memory", "not-visible"} & set(self.marks)

    @property
    def about_survival(self) -> bool:
        return self.measure in SURVIVAL_MEASURES


class Fact(Entry):
    """A statement from one or more sources, in our own words, with its figures.

    `statement` is clinical wording, `plain` is for lay readers. Both name figures in braces
    (`{lung_first}`), so that no number stands in a text without its origin.
    `applies` is the rule on a Patient record for people like those the fact is about.
    `disagrees_with` links facts that say something else about the same question.
    """

    key: Key
    section: Literal["A", "B", "C", "D", "E", "F", "G", "H", "I"]
    topic: Topic
    statement: Text
    plain: Text
    population: Text | None = None
    period: Text | None = None
    figures: tuple[Figure, ...] = ()
    types: tuple[str, ...] = ()
    organs: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    sources: tuple[Key, ...] = Field(min_length=1)
    level: Level
    checked: datetime.date
    marks: tuple[Mark, ...] = ()
    disagrees_with: tuple[Key, ...] = ()
    superseded_by: Key | None = None
    applies: Rule = ()
    audience: Audience = "everyone"
    note: Text | None = None

    @model_validator(mode="after")
    def _figures_are_distinct(self) -> Fact:
        ids = [f.id for f in self.figures]
        if len(ids) != len(set(ids)):
            raise ValueError(f"fact {self.key}: two figures have one id")
        return self

    def figure(self, figure_id: str) -> Figure:
        """The figure with this id; KeyError if there is none."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(f"{self.key}.{figure_id}")

    def sources_of(self, figure: Figure) -> tuple[str, ...]:
        return figure.sources or self.sources

    def marks_of(self, figure: Figure) -> tuple[Mark, ...]:
        return tuple(dict.fromkeys((*self.marks, *figure.marks)))
