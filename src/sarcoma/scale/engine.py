"""What an engine has to do beside running expressions: open files, take a small table, give a small one, write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import narwhals as nw
import polars as pl


@runtime_checkable
class Engine(Protocol):
    """An engine, as long as it is open. Only tables that are small by their making are handed over as `small`."""

    name: str
    faults: tuple[type[Exception], ...]
    """What it raises where a file is damaged, a column is of another type, or there is no room."""

    def parquet(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet file, whatever it is called."""

    def open(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet or CSV file."""

    def small(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """The rows of a frame, in memory."""

    def given(self, table: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A small table, as the engine's own."""

    def write(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """The rows of a frame as Parquet; the place is one that may be left half written."""


def with_columns(frame: nw.LazyFrame[Any], expressions: Sequence[nw.Expr]) -> nw.LazyFrame[Any]:
    """A frame with further columns, perhaps none."""
    return frame.with_columns(*expressions) if expressions else frame
