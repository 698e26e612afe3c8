"""Transforms of one predictor: what stands in a card, the columns of the design that it makes, its coefficients.

A term of a score is always `basis(transform, x) @ coefficients(transform)`: cards that others published and cards that
are fitted here are run, fitted and checked by the same two functions.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sarcoma.evidence.entry import Entry
from sarcoma.survival import interval_index, piecewise_linear, restricted_cubic_spline, truncated_powers

Floats = NDArray[np.float64]


class Linear(Entry):
    """coefficient · (x − center)."""

    kind: Literal["linear"]
    coefficient: float
    center: float = 0.0


class Intervals(Entry):
    """One coefficient per interval: ≤ at[0], (at[0], at[1]], …, > at[-1]."""

    kind: Literal["intervals"]
    at: tuple[float, ...]
    coefficients: tuple[float, ...]

    @model_validator(mode="after")
    def _one_more(self) -> Intervals:
        _increasing(self.at)
        if len(self.coefficients) != len(self.at) + 1:
            raise ValueError("intervals need one coefficient more than cut points")
        return self


class Levels(Entry):
    """One coefficient per level of a coded predictor."""

    kind: Literal["levels"]
    coefficients: dict[str, float] = Field(min_length=1)


class TruncatedPowers(Entry):
    """linear · u + Σ coefficients · max(u − knot, 0)^power, with u = x or ln x."""

    kind: Literal["truncated-powers"]
    of: Literal["identity", "log"] = "identity"
    linear: float
    power: int = Field(default=3, ge=1, le=9)
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]

    @model_validator(mode="after")
    def _one_each(self) -> TruncatedPowers:
        _increasing(self.knots)
        if len(self.coefficients) != len(self.knots):
            raise ValueError("truncated powers need one coefficient for each knot")
        return self


class RestrictedCubicSpline(Entry):
    """Σ coefficients · Harrell's restricted cubic spline basis (the first is the linear term)."""

    kind: Literal["restricted-cubic-spline"]
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]

    @model_validator(mode="after")
    def _one_less(self) -> RestrictedCubicSpline:
        _increasing(self.knots)
        if len(self.knots) < 3 or len(self.coefficients) != len(self.knots) - 1:
            raise ValueError("a restricted cubic spline needs three knots or more, and one coefficient less than knots")
        return self


class PiecewiseLinear(Entry):
    """Straight lines between (knot, value) pairs, as read off a nomogram's axis."""

    kind: Literal["piecewise-linear"]
    knots: tuple[float, ...]
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _one_each(self) -> PiecewiseLinear:
        _increasing(self.knots)
        if len(self.knots) < 2 or len(self.values) != len(self.knots):
            raise ValueError("straight lines need two knots or more, and one value for each")
        return self


def _increasing(points: tuple[float, ...]) -> None:
    if any(b <= a for a, b in itertools.pairwise(points)):
        raise ValueError("knots and cut points must increase, as in [5, 10]")


Transform = Annotated[
    Linear | Intervals | Levels | TruncatedPowers | RestrictedCubicSpline | PiecewiseLinear, Field(discriminator="kind")
]


def basis(transform: Transform, x: Any) -> Floats:
    """The columns of the design that a transform makes of values.

    Parameters
    ----------
    transform : its kind, knots and levels; its coefficients are not used.
    x : (n,) numbers; for `Levels` the levels themselves (another level gives zeros).

    Returns
    -------
    (n, k), one column for each of `coefficients(transform)`, in the same order.
    """
    t = transform
    if isinstance(t, Levels):
        given = np.asarray(x, dtype=object)
        levels: Floats = np.column_stack([given == level for level in t.coefficients]).astype(float)
        return levels
    x = np.asarray(x, dtype=float)
    if isinstance(t, Linear):
        centred: Floats = (x - t.center)[:, None]
        return centred
    if isinstance(t, Intervals):
        chosen: Floats = np.eye(len(t.coefficients))[interval_index(x, t.at)]
        return chosen
    if isinstance(t, TruncatedPowers):
        u = np.log(np.maximum(x, 1e-12)) if t.of == "log" else x
        return np.column_stack([u, truncated_powers(u, t.knots, t.power)])
    if isinstance(t, RestrictedCubicSpline):
        return restricted_cubic_spline(x, t.knots)
    return np.column_stack([piecewise_linear(x, t.knots, unit) for unit in np.eye(len(t.knots)).tolist()])


def coefficients(transform: Transform) -> Floats:
    """The coefficients of the columns of `basis`, (k,)."""
    t = transform
    if isinstance(t, Levels):
        return np.array(list(t.coefficients.values()))
    if isinstance(t, Linear):
        return np.array([t.coefficient])
    if isinstance(t, TruncatedPowers):
        return np.array([t.linear, *t.coefficients])
    return np.array(t.values if isinstance(t, PiecewiseLinear) else t.coefficients)


def with_coefficients(transform: Transform, values: Sequence[float]) -> Transform:
    """The same transform with other coefficients, in the order of `coefficients`."""
    t, given = transform, [float(v) for v in values]
    if isinstance(t, Levels):
        return t.model_copy(update={"coefficients": dict(zip(t.coefficients, given, strict=True))})
    if isinstance(t, Linear):
        return t.model_copy(update={"coefficient": given[0]})
    if isinstance(t, TruncatedPowers):
        return t.model_copy(update={"linear": given[0], "coefficients": tuple(given[1:])})
    return t.model_copy(update={"values" if isinstance(t, PiecewiseLinear) else "coefficients": tuple(given)})


def column_names(name: str, transform: Transform) -> tuple[str, ...]:
    """A name for each column of `basis`."""
    t = transform
    if isinstance(t, Levels):
        return tuple(f"{name}: {level}" for level in t.coefficients)
    if isinstance(t, Linear):
        return (name,)
    return tuple(f"{name} [{i + 1}]" for i in range(len(coefficients(t))))


def turning_points(transform: Transform) -> tuple[float, ...]:
    """Numbers at which the term may change its course: knots and both sides of cuts."""
    t = transform
    if isinstance(t, Intervals):
        return tuple(float(edge) for cut in t.at for edge in (cut, np.nextafter(cut, np.inf)))
    if isinstance(t, (PiecewiseLinear, RestrictedCubicSpline)):
        return t.knots
    if isinstance(t, TruncatedPowers):
        return tuple(float(np.exp(k)) if t.of == "log" else k for k in t.knots)
    return ()
