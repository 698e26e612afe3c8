"""Polars, with its streaming engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
from narwhals.exceptions import NarwhalsError


class PolarsEngine:
    """Polars' lazy frames; what is written or collected runs in its streaming engine."""

    name = "polars"
    faults: tuple[type[Exception], ...] = (pl.exceptions.PolarsError, NarwhalsError, OSError)
    folders = False
    one_pass = False

    def __enter__(self) -> PolarsEngine:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def why(self, error: BaseException) -> str | None:
        """Nothing: its faults do not say it in a way that could be told from others."""

    def parquet(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet file, whatever it is called."""
        return nw.from_native(pl.scan_parquet(path, glob=False))

    def open(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet or CSV file."""
        if path.suffix.lower() == ".parquet":
            return self.parquet(path)
        return nw.from_native(pl.scan_csv(path, glob=False))

    def renamed(self, frame: nw.LazyFrame[Any], names: dict[str, str]) -> nw.LazyFrame[Any]:
        """The same columns, some by another name."""
        return frame.rename(names)

    def small(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """The rows of a frame, in memory."""
        collected: pl.DataFrame = frame.to_native().collect(engine="streaming")
        return collected

    def given(self, table: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A small table, as the engine's own."""
        return nw.from_native(table.lazy())

    def explained(self, frame: nw.LazyFrame[Any]) -> str:
        """The query that makes a frame."""
        return str(frame.to_native().explain(engine="streaming"))

    def write(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """The rows of a frame as Parquet."""
        frame.to_native().sink_parquet(path)
