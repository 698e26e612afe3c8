"""What Spark costs beside DuckDB for one event table: starting, and counting histories that one machine holds.

    .venv/spark/bin/python benchmarks/spark.py [--rows 100000 1000000] [--workers 1 2] [--times 5] [--folder FOLDER]

Each engine runs in a process of its own. Seconds on the clock and of CPU (Python and Java together), and the most
memory of both; the start is from nothing to the first row, the first is the first table of that many rows, the others
are medians. `make test-spark` makes the environment. A table made before in FOLDER is used again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

CHUNK = 1_000_000


def histories(n: int, folder: Path) -> Path:
    """A folder of files with n rows of one course, in whole days up to ten years."""
    place = folder / f"histories-{n}"
    if place.is_dir():
        return place
    made = folder / f"{place.name}.part"
    made.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for part, first in enumerate(range(0, n, CHUNK)):
        rows = min(CHUNK, n - first)
        died, seen = rng.exponential(1500, rows), rng.uniform(1, 3650, rows)
        pl.DataFrame(
            {
                "entry": np.zeros(rows),
                "exit": np.ceil(np.minimum(died, seen)) / 30.4375,
                "from": pl.repeat("alive", rows, eager=True),
                "to": pl.Series(np.where(died <= seen, "dead", "")).replace("", None),
            }
        ).write_parquet(made / f"part-{part:03}.parquet")
    made.rename(place)
    return place


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    found = [pid]
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            for child in (thread / "children").read_text().split():
                found += family(int(child))
    return found


def cpu() -> float:
    """CPU seconds of this process and those that it started."""
    ticks = 0
    for pid in family(os.getpid()):
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(told[11]) + int(told[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak() -> float:
    """The most memory, in MB, that each of them had."""
    kilobytes = 0
    for pid in family(os.getpid()):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


def engine_of(name: str) -> Any:
    if name.startswith("local"):
        from sarcoma.scale import SparkEngine

        return SparkEngine(master=name)
    from sarcoma.scale import DuckDBEngine

    return DuckDBEngine()


def measure(name: str, places: dict[int, Path], times: int) -> dict[str, Any]:
    from sarcoma.scale import event_table

    def one(place: Path) -> tuple[float, float]:
        wall, used = time.perf_counter(), cpu()
        frame = (
            run.parquet(place)
            if name != "duckdb"
            else nw.from_native(run._connection.read_parquet(f"{place}/*.parquet"))
        )
        table = event_table(frame, "survival", run)
        assert table.events.sum() > 0
        return time.perf_counter() - wall, cpu() - used

    wall, used = time.perf_counter(), cpu()
    with engine_of(name) as run:
        run.small(run.given(pl.DataFrame({"x": [1]})))
        told: dict[str, Any] = {"start": (time.perf_counter() - wall, cpu() - used), "rows": {}}
        for n, place in places.items():
            first = one(place)
            others = [one(place) for _ in range(times)]
            told["rows"][n] = {
                "first": first,
                "others": tuple(statistics.median(pair[i] for pair in others) for i in (0, 1)),
                "peak": peak(),
            }
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[2], help="threads of Spark")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--engine")
    asked = parser.parse_args()
    if asked.engine:
        places = {n: histories(n, asked.folder) for n in asked.rows}
        print(json.dumps(measure(asked.engine, places, asked.times)))
        return
    with tempfile.TemporaryDirectory(prefix="histories-") as made:
        folder = asked.folder or Path(made)
        for n in asked.rows:
            histories(n, folder)
        print(f"load of the machine: {os.getloadavg()[0]:.1f}; seconds on the clock / of CPU")
        for name in ("duckdb", *(f"local[{n}]" for n in asked.workers)):
            command = [sys.executable, __file__, "--engine", name, "--folder", str(folder), "--times", str(asked.times)]
            done = subprocess.run(
                [*command, "--rows", *map(str, asked.rows)], stdout=subprocess.PIPE, text=True, check=True
            )
            told = json.loads(done.stdout.splitlines()[-1])
            print(f"{name:8} start {told['start'][0]:7.2f} / {told['start'][1]:.2f}")
            for n, found in told["rows"].items():
                print(
                    f"{name:8} {int(n):12,} rows: first {found['first'][0]:7.2f} / {found['first'][1]:6.2f}, "
                    f"then {found['others'][0]:7.2f} / {found['others'][1]:6.2f}, most memory {found['peak']:7.0f} MB"
                )


if __name__ == "__main__":
    main()
