"""Shares, curves and medians of a cohort, as figures with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.cohort.description.figures import Bar, Bars, Kind, Line, Value
from sarcoma.survival import follow_up_of_table, occupancy

HORIZONS = (12.0, 24.0, 36.0, 60.0, 120.0)
ENOUGH = 10
"""A curve is read at a time that at least so many patients are followed to."""
_Z = 1.959963984540054


def percent(value: float) -> float:
    return round(100 * float(value), 2)


def share(what: str, count: int, n: int, group: str | None = None) -> Value:
    """A proportion with Wilson's interval (J Am Stat Assoc 1927;22:209–212)."""
    middle = (count + _Z * _Z / 2) / (n + _Z * _Z)
    half = _Z / (n + _Z * _Z) * np.sqrt(count * (n - count) / n + _Z * _Z / 4)
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return Value(what, "share", "percent", percent(count / n), percent(low), percent(high), n, count, group=group)


def bars(title: str, axis: str, values: list[Value], most: int = 12, *, by_group: bool = False) -> Bars:
    """The largest of some shares as a picture; bars may be called by their groups alone."""

    def name(v: Value) -> str:
        return v.what if not v.group else v.group if by_group else f"{v.what}: {v.group}"

    return Bars(
        title,
        axis,
        tuple(
            Bar(name(v), (v.what, v.group), v.value, v.low, v.high)
            for v in values[:most]
            if v.value is not None and v.low is not None and v.high is not None
        ),
    )


def curve(what: str, counted: CountedCourse, state: str, group: str | None = None) -> tuple[list[Value], Line]:
    """The probability of a state at the horizons that enough are followed to, and its whole curve."""
    states = occupancy(counted.table)
    h = counted.course.index(state)
    low, high = states.interval()
    kind: Kind = "survival" if state in counted.course.transient else "event"
    n = counted.patients
    values = []
    for t in HORIZONS:
        left = counted.at_risk(t)
        if left >= ENOUGH:
            at = states.at([t])
            p, a, b = (percent(v[0, 0, h]) for v in (at.probability, at.low, at.high))
            a, b = bounded(p, a, b, left)
            had = counted.reached(state, t)
            values.append(Value(what, kind, "percent", p, a, b, n, had, horizon=t, group=group, at_risk=left))
    last = counted.followed_by(ENOUGH)
    keep = thinned(states.times, last)
    whole, least, most = (tuple(percent(v) for v in c[0, keep, h]) for c in (states.probability, low, high))
    at_risk = tuple((t, counted.at_risk(t)) for t in (0.0, *HORIZONS))
    times, events = states.times[keep], counted.reached_by(state, states.times[keep])
    line = Line(group or what, tuple(round(float(t), 3) for t in times), whole, least, most, at_risk, events)
    return values, _held(line, round(last, 3))


def _held(line: Line, last: float) -> Line:
    """A curve as it stays until the last time that enough are followed to."""
    if not line.times or line.times[-1] >= last:
        return line
    times = (*line.times, last)
    percent, low, high, events = ((*p, p[-1]) if p else () for p in (line.percent, line.low, line.high, line.events))
    return Line(line.name, times, percent, low, high, line.at_risk, events)


def bounded(value: float, low: float, high: float, left: int) -> tuple[float, float]:
    """Limits; where nobody had it, or all, the exact bound from those who are followed so long.

    Clopper and Pearson, Biometrika 1934;26:404–413.
    """
    if low < high or left < 1:
        return low, high
    far = percent(1 - 0.025 ** (1 / left))
    return (0.0, far) if value <= 0 else (100.0 - far, 100.0) if value >= 100 else (low, high)


def thinned(times: NDArray[Any], last: float, most: int = 300) -> NDArray[np.intp]:
    """The steps of a curve up to a time; no more of them than an eye can see."""
    shown = np.flatnonzero(times <= last)
    if len(shown) > most:
        shown = shown[np.unique(np.linspace(0, len(shown) - 1, most).astype(int))]
    return shown


def follow_up(counted: CountedCourse) -> Value:
    """The median follow-up, by the reverse Kaplan–Meier estimator."""
    half = follow_up_of_table(counted.table)[0]
    value, low, high = (round(float(v), 2) if np.isfinite(v) else None for v in (half.value, half.low, half.high))
    free = counted.followed_free  # whose follow-up it is that ended: too few of them would be told
    return Value("median follow-up", "follow-up", "months", value, low, high, counted.patients, free)


def median(what: str, counted: CountedCourse, group: str | None = None) -> Value:
    half = occupancy(counted.table).quantile(0.5)[0]
    value, low, high = (round(float(v), 2) if np.isfinite(v) else None for v in (half.value, half.low, half.high))
    deaths = counted.reached("dead")
    return Value(what, "median-survival", "months", value, low, high, counted.patients, deaths, group=group)
