"""Spark Connect: the same counts and scores through a server, asked by a process that has no Java of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="Spark is not installed here: make test-spark brings it")
pytest.importorskip("grpc", reason="grpcio is not installed here: make test-spark brings it")

import pyspark
from spark_sessions import QUICK

pytestmark = pytest.mark.engines
HOME = Path(pyspark.__file__).parent
COUNTS = """
import sys
from sarcoma.cohort import histories_of, make_cohort, read_cohort_map, simulated_table, Source
from sarcoma.cohort.histories_file import table_of
from sarcoma.scale import SparkEngine, event_table
histories = histories_of(make_cohort(Source(simulated_table(300, seed=5), "table"), read_cohort_map("simulated")))
with SparkEngine(master=sys.argv[1]) as run:
    found = event_table(run.given(histories), "first-event", run, by_group=True)
assert found.to_data() == table_of(histories, "first-event", by_group=True).to_data()
print("the same")
"""
SCORES = """
import sys
from pathlib import Path
import polars as pl
from equality import same
from scale_people import ROWS
from sarcoma.errors import TableError
from sarcoma.models import card
from sarcoma.scale import score_file
folder = Path(sys.argv[2])
people = folder / "people"
people.mkdir()
for part in range(3):
    ROWS.head(300).gather_every(3, part).write_parquet(people / f"{part}.parquet")
ROWS.head(300).write_parquet(folder / "people.parquet")
for name in ("kattan-2002", "gronchi-2013-os"):
    found = score_file(card(name), people, folder / f"{name}.connect.parquet", "spark", sys.argv[1])
    assert found == score_file(card(name), folder / "people.parquet", folder / f"{name}.parquet")
    assert found.account.rows_refused > 50
    same(*(pl.read_parquet(folder / f"{name}{end}.parquet").sort("id") for end in (".connect", "")))
(people / "1.parquet").write_bytes((people / "1.parquet").read_bytes()[:500])
try:
    score_file(card("kattan-2002"), people, folder / "none.parquet", "spark", sys.argv[1])
except TableError as error:
    assert "1.parquet" in str(error) and not (folder / "none.parquet").exists(), str(error)
    print("the same")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server on this machine, and its address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [
        str(HOME / "bin" / "spark-submit"),
        *("--master", "local[2]", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        *(
            "--conf",
            f"spark.connect.grpc.binding.port={port}",
            "--conf",
            "spark.connect.grpc.binding.address=127.0.0.1",
        ),
        *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"),
        *("--conf", "spark.driver.bindAddress=127.0.0.1", "--conf", "spark.driver.host=127.0.0.1"),
        *("--driver-java-options", QUICK),
        "spark-internal",
    ]
    own = os.environ | {"SPARK_HOME": str(HOME)}
    process = subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 900
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.5)
        assert process.poll() is None
        yield f"sc://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize("client", [COUNTS, SCORES], ids=["counts", "scores"])
def test_the_same_by_spark_connect(client: str, server: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", client, server, str(tmp_path)]
    own = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False, timeout=900)
    assert done.stdout.splitlines()[-1:] == ["the same"], done.stderr[-2000:]
