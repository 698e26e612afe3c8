"""State probabilities forward in time: product integrals, their variance, and renewal equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sarcoma.survival._arrays import Floats
from sarcoma.survival.course import Course
from sarcoma.survival.transition_hazard import TransitionHazard

_SHORT = 201
_PEOPLE = 2048  # at a time: their vectors stay in cache over all steps


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """Steps of the product integral: (g_{i−1}, g_i], the baseline increments in each, and which ends are asked for."""

    start: float
    ends: Floats
    increments: Floats  # (steps, 1, K); (steps, draws, K) for several sets of hazards with the same knots
    moving: list[list[int]]  # transitions whose hazard grows in each step
    variance: Floats  # (steps, K)
    rows: NDArray[np.intp]  # (steps, K) knot of a hazard that jumps at the end of the step, −1 where none
    wanted: NDArray[np.intp]  # step after which each asked time is read, −1 = before the first
    jumps_only: bool

    @classmethod
    def of(cls, hazards: Sequence[TransitionHazard], start: float, times: Floats) -> Grid:
        knots = np.unique(np.concatenate([h.times for h in hazards]))
        inside = knots[(knots > start) & (knots <= times[-1])]
        smooth = any(h.smooth for h in hazards)
        ends = np.union1d(inside, times[times > start])  # for the time in state every asked time ends a step
        if smooth:  # short steps, for Simpson's rule
            ends = np.union1d(ends, np.linspace(start, times[-1], _SHORT)[1:])
        before = np.concatenate([[start], ends[:-1]])
        increments = np.column_stack([h.cumulative(ends) - h.cumulative(before) for h in hazards])
        rows = np.full(increments.shape, -1, dtype=np.intp)
        variance = np.zeros_like(increments)
        for k, h in enumerate(hazards):
            if h.smooth:
                continue
            place = np.searchsorted(h.times, ends)
            there = (place < len(h.times)) & (h.times[np.minimum(place, len(h.times) - 1)] == ends)
            rows[there, k] = place[there]
            increments[:, k] = 0.0
            increments[there, k] = h.increments[place[there]]
            if h.variance is not None:
                variance[there, k] = h.variance[place[there]]
        wanted = np.searchsorted(ends, times, side="right") - 1
        moving = [np.flatnonzero(row).tolist() for row in increments]
        return cls(start, ends, increments[:, None], moving, variance, rows, wanted, not smooth)

    @classmethod
    def of_draws(cls, draws: Sequence[Sequence[TransitionHazard]], start: float, times: Floats) -> Grid:
        """One grid for several sets of hazards that differ only in their increments."""
        grids = [cls.of(hazards, start, times) for hazards in draws]
        return replace(grids[0], increments=np.concatenate([grid.increments for grid in grids], axis=1))

    def flow(self, step: int, relative: Floats) -> Floats:
        """(n, K) hazards over a step; the rows of `relative` are the people of the first draw, then of the next."""
        increments = self.increments[step]
        found: Floats = (increments[:, None] * relative.reshape(len(increments), -1, relative.shape[1])).reshape(
            relative.shape
        )
        return found


def act(vectors: Floats, flow: Floats, moving: list[int], course: Course, *, product: bool) -> Floats:
    """vectors · exp(A) (or · (I + A)) along the last axis, A the generator with rates `flow` (n, K) > 0 for `moving`.

    Where no state that is entered is also left, the exponential is that of leaving each state; else it is the Taylor
    series of the action, in parts small enough for it to converge at once.
    """
    rates = flow.reshape(flow.shape[0], *([1] * (vectors.ndim - 2)), flow.shape[1])
    if len(moving) == 1:  # as at most times: the general ways below give the same
        (k,) = moving
        source, target = course.moves[k]
        rate = rates[..., k]
        gone = vectors[..., source] * (rate if product else -np.expm1(-rate))
        found = vectors.copy()
        found[..., source] -= gone
        found[..., target] += gone
        return found
    if product:
        return vectors + _generate(vectors, rates, moving, course)
    entered, left = {course.moves[k][1] for k in moving}, {course.moves[k][0] for k in moving}
    if not entered & left:
        return _leave(vectors, rates, moving, course)
    largest = float(flow.max(initial=0.0)) * len(moving)
    parts = max(1, int(np.ceil(largest / 0.5)))
    found = vectors
    for _ in range(parts):
        term = found
        for order in range(1, 20):
            term = _generate(term, rates, moving, course) / (order * parts)
            found = found + term
            if float(np.abs(term).max(initial=0.0)) < 1e-18:
                break
    return found


def _generate(vectors: Floats, rates: Floats, moving: list[int], course: Course) -> Floats:
    out = np.zeros_like(vectors)
    for k in moving:
        source, target = course.moves[k]
        moved = vectors[..., source] * rates[..., k]
        out[..., source] -= moved
        out[..., target] += moved
    return out


def _leave(vectors: Floats, rates: Floats, moving: list[int], course: Course) -> Floats:
    """1 − exp(−Σ rates) of each state leaves it, to each target in proportion to its rate."""
    out = vectors.copy()
    for source in {course.moves[k][0] for k in moving}:
        ways = [k for k in moving if course.moves[k][0] == source]
        total = rates[..., ways[0]] if len(ways) == 1 else rates[..., ways].sum(axis=-1)
        gone = vectors[..., source] * -np.expm1(-total)
        out[..., source] -= gone
        for k in ways:
            share = gone if len(ways) == 1 else gone * np.divide(rates[..., k], total, where=total > 0, out=total * 0)
            out[..., course.moves[k][1]] += share
    return out


def evolve(
    course: Course,
    hazards: Sequence[TransitionHazard],
    grid: Grid,
    initial: Floats,
    relative: Floats,
    covariates: list[Floats] | None,
    *,
    product: bool,
) -> tuple[Floats, Floats, Floats | None]:
    """Occupancy (n, T, S), time in state (n, S) and, with covariates, the variance of the occupancy."""
    if grid.increments.shape[1] > 1:
        return _evolve_block(course, hazards, grid, initial, relative, covariates, product=product)
    n, s, t = len(relative), len(initial), len(grid.wanted)
    p, spent = np.empty((n, t, s)), np.empty((n, s))
    variance = None if covariates is None else np.empty((n, t, s))
    for a in range(0, n, _PEOPLE):
        rows = slice(a, min(a + _PEOPLE, n))
        parts = None if covariates is None else [x[rows] for x in covariates]
        p[rows], spent[rows], v = _evolve_block(course, hazards, grid, initial, relative[rows], parts, product=product)
        if variance is not None and v is not None:
            variance[rows] = v
    return p, spent, variance


def _evolve_block(
    course: Course,
    hazards: Sequence[TransitionHazard],
    grid: Grid,
    initial: Floats,
    relative: Floats,
    covariates: list[Floats] | None,
    *,
    product: bool,
) -> tuple[Floats, Floats, Floats | None]:
    n, s = len(relative), len(initial)
    state = np.tile(initial, (n, 1))
    spent = np.zeros((n, s))
    p = np.empty((n, len(grid.wanted), s))
    p[:, grid.wanted < 0] = initial
    spread = None if covariates is None else _Spread(course, hazards, covariates, n, s, product=product)
    variance = None if covariates is None else np.zeros((n, len(grid.wanted), s))
    readings = {step: np.flatnonzero(grid.wanted == step) for step in np.unique(grid.wanted)}
    now = grid.start
    for i, end in enumerate(grid.ends.tolist()):
        flow, moving = grid.flow(i, relative), grid.moving[i]
        if spread is not None:
            spread.step(state, flow, moving, grid.rows[i], grid.variance[i] * relative**2)
        if grid.jumps_only:
            spent += state * (end - now)
            state = act(state, flow, moving, course, product=product)
        else:  # Simpson's rule over the step
            middle = act(state, flow / 2, moving, course, product=product)
            after = act(middle, flow / 2, moving, course, product=product)
            spent += (state + 4 * middle + after) * ((end - now) / 6)
            state = after
        now = end
        if i in readings:
            p[:, readings[i]] = state[:, None]
            if variance is not None and spread is not None:
                variance[:, readings[i]] = spread.variance()[:, None]
    return p, spent, variance


class _Spread:
    """Variance of the occupancy by the delta method, step by step.

    V ← MᵀVM + Σ_k p_k² v_k d_k d_kᵀ for the increments and J_k ← MᵀJ_k + p_k dA_k d_k (x − x̄_k)ᵀ for the coefficients
    of hazard k, with d_k = (+1 at its target, −1 at its source) and M the step. With the exponential the change acts in
    the middle of the step, which is exact for leaving a state.
    """

    def __init__(
        self,
        course: Course,
        hazards: Sequence[TransitionHazard],
        covariates: list[Floats],
        n: int,
        s: int,
        *,
        product: bool,
    ) -> None:
        self.course, self.hazards, self.covariates, self.product = course, hazards, covariates, product
        self.direction = np.zeros((len(hazards), s))
        self.direction[np.arange(len(hazards)), course.targets] = 1.0
        self.direction[np.arange(len(hazards)), course.sources] -= 1.0
        self.v = np.zeros((n, s, s))
        ends = np.cumsum([x.shape[1] for x in covariates])
        self.part = [slice(int(end) - x.shape[1], int(end)) for end, x in zip(ends, covariates, strict=True)]
        self.j = np.zeros((n, int(ends[-1]), s))

    def _move(self, flow: Floats, moving: list[int]) -> None:
        def apply(array: Floats) -> Floats:
            return act(array, flow, moving, self.course, product=self.product)

        self.v = apply(apply(self.v).swapaxes(1, 2)).swapaxes(1, 2)
        if self.j.shape[1]:
            self.j = apply(self.j)

    def step(self, state: Floats, flow: Floats, moving: list[int], knots: NDArray[np.intp], variance: Floats) -> None:
        """One step from `state` (n, S), with the knot and the variance (n, K) of each hazard's jump."""
        if self.product:
            self._move(flow, moving)
            middle = state
        else:
            self._move(flow / 2, moving)
            middle = act(state, flow / 2, moving, self.course, product=False)
        for k in moving:
            hazard = self.hazards[k]
            if knots[k] < 0:
                continue
            leaving = middle[:, self.course.sources[k]]
            outer = self.direction[k][:, None] * self.direction[k]
            self.v += (leaving**2 * variance[:, k])[:, None, None] * outer
            if hazard.columns and hazard.means is not None:
                moved = (self.covariates[k] - hazard.means[knots[k]]) * (leaving * flow[:, k])[:, None]
                self.j[:, self.part[k]] += moved[:, :, None] * self.direction[k]
        if not self.product:
            self._move(flow / 2, moving)

    def variance(self) -> Floats:
        """(n, S)."""
        found: Floats = np.einsum("nss->ns", self.v).copy()
        for part, hazard in zip(self.part, self.hazards, strict=True):
            if hazard.columns and hazard.covariance is not None:
                moved = self.j[:, part]
                found += np.einsum("nps,pq,nqs->ns", moved, hazard.covariance, moved)
        return found


def renew(
    course: Course,
    hazards: Sequence[TransitionHazard],
    times: Floats,
    initial: Floats,
    relative: Floats,
    since: float,
    step: float,
) -> tuple[Floats, Floats]:
    """Occupancy (n, T, S) and time in state (n, S) where each hazard runs on the time since its state was entered.

    Jumps happen at the ends of the cells of the grid. Smooth hazards spread over a cell: who enters in one is taken to
    do so in its middle, which is of second order in the step.
    """
    n, s = len(relative), len(initial)
    smooth = all(h.smooth for h in hazards)
    length = int(np.ceil(times[-1] / step - 1e-9))
    grid: Floats = np.arange(length + 2) * np.float64(step)
    stay, leave = _sojourns(course, hazards, relative, grid, 0.0)
    first_stay, first_leave = (part[:, :, :-1] for part in _sojourns(course, hazards, relative, grid, since))
    if smooth:
        stay, leave = (stay[:, :, :-1] + stay[:, :, 1:]) / 2, (leave[:, :, :-1] + leave[:, :, 1:]) / 2
    else:
        stay, leave = stay[:, :, :-1], leave[:, :, :-1]
    pairs = list(zip(course.sources, course.targets, strict=True))
    entered = np.zeros((n, s, length + 1))
    for k, (source, target) in enumerate(pairs):
        entered[:, target] += initial[source] * first_leave[:, k]
    for t in range(1, length + 1):
        for k, (source, target) in enumerate(pairs):
            # who entered the source at u < t and leaves it after t − u
            entered[:, target, t] += np.einsum("nu,nu->n", entered[:, source, :t], leave[:, k, t:0:-1])
        if smooth:  # and who enters and leaves within the cell, twice over
            once = entered[:, :, t].copy()
            for _ in range(2):
                entered[:, :, t] = once
                for k, (source, target) in enumerate(pairs):
                    entered[:, target, t] += entered[:, source, t] * leave[:, k, 0]
    occupancy = initial[:, None] * first_stay
    for t in range(1, length + 1):
        occupancy[:, :, t] += np.einsum("nsu,nsu->ns", entered[:, :, : t + 1], stay[:, :, t::-1])
    at = np.minimum(np.floor(times / step + 1e-9).astype(int), length)
    left = occupancy[:, :, :-1] if not smooth else (occupancy[:, :, :-1] + occupancy[:, :, 1:]) / 2
    spent = left.sum(axis=2) * step - left[:, :, -1] * (length * step - times[-1])
    return occupancy[:, :, at].swapaxes(1, 2), spent


def _sojourns(
    course: Course, hazards: Sequence[TransitionHazard], relative: Floats, grid: Floats, since: float
) -> tuple[Floats, Floats]:
    """Probability of still being in each state, (n, S, grid), and of leaving it by each transition in each cell,
    (n, K, grid)."""
    n, s = len(relative), len(course.states)
    total = np.zeros((n, s, len(grid)))
    gains = []
    for k, h in enumerate(hazards):
        cumulative = relative[:, k, None] * (h.cumulative(grid + since) - h.cumulative(since))
        total[:, course.sources[k]] += cumulative
        gains.append(np.diff(cumulative, prepend=0.0, axis=1))
    stay = np.exp(-total)
    lost = np.diff(total, prepend=0.0, axis=2)
    gone = -np.diff(stay, prepend=1.0, axis=2)
    leave = np.empty((n, len(hazards), len(grid)))
    for k, gain in enumerate(gains):
        source = course.sources[k]
        leave[:, k] = gone[:, source] * np.divide(
            gain, lost[:, source], out=np.zeros_like(gain), where=lost[:, source] > 0
        )
    return stay, leave
