"""Histories and follow-up beside a cohort: whole or not there, and counted to the same tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sarcoma.cohort import (
    PLANS,
    Cohort,
    FollowUp,
    follow_up_of,
    histories_of,
    make_cohort,
    open_source,
    read_cohort_map,
    read_histories,
    simulated_table,
)
from sarcoma.cohort.folder import FILES, FOLLOW_UP, HISTORIES, table_files
from sarcoma.cohort.follow_up_file import FOLLOW_UP_SCHEMA
from sarcoma.cohort.histories_file import HISTORIES_SCHEMA, table_of
from sarcoma.errors import CohortError, NoSuchError


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    place = tmp_path_factory.mktemp("registry") / "registry.csv"
    simulated_table(400).write_csv(place)
    return make_cohort(open_source(str(place)), read_cohort_map("simulated"))


@pytest.mark.parametrize("name", sorted(PLANS))
def test_every_course_is_counted_from_the_rows_as_from_the_events(cohort: Cohort, name: str) -> None:
    counted = FollowUp.of(cohort).count(PLANS[name])
    histories = histories_of(cohort)
    assert histories.schema == HISTORIES_SCHEMA
    assert table_of(histories, name).to_data() == counted.table.to_data()
    own = histories.filter(pl.col("course") == name)
    told = own.filter(pl.col("left_out").is_not_null())
    assert dict(told["left_out"].value_counts().iter_rows()) == counted.left_out
    kept = set(own.filter(pl.col("left_out").is_null())["id"])
    assert len(kept) == counted.patients
    assert not kept & set(told["id"])


def test_a_group_is_the_centre(cohort: Cohort) -> None:
    patients = cohort.patients.with_columns(
        centre=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("north")).otherwise(pl.lit("south"))
    )
    histories = histories_of(Cohort(patients, cohort.events, cohort.about), {"survival": PLANS["survival"]})
    by_centre = table_of(histories, "survival", by_group=True)
    assert by_centre.groups == ("north", "south")
    assert by_centre.pooled().to_data() == table_of(histories, "survival").to_data()


def test_they_are_written_with_the_cohort_and_named_in_its_account(cohort: Cohort, tmp_path: Path) -> None:
    histories = histories_of(cohort)
    cohort.write(tmp_path / "coh", histories=histories, follow_up=follow_up_of(cohort))
    assert sorted(p.name for p in (tmp_path / "coh").iterdir() if not p.name.startswith(".")) == sorted(FILES)
    assert read_histories(tmp_path / "coh").equals(histories)
    assert len(Cohort.open(tmp_path / "coh")) == len(cohort)
    cohort.write(tmp_path / "coh")
    assert not (tmp_path / "coh" / HISTORIES).exists()
    assert not (tmp_path / "coh" / FOLLOW_UP).exists()
    with pytest.raises(CohortError, match=r"histories\.parquet"):
        read_histories(tmp_path / "coh")


@pytest.mark.parametrize("fault", ["another", "cut", "gone"])
def test_histories_that_the_account_does_not_name_are_refused(cohort: Cohort, tmp_path: Path, fault: str) -> None:
    cohort.write(tmp_path, histories=histories_of(cohort))
    table = tmp_path / HISTORIES
    if fault == "another":
        histories_of(cohort).head(10).write_parquet(table)
    elif fault == "cut":
        table.write_bytes(table.read_bytes()[:-100])
    else:
        table.unlink()
    with pytest.raises(CohortError, match=r"histories\.parquet"):
        read_histories(tmp_path)
    assert len(Cohort.open(tmp_path)) == len(cohort)


def test_a_table_of_other_columns_is_no_histories(cohort: Cohort, tmp_path: Path) -> None:
    cohort.write(tmp_path, histories=pl.DataFrame({"id": ["a"]}))
    with pytest.raises(CohortError):
        read_histories(tmp_path)


def test_a_course_that_nobody_has_or_that_there_is_not(cohort: Cohort) -> None:
    with pytest.raises(NoSuchError):
        table_of(histories_of(cohort), "convalescence")
    alive = Cohort(cohort.patients, cohort.events.filter(pl.col("event") == "last-contact"), cohort.about)
    held = alive.events["id"].unique().to_list()
    alive = Cohort(cohort.patients.filter(pl.col("id").is_in(held)), alive.events, cohort.about)
    with pytest.raises(CohortError):
        table_of(histories_of(alive), "survival-from-metastasis")


@pytest.mark.parametrize("study", ["msk_met_sts", "tcga_sarc"])
def test_public_cohorts_are_counted_alike_with_their_delayed_entry(
    shared: Callable[[str], Path], study: str, tmp_path: Path
) -> None:
    cohort = make_cohort(open_source(shared(study)))
    cohort.write(tmp_path, histories=histories_of(cohort))
    histories, follow_up = read_histories(tmp_path), FollowUp.of(cohort)
    for name, plan in PLANS.items():
        try:
            wanted = follow_up.count(plan)
        except CohortError:
            assert not histories.filter((pl.col("course") == name) & pl.col("left_out").is_null()).height
            continue
        assert table_of(histories, name).to_data() == wanted.table.to_data(), name
    if study == "msk_met_sts":
        assert table_of(histories, "survival-from-metastasis").entered.sum() > 0


def test_follow_up_is_that_of_the_events_one_row_a_patient(cohort: Cohort) -> None:
    table, own = follow_up_of(cohort), FollowUp.of(cohort)
    assert table.schema == FOLLOW_UP_SCHEMA
    assert table["id"].equals(cohort.patients["id"])
    for name in ("entry", "end", "recurrence", "metastasis"):
        np.testing.assert_array_equal(table[name].fill_null(np.nan).to_numpy(), getattr(own, name))
    for name in ("died", "recurrence_untimed", "metastasis_untimed", "organ", "organs"):
        assert table[name].to_list() == getattr(own, name).tolist(), name
    assert table["cause"].to_list() == [c if d else None for c, d in zip(own.cause, own.died, strict=True)]


@pytest.mark.parametrize("fault", ["cut", "gone", "not named"])
def test_tables_that_an_engine_is_to_read_are_those_of_the_account(cohort: Cohort, tmp_path: Path, fault: str) -> None:
    cohort.write(tmp_path, histories=histories_of(cohort), follow_up=follow_up_of(cohort))
    files, account = table_files(tmp_path, (FOLLOW_UP, HISTORIES))
    assert pl.read_parquet(files[FOLLOW_UP]).equals(follow_up_of(cohort))
    assert account["name"] == cohort.about.name
    if fault == "cut":
        files[FOLLOW_UP].write_bytes(files[FOLLOW_UP].read_bytes()[:-100])
    elif fault == "gone":
        files[FOLLOW_UP].unlink()
    else:
        cohort.write(tmp_path, histories=histories_of(cohort))
    with pytest.raises(CohortError, match=r"follow_up\.parquet"):
        table_files(tmp_path, (FOLLOW_UP,))
