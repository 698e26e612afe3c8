"""Event tables from histories: whoever counts, the counts are those of NumPy, and so is what is estimated from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from equality import same
from scale_engines import EVERYONE, MADE, OTHERS, asked

from sarcoma.cohort import PLANS, Cohort, histories_of, make_cohort, open_source
from sarcoma.cohort.histories_file import table_of
from sarcoma.errors import CohortError, InputError, NoSuchError, TableError
from sarcoma.scale import event_table
from sarcoma.survival import occupancy

GROUPS = [False, True]


@pytest.fixture(scope="module")
def histories(simulated: Cohort) -> pl.DataFrame:
    return histories_of(simulated)


@pytest.mark.parametrize("engine", OTHERS)
def test_every_course_of_the_simulator_is_counted_as_by_numpy(engine: str, histories: pl.DataFrame) -> None:
    with asked(engine) as one:
        for course in PLANS:
            for by_group in GROUPS:
                found = one.event_table(histories, course, by_group=by_group)
                same(found, table_of(histories, course, by_group=by_group))


@pytest.mark.parametrize("engine", OTHERS)
def test_incidence_and_occupancy_are_those_of_numpy(engine: str, histories: pl.DataFrame) -> None:
    with asked(engine) as one:
        for course in ("first-event", "full-course"):  # competing causes; states that are left again
            told = occupancy(one.event_table(histories, course, by_group=True)).at([12, 36])
            wanted = occupancy(table_of(histories, course, by_group=True)).at([12, 36])
            for part in ("probability", "se", "low", "high"):
                np.testing.assert_array_equal(getattr(told, part), getattr(wanted, part))


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("name", ["tcga_sarc", "msk_met_sts"])
def test_real_cohorts_are_counted_as_by_numpy(name: str, engine: str, shared: Callable[[str], Path]) -> None:
    histories = histories_of(make_cohort(open_source(shared(name))))
    with asked(engine) as one:
        for course in histories["course"].unique().sort():
            same(one.event_table(histories, course), table_of(histories, course))


@pytest.mark.parametrize("engine", EVERYONE)
def test_msk_met_has_its_median_with_delayed_entry(engine: str, shared: Callable[[str], Path]) -> None:
    """28.92 months, to the digit; who counts everybody from metastasis on gets another."""
    histories = histories_of(make_cohort(open_source(shared("msk_met_sts"))))
    with asked(engine) as one:
        table = one.event_table(histories, "survival-from-metastasis")
        without = one.event_table(histories.with_columns(entry=0.0), "survival-from-metastasis")
    assert table.entered.any()
    median = occupancy(table).quantile(0.5)[0].value
    assert median == pytest.approx(28.92, abs=1e-9)
    assert occupancy(without).quantile(0.5)[0].value > median


@pytest.mark.parametrize("engine", EVERYONE)
def test_histories_counted_by_hand(engine: str) -> None:
    """Three under observation from the start, one from month 3 on: 4 at risk at 5, 2 at 8."""
    rows = pl.DataFrame(
        {
            "course": "survival", "id": ["a", "b", "c", "d"], "entry": [0.0, 0.0, 0.0, 3.0], "exit": [5.0, 5.0, 8.0, 8.0],
            "from": "alive", "to": ["dead", None, "dead", None], "group": ["x", "x", None, "y"], "left_out": None,
        },
        schema_overrides={"left_out": pl.String},
    )  # fmt: skip
    with asked(engine) as one:
        table = one.event_table(rows, "survival")
        groups = one.event_table(rows, "survival", by_group=True).groups
    assert occupancy(table).at([5, 8]).probability[0, :, 0].tolist() == pytest.approx([3 / 4, 3 / 8])
    assert groups == ("", "x", "y")


ROWS = {"entry": [0.0, 0.0, 3.0], "exit": [5.0, 8.0, 8.0], "from": ["alive"] * 3, "to": ["dead", None, "dead"]}


@pytest.mark.parametrize("engine", OTHERS)
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
    with asked(engine) as one:
        rows = pl.DataFrame(ROWS | changed, schema_overrides={"exit": pl.Float64, "to": pl.String})
        with pytest.raises(fault):
            one.event_table(rows, "survival")


@pytest.mark.parametrize("engine", OTHERS)
def test_what_is_not_there_is_named(engine: str) -> None:
    with asked(engine) as one:
        run = one.run
        frame = run.given(pl.DataFrame(ROWS))
        assert event_table(frame, "survival", run).events.sum() == 2
        with pytest.raises(NoSuchError):
            event_table(frame, "a walk", run)
        with pytest.raises(TableError, match="group"):
            event_table(frame, "survival", run, by_group=True)
        with pytest.raises(TableError, match="exit"):
            event_table(run.given(pl.DataFrame(ROWS).drop("exit")), "survival", run)
        with pytest.raises(CohortError):
            event_table(run.given(pl.DataFrame(ROWS).clear()), "survival", run)


@pytest.mark.parametrize("engine", OTHERS)
def test_who_has_no_entry_is_there_from_the_start(engine: str) -> None:
    rows = pl.DataFrame(ROWS, schema_overrides={"entry": pl.Float64})
    with MADE[engine]() as run:
        found = event_table(run.given(rows.with_columns(entry=pl.Series([None, 0.0, 3.0]))), "survival", run)
        same(found, event_table(run.given(rows), "survival", run))
    assert found.initial.tolist() == [[2]]
    assert found.entered.sum() == 1
