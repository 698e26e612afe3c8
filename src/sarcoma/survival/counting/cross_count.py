"""Rows counted by time, kind and group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival import _arrays
from sarcoma.survival.counting.counts import Counts

_ROWS = 65_536  # rows counted at a time


def cross_count(
    time: Floats,
    kind: NDArray[np.int16],
    kinds: int,
    group: NDArray[np.intp] | None,
    groups: int,
    weight: Floats | None,
) -> tuple[Floats, Counts]:
    """Distinct times (T,), and the counts (weights) per group, time and kind (G, T, kinds)."""
    highest = time.max()
    whole = time.astype(np.int32) if highest < min(2**31 - 1, 4 * len(time) + 1000) else None
    if whole is not None and (whole == time).all():
        return _count_whole(whole, int(highest), kind, kinds, group, groups, weight)
    order = np.argsort(time)
    time = time[order]
    new = _arrays.distinct(time)
    times = time[new]
    del time
    counts = np.zeros((groups, len(times), kinds), dtype=np.int32 if weight is None else np.float64)
    done = -1  # the last time counted so far; a block may begin with more rows of it
    for a in range(0, len(order), _ROWS):
        rows = order[a : a + _ROWS]
        cell: NDArray[np.intp] = np.cumsum(new[a : a + _ROWS], dtype=np.intp)
        first = done if cell[0] == 0 else done + 1
        cell += done - first
        span = int(cell[-1]) + 1
        if group is not None:
            cell += group[rows] * span
        cell *= kinds
        cell += kind[rows]
        found = np.bincount(cell, None if weight is None else weight[rows], minlength=groups * span * kinds)
        counts[:, first : first + span] += found.reshape(groups, span, kinds).astype(counts.dtype, copy=False)
        done = first + span - 1
    return times, counts


def _count_whole(
    time: NDArray[np.int32],
    highest: int,
    kind: NDArray[np.int16],
    kinds: int,
    group: NDArray[np.intp] | None,
    groups: int,
    weight: Floats | None,
) -> tuple[Floats, Counts]:
    """The same where all times are whole numbers, without a sort."""
    cell = time.astype(np.intp)
    if group is not None:
        cell += group * (highest + 1)
    cell *= kinds
    cell += kind
    counts = np.bincount(cell, weight, minlength=groups * (highest + 1) * kinds)
    counts = counts.reshape(groups, highest + 1, kinds)
    present = np.flatnonzero(counts.any(axis=(0, 2)))
    return present.astype(np.float64), counts[:, present]
