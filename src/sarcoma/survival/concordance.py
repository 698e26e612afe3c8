"""Harrell's concordance in O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma.errors import InputError
from sarcoma.survival import _arrays, _kernels
from sarcoma.survival._arrays import Floats
from sarcoma.survival._tidy import Tidy


@dataclass(frozen=True, repr=False)
class Concordance(Tidy):
    """Pairs of patients of whom it is known who had the event first, by what the score said (sums of weights if any).

    value = (concordant + tied_score / 2) / all of them.
    """

    concordant: float
    discordant: float
    tied_score: float

    @property
    def pairs(self) -> float:
        return self.concordant + self.discordant + self.tied_score

    @property
    def value(self) -> float:
        return (self.concordant + self.tied_score / 2) / self.pairs

    def columns(self) -> dict[str, Any]:
        names = ("value", "concordant", "discordant", "tied_score", "pairs")
        return {name: [getattr(self, name)] for name in names}

    def __repr__(self) -> str:
        return f"Concordance({self.value:.4f}, pairs={self.pairs:.6g})"


def harrell_concordance(
    score: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> Concordance:
    """Share of comparable pairs in which the patient with the higher score had the event first.

    Harrell, Califf, Pryor, Lee and Rosati (JAMA 1982;247:2543–2546). A pair is comparable if the earlier time is an
    event; of two equal times, an event comes before a censoring and two events are not compared. Equal scores count
    half. With weights a pair counts w_i w_j; with strata only pairs within one count.

    Parameters
    ----------
    score : (n,) higher means sooner (a linear predictor, a risk).
    exit, event : (n,).
    entry : refused unless all 0: under delayed entry two patients need not have been at risk together, and the measure
        has no such meaning.

    Raises
    ------
    InputError : delayed entry, or no comparable pair.
    """
    time = _arrays.floats("exit", exit, low=0.0)
    n = len(time)
    marks = _arrays.floats("score", score, n)
    happened = _arrays.flags("event", event, n)
    if entry is not None and _arrays.floats("entry", entry, n).any():
        raise InputError(
            "entry", "concordance is not defined under delayed entry; evaluate from a landmark", "entry=None"
        )
    w = None if weight is None else _arrays.floats("weight", weight, n)
    if stratum is None:
        counts = _count(marks, time, happened, w)
    else:
        which, _ = _arrays.codes("stratum", stratum, n)
        order = np.argsort(which, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
        counts = np.sum([_count(marks[i], time[i], happened[i], None if w is None else w[i]) for i in parts], axis=0)
    concordant, tied, pairs = (float(value) for value in counts)
    if pairs <= 0:
        raise InputError("event", "there is no pair of which it is known who had the event first")
    return Concordance(concordant, pairs - concordant - tied, tied)


def _count(score: Floats, time: Floats, event: NDArray[np.bool_], weight: Floats | None) -> tuple[float, float, float]:
    """Concordant, tied and comparable pairs. Rows get a code 2·(rank of time) + censored: j is comparable to an event
    i exactly where its code is higher."""
    times, rank, _ = _arrays.ranks(time)
    code, codes = 2 * rank + ~event, 2 * len(times)
    pairs = _comparable(code, codes, weight)
    order = np.argsort(score)
    ranked = score[order]
    same = ranked[1:] == ranked[:-1]
    tied = 0.0
    if same.any():  # within equal scores by code, so that none counts as lower than another
        by_code = np.argsort(code, kind="stable")
        order = by_code[np.argsort(score[by_code], kind="stable")]
        tied = _tied(score[order], code[order], None if weight is None else weight[order])
    if weight is None:
        return _dominated(code[order], codes), tied, pairs
    return _dominated_weight(code[order], codes, weight[order]), tied, pairs


def _comparable(code: NDArray[np.int32], codes: int, weight: Floats | None) -> float:
    """Σ over events (even codes) of the rows with a higher code."""
    size = np.bincount(code, weight, minlength=codes)
    above = np.cumsum(size[::-1])[::-1]
    above -= size
    return float(size[::2] @ above[::2])


def _tied(score: Floats, code: NDArray[np.int32], weight: Floats | None) -> float:
    """Comparable pairs of equal scores; rows come by score and code."""
    new_score = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    new_pair = np.flatnonzero(np.append((score[1:] != score[:-1]) | (code[1:] != code[:-1]), True))
    mass = np.arange(1.0, len(score) + 1) if weight is None else np.cumsum(weight)
    end_of_score = mass[new_score[np.searchsorted(new_score, new_pair)]]
    sizes = np.diff(mass[new_pair], prepend=0.0)
    events = code[new_pair] % 2 == 0
    return float((sizes * (end_of_score - mass[new_pair]))[events].sum())


def _dominated(code: NDArray[np.int32], codes: int) -> float:
    """Σ over events i (even codes) of the rows before i in the sequence with a higher code.

    Bit by bit from the highest: within rows that agree in the higher bits, an event with bit 0 counts the rows before
    it with bit 1; then the rows are split by the bit, keeping their order (the levels of a wavelet tree).
    """
    kernels = _kernels.compiled(len(code))
    if kernels is not None:
        found: float = kernels.dominated(code)
        return found
    total = 0
    for bit in range((codes - 1).bit_length() - 1, -1, -1):
        one = (code >> bit) & 1
        before = np.cumsum(one, dtype=np.int32)
        node = np.bincount(code >> (bit + 1)) if bit + 1 < 31 else np.array([len(code)])
        start = np.concatenate([[0], np.cumsum(node)])
        base = np.concatenate([[0], before])[start[:-1]].astype(np.int32)
        if len(node) > 1:
            before -= np.repeat(base, node)
        counts = one == 0
        if bit:
            counts &= (code & 1) == 0
        total += int((before * counts).sum(dtype=np.int64))
        if bit:
            position = np.arange(len(code), dtype=np.int32) - before
            last = np.concatenate([before, [0]])[start[1:] - 1] * (node > 0)
            # ones go behind the zeros of their node: zeros end at (node end − ones in the node)
            behind = np.repeat((start[1:] - last).astype(np.int32), node) + before - 1
            position = np.where(one == 1, behind, position)
            split = np.empty_like(code)
            split[position] = code
            code = split
    return float(total)


def _dominated_weight(code: NDArray[np.int32], codes: int, weight: Floats) -> float:
    """The same with Σ w_i w_j."""
    total = 0.0
    for bit in range((codes - 1).bit_length() - 1, -1, -1):
        one = ((code >> bit) & 1) == 1
        node = np.bincount(code >> (bit + 1))
        start = np.concatenate([[0], np.cumsum(node)])
        before = np.cumsum(weight * one)
        before -= np.repeat(np.concatenate([[0.0], before])[start[:-1]], node)
        counts = ~one & (code % 2 == 0)
        total += float((weight * before)[counts].sum())
        order = np.lexsort((one, np.repeat(np.arange(len(node)), node)))
        code, weight = code[order], weight[order]
    return total
