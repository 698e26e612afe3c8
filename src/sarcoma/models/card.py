"""The model card: a prognostic model as data – what it predicts, for whom, from what, and how well."""

from __future__ import annotations

import itertools
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from sarcoma.evidence import Rule
from sarcoma.evidence.entry import Audience, Entry, Key, Mark, Text
from sarcoma.evidence.source import Source
from sarcoma.models.fit_record import FitRecord, LateEntry
from sarcoma.models.hazard import Hazard
from sarcoma.models.predictor import Predictor, Recode

Kind = Literal["cox", "fine-gray", "logistic", "points", "groups", "multi-state"]

Question = Literal[
    "course",
    "survival-after-surgery",
    "recurrence-after-surgery",
    "survival-after-recurrence",
    "survival-with-metastasis",
    "local-recurrence",
    "survival-by-stage",
    "nodes",
    "spread",
]


Endpoint = Literal[
    "death",
    "sarcoma-death",
    "metastasis",
    "local-recurrence",
    "recurrence-or-death",
    "nodal-metastasis",
]
"""What can be seen to happen to the patients of a cohort."""


class Outcome(Entry):
    """What the model predicts.

    `estimand` is *net* (as if no one died of anything else), *crude* (other causes counted), or
    *all-cause* when every death is the event. Horizons are months from `time_zero`. `endpoint` is the event as a cohort
    records it, which validation needs.
    """

    question: Question
    endpoint: Endpoint | None = None
    event: Text
    plain_event: Text
    course: Text
    transition: tuple[Text, Text]
    time_zero: Literal["diagnosis", "surgery", "local-recurrence", "first-metastasis"]
    horizons_months: tuple[float, ...]
    horizon_limit_months: float
    estimand: Literal["net", "crude", "all-cause", "not-applicable"]
    probability_of: Literal["event", "no-event"]
    about_survival: bool = True

    @field_validator("horizons_months")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or value[0] < 0 or any(b <= a for a, b in itertools.pairwise(value)):
            raise ValueError("give one horizon or more, in months, increasing, as in [24, 60]")
        return value


class Landmarks(Entry):
    """When the model may be used: months from its time zero to the landmark.

    `conditional`: the curve is known, so at a later landmark the figure is conditioned on what has not happened by
    then, and the horizons are counted from the landmark.
    """

    from_months: float = 0.0
    to_months: float
    conditional: bool = False
    note: Text


class Strata(Entry):
    """A coded predictor that chooses the baseline."""

    label: Text
    field: str
    recode: Recode | None = None


class Baseline(Entry):
    """Baseline survival (1 − cumulative incidence for Fine–Gray) per stratum and horizon in months."""

    strata: Strata | None = None
    survival: dict[str, dict[str, float]]

    def at(self, stratum: str, months: float) -> float:
        return self.survival[stratum][f"{months:g}"]


class PointsScale(Entry):
    """From total points to a probability: exp(−exp(intercept + slope · points)) within the printed range.

    `anchors` are (points, probability) as printed; beyond the first and last only a bound is known.
    """

    horizon_months: float
    intercept: float
    slope: float
    anchors: tuple[tuple[float, float], ...]
    calculation: Text


class GroupFigure(Entry):
    """One published figure of a group, as a probability in 0–1."""

    horizon_months: float
    value: float
    low: float | None = None
    high: float | None = None
    interval: Literal["95% CI", "plus-minus"] | None = None
    n: int | None = None
    marks: tuple[Mark, ...] = ()
    note: Text | None = None


class RiskGroup(Entry):
    """A group of people defined by a rule, and its figures."""

    id: Key
    label: Text
    when: Rule
    figures: tuple[GroupFigure, ...]


class Population(Entry):
    description: Text
    n: int | None = None
    events: int | None = None
    period: Text | None = None
    centres: Text | None = None
    note: Text | None = None


class Performance(Entry):
    """How well the model did: where (`setting`), by which measure, in how many people.

    `source` is where it was read, or whose data they are where it is marked as calculated by us.
    """

    setting: Literal["development", "internal validation", "external validation"]
    measure: Text
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: Text | None = None
    n: int | None = None
    population: Text | None = None
    source: Key
    marks: tuple[Mark, ...] = ()
    note: Text | None = None


class Provenance(Entry):
    """How sure we are of the numbers: A original code or text, B checked copy, C unchecked copy, D reconstruction."""

    grade: Literal["A", "B", "C", "D"]
    read_in: Text
    marks: tuple[Mark, ...] = ()
    checked_against: Text | None = None
    note: Text | None = None


class Caution(Entry):
    """A sentence that stands beside the figure, for everyone or for those to whom a rule applies."""

    when: Rule = ()
    text: Text
    plain: Text


class Expected(Entry):
    """What a test vector gives: the linear predictor or points, probabilities per horizon (months), their interval, the
    probability of each state per horizon, or the group.
    """

    score: float | None = None
    probability: dict[str, float] = Field(default_factory=dict)
    interval: dict[str, tuple[float, float]] = Field(default_factory=dict)
    occupancy: dict[str, dict[str, float]] = Field(default_factory=dict)
    unbounded: dict[str, float] = Field(default_factory=dict)
    group: str | None = None
    decimals: int = Field(default=4, ge=0, le=15)

    @field_validator("probability", "interval", "occupancy", "unbounded")
    @classmethod
    def _by_horizon(cls, value: dict[str, Any]) -> dict[str, Any]:
        for horizon in value:
            try:
                float(horizon)
            except ValueError:
                raise ValueError("the names are horizons in months, as in {'60': 0.35}") from None
        return value


class TestVector(Entry):
    """A record and what the card must give for it, printed to so many decimals."""

    __test__ = False

    record: dict[str, object]
    expect: Expected
    source: Text


class Card(Entry):
    """A prognostic model.

    `applies` has three answers for a record: applies; does not (which rule); cannot tell (which field).
    `personal` is False for group figures that are context and never one person's. `states` and `hazards` are those of a
    course; a `cox` card has either a `baseline` at its horizons or one hazard with steps. `source` is the citation of a
    card whose source is not in the library; `not_for` is what the card must not be used for; `late_entry` and
    `fit_record` are there for cards that were fitted here.
    """

    id: Key
    version: Text
    name: Text
    short_name: Text
    kind: Kind
    citation: Key
    outcome: Outcome
    landmarks: Landmarks
    population: Population
    applies: Rule
    audience: Audience
    personal: bool = True
    predictors: tuple[Predictor, ...] = ()
    intercept: float = 0.0
    baseline: Baseline | None = None
    points: PointsScale | None = None
    groups: tuple[RiskGroup, ...] = ()
    states: tuple[Text, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    interval_note: Text
    performance: tuple[Performance, ...] = ()
    provenance: Provenance
    known_problems: tuple[Text, ...] = ()
    not_for: tuple[Text, ...] = ()
    cautions: tuple[Caution, ...] = ()
    plain: Text
    parent: Key | None = None
    source: Source | None = None
    late_entry: LateEntry | None = None
    fit_record: FitRecord | None = None
    licence_note: Text | None = None
    test_vectors: tuple[TestVector, ...] = ()

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Card:
        needs = {"cox": "baseline", "fine-gray": "baseline", "points": "points", "groups": "groups"}
        part = "hazards" if self.hazards or self.kind == "multi-state" else needs.get(self.kind)
        if part and not getattr(self, part):
            raise ValueError(f"card {self.id}: a model of kind {self.kind} needs `{part}`")
        if self.hazards:
            self._check_course()
        elif self.kind != "groups" and not self.predictors:
            raise ValueError(f"card {self.id}: give `predictors`")
        horizons = {f"{h:g}" for h in self.outcome.horizons_months}
        if self.baseline and any(set(curve) != horizons for curve in self.baseline.survival.values()):
            raise ValueError(f"card {self.id}: the baseline must stand at exactly the outcome's horizons")
        return self

    def _check_course(self) -> None:
        pairs = [hazard.transition for hazard in self.hazards]
        if self.kind not in ("cox", "multi-state") or (self.kind == "cox" and len(pairs) != 1):
            raise ValueError(f"card {self.id}: hazards belong to kind multi-state, or one of them to kind cox")
        if self.predictors or self.baseline or self.intercept:
            raise ValueError(f"card {self.id}: with hazards, predictors and baseline stand in each hazard")
        strange = {state for pair in (*pairs, self.outcome.transition) for state in pair} - set(self.states)
        if strange or len(set(self.states)) != len(self.states) or len(set(pairs)) != len(pairs):
            raise ValueError(f"card {self.id}: name every state once in `states`, and every transition in one hazard")
        if max(self.outcome.horizons_months) > self.outcome.horizon_limit_months:
            raise ValueError(f"card {self.id}: a horizon lies beyond `horizon_limit_months`")

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """Every predictor, of the score or of any hazard."""
        return (*self.predictors, *(p for hazard in self.hazards for p in hazard.predictors))
