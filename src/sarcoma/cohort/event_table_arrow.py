"""Event tables in Arrow: one row a table, so that the tables of several hospitals are the rows of one frame.

`ARROW_SCHEMA` says what the columns hold. Counts are flat lists in the order group, time, transition (or state); labels
of groups are written as JSON, so that 1, "1" and no label stay what they are. Any library that speaks Arrow reads and
writes such rows: a Polars frame is Arrow in memory, `frame.write_ipc` and `frame.write_parquet` make files of it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl

from sarcoma._arguments import checked
from sarcoma.errors import InputError
from sarcoma.survival import EventTable
from sarcoma.survival.counting.counts import PARTS

_FLAT = pl.List(pl.Float64)
ARROW_SCHEMA = pl.Schema(
    {
        "schema": pl.String(),
        "version": pl.Int32(),
        "states": pl.List(pl.String),
        "transitions": pl.List(pl.Struct({"from": pl.String, "to": pl.String})),
        "groups": pl.List(pl.String),
        "times": _FLAT,
        **dict.fromkeys(PARTS, _FLAT),
        **{f"squares of {name}": _FLAT for name in PARTS},
    }
)
"""Columns of version 1; the squares are null where the counts have no weights."""


@checked
def to_arrow(*tables: EventTable) -> pl.DataFrame:
    """Event tables as the rows of a frame.

    Raises
    ------
    InputError : labels of groups that are neither text nor numbers.
    """
    return pl.DataFrame([_row(table) for table in tables], schema=ARROW_SCHEMA)


@checked
def of_arrow(data: Any) -> list[EventTable]:
    """The event tables in the rows of anything that speaks Arrow, checked as by `EventTable.from_counts`.

    Raises
    ------
    InputError : it is not Arrow, or names the column that is missing or wrong.
    """
    if not hasattr(data, "__arrow_c_stream__"):
        raise InputError("data", "is not an Arrow table", "a frame with the columns of to_arrow")
    frame = pl.DataFrame(data)
    missing = [name for name in ARROW_SCHEMA if name not in frame.columns]
    if missing:
        raise InputError(missing[0], "is missing from the columns")
    try:
        frame = frame.select(ARROW_SCHEMA.names()).cast(ARROW_SCHEMA)
    except pl.exceptions.PolarsError:
        raise InputError("data", "a column is not of the type that ARROW_SCHEMA says") from None
    return [_table(row) for row in frame.iter_rows(named=True)]


def _row(table: EventTable) -> dict[str, Any]:
    data = table.to_data()
    squares = data.pop("squares")
    data["groups"] = [json.dumps(label) for label in data["groups"]]
    data["transitions"] = [{"from": a, "to": b} for a, b in data["transitions"]]
    for name in PARTS:
        data[name] = np.ravel(data[name]).astype(float)
        data[f"squares of {name}"] = None if squares is None else np.ravel(squares[name])
    return data


def _table(row: dict[str, Any]) -> EventTable:
    empty = [name for name in ARROW_SCHEMA if row[name] is None and not name.startswith("squares of ")]
    if empty:
        raise InputError(empty[0], "is empty")
    try:
        groups = [json.loads(label) for label in row["groups"]]
    except (TypeError, ValueError):
        raise InputError("groups", "labels must be written as JSON", '"\\"A\\""') from None
    g, t, moves = len(groups), len(row["times"]), [(move["from"], move["to"]) for move in row["transitions"]]
    width = {"events": len(moves)}
    transient = len({origin for origin, _ in moves})

    def counts(name: str, prefix: str = "") -> Any:
        shape = (g, transient) if name == "initial" else (g, t, width.get(name, transient))
        values = np.array(row[prefix + name], dtype=float)
        if values.size != np.prod(shape):
            raise InputError(prefix + name, f"has {values.size} counts where {int(np.prod(shape))} belong")
        return values.reshape(shape)

    squares = None
    if row["squares of events"] is not None:
        squares = {name: counts(name, "squares of ") for name in PARTS}
    return EventTable.of_data(
        {
            "schema": row["schema"],
            "version": row["version"],
            "states": row["states"],
            "transitions": moves,
            "times": row["times"],
            **{name: counts(name) for name in PARTS},
            "groups": groups,
            "squares": squares,
        }
    )
