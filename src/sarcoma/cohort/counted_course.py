"""A course counted in a cohort: what is said of it without looking at anyone's row again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.survival import Course, EventTable


@dataclass(frozen=True, eq=False)
class CountedCourse:
    """Counts of one course, wherever they were counted.

    table : of one group. patients : how many people it counts. ever : by state that can be left but is not the first,
    how many were ever seen in it. left_out : how many it does not count, by reason.
    """

    table: EventTable
    patients: int
    ever: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    @classmethod
    @checked
    def of(cls, counted: CountedHistories) -> CountedCourse:
        """Of histories in memory."""
        ever = {state: counted.ever_in(state) for state in several(counted.course)}
        return cls(counted.table, counted.patients, ever, dict(counted.left_out))

    @property
    def course(self) -> Course:
        return self.table.course

    @cached_property
    def _passed(self) -> NDArray[np.int64]:
        """(T + 1, K) transitions by each time, from none."""
        events = self.table.events[0]
        return np.concatenate([np.zeros((1, events.shape[1]), np.int64), np.cumsum(events, axis=0)]).astype(np.int64)

    def _into(self, state: str) -> NDArray[np.bool_]:
        """(K,) the transitions by which a state is reached; of a state that can be left, those by which it is not."""
        own = np.array([target == state for _, target in self.course.transitions])
        return ~own if state in self.course.transient else own

    @checked
    def reached(self, state: str, by: float = np.inf) -> int:
        """How many reached a state by a time; of a state that is left, how many left it."""
        return int(self._by(self._into(state), np.array([by]))[0])

    def reached_by(self, state: str, times: ArrayLike) -> tuple[int, ...]:
        """The same at many times."""
        return tuple(self._by(self._into(state), np.asarray(times, dtype=np.float64)).tolist())

    def _by(self, which: NDArray[np.bool_], times: NDArray[np.float64]) -> NDArray[np.int64]:
        place = np.searchsorted(self.table.times, times, side="right")
        found: NDArray[np.int64] = self._passed[place][:, which].sum(axis=1)
        return found

    @checked
    def at_risk(self, time: float) -> int:
        """How many are under observation just before a time; at 0, from the start on."""
        return int(self._there(time).sum())

    def _there(self, time: float) -> NDArray[np.int64]:
        """(Q,) how many are in each state just before a time."""
        if time <= 0:
            return np.asarray(self.table.initial[0])
        place = int(np.searchsorted(self.table.times, time))
        if place == len(self.table.times):
            return np.zeros(len(self.course.transient), dtype=np.int64)
        return np.asarray(self.table.at_risk[0, place])

    @checked
    def seen_in(self, state: str, time: float) -> int:
        """How many are seen in a state at a time; of a state that is never left, who has come to it by then."""
        if state in self.course.transient:
            return int(self._there(time)[self.course.transient.index(state)])
        return self.reached(state, time)

    @checked
    def ever_in(self, state: str) -> int:
        """How many were seen in a state at all."""
        if state in self.ever:
            return self.ever[state]
        return self.patients if state in self.course.transient else self.reached(state)

    @property
    def late(self) -> int:
        """How many rows come under observation after the start."""
        return int(self.table.entered.sum())

    @property
    def followed_free(self) -> int:
        """How many rows end without anything that is counted."""
        return int(self.table.censored.sum())

    @checked
    def followed_by(self, least: int) -> float:
        """The time up to which, once most are in, at least so many are under observation; 0 if they never are."""
        ends = np.flatnonzero((self.table.events[0].sum(axis=1) + self.table.censored[0].sum(axis=1)) > 0)
        there = self.table.at_risk[0, ends].sum(axis=1)
        most = int(np.argmax(there))
        few = np.flatnonzero(there[most:] < least)
        last = most + (int(few[0]) if len(few) else len(there) - most) - 1
        return float(self.table.times[ends[last]]) if last >= most else 0.0


def several(course: Course) -> tuple[str, ...]:
    """The states of a course that people come to and leave again: who was in one is not told by an event table."""
    return course.transient if len(course.transient) > 1 else ()
