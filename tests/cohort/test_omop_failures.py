"""What goes wrong with a database is one sentence, nothing is written, and no value and no password stands in it."""

from __future__ import annotations

import csv
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from omop_cdm import LUNG, PROCEDURE, R1, YES, Cdm

from postgresql_server import PASSWORD, Server
from sarcoma.cohort import make_cohort, open_source
from sarcoma.cohort.reading.omop.concepts import concepts
from sarcoma.cohort.reading.omop.engine import engine_at
from sarcoma.cohort.reading.omop.extract import extract
from sarcoma.cohort.reading.omop.tables import LEGACY
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.writing.omop import write_postgres
from sarcoma.errors import CohortError

pytestmark = pytest.mark.engines
EXCHANGE = os.environ.get("SARCOMA_EXCHANGE")


@pytest.fixture
def schema(server: Server, password: None, request: pytest.FixtureRequest) -> str:
    """A schema with one person, named as the test."""
    name = f"f_{abs(hash(request.node.name)) % 10**9}"
    server.run(f"DROP SCHEMA IF EXISTS {name} CASCADE")
    cdm = Cdm()
    disease = cdm.person(1)
    done = cdm.operation(1, "2010-02-01", disease)
    cdm.measure(1, R1, "2010-02-01", tied=(PROCEDURE, done))
    cdm.measure(1, LUNG, "2011-01-01", YES)
    write_postgres(cdm.tables(), Place.of(server.address(name)))
    return name


def refused(place: str, **how: Any) -> str:
    with pytest.raises(CohortError) as told:
        open_source(place, **how)
    assert "\n" not in str(told.value)
    assert PASSWORD not in str(told.value)
    return str(told.value)


@pytest.mark.words
def test_no_server_no_database_no_user_and_a_wrong_password(
    server: Server, password: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no server listens there" in refused("postgresql://postgres@127.0.0.1:1/postgres")
    assert "no server of this name" in refused("postgresql://postgres@nowhere.invalid/postgres")
    assert "no such database" in refused(server.address(database="nothing")) or "of this name" in refused(
        server.address(database="nothing")
    )
    assert "an option that PostgreSQL does not know" in refused(f"{server.address()}?colour=blue")
    monkeypatch.setenv("PGPASSWORD", "wrong")
    assert "refused the password" in refused(server.address())
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", os.devnull)
    assert "asks for a password" in refused(server.address())


@pytest.mark.words
def test_no_right_to_read(server: Server, schema: str) -> None:
    place = server.address(schema, user="reader")
    assert "there is no table" in refused(place)  # nor the right to see that they are there
    server.run(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    server.run(f"GRANT SELECT ON {schema}.person TO reader")
    assert "no right to read the table" in refused(place)
    server.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
    assert len(make_cohort(open_source(place))) == 1


@pytest.mark.words
def test_a_table_or_a_column_is_missing(server: Server, schema: str) -> None:
    server.run(f"ALTER TABLE {schema}.death RENAME COLUMN death_date TO died_on")
    assert "the table death has no column death_date" in refused(server.address(schema))
    server.run(f"DROP TABLE {schema}.episode_event")
    assert "there is no table episode_event" in refused(server.address(schema))
    assert "there is no table person or observation_period" in refused(server.address("elsewhere"))


@pytest.mark.words
def test_the_vocabulary_is_empty_or_absent(server: Server, schema: str) -> None:
    server.run(f"TRUNCATE {schema}.concept")
    assert "the table concept says nothing of the" in refused(server.address(schema))
    server.run(f"DROP TABLE {schema}.concept, {schema}.care_site, {schema}.cdm_source")
    assert "the table concept says nothing of the" in refused(server.address(schema))


@pytest.mark.words
def test_a_query_that_takes_too_long(server: Server, schema: str) -> None:
    server.run(
        f"ALTER TABLE {schema}.measurement RENAME TO slow",
        f"CREATE VIEW {schema}.measurement AS SELECT s.* FROM {schema}.slow s WHERE pg_sleep(2) IS NOT NULL",
    )
    start = time.monotonic()
    assert "took longer than 0.5 seconds" in refused(server.address(schema), timeout=0.5)
    assert time.monotonic() - start < 5


@pytest.mark.words
def test_a_connection_that_breaks_half_way(server: Server, schema: str, tmp_path: Path) -> None:
    from sarcoma.cli import main

    server.run(
        f"ALTER TABLE {schema}.measurement RENAME TO slow",
        f"CREATE VIEW {schema}.measurement AS SELECT s.* FROM {schema}.slow s WHERE pg_sleep(5) IS NOT NULL",
    )

    def end_it() -> None:
        for _ in range(50):
            time.sleep(0.1)
            server.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND query LIKE '%measurement m%' AND state = 'active'"
            )

    other = threading.Thread(target=end_it)
    other.start()
    try:
        sentence = refused(server.address(schema))
    finally:
        other.join()
    assert "while it was reading" in sentence
    with pytest.raises(SystemExit) as ended:
        main(["cohort", "read", server.address(schema), "--to", str(tmp_path / "cohort"), "--timeout", "0.2"])
    assert ended.value.code == 2
    assert not (tmp_path / "cohort").exists()


def test_all_answers_are_of_one_moment_and_nothing_can_be_written(server: Server, schema: str) -> None:
    with engine_at(Place.of(server.address(schema))) as engine:
        before = extract(engine, concepts())
        server.run(f"DELETE FROM {schema}.measurement", f"UPDATE {schema}.person SET year_of_birth = 1900")
        after = extract(engine, concepts())
        assert after.measurements.equals(before.measurements)
        assert after.people.equals(before.people)
        with pytest.raises(CohortError):
            engine.run(f"DELETE FROM {schema}.person")  # type: ignore[attr-defined]
    with engine_at(Place.of(server.address(schema))) as engine:
        assert extract(engine, concepts()).measurements.height == 0


def test_older_names_of_columns_are_read(server: Server, schema: str) -> None:
    for now, before in LEGACY.items():
        server.run(f"ALTER TABLE {schema}.measurement RENAME COLUMN {now} TO {before}")
    assert make_cohort(open_source(server.address(schema))).patients["margin"].to_list() == ["R1"]


@pytest.mark.words
def test_tables_that_are_there_are_never_written_over(server: Server, schema: str) -> None:
    cohort = make_cohort(open_source(server.address(schema)))
    from sarcoma.cohort import write_as

    with pytest.raises(CohortError, match="has tables of OMOP already"):
        write_as(cohort, "omop", server.address(schema))
    server.run(f"CREATE SCHEMA IF NOT EXISTS closed_{schema}")
    with pytest.raises(CohortError, match="no right"):
        write_as(cohort, "omop", server.address(f"closed_{schema}", user="reader"))


@pytest.mark.skipif(EXCHANGE is None, reason="SARCOMA_EXCHANGE names no folder")
def test_a_database_with_every_table_column_and_key_of_the_published_model_is_read(
    server: Server, password: None
) -> None:
    published = Path(EXCHANGE or "") / "omop" / "omop_5.4_columns.csv"
    if not published.is_file():
        pytest.skip("the published columns are not there")
    with published.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    server.run("DROP SCHEMA IF EXISTS whole CASCADE", "CREATE SCHEMA whole")
    kinds = {"datetime": "timestamp", "float": "numeric", "varchar(MAX)": "text"}
    names = list(dict.fromkeys(row["table"] for row in rows))
    for name in names:
        own = [row for row in rows if row["table"] == name]
        parts = [
            f"{row['column']} {kinds.get(row['type'], row['type'])}{' NOT NULL' * (row['required'] == 'Yes')}"
            for row in own
        ]
        keys = [row["column"] for row in own if row["primary_key"] == "Yes"]
        server.run(
            f"CREATE TABLE whole.{name} ({', '.join([*parts, *([f'PRIMARY KEY ({keys[0]})'] if keys else [])])})"
        )
        if "person_id" in {row["column"] for row in own}:
            server.run(f"CREATE INDEX ON whole.{name} (person_id)")
    cdm = Cdm()
    disease = cdm.person(1)
    done = cdm.operation(1, "2010-02-01", disease)
    cdm.measure(1, R1, "2010-02-01", tied=(PROCEDURE, done))
    import psycopg

    with psycopg.connect(server.address(), password=PASSWORD) as connection, connection.cursor() as cursor:
        for name, frame in cdm.tables().frames.items():
            for row in frame.iter_rows():
                marks = ", ".join("%s" for _ in row)
                cursor.execute(f"INSERT INTO whole.{name} ({', '.join(frame.columns)}) VALUES ({marks})", row)
    assert len(names) > 30
    assert make_cohort(open_source(server.address("whole"))).patients["margin"].to_list() == ["R1"]


@pytest.mark.words
def test_a_password_file_is_read(server: Server, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{server.port}:postgres:postgres:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    cohort = make_cohort(open_source(server.address(schema)))
    cohort.write(tmp_path / "cohort")
    account = (tmp_path / "cohort" / "cohort.yaml").read_text()
    assert PASSWORD not in account
    assert "postgresql" not in account
