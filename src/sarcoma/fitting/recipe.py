"""Recipe: how a model is to be fitted, as a YAML file – course, predictors, missing data, penalty, validation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from sarcoma._arguments import checked
from sarcoma._files import first_problem, read_own_or_shipped
from sarcoma.errors import CohortError, EvidenceError
from sarcoma.evidence import Rule, library
from sarcoma.evidence.entry import Audience, Entry, Key, Text
from sarcoma.evidence.source import Source
from sarcoma.models.forms.form import Reaching
from sarcoma.models.outcome import Landmarks, Question
from sarcoma.models.predictor import Recode
from sarcoma.patient import field_specs, rules
from sarcoma.patient.derived import DERIVED

SHIPPED = Path(__file__).parent / "recipes"

CourseName = Literal["survival", "survival-from-metastasis", "spread", "first-event", "full-course"]


def _increase(numbers: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def _none_or_enough(samples: int) -> int:
    if 0 < samples < 20:
        raise ValueError("give 20 bootstrap samples or more, for example 200, or 0 for none")
    return samples


class PredictorRecipe(Entry):
    """A predictor: its field and how it is coded.

    linear : coefficient · (x − center), the center being the median where not given. log : coefficient · ln x.
    spline : restricted cubic spline, with a number of knots (at Harrell's quantiles) or the knots themselves.
    intervals : one coefficient for each interval between the cuts `at`. levels : one for each level; those with fewer
    than `least` people leave the fit. scores : coefficient · the score of the level.
    """

    label: Text
    field: str
    grouping: str | None = None
    recode: Recode | None = None
    coding: Literal["linear", "log", "spline", "intervals", "levels", "scores"]
    center: float | None = None
    knots: int | tuple[float, ...] = 4
    at: tuple[float, ...] = ()
    least: int = 10
    reference: str | None = None
    scores: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_coding(self) -> PredictorRecipe:
        if self.coding == "intervals" and not self.at:
            raise ValueError("intervals need their cuts, for example at: [5, 10]")
        if not _increase(self.at):
            raise ValueError("the cuts of `at` must increase, for example at: [5, 10]")
        if isinstance(self.knots, tuple) and not _increase(self.knots):
            raise ValueError("knots must increase, for example knots: [30, 50, 70]")
        if self.coding == "scores" and len(set(self.scores.values())) < 2:
            raise ValueError('scores need a number for each level, for example scores: {"1": 1, "2": 2, "3": 3}')
        count = self.knots if isinstance(self.knots, int) else len(self.knots)
        if self.coding == "spline" and count < 3:
            raise ValueError("a spline needs three knots or more, for example knots: 4")
        return self

    @property
    def coded(self) -> bool:
        return self.coding in ("levels", "scores")


class TransitionRecipe(Entry):
    """Which predictors act on one transition."""

    from_: Text = Field(alias="from")
    to: Text
    predictors: tuple[str, ...]


class CompleteCase(Entry):
    """Only people whose predictors are all known."""

    method: Literal["complete-case"]


class MultipleImputation(Entry):
    """Chained equations with predictive mean matching; the fits are pooled by Rubin's rules."""

    method: Literal["multiple-imputation"]
    imputations: int = Field(default=20, ge=2, le=200)
    cycles: int = Field(default=10, ge=1, le=100)
    donors: int = Field(default=5, ge=1, le=50)
    also: tuple[str, ...] = ()
    """Fields that help to impute and are no predictors."""


class Penalty(Entry):
    """A ridge penalty ½ λ Σ β² on standardised predictors and on levels as they are.

    `strength` is λ, or "aic": the λ with the best likelihood-ratio χ² less twice the effective degrees of freedom
    (Gray, J Am Stat Assoc 1992;87:942–951). With `events_per_df`, λ is raised until each effective degree of freedom
    has so many events. Penalised levels have no reference: each is shrunken towards their common mean.
    """

    strength: float | Literal["aic"]
    events_per_df: float | None = Field(default=None, gt=0)
    predictors: tuple[str, ...] | None = None
    """Those that are penalised, all where not given."""


class TargetSpec(Entry):
    """An event that predictions are judged by: reaching any of these states."""

    event: Text
    states: tuple[Text, ...]
    horizons_months: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _looks_ahead(self) -> TargetSpec:
        if not _increase((0.0, *self.horizons_months)):
            raise ValueError("`horizons_months` must be above 0 and increase, for example [24, 60]")
        return self


class InternalValidation(Entry):
    """Optimism by the bootstrap (Harrell), each centre left out in turn, from which landmark (under late entry).

    bootstrap : samples, 20 or more, in large cohorts at most; 0: none, and the card says that optimism is not known.
    """

    bootstrap: Annotated[int, AfterValidator(_none_or_enough)] = Field(default=200, ge=0, le=10_000)
    by_centre: bool = False
    landmark_months: float | None = None
    judge: tuple[TargetSpec, ...] = ()


class LateEntryRecipe(Entry):
    """What is shown of late entry: curves from these months with earlier entries left out; facts to stand beside."""

    leave_out_months: tuple[float, ...] = (6.0, 12.0)
    bootstrap: Annotated[int, AfterValidator(_none_or_enough)] = Field(default=500, ge=0, le=10_000)
    beside: tuple[Key, ...] = ()


class Recipe(Entry):
    """Everything that is needed to fit a card to a cohort, and what the card is to say of itself."""

    id: Key
    version: Text
    name: Text
    short_name: Text
    plain: Text
    citation: Key
    source: Source | None = None
    course: CourseName
    first_organs: tuple[Text, ...] = ()
    question: Question
    event: Text
    plain_event: Text
    to: Text | None = None
    """The state whose probability is the card's outcome; the last one where not given."""
    probability_of: Literal["event", "no-event"] = "event"
    reaching: tuple[Reaching, ...] = ()
    """Events that the card tells beside its outcome."""
    horizons_months: Annotated[tuple[float, ...], Field(min_length=1)]
    least_at_risk: int = Field(default=20, ge=2)
    landmarks: Landmarks | None = None
    people: Rule = ()
    applies: Rule = ()
    predictors: dict[Key, PredictorRecipe]
    transitions: tuple[TransitionRecipe, ...] | None = None
    """Where predictors act; all of them on every transition where not given."""
    least_events: int = Field(default=10, ge=1)
    """Transitions with fewer events have no predictors."""
    missing: CompleteCase | MultipleImputation = Field(discriminator="method")
    penalty: Penalty | None = None
    validation: InternalValidation = InternalValidation()
    late_entry: LateEntryRecipe = LateEntryRecipe()
    audience: Audience = "teams"
    population: Text
    centres: Text | None = None
    licence_note: Text
    known_problems: tuple[Text, ...] = ()
    not_for: tuple[Text, ...] = ()
    cautions: tuple[dict[str, Any], ...] = ()
    examples: tuple[dict[str, Any], ...] = ()
    """Records for the card's test vectors; what the card gives for them is computed."""
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _names_what_it_has(self) -> Recipe:
        used = [name for t in self.transitions or () for name in t.predictors]
        used += (self.penalty.predictors or ()) if self.penalty else ()
        strange = [name for name in used if name not in self.predictors]
        if strange:
            raise ValueError(f"there is no predictor {strange[0][:40]!r}; there are {', '.join(self.predictors)}")
        if not self.predictors:
            raise ValueError(
                "`predictors`: name one or more, for example age: {label: age, field: age, coding: linear}"
            )
        if not _increase(self.horizons_months):
            raise ValueError("`horizons_months` must increase, for example [12, 24, 60]")
        if self.horizons_months[0] <= 0:
            raise ValueError("`horizons_months` must be above 0, for example [12, 24, 60]")
        if self.first_organs and self.course != "full-course":
            raise ValueError("`first_organs` belongs to the course full-course")
        return self


@checked
def read_recipe(where: str) -> Recipe:
    """A recipe from a YAML file, or one shipped with the package by its name.

    Raises
    ------
    CohortError : the file cannot be read, or says something unknown.
    """
    return recipe_of(*read_own_or_shipped(where, SHIPPED, "recipe", CohortError))


@checked
def recipe_of(raw: Any, name: str = "recipe") -> Recipe:
    """A recipe from what its YAML says.

    Raises
    ------
    CohortError : something is missing or unknown; the message names where.
    """
    try:
        found = Recipe.model_validate(raw)
        for rule in (found.people, found.applies):
            rules.check_rule(rule)
    except ValidationError as error:
        raise CohortError(first_problem(error, name)) from None
    except EvidenceError as error:
        raise CohortError(f"{name}: {error}") from None
    fields = {**field_specs(), **DERIVED}
    for key, predictor in found.predictors.items():
        if predictor.field not in fields:
            raise CohortError(f"{name}: predictors.{key}.field: neither a field of the record nor derived from it")
        if predictor.grouping is not None and predictor.grouping not in library().groupings:
            raise CohortError(f"{name}: predictors.{key}.grouping: there is no such grouping of types")
    unknown = [key for key in found.late_entry.beside if key not in library().facts]
    if unknown:
        raise CohortError(f"{name}: late_entry.beside: there is no fact {unknown[0][:20]}")
    if found.source is None and found.citation not in library().sources:
        raise CohortError(f"{name}: citation: not in the library of sources; give the `source` itself")
    return found
