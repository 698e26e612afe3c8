"""Spark Connect: the same counts through a server that is somewhere else, in a process that has no Java of its own."""

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

pyspark = pytest.importorskip("pyspark", reason="Spark is not installed here: make test-spark brings it")
pytest.importorskip("grpc", reason="grpcio is not installed here: make test-spark brings it")

pytestmark = pytest.mark.engines
HOME = Path(pyspark.__file__).parent
CLIENT = """
import sys
from pathlib import Path
import polars as pl
from sarcoma.cohort import histories_of, make_cohort, read_cohort_map, simulated_table, Source
from sarcoma.cohort.histories_file import table_of
from sarcoma.models import card
from sarcoma.scale import SparkEngine, event_table, score_file
address, folder = sys.argv[1], Path(sys.argv[2])
histories = histories_of(make_cohort(Source(simulated_table(300, seed=5), "table"), read_cohort_map("simulated")))
with SparkEngine(master=address) as run:
    found = event_table(run.given(histories), "first-event", run, by_group=True)
assert found.to_data() == table_of(histories, "first-event", by_group=True).to_data()
told = score_file(card("kattan-2002"), folder / "people.parquet", folder / "scored.parquet", "spark", address)
assert (told.account.rows_in, told.account.rows_out) == (3, 2), told
assert sorted(pl.read_parquet(folder / "scored.parquet")["nr.of person"]) == ["a", "c"]
print("the same")
"""


@pytest.fixture
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


def test_the_same_counts_and_scores_by_spark_connect(server: str, tmp_path: Path) -> None:
    import polars as pl

    people = {"nr.of person": ["a", "b", "c"], "age": [62.0, 62.0, None], "type": ["LMS", "GIST", "LMS"]}
    pl.DataFrame(people | {"size": [7.0, 7.0, 7.0]}).write_parquet(tmp_path / "people.parquet")
    command = [sys.executable, "-W", "ignore", "-c", CLIENT, server, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.stdout.splitlines()[-1:] == ["the same"], done.stderr[-2000:]
