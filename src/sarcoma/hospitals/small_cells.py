"""Small counts kept apart: joined with their neighbours, or left out together with one that would give them away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Flags
from sarcoma.errors import WithheldError
from sarcoma.hospitals.public_grid import on_grid, stayed
from sarcoma.survival import EventTable

PARTS = ("events", "censored", "entered", "initial")


def is_small(counts: Any, minimum: int) -> Any:
    """Counts of 1 to one fewer than the minimum."""
    return (counts > 0) & (counts < minimum)


LARGEST_SHARE = 0.9
_ENOUGH = 10


def check_weights(weights: Any, minimum: int, *, masked: bool = False) -> None:
    """Whether no few people are nearly all of a sum in which each has one of these weights.

    masked : the sum is that of all sites; a site of less than ten times the minimum sees too little of it to tell.

    Raises
    ------
    WithheldError : fewer than the minimum have more than nine tenths of it.
    """
    if masked and len(weights) < _ENOUGH * minimum:
        return
    total, rest = float(np.sum(weights)), len(weights) - minimum + 1
    few = float(np.partition(weights, rest)[rest:].sum()) if 0 < rest < len(weights) else total
    if not 0 < total < np.inf or few > LARGEST_SHARE * total:
        raise WithheldError(f"fewer than {minimum} people here would have nine tenths of a weighted sum")


def small_cells(table: EventTable, minimum: int) -> list[str]:
    """Which parts of a table on a grid have small cells, those who stay beyond a time among them."""
    found = [name for name in PARTS if is_small(getattr(table, name), minimum).any()]
    return [*found, "still at risk"] if is_small(stayed(table), minimum).any() else found


def joined_grid(
    table: EventTable, edges: Sequence[float], minimum: int, *, keep_end: bool = False
) -> tuple[float, ...]:
    """Some of the edges, so that no cell of the table on them is small.

    They are tried in one public order – the last, the middle one, those in the middle of what is left – and kept where
    the cells on both sides pass, so that sites that do not know of one another keep many of the same.

    Who stays beyond an edge is a cell too: what leaves before it tells how many they are.

    keep_end : the last edge must stay; else the grid may end earlier, so that enough are at risk after it.

    Raises
    ------
    WithheldError : there are no such edges; names what is too rare.
    """
    fine = on_grid(table, edges)
    order = _public_order(len(edges) - 1)
    leaving = _running(np.concatenate([fine.events, fine.censored], axis=2))
    coming = _running(np.concatenate([fine.initial[:, None], fine.entered[:, :-1]], axis=1))
    beyond = stayed(fine)

    def passes(a: int, b: int) -> bool:
        cells = (leaving[:, b] - leaving[:, a], coming[:, b] - coming[:, a], beyond[:, b - 1])
        return not any(is_small(some, minimum).any() for some in cells)

    for end in order[:1] if keep_end else order:
        if passes(0, end):
            break
    else:
        raise WithheldError(_too_rare(fine, edges, minimum))
    kept = [0, end]
    for place in order:
        if place >= end:
            continue
        after = int(np.searchsorted(kept, place))
        if kept[after] != place and passes(kept[after - 1], place) and passes(place, kept[after]):
            kept.insert(after, place)
    return tuple(edges[place] for place in kept)


def check_together(table: EventTable, grid: Sequence[float], earlier: Iterable[Sequence[float]], minimum: int) -> None:
    """Whether the times of this answer and of earlier ones together tell no small cell.

    Raises
    ------
    WithheldError : they would.
    """
    times = sorted({*grid, *(t for one in earlier for t in one)})
    if len(times) > len(grid) and small_cells(on_grid(table, times), minimum):
        raise WithheldError(
            f"these people were counted on other times before; both together would tell cells of fewer than {minimum}"
        )


def _public_order(last: int) -> list[int]:
    """The positions 1 … last: the last, the middle, the middles of both halves, and so on."""
    found, spans = [last], [(0, last)]
    while spans:
        halves = []
        for a, b in spans:
            if b - a > 1:
                middle = (a + b) // 2
                found.append(middle)
                halves += [(a, middle), (middle, b)]
        spans = halves
    return found


def _too_rare(table: EventTable, edges: Sequence[float], minimum: int) -> str:
    whole = on_grid(table, (edges[0], edges[-1]))
    rare = [name for name in ("initial", "entered", "censored") if is_small(getattr(whole, name), minimum).any()]
    of = is_small(whole.events, minimum).any(axis=(0, 1))
    rare += [f"{a} → {b}" for (a, b), few in zip(whole.course.transitions, of.tolist(), strict=True) if few]
    return (
        f"fewer than {minimum} in a cell whatever times are joined ({', '.join(rare) or 'at risk at the end'}); "
        "ask with groups or causes joined, a shorter grid, or masked sums"
    )


def _running(counts: Any) -> Any:
    return np.concatenate([np.zeros_like(counts[:, :1]), np.cumsum(counts, axis=1)], axis=1)


def withheld(table: EventTable, minimum: int) -> dict[str, Flags]:
    """Which cells of a table on a grid are left out: the small ones, and others so that no sum gives them away.

    In every line of cells of which somebody may know the sum – a transition, the censorings or the entries of a group
    over time, the groups at one time, all who come to and leave a state – either none is left out, or two or more that
    sum to the minimum; where there are not so many, the whole line. What is left out of one group is left out of all,
    so that no chain of sums over groups and over times comes to one cell. Where few stay beyond a time, a line has
    counts left out before and after it.
    """
    values = {name: np.asarray(getattr(table, name)) for name in PARTS}
    hidden: dict[str, Flags] = {name: is_small(values[name], minimum) for name in PARTS}
    rest = np.argwhere(is_small(stayed(table), minimum)).tolist()
    while True:
        before = sum(int(flags.sum()) for flags in hidden.values())
        for line in _lines(table):
            _complete(values, hidden, line, minimum)
        hidden = {name: flags | flags.any(axis=0) for name, flags in hidden.items()}
        for g, t, q in rest:
            _hide_around(values, hidden, list(_sides(table, g, t, q)))
        if sum(int(flags.sum()) for flags in hidden.values()) == before:
            return hidden


Cell = tuple[str, tuple[int, ...]]


def _lines(table: EventTable) -> Iterator[list[Cell]]:
    groups, times, transitions = table.events.shape
    states = table.censored.shape[2]
    for name, columns in (("events", transitions), ("censored", states), ("entered", states)):
        for c in range(columns):
            for g in range(groups):
                line: list[Cell] = [(name, (g, t, c)) for t in range(times)]
                yield [*line, ("initial", (g, c))] if name == "entered" else line
            for t in range(times if groups > 1 else 0):
                yield [(name, (g, t, c)) for g in range(groups)]
    for c in range(states if groups > 1 else 0):
        yield [("initial", (g, c)) for g in range(groups)]


def _sides(table: EventTable, g: int, t: int, q: int) -> Iterator[tuple[list[Cell], list[Cell]]]:
    """Of each line that says who comes to a state or leaves it: its cells before a time and after it."""
    steps, sources = range(len(table.times)), table.course.transient_index
    for name, c in [("censored", q), *(("events", k) for k in np.flatnonzero(sources == q).tolist())]:
        yield [(name, (g, s, c)) for s in steps if s <= t], [(name, (g, s, c)) for s in steps if s > t]
    came: list[Cell] = [("entered", (g, s, q)) for s in steps if s < t]
    yield [("initial", (g, q)), *came], [("entered", (g, s, q)) for s in steps if s >= t]


def _hide_around(
    values: dict[str, NDArray[Any]], hidden: dict[str, Flags], sides: list[tuple[list[Cell], list[Cell]]]
) -> None:
    """Leave out of one line a count before a time and one after it; where no line has both, one before it."""

    def some(cells: list[Cell], *, out: bool) -> bool:
        return any(hidden[name][at] or (not out and values[name][at] > 0) for name, at in cells)

    if any(some(before, out=True) and some(after, out=True) for before, after in sides):
        return
    both = [pair for pair in sides if some(pair[0], out=False) and some(pair[1], out=False)]
    for cells in both[0] if both else [[cell for before, _ in sides for cell in before]]:
        if not some(cells, out=True):
            _hide_next(values, hidden, cells)


def _complete(values: dict[str, NDArray[Any]], hidden: dict[str, Flags], line: list[Cell], minimum: int) -> None:
    while True:
        out = [int(values[name][at]) for name, at in line if hidden[name][at]]
        if not out or (len(out) > 1 and sum(out) >= minimum) or len(out) == len(line):
            return
        if not _hide_next(values, hidden, line):
            for name, at in line:
                hidden[name][at] = True


def _hide_next(values: dict[str, NDArray[Any]], hidden: dict[str, Flags], line: list[Cell]) -> bool:
    left = [(int(values[name][at]), name, at) for name, at in line if not hidden[name][at] and values[name][at] > 0]
    if left:
        _, name, at = min(left)
        hidden[name][at] = True
    return bool(left)
