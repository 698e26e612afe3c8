"""Curves of groups as a paper prints them: with bands, numbers at risk and a test of their difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.courses import PLANS
from sarcoma.cohort.description.asked import UnansweredError
from sarcoma.cohort.description.cohort_questions import CohortQuestions
from sarcoma.cohort.description.estimates import ENOUGH, HORIZONS, bounded
from sarcoma.cohort.description.variables import variable
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.errors import CohortError, SurvivalError
from sarcoma.survival import Estimate, EventTable, gray_test, logrank, occupancy

CourseName = Literal["survival", "survival-from-metastasis", "spread", "first-event"]
COURSES: tuple[CourseName, ...] = ("survival", "survival-from-metastasis", "spread", "first-event")
"""Courses that leave one state for good."""
_MOST_GROUPS = 6


@dataclass(frozen=True)
class Reading:
    """A curve at one time, with the number at risk just before it; where nobody had the event, or all, the limit is the
    exact bound from those at risk."""

    months: float
    probability: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, eq=False)
class GroupCurve:
    """The curve of one group: from each time (months) on until the next, with 95 % log-log limits.

    at_risk : how many are under observation just before each of `GroupCurves.risk_times`. median : of survival, inf
    where it is not reached; None for the incidence of an event. followed_to : the last time at which ENOUGH are under
    observation; the curve ends there. readings : at 1, 2, 3, 5 and 10 years, as far as it goes.
    """

    label: str
    patients: int
    events: int
    times: Floats
    probability: Floats
    low: Floats
    high: Floats
    at_risk: tuple[int, ...]
    followed_to: float
    median: Estimate | None
    readings: tuple[Reading, ...]


@dataclass(frozen=True, eq=False)
class GroupCurves:
    """Curves side by side.

    state : whose probability is drawn: the starting state (survival), or the event that is counted (cumulative
        incidence, with the others as competing). test : name and p value of the comparison, None without groups.
    left_out : people by reason.
    """

    cohort: str
    course: CourseName
    state: str
    is_survival: bool
    time_zero: str
    by: str | None
    curves: tuple[GroupCurve, ...]
    risk_times: tuple[float, ...]
    test: tuple[str, float] | None
    left_out: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()


@checked
def group_curves(
    cohort: Cohort, by: str | None = None, *, course: CourseName = "survival", event: str | None = None
) -> GroupCurves:
    """Curves of a cohort, by group.

    Parameters
    ----------
    by : the variable that makes the groups, as `variable` names it; one curve of everyone where none is given.
    course : survival (Kaplan–Meier), survival-from-metastasis, spread or first-event (Aalen–Johansen).
    event : of spread and first-event, the state whose incidence is drawn; the first where none is given.

    Raises
    ------
    CohortError : no such course, state or variable; fewer than ENOUGH people in every group.
    """
    _, counted = counted_course(cohort, course)
    state = state_of(counted, event)
    left_out = [(f"patients who {reason}", n) for reason, n in counted.left_out.items()]
    parts: list[tuple[str, CountedHistories]] = [("all", counted)]
    label = None
    if by is not None:
        grouping = variable(cohort, by)
        if grouping.codes is None:
            raise CohortError(f"{by[:40]}: groups need levels; give cuts, for example {by[:40]}:5,10")
        label = grouping.label
        whole = [(name, counted.of(grouping.having(code))) for code, name in grouping.levels.items()]
        parts = [part for part in whole if part[1].patients >= ENOUGH]
        left_out += [
            (f"{name}: fewer than {ENOUGH} people", p.patients) for name, p in whole if 0 < p.patients < ENOUGH
        ]
        unknown = counted.of(~grouping.known).patients
        left_out += [(f"{label}: not known", unknown)] if unknown else []
    if not parts or parts[0][1].patients < ENOUGH:
        raise CohortError(f"no group has {ENOUGH} people or more, so no curve is drawn")
    if len(parts) > _MOST_GROUPS:
        raise CohortError(f"{len(parts)} curves are more than a picture can tell apart ({_MOST_GROUPS})")
    is_survival = state in counted.course.transient
    courses = [(name, CountedCourse.of(part)) for name, part in parts]
    last = max(part.followed_by(ENOUGH) for _, part in courses)
    times = risk_times(last)
    test, notes = _tested(counted, parts, state, is_survival=is_survival)
    notes += occupancy(counted.table).notes
    return GroupCurves(
        cohort.about.name,
        course,
        state,
        is_survival,
        "first-metastasis" if course == "survival-from-metastasis" else cohort.about.origin,
        label,
        tuple(_curve(name, part, state, times, is_survival=is_survival) for name, part in courses),
        times,
        test,
        tuple((why, n) for why, n in left_out if n),
        notes,
    )


def counted_course(cohort: Cohort, course: CourseName) -> tuple[FollowUp, CountedHistories]:
    """A course of a cohort, counted; refused where `describe` would not answer from it.

    Raises
    ------
    CohortError : no such course, no common start of time, too many events at a time that is not known, or no deaths.
    """
    if course not in COURSES:
        raise CohortError(f"the course must be one of {', '.join(COURSES)}")
    asked = CohortQuestions(cohort)
    try:
        if course == "survival":
            asked.need_origin("diagnosis", "surgery", "first-metastasis")
        elif course != "survival-from-metastasis":
            asked.need_origin("diagnosis", "surgery")
            asked.need_dates("metastasis", *(("local-recurrence",) if course == "first-event" else ()))
        counted = asked.follow_up.count(PLANS[course])
        if "dead" in counted.course.states:
            asked.need_deaths(CountedCourse.of(counted))
    except UnansweredError as reason:
        raise CohortError(str(reason)) from None
    return asked.follow_up, counted


def state_of(counted: CountedHistories, event: str | None) -> str:
    """The state that is drawn: the start where one event only leaves it, else the event asked for, or the first."""
    course = counted.course
    reached = [s for s in course.states if s in course.absorbing]
    if event is not None and event not in reached:
        raise CohortError(f"the event must be one of {', '.join(reached)}")
    if len(reached) == 1:
        return course.transient[0]
    return event or reached[0]


def risk_times(last: float) -> tuple[float, ...]:
    """Times of the numbers at risk: whole years or so, at most eight after the start."""
    step = next((s for s in (1.0, 3.0, 6.0, 12.0, 24.0, 60.0, 120.0) if last / s <= 8), 240.0)
    return tuple(float(t) for t in np.arange(0.0, last + 1e-9, step))


def _curve(name: str, counted: CountedCourse, state: str, times: tuple[float, ...], *, is_survival: bool) -> GroupCurve:
    states = occupancy(counted.table)
    h = counted.course.index(state)
    low, high = states.interval()
    last = counted.followed_by(ENOUGH)
    keep = states.times <= last
    place = [(t, int(np.searchsorted(states.times, t, side="right")) - 1) for t in HORIZONS if t <= last]

    def upto(values: Floats) -> Floats:
        return np.append(values[0, keep, h], values[0, keep, h][-1])  # as it stays until the last of the follow-up

    return GroupCurve(
        name,
        counted.patients,
        counted.reached(state),
        np.append(states.times[keep], max(last, float(states.times[keep][-1]))),
        upto(states.probability),
        upto(low),
        upto(high),
        tuple(counted.at_risk(t) for t in times),
        last,
        states.quantile(0.5)[0] if is_survival else None,
        tuple(
            _reading(t, states.probability[0, i, h], low[0, i, h], high[0, i, h], counted.at_risk(t)) for t, i in place
        ),
    )


def _reading(t: float, p: float, low: float, high: float, at_risk: int) -> Reading:
    if low < high:
        return Reading(t, float(p), float(low), float(high), at_risk)
    a, b = bounded(100 * float(p), 100 * float(low), 100 * float(high), at_risk)
    return Reading(t, float(p), a / 100, b / 100, at_risk)


def _tested(
    counted: CountedHistories, parts: list[tuple[str, CountedHistories]], state: str, *, is_survival: bool
) -> tuple[tuple[str, float] | None, tuple[str, ...]]:
    """The log-rank test of survival, Gray's of an incidence; a test that fails is a note."""
    if len(parts) < 2:
        return None, ()
    group = np.concatenate([np.full(len(part.exit), i) for i, (_, part) in enumerate(parts)])
    entry, exit_, to = (np.concatenate([getattr(part, n) for _, part in parts]) for n in ("entry", "exit", "to"))
    try:
        table = EventTable.from_arrays(counted.course, exit_, to, entry=entry if entry.any() else None, group=group)
        test = logrank(table) if is_survival else gray_test(table, state)
    except SurvivalError as error:
        return None, (f"no test of the difference: {error}",)
    return (test.name, float(test.p)), ()
