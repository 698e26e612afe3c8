"""Counts that come from outside: their shapes, and whether people could have been counted so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course

Counts = NDArray[Any]  # whole numbers without weights, float64 with
PARTS = ("events", "censored", "entered", "initial")


def at_risk(course: Course, events: Counts, censored: Counts, entered: Counts, initial: Counts) -> Counts:
    """(G, T, Q) number (weight) at risk in each transient state just before each time."""
    change = entered - censored
    for transition, source in enumerate(course.transient_index):
        change[:, :, source] -= events[:, :, transition]
    risk = np.empty(change.shape, dtype=change.dtype)
    risk[:, :1] = initial[:, None] if change.shape[1] else 0
    np.cumsum(change[:, :-1], axis=1, dtype=risk.dtype, out=risk[:, 1:])
    risk[:, 1:] += initial[:, None]
    if risk.dtype.kind == "f":  # sums of weights that should cancel leave dust
        risk[np.abs(risk) < 1e-9 * risk.max(initial=0.0)] = 0.0
    return risk


def checked_times(times: ArrayLike) -> Floats:
    """Increasing times of 0 or later, (T,).

    Raises
    ------
    InputError : they are not.
    """
    array = np.asarray(times, dtype=object)
    if array.ndim == 1 and not len(array):
        return np.zeros(0)
    found = _arrays.floats("times", times, low=0.0)
    if not _arrays.increasing(found):
        raise InputError("times", "must increase, each time once", "[12.0, 24.0]")
    return found


def checked_groups(groups: Any) -> tuple[Any, ...]:
    """Labels of groups, each once.

    Raises
    ------
    InputError : they are not.
    """
    try:
        labels = tuple(groups)
        distinct = len(set(labels))
    except TypeError:
        raise InputError("groups", "must be a list of labels", '["A", "B"]') from None
    if isinstance(groups, str) or not labels or distinct < len(labels):
        raise InputError("groups", "needs one label or more, each once", '["A", "B"]')
    return labels


def long_rows(course: Course, rows: Any) -> tuple[Floats, NDArray[np.intp], Floats, NDArray[np.intp], tuple[Any, ...]]:
    """Time, kind, n and group (each (rows,)) of long rows, and the labels of the groups in order.

    Raises
    ------
    InputError : a column is missing or of another length, a time is none, or a kind is none of the course.
    """
    found = {name: _named(rows, name) for name in ("time", "kind", "n")}
    labels = _named(rows, "group", needed=False)
    group = [None] * len(found["time"]) if labels is None else np.asarray(labels, dtype=object).tolist()
    _arrays.one_order(**found)
    if len(group) != len(found["time"]):
        raise InputError("group", "needs one label for each row")
    if not len(found["time"]):
        none = np.zeros(0)
        return none, none.astype(np.intp), none, none.astype(np.intp), (None,)
    time = _arrays.merge_near(_arrays.floats("time", found["time"], low=0.0))[0]
    kind = _arrays.floats("kind", found["kind"], len(time), low=0.0)
    n = _checked("n", found["n"], (len(time),))
    if (n != np.floor(n)).any():
        raise InputError("n", "must be whole numbers", "12")
    kinds = len(course.transitions) + 2 * len(course.transient)
    if (kind != np.floor(kind)).any() or kind.max() >= kinds:
        raise InputError("kind", f"must be whole numbers from 0 to {kinds - 1} for this course", "0")
    order = sorted(set(group), key=lambda label: (label is not None, type(label).__name__, label))
    place = {label: i for i, label in enumerate(order)}
    return time, kind.astype(np.intp), n, np.array([place[label] for label in group], dtype=np.intp), tuple(order)


def _named(rows: Any, name: str, *, needed: bool = True) -> Any:
    """A column of a mapping or a frame."""
    try:
        return rows[name]
    except Exception:  # each library of frames has its own
        if needed:
            raise InputError(name, "is missing from the columns", "time, kind, n and perhaps group") from None
        return None


def checked_counts(
    course: Course, times: int, groups: int, given: Mapping[str, ArrayLike | None], *, weighted: bool, of: str = ""
) -> dict[str, Counts]:
    """Events, censored, entered and initial as arrays of the right shape, that leave nobody at risk below 0.

    Parameters
    ----------
    times, groups : how many. given : the four; `entered` may be None, for nobody. of : put before the argument's name.

    Raises
    ------
    InputError : a wrong shape, missing or negative counts, parts of people without weights, more leave than are there.
    """
    k, q = len(course.transitions), len(course.transient)
    shapes: dict[str, tuple[int, ...]] = {
        "events": (groups, times, k),
        "censored": (groups, times, q),
        "entered": (groups, times, q),
    }
    shapes["initial"] = (groups, q)
    found: dict[str, Counts] = {}
    for name, shape in shapes.items():
        values = given.get(name)
        found[name] = _checked(of + name, np.zeros(shape) if values is None and name == "entered" else values, shape)
        if not weighted:
            whole = found[name].astype(np.int64)
            if (whole != found[name]).any():
                raise InputError(of + name, "must be whole numbers; sums of weights need `squares` beside them", "12")
            found[name] = whole
    left = at_risk(course, **found).astype(np.float64)
    left -= found["censored"]
    for transition, source in enumerate(course.transient_index):
        left[:, :, source] -= found["events"][:, :, transition]
    short = left < -1e-9 * max(1.0, float(left.max(initial=0.0)))
    if short.any():
        t, state = int(short.any(axis=(0, 2)).sum()), course.transient[int(np.argwhere(short)[0, 2])]
        raise InputError(
            of + "events",
            f"at {t} of {times} times more leave {state!r} than are at risk in it; count those there from time 0 "
            "in `initial`, those who come later in `entered`",
        )
    return found


def _checked(name: str, values: ArrayLike | None, shape: tuple[int, ...]) -> Floats:
    example = "zeros of shape " + " × ".join(map(str, shape))
    if values is None:
        raise InputError(name, "is missing", example)
    array = _arrays.numbers(name, values, "must be numbers, as many in each row", example)
    if array.size == 0 and 0 in shape:
        array = array.reshape(shape)
    if array.shape != shape:
        raise InputError(name, f"has the shape {' × '.join(map(str, array.shape)) or 'of one number'}", example)
    if not np.isfinite(array).all():
        raise InputError(name, f"{int((~np.isfinite(array)).sum())} counts are missing or infinite", example)
    if (array < 0).any():
        raise InputError(name, f"{int((array < 0).sum())} counts are below 0", example)
    return array
