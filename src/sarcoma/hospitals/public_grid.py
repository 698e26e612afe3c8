"""An event table on a public grid: nothing is told apart between two of its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sarcoma.survival import EventTable, _arrays
from sarcoma.survival.counting.counts import PARTS


def on_grid(table: EventTable, edges: Sequence[float]) -> EventTable:
    """The table with its times joined: (edges[0], edges[1]], (edges[1], edges[2]], …

    Events, and then censorings, happen at the end of their interval; who enters within one is at risk from its start,
    and what happens at time 0 is in the first. What comes after the last edge is not in the table: who is still there
    then stays at risk. A grid of fewer times may be taken afterwards, with the same counts as at once.
    """
    where = np.asarray(edges, dtype=np.float64)
    steps = len(where) - 1
    end = np.maximum(_arrays.before(where, table.times), 1) - 1  # position in edges[1:], `steps` where later
    start = _arrays.upto(where, table.times) - 2  # −1: from the start on
    parts: dict[str, Any] = {}
    for name in ("events", "censored"):
        parts[name] = _joined(getattr(table, name), end, steps)
    entered = np.asarray(table.entered)
    early = start < 0
    parts["initial"] = table.initial + entered[:, early].sum(axis=1)
    parts["entered"] = _joined(entered[:, ~early], np.where(start >= steps - 1, steps, start)[~early], steps)
    squares = None if table.squares is None else on_grid(table.squares, edges)
    return replace(table, times=where[1:], **{name: parts[name] for name in PARTS}, squares=squares)


def _joined(counts: Any, place: Any, steps: int) -> Any:
    counts = np.asarray(counts)
    found = np.zeros((counts.shape[0], steps, counts.shape[2]), dtype=np.result_type(counts, np.int64))
    inside = np.flatnonzero(place < steps)
    for t in range(steps):
        found[:, t] = counts[:, inside[place[inside] == t]].sum(axis=1)
    return found


def remaining(table: EventTable) -> Any:
    """(G, Q) who is still at risk after the last time."""
    left = table.initial + table.entered.sum(axis=1) - table.censored.sum(axis=1)
    for transition, source in enumerate(table.course.transient_index):
        left[:, source] -= table.events[:, :, transition].sum(axis=1)
    return left
