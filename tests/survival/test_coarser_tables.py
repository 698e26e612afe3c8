"""Event tables on a grid of intervals, and event tables from what an engine counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.errors import InputError
from sarcoma.survival import Course, EventTable

ILLNESS = Course.illness_death()


@st.composite
def drawn(draw: st.DrawFn) -> dict[str, Any]:
    """Histories of an illness-death course, some entering late, in two groups."""
    columns: dict[str, list[Any]] = {name: [] for name in ("entry", "exit", "origin", "to", "group", "patient")}
    for patient in range(draw(st.integers(1, 12))):
        entry = draw(st.sampled_from([0, 0, 0, 1, 2.5, 7]))
        first, second = sorted(entry + draw(st.integers(1, 40)) / 2 for _ in range(2))
        group = draw(st.sampled_from(["A", "B"]))
        to = draw(st.sampled_from([-1, 1, 2]))
        rows = [(entry, first, 0, to)]
        if to == 1 and second > first:
            rows.append((first, second, 1, draw(st.sampled_from([-1, 2]))))
        for row in rows:
            for name, value in zip(columns, (*row, group, patient), strict=True):
                columns[name].append(value)
    return columns


def table_of(columns: dict[str, Any]) -> EventTable:
    return EventTable.from_arrays(ILLNESS, **columns)


def equal(one: EventTable, other: EventTable) -> None:
    assert one.to_data() == other.to_data()


@settings(max_examples=100)
@given(drawn(), st.sampled_from([1, 3, 6, 30]))
def test_a_grid_puts_each_row_where_it_says(columns: dict[str, Any], width: float) -> None:
    table = table_of(columns)
    edges = np.arange(width, table.times[-1] + width, width)
    entry, exit_ = np.array(columns["entry"], float), np.array(columns["exit"], float)
    coarse = {
        **columns,
        "entry": np.floor(entry / width) * width,  # to the beginning of its interval
        "exit": np.ceil(exit_ / width) * width,  # to the end of its interval
        "patient": None,  # in one interval a patient may be in two states
    }
    found = table.on_grid(edges)
    wanted = table_of(coarse)
    assert found.times.tolist() == edges.tolist()
    at = np.searchsorted(edges, wanted.times)
    for name in ("events", "censored", "entered"):
        mine = getattr(found, name)
        np.testing.assert_array_equal(mine[:, at], getattr(wanted, name))
        assert mine.sum() == getattr(wanted, name).sum()
    np.testing.assert_array_equal(found.initial, wanted.initial)
    assert found.at_risk.min() >= 0


@settings(max_examples=50)
@given(drawn())
def test_a_grid_that_holds_every_time_changes_nothing_and_grids_nest(columns: dict[str, Any]) -> None:
    table = table_of(columns)
    if table.times[0] > 0:
        equal(table.on_grid(table.times), table)
    last = float(table.times[-1])
    fine, coarse = np.arange(1.0, last + 2), np.arange(4.0, last + 5, 4)
    if coarse[-1] <= fine[-1]:
        equal(table.on_grid(fine).on_grid(coarse), table.on_grid(coarse))
    equal(EventTable.from_counts(**parts(table.on_grid(fine))), table.on_grid(fine))


def parts(table: EventTable) -> dict[str, Any]:
    names = ("course", "times", "events", "censored", "initial", "entered", "groups")
    return {name: getattr(table, name) for name in names}


def test_without_late_entry_and_censoring_a_curve_is_the_same_at_the_edges() -> None:
    rng = np.random.default_rng(5)
    months = rng.exponential(20, 500)
    table = EventTable.from_arrays(Course.survival(), months, np.ones(500, dtype=int))
    edges = np.arange(6.0, months.max() + 6, 6)
    exact = survival(table)[np.searchsorted(table.times, edges, side="right")]
    np.testing.assert_allclose(survival(table.on_grid(edges))[1:], exact, atol=1e-12)


def survival(table: EventTable) -> Any:
    """Kaplan and Meier's curve, from 1 at the start on."""
    return np.cumprod([1.0, *(1 - table.events[0, :, 0] / np.maximum(table.at_risk[0, :, 0], 1))])


def test_weights_go_to_the_grid_with_their_squares() -> None:
    table = EventTable.from_arrays(Course.survival(), [5, 8, 8], [1, 0, 1], weight=[0.5, 2.0, 1.0])
    found = table.on_grid([6, 12])
    assert found.squares is not None
    assert found.squares.events.ravel().tolist() == [0.25, 1.0]
    assert found.initial.ravel().tolist() == [3.5]


@pytest.mark.parametrize("edges", [[], [0, 6, 40], [6, 6, 40], [6, 5, 40], [6, 12], [6, np.nan], "month", None])
def test_edges_that_are_no_grid_are_refused(edges: Any) -> None:
    table = EventTable.from_arrays(Course.survival(), [5, 8, 30], [1, 0, 1])
    with pytest.raises(InputError):
        table.on_grid(edges)


def long_rows(table: EventTable) -> list[dict[str, Any]]:
    """A table as the rows that an engine would give."""
    k, q = len(table.course.transitions), len(table.course.transient)
    rows = []
    for g, group in enumerate(table.groups):
        rows += [{"group": group, "time": 0.0, "kind": k + q + s, "n": int(table.initial[g, s])} for s in range(q)]
        for t, time in enumerate(table.times.tolist()):
            for offset, name in ((0, "events"), (k, "censored"), (k + q, "entered")):
                counts = getattr(table, name)[g, t]
                rows += [{"group": group, "time": time, "kind": offset + i, "n": int(n)} for i, n in enumerate(counts)]
    return [row for row in rows if row["n"]]


@settings(max_examples=100)
@given(drawn(), st.randoms(use_true_random=False))
def test_long_rows_in_any_order_and_in_parts_give_the_table_back(columns: dict[str, Any], random: Any) -> None:
    table = table_of(columns)
    rows = long_rows(table)
    rows = [{**row, "n": part} for row in rows for part in ((row["n"] - 1, 1) if row["n"] > 1 else (row["n"],))]
    random.shuffle(rows)
    frame = pl.DataFrame(rows)
    equal(EventTable.of_counts(ILLNESS, frame), table)
    equal(EventTable.of_counts(ILLNESS, frame.to_dict(as_series=False)), table)
    if len(table.groups) == 1:
        alone = EventTable.of_counts(ILLNESS, frame.drop("group"))
        assert alone.groups == (None,)
        np.testing.assert_array_equal(alone.events, table.events)


def test_groups_stand_in_the_order_of_their_labels_and_none_first() -> None:
    rows = {"group": ["B", None, "A"], "time": [0, 0, 0], "kind": [2, 2, 2], "n": [3, 1, 2]}
    table = EventTable.of_counts(Course.survival(), rows)
    assert table.groups == (None, "A", "B")
    assert table.initial.ravel().tolist() == [1, 2, 3]


GOOD: dict[str, Any] = {"time": [0, 5, 8], "kind": [2, 0, 1], "n": [3, 1, 2]}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": [2, 0, 3]}, "kind"),
        ({"kind": [2, 0, 0.5]}, "kind"),
        ({"kind": [2, 0, -1]}, "kind"),
        ({"time": [0, -5, 8]}, "time"),
        ({"time": [0, np.nan, 8]}, "time"),
        ({"time": [0, 5]}, "kind"),
        ({"n": [3, 1, -2]}, "n"),
        ({"n": [3, 1, 0.5]}, "n"),
        ({"n": [1, 1, 2]}, "events"),
        ({"n": [3, np.inf, 2]}, "n"),
        ({"group": ["A"]}, "group"),
        ({"n": None}, "n"),
    ],
)
def test_rows_that_nobody_counted_are_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        EventTable.of_counts(Course.survival(), {**GOOD, **change})


def test_a_column_that_is_missing_is_named() -> None:
    for name in GOOD:
        with pytest.raises(InputError, match=name):
            EventTable.of_counts(Course.survival(), {k: v for k, v in GOOD.items() if k != name})
    with pytest.raises(InputError, match="time"):
        EventTable.of_counts(Course.survival(), pl.DataFrame({"kind": [1], "n": [2]}))
    assert len(EventTable.of_counts(Course.survival(), {"time": [], "kind": [], "n": []}).times) == 0
