"""What happened to people of whom is known only how many share a time and an event: for whoever counts them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.curves.follow_up import follow_up_of_table
from sarcoma.survival.measures.judged_cells import JudgedCells
from sarcoma.survival.measures.outcome import Estimand, free_at

_CODES = 3  # censored, the event, a competing one


class CountedOutcome:
    """`Outcome` of people who are counted, (R,) rows of them; no entry after time 0.

    Parameters
    ----------
    exit, event : (R,) as of `Outcome`: 0 = censored, 1 = the event predicted, 2 = a competing event. people : (R,) how
        many share them. estimand : as of `Outcome`.

    Raises
    ------
    InputError : another event, one person, nobody with the event, an estimand that does not fit.

    Examples
    --------
    >>> CountedOutcome([5, 8, 12], [1, 0, 2], [2, 1, 3], estimand="crude")
    CountedOutcome(crude, people=6, events=2)
    """

    @checked
    def __init__(self, exit: ArrayLike, event: ArrayLike, people: ArrayLike, *, estimand: Estimand) -> None:
        time = _arrays.floats("exit", exit, low=0.0)
        codes = _arrays.floats("event", event, len(time), low=0.0)
        self.people = _arrays.floats("people", people, len(time), low=0.0).astype(np.int64)
        if not np.isin(codes, (0, 1, 2)).all():
            raise InputError("event", "needs 0 = censored, 1 = the event, 2 = a competing one")
        if int(self.people.sum()) < 2:
            raise InputError("people", "one person is not enough to judge a prediction", "two or more")
        if not (codes == 1).any():
            raise InputError("event", "nobody has the event (code 1), so no prediction of it can be judged")
        rivals = bool((codes > 1).any())
        if estimand == "all-cause" and rivals:
            raise InputError("estimand", "all-cause, but competing events are coded (2)", '"crude" or "net"')
        if estimand == "crude" and not rivals:
            raise InputError("estimand", "crude, but no competing event is coded", '"all-cause"')
        self.estimand: Estimand = estimand
        self.code = np.where((codes > 1) & (estimand != "crude"), 0, codes).astype(np.intp)
        self.times, self.rank, _ = _arrays.ranks(time)
        self.exit: Floats = self.times[self.rank]
        self._cells: dict[float, tuple[JudgedCells, NDArray[np.intp]]] = {}

    def rows_of(self, exit: Floats, event: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The place among `times`, and the code, of times and events that are among those counted."""
        place = _arrays.upto(self.times, exit) - 1
        return place, np.where((event > 1) & (self.estimand != "crude"), 0, event).astype(np.intp)

    def __len__(self) -> int:
        return int(self.people.sum())

    def __repr__(self) -> str:
        return f"CountedOutcome({self.estimand}, people={len(self)}, events={self.events})"

    @property
    def events(self) -> int:
        """How many have the event."""
        return int(self.people[self.code == 1].sum())

    @cached_property
    def last_time(self) -> float:
        """The last time at which anyone was under observation."""
        return float(self.times[-1])

    @checked
    def event_by(self, time: float) -> int:
        """How many had the event by a time."""
        return int(self.people[(self.code == 1) & _arrays.by(self.exit, time)].sum())

    @checked
    def free_at(self, time: float) -> int:
        """How many are known to have had no event by a time."""
        return int(self.people[free_at(self.exit, self.code > 0, time, self.people)[0]].sum())

    @cached_property
    def person_time(self) -> float:
        """The time under observation of all of them."""
        return float((self.people * self.exit).sum())

    @cached_property
    def median_exit(self) -> float:
        """The median of the times, as `np.median` has it."""
        by = np.cumsum(np.bincount(self.rank, self.people, minlength=len(self.times)))
        n = len(self)
        middle = [self.times[np.searchsorted(by, place, side="right")] for place in ((n - 1) // 2, n // 2)]
        return float(np.mean(middle))

    @cached_property
    def median_follow_up(self) -> float:
        """By the reverse Kaplan–Meier estimator; NaN where everyone has an event."""
        if not self.people[self.code == 0].any():
            return float("nan")
        table = _event_table(self.times, self._counted(len(self.times)), len(self), self.causes)
        return float(follow_up_of_table(table)[0].value)

    def _counted(self, steps: int) -> NDArray[np.int64]:
        """(steps, 3) people by time and code, at the first so many times."""
        found = np.zeros((steps, _CODES), dtype=np.int64)
        inside = self.rank < steps
        np.add.at(found, (self.rank[inside], self.code[inside]), self.people[inside])
        return found

    @property
    def causes(self) -> int:
        """How many events there are that one can have."""
        return 2 if self.estimand == "crude" else 1

    @checked
    def cells(self, horizon: float) -> tuple[JudgedCells, NDArray[np.intp]]:
        """The cells of the table that ends at a horizon, and the cell of each row, (R,).

        Raises
        ------
        InputError : a horizon after the last time, or without an event by then.
        """
        time = _arrays.one_time("horizon", horizon)
        if time not in self._cells:
            self._cells[time] = self._cells_by(time)
        return self._cells[time]

    def _cells_by(self, time: float) -> tuple[JudgedCells, NDArray[np.intp]]:
        if _arrays.later(time, self.last_time):
            raise InputError("horizon", f"nobody was under observation after {self.last_time:g}", f"{self.last_time:g}")
        if not self.event_by(time):
            raise InputError("horizon", "nobody has had the event by then", "a later one")
        inside = int(_arrays.upto(self.times, time))
        within = self.rank < inside
        beyond = int(self.people[~within].sum())
        cells = cells_of_counts(self.times[:inside], self._counted(inside), beyond, time, self.causes)
        kind = np.where(self.code == 0, self.causes, self.code - 1)
        where = np.where(within, self.rank * (self.causes + 1) + kind, len(cells.people) - 1)
        return cells, where.astype(np.intp)


def cells_of_counts(
    times: Floats, counts: NDArray[np.int64], beyond: int, horizon: float, causes: int = 1
) -> JudgedCells:
    """The cells of people who are counted by time and code up to a horizon.

    Parameters
    ----------
    times : (T,) increasing, none after the horizon. counts : (T, 3) censored, with the event, with a competing one.
    beyond : how many are still there after the horizon. causes : 1 or 2.
    """
    if not len(times) or not _arrays.at(times[-1], horizon):
        times, counts = np.append(times, horizon), np.concatenate([counts, np.zeros((1, _CODES), dtype=np.int64)])
    return JudgedCells(_event_table(times, counts, int(counts.sum()) + beyond, causes))


def _event_table(times: Floats, counts: NDArray[np.int64], people: int, causes: int) -> EventTable:
    course = Course.competing(("event", "competing")[:causes])
    return EventTable.from_counts(course, times, counts[None, :, 1 : 1 + causes], counts[None, :, :1], [[people]])
