"""Transforms of one predictor: splines, truncated powers, interpolation, intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays

__all__ = ["interval_index", "piecewise_linear", "restricted_cubic_spline", "truncated_powers"]


@checked
def truncated_powers(x: Floats, knots: Sequence[float], power: int = 3) -> Floats:
    """Truncated power basis max(x − k, 0)^power, one column per knot.

    Parameters
    ----------
    x : values, shape (n,); NaN stays NaN.
    knots : k knots, in the unit of x.
    power : degree of each piece.

    Returns
    -------
    basis : shape (n, k).

    Examples
    --------
    >>> truncated_powers(np.array([1.0, 4.0]), knots=[2.0, 3.0]).tolist()
    [[0.0, 0.0], [8.0, 1.0]]
    """
    above: Floats = np.maximum(_values(x)[:, None] - _finite("knots", knots), 0.0)
    with np.errstate(over="ignore"):
        found: Floats = above**power
    if np.isinf(found).any():
        raise InputError("x", "lies too far from the knots for its powers to be computed")
    return found


@checked
def restricted_cubic_spline(x: Floats, knots: Sequence[float]) -> Floats:
    """Restricted (natural) cubic spline basis in Harrell's normalisation, without the intercept.

    Column 0 is x; column j is, with τ = (t_k − t_1)²,
    [(x−t_j)₊³ − (x−t_{k−1})₊³ (t_k−t_j)/(t_k−t_{k−1}) + (x−t_k)₊³ (t_{k−1}−t_j)/(t_k−t_{k−1})] / τ
    (Harrell, Regression Modeling Strategies, 2nd ed. 2015, equation 2.25). Linear beyond the outer knots.

    Parameters
    ----------
    x : values, shape (n,).
    knots : k ≥ 3 increasing knots.

    Returns
    -------
    basis : shape (n, k − 1).

    Raises
    ------
    InputError : fewer than three knots, or knots that do not increase or are missing.

    Examples
    --------
    >>> restricted_cubic_spline(np.array([2.0, 6.0]), knots=[1.0, 3.0, 5.0]).tolist()
    [[2.0, 0.0625], [6.0, 4.5]]
    """
    t = _finite("knots", knots)
    if len(t) < 3 or not (np.diff(t) > 0).all():
        raise InputError("knots", "a restricted cubic spline needs at least three increasing knots", "[3.0, 6.0, 9.0]")
    x = _values(x)
    cubes = truncated_powers(x, knots)
    last, before = t[-1], t[-2]
    inner = t[:-2]
    width = last - before
    tail = cubes[:, [-2]] * (last - inner) / width - cubes[:, [-1]] * (before - inner) / width
    return np.column_stack([x, (cubes[:, :-2] - tail) / (last - t[0]) ** 2])


@checked
def piecewise_linear(x: Floats, knots: Sequence[float], values: Sequence[float]) -> Floats:
    """Linear interpolation between (knot, value) pairs; NaN outside the knots, never an extrapolation.

    Examples
    --------
    >>> piecewise_linear(np.array([1.5, 9.0]), knots=[1.0, 2.0], values=[10.0, 20.0]).tolist()
    [15.0, nan]
    """
    t, y = _finite("knots", knots), _finite("values", values)
    if len(t) != len(y) or not (np.diff(t) > 0).all():
        raise InputError("knots", "must increase, with a value for each", "[1.0, 2.0]")
    found: Floats = np.interp(_values(x), t, y, left=np.nan, right=np.nan)
    return found


def hats(x: Floats, knots: Sequence[float]) -> Floats:
    """The columns of which `piecewise_linear` is the sum, times the values at the knots; (n, k)."""
    t, units = _finite("knots", knots), np.eye(len(knots))
    return np.column_stack([np.interp(_values(x), t, unit, left=np.nan, right=np.nan) for unit in units])


@checked
def interval_index(x: Floats, at: Sequence[float]) -> NDArray[np.intp]:
    """Which interval each x lies in: ≤ at[0], (at[0], at[1]], …, > at[-1]; NaN counts as the last.

    Examples
    --------
    >>> interval_index(np.array([4.0, 5.0, 5.1]), at=[5.0, 10.0]).tolist()
    [0, 0, 1]
    """
    edges = _finite("at", at)
    if not (np.diff(edges) > 0).all():
        raise InputError("at", "must increase", "[5.0, 10.0]")
    return np.searchsorted(edges, _values(x), side="left")


def _values(x: Floats) -> Floats:
    """What is transformed, as numbers; missing ones may be among them."""
    found = _arrays.numbers("x", x, "must be numbers", "[1.0, 2.0]")
    if found.ndim != 1:
        raise InputError("x", f"must have one dimension, not {found.ndim}", "[1.0, 2.0]")
    return found


def _finite(name: str, values: Sequence[float]) -> Floats:
    """Knots, values or cuts, of which `checked` has seen that they are numbers, (k,).

    Raises
    ------
    InputError : some are infinite.
    """
    found: Floats = np.array(values, dtype=np.float64)
    if not np.isfinite(found).all():
        raise InputError(name, "must be finite numbers in one row", "[1.0, 2.0]")
    return found
