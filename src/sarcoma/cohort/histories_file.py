"""Histories as a table: what every plan counts, one row a stay, so that whoever counts them needs no events.

course    name of the plan (`PLANS`)
id        the patient
entry     months from time 0 of the course to when the stay is under observation
exit      months to its end
from      the state of the stay
to        the state after it; null where observation ended
group     the patient's centre; null where the cohort names none
left_out  null; or why the patient is not counted, and then everything between `id` and `group` is null
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from sarcoma._arguments import checked
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.counting_plan import CountingPlan
from sarcoma.cohort.courses import PLANS
from sarcoma.cohort.folder import HISTORIES, read_folder
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.cohort.numpy_engine import count, left_out
from sarcoma.errors import CohortError, NoSuchError
from sarcoma.survival import EventTable, Histories

HISTORIES_SCHEMA = pl.Schema(
    {
        "course": pl.String(),
        "id": pl.String(),
        "entry": pl.Float64(),
        "exit": pl.Float64(),
        "from": pl.String(),
        "to": pl.String(),
        "group": pl.String(),
        "left_out": pl.String(),
    }
)


@checked
def histories_of(cohort: Cohort, plans: Mapping[str, CountingPlan] = PLANS) -> pl.DataFrame:
    """The rows of every course of a cohort, and those of patients that a course leaves out, with the reason.

    Parameters
    ----------
    plans : the courses by name.
    """
    columns = FollowUp.of(cohort).columns()
    patients = cohort.patients
    centre = patients["centre"] if "centre" in patients.columns else pl.Series([None] * len(cohort), dtype=pl.String)
    parts = [HISTORIES_SCHEMA.to_frame()]
    for name, plan in plans.items():
        out = left_out(plan, columns)
        if (out == -1).any():
            parts.append(_rows(name, count(plan, columns), patients["id"], centre))
        gone = np.flatnonzero(out >= 0)
        reasons = [plan.exclusions[place].because for place in out[gone].tolist()]
        told = pl.DataFrame({"id": patients["id"].gather(gone), "group": centre.gather(gone)}).with_columns(
            pl.lit(name).alias("course"), pl.Series("left_out", reasons, dtype=pl.String)
        )
        parts.append(_in_order(told))
    return pl.concat(parts)


@checked
def read_histories(folder: Path | str) -> pl.DataFrame:
    """The histories that were written with a cohort.

    Raises
    ------
    CohortError : there are none, or they are not those that the cohort's account names.
    """
    tables, _ = read_folder(Path(folder), (HISTORIES,))
    if tables[HISTORIES].schema != HISTORIES_SCHEMA:
        raise CohortError(f"{HISTORIES}: its columns are not those of histories; make it with: sarcoma cohort read")
    return tables[HISTORIES]


@checked
def table_of(histories: pl.DataFrame, course: str, *, by_group: bool = False) -> EventTable:
    """The event table of one course of such a table, counted by NumPy.

    Raises
    ------
    NoSuchError : there is no course of that name. CohortError : nobody is counted in it.
    """
    if course not in PLANS:
        raise NoSuchError(f"no course is called so; there are {', '.join(PLANS)}")
    rows = histories.filter((pl.col("course") == course) & pl.col("left_out").is_null())
    if not rows.height:
        raise CohortError("nobody is left to count for this course")
    entry = rows["entry"].to_numpy()
    return EventTable.from_histories(
        Histories(
            PLANS[course].course,
            rows["exit"].to_numpy(),
            rows["to"].to_list(),
            entry=entry if entry.any() else None,
            origin=rows["from"].to_list(),
            group=[label or "" for label in rows["group"]] if by_group else None,
        )
    )


def _rows(name: str, counted: CountedHistories, ids: pl.Series, centre: pl.Series) -> pl.DataFrame:
    states = pl.Series([*counted.course.states, None], dtype=pl.String)
    after = np.where(counted.to < 0, len(states) - 1, counted.to)  # the last: nothing happened
    return _in_order(
        pl.DataFrame(
            {
                "id": ids.gather(counted.patient),
                "entry": counted.entry,
                "exit": counted.exit,
                "from": states.gather(counted.origin),
                "to": states.gather(after),
                "group": centre.gather(counted.patient),
            }
        ).with_columns(pl.lit(name).alias("course"))
    )


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [
        pl.lit(None, dtype=kind).alias(name) for name, kind in HISTORIES_SCHEMA.items() if name not in rows.columns
    ]
    return rows.with_columns(missing).select(HISTORIES_SCHEMA.names())
