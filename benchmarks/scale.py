"""Many rows: event tables, scoring and tables of text, beside queries by hand and other packages, and how both grow.

    python benchmarks/scale.py --write               10^5 to 10^8 rows into docs/benchmarks.md (an hour; 10 GB of disk)
    python benchmarks/scale.py --small               10^5 rows, printed only (a minute)

Needs the extras `bench` and `databases`, and Rscript with survival and cmprsk for the R rows. Data are made up with
fixed seeds, in chunks, in a folder that goes afterwards (`--folder` keeps it). With `--keep FILE` what was measured is
kept, and a later run measures only what is missing; `--steps` names some.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import growth
import histories
import scoring
import text_table
from measured import HEAD, Measured, noise, put, table

Found = dict[str, dict[str, Measured]]
OURS = (*histories.OURS, *scoring.OURS)
SLOW = ("lifelines", "R survival")
"""Packages that are asked for fewer rows than the others."""

INTRODUCTION = """# Many rows

Written by `python benchmarks/scale.py --write`; do not edit. Each run is a process of its own, those of a table in
turn; medians of CPU seconds (all threads), of seconds on the clock and of the most memory of the process, in which
libraries count and, of other packages, the arrays. “×” is CPU over that of the fastest “by hand” in the same
table. Importing libraries is not counted in the seconds.

Python {python}, {cores} cores; {machine}.

Ten million turns of an empty loop, 25 times, before and after, in CPU seconds: {noise}."""
EVENT_TABLES = """One Parquet file (entry, exit, from, to; whole days over ten years as months; two ends that compete)
to the cumulative incidence of both. “Leanest” is by hand too, and takes for granted that everyone starts at 0 and in
one state; “by hand” reads all four columns, as ours does, and is what “×” refers to. Over the fastest of the leanest
ours is {leanest}. All say the same to within 10⁻¹² (the script compares)."""
PACKAGES = """They are given arrays: reading the file and turning words into numbers is not counted of them. Ours beside
them is `cumulative_incidence` on the same arrays. A run that takes longer than {limit:.0f} s on the clock is stopped;
one that takes {most:.0f} s is run once."""
SCORING = """Kattan 2002 on 12 columns, Parquet to Parquet with status and range. What is by hand knows the texts of
this table, refuses nobody and counts nothing; both say the same to within 10⁻¹² (the script compares)."""


def steps(rows: int, times: int, growing: list[int], folder: Path) -> dict[str, Callable[[], dict[str, Measured]]]:
    """What is measured, by name."""
    others = tuple(name for name in histories.PEERS if name not in SLOW)
    few = max(rows // 10, 1)

    def grown(n: int, module: str) -> Callable[[], dict[str, Measured]]:
        def measured() -> dict[str, Measured]:
            often = times if n < 10_000_000 else 1
            if module == "histories":
                return histories.measure(histories.histories(n, folder), often, histories.OURS)
            return scoring.measure(scoring.people(n, folder), often, scoring.OURS)

        return measured

    def counted() -> dict[str, Measured]:
        source = histories.histories(rows, folder)
        refuse_apart(max(histories.agree(source), histories.agree(histories.histories(rows, folder, 0.1))))
        return histories.measure(source, times)

    def scored() -> dict[str, Measured]:
        measured = scoring.measure(scoring.people(rows, folder), times)
        refuse_apart(scoring.agree(folder))
        return measured

    found: dict[str, Callable[[], dict[str, Measured]]] = {
        "noise before": lambda: {"an empty loop": noise()},
        "histories": counted,
        "late": lambda: histories.measure(
            histories.histories(rows, folder, 0.1), times, histories.BY_HAND + histories.OURS
        ),
        "peers": lambda: histories.measure_peers(histories.histories(rows, folder), times, others),
        "peers, fewer rows": lambda: histories.measure_peers(histories.histories(few, folder), times),
        "text": lambda: text_table.measure(few, folder, times),
        "scoring": scored,
    }
    for n in growing:
        for module in ("histories", "scoring"):
            found[f"{module}, {n}"] = grown(n, module)
    return found | {"noise after": lambda: {"an empty loop": noise()}}


def refuse_apart(difference: float) -> None:
    if not difference < 1e-12:
        raise SystemExit(f"by hand and ours are {difference:.1e} apart")


def read(keep: Path | None) -> Found:
    if keep is None or not keep.exists():
        return {}
    told = json.loads(keep.read_text())
    return {step: {name: Measured(**one) for name, one in of.items()} for step, of in told.items()}


def fastest(found: dict[str, Measured], names: tuple[str, ...]) -> float:
    return min(statistics.median(found[name].cpu) for name in names if found[name].cpu)


def over_leanest(found: dict[str, Measured]) -> str:
    """CPU of ours over the fastest query by hand that reads two columns only."""
    best = fastest(found, histories.LEANEST)
    return ", ".join(f"{statistics.median(found[name].cpu) / best:.2f} × ({name})" for name in histories.OURS)


def rows_of(found: dict[str, Measured], by_hand: tuple[str, ...] = ()) -> str:
    """A table of what was measured; ratios to the fastest by hand."""
    best = fastest(found, by_hand) if by_hand else None
    return table(HEAD, [[name, *one.cells(best)] for name, one in found.items()])


def page(found: Found, rows: int, growing: list[int], machine: str) -> str:
    """The part of docs/benchmarks.md."""
    few = rows // 10
    text = {
        name: f"{few / statistics.median(one.cpu):,.0f} rows a second of CPU" for name, one in found["text"].items()
    }
    loops = [found[name]["an empty loop"] for name in ("noise before", "noise after")]
    loop = [(min(one.cpu), statistics.median(one.cpu), max(one.cpu), max(one.wall)) for one in loops]
    said = "; ".join(
        f"{low:.2f} to {high:.2f} s, median {half:.2f}, on the clock up to {clock:.2f}"
        for low, half, high, clock in loop
    )
    told = "; ".join(f"{name} {speed}" for name, speed in text.items())
    parts = [
        INTRODUCTION.format(python=platform.python_version(), cores=os.cpu_count(), machine=machine, noise=said),
        f"## Event table and cumulative incidence, {rows:,} histories",
        EVENT_TABLES.format(leanest=over_leanest(found["histories"])),
        rows_of(found["histories"], histories.BY_HAND),
        "A tenth of the rows starts later than 0:",
        rows_of(found["late"], histories.BY_HAND),
        "### Other packages",
        PACKAGES.format(limit=histories.LIMIT, most=histories.LIMIT / 2),
        f"{rows:,} rows:",
        rows_of(found["peers"]),
        f"{few:,} rows:",
        rows_of(found["peers, fewer rows"]),
        f"## Scoring, {rows:,} people",
        SCORING,
        rows_of(found["scoring"], scoring.BY_HAND),
        f"## A table of text, {few:,} rows",
        f"14 columns, all text: {told}. Scoring includes reading the file and writing what comes of it.",
        rows_of(found["text"]),
        "## Growth with rows",
        "![CPU seconds and memory from a hundred thousand to a hundred million rows](pictures/growth.svg)",
        growth.table_of(found, growing),
    ]
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--steps", nargs="+")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--write", action="store_true")
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    parser.add_argument("--machine", default=load, help="what else the machine did, in words")
    given = parser.parse_args()
    rows = 100_000 if given.small else 10_000_000
    growing = [] if given.small else [100_000, 1_000_000, 10_000_000, 100_000_000]
    found = read(given.keep)
    with tempfile.TemporaryDirectory() as made:
        for name, measured in steps(rows, given.times, growing, given.folder or Path(made)).items():
            skipped = given.small and name.startswith("peers")
            if name in found or skipped or (given.steps and name not in given.steps):
                continue
            found[name] = measured()
            print(f"{name}\n{rows_of(found[name])}", flush=True)
            if given.keep:
                told = {step: {key: asdict(one) for key, one in of.items()} for step, of in found.items()}
                given.keep.write_text(json.dumps(told))
    if given.write:
        growth.picture(found, growing)
        put("many rows", page(found, rows, growing, given.machine))


if __name__ == "__main__":
    main()
