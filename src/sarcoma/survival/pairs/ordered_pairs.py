"""Sums over pairs that two orders put in opposite ways, for every row, in O(n log n)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival import kernels

_LEAF_BITS = 5  # of the sequence: within so many rows every pair is looked at
_LEAF = 1 << _LEAF_BITS
_GIVEN, _RECEIVED, _GIVE, _GAIN = range(4)


def by_score(
    score: Floats, code: NDArray[np.int32], order: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows by increasing score, of equal scores by code; and which places in that order share a score.

    `order` is np.argsort(score), which is rearranged.
    """
    ordered = score[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return order, np.zeros(0, dtype=np.intp)
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = order[tied]
    order[tied] = rows[np.lexsort((code[rows], score[rows]))]
    return order, tied


def dominated(code: NDArray[np.int32], codes: int) -> float:
    """Σ over even codes of the rows before them in the sequence with a higher code; codes lie below `codes`.

    Bit by bit as `dominance`: of the code where that has few bits, otherwise of the place.
    """
    compiled = kernels.compiled(len(code))
    if compiled is not None:
        found: float = compiled.dominated(code)
        return found
    code_bits, place_bits = (codes - 1).bit_length(), (len(code) - 1).bit_length()
    return float(_dominated_by_code(code, code_bits) if code_bits < place_bits - 4 else _dominated_by_place(code))


def dominance(code: NDArray[np.int32], gain: Floats | None, give: Floats) -> tuple[Floats, Floats]:
    """For rows in a sequence, each (n,): Σ gain_j over the rows j before i with a higher code, and Σ give_i over the
    rows i after j with a lower code. Without a gain every row counts once.

    Rows stand by decreasing code. Bit by bit of their place in the sequence from the highest: among rows that agree in
    the higher bits, those with bit 1 receive from those before them with bit 0, which they give to; then the rows are
    split by the bit, keeping their order (the levels of a wavelet tree). Places are 0 … 2^k − 1, the last ones empty,
    so every such set splits into equal halves.
    """
    compiled = kernels.compiled(8 * len(code))
    if compiled is not None:
        ones = np.ones(len(code)) if gain is None else gain
        found: tuple[Floats, Floats] = compiled.dominance(code, ones, give)
        return found
    n = len(code)
    place = _places(code)
    size = len(place)
    rows = np.zeros((size, 3 if gain is None else 4))
    rows[:n, _GIVE] = give[place[:n]]
    if gain is not None:
        rows[:n, _GAIN] = gain[place[:n]]
    for bit in _levels(place):
        place = _split(place, rows, bit)
    _leaves(place, rows)
    received, given = np.empty(size), np.empty(size)
    received[place], given[place] = rows[:, _RECEIVED], rows[:, _GIVEN]
    return received[:n], given[:n]


class EqualScores:
    """Sums over the rows of the same score with a higher or a lower code, of rows by score and code."""

    def __init__(self, score: Floats, code: NDArray[np.int32]) -> None:
        ends = np.append(score[1:] != score[:-1], True)
        last_of_score = np.flatnonzero(ends)
        last = np.flatnonzero(ends | np.append(code[1:] != code[:-1], True))  # of each score and code
        self.pair = np.repeat(np.arange(len(last)), np.diff(last, prepend=-1))
        which = np.searchsorted(last_of_score, last)
        self.first, self.stop = np.append(0, last[:-1] + 1), last + 1
        self.first_of_score = np.append(0, last_of_score[:-1] + 1)[which]
        self.stop_of_score = last_of_score[which] + 1

    def above(self, weight: Floats | None) -> Floats:
        """Σ of the weights with a higher code, (n,); without weights how many."""
        if weight is None:
            return (self.stop_of_score - self.stop).astype(np.float64)[self.pair]
        sums = np.append(0.0, np.cumsum(weight))
        found: Floats = (sums[self.stop_of_score] - sums[self.stop])[self.pair]
        return found

    def below(self, weight: Floats) -> Floats:
        """Σ of the weights with a lower code, (n,)."""
        sums = np.append(0.0, np.cumsum(weight))
        found: Floats = (sums[self.first] - sums[self.first_of_score])[self.pair]
        return found


def _places(code: NDArray[np.int32]) -> NDArray[np.int32]:
    """Places by decreasing code, of equal codes the last first (nobody before it receives), filled to 2^k."""
    n = len(code)
    place = np.arange(1 << max((n - 1).bit_length(), _LEAF_BITS), dtype=np.int32)
    count = np.bincount(code)
    before = (np.cumsum(count) - count).astype(np.int32)[code]  # rows with a lower code
    tied = np.flatnonzero((count > 1)[code])
    if len(tied):
        rows = tied[np.argsort(code[tied], kind="stable")]
        new = np.flatnonzero(np.append(True, np.diff(code[rows]) != 0))
        before[rows] += (np.arange(len(rows)) - np.repeat(new, np.diff(np.append(new, len(rows))))).astype(np.int32)
    place[n - 1 - before] = np.arange(n, dtype=np.int32)
    return place


def _levels(place: NDArray[np.int32]) -> range:
    """The bits of the places to split by, above the leaves."""
    return range(len(place).bit_length() - 2, _LEAF_BITS - 1, -1)


def _split(place: NDArray[np.int32], rows: Floats, bit: int) -> NDArray[np.int32]:
    """One level: what the halves of each set owe each other; the rows and their places, split."""
    half, sets, width = 1 << bit, len(place) >> (bit + 1), rows.shape[1]
    late = (place & half) != 0
    ones, zeros = np.flatnonzero(late), np.flatnonzero(~late)
    later, earlier = rows[ones], rows[zeros]
    split = np.empty((sets, 2, half), dtype=np.int32)
    split[:, 0], split[:, 1] = place[zeros].reshape(sets, half), place[ones].reshape(sets, half)
    own = np.arange(len(ones))
    shift = (own >> bit) * (half + 1)  # where the running sums of a set begin
    own += own & -half
    ones -= own  # how many of the other half stand before each
    zeros -= own
    sums = np.zeros((sets, half + 1))
    if rows.shape[1] <= _GAIN:
        later[:, _RECEIVED] += ones
    else:
        np.cumsum(earlier[:, _GAIN].reshape(sets, half), axis=1, out=sums[:, 1:])
        later[:, _RECEIVED] += sums.ravel()[ones + shift]
    np.cumsum(later[:, _GIVE].reshape(sets, half), axis=1, out=sums[:, 1:])
    np.subtract(sums[:, -1:].copy(), sums, out=sums)
    earlier[:, _GIVEN] += sums.ravel()[zeros + shift]
    halves = rows.reshape(sets, 2, half, width)
    halves[:, 0], halves[:, 1] = earlier.reshape(sets, half, width), later.reshape(sets, half, width)
    return split.ravel()


def _leaves(place: NDArray[np.int32], rows: Floats) -> None:
    """The pairs within the last sets, each looked at."""
    places, sets = place.reshape(-1, _LEAF), rows.reshape(-1, _LEAF, rows.shape[1])
    for a in range(0, len(places), 1024):
        pair = _pairs_of_leaves(places[a : a + 1024]).astype(np.float64)
        part = sets[a : a + 1024]
        part[:, :, _RECEIVED] += (
            pair.sum(axis=2) if rows.shape[1] <= _GAIN else (pair @ part[:, :, _GAIN, None])[..., 0]
        )
        part[:, :, _GIVEN] += (part[:, None, :, _GIVE] @ pair)[:, 0]


def _pairs_of_leaves(place: NDArray[np.int32]) -> NDArray[np.bool_]:
    """[set, i, j]: j has the higher code and stands before i; places of sets in the order of codes, (sets, leaf)."""
    small = (place & (_LEAF - 1)).astype(np.int8)
    pair: NDArray[np.bool_] = small[:, :, None] > small[:, None, :]
    pair &= np.tri(_LEAF, _LEAF, -1, dtype=bool)
    return pair


def _dominated_by_place(code: NDArray[np.int32]) -> int:
    place = _places(code)
    key = 2 * place
    key[: len(code)] += code[place[: len(code)]] % 2 == 0
    own, total = np.arange(len(key) >> 1), 0
    for bit in _levels(place):
        half, sets = 1 << bit, len(key) >> (bit + 1)
        late = (key & (2 * half)) != 0
        later, before = key[late], np.flatnonzero(late) - own - (own & -half)
        total += int(before @ (later & 1))
        split = np.empty((sets, 2, half), dtype=np.int32)
        split[:, 0], split[:, 1] = key[~late].reshape(sets, half), later.reshape(sets, half)
        key = split.ravel()
    keys = key.reshape(-1, _LEAF)
    for a in range(0, len(keys), 1024):
        part = keys[a : a + 1024]
        total += int(np.count_nonzero(_pairs_of_leaves(part >> 1) & ((part & 1) != 0)[:, :, None]))
    return total


def _dominated_by_code(code: NDArray[np.int32], bits: int) -> int:
    """Within rows that agree in the higher bits, an even code with bit 0 counts the rows before it with bit 1."""
    total = 0
    for bit in range(bits - 1, -1, -1):
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
    return total
