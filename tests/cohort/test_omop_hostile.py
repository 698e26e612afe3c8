"""Damaged databases give a cohort whose account adds up, or one clear error: rows gone, orphans, impossible dates, …"""

from __future__ import annotations

import datetime
import os
import random
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from omop_cdm import BONE, CM, EPISODE, G2, G3, LUNG, NO, PROCEDURE, R0, R1, SIZE, YES, Cdm

from sarcoma.cohort import check, make_cohort, open_source
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.writing.omop import write_parquet
from sarcoma.cohort.writing.omop_tables import OmopTables
from sarcoma.errors import CohortError

FEW = 32
MANY = int(os.environ.get("OMOP_MUTANTS", "1000"))
Frames = dict[str, pl.DataFrame]
_DAYS = [
    datetime.date(1, 1, 1),
    datetime.date(1850, 6, 1),
    datetime.date(2024, 2, 29),
    datetime.date(9999, 12, 31),
    None,
]
_NUMBERS = [0, -1, 1, 2, 3, 2**31 - 1, 2**40, 32533, 8507, YES, NO, None]


@cache
def base() -> Frames:
    """Eight persons with everything that is read."""
    cdm = Cdm()
    for number in range(1, 9):
        disease = cdm.person(
            number, on=f"20{10 + number}-03-0{number}", observed=(f"20{10 + number}-01-01", "2024-01-01")
        )
        done = cdm.operation(number, f"20{10 + number}-04-01", disease)
        cdm.measure(number, (R0, R1)[number % 2], f"20{10 + number}-04-01", tied=(PROCEDURE, done))
        cdm.measure(number, SIZE, f"20{10 + number}-03-20", number=5.0 + number, unit=CM)
        cdm.measure(number, (G2, G3)[number % 2], f"20{10 + number}-03-20", tied=(EPISODE, disease))
        cdm.measure(number, LUNG, f"20{12 + number}-03-20", (YES, NO)[number % 2])
        cdm.measure(number, BONE, f"20{12 + number}-03-20", NO)
        if number % 3 == 0:
            cdm.add("death", person_id=number, death_date="2023-01-01", cause_concept_id=cdm.concept("8890/3-C49.2"))
        cdm.episode(number, 32940, f"20{10 + number}-05-01", disease)
        cdm.add(
            "condition_occurrence",
            person_id=number,
            condition_concept_id=cdm.concept("8890/3-C49.2"),
            condition_start_date="2012-01-01",
        )
    cdm.add("cdm_source", cdm_source_name="x", source_release_date="2024-01-01", cdm_release_date="2024-01-01")
    return cdm.tables().frames


def rows_gone(frames: Frames, name: str, draw: random.Random) -> None:
    kept = [i for i in range(frames[name].height) if draw.random() < draw.choice([0.0, 0.5, 0.9])]
    frames[name] = frames[name][kept]


def rows_twice(frames: Frames, name: str, draw: random.Random) -> None:
    some = [draw.randrange(frames[name].height) for _ in range(draw.randint(1, 5))] if frames[name].height else []
    frames[name] = pl.concat([frames[name], frames[name][some]])


def cells_changed(frames: Frames, name: str, draw: random.Random) -> None:
    frame = frames[name]
    column = draw.choice(frame.columns)
    cells = frame[column].to_list()
    kind = frame[column].dtype
    for place in range(len(cells)):
        if draw.random() < 0.4:
            if kind == pl.Date:
                cells[place] = draw.choice(_DAYS)
            elif kind == pl.Int64:
                cells[place] = draw.choice([*_NUMBERS, *[c for c in cells if c is not None][:3]])
            elif kind == pl.Float64:
                cells[place] = draw.choice([float("nan"), float("inf"), -1.0, 0.0, 1e300, None])
            elif kind == pl.String:
                cells[place] = draw.choice(
                    ["", "\x00\x1b[2J", "8890/3", "x" * 300, "9040/3-C41.9", "'; DROP TABLE person", None]
                )
    frames[name] = frame.with_columns(pl.Series(column, cells, dtype=kind, strict=False))


def as_text(frames: Frames, name: str, draw: random.Random) -> None:
    column = draw.choice(frames[name].columns)
    frames[name] = frames[name].with_columns(
        pl.when(pl.int_range(pl.len()) % 3 == draw.randint(0, 2))
        .then(pl.lit("31/12/2020"))
        .otherwise(pl.col(column).cast(pl.String))
        .alias(column)
    )


def column_gone(frames: Frames, name: str, draw: random.Random) -> None:
    frames[name] = frames[name].drop(draw.choice(frames[name].columns))


def persons_swapped(frames: Frames, name: str, draw: random.Random) -> None:
    if "person_id" in frames[name].columns:
        ids = frames[name]["person_id"].to_list()
        draw.shuffle(ids)
        frames[name] = frames[name].with_columns(person_id=pl.Series(ids, dtype=pl.Int64, strict=False))


def one_id_for_two(frames: Frames, name: str, draw: random.Random) -> None:
    frames["person"] = frames["person"].with_columns(
        person_id=pl.when(pl.int_range(pl.len()) == 1)
        .then(pl.lit(1))
        .otherwise(pl.col("person_id").cast(pl.Int64, strict=False))
    )


CHANGES: list[Callable[[Frames, str, random.Random], None]] = [
    *(rows_gone, rows_twice, cells_changed, cells_changed, cells_changed, cells_changed),
    *(as_text, column_gone, persons_swapped, one_id_for_two),
]


def damaged(seed: int) -> Frames:
    draw, frames = random.Random(seed), dict(base())
    for _ in range(draw.randint(1, 4)):
        name = draw.choice(list(tables()))
        try:
            draw.choice(CHANGES)(frames, name, draw)
        except (pl.exceptions.ColumnNotFoundError, IndexError):
            continue  # what it would change is gone already
    return frames


def survives(seed: int, folder: Path) -> bool:
    """Whether a damaged database gave a cohort; its account must add up, and an error must be one sentence."""
    frames = damaged(seed)
    write_parquet(OmopTables(frames), folder)
    try:
        cohort = make_cohort(open_source(folder))
        shutil.rmtree(folder)
    except CohortError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
        return False
    about = cohort.about
    assert about.rows_in == frames["person"].height == about.rows_used + about.rows_refused, seed
    assert about.rows_used == len(cohort)
    assert set(cohort.patients["id"]) <= {str(n) for n in frames["person"]["person_id"]}
    check(cohort)
    return True


@pytest.mark.parametrize("part", range(4))
def test_a_few_damaged_databases(part: int, tmp_path: Path) -> None:
    read = sum(survives(seed, tmp_path / str(seed)) for seed in range(part, FEW, 4))
    assert read > FEW // 8


@pytest.mark.engines
@pytest.mark.parametrize("part", range(10))
def test_a_thousand_damaged_databases(part: int, tmp_path: Path) -> None:
    read = sum(survives(seed, tmp_path / str(seed)) for seed in range(part, MANY, 10))
    assert read > MANY // 50  # most are read, with an account
