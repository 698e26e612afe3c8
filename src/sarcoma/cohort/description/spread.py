"""Questions about spread: how many, where first, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.cohort.counting_plan import SEVERAL
from sarcoma.cohort.courses import ELSEWHERE, SPREAD, organ_label, where_first
from sarcoma.cohort.description.asked import Asked, UnansweredError
from sarcoma.cohort.description.estimates import ENOUGH, HORIZONS, bars, curve, percent, share, thinned
from sarcoma.cohort.description.figures import Line, Picture, Section, Value
from sarcoma.survival import EventTable, occupancy

_ORGANS = ("lung", "liver", "bone", "brain", "lymph-node", "soft-tissue", "peritoneum", "pleura")
_DRAWS, _DRAWS_OF_MANY = 400, 100


def spread(q: Asked) -> Section:
    counted = q.counted(SPREAD)
    q.need_dates("metastasis")
    if not counted.reached("metastasis"):
        raise UnansweredError("no metastasis after the origin of time is recorded")
    what, title = "have had a metastasis", "How many develop a metastasis"
    values, line = curve(what, counted, "metastasis")
    more, pictures = q.by_group(
        SPREAD, counted, ("grade", "size", "histologic_type", "depth"), "metastasis", what, title
    )
    text = f"{q.said(counted)} Death without metastasis is counted as what it is: after it no metastasis can come."
    return Section("", "", text, (*values, *more), (Picture(title, what, (line,)), *pictures))


def where(q: Asked) -> Section:
    q.need_dates("metastasis")
    organs = q.organs()
    present = tuple(o for o in _ORGANS if organs.get(o))
    if not present:
        raise UnansweredError("the organs of metastases are not recorded")
    counted = q.counted(where_first(present))
    values, lines = [], []
    states = (*present, SEVERAL, ELSEWHERE)
    for state in states:
        horizons, line = curve("first metastasis there", counted, state, organ_label(state))
        values += horizons
        lines.append(line)
    hits = [counted.reached(state) for state in states]
    first = [
        share("of those with metastasis", n, sum(hits), organ_label(state))
        for state, n in zip(states, hits, strict=True)
        if n
    ]
    lines.sort(key=lambda line: -line.percent[-1] if line.percent else 0.0)
    largest = sorted(first, key=lambda v: -(v.events or 0))
    pictures = (
        bars("Where the first metastasis is", "of those with a metastasis", largest, by_group=True),
        Picture("Where the first metastasis is, over time", "first metastasis there", tuple(lines[:4])),
    )
    return Section("", "", q.said(counted), (*first, *values), pictures)


def when(q: Asked) -> Section:
    counted = q.counted(SPREAD)
    q.need_dates("metastasis")
    horizon = max((t for t in HORIZONS if counted.at_risk(t) >= ENOUGH), default=0.0)
    if horizon < 24 or counted.reached("metastasis") < ENOUGH:
        raise UnansweredError("too few metastases, or too short a follow-up")
    stays, people = q.stays(SPREAD), counted.patients
    random = np.random.default_rng(20_260_101)
    draws = _DRAWS if people < 20_000 else _DRAWS_OF_MANY
    drawn = [_timing(stays.table(random.multinomial(people, stays.n / people)), horizon) for _ in range(draws)]
    low, high = np.nanquantile(np.array(drawn), [0.025, 0.975], axis=0)
    measured = _timing(counted.table, horizon)
    events = counted.reached("metastasis", horizon)
    whom = f"of those who have a metastasis within {horizon:g} months"
    value, least, most = (round(float(v), 2) for v in (measured[0], low[0], high[0]))
    values = [Value(f"median time to it, {whom}", "time-to-event", "months", value, least, most, people, events)]
    for i, t in ((1, 12.0), (2, 24.0)):
        value, least, most = (percent(v) for v in (measured[i], low[i], high[i]))
        early = counted.reached("metastasis", t)
        values.append(Value(f"have it by then, {whom}", "event", "percent", value, least, most, people, early, t))
    text = f"{q.said(counted)} From the cumulative incidence; intervals by the bootstrap ({len(drawn)} draws, seeded)."
    return Section("", "", text, tuple(values), (_timing_picture(counted, horizon, whom),))


def _timing(table: EventTable, horizon: float) -> list[float]:
    """The time by which half of the metastases until the horizon have come, and the shares by 12 and 24 months."""
    states = occupancy(table)
    curve = states.probability[0, :, 1]
    whole = _at(states.times, curve, horizon)
    if whole <= 0:
        return [np.nan] * 3
    half = states.times[int(np.argmax(curve >= whole / 2 - 1e-12))]
    at = [_at(states.times, curve, t) / whole for t in (12.0, 24.0)]
    return [float(half), *map(float, at)]


def _at(times: NDArray[Any], curve: NDArray[Any], t: float) -> float:
    return float(curve[np.searchsorted(times, t, side="right") - 1])


def _timing_picture(counted: CountedCourse, horizon: float, whom: str) -> Picture:
    states = occupancy(counted.table)
    curve = states.probability[0, :, 1]
    whole = _at(states.times, curve, horizon)
    keep = thinned(states.times, horizon)
    at_risk = tuple((t, counted.at_risk(t)) for t in (0.0, *HORIZONS) if t <= horizon)
    line = Line(
        "have it by then",
        tuple(round(float(t), 3) for t in states.times[keep]),
        tuple(percent(v / whole) for v in curve[keep]),
        at_risk=at_risk,
        events=counted.reached_by("metastasis", states.times[keep]),
    )
    return Picture("When the first metastasis comes", f"have it by then, {whom}", (line,))
