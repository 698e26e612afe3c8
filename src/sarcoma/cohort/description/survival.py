"""Questions about survival: from the origin, from the first metastasis, of those some way on; the whole course."""

from __future__ import annotations

from collections.abc import Iterator

from sarcoma.cohort.cohort import ORIGINS
from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.cohort.courses import SURVIVAL, SURVIVAL_FROM_METASTASIS, full_course
from sarcoma.cohort.description.asked import Asked, UnansweredError
from sarcoma.cohort.description.estimates import (
    ENOUGH,
    HORIZONS,
    bounded,
    curve,
    follow_up,
    median,
    percent,
    thinned,
)
from sarcoma.cohort.description.figures import Line, Picture, Section, Value
from sarcoma.cohort.description.groups import ORGAN
from sarcoma.survival import Occupancy, occupancy

_LIVED = (0.0, 12.0, 24.0, 36.0, 60.0)


def from_origin(q: Asked) -> Section:
    q.need_origin("diagnosis", "surgery", "first-metastasis")
    counted = q.counted(SURVIVAL)
    q.need_deaths(counted)
    values, line = curve("alive", counted, "alive")
    title = f"Survival from {ORIGINS[q.origin]}"
    more, pictures = q.by_group(SURVIVAL, counted, ("histologic_type",), "alive", "alive", title, medians=True)
    whole = (median("median survival", counted), *values, *more, follow_up(counted))
    return Section(
        "", "", q.said(counted), whole, (Picture(title, "alive", (line,)), *pictures), (), q.entered(counted)
    )


def from_metastasis(q: Asked) -> Section:
    counted = q.counted(SURVIVAL_FROM_METASTASIS)
    q.need_deaths(counted)
    values, line = curve("alive", counted, "alive")
    title = "Survival from the first metastasis"
    whole = [median("median survival", counted), *values]
    by = _groups_at_metastasis(q)
    more, pictures = q.by_group(SURVIVAL_FROM_METASTASIS, counted, by, "alive", "alive", title, medians=True)
    pictures = [Picture(title, "alive", (line,)), *pictures]
    return Section("", "", q.said(counted), (*whole, *more), tuple(pictures), (), q.entered(counted))


def _groups_at_metastasis(q: Asked) -> Iterator[str]:
    yield "histologic_type"
    yield ORGAN
    if any(organ != "unknown" for organ in q.organs()):
        yield "organs"
    if q.origin in ("diagnosis", "surgery"):
        yield "disease-free"


def conditional(q: Asked) -> Section:
    values, said, pictures = [], [], []
    for counted, since in _starts(q):
        q.need_deaths(counted)
        table = counted.table
        said.append(f"From {since}: {q.said(counted)}")
        lines: list[Line] = []
        last = counted.followed_by(ENOUGH)
        for lived in _LIVED:
            n = counted.at_risk(lived)
            if lived and n < ENOUGH:
                continue
            from_here = occupancy(table, start=lived)
            for more in (12.0, 24.0, 60.0) if lived else ():
                left = counted.at_risk(lived + more)
                if left >= ENOUGH:
                    at = from_here.at([lived + more])
                    p, low, high = (percent(v[0, 0, 0]) for v in (at.probability, at.low, at.high))
                    low, high = bounded(p, low, high, left)
                    died = counted.reached("dead", lived + more) - counted.reached("dead", lived)
                    what, group = f"alive {more:g} months later", f"alive {lived:g} months after {since}"
                    values.append(Value(what, "survival", "percent", p, low, high, n, died, more, group, left))
            keep = thinned(from_here.times, last)
            keep = keep[from_here.times[keep] >= lived]
            if len(keep) > 1 and len(lines) < 4:
                name = f"all, from {since}" if not lived else f"those alive after {lived:g} months"
                at_risk = tuple((t, counted.at_risk(t)) for t in (lived, *HORIZONS) if t >= lived)
                times = (lived, *(round(float(t), 3) for t in from_here.times[keep]))
                percents = (100.0, *(percent(v) for v in from_here.probability[0, keep, 0]))
                died = counted.reached("dead", lived)
                events = (0, *(n - died for n in counted.reached_by("alive", from_here.times[keep])))
                lines.append(Line(name, times, percents, at_risk=at_risk, events=events))
        if len(lines) > 1:
            title = f"Survival from {since}, and of those who have already lived some time"
            pictures.append(Picture(title, "alive", tuple(lines)))
    if not values:
        raise UnansweredError("too short a follow-up")
    return Section("", "", " ".join(said), tuple(values), tuple(pictures))


def _starts(q: Asked) -> Iterator[tuple[CountedCourse, str]]:
    """From when survival may be counted in this cohort."""
    if q.origin in ("diagnosis", "surgery"):
        yield q.counted(SURVIVAL), "the " + q.origin
    if q.undated("metastasis").dated:
        yield q.counted(SURVIVAL_FROM_METASTASIS), "the first metastasis"


def course(q: Asked) -> Section:
    q.need_origin("diagnosis", "surgery")
    q.need_dates("metastasis", "local-recurrence")
    counted = q.counted(full_course())
    q.need_deaths(counted)
    horizon = max((t for t in HORIZONS if counted.at_risk(t) >= ENOUGH), default=0.0)
    if not horizon or int(counted.table.events.sum()) < ENOUGH:
        raise UnansweredError("too few events, or too short a follow-up")
    states = occupancy(counted.table)
    values = [v for state in counted.course.states for v in _in_state(counted, states, state, horizon)]
    values += _times_in_states(counted, states, horizon)
    picture = Picture("The course of the disease", "in each state", _stacked(counted, states, horizon), stacked=True)
    return Section("", "", q.said(counted), tuple(values), (picture,))


def _in_state(counted: CountedCourse, states: Occupancy, state: str, horizon: float) -> Iterator[Value]:
    """How many are in a state at the horizons that enough are followed to."""
    h, n = counted.course.index(state), counted.patients
    for t in HORIZONS:
        if t <= horizon:
            at, left = states.at([t]), counted.at_risk(t)
            p, low, high = (percent(v[0, 0, h]) for v in (at.probability, at.low, at.high))
            low, high = bounded(p, low, high, left)
            seen = counted.seen_in(state, t)
            yield Value("in this state", "state", "percent", p, low, high, n, seen, t, state, left)


def _times_in_states(counted: CountedCourse, states: Occupancy, horizon: float) -> Iterator[Value]:
    """The mean time in each state that can be left."""
    what = f"mean time in this state within {horizon:g} months"
    for state, spent in states.expected_time(horizon)[0].items():
        if state in counted.course.transient:
            mean, low, high = (round(float(part), 2) for part in (spent.value, spent.low, spent.high))
            n, ever = counted.patients, counted.ever_in(state)
            yield Value(what, "time-in-state", "months", mean, low, high, n, ever, horizon, state)


def _stacked(counted: CountedCourse, states: Occupancy, horizon: float) -> tuple[Line, ...]:
    """One line a state; at each time they add up to 100."""
    keep = thinned(states.times, horizon)
    times = tuple(round(float(t), 3) for t in states.times[keep])
    return tuple(
        Line(state, times, tuple(percent(v) for v in states.probability[0, keep, h]))
        for h, state in enumerate(counted.course.states)
    )
