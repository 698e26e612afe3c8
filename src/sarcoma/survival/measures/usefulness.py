"""Whether decisions made with the predictions do more good than harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.outcome import Outcome, Status
from sarcoma.survival.regression.censoring import Censoring

BenefitMethod = Literal["vickers", "ipcw"]


@checked
def net_benefit(
    risk: ArrayLike,
    outcome: Outcome,
    horizon: float,
    threshold: float,
    *,
    method: BenefitMethod = "vickers",
    level: float = 0.95,
) -> Measure:
    """True positives less false positives at the exchange rate of a threshold, per person.

    P(risk ≥ p) [F − (1 − F) p/(1 − p)], F the probability of the event by t among those with risk ≥ p (Vickers and
    Elkin, Med Decis Making 2006;26:565–574). Treating nobody has a net benefit of 0.

    Parameters
    ----------
    threshold : p, the risk at which one would just be treated, between 0 and 1.
    method : how F makes up for censoring. "vickers" – Kaplan–Meier or, for crude predictions, Aalen–Johansen among
        those treated alone (Vickers, Cronin, Elkin and Gonen, BMC Med Inform Decis Mak 2008;8:53), so that censoring
        may depend on the risk. "ipcw" – the weights of the other measures, from the censoring among everyone. The two
        are the same where all are treated, without censoring, and with `censoring_covariates`.

    Raises
    ------
    InputError : nobody among those treated is followed to the horizon ("vickers").

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> net_benefit(risk, outcome, 15, threshold=0.25)
    net benefit at 15: 0.2222 (95% CI -0.2744 to 0.7188)
    """
    status = outcome.status(horizon)
    treated = outcome.risk("risk", risk) >= _threshold("threshold", threshold)
    value, influence = _benefit(treated, outcome, status, threshold, method)
    if np.isnan(value):
        raise InputError("threshold", "nobody with a higher risk is followed to the horizon", "a lower one")
    return Measure.of("net benefit", value, influence, outcome.estimand, horizon, level=level)


@dataclass(frozen=True, eq=False, repr=False)
class DecisionCurve(Tidy):
    """Net benefit over thresholds, each (T,); treating everyone beside it, treating nobody being 0.

    NaN where nobody among those treated is followed to the horizon. method : as in `net_benefit`.

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
    method: BenefitMethod = "vickers"

    def __repr__(self) -> str:
        best = (self.net_benefit > np.maximum(self.treat_all, 0.0)).sum()
        return f"DecisionCurve({len(self.thresholds)} thresholds, above treat-all and treat-none at {best})"

    def columns(self) -> dict[str, Any]:
        names = ("thresholds", "net_benefit", "se", "low", "high", "treat_all", "treat_all_se")
        return {name: getattr(self, name) for name in names} | {"treat_none": np.zeros(len(self.thresholds))}


@checked
def decision_curve(
    risk: ArrayLike,
    outcome: Outcome,
    horizon: float,
    thresholds: ArrayLike,
    *,
    method: BenefitMethod = "vickers",
    level: float = 0.95,
) -> DecisionCurve:
    """`net_benefit` at each threshold, and that of treating everyone.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> decision_curve(risk, outcome, 15, [0.15, 0.25]).net_benefit.round(3).tolist()
    [0.245, 0.222]
    """
    at = _arrays.floats("thresholds", thresholds)
    status = outcome.status(horizon)
    predicted = outcome.risk("risk", risk)
    z, n = normal_quantile(level), len(outcome)
    value, se = np.empty(len(at)), np.empty(len(at))
    for i, p in enumerate(at.tolist()):
        treated = predicted >= _threshold("thresholds", p)
        value[i], influence = _benefit(treated, outcome, status, p, method)
        se[i] = influence.std(ddof=1) / np.sqrt(n)
    # of everyone: P(event) − P(no event) p/(1 − p), whose two parts are the same at every threshold
    parts = [_share(status.case, outcome, status), _share(~status.case, outcome, status)]
    odds = at / (1.0 - at)
    everyone = parts[0][0] - odds * parts[1][0]
    covariance = np.cov(np.array([influence for _, influence in parts]))
    variance = covariance[0, 0] - 2 * odds * covariance[0, 1] + odds**2 * covariance[1, 1]
    se_all = np.sqrt(np.maximum(variance, 0.0) / n)
    low, high = value - z * se, value + z * se
    return DecisionCurve(at, value, se, low, high, everyone, se_all, level, horizon, outcome.estimand, method)


def _threshold(name: str, value: float) -> float:
    return _arrays.share(name, value, "0.2")


def _share(who: Any, outcome: Outcome, status: Status) -> tuple[float, Floats]:
    """The weighted share of some people, and its influence but for a constant."""
    gain = status.weight * who
    return float(gain.mean()), gain + outcome.correction(gain, status)


def _benefit(
    treated: NDArray[np.bool_], outcome: Outcome, status: Status, threshold: float, method: BenefitMethod
) -> tuple[float, Floats]:
    """The net benefit of treating some people and its influence, (n,); NaN where it is not known."""
    odds = threshold / (1.0 - threshold)
    if method == "vickers" and isinstance(outcome.censoring, Censoring):
        return _among_treated(treated, outcome, status, odds)
    gain = np.where(status.case, 1.0, -odds) * treated * status.weight
    value = float(gain.mean())
    return value, gain - value + outcome.correction(gain, status)


def _among_treated(treated: NDArray[np.bool_], outcome: Outcome, status: Status, odds: float) -> tuple[float, Floats]:
    """P(treated) [(1 + odds) F − odds], F the Aalen–Johansen estimate among the treated: the mean of their cases with
    the weights of their own censoring, which is the same number."""
    n, rows = len(treated), np.flatnonzero(treated)
    influence = np.zeros(n)
    if not len(rows):
        return 0.0, influence
    ranked = outcome.ranked
    ends, censored = outcome.exit[rows], ~(outcome.event | outcome.competing)[rows]
    if _arrays.later(status.horizon, ends.max()) and censored[_arrays.at(ends, ends.max())].any():
        return np.nan, np.full(n, np.nan)
    own = Censoring(_arrays.Ranks(ranked.times, ranked.rank[rows], None), censored)
    case = status.case[rows]
    weighted = np.zeros(len(rows))
    weighted[case] = 1.0 / own.before_end()[case]
    risk, share = float(weighted.mean()), len(rows) / n
    value = share * ((1.0 + odds) * risk - odds)
    moved = weighted - risk + own.correction(weighted, ~case, status.horizon)
    influence[rows] = (1.0 + odds) * (moved + risk) - odds
    return value, influence - value
