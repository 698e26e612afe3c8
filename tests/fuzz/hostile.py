"""Hostile arguments: what nobody means and everybody gives once. Each is made anew, with a name for the report."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from faces import ENTRY, EVENT, EXIT, GROUP, KAPUTT, RISK, N, X


def _with(value: float) -> Any:
    found = EXIT.copy()
    found[0] = value
    return found


def _itself() -> Any:
    found: list[Any] = []
    found.append(found)
    return found


HOSTILE: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "zero": lambda: 0,
    "minus one": lambda: -1,
    "two": lambda: 2,
    "a thousand": lambda: 1000,
    "half": lambda: 0.5,
    "huge": lambda: 1e15,
    "largest": lambda: 1.7e308,
    "denormal": lambda: 5e-324,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "minus inf": lambda: float("-inf"),
    "an integer of 400 digits": lambda: 10**400,
    "no text": lambda: "",
    "text": lambda: KAPUTT,
    "a surrogate": lambda: "\ud800",
    "NUL": lambda: "\0",
    "escape": lambda: f"\x1b]0;{KAPUTT}\x07",
    "bytes": KAPUTT.encode,
    "object": object,
    "class": lambda: int,
    "function": lambda: len,
    "complex": lambda: 1j,
    "Decimal": lambda: Decimal("NaN"),
    "Fraction": lambda: Fraction(1, 3),
    "date": lambda: datetime.date(2020, 1, 1),
    "a set": lambda: {1.0, 2.0},
    "empty dict": dict,
    "dict": lambda: {KAPUTT: KAPUTT},
    "dict of numbers": lambda: {1: [2]},
    "itself": _itself,
    "generator": lambda: (i for i in range(3)),
    "empty list": list,
    "list of an empty list": lambda: [[]],
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "list of None": lambda: [None] * N,
    "list of text": lambda: [KAPUTT] * N,
    "list of kinds": lambda: [1, "a", None, [2]],
    "list of objects": lambda: [object()] * N,
    "one": lambda: [1.0],
    "two of them": lambda: [1.0, 2.0],
    "falling": lambda: [24.0, 12.0],
    "twice the same": lambda: [12.0, 12.0],
    "zeros": lambda: np.zeros(N),
    "ones": lambda: np.ones(N),
    "negative": lambda: -EXIT,
    "with a nan": lambda: _with(float("nan")),
    "with an infinity": lambda: _with(float("inf")),
    "with 1e15": lambda: _with(1e15),
    "with 1e308": lambda: _with(1e308),
    "with 5e-324": lambda: _with(5e-324),
    "1e15 and small": lambda: np.where(np.arange(N) == 0, 1e15, 1e-3 * np.arange(1, N + 1)),
    "one apart by dust": lambda: EXIT * (1 + 1e-12 * np.arange(N)),
    "one short": lambda: EXIT[:-1],
    "times": lambda: EXIT,
    "entries": lambda: ENTRY,
    "flags": lambda: EVENT,
    "all True": lambda: np.ones(N, dtype=bool),
    "labels": lambda: GROUP,
    "chances": lambda: RISK,
    "0 and 1": lambda: np.where(np.arange(N) % 2, 1.0, 0.0),
    "small integers": lambda: np.arange(N, dtype=np.int8),
    "large unsigned": lambda: np.full(N, 2**64 - 1, dtype=np.uint64),
    "float16": lambda: EXIT.astype(np.float16),
    "complex array": lambda: EXIT.astype(complex),
    "object array": lambda: np.array([None, "a", 1.0] * (N // 3), dtype=object),
    "text array": lambda: np.array([KAPUTT] * N),
    "dates": lambda: np.full(N, np.datetime64("2020-01-01")),
    "lengths of time": lambda: np.full(N, np.timedelta64(1, "D")),
    "structured": lambda: np.zeros(N, dtype=[("a", float)]),
    "masked": lambda: np.ma.masked_greater(EXIT, 30),
    "no dimension": lambda: np.array(3.0),
    "nobody": lambda: np.zeros((0, 2)),
    "no columns": lambda: np.zeros((N, 0)),
    "columns": lambda: X,
    "singular": lambda: np.column_stack([X[:, 0], X[:, 0]]),
    "constant column": lambda: np.column_stack([X[:, 0], np.ones(N)]),
    "separating": lambda: EVENT[:, None] * 1.0,
    "huge columns": lambda: X * 1e300,
    "three dimensions": lambda: np.zeros((2, 3, 4)),
    "Polars series": lambda: pl.Series([1.0, None, float("nan")] * (N // 3)),
    "Polars frame": lambda: pl.DataFrame({"column": [1.0, None] * (N // 2)}),
    "empty frame": pl.DataFrame,
    "one name twice": lambda: ("a", "a"),
    "pairs": lambda: (("a", "b"), ("b", "a")),
}
"""Small enough to be quick: no count among them asks for a billion of anything."""
