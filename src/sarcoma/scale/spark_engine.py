"""Spark: tables that many machines hold together; small ones go to it and come from it by Arrow."""

from __future__ import annotations

import gc
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import narwhals as nw
import polars as pl
import pyarrow as pa
from narwhals.exceptions import NarwhalsError
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from sarcoma.errors import TableError

if TYPE_CHECKING:
    from types import TracebackType

OWN = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # what tasks stumble over is quoted there
    "spark.python.sql.dataFrameDebugging.enabled": "false",  # where in Python each expression stands
    "spark.sql.session.timeZone": "UTC",
}
"""Settings of sessions that are started here; those of a session that is handed over stay as they are."""

FAULTS: tuple[type[Exception], ...] = (PySparkException, Py4JError, NarwhalsError, pa.ArrowException, OSError)
_NOT_STARTED: tuple[type[Exception], ...] = (*FAULTS, RuntimeError)

_FILES = "file://"
_UNREAD = re.compile(r"FAILED_READ_FILE\S*\] Encountered error while reading file (\S+?)\.?\s")
MEMORY = (
    "it ran out of memory: more is given by spark.executor.memory and spark.driver.memory, or asked for by more and "
    "smaller files"
)
RESULT = "more would have come back than Spark lets, or it was lost on the way (spark.driver.maxResultSize)"
LOST = "workers were lost again and again until Spark gave up: their logs say why"
NO_WORKERS = "Spark could not be reached or started: is the address right, does it run, and is Java 17 or newer there?"


class SparkEngine:
    """A session of Spark: the one that is handed over or active, which stays open, or a new one, which is closed.

    Parameters
    ----------
    session : the user's own, of Spark or Spark Connect; its settings stay as they are.
    master : where a new one runs: `local[2]`, `spark://host:7077`, `yarn`, `k8s://…`, or `sc://host:15002` for Spark
        Connect; where not given, what the installed Spark is set to, and else this machine.

    Raises
    ------
    TableError : no session could be started, or one is active at another master.
    """

    name = "spark"
    faults = FAULTS
    folders = True
    one_pass = True

    def __init__(self, session: SparkSession | None = None, *, master: str | None = None) -> None:
        PySparkLogger.getLogger("DataFrameQueryContextLogger").disabled = True  # it writes plans, with cells
        held = session if session is not None else running()
        if held is not None and master is not None and _master_of(held) not in (None, master):
            raise TableError("a session of Spark is active elsewhere already; stop it, or leave master out")
        self._own = held is None
        try:
            self.session: SparkSession = held if held is not None else _started(master)
        except ImportError:
            raise TableError("Spark Connect needs more than Spark: pip install 'pyspark[connect]'") from None
        except _NOT_STARTED:  # it quotes the machine's surroundings
            raise TableError(NO_WORKERS) from None

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            self.session.stop()
        else:
            gc.collect()  # py4j's objects are circles, and what Java holds for them goes only when Python collects them

    def parquet(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet file, or of a folder of them, whatever it is called."""
        return _lazy(self.session.read.parquet(_literal(path)))

    def open(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet or CSV file, or of a folder of Parquet files."""
        if path.is_dir() or path.suffix.lower() == ".parquet":
            return self.parquet(path)
        read = self.session.read.options(header=True, inferSchema=True, mode="FAILFAST", multiLine=True, escape='"')
        return _lazy(read.csv(_literal(path)))

    def renamed(self, frame: nw.LazyFrame[Any], names: dict[str, str]) -> nw.LazyFrame[Any]:
        """The same columns, some by another name; not by expressions, in which a dot means a field within a column."""
        return _lazy(frame.to_native().withColumnsRenamed(names))

    def small(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """The rows of a frame, in memory."""
        return pl.DataFrame(frame.to_native().toArrow())

    def given(self, table: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A small table, as the engine's own: it is part of the plan, and is sent to every worker if it is small."""
        return _lazy(self.session.createDataFrame(table.to_arrow()))

    def explained(self, frame: nw.LazyFrame[Any]) -> str:  # noqa: ARG002
        """Spark shows its plans in pages of its own."""
        raise TableError("--explain: Spark shows its queries in its own pages; name polars or duckdb")

    def write(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """The rows of a frame as a folder of Parquet files, one a part."""
        frame.to_native().write.mode("error").option("compression", "zstd").parquet(_FILES + str(path.absolute()))
        for beside in (*path.glob(".*.crc"), path / "_SUCCESS"):  # of no use to who reads the folder as Parquet
            beside.unlink(missing_ok=True)

    def why(self, error: BaseException) -> str | None:
        """What Spark stumbled over, in words of our own; None where it is none of the known."""
        return _why(error)


def running() -> SparkSession | None:
    """The session of this process, if there is one: active in this thread, or made by another or not used yet."""
    active: SparkSession | None = SparkSession.getActiveSession()
    if active is None:
        active = getattr(SparkSession, "_instantiatedSession", None)
    return active


def _master_of(session: Any) -> str | None:
    """Where a session runs; None of Spark Connect, which does not say."""
    if type(session).__module__.startswith("pyspark.sql.connect"):
        return None
    master: str = session.sparkContext.master
    return master


def _started(master: str | None) -> SparkSession:
    """A new session.

    PySpark warns of pandas 3 as soon as it is installed; nothing here goes through pandas, so that is not passed on.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        return _session(master)


def _session(master: str | None) -> SparkSession:
    builder = SparkSession.builder.appName("sarcoma")
    if master is not None and master.startswith("sc://"):
        return builder.remote(master).getOrCreate()
    if master is not None:
        builder = builder.master(master)
    for key, value in OWN.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _lazy(native: Any) -> nw.LazyFrame[Any]:
    frame: nw.LazyFrame[Any] = nw.from_native(native)
    return frame


def _literal(path: Path) -> str:
    """A file's address that is no pattern to Spark, and no place in the cluster's own store."""
    return _FILES + "".join(f"\\{c}" if c in "*?[]{}\\" else c for c in str(path.absolute()))


def _why(error: BaseException) -> str | None:
    said = _told(error)
    if "maxResultSize" in said or "TaskResultLost" in said:  # one result alone is dropped, and then missed
        return RESULT
    if "OutOfMemory" in said or "exit code 52" in said or "exited with code 52" in said or "code 137" in said:
        return MEMORY
    unread = _UNREAD.search(said)
    if unread is not None:
        return f"{Path(unquote(unread[1])).name[:80]}: this file could not be read; is it whole?"
    if "No space left on device" in said:
        return "the disk is full, here or where a worker writes"
    if "ExecutorLostFailure" in said or "Master removed our application" in said or "FetchFailed" in said:
        return LOST
    return None


def _told(error: BaseException) -> str:
    """All that the error says, to look for words in and never to be shown: it quotes cells."""
    try:
        return str(error)
    except Exception:  # the JVM that is to say it is gone
        return ""
