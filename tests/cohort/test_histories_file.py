"""Histories beside a cohort: the rows of every course, whole or not there, and counted to the same tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from sarcoma.cohort import (
    PLANS,
    Cohort,
    FollowUp,
    histories_of,
    make_cohort,
    open_source,
    read_cohort_map,
    read_histories,
    simulated_table,
)
from sarcoma.cohort.folder import FILES, HISTORIES
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
    cohort.write(tmp_path / "coh", histories=histories)
    assert sorted(p.name for p in (tmp_path / "coh").iterdir() if not p.name.startswith(".")) == sorted(FILES)
    assert read_histories(tmp_path / "coh").equals(histories)
    assert len(Cohort.open(tmp_path / "coh")) == len(cohort)
    cohort.write(tmp_path / "coh")
    assert not (tmp_path / "coh" / HISTORIES).exists()
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
