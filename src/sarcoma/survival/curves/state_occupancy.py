"""Results of the Aalen–Johansen estimator: probabilities of states with intervals, quantiles and expected times."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import IntervalScale, limits, normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.curves.product_limit import hazards, occupancy_covariance, sojourn

Covariance = Literal["greenwood", "aalen"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its standard error and interval.

    Examples
    --------
    >>> Estimate(22.0, 2.5, 17.1, 26.9, level=0.95)
    22 (95% CI 17.1 to 26.9)
    """

    value: float
    se: float
    low: float
    high: float
    level: float = 0.95

    def __repr__(self) -> str:
        return f"{self.value:.4g} ({100 * self.level:g}% CI {self.low:.4g} to {self.high:.4g})"


@dataclass(frozen=True, eq=False, repr=False)
class StateProbabilities(Tidy):
    """State probabilities at chosen times with intervals; arrays of shape (groups, times, states).

    Examples
    --------
    >>> from sarcoma.survival import kaplan_meier
    >>> kaplan_meier([5, 8, 12], [1, 0, 1]).at([6, 10])
    StateProbabilities(times=2, states=('alive', 'dead'), groups=1)
    """

    states: tuple[str, ...]
    groups: tuple[Any, ...]
    times: Floats
    probability: Floats
    se: Floats
    low: Floats
    high: Floats
    level: float

    def __repr__(self) -> str:
        return f"StateProbabilities(times={len(self.times)}, states={self.states}, groups={len(self.groups)})"

    def columns(self) -> dict[str, Any]:
        g, t, s = self.probability.shape
        columns: dict[str, Any] = {} if self.groups == (None,) else {"group": np.repeat(self.groups, t * s)}
        columns["time"] = np.tile(np.repeat(self.times, s), g)
        columns["state"] = np.tile(np.array(self.states), g * t)
        for name in ("probability", "se", "low", "high"):
            columns[name] = getattr(self, name).ravel()
        return columns


@dataclass(frozen=True, eq=False, repr=False)
class Occupancy(Tidy):
    """Curves of state occupancy, right-continuous steps.

    Attributes
    ----------
    times : (T + 1,) the start and the times of events.
    probability, variance : (G, T + 1, S) from each time on, until the next.
    followed_to : (G,) the last time at which anyone was under observation.
    notes : what a reader of the curves has to know.

    Examples
    --------
    >>> from sarcoma.survival import kaplan_meier
    >>> curve = kaplan_meier([5, 8, 12], [1, 0, 1])
    >>> curve
    Occupancy(times=2, at 12: alive: 0.000, dead: 1.000)
    >>> curve.survival.round(3).tolist()
    [[1.0, 0.667, 0.0]]
    """

    course: Course
    groups: tuple[Any, ...]
    times: Floats
    probability: Floats
    variance: Floats
    followed_to: Floats
    notes: tuple[str, ...]
    covariance: Covariance
    table: EventTable = field(repr=False)

    def __repr__(self) -> str:
        end = ", ".join(f"{s}: {p:.3f}" for s, p in zip(self.course.states, self.probability[0, -1], strict=True))
        which = "" if self.groups == (None,) else f"groups={len(self.groups)}, {self.groups[0]!r} "
        notes = f", notes: {'; '.join(self.notes)}" if self.notes else ""
        return f"Occupancy(times={len(self.times) - 1}, {which}at {self.times[-1]:g}: {end}{notes})"

    @cached_property
    def se(self) -> Floats:
        """(G, T + 1, S) standard errors."""
        return np.sqrt(self.variance)

    @property
    def survival(self) -> Floats:
        """(G, T + 1) probability of the state in which everyone starts, in a course that leaves it for good."""
        if len(self.course.transient) != 1:
            raise InputError("survival", "the course has more than one state to live in; use probability")
        return self.probability[:, :, self.course.index(self.course.transient[0])]

    @checked
    def interval(self, level: float = 0.95, scale: IntervalScale = "log-log") -> tuple[Floats, Floats]:
        """Pointwise limits, each (G, T + 1, S)."""
        return limits(self.probability, self.se, level, scale)

    @checked
    def at(
        self, times: ArrayLike, *, level: float = 0.95, scale: IntervalScale = "log-log", extend: bool = False
    ) -> StateProbabilities:
        """Probabilities and intervals at chosen times.

        Raises
        ------
        InputError : a time before the start, or after the last observation (unless `extend`, which holds the last
            value, or everyone has reached a final state).
        """
        when = _arrays.some_times("times", times)
        if _arrays.later(self.times[0], when.min()):
            raise InputError("times", f"the curves start at {self.times[0]:g}")
        if not extend:
            self._check_followed(float(when.max()), "times")
        where = np.maximum(_arrays.upto(self.times, when) - 1, 0)
        p, se = self.probability[:, where], self.se[:, where]
        low, high = limits(p, se, level, scale)
        return StateProbabilities(self.course.states, self.groups, when, p, se, low, high, level)

    @checked
    def covariance_at(self, times: ArrayLike, *, extend: bool = False) -> Floats:
        """Covariance of the probabilities of the states at chosen times, (G, times, S, S), for sums of states."""
        when = _arrays.some_times("times", times)
        if _arrays.later(self.times[0], when.min()):
            raise InputError("times", f"the curves start at {self.times[0]:g}")
        if not extend:
            self._check_followed(float(when.max()), "times")
        found = hazards(self.table, float(self.times[0]), poisson=self.covariance == "aalen")
        return occupancy_covariance(found, self.probability[:, 0], _arrays.upto(found.times, when))

    @checked
    def quantile(
        self,
        probability: float = 0.5,
        *,
        state: str | None = None,
        level: float = 0.95,
        scale: IntervalScale = "log-log",
    ) -> list[Estimate]:
        """When a share of people has left the starting state (or has reached `state`), one Estimate a group.

        The interval inverts the pointwise limits (Brookmeyer and Crowley, Biometrics 1982;38:29–41). A curve that is
        level with the share over a stretch gives the middle of it. inf: not reached within the follow-up; no standard
        error belongs to it (NaN).
        """
        probability = _arrays.share("probability", probability, "0.5")
        low, high = self.interval(level, scale)
        found = []
        for g in range(len(self.groups)):
            if state is None:
                self.survival  # noqa: B018 – the error for courses without one starting state
                h, share = self.course.index(self.course.transient[0]), 1 - probability
                curves = [1 - self.probability[g, :, h], 1 - low[g, :, h], 1 - high[g, :, h]]
                value, first, last = (_crossing(self.times, curve, 1 - share) for curve in curves)
            else:
                h = self.course.index(state)
                if state not in self.course.absorbing:
                    raise InputError("state", "quantiles are of leaving the start or reaching a final state")
                curves = [self.probability[g, :, h], high[g, :, h], low[g, :, h]]
                value, first, last = (_crossing(self.times, curve, probability) for curve in curves)
            found.append(Estimate(value, float("nan"), first, last, level))
        return found

    @checked
    def expected_time(self, horizon: float, *, level: float = 0.95) -> list[dict[str, Estimate]]:
        """Expected time in each state from the start to a horizon, ∫ p(t) dt, one dictionary a group.

        In the starting state of a survival course it is the restricted mean survival time. The standard error is
        that of the functional delta method on the increments dÂ (Andersen et al. 1993, example IV.4.1).

        Raises
        ------
        InputError : a horizon before the start or beyond the last observation of a group.
        """
        horizon = _arrays.one_time("horizon", horizon)
        if not _arrays.later(horizon, self.times[0]):
            raise InputError("horizon", f"must be later than the start, {self.times[0]:g}")
        self._check_followed(horizon, "horizon")
        found = hazards(self.table, float(self.times[0]), poisson=self.covariance == "aalen")
        value, variance = sojourn(found, self.times, self.probability, horizon)
        z = normal_quantile(level)
        return [
            {
                state: Estimate(v, se, max(v - z * se, 0.0), min(v + z * se, horizon - float(self.times[0])), level)
                for state, v, se in zip(
                    self.course.states, value[g].tolist(), np.sqrt(variance[g]).tolist(), strict=True
                )
            }
            for g in range(len(self.groups))
        ]

    @checked
    def restricted_mean(self, horizon: float, *, level: float = 0.95) -> list[Estimate]:
        """Mean time in the starting state up to a horizon, one Estimate a group."""
        self.survival  # noqa: B018 – the error for courses without one starting state
        return [times[self.course.transient[0]] for times in self.expected_time(horizon, level=level)]

    def columns(self) -> dict[str, Any]:
        """One row a group, time and state, with 95 % log-log limits."""
        low, high = self.interval()
        parts = (self.course.states, self.groups, self.times, self.probability, self.se, low, high)
        return StateProbabilities(*parts, level=0.95).columns()

    def _check_followed(self, time: float, argument: str) -> None:
        gone = self.probability[:, -1, [self.course.index(s) for s in self.course.absorbing]].sum(axis=1) > 1 - 1e-12
        short = _arrays.later(time, self.followed_to) & ~gone
        if short.any():
            last = float(self.followed_to[short].min())
            whose = "" if self.groups == (None,) else " in one group"
            raise InputError(argument, f"nobody was under observation{whose} after {last:g}", f"{last:g}")


def _crossing(times: Floats, curve: Floats, share: float) -> float:
    """First time at which a rising curve reaches a share; the middle of a level stretch; inf if never."""
    near = 1e-12
    reached = np.flatnonzero(curve >= share - near)
    if not len(reached):
        return float("inf")
    first = reached[0]
    above = np.flatnonzero(curve > share + near)
    if abs(curve[first] - share) <= near and len(above):
        return float((times[first] + times[above[0]]) / 2)
    return float(times[first])
