"""How long a made-up table of text takes to become records, and a model on it.

    python benchmarks/text_table.py [--rows 1000000]

Medians of five, CPU seconds; the row path is measured on its first 20,000 rows in the same run. `benchmarks/scale.py`
runs `measure`: each in a process of its own, and a file of such text scored with a mapping.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from measured import Measured, runs, timed

from sarcoma.models import predict
from sarcoma.patient import Records
from sarcoma.patient.mapping import own_columns, read_row

_BY_ROW = 20_000


def made_up(n: int) -> pl.DataFrame:
    """People as a registry writes them down, with what is not known and a few cells that cannot be read."""
    rng = np.random.default_rng(7)

    def words(*known: str) -> pl.Series:
        return pl.Series(rng.choice(np.array(known, dtype=object), n).tolist(), dtype=pl.String)

    def numbers(low: float, high: float, digits: int, miss: float = 0.05) -> pl.Series:
        text = pl.Series(np.round(rng.uniform(low, high, n), digits)).cast(pl.String)
        return pl.select(pl.when(pl.Series(rng.random(n) < miss)).then(pl.lit("")).otherwise(text).alias("x"))["x"]

    return pl.DataFrame(
        {
            "age": numbers(18, 90, 1),
            "sex": words("F", "M", "male", "female", ""),
            "type": words("LMS", "leiomyosarcoma", "UPS", "myxofibrosarcoma", "MPNST", "8890/3", "no such type"),
            "site": words("lower limb", "upper limb", "retroperitoneum", "trunk", "thigh", "head and neck"),
            "size_cm": numbers(0.5, 30, 1),
            "depth": words("deep", "superficial", ""),
            "grade": words("1", "2", "3", "", "G3"),
            "nodes": words("negative", "not-assessed", ""),
            "surgery": words("resected"),
            "surgery_months": numbers(0, 4, 2, 0.3),
            "margin": words("R0", "R1", "R2", ""),
            "metastases": words("none", "none", "lung@14.5", "liver@3; bone@9", ""),
            "local_recurrence_months": numbers(5, 40, 1, 0.9),
            "landmark_months": numbers(40, 100, 1, 0.7),
        }
    )


def file_of(n: int, folder: Path) -> Path:
    """A made-up table as a Parquet file, every column text."""
    place = folder / f"text-{n}.parquet"
    if not place.exists():
        made_up(n).write_parquet(place)
    return place


def to_records(source: Path, _: Path) -> None:
    table = pl.read_parquet(source)
    timed(lambda: Records.of_arrow(table))


def to_scores(source: Path, out: Path) -> None:
    from sarcoma.models import card
    from sarcoma.scale import score_file

    mapping, known = own_columns(pl.read_parquet_schema(source)), card("kattan-2002")
    timed(lambda: score_file(known, source, out, mapping=mapping))


RUNS = {"to records": to_records, "`sarcoma score --map` to Parquet": to_scores}


def measure(rows: int, folder: Path, times: int) -> dict[str, Measured]:
    """Each way to read a file of text, in a process of its own."""
    source = str(file_of(rows, folder))
    return runs({name: [__file__, "--run", name, "--source", source] for name in RUNS}, times)


def median_of(function: Callable[[], Any], times: int = 5) -> float:
    """Median CPU seconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    for hidden in ("--run", "--source"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        source = Path(given.source)
        RUNS[given.run](source, source.with_name("scored-text.parquet"))
        return
    rows = given.rows
    table = made_up(rows)
    mapping = own_columns(table.columns)
    some = table.head(_BY_ROW)
    by_row = median_of(lambda: [read_row(mapping, row) for row in some.iter_rows(named=True)], 1) / some.height
    records, account = Records.of_arrow(table)
    print(f"{rows:,} rows, {account.rows_refused:,} refused, {len(account.problem_rows):,} problems")
    print(f"row by row  {by_row * rows:8.1f} s (from {some.height:,} rows)")
    print(f"by columns  {median_of(lambda: Records.of_arrow(table)):8.2f} s")

    for name in ("kattan-2002", "gronchi-2013-os", "keung-2018-type"):
        # `changed`, so that nothing derived is kept from the time before
        seconds = median_of(partial(_predicted, name, records))
        print(f"{name:18} {seconds:5.2f} s")


def _predicted(name: str, records: Records) -> object:
    return predict(name, records.changed({}), intervals=False)


if __name__ == "__main__":
    main()
