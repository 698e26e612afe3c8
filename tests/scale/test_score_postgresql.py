"""A table of a real PostgreSQL is scored as the same rows from a Parquet file are, in every engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from equality import same
from scale_engines import MADE, OTHERS
from scale_people import ROWS

from sarcoma.errors import TableError
from sarcoma.models import card
from sarcoma.patient import field_specs
from sarcoma.patient.mapping import TableMap
from sarcoma.scale import score_file

pytestmark = pytest.mark.engines
KATTAN = card("kattan-2002")
PEOPLE = ROWS.head(500).with_columns(
    histologic_type=pl.when(pl.col("id") % 7 == 0).then(pl.lit("GIST")).otherwise("histologic_type")  # out of scope
)
KINDS = {pl.Int64: "bigint", pl.Float64: "numeric", pl.String: "varchar(80)"}
OWN = {"depth": "depth", "sex": "char(6)", "grade": "words", "performance_status": "smallint"}
"""Columns of types that Arrow has no name for, or PostgreSQL fills with spaces."""


@pytest.fixture(scope="module")
def schema(server: Any) -> Iterator[str]:
    """The people in a table, with columns of many types beside them, and an empty view of it."""
    import psycopg

    from postgresql_server import PASSWORD

    name = f"score_{os.getpid()}"
    columns = {c: OWN.get(c, KINDS[type(kind)]) for c, kind in PEOPLE.schema.items()}
    server.run(
        f"CREATE SCHEMA {name}",
        f"CREATE TYPE {name}.depth AS ENUM ('deep', 'superficial')",
        f"CREATE DOMAIN {name}.words AS text",
        f"CREATE TABLE {name}.people ({', '.join(f'{c} {name}.{k}' if k in ('depth', 'words') else f'{c} {k}' for c, k in columns.items())})",
    )
    with psycopg.connect(server.address(), password=PASSWORD, autocommit=True) as connection:
        places = ", ".join(["%s"] * PEOPLE.width)
        connection.cursor().executemany(f"INSERT INTO {name}.people VALUES ({places})".encode(), PEOPLE.rows())
    server.run(
        f"CREATE VIEW {name}.nobody AS SELECT * FROM {name}.people WHERE false",
        f"""CREATE VIEW {name}.much AS SELECT *, 12345678901234567890.5::numeric AS "a.number", '{{"a": 1}}'::jsonb AS j,
        '{{1,2}}'::int[] AS several, interval '1 day' AS lasted, date '2020-02-29' AS seen,
        timestamptz '2020-01-01 00:30+02' AS "at ""noon"" UTC", true AS yes, inet '10.0.0.1' AS host FROM {name}.people""",
        f"GRANT USAGE ON SCHEMA {name} TO reader",
        f"GRANT SELECT ON {name}.much TO reader",
    )
    yield name
    server.run(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=OTHERS)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "spark":  # the session that the tests share is then the active one
        MADE["spark"]()
    return str(request.param)


def scored(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path).sort("id")


def test_a_table_is_scored_as_its_rows_from_a_file(
    engine: str, server: Any, schema: str, password: None, tmp_path: Path
) -> None:
    PEOPLE.write_parquet(tmp_path / "people.parquet")
    wanted = score_file(KATTAN, tmp_path / "people.parquet", tmp_path / "of-file.parquet", engine)
    address = server.address(schema)
    found = score_file(KATTAN, address, tmp_path / "of-table.parquet", engine, table="people", one_row_each="id")
    assert found == wanted
    assert found.account.rows_refused > 50
    same(scored(tmp_path / "of-table.parquet"), scored(tmp_path / "of-file.parquet"))


def test_a_schema_can_stand_before_the_table(server: Any, schema: str, password: None, tmp_path: Path) -> None:
    found = score_file(KATTAN, server.address(), tmp_path / "one.parquet", table=f"{schema}.people")
    assert found == score_file(KATTAN, server.address(schema), tmp_path / "other.parquet", table="people")


def test_columns_of_every_type_are_kept_by_whoever_may_read_them(
    engine: str, server: Any, schema: str, password: None, tmp_path: Path
) -> None:
    address = server.address(schema, user="reader")
    found = score_file(KATTAN, address, tmp_path / "scored.parquet", engine, table="much")
    rows = scored(tmp_path / "scored.parquet")
    assert rows.height == found.account.rows_out
    assert rows["a.number"][0] == "12345678901234567890.5"
    assert rows["seen"][0].isoformat() == "2020-02-29"
    assert rows['at "noon" UTC'].dt.replace_time_zone(None)[0].isoformat() == "2019-12-31T22:30:00"
    assert (rows["j"][0], rows["several"][0], rows["lasted"][0]) == ('{"a": 1}', "{1,2}", "1 day")
    with pytest.raises(TableError):
        score_file(KATTAN, address, tmp_path / "other.parquet", engine, table="people")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scored.parquet"]


def test_no_rows_and_no_table(engine: str, server: Any, schema: str, password: None, tmp_path: Path) -> None:
    found = score_file(KATTAN, server.address(schema), tmp_path / "scored.parquet", engine, table="nobody")
    assert (found.account.rows_in, found.account.rows_out) == (0, 0)
    for table in ("peopel", f"{schema}_2.people", "pg_class.people"):
        with pytest.raises(TableError):
            score_file(KATTAN, server.address(schema), tmp_path / "other.parquet", engine, table=table)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scored.parquet"]


def test_a_mapping_reads_the_table_as_it_reads_a_file(server: Any, schema: str, password: None, tmp_path: Path) -> None:
    fields = {name: name for name in PEOPLE.columns if name in field_specs()}
    mapping = TableMap.model_validate({"name": "a registry", "id": "id", "fields": fields})
    PEOPLE.write_parquet(tmp_path / "people.parquet")
    for name in ("kattan-2002", "course-tcga"):
        one, other = tmp_path / f"{name}-of-file.parquet", tmp_path / f"{name}-of-table.parquet"
        wanted = score_file(card(name), tmp_path / "people.parquet", one, mapping=mapping)
        assert score_file(card(name), server.address(schema), other, mapping=mapping, table="people") == wanted
        same(scored(other), scored(one))
