"""The kernels of `_fast` compiled by Numba; imported only where it is installed."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True, parallel=True)
def gather_scaled(x, order, center, scale, out):
    """As `_fast.gather_scaled`; rows are read once, in two or more threads."""
    n, p = len(order), x.shape[1]
    blocks = (n + 255) // 256
    for block in prange(blocks):
        first = block * 256
        last = min(first + 256, n)
        for i in range(first, last):
            row = order[i]
            for j in range(p):
                out[j, i] = (x[row, j] - center[j]) / scale[j]


@njit(cache=True)
def running_moments(x, r, ends):
    """As `_fast.running_moments`: one pass, four covariates at a time, nothing written between the ends."""
    p = x.shape[0]
    out = np.empty((p, len(ends)))
    for j in range(0, p - 3, 4):
        a = b = c = d = 0.0
        i = 0
        for k in range(len(ends)):
            while i < ends[k]:
                w = r[i]
                a += w * x[j, i]
                b += w * x[j + 1, i]
                c += w * x[j + 2, i]
                d += w * x[j + 3, i]
                i += 1
            out[j, k] = a
            out[j + 1, k] = b
            out[j + 2, k] = c
            out[j + 3, k] = d
    for j in range(p - p % 4, p):
        a = 0.0
        i = 0
        for k in range(len(ends)):
            while i < ends[k]:
                a += r[i] * x[j, i]
                i += 1
            out[j, k] = a
    return out
