"""Figures typed in a second time from the sources' numbers: value, interval, counts."""

from __future__ import annotations

import pytest

from sarcoma.evidence import library

ROWS = (
    [f"A{i}" for i in range(1, 14)]
    + ["A2b"]
    + [f"B{i}" for i in range(1, 31)]
    + [f"C{i}" for i in range(1, 17)]
    + [f"D{i}" for i in range(1, 13)]
    + [f"E{i}" for i in range(1, 46)]
    + [f"OS{i}" for i in range(1, 15)]
    + [f"G{i}" for i in range(1, 14)]
    + [f"H{i}" for i in range(1, 11)]
    + [f"I{i}" for i in range(1, 18)]
)

SPOT = [
    # fact, value, low, high, numerator, n
    ("A2b", 13520, None, None, None, None),
    ("A2b", 5410, None, None, None, None),
    ("A7", 43, None, None, None, None),
    ("A9", 21.4, None, None, None, 565),
    ("B2", 11.9, None, None, 4299, 35987),
    ("B2", 8.01, None, None, 311, 3884),
    ("B3", 83, None, None, 52, 63),
    ("B6", 85.2, None, None, None, None),
    ("B10", 41.2, 26.9, 54.9, None, None),
    ("B12", 73, None, None, 38, 52),
    ("B12", 2.71, 1.00, 7.09, None, None),
    ("B13", 74, None, None, None, 92),
    ("B14", 21, 18.4, 23.8, None, 1007),
    ("B15", 6.02, None, None, None, 35987),
    ("B16", 19, None, None, 9, 48),
    ("B21", 23, None, None, 230, 994),
    ("B21", 73, None, None, 169, 230),
    ("B22", 95, None, None, None, None),
    ("B24", 32, None, None, 571, 1796),
    ("B26", 60.2, None, None, None, 284),
    ("B27", 94, None, None, 33, 35),
    ("C16", 9, None, None, 20, 215),
    ("C16", 4.2, 1.4, 12.7, None, None),
    ("E1", 26, None, None, 60, 227),
    ("E3", 33, 26, 48, None, None),
    ("E3", 0.65, 0.44, 0.95, None, None),
    ("E4", 1.05, 0.84, 1.30, None, None),
    ("E8", 0.55, None, None, None, None),
    ("E9", 0.51, 0.35, 0.75, None, None),
    ("E10", 0.31, 0.24, 0.40, None, None),
    ("E12", 13, 7.6, 18, None, 166),
    ("E14", 0.81, 0.73, 0.90, None, None),
    ("E18", 37, 24, 51, None, 52),
    ("E19", 15, 7, 26, None, 62),
    ("E20", 43.2, 28, 59, None, 44),
    ("E21", 42, 29.9, 55.2, None, 64),
    ("E22", 39, 22, 58, None, 31),
    ("E23", 58, 41, 74, None, 36),
    ("E26", 66.7, 34.9, 90.1, None, 12),
    ("E30", 38, None, None, None, 255),
    ("E31", 15, None, None, None, 94),
    ("E43", 0.70, 0.57, 0.85, None, None),
    ("E43", 0.89, 0.76, 1.03, None, None),
    ("OS1", 18, 15.3, 20.7, None, None),
    ("OS2", 24, 21, 33, None, None),
    ("OS2", 24.8, 19, 33, None, None),
    ("OS3", 8.1, None, None, None, None),
    ("OS4", 21, 18.2, 23.8, None, None),
    ("OS7", 17.6, 15.6, 19.0, None, None),
    ("OS9", 12.8, None, None, None, None),
    ("F5-LYON", 9, None, None, 39, 436),
    ("F1-SFA24", 16, None, None, None, None),
]


def test_every_row_of_the_evidence_table_is_there() -> None:
    assert [row for row in ROWS if row not in library().facts] == []


@pytest.mark.parametrize(("key", "value", "low", "high", "numerator", "n"), SPOT)
def test_a_figure_is_the_one_that_the_source_prints(
    key: str, value: float, low: float | None, high: float | None, numerator: int | None, n: int | None
) -> None:
    fits = [
        f
        for f in library().facts[key].figures
        if f.value == value
        and (low is None or (f.low, f.high) == (low, high))
        and (numerator is None or f.numerator == numerator)
        and (n is None or f.n == n)
        and f.shown
    ]
    assert fits


FROM_MEMORY = ["E1", "E2"]


@pytest.mark.parametrize("key", FROM_MEMORY)
def test_values_from_memory_are_kept_and_never_shown(key: str) -> None:
    hidden = [f for f in library().facts[key].figures if "from-memory" in f.marks]
    assert hidden
    assert not any(f.shown for f in hidden)


@pytest.mark.parametrize(
    ("key", "mark"), [("B2", "conflict"), ("E7", "conflict"), ("E18", "conflict"), ("B24", "calculated")]
)
def test_marks_of_the_evidence_table_are_carried(key: str, mark: str) -> None:
    fact = library().facts[key]
    assert any(mark in fact.marks_of(f) for f in fact.figures)
