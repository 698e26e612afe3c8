"""PostgreSQL by ADBC: one transaction that only reads, all answers of one moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sarcoma.cohort.reading.omop.address import address_of
from sarcoma.cohort.reading.omop.queries import SQL, TOO_LONG, Engine, as_list, looked_at, query_text
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.reading.place import Place
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

_SECONDS_TO_CONNECT = 15


class _Postgres:
    def __init__(self, connection: Any, seconds: float, schemas: Sequence[str]) -> None:
        self.connection, self.seconds = connection, seconds
        self.unread: dict[str, int] = {}
        self._columns: dict[str, tuple[str, ...]] | None = None
        self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.run(f"SET LOCAL statement_timeout = {max(1, round(1000 * seconds))}")
        if schemas:
            self.run("SET LOCAL search_path TO " + ", ".join(f'"{name}"' for name in schemas))
        self.renamed, self.absent = looked_at(
            self, "the database", "where tables stand in another schema, name it, for example ?schema=cdm"
        )

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
            found = self.run((SQL / "columns.sql").read_text(encoding="utf-8"))
            self._columns = {}
            for name, column in found.iter_rows() if found is not None else ():
                self._columns[name] = (*self._columns.get(name, ()), column)
        return self._columns.get(table, ())

    def answer(self, query: str, *parameters: Iterable[Any]) -> pl.DataFrame:
        frame = self.run(query_text(query, self.renamed, self.absent), [as_list(values) for values in parameters])
        assert frame is not None  # noqa: S101 – a query that starts with SELECT
        return frame


@contextmanager
def postgres(place: Place, seconds: float) -> Iterator[Engine]:
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


_DENIED = re.compile(r"permission denied for (?:table|view|materialized view|foreign table) (\w+)")
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
    """What went wrong, in one sentence that repeats nothing of what the server wrote but the name of a table."""
    denied = _DENIED.search(told)
    if denied is not None and denied[1] in tables():
        return f"this user has no right to read the table {denied[1]}; ask for SELECT on it (docs/databases.md)"
    for part, sentence in _SAID:
        if part in told:
            if part == "57014":
                return TOO_LONG.format(seconds=seconds)
            return sentence
    state = re.search(r"SQLSTATE: ([0-9A-Z]{5})", told)
    return f"the database answered with an error{f' (SQLSTATE {state[1]})' if state else ''}; nothing was written"
