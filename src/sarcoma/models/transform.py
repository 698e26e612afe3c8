"""Transforms of one predictor: what stands in a card, the columns of the design that it makes, its coefficients.

A term of a score is always `transform.basis(x) @ transform.beta`: cards that others published and cards that are fitted
here are run, fitted and checked by the same methods. A new transform is a class here and a name in `Transform`.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from sarcoma._frozen import Field, model_validator
from sarcoma._types import Floats
from sarcoma.evidence.entry import Entry
from sarcoma.survival.transforms import hats, interval_index, restricted_cubic_spline, truncated_powers


class _Transform(Entry):
    """What every transform can say of itself.

    `coded`: it is for codes, not for numbers. `cut`: it cuts numbers into intervals, of which the outermost are open.
    """

    coded: ClassVar[bool] = False
    cut: ClassVar[bool] = False

    @abstractmethod
    def basis(self, x: Any) -> Floats:
        """The columns of the design that it makes of values; its coefficients are not used.

        Parameters
        ----------
        x : (n,) numbers, or codes where it is `coded` (a code that it does not name gives zeros).

        Returns
        -------
        (n, k), one column for each of `beta`, in the same order.
        """

    @property
    @abstractmethod
    def beta(self) -> Floats:
        """The coefficients of the columns of `basis`, (k,)."""

    @abstractmethod
    def with_beta(self, values: Sequence[float]) -> Self:
        """The same transform with other coefficients, in the order of `beta`."""

    @abstractmethod
    def describe(self) -> str:
        """It with its coefficients, in one line."""

    @property
    def logarithmic(self) -> bool:
        """Whether it works on ln x."""
        return False

    @property
    def by_level(self) -> Mapping[str, float]:
        """The coefficient of each code that it names; none where it is for numbers."""
        return {}

    def column_names(self, name: str) -> tuple[str, ...]:
        """A name for each column of `basis`."""
        return tuple(f"{name} [{i + 1}]" for i in range(len(self.beta)))

    @property
    def turning_points(self) -> tuple[float, ...]:
        """Numbers at which the term may change its course: knots and both sides of cuts."""
        return ()


class Linear(_Transform):
    """coefficient · (x − center)."""

    kind: Literal["linear"]
    coefficient: float
    center: float = 0.0

    def basis(self, x: Any) -> Floats:
        centred: Floats = (np.asarray(x, dtype=float) - self.center)[:, None]
        return centred

    @cached_property
    def beta(self) -> Floats:
        return _fixed([self.coefficient])

    def with_beta(self, values: Sequence[float]) -> Self:
        return self.model_copy(update={"coefficient": float(values[0])})

    def describe(self) -> str:
        return f"{self.coefficient:+.6g} · (x − {self.center:g})"

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name,)


class Intervals(_Transform):
    """One coefficient per interval: ≤ at[0], (at[0], at[1]], …, > at[-1]."""

    cut: ClassVar[bool] = True

    kind: Literal["intervals"]
    at: tuple[float, ...]
    coefficients: tuple[float, ...]

    @model_validator(mode="after")
    def _one_more(self) -> Self:
        _increasing(self.at)
        if len(self.coefficients) != len(self.at) + 1:
            raise ValueError("intervals need one coefficient more than cut points")
        return self

    def basis(self, x: Any) -> Floats:
        chosen: Floats = np.eye(len(self.coefficients))[interval_index(x, self.at)]
        return chosen

    @cached_property
    def beta(self) -> Floats:
        return _fixed(self.coefficients)

    def with_beta(self, values: Sequence[float]) -> Self:
        return self.model_copy(update={"coefficients": _numbers(values)})

    def describe(self) -> str:
        edges = [f"≤ {self.at[0]:g}", *(f"to {b:g}" for b in self.at[1:]), f"> {self.at[-1]:g}"]
        return ", ".join(f"{edge} {value:+.6g}" for edge, value in zip(edges, self.coefficients, strict=True))

    @property
    def turning_points(self) -> tuple[float, ...]:
        return tuple(float(edge) for cut in self.at for edge in (cut, np.nextafter(cut, np.inf)))


class Levels(_Transform):
    """One coefficient per level of a coded predictor."""

    coded: ClassVar[bool] = True

    kind: Literal["levels"]
    coefficients: dict[str, float] = Field(min_length=1)

    def basis(self, x: Any) -> Floats:
        given = np.asarray(x)
        levels: Floats = np.column_stack([given == level for level in self.coefficients]).astype(np.float64)
        return levels

    @cached_property
    def beta(self) -> Floats:
        return _fixed(list(self.coefficients.values()))

    def with_beta(self, values: Sequence[float]) -> Self:
        return self.model_copy(update={"coefficients": dict(zip(self.coefficients, _numbers(values), strict=True))})

    def describe(self) -> str:
        return ", ".join(f"{level} {value:+.6g}" for level, value in self.coefficients.items())

    @property
    def by_level(self) -> Mapping[str, float]:
        return self.coefficients

    def column_names(self, name: str) -> tuple[str, ...]:
        return tuple(f"{name}: {level}" for level in self.coefficients)


class TruncatedPowers(_Transform):
    """linear · u + Σ coefficients · max(u − knot, 0)^power, with u = x or ln x."""

    kind: Literal["truncated-powers"]
    of: Literal["identity", "log"] = "identity"
    linear: float
    power: int = Field(default=3, ge=1, le=9)
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        _increasing(self.knots)
        if len(self.coefficients) != len(self.knots):
            raise ValueError("truncated powers need one coefficient for each knot")
        return self

    @property
    def logarithmic(self) -> bool:
        return self.of == "log"

    def basis(self, x: Any) -> Floats:
        x = np.asarray(x, dtype=float)
        u = np.log(np.maximum(x, 1e-12)) if self.logarithmic else x
        return np.column_stack([u, truncated_powers(u, self.knots, self.power)])

    @cached_property
    def beta(self) -> Floats:
        return _fixed([self.linear, *self.coefficients])

    def with_beta(self, values: Sequence[float]) -> Self:
        linear, *others = _numbers(values)
        return self.model_copy(update={"linear": linear, "coefficients": tuple(others)})

    def describe(self) -> str:
        x = "ln x" if self.logarithmic else "x"
        if not self.knots:
            return f"{self.linear:+.6g} · {x}"
        terms = (f"{c:+.8g}·({x} − {k:.8g})₊^{self.power}" for k, c in zip(self.knots, self.coefficients, strict=True))
        return f"{self.linear:+.8g}·{x} {' '.join(terms)}"

    @property
    def turning_points(self) -> tuple[float, ...]:
        return tuple(float(np.exp(k)) if self.logarithmic else k for k in self.knots)


class RestrictedCubicSpline(_Transform):
    """Σ coefficients · Harrell's restricted cubic spline basis (the first is the linear term)."""

    kind: Literal["restricted-cubic-spline"]
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]

    @model_validator(mode="after")
    def _one_less(self) -> Self:
        _increasing(self.knots)
        if len(self.knots) < 3 or len(self.coefficients) != len(self.knots) - 1:
            raise ValueError("a restricted cubic spline needs three knots or more, and one coefficient less than knots")
        return self

    def basis(self, x: Any) -> Floats:
        return restricted_cubic_spline(x, self.knots)

    @cached_property
    def beta(self) -> Floats:
        return _fixed(self.coefficients)

    def with_beta(self, values: Sequence[float]) -> Self:
        return self.model_copy(update={"coefficients": _numbers(values)})

    def describe(self) -> str:
        return f"restricted cubic spline, knots {', '.join(f'{k:g}' for k in self.knots)}"

    @property
    def turning_points(self) -> tuple[float, ...]:
        return self.knots


class PiecewiseLinear(_Transform):
    """Straight lines between (knot, value) pairs, as read off a nomogram's axis."""

    kind: Literal["piecewise-linear"]
    knots: tuple[float, ...]
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        _increasing(self.knots)
        if len(self.knots) < 2 or len(self.values) != len(self.knots):
            raise ValueError("straight lines need two knots or more, and one value for each")
        return self

    def basis(self, x: Any) -> Floats:
        return hats(x, self.knots)

    @cached_property
    def beta(self) -> Floats:
        return _fixed(self.values)

    def with_beta(self, values: Sequence[float]) -> Self:
        return self.model_copy(update={"values": _numbers(values)})

    def describe(self) -> str:
        return "straight lines between " + ", ".join(
            f"{k:g}: {v:g}" for k, v in zip(self.knots, self.values, strict=True)
        )

    @property
    def turning_points(self) -> tuple[float, ...]:
        return self.knots


Transform = Annotated[
    Linear | Intervals | Levels | TruncatedPowers | RestrictedCubicSpline | PiecewiseLinear, Field(discriminator="kind")
]


def _increasing(points: tuple[float, ...]) -> None:
    if any(b <= a for a, b in itertools.pairwise(points)):
        raise ValueError("knots and cut points must increase, as in [5, 10]")


def _fixed(values: Sequence[float]) -> Floats:
    """Numbers as an array that cannot be changed, because it is handed out again and again."""
    found = np.array(values)
    found.setflags(write=False)
    return found


def _numbers(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
