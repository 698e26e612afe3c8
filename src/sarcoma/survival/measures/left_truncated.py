"""Predictions judged over the whole follow-up, everyone from the time at which they came under observation.

Under delayed entry (left truncation) a person is at risk in (entry, exit]. What a model says of so much time is the
cumulative hazard H(exit) − H(entry): given that the person was free of the event at entry, the event count less that
is a martingale (Andersen, Borgan, Gill and Keiding 1993, section II.4), whoever entered when and left when, as long as
entry and the end of observation tell nothing of the event but through the predictors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.pairs.concordance import concordance_at_risk
from sarcoma.survival.regression.cox import CoxRegression

ENOUGH_AT_RISK = 20
"""People under observation from whom the window of Uno's concordance begins, and at whom it ends."""
_NOWHERE = float("nan")


@dataclass(frozen=True, eq=False)
class FollowUpTimes:
    """Time under observation of n people: entry, exit (n,), and whether the event ended it (n,).

    Examples
    --------
    >>> len(FollowUpTimes.of([0, 6, 3], [5, 8, 9], [1, 1, 0]))
    3
    """

    entry: Floats
    exit: Floats
    event: NDArray[np.bool_]

    @classmethod
    def of(cls, entry: ArrayLike, exit: ArrayLike, event: ArrayLike) -> FollowUpTimes:
        """Checked: as long as one another, and every exit after its entry.

        Raises
        ------
        InputError : an exit that is not after the entry, nobody with the event, one person.
        """
        _arrays.one_order(entry=entry, exit=exit, event=event)
        ends = _arrays.floats("exit", exit, low=0.0)
        starts = _arrays.floats("entry", entry, len(ends), low=0.0)
        happened = _arrays.flags("event", event, len(ends))
        if (ends <= starts).any():
            raise InputError("exit", "must come after entry, or the person was never under observation")
        if len(ends) < 2:
            raise InputError("exit", "one person is not enough to judge a prediction", "two or more")
        if not happened.any():
            raise InputError("event", "nobody has the event, so no prediction of it can be judged")
        return cls(starts, ends, happened)

    def __len__(self) -> int:
        return len(self.exit)


@checked
def expected_ratio(times: FollowUpTimes, expected: ArrayLike) -> Measure:
    """Observed events over Σ of the cumulative hazards predicted between entry and exit.

    The calibration in the large of Crowson, Atkinson and Therneau (Stat Methods Med Res 2016;25:1692–1706): its
    logarithm is the intercept of a Poisson regression of the events with offset log H. Influence of person i:
    (d_i − ratio · H_i) / mean(H); the limits are on the log scale.

    Parameters
    ----------
    expected : (n,) H(exit) − H(entry) as predicted.

    Examples
    --------
    >>> times = FollowUpTimes.of([0, 6, 3], [5, 8, 9], [1, 1, 0])
    >>> expected_ratio(times, [0.5, 0.2, 0.3]).value
    2.0
    """
    said = _arrays.floats("expected", expected, len(times), low=0.0)
    if not said.sum() > 0:
        raise InputError("expected", "no event is expected of anyone while under observation")
    died = times.event.astype(np.float64)
    ratio = died.sum() / said.sum()
    return Measure.of("O/E", ratio, (died - ratio * said) / said.mean(), "all-cause", _NOWHERE, level=0.95, scale="log")


@checked
def score_slope(times: FollowUpTimes, score: ArrayLike) -> Measure:
    """The coefficient of the score (the log of the relative hazard) in a Cox regression with delayed entry: 1 is right.

    van Houwelingen (Stat Med 2000;19:3401–3415); its standard error is robust, from the dfbeta residuals (Lin and Wei,
    J Am Stat Assoc 1989;84:1074–1078). Below 1 the predictions are too extreme.

    Examples
    --------
    >>> times = FollowUpTimes.of([0, 1, 0, 2, 0, 0], [3, 4, 6, 8, 9, 11], [1, 1, 1, 1, 0, 1])
    >>> round(score_slope(times, [1.0, 2.0, 0.5, 1.0, 0.0, 1.5]).value, 4)
    0.5934
    """
    x = _arrays.floats("score", score, len(times))[:, None]
    if not np.ptp(x) > 0:
        raise InputError("score", "is the same in everyone, so it has no slope")
    model = CoxRegression(concordance=False).fit(x, times.exit, times.event, entry=times.entry)
    moved = len(times) * model.residuals(x, times.exit, times.event, kind="dfbeta", entry=times.entry)[:, 0]
    return Measure.of("calibration slope", float(model.coef_[0]), moved, "all-cause", _NOWHERE, level=0.95)


@checked
def concordance_of_those_at_risk(times: FollowUpTimes, score: ArrayLike) -> Measure:
    """Harrell's concordance on the risk sets (`concordance_at_risk`), with its influence.

    What it tends to depends on when people enter and leave (Hartman, Kim, He and Kalbfleisch, Biometrics
    2023;79:1624–1634); `truncated_uno` does not.

    Examples
    --------
    >>> times = FollowUpTimes.of([0, 6, 0], [5, 8, 9], [1, 1, 0])
    >>> concordance_of_those_at_risk(times, [2.0, 1.0, 0.0]).value
    1.0
    """
    value, influence = concordance_at_risk(score, times.exit, times.event, entry=times.entry)
    return Measure.of("concordance", value, influence, "all-cause", _NOWHERE, level=0.95, bounds=(0.0, 1.0))


@dataclass(frozen=True, eq=False)
class TruncatedConcordance:
    """Uno's concordance under delayed entry, and the window of time (start, end] whose events it counts.

    Examples
    --------
    >>> times = FollowUpTimes.of([0, 0, 2, 0], [3, 5, 8, 9], [1, 1, 1, 0])
    >>> found = truncated_uno(times, [2.0, 3.0, 1.0, 0.0], at_risk=2)
    >>> found.start, found.end
    (3.0, 8.0)
    """

    measure: Measure
    start: float
    end: float


@checked
def truncated_uno(times: FollowUpTimes, score: ArrayLike, *, at_risk: int = ENOUGH_AT_RISK) -> TruncatedConcordance:
    """Concordance of the people as they would be seen from the start, by weights that undo entry and leaving.

    A pair (i has the event at t, j is under observation then and goes on) has the weight 1/a(t)², where a(t), the
    chance of being under observation at t of one who is free of the event, is estimated up to a factor by
    Y(t)/S(t−): those at risk over the left-truncated Kaplan–Meier curve. The inverse probability weighting of Hartman,
    Kim, He and Kalbfleisch (Biometrics 2023;79:1624–1634); entry and leaving must not depend on the score. With
    everyone seen from 0, Y(t) = n S(t−) G(t−), so it is Uno's (Stat Med 2011;30:1105–1117) with the weights 1/G(t−)².
    Equal scores count half; an event comes before a censoring of the same time, two events of one time are no pair.

    Events count in the window in which `at_risk` people or more are under observation all the time, the longest such:
    where few are, the weights of single pairs have no bound. Curve and weights start at the window's start. The
    influence takes the estimated weights into account.

    Examples
    --------
    >>> times = FollowUpTimes.of([0, 0, 2, 0], [3, 5, 8, 9], [1, 1, 1, 0])
    >>> round(truncated_uno(times, [2.0, 3.0, 1.0, 0.0], at_risk=2).measure.value, 4)
    0.8333
    """
    marks = _arrays.floats("score", score, len(times))
    entry, exit_, event = times.entry, times.exit, times.event
    n = len(times)
    moments = np.unique(exit_[event])
    risk = (np.searchsorted(np.sort(entry), moments) - np.searchsorted(np.sort(exit_), moments)).astype(np.float64)
    first, last = _longest(risk >= at_risk)
    if first == last:
        raise InputError("at_risk", f"at no event are {at_risk} people under observation")
    moments, risk = moments[first:last], risk[first:last]
    died = exit_[event & (exit_ >= moments[0]) & (exit_ <= moments[-1])]
    deaths = np.bincount(np.searchsorted(moments, died)).astype(np.float64)
    survival = np.concatenate([[1.0], np.cumprod(1.0 - deaths / risk)[:-1]])
    weight = (survival / risk) ** 2
    won, pairs = np.zeros(n), np.zeros(n)
    excess = np.zeros((2, len(moments)))
    for k, t in enumerate(moments.tolist()):
        cases = np.flatnonzero(event & (exit_ == t))
        others = np.flatnonzero((entry < t) & ((exit_ > t) | ((exit_ == t) & ~event)))
        ordered = np.sort(marks[others])
        below, upto = (np.searchsorted(ordered, marks[cases], side=s) for s in ("left", "right"))
        gained = (below + upto) / 2
        won[cases] += weight[k] * gained
        pairs[cases] += weight[k] * len(others)
        scores = np.sort(marks[cases])
        beaten = (
            2 * len(cases)
            - np.searchsorted(scores, marks[others], side="right")
            - np.searchsorted(scores, marks[others])
        ) / 2
        won[others] += weight[k] * beaten
        pairs[others] += weight[k] * len(cases)
        excess[:, k] = weight[k] * gained.sum(), weight[k] * len(others) * len(cases)
    total = excess[1].sum()
    if not total > 0:
        raise InputError("event", "nobody else is under observation at any event, so no concordance can be computed")
    value = float(excess[0].sum() / total)
    both = (won - value * pairs) + _through_weights(times, moments, risk, deaths, excess[0] - value * excess[1])
    measure = Measure.of(
        "concordance", value, n * both / total, "all-cause", float(moments[-1]), level=0.95, bounds=(0.0, 1.0)
    )
    return TruncatedConcordance(measure, float(moments[0]), float(moments[-1]))


def _longest(enough: NDArray[np.bool_]) -> tuple[int, int]:
    """The longest run of True: its first place and its end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], enough, [False]])))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _through_weights(times: FollowUpTimes, moments: Floats, risk: Floats, deaths: Floats, excess: Floats) -> Floats:
    """(n,) what each person adds through the weights w(t) = (S(t−)/Y(t))²: Σ excess(t) · d log w(t).

    d log w(t) = 2 [Σ over u < t of (Y_i(u) dN(u)/Y(u) − dN_i(u)) / (Y(u) − dN(u)) − Y_i(t)/Y(t)].
    """
    later = np.concatenate([np.cumsum(excess[::-1])[::-1][1:], [0.0]])
    left = np.where(risk > deaths, risk - deaths, np.inf)
    per_risk = np.concatenate([[0.0], np.cumsum(later * deaths / (risk * left) - excess / risk)])
    low = np.searchsorted(moments, times.entry, side="right")
    high = np.searchsorted(moments, times.exit, side="right")
    found: Floats = per_risk[high] - per_risk[low]
    at = np.searchsorted(moments, times.exit)
    inside = times.event & (at < len(moments)) & (times.exit >= moments[0])
    found[inside] -= (later / left)[at[inside]]
    found *= 2
    return found
