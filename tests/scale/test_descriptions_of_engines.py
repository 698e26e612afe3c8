"""A cohort described in each engine: what is said is what NumPy says, figure by figure, word for word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from engine_validation_cases import written
from scale_engines import MADE as ENGINES

from sarcoma.cli import main
from sarcoma.cohort import (
    Cohort,
    describe,
    follow_up_of,
    histories_of,
    make_cohort,
    open_source,
    read_cohort_map,
    simulated_table,
)
from sarcoma.cohort.folder import FOLLOW_UP
from sarcoma.errors import CohortError, TableError
from sarcoma.scale import CohortFiles, describe_files


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("registry")
    simulated_table(900, seed=3).write_csv(place / "registry.csv")
    cohort = make_cohort(open_source(str(place / "registry.csv")), read_cohort_map("simulated"))
    return written(cohort, place / "cohort")


def described(folder: Path, engine: str, min_cell: int | None = None) -> dict[str, Any]:
    with ENGINES[engine]() as run:
        return describe_files(CohortFiles.open(folder, run), min_cell=min_cell).as_data()


@pytest.mark.parametrize("min_cell", [None, 7])
def test_a_registry_is_described_alike(simulated: Path, engine: str, min_cell: int | None) -> None:
    wanted = describe(Cohort.open(simulated), min_cell=min_cell).as_data()
    assert len(wanted["sections"]) > 8
    assert described(simulated, engine, min_cell) == wanted


@pytest.mark.parametrize("study", ["msk_met_sts", "tcga_sarc"])
def test_public_cohorts_are_described_alike(
    shared: Callable[[str], Path], study: str, tmp_path: Path, engine: str
) -> None:
    cohort = make_cohort(open_source(shared(study)))
    told = described(written(cohort, tmp_path), engine)
    assert told == describe(cohort).as_data()
    if study == "msk_met_sts":
        medians = [v for s in told["sections"] for v in s["values"] if v["kind"] == "median-survival"]
        assert next(v["value"] for v in medians if v["group"] is None) == 28.92  # with delayed entry


def test_what_follows_from_several_fields_is_known_alike(simulated: Path, engine: str, tmp_path: Path) -> None:
    """A grade by its parts, a depth by the site, treatments in lists, cells that say nothing."""
    cohort, n = Cohort.open(simulated), pl.len()
    patients = cohort.patients.with_columns(
        pl.when(pl.int_range(n) % 3 == 0).then(None).otherwise(pl.col("grade")).alias("grade"),
        pl.when(pl.int_range(n) % 2 == 0).then(None).otherwise(pl.col("depth")).alias("depth"),
        pl.when(pl.int_range(n) % 4 == 0).then(pl.lit("under-half")).alias("necrosis"),
        (pl.int_range(n) % 25).cast(pl.Float64).alias("mitoses_per_10_hpf"),
        pl.when(pl.int_range(n) % 5 == 0).then(pl.lit("chemotherapy; pazopanib")).alias("treatments"),
        pl.when(pl.int_range(n) % 7 == 0).then(pl.lit("undecided")).alias("metastasectomy"),
    )
    changed = Cohort(patients, cohort.events, cohort.about)
    assert described(written(changed, tmp_path), engine) == describe(changed).as_data()


def test_who_cannot_be_asked_is_not_guessed(simulated: Path, engine: str, tmp_path: Path) -> None:
    """Many metastases at no known time, nobody dead, a cohort of a few: the same questions stay open."""
    cohort = Cohort.open(simulated)
    spread = pl.col("event") == "metastasis"
    undated = cohort.events.with_columns(
        pl.when(spread & (pl.int_range(pl.len()) % 2 == 0)).then(None).otherwise(pl.col("months")).alias("months")
    )
    few = cohort.patients.head(3)
    for name, changed in (
        ("undated", Cohort(cohort.patients, undated, cohort.about)),
        ("few", Cohort(few, cohort.events.filter(pl.col("id").is_in(few["id"].implode())), cohort.about)),
    ):
        told = described(written(changed, tmp_path / name), engine)
        assert told["unanswered"]
        assert told == describe(changed).as_data(), name


def test_the_command_says_it_with_an_engine(
    simulated: Path, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine == "spark":
        ENGINES["spark"]()  # the session that the tests share is then the active one
    for more in (("--to", str(tmp_path / "a.json")), ("--engine", engine, "--to", str(tmp_path / "b.json"))):
        with pytest.raises(SystemExit) as ended:
            main(["cohort", "describe", str(simulated), *more])
        assert not ended.value.code
    assert json.loads((tmp_path / "a.json").read_text()) == json.loads((tmp_path / "b.json").read_text())
    capsys.readouterr()


def test_a_folder_that_is_not_whole_is_refused(simulated: Path, tmp_path: Path) -> None:
    cohort = Cohort.open(simulated)
    cohort.write(tmp_path, histories=histories_of(cohort))  # as it was made before there was such a table
    with ENGINES["polars"]() as run, pytest.raises(CohortError, match="follow_up"):
        CohortFiles.open(tmp_path, run)
    written(cohort, tmp_path)
    content = (tmp_path / FOLLOW_UP).read_bytes()
    (tmp_path / FOLLOW_UP).write_bytes(content[: len(content) // 2])
    with ENGINES["polars"]() as run, pytest.raises(CohortError, match="follow_up"):
        CohortFiles.open(tmp_path, run)


def test_a_follow_up_of_other_patients_is_refused(simulated: Path, engine: str, tmp_path: Path) -> None:
    cohort = Cohort.open(simulated)
    others = follow_up_of(cohort).with_columns(pl.col("id") + "x")
    for name, follow_up in (("others", others), ("fewer", follow_up_of(cohort).head(100))):
        cohort.write(tmp_path / name, histories=histories_of(cohort), follow_up=follow_up)
        with pytest.raises(CohortError, match="follow_up"):
            described(tmp_path / name, engine)


def test_a_table_without_a_column_is_named(simulated: Path, engine: str, tmp_path: Path) -> None:
    cohort = Cohort.open(simulated)
    cohort.write(tmp_path, histories=histories_of(cohort), follow_up=follow_up_of(cohort).drop("organs"))
    with ENGINES[engine]() as run, pytest.raises(CohortError, match=r"follow_up\.parquet.*organs"):
        CohortFiles.open(tmp_path, run)


def test_a_table_that_was_kept_while_another_was_written_is_read(simulated: Path, engine: str, tmp_path: Path) -> None:
    """A writing that was killed: the account is the old one, and so is the table that stands beside the new one."""
    place = written(Cohort.open(simulated), tmp_path / "cohort")
    wanted = described(place, engine)
    old = place / FOLLOW_UP
    old.rename(place / f".kept-{hashlib.sha256(old.read_bytes()).hexdigest()[:16]}-{FOLLOW_UP}")
    old.write_bytes(b"of another cohort")
    if engine == "spark":  # it passes over files whose names begin with a dot
        with pytest.raises(CohortError, match="follow_up"):
            described(place, engine)
    else:
        assert described(place, engine) == wanted


def test_times_that_differ_by_dust_are_one(simulated: Path, engine: str, tmp_path: Path) -> None:
    """Two ways to work out one month differ in the last digit: a metastasis at the death is neither before nor after."""
    cohort = Cohort.open(simulated)
    dead = cohort.events.filter(pl.col("event") == "death").head(60)
    dust = pl.Series([(-1) ** i * 2.0**-52 for i in range(dead.height)])
    found = dead.with_columns(
        pl.lit("metastasis").alias("event"), pl.col("months") * (1 + dust), cause=None, organ=None
    )
    others = cohort.events.filter(~((pl.col("event") == "metastasis") & pl.col("id").is_in(dead["id"].implode())))
    changed = Cohort(
        cohort.patients, pl.concat([others, found.select(others.columns).cast(others.schema)]), cohort.about
    )
    exact = found.with_columns(dead["months"])
    wanted = Cohort(
        cohort.patients, pl.concat([others, exact.select(others.columns).cast(others.schema)]), cohort.about
    )
    assert describe(changed).as_data() == describe(wanted).as_data()
    assert described(written(changed, tmp_path), engine) == describe(wanted).as_data()


def test_a_table_that_an_engine_cannot_read_is_one_error(simulated: Path, engine: str) -> None:
    with ENGINES[engine]() as run:
        files = CohortFiles.open(simulated, run)
        given = run.given(
            pl.DataFrame({"course": ["survival"], "id": ["a"], "left_out": pl.Series([None], dtype=pl.String)})
        )
        broken = CohortFiles(files.about, run, files.patients, files.follow_up, given)
        with pytest.raises(TableError):
            describe_files(broken)


@pytest.mark.parametrize("least", [-1, 0, 1])
def test_a_least_count_below_two_is_refused(simulated: Path, least: int) -> None:
    with ENGINES["polars"]() as run, pytest.raises(CohortError):
        describe_files(CohortFiles.open(simulated, run), min_cell=least)
