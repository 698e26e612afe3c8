"""The variance of state probabilities: the delta method for product integrals."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass
from sarcoma._types import Floats
from sarcoma.survival.multistate.step_block import Column, StepBlock, over_sources
from sarcoma.survival.multistate.steps import Steps
from sarcoma.survival.multistate.transition_hazard import TransitionHazard


@dataclass(frozen=True, eq=False, slots=True)
class SpreadTable:
    """What is known of how hazards vary, event by event: the variance (E,) of each jump, the means (E, P) of the
    coefficients' columns, which hazard it is of (E, K) (0 where the hazard does not jump); the covariance (P, P) of all
    coefficients and the hazard (P,) of each."""

    variance: Floats
    means: Floats
    jumps: Floats
    covariance: Floats
    hazard: NDArray[np.intp]

    @classmethod
    def of(cls, hazards: Sequence[TransitionHazard], steps: Steps) -> SpreadTable:
        widths = [len(h.columns) for h in hazards]
        ends = np.cumsum([0, *widths])
        knot = steps.rows[steps.event_step, steps.event_hazard]
        means = np.zeros((len(knot), int(ends[-1])))
        jumps = np.zeros((len(knot), len(hazards)))
        covariance = np.zeros((int(ends[-1]), int(ends[-1])))
        for k, h in enumerate(hazards):
            part = slice(ends[k], ends[k + 1])
            here = np.flatnonzero((steps.event_hazard == k) & (knot >= 0))
            jumps[here, k] = 1.0
            if h.columns and h.means is not None and h.covariance is not None:
                means[here, part] = h.means[knot[here]]
                covariance[part, part] = h.covariance
        variance = steps.variance[steps.event_step, steps.event_hazard]
        return cls(variance, means, jumps, covariance, np.repeat(np.arange(len(hazards)), widths))


class Spread:
    """The variance of the occupancy of n people, part by part of the steps.

    V ← MᵀVM + Σ_k p_k² v_k d_k d_kᵀ for the increments and J_k ← MᵀJ_k + p_k dA_k d_k (x − x̄_k)ᵀ for the coefficients
    of hazard k, with d_k = (+1 at its target, −1 at its source) and M the step. With the exponential the change acts in
    the middle of the step, which is exact for leaving a state. What each change means at the end of some steps is
    found backwards from there, all changes then added at once.
    """

    def __init__(
        self, table: SpreadTable, covariates: Floats, relative: Floats, states: int, wanted: NDArray[np.intp]
    ) -> None:
        n = len(relative)
        self.table = table
        self.covariates, self.relative = covariates.T, relative.T
        self.v = np.zeros((states, states, n))
        self.j = np.zeros((covariates.shape[1], states, n))
        self.wanted = set(wanted.tolist())
        self.found: dict[int, Floats] = {}

    def add(self, part: StepBlock, leaving: list[Column]) -> None:
        """Some steps, with who is in the state that each event leaves: before the step, or in the middle of a general
        one."""
        there = np.array(leaving).reshape(len(leaving), self.v.shape[2])
        begin = part.begin
        for stop in sorted({stop for stop in self.wanted if begin < stop < part.end} | {part.end}):
            self._move(part, begin, stop, there)
            self.read(stop)
            begin = stop

    def read(self, done: int) -> None:
        """Keep the variance after so many steps, (n, S), if it is wanted."""
        if done in self.wanted:
            moved = (self.table.covariance @ self._flat(self.j)).reshape(self.j.shape)
            self.found[done] = np.einsum("ssn->ns", self.v) + (self.j * moved).sum(axis=0).T

    @staticmethod
    def _flat(values: Floats) -> Floats:
        """(k, S, n) as (k, S · n)."""
        return values.reshape(len(values), values.shape[1] * values.shape[2])

    def _move(self, part: StepBlock, begin: int, end: int, leaving: Floats) -> None:
        first, last = part.events_of(begin)[0], part.events_of(end - 1)[1]
        if first == last:
            return
        here, table = slice(first, last), self.table
        every = slice(part.events.start + first, part.events.start + last)
        changes, ways = self._backward(part, begin, end, here)
        there = leaving[here]
        if not part.product:  # to the middle of the step
            half = np.where(part.general[here, None], 0.0, part.half[here])
            sources = part.steps.source[every]
            there = there * (1 - over_sources(half, sources))
            changes -= over_sources(half[:, None] * changes, sources)
        size = there * self.relative[part.steps.event_hazard[every]]
        weight = size**2 * table.variance[every, None]
        self.v = np.einsum("stn,sun->tun", np.einsum("stn,tun->sun", self.v, ways), ways)
        self.v += np.einsum("esn,etn->stn", weight[:, None] * changes, changes)
        if len(self.j):
            moved = self._flat((there * part.rates[here])[:, None] * changes)
            of_hazard = (table.jumps[every].T @ moved).reshape(-1, *changes.shape[1:])
            self.j = np.einsum("psn,stn->ptn", self.j, ways) + self.covariates[:, None] * of_hazard[table.hazard]
            self.j -= (table.means[every].T @ moved).reshape(self.j.shape)

    def _backward(self, part: StepBlock, begin: int, end: int, here: slice) -> tuple[Floats, Floats]:
        """For each event, what a move from its source to its target just after it (in general steps: in the middle of
        it) means at the end, (E, S, n), and the product of all steps, (S, S, n)."""
        s, _, n = self.v.shape
        if n == 1:
            return self._backward_of_one(part, begin, end, here)
        changes = np.empty((here.stop - here.start, s, n))
        after: list[Column] = list(np.repeat(np.eye(s)[:, :, None], n, axis=2))
        for step in range(end - 1, begin - 1, -1):
            moves = part.steps.moves[step]
            first = part.events_of(step)[0] - here.start
            if len(moves) == 1:  # as at most times: the general way below gives the same
                ((a, b, _),) = moves
                after[a] = (
                    after[a] + np.subtract(after[b], after[a], out=changes[first]) * part.each[here.start + first]
                )
                continue
            general = part.is_general(step)
            if general:
                after = part.backward(after, step, half=True)
            for e, (a, b, _) in enumerate(moves, first):
                np.subtract(after[b], after[a], out=changes[e])
            after = part.backward(after, step, half=general)
        return changes, np.stack(after)

    def _backward_of_one(self, part: StepBlock, begin: int, end: int, here: slice) -> tuple[Floats, Floats]:
        """The same for one person, in plain numbers."""
        s = len(self.v)
        changes: list[list[float]] = [[]] * (here.stop - here.start)
        after: list[list[float]] = np.eye(s).tolist()
        for step in range(end - 1, begin - 1, -1):
            moves = part.steps.moves[step]
            event = part.events_of(step)[0]
            rows = part.matrix(step, s, half=True) if part.is_general(step) else None
            if rows is not None:
                after = _applied(rows, after)
            found = after.copy()
            for e, (a, b, _) in enumerate(moves, event):
                change = [to - of for to, of in zip(after[b], after[a], strict=True)]
                changes[e - here.start] = change
                if rows is None:
                    share = part.each[e]
                    found[a] = [x + share * y for x, y in zip(found[a], change, strict=True)]
            after = found if rows is None else _applied(rows, after)
        return np.array(changes)[:, :, None], np.array(after)[:, :, None]


def _applied(matrix: list[list[float]], after: list[list[float]]) -> list[list[float]]:
    """The rows of a matrix applied to what follows each state."""
    columns = list(zip(*after, strict=True))
    return [[sum(map(mul, row, column)) for column in columns] for row in matrix]
