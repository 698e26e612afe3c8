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
from sarcoma.cohort import histories_of, make_cohort, read_cohort_map, simulated_table, Source
from sarcoma.cohort.histories_file import table_of
from sarcoma.scale import SparkEngine, event_table
histories = histories_of(make_cohort(Source(simulated_table(300, seed=5), "table"), read_cohort_map("simulated")))
with SparkEngine(master=sys.argv[1]) as run:
    found = event_table(run.given(histories), "first-event", run, by_group=True)
assert found.to_data() == table_of(histories, "first-event", by_group=True).to_data()
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


def test_the_same_counts_by_spark_connect(server: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", CLIENT, server]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.stdout.splitlines()[-1:] == ["the same"], done.stderr[-2000:]
