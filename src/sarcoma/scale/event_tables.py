"""Event tables counted by an engine: it groups and counts, NumPy estimates. Nothing but counts leaves it."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from sarcoma._arguments import checked
from sarcoma.cohort import PLANS
from sarcoma.errors import CohortError, NoSuchError, TableError
from sarcoma.scale.engine import Engine, broken
from sarcoma.survival import Course, EventTable

_NEEDED = ("entry", "exit", "from", "to")


class NobodyCountedError(CohortError):
    """A course has no stays."""


@checked
def event_table(frame: Any, course: str, engine: Engine, *, by_group: bool = False) -> EventTable:
    """The event table of one course of histories, such as `histories.parquet` beside a cohort.

    The engine is asked for the number of rows of each end, state and transition, and of each entry; so what it gives
    grows with the distinct times, not with the people.

    Parameters
    ----------
    frame : columns entry, exit, from, to; perhaps course and left_out, by which rows are chosen, and group.
    course : the course's name, as in `sarcoma.cohort.PLANS`.
    engine : what the table is of.

    Raises
    ------
    NoSuchError : there is no course of that name. TableError : a column is missing, rows that end before they start,
    or the engine could not do it.
    CohortError : nobody is counted in it, or a transition is not the course's. InputError : times that are none.
    """
    if course not in PLANS:
        raise NoSuchError(f"no course is called so; there are {', '.join(PLANS)}")
    rows = frame if isinstance(frame, nw.LazyFrame) else nw.from_native(frame).lazy()
    try:
        return counted_table(PLANS[course].course, _chosen(rows, course, by_group=by_group), engine, by_group=by_group)
    except engine.faults as error:  # their messages quote rows
        raise broken(engine, error) from None


def _chosen(rows: nw.LazyFrame[Any], course: str, *, by_group: bool) -> nw.LazyFrame[Any]:
    """The rows of a course, as they are counted."""
    names = rows.collect_schema().names()
    for name in (*_NEEDED, *(("group",) if by_group else ())):
        if name not in names:
            raise TableError(f"{name}: this column of histories is missing; it has {', '.join(_NEEDED)}, perhaps group")
    if "course" in names:
        rows = rows.filter(nw.col("course") == course)
    if "left_out" in names:
        rows = rows.filter(nw.col("left_out").is_null())
    entry = nw.col("entry").cast(nw.Float64)
    return rows.select(
        *((nw.col("group").cast(nw.String).fill_null("").alias("group"),) if by_group else ()),
        entry.alias("entry"),
        nw.col("exit").cast(nw.Float64).alias("exit"),
        nw.col("from").cast(nw.String).alias("from"),
        nw.col("to").cast(nw.String).alias("to"),
    )


def counted_table(course: Course, told: nw.LazyFrame[Any], engine: Engine, *, by_group: bool) -> EventTable:
    """The event table of stays: entry, exit, from, to, perhaps group (text); an engine's faults are its own.

    Two questions: how rows end, without reading when they start; and how those start that do so later than 0.

    Raises
    ------
    TableError, CohortError : as `event_table`.
    """
    by = ("group",) if by_group else ()
    ends = engine.small(told.group_by(*by, "exit", "from", "to").agg(nw.len().alias("n")))
    if not ends.height:
        raise NobodyCountedError("nobody is left to count for this course")
    late = told.filter(nw.col("entry") > 0).with_columns(
        nw.when(nw.col("entry") >= nw.col("exit")).then(nw.lit(1)).otherwise(nw.lit(0)).alias("unordered")
    )
    starts = engine.small(late.group_by(*by, "entry", "from").agg(nw.len().alias("n"), nw.col("unordered").sum()))
    short = int(starts["unordered"].sum())
    if short:
        raise TableError(f"entry: {short} of {int(ends['n'].sum())} rows end before or when they start; 0 < exit")
    if not by_group:
        ends, starts = (part.with_columns(pl.lit("").alias("group")) for part in (ends, starts))
    counts = pl.concat([_ends(course, ends), _starts(course, _first(ends, starts)), _starts(course, starts)])
    return EventTable.of_counts(course, counts if by_group else counts.drop("group"))


def _ends(course: Course, ends: pl.DataFrame) -> pl.DataFrame:
    """How many rows end when, and how."""
    kinds: dict[tuple[str, str | None], int] = {pair: k for k, pair in enumerate(course.transitions)}
    for q, state in enumerate(course.transient):
        nothing: tuple[tuple[str, str | None], ...] = ((state, state), (state, None), (state, ""))
        kinds |= dict.fromkeys(nothing, len(course.transitions) + q)
    return _long(ends, "exit", [kinds.get(pair) for pair in ends.select("from", "to").iter_rows()], ends["n"])


def _first(ends: pl.DataFrame, starts: pl.DataFrame) -> pl.DataFrame:
    """How many rows there are from the start on: those that end, without those that start later."""
    signed = [ends.select("group", "from", pl.col("n").cast(pl.Int64))]
    signed.append(starts.select("group", "from", -pl.col("n").cast(pl.Int64)))
    first = pl.concat(signed).group_by("group", "from").agg(pl.col("n").sum())
    return first.with_columns(pl.lit(0.0).alias("entry"))


def _starts(course: Course, starts: pl.DataFrame) -> pl.DataFrame:
    """How many rows start when."""
    base = len(course.transitions) + len(course.transient)
    kinds = {state: base + q for q, state in enumerate(course.transient)}
    return _long(starts, "entry", [kinds.get(state) for state in starts["from"]], starts["n"])


def _long(rows: pl.DataFrame, time: str, kinds: list[int | None], n: pl.Series) -> pl.DataFrame:
    kind = pl.Series("kind", kinds, dtype=pl.Int64)
    if kind.null_count():
        wrong = int(n.filter(kind.is_null()).sum())
        raise CohortError(f"{wrong} rows are in a state, or make a transition, that the course does not have")
    return pl.DataFrame(
        {
            "group": rows["group"].cast(pl.String),
            "time": rows[time].cast(pl.Float64).fill_null(np.nan),
            "kind": kind,
            "n": n.cast(pl.Int64),
        }
    )
