"""Spark with two workers, each a process of its own: the same counts, also when one is killed; and no memory is told."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from equality import same

from sarcoma.cohort import Cohort, histories_of
from sarcoma.cohort.histories_file import table_of
from sarcoma.errors import TableError
from sarcoma.models import card
from sarcoma.scale import event_table, score_file

pytest.importorskip("pyspark", reason="Spark is not installed here: make test-spark brings it")
from pyspark.sql import functions
from spark_sessions import end, most_for, results_of, session

from sarcoma.scale import SparkEngine

pytestmark = pytest.mark.engines
CLUSTER = "local-cluster[2,1,1024]"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_WORKER_DIR", str(tmp_path_factory.mktemp("workers")))
        spark = session(CLUSTER, spark__task__maxFailures="3", spark__executor__memory="512m")
        with SparkEngine(spark) as engine:
            yield engine
        end()


@pytest.fixture(scope="module")
def histories(simulated: Cohort) -> pl.DataFrame:
    return histories_of(simulated).filter(pl.col("course") == "first-event")


def workers(spark: Any) -> list[int]:
    """The processes that work for this application, and for no other."""
    ours = spark.sparkContext.applicationId.encode()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                told = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in told and ours in told:
                found.append(int(process.name))
    return sorted(found)


def slowly(frame: nw.LazyFrame[Any], milliseconds: int, parts: int) -> nw.LazyFrame[Any]:
    """The same rows, each of which takes its time."""
    slept = functions.expr(f"java_method('java.lang.Thread', 'sleep', {milliseconds}L)")
    rows = frame.to_native().repartition(parts).withColumn("slept", slept)
    return nw.from_native(rows.where("slept = 'null' or slept is null or slept = ''").drop("slept"))


def test_two_workers_count_as_numpy(cluster: SparkEngine, histories: pl.DataFrame) -> None:
    frame = cluster.given(histories)
    with results_of(cluster.session) as results:
        found = event_table(frame, "first-event", cluster, by_group=True)
    same(found, table_of(histories, "first-event", by_group=True))
    assert len(workers(cluster.session)) == 2
    assert 0 < sum(results.sizes) < most_for(found, results)


def test_a_worker_that_is_killed_in_mid_job_changes_nothing(cluster: SparkEngine, histories: pl.DataFrame) -> None:
    rows = histories.head(400)
    wanted = table_of(rows, "first-event")
    status = cluster.session.sparkContext.statusTracker()
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and not killed:
            for stage in status.getActiveStageIds():
                told = status.getStageInfo(stage)
                at_work = workers(cluster.session)
                if told is not None and told.numTasks >= 8 and told.numCompletedTasks >= 2 and at_work:
                    os.kill(at_work[0], signal.SIGKILL)
                    killed.append(at_work[0])
                    return
            time.sleep(0.02)

    hunter = threading.Thread(target=kill)
    with results_of(cluster.session) as results:
        hunter.start()
        found = event_table(slowly(cluster.given(rows), 50, 8), "first-event", cluster)
        hunter.join()
    assert killed
    assert results.failed > 0
    same(found, wanted)


@pytest.mark.words
def test_a_job_without_memory_is_told_so(cluster: SparkEngine, histories: pl.DataFrame, tmp_path: Path) -> None:
    """Rows that are larger than what a worker has; from a file, as Spark works out what stands in a plan by itself."""
    large = functions.expr("size(array_repeat(concat('x', entry), 200000000))")
    histories.head(50).write_parquet(tmp_path / "histories.parquet")
    frame = cluster.parquet(tmp_path / "histories.parquet").to_native().where(large > 0)
    with pytest.raises(TableError, match="memory"):
        event_table(nw.from_native(frame), "first-event", cluster)
    assert (
        event_table(cluster.given(histories), "first-event", cluster).events.sum() > 0
    )  # the next job has new workers


@pytest.mark.words
def test_more_than_is_allowed_to_come_back_is_told_so(histories: pl.DataFrame, tmp_path: Path) -> None:
    spark = session("local[2]", spark__driver__maxResultSize="2k")
    with SparkEngine(spark) as engine, pytest.raises(TableError, match="maxResultSize"):
        event_table(engine.given(histories), "first-event", engine)
    histories.head(5).select(age="exit").write_parquet(tmp_path / "people.parquet")
    with pytest.raises(TableError, match="maxResultSize"):
        score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "scored.parquet", "spark")
    end()
