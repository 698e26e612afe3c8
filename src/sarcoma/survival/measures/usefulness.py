"""Whether decisions made with the predictions do more good than harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.outcome import Outcome, Status


def net_benefit(risk: ArrayLike, outcome: Outcome, horizon: float, threshold: float, *, level: float = 0.95) -> Measure:
    """True positives less false positives at the exchange rate of a threshold, per person.

    P(risk ≥ p, event by t) − P(risk ≥ p, no event by t) p/(1 − p) (Vickers and Elkin, Med Decis Making 2006;26:565–574;
    with censoring and competing events Vickers, Cronin, Elkin and Gonen, BMC Med Inform Decis Mak 2008;8:53), with
    weights for the censored. Treating nobody has a net benefit of 0.

    Parameters
    ----------
    threshold : p, the risk at which one would just be treated, between 0 and 1.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> net_benefit(risk, outcome, 15, threshold=0.4)
    net benefit at 15: 0.3333 (95% CI -0.07986 to 0.7465)
    """
    status = outcome.status(horizon)
    treated = outcome.risk("risk", risk) >= _threshold(threshold)
    value, influence = _benefit(treated, outcome, status, threshold)
    return Measure.of("net benefit", value, influence, outcome.estimand, horizon, level=level)


@dataclass(frozen=True, eq=False, repr=False)
class DecisionCurve(Tidy):
    """Net benefit over thresholds, each (T,); treating everyone beside it, treating nobody being 0.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> decision_curve(risk, outcome, 15, [0.2, 0.4]).treat_all.round(3).tolist()
    [0.167, -0.111]
    """

    thresholds: Floats
    net_benefit: Floats
    se: Floats
    low: Floats
    high: Floats
    treat_all: Floats
    treat_all_se: Floats
    level: float
    horizon: float
    estimand: str

    def __repr__(self) -> str:
        best = (self.net_benefit > np.maximum(self.treat_all, 0.0)).sum()
        return f"DecisionCurve({len(self.thresholds)} thresholds, above treat-all and treat-none at {best})"

    def columns(self) -> dict[str, Any]:
        names = ("thresholds", "net_benefit", "se", "low", "high", "treat_all", "treat_all_se")
        return {name: getattr(self, name) for name in names} | {"treat_none": np.zeros(len(self.thresholds))}


def decision_curve(
    risk: ArrayLike, outcome: Outcome, horizon: float, thresholds: ArrayLike, *, level: float = 0.95
) -> DecisionCurve:
    """`net_benefit` at each threshold, and that of treating everyone.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> decision_curve(risk, outcome, 15, [0.2, 0.4]).net_benefit.round(3).tolist()
    [0.222, 0.333]
    """
    at = _arrays.floats("thresholds", thresholds)
    status = outcome.status(horizon)
    predicted = outcome.risk("risk", risk)
    z, n = normal_quantile(level), len(outcome)
    value, se = np.empty(len(at)), np.empty(len(at))
    for i, p in enumerate(at.tolist()):
        value[i], influence = _benefit(predicted >= _threshold(p), outcome, status, p)
        se[i] = influence.std(ddof=1) / np.sqrt(n)
    # of everyone: P(event) − P(no event) p/(1 − p), whose two parts are the same at every threshold
    parts = [_share(status.case, outcome, status), _share(~status.case, outcome, status)]
    odds = at / (1.0 - at)
    everyone = parts[0][0] - odds * parts[1][0]
    covariance = np.cov(np.array([influence for _, influence in parts]))
    variance = covariance[0, 0] - 2 * odds * covariance[0, 1] + odds**2 * covariance[1, 1]
    se_all = np.sqrt(np.maximum(variance, 0.0) / n)
    low, high = value - z * se, value + z * se
    return DecisionCurve(at, value, se, low, high, everyone, se_all, level, horizon, outcome.estimand)


def _threshold(value: float) -> float:
    if not 0 < value < 1:
        raise InputError("threshold", "must lie between 0 and 1", "0.2")
    return value


def _share(who: Any, outcome: Outcome, status: Status) -> tuple[float, Floats]:
    """The weighted share of some people, and its influence."""
    gain = status.weight * who
    value = float(gain.mean())
    return value, gain - value + outcome.censoring.correction(gain, status.free, status.horizon)


def _benefit(treated: Any, outcome: Outcome, status: Status, threshold: float) -> tuple[float, Floats]:
    gain = np.where(status.case, 1.0, -threshold / (1.0 - threshold)) * treated * status.weight
    value = float(gain.mean())
    return value, gain - value + outcome.censoring.correction(gain, status.free, status.horizon)
