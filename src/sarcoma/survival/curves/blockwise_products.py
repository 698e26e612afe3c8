"""Products along time in blocks: √T vectorised steps instead of T, no division, exact zeros stay zero."""

from __future__ import annotations

import numpy as np

from sarcoma._types import Floats


def _blocks(length: int) -> tuple[int, int]:
    steps = max(1, int(np.ceil(np.sqrt(length))))
    return -(-length // steps), steps


def _in_blocks(series: Floats, blocks: int, steps: int, fill: Floats) -> Floats:
    """(G, T, …) → (G, blocks, steps, …), the last block filled up."""
    g, t, *rest = series.shape
    padded = np.empty((g, blocks * steps, *rest))
    padded[:, :t] = series
    padded[:, t:] = fill
    return padded.reshape(g, blocks, steps, *rest)


def affine(start: Floats, matrices: Floats, shift: Floats | None = None) -> Floats:
    """x_t = x_{t−1} M_t + b_t along time.

    start (G, R, S), matrices (G, T, S, S), shift (G, T, R, S) → x_1 … x_T, shape (G, T, R, S).
    """
    g, t, s, _ = matrices.shape
    blocks, steps = _blocks(t)
    m = _in_blocks(matrices, blocks, steps, np.eye(s))
    b = None if shift is None else _in_blocks(shift, blocks, steps, np.zeros(1))
    product = np.broadcast_to(np.eye(s), (g, blocks, s, s))
    offset = np.zeros((g, blocks, *start.shape[1:]))
    for i in range(steps):
        product = product @ m[:, :, i]
        offset = offset if b is None else offset @ m[:, :, i] + b[:, :, i]
    x = np.empty_like(offset)
    x[:, 0] = start
    for i in range(1, blocks):
        x[:, i] = x[:, i - 1] @ product[:, i - 1] + offset[:, i - 1]
    out = np.empty((g, blocks, steps, *start.shape[1:]))
    for i in range(steps):
        x = x @ m[:, :, i]
        if b is not None:
            x += b[:, :, i]
        out[:, :, i] = x
    return out.reshape(g, blocks * steps, *start.shape[1:])[:, :t]


def congruence(start: Floats, matrices: Floats, added: Floats) -> Floats:
    """V_t = M_tᵀ V_{t−1} M_t + Q_t along time: start (G, S, S), matrices and added (G, T, S, S) → (G, T, S, S)."""
    g, t, s, _ = matrices.shape
    blocks, steps = _blocks(t)
    m = _in_blocks(matrices, blocks, steps, np.eye(s))
    q = _in_blocks(added, blocks, steps, np.zeros(1))
    product = np.broadcast_to(np.eye(s), (g, blocks, s, s))
    v = np.zeros((g, blocks, s, s))
    for i in range(steps):
        product = product @ m[:, :, i]
        v = m[:, :, i].swapaxes(-1, -2) @ v @ m[:, :, i] + q[:, :, i]
    first = np.empty_like(v)
    first[:, 0] = start
    for i in range(1, blocks):
        first[:, i] = product[:, i - 1].swapaxes(-1, -2) @ first[:, i - 1] @ product[:, i - 1] + v[:, i - 1]
    out = np.empty((g, blocks, steps, s, s))
    v = first
    for i in range(steps):
        v = m[:, :, i].swapaxes(-1, -2) @ v @ m[:, :, i] + q[:, :, i]
        out[:, :, i] = v
    return out.reshape(g, blocks * steps, s, s)[:, :t]
