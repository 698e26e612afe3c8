"""Columns: many records as arrays, with what is still possible where something is unknown.

A coded column holds, for every record, the *set* of values that are still possible: one value where
it is known, all of them where nothing is known, some where other fields narrow it (two of three parts
of a grade, say). Rules and models ask the sets, not the records, so one person and a million people
take the same path, and a missing value becomes a range and never a default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma._types import Floats

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Numeric:
    """Numbers of n records, NaN where unknown; `low` and `high` bound what an unknown one may be."""

    values: Floats
    low: float
    high: float

    @checked
    def take(self, rows: Any) -> Numeric:
        return Numeric(self.values[rows], self.low, self.high)


@dataclass(frozen=True, slots=True)
class Coded:
    """Possible values of n records: `states[codes[i]]` is the set of values record i may have."""

    codes: Codes
    states: tuple[frozenset[str], ...]

    @checked
    def take(self, rows: Any) -> Coded:
        return Coded(self.codes[rows], self.states)

    def known(self) -> NDArray[np.bool_]:
        """Which records have exactly one possible value."""
        return np.array([len(state) == 1 for state in self.states], dtype=bool)[self.codes]

    def per_state(self, function: Any, dtype: Any = np.float64) -> NDArray[Any]:
        """A function of the set of possible values, computed once per distinct set."""
        found: NDArray[Any] = np.array([function(state) for state in self.states], dtype=dtype)
        return found.take(self.codes)

    def map(self, function: Any) -> Coded:
        """A coded column of another variable that depends on this one only."""
        states = [frozenset(str(function(v)) for v in state if function(v) is not None) for state in self.states]
        return encode(states, self.codes)


@dataclass(frozen=True, slots=True)
class Members:
    """Sets that records have (organs, treatments): `states[codes[i]]`, or None where not known."""

    codes: Codes
    states: tuple[frozenset[str] | None, ...]

    @checked
    def take(self, rows: Any) -> Members:
        return Members(self.codes[rows], self.states)


@dataclass(frozen=True, slots=True)
class Stated:
    """What n records say of a field, before anything follows from it: `states[codes[i]]`, None where it is not known.

    Each distinct value stands once (of numbers, too), so that whatever follows from it is worked out once.
    """

    codes: Codes
    states: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Any) -> Stated:
        return Stated(self.codes[rows], self.states)

    def map(self, function: Callable[[Any], Any]) -> Stated:
        """What depends on this only."""
        distinct: dict[Any, int] = {}
        place = [distinct.setdefault(function(state), len(distinct)) for state in self.states]
        return Stated(np.array(place, dtype=np.int32)[self.codes], tuple(distinct))

    def to_list(self) -> list[Any]:
        """One value a record."""
        states = self.states
        return [states[code] for code in self.codes.tolist()]

    def numeric(self, low: float | None, high: float | None) -> Numeric:
        """The same as numbers."""
        found = numeric(self.states, low, high)
        return Numeric(found.values[self.codes], found.low, found.high)

    def coded(self, levels: Iterable[str]) -> Coded:
        """The same as what is possible: what is not known may be any of `levels`."""
        found = coded(self.states, levels)
        return Coded(found.codes[self.codes] if len(found.states) < len(self.states) else self.codes, found.states)

    def members(self) -> Members:
        """The same as sets that records have."""
        return Members(self.codes, tuple(None if state is None else frozenset(state) for state in self.states))


Column = Numeric | Coded | Members


def encode(states: Sequence[frozenset[str]], codes: Codes | None = None) -> Coded:
    """A coded column from one set per record (or per code), each distinct set stored once."""
    distinct: dict[frozenset[str], int] = {}
    index = np.array([distinct.setdefault(state, len(distinct)) for state in states], dtype=np.int32)
    return Coded(index if codes is None else index[codes], tuple(distinct))


def numeric(values: Iterable[Any], low: float | None, high: float | None) -> Numeric:
    """A numeric column from numbers and None."""
    array = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return Numeric(array, -np.inf if low is None else low, np.inf if high is None else high)


def coded(values: Iterable[Any], levels: Iterable[str]) -> Coded:
    """A coded column from values and None; None may be any of `levels`."""
    everything = frozenset(levels)
    states: dict[Any, int] = {}
    found: list[frozenset[str]] = []
    codes = []
    for value in values:
        code = states.get(value)
        if code is None:
            code = states[value] = len(found)
            text = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            found.append(everything if text is None else frozenset((str(text),)))
        codes.append(code)
    return Coded(np.array(codes, dtype=np.int32), tuple(found))


def stated(values: Iterable[Any]) -> Stated:
    """What records say of a field, from one value a record, None where it is not known."""
    distinct: dict[Any, int] = {}
    codes = [distinct.setdefault(value, len(distinct)) for value in values]
    return Stated(np.array(codes, dtype=np.int32), tuple(distinct))


def stated_numbers(column: Numeric, *, whole: bool = False) -> Stated:
    """What records say of a field of numbers."""
    distinct, codes = np.unique(column.values, return_inverse=True)  # NaN, which are one value here, come last
    known = distinct[:-1] if len(distinct) and np.isnan(distinct[-1]) else distinct
    values = [int(v) for v in known.tolist()] if whole else known.tolist()
    return Stated(codes.astype(np.int32).reshape(-1), (*values, *[None] * (len(distinct) - len(known))))


def members(values: Iterable[frozenset[str] | None]) -> Members:
    """A column of sets, each distinct set stored once."""
    distinct: dict[Hashable, int] = {}
    codes = np.array([distinct.setdefault(value, len(distinct)) for value in values], dtype=np.int32)
    return Members(codes, tuple(distinct))  # type: ignore[arg-type]


def unknown_numeric(n: int, low: float | None, high: float | None) -> Numeric:
    """A numeric column of which nothing is known; it takes no memory."""
    nothing = numeric((None,), low, high)
    return Numeric(np.broadcast_to(nothing.values[0], n), nothing.low, nothing.high)


def unknown_coded(n: int, levels: Iterable[str]) -> Coded:
    """A coded column of which nothing is known; it takes no memory."""
    return Coded(np.broadcast_to(np.int32(0), n), (frozenset(levels),))


def unknown_stated(n: int) -> Stated:
    """A field of which nothing is said; it takes no memory."""
    return Stated(np.broadcast_to(np.int32(0), n), (None,))


def unknown_members(n: int) -> Members:
    """A column of sets of which nothing is known; it takes no memory."""
    return Members(np.broadcast_to(np.int32(0), n), (None,))


_MOST_PACKED = 1 << 62


def combine(columns: Sequence[Coded | Members | Stated]) -> tuple[Codes, list[tuple[Any, ...]]]:
    """The distinct combinations of several columns: (index per record, the states of each combination)."""
    if not columns:
        raise ValueError("combine needs at least one column")
    if len(columns[0].codes) == 1:
        return np.zeros(1, dtype=np.int32), [tuple(c.states[int(c.codes[0])] for c in columns)]
    size = math.prod(max(1, len(c.states)) for c in columns)
    if size >= _MOST_PACKED:
        index, first = combine(columns[:-1])
        index, both = combine([Stated(index, tuple(first)), columns[-1]])
        return index, [(*states, state) for states, state in both]
    packed = np.zeros(len(columns[0].codes), dtype=np.int64)
    for column in columns:
        packed *= len(column.states)
        packed += column.codes
    distinct, index = distinct_codes(packed, size)
    combinations = []
    for value in distinct.tolist():
        rest, states = value, list[Any]()
        for column in reversed(columns):
            rest, code = divmod(rest, len(column.states))
            states.append(column.states[code])
        combinations.append(tuple(reversed(states)))
    return index, combinations


def distinct_codes(packed: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], Codes]:
    """The distinct numbers among codes below `size`, in order, and the index of each code among them.

    A table of `size` flags is faster than sorting while it fits in memory.
    """
    if size > 1 << 24:
        distinct, index = np.unique(packed, return_inverse=True)
        return distinct, index.astype(np.int32).reshape(-1)
    present = np.zeros(size, dtype=bool)
    present[packed] = True
    distinct = np.flatnonzero(present)
    place = np.zeros(size, dtype=np.int32)
    place[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, place[packed]
