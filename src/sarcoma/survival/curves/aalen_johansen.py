"""One product-limit on an event table: Kaplan–Meier, cumulative incidence and state occupancy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.counting.histories import Histories
from sarcoma.survival.curves.product_limit import hazards, occupy, one_transient_state
from sarcoma.survival.curves.state_occupancy import Covariance, Occupancy

_MOST_CAUSES = 1000


@checked
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

    Examples
    --------
    >>> origin, to = ["healthy", "ill", "healthy"], ["ill", "dead", "dead"]
    >>> table = EventTable.from_arrays(Course.illness_death(), [4, 9, 6], to, origin=origin, entry=[0, 4, 0])
    >>> occupancy(table)
    Occupancy(times=3, at 9: healthy: 0.000, ill: 0.000, dead: 1.000)
    """
    if covariance not in ("greenwood", "aalen"):
        raise InputError("covariance", "not a known estimator", '"greenwood" or "aalen"')
    start = _arrays.one_time("start", start)
    if start < 0:
        raise InputError("start", "must be a time of 0 or later", "24.0")
    poisson = covariance == "aalen"
    first = _initial(table, start, initial)
    followed = _followed(table)
    if not _arrays.by(start, followed).any():
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


@checked
def kaplan_meier(exit: ArrayLike, event: ArrayLike, **columns: Any) -> Occupancy:
    """Survival by the Kaplan–Meier estimator (J Am Stat Assoc 1958;53:457–481).

    `occupancy` on the course alive → dead. `exit` and `event` (True/False or 1/0) have shape (n,); the other columns
    (entry, group, weight) are those of `Histories`. The probability of being alive is `.survival`.

    Examples
    --------
    >>> kaplan_meier(exit=[5, 8, 12], event=[1, 0, 1]).survival.round(3).tolist()
    [[1.0, 0.667, 0.0]]
    """
    _arrays.one_order(exit=exit, event=event, **columns)
    end = _arrays.floats("exit", exit, low=0.0)
    happened = _arrays.flags("event", event, len(end))
    return occupancy(EventTable.from_arrays(Course.survival(), end, happened, **columns))


@checked
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

    Examples
    --------
    >>> cumulative_incidence(exit=[5, 8, 12, 15], cause=[1, 0, 2, 0], causes=("sarcoma", "other"))
    Occupancy(times=2, at 12: event-free: 0.375, sarcoma: 0.250, other: 0.375)
    """
    _arrays.one_order(exit=exit, cause=cause, **columns)
    end = _arrays.floats("exit", exit, low=0.0)
    if causes is None:
        highest = int(_arrays.floats("cause", cause, len(end)).max())
        if highest > _MOST_CAUSES:
            raise InputError(
                "cause", f"codes beyond {_MOST_CAUSES}; number the causes 1, 2, … or name them", "[1, 0, 2]"
            )
        causes = tuple(f"cause {i + 1}" for i in range(max(highest, 1)))
    with _arrays.naming(to="cause"):
        return occupancy(EventTable.from_arrays(Course.competing(causes), end, cause, **columns))


@checked
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

    Examples
    --------
    >>> rows = Histories(Course.survival(), exit=[5, 8, 12, 15], to=[1, 0, 1, 1])
    >>> landmark_occupancy(rows, "alive", at=6).at(13).probability[0, 0].tolist()
    [0.5, 0.5]
    """
    at = _arrays.one_time("at", at)
    entry = np.zeros(len(histories)) if histories.entry is None else histories.entry
    goes_on = _arrays.later(histories.exit, at)
    now = _arrays.by(entry, at) & goes_on
    there = now & (histories.state == histories.course.index(state))
    if not there.any():
        raise InputError("at", f"nobody is under observation in {state!r} then", "an earlier landmark")
    chosen = there if histories.patient is None else np.isin(histories.patient, histories.patient[there]) & goes_on
    with _arrays.naming(start="at"):
        return occupancy(EventTable.from_histories(histories.take(chosen)), start=at, initial=state, **options)


def _initial(table: EventTable, start: float, initial: str | ArrayLike | None) -> Floats:
    """(G, S) distribution at the start."""
    course, groups = table.course, len(table.groups)
    if isinstance(initial, str) and initial == "observed":
        shares = np.zeros((groups, len(course.states)))
        later = np.flatnonzero(table.events.any(axis=(0, 2)) & _arrays.later(table.times, start))
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
    given = initial if isinstance(initial, str) else _arrays.table("initial", initial).ravel().tolist()
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
    emptied = (leaving > 0) & (leaving >= risk) & _arrays.later(table.times, start)[None, :, None]
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
