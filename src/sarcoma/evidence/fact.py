"""Fact and Figure: a statement, and the numbers in it, with where they come from."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from sarcoma._arguments import checked
from sarcoma._frozen import Field, model_validator
from sarcoma.errors import NoSuchError
from sarcoma.evidence.entry import Audience, Entry, Key, Level, Mark, Shelved, Text
from sarcoma.evidence.people import Estimand, People, people_of_rule
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
    "spread-done-by",  # of those in whom it spread, the share in whom it had done so by the horizon
    "event-after-time-free",  # of those free of it for the time that the rule names
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

SHARES_OF_PEOPLE: frozenset[str] = frozenset(
    {
        "overall-survival",
        "disease-specific-survival",
        "relative-survival",
        "net-survival",
        "event-free-survival",
        "progression-free",
        "duration-of-response",
        "death",
        "response-rate",
        "disease-control",
        "symptom-relief",
        "distant-metastasis",
        "local-recurrence",
        "nodal-metastasis",
        "metastatic-at-diagnosis",
        "spread-done-by",
        "event-after-time-free",
        "site-share",
        "time-to-event",
        "share",
        "frequency",
        "toxicity",
    }
)
"""Measures that, in per cent, are a share of people: such a figure says how many people, or that it was not seen."""

FEW_PEOPLE = 20
"""Below this number of people a share is said as "6 of 8" and heads nothing."""

Endpoint = Literal[
    "death-of-any-cause",
    "death-of-the-sarcoma",
    "distant-metastasis",
    "local-recurrence",
    "node-metastasis",
    "any-relapse",
    "relapse-or-death",
    "progression-or-death",
]

_DEATH: frozenset[Endpoint] = frozenset(("death-of-any-cause", "death-of-the-sarcoma"))

_ENDPOINTS: dict[str, Endpoint] = {
    "overall-survival": "death-of-any-cause",
    "median-overall-survival": "death-of-any-cause",
    "disease-specific-survival": "death-of-the-sarcoma",
    "relative-survival": "death-of-the-sarcoma",
    "net-survival": "death-of-the-sarcoma",
    "distant-metastasis": "distant-metastasis",
    "local-recurrence": "local-recurrence",
    "nodal-metastasis": "node-metastasis",
    "progression-free": "progression-or-death",
    "median-progression-free-survival": "progression-or-death",
}
"""What each measure counts, where the measure itself says so."""

_ESTIMANDS: dict[str, Estimand] = {
    "overall-survival": "all-cause",
    "median-overall-survival": "all-cause",
    "relative-survival": "net",
    "net-survival": "net",
}

_NO_HEADLINE: frozenset[str] = frozenset(
    {"secondary", "superseded", "not-found-again", "weak-source", "unverified", "illustration"}
)
"""Marks with which a figure may stand beside others but never lead."""

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
    "treatment-harm",
    "conditional-outlook",
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
    Fields left out are the fact's. `plain_what` is `what` for lay readers where it needs other words; `says_time` where
    the words name the horizon themselves.
    `of_a_subgroup` is true where its people are told apart by something that a record does not hold (how much was
    removed, which drug was given, a fusion, a group of one paper, the worst or best of several types), where it counts
    a part of what its measure says (only late ones), or where it is nobody's figure. Such a figure is shown with its
    fact, never as an answer about one person.
    """

    id: Key
    measure: Measure
    what: Text
    plain_what: Text | None = None
    says_time: bool = False
    unit: Unit
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: Interval | None = None
    numerator: Annotated[int, Field(ge=0)] | None = None
    n: Annotated[int, Field(gt=0)] | Literal["not-seen"] | None = None
    horizon_months: float | None = None
    group: Text | None = None
    population: Text | None = None
    period: Text | None = None
    types: tuple[str, ...] | None = None
    organs: tuple[str, ...] | None = None
    sources: tuple[Key, ...] | None = None
    applies: Rule | None = None
    restricted_to: People | None = None
    of_a_subgroup: bool = False
    endpoint: Endpoint | None = None
    estimand: Estimand | None = None
    level: Level | None = None
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
        if self.numerator is not None and self.people is not None and self.numerator > self.people:
            raise ValueError(f"figure {self.id}: the count is larger than the number of people")
        if self.is_share_of_people and self.value is not None and self.n is None and "calculated" not in self.marks:
            raise ValueError(f"figure {self.id}: say how many people, for example n: 212, or n: not-seen")
        return self

    @property
    def people(self) -> int | None:
        """How many people the figure is of, where that was seen."""
        return self.n if isinstance(self.n, int) else None

    @property
    def people_not_seen(self) -> bool:
        """Whether it must be said that the number of people was not printed in what was read."""
        return self.n == "not-seen"

    @property
    def is_share_of_people(self) -> bool:
        return self.unit == "percent" and self.measure in SHARES_OF_PEOPLE

    @property
    def is_of_few(self) -> bool:
        """Whether it is a share of fewer than 20 people."""
        return self.is_share_of_people and self.people is not None and self.people < FEW_PEOPLE

    @property
    def as_people(self) -> tuple[int, int] | None:
        """A share of fewer than 20 people as counts, (6, 8) for 6 of 8; None for other figures.

        Where the count was not printed it is the one that the percentage stands for; a percentage at a time, which
        need not be a count at all, gives None.
        """
        if not self.is_of_few or self.people is None:
            return None
        if self.numerator is not None:
            return self.numerator, self.people
        if self.value is None or self.horizon_months is not None:
            return None
        count = round(self.value * self.people / 100)
        return (count, self.people) if abs(100 * count / self.people - self.value) < 0.6 else None

    @property
    def is_extreme_of_few(self) -> bool:
        """Whether none or all of fewer than 20 people had it: shown to teams only."""
        return self.is_of_few and self.value in (0, 100)

    @property
    def may_be_drawn(self) -> bool:
        """Whether a picture of 100 people may show it: a share of at least 20 people whose number is known."""
        enough = self.people is not None and self.people >= FEW_PEOPLE
        return self.shown and self.is_share_of_people and self.value is not None and enough

    @property
    def may_head(self) -> bool:
        """Whether it may be the first figure of an answer: its people are known and enough, and no mark forbids it."""
        enough = self.people is None or self.people >= FEW_PEOPLE
        counted = not self.is_share_of_people or self.may_be_drawn
        return self.shown and enough and counted and not _NO_HEADLINE & set(self.marks)

    @property
    def what_counts(self) -> Endpoint | None:
        """The end point: given, or said by the measure; None where it was not seen."""
        return self.endpoint or _ENDPOINTS.get(self.measure)

    @property
    def shown(self) -> bool:
        """Whether the figure may be shown to anyone: never when it is from memory or unseen."""
        return not {"from-memory", "not-visible"} & set(self.marks)

    @property
    def about_survival(self) -> bool:
        """Whether it tells how long people live: by its measure, or as a time until death."""
        until_death = self.measure == "time-to-event" and self.endpoint in _DEATH
        return until_death or self.measure in SURVIVAL_MEASURES


class Fact(Shelved):
    """A statement from one or more sources, in our own words, with its figures.

    `statement` is clinical wording, `plain` is for lay readers. Both name figures in braces
    (`{lung_first}`), so that no number stands in a text without its origin.
    `applies` is the rule on a Patient record for people like those the fact is about; `restricted_to` adds whom its
    people were restricted to where no rule says it. `disagrees_with` links facts that say something else about the
    same question.
    `read_on` is the day on which the figures were last read in a copy of their source; `not-noted` for those of the
    first table of evidence, whose days were not noted: `compiled_on` is the day on which that table was closed.
    """

    at_once: ClassVar[tuple[str, ...]] = ("types", "organs", "treatments", "sources")
    worked_out: ClassVar[tuple[str, ...]] = ("measures", "every_organ", "every_type", "types_of_figures")

    key: Key
    section: Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "T"]
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
    read_on: datetime.date | Literal["not-noted"]
    compiled_on: datetime.date | None = None
    marks: tuple[Mark, ...] = ()
    disagrees_with: tuple[Key, ...] = ()
    superseded_by: Key | None = None
    applies: Rule = ()
    restricted_to: People | None = None
    audience: Audience = "everyone"
    note: Text | None = None

    @model_validator(mode="after")
    def _figures_are_distinct(self) -> Fact:
        if self.read_on == "not-noted" and self.compiled_on is None:
            raise ValueError(f"fact {self.key}: say when it was read, for example read_on: 2026-11-26")
        ids = [f.id for f in self.figures]
        if len(ids) != len(set(ids)):
            raise ValueError(f"fact {self.key}: two figures have one id")
        return self

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """What its figures measure."""
        return tuple(dict.fromkeys(figure.measure for figure in self.figures))

    @cached_property
    def every_organ(self) -> tuple[str, ...]:
        """The organs that it, or one of its figures, tells of."""
        return tuple(dict.fromkeys((*self.organs, *(o for figure in self.figures for o in figure.organs or ()))))

    @cached_property
    def every_type(self) -> tuple[str, ...]:
        """The types that it, or one of its figures, names."""
        return tuple(dict.fromkeys((*self.types, *(t for figure in self.figures for t in figure.types or ()))))

    @cached_property
    def types_of_figures(self) -> tuple[str, ...]:
        """The types that its figures are of; `any` where one of them is not of certain types."""
        named = (figure.types if figure.types is not None else self.types for figure in self.figures)
        return tuple(dict.fromkeys(t for types in named for t in types or ("any",)))

    @checked
    def figure(self, figure_id: str) -> Figure:
        """The figure with this id; NoSuchError if there is none."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise NoSuchError(f"fact {self.key} has no figure {figure_id[:40]!r}")

    def sources_of(self, figure: Figure) -> tuple[str, ...]:
        return figure.sources or self.sources

    def marks_of(self, figure: Figure) -> tuple[Mark, ...]:
        return tuple(dict.fromkeys((*self.marks, *figure.marks)))

    def level_of(self, figure: Figure) -> Level:
        return figure.level or self.level

    def audience_of(self, figure: Figure) -> Audience:
        """Who may see a figure: none or all of a small group stays with teams."""
        return "teams" if figure.is_extreme_of_few else self.audience

    def may_head(self, figure: Figure) -> bool:
        """Whether a figure may be the first of an answer, the fact's own marks counted."""
        return figure.may_head and self.superseded_by is None and not _NO_HEADLINE & set(self.marks)

    def estimand_of(self, figure: Figure) -> Estimand:
        """Net, crude or all-cause: given, said by the measure, crude for a plain count; else `not-stated`."""
        plain_count = figure.is_share_of_people and figure.numerator is not None and figure.horizon_months is None
        return figure.estimand or _ESTIMANDS.get(figure.measure) or ("crude" if plain_count else "not-stated")

    def people_of(self, figure: Figure) -> People:
        """Whom the people of a figure were restricted to: by the rule, and by what is said beside it.

        What is unset was not restricted, or was not seen; nothing is guessed.
        """
        rule = figure.applies if figure.applies is not None else self.applies
        own = (self.restricted_to, figure.restricted_to)
        return people_of_rule(rule).overridden_by(*(people for people in own if people is not None))
