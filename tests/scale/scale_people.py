"""Made-up people of every kind as a table of fields, and as records."""

from __future__ import annotations

import numpy as np
import polars as pl

from sarcoma.patient import Records, field_specs
from sarcoma.patient.mapping import own_columns
from sarcoma.patient.table_columns import read_columns


def table(n: int, seed: int = 5) -> pl.DataFrame:
    """People of every kind, with much that is not known."""
    rng = np.random.default_rng(seed)

    def numbers(low: float, high: float, digits: int, miss: float = 0.15) -> pl.Series:
        values = np.round(rng.uniform(low, high, n), digits)
        return pl.Series(np.where(rng.random(n) < miss, np.nan, values)).fill_nan(None)

    def words(*known: str | None) -> pl.Series:
        return pl.Series(rng.choice(np.array(known, dtype=object), n).tolist(), dtype=pl.String)

    months = np.round(rng.uniform(0, 60, n), 1)
    found = [f"{organ}@{at:g}" for organ, at in zip(rng.choice(["lung", "liver", "bone"], n), months, strict=True)]
    spread = pl.Series(np.where(rng.random(n) < 0.4, np.array(found, dtype=object), "none").tolist(), dtype=pl.String)
    return pl.DataFrame(
        {
            "id": pl.int_range(n, eager=True),
            "age": numbers(0, 95, 1).scatter([0, 1], [18.0, 17.999]),
            "sex": words("F", "male", None),
            "histologic_type": words(
                "LMS", "liposarcoma, dedifferentiated", "synovial sarcoma", "ARMS", "UPS", "MPNST", None
            ),
            "site": words("thigh", "retroperitoneum", "uterus", "head and neck", "trunk wall", "arm", None),
            "size_cm": numbers(0.1, 40, 1).scatter([0, 1, 2], [5.0, 10.0, 15.0]),
            "depth": words("deep", "superficial", None),
            "grade": words("1", "2", "G3", None),
            "mitoses_per_10_hpf": numbers(0, 40, 0, 0.6),
            "necrosis": words("none", "under-half", None),
            "nodes": words("negative", "positive", None),
            "multifocal": words("yes", "no", None),
            "presentation": words("primary", "recurrent", "primary", None),
            "surgery": words("resected", "none", None),
            "margin": words("R0", "R1", "R2", None),
            "surgery_months": numbers(0, 6, 1),
            "metastases": pl.select(pl.when(pl.Series(rng.random(n) < 0.1)).then(None).otherwise(spread).alias("m"))[
                "m"
            ],
            "metastasectomy": words("complete", "none", None),
            "local_recurrence_months": numbers(1, 60, 1, 0.7),
            "landmark_months": numbers(0, 80, 1, 0.4),
            "radiotherapy": words("none", "after-surgery", None),
            "performance_status": pl.Series(
                rng.choice(np.array([0, 1, 2, None], dtype=object), n).tolist(), dtype=pl.Int64
            ),
        }
    )


def as_records(frame: pl.DataFrame) -> Records:
    """The same rows through the columns of records; the rows may contradict themselves, which is not the matter here."""
    fields = frame.select(name for name in frame.columns if name in field_specs())
    if not fields.width:
        return Records.of_columns({}, frame.height)
    return Records.of_columns(read_columns(fields, own_columns(fields.columns))[0], frame.height)


ROWS = table(3000)
