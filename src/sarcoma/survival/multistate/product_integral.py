"""State probabilities forward in time: product integrals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival.multistate.delta_variance import Spread, SpreadTable
from sarcoma.survival.multistate.step_block import Column, StepBlock
from sarcoma.survival.multistate.steps import Grid

_PEOPLE = 2048  # at a time: what is kept of their steps stays in cache
_WITH_SPREAD = 128


def evolve(
    grid: Grid,
    initial: Floats,
    relative: Floats,
    table: SpreadTable | None = None,
    covariates: Floats | None = None,
    spread_at: NDArray[np.bool_] | None = None,
    *,
    product: bool,
) -> tuple[Floats, Floats, Floats | None]:
    """Occupancy (n, T, S), time in state (n, S) and, with a table, the variance of the occupancy (n, T, S).

    Parameters
    ----------
    relative : (n, K) relative hazards; where the steps have several sets of hazards, those of the people of the first
        set, then of the next. table, covariates : what the variance needs, with (n, P) covariates of all hazards.
    spread_at : (T,) where the variance is wanted, else it is NaN; everywhere if not given.
    """
    n, s, t = len(relative), len(initial), len(grid.wanted)
    p, spent = np.empty((n, t, s)), np.empty((n, s))
    variance = None if table is None else np.full((n, t, s), np.nan)
    together = n if grid.steps.increments.shape[1] > 1 else _PEOPLE if table is None else _WITH_SPREAD
    at = np.arange(t) if spread_at is None else np.flatnonzero(spread_at)
    for begin in range(0, n, together):
        rows = slice(begin, min(begin + together, n))
        spread = None
        if table is not None and covariates is not None:
            spread = Spread(table, covariates[rows], relative[rows], s, grid.wanted[at])
        p[rows], spent[rows] = _evolve_block(grid, initial, relative[rows], spread, product=product)
        if variance is not None and spread is not None:
            for k in at.tolist():
                variance[rows, k] = spread.found[int(grid.wanted[k])]
    return p, spent, variance


def _evolve_block(
    grid: Grid, initial: Floats, relative: Floats, spread: Spread | None, *, product: bool
) -> tuple[Floats, Floats]:
    n, steps = len(relative), grid.steps
    by_hazard = np.ascontiguousarray(relative.T)
    state: list[Column] = initial.tolist() if n == 1 else [np.full(n, share) for share in initial]
    spent: list[Column] = [column * (grid.last - grid.start if steps.jumps_only else 0.0) for column in state]
    read = {grid.begin: state}
    wanted = set(grid.wanted.tolist())
    ends, now = steps.ends.tolist(), grid.start
    if spread is not None:
        spread.read(grid.begin)
    for begin, end in grid.parts():
        part = StepBlock(steps, begin, end, by_hazard, product=product)
        leaving: list[Column] = []
        for i in range(begin, end):
            if spread is not None:
                there = part.forward(state, i, half=True) if part.is_general(i) else state
                leaving += [there[a] for a, _, _ in steps.moves[i]]
            if steps.jumps_only:  # who moves is elsewhere for the time that is left
                after, left = part.forward(state, i), grid.last - ends[i]
                for s in steps.touched[i]:
                    spent[s] = spent[s] + (after[s] - state[s]) * left
            else:  # Simpson's rule over the step
                middle = part.forward(state, i, half=True)
                after = part.forward(middle, i, half=True)
                sixth = (ends[i] - now) / 6
                spent = [t + (x + 4 * y + z) * sixth for t, x, y, z in zip(spent, state, middle, after, strict=True)]
            state, now = after, ends[i]
            if i + 1 in wanted:
                read[i + 1] = state
        if spread is not None:
            spread.add(part, leaving)
    p = np.empty((n, len(grid.wanted), len(initial)))
    for k, done in enumerate(grid.wanted.tolist()):
        for s, column in enumerate(read[done]):
            p[:, k, s] = column
    return p, np.column_stack([np.broadcast_to(column, (n,)) for column in spent])
