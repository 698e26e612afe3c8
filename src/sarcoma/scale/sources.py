"""Where rows come from: a Parquet or CSV file, a table of a DuckDB file, a table of PostgreSQL."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sarcoma.cohort.reading.omop.address import address_of, is_address
from sarcoma.cohort.reading.omop.postgres import said_by_postgres
from sarcoma.cohort.reading.place import Place
from sarcoma.errors import TableError
from sarcoma.patient import words
from sarcoma.patient.field_file import field_names

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?")
DATABASES = (".duckdb", ".db")
_SECONDS_TO_CONNECT = 15
_TIMEOUT = 3600.0


@contextmanager
def as_file(place: Place, table: str | None) -> Iterator[Path]:
    """The rows of a place as a file, or a folder of files, that engines read; what was copied goes afterwards.

    Parameters
    ----------
    table : of a database, the table or view, such as `people` or `registry.people`.

    Raises
    ------
    TableError : there is no such file, or a database without the name of a table. CohortError : an address that cannot
        be, or a server that does not answer.
    """
    is_database = is_address(place) or (place.file is not None and place.file.suffix.lower() in DATABASES)
    if is_database != (table is not None):
        raise TableError(
            "--from: name the table of the database, for example --from registry.people"
            if is_database
            else "--from: only databases have tables (a .duckdb file, postgresql://…); leave it out"
        )
    if table is not None and _NAME.fullmatch(table) is None:
        raise TableError("--from: a name of letters, digits and _ is needed, such as people or registry.people")
    if not is_database or table is None:
        if place.path is None or not place.path.exists():
            raise TableError(f"there is no file {place.name}")
        yield place.path
        return
    with tempfile.TemporaryDirectory(prefix="sarcoma-") as folder:
        copy = Path(folder) / "rows.parquet"
        (_of_postgres if is_address(place) else _of_duckdb)(place, _quoted(table), copy)
        yield copy


def _quoted(table: str) -> str:
    return ".".join(f'"{part}"' for part in table.split("."))


def _of_duckdb(place: Place, table: str, copy: Path) -> None:
    import duckdb

    try:
        with duckdb.connect(
            str(place.path), read_only=True, config={"autoinstall_known_extensions": False}
        ) as connection:
            connection.sql(f"SELECT * FROM {table}").write_parquet(str(copy))  # noqa: S608 - a name that was looked at
    except duckdb.Error:  # its messages quote names and rows
        raise TableError(f"{place.name}: it is no database of DuckDB, or has no table of this name") from None


def _of_postgres(place: Place, table: str, copy: Path) -> None:
    import adbc_driver_postgresql.dbapi as driver
    import polars as pl

    address = address_of(place)
    uri = address.uri + ("&" if "?" in address.uri else "?") + f"connect_timeout={_SECONDS_TO_CONNECT}"
    connection: Any = None
    try:
        connection = driver.connect(uri)
        cursor = connection.cursor()
        cursor.execute("SET TRANSACTION READ ONLY")
        if address.schemas:
            cursor.execute("SET LOCAL search_path TO " + ", ".join(f'"{name}"' for name in address.schemas))
        columns = _columns_of(cursor, table)
        if not columns:
            raise TableError("--from: the database has no table or view of this name; look at it and at ?schema=")
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - names that were looked at
        pl.DataFrame(cursor.fetch_arrow()).write_parquet(copy)
    except driver.Error as error:
        raise TableError(said_by_postgres(str(error), _TIMEOUT)) from None
    finally:
        with suppress(Exception):
            connection.close()


_COLUMNS = """
SELECT a.attname::text AS name, t.typname::text AS type, t.typcategory::text AS category
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_AS_THEY_ARE = {
    "bool",
    "date",
    "text",
    "varchar",
    "timestamp",
    "timestamptz",
    "float4",
    "float8",
    "int2",
    "int4",
    "int8",
}


def _columns_of(cursor: Any, table: str) -> list[str]:
    """The columns of a table, each as what Parquet has: fields that are `numeric` as numbers, all else as text."""
    import polars as pl

    cursor.execute(_COLUMNS, (table,))
    found = []
    for name, kind, category in pl.DataFrame(cursor.fetch_arrow()).iter_rows():
        quoted = '"' + name.replace('"', '""') + '"'
        if kind in _AS_THEY_ARE:
            found.append(quoted)
        else:
            number = category == "N" and words.normal(name) in field_names()
            found.append(f"{quoted}::{'float8' if number else 'text'} AS {quoted}")
    return found
