"""Small cells stay hidden, and cannot be had back: by subtraction, from percentages, or from the steps of a curve.

Figures that rest on 1 to k − 1 patients (or on all but so few) are hidden, and with them as many others of the same
whole as it takes; what is shown is rounded, counts to multiples of k and percentages and months to whole ones; a curve
takes a step only where at least k events have come together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sarcoma.cohort.cohort import About
from sarcoma.cohort.description.figures import Bar, Bars, Line, Picture, Section, Value

COARSE = "Curves take a step only where {least} events have come together, so that they lag a little."
_FEWEST_STEPS = 4
NOT_DRAWN = "A picture is not drawn here, because it would show cells that are too small."


def rounded(n: int, least: int | None) -> int:
    """A count, to the nearest multiple of `least`."""
    return n if least is None else least * ((2 * n + least) // (2 * least))


def said_count(n: int, least: int | None) -> str:
    """A count of patients in words: small ones only as "fewer than", the others rounded."""
    if least is None or n == 0:
        return f"{n:,}"
    return f"fewer than {least}" if n < least else f"about {rounded(n, least):,}"


def suppress(section: Section, least: int) -> Section:
    """A section without its small cells."""
    hidden = _hidden(section.values, least)
    values = tuple(
        replace(v, value=None, low=None, high=None, n=None, events=None, at_risk=None, suppressed=True)
        if h
        else _rounded_value(v, least)
        for v, h in zip(section.values, hidden, strict=True)
    )
    gone = {(v.what, v.group) for v, h in zip(section.values, hidden, strict=True) if h and v.kind == "share"}
    states = any(h for v, h in zip(section.values, hidden, strict=True) if v.kind == "state")
    pictures = [p for p in (_picture(p, gone, least, states=states) for p in section.pictures) if p is not None]
    cautions = section.cautions
    if any(isinstance(p, Picture) and not p.stacked for p in pictures):
        cautions = (*cautions, COARSE.format(least=least))
    if len(pictures) < len(section.pictures):
        cautions = (*cautions, NOT_DRAWN)
    return replace(section, values=values, pictures=tuple(pictures), cautions=cautions)


def suppressed_about(about: dict[str, Any], least: int | None) -> dict[str, Any]:
    """What a cohort says of itself, as data, without ids and – where asked for – without small counts."""
    for part in (*about["refused"], *about["unread_cells"], *about["disagreements"]):
        part.pop("ids", None)
    if least is None:
        return about
    for name in ("rows_in", "rows_used", "repeated_events"):
        about[name] = rounded(about[name], least)
    for part in (*about["refused"], *about["unread_cells"]):
        part["count"] = None if 0 < part["count"] < least else rounded(part["count"], least)
    about["disagreements"] = []
    return about


def rows_in_words(about: About, least: int | None) -> str:
    """Rows in = rows used + rows refused."""
    counts = (about.rows_in, about.rows_used, about.rows_refused)
    rows_in, used, refused = (said_count(n, least) for n in counts)
    return f"Rows in {rows_in} = rows used {used} + rows refused {refused}"


# -- figures


def _small(n: int | None, least: int) -> bool:
    return n is not None and 0 < n < least


def _hidden(values: Sequence[Value], least: int) -> list[bool]:
    hidden = []
    for v in values:
        few = v.n is not None and v.n < least
        left = v.at_risk is not None and v.at_risk < least
        rest = v.n - v.events if v.n is not None and v.events is not None else None
        hidden.append(few or left or _small(v.events, least) or _small(rest, least))
    _hide_steps(values, hidden, least)
    for parts in _wholes(values):
        _hide_complements(parts, values, hidden, least)
    return hidden


def _hide_steps(values: Sequence[Value], hidden: list[bool], least: int) -> None:
    """From one horizon to the next either nobody or enough have had it."""
    last: dict[tuple[str, str | None], int] = {}
    for i in sorted(range(len(values)), key=lambda i: values[i].horizon or 0.0):
        v = values[i]
        if v.horizon is None or v.events is None or v.kind == "state":
            continue
        if not hidden[i] and _small(abs(v.events - last.get((v.what, v.group), 0)), least):
            hidden[i] = True
        if not hidden[i]:
            last[v.what, v.group] = v.events


def _wholes(values: Sequence[Value]) -> list[list[int]]:
    """Figures that are the parts of one whole: shares whose counts add up to it, and states at one time."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, v in enumerate(values):
        if v.kind == "state":
            groups["state", v.horizon].append(i)
        elif v.kind == "share":
            groups["group", v.group, v.n].append(i)
            groups["what", v.what, v.n].append(i)
    return [
        parts
        for key, parts in groups.items()
        if len(parts) > 1 and (key[0] == "state" or sum(values[i].events or 0 for i in parts) == values[parts[0]].n)
    ]


def _hide_complements(parts: list[int], values: Sequence[Value], hidden: list[bool], least: int) -> None:
    """Of a whole, so many are hidden together that none of them follows from the rest."""
    while True:
        some = [i for i in parts if hidden[i]]
        rest = [i for i in parts if not hidden[i]]
        together = sum(values[i].events or 0 for i in some)
        if not some or not rest or (len(some) > 1 and together >= least):
            return
        hidden[min(rest, key=lambda i: values[i].events or 0)] = True


def _rounded_value(v: Value, least: int) -> Value:
    value, low, high = (None if part is None else float(round(part)) for part in (v.value, v.low, v.high))
    n, events, at_risk = (None if part is None else rounded(part, least) for part in (v.n, v.events, v.at_risk))
    return replace(v, value=value, low=low, high=high, n=n, events=events, at_risk=at_risk)


# -- pictures


def _picture(
    picture: Picture | Bars, gone: set[tuple[str, str | None]], least: int, *, states: bool
) -> Picture | Bars | None:
    if isinstance(picture, Bars):
        shown = tuple(
            Bar(b.name, b.of, float(round(b.percent)), float(round(b.low)), float(round(b.high)))
            for b in picture.bars
            if b.of not in gone
        )
        return replace(picture, bars=shown) if shown else None
    if picture.stacked:
        return None if states else replace(picture, lines=_stacked(picture.lines))
    lines = tuple(line for line in (_coarse(line, least) for line in picture.lines) if line is not None)
    return replace(picture, lines=lines) if lines else None


def _coarse(line: Line, least: int) -> Line | None:
    """A curve whose every step is that of enough events, as far as enough are followed."""
    if not line.at_risk or line.at_risk[0][1] < least:
        return None
    last = min((t for t, n in line.at_risk if n < least), default=float("inf"))
    keep, had = [0], line.events[0] if line.events else 0
    if line.events and _small(had, least):
        return None
    for i in range(1, len(line.times)):
        if line.times[i] < last and line.events and line.events[i] - had >= least:
            keep.append(i)
            had = line.events[i]
    if len(keep) < _FEWEST_STEPS:
        return None
    percent, low, high = (
        tuple(float(round(part[i])) for i in keep) if part else () for part in (line.percent, line.low, line.high)
    )
    at_risk = tuple((t, rounded(n, least)) for t, n in line.at_risk if n >= least)
    return Line(line.name, tuple(line.times[i] for i in keep), percent, low, high, at_risk)


def _stacked(lines: Sequence[Line]) -> tuple[Line, ...]:
    """States at every sixth month, in whole percentages that add up to 100."""
    times = lines[0].times
    keep = [0]
    for i, t in enumerate(times):
        if t >= times[keep[-1]] + 6:
            keep.append(i)
    whole = [[float(round(line.percent[i])) for i in keep] for line in lines[:-1]]
    whole.append([100.0 - sum(column) for column in zip(*whole, strict=True)])
    return tuple(
        Line(line.name, tuple(times[i] for i in keep), tuple(parts)) for line, parts in zip(lines, whole, strict=True)
    )
