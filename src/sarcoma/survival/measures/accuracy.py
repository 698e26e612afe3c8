"""How far predictions are from what happened: the Brier score and what is made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.outcome import Outcome, Status


@checked
def brier_score(risk: ArrayLike, outcome: Outcome, horizon: float, *, level: float = 0.95) -> Measure:
    """Mean squared distance of the predicted probability from what happened by the horizon: 0 perfect, lower is better.

    (1/n) Σ w_i (1{event by t} − π_i)² with w_i = 1/G(T−) for those whose fate is known by t, 1/G(t) for those still
    free of events (Graf, Schmoor, Sauerbrei and Schumacher, Stat Med 1999;18:2529–2545; with competing events Schoop,
    Beyersmann, Schumacher and Binder, Biom J 2011;53:88–112). Standard error by the influence function with the part
    of the estimated G (Blanche et al., Biometrics 2015;71:102–113).

    Parameters
    ----------
    risk : (n,) predicted probability of the event by the horizon, of the estimand of `outcome`.
    outcome : what happened.
    horizon : t, in the unit of the outcome.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> brier_score(risk, outcome, 15)
    Brier score at 15: 0.08778 (95% CI 0.01721 to 0.1583)
    """
    status = outcome.status(horizon)
    value, influence = _brier(outcome.risk("risk", risk), outcome, status)
    return Measure.of("Brier score", value, influence, outcome.estimand, horizon, level=level, bounds=(0.0, np.inf))


@checked
def index_of_prediction_accuracy(risk: ArrayLike, outcome: Outcome, horizon: float, *, level: float = 0.95) -> Measure:
    """1 − Brier score / Brier score of the same probability for everyone: 0 no better, 1 perfect, below 0 worse.

    Also called the scaled Brier score (Kattan and Gerds, Diagn Progn Res 2018;2:7). The same probability is the
    observed one, Kaplan–Meier or Aalen–Johansen at the horizon.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> index_of_prediction_accuracy(risk, outcome, 15)
    index of prediction accuracy at 15: 0.605 (95% CI 0.3848 to 0.8252)
    """
    status = outcome.status(horizon)
    own, own_influence = _brier(outcome.risk("risk", risk), outcome, status)
    null, null_influence = _null_brier(outcome, status)
    value = 1.0 - own / null
    influence = -own_influence / null + own / null**2 * null_influence
    name = "index of prediction accuracy"
    return Measure.of(name, value, influence, outcome.estimand, horizon, level=level, bounds=(-np.inf, 1.0))


@checked
def integrated_brier_score(risks: ArrayLike, outcome: Outcome, horizons: ArrayLike, *, level: float = 0.95) -> Measure:
    """Mean of the Brier score over a stretch of time, by the trapezoid rule over the horizons.

    Parameters
    ----------
    risks : (n, T) predicted probability of the event by each horizon. horizons : (T,) increasing, at least two.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risks = np.column_stack([[0.5, 0.3, 0.4, 0.1, 0.2, 0.1], [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]])
    >>> integrated_brier_score(risks, outcome, [10, 15])
    integrated Brier score at 15: 0.1239 (95% CI 0.01642 to 0.2314)
    """
    times = _arrays.floats("horizons", horizons, low=0.0)
    given = _arrays.table("risks", risks)
    if len(times) < 2 or not _arrays.increasing(times):
        raise InputError("horizons", "needs two or more increasing times", "[12.0, 24.0, 36.0]")
    if given.shape != (outcome.given, len(times)):
        raise InputError("risks", f"needs {outcome.given} rows and a column for each of {len(times)} horizons")
    width = np.diff(times)
    share = (np.append(width, 0.0) + np.append(0.0, width)) / 2 / (times[-1] - times[0])
    value, influence = 0.0, np.zeros(len(outcome))
    for j, time in enumerate(times.tolist()):
        at, by_row = _brier(outcome.risk("risks", given[:, j]), outcome, outcome.status(time))
        value += share[j] * at
        influence += share[j] * by_row
    return Measure.of("integrated Brier score", value, influence, outcome.estimand, float(times[-1]), level=level)


def _brier(risk: Floats, outcome: Outcome, status: Status) -> tuple[float, Floats]:
    loss = status.weight * (status.case - risk) ** 2
    value = float(loss.mean())
    return value, loss - value + outcome.correction(loss, status)


def _null_brier(outcome: Outcome, status: Status) -> tuple[float, Floats]:
    """The Brier score of the observed probability p for everyone: p(1 − p), as a function of p."""
    weighted = status.weight * status.case
    p = float(weighted.mean())
    loss = status.weight * (status.case - p) ** 2
    value = float(loss.mean())
    # by p: 0 where Kaplan–Meier makes the weights, whose mean is 1 then; those by covariates are taken as known
    slope = -2.0 * float((status.weight * (status.case - p)).mean())
    return value, loss - value + outcome.correction(loss, status) + slope * (weighted - p)
