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
    group = nw.col("group").cast(nw.String).fill_null("") if by_group else nw.lit("")
    entry = nw.col("entry").cast(nw.Float64)
    return rows.select(
        group.alias("group"),
        nw.when(entry.is_null()).then(nw.lit(0.0)).otherwise(entry).alias("entry"),
        nw.col("exit").cast(nw.Float64).alias("exit"),
        nw.col("from").cast(nw.String).alias("from"),
        nw.col("to").cast(nw.String).alias("to"),
    )


def counted_table(course: Course, told: nw.LazyFrame[Any], engine: Engine, *, by_group: bool) -> EventTable:
    """The event table of stays: group (text), entry, exit, from, to; an engine's faults are its own.

    Raises
    ------
    TableError, CohortError : as `event_table`.
    """
    late, unordered = nw.col("entry") > 0, (nw.col("entry") >= nw.col("exit")) & (nw.col("entry") > 0)
    ends = engine.small(
        told.with_columns(_one(late).alias("late"), _one(unordered).alias("unordered"))
        .group_by("group", "exit", "from", "to")
        .agg(nw.len().alias("n"), nw.col("late").sum(), nw.col("unordered").sum())
    )
    if not ends.height:
        raise CohortError("nobody is left to count for this course")
    short = int(ends["unordered"].sum())
    if short:
        raise TableError(f"entry: {short} of {int(ends['n'].sum())} rows end before or when they start; 0 < exit")
    parts = [_ends(course, ends), _first(course, ends)]
    if int(ends["late"].sum()):
        starts = engine.small(told.filter(late).group_by("group", "entry", "from").agg(nw.len().alias("n")))
        parts.append(_starts(course, starts))
    counts = pl.concat(parts)
    return EventTable.of_counts(course, counts if by_group else counts.drop("group"))


def _one(flag: nw.Expr) -> nw.Expr:
    return nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0))


def _ends(course: Course, ends: pl.DataFrame) -> pl.DataFrame:
    """How many rows end when, and how."""
    kinds: dict[tuple[str, str | None], int] = {pair: k for k, pair in enumerate(course.transitions)}
    for q, state in enumerate(course.transient):
        nothing: tuple[tuple[str, str | None], ...] = ((state, state), (state, None), (state, ""))
        kinds |= dict.fromkeys(nothing, len(course.transitions) + q)
    return _long(ends, "exit", [kinds.get(pair) for pair in ends.select("from", "to").iter_rows()], ends["n"])


def _first(course: Course, ends: pl.DataFrame) -> pl.DataFrame:
    """How many rows there are from the start on."""
    first = ends.with_columns(pl.lit(0.0).alias("entry"), (pl.col("n") - pl.col("late")).alias("n"))
    return _starts(course, first.group_by("group", "entry", "from").agg(pl.col("n").sum()))


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
