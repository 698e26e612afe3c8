"""A card as expressions: low, high and status at each horizon, for any engine that narwhals speaks to.

An engine does the arithmetic of numbers; codes are looked up. Of the columns of codes, and of the steps in which
numbers lie as far as any rule tells them apart, the engine gives the distinct combinations; these are run through
`Records` and `predict` once, and the engine joins what came of it. So staging, grades, sites, rules and groups have one
implementation.

A table here has columns named like fields of the record: numbers as numbers (null: not known), everything else in
whatever words a field understands.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from sarcoma._types import Floats
from sarcoma.errors import CardError
from sarcoma.evidence import Condition, library, staging_tables
from sarcoma.models.card import Card
from sarcoma.models.execute import TIME_FIELD, predict
from sarcoma.models.predictor import Predictor
from sarcoma.models.transform import (
    Intervals,
    Levels,
    Linear,
    PiecewiseLinear,
    RestrictedCubicSpline,
    Transform,
    TruncatedPowers,
)
from sarcoma.patient import Numeric, Records, field_specs
from sarcoma.patient.columns import Column, Stated
from sarcoma.patient.mapping import own_columns
from sarcoma.patient.table_columns import read_columns

STATUS = "status"


# -- one term


def term(transform: Transform, x: nw.Expr) -> nw.Expr:
    """A term of a score, as `transform.basis(x) @ transform.beta` gives it; null where x is null."""
    match transform:
        case Linear():
            return (x - transform.center) * transform.coefficient
        case Intervals():
            found = nw.lit(transform.coefficients[-1])
            for cut, value in reversed(list(zip(transform.at, transform.coefficients, strict=False))):
                found = nw.when(x <= cut).then(nw.lit(value)).otherwise(found)
            return nw.when(~x.is_null()).then(found)
        case Levels():
            found = nw.lit(0.0)
            for level, value in transform.coefficients.items():
                found = nw.when(x == level).then(nw.lit(value)).otherwise(found)
            return nw.when(~x.is_null()).then(found)
        case TruncatedPowers():
            u = nw.when(x > 1e-12).then(x).otherwise(nw.lit(1e-12)).log() if transform.of == "log" else x
            parts = [u * transform.linear]
            parts += [
                _above(u, k, transform.power) * c for k, c in zip(transform.knots, transform.coefficients, strict=True)
            ]
            return nw.when(~x.is_null()).then(_sum(parts))
        case RestrictedCubicSpline():
            return _spline(transform, x)
        case PiecewiseLinear():
            return _lines(transform, x)


def _above(x: nw.Expr, knot: float, power: int = 3) -> nw.Expr:
    """max(x − knot, 0)^power."""
    over = x - knot
    product = over
    for _ in range(power - 1):
        product = product * over
    return nw.when(over > 0).then(product).otherwise(nw.lit(0.0))


def _spline(transform: RestrictedCubicSpline, x: nw.Expr) -> nw.Expr:
    t = transform.knots
    first, *others = transform.coefficients
    width, size = t[-1] - t[-2], (t[-1] - t[0]) ** 2
    parts = [x * first]
    for knot, beta in zip(t[:-2], others, strict=True):
        tail = _above(x, t[-2]) * ((t[-1] - knot) / width) - _above(x, t[-1]) * ((t[-2] - knot) / width)
        parts.append((_above(x, knot) - tail) * (beta / size))
    return nw.when(~x.is_null()).then(_sum(parts))


def _lines(transform: PiecewiseLinear, x: nw.Expr) -> nw.Expr:
    knots, values = transform.knots, transform.values
    found: nw.Expr = nw.lit(values[-1])
    for i in reversed(range(len(knots) - 1)):
        slope = (values[i + 1] - values[i]) / (knots[i + 1] - knots[i])
        found = nw.when(x < knots[i + 1]).then((x - knots[i]) * slope + values[i]).otherwise(found)
    return nw.when((x >= knots[0]) & (x <= knots[-1])).then(found)


def _sum(parts: Sequence[nw.Expr]) -> nw.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


# -- numbers of a record that are worked out from others


def number(name: str) -> nw.Expr:
    """A field of numbers, null where it is not known or cannot be."""
    spec, x = field_specs()[name], nw.col(name).cast(nw.Float64)
    if spec.low is None or spec.high is None:
        return x
    inside = ((x > spec.low) if spec.above_low else (x >= spec.low)) & (x <= spec.high)
    return nw.when(inside).then(x)


_EVERYONE = "_step of nothing"
"""A key that is the same for every row, so that there is one even where a card asks no column of the table."""
_FIRST = "_first metastasis"
"""Months to the first metastasis, which is read off the column of metastases."""
_DERIVED: dict[str, tuple[tuple[str, ...], Any]] = {
    "disease_free_interval": ((_FIRST,), lambda first: first),
    "months_since_metastasis": (("landmark_months", _FIRST), lambda now, first: now - first),
    "months_since_surgery": (("landmark_months", "surgery_months"), lambda now, then: now - then),
    "months_since_recurrence": (("landmark_months", "local_recurrence_months"), lambda now, then: now - then),
    "current_age": (("age", "landmark_months"), lambda age, now: age + now.fill_null(0.0) / 12),
    "age_at_metastasis": (("age", _FIRST), lambda age, first: age + first / 12),
}
"""Derived numbers: what they are made of, and how, as `patient.derived` has it."""


@dataclass(frozen=True, eq=False)
class _Cut:
    """A number cut where anything tells its values apart: a step below, at and above each point; −1 if not known."""

    name: str
    points: tuple[float, ...]

    @property
    def key(self) -> str:
        return f"_step of {self.name}"

    def expression(self, x: nw.Expr) -> nw.Expr:
        step = nw.lit(2 * len(self.points))
        for i, point in reversed(list(enumerate(self.points))):
            step = nw.when(x < point).then(nw.lit(2 * i)).when(x <= point).then(nw.lit(2 * i + 1)).otherwise(step)
        return nw.when(x.is_null()).then(nw.lit(-1)).otherwise(step).cast(nw.Int32).alias(self.key)

    def representatives(self) -> Floats:
        """A number of each step, in their order, and NaN at the end for −1."""
        points = self.points or (0.0,)
        inner = [value for a, b in itertools.pairwise(points) for value in (a, (a + b) / 2)]
        every = [points[0] - 1.0, *inner, points[-1], points[-1] + 1.0]
        return np.array([*(every if self.points else [0.0]), np.nan])


# -- a card


class CardExpression:
    """A card for tables of an engine.

    Parameters
    ----------
    card : of any kind but a course of several states.
    columns : the names of the table's columns; those that are no field that the card asks are left as they are.

    Raises
    ------
    CardError : the card is a course, or counts its horizons from the landmark.
    """

    def __init__(self, card: Card, columns: Iterable[str]) -> None:
        if not card.form.has_expression:
            raise CardError(f"{card.id}: a course of several states has no expression; run it in batches, by `predict`")
        if card.landmarks.conditional:
            raise CardError(f"{card.id}: its horizons begin at the landmark; run it in batches, by `predict`")
        self.card = card
        names = set(columns)
        self._own = [name for name in field_specs() if name in names and name in self._fields]
        self._numbers = [name for name in self._own if field_specs()[name].kind == "number"]
        self.codes = tuple(name for name in self._own if name not in self._numbers)
        known = {*self._numbers, *([_FIRST] if "metastases" in self.codes else [])}
        wanted = [name for name in _DERIVED if name in self._variables]
        self._derived = [
            name
            for name in wanted
            if set(_DERIVED[name][0]) - ({"landmark_months"} if name == "current_age" else set()) <= known
        ]
        self._cuts = [_Cut(name, self._points(name)) for name in (*self._numbers, *self._derived)]

    @property
    def fields(self) -> tuple[str, ...]:
        """The table's columns that it asks."""
        return tuple(self._own)

    # what the card asks

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        """Every test of one field that decides anything about the card."""
        rules = [*self.card.applies, *(c for rule in self.card.form.rules for c in rule)]
        rules += [c for t in library().types for p in library().profiles_of(t) for c in p.when]
        return tuple(test for condition in rules for test in condition.tests)

    @cached_property
    def _variables(self) -> frozenset[str]:
        """The fields and derived variables that it names."""
        strata = self.card.form.strata
        own = {p.field for p in self.card.form.all_predictors} | {c.field or "" for c in self._conditions}
        own |= {"landmark_months", "histologic_type", TIME_FIELD[self.card.outcome.time_zero]}
        return frozenset(own | ({strata.field} if strata is not None else set()))

    @cached_property
    def _fields(self) -> frozenset[str]:
        """The fields of the record that these follow from."""
        asked = _Asked()
        for name in sorted(self._variables):
            asked.column(name)
        return frozenset(asked.asked & set(field_specs()))

    def _points(self, name: str) -> tuple[float, ...]:
        found = {b for c in self._conditions if c.field == name for b in c.bounds if b is not None}
        found |= {end for p in self.card.form.all_predictors if p.field == name for end in p.range or ()}
        if name == TIME_FIELD[self.card.outcome.time_zero]:
            window = self.card.landmarks
            found |= {window.from_months - 1e-9, window.to_months + 1e-9}
        if name == "size_cm":
            found |= {end for end in staging_tables().size_steps if np.isfinite(end)}
        if name == "mitoses_per_10_hpf":
            found |= {row.at_least for row in staging_tables().fnclcc.mitoses_per_10_hpf}
        return tuple(sorted(found))

    # what the engine does

    def _value(self, name: str) -> nw.Expr:
        if name in _DERIVED:
            parts, function = _DERIVED[name]
            if name == "current_age" and "landmark_months" not in self._numbers:
                return number("age")
            found: nw.Expr = function(*(nw.col(_FIRST) if part == _FIRST else number(part) for part in parts))
            return found
        return number(name)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that are looked up."""
        return (*(f"_code of {name}" for name in self.codes), *(cut.key for cut in self._cuts), _EVERYONE)

    def metastases(self, texts: Iterable[str]) -> pl.DataFrame:
        """What follows from each distinct text of metastases, to be joined on `_text of metastases`.

        `_code of metastases` stands for all texts that differ in times after the diagnosis only.
        """
        given = pl.DataFrame({"metastases": pl.Series(list(texts), dtype=pl.String)})
        records = _records(given, {}, {})
        classes: dict[Any, str] = {}
        stood_for = []
        for text, found in zip(given["metastases"], records.values("metastases"), strict=True):
            alike = found if found is None else frozenset((m.organ, m.months and np.inf) for m in found)
            stood_for.append(classes.setdefault(alike, text))
        months = records.numeric("disease_free_interval").values
        return pl.DataFrame(
            {
                "_text of metastases": given["metastases"],
                "_code of metastases": stood_for,
                _FIRST: pl.Series(months).fill_nan(None),
            }
        )

    def code_columns(self) -> list[nw.Expr]:
        """The columns of codes as text without null, as they are looked up."""
        prefix = {"metastases": "_text of "}
        return [
            nw.col(name).cast(nw.String).fill_null("").alias(prefix.get(name, "_code of ") + name)
            for name in self.codes
        ]

    def step_columns(self) -> list[nw.Expr]:
        """The steps of numbers, as they are looked up."""
        steps = [cut.expression(self._value(cut.name)) for cut in self._cuts]
        return [*steps, nw.lit(0).cast(nw.Int32).alias(_EVERYONE)]

    def looked_up(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """What follows from each distinct combination of the keys, to be joined on them."""
        codes = combinations.select(pl.col(f"_code of {name}").alias(name) for name in self.codes)
        n = combinations.height
        numbers: dict[str, Numeric] = {}
        for cut in self._cuts:
            low, high = _bounds(cut.name)
            numbers[cut.name] = Numeric(cut.representatives()[combinations[cut.key].to_numpy()], low, high)
        derived = {name: numbers.pop(name) for name in self._derived}
        records = _records(codes, numbers, derived, n)
        said = predict(self.card, records, intervals=False)
        columns: dict[str, Any] = {STATUS: said.status.astype(np.int8)}
        columns |= self.card.form.looked_up(records, said.of_form, said.horizons_months)
        told = {
            name: pl.Series(values).fill_nan(None) if name != STATUS else values for name, values in columns.items()
        }
        return combinations.with_columns(pl.Series(name, values) for name, values in told.items())

    def figures(self) -> list[nw.Expr]:
        """Low and high at each horizon, null where the card does not apply: `{horizon}m.low`, `{horizon}m.high`."""
        form = self.card.form
        least, most = self._scores() if form.scored else (nw.lit(0.0), nw.lit(0.0))
        found: list[nw.Expr] = []
        for h in self.card.outcome.horizons_months:
            low, high = form.figure(h, least, most, self.card.outcome)
            applies = nw.col(STATUS) == 1
            found += [
                nw.when(applies).then(low).alias(f"{h:g}m.low"),
                nw.when(applies).then(high).alias(f"{h:g}m.high"),
            ]
        return found

    def _scores(self) -> tuple[nw.Expr, nw.Expr]:
        least, most = nw.col("_low"), nw.col("_high")
        for p in self.card.form.scored:
            if not p.transform.coded:
                low, high = self._term(p)
                least, most = least + low, most + high
        return least, most

    def _term(self, p: Predictor) -> tuple[nw.Expr, nw.Expr]:
        """Its term, and where the number is not known the least and the greatest that it can be."""
        unknown = p.term(Records.of_columns({}, 1))
        low, high = float(unknown.low[0]), float(unknown.high[0])
        if p.field not in (*self._numbers, *self._derived):
            return nw.lit(low), nw.lit(high)
        value = term(p.transform, self._value(p.field))
        missing = self._value(p.field).is_null()
        return tuple(nw.when(missing).then(nw.lit(end)).otherwise(value) for end in (low, high))  # type: ignore[return-value]


def _bounds(name: str) -> tuple[float, float]:
    column = Records.of_columns({}, 1).numeric(name)
    return column.low, column.high


def _records(
    codes: pl.DataFrame, numbers: dict[str, Numeric], derived: dict[str, Any], n: int | None = None
) -> Records:
    """Records of columns of words and of numbers."""
    columns: dict[str, Numeric | Stated] = dict(numbers)
    if codes.width:
        columns |= read_columns(codes, own_columns(codes.columns))[0]
    fixed: dict[str, Column] = derived
    return Records.of_columns(columns, codes.height if n is None else n, fixed)


class _Asked(Records):
    """Records of which nothing is known, that note what is asked of them."""

    def __init__(self) -> None:
        self._start(1, None, {}, {})
        self.asked: set[str] = set()

    def column(self, name: str, grouping: str | None = None) -> Column:
        self.asked.add(name)
        return super().column(name, grouping)

    def stated(self, name: str) -> Stated:
        self.asked.add(name)
        return super().stated(name)
