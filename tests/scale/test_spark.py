"""Spark on this machine: what comes back, what does not depend on the order of rows, and what breaks."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from equality import same
from scale_engines import asked
from scale_people import ROWS

from sarcoma.cohort import Cohort, histories_of
from sarcoma.cohort.histories_file import table_of
from sarcoma.errors import TableError
from sarcoma.models import card
from sarcoma.scale import event_table, score_file, scored
from sarcoma.scale.refusals import without_refused

pytest.importorskip("pyspark", reason="Spark is not installed here: make test-spark brings it")
from spark_sessions import engine_of_the_session, most_for, results_of

pytestmark = pytest.mark.engines
KATTAN = card("kattan-2002")


@pytest.fixture
def run() -> Iterator[Any]:
    with engine_of_the_session() as engine:
        yield engine


@pytest.fixture(scope="module")
def histories(simulated: Cohort) -> pl.DataFrame:
    return histories_of(simulated)


def in_parts(table: pl.DataFrame, folder: Path, parts: int) -> Path:
    """A folder of files, each with some of the rows."""
    folder.mkdir()
    for part in range(parts):
        table.gather_every(parts, part).write_parquet(folder / f"people-{part:02}.parquet")
    return folder


def times(frame: nw.LazyFrame[Any], n: int) -> nw.LazyFrame[Any]:
    """Each row n times."""
    native = frame.to_native()
    return nw.from_native(native.crossJoin(native.sparkSession.range(n).withColumnRenamed("id", "again")).drop("again"))


def shuffled(frame: nw.LazyFrame[Any], seed: int) -> nw.LazyFrame[Any]:
    """The rows in another order and in other parts."""
    from pyspark.sql import functions

    return nw.from_native(frame.to_native().repartition(3 + seed, functions.rand(seed)))


def test_the_order_of_rows_changes_nothing(run: Any, histories: pl.DataFrame) -> None:
    frame = run.given(histories)
    wanted = table_of(histories, "first-event", by_group=True)
    people = ROWS.head(300)
    said = asked("numpy").scored(KATTAN, people)
    for seed in (0, 1):
        same(event_table(shuffled(frame, seed), "first-event", run, by_group=True), wanted)
        rows = run.small(scored(KATTAN, shuffled(run.given(people), seed), run)).sort("id")
        same(rows.select(said.columns), said)


def test_only_counts_come_back(run: Any, histories: pl.DataFrame) -> None:
    """Fifty times the people, of the same times: not a byte more of results than for the same tasks."""
    frame = run.given(histories)
    many = times(frame, 50)
    with results_of(run.session) as one:
        table = event_table(frame, "full-course", run)
    with results_of(run.session) as fifty:
        larger = event_table(many, "full-course", run)
    assert (larger.events == 50 * table.events).all()
    most = most_for(table, one)
    assert 0 < sum(one.sizes) < most
    assert sum(fifty.sizes) < 1.5 * sum(one.sizes)
    with results_of(run.session) as all_rows:  # the listener would see them
        assert run.small(many.head(200_000)).height == 200_000
    assert sum(all_rows.sizes) > 5 * most


def test_scoring_brings_back_what_is_distinct_and_no_rows(run: Any) -> None:
    rows = run.given(ROWS.head(500))
    told = {}
    for n in (1, 40):
        with results_of(run.session) as results:
            kept, account = without_refused(times(rows, n), run)
            scored(KATTAN, kept, run)
        assert account.rows_in == 500 * n
        told[n] = sum(results.sizes)
    assert told[40] < 1.5 * told[1]


def test_what_java_holds_for_a_run_goes_when_it_is_closed() -> None:
    """Python collects seldom; without that a session of a gigabyte was full before the tests of this folder were through."""

    def held(session: Any) -> float:
        session._jvm.java.lang.System.gc()
        memory = session._jvm.java.lang.Runtime.getRuntime()
        return float(memory.totalMemory() - memory.freeMemory()) / 1e6

    gc.collect()
    gc.disable()
    try:
        with engine_of_the_session() as one:
            before = held(one.session)
            assert one.small(scored(KATTAN, one.given(ROWS.head(300)), one)).height == 300
            assert held(one.session) > before + 60
        until = time.monotonic() + 60
        while held(one.session) > before + 30 and time.monotonic() < until:
            time.sleep(0.5)
        assert held(one.session) < before + 30
    finally:
        gc.enable()


def test_a_folder_of_files_is_scored_into_one(run: Any, tmp_path: Path) -> None:
    source = in_parts(ROWS.head(400), tmp_path / "people", 40)
    found = score_file(KATTAN, source, tmp_path / "scored.parquet", "spark")
    ROWS.head(400).write_parquet(tmp_path / "people.parquet")
    wanted = score_file(KATTAN, tmp_path / "people.parquet", tmp_path / "by-polars.parquet", "polars")
    assert found == wanted
    one = pl.read_parquet(tmp_path / "scored.parquet").sort("id")
    two = pl.read_parquet(tmp_path / "by-polars.parquet").sort("id")
    same(one, two)
    with pytest.raises(TableError):
        score_file(KATTAN, source, tmp_path / "scored.parquet", "spark")  # what is there is not replaced


@pytest.mark.parametrize("damage", ["cut short", "not Parquet", "broken within"])
def test_one_bad_file_of_forty_is_named_and_nothing_is_written(run: Any, damage: str, tmp_path: Path) -> None:
    source = in_parts(ROWS.head(400), tmp_path / "people", 40)
    bad = source / "people-17.parquet"
    whole = bad.read_bytes()
    middle = bytes(b ^ 0x5A for b in whole[4 : len(whole) // 2])
    bad.write_bytes(
        {
            "cut short": whole[: len(whole) // 2],
            "not Parquet": b"nr;age\n1;62\n" * 20,
            "broken within": whole[:4] + middle + whole[len(whole) // 2 :],
        }[damage]
    )
    with pytest.raises(TableError) as told:
        score_file(KATTAN, source, tmp_path / "scored.parquet", "spark")
    assert "people-17.parquet" in str(told.value)
    assert str(told.value).count("\n") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people"]


def test_no_rows_and_no_files(run: Any, tmp_path: Path) -> None:
    ROWS.clear().write_parquet(tmp_path / "people.parquet")
    found = score_file(KATTAN, tmp_path / "people.parquet", tmp_path / "scored.parquet", "spark")
    assert (found.account.rows_in, found.account.rows_out) == (0, 0)
    assert pl.read_parquet(tmp_path / "scored.parquet").height == 0
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError):
        score_file(KATTAN, tmp_path / "empty", tmp_path / "other.parquet", "spark")
    assert not (tmp_path / "other.parquet").exists()


def test_a_full_disk_or_a_broken_write_leaves_nothing(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ROWS.head(50).write_parquet(tmp_path / "people.parquet")
    from sarcoma.scale.spark_engine import SparkEngine

    def half(self: Any, frame: Any, path: Path) -> None:
        path.mkdir()
        (path / "part-0.parquet").write_bytes(b"PAR1")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SparkEngine, "write", half)
    with pytest.raises(TableError):
        score_file(KATTAN, tmp_path / "people.parquet", tmp_path / "scored.parquet", "spark")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.parquet"]
    assert shutil.disk_usage(tmp_path).free > 0
