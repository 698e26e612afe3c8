"""Sums over pairs that two orders put in opposite ways, for every row, in O(n log n)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sarcoma.survival import _kernels
from sarcoma.survival._arrays import Floats


def dominance(code: NDArray[np.int32], gain: Floats, give: Floats) -> tuple[Floats, Floats]:
    """For rows in a sequence, each (n,): Σ gain_j over the rows j before i with a higher code, and Σ give_i over the
    rows i after j with a lower code.

    Bit by bit of the code from the highest: among rows that agree in the higher bits, those with bit 0 receive from
    those before them with bit 1, which give to them; then the rows are split by the bit, keeping their order (the
    levels of a wavelet tree).
    """
    kernels = _kernels.compiled(8 * len(code))
    if kernels is not None:
        compiled: tuple[Floats, Floats] = kernels.dominance(code, gain, give)
        return compiled
    n = len(code)
    received, given = np.zeros(n), np.zeros(n)
    rows = np.arange(n)
    for bit in range(int(code.max(initial=0)).bit_length() - 1, -1, -1):
        one = ((code >> bit) & 1).astype(bool)
        node = code >> (bit + 1)
        size = np.bincount(node)
        end = np.cumsum(size)
        start = end - size
        before = np.cumsum(np.where(one, gain, 0.0))
        before -= np.concatenate([[0.0], before])[start][node]
        received[rows] += np.where(one, 0.0, before)
        after = np.cumsum(np.where(one, 0.0, give))
        last = np.concatenate([[0.0], after])[end]
        given[rows] += np.where(one, last[node] - after, 0.0)
        ones = np.cumsum(one)
        ones -= np.concatenate([[0], ones])[start][node]  # so far in the node, this row included
        total = np.bincount(node, one, minlength=len(size)).astype(np.intp)
        place = np.arange(n) - ones
        place = np.where(one, end[node] - total[node] + ones - 1, place)
        split = np.empty(n, dtype=np.intp)
        split[place] = np.arange(n)
        code, gain, give, rows = code[split], gain[split], give[split], rows[split]
    return received, given
