"""The event table: what the product-limit estimators need to know, and nothing about anyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.counts import (
    PARTS,
    Counts,
    at_risk,
    checked_counts,
    checked_groups,
    checked_times,
    long_rows,
)
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.cross_count import cross_count
from sarcoma.survival.counting.histories import Histories

SCHEMA = "sarcoma-outlook/event-table"
VERSION = 1


@dataclass(frozen=True, eq=False, repr=False)
class EventTable(Tidy):
    """Counts at each distinct time: transitions, censorings and entries, per group.

    With G groups, T times, K transitions and Q transient states:

    Attributes
    ----------
    times : (T,) increasing; every time at which something was counted.
    events : (G, T, K) transitions.
    censored : (G, T, Q) rows that end without a transition.
    entered : (G, T, Q) rows that start at this time; they are at risk after it.
    initial : (G, Q) rows that are at risk from time 0 on.
    groups : labels of the groups, (None,) for one without a name.
    squares : with weights, the same table of squared weights (for variances).

    Tables of the same course add: the table of a union is the sum of the tables, so that hospitals pool exactly. Make
    them by `from_arrays`, `from_histories`, `from_counts` or `of_data`, which check what they are given.

    Examples
    --------
    >>> table = EventTable.from_arrays(Course.survival(), exit=[5, 8, 8], to=[1, 0, 1])
    >>> table
    EventTable(times=2, alive → dead: 2)
    >>> table.at_risk[0, :, 0].tolist()
    [3, 2]
    """

    course: Course
    times: Floats
    events: Counts
    censored: Counts
    entered: Counts
    initial: Counts
    groups: tuple[Any, ...] = (None,)
    squares: EventTable | None = None

    @classmethod
    @checked
    def from_arrays(cls, course: Course, exit: ArrayLike, to: ArrayLike, **columns: Any) -> EventTable:
        """Count histories given as arrays; the arguments are those of `Histories`."""
        return cls.from_histories(Histories(course, exit, to, **columns))

    @classmethod
    @checked
    def from_histories(cls, histories: Histories) -> EventTable:
        """Count histories: O(n) on a lattice of whole numbers, else one sort."""
        table = cls._count(histories, histories.weight)
        if histories.weight is None:
            return table
        return replace(table, squares=cls._count(histories, histories.weight**2))

    @classmethod
    @checked
    def from_counts(
        cls,
        course: Course,
        times: ArrayLike,
        events: ArrayLike,
        censored: ArrayLike,
        initial: ArrayLike,
        *,
        entered: ArrayLike | None = None,
        groups: Any = (None,),
        squares: Mapping[str, ArrayLike | None] | None = None,
    ) -> EventTable:
        """A table that was counted elsewhere, checked.

        Parameters
        ----------
        times, events, censored, initial, entered, groups : as the attributes; nobody enters late where not given.
        squares : of weighted counts, those of squared weights: events, censored, initial and perhaps entered.

        Raises
        ------
        InputError : names the argument: a wrong shape, times that do not increase, counts that are missing, negative or
            not whole, more people leaving a state than are at risk in it.

        Examples
        --------
        >>> EventTable.from_counts(
        ...     Course.survival(), times=[5, 8], events=[[[1], [1]]], censored=[[[0], [1]]], initial=[[3]])
        EventTable(times=2, alive → dead: 2)
        """
        if not isinstance(course, Course):
            raise InputError("course", "is not a Course", "Course.survival()")
        when, labels = checked_times(times), checked_groups(groups)
        size = (course, len(when), len(labels))
        given = {"events": events, "censored": censored, "entered": entered, "initial": initial}
        counts: dict[str, Any] = checked_counts(*size, given, weighted=squares is not None)
        if squares is None:
            return cls(course, when, **counts, groups=labels)
        squared: dict[str, Any] = checked_counts(*size, squares, weighted=True, of="squares.")
        return cls(course, when, **counts, groups=labels, squares=cls(course, when, **squared, groups=labels))

    @classmethod
    @checked
    def of_counts(cls, course: Course, rows: Any) -> EventTable:
        """A table from long rows – group, time, kind, n – which is what an engine that groups and counts gives.

        Parameters
        ----------
        rows : a mapping of four columns, or a frame that has them, in any order of rows. `kind` of K transitions and Q
            transient states: k < K is the k-th transition; K + q, rows that end in the q-th transient state without
            one; K + Q + q, rows that start in it, which are at risk after their time, and at time 0 from the start on.
            `group` holds labels, and can be left out where there is one group. Rows of one time and kind add.

        Raises
        ------
        InputError : a column is missing or another length, a time or kind that cannot be, counts as in `from_counts`.

        Examples
        --------
        >>> rows = {"time": [0, 5, 8, 8], "kind": [2, 0, 0, 1], "n": [3, 1, 1, 1]}
        >>> EventTable.of_counts(Course.survival(), rows)
        EventTable(times=2, alive → dead: 2)
        """
        if not isinstance(course, Course):
            raise InputError("course", "is not a Course", "Course.survival()")
        time, kind, n, group, labels = long_rows(course, rows)
        k, q, g = len(course.transitions), len(course.transient), len(labels)
        initial = np.zeros((g, q))
        first = (time == 0) & (kind >= k + q)
        np.add.at(initial, (group[first], kind[first] - k - q), n[first])
        time, kind, n, group = time[~first], kind[~first], n[~first], group[~first]
        times, at = np.unique(time, return_inverse=True)
        counts = np.zeros((g, len(times), k + 2 * q))
        np.add.at(counts, (group, at.reshape(-1), kind), n)
        parts: dict[str, Any] = {
            "events": counts[:, :, :k],
            "censored": counts[:, :, k : k + q],
            "entered": counts[:, :, k + q :],
        }
        return cls.from_counts(course, times, initial=initial, groups=labels, **parts)

    @classmethod
    @checked
    def of_data(cls, data: Mapping[str, Any]) -> EventTable:
        """The table that `to_data` wrote, checked as by `from_counts`.

        Raises
        ------
        InputError : names the key: another schema or version, a key that is missing or unknown, wrong counts.
        """
        if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
            raise InputError("schema", "this is not an event table", f'"schema": "{SCHEMA}"')
        if data.get("version") != VERSION:
            raise InputError("version", "is not one that can be read here", f'"version": {VERSION}')
        keys = ("schema", "version", "states", "transitions", "times", *PARTS, "groups", "squares")
        missing = [key for key in keys if key not in data]
        if missing or len(data) > len(keys):
            raise InputError(missing[0] if missing else "keys", "is missing" if missing else "some are not known")
        try:
            course = Course(tuple(data["states"]), tuple((a, b) for a, b in data["transitions"]))
        except (TypeError, ValueError):
            raise InputError("transitions", "must be pairs of names of states", '[["alive", "dead"]]') from None
        squares = data["squares"]
        if squares is not None and not isinstance(squares, Mapping):
            raise InputError("squares", "must be counts of squared weights, or null", "null")
        parts = {name: data[name] for name in PARTS}
        return cls.from_counts(course, data["times"], **parts, groups=data["groups"], squares=squares)

    def to_data(self) -> dict[str, Any]:
        """The table as what JSON can hold: dictionaries, lists, text and numbers; `of_data` gives it back exactly.

        Raises
        ------
        InputError : labels of groups that JSON does not know.

        Examples
        --------
        >>> table = EventTable.from_arrays(Course.survival(), exit=[5, 8, 8], to=[1, 0, 1])
        >>> table.to_data()["events"]
        [[[1], [1]]]
        """
        if not all(label is None or isinstance(label, (str, int, float)) for label in self.groups):
            raise InputError("groups", "labels must be text or numbers to be written", '["A", "B"]')
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "states": list(self.course.states),
            "transitions": [list(pair) for pair in self.course.transitions],
            "times": self.times.tolist(),
            **{name: getattr(self, name).tolist() for name in PARTS},
            "groups": list(self.groups),
            "squares": None if self.squares is None else {n: getattr(self.squares, n).tolist() for n in PARTS},
        }

    @classmethod
    @checked
    def empty(cls, course: Course, groups: tuple[Any, ...] = (None,)) -> EventTable:
        """A table of nobody, to add others to."""
        groups = checked_groups(groups)
        g, k, q = len(groups), len(course.transitions), len(course.transient)
        transitions, people = np.zeros((g, 0, k), dtype=np.int64), np.zeros((g, 0, q), dtype=np.int64)
        return cls(course, np.zeros(0), transitions, people, people, np.zeros((g, q), dtype=np.int64), groups)

    @classmethod
    def _count(cls, rows: Histories, weight: Floats | None) -> EventTable:
        course = rows.course
        k, q, g = len(course.transitions), len(course.transient), len(rows.groups)
        position = np.array([course.transient.index(s) if s in course.transient else -1 for s in course.states])
        time, kind, group, w = rows.exit, rows.kind, rows.group, weight
        kinds = k + q
        initial = np.zeros((g, q), dtype=np.int64 if w is None else np.float64)
        if rows.entry is None and rows.origin is None and group is None:
            initial[0, 0] = len(rows) if w is None else w.sum()
        else:
            start = np.zeros(len(rows), dtype=np.intp) if group is None else group * q
            if rows.origin is not None:
                start = start + position[rows.origin]
            first = slice(None) if rows.entry is None else rows.entry == 0
            counted = np.bincount(start[first], None if w is None else w[first], minlength=g * q)
            initial[...] = counted.reshape(g, q)
            if rows.entry is not None:
                later = rows.entry > 0
                kinds += q
                time = np.concatenate([time, rows.entry[later]])
                kind = np.concatenate([kind, (k + q + position[rows.state[later]]).astype(np.int16)])
                group = None if group is None else np.concatenate([group, group[later]])
                w = None if w is None else np.concatenate([w, w[later]])
        times, counts = cross_count(time, kind, kinds, group, g, w)
        entered = (
            counts[:, :, k + q :] if kinds > k + q else np.broadcast_to(np.zeros((), counts.dtype), (g, len(times), q))
        )
        table = cls(course, times, counts[:, :, :k], counts[:, :, k : k + q], entered, initial, rows.groups)
        if kinds > k + q and table.at_risk.min() < 0:  # three times or more, each the same as the next
            raise InputError("entry", "some rows are so short that they begin and end at one time", "0 < exit")
        return table

    def __repr__(self) -> str:
        total = self.events.sum(axis=(0, 1))
        shown = ", ".join(
            f"{a} → {b}: {int(n) if self.events.dtype.kind == 'i' else round(float(n), 1)}"
            for (a, b), n in zip(self.course.transitions, total, strict=True)
        )
        groups = "" if self.groups == (None,) else f", groups={len(self.groups)}"
        return f"EventTable(times={len(self.times)}{groups}, {shown})"

    @cached_property
    def at_risk(self) -> Counts:
        """(G, T, Q) number (weight) at risk in each transient state just before each time."""
        return at_risk(self.course, self.events, self.censored, self.entered, self.initial)

    def __add__(self, other: EventTable) -> EventTable:
        if not isinstance(other, EventTable):
            return NotImplemented
        if other.course != self.course:
            raise InputError("table", "the two tables are of different courses and cannot be added")
        if (self.squares is None) != (other.squares is None):
            raise InputError("table", "one table is weighted and the other is not; give the other weights of 1")
        mine_times, other_times = _arrays.merge_near(self.times, other.times)
        times = np.union1d(mine_times, other_times)
        groups = self.groups + tuple(label for label in other.groups if label not in self.groups)
        parts: dict[str, Counts] = {}
        for name in PARTS:
            mine = getattr(self, name)
            shape = (len(groups), *((len(times),) if name != "initial" else ()), mine.shape[-1])
            parts[name] = np.zeros(shape, dtype=np.result_type(mine, getattr(other, name), np.int64))
            for table, when in ((self, mine_times), (other, other_times)):
                where = np.array([groups.index(label) for label in table.groups])
                if name == "initial":
                    parts[name][where] += getattr(table, name)
                    continue
                at = np.searchsorted(times, when)
                if (np.diff(at) > 0).all():
                    parts[name][np.ix_(where, at)] += getattr(table, name)
                else:  # a time of the other table makes two of these one
                    np.add.at(parts[name], np.ix_(where, at), getattr(table, name))
        squares = None if self.squares is None or other.squares is None else self.squares + other.squares
        return EventTable(self.course, times, **parts, groups=groups, squares=squares)

    @checked
    def on_grid(self, edges: ArrayLike) -> EventTable:
        """The same counts by interval, so that a table of exact days becomes one of months: smaller, and about nobody.

        Parameters
        ----------
        edges : (E,) increasing ends of intervals after 0, the last at or after the last time. Transitions in an
            interval count at its end, and after them the rows that end without one; rows that start in it (at its end:
            in the next) count at its beginning. So whoever is at risk at some time of an interval is at risk in all of
            it (who moves, in both states), nobody leaves who was not there, and no hazard is overstated. On edges that
            hold every time nothing changes.

        Raises
        ------
        InputError : edges that do not increase, or do not reach the last time.

        Examples
        --------
        >>> table = EventTable.from_arrays(Course.survival(), exit=[5, 8, 8, 14], to=[1, 0, 1, 0])
        >>> table.on_grid([6, 12, 18]).to_data()["events"]
        [[[1], [1], [0]]]
        """
        ends = checked_times(edges)
        if not len(ends) or ends[0] <= 0 or (len(self.times) and ends[-1] < self.times[-1]):
            raise InputError("edges", "must be above 0 and reach the last time of the table", "[12.0, 24.0]")
        within = np.searchsorted(ends, self.times, side="left")  # the interval (a, b] of what ends at a time
        from_start = np.searchsorted(ends, self.times, side="right")  # the interval [a, b) of what starts at a time
        shape = (len(self.groups), len(ends))
        parts: dict[str, Counts] = {}
        for name in ("events", "censored"):
            mine = getattr(self, name)
            parts[name] = np.zeros((*shape, mine.shape[-1]), dtype=np.result_type(mine, np.int64))
            np.add.at(parts[name].swapaxes(0, 1), within, mine.swapaxes(0, 1))
        entered = np.zeros((shape[0], len(ends) + 1, self.entered.shape[-1]), np.result_type(self.entered, np.int64))
        np.add.at(entered.swapaxes(0, 1), from_start, self.entered.swapaxes(0, 1))
        parts["initial"] = self.initial + entered[:, 0]
        parts["entered"] = entered[:, 1:]  # of those in (b, c) stand at b
        squares = None if self.squares is None else self.squares.on_grid(ends)
        return EventTable(self.course, ends, **parts, groups=self.groups, squares=squares)

    def pooled(self) -> EventTable:
        """All groups as one."""
        parts = {name: getattr(self, name).sum(axis=0, keepdims=True) for name in PARTS}
        squares = None if self.squares is None else self.squares.pooled()
        return EventTable(self.course, self.times, **parts, squares=squares)

    @checked
    def select(self, group: Any) -> EventTable:
        """One group alone, without a name.

        Raises
        ------
        InputError : there is no such group.
        """
        if not _arrays.is_label(group) or group not in self.groups:
            raise InputError("group", f"not one of {', '.join(map(str, self.groups))}")
        i = self.groups.index(group)
        parts = {name: getattr(self, name)[i : i + 1] for name in PARTS}
        squares = None if self.squares is None else self.squares.select(group)
        return EventTable(self.course, self.times, **parts, squares=squares)

    def columns(self) -> dict[str, Any]:
        """One row a group and time: the number at risk per state and the transitions."""
        g, t = len(self.groups), len(self.times)
        columns: dict[str, Any] = {} if self.groups == (None,) else {"group": np.repeat(self.groups, t)}
        columns["time"] = np.tile(self.times, g)
        for q, state in enumerate(self.course.transient):
            columns[f"at risk: {state}"] = self.at_risk[:, :, q].ravel()
            columns[f"censored: {state}"] = self.censored[:, :, q].ravel()
        for k, (a, b) in enumerate(self.course.transitions):
            columns[f"{a} → {b}"] = self.events[:, :, k].ravel()
        return columns
