"""The first engine of counting plans: NumPy arrays in memory, with the history of each patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Flags, Floats
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.counting_plan import CountingPlan, Exclusion
from sarcoma.errors import CohortError

Columns = Mapping[str, NDArray[Any]]


def count(plan: CountingPlan, patients: Columns) -> CountedHistories:
    """The histories of a plan's course.

    Parameters
    ----------
    patients : columns (n,) as `counting_plan` names them, those of events that the plan does not count perhaps without.

    Raises
    ------
    CohortError : nobody is left to count.
    """
    since, entry, end, there = _since(plan, patients)
    if plan.follow == "first-event":
        end, to = _first_event(plan, patients, since)
        changes: list[tuple[Floats, NDArray[np.intp]]] = []
    else:
        changes, to = _all_events(plan, patients, since)
    out = _out(plan.exclusions, patients, since, entry, end, there)
    kept = np.flatnonzero(out == -1)
    left_out = {e.because: int((out == i).sum()) for i, e in enumerate(plan.exclusions) if (out == i).any()}
    if not len(kept):
        raise CohortError("nobody is left to count for this course")
    rows = _histories(entry[kept], end[kept], to[kept], [(time[kept], after[kept]) for time, after in changes])
    who, start, stop, origin, target = rows
    return CountedHistories(plan.course, kept[who], start, stop, origin, target, left_out)


def _since(plan: CountingPlan, patients: Columns) -> tuple[dict[str, Floats], Floats, Floats, Flags]:
    """Months since time 0 of everything that is counted, those of entry and end, and who has a time 0."""
    n = len(patients["end"])
    zero = np.zeros(n) if plan.time_zero is None else patients[plan.time_zero]
    there = ~np.isnan(zero)
    since: dict[str, Floats] = {
        name: np.maximum(patients[name] - np.where(there, zero, 0.0), 0.0) for name in ("entry", "end", *plan.events)
    }
    return since, since["entry"] if plan.delayed_entry == "honoured" else np.zeros(n), since["end"], there


def left_out(plan: CountingPlan, patients: Columns) -> NDArray[np.intp]:
    """(n,) the place of the exclusion by which each patient is left out, −1 of who is counted, −2 without a time 0."""
    since, entry, end, there = _since(plan, patients)
    if plan.follow == "first-event":
        end, _ = _first_event(plan, patients, since)
    return _out(plan.exclusions, patients, since, entry, end, there)


def _out(
    exclusions: Iterable[Exclusion], patients: Columns, since: Columns, entry: Floats, end: Floats, there: Flags
) -> NDArray[np.intp]:
    """(n,) the place of the exclusion by which each patient is left out, −1 without one, −2 of who has no time 0."""
    found = np.where(there, -1, -2).astype(np.intp)
    for place, exclusion in enumerate(exclusions):
        match exclusion.reason:
            case "untimed":
                flags = _any(patients[f"{event} untimed"] for event in exclusion.events)
            case "at-origin":
                flags = there & _any(since[event] <= 0 for event in exclusion.events)
            case "before-entry":
                flags = there & (end <= entry) & (entry > 0)
            case "no-time":
                flags = there & (entry >= end) & (end > 0)
        found[flags & (found < 0)] = place
    return found


def _any(flags: Iterable[Flags]) -> Flags:
    return np.asarray(np.logical_or.reduce(list(flags)))


def _states(plan: CountingPlan, events: frozenset[Any], organ: NDArray[Any]) -> NDArray[np.intp]:
    """(n,) the state that these events lead to, by the first organ."""
    general, of_organ = plan.reached(events)
    positions = [of_organ.get(o, general) for o in organ.tolist()] if of_organ else [general] * len(organ)
    return np.array([-1 if position is None else position for position in positions], dtype=np.intp)


def _first_event(plan: CountingPlan, patients: Columns, since: Columns) -> tuple[Floats, NDArray[np.intp]]:
    """When what is counted ends, (n,), and the state that it leads to, −1 where nothing happened."""
    end, to = since["end"].copy(), np.full(len(since["end"]), -1, dtype=np.intp)
    first = np.full(len(end), np.inf)
    for event in plan.events:
        sooner = since[event] < first  # of events on one day, the one before in the order of ties has come already
        first = np.where(sooner, since[event], first)
        to = np.where(sooner, _states(plan, frozenset((event,)), patients["organ"]), to)
    return np.where(np.isfinite(first), first, end), to


def _all_events(
    plan: CountingPlan, patients: Columns, since: Columns
) -> tuple[list[tuple[Floats, NDArray[np.intp]]], NDArray[np.intp]]:
    """The changes (time, state after) in order of time, NaN where there is none, and the state at the end, if death."""
    events = [event for event in plan.events if event != "death"]
    times = np.array([since[event] for event in events]).reshape(len(events), -1).T
    order = np.argsort(times, axis=1, kind="stable")  # NaN come last
    changes = []
    happened = np.zeros(len(times), dtype=np.intp)  # the events so far, one bit each
    for step in range(len(events)):
        happened |= 1 << order[:, step]
        after = np.full(len(times), -1, dtype=np.intp)
        for code in np.unique(happened).tolist():
            so_far = frozenset(event for i, event in enumerate(events) if code >> i & 1)
            here = happened == code
            after[here] = _states(plan, so_far, patients["organ"][here])
        changes.append((np.take_along_axis(times, order[:, [step]], axis=1)[:, 0], after))
    died = ~np.isnan(since["death"])
    return changes, np.where(died, _states(plan, frozenset(("death",)), patients["organ"]), -1)


def _histories(
    entry: Floats, end: Floats, to: NDArray[Any], changes: list[tuple[Floats, NDArray[Any]]]
) -> tuple[NDArray[Any], ...]:
    """Histories of n patients, (patient, entry, exit, origin, to) by row: the changes (time, state after) in order of
    time, then the end and what it was (0 or −1: censored, as the course has it).

    A state is left only after some time in it: of changes on one day the last one counts.
    """
    n = len(end)
    times = np.column_stack([*(time for time, _ in changes), end])
    states = np.column_stack([*(after for _, after in changes), to]).astype(np.intp)
    happens = ~np.isnan(times)
    if changes:  # an end without an event leaves the state as it is
        happens[:, -1] = True
    state = np.zeros(n, dtype=np.intp)
    begin = np.zeros(n)
    parts = []
    for j in range(times.shape[1]):
        last = j == times.shape[1] - 1
        # the change that counts at this time is the last one of the day
        target = states[:, j].copy()
        for k in range(j + 1, times.shape[1]):
            same = happens[:, k] & (times[:, k] <= times[:, j]) & (states[:, k] >= 0)
            target = np.where(same, states[:, k], target)
        starts_here = (times[:, j] <= begin) & ~(last & (begin == 0) & (state == 0))
        use = happens[:, j] & ~starts_here
        who = np.flatnonzero(use)
        parts.append((who, begin[who], times[who, j], state[who], target[who]))
        moved = happens[:, j] & (target >= 0) & (not last)
        state = np.where(moved, target, state)
        begin = np.where(happens[:, j], np.fmax(begin, times[:, j]), begin)
    who, start, stop, origin, target = (np.concatenate([p[i] for p in parts]) for i in range(5))
    start = np.maximum(start, entry[who])
    seen = (start < stop) | ((stop == 0) & (start == 0))
    return who[seen], start[seen], stop[seen], origin[seen], target[seen]
