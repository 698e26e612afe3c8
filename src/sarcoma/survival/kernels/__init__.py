"""Kernels that one fused pass makes measurably faster: NumPy, or the same compiled by Numba (the extra `fast`).

The compiled ones are used from SMALL numbers on, where they repay their import, if Numba is installed and SARCOMA_FAST
is not 0. Both give the same results to rounding.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats

SMALL = 1_000_000
ROWS = 4096
_BLOCK = 16
_ONES = np.ones(_BLOCK)
_TRIANGLE = np.triu(np.ones((_BLOCK, _BLOCK)))


@cache
def available() -> bool:
    """Whether Numba is installed and wanted."""
    return os.environ.get("SARCOMA_FAST", "1") != "0" and importlib.util.find_spec("numba") is not None


def compiled(size: int) -> Any | None:
    """The compiled kernels for a problem of this many numbers, or None."""
    if size < SMALL or not available():
        return None
    return importlib.import_module("sarcoma.survival.kernels.numba")


def block_rows(p: int) -> int:
    """Rows of a block whose p columns, and a copy of them, stay in cache."""
    return min(ROWS, max(256, 5 * ROWS // p))


def gather_scaled(x: Floats, order: NDArray[np.intp], center: Floats, scale: Floats, out: Floats) -> None:
    """out[j, i] = (x[order[i], j] − center_j) / scale_j, (p, n)."""
    kernels = compiled(out.size)
    if kernels is not None:
        kernels.gather_scaled(x, order, center, scale, out)
        return
    for a in range(0, len(order), ROWS):
        part = x[order[a : a + ROWS]]
        part -= center
        part /= scale
        out[:, a : a + ROWS] = part.T


def running_moments(x: Floats, r: Floats, ends: NDArray[np.intp], kernels: Any | None) -> Floats:
    """Σ_{i < ends_k} r_i x_i, (p, k), for increasing ends: x (p, rows), r (rows,).

    A running sum waits for each addition; sums within short blocks are one product with a triangle of ones, and only
    the totals of the blocks have to wait.
    """
    if kernels is not None:
        compiled_moments: Floats = kernels.running_moments(x, r, ends)
        return compiled_moments
    p, n = x.shape
    blocks = np.empty((p, -(-n // _BLOCK) + 1, _BLOCK))
    rows = blocks.reshape(p, -1)
    rows[:, :_BLOCK] = 0.0  # a block before the first row, for ends of 0
    np.multiply(x, r, out=rows[:, _BLOCK : _BLOCK + n])
    rows[:, _BLOCK + n :] = 0.0
    totals = np.cumsum(blocks @ _ONES, axis=1)
    blocks[:, 1:, 0] += totals[:, :-1]
    running = blocks.reshape(-1, _BLOCK) @ _TRIANGLE
    return running.reshape(p, -1).take(ends + (_BLOCK - 1), axis=1)
