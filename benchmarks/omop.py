"""How long persons in OMOP take to become a standard cohort, beside the bare SQL: DuckDB over Parquet, and PostgreSQL.

    python benchmarks/omop.py [--persons 1000000] [--postgresql postgresql://…]

A made-up registry is written once and repeated with other numbers. Each step runs in a process of its own: its seconds,
CPU seconds and peak memory are printed. The address needs the right to make schemas; the schema is dropped at the end.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = {
    "bare SQL": "extract(engine, concepts())",
    "to a source": "source_of(extract(engine, concepts()))",
    "to a cohort": "make_cohort(source_of(extract(engine, concepts())))",
}
CODE = """
import json, resource, sys, time
from sarcoma.cohort import Place, make_cohort
from sarcoma.cohort.reading.omop.assemble import source_of
from sarcoma.cohort.reading.omop.concepts import concepts
from sarcoma.cohort.reading.omop.engine import engine_at
from sarcoma.cohort.reading.omop.extract import extract

start, cpu = time.perf_counter(), time.process_time()
with engine_at(Place.of(sys.argv[1]), 7200.0) as engine:
    made = {step}
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, used.ru_maxrss / 1024**2]))
"""
_KEYS = ("person_id", "observation_period_id", "condition_occurrence_id", "procedure_occurrence_id", "measurement_id")
_TIES = ("episode_id", "episode_parent_id", "event_id", "measurement_event_id")


def repeated(folder: Path, persons: int) -> None:
    """A registry of 10,000 made-up people, as often as is asked for."""
    import polars as pl

    from sarcoma.cohort import Source, make_cohort, read_cohort_map, simulated_table
    from sarcoma.cohort.writing.omop_tables import omop_tables

    block = min(persons, 10_000)
    cohort = make_cohort(Source(simulated_table(block), "table"), read_cohort_map("simulated"))
    for name, frame in omop_tables(cohort).frames.items():
        parts = [frame]
        if name not in ("care_site", "cdm_source", "concept"):
            for copy in range(1, max(1, persons // block)):
                moved = [c for c in frame.columns if c in _KEYS or c in _TIES]
                part = frame.with_columns(pl.col(c) + copy * 1_000_000 for c in moved)
                if "person_source_value" in frame.columns:
                    part = part.with_columns(pl.col("person_source_value") + f"-{copy}")
                parts.append(part)
        pl.concat(parts).write_parquet(folder / f"{name}.parquet")


def to_postgresql(folder: Path, address: str) -> None:
    """The same tables in a schema."""
    import polars as pl

    from sarcoma.cohort import Place
    from sarcoma.cohort.writing.omop import write_postgres
    from sarcoma.cohort.writing.omop_tables import OmopTables

    frames = {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}
    write_postgres(OmopTables(frames), Place.of(address))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--postgresql", default=None, help="an address, without a schema")
    asked = parser.parse_args()
    schema = f"bench_{int(time.time())}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repeated(folder, asked.persons)
        places = {"DuckDB": str(folder)}
        if asked.postgresql is not None:
            places["PostgreSQL"] = f"{asked.postgresql}?schema={schema}"
            to_postgresql(folder, places["PostgreSQL"])
        print(f"{asked.persons:,} persons")
        try:
            for engine, place in places.items():
                for step, code in STEPS.items():
                    command = [sys.executable, "-c", CODE.replace("{step}", code), place]
                    seconds, cpu, memory = json.loads(
                        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
                    )
                    print(f"{engine:<11}{step:<12}{seconds:8.1f} s {cpu:8.1f} s CPU {memory:6.2f} GB", flush=True)
        finally:
            if asked.postgresql is not None:
                import psycopg

                with psycopg.connect(asked.postgresql, autocommit=True) as connection:
                    connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"at most {most:.2f} GB")


if __name__ == "__main__":
    main()
