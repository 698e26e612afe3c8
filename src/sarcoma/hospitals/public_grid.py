"""An event table on a public grid: nothing is told apart between two of its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sarcoma.survival import EventTable, _arrays
from sarcoma.survival.counting.counts import PARTS


def on_grid(table: EventTable, edges: Sequence[float]) -> EventTable:
    """The table by interval (`EventTable.on_grid`) and no further than the last edge.

    edges : from 0. Who is still there after the last one stays at risk; what comes later is not in the table. A grid of
    fewer times may be taken afterwards, with the same counts as at once.
    """
    where = np.asarray(edges, dtype=np.float64)
    ends, steps = where[1:], len(where) - 1
    nearest = where[np.minimum(_arrays.before(where, table.times), steps)]
    times = np.where(_arrays.at(table.times, nearest), nearest, table.times)
    beyond = max(float(ends[-1]) + 1.0, float(times.max(initial=0.0)))
    return _cut(replace(table, times=times, squares=None).on_grid([*ends.tolist(), beyond]), steps)


def _cut(table: EventTable, steps: int) -> EventTable:
    parts: dict[str, Any] = {name: getattr(table, name)[:, :steps].copy() for name in PARTS if name != "initial"}
    parts["entered"][:, -1] = 0  # they are at risk after the last edge only
    return replace(table, times=table.times[:steps], initial=table.initial, **parts)


def stayed(table: EventTable) -> Any:
    """(G, T, Q) who is still at risk after each time, of those who came before it."""
    left = table.at_risk - table.censored
    for transition, source in enumerate(table.course.transient_index):
        left[:, :, source] -= table.events[:, :, transition]
    return left
