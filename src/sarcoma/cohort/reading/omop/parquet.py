"""DuckDB over a folder of Parquet files, one a table; it downloads nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma.cohort.reading.omop.queries import TOO_LONG, Engine, as_list, looked_at, query_text
from sarcoma.cohort.reading.omop.tables import Table, tables
from sarcoma.cohort.reading.place import Place
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

_DAMAGED = "{name}: the file is damaged, or is no Parquet file; export the table again"
_UNREAD = "{name}: its files cannot be read together; export the tables again"
_NO_MEMORY = "{name}: there is too little memory for these tables; nothing was written"
_HELD = ("person", "episode", "condition_occurrence", "observation_period", "measurement", "death")


class _Parquet:
    def __init__(self, connection: Any, folder: Path, seconds: float, name: str) -> None:
        self.connection, self.seconds, self.name = connection, seconds, name
        self.unread: dict[str, int] = {}
        files = {path.stem.lower(): path for path in sorted(folder.iterdir()) if path.suffix.lower() == ".parquet"}
        self.files = {table: files[table] for table in tables() if table in files}
        with _stopped_after(connection, seconds):
            self._columns = {table: self._named(path) for table, path in self.files.items()}
            self.renamed, self.absent = looked_at(self, name, "export it as {}.parquet into this folder")
            for table in self.files:
                self._view(tables()[table])

    def _named(self, path: Path) -> dict[str, tuple[str, str]]:
        """The columns of a file, in small letters: as they are written, and their types."""
        self.connection.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(path)])
        try:
            return {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in self.connection.fetchall()}
        finally:
            _complete(self.connection)

    def _view(self, table: Table) -> None:
        """A file as a table whose columns are of the types that they should be."""
        there, parts = self._columns[table.name], []
        source = f"read_parquet('{str(self.files[table.name]).replace(chr(39), 2 * chr(39))}')"
        for column in table.read:
            written, kind = there[self.renamed.get(column.name, column.name)]
            quoted = '"' + written.replace('"', '""') + '"'
            wanted = {"integer": "BIGINT", "float": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP"}.get(
                column.type, "VARCHAR"
            )
            parts.append(f"TRY_CAST({quoted} AS {wanted}) AS {column.name}")
            if kind == "VARCHAR" and wanted != "VARCHAR":
                lost = self._one(
                    f"SELECT count(*) FROM {source} "  # noqa: S608
                    f"WHERE trim({quoted}) <> '' AND TRY_CAST({quoted} AS {wanted}) IS NULL"
                )
                if lost:
                    self.unread[f"{table.name}.{column.name}"] = lost
        self.connection.execute(f"CREATE VIEW {table.name} AS SELECT {', '.join(parts)} FROM {source}")  # noqa: S608
        _complete(self.connection)

    def _one(self, statement: str) -> int:
        self.connection.execute(statement)
        try:
            return int(self.connection.fetchall()[0][0])
        finally:
            _complete(self.connection)

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(self._columns.get(table, ()))

    def answer(self, query: str, *parameters: Iterable[Any]) -> pl.DataFrame:
        import polars as pl

        text = query_text(query, {}, self.absent)
        with _stopped_after(self.connection, self.seconds):
            try:
                return pl.DataFrame(self.connection.sql(text, params=[as_list(values) for values in parameters]))
            except pl.exceptions.PolarsError as error:
                if "Interrupt" in str(error):
                    raise CohortError(TOO_LONG.format(seconds=self.seconds)) from None
                if "Out of Memory" in str(error):
                    raise CohortError(_NO_MEMORY.format(name=self.name)) from None
                raise CohortError(_damage(self.connection, self.files.values(), self.name)) from None


def _damage(connection: Any, files: Iterable[Path], name: str) -> str:
    """Which file is damaged, in a sentence: the first that cannot be read to its end."""
    import duckdb

    for path in files:
        if path.stem.lower() not in tables():
            continue
        _complete(connection)
        try:
            connection.execute("SELECT max(hash(COLUMNS(*))) FROM read_parquet($1)", [str(path)])
        except duckdb.Error:
            return _DAMAGED.format(name=path.name[:80])
    return _UNREAD.format(name=name)


def _complete(connection: Any) -> None:
    """So that the next statement can run, whatever is left of the last."""
    with suppress(Exception):
        connection.complete()


@contextmanager
def _stopped_after(connection: Any, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def parquet(place: Place, seconds: float) -> Iterator[Engine]:
    import duckdb

    if place.folder is None:
        raise CohortError(f"{place.name}: a folder of Parquet files, one a table, is needed")
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
    try:
        connection.execute("SET enable_progress_bar = false")  # it would go to the standard output
        _complete(connection)
        yield _Parquet(connection, place.folder, seconds, place.name)
    except duckdb.InterruptException:
        raise CohortError(TOO_LONG.format(seconds=seconds)) from None
    except duckdb.OutOfMemoryException:
        raise CohortError(_NO_MEMORY.format(name=place.name)) from None
    except duckdb.Error:
        files = [path for path in sorted(place.folder.iterdir()) if path.suffix.lower() == ".parquet"]
        raise CohortError(_damage(connection, files, place.name)) from None
    finally:
        connection.close()


def holds_tables(place: Place) -> bool:
    """Whether a place is a folder with one Parquet file a table, by the names of the files."""
    if place.folder is None:
        return False
    names = {path.stem.lower() for path in place.folder.iterdir() if path.suffix.lower() == ".parquet"}
    return len(names.intersection(_HELD)) > 1
