"""DuckDB: tables go to and from it as Parquet files in a folder of its own, so that it needs no Arrow library."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
from narwhals.exceptions import NarwhalsError


class DuckDBEngine:
    """A database in memory that spills to a folder of its own; both go when it is closed.

    Parameters
    ----------
    memory : the most that it may take, as DuckDB writes it; its own limit where not given.
    """

    name = "duckdb"
    faults: tuple[type[Exception], ...] = (duckdb.Error, pl.exceptions.PolarsError, NarwhalsError, OSError)
    folders = False
    one_pass = False

    def __init__(self, memory: str | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sarcoma-")
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": False})
        self._connection.execute("SET temp_directory = ?", [self._folder.name])
        if memory is not None:
            self._connection.execute("SET memory_limit = ?", [memory])
        self._files = 0

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._folder.cleanup()

    def _place(self) -> Path:
        self._files += 1
        return Path(self._folder.name) / f"{self._files}.parquet"

    def why(self, error: BaseException) -> str | None:
        """Nothing: its faults do not say it in a way that could be told from others."""

    def parquet(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet file, whatever it is called."""
        return nw.from_native(self._connection.read_parquet(_literal(path)))

    def open(self, path: Path) -> nw.LazyFrame[Any]:
        """The rows of a Parquet or CSV file."""
        if path.suffix.lower() == ".parquet":
            return self.parquet(path)
        return nw.from_native(self._connection.read_csv(_literal(path)))

    def renamed(self, frame: nw.LazyFrame[Any], names: dict[str, str]) -> nw.LazyFrame[Any]:
        """The same columns, some by another name."""
        return frame.rename(names)

    def small(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """The rows of a frame, in memory."""
        place = self._place()
        self.write(frame, place)
        return pl.read_parquet(place, glob=False)

    def given(self, table: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A small table, as the engine's own."""
        place = self._place()
        table.write_parquet(place)
        return self.parquet(place)

    def explained(self, frame: nw.LazyFrame[Any]) -> str:
        """The query that makes a frame, as SQL."""
        return str(frame.to_native().sql_query())

    def write(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """The rows of a frame as Parquet."""
        frame.to_native().write_parquet(str(path), compression="zstd")


def _literal(path: Path) -> str:
    """A file's name that is no pattern to DuckDB."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
