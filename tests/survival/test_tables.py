"""Courses, histories, tables and curves as a user meets them: shapes, tidy output, summaries and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError, NoEventsError
from sarcoma.survival import (
    Course,
    EventTable,
    Histories,
    cumulative_incidence,
    kaplan_meier,
    landmark_occupancy,
    logrank,
    occupancy,
    pseudo_observations,
)

COURSE = Course.illness_death()


# ---- courses ---------------------------------------------------------------------------------------------------------
def test_a_course_knows_its_states() -> None:
    assert COURSE.transient == ("healthy", "ill")
    assert COURSE.absorbing == ("dead",)
    assert COURSE.acyclic
    assert not Course(("a", "b"), (("a", "b"), ("b", "a"))).acyclic
    assert Course.competing(["x", "y"]).transitions == (("event-free", "x"), ("event-free", "y"))
    assert COURSE.transition("ill", "dead") == 2


@pytest.mark.words
@pytest.mark.parametrize(
    ("states", "transitions", "message"),
    [
        (("a", "a"), (("a", "a"),), "states: a name stands twice"),
        (("a", "b"), (), "transitions: there is none"),
        (("a", "b"), (("a", "b"), ("a", "b")), "transitions: a transition stands twice"),
        (("a", "b"), (("a", "c"),), "'c' is not one of the states a, b"),
        (("a", "b"), (("a", "a"),), "'a' leads to itself"),
    ],
)
def test_a_wrong_course_is_refused(states: Any, transitions: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Course(states, transitions)


# ---- histories -------------------------------------------------------------------------------------------------------
def test_states_may_be_given_by_name_or_by_number() -> None:
    columns = {"entry": [0, 3, 0], "patient": [1, 1, 2]}
    names = Histories(COURSE, [3, 9, 5], ["ill", "dead", None], origin=["healthy", "ill", "healthy"], **columns)
    numbers = Histories(COURSE, [3, 9, 5], [1, 2, -1], origin=[0, 1, 0], **columns)
    same = Histories(COURSE, [3, 9, 5], [1, 2, 0], origin=[0, 1, 0], **columns)  # the state one is in: nothing happened
    for other in (numbers, same):
        np.testing.assert_array_equal(names.kind, other.kind)
    assert names.event.tolist() == [True, True, False]


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exit": [3, 9, float("nan")]}, "exit: 1 of 3 values are missing"),
        ({"exit": [3, 9, -1]}, "exit: 1 of 3 values are below 0"),
        ({"to": ["ill", "gone", "dead"]}, "to: 1 names that are no state of the course"),
        ({"to": [1, 2, 7]}, "to: numbers outside -1"),
        ({"to": [1, 2]}, "to: must have one dimension and 3 rows"),
        ({"to": ["healthy", "healthy", "dead"]}, "to: 1 of 3 rows make a transition that the course does not have"),
        ({"origin": ["healthy", "dead", "healthy"]}, "to: 1 of 3 rows make a transition"),
        ({"origin": [0, 1.5, 0]}, "origin: missing or broken numbers"),
        ({"origin": [0, -1, 0]}, "origin: numbers outside 0"),
        ({"entry": [0, 9, 0]}, "entry: 1 of 3 rows end before or when they start"),
        ({"entry": [0, 2, 0]}, "patient: 1 rows overlap"),
        ({"origin": [0, 0, 0]}, "origin: 1 rows start in another state than the row before led to"),
        ({"weight": [1, 0, 1]}, "weight: must be above 0"),
        ({"group": ["a", "b"]}, "group: has 2 rows where 3 are needed"),
        ({"group": ["a", None, "b"]}, "group: some labels are missing"),
        ({"patient": [1, 1]}, "patient: has 2 rows"),
    ],
)
def test_wrong_histories_are_refused_without_showing_a_value(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "exit": [3, 9, 5],
        "to": ["ill", "dead", None],
        "origin": ["healthy", "ill", "healthy"],
        "entry": [0, 3, 0],
        "patient": [1, 1, 2],
    }
    Histories(COURSE, **good)
    with pytest.raises(InputError) as caught:
        Histories(COURSE, **(good | change))
    assert str(caught.value).startswith(message)
    assert "gone" not in str(caught.value)


def test_rows_that_end_at_once_count_at_time_zero() -> None:
    curve = kaplan_meier([0, 0, 2, 4], [1, 0, 1, 1])
    assert curve.times.tolist() == [0, 0, 2, 4]  # the start, and the event of time 0
    np.testing.assert_allclose(curve.survival[0], [1, 0.75, 0.375, 0])


# ---- tables ----------------------------------------------------------------------------------------------------------
def table() -> EventTable:
    return EventTable.from_arrays(
        Course.competing(("relapse", "death")), [1, 2, 2, 3, 5, 5], [1, 2, 0, 1, 0, 2], group=list("aababb")
    )


@pytest.mark.words
def test_a_table_holds_counts_and_no_patients() -> None:
    counts = table()
    assert counts.times.tolist() == [1, 2, 3, 5]
    assert counts.groups == ("a", "b")
    assert counts.pooled().events[0].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert counts.pooled().at_risk[0, :, 0].tolist() == [6, 5, 3, 2]
    frame = counts.to_frame()
    assert frame.columns[:3] == ["group", "time", "at risk: event-free"]
    assert frame.height == 8
    assert repr(counts) == "EventTable(times=4, groups=2, event-free → relapse: 2, event-free → death: 2)"


@pytest.mark.words
def test_tables_of_different_kinds_do_not_add() -> None:
    with pytest.raises(InputError, match="different courses"):
        _ = table() + EventTable.from_arrays(Course.survival(), [1], [1])
    weighted = EventTable.from_arrays(Course.competing(("relapse", "death")), [1], [1], weight=[2])
    with pytest.raises(InputError, match="weights of 1"):
        _ = table() + weighted
    with pytest.raises(TypeError):
        _ = table() + 1  # type: ignore[operator]
    with pytest.raises(InputError, match="not one of a, b"):
        table().select("c")
    empty = EventTable.empty(Course.competing(("relapse", "death")), ("a", "b"))
    np.testing.assert_array_equal((empty + table()).events, table().events)


# ---- curves ----------------------------------------------------------------------------------------------------------
@pytest.mark.words
def test_curves_are_asked_for_times_and_give_intervals() -> None:
    curves = occupancy(table())
    found = curves.at([2, 4], level=0.9)
    assert found.probability.shape == (2, 2, 3)
    assert found.to_frame().columns == ["group", "time", "state", "probability", "se", "low", "high"]
    assert curves.to_frame().height == 2 * 5 * 3
    assert len(repr(curves).splitlines()) == 1
    assert str(kaplan_meier([1, 2, 3], [1, 1, 0]).quantile(0.5)[0]) == "2 (95% CI 1 to inf)"


@pytest.mark.words
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.at([-1]), "times: the curves start at 0"),
        (lambda c: c.at([9]), "times: nobody was under observation in one group after 5"),
        (lambda c: c.at([float("nan")]), "times: 1 of 1 values are missing"),
        (lambda c: c.at([1], level=95), "level: must lie between 0 and 1"),
        (lambda c: c.at([1], scale="arcsin"), "scale: not a known scale"),
        (lambda c: c.quantile(1.5), "probability: must lie between 0 and 1"),
        (lambda c: c.quantile(0.5, state="event-free"), "state: quantiles are of leaving the start or reaching"),
        (lambda c: c.quantile(0.5, state="cure"), "state: not one of event-free"),
        (lambda c: c.expected_time(0), "horizon: must be later than the start"),
        (lambda c: c.expected_time(9), "horizon: nobody was under observation in one group after 5"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        call(occupancy(table()))
    assert str(caught.value).startswith(message)


@pytest.mark.words
def test_a_curve_that_has_reached_its_end_may_be_asked_for_later_times() -> None:
    gone = kaplan_meier([1, 2, 3], [1, 1, 1])
    assert gone.at([50]).probability[0, 0].tolist() == [0, 1]
    assert gone.restricted_mean(50)[0].value == pytest.approx(2)
    held = kaplan_meier([1, 2, 3], [1, 1, 0])
    with pytest.raises(InputError, match="after 3"):
        held.at([50])
    assert held.at([50], extend=True).probability[0, 0, 0] == pytest.approx(1 / 3)


@pytest.mark.words
def test_options_of_the_estimators_are_checked() -> None:
    counts = table()
    for arguments, message in (
        ({"covariance": "bootstrap"}, "covariance"),
        ({"start": -1}, "start"),
        ({"start": 99}, "nobody is under observation"),
        ({"initial": "cure"}, "not one of"),
        ({"initial": [0.5, 0.2, 0.2]}, "must sum to 1"),
        ({"initial": [1.0]}, "needs one share for each of the 3 states"),
    ):
        with pytest.raises(InputError, match=message):
            occupancy(counts, **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="more than one state to live in"):
        _ = occupancy(EventTable.from_arrays(COURSE, [3], ["ill"])).survival
    rows = Histories(COURSE, [3, 9], ["ill", "dead"], entry=[0, 3], origin=["healthy", "ill"], patient=[1, 1])
    with pytest.raises(InputError, match="'ill' then"):
        landmark_occupancy(rows, "ill", 1)


def test_a_distribution_at_the_start_may_be_observed() -> None:
    rows = Histories(
        COURSE,
        [8, 9, 6, 9],
        ["dead", "dead", "dead", None],
        entry=[0, 0, 0, 0],
        origin=[0, 0, 1, 1],
        patient=[1, 2, 3, 4],
    )
    found = occupancy(EventTable.from_histories(rows), initial="observed")
    assert found.probability[0, 0].tolist() == [0.5, 0.5, 0]


@pytest.mark.words
def test_a_curve_that_drops_too_early_under_delayed_entry_says_so() -> None:
    curve = kaplan_meier([2, 9, 10, 12], [1, 1, 1, 0], entry=[0, 4, 4, 5])
    assert curve.survival[0].tolist() == [1, 0, 0, 0]
    assert "the only one at risk" in curve.notes[0]
    assert "at 2" in curve.notes[0]
    assert "others entered later" in repr(curve)


def test_extremely_wide_intervals_stay_within_bounds_without_a_warning() -> None:
    curve = kaplan_meier([1.0, 2.0], [1, 1], weight=[1e-4, 1.0])
    low, high = curve.interval(level=0.999999)
    assert ((low >= 0) & (low <= curve.probability) & (curve.probability <= high) & (high <= 1)).all()


# ---- tests and pseudo-observations -----------------------------------------------------------------------------------
@pytest.mark.words
def test_group_tests_refuse_what_they_cannot_compare() -> None:
    one = EventTable.from_arrays(Course.survival(), [1, 2], [1, 1])
    with pytest.raises(InputError, match="at least two groups"):
        logrank(one)
    with pytest.raises(InputError, match="name one"):
        logrank(table())
    with pytest.raises(InputError, match="does not lead to"):
        logrank(table(), ("relapse", "death"))
    weighted = EventTable.from_arrays(Course.survival(), [1, 2], [1, 1], group=[0, 1], weight=[1, 2])
    with pytest.raises(InputError, match="weighted"):
        logrank(weighted)
    with pytest.raises(NoEventsError):
        logrank(EventTable.from_arrays(Course.survival(), [1, 2], [0, 0], group=[0, 1]))
    with pytest.raises(InputError, match="there is none"):
        logrank([])


@pytest.mark.words
def test_pseudo_observations_refuse_what_they_are_not_defined_for() -> None:
    course = Course.survival()
    for arguments, message in (
        ({"group": [0, 1]}, "one sample"),
        ({"weight": [1, 2]}, "weights"),
    ):
        with pytest.raises(InputError, match=message):
            pseudo_observations(Histories(course, [1, 2], [1, 1], **arguments), [1])  # type: ignore[arg-type]
    rows = Histories(course, [1, 2], [1, 0])
    with pytest.raises(InputError, match="after 2"):
        pseudo_observations(rows, [3])
    with pytest.raises(InputError, match="method"):
        pseudo_observations(rows, [1], method="exact")  # type: ignore[arg-type]


@pytest.mark.words
def test_causes_have_names_or_numbers() -> None:
    named = cumulative_incidence([1, 2, 3], [1, 2, 0], causes=("relapse", "death"))
    assert named.course.states == ("event-free", "relapse", "death")
    numbered = cumulative_incidence([1, 2, 3], [1, 2, 0])
    assert numbered.course.states == ("event-free", "cause 1", "cause 2")
    with pytest.raises(InputError, match="numbers outside"):
        cumulative_incidence([1, 2, 3], [1, 2, 0], causes=("relapse",))
