"""The question for an event table: what a site counts, and the table of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sarcoma.cohort import PLANS
from sarcoma.errors import HospitalsError, InputError, WithheldError
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.hospitals.question import EventTableQuestion, Question, ValidationQuestion
from sarcoma.hospitals.site_rows import SiteRows
from sarcoma.hospitals.small_cells import PARTS, joined_grid, small_cells, withheld
from sarcoma.hospitals.sums import Shapes, Sums
from sarcoma.survival import Course, EventTable, Occupancy, occupancy

Counted = EventTableQuestion | ValidationQuestion


@dataclass(frozen=True, eq=False)
class PooledTable:
    """The event table of all hospitals, on the times that all could give.

    Attributes
    ----------
    table : it adds up all sites; `sarcoma.survival` makes every curve of it.
    grid : its times, with 0. sites : by whom. notes : what a reader has to know.
    by_site : of open sums, the table of each site.
    """

    table: EventTable
    grid: tuple[float, ...]
    sites: tuple[str, ...]
    notes: tuple[str, ...]
    by_site: Mapping[str, EventTable]

    def __repr__(self) -> str:
        return f"PooledTable({self.table!r}, sites={len(self.sites)})"

    def curves(self, **options: Any) -> Occupancy:
        """State occupancy with intervals: Kaplan–Meier, cumulative incidence, or of several states."""
        return occupancy(self.table, **options)

    def to_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "kind": "event-table",
            "grid": list(self.grid),
            "sites": list(self.sites),
            "notes": list(self.notes),
            "table": self.table.to_data(),
        }


def course_of(question: Question) -> Course:
    """The states and transitions that are counted.

    Raises
    ------
    HospitalsError : there is no such plan.
    """
    if isinstance(question, ValidationQuestion):
        return Course.competing(question.causes)
    if question.plan not in PLANS:
        raise HospitalsError(f"plan: there is no plan {question.plan[:40]}; there are {', '.join(PLANS)}")
    return PLANS[question.plan].course


def groups_of(question: Counted) -> tuple[Any, ...]:
    """Labels of the groups."""
    by = getattr(question, "by", None)
    return (None,) if by is None else tuple(by.levels)


def shapes_of(question: Counted, steps: int) -> Shapes:
    """What an answer on a grid of so many intervals holds."""
    course, g = course_of(question), len(groups_of(question))
    k, q = len(course.transitions), len(course.transient)
    return Shapes({"events": (g, steps, k), "censored": (g, steps, q), "entered": (g, steps, q), "initial": (g, q)}, {})


def table_of(rows: SiteRows, question: Counted, grid: Sequence[float]) -> EventTable:
    """A site's table on a grid, with every group that is asked for.

    Raises
    ------
    HospitalsError : the rows are of another course.
    """
    if rows.histories.course != course_of(question):
        raise HospitalsError("the histories are of another course than the question")
    groups = groups_of(question)
    found = on_grid(EventTable.from_histories(rows.histories), grid)
    if groups == (None,):
        return found.pooled()
    if set(found.groups) - set(groups):
        raise HospitalsError("by: some rows are of a group that is not asked for")
    return EventTable.empty(found.course, groups) + found


def site_grid(table: EventTable, question: Counted, policy: Policy) -> tuple[float, ...]:
    """The times on which a site can give its table.

    Raises
    ------
    WithheldError : there are none.
    """
    if question.sharing != "coarsen":
        return question.grid
    keep_end = isinstance(question, ValidationQuestion)
    return joined_grid(table, question.grid, policy.minimum_cell, keep_end=keep_end)


def sums_of(table: EventTable) -> Sums:
    """Its counts."""
    return Sums({name: np.asarray(getattr(table, name), dtype=np.int64) for name in PARTS}, {})


def with_gaps(table: EventTable, policy: Policy) -> dict[str, Any]:
    """Its counts as lists, None where they are withheld; nothing small, and nothing that gives something small away."""
    hidden = withheld(table, policy.minimum_cell)
    found = {}
    for name in PARTS:
        values = np.asarray(getattr(table, name)).astype(object)
        values[hidden[name]] = None
        found[name] = values.tolist()
    return found


def gaps_filled(counts: Mapping[str, Any], steps: int) -> tuple[dict[str, Any], int]:
    """Counts with 0 for those that are withheld, and before how many intervals none is.

    Raises
    ------
    HospitalsError : the counts are in no rows and columns.
    """
    try:
        arrays = {name: np.array(counts[name], dtype=object) for name in PARTS}
        missing = {name: _is_none(array) for name, array in arrays.items()}
        whole = steps
        if missing["initial"].any():
            whole = 0
        for name, late in (("events", 0), ("censored", 0), ("entered", 1)):
            gone = np.flatnonzero(missing[name].any(axis=(0, 2)))
            if len(gone):
                whole = min(whole, int(gone[0]) + late)
        filled = {name: np.where(missing[name], 0, array).tolist() for name, array in arrays.items()}
    except (KeyError, TypeError, ValueError, IndexError):
        raise HospitalsError("counts: must be the counts of an event table") from None
    return filled, whole


def _is_none(array: Any) -> Any:
    return np.array([one is None for one in array.ravel().tolist()], dtype=bool).reshape(array.shape)


def table_from(sums: Sums, question: Counted, grid: Sequence[float], who: str) -> EventTable:
    """An answer's table, checked.

    Raises
    ------
    HospitalsError : more leave than were there.
    """
    counts: dict[str, Any] = dict(sums.counts)
    try:
        return EventTable.from_counts(course_of(question), np.asarray(grid[1:]), **counts, groups=groups_of(question))
    except InputError as error:
        raise HospitalsError(f"{who}: {error}") from None


def pooled(
    tables: Mapping[str, EventTable], question: Counted, grid: tuple[float, ...], notes: tuple[str, ...]
) -> PooledTable:
    """The tables of all sites on the times that they share."""
    on = {site: on_grid(table, grid) for site, table in tables.items()}
    total = EventTable.empty(course_of(question), groups_of(question))
    for table in on.values():
        total = total + table
    return PooledTable(total, grid, tuple(question.sites), notes, on)


def of_total(table: EventTable, question: Counted, policy: Policy, notes: tuple[str, ...]) -> PooledTable:
    """The table of masked sums: the minimum cell holds for the total.

    Raises
    ------
    HospitalsError : the total cannot be told on any grid.
    """
    grid = question.grid
    if small_cells(table, policy.minimum_cell):
        try:
            keep_end = isinstance(question, ValidationQuestion)
            grid = joined_grid(table, question.grid, policy.minimum_cell, keep_end=keep_end)
        except WithheldError as error:
            raise HospitalsError(f"the total of all sites: {error}") from None
        notes = (*notes, f"{len(question.grid) - len(grid)} times were joined, so that no cell of the total is small")
    return PooledTable(on_grid(table, grid), grid, tuple(question.sites), notes, {})
