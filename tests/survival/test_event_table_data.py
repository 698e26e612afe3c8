"""Event tables from outside are checked; what is written is read back exactly."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_properties import COURSES, SEEDS, draw, same_table, table_of

from sarcoma.cohort import ARROW_SCHEMA, of_arrow, to_arrow
from sarcoma.errors import InputError
from sarcoma.survival import Course, EventTable

SURVIVAL = Course.survival()
RIGHT: dict[str, Any] = {"times": [5, 8], "events": [[[1], [1]]], "censored": [[[0], [1]]], "initial": [[3]]}


@given(SEEDS, st.sampled_from(COURSES), st.booleans(), st.booleans())
def test_a_table_goes_to_json_and_back_exactly(seed: int, course: Course, weighted: bool, whole: bool) -> None:
    table = table_of(course, draw(seed, course, weighted=weighted, whole=whole))
    again = EventTable.of_data(json.loads(json.dumps(table.to_data())))
    assert again.course == table.course
    same_table(again, table)
    np.testing.assert_array_equal(again.at_risk, table.at_risk)


@given(SEEDS, st.sampled_from(COURSES), st.booleans(), st.booleans())
def test_tables_go_to_arrow_and_back_exactly(seed: int, course: Course, weighted: bool, whole: bool) -> None:
    tables = [table_of(course, draw(seed + k, course, weighted=weighted, whole=whole)) for k in range(2)]
    frame = to_arrow(*tables)
    assert frame.schema == ARROW_SCHEMA
    for table, again in zip(tables, of_arrow(frame), strict=True):
        assert again.course == table.course
        same_table(again, table)


def test_arrow_files_of_several_hospitals_add_to_the_table_of_all(tmp_path: Any) -> None:
    columns = {"exit": np.arange(1.0, 41), "to": np.arange(40) % 2, "group": np.arange(40) % 3}
    halves = [EventTable.from_arrays(SURVIVAL, **{k: v[i::2] for k, v in columns.items()}) for i in (0, 1)]
    to_arrow(*halves).write_ipc(tmp_path / "tables.arrow")
    here, there = of_arrow(pl.read_ipc(tmp_path / "tables.arrow"))
    same_table((here + there).pooled(), EventTable.from_arrays(SURVIVAL, **columns).pooled())


@pytest.mark.parametrize("label", [None, "1", 1, 1.5, True])
def test_labels_of_groups_stay_what_they_are(label: Any) -> None:
    table = EventTable.from_counts(SURVIVAL, **RIGHT, groups=[label])
    for again in (EventTable.of_data(json.loads(json.dumps(table.to_data()))), *of_arrow(to_arrow(table))):
        assert again.groups == (label,)
        assert type(again.groups[0]) is type(label)


def test_a_table_of_nobody_goes_to_data_and_back() -> None:
    table = EventTable.empty(SURVIVAL)
    same_table(EventTable.of_data(table.to_data()), table)
    same_table(of_arrow(to_arrow(table))[0], table)


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "argument", "problem"),
    [
        ({"times": [8, 5]}, "times", "must increase"),
        ({"times": [5, 5]}, "times", "must increase"),
        ({"times": [-1, 5]}, "times", "below 0"),
        ({"times": [5, float("nan")]}, "times", "missing"),
        ({"events": [[[1, 0], [1, 0]]]}, "events", "has the shape 1 × 2 × 2"),
        ({"events": [[[1], [1, 2]]]}, "events", "as many in each row"),
        ({"events": [[[1], [-1]]]}, "events", "below 0"),
        ({"events": [[[1], [float("nan")]]]}, "events", "missing"),
        ({"events": [[[1], [0.5]]]}, "events", "whole numbers"),
        ({"events": [[[1], ["many"]]]}, "events", "must be numbers"),
        ({"censored": [[0, 1]]}, "censored", "has the shape"),
        ({"initial": [[1]]}, "events", "more leave 'alive' than are at risk"),
        ({"initial": None}, "initial", "is missing"),
        ({"entered": [[[-1], [0]]]}, "entered", "below 0"),
        ({"groups": ["A", "B"]}, "events", "has the shape"),
        ({"groups": ["A", "A"]}, "groups", "each once"),
        ({"groups": "A"}, "groups", "each once"),
        ({"squares": {"events": [[[1.0], [1.0]]]}}, "squares.censored", "is missing"),
    ],
)
def test_a_table_that_nobody_can_have_counted_is_refused(change: dict[str, Any], argument: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        EventTable.from_counts(SURVIVAL, **(RIGHT | change))
    assert caught.value.argument == argument


def test_what_is_no_course_is_refused() -> None:
    with pytest.raises(InputError, match="course"):
        EventTable.from_counts("survival", **RIGHT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"schema": "another"}, "schema"),
        ({"version": 2}, "version"),
        ({"states": ["alive", "gone"]}, "transitions"),
        ({"transitions": ["alive"]}, "transitions"),
        ({"transitions": [["dead", "alive"], ["alive", "dead"]]}, "events"),
        ({"squares": 3}, "squares"),
        ({"more": 1}, "keys"),
    ],
)
def test_data_of_another_kind_is_refused(change: dict[str, Any], argument: str) -> None:
    data = EventTable.from_counts(SURVIVAL, **RIGHT).to_data()
    with pytest.raises(InputError) as caught:
        EventTable.of_data(data | change)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("frame", "argument"),
    [
        (to_arrow(EventTable.empty(SURVIVAL)).drop("times"), "times"),
        (to_arrow(EventTable.empty(SURVIVAL)).with_columns(times=pl.lit("x")), "data"),
        (to_arrow(EventTable.empty(SURVIVAL)).with_columns(events=pl.lit([1.0])), "events"),
        (to_arrow(EventTable.empty(SURVIVAL)).with_columns(groups=pl.lit(["A"])), "groups"),
        ({"times": [1]}, "data"),
    ],
)
def test_arrow_of_another_kind_is_refused(frame: Any, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        of_arrow(frame)
    assert caught.value.argument == argument
