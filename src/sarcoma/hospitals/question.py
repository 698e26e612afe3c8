"""What hospitals are asked: data that says everything, so that all count the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from sarcoma._arguments import checked
from sarcoma.errors import HospitalsError
from sarcoma.evidence.entry import Frozen, Key, Text
from sarcoma.models.outcome import Endpoint, Estimand, TimeZero
from sarcoma.models.predictor import Predictor

MOST_EDGES = 400
MOST_LEVELS = 30
MOST_COLUMNS = 30
MOST_SITES = 200

Sharing = Literal["suppress", "coarsen", "masked-sums"]
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
SiteName = Annotated[Key, Field(max_length=60)]
Counts = list[Any]
"""Counts in rows and columns; `EventTable.from_counts` checks them."""


class Grouping(Frozen):
    """Groups of patients by a coded field of the record: the levels counted, one by one; the others are left out."""

    field: Key
    levels: Annotated[tuple[Text, ...], Field(min_length=2, max_length=MOST_LEVELS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("a level stands twice")
        return self


class _Asked(Frozen):
    """What every question has.

    Attributes
    ----------
    id, nonce : its name, and a text made up for this asking, so that an answer of another time does not fit.
    round : 1, 2, … ; a question of several rounds carries what the rounds before found.
    sharing : how small counts are kept apart. sites : who is asked, in order.
    grid : increasing times from 0, months; nothing that happens between two of them is told apart.
    """

    schema_: Literal["sarcoma-outlook/hospital-question"] = Field(
        default="sarcoma-outlook/hospital-question", alias="schema"
    )
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")]
    round: Annotated[int, Field(ge=1, le=60)] = 1
    sharing: Sharing = "coarsen"
    sites: Annotated[tuple[SiteName, ...], Field(min_length=1, max_length=MOST_SITES)]
    grid: Annotated[tuple[Annotated[float, Field(ge=0, le=1200)], ...], Field(min_length=2, max_length=MOST_EDGES + 1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.grid[0] != 0 or any(a >= b for a, b in zip(self.grid, self.grid[1:], strict=False)):
            raise ValueError("grid: increasing times that start with 0, such as [0, 12, 24]")
        if len(set(self.sites)) < len(self.sites):
            raise ValueError("sites: one stands twice")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says."""
        return hashlib.sha256(canonical(self.to_data())).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return plain(self, "question")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, round={self.round}, sites={len(self.sites)})"


class EventTableQuestion(_Asked):
    """How many moved from state to state in each interval: of it come Kaplan–Meier, Aalen–Johansen, occupancy, means.

    plan : a plan of counting by its name (`sarcoma.cohort.PLANS`).
    """

    kind: Literal["event-table"] = "event-table"
    plan: Text
    by: Grouping | None = None


class CoxQuestion(_Asked):
    """A Cox model stratified by hospital, of one transition: each round asks for score and information at `beta`.

    transition : from which state to which. predictors : as in a model card; their coefficients are not used.
    beta : where the likelihood is asked for; empty in round 1, which starts at 0. baseline : whether the events and
    the risk sums of each interval are asked for as well, in the last round.
    path : coefficients and log likelihood of the round before, to see that it rises.
    """

    kind: Literal["cox"] = "cox"
    plan: Text
    transition: tuple[Text, Text]
    predictors: Annotated[tuple[Predictor, ...], Field(min_length=1, max_length=MOST_COLUMNS)]
    ties: Literal["efron", "breslow"] = "efron"
    beta: tuple[Number, ...] = ()
    baseline: bool = False
    path: tuple[tuple[Number, ...], Number] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the covariates: of levels and intervals the first is the reference and has none."""
        return tuple(name for p in self.predictors for name in _named(p))


class ValidationQuestion(_Asked):
    """How well a card predicts by a horizon, the last time of the grid.

    Round 1 asks for the event table; from round 2 on the table of all comes back in `table` (its times are `grid`),
    with the place of the calibration line, `line`, and of the intercept with slope 1.
    """

    kind: Literal["validation"] = "validation"
    card: Text
    card_version: Text
    endpoint: Endpoint
    time_zero: TimeZero
    estimand: Estimand
    unknown_cause: Literal["sarcoma", "other"] | None = None
    thresholds: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(max_length=20)] = ()
    table: dict[str, Any] | None = None
    line: tuple[Number, Number] = (0.0, 0.0)
    intercept: Number = 0.0
    settled: bool = False

    @property
    def horizon(self) -> float:
        """Months."""
        return self.grid[-1]

    @property
    def causes(self) -> tuple[str, ...]:
        """The states that people go to."""
        return ("event", "competing") if self.estimand == "crude" else ("event",)


Question = EventTableQuestion | CoxQuestion | ValidationQuestion
_READ: TypeAdapter[Question] = TypeAdapter(Annotated[Question, Field(discriminator="kind")])


@checked
def question_of(data: Mapping[str, Any]) -> Question:
    """A question as its file says it, checked.

    Raises
    ------
    HospitalsError : the first thing that does not fit.

    Examples
    --------
    >>> question_of({"kind": "event-table", "id": "survival", "nonce": "00" * 8, "plan": "survival",
    ...     "sites": ["a", "b", "c"], "grid": [0, 12, 24]})
    EventTableQuestion('survival', round=1, sites=3)
    """
    try:
        return _READ.validate_python(dict(data))
    except ValidationError as error:
        raise HospitalsError(problem_of(error, "question")) from None


_NAMED_BY_THE_FILE = ("keys", "counts", "reals", "own", "table", "coefficients")


def problem_of(error: ValidationError, name: str) -> str:
    """The first thing that does not fit: the file, where in it, and what; no value, and no name of the file's own."""
    detail = error.errors(include_input=False, include_url=False)[0]
    where, text = list(detail["loc"]), detail["msg"].removeprefix("Value error, ")
    if detail["type"].startswith("union_tag"):
        where, text = ["kind"], "must be event-table, cox or validation"
    if detail["type"] == "extra_forbidden":
        where, text = where[:-1], "holds a name that is not known here"
    named = [i for i, part in enumerate(where) if part in _NAMED_BY_THE_FILE]
    where = where[: named[0] + 1] if named else where
    return ": ".join([name, *([".".join(str(part)[:60] for part in where)] if where else []), text[:400]])


def plain(message: Frozen, name: str) -> dict[str, Any]:
    """A message as JSON holds it.

    Raises
    ------
    HospitalsError : lists within lists, deeper than can be written.
    """
    try:
        return message.model_dump(mode="json", by_alias=True)
    except (ValueError, RecursionError):
        raise HospitalsError(f"{name}: holds lists within lists, deeper than any message has") from None


def canonical(data: Any) -> bytes:
    """JSON in one way of writing it, for digests.

    Raises
    ------
    HospitalsError : a number that is none.
    """
    try:
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError, UnicodeEncodeError):
        raise HospitalsError("a number is missing or infinite, or is no number") from None


def _named(predictor: Predictor) -> tuple[str, ...]:
    names = predictor.transform.column_names(predictor.name)
    return names[1:] if predictor.transform.coded or predictor.transform.cut else names
