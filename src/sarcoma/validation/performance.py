"""How well predictions did at one horizon: every measure that the people there can bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.survival.measures import (
    CalibrationCurve,
    CalibrationGroups,
    DecisionCurve,
    Measure,
    Outcome,
    auc,
    brier_score,
    calibration_curve,
    calibration_groups,
    calibration_line,
    concordance,
    decision_curve,
    index_of_prediction_accuracy,
    observed_expected,
)

Which = Literal["all", "update", "draw"]
ENOUGH = 20
"""People still under observation at a horizon that calibration needs."""
_DISTANCES = ("ICI", "E50", "E90")
_POINTS = 30
_MANY_POINTS = 200
_DRAWN = 60
QUARTERS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
HARDLY_ANYONE = 0.99
"""Up to this quantile of the predictions thresholds are looked at."""
_CURVES = 50_000  # people; beyond, the smooth curve is drawn from a random part of them


@dataclass(frozen=True, eq=False)
class AtHorizon:
    """One horizon: who reached it, what was said and seen, the measures.

    months : since the time zero. reached : people still under observation and free of the event. predicted : mean
    probability. quantiles : least, quarters and most of the predictions, to a hundredth. distribution : how many people
    in each twentieth of them. observed : by the horizon, with its interval. measures : by name; `cannot` says why one
    is missing. discrimination_only : why the rest is withheld; limit : the time by which people are told apart then;
    offered : the times that enough people reach.
    """

    months: float
    people: int
    events: int
    reached: int
    predicted: float
    quantiles: Floats
    distribution: NDArray[np.int64]
    observed: Measure | None
    measures: dict[str, Measure]
    cannot: dict[str, str]
    curve: CalibrationCurve | None
    groups: CalibrationGroups | None
    decision: DecisionCurve | None
    discrimination_only: str | None
    limit: float | None = None
    offered: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Numbers:
    """Measures by name at one horizon, why some are missing, and the smooth calibration curve."""

    measures: dict[str, Measure]
    cannot: dict[str, str]
    curve: CalibrationCurve | None


def numbers(
    risk: Floats, outcome: Outcome, months: float, limit: float | None, which: Which = "all", *, seed: int = 0
) -> Numbers:
    """Measures of predictions of people at one horizon.

    Parameters
    ----------
    risk (n,) : probabilities. outcome : of the same people. limit : where the horizon cannot be judged, the time by
        which people are told apart; nothing but discrimination is measured then.
    which : "all"; "update", what the rungs of an updating ladder are compared by; "draw", all, with the distances
        between observed and predicted read off a coarser curve.
    """
    measures: dict[str, Measure] = {}
    cannot: dict[str, str] = {}

    def measure(name: str, compute: Callable[[], Measure]) -> None:
        found = attempt(cannot, name, compute)
        if found is not None:
            measures[name] = found

    by = months if limit is None else limit
    if which != "update":
        measure("concordance", lambda: concordance(risk, outcome, horizon=by))
    measure("AUC", lambda: auc(risk, outcome, by))
    if limit is not None:
        return Numbers(measures, cannot, None)
    measure("O/E", lambda: observed_expected(risk, outcome, months))
    if which != "update":
        measure("Brier score", lambda: brier_score(risk, outcome, months))
    measure("IPA", lambda: index_of_prediction_accuracy(risk, outcome, months))
    line = attempt(cannot, "calibration slope", lambda: calibration_line(risk, outcome, months))
    if line is not None:
        measures["calibration intercept"], measures["calibration slope"] = line.intercept, line.slope
    curve = None
    if which != "update":
        points = _POINTS if which == "draw" else None
        curve = attempt(cannot, "calibration curve", lambda: _curve(risk, outcome, months, seed, points))
        if curve is not None:
            measures |= {k: _distance(k, v, outcome, months) for k, v in zip(_DISTANCES, _read_off(curve), strict=True)}
    return Numbers(measures, cannot, curve)


def at_horizon(
    risk: Floats, outcome: Outcome, months: float, *, judgeable: tuple[float, ...], seed: int = 0
) -> AtHorizon:
    """Judge predictions of people at one horizon; `judgeable` are horizons that could be judged instead."""
    reached, events = int(outcome.free_at(months).sum()), int(outcome.event_by(months).sum())
    why = limit = None
    if reached < ENOUGH:
        why = few_followed(reached, months, judgeable)
        limit = judgeable[-1] if judgeable else float(np.median(outcome.exit))
    found = numbers(risk, outcome, months, limit, seed=seed)
    observed = groups = decision = None
    if why is None:
        failed, many = found.cannot, groups_of(len(risk))
        observed = attempt(failed, "observed", lambda: _observed(outcome, months))
        groups = attempt(
            failed, "groups of like predictions", lambda: calibration_groups(risk, outcome, months, groups=many)
        )
        decision = attempt(failed, "net benefit", lambda: decision_curve(risk, outcome, months, _thresholds(risk)))
    return AtHorizon(
        months,
        len(risk),
        events,
        reached,
        float(risk.mean()),
        np.round(np.quantile(risk, QUARTERS), 2),
        np.histogram(risk, bins=20, range=(0.0, 1.0))[0],
        observed,
        found.measures,
        found.cannot,
        None if found.curve is None else _drawn(found.curve),
        groups,
        decision,
        why,
        limit,
        judgeable,
    )


def few_followed(reached: int, months: float, judgeable: tuple[float, ...]) -> str:
    """Why nothing but discrimination is measured at a horizon."""
    offered = ", ".join(f"{h:g}" for h in judgeable) or "none"
    return (
        f"only {reached} people are followed to {months:g} months, and calibration needs {ENOUGH}; horizons that can "
        f"be judged here: {offered} months"
    )


def _read_off(curve: CalibrationCurve) -> tuple[float, float, float]:
    return curve.ici, curve.e50, curve.e90


def _distance(name: str, value: float, outcome: Outcome, months: float) -> Measure:
    """A distance off the curve; it has an interval by the bootstrap only."""
    nan, none = float("nan"), np.full(len(outcome), np.nan)
    return Measure(name, value, nan, nan, nan, 0.95, outcome.estimand, months, none)


def _observed(outcome: Outcome, months: float) -> Measure:
    """The observed probability by a horizon: O/E of a prediction of 1 for everyone."""
    found: Measure = observed_expected(np.ones(len(outcome)), outcome, months)
    return found


def observed_by(outcome: Outcome, months: float) -> float:
    """The observed probability by a time, 0 where nobody has had the event by then."""
    if not outcome.event_by(months).any():
        return 0.0
    return float(_observed(outcome, months).value)


def _curve(risk: Floats, outcome: Outcome, months: float, seed: int, points: int | None) -> CalibrationCurve:
    if len(risk) > _CURVES:
        some = np.random.default_rng(seed).choice(len(risk), _CURVES, replace=False)
        risk, outcome, points = risk[some], outcome.take(some), points or _MANY_POINTS
    return calibration_curve(risk, outcome, months, points=points)


def _drawn(curve: CalibrationCurve) -> CalibrationCurve:
    """The curve at evenly spaced predictions: the places at which it was computed are those of patients."""
    low, high = np.ceil(curve.predicted[0] * 1000) / 1000, np.floor(curve.predicted[-1] * 1000) / 1000
    if not low < high:
        low, high = float(curve.predicted[0]), float(curve.predicted[-1])
    grid = np.linspace(low, high, _DRAWN)
    at = {name: np.interp(grid, curve.predicted, getattr(curve, name)) for name in ("observed", "se", "low", "high")}
    return replace(curve, predicted=grid, **at)


def _thresholds(risk: Floats) -> Floats:
    return thresholds_to(float(np.quantile(risk, HARDLY_ANYONE)))


def thresholds_to(last: float) -> Floats:
    """Thresholds from 1 % to where hardly anyone's prediction lies beyond, 99 % at most."""
    return np.arange(0.01, np.clip(last, 0.05, 0.99) + 1e-9, 0.01)


def groups_of(people: int) -> int:
    """In how many groups of like predictions people are looked at."""
    return 10 if people >= 500 else 5


@dataclass(frozen=True, eq=False)
class OverTime:
    """Area under the ROC curve by time, (T,), of the predictions for one horizon."""

    predicted_for: float
    months: tuple[float, ...]
    auc: tuple[Measure, ...]


def a_dozen_of(judgeable: tuple[float, ...]) -> tuple[float, ...]:
    """At most a dozen times since the time zero, the last judgeable one among them."""
    step = -(-len(judgeable) // 12) or 1
    return judgeable[::-1][::step][::-1]


def over_time(risk: Floats, predicted_for: float, outcome: Outcome, times: tuple[float, ...]) -> OverTime | None:
    """How well the predictions for one horizon tell people apart at other times; None where nothing can be said."""
    found = []
    for t in times:
        measure = attempt({}, "AUC", partial(auc, risk, outcome, t))
        if measure is not None:
            found.append((t, measure))
    if len(found) < 2:
        return None
    return OverTime(predicted_for, tuple(t for t, _ in found), tuple(m for _, m in found))


def judgeable_horizons(outcome: Outcome, asked: tuple[float, ...]) -> tuple[float, ...]:
    """Years (and the horizons asked for) to which enough people are followed."""
    return judgeable_by(float(outcome.exit.max()), lambda h: int(outcome.free_at(h).sum()), asked)


def judgeable_by(last: float, free_at: Callable[[float], int], asked: tuple[float, ...]) -> tuple[float, ...]:
    """The same of whom is known how many are free of the event at a time; `last`, the last time of anyone."""
    years = [12.0 * k for k in range(1, int(last / 12 + 1e-9) + 1)]
    return tuple(h for h in sorted({*years, *asked}) if free_at(h) >= ENOUGH)
