"""The model card: a prognostic model as data – what it predicts, for whom, from what, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sarcoma._frozen import Field, field_validator, model_serializer, model_validator
from sarcoma.evidence import Rule
from sarcoma.evidence.entry import Audience, Entry, Key, Mark, Shelved, Text
from sarcoma.evidence.source import Source
from sarcoma.models.fit_record import FitRecord, LateEntry
from sarcoma.models.forms import FORMS, AnyForm
from sarcoma.models.forms.form import Form
from sarcoma.models.outcome import Landmarks, Outcome
from sarcoma.models.predictor import Predictor

if TYPE_CHECKING:
    from pydantic import SerializerFunctionWrapHandler


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
    `events` are those seen by `by_months`.
    """

    setting: Literal["development", "internal validation", "external validation"]
    measure: Text
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: Text | None = None
    n: int | None = None
    events: int | None = None
    by_months: float | None = None
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


_OF_FORM = frozenset(name for form in FORMS for name in form.field_names)
"""Fields that belong to a card's form; in a file they stand beside the card's own."""


class Card(Shelved):
    """A prognostic model.

    `applies` has three answers for a record: applies; does not (which rule); cannot tell (which field).
    `personal` is False for group figures that are context and never one person's. `form` is how it gets from a record
    to probabilities; in a file its fields (`kind`, `predictors`, `baseline`, `points`, `groups`, `hazards` …) stand
    beside the others. `source` is the citation of a card whose source is not in the library; `not_for` is what the card
    must not be used for; `late_entry` and `fit_record` are there for cards that were fitted here.
    """

    id: Key
    version: Text
    name: Text
    short_name: Text
    citation: Key
    outcome: Outcome
    landmarks: Landmarks
    population: Population
    applies: Rule
    audience: Audience
    personal: bool = True
    form: AnyForm
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

    @model_validator(mode="before")
    @classmethod
    def _form_from_its_fields(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or isinstance(raw.get("form"), Form):
            return raw
        if "form" in raw:
            raise ValueError("`form`: its fields stand beside the others, as in kind: cox")
        own = {name: value for name, value in raw.items() if name not in _OF_FORM}
        return own | {"form": {name: value for name, value in raw.items() if name in _OF_FORM}}

    @model_serializer(mode="wrap")
    def _form_as_its_fields(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        self._whole()
        flat: dict[str, Any] = {}
        for name, value in write(self).items():
            if name == "form":
                flat |= {field: part for field, part in value.items() if field != "kind"}
            else:
                flat[name] = value
            if name == "short_name":
                flat["kind"] = self.form.kind
        return flat

    @model_validator(mode="after")
    def _form_goes_with_outcome(self) -> Card:
        why = self.form.misfit(self.outcome)
        if why is not None:
            raise ValueError(f"card {self.id}: {why}")
        return self

    @cached_property
    def uses(self) -> frozenset[str]:
        """The fields and derived variables that its figures depend on."""
        form = self.form
        named = [p.field for p in form.all_predictors]
        named += [form.strata.field] if form.strata is not None else []
        named += [name for rule in form.rules for condition in rule for name in condition.fields]
        return frozenset(named)

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """Every predictor, of the score or of any hazard."""
        return self.form.all_predictors

    @cached_property
    def asks(self) -> frozenset[str]:
        """Every variable of a record that it asks for: those that its figures depend on, and those of its rules."""
        return self.uses | {name for condition in self.applies for name in condition.fields}

    @cached_property
    def arithmetic(self) -> str:
        """How it gets from predictors to a probability, in one line."""
        return self.form.arithmetic(self.outcome)
