"""OMOP CDM 5.4: one Parquet file a table in a folder, or the tables in an empty schema of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from sarcoma._files import write_file
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.reading.omop.address import Address, address_of
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.writing.losses import Loss
from sarcoma.cohort.writing.omop_tables import OmopTables, omop_tables
from sarcoma.errors import CohortError

NAME = "omop"
FILES = tuple(f"{name}.parquet" for name in tables())


def write(cohort: Cohort, folder: Path) -> tuple[Loss, ...]:
    """Write one Parquet file a table.

    Raises
    ------
    CohortError : its times do not run from the diagnosis, or the folder cannot be written to.
    """
    told = omop_tables(cohort)
    write_parquet(told, folder)
    return told.losses


def write_database(cohort: Cohort, place: Place) -> tuple[Loss, ...]:
    """Write the tables into an empty schema of a database.

    Raises
    ------
    CohortError : as for `write`; or the schema has such tables already, or the database cannot be written to.
    """
    told = omop_tables(cohort)
    write_postgres(told, place)
    return told.losses


def write_parquet(told: OmopTables, folder: Path) -> None:
    """One Parquet file a table; the folder is made where it is not there.

    Raises
    ------
    CohortError : it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CohortError(f"{folder.name[:80]}: a folder cannot be made there") from None
    for name, frame in told.frames.items():
        held = BytesIO()
        frame.write_parquet(held)
        write_file(folder / f"{name}.parquet", held.getvalue(), CohortError)


def write_postgres(told: OmopTables, place: Place) -> None:
    """Make the tables and fill them, all in one transaction; only where none of them is there yet.

    Raises
    ------
    CohortError : there is no server, no right, or the schema has such tables already; nothing was written.
    """
    import psycopg

    from sarcoma.cohort.reading.omop.postgres import said_by_postgres

    address = address_of(place)
    try:
        with psycopg.connect(address.uri, connect_timeout=15) as connection, connection.cursor() as cursor:
            schema = _empty_schema(cursor, address, told.frames)
            for name, frame in told.frames.items():
                cursor.execute(tables()[name].create(schema))
                if frame.height:
                    columns = ", ".join(frame.columns)
                    with cursor.copy(f"COPY {schema}.{name} ({columns}) FROM STDIN") as copy:
                        for row in frame.iter_rows():
                            copy.write_row(row)
            for statement in INDICES:
                cursor.execute(statement.format(schema=schema))
    except psycopg.Error as error:
        raise CohortError(said_by_postgres(f"{error} SQLSTATE: {error.sqlstate or ''}", 0.0)) from None


INDICES = (
    "CREATE INDEX ON {schema}.condition_occurrence (person_id)",
    "CREATE INDEX ON {schema}.measurement (person_id)",
    "CREATE INDEX ON {schema}.procedure_occurrence (person_id)",
    "CREATE INDEX ON {schema}.episode (person_id)",
    "CREATE INDEX ON {schema}.episode_event (event_id)",
)


def _empty_schema(cursor: Any, address: Address, names: Iterable[str]) -> str:
    """The schema that is written to; it is made where it is not there."""
    name = address.schemas[0] if address.schemas else "public"
    quoted = f'"{name}"'
    cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [name])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE SCHEMA {quoted}")
    cursor.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = ANY(%s)",
        [name, list(names)],
    )
    (there,) = cursor.fetchone()
    if there:
        raise CohortError(
            f"the schema {name} has tables of OMOP already; name an empty or a new one, for example ?schema=made_up"
        )
    return quoted
