"""One product-limit on an event table: Kaplan–Meier, cumulative incidence and state occupancy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._arrays import Floats
from sarcoma.survival._interval import IntervalKind, normal_quantile
from sarcoma.survival._interval import interval as _interval  # `interval` is an argument's name here
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.counting.histories import Histories
from sarcoma.survival.curves.product_limit import (
    hazards,
    occupancy_covariance,
    occupy,
    one_transient_state,
    sojourn,
)

Covariance = Literal["greenwood", "aalen"]


def occupancy(
    table: EventTable,
    *,
    start: float = 0.0,
    initial: str | ArrayLike | None = None,
    covariance: Covariance = "greenwood",
) -> Occupancy:
    """State occupancy p(t) = p(s) ∏ (I + dÂ(u)), s < u ≤ t: the Aalen–Johansen estimator.

    dÂ_hj(u) is the number of h → j transitions at u over the number at risk in h just before (Aalen and Johansen,
    Scand J Stat 1978;5:141–150; Andersen et al., Statistical Models Based on Counting Processes, 1993, equation
    4.4.3). With one transition it is the Kaplan–Meier estimator, with one start and several causes the cumulative
    incidence. All transitions of one time happen together, so tied times have one answer. Variances follow equation
    4.4.19 of the same book, as R's survfit, prodlim and etm do; cuminc of cmprsk takes tied causes as independent and
    differs by terms of the order of ties over the number at risk.

    Parameters
    ----------
    table : counts, of any course, with or without cycles.
    start : s, the time from which on one looks: P(s, t) for those in `initial` after all that happened at s (survfit's
        start.time counts the events of s itself too). Everyone at risk after it counts, whenever they entered.
    initial : the state occupied at s (a name), or one share per state; the course's first state where not given.
        "observed" takes the shares of those at risk at the first event after s. It is taken as known.
    covariance : "greenwood" (multinomial increments, as if tied events were truly simultaneous) or "aalen" (Poisson).
        With weights the variance uses the sums of squared weights and takes the weights as fixed.

    Returns
    -------
    Occupancy of G groups at T + 1 times (s and the times of events after it).

    Raises
    ------
    InputError : a start that is negative or after the last time, or an unknown initial state.
    """
    if covariance not in ("greenwood", "aalen"):
        raise InputError("covariance", "not a known estimator", '"greenwood" or "aalen"')
    if not 0 <= start < np.inf:
        raise InputError("start", "must be a time of 0 or later", "24.0")
    poisson = covariance == "aalen"
    first = _initial(table, start, initial)
    followed = _followed(table)
    if not (followed >= start).any():
        raise InputError("start", "nobody is under observation then", "0.0")
    short = len(table.course.transient) == 1 and table.squares is None
    if short:
        times, probability, variance = one_transient_state(table, start, first, poisson=poisson)
        home = table.course.index(table.course.transient[0])
        short = not poisson or bool((probability[:, :, home] > 0).all())
    if not short:
        found = hazards(table, start, poisson=poisson)
        times = found.times
        probability, variance = occupy(found, first)
    times = np.concatenate([[start], times])
    notes = _early_ends(table, start)
    return Occupancy(table.course, table.groups, times, probability, variance, followed, notes, covariance, table)


def kaplan_meier(exit: ArrayLike, event: ArrayLike, **columns: Any) -> Occupancy:
    """Survival by the Kaplan–Meier estimator (J Am Stat Assoc 1958;53:457–481).

    `occupancy` on the course alive → dead. `exit` and `event` (True/False or 1/0) have shape (n,); the other columns
    (entry, group, weight) are those of `Histories`. The probability of being alive is `.survival`.
    """
    end = _arrays.floats("exit", exit, low=0.0)
    happened = _arrays.flags("event", event, len(end))
    return occupancy(EventTable.from_arrays(Course.survival(), end, happened, **columns))


def cumulative_incidence(
    exit: ArrayLike, cause: ArrayLike, *, causes: tuple[str, ...] | None = None, **columns: Any
) -> Occupancy:
    """Cumulative incidence of competing causes: `occupancy` on the course event-free → causes.

    Parameters
    ----------
    exit : times, shape (n,).
    cause : 0 = censored, 1, 2, … = the causes in the order of `causes`, shape (n,).
    causes : their names; "cause 1", "cause 2", … where not given.
    columns : entry, group, weight, as in `Histories`.
    """
    end = _arrays.floats("exit", exit, low=0.0)
    if causes is None:
        highest = int(_arrays.floats("cause", cause, len(end)).max())
        causes = tuple(f"cause {i + 1}" for i in range(max(highest, 1)))
    return occupancy(EventTable.from_arrays(Course.competing(causes), end, cause, **columns))


def landmark_occupancy(histories: Histories, state: str, at: float, **options: Any) -> Occupancy:
    """Occupancy after a landmark of those who were seen in a state then, without the Markov assumption.

    The landmark Aalen–Johansen estimator (Putter and Spitoni, Stat Methods Med Res 2018;27:2081–2092): only patients
    under observation in `state` at the landmark are counted from there on. Where the future depends on the present
    state alone it agrees with `occupancy(table, start=at, initial=state)` but is less precise.

    Parameters
    ----------
    histories : rows with `patient`, unless everyone has one row.
    state : the state at the landmark.
    at : the landmark, in the unit of the histories.
    options : `covariance`, as in `occupancy`.

    Raises
    ------
    InputError : nobody is under observation in this state at the landmark.
    """
    entry = np.zeros(len(histories)) if histories.entry is None else histories.entry
    now = (entry <= at) & (histories.exit > at)
    there = now & (histories.state == histories.course.index(state))
    if not there.any():
        raise InputError("at", f"nobody is under observation in {state!r} then", "an earlier landmark")
    if histories.patient is None:
        chosen = there
    else:
        chosen = np.isin(histories.patient, histories.patient[there]) & (histories.exit > at)
    return occupancy(EventTable.from_histories(histories.take(chosen)), start=at, initial=state, **options)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its standard error and interval."""

    value: float
    se: float
    low: float
    high: float
    level: float = 0.95

    def __repr__(self) -> str:
        return f"{self.value:.4g} ({100 * self.level:g}% CI {self.low:.4g} to {self.high:.4g})"


@dataclass(frozen=True, eq=False, repr=False)
class StateProbabilities(Tidy):
    """State probabilities at chosen times with intervals; arrays of shape (groups, times, states)."""

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

    def interval(self, level: float = 0.95, kind: IntervalKind = "log-log") -> tuple[Floats, Floats]:
        """Pointwise limits, each (G, T + 1, S)."""
        return _interval(self.probability, self.se, level, kind)

    def at(
        self, times: ArrayLike, *, level: float = 0.95, interval: IntervalKind = "log-log", extend: bool = False
    ) -> StateProbabilities:
        """Probabilities and intervals at chosen times.

        Raises
        ------
        InputError : a time before the start, or after the last observation (unless `extend`, which holds the last
            value, or everyone has reached a final state).
        """
        when = _arrays.floats("times", np.atleast_1d(np.asarray(times, dtype=float)))
        if when.min() < self.times[0]:
            raise InputError("times", f"the curves start at {self.times[0]:g}")
        if not extend:
            self._check_followed(float(when.max()), "times")
        where = _arrays.upto(self.times, when) - 1
        p, se = self.probability[:, where], self.se[:, where]
        low, high = _interval(p, se, level, interval)
        return StateProbabilities(self.course.states, self.groups, when, p, se, low, high, level)

    def covariance_at(self, times: ArrayLike, *, extend: bool = False) -> Floats:
        """Covariance of the probabilities of the states at chosen times, (G, times, S, S), for sums of states."""
        when = _arrays.floats("times", np.atleast_1d(np.asarray(times, dtype=float)), low=float(self.times[0]))
        if not extend:
            self._check_followed(float(when.max()), "times")
        found = hazards(self.table, float(self.times[0]), poisson=self.covariance == "aalen")
        return occupancy_covariance(found, self.probability[:, 0], _arrays.upto(found.times, when))

    def quantile(
        self,
        probability: float = 0.5,
        *,
        state: str | None = None,
        level: float = 0.95,
        interval: IntervalKind = "log-log",
    ) -> list[Estimate]:
        """When a share of people has left the starting state (or has reached `state`), one Estimate a group.

        The interval inverts the pointwise limits (Brookmeyer and Crowley, Biometrics 1982;38:29–41). A curve that is
        level with the share over a stretch gives the middle of it. inf: not reached within the follow-up; no standard
        error belongs to it (NaN).
        """
        if not 0 < probability < 1:
            raise InputError("probability", "must lie between 0 and 1", "0.5")
        low, high = self.interval(level, interval)
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

    def expected_time(self, horizon: float, *, level: float = 0.95) -> list[dict[str, Estimate]]:
        """Expected time in each state from the start to a horizon, ∫ p(t) dt, one dictionary a group.

        In the starting state of a survival course it is the restricted mean survival time. The standard error is
        that of the functional delta method on the increments dÂ (Andersen et al. 1993, example IV.4.1).

        Raises
        ------
        InputError : a horizon before the start or beyond the last observation of a group.
        """
        if not horizon > self.times[0]:
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
        short = (self.followed_to < time) & ~gone
        if short.any():
            last = float(self.followed_to[short].min())
            whose = "" if self.groups == (None,) else " in one group"
            raise InputError(argument, f"nobody was under observation{whose} after {last:g}", f"{last:g}")


def _initial(table: EventTable, start: float, initial: str | ArrayLike | None) -> Floats:
    """(G, S) distribution at the start."""
    course, groups = table.course, len(table.groups)
    if isinstance(initial, str) and initial == "observed":
        shares = np.zeros((groups, len(course.states)))
        later = np.flatnonzero(table.events.any(axis=(0, 2)) & (table.times > start))
        if len(later):
            for q, state in enumerate(course.transient):
                shares[:, course.index(state)] = table.at_risk[:, later[0], q]
        total = shares.sum(axis=1, keepdims=True)
        if not (total > 0).all():
            raise InputError("initial", "in some group nobody is at risk at the first event", repr(course.states[0]))
        observed: Floats = shares / total
        return observed
    if initial is None:
        initial = course.states[0]
    given = initial if isinstance(initial, str) else np.asarray(initial, dtype=float).tolist()
    return np.tile(course.distribution(given), (groups, 1))


def _followed(table: EventTable) -> Floats:
    """(G,) the last time with anyone at risk in any state."""
    last = np.zeros(len(table.groups))
    for g in range(len(last)):  # from the end: the first time at which anyone is at risk
        for a in range(len(table.times), 0, -4096):
            seen = np.flatnonzero(table.at_risk[g, max(a - 4096, 0) : a].any(axis=1))
            if len(seen):
                last[g] = table.times[max(a - 4096, 0) + seen[-1]]
                break
    return last


def _early_ends(table: EventTable, start: float) -> tuple[str, ...]:
    """Where delayed entry let a curve drop to nothing while others were still to come."""
    if not table.entered.any():
        return ()
    course, risk = table.course, table.at_risk
    leaving = np.zeros_like(risk)
    for k, q in enumerate(course.transient_index):
        leaving[:, :, q] += table.events[:, :, k]
    emptied = (leaving > 0) & (leaving >= risk) & (table.times > start)[None, :, None]
    later = np.cumsum(table.entered[:, ::-1], axis=1)[:, ::-1] > 0
    found = np.argwhere(emptied & later)
    if not len(found):
        return ()
    g, t, q = found[0]
    who = "" if table.groups == (None,) else f" of group {table.groups[g]}"
    only = "the only one" if risk[g, t, q] == 1 else "everyone"
    more = f" (so do {len(found) - 1} later times)" if len(found) > 1 else ""
    return (
        f"{only} at risk in {course.transient[q]!r}{who} left it at {table.times[t]:g} while others entered "
        f"later{more}: what follows rests on that",
    )


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
