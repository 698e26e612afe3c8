"""Whether as many people have the event as was predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import lapack

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import CollinearityError, ConvergenceError, InfiniteEstimateError, InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import limits, normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.counting.histories import Histories
from sarcoma.survival.curves.aalen_johansen import occupancy
from sarcoma.survival.curves.pseudo_values import pseudo_observations
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.outcome import Outcome
from sarcoma.survival.regression.censoring import Censoring
from sarcoma.survival.regression.cox import CoxRegression
from sarcoma.survival.regression.fine_gray import FineGrayRegression
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood

LineMethod = Literal["pseudo-values", "regression"]

_COURSE = Course.competing(("event", "competing"))
_HIGHEST = 700.0  # e to it is still a number, and a cumulative hazard that nobody outlives
_STEPS = 100  # in which equations are solved, or not at all
_SINGULAR = 1e14  # condition from which equations have no one solution


@checked
def observed_expected(risk: ArrayLike, outcome: Outcome, horizon: float, *, level: float = 0.95) -> Measure:
    """Observed probability of the event by the horizon over the mean predicted one: 1 right, above 1 too few predicted.

    Observed is the Kaplan–Meier or, for crude predictions, the Aalen–Johansen estimate; the interval is on the log
    scale.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> observed_expected(risk, outcome, 15)
    O/E at 15: 0.8333 (95% CI 0.3077 to 2.257)
    """
    status = outcome.status(horizon)
    predicted = outcome.risk("risk", risk)
    mean = float(predicted.mean())
    if mean == 0:
        raise InputError("risk", "every prediction is 0, so nothing can be set against it")
    weighted = status.weight * status.case
    observed = float(weighted.mean())
    influence = weighted - observed + outcome.correction(weighted, status)
    influence = influence / mean - observed / mean**2 * (predicted - mean)
    return Measure.of("O/E", observed / mean, influence, outcome.estimand, horizon, level=level, scale="log")


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationLine(Tidy):
    """Calibration intercept (0 right) and slope (1 right, below 1 predictions too extreme).

    intercept : with the slope held at 1. slope : with its own intercept.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> risk = random.uniform(0.1, 0.9, 200)
    >>> time = random.exponential(-12 / np.log1p(-risk))
    >>> outcome = Outcome(np.minimum(time, 24), time < 24, estimand="all-cause")
    >>> calibration_line(risk, outcome, 12).slope
    calibration slope at 12: 0.9078 (95% CI 0.5986 to 1.217)
    """

    intercept: Measure
    slope: Measure

    def __repr__(self) -> str:
        return f"{self.intercept!r}\n{self.slope!r}"

    def columns(self) -> dict[str, Any]:
        first, second = self.intercept.columns(), self.slope.columns()
        return {name: first[name] + second[name] for name in first}


@checked
def calibration_line(
    risk: ArrayLike, outcome: Outcome, horizon: float, *, method: LineMethod = "pseudo-values", level: float = 0.95
) -> CalibrationLine:
    """Intercept and slope of the observed on the predicted risk, on the cloglog scale.

    Parameters
    ----------
    method : "pseudo-values" – estimating equations of the jackknife pseudo-observations θ_i of the probability of the
        event by t, cloglog E(θ_i) = a + b cloglog(π_i), with the sandwich variance (Perme and Andersen, Stat Med
        2008;27:5309–5328; van Geloven et al., BMJ 2022;377:e069249). "regression" – a Cox model, for crude predictions
        a Fine–Gray model, of cloglog(π) up to the horizon; the intercept is then the log of the cumulative hazard at
        the horizon of someone with cloglog(π) = 0. Either intercept is that with the slope held at 1.

    Raises
    ------
    InputError : predictions of exactly 0 or 1, which have no place on this scale, or all the same.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> risk = random.uniform(0.1, 0.9, 200)
    >>> time = random.exponential(-12 / np.log1p(-risk))
    >>> outcome = Outcome(np.minimum(time, 24), time < 24, estimand="all-cause")
    >>> calibration_line(risk, outcome, 12)
    calibration intercept at 12: 0.07985 (95% CI -0.1338 to 0.2935)
    calibration slope at 12: 0.9078 (95% CI 0.5986 to 1.217)
    """
    outcome.status(horizon)
    predicted = cloglog("risk", outcome.risk("risk", risk))
    if np.ptp(predicted) == 0:
        raise InputError("risk", "all predictions are the same, so they have no slope")
    if method != "pseudo-values":
        return _regression_line(predicted, outcome, horizon, level)
    theta = pseudo_risk(outcome, horizon)
    one = np.ones((len(theta), 1))
    (a,), influence = estimating_equations(one, theta, predicted)
    intercept = _of("calibration intercept", float(a), influence[:, 0], outcome, horizon, level)
    both, influence = estimating_equations(np.column_stack([one, predicted]), theta, np.zeros(len(theta)))
    slope = _of("calibration slope", float(both[1]), influence[:, 1], outcome, horizon, level)
    return CalibrationLine(intercept, slope)


def _regression_line(x: Floats, outcome: Outcome, horizon: float, level: float) -> CalibrationLine:
    fit = hazard_model(x[:, None], outcome, horizon)
    slope, se = float(fit.coef_[0]), float(np.sqrt(fit.covariance_[0, 0]))
    # the slope held at 1: Breslow's estimator Σ 1/S0 with risks exp(x)
    end, event, competing = _until(outcome, horizon)
    tail = None
    if competing.any():
        stay = Censoring(_arrays.ranks(end), ~(event | competing), ties="cmprsk")
        tail = (np.where(competing, 1.0 / stay.before_end(), 0.0), lambda times, _: stay.before(times))
    likelihood = PartialLikelihood(x[:, None], end, event, ties="breslow", tail=tail)
    slots = likelihood.slots(likelihood.risks(likelihood.scale))
    factor = float(np.exp(-likelihood.shift - likelihood.center[0]))
    hazard, error = float(slots.first.sum()) * factor, float(np.sqrt(slots.second.sum())) * factor
    z = normal_quantile(level)
    none = np.full(len(outcome), np.nan)

    def of(name: str, value: float, se: float) -> Measure:
        return Measure(name, value, se, value - z * se, value + z * se, level, outcome.estimand, horizon, none)

    return CalibrationLine(
        of("calibration intercept", float(np.log(hazard)), error / hazard), of("calibration slope", slope, se)
    )


def _until(outcome: Outcome, horizon: float) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """End, event and competing event with observation ending at the horizon."""
    by = _arrays.by(outcome.exit, horizon)
    return np.minimum(outcome.exit, horizon), outcome.event & by, outcome.competing & by


def hazard_model(x: Floats, outcome: Outcome, horizon: float) -> CoxRegression | FineGrayRegression:
    """Events up to the horizon on covariates: Cox, or Fine–Gray for crude predictions."""
    end, event, competing = _until(outcome, horizon)
    try:
        if outcome.estimand == "crude":
            return FineGrayRegression().fit(x, end, event + 2 * competing)
        return CoxRegression(concordance=False).fit(x, end, event)
    except CollinearityError:
        raise CollinearityError(
            "risk: the predictions hardly differ among those at risk at the events; look at the calibration in groups",
            ("risk",),
        ) from None
    except InfiniteEstimateError:
        raise InfiniteEstimateError(
            "risk: the predictions separate those with events from those without, so that no finite line or curve fits "
            "best; look at the calibration in groups",
            ("risk",),
        ) from None


def pseudo_risk(outcome: Outcome, horizon: float) -> Floats:
    """Jackknife pseudo-observations of the probability of the event by the horizon, (n,)."""
    known = outcome.last.get("pseudo")
    if known is not None and known[0] == horizon:
        kept: Floats = known[1]
        return kept
    codes = np.where(outcome.event, 1, np.where(outcome.competing, 2, 0))
    rows = Histories(_COURSE, outcome.exit, codes)
    found: Floats = pseudo_observations(rows, [horizon], method="jackknife")[:, 0, 1]
    found.setflags(write=False)
    outcome.last["pseudo"] = (horizon, found)
    return found


def cloglog(name: str, risk: Floats) -> Floats:
    """log(−log(1 − risk))."""
    edge = int(((risk <= 0) | (risk >= 1)).sum())
    if edge:
        raise InputError(name, f"{edge} of {len(risk)} predictions are exactly 0 or 1, which this scale cannot hold")
    found: Floats = np.log(-np.log1p(-risk))
    return found


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationGroups(Tidy):
    """Mean predicted and observed risk in groups of similar predictions, each (groups,).

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> risk = random.uniform(0.1, 0.9, 200)
    >>> time = random.exponential(-12 / np.log1p(-risk))
    >>> outcome = Outcome(np.minimum(time, 24), time < 24, estimand="all-cause")
    >>> calibration_groups(risk, outcome, 12, groups=2).observed.round(2).tolist()
    [0.38, 0.69]
    """

    predicted: Floats
    observed: Floats
    se: Floats
    low: Floats
    high: Floats
    people: Floats
    level: float

    def __repr__(self) -> str:
        return "\n".join(
            f"{n:.0f} people: predicted {p:.3f}, observed {o:.3f} ({a:.3f} to {b:.3f})"
            for n, p, o, a, b in zip(self.people, self.predicted, self.observed, self.low, self.high, strict=True)
        )

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("people", "predicted", "observed", "se", "low", "high")}


@checked
def calibration_groups(
    risk: ArrayLike, outcome: Outcome, horizon: float, *, groups: int = 10, level: float = 0.95
) -> CalibrationGroups:
    """Observed against predicted risk in groups cut at the quantiles of the predictions.

    Observed is the Kaplan–Meier or Aalen–Johansen estimate within each group, with its log-log interval. Equal
    predictions stay together, so there can be fewer groups than asked for.

    Raises
    ------
    InputError : a group in which nobody is followed to the horizon.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> risk = random.uniform(0.1, 0.9, 200)
    >>> time = random.exponential(-12 / np.log1p(-risk))
    >>> outcome = Outcome(np.minimum(time, 24), time < 24, estimand="all-cause")
    >>> calibration_groups(risk, outcome, 12, groups=2)
    100 people: predicted 0.313, observed 0.380 (0.286 to 0.474)
    100 people: predicted 0.700, observed 0.690 (0.589 to 0.771)
    """
    if not 2 <= groups <= len(outcome) / 2:
        raise InputError("groups", f"must lie between 2 and half of {len(outcome)} people", "10")
    outcome.status(horizon)
    predicted = outcome.risk("risk", risk)
    edges = np.unique(np.quantile(predicted, np.arange(1, groups) / groups))
    which = np.unique(np.searchsorted(edges, predicted), return_inverse=True)[1]
    codes = np.where(outcome.event, 1, np.where(outcome.competing, 2, 0))
    table = EventTable.from_arrays(_COURSE, outcome.exit, codes, group=which)
    people = np.bincount(which).astype(np.float64)
    return groups_of_table(table, np.bincount(which, predicted) / people, people, horizon, level)


def groups_of_table(
    table: EventTable, predicted: Floats, people: Floats, horizon: float, level: float
) -> CalibrationGroups:
    """Groups of similar predictions from their event table, whose first transition is the event.

    Raises
    ------
    InputError : a group in which nobody is followed to the horizon.
    """
    with _arrays.naming(times="horizon"):
        found = occupancy(table).at([horizon])
    observed, se = found.probability[:, 0, 1], found.se[:, 0, 1]
    low, high = limits(observed, se, level, "log-log")
    return CalibrationGroups(predicted, observed, se, low, high, people, level)


def estimating_equations(x: Floats, theta: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """β of Σ x g (θ − μ) = 0 with μ = 1 − exp(−exp(xβ + offset)), and the influence of each row, (n, p)."""
    found = solve_line(x, theta, offset)
    influence: Floats = len(theta) * (found.weighted * found.rest[:, None]) @ np.linalg.inv(found.bread)
    return found.beta, influence


class SolvedLine(NamedTuple):
    """Where the equations hold: β (p,); x g (n, p) and θ − μ (n,) there; bread (p, p) Σ g² x xᵀ."""

    beta: Floats
    weighted: Floats
    rest: Floats
    bread: Floats


def solve_line(x: Floats, theta: Floats, offset: Floats, people: Floats | None = None) -> SolvedLine:
    """The equations of `estimating_equations` solved.

    people : (n,) how many each row stands for, of whom θ is the mean then.

    Raises
    ------
    ConvergenceError : no one answer.
    """
    beta = last = np.zeros(x.shape[1])
    share = 1.0
    for _ in range(_STEPS):
        eta = np.minimum(x @ beta + offset, _HIGHEST)
        hazard = np.exp(eta)
        rest = theta + np.expm1(-hazard)
        weighted = x * np.exp(eta - hazard)[:, None]
        summed = weighted if people is None else weighted * people[:, None]
        bread = summed.T @ weighted
        if np.linalg.cond(bread) > _SINGULAR:
            raise ConvergenceError("too few people or too similar predictions for a calibration line")
        step = lapack.dposv(bread, summed.T @ rest)[1]
        largest = np.abs(step).max()
        to_and_fro = step @ last < 0 and largest > np.abs(last).max() / 2
        share = share / 2 if to_and_fro else min(1.0, 2 * share)
        beta, last = beta + share * step / max(1.0, largest / 2.0), step
        if largest < 1e-12:
            return SolvedLine(beta, weighted, rest, bread)
    raise ConvergenceError("no calibration line fits these predictions; look at them in groups")


def _of(name: str, value: float, influence: Floats, outcome: Outcome, horizon: float, level: float) -> Measure:
    return Measure.of(name, value, influence, outcome.estimand, horizon, level=level, ddof=0)
