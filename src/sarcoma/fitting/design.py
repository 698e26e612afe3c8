"""What a fit is made from: who takes part in the course, and the values of the predictors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.cohort.at_event import records_at_metastasis
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.courses import PLANS, full_course
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.errors import CohortError
from sarcoma.fitting.recipe import PredictorRecipe, Recipe
from sarcoma.models.predictor import Predictor, recoded
from sarcoma.models.transform import (
    Intervals,
    Levels,
    Linear,
    RestrictedCubicSpline,
    Transform,
    TruncatedPowers,
)
from sarcoma.patient import Coded, Numeric, Records, rules

Values = Mapping[str, NDArray[Any]]

_HARRELL = {
    3: (0.1, 0.5, 0.9),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.5, 0.725, 0.95),
    6: (0.05, 0.23, 0.41, 0.59, 0.77, 0.95),
    7: (0.025, 0.1833, 0.3417, 0.5, 0.6583, 0.8167, 0.975),
}
"""Quantiles for knots (Harrell, Regression Modeling Strategies, 2nd ed. 2015, table 2.3)."""


@dataclass(frozen=True, eq=False)
class Column:
    """A predictor of all patients of the cohort.

    values (n,): numbers (NaN unknown) or levels (one of those possible where not known); known (n,); possible: the
    levels that an unknown one may have, by patient.
    """

    values: NDArray[Any]
    known: NDArray[np.bool_]
    possible: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, eq=False)
class Coding:
    """A predictor ready to be fitted: the card's predictor without its coefficients, and its free parameters.

    free (k, p): the k coefficients of the card's transform from p parameters; weights (p,) those of the penalty, 0
    where it is not penalised.
    """

    predictor: Predictor
    free: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class Material:
    """Histories of a course, and the predictors of the patients in it.

    `counted` holds rows of histories, whose `patient` is a position in the cohort; `columns` has the predictors (and
    what helps to impute them) of all patients of the cohort; `used` flags those who take part. `left_out` counts the
    others by reason. `records` are the patients at the time zero.
    """

    counted: CountedHistories
    columns: dict[str, Column]
    codings: dict[str, Coding]
    used: NDArray[np.bool_]
    left_out: dict[str, int]
    records: Records
    centre: NDArray[np.object_] | None

    @property
    def people(self) -> NDArray[np.intp]:
        """Positions of those who take part."""
        return np.flatnonzero(self.used)


def gather(recipe: Recipe, cohort: Cohort) -> Material:
    """The material of a recipe in a cohort.

    Raises
    ------
    CohortError : nobody is left, a predictor is not of the kind that its coding needs, a level has nobody.
    """
    follow_up = FollowUp.of(cohort)
    at_metastasis = recipe.course == "survival-from-metastasis"
    records = records_at_metastasis(cohort, follow_up) if at_metastasis else cohort.records
    counted = follow_up.count(full_course(recipe.first_organs) if recipe.first_organs else PLANS[recipe.course])
    left_out = Counter(counted.left_out)
    used = np.zeros(len(cohort), dtype=bool)
    used[counted.patient] = True
    left_out["not in the course (no metastasis at a known time)" if at_metastasis else "not in the course"] = (
        len(cohort) - int(used.sum()) - sum(counted.left_out.values())
    )
    for condition in recipe.people:
        answers = np.asarray(rules.answer(condition, records))
        _leave(used, left_out, answers == 0, condition.because or f"not: {condition.describe()}")
        _leave(used, left_out, answers == -1, f"not known: {condition.describe()}")
    columns = {name: _column(name, p, records) for name, p in recipe.predictors.items()}
    extra = recipe.missing.also if recipe.missing.method == "multiple-imputation" else ()
    for field in extra:
        columns[f"also {field}"] = _plain_column(field, records)
    levels: dict[str, frozenset[str] | None] = {}
    for name, predictor in recipe.predictors.items():
        column = columns[name]
        allowed = levels[name] = _levels(name, predictor, column, used) if predictor.coded else None
        if allowed is not None:
            none = np.array([not (s & allowed) for s in column.possible])
            _leave(used, left_out, none, f"{predictor.label}: a level that fewer than {predictor.least} people have")
            columns[name] = _narrowed(column, allowed)
        if recipe.missing.method == "complete-case":
            _leave(used, left_out, ~columns[name].known, f"{predictor.label}: not known")
        if not used.any():
            raise CohortError(f"nobody is left to fit after looking at {predictor.label}")
    codings = {
        name: _coding(name, p, recipe, columns[name], levels[name], used) for name, p in recipe.predictors.items()
    }
    rows = np.flatnonzero(used[counted.patient])
    centre = cohort.patients["centre"].to_numpy().astype(object) if "centre" in cohort.patients.columns else None
    kept = {reason: n for reason, n in left_out.items() if n > 0}
    return Material(counted.take(rows), columns, codings, used, kept, records, centre)


def _leave(used: NDArray[np.bool_], left_out: Counter[str], flags: NDArray[np.bool_], reason: str) -> None:
    """Leave patients out, counting each under the first reason."""
    left_out[reason] += int((flags & used).sum())
    used &= ~flags


def _column(name: str, predictor: PredictorRecipe, records: Records) -> Column:
    found = records.column(predictor.field, predictor.grouping)
    if predictor.coded and isinstance(found, Coded):
        return _from_coded(recoded(found, predictor.recode))
    if not predictor.coded and isinstance(found, Numeric):
        return Column(found.values, ~np.isnan(found.values))
    kind = "a number: take linear, log, spline or intervals" if predictor.coded else "coded: take levels or scores"
    raise CohortError(f"predictors.{name}: {predictor.field} is {kind}")


def _plain_column(field: str, records: Records) -> Column:
    try:
        found = records.column(field)
    except KeyError:
        raise CohortError(f"missing.also: there is no field {field[:40]}") from None
    if isinstance(found, Numeric):
        return Column(found.values, ~np.isnan(found.values))
    if isinstance(found, Coded):
        return _from_coded(found)
    raise CohortError(f"missing.also: {field[:40]} is a set, which cannot help to impute")


def _from_coded(found: Coded) -> Column:
    first = np.array([min(s) if s else "none" for s in found.states], dtype=object)
    return Column(first[found.codes], found.known(), tuple(found.states[c] for c in found.codes.tolist()))


def _narrowed(column: Column, allowed: frozenset[str]) -> Column:
    """The column with only the levels that are fitted: who may still have several is not known."""
    possible = tuple(s & allowed or s for s in column.possible)
    known = np.array([len(s) == 1 for s in possible])
    values = np.array([min(s) for s in possible], dtype=object)
    return Column(values, known, possible)


def _levels(name: str, predictor: PredictorRecipe, column: Column, used: NDArray[np.bool_]) -> frozenset[str]:
    counts = Counter(column.values[used & column.known].tolist())
    if predictor.coding == "scores":
        allowed = frozenset(predictor.scores)
    else:
        allowed = frozenset(v for v, n in counts.items() if n >= predictor.least and v != "none")
    if len(allowed) < 2:
        raise CohortError(f"predictors.{name}: fewer than two levels have {predictor.least} people or more")
    if predictor.reference is not None and predictor.reference not in allowed:
        raise CohortError(f"predictors.{name}: the reference is none of the levels: {', '.join(sorted(allowed))}")
    return allowed


def _coding(
    name: str,
    predictor: PredictorRecipe,
    recipe: Recipe,
    column: Column,
    allowed: frozenset[str] | None,
    used: NDArray[np.bool_],
) -> Coding:
    known = column.values[used & column.known]
    penalty = recipe.penalty
    penalised = penalty is not None and (penalty.predictors is None or name in penalty.predictors)
    if allowed is not None:
        counts = Counter(known.tolist())
        ordered = sorted(allowed, key=lambda v: predictor.scores.get(v, 0.0) if predictor.scores else -counts[v])
        transform: Transform = Levels(kind="levels", coefficients=dict.fromkeys(ordered, 0.0))
        if predictor.coding == "scores":
            base = predictor.scores[predictor.reference] if predictor.reference else min(predictor.scores.values())
            free = np.array([[predictor.scores[v] - base] for v in ordered])
        else:
            free = np.eye(len(ordered))
            if not penalised:
                free = np.delete(free, ordered.index(predictor.reference or ordered[0]), axis=1)
        limits = None
    else:
        transform = _of_number(name, predictor, known.astype(float))
        free = np.eye(len(transform.beta))
        if predictor.coding == "intervals":
            free = free[:, 1:]
        limits = limits_of(known.astype(float))
    entry = Predictor(
        name=name,
        label=predictor.label,
        field=predictor.field,
        grouping=predictor.grouping,
        recode=predictor.recode,
        range=limits,
        transform=transform,
    )
    weights = np.zeros(free.shape[1])
    if penalised:
        by_level = predictor.coding in ("levels", "intervals")
        spread = (transform.basis(known) @ free).std(axis=0)
        weights = np.ones(free.shape[1]) if by_level else spread**2
    return Coding(entry, free, weights)


def limits_of(known: Floats) -> tuple[float, float]:
    """The range of numbers, widened to two digits: the exact extremes are single people's values."""

    def rounded(value: float, towards: Callable[[float], int]) -> float:
        if value == 0:
            return 0.0
        step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
        return float(f"{towards(round(value / step, 6)) * step:.6g}")

    return rounded(float(known.min()), math.floor), rounded(float(known.max()), math.ceil)


def _of_number(name: str, predictor: PredictorRecipe, known: Floats) -> Transform:
    if len(np.unique(known)) < 2:
        raise CohortError(f"predictors.{name}: everyone has the same value")
    match predictor.coding:
        case "linear":
            center = float(np.round(np.median(known))) if predictor.center is None else predictor.center
            return Linear(kind="linear", coefficient=0.0, center=center)
        case "log":
            if known.min() <= 0:
                raise CohortError(f"predictors.{name}: a logarithm needs numbers above 0")
            return TruncatedPowers(kind="truncated-powers", of="log", linear=0.0, knots=(), coefficients=())
        case "intervals":
            return Intervals(kind="intervals", at=predictor.at, coefficients=(0.0,) * (len(predictor.at) + 1))
    knots = predictor.knots
    if isinstance(knots, int):
        if knots not in _HARRELL:
            raise CohortError(f"predictors.{name}: a spline has 3 to 7 knots")
        knots = tuple(float(f"{q:.4g}") for q in np.quantile(known, _HARRELL[knots]))
    if len(set(knots)) < len(knots):
        raise CohortError(f"predictors.{name}: too few different values for so many knots")
    return RestrictedCubicSpline(kind="restricted-cubic-spline", knots=knots, coefficients=(0.0,) * (len(knots) - 1))


def completed(material: Material, filled: Values | None = None) -> dict[str, NDArray[Any]]:
    """The predictors of all patients, with the values that were imputed."""
    own = {name: material.columns[name].values for name in material.codings}
    return own | {name: values for name, values in (filled or {}).items() if name in own}
