"""Arguments into arrays, with errors that name the argument and never show its values."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._rising import rising
from sarcoma._types import Floats
from sarcoma.errors import InputError

_SAME = 1e-11
"""Two times are the same where they differ by no more than this share of the later one: the dust of calculating them,
like the 13.200000000000001 of 1.1 years × 12 (the timefix of R's survival, which takes 1.5e-8 of the mean). It is the
one rule for "at a time": times of people are merged by it where they come in, times asked for are compared by it."""

_NOTHING = 1e-13  # below it a time is 0: what is left of differences


def floats(name: str, values: ArrayLike, n: int | None = None, *, low: float | None = None) -> Floats:
    """Finite numbers, shape (n,), as float64 without a copy where they are that already."""
    _without_own_unit(name, values)
    array = numbers(name, values, "must be numbers", "[1.0, 2.5]")
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
        if low == 0.0 and array.min() >= -_NOTHING:
            return np.maximum(array, 0.0)
        raise InputError(name, f"{int((array < low).sum())} of {len(array)} values are below {low:g}", "[1.0, 2.5]")
    return array


def numbers(name: str, values: Any, problem: str, example: str) -> NDArray[np.float64]:
    """Whatever is given as float64, where it is numbers that have an order and fit."""
    try:
        if np.iscomplexobj(values):
            raise TypeError
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise TypeError
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise InputError(name, problem, example) from None


def _without_own_unit(name: str, values: Any) -> None:
    """Times with a unit of their own – NumPy's, those of pandas and Polars – would be taken as nanoseconds.

    Raises
    ------
    InputError : dates, or lengths of time.
    """
    if type(values) is np.ndarray and values.dtype == np.float64:  # most are
        return
    kinds = getattr(values, "dtypes", None)  # of a frame
    if kinds is None:
        kinds = (values.dtype,) if hasattr(values, "dtype") else ()
    told = [str(kind).lower() for kind in (kinds if isinstance(kinds, (list, tuple)) else np.atleast_1d(kinds))]
    if not told and isinstance(values, (list, tuple)) and len(values):
        told = [type(values[0]).__name__.lower()]
    if any(kind.startswith(("timedelta", "duration")) for kind in told):
        raise InputError(name, "is a length of time with a unit of its own; divide it first", "days / 30.4375")
    if any(kind.startswith(("date", "timestamp", "<m8", "<M8")) for kind in told):
        raise InputError(name, "holds dates; give the time since an origin", "[1.0, 2.5]")


def one_order(**arguments: Any) -> None:
    """Series and frames of pandas are taken row by row, so those with one index must have it in one order.

    Raises
    ------
    InputError : the index of one is that of another in a different order.
    """
    seen: list[tuple[str, Any]] = []
    for name, given in arguments.items():
        index = getattr(given, "index", None)
        if index is None or callable(index) or not hasattr(index, "equals"):
            continue
        for other, theirs in seen:
            if len(index) == len(theirs) and not index.equals(theirs) and not len(index.symmetric_difference(theirs)):
                raise InputError(
                    name,
                    f"has the rows of {other} in another order, by its index; sort both alike",
                    f"{name}.loc[{other}.index]",
                )
        seen.append((name, index))


def some_times(name: str, values: ArrayLike, *, low: float | None = None) -> Floats:
    """One time or several, (T,)."""
    _without_own_unit(name, values)
    return floats(name, np.atleast_1d(numbers(name, values, "must be numbers", "[12.0, 60.0]")), low=low)


def one_time(name: str, value: Any) -> float:
    """One time."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(name, "must be one number", "60.0") from None
    if not np.isfinite(found):
        raise InputError(name, "is missing or infinite", "60.0")
    return found


@contextmanager
def naming(**names: str) -> Iterator[None]:
    """Errors of arguments that were passed on, under the names by which the caller was given them."""
    try:
        yield
    except InputError as error:
        if error.argument not in names:
            raise
        raise InputError(names[error.argument], error.problem, error.example) from None


def codes(name: str, values: ArrayLike, n: int | None = None) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
    """Labels as codes 0 … k−1 in sorted order, with the labels."""
    array = row_of_values(name, values)
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
    array = row_of_values(name, values)
    if array.ndim != 1:
        raise InputError(name, f"must have one dimension, not {array.ndim}")
    _same_length(name, array, n)
    if array.dtype == bool:
        return array
    number = numbers(name, array, "must be True/False or 1/0", "[True, False]")
    happened: NDArray[np.bool_] = number == 1
    if not (happened | (number == 0)).all():
        raise InputError(name, "must be True/False or 1/0", "[True, False]")
    return happened


def row_of_values(name: str, values: Any) -> NDArray[Any]:
    """An array of whatever is given, without rows of different lengths."""
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RecursionError):
        raise InputError(name, "has rows of different lengths", "[1, 0, 1]") from None


def table(name: str, values: Any) -> Floats:
    """Numbers in rows and columns, not checked any further."""
    return numbers(name, values, "must be numbers, as many in each row", "[[0.7, 0.3]]")


def matrix(name: str, values: Any, n: int | None = None) -> tuple[Floats, tuple[str, ...]]:
    """Covariates, shape (n, p), and the names of their columns (those of a frame, else x1, x2, …)."""
    given = getattr(values, "columns", None)
    _without_own_unit(name, values)
    array = numbers(name, values, "must be numbers; turn categories into 0/1 columns first", "[[0.0, 1.0]]")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(name, "must have two dimensions: rows and at least one covariate", "[[0.0, 1.0]]")
    _same_length(name, array, n)
    columns = unnamed(array.shape[1]) if given is None else tuple(str(c) for c in given)
    sums = np.ones(len(array)) @ array  # a NaN or an infinity shows in its column's sum
    if not np.isfinite(sums).all():
        bad = tuple(c for j, c in enumerate(columns) if not np.isfinite(array[:, j]).all())
        if bad:
            what = "missing or infinite values"
            if given is None:
                raise InputError(name, f"{what} in its {spoken(bad, columns)}; impute or leave those rows out")
            raise InputError(name, f"{what} in {', '.join(bad)}; impute or leave those rows out")
    return array, columns


def unnamed(p: int) -> tuple[str, ...]:
    """What columns without names are called in results."""
    return tuple(f"x{j + 1}" for j in range(p))


def is_label(value: Any) -> bool:
    """Whether a value can be the label of a group: one value that has a hash and compares as a whole."""
    return value is None or isinstance(value, (str, bytes, int, float, np.generic, tuple, frozenset, datetime.date))


def positions(name: str, rows: Any, n: int) -> Any:
    """Rows that are asked for: a slice, or positions or a mask among n."""
    if isinstance(rows, slice):
        return rows
    array = row_of_values(name, rows)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "biu"):
        raise InputError(name, "must be positions, a mask or a slice", "[0, 2]")
    if array.dtype == bool:
        _same_length(name, array, n)
    elif len(array) and (array.min() < -n or array.max() >= n):
        raise InputError(name, f"asks for rows where there are {n}", "[0, 2]")
    return array if array.dtype == bool else array.astype(np.intp)


def spoken(some: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Some of the columns as one who gave them knows them: by name, or by their place where they had none."""
    if columns != unnamed(len(columns)):
        return ", ".join(some)
    places = [str(columns.index(c) + 1) for c in some]
    return f"column {places[0]}" if len(places) == 1 else f"columns {', '.join(places[:-1])} and {places[-1]}"


def matched(name: str, values: Any, columns: tuple[str, ...], n: int | None = None, *, of: str = "the model") -> Floats:
    """The covariates of a fit, (n, p), in its order: those of a frame by name, those of an array by place.

    Raises
    ------
    InputError : a frame that lacks one of them, an array with another number of columns.
    """
    array, given = matrix(name, values, n)
    named = hasattr(values, "columns") and columns != unnamed(len(columns))
    if named and given != columns:
        missing = [c for c in columns if c not in given]
        if missing:
            raise InputError(name, f"{of} needs the covariates {', '.join(columns)}; {', '.join(missing)} is not there")
        return array[:, [given.index(c) for c in columns]]
    if len(given) != len(columns):
        raise InputError(name, f"has {len(given)} covariates where {of} needs the covariates {', '.join(columns)}")
    return array


def _dust(later: Any) -> Any:
    """By how much a time may fall short of this one and still be the same."""
    return np.maximum(_SAME * later, _NOTHING)


def distinct(ordered: Floats) -> NDArray[np.bool_]:
    """Whether each of some increasing times is another than the one before it, (n,)."""
    new = np.empty(len(ordered), dtype=bool)
    new[:1] = True
    if len(ordered):
        np.greater(*_gaps(ordered), out=new[1:])
    return new


def _gaps(ordered: Floats) -> tuple[Floats, Floats]:
    """The gaps between increasing times, and how wide they may be without meaning anything."""
    gap, dust = ordered[1:] - ordered[:-1], _SAME * ordered[1:]
    np.maximum(dust, _NOTHING, out=dust)
    return gap, dust


def increasing(times: Floats) -> bool:
    """Whether each time is later than the one before it."""
    return bool(distinct(times).all())


def merge_near(*columns: Floats) -> tuple[Floats, ...]:
    """Columns of times in which those that are one by `distinct` have one value, the smallest of them (0 near 0).

    So where times come in, and then they are compared exactly.
    """
    together = columns[0] if len(columns) == 1 else np.concatenate(columns)
    if _whole(together):
        return columns
    together = np.sort(together)
    gap, dust = _gaps(together)
    above = np.searchsorted(together, 0.0, side="right")
    nothing = above < len(together) and together[above] <= _NOTHING
    if not nothing and np.count_nonzero(gap <= dust) == len(gap) - np.count_nonzero(gap):
        return columns
    ordered = rising(np.append(0.0, together))
    new = distinct(ordered)
    value = ordered[new][np.cumsum(new) - 1]
    return tuple(value[np.searchsorted(ordered, column)] for column in columns)


def without_length(entry: Floats, exit: Floats) -> NDArray[np.bool_]:
    """Rows that end before they start or then, (n,): also by times of others in between, each the same as the next."""
    short = by(exit, entry)
    # as far as 2 n times that lie as near to each other as the same times may
    if len(exit) > 1 and ((exit - entry <= 2 * len(exit) * _dust(exit)) & ~short).any():
        start, end = merge_near(entry, exit)
        short |= start >= end
    found: NDArray[np.bool_] = short & ((exit > 0) | (entry > 0))
    return found


def without_dust(times: Floats) -> Floats:
    """Times of which those that are what is left of differences are 0."""
    small = (times <= _NOTHING) & (times > 0)
    return np.where(small, 0.0, times) if small.any() else times


def _whole(times: Floats) -> bool:
    """Whether all are whole numbers, small enough to be told apart."""
    if not len(times):
        return True
    if not 0 <= times[0] == np.floor(times[0]) or times.max() >= 2**31 - 1:
        return False
    return bool((times.astype(np.int32) == times).all())


def upto(times: Floats, when: ArrayLike) -> NDArray[np.intp]:
    """How many of increasing times have come by each of the times asked for."""
    asked = np.asarray(when, dtype=float)
    found: NDArray[np.intp] = np.searchsorted(times, asked + _dust(asked), side="right")
    return found


def before(times: Floats, when: ArrayLike) -> NDArray[np.intp]:
    """How many of increasing times have come before each of the times asked for."""
    asked = np.asarray(when, dtype=float)
    found: NDArray[np.intp] = np.searchsorted(times, asked - _dust(asked), side="left")
    return found


def until(when: float) -> float:
    """The last time that is by another, for whoever compares elsewhere."""
    return float(when + _dust(when))


def by(times: Any, when: Any) -> Any:
    """Whether times lie at another or before it."""
    return times <= when + _dust(when)


def later(times: Any, when: Any) -> Any:
    """Whether times lie after another: not at it."""
    return times > when + _dust(when)


def at(times: Any, when: Any) -> Any:
    """Whether times are the same as another."""
    return np.abs(times - when) <= _dust(when)


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
    return share("level", value, "0.95")


def share(name: str, value: Any, example: str) -> float:
    """A number strictly between 0 and 1."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = float("nan")
    if not 0.0 < found < 1.0:
        raise InputError(name, "must lie between 0 and 1", example)
    return found


def _same_length(name: str, array: NDArray[Any], n: int | None) -> None:
    if n is not None and len(array) != n:
        raise InputError(name, f"has {len(array)} rows where {n} are needed; all columns must have one length")
