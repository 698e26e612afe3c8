"""What an engine has to do beside running expressions: open files, take a small table, give a small one, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import narwhals as nw
import polars as pl

from sarcoma.errors import TableError


@runtime_checkable
class Engine(Protocol):
    """An engine, as long as it is open. Only tables that are small by their making are handed over as `small`."""

    name: str
    faults: tuple[type[Exception], ...]
    """What it raises where a file is damaged, a column is of another type, or there is no room."""

    folders: bool
    """Whether a table can be a folder of Parquet files that it reads, and is one that it writes."""

    one_pass: bool
    """Whether it counts several columns at once, since each time that it is asked costs more than a column does."""

    def why(self, error: BaseException) -> str | None:
        """What one of its faults comes from, quoting nothing of the table; None where that is not known."""

    def parquet(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet file, whatever it is called."""

    def open(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet or CSV file."""

    def renamed(self, frame: nw.LazyFrame[Any], names: dict[str, str]) -> nw.LazyFrame[Any]:
        """The same columns, some by another name; of either kind, with whatever characters."""

    def small(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """The rows of a frame, in memory."""

    def given(self, table: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A small table, as the engine's own."""

    def write(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """The rows of a frame as Parquet, a file or a folder; the place is one that may be left half written."""

    def explained(self, frame: nw.LazyFrame[Any]) -> str:
        """The query that makes a frame, as the engine writes it."""


def broken(engine: Engine, error: Exception, what: str = "") -> TableError:
    """One of an engine's faults as an error that quotes nothing of the table.

    Parameters
    ----------
    what : the file that was read, if it was one.
    """
    why = engine.why(error)
    if why is None:
        why = (
            f"{engine.name} could not read it to its end or write what came of it: is the file whole (Parquet, or CSV "
            "in UTF-8 with a header row), and is there room?"
        )
    return TableError(f"{what[:80]}: {why}" if what else why)


def with_columns(frame: nw.LazyFrame[Any], expressions: Sequence[nw.Expr]) -> nw.LazyFrame[Any]:
    """A frame with further columns, perhaps none."""
    return frame.with_columns(*expressions) if expressions else frame


def counted(
    engine: Engine, names: Sequence[str], of: Callable[[Sequence[str]], nw.LazyFrame[Any]]
) -> dict[str, pl.DataFrame]:
    """How often each value of some columns stands there: by column a table of this column and `n`.

    Parameters
    ----------
    of : a frame with these columns, of one type.
    """
    if not engine.one_pass or len(names) < 2:
        return {name: engine.small(of([name]).group_by(name).agg(nw.len().alias("n"))) for name in names}
    long = of(names).unpivot(on=list(names), variable_name="column", value_name="value")
    found = engine.small(long.group_by("column", "value").agg(nw.len().alias("n")))
    return {name: found.filter(pl.col("column") == name).select(pl.col("value").alias(name), "n") for name in names}
