"""Kattan 2002 on many rows, to Parquet with status and range: `sarcoma score` beside queries written by hand.

    python benchmarks/scoring.py [--rows 10000000] [--times 5] [--folder FOLDER]

Each run is a process of its own, the four in turn: CPU seconds, seconds on the clock, and the most memory; medians, and
the least and the most of CPU as the noise of the machine. What is written by hand knows the texts of this table and
refuses nobody; `sarcoma score` reads what they mean, leaves out rows that contradict themselves, and counts them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from measured import HEAD, Measured, runs, table, timed

CHUNK = 1_000_000
TYPES = {
    "leiomyosarcoma": -0.095052484,
    "UPS": -0.24425099,
    "myxofibrosarcoma": -0.24425099,
    "MPNST": 0.56271564,
    "synovial sarcoma": 0.081272466,
    "dedifferentiated liposarcoma": -0.44073869,
}
HIGH = "'synovial sarcoma', 'UPS', 'dedifferentiated liposarcoma'"
"""Types that cannot be of grade 1."""
SITES = {
    "lower limb": -0.92503872,
    "upper limb": -1.0290006,
    "retroperitoneum": -0.36490333,
    "trunk": -0.50206697,
    "head and neck": 0.0,
}


def people(n: int, folder: Path) -> Path:
    """A file of n made-up people, of whom a few things are not known."""
    place = folder / f"people-{n}.parquet"
    if place.exists():
        return place

    def part(first: int) -> pl.DataFrame:
        rng, rows = np.random.default_rng(first), min(CHUNK, n - first)

        def words(*known: str | None) -> pl.Series:
            return pl.Series(known, dtype=pl.String).gather(rng.integers(0, len(known), rows))

        def numbers(low: float, high: float) -> pl.Series:
            values = np.round(rng.uniform(low, high, rows), 1)
            return pl.Series(np.where(rng.random(rows) < 0.05, np.nan, values)).fill_nan(None)

        return pl.DataFrame(
            {
                "id": np.arange(first, first + rows),
                "age": numbers(18, 90),
                "sex": words("F", "M"),
                "histologic_type": words(*TYPES),
                "site": words(*SITES),
                "size_cm": numbers(0.5, 30),
                "depth": words("deep", "deep", None),
                "grade": words("1", "2", "3", None),
                "presentation": words("primary", "primary", "primary", "recurrent"),
                "surgery": words("resected", "resected", "resected", None),
                "margin": words("R0", "R1", None),
                "metastases": words("none", "none", "none", "lung@14"),
            }
        )

    parts = [place.with_suffix(f".{first}") for first in range(0, n, CHUNK)]
    for first, path in zip(range(0, n, CHUNK), parts, strict=True):
        part(first).write_parquet(path)
    pl.scan_parquet(parts).sink_parquet(place, row_group_size=122_880)
    for path in parts:
        path.unlink()
    return place


def _extremes() -> dict[str, tuple[float, float]]:
    """The least and the most of the terms of age and size, worked out once beforehand."""
    from sarcoma.models import card
    from sarcoma.patient import Records

    nobody = Records.of_columns({}, 1)
    terms = {p.name: p.term(nobody) for p in card("kattan-2002").form.scored}
    return {name: (float(t.low[0]), float(t.high[0])) for name, t in terms.items()}


KNOTS = tuple(zip((3.2833593, 3.925628, 4.3095151), (0.4606532, -1.2313568, 0.77070362), strict=True))


def by_hand_duckdb(source: Path, out: Path) -> None:
    import duckdb

    ends = _extremes()
    case = {
        "histologic_type": " ".join(f"WHEN '{t}' THEN {v}" for t, v in TYPES.items()),
        "site": " ".join(f"WHEN '{t}' THEN {v}" for t, v in SITES.items()),
    }
    powers = " + ".join(f"{c} * power(greatest(u - {k}, 0), 3)" for k, c in KNOTS)
    query = f"""
        SELECT * EXCLUDE (u, age_term, known, least, most, best, worst, low, high, holds),
            CASE holds WHEN 1 THEN 'applies' WHEN 0 THEN 'does not apply' ELSE 'cannot tell' END AS status,
            CASE WHEN holds = 1 AND low = high THEN low END AS risk,
            CASE WHEN holds = 1 THEN low END AS low, CASE WHEN holds = 1 THEN high END AS high
        FROM (SELECT *, 1 - exp(best * exp(least)) AS low, 1 - exp(worst * exp(most)) AS high
        FROM (SELECT *,
            known + coalesce(age_term, {ends["age"][0]}) + CASE WHEN size_cm IS NULL THEN {ends["size"][0]}
                WHEN size_cm <= 5 THEN -0.73661411 WHEN size_cm <= 10 THEN 0 ELSE 0.43366449 END
                + CASE WHEN depth = 'deep' OR site = 'retroperitoneum' THEN 0 ELSE -0.48941318 END AS least,
            known + coalesce(age_term, {ends["age"][1]}) + CASE WHEN size_cm IS NULL THEN {ends["size"][1]}
                WHEN size_cm <= 5 THEN -0.73661411 WHEN size_cm <= 10 THEN 0 ELSE 0.43366449 END
                + CASE depth WHEN 'superficial' THEN -0.48941318 ELSE 0 END AS most
        FROM (SELECT *, 0.29697501 * u + {powers} AS age_term,
            -0.12440647 + CASE histologic_type {case["histologic_type"]} END + CASE site {case["site"]} END AS known,
            CASE grade WHEN '2' THEN ln(0.5875453) WHEN '3' THEN ln(0.5875453)
                ELSE CASE WHEN grade IS NULL AND histologic_type IN ({HIGH}) THEN ln(0.5875453)
                ELSE ln(0.8373887) END END AS best,
            CASE grade WHEN '1' THEN ln(0.8373887) ELSE ln(0.5875453) END AS worst,
            CASE WHEN age < 18 OR age > 100 OR presentation = 'recurrent' OR metastases <> 'none' THEN 0
                WHEN age IS NULL OR surgery IS NULL THEN -1 ELSE 1 END AS holds
        FROM (SELECT *, ln(age) AS u FROM read_parquet('{source}')))))"""
    duckdb.connect().execute(f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def by_hand_polars(source: Path, out: Path) -> None:
    ends, high = _extremes(), [name.strip().strip("'") for name in HIGH.split(",")]
    c = pl.col
    u = c("age").log()
    age = 0.29697501 * u + pl.sum_horizontal(b * (u - k).clip(0) ** 3 for k, b in KNOTS)
    steps = pl.when(c("size_cm") <= 5).then(-0.73661411).when(c("size_cm") <= 10).then(0.0).otherwise(0.43366449)
    size = pl.when(c("size_cm").is_not_null()).then(steps)
    known = -0.12440647 + c("histologic_type").replace_strict(TYPES) + c("site").replace_strict(SITES)
    depth = pl.when((c("depth") == "deep") | (c("site") == "retroperitoneum")).then(0.0).otherwise(-0.48941318)
    shallow = pl.when(c("depth") == "superficial").then(-0.48941318).otherwise(0.0)
    log_low, log_high = float(np.log(0.8373887)), float(np.log(0.5875453))
    no = (c("age") < 18) | (c("age") > 100) | (c("presentation") == "recurrent") | (c("metastases") != "none")
    told = pl.when(no).then(0).when(c("age").is_null() | c("surgery").is_null()).then(-1).otherwise(1)
    rows = pl.scan_parquet(source)
    own = rows.collect_schema().names()
    rows = rows.with_columns(age.alias("_age"), size.alias("_size"), known.alias("_known"), told.alias("_holds"))
    rows = rows.with_columns(
        (c("_known") + c("_age").fill_null(ends["age"][0]) + c("_size").fill_null(ends["size"][0]) + depth).alias("_a"),
        (c("_known") + c("_age").fill_null(ends["age"][1]) + c("_size").fill_null(ends["size"][1]) + shallow).alias(
            "_b"
        ),
        pl.when(c("grade").is_in(["2", "3"]) | (c("grade").is_null() & c("histologic_type").is_in(high)))
        .then(log_high)
        .otherwise(log_low)
        .alias("_best"),
        pl.when(c("grade") == "1").then(log_low).otherwise(log_high).alias("_worst"),
    )
    holds = c("_holds") == 1
    rows = rows.with_columns(
        pl.when(holds).then(1 - (c("_best") * c("_a").exp()).exp()).alias("low"),
        pl.when(holds).then(1 - (c("_worst") * c("_b").exp()).exp()).alias("high"),
    )
    words = pl.when(holds).then(pl.lit("applies")).when(c("_holds") == 0).then(pl.lit("does not apply"))
    rows.select(
        *own,
        words.otherwise(pl.lit("cannot tell")).alias("status"),
        pl.when(c("low") == c("high")).then(c("low")).alias("risk"),
        "low",
        "high",
    ).sink_parquet(out)


def ours(engine: str, source: Path, out: Path) -> None:
    from sarcoma.models import card
    from sarcoma.scale import score_file

    score_file(card("kattan-2002"), source, out, engine)


RUNS: dict[str, Callable[[Path, Path], None]] = {
    "by hand, DuckDB": by_hand_duckdb,
    "`sarcoma score`, DuckDB": lambda source, out: ours("duckdb", source, out),
    "by hand, Polars": by_hand_polars,
    "`sarcoma score`, Polars": lambda source, out: ours("polars", source, out),
}

BY_HAND = ("by hand, DuckDB", "by hand, Polars")
OURS = ("`sarcoma score`, DuckDB", "`sarcoma score`, Polars")


def run(name: str, source: Path, out: Path) -> None:
    """One run in this process, told as JSON."""
    import duckdb  # noqa: F401 - loading libraries is no part of it

    import sarcoma.scale.scoring  # noqa: F401

    _extremes()
    timed(lambda: RUNS[name](source, out))


def measure(source: Path, times: int, names: tuple[str, ...] = tuple(RUNS)) -> dict[str, Measured]:
    """Each way in processes of its own; what they wrote last stays beside the source."""
    return runs({name: [__file__, "--run", name, "--source", str(source)] for name in names}, times)


def agree(folder: Path) -> float:
    """The most by which what is written by hand differs from what the card says, of the rows that are not refused."""
    figures = {"low": "kattan-2002.144m.low", "high": "kattan-2002.144m.high"}
    said = pl.read_parquet(folder / f"{OURS[1]}.parquet", columns=["id", *figures.values()]).sort("id")
    most = 0.0
    for name in BY_HAND:
        hand = pl.read_parquet(folder / f"{name}.parquet", columns=["id", *figures])
        hand = hand.join(said.select("id"), on="id", how="semi").sort("id")
        for own, other in figures.items():
            if not hand[own].is_null().equals(said[other].is_null()):
                sys.exit(f"{name}: not the same rows have a range")
            most = max(most, float((hand[own] - said[other]).abs().max() or 0.0))
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    for hidden in ("--run", "--source"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        source = Path(given.source)
        run(given.run, source, source.with_name(f"{given.run}.parquet"))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        found = measure(people(given.rows, folder), given.times)
        print(f"{given.rows:,} rows, medians of {given.times}; at most {agree(folder):.1e} apart")
        print(table(HEAD, [[name, *one.cells()] for name, one in found.items()]))


if __name__ == "__main__":
    main()
