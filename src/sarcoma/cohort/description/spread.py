"""Questions about spread: how many, where first, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.counting_plan import SEVERAL
from sarcoma.cohort.courses import ELSEWHERE, SPREAD, organ_label, where_first
from sarcoma.cohort.description.cohort_questions import CohortQuestions, UnansweredError
from sarcoma.cohort.description.estimates import ENOUGH, HORIZONS, bars, curve, percent, reached_by, share, thinned
from sarcoma.cohort.description.figures import Line, Picture, Section, Value
from sarcoma.survival import occupancy

_ORGANS = ("lung", "liver", "bone", "brain", "lymph-node", "soft-tissue", "peritoneum", "pleura")
_DRAWS = 400


def spread(q: CohortQuestions) -> Section:
    counted = q.follow_up.count(SPREAD)
    q.need_dates("metastasis")
    if not (counted.to == 1).any():
        raise UnansweredError("no metastasis after the origin of time is recorded")
    what, title = "have had a metastasis", "How many develop a metastasis"
    values, line = curve(what, counted, "metastasis")
    more, pictures = q.by_group(counted, ("grade", "size", "histologic_type", "depth"), "metastasis", what, title)
    text = f"{q.said(counted)} Death without metastasis is counted as what it is: after it no metastasis can come."
    return Section("", "", text, (*values, *more), (Picture(title, what, (line,)), *pictures))


def where(q: CohortQuestions) -> Section:
    q.need_dates("metastasis")
    present = tuple(o for o in _ORGANS if (q.follow_up.organ == o).any())
    if not present:
        raise UnansweredError("the organs of metastases are not recorded")
    counted = q.follow_up.count(where_first(present))
    values, lines = [], []
    states = (*present, SEVERAL, ELSEWHERE)
    for state in states:
        horizons, line = curve("first metastasis there", counted, state, organ_label(state))
        values += horizons
        lines.append(line)
    hits = [int((counted.to == i + 1).sum()) for i in range(len(states))]
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


def when(q: CohortQuestions) -> Section:
    counted = q.follow_up.count(SPREAD)
    q.need_dates("metastasis")
    horizon = max((t for t in HORIZONS if counted.at_risk(t) >= ENOUGH), default=0.0)
    if horizon < 24 or (counted.to == 1).sum() < ENOUGH:
        raise UnansweredError("too few metastases, or too short a follow-up")

    def timing(part: CountedHistories) -> list[float]:
        states = occupancy(part.table)
        curve = states.probability[0, :, 1]
        whole = _at(states.times, curve, horizon)
        if whole <= 0:
            return [np.nan] * 3
        half = states.times[int(np.argmax(curve >= whole / 2 - 1e-12))]
        at = [_at(states.times, curve, t) / whole for t in (12.0, 24.0)]
        return [float(half), *map(float, at)]

    random = np.random.default_rng(20_260_101)
    rows, patients = len(counted.exit), counted.patients
    drawn = [timing(counted.take(random.integers(0, rows, rows))) for _ in range(_DRAWS if rows < 20_000 else 100)]
    low, high = np.nanquantile(np.array(drawn), [0.025, 0.975], axis=0)
    measured = timing(counted)
    hit = counted.to == 1
    events = int((hit & (counted.exit <= horizon)).sum())
    whom = f"of those who have a metastasis within {horizon:g} months"
    value, least, most = (round(float(v), 2) for v in (measured[0], low[0], high[0]))
    values = [Value(f"median time to it, {whom}", "time-to-event", "months", value, least, most, patients, events)]
    for i, t in ((1, 12.0), (2, 24.0)):
        value, least, most = (percent(v) for v in (measured[i], low[i], high[i]))
        early = int((hit & (counted.exit <= t)).sum())
        values.append(Value(f"have it by then, {whom}", "event", "percent", value, least, most, patients, early, t))
    text = f"{q.said(counted)} From the cumulative incidence; intervals by the bootstrap ({len(drawn)} draws, seeded)."
    return Section("", "", text, tuple(values), (_timing_picture(counted, horizon, whom),))


def _at(times: NDArray[Any], curve: NDArray[Any], t: float) -> float:
    return float(curve[np.searchsorted(times, t, side="right") - 1])


def _timing_picture(counted: CountedHistories, horizon: float, whom: str) -> Picture:
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
        events=reached_by(counted, "metastasis", states.times[keep]),
    )
    return Picture("When the first metastasis comes", f"have it by then, {whom}", (line,))
