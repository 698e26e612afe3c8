"""Sessions of Spark for tests, one at a time in a process, and how much came back from their workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession

from sarcoma.scale.spark_engine import OWN, SparkEngine, running
from sarcoma.survival import EventTable
from sarcoma.survival.counting.counts import PARTS

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Java that compiles at once and not well, as nothing here runs for long: half the seconds."""
SETTINGS = OWN | {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.executor.extraJavaOptions": QUICK,
}


def session(master: str = "local[2]", **settings: str) -> SparkSession:
    """A session there; the one before ends if it is of another kind."""
    wanted = SETTINGS | {key.replace("__", "."): value for key, value in settings.items()}
    active = running()
    if active is not None:
        held = active.sparkContext.getConf()
        if active.sparkContext.master == master and all(held.get(key) == value for key, value in wanted.items()):
            return active
        active.stop()
    builder = SparkSession.builder.appName("tests").master(master)
    for key in settings:
        builder = builder.config(key.replace("__", "."), settings[key])
    for key, value in SETTINGS.items():
        if key.replace(".", "__") not in settings:
            builder = builder.config(key, value)
    return builder.getOrCreate()


def engine_of_the_session() -> SparkEngine:
    """Spark on the session of two threads that the tests share."""
    return SparkEngine(session())


def end() -> None:
    """No session, if there is one."""
    active = running()
    if active is not None:
        active.stop()


class Results:
    """A listener of Spark's: the bytes that each task sent back, and how often one failed."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.failed = 0

    def onTaskEnd(self, event: Any) -> None:  # noqa: N802 – Spark's name
        if event.reason().toString() != "Success":
            self.failed += 1
        metrics = event.taskMetrics()
        if metrics is not None:
            self.sizes.append(int(metrics.resultSize()))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not name.startswith("on"):
            raise AttributeError(name)
        return lambda *_: None

    def toString(self) -> str:  # noqa: N802
        return "results"

    def hashCode(self) -> int:  # noqa: N802
        return id(self) % 2**31

    def equals(self, other: Any) -> bool:
        return other is self

    class Java:
        implements = ["org.apache.spark.scheduler.SparkListenerInterface"]  # noqa: RUF012


def most_for(table: EventTable, results: Results) -> int:
    """The bytes that the counts of a table take at most: so many a count, and what each task says of itself."""
    counts = sum(int(np.count_nonzero(getattr(table, part))) for part in PARTS)
    return 250 * counts + 10_000 * len(results.sizes)


@contextmanager
def results_of(spark: SparkSession) -> Iterator[Results]:
    """What comes back from tasks meanwhile; complete at the end of the block."""
    context = spark.sparkContext
    ensure_callback_server_started(context._gateway)
    bus = context._jsc.sc()
    told = Results()
    bus.addSparkListener(told)
    try:
        yield told
    finally:
        bus.listenerBus().waitUntilEmpty(60_000)
        bus.removeSparkListener(told)
