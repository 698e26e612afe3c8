"""A made-up cohort (tests/reference/paper_cohort.csv) and what R and tableone say of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from sarcoma.cohort import Cohort

REFERENCE = Path(__file__).parents[1] / "reference"


@cache
def rows() -> pl.DataFrame:
    return pl.read_csv(REFERENCE / "paper_cohort.csv", schema_overrides={"grade": pl.String})


@cache
def from_r() -> dict[str, Any]:
    return dict(json.loads((REFERENCE / "paper.json").read_text()))


@cache
def from_tableone() -> dict[str, Any]:
    return dict(json.loads((REFERENCE / "paper_tableone.json").read_text()))


@cache
def made_up(*, late: bool = False) -> Cohort:
    """The cohort; with delayed entry where asked for."""
    d = rows()
    patients = d.select("id", "age", "sex", "size_cm", "grade", "depth", "centre")
    parts = [
        d.filter(pl.col("died") == 1).select("id", "months", event=pl.lit("death"), cause=pl.lit("unknown")),
        d.filter(pl.col("died") == 0).select(
            "id", "months", event=pl.lit("last-contact"), cause=pl.lit(None, pl.String)
        ),
        d.filter(pl.col("metastasis").is_not_null()).select(
            "id", months="metastasis", event=pl.lit("metastasis"), cause=pl.lit(None, pl.String)
        ),
    ]
    if late:
        parts.append(
            d.filter(pl.col("entry") > 0).select(
                "id", months="entry", event=pl.lit("entry"), cause=pl.lit(None, pl.String)
            )
        )
    return Cohort.of_frames(patients, pl.concat(parts), name="A made-up cohort", origin="diagnosis")
