"""The kernels of `kernels` compiled by Numba; imported only where it is installed."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True, parallel=True)
def gather_scaled(x, order, center, scale, out):
    """As `kernels.gather_scaled`; rows are read once, in two or more threads."""
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
    """As `kernels.running_moments`: one pass, four covariates at a time, nothing written between the ends."""
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


@njit(cache=True, parallel=True)
def dominated(code):
    """As `_dominance.dominated`, by a merge sort that counts: Σ over even codes of earlier rows with a higher one."""
    n = len(code)
    a = code.copy()
    b = np.empty_like(a)
    total = 0
    for run in prange((n + 15) // 16):  # runs of 16 by insertion
        total += _insert(a, 16 * run, min(16 * run + 16, n))
    width = 16
    while width < n:
        step = max(2 * width, 4096)  # at small widths a thread takes many pairs of runs
        for block in prange((n + step - 1) // step):
            for left in range(block * step, min((block + 1) * step, n), 2 * width):
                total += _count_merge(a, b, left, min(left + width, n), min(left + 2 * width, n))
        a, b = b, a
        width *= 2
    return float(total)


@njit(cache=True)
def _insert(a, first, last):
    total = 0
    for i in range(first + 1, last):
        value = a[i]
        j = i - 1
        while j >= first and a[j] > value:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = value
        if value % 2 == 0:
            total += i - 1 - j
    return total


@njit(cache=True)
def _count_merge(a, b, left, middle, right):
    i, j, total = left, middle, 0
    for k in range(left, right):
        if i < middle and (j >= right or a[i] <= a[j]):
            b[k] = a[i]
            i += 1
        else:
            b[k] = a[j]
            if a[j] % 2 == 0:
                total += middle - i
            j += 1
    return total


@njit(cache=True, parallel=True)
def dominance(code, gain, give):
    """As `_dominance.dominance`, by a merge sort that carries the rows; the pairs of runs of one width in threads."""
    n = len(code)
    received, given = np.zeros(n), np.zeros(n)
    a = np.arange(n)
    b = np.empty_like(a)
    width = 1
    while width < n:
        # at small widths a thread takes many pairs of runs
        step = max(2 * width, 4096)
        for block in prange((n + step - 1) // step):
            for left in range(block * step, min((block + 1) * step, n), 2 * width):
                _merge(code, gain, give, a, b, left, min(left + width, n), min(left + 2 * width, n), received, given)
        a, b = b, a
        width *= 2
    return received, given


@njit(cache=True)
def _merge(code, gain, give, a, b, left, middle, right, received, given):
    held = 0.0
    for i in range(left, middle):
        held += gain[a[i]]
    i, j, passed = left, middle, 0.0
    for k in range(left, right):
        if i < middle and (j >= right or code[a[i]] <= code[a[j]]):
            row = a[i]  # all rows of the right half taken so far have a lower code
            given[row] += passed
            held -= gain[row]
            i += 1
        else:
            row = a[j]  # all rows of the left half still waiting have a higher code
            received[row] += held
            passed += give[row]
            j += 1
        b[k] = row
