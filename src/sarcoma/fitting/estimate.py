"""The hazards of a course from completed data: penalised cause-specific regressions, pooled by Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.errors import CohortError
from sarcoma.fitting.design import Coding, Material, Values
from sarcoma.fitting.recipe import Recipe
from sarcoma.survival import Course, CoxRegression, EventTable, Histories, TransitionHazard, pool_imputations

STRENGTHS = tuple(float(2**k) for k in range(-2, 13))
"""λ that are tried."""


@dataclass(frozen=True, eq=False)
class FittedHazard:
    """One transition as it was fitted.

    hazard : the coefficients of the card's transforms (k,), their covariance, the baseline's steps. names : predictors.
    degrees : effective degrees of freedom. strength : λ of the penalty, 0 without. failed : why the regression on the
    predictors had no finite answer, where that is so: everyone has the same hazard then, and all coefficients are 0.
    """

    hazard: TransitionHazard
    names: tuple[str, ...]
    events: int
    at_risk: int
    degrees: float
    strength: float
    failed: str | None = None

    @property
    def transition(self) -> tuple[str, str]:
        return self.hazard.origin, self.hazard.target


@dataclass(frozen=True)
class Plan:
    """Which transitions are fitted, and with which predictors.

    dropped : never seen. without : has no predictors although it has events enough, and why.
    """

    course: Course
    predictors: dict[tuple[str, str], tuple[str, ...]]
    dropped: tuple[tuple[str, str], ...]
    without: dict[tuple[str, str], str] = field(default_factory=dict)


def plan(recipe: Recipe, material: Material) -> Plan:
    """The transitions that happened, each with the predictors that the recipe and its events allow.

    Raises
    ------
    CohortError : the recipe names a transition that the course does not have, or nothing happened.
    """
    course = material.counted.course
    asked = {(t.from_, t.to): t.predictors for t in recipe.transitions or ()}
    strange = [pair for pair in asked if pair not in course.transitions]
    if strange:
        known = "; ".join(f"{a} → {b}" for a, b in course.transitions)
        raise CohortError(f"transitions: {strange[0][0]} → {strange[0][1]} is not in the course: {known}")
    kept: dict[tuple[str, str], tuple[str, ...]] = {}
    dropped = []
    for pair in course.transitions:
        events = int(_happened(material.counted, pair).sum())
        if not events:
            dropped.append(pair)
            continue
        wanted = tuple(recipe.predictors) if recipe.transitions is None else asked.get(pair, ())
        kept[pair] = wanted if events >= recipe.least_events else ()
    if not kept:
        raise CohortError("nothing happened to anyone in this cohort, so nothing can be fitted")
    if not any(kept.values()):
        raise CohortError(f"no transition has {recipe.least_events} events or more, so nothing can be fitted")
    states = [s for s in course.states if s == course.states[0] or any(s in pair for pair in kept)]
    return Plan(Course(tuple(states), tuple(kept)), kept, tuple(dropped))


def target_of(recipe: Recipe, planned: Plan, material: Material) -> str:
    """The state whose probability is the card's outcome: the recipe's, or the last of the course as it is defined.

    Raises
    ------
    CohortError : the course has no such state after the first, or nobody in the cohort came to it.
    """
    states = material.counted.course.states
    target = recipe.to or states[-1]
    if target not in states[1:]:
        raise CohortError(f"to: there is no state {target[:40]!r} after the first in the course")
    if target not in planned.course.states:
        raise CohortError(f"nobody in this cohort came to be {target}, so no probability of it can be fitted")
    return target


def _happened(counted: CountedHistories, pair: tuple[str, str]) -> NDArray[np.bool_]:
    origin, target = (counted.course.states.index(s) for s in pair)
    return np.asarray((counted.origin == origin) & (counted.to == target))


def fit_sets(
    recipe: Recipe, planned: Plan, material: Material, sets: Sequence[Values]
) -> tuple[Plan, list[FittedHazard]]:
    """Every transition's hazard from all completed data sets, pooled, and the plan that could be followed.

    One rule for a transition whose regression has no finite answer in one of the sets (separation, columns that
    determine one another in its few people): it has no predictors, so everyone on it has the same hazard, as with fewer
    than `least_events` events. The others are as they are.

    Raises
    ------
    CohortError : no transition is left that has predictors.
    """
    fits = [fit_course(recipe, planned, material.codings, material.counted, values) for values in sets]
    failed = {f.transition: f.failed for fit in fits for f in fit if f.failed is not None}
    if not failed:
        return planned, pool(fits)
    predictors = {pair: () if pair in failed else names for pair, names in planned.predictors.items()}
    if not any(predictors.values()):
        why = "; ".join(f"{a} → {b}: {reason}" for (a, b), reason in failed.items())
        raise CohortError(f"no transition can be fitted with the predictors: {why}")
    planned = replace(planned, predictors=predictors, without=failed)
    fits = [fit_course(recipe, planned, material.codings, material.counted, values) for values in sets]
    return planned, pool(fits)


def fit_course(
    recipe: Recipe, planned: Plan, codings: dict[str, Coding], counted: CountedHistories, values: Values
) -> list[FittedHazard]:
    """Every transition's hazard from one completed data set.

    Parameters
    ----------
    counted : rows of histories, perhaps with repeats. values : the predictors of all patients of the cohort.

    A transition whose regression has no finite answer has one hazard for everyone, and says why (`failed`).
    """
    return [_fit_one(recipe, codings, counted, values, pair, names) for pair, names in planned.predictors.items()]


def _fit_one(
    recipe: Recipe,
    codings: dict[str, Coding],
    counted: CountedHistories,
    values: Values,
    pair: tuple[str, str],
    names: tuple[str, ...],
) -> FittedHazard:
    rows = np.flatnonzero(counted.origin == counted.course.states.index(pair[0]))
    entry, exit_ = counted.entry[rows], counted.exit[rows]
    event = counted.to[rows] == counted.course.states.index(pair[1])
    who = counted.patient[rows]
    at_risk = len(np.unique(who))
    late = entry if entry.any() else None
    if not names or not event.any():
        return _without_predictors(pair, codings, names, exit_, event, late, at_risk)
    chosen = [codings[name] for name in names]
    x = np.column_stack([c.predictor.transform.basis(values[c.predictor.name][who]) @ c.free for c in chosen])
    free = block_diag(*(c.free for c in chosen))
    weights = np.concatenate([c.weights for c in chosen])
    failed: dict[str, str] = {}
    found = attempt(failed, "regression", lambda: _penalised(recipe, x, exit_, event, late, weights))
    if found is None:
        plain = _without_predictors(pair, codings, names, exit_, event, late, at_risk)
        return replace(plain, failed=failed["regression"])
    model, strength, degrees = found
    base = model.baseline_
    hazard = _hazard(
        pair,
        (base.times, base.increments, base.variance, base.means @ np.linalg.pinv(free)),
        free @ model.coef_,
        free @ model.covariance_ @ free.T,
        float(base.followed_to[0]),
    )
    return FittedHazard(hazard, names, int(event.sum()), at_risk, degrees, strength)


def _hazard(
    pair: tuple[str, str],
    steps: tuple[Floats, Floats, Floats, Floats],
    coefficients: Floats,
    covariance: Floats,
    followed_to: float,
) -> TransitionHazard:
    """A hazard from the times, jumps, variances and means of its steps."""
    columns = tuple(f"c{i}" for i in range(len(coefficients)))
    times, jumps, variance, means = steps
    return TransitionHazard(
        *pair, times, jumps, columns, coefficients, covariance, variance, means, followed_to=followed_to
    )


def _without_predictors(
    pair: tuple[str, str],
    codings: dict[str, Coding],
    names: tuple[str, ...],
    exit_: Floats,
    event: NDArray[np.bool_],
    entry: Floats | None,
    at_risk: int,
) -> FittedHazard:
    """The Nelson–Aalen estimate; where nothing happened (in a resample), a hazard of 0."""
    size = sum(len(codings[name].free) for name in names)
    if event.any():
        rows = Histories(Course(pair, (pair,)), exit_, event.astype(int), entry=entry)
        h = TransitionHazard.from_table(EventTable.from_histories(rows), *pair)
        times, jumps, variance, followed = h.times, h.increments, np.asarray(h.variance), h.followed_to
    else:
        followed = float(exit_.max(initial=1.0))
        times, jumps, variance = np.array([followed]), np.zeros(1), np.zeros(1)
    steps = (times, jumps, variance, np.zeros((len(times), size)))
    hazard = _hazard(pair, steps, np.zeros(size), np.zeros((size, size)), followed)
    return FittedHazard(hazard, names, int(event.sum()), at_risk, degrees=0.0, strength=0.0)


def _penalised(
    recipe: Recipe, x: Floats, exit_: Floats, event: NDArray[np.bool_], entry: Floats | None, weights: Floats
) -> tuple[CoxRegression, float, float]:
    """The regression, its λ and its effective degrees of freedom."""

    def fit(strength: float) -> tuple[CoxRegression, float]:
        model = CoxRegression(penalty=strength * weights, concordance=False).fit(x, exit_, event, entry=entry)
        information = model.information_
        degrees = np.trace(np.linalg.solve(information + strength * np.diag(weights), information))
        return model, float(degrees)

    how = recipe.penalty
    if how is None or not weights.any():
        model, degrees = fit(0.0)
        return model, 0.0, degrees
    first = STRENGTHS[0] if how.strength == "aic" else how.strength
    tried = (first, *(s for s in STRENGTHS if s > first))
    most = np.inf if how.events_per_df is None else event.sum() / how.events_per_df
    found = []
    for strength in tried:
        model, degrees = fit(strength)
        found.append((2 * model.log_likelihood_ - 2 * degrees, model, strength, degrees))
        if how.strength != "aic" and degrees <= most:
            break
    allowed = [f for f in found if f[3] <= most] or found[-1:]
    best = max(allowed, key=lambda f: f[0]) if how.strength == "aic" else allowed[0]
    return best[1:]


def pool(fits: Sequence[list[FittedHazard]]) -> list[FittedHazard]:
    """Fits of several imputations as one, by Rubin's rules (`pool_imputations`).

    A baseline's jumps are first moved to the averaged coefficients (to first order in the difference).
    """
    return [_pool_one([fit[k] for fit in fits]) for k in range(len(fits[0]))]


def _pool_one(fits: list[FittedHazard]) -> FittedHazard:
    first = fits[0]
    if len(fits) == 1:
        return first
    hazards = [f.hazard for f in fits]
    steps = [(h.increments, np.asarray(h.means), np.asarray(h.variance)) for h in hazards]
    beta, covariance = pool_imputations([h.coefficients for h in hazards], [np.asarray(h.covariance) for h in hazards])
    moved = [
        jumps * np.exp(means @ (h.coefficients - beta)) for h, (jumps, means, _) in zip(hazards, steps, strict=True)
    ]
    jumps, variance = pool_imputations(moved, [v for _, _, v in steps])
    means = np.mean([m for _, m, _ in steps], axis=0)
    return replace(
        first,
        hazard=replace(
            first.hazard, coefficients=beta, covariance=covariance, increments=jumps, variance=variance, means=means
        ),
        degrees=float(np.mean([f.degrees for f in fits])),
        strength=float(np.median([f.strength for f in fits])),
    )
