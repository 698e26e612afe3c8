"""DuckDB over a folder of Parquet files, one a table, or over a database file of its own; it downloads nothing."""

from __future__ import annotations

import threading
from collections import Counter
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
_DAMAGED_DATABASE = (
    "{name}: DuckDB cannot read this database; it is damaged, of a newer version, or another program writes to it"
)
_TWICE = "{name}: the table {table} is there twice; leave one of them in the folder"
_HELD = ("person", "episode", "condition_occurrence", "observation_period", "measurement", "death")


class _Parquet:
    def __init__(self, connection: Any, place: Place, seconds: float) -> None:
        name = place.name
        self.connection, self.seconds, self.name = connection, seconds, name
        self.unread: dict[str, int] = {}
        self.files: dict[str, Path] = {} if place.folder is None else _files(place.folder, name)
        with _stopped_after(connection, seconds):
            sources = self._held() if place.folder is None else {t: _source(path) for t, path in self.files.items()}
            self._columns = {table: self._named(source) for table, source in sources.items()}
            elsewhere = "it has other tables" if place.folder is None else "export it as {}.parquet into this folder"
            self.renamed, self.absent = looked_at(self, name, elsewhere)
            for table, source in sources.items():
                self._view(tables()[table], source)

    def _held(self) -> dict[str, str]:
        """The tables and views of the database file, from the schema that has most of them, else from another."""
        self.connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'held' ORDER BY ALL"
        )
        found = [(str(schema), str(named)) for schema, named in self.connection.fetchall() if named.lower() in tables()]
        _complete(self.connection)
        often = Counter(schema for schema, _ in found)
        held: dict[str, str] = {}
        for schema, named in sorted(found, key=lambda one: -often[one[0]]):
            held.setdefault(named.lower(), ".".join(map(_quoted, ("held", schema, named))))
        return held

    def _named(self, source: str) -> dict[str, tuple[str, str]]:
        """The columns of a file, in small letters: as they are written, and their types."""
        self.connection.execute(f"DESCRIBE SELECT * FROM {source}")  # noqa: S608
        try:
            return {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in self.connection.fetchall()}
        finally:
            _complete(self.connection)

    def _view(self, table: Table, source: str) -> None:
        """A file as a table whose columns are of the types that they should be."""
        there, parts = self._columns[table.name], []
        for column in table.read:
            written, kind = there[self.renamed.get(column.name, column.name)]
            quoted = _quoted(written)
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
                if not self.files:
                    raise CohortError(_DAMAGED_DATABASE.format(name=self.name)) from None
                raise CohortError(_damage(self.connection, self.files.values(), self.name)) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _source(path: Path) -> str:
    return f"read_parquet('{str(path).replace(chr(39), 2 * chr(39))}')"


def _table_of(path: Path) -> str | None:
    """The table that a file is of, or a folder of its parts: `person.parquet`, `cdm.person.parquet`, `person/`."""
    if path.suffix.lower() == ".parquet":
        name = path.stem
    elif path.is_dir() and any(path.glob("*.parquet")):
        name = path.name
    else:
        return None
    name = name.lower().rpartition(".")[2]
    return name if name in tables() else None


def _files(folder: Path, name: str) -> dict[str, Path]:
    """The file of each table.

    Raises
    ------
    CohortError : two files are of one table.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        table = _table_of(path)
        if table is not None and found.setdefault(table, path) != path:
            raise CohortError(_TWICE.format(name=name, table=table))
    return {table: found[table] for table in tables() if table in found}


def _damage(connection: Any, files: Iterable[Path], name: str) -> str:
    """Which file is damaged, in a sentence: the first that cannot be read to its end."""
    import duckdb

    for path in files:
        if _table_of(path) is None:
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

    if place.folder is None and not is_database(place):
        raise CohortError(f"{place.name}: a folder of Parquet files, one a table, is needed")
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
    try:
        connection.execute("SET enable_progress_bar = false")  # it would go to the standard output
        _complete(connection)
        with suppress(duckdb.Error):  # days are those that were written, wherever this runs
            connection.execute("SET TimeZone = 'UTC'")
        _complete(connection)
        if place.folder is None:
            connection.execute(f"ATTACH '{str(place.path).replace(chr(39), 2 * chr(39))}' AS held (READ_ONLY)")
            _complete(connection)
        yield _Parquet(connection, place, seconds)
    except duckdb.InterruptException:
        raise CohortError(TOO_LONG.format(seconds=seconds)) from None
    except duckdb.OutOfMemoryException:
        raise CohortError(_NO_MEMORY.format(name=place.name)) from None
    except duckdb.Error:
        if place.folder is None:
            raise CohortError(_DAMAGED_DATABASE.format(name=place.name)) from None
        raise CohortError(_damage(connection, sorted(place.folder.iterdir()), place.name)) from None
    finally:
        connection.close()


def is_database(place: Place) -> bool:
    """Whether a place is a database file of DuckDB, by its first bytes."""
    if place.file is None:
        return False
    try:
        with place.file.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except OSError:
        return False


def holds_tables(place: Place) -> bool:
    """Whether a place is a folder with Parquet files of tables, by their names, or a database file of DuckDB."""
    if place.folder is None:
        return is_database(place)
    names = {_table_of(path) for path in place.folder.iterdir()}
    return len(names.intersection(_HELD)) > 1
