"""How long validation takes, as a user runs it.

    python benchmarks/validation.py [--patients 10000] [--draws 500] [--million 1000000]

Made-up people whom three shipped models speak of: every measure at six horizons, subgroups, centres, updating ladder,
report. The three models with influence functions and with the bootstrap, then a million people and one model at a time.
Seconds on the clock and of the processors, and the most memory that one process held.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

MODELS = ("kattan-2002", "course-tcga", "fisher-2018")
TYPES = ("leiomyosarcoma", "dedifferentiated-liposarcoma", "undifferentiated-pleomorphic-sarcoma", "myxofibrosarcoma")


def write_cohort(folder: Path, patients: int, seed: int = 1) -> None:
    """A standard cohort of people operated on, with deaths at rates that rise with grade, size and age."""
    from sarcoma.cohort import Cohort

    random, n = np.random.default_rng(seed), patients
    age = np.round(np.clip(random.normal(62, 13, n), 20, 90))
    size = np.round(np.clip(np.exp(random.normal(np.log(8), 0.6, n)), 1.2, 39.5), 1)
    grade = random.choice([1, 2, 3], n, p=[0.2, 0.4, 0.4])
    rate = 0.003 * np.exp(0.5 * (grade - 1) + 0.4 * np.log(size / 8) + 0.01 * (age - 60))
    sarcoma, other = random.exponential(1 / rate), random.exponential(1 / (0.0012 * np.exp(0.06 * (age - 60))))
    end = random.uniform(6, 220, n)
    months = np.round(np.minimum(np.minimum(sarcoma, other), end), 2) + 0.01
    died = np.minimum(sarcoma, other) < end
    ids = np.arange(n).astype(str)
    choose = {
        "histologic_type": TYPES,
        "site": ("lower-limb", "upper-limb", "trunk"),
        "depth": ("superficial", "deep"),
        "sex": ("F", "M"),
        "centre": tuple("ABCDEFGH"),
    }
    columns = {name: random.choice(values, n) for name, values in choose.items()}
    patients_ = pl.DataFrame({"id": ids, "age": age, "size_cm": size, "grade": grade.astype(str), **columns})
    same = {"surgery": "resected", "presentation": "primary", "metastases": "none", "local_recurrence": False}
    patients_ = patients_.with_columns(pl.lit(value).alias(name) for name, value in same.items())
    events = pl.DataFrame(
        {
            "id": ids,
            "months": months,
            "event": np.where(died, "death", "last-contact"),
            "organ": pl.Series([None] * n, dtype=pl.String),
            "cause": pl.Series(
                np.where(died, np.where(sarcoma < other, "sarcoma", "other"), None).tolist(), dtype=pl.String
            ),
        }
    )
    Cohort.of_frames(patients_, events, name="made-up people", origin="diagnosis").write(folder)


def timed(what: str, arguments: list[str]) -> None:
    """Run the command; its seconds on the clock and of the processors, and the memory of its largest process."""
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "sarcoma", "validate", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{what}: the command failed")
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2
    print(f"{what:<62} {seconds:6.1f} s   CPU {cpu:6.1f} s   {memory:.1f} GB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--million", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large, report = folder / "small", folder / "large", ["--to", str(folder / "report.html")]
        write_cohort(small, asked.patients)
        write_cohort(large, asked.million)
        few, many = ["--cohort", str(small), *report], ["--cohort", str(large), *report]
        n, m = f"{asked.patients:,} people", f"{asked.million:,} people"
        timed(f"{n}, three models, influence functions", [*MODELS, *few])
        timed(f"{n}, three models, {asked.draws} bootstrap samples", [*MODELS, *few, "--bootstrap", str(asked.draws)])
        for model in MODELS:
            timed(f"{m}, {model}, influence functions", [model, *many])


if __name__ == "__main__":
    main()
