"""Logarithmic scores: of one probability, and of a whole curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.outcome import Outcome


@checked
def log_score(risk: ArrayLike, outcome: Outcome, horizon: float, *, level: float = 0.95) -> Measure:
    """Mean −log of the probability given to what happened by the horizon: lower is better, 0 perfect.

    (1/n) Σ w_i {−1{event by t} log π_i − 1{no event by t} log(1 − π_i)} with the weights of the Brier score (Graf et
    al., Stat Med 1999;18:2529–2545).

    Raises
    ------
    InputError : a prediction of 0 or 1 for someone to whom the opposite happened: the score is infinite.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> log_score(risk, outcome, 15)
    log score at 15: 0.3272 (95% CI 0.1556 to 0.4989)
    """
    status = outcome.status(horizon)
    predicted = outcome.risk("risk", risk)
    known = status.weight > 0
    wrong = int((known & np.where(status.case, predicted == 0, predicted == 1)).sum())
    if wrong:
        raise InputError("risk", f"{wrong} people were given no chance of what happened to them: the score is infinite")
    given = np.where(status.case, predicted, 1.0 - predicted)
    loss = np.zeros(len(outcome))
    loss[known] = -status.weight[known] * np.log(given[known])
    value = float(loss.mean())
    influence = loss - value + outcome.correction(loss, status)
    return Measure.of("log score", value, influence, outcome.estimand, horizon, level=level)


@checked
def curve_log_score(
    risks: ArrayLike, outcome: Outcome, times: ArrayLike, *, rivals: ArrayLike | None = None, level: float = 0.95
) -> Measure:
    """Mean −log-likelihood of a whole predicted curve: lower is better.

    With F the predicted probability of the event at the times t_1 < … < t_T: an event in (t_{k−1}, t_k] counts
    −log{F(t_k) − F(t_{k−1})}, a censoring in it −log{1 − F(t)} with F drawn straight between the times, and whatever
    comes after t_T −log{1 − F(t_T)}. A proper score where censoring does not depend on the event (Rindt, Hu, Steinsaltz
    and Sejdinovic, AISTATS 2022, PMLR 151:1190–1205).

    Parameters
    ----------
    risks : (n, T) predicted probability of the event by each time, not falling. times : (T,) increasing, above 0.
    rivals : (n, T) the same of the competing events together; needed for crude predictions.

    Raises
    ------
    InputError : curves that fall, that pass 1 together, or that give no chance to what happened.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risks = np.column_stack([[0.5, 0.3, 0.4, 0.1, 0.2, 0.1], [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]])
    >>> curve_log_score(risks, outcome, [10, 20])
    curve log score at 20: 0.8736 (95% CI 0.2408 to 1.506)
    """
    at = _arrays.floats("times", times)
    if at[0] <= 0 or not _arrays.increasing(at):
        raise InputError("times", "must increase and lie above 0", "[12.0, 24.0, 36.0]")
    if (rivals is None) == (outcome.estimand == "crude"):
        raise InputError("rivals", "crude predictions need the curve of the competing events, others must not have one")
    own = _curves("risks", risks, outcome, len(at))
    other = np.zeros_like(own) if rivals is None else _curves("rivals", rivals, outcome, len(at))
    if (own[:, -1] + other[:, -1] > 1 + 1e-9).any():
        raise InputError("rivals", "in some rows the events together are more probable than 1")
    rows = np.arange(len(outcome))
    edges = np.concatenate([[0.0], at])
    place = _arrays.before(at, outcome.exit)  # in (edges[place], edges[place + 1]]
    inside = place < len(at)
    k = np.minimum(place, len(at) - 1)
    free = 1.0 - own - other
    share = (outcome.exit - edges[k]) / (edges[k + 1] - edges[k])
    given = np.where(inside, free[rows, k] + share * (free[rows, k + 1] - free[rows, k]), free[rows, -1])
    given = np.where(outcome.event & inside, own[rows, k + 1] - own[rows, k], given)
    given = np.where(outcome.competing & inside, other[rows, k + 1] - other[rows, k], given)
    if (given <= 0).any():
        raise InputError(
            "risks",
            f"{int((given <= 0).sum())} people were given no chance of what happened to them: the score is infinite",
        )
    loss = -np.log(given)
    value = float(loss.mean())
    return Measure.of("curve log score", value, loss - value, outcome.estimand, float(at[-1]), level=level)


def _curves(name: str, values: ArrayLike, outcome: Outcome, times: int) -> Floats:
    """(n, T + 1) with a 0 at the start."""
    given = _arrays.table(name, values)
    if given.shape != (outcome.given, times):
        raise InputError(name, f"needs {outcome.given} rows and a column for each of {times} times")
    kept = np.column_stack([outcome.risk(name, given[:, j]) for j in range(times)])
    curves = np.column_stack([np.zeros(len(kept)), kept])
    if (np.diff(curves) < 0).any():
        raise InputError(name, "some curves fall with time; a cumulative probability cannot")
    return curves
