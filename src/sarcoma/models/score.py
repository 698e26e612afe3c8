"""The terms of a score: one predictor on many records.

Where a predictor is unknown, its term is the range over the values still possible, never a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._once import once_per_object
from sarcoma.errors import CardError
from sarcoma.models.predictor import Predictor, Recode
from sarcoma.models.transform import Levels, basis, coefficients, turning_points, with_coefficients
from sarcoma.patient import Coded, Numeric, Records, rules

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that must hold for a model to be used, with the answers of n records (1, 0, -1).

    `text` is the reason that a reader is given where it does not hold.
    """

    text: str
    fields: tuple[str, ...]
    answers: rules.Answers


@dataclass(frozen=True, slots=True)
class Term:
    """A predictor's part of the score for n records: its range (equal where known), and what it requires."""

    low: Floats
    high: Floats
    missing: NDArray[np.bool_]
    requirement: Requirement


def column_of(predictor: Predictor, records: Records) -> Numeric | Coded:
    """The predictor's field in its own levels.

    Raises
    ------
    CardError : the transform is for numbers and the field is coded, or the other way round.
    """
    column = records.column(predictor.field, predictor.grouping)
    if isinstance(column, Coded) and isinstance(predictor.transform, Levels):
        return recoded(column, predictor.recode)
    if isinstance(column, Numeric) and not isinstance(predictor.transform, Levels):
        return column
    raise CardError(f"predictor {predictor.name}: its transform does not go with the field {predictor.field}")


def term(predictor: Predictor, records: Records) -> Term:
    """A predictor's term for every record."""
    column = column_of(predictor, records)
    if isinstance(column, Coded) and isinstance(predictor.transform, Levels):
        return _level_term(predictor, column, predictor.transform.coefficients)
    if isinstance(column, Numeric):
        return _number_term(predictor, column)
    raise CardError(f"predictor {predictor.name}: its transform does not go with the field {predictor.field}")


def recoded(column: Coded, recode: Recode | None) -> Coded:
    """A coded field in a model's own levels; codes that it does not name become "none"."""
    return column if recode is None else column.map(lambda value: recode.levels.get(value, "none"))


def values_of(column: Numeric | Coded) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """What goes into a transform, (n,), and where it is not known (NaN there, or one of the codes still possible)."""
    if isinstance(column, Numeric):
        return column.values, np.isnan(column.values)
    first = np.array([min(state) for state in column.states], dtype=object)
    return first[column.codes], ~column.known()


def score_columns(predictors: Sequence[Predictor], records: Records, rows: NDArray[np.intp]) -> Floats:
    """The columns of the score of some records whose predictors are all known: times the coefficients they sum to it.

    Returns
    -------
    (rows, k), a column for each of `coefficients` of each predictor, in their order.
    """
    parts = [basis(p.transform, values_of(column_of(p, records).take(rows))[0]) for p in predictors]
    return np.column_stack([np.zeros((len(rows), 0)), *parts])


def _level_term(predictor: Predictor, column: Coded, coefficients: dict[str, float]) -> Term:
    def bound(state: frozenset[str], pick: object) -> float:
        known = [coefficients[v] for v in state if v in coefficients]
        return (max(known) if pick == "high" else min(known)) if known else np.nan

    def covered(state: frozenset[str]) -> int:
        inside = {v in coefficients for v in state}
        return 1 if inside == {True} else 0 if inside == {False} else -1

    requirement = Requirement(
        f"the model has no value for this {predictor.label}", (predictor.field,), column.per_state(covered, np.int8)
    )
    low, high = column.per_state(lambda s: bound(s, "low")), column.per_state(lambda s: bound(s, "high"))
    return Term(low, high, ~column.known(), requirement)


def _number_term(predictor: Predictor, column: Numeric) -> Term:
    x = column.values
    missing = np.isnan(x)
    value = _apply(predictor, np.where(missing, 1.0, x))
    least, most = _extremes(predictor, column.low, column.high) if missing.any() else (np.nan, np.nan)
    low, high = np.where(missing, least, value), np.where(missing, most, value)
    inside = np.ones(len(x), dtype=np.int8)
    text = f"the {predictor.label} cannot be used"
    if predictor.range is not None:
        start, end = predictor.range
        inside = np.where(missing | ((x >= start) & (x <= end)), rules.HOLDS, rules.FAILS)
        text = f"the {predictor.label} lies outside {start:g} to {end:g}, which is as far as the source goes"
    return Term(low, high, missing, Requirement(text, (predictor.field,), inside))


def _apply(predictor: Predictor, x: Floats) -> Floats:
    if isinstance(predictor.transform, Levels):
        raise CardError(f"predictor {predictor.name}: levels need a coded field")
    value: Floats = basis(predictor.transform, x) @ coefficients(predictor.transform)
    return value


def columns_key(predictor: Predictor) -> str:
    """What a predictor is but for its coefficients: those with one key make the same columns."""
    none = np.zeros(len(coefficients(predictor.transform))).tolist()
    return predictor.model_copy(update={"transform": with_coefficients(predictor.transform, none)}).model_dump_json()


@once_per_object
def _known_extremes(_: Predictor) -> dict[tuple[float, float], tuple[float, float]]:
    """The extremes of a term by the bounds of its field."""
    return {}


def _extremes(predictor: Predictor, low: float, high: float) -> tuple[float, float]:
    """The least and the greatest value of a term over the range that an unknown number may have."""
    known = _known_extremes(predictor)
    if (low, high) not in known:
        known[low, high] = _find_extremes(predictor, low, high)
    return known[low, high]


def _find_extremes(predictor: Predictor, low: float, high: float) -> tuple[float, float]:
    start, end = predictor.range or (low, high)
    special = turning_points(predictor.transform)
    grid = np.unique(
        np.clip(np.concatenate([np.linspace(start, end, 4001), np.asarray(special, dtype=float)]), start, end)
    )
    values = _apply(predictor, grid)
    return float(np.nanmin(values)), float(np.nanmax(values))
