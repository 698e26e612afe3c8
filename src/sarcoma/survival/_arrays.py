"""Arguments into arrays, with errors that name the argument and never show its values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._types import Floats
from sarcoma.errors import InputError

_SAME = 1e-12


def floats(name: str, values: ArrayLike, n: int | None = None, *, low: float | None = None) -> Floats:
    """Finite numbers, shape (n,), as float64 without a copy where they are that already."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(name, "must be numbers", "[1.0, 2.5]") from None
    if array.ndim != 1:
        raise InputError(name, f"must have one dimension, not {array.ndim}", "[1.0, 2.5]")
    _same_length(name, array, n)
    if not len(array):
        raise InputError(name, "is empty", "[1.0, 2.5]")
    total = array.sum()  # a NaN or an infinity shows in the sum; the slow look is only for finding it
    if not np.isfinite(total) and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise InputError(name, f"{bad} of {len(array)} values are missing or infinite; leave those rows out first")
    if low is not None and array.min() < low:
        raise InputError(name, f"{int((array < low).sum())} of {len(array)} values are below {low:g}", "[1.0, 2.5]")
    return array


def codes(name: str, values: ArrayLike, n: int | None = None) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
    """Labels as codes 0 … k−1 in sorted order, with the labels."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(name, f"must have one dimension, not {array.ndim}")
    _same_length(name, array, n)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(name, f"{int(np.isnan(array).sum())} labels are missing; leave those rows out or name them")
    if array.dtype == object and any(value is None for value in array):
        raise InputError(name, "some labels are missing; leave those rows out or name them", "['A', 'B']")
    if array.dtype.kind in "iu" and len(array) and array.min() >= 0 and array.max() < 65536:
        present = np.flatnonzero(np.bincount(array.astype(np.int64)))
        lookup = np.zeros(int(present[-1]) + 1, dtype=np.intp)
        lookup[present] = np.arange(len(present))
        return lookup[array], tuple(present.tolist())
    try:
        labels, found = np.unique(array, return_inverse=True)
    except TypeError:
        raise InputError(name, "labels of different kinds (text and numbers)", "['A', 'B']") from None
    return found.astype(np.intp), tuple(labels.tolist())


def flags(name: str, values: ArrayLike, n: int | None = None) -> NDArray[np.bool_]:
    """Yes or no: booleans, or 0 and 1."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(name, f"must have one dimension, not {array.ndim}")
    _same_length(name, array, n)
    if array.dtype == bool:
        return array
    try:
        number = array.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(name, "must be True/False or 1/0", "[True, False]") from None
    happened: NDArray[np.bool_] = number == 1
    if not (happened | (number == 0)).all():
        raise InputError(name, "must be True/False or 1/0", "[True, False]")
    return happened


def matrix(name: str, values: Any, n: int | None = None) -> tuple[Floats, tuple[str, ...]]:
    """Covariates, shape (n, p), and the names of their columns (those of a frame, else x1, x2, …)."""
    given = getattr(values, "columns", None)
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(name, "must be numbers; turn categories into 0/1 columns first", "[[0.0, 1.0]]") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(name, "must have two dimensions: rows and at least one covariate", "[[0.0, 1.0]]")
    _same_length(name, array, n)
    columns = tuple(str(c) for c in given) if given is not None else tuple(f"x{j + 1}" for j in range(array.shape[1]))
    sums = np.ones(len(array)) @ array  # a NaN or an infinity shows in its column's sum
    if not np.isfinite(sums).all():
        bad = [c for j, c in enumerate(columns) if not np.isfinite(array[:, j]).all()]
        if bad:
            raise InputError(name, f"missing or infinite values in {', '.join(bad)}; impute or leave those rows out")
    return array, columns


def distinct(ordered: Floats) -> NDArray[np.bool_]:
    """Whether each of some increasing times is another than the one before it, (n,).

    Times closer to each other than 1e-12 of the longest are one: such gaps are what calculating times from dates leaves
    behind, and would break ties that the registry has (R's survival does so too, at 1.5e-8 of the mean).
    """
    new = np.empty(len(ordered), dtype=bool)
    new[:1] = True
    if len(ordered):
        np.greater(ordered[1:] - ordered[:-1], _SAME * ordered[-1], out=new[1:])
    return new


def merge_near(*columns: Floats) -> tuple[Floats, ...]:
    """Columns of times in which those that are one by `distinct` have one value, the smallest of them."""
    ordered = np.unique(np.concatenate(columns))
    new = distinct(ordered)
    if new.all():
        return columns
    value = ordered[new][np.cumsum(new) - 1]
    return tuple(value[np.searchsorted(ordered, column)] for column in columns)


def upto(times: Floats, when: ArrayLike) -> NDArray[np.intp]:
    """How many of increasing times have come by each of the times asked for."""
    longest = times[-1] if len(times) else 0.0
    return np.searchsorted(times, np.asarray(when, dtype=float) + _SAME * longest, side="right")


class Ranks(NamedTuple):
    """Distinct times in order (T,), the position of each time among them (n,), and the rows by time where that was
    needed to find them."""

    times: Floats
    rank: NDArray[np.int32]
    order: NDArray[np.intp] | None


def ranks(time: Floats) -> Ranks:
    """Ranks of times, ties (by `distinct`) together; a lattice of whole numbers needs no sort."""
    highest = time.max()
    if highest < 4 * len(time) + 1000:
        whole = time.astype(np.int32)
        if (whole == time).all():
            present = np.bincount(whole) > 0
            rank = (np.cumsum(present) - 1).astype(np.int32)
            return Ranks(np.flatnonzero(present).astype(np.float64), rank[whole], None)
    order = np.argsort(time)
    ordered = time[order]
    new = distinct(ordered)
    found = np.empty(len(time), dtype=np.int32)
    found[order] = np.cumsum(new, dtype=np.int32) - 1
    return Ranks(ordered[new], found, order)


def level(value: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise InputError("level", "must lie between 0 and 1", "0.95")
    return float(value)


def _same_length(name: str, array: NDArray[Any], n: int | None) -> None:
    if n is not None and len(array) != n:
        raise InputError(name, f"has {len(array)} rows where {n} are needed; all columns must have one length")
