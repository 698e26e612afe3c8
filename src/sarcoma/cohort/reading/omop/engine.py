"""The two engines that answer the queries: PostgreSQL by ADBC, and DuckDB over a folder of Parquet files.

Both give Arrow to Polars, take parameters as `$1`, and only read. What goes wrong is one sentence, without a value.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sarcoma.cohort.reading.omop.address import address_of, is_address
from sarcoma.cohort.reading.omop.tables import LEGACY, Table, tables
from sarcoma.cohort.reading.place import Place
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

_SQL = Path(__file__).parent / "sql"
_SECONDS_TO_CONNECT = 15
DEFAULT_TIMEOUT = 600.0
_TOO_LONG = "a query took longer than {seconds:g} seconds; give it more with --timeout, nothing was written"
_DAMAGED = "{name}: a file is damaged, or is no Parquet file; export the table again"


class Engine(Protocol):
    """Answers queries of `sql/` on tables that were looked at."""

    unread: dict[str, int]
    """Cells that are not of the kind of their column, by table and column; they are not known."""

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table in small letters; none where there is no such table."""
        ...

    def answer(self, query: str, *parameters: Iterable[Any]) -> pl.DataFrame:
        """The rows of a query by its name; each parameter is a list of whole numbers or words."""
        ...


@contextmanager
def engine_at(place: Place, timeout: float | None = None) -> Iterator[Engine]:
    """The engine of a place, while it is open; all its answers are of one moment.

    Raises
    ------
    CohortError : there is no server, no right to read, a table or column is missing, a query takes too long, …
    """
    seconds = DEFAULT_TIMEOUT if timeout is None else timeout
    with _postgres(place, seconds) if is_address(place) else _parquet(place, seconds) as engine:
        yield engine


def _query(name: str, renamed: Mapping[str, str], absent: Iterable[str]) -> str:
    """The text of a query: legacy columns under their own names, and tables that are absent as empty ones."""
    text = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    text = text.replace("{asked}", (_SQL / "asked.sql").read_text(encoding="utf-8").strip())
    if renamed:
        called = ", ".join(f"{before} AS {now}" for now, before in renamed.items())
        text = text.replace("FROM measurement m", f"FROM (SELECT t.*, {called} FROM measurement t) m")  # noqa: S608
    for table in absent:
        nothing = ", ".join(f"CAST(NULL AS {c.sql}) AS {c.name}" for c in tables()[table].columns)
        text = re.sub(rf"\b(FROM|JOIN) {table}\b", rf"\1 (SELECT {nothing} WHERE 1 = 0)", text)
    return text


def _as_list(values: Iterable[Any]) -> str:
    """Whole numbers as the text that the queries take apart; a number that nothing has where there are none."""
    return ",".join(map(str, values)) or "-1"


def _looked_at(engine: Any, where: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which columns have older names, and which tables are absent.

    Raises
    ------
    CohortError : a table or a column that is needed is not there.
    """
    renamed: dict[str, str] = {}
    absent: list[str] = []
    missing = [table.name for table in tables().values() if not table.optional and not engine.columns(table.name)]
    if missing:
        raise CohortError(
            f"{where}: there is no table {' or '.join(missing[:4])}; where tables stand in another schema, name it, "
            "for example ?schema=cdm"
        )
    for table in tables().values():
        there = engine.columns(table.name)
        if not there:
            absent.append(table.name)
            continue
        lacking = [column.name for column in table.read if column.name not in there]
        for name in list(lacking):
            if LEGACY.get(name) in there:
                renamed[name] = LEGACY[name]
                lacking.remove(name)
        if lacking:
            raise CohortError(
                f"{where}: the table {table.name} has no column {lacking[0]}, which the OMOP CDM 5.4 has; "
                "older versions are not read"
            )
    return renamed, tuple(absent)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


class _Postgres:
    def __init__(self, connection: Any, seconds: float, schemas: Sequence[str]) -> None:
        self.connection, self.seconds = connection, seconds
        self.unread: dict[str, int] = {}
        self._columns: dict[str, tuple[str, ...]] | None = None
        self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.run(f"SET LOCAL statement_timeout = {max(1, round(1000 * seconds))}")
        if schemas:
            self.run("SET LOCAL search_path TO " + ", ".join(f'"{name}"' for name in schemas))
        self.renamed, self.absent = _looked_at(self, "the database")

    def run(self, statement: str, parameters: Sequence[str] = ()) -> pl.DataFrame | None:
        import polars as pl

        cursor = self.connection.cursor()
        try:
            if parameters:
                cursor.execute(statement, list(parameters))
            else:
                cursor.execute(statement)
            return None if statement.startswith("SET ") else pl.DataFrame(cursor.fetch_arrow())
        except Exception as error:
            raise CohortError(said_by_postgres(str(error), self.seconds)) from None
        finally:
            with suppress(Exception):
                cursor.close()

    def columns(self, table: str) -> tuple[str, ...]:
        if self._columns is None:
            found = self.run((_SQL / "columns.sql").read_text(encoding="utf-8"))
            self._columns = {}
            for name, column in found.iter_rows() if found is not None else ():
                self._columns[name] = (*self._columns.get(name, ()), column)
        return self._columns.get(table, ())

    def answer(self, query: str, *parameters: Iterable[Any]) -> pl.DataFrame:
        frame = self.run(_query(query, self.renamed, self.absent), [_as_list(values) for values in parameters])
        assert frame is not None  # noqa: S101 – a query that starts with SELECT
        return frame


@contextmanager
def _postgres(place: Place, seconds: float) -> Iterator[Engine]:
    import adbc_driver_postgresql.dbapi as driver

    address = address_of(place)
    uri = address.uri + ("&" if "?" in address.uri else "?") + f"connect_timeout={_SECONDS_TO_CONNECT}"
    try:
        connection = driver.connect(uri)
    except Exception as error:
        raise CohortError(said_by_postgres(str(error), seconds)) from None
    try:
        yield _Postgres(connection, seconds, address.schemas)
    finally:
        with suppress(Exception):
            connection.rollback()
        with suppress(Exception):
            connection.close()


_SAID = (
    ("28P01", "the database refused the password; set PGPASSWORD or write it to ~/.pgpass"),
    ("no password supplied", "the database asks for a password; set PGPASSWORD or write it to ~/.pgpass"),
    ("password authentication failed", "the database refused the password; set PGPASSWORD or write it to ~/.pgpass"),
    ("no pg_hba.conf entry", "the database does not let this user in from this machine; ask whoever runs it"),
    ("3D000", "the server has no database of this name; the address names it after the last /"),
    ("does not exist", "the server has no such database, user, table or column; look at the address and ?schema="),
    ("57014", ""),
    (
        "42501",
        "this user has no right to read a table that is needed; ask for SELECT on them (docs/databases.md)",
    ),
    ("permission denied", "this user has no right to read a table that is needed; ask for SELECT on them"),
    ("57P01", "the server ended the connection while it was reading; nothing was written, so try again"),
    ("server closed the connection", "the connection broke while it was reading; nothing was written, so try again"),
    ("no connection to the server", "the connection broke while it was reading; nothing was written, so try again"),
    ("could not translate host name", "there is no server of this name; look at the address"),
    ("timeout expired", "the server does not answer; look at the address and at the network"),
    ("Connection refused", "no server listens there; look at the address and the port, and whether it runs"),
    ("No such file or directory", "no server listens there; look at the address and the port, and whether it runs"),
    ("invalid URI", "the address has an option that PostgreSQL does not know, or cannot be read"),
    ("57P03", "the server is starting or stopping; try again"),
)


def said_by_postgres(told: str, seconds: float) -> str:
    """What went wrong, in one sentence that repeats nothing of what the server wrote."""
    for part, sentence in _SAID:
        if part in told:
            if part == "57014":
                return _TOO_LONG.format(seconds=seconds)
            return sentence
    state = re.search(r"SQLSTATE: ([0-9A-Z]{5})", told)
    return f"the database answered with an error{f' (SQLSTATE {state[1]})' if state else ''}; nothing was written"


# --- DuckDB over Parquet ---------------------------------------------------------------------------------------------


class _Parquet:
    def __init__(self, connection: Any, folder: Path, seconds: float, name: str) -> None:
        self.connection, self.seconds, self.name = connection, seconds, name
        self.unread: dict[str, int] = {}
        files = {path.stem.lower(): path for path in sorted(folder.iterdir()) if path.suffix.lower() == ".parquet"}
        self.files = {table: files[table] for table in tables() if table in files}
        self._columns = {table: self._named(path) for table, path in self.files.items()}
        self.renamed, self.absent = _looked_at(self, name)
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

        text = _query(query, {}, self.absent)
        with _stopped_after(self.connection, self.seconds):
            try:
                return pl.DataFrame(self.connection.sql(text, params=[_as_list(values) for values in parameters]))
            except pl.exceptions.PolarsError as error:
                if "Interrupt" in str(error):
                    raise CohortError(_TOO_LONG.format(seconds=self.seconds)) from None
                raise CohortError(_DAMAGED.format(name=self.name)) from None


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
def _parquet(place: Place, seconds: float) -> Iterator[Engine]:
    import duckdb

    if place.folder is None:
        raise CohortError(f"{place.name}: a folder of Parquet files, one a table, is needed")
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
    try:
        connection.execute("SET enable_progress_bar = false")  # it would go to the standard output
        _complete(connection)
        yield _Parquet(connection, place.folder, seconds, place.name)
    except duckdb.InterruptException:
        raise CohortError(_TOO_LONG.format(seconds=seconds)) from None
    except duckdb.Error:
        raise CohortError(_DAMAGED.format(name=place.name)) from None
    finally:
        connection.close()


def holds_tables(place: Place) -> bool:
    """Whether a place is a folder with one Parquet file a table, by the names of the files."""
    if place.folder is None:
        return False
    names = {path.stem.lower() for path in place.folder.iterdir() if path.suffix.lower() == ".parquet"}
    return "person" in names and bool(names & {"episode", "condition_occurrence", "observation_period"})
