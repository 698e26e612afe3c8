"""Event tables from histories: whoever counts, the counts are those of NumPy, and so is what is estimated from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scale_engines import ENGINES

from sarcoma.cohort import PLANS, Cohort, histories_of, make_cohort, open_source
from sarcoma.cohort.histories_file import table_of
from sarcoma.errors import CohortError, InputError, NoSuchError, TableError
from sarcoma.scale import event_table
from sarcoma.survival import EventTable, occupancy
from sarcoma.survival.counting.counts import PARTS

GROUPS = [False, True]


def same(found: EventTable, wanted: EventTable) -> None:
    assert found.groups == wanted.groups
    np.testing.assert_array_equal(found.times, wanted.times)
    for name in PARTS:
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)


@pytest.fixture(scope="module")
def histories(simulated: Cohort) -> pl.DataFrame:
    return histories_of(simulated)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_every_course_is_counted_as_by_numpy(engine: str, histories: pl.DataFrame) -> None:
    with ENGINES[engine]() as run:
        frame = run.given(histories)
        for course in PLANS:
            for by_group in GROUPS:
                found = event_table(frame, course, run, by_group=by_group)
                same(found, table_of(histories, course, by_group=by_group))


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_incidence_and_occupancy_are_those_of_numpy(engine: str, histories: pl.DataFrame) -> None:
    with ENGINES[engine]() as run:
        frame = run.given(histories)
        for course in ("first-event", "full-course"):  # competing causes; states that are left again
            told = occupancy(event_table(frame, course, run, by_group=True)).at([12, 36])
            wanted = occupancy(table_of(histories, course, by_group=True)).at([12, 36])
            for part in ("probability", "se", "low", "high"):
                np.testing.assert_array_equal(getattr(told, part), getattr(wanted, part))


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("name", ["tcga_sarc", "msk_met_sts"])
def test_real_cohorts_are_counted_as_by_numpy(name: str, engine: str, shared: Callable[[str], Path]) -> None:
    histories = histories_of(make_cohort(open_source(shared(name))))
    with ENGINES[engine]() as run:
        frame = run.given(histories)
        for course in histories["course"].unique().sort():
            same(event_table(frame, course, run), table_of(histories, course))


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_survival_after_metastasis_with_delayed_entry(engine: str, shared: Callable[[str], Path]) -> None:
    histories = histories_of(make_cohort(open_source(shared("msk_met_sts"))))
    course = "survival-from-metastasis"
    with ENGINES[engine]() as run:
        table = event_table(run.given(histories), course, run)
    wanted = occupancy(table_of(histories, course)).quantile(0.5)[0].value
    assert occupancy(table).quantile(0.5)[0].value == wanted
    assert 27 < wanted < 33


ROWS = {"entry": [0.0, 0.0, 3.0], "exit": [5.0, 8.0, 8.0], "from": ["alive"] * 3, "to": ["dead", None, "dead"]}


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"exit": [5.0, -1.0, 8.0]}, InputError),
        ({"exit": [5.0, None, 8.0]}, InputError),
        ({"exit": [5.0, float("nan"), 8.0]}, InputError),
        ({"exit": [5.0, float("inf"), 8.0]}, InputError),
        ({"entry": [0.0, float("nan"), 3.0]}, (InputError, TableError)),
        ({"entry": [0.0, 9.0, 3.0]}, TableError),
        ({"to": ["dead", "cured", None]}, CohortError),
        ({"from": ["dead", "alive", "alive"]}, CohortError),
        ({"from": ["alive", None, "alive"]}, CohortError),
    ],
)
def test_rows_that_are_no_histories_are_refused(changed: dict[str, Any], fault: Any, engine: str) -> None:
    with ENGINES[engine]() as run:
        assert event_table(run.given(pl.DataFrame(ROWS)), "survival", run).events.sum() == 2
        rows = pl.DataFrame(ROWS | changed, schema_overrides={"exit": pl.Float64, "to": pl.String})
        with pytest.raises(fault):
            event_table(run.given(rows), "survival", run)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_what_is_not_there_is_named(engine: str) -> None:
    with ENGINES[engine]() as run:
        frame = run.given(pl.DataFrame(ROWS))
        with pytest.raises(NoSuchError):
            event_table(frame, "a walk", run)
        with pytest.raises(TableError, match="group"):
            event_table(frame, "survival", run, by_group=True)
        with pytest.raises(TableError, match="exit"):
            event_table(run.given(pl.DataFrame(ROWS).drop("exit")), "survival", run)
        with pytest.raises(CohortError):
            event_table(run.given(pl.DataFrame(ROWS).clear()), "survival", run)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_who_has_no_entry_is_there_from_the_start(engine: str) -> None:
    rows = pl.DataFrame(ROWS, schema_overrides={"entry": pl.Float64})
    with ENGINES[engine]() as run:
        found = event_table(run.given(rows.with_columns(entry=pl.Series([None, 0.0, 3.0]))), "survival", run)
        same(found, event_table(run.given(rows), "survival", run))
    assert found.initial.tolist() == [[2]]
    assert found.entered.sum() == 1
