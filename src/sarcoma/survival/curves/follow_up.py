"""How long people were followed: the reverse Kaplan–Meier estimator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import IntervalScale
from sarcoma.survival.counting.counts import Counts
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.curves.aalen_johansen import occupancy
from sarcoma.survival.curves.state_occupancy import Estimate


@checked
def median_follow_up(
    exit: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    group: ArrayLike | None = None,
    probability: float = 0.5,
    level: float = 0.95,
    scale: IntervalScale = "log-log",
) -> list[Estimate]:
    """Median follow-up by the reverse Kaplan–Meier estimator, one Estimate a group (Schemper and Smith, Control Clin
    Trials 1996;17:343–346).

    How long people would have been followed, had nobody had the event: being censored is what is waited for, and the
    event ends the wait. At one time events come first, as in prodlim's `reverse = TRUE`; survfit with the status turned
    round takes those with an event as still there. inf: more than half would have been followed for longer than anyone
    was.

    Parameters
    ----------
    exit, event : (n,). entry : (n,) start of observation. group : (n,) labels.
    probability : 0.25 and 0.75 are the quartiles.
    scale : of the interval, which inverts the pointwise limits (Brookmeyer and Crowley, Biometrics 1982;38:29–41).

    Examples
    --------
    >>> median_follow_up([3, 5, 6, 8, 11, 12, 14, 19], [1, 1, 0, 1, 0, 1, 0, 0])
    [14 (95% CI 6 to 19)]
    """
    _arrays.one_order(exit=exit, event=event, entry=entry, group=group)
    end = _arrays.floats("exit", exit, low=0.0)
    happened = _arrays.flags("event", event, len(end))
    start = np.zeros(len(end)) if entry is None else _arrays.floats("entry", entry, len(end), low=0.0)
    end, start = _arrays.merge_near(end, start)
    if (bad := int(((start >= end) & (end > 0)).sum())) > 0:
        raise InputError("entry", f"{bad} of {len(end)} rows end before or when they start", "0 < exit")
    late = start if start.any() else None
    table = EventTable.from_arrays(Course.survival(), end, happened, entry=late, group=group)
    return follow_up_of_table(table, probability=probability, level=level, scale=scale)


@checked
def follow_up_of_table(
    table: EventTable, *, probability: float = 0.5, level: float = 0.95, scale: IntervalScale = "log-log"
) -> list[Estimate]:
    """`median_follow_up` of those who are counted in a table; any of its transitions is the event.

    Raises
    ------
    InputError : a course in which more than one state can be left.

    Examples
    --------
    >>> table = EventTable.from_arrays(Course.survival(), [3, 5, 6, 8, 11, 12, 14, 19], [1, 1, 0, 1, 0, 1, 0, 0])
    >>> follow_up_of_table(table)
    [14 (95% CI 6 to 19)]
    """
    if len(table.course.transient) > 1:
        raise InputError("table", "is of a course with several states that are left", "Course.survival()")
    # places in time: an event at the k-th time is 2k + 2, a censoring 2k + 3, and whoever enters then comes after both
    steps = len(table.times)
    places = np.arange(2, 2 * steps + 2, dtype=np.float64)
    ended, censored, entered = (_every_second(part, odd) for part, odd in _of(table))
    turned = EventTable.from_counts(
        Course.survival(), places, censored, ended, table.initial, entered=entered, groups=table.groups
    )
    curves = occupancy(turned)
    passed = table.times[(curves.times[1:].astype(np.intp) - 2) // 2]
    real = replace(curves, times=np.concatenate([[0.0], passed]))
    return real.quantile(probability, level=level, scale=scale)


def _of(table: EventTable) -> tuple[tuple[Counts, bool], ...]:
    """Events, censorings and entries (G, T, 1), and whether they come second at their time."""
    return (table.events.sum(axis=2, keepdims=True), False), (table.censored, True), (table.entered, True)


def _every_second(part: Counts, odd: bool) -> Counts:
    """Counts (G, T, 1) at one of two places for each time, (G, 2T, 1)."""
    found = np.zeros((part.shape[0], 2 * part.shape[1], 1), dtype=part.dtype)
    found[:, int(odd) :: 2] = part
    return found
