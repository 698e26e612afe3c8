"""How long persons in OMOP take to become a standard cohort, beside the bare SQL: DuckDB over Parquet, and PostgreSQL.

    python benchmarks/omop.py [--persons 1000000] [--postgresql postgresql://…] [--keep FOLDER]

A registry of 100,000 people is made up by our simulator, repeated with other numbers, and written to both engines.
Each engine is read three times (`--runs`), each time in a process of its own, and the run with the least CPU counts:
seconds, CPU seconds and peak memory from the start to the bare SQL (the same queries, fetched as Arrow and left as they
are), to the tables of persons and events, and to the standard cohort. Without an address Debian's PostgreSQL is started
in a temporary folder, as the tests do. An address needs the right to make schemas; the schema is dropped at the end.
`--keep` leaves the Parquet files, and takes them where they are there already. docs/databases.md has the table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
BLOCK = 100_000
STEPS = ("bare SQL", "tables of persons and events", "standard cohort")
CODE = """
import json, resource, sys, time
from sarcoma.cohort import Place, make_cohort
from sarcoma.cohort.reading.omop.assemble import source_of
from sarcoma.cohort.reading.omop.concepts import concepts
from sarcoma.cohort.reading.omop.engine import engine_at
from sarcoma.cohort.reading.omop.extract import extract

def told():
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return [time.perf_counter() - start, time.process_time() - cpu, memory]

start, cpu, steps = time.perf_counter(), time.process_time(), []
with engine_at(Place.of(sys.argv[1]), 7200.0) as engine:
    rows = extract(engine, concepts())
steps.append(told())
source = source_of(rows)
del rows
steps.append(told())
cohort = make_cohort(source)
steps.append(told())
print(json.dumps(steps))
"""
_KEYS = ("person_id", "observation_period_id", "condition_occurrence_id", "procedure_occurrence_id", "measurement_id")
_TIES = ("episode_id", "episode_parent_id", "event_id", "measurement_event_id")
_ONCE = ("care_site", "cdm_source", "concept")


def made_up(folder: Path, persons: int) -> None:
    """One Parquet file a table: people whom the simulator made up, with other numbers as often as is needed.

    No more than one block of them is held at a time.
    """
    import polars as pl

    from sarcoma.cohort import Source, make_cohort, read_cohort_map, simulated_table
    from sarcoma.cohort.writing.omop_tables import omop_tables

    block = min(persons, BLOCK)
    cohort = make_cohort(Source(simulated_table(block), "table"), read_cohort_map("simulated"))
    parts = folder / "parts"
    for name, frame in omop_tables(cohort).frames.items():
        if name in _ONCE:
            frame.write_parquet(folder / f"{name}.parquet")
            continue
        (parts / name).mkdir(parents=True)
        numbers = [c for c in frame.columns if c in (*_KEYS, *_TIES)]
        for copy, first in enumerate(range(0, persons, block)):
            part = frame.with_columns(pl.col(c) + copy * 10_000_000 for c in numbers)
            if name == "person":
                part = part.head(persons - first).with_columns(pl.col("person_source_value") + f"-{copy}")
            part.write_parquet(parts / name / f"{copy:04}.parquet")
        pl.scan_parquet(sorted((parts / name).glob("*.parquet"))).sink_parquet(folder / f"{name}.parquet")
    shutil.rmtree(parts)


def to_postgresql(folder: Path, address: str, schema: str) -> None:
    """The same tables in a schema, with the indices that our writer makes."""
    import polars as pl
    import psycopg

    from sarcoma.cohort.reading.omop.tables import tables
    from sarcoma.cohort.writing.omop import INDICES

    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}".encode())
        for name, table in tables().items():
            cursor.execute(table.create(schema).encode())
            rows = pl.scan_parquet(folder / f"{name}.parquet")
            columns = ", ".join(rows.collect_schema().names())
            with cursor.copy(f"COPY {schema}.{name} ({columns}) FROM STDIN WITH (FORMAT csv)".encode()) as copy:
                height = rows.select(pl.len()).collect().item()
                for first in range(0, height, 500_000):
                    copy.write(rows.slice(first, 500_000).collect().write_csv(include_header=False).encode())
        for statement in INDICES:
            cursor.execute(statement.format(schema=schema).encode())
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(b"ANALYZE")


@contextmanager
def database(address: str | None) -> Iterator[str]:
    """The address of a server: the one that is named, or one that is started for this run."""
    if address is not None:
        yield address
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from postgresql_server import PASSWORD, running

    os.environ["PGPASSWORD"] = PASSWORD
    with running() as server:
        yield server.address()


def measured(place: str, runs: int) -> dict[str, list[float]]:
    """Seconds, CPU seconds and peak gigabytes from the start to the end of each step: of the run with the least CPU."""
    command = [sys.executable, "-c", CODE, place]
    all_runs = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(runs)]
    return dict(zip(STEPS, min(all_runs, key=lambda run: run[-1][1]), strict=True))


def row(persons: int, engine: str, told: dict[str, list[float]]) -> str:
    cells = [f"{seconds:.0f} s, {cpu:.0f} s CPU, {memory:.2f} GB" for seconds, cpu, memory in told.values()]
    return f"| {persons:,} | {engine} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--postgresql", default=None, help="an address, without a schema; else one is started")
    parser.add_argument("--keep", type=Path, default=None, help="where the Parquet files are left, or are already")
    asked = parser.parse_args()
    schema = f"bench_{int(time.time())}"
    rows = []
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not (folder / "person.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            made_up(folder, asked.persons)
        address = stack.enter_context(database(asked.postgresql))
        to_postgresql(folder, address, schema)
        try:
            places = {"DuckDB, Parquet": str(folder), "PostgreSQL": f"{address}?schema={schema}"}
            for engine, place in places.items():
                told = measured(place, asked.runs)
                for step, (seconds, cpu, memory) in told.items():
                    print(f"{engine:<16}{step:<30}{seconds:8.1f} s {cpu:8.1f} s CPU {memory:6.2f} GB", flush=True)
                rows.append(row(asked.persons, engine, told))
        finally:
            import psycopg

            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    print("\n".join(rows))


if __name__ == "__main__":
    main()
