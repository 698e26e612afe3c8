"""Steps of the product integral: when hazards grow, by how much, and which transitions happen in each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass
from sarcoma._rising import rising
from sarcoma._types import Floats
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course
from sarcoma.survival.multistate.transition_hazard import TransitionHazard

Move = tuple[int, int, int]
"""Source, target and number of a transition."""

_SHORT = 201
_STEPS = 256  # at a time: what has to be kept of each stays in cache


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """Steps that end at `ends` (m,), with the baseline increments of D sets of K hazards in each, (m, D, K).

    `moves` are the transitions (source, target, hazard) that happen in each step, by source, `touched` the states that
    they change; `mixed` says where a state is both entered and left. An *event* is one transition in one step: those of
    step i are `first[i]` to `first[i + 1]`, `event_step` and `event_hazard` (E,) say which they are, and `source`
    numbers the states left, step by step. `rows` (m, K) is the knot of a hazard that jumps at the end of the step, −1
    where none, and `variance` (m, K) that of the jump.
    """

    ends: Floats
    increments: Floats
    variance: Floats
    rows: NDArray[np.intp]
    moves: list[list[Move]]
    touched: list[list[int]]
    mixed: list[bool]
    first: list[int]
    event_step: NDArray[np.intp]
    event_hazard: NDArray[np.intp]
    source: NDArray[np.intp]
    jumps_only: bool

    @classmethod
    def of_jumps(cls, course: Course, draws: Sequence[Sequence[TransitionHazard]]) -> Steps:
        """All steps of hazards that jump; several sets of them have the same knots."""
        hazards = draws[0]
        knots = _arrays.merge_near(*(h.times for h in hazards))
        ends = rising(np.concatenate(knots))
        rows = np.full((len(ends), len(hazards)), -1, dtype=np.intp)
        variance = np.zeros(rows.shape)
        increments = np.zeros((len(ends), len(draws), len(hazards)))
        for k, h in enumerate(hazards):
            place = np.searchsorted(ends, knots[k])
            rows[place, k] = np.arange(len(h.times))
            for d, drawn in enumerate(draws):
                increments[place, d, k] = drawn[k].increments
            if h.variance is not None:
                variance[place, k] = h.variance
        return cls._of(course, ends, increments, variance, rows, jumps_only=True)

    @classmethod
    def of_times(
        cls, course: Course, draws: Sequence[Sequence[TransitionHazard]], start: float, times: Floats
    ) -> Steps:
        """Short steps from `start` on, for Simpson's rule, where some hazard is smooth."""
        hazards = draws[0]
        even = np.linspace(start, times[-1], _SHORT)[1:]
        asked, even, *knots = _arrays.merge_near(times, even, *(h.times for h in hazards))
        ends = rising(np.concatenate([asked, even, *knots]))
        ends = ends[_arrays.later(ends, start) & _arrays.by(ends, times[-1])]
        before = np.concatenate([[start], ends])[:-1]
        increments = np.stack(
            [np.column_stack([h.cumulative(ends) - h.cumulative(before) for h in drawn]) for drawn in draws], axis=1
        )
        rows = np.full((len(ends), len(hazards)), -1, dtype=np.intp)
        variance = np.zeros(rows.shape)
        for k, h in enumerate(hazards):
            if h.smooth:
                continue
            place = np.searchsorted(knots[k], ends)
            there = (place < len(h.times)) & (knots[k][np.minimum(place, len(h.times) - 1)] == ends)
            rows[there, k] = place[there]
            increments[:, :, k] = 0.0
            for d, drawn in enumerate(draws):
                increments[there, d, k] = drawn[k].increments[place[there]]
            if h.variance is not None:
                variance[there, k] = h.variance[place[there]]
        return cls._of(course, ends, increments, variance, rows, jumps_only=False)

    @classmethod
    def _of(
        cls,
        course: Course,
        ends: Floats,
        increments: Floats,
        variance: Floats,
        rows: NDArray[np.intp],
        *,
        jumps_only: bool,
    ) -> Steps:
        by_source = np.argsort(course.sources, kind="stable")
        step, place = np.nonzero(increments[:, 0, by_source])
        hazard = by_source[place]
        moves: list[list[Move]] = [[] for _ in ends]
        for i, k in zip(step.tolist(), hazard.tolist(), strict=True):
            moves[i].append((*course.moves[k], k))
        touched = [sorted({state for move in some for state in move[:2]}) for some in moves]
        mixed = [not {a for a, _, _ in some}.isdisjoint(b for _, b, _ in some) for some in moves]
        first = np.searchsorted(step, np.arange(len(ends) + 1)).tolist()
        left = np.stack([step, course.sources[hazard]])
        source = np.cumsum(np.append(0, (left[:, 1:] != left[:, :-1]).any(axis=0))) if len(step) else step
        return cls(ends, increments, variance, rows, moves, touched, mixed, first, step, hazard, source, jumps_only)


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """The steps `begin` to `end` of `steps` that lie after `start` and up to the last of the times asked for; `wanted`
    (T,) are the steps done by each of these."""

    steps: Steps
    begin: int
    end: int
    start: float
    last: float
    wanted: NDArray[np.intp]

    @classmethod
    def of(cls, steps: Steps, start: float, times: Floats) -> Grid:
        begin = int(_arrays.upto(steps.ends, start))
        wanted = np.maximum(_arrays.upto(steps.ends, times), begin)
        return cls(steps, begin, int(wanted[-1]), start, float(times[-1]), wanted)

    def parts(self) -> Iterator[tuple[int, int]]:
        """The steps, some at a time: the first of them and the end."""
        yield from pairwise([*range(self.begin, self.end, _STEPS), self.end])
