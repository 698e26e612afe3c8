"""What answers are made of: named counts and reals that add up over sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import HospitalsError

MOST_PEOPLE = 10**9
PAIRS = ("concordant", "discordant", "tied")
"""Counts of pairs of people, which may be more."""
_LARGEST = 1e15


@dataclass(frozen=True, eq=False)
class Shapes:
    """The shape of each count and each real, by name: what an answer must have, no more and no less."""

    counts: Mapping[str, tuple[int, ...]]
    reals: Mapping[str, tuple[int, ...]]

    @property
    def of_counts(self) -> int:
        """How many numbers the counts are."""
        return sum(int(np.prod(shape)) for shape in self.counts.values())


@dataclass(frozen=True, eq=False)
class Sums:
    """Counts and reals by name."""

    counts: Mapping[str, NDArray[np.int64]]
    reals: Mapping[str, Floats]

    def __repr__(self) -> str:
        return f"Sums(counts={', '.join(self.counts)}; reals={', '.join(self.reals)})"

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            {name: value + other.counts[name] for name, value in self.counts.items()},
            {name: value + other.reals[name] for name, value in self.reals.items()},
        )

    def flat(self) -> tuple[NDArray[np.int64], Floats]:
        """All counts and all reals, one after the other in the order of their names."""
        return _flat(self.counts).astype(np.int64), _flat(self.reals)

    @classmethod
    def of_flat(cls, counts: NDArray[np.int64], reals: Floats, shapes: Shapes) -> Sums:
        return cls(_cut(counts, shapes.counts), _cut(reals, shapes.reals))

    def rounded(self, digits: int) -> Sums:
        """With so many significant digits in the reals."""
        return Sums(self.counts, {name: _significant(value, digits) for name, value in self.reals.items()})

    def to_data(self) -> dict[str, Any]:
        return {
            "counts": {name: value.tolist() for name, value in self.counts.items()},
            "reals": {name: value.tolist() for name, value in self.reals.items()},
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any], shapes: Shapes, who: str) -> Sums:
        """Sums as an answer has them, checked.

        Raises
        ------
        HospitalsError : a name, a shape, a count that is not whole or below 0, a number that is none.
        """
        found: dict[str, dict[str, Any]] = {}
        for part, wanted in (("counts", shapes.counts), ("reals", shapes.reals)):
            given = data.get(part)
            if not isinstance(given, Mapping) or set(given) != set(wanted):
                raise HospitalsError(f"{who}: {part}: the question asks for {', '.join(wanted) or 'none'}")
            found[part] = {name: _read(given[name], shape, f"{who}: {name}") for name, shape in wanted.items()}
        for name, value in found["counts"].items():
            most = _LARGEST if name in PAIRS else MOST_PEOPLE
            if (value != np.floor(value)).any() or (value < 0).any() or (value > most).any():
                raise HospitalsError(f"{who}: {name}: counts must be whole numbers from 0 to {most:,.0f}")
        return cls({name: value.astype(np.int64) for name, value in found["counts"].items()}, found["reals"])


def _flat(parts: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0), *(np.asarray(parts[name]).ravel() for name in sorted(parts))])


def _cut(values: NDArray[Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    found, start = {}, 0
    for name in sorted(shapes):
        size = int(np.prod(shapes[name]))
        found[name] = values[start : start + size].reshape(shapes[name])
        start += size
    return found


def _significant(value: Floats, digits: int) -> Floats:
    if digits >= 17:
        return value
    rounded = [float(f"{number:.{digits}g}") for number in np.asarray(value, dtype=np.float64).ravel().tolist()]
    return np.array(rounded).reshape(np.shape(value))


def _read(given: Any, shape: tuple[int, ...], who: str) -> Floats:
    _nested(given, shape, who)
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise HospitalsError(f"{who}: must be numbers") from None
    if not np.isfinite(array).all() or (np.abs(array) > _LARGEST).any():
        raise HospitalsError(f"{who}: a number is missing, infinite or beyond {_LARGEST:g}")
    return array.reshape(shape)


def _nested(given: Any, shape: tuple[int, ...], who: str) -> None:
    """Looked at from outside, so that a list of 10^9 is refused before it is turned into numbers."""
    if not shape:
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise HospitalsError(f"{who}: must be one number")
        return
    if not isinstance(given, list) or len(given) != shape[0]:
        raise HospitalsError(f"{who}: must have the shape {' × '.join(map(str, shape))}")
    for part in given:
        _nested(part, shape[1:], who)
