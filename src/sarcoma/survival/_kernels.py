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

from sarcoma.survival._arrays import Floats

SMALL = 1_000_000
ROWS = 4096


@cache
def available() -> bool:
    """Whether Numba is installed and wanted."""
    return os.environ.get("SARCOMA_FAST", "1") != "0" and importlib.util.find_spec("numba") is not None


def compiled(size: int) -> Any | None:
    """The compiled kernels for a problem of this many numbers, or None."""
    if size < SMALL or not available():
        return None
    return importlib.import_module("sarcoma.survival._numba")


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
    """Σ_{i < ends_k} r_i x_i, (p, k), for increasing ends: x (p, rows), r (rows,)."""
    if kernels is not None:
        compiled_moments: Floats = kernels.running_moments(x, r, ends)
        return compiled_moments
    return np.cumsum(x * r, axis=1)[:, ends - 1]
