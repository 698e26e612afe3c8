"""Predictors: from a field of the record to a term of the score.

Where a predictor is unknown, its term is the range over the values still possible, never a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarcoma._frozen import model_validator
from sarcoma._rising import rising
from sarcoma._types import Floats
from sarcoma.errors import CardError
from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.models.transform import Transform
from sarcoma.patient import Coded, Numeric, Records, field_specs, rules


class Requirement(NamedTuple):
    """One thing that must hold for a model to be used, with the answers of n records (1, 0, -1).

    `text` is the reason that a reader is given where it does not hold.
    """

    text: str
    fields: tuple[str, ...]
    answers: rules.Answers


class Term(NamedTuple):
    """A predictor's part of the score for n records: its range (equal where known), and what it requires."""

    low: Floats
    high: Floats
    missing: NDArray[np.bool_]
    requirement: Requirement


class Recode(Entry):
    """How a field's codes become the model's own levels; `assumption` says what is not the paper's.

    `assumed` are the codes that the assumption is about (all of them if empty).
    """

    levels: dict[str, str]
    assumed: tuple[str, ...] = ()
    assumption: Text | None = None

    def level(self, code: str) -> str:
        """The model's level of a code of the field; codes that it does not name become "none"."""
        return self.levels.get(code, "none")


def recoded(column: Coded, recode: Recode | None) -> Coded:
    """A coded field in a model's own levels."""
    return column if recode is None else column.map(recode.level)


class Predictor(Entry):
    """One predictor: a field (or derived variable) of the record, its levels, and its transform.

    `range` bounds a number as the source gives it, in the field's unit; outside, the model says nothing.
    """

    name: Key
    label: Text
    field: str
    grouping: str | None = None
    recode: Recode | None = None
    range: tuple[float, float] | None = None
    transform: Transform

    @model_validator(mode="after")
    def _from_low_to_high(self) -> Predictor:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("`range` goes from the least to the greatest value, as in [18, 95]")
        return self

    def level(self, code: str) -> str:
        """The model's level of a code of the field."""
        return code if self.recode is None else self.recode.level(code)

    def column(self, records: Records) -> Numeric | Coded:
        """Its field of n records, in its own levels.

        Raises
        ------
        CardError : the transform is for numbers and the field is coded, or the other way round.
        """
        column = records.column(self.field, self.grouping)
        if isinstance(column, Coded) and self.transform.coded:
            return recoded(column, self.recode)
        if isinstance(column, Numeric) and not self.transform.coded:
            return column
        raise CardError(f"predictor {self.name}: its transform does not go with the field {self.field}")

    def term(self, records: Records) -> Term:
        """Its term for n records."""
        column = self.column(records)
        return self._level_term(column) if isinstance(column, Coded) else self._number_term(column)

    def _level_term(self, column: Coded) -> Term:
        by_level = self.transform.by_level

        def bound(state: frozenset[str], pick: object) -> float:
            known = [by_level[v] for v in state if v in by_level]
            return (max(known) if pick == "high" else min(known)) if known else np.nan

        def covered(state: frozenset[str]) -> int:
            inside = {v in by_level for v in state}
            return 1 if inside == {True} else 0 if inside == {False} else -1

        requirement = Requirement(
            f"the model has no value for this {self.label}", (self.field,), column.per_state(covered, np.int8)
        )
        low, high = column.per_state(lambda s: bound(s, "low")), column.per_state(lambda s: bound(s, "high"))
        return Term(low, high, ~column.known(), requirement)

    def _number_term(self, column: Numeric) -> Term:
        x = column.values
        missing = np.isnan(x)
        value = self._of(np.where(missing, 1.0, x))
        least, most = self._extremes(column.low, column.high) if missing.any() else (np.nan, np.nan)
        low, high = np.where(missing, least, value), np.where(missing, most, value)
        inside = np.ones(len(x), dtype=np.int8)
        text = f"the {self.label} cannot be used"
        if self.range is not None:
            start, end = self.range
            inside = np.where(missing | ((x >= start) & (x <= end)), rules.HOLDS, rules.FAILS)
            text = f"the {self.label} lies outside {start:g} to {end:g}, which is as far as the source goes"
        return Term(low, high, missing, Requirement(text, (self.field,), inside))

    def _of(self, x: Floats) -> Floats:
        value: Floats = self.transform.basis(x) @ self.transform.beta
        return value

    @cached_property
    def _extremes_found(self) -> dict[tuple[float, float], tuple[float, float]]:
        return {}

    def _extremes(self, low: float, high: float) -> tuple[float, float]:
        """The least and the greatest value of the term over the range that an unknown number may have."""
        if (low, high) not in self._extremes_found:
            start, end = self.range or (low, high)
            grid = np.concatenate([np.linspace(start, end, 4001), np.asarray(self.transform.turning_points, float)])
            values = self._of(rising(np.clip(grid, start, end)))
            self._extremes_found[low, high] = float(np.nanmin(values)), float(np.nanmax(values))
        return self._extremes_found[low, high]

    def drawn(self) -> tuple[Floats, Floats] | None:
        """Numbers over the range of the card or the field, and the term at each; None where neither has limits."""
        spec = field_specs().get(self.field)
        low, high = self.range or ((spec.low, spec.high) if spec is not None else (None, None))
        if low is None or high is None:
            return None
        grid = np.linspace(max(low, 0.1), high, 400)
        return grid, self._of(grid)

    @cached_property
    def columns_key(self) -> str:
        """What it is but for its coefficients: predictors with one key make the same columns."""
        none = np.zeros(len(self.transform.beta)).tolist()
        return repr(self.model_copy(update={"transform": self.transform.with_beta(none)}))

    def moved(self, slope: float, added: Floats) -> Predictor:
        """The same with coefficients slope · β + added, (k,)."""
        new = slope * self.transform.beta + added
        return self.model_copy(update={"transform": self.transform.with_beta(new.tolist())})


def values_of(column: Numeric | Coded) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """What goes into a transform, (n,), and where it is not known (NaN there, or one of the codes still possible)."""
    if isinstance(column, Numeric):
        return column.values, np.isnan(column.values)
    first = np.array([min(state) for state in column.states], dtype=object)
    return first[column.codes], ~column.known()


def all_beta(predictors: Sequence[Predictor]) -> Floats:
    """(k,) the coefficients of several predictors, one after another."""
    return np.concatenate([np.zeros(0), *(p.transform.beta for p in predictors)])


def moved(predictors: Sequence[Predictor], slope: float, added: Floats) -> tuple[Predictor, ...]:
    """Predictors with coefficients slope · β + added, (k,) over all of them."""
    ends = np.cumsum([len(p.transform.beta) for p in predictors], dtype=int)
    return tuple(p.moved(slope, part) for p, part in zip(predictors, np.split(added, ends)[:-1], strict=True))


def score_columns(predictors: Sequence[Predictor], records: Records, rows: NDArray[np.intp]) -> Floats:
    """The columns of the score of some records whose predictors are all known: times the coefficients they sum to it.

    Returns
    -------
    (rows, k), a column for each coefficient of each predictor, in their order.
    """
    parts = [p.transform.basis(values_of(p.column(records).take(rows))[0]) for p in predictors]
    return np.column_stack([np.zeros((len(rows), 0)), *parts])
