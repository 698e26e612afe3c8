"""An event table and the cumulative incidence of many histories, beside queries by hand and other packages.

    python benchmarks/histories.py [--rows 10000000] [--times 5] [--folder FOLDER] [--peers]

The histories are made up: entry, exit, from, to, in whole days over ten years as months, from one state to two that
compete. Each run is a process of its own, all in turn. What is ours and what is by hand starts at the Parquet file; the
other packages are given arrays, so that reading is not counted of them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from measured import HEAD, Measured, runs, table, timed

CHUNK = 1_000_000
COURSE = "spread"
START, FIRST, SECOND = "no metastasis", "metastasis", "death without metastasis"
PEERS = ("sarcoma, NumPy", "comprisk", "scikit-survival", "lifelines", "R survival", "R cmprsk")
LIMIT = 240.0
MONTHS = [12.0 * year for year in range(1, 10)]


def histories(n: int, folder: Path, late: float = 0.0) -> Path:
    """A file of n made-up histories, a part of which start later than 0."""
    place = folder / f"histories-{n}-{late:g}.parquet"
    if place.exists():
        return place

    def part(first: int) -> pl.DataFrame:
        rng, rows = np.random.default_rng(first), min(CHUNK, n - first)
        one, other, seen = rng.exponential(2000, rows), rng.exponential(4000, rows), rng.uniform(1, 3652, rows)
        end = np.ceil(np.minimum(np.minimum(one, other), seen))
        kind = np.where(seen <= np.minimum(one, other), 0, np.where(one <= other, 1, 2))
        entry = np.where(rng.random(rows) < late, np.floor(rng.random(rows) * end), 0.0)
        return pl.DataFrame(
            {
                "entry": entry / 30.4375,
                "exit": end / 30.4375,
                "from": pl.repeat(START, rows, eager=True),
                "to": pl.Series([None, FIRST, SECOND], dtype=pl.String).gather(kind),
            }
        )

    parts = folder / f"{place.stem}.parts"
    parts.mkdir(parents=True, exist_ok=True)
    for first in range(0, n, CHUNK):
        part(first).write_parquet(parts / f"{first:012}.parquet")
    pl.scan_parquet(parts / "*.parquet").sink_parquet(place, row_group_size=122_880)
    shutil.rmtree(parts)
    return place


# ---- by hand ---------------------------------------------------------------------------------------------------------
def incidence(ends: dict[str, Any], starts: dict[str, Any]) -> np.ndarray:
    """Cumulative incidence of both ends at `MONTHS`, from how many end when and how, and start late."""
    exits, to, n = (np.asarray(ends[name]) for name in ("exit", "to", "n"))
    times, at = np.unique(exits, return_inverse=True)
    counts = np.zeros((3, len(times)))
    kinds = {FIRST: 1, SECOND: 2}
    np.add.at(counts, (np.array([kinds.get(name, 0) for name in to.tolist()]), at), n)
    left = np.cumsum(counts.sum(0))
    come = np.zeros(len(times) + 1)
    np.add.at(come, np.searchsorted(times, np.asarray(starts["entry"]), side="right"), np.asarray(starts["n"]))
    at_risk = left[-1] - come.sum() + np.cumsum(come)[:-1] - np.concatenate([[0.0], left[:-1]])
    free = np.cumprod(1 - (counts[1] + counts[2]) / at_risk)
    found = np.cumsum(np.concatenate([[1.0], free[:-1]]) * counts[1:] / at_risk, axis=1)
    return found[:, np.searchsorted(times, MONTHS, side="right") - 1]


def by_hand_duckdb(source: Path) -> np.ndarray:
    import duckdb

    rows, run = f"read_parquet('{source}')", duckdb.connect()
    ends = run.execute(f'SELECT exit, "from", "to", count(*) AS n FROM {rows} GROUP BY ALL').fetchnumpy()
    late = run.execute(f'SELECT entry, "from", count(*) AS n FROM {rows} WHERE entry > 0 GROUP BY ALL').fetchnumpy()
    return incidence(ends | {"to": np.ma.filled(ends["to"], "")}, late)


def by_hand_polars(source: Path) -> np.ndarray:
    rows = pl.scan_parquet(source)
    ends = rows.group_by("exit", "from", "to").len("n")
    late = rows.filter(pl.col("entry") > 0).group_by("entry", "from").len("n")
    told = [query.collect(engine="streaming").to_dict(as_series=True) for query in (ends, late)]
    return incidence(*told)


def leanest_duckdb(source: Path) -> np.ndarray:
    """As one may write it who knows that everyone starts at 0, and in one state."""
    import duckdb

    query = f"SELECT exit, \"to\", count(*) AS n FROM read_parquet('{source}') GROUP BY ALL"
    ends = duckdb.connect().execute(query).fetchnumpy()
    return incidence(ends | {"to": np.ma.filled(ends["to"], "")}, {"entry": [], "n": []})


def leanest_polars(source: Path) -> np.ndarray:
    """As `leanest_duckdb`."""
    ends = pl.scan_parquet(source).group_by("exit", "to").len("n").collect(engine="streaming")
    return incidence(ends.to_dict(as_series=True), {"entry": [], "n": []})


def ours(engine: str, source: Path) -> np.ndarray:
    from sarcoma.scale import event_table
    from sarcoma.scale.scored_file import engine_named
    from sarcoma.survival import occupancy

    with engine_named(engine) as run:
        table = event_table(run.parquet(source), COURSE, run)
    return np.asarray(occupancy(table).at(MONTHS).probability).reshape(len(MONTHS), 3)[:, 1:].T


RUNS: dict[str, Callable[[Path], np.ndarray]] = {
    "by hand, DuckDB": by_hand_duckdb,
    "by hand, Polars": by_hand_polars,
    "leanest, DuckDB": leanest_duckdb,
    "leanest, Polars": leanest_polars,
    "`event_table`, DuckDB": lambda source: ours("duckdb", source),
    "`event_table`, Polars": lambda source: ours("polars", source),
}
LEANEST = ("leanest, DuckDB", "leanest, Polars")
BY_HAND = ("by hand, DuckDB", "by hand, Polars")
OURS = ("`event_table`, DuckDB", "`event_table`, Polars")


# ---- other packages --------------------------------------------------------------------------------------------------
def peers() -> Any:
    """benchmarks/survival.py, which knows how each package is asked; a package has its name."""
    spec = importlib.util.spec_from_file_location("benchmark_of_survival", Path(__file__).parent / "survival.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peer(name: str, source: Path) -> None:
    """One other package on the arrays of a file."""
    known = peers()
    rows = pl.read_parquet(source, columns=["exit", "to"])
    cause = rows["to"].replace_strict({FIRST: 1, SECOND: 2}, default=0, return_dtype=pl.Int64).to_numpy()
    data = {
        "x": np.empty((len(cause), 0)),
        "time": rows["exit"].to_numpy(),
        "cause": cause,
        "score": rows["exit"].to_numpy(),
    }
    del rows
    if name.startswith("R "):
        found = known.in_r(name, "incidence", data, 0.0, LIMIT)
        if "seconds" not in found:
            sys.exit(found.get("failed", "stopped"))
        print(json.dumps({"cpu": found["cpu"], "wall": found["seconds"], "mb": found["peak"]}))
        return
    tool = known.OURS[0] if name == PEERS[0] else name
    few = {key: values[:2000] for key, values in data.items()}
    known.calls(tool, "incidence", few, True)()
    timed(known.calls(tool, "incidence", data, True))


# ---- the runs --------------------------------------------------------------------------------------------------------
def agree(source: Path) -> float:
    """The most by which any way differs from ours on DuckDB."""
    wanted = ours("duckdb", source)
    late = pl.scan_parquet(source).select(pl.col("entry").max()).collect().item() > 0
    found = [function(source) for name, function in RUNS.items() if not (late and name.startswith("leanest"))]
    return max(float(np.abs(one - wanted).max()) for one in found)


def measure(source: Path, times: int, names: tuple[str, ...] = tuple(RUNS)) -> dict[str, Measured]:
    return runs({name: [__file__, "--run", name, "--source", str(source)] for name in names}, times)


def measure_peers(source: Path, times: int, names: tuple[str, ...] = PEERS) -> dict[str, Measured]:
    return runs({name: [__file__, "--peer", name, "--source", str(source)] for name in names}, times, LIMIT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--late", type=float, default=0.0, help="the share that starts later than 0")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peers", action="store_true")
    for hidden in ("--run", "--peer", "--source"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer, Path(given.source))
        return
    if given.run:
        import duckdb  # noqa: F401 - loading libraries is no part of it

        from sarcoma.cohort import PLANS  # noqa: F401
        from sarcoma.scale import DuckDBEngine, PolarsEngine, event_table  # noqa: F401
        from sarcoma.scale.scored_file import engine_named  # noqa: F401
        from sarcoma.survival import occupancy  # noqa: F401

        timed(lambda: RUNS[given.run](Path(given.source)))
        return
    with tempfile.TemporaryDirectory() as made:
        source = histories(given.rows, given.folder or Path(made), given.late)
        found = measure(source, given.times)
        print(f"{given.rows:,} rows, medians of {given.times}; at most {agree(source):.1e} apart")
        print(table(HEAD, [[name, *one.cells()] for name, one in found.items()]))
        if given.peers:
            print(table(HEAD, [[name, *one.cells()] for name, one in measure_peers(source, given.times).items()]))


if __name__ == "__main__":
    main()
