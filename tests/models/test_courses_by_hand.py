"""Courses of a card: baselines of steps, hazards and states, each worked out step by step, with and without what is
known."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sarcoma.errors import CardError
from sarcoma.models.forms import possible as possible_module
from sarcoma.models.forms.course import Course
from sarcoma.models.forms.form import Change, Curve, PredictionRequest
from sarcoma.models.forms.hazard import Hazard, Steps, cell_ends
from sarcoma.models.forms.possible import PossibleValues
from sarcoma.models.outcome import Outcome
from sarcoma.models.predictor import Predictor
from sarcoma.patient import Patient, Records
from sarcoma.survival import MultiStateModel

Z = 1.959963984540054  # the 97.5 % point of a standard normal

SIZE: dict[str, Any] = {
    "name": "size", "label": "size in cm", "field": "size_cm", "range": [1, 30],
    "transform": {"kind": "linear", "coefficient": 0.1, "center": 5},
}  # fmt: skip
GRADE: dict[str, Any] = {
    "name": "grade", "label": "grade", "field": "grade",
    "transform": {"kind": "levels", "coefficients": {"1": 0, "2": 0.5, "3": 1.0}},
}  # fmt: skip
STEEP_SIZE = {**SIZE, "transform": {**SIZE["transform"], "coefficient": 0.2}}  # the same column, another coefficient
AGE: dict[str, Any] = {
    "name": "age", "label": "age", "field": "age", "range": [18, 90],
    "transform": {"kind": "linear", "coefficient": 0.02, "center": 60},
}  # fmt: skip


def records(*people: dict[str, Any]) -> Records:
    return Records([Patient(**known) for known in people])


# ---- steps -----------------------------------------------------------------------------------------------------------
def steps(**changes: Any) -> Steps:
    return Steps(**{"months": (6, 18, 30), "jumps": (0.1, 0.2, 0.05), "followed_to": 60, **changes})


@pytest.mark.parametrize(
    ("months", "width", "ends", "stretch"),
    [
        ([1.0, 1.8], 0.5, [0.5, 1.0, 1.5, 1.8], [0, 0, 1, 1]),
        ([2.0], 1.0, [1.0, 2.0], [0]  * 2),
        ([0.7, 2.0], 3.0, [0.7, 2.0], [0, 1]),  # wider than all
        ([1.0, 2.0], 1 / 3, [0.3333, 0.6667, 1.0, 1.3333, 1.6667, 2.0], [0, 0, 0, 1, 1, 1]),  # 4 decimals
        ([0.3], 0.1, [0.1, 0.2, 0.3], [0] * 3),  # 0.3 / 0.1 is a little less than 3
        ([0.50001, 1.00004], 0.5, [0.5, 1.0], [0, 1]),
        ([0.49996, 0.99996], 0.5, [0.5, 1.0], [0, 1]),
    ],
)  # fmt: skip
def test_even_cells_end_at_their_multiples_and_at_each_month(
    months: list[float], width: float, ends: list[float], stretch: list[int]
) -> None:
    found, where = cell_ends(np.array(months), width)
    assert found.tolist() == pytest.approx(ends, abs=1e-12)
    assert where.tolist() == stretch


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": (), "jumps": ()},
        {"months": (6, 6, 30)},
        {"months": (6, 18, 17)},
        {"months": (-1, 18, 30)},
        {"months": (-0.01, 18, 30)},
        {"jumps": (0.1, 0.2)},
        {"jumps": (0.1, 0.2, 0.05, 0.1)},
        {"jumps": (0.1, -0.01, 0.05)},
        {"variance": (0.1,)},
        {"variance": (0.1, 0.1, 0.1, 0.1)},
        {"means": ((1,),)},
        {"means": ((1,),) * 4},
        {"followed_to": 29.9},
    ],
)
def test_steps_that_do_not_fit_together_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        steps(**wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"months": (0, 0.5, 1)},
        {"months": (0.1,), "jumps": (0.5,)},
        {"jumps": (0, 0.5, 0)},
        {"followed_to": 30},
        {"variance": (0, 0, 0)},
        {"means": ((1,), (2,), (3,))},
    ],
)
def test_steps_may_begin_at_0_be_level_and_end_with_the_last_month(right: dict[str, Any]) -> None:
    found = steps(**right)
    assert found.jumps == right.get("jumps", (0.1, 0.2, 0.05))
    times, which = found.ends
    assert times.tolist() == list(found.months)
    assert which.tolist() == list(range(len(found.months)))
    assert found.every_step() is found


def test_a_thin_baseline_is_shared_out_evenly_over_its_cells() -> None:
    thin = steps(
        months=(1, 2.5), jumps=(0.2, 0.6), variance=(0.04, 0.09), means=((1, 2), (3, 4)), followed_to=7, cell=0.5,
        bound=0.01,
    )  # fmt: skip
    times, which = thin.ends
    assert times.tolist() == [0.5, 1, 1.5, 2, 2.5]
    assert which.tolist() == [0, 0, 1, 1, 1]
    every = thin.every_step()
    assert every.months == (0.5, 1, 1.5, 2, 2.5)
    assert every.jumps == pytest.approx((0.1, 0.1, 0.2, 0.2, 0.2))
    assert every.variance == pytest.approx((0.02, 0.02, 0.03, 0.03, 0.03))
    assert every.means == ((1, 2), (1, 2), (3, 4), (3, 4), (3, 4))
    assert (every.followed_to, every.cell, every.every_step()) == (7, None, every)
    assert Steps.model_validate(every.model_dump()) == every
    bare = steps(months=(1, 2.5), jumps=(0.2, 0.6), followed_to=7, cell=0.5).every_step()
    assert (bare.variance, bare.means) == ((), ())


# ---- one hazard ------------------------------------------------------------------------------------------------------
COVARIANCE = [[0.01, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0.04, 0.01], [0, 0, 0.01, 0.09]]
MEANS = [[1, 0.5, 0.3, 0.2], [0, 0.4, 0.4, 0.2], [-1, 0.3, 0.4, 0.3]]


def hazard(**changes: Any) -> Hazard:
    raw = {"transition": ("alive", "dead"), "predictors": [SIZE, GRADE], "baseline": steps().model_dump(), **changes}
    return Hazard.model_validate(raw)


def certain(**changes: Any) -> Hazard:
    """The same with what an interval follows from."""
    known = steps(variance=(0.001, 0.002, 0.003), means=MEANS)
    return hazard(**{"covariance": COVARIANCE, "baseline": known.model_dump(), **changes})


@pytest.mark.words
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"covariance": COVARIANCE[:3]}, "alive → dead: the covariance must have 4 rows and columns"),
        ({"covariance": [row[:3] for row in COVARIANCE]}, "alive → dead: the covariance must have 4 rows and columns"),
        ({"covariance": [*COVARIANCE[:3], COVARIANCE[3][:3]]}, "must have 4 rows and columns"),
        ({"covariance": [row[:3] for row in COVARIANCE[:3]]}, "must have 4 rows and columns"),
        ({"baseline": steps(means=((1,) * 4, (1,) * 3, (1,) * 4)).model_dump()}, "means must have 4 numbers"),
        ({"predictors": [], "baseline": steps(means=((1,),) * 3).model_dump()}, "means must have 0 numbers"),
    ],
)
def test_what_is_known_of_a_hazard_must_fit_its_coefficients(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        hazard(**wrong)


def test_a_hazard_has_intervals_where_all_that_they_follow_from_is_known() -> None:
    variance = (0.001, 0.002, 0.003)
    assert certain().has_intervals
    assert not hazard().has_intervals
    assert not hazard(covariance=COVARIANCE).has_intervals
    assert not hazard(baseline=steps(variance=variance, means=MEANS).model_dump()).has_intervals
    assert not hazard(covariance=COVARIANCE, baseline=steps(variance=variance).model_dump()).has_intervals
    assert hazard(predictors=[], baseline=steps(variance=variance).model_dump()).has_intervals
    assert not hazard(predictors=[]).has_intervals


def test_a_hazard_makes_a_column_for_each_coefficient() -> None:
    one = hazard()
    assert one.column_names == ("size", "grade: 1", "grade: 2", "grade: 3")
    values = {"grade": np.array(["3", "1"], dtype=object), "size": np.array([10.0, 4.0])}
    assert one.design(values, 2).tolist() == [[5, 0, 0, 1], [-1, 1, 0, 0]]
    assert hazard(predictors=[]).design({}, 3).shape == (3, 0)
    assert hazard(predictors=[]).column_names == ()


def test_the_hazard_for_the_states_is_that_of_the_card() -> None:
    made = certain().transition_hazard()
    assert (made.origin, made.target) == ("alive", "dead")
    assert made.times.tolist() == [6, 18, 30]
    assert made.increments.tolist() == [0.1, 0.2, 0.05]
    assert made.columns == ("size", "grade: 1", "grade: 2", "grade: 3")
    assert made.coefficients.tolist() == [0.1, 0, 0.5, 1]
    assert (made.smooth, made.followed_to) == (False, 60)
    assert made.covariance is not None
    assert made.variance is not None
    assert made.means is not None
    assert made.covariance.tolist() == COVARIANCE
    assert made.variance.tolist() == [0.001, 0.002, 0.003]
    assert made.means.tolist() == MEANS
    bare = hazard().transition_hazard()
    assert (bare.covariance, bare.variance, bare.means) == (None, None, None)
    alone = hazard(predictors=[], baseline=steps(variance=(0.001, 0.002, 0.003)).model_dump()).transition_hazard()
    assert alone.covariance is not None
    assert alone.means is not None
    assert (alone.covariance.shape, alone.means.shape, alone.columns) == ((0, 0), (3, 0), ())
    thin = steps(months=(1, 2), jumps=(0.2, 0.6), followed_to=7, cell=0.5)
    spread = hazard(predictors=[], baseline=thin.model_dump()).transition_hazard()
    assert spread.times.tolist() == [0.5, 1, 1.5, 2]
    assert spread.increments == pytest.approx([0.1, 0.1, 0.3, 0.3])
    assert spread.followed_to == 7


LONG = {"months": (6, 18, 30, 50), "jumps": (0.1, 0.2, 0.05, 0.4)}


@pytest.mark.parametrize(
    ("start", "factors", "jumps"),
    [
        # cumulative 0.3 and 0.35 become 0.45 and 0.7: by 1.5 up to 24 months, by 0.25/0.05 from there to 36
        (0.0, {24: 1.5, 36: 2.0}, (0.15, 0.3, 0.25)),
        # from 6 months on: 0.2 and 0.25 by 18 and 30 become 0.3 and 0.5; a jump at an edge lies before it
        (6.0, {12: 1.5, 24: 2.0}, (0.15, 0.3, 0.2)),
        # nothing is undone: 0.9 by 24 months stays 0.9 by 36
        (0.0, {24: 3.0, 36: 0.5}, (0.3, 0.6, 0.0)),
        # nothing happens from 18 to 24 months: what 0.6 should have gained there is gained by 40, 1.05 in all
        (0.0, {18: 2.0, 24: 3.0, 40: 3.0}, (0.2, 0.4, 0.45)),
        # nor is anything undone by then, where the last factor is smaller
        (0.0, {18: 2.0, 24: 1.0, 40: 2.0}, (0.2, 0.4, 0.1)),
        # the last horizon lies on a jump
        (0.0, {30: 2.0}, (0.2, 0.4, 0.1)),
        # nothing has happened by the first horizon
        (0.0, {3: 2.0, 20: 2.0}, (0.2, 0.4)),
    ],
)
def test_an_updated_baseline_is_scaled_from_horizon_to_horizon(
    start: float, factors: dict[int, float], jumps: tuple[float, ...]
) -> None:
    change = Change({float(at): log(by) for at, by in factors.items()}, 1.0, np.zeros(4), start=start)
    known = steps(**LONG, variance=(0.1,) * 4, means=((1,) * 4,) * 4, bound=0.01)
    made = hazard(baseline=known.model_dump(), covariance=COVARIANCE, events=30, at_risk=100).updated(change)
    assert made.baseline.jumps == pytest.approx(jumps)
    assert made.baseline.months == LONG["months"][: len(jumps)]
    assert made.baseline.followed_to == start + max(factors)
    assert (made.baseline.variance, made.baseline.means, made.baseline.bound) == ((), (), None)
    assert (made.covariance, made.events, made.at_risk) == ((), None, None)
    assert made.has_intervals is False
    assert Hazard.model_validate(made.model_dump()) == made


def test_the_coefficients_of_an_updated_hazard_are_scaled_and_added_to() -> None:
    change = Change({24.0: 0.0, 80.0: 0.0}, 0.8, np.array([0.01, 0.0, 0.2, 0.3]))
    made = hazard().updated(change)
    size, grade = made.predictors
    assert size.transform.beta == pytest.approx([0.09])
    assert grade.transform.beta == pytest.approx([0.0, 0.6, 1.1])
    assert made.baseline.jumps == pytest.approx((0.1, 0.2, 0.05))
    assert made.baseline.followed_to == 60  # not beyond what was known
    level = hazard(baseline=steps(jumps=(0.1, 0.2, 0.0)).model_dump()).updated(change)
    assert level.baseline.jumps == pytest.approx((0.1, 0.2, 0.0))
    thin = steps(months=(1, 2), jumps=(0.2, 0.6), followed_to=7, cell=0.5)
    every = hazard(baseline=thin.model_dump()).updated(Change({2.0: log(2)}, 1.0, np.zeros(4))).baseline
    assert (every.months, every.cell) == ((0.5, 1, 1.5, 2), None)
    assert every.jumps == pytest.approx((0.2, 0.2, 0.6, 0.6))


@pytest.mark.words
def test_a_hazard_is_shown_with_its_events_its_baseline_and_its_terms() -> None:
    shown = list(hazard(events=30, at_risk=100, note="a note").lines())
    assert [(line.text, line.depth) for line in shown] == [
        ("alive → dead, 30 events of 100 people: baseline with 3 steps, cumulative 0.35 at 30 months; a note", 0),
        ("size in cm: +0.1 · (x − 5)", 1),
        ("grade: 1 +0, 2 +0.5, 3 +1", 1),
    ]
    thin = steps(months=(1, 2), jumps=(0.2, 0.6), followed_to=7, cell=0.5)
    (line,) = hazard(predictors=[], baseline=thin.model_dump()).lines()
    assert line == (
        "alive → dead: baseline with 2 stretches in cells of 0.5 months, cumulative 0.8 at 2 months",
        0,
    )


# ---- what is possible ------------------------------------------------------------------------------------------------
def predictors(*raw: dict[str, Any]) -> list[Predictor]:
    return [Predictor.model_validate(one) for one in raw]


ROWS = np.array([0, 1, 2])


def test_what_records_may_be_by_predictor() -> None:
    people = records({"size": 5, "grade": 3}, {"grade": "2"}, {"size": 12}, {"size": 1})
    found = PossibleValues.of(predictors(SIZE, GRADE), people, np.array([2, 0, 1]))
    np.testing.assert_array_equal(found.known["size"], [12, 5, np.nan])
    assert found.known["grade"][1:].tolist() == ["3", "2"]
    assert {name: absent.tolist() for name, absent in found.missing.items()} == {
        "size": [False, False, True], "grade": [True, False, False],
    }  # fmt: skip
    assert found.candidates["grade"](0) == ["1", "2", "3"]
    assert found.candidates["grade"](2) == ["2"]
    assert found.candidates["size"](2) == pytest.approx(np.linspace(1, 30, 9).tolist())
    assert found.all_known(3).tolist() == [False, True, False]
    taken = found.take(np.array([1]))
    assert {name: column.tolist() for name, column in taken.items()} == {"size": [5], "grade": ["3"]}


def test_only_levels_that_the_model_has_are_tried() -> None:
    low = {**GRADE, "transform": {"kind": "levels", "coefficients": {"2": 0.5, "1": 0}}}
    found = PossibleValues.of(predictors(low), records({}), np.array([0]))
    assert found.candidates["grade"](0) == ["1", "2"]


def test_of_two_predictors_with_one_name_the_first_says_what_is_possible() -> None:
    wide = {**SIZE, "range": [0, 50]}
    found = PossibleValues.of(predictors(SIZE, wide, GRADE), records({}), np.array([0]))
    assert list(found.known) == ["size", "grade"]
    assert found.candidates["size"](0)[-1] == 30


def test_without_predictors_all_is_known() -> None:
    found = PossibleValues.of([], records({}, {}), np.array([0, 1]))
    assert found.all_known(2).tolist() == [True, True]


def test_an_unknown_number_is_tried_over_its_range_and_where_the_term_turns() -> None:
    cuts = {**SIZE, "transform": {"kind": "intervals", "at": [0.5, 1, 5, 30, 40], "coefficients": [0, 1, 2, 3, 4, 5]}}
    found = PossibleValues.of(predictors(cuts), records({}), np.array([0])).candidates["size"](0)
    even = np.linspace(1, 30, 9).tolist()
    assert found == sorted([*even, float(np.nextafter(1, 2)), 5.0, float(np.nextafter(5, 6))])
    (knots,) = predictors(
        {**SIZE, "range": None, "transform": {"kind": "piecewise-linear", "knots": [1, 7], "values": [0, 1]}}
    )
    bounds = records({}).column("size_cm")
    own = PossibleValues.of([knots], records({}), np.array([0])).candidates["size"](0)
    ends = np.linspace(bounds.low, bounds.high, 9).tolist()  # type: ignore[union-attr]
    assert own == sorted({*ends, 1.0, 7.0})


@pytest.mark.words
def test_a_number_without_limits_cannot_be_tried() -> None:
    without = {"name": "n", "label": "n", "field": "landmark_months", "transform": SIZE["transform"]}
    (one,) = predictors(without)
    column = records({}).column("landmark_months")
    for low, high in ((-np.inf, 5.0), (0.0, np.inf)):
        unlimited = Records.of_columns({}, 1, {"landmark_months": type(column)(np.array([np.nan]), low, high)})  # type: ignore[call-arg]
        with pytest.raises(CardError, match="predictor n: give its `range`, so that an unknown value has one"):
            PossibleValues.of([one], unlimited, np.array([0])).candidates["n"](0)


def batches(people: list[dict[str, Any]], rows: list[int], most: int, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", most)
    found = PossibleValues.of(predictors(SIZE, GRADE), records(*people), np.arange(len(people)))
    return [
        (some.tolist(), list(zip(x["size"].tolist(), x["grade"].tolist(), strict=True)), ends.tolist(), x)
        for some, x, ends in found.batches(np.array(rows))
    ]


def test_every_combination_of_what_is_not_known_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    even = np.linspace(1, 30, 9).tolist()
    people = [{"size": 4}, {"size": 7, "grade": 2}, {"grade": 3}, {}]
    first = [(4, "1"), (4, "2"), (4, "3")]
    third = [(size, "3") for size in even]
    fourth = [(size, grade) for size in even for grade in "123"]
    ((some, table, ends, x),) = batches(people, [0, 2, 3], 1000, monkeypatch)
    assert (some, ends) == ([0, 2, 3], [3, 12, 39])
    assert table == [*first, *third, *fourth]
    assert (x["size"].dtype, x["grade"].dtype) == (np.float64, object)
    # some at a time, as soon as there are enough
    split = batches(people, [0, 2, 3], 12, monkeypatch)
    assert [(some, ends) for some, _, ends, _ in split] == [([0, 2], [3, 12]), ([3], [9])]
    later = batches(people, [0, 2, 0], 13, monkeypatch)
    assert [(some, ends) for some, _, ends, _ in later][-1][0][-1] == 0
    assert batches(people, [], 1000, monkeypatch) == []


def test_where_too_many_are_possible_the_ends_and_the_middle_of_numbers_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    even = np.linspace(1, 30, 9).tolist()
    ends = [even[0], even[4], even[8]]
    assert [row[0] for row in batches([{}], [0], 27, monkeypatch)[0][1]][::3] == even  # just not too many
    for most in (26, 9, 8):
        (batch,) = batches([{}], [0], most, monkeypatch)
        assert batch[1] == [(size, grade) for size in ends for grade in "123"]
    # a turning point makes an even number of values, of which the greatest must stay among those tried
    knot = {**SIZE, "transform": {"kind": "piecewise-linear", "knots": [0, 7, 40], "values": [0, 1, 2]}}
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", 3)
    found = PossibleValues.of(predictors(knot), records({}), np.array([0]))
    tried = found._combinations(0)
    assert len(tried) == 3
    assert (tried[0], tried[-1]) == ((1.0,), (30.0,))


def test_the_longest_is_shortened_first(monkeypatch: pytest.MonkeyPatch) -> None:
    knot = {**AGE, "transform": {"kind": "piecewise-linear", "knots": [0, 50, 51, 100], "values": [0, 1, 2, 3]}}
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", 30)
    found = PossibleValues.of(predictors(SIZE, knot), records({}), np.array([0]))
    tried = found._combinations(0)  # 9 × 11, then 9 × 3
    assert len({size for size, _ in tried}) == 9
    assert sorted({age for _, age in tried})[::2] == [18, 90]
    assert len(tried) == 27


@pytest.mark.words
def test_too_much_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", 2)
    several = [{**GRADE, "name": f"grade-{letter}"} for letter in "abcd"]
    found = PossibleValues.of(predictors(*several), records({}), np.array([0]))
    with pytest.raises(CardError, match="too much is unknown for this model"):
        found._combinations(0)  # 81
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", 4)
    with pytest.raises(CardError, match="too much is unknown for this model"):
        found._combinations(0)  # one more than 20 × 4
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", 2)
    three = PossibleValues.of(predictors(*several[:3]), records({}), np.array([0]))
    assert len(three._combinations(0)) == 27
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", 81 / 20)
    assert len(found._combinations(0)) == 81  # just not too much


# ---- states ----------------------------------------------------------------------------------------------------------
STATES = ("well", "spread", "dead")
BASE = {
    ("well", "spread"): ((6, 18, 30), (0.1, 0.2, 0.05)),
    ("well", "dead"): ((12, 36), (0.02, 0.04)),
    ("spread", "dead"): ((9, 20, 40), (0.5, 0.6, 0.7)),
}
PREDICTORS = {("well", "spread"): [SIZE, GRADE], ("well", "dead"): [AGE], ("spread", "dead"): [STEEP_SIZE]}


def outcome(*horizons: float, of: str = "event", to: str = "dead", limit: float = 40) -> Outcome:
    return Outcome.model_validate(
        {
            "question": "course", "endpoint": "death", "event": "death", "plain_event": "die",
            "course": "all", "transition": ["well", to], "time_zero": "surgery",
            "horizons_months": horizons, "horizon_limit_months": limit, "estimand": "crude", "probability_of": of,
        }
    )  # fmt: skip


def course(**changes: Any) -> Course:
    hazards = [
        {"transition": pair, "predictors": PREDICTORS[pair],
         "baseline": {"months": months, "jumps": jumps, "followed_to": 60}}
        for pair, (months, jumps) in BASE.items()
    ]  # fmt: skip
    return Course.model_validate({"kind": "multi-state", "states": STATES, "hazards": hazards, **changes})


def ask(
    of: Outcome, *people: dict[str, Any], start: list[float] | None = None, allowed: list[int] | None = None, **how: Any
) -> PredictionRequest:
    n = len(people)
    answers = np.array([1] * n if allowed is None else allowed, dtype=np.int8)
    return PredictionRequest(records(*people), of, answers, np.array(start or [0.0] * n), **how)


def scores(size: float, grade: int, age: float) -> dict[tuple[str, str], float]:
    return {
        ("well", "spread"): 0.1 * (size - 5) + {1: 0.0, 2: 0.5, 3: 1.0}[grade],
        ("well", "dead"): 0.02 * (age - 60),
        ("spread", "dead"): 0.2 * (size - 5),
    }


def walked(person: tuple[float, int, float], until: float, start: float = 0.0, stays: str = "") -> list[float]:
    """Step by step: at each jump a share 1 − exp(−jump · exp(score)) of those in the state leaves it."""
    at = {"well": 1.0, "spread": 0.0, "dead": 0.0}
    score = scores(*person)
    jumps = sorted((m, pair, j) for pair, (months, each) in BASE.items() for m, j in zip(months, each, strict=True))
    for month, (a, b), jump in jumps:
        if start < month <= until and a != stays:
            leaves = at[a] * (1 - exp(-jump * exp(score[a, b])))
            at[a], at[b] = at[a] - leaves, at[b] + leaves
    return [at[state] for state in STATES]


ADA, BEN = {"size": 8, "grade": 2, "age": 70}, {"size": 3, "grade": 1, "age": 50}
OF_ADA, OF_BEN = (8, 2, 70), (3, 1, 50)


def test_the_states_of_a_course_step_by_step() -> None:
    said = course().predict(ask(outcome(24, 36), ADA, BEN))
    states = said.course()
    assert states.names == STATES
    expected = np.array([[walked(who, until) for until in (24, 36)] for who in (OF_ADA, OF_BEN)])
    np.testing.assert_allclose(states.low, expected)
    np.testing.assert_allclose(states.high, expected)
    np.testing.assert_allclose(said.low, expected[:, :, 2])
    np.testing.assert_allclose(said.high, expected[:, :, 2])
    np.testing.assert_allclose(said.value, expected[:, :, 2])
    assert np.isnan(states.interval_low).all()
    assert np.isnan(states.interval_high).all()
    assert all(np.isnan(part).all() for part in said.interval())
    assert (states.curve, states.reached, said.score()) == (None, (), None)
    assert [(name, absent.tolist()) for name, absent in said.missing] == [
        (name, [False, False]) for name in ("size_cm", "grade", "age")
    ]
    assert [r.fields for r in said.requirements] == [("size_cm",), ("grade",), ("age",), ("size_cm",)]
    assert said.start(1) == 0.0
    assert states.start.tolist() == [0, 0]


def test_the_probability_is_that_of_the_state_that_the_outcome_leads_to_or_of_not_being_in_it() -> None:
    spread = course().predict(ask(outcome(24, 36, to="spread"), ADA))
    np.testing.assert_allclose(spread.low[0], [walked(OF_ADA, until)[1] for until in (24, 36)])
    no = course().predict(ask(outcome(24, 36, of="no-event"), ADA, {**ADA, "age": None}))
    dead = np.array([walked(OF_ADA, until)[2] for until in (24, 36)])
    np.testing.assert_allclose(no.low[0], 1 - dead)
    np.testing.assert_allclose(no.high[0], 1 - dead)
    least, most = (np.array([walked((8, 2, age), until)[2] for until in (24, 36)]) for age in (18, 90))
    np.testing.assert_allclose(no.low[1], 1 - most)
    np.testing.assert_allclose(no.high[1], 1 - least)


def test_a_later_start_leaves_out_what_lies_before_it_and_horizons_count_from_there() -> None:
    people = [ADA, BEN, ADA]
    said = course().predict(ask(outcome(12, 24), *people, start=[10, 0, 18]))
    assert [said.start(i) for i in range(3)] == [10, 0, 18]
    for i, (who, start) in enumerate(((OF_ADA, 10), (OF_BEN, 0))):
        expected = [walked(who, start + h, start)[2] for h in (12, 24)]
        np.testing.assert_allclose(said.low[i], expected)
        np.testing.assert_allclose(said.high[i], expected)
    assert said.low[2, 0] == pytest.approx(walked(OF_ADA, 30, 18)[2])
    assert np.isnan(said.low[2, 1])  # 42 months, beyond the limit
    assert np.isnan(said.high[2, 1])


@pytest.mark.words
def test_a_horizon_that_ends_at_the_limit_is_told_and_one_just_beyond_it_is_not() -> None:
    told = course().predict(ask(outcome(0.2, 0.9, limit=0.3), ADA, start=[0.1]))  # 0.1 + 0.2 is a little more than 0.3
    assert told.low[0, 0] == 0.0
    assert np.isnan(told.low[0, 1])
    with pytest.raises(CardError, match=r"no horizon lies within the card's limit"):
        course().predict(ask(outcome(12, 24), ADA, start=[30]))


def test_what_is_not_known_gives_the_least_and_the_greatest_of_all_combinations() -> None:
    people = [{**ADA, "grade": None}, ADA, {**BEN, "size": None, "age": None}, {**ADA, "grade": None}]
    said = course().predict(ask(outcome(24, 36), *people, start=[0, 0, 0, 10], allowed=[1, 1, 1, 1]))
    sizes, ages = np.linspace(1, 30, 9), np.linspace(18, 90, 9)
    every = {
        0: [[walked((8, g, 70), t) for t in (24, 36)] for g in (1, 2, 3)],
        1: [[walked(OF_ADA, t) for t in (24, 36)]],
        2: [[walked((s, 1, a), t) for t in (24, 36)] for s in sizes for a in ages],
        3: [[walked((8, g, 70), 34, 10)] for g in (1, 2, 3)],
    }
    states = said.course()
    for i, of in every.items():
        kept = slice(0, len(of[0]))
        np.testing.assert_allclose(states.low[i, kept], np.min(of, axis=0))
        np.testing.assert_allclose(states.high[i, kept], np.max(of, axis=0))
    assert np.isnan(states.low[3, 1]).all()
    assert np.isnan(states.interval_low).all()
    assert [(name, absent.tolist()) for name, absent in said.missing] == [
        ("size_cm", [False, False, True, False]),
        ("grade", [True, False, False, True]),
        ("age", [False, False, True, False]),
    ]
    assert [r.answers.tolist() for r in said.requirements] == [[1, 1, 1, 1]] * 4


def test_nothing_is_worked_out_of_people_to_whom_the_card_does_not_apply() -> None:
    people = [ADA, {**ADA, "grade": "X"}, ADA, BEN]
    said = course().predict(ask(outcome(24, 36), *people, allowed=[0, 1, -1, 1]))
    states = said.course()
    assert np.isnan(states.low[:3]).all()
    assert np.isnan(states.high[:3]).all()
    np.testing.assert_allclose(states.low[3, :, 2], [walked(OF_BEN, until)[2] for until in (24, 36)])
    assert said.requirements[1].answers.tolist() == [1, 0, 1, 1]
    nobody = course().predict(ask(outcome(24, 36), ADA, allowed=[0], curve="line"))
    assert np.isnan(nobody.low).all()
    assert (nobody.course().curve, nobody.course().reached) == (None, ())


# -- two states
TWO = ("alive", "dead")


def two(of: Hazard | None = None, **changes: Any) -> Course:
    one = of or certain()
    return Course.model_validate({"kind": "cox", "states": TWO, "hazards": [one.model_dump()], **changes})


def death(*horizons: float, of: str = "event", limit: float = 40) -> Outcome:
    return outcome(*horizons, of=of, limit=limit).model_copy(update={"transition": TWO})


def interval_of_death(x: list[float], until: float, start: float = 0.0) -> tuple[float, float, float]:
    """Risk and limits of a Cox model: var Λ = Σ e² v + (Σ e (x − x̄) dΛ)' V (…), e = exp(score), limits log-log."""
    beta = [0.1, 0, 0.5, 1]
    e = exp(float(np.dot(x, beta)))
    total, poisson, moves = 0.0, 0.0, np.zeros(4)
    for month, jump, v, mean in zip((6, 18, 30), (0.1, 0.2, 0.05), (0.001, 0.002, 0.003), MEANS, strict=True):
        if start < month <= until:
            total += e * jump
            poisson += e**2 * v
            moves += e * jump * (np.array(x) - mean)
    if total == 0:
        return 0.0, 0.0, 0.0
    risk = 1 - exp(-total)
    se = exp(-total) * sqrt(poisson + float(moves @ np.array(COVARIANCE) @ moves))
    spread = Z * se / abs(risk * log(risk))
    return risk, risk ** exp(spread), risk ** exp(-spread)


def test_two_states_are_a_cox_model_with_its_interval() -> None:
    x = [3, 0, 1, 0]  # 8 cm, grade 2
    expected = [interval_of_death(x, until) for until in (12, 24)]
    of_none = [(1 - risk, 1 - most, 1 - least) for risk, least, most in expected]
    for of, figures in (("event", expected), ("no-event", of_none)):
        said = two().predict(ask(death(12, 24, of=of), ADA, {**ADA, "grade": None}))
        low, high = said.interval()
        for h, (risk, least, most) in enumerate(figures):
            assert said.value[0, h] == pytest.approx(risk)
            assert low[0, h] == pytest.approx(least)
            assert high[0, h] == pytest.approx(most)
        assert np.isnan(low[1]).all()  # none where something is not known
        assert np.isnan(high[1]).all()
    quiet = two().predict(ask(death(12, 24), ADA, intervals=False))
    assert np.isnan(quiet.interval()[0]).all()
    for h, (risk, *_) in enumerate(expected):
        assert quiet.value[0, h] == pytest.approx(risk)
    later = two().predict(ask(death(12, 24), ADA, start=[10]))
    risk, least, most = interval_of_death(x, 34, 10)
    assert later.value[0, 1] == pytest.approx(risk)
    assert (later.interval()[0][0, 1], later.interval()[1][0, 1]) == pytest.approx((least, most))


def test_no_interval_is_worked_out_where_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    predict = MultiStateModel.predict

    def noted(*args: Any, **how: Any) -> Any:
        asked.append(how["interval"])
        return predict(*args, **how)

    monkeypatch.setattr(MultiStateModel, "predict", noted)
    two().predict(ask(death(12, 24), ADA))
    two().predict(ask(death(12, 24), {**ADA, "grade": None}))  # a range has none, and to find it would take long
    two().predict(ask(death(12, 24), ADA, intervals=False))
    assert asked == ["delta", None, None]


def test_the_score_of_two_states_is_the_range_of_the_sum_of_terms() -> None:
    said = two().predict(ask(death(12, 24), ADA, {**ADA, "grade": None}, {"grade": 1}))
    low, high = said.score()  # type: ignore[misc]
    assert low == pytest.approx([0.3 + 0.5, 0.3, -0.4])
    assert high == pytest.approx([0.3 + 0.5, 0.3 + 1, 2.5])
    twice = two(hazard(predictors=[SIZE, {**STEEP_SIZE, "name": "again"}])).predict(ask(death(12, 24), ADA))
    assert twice.score()[0] == pytest.approx([0.3 + 0.6])  # type: ignore[index]
    assert twice.value[0, 0] == pytest.approx(1 - exp(-0.1 * exp(0.9)))


def test_intervals_need_what_is_known_of_every_hazard() -> None:
    sure = certain(transition=("well", "spread"))
    rest = [Hazard.model_validate(h.model_dump()) for h in course().hazards[1:]]
    some = course(hazards=[h.model_dump() for h in (sure, *rest)])
    assert np.isnan(some.predict(ask(outcome(24, 36), ADA)).interval()[0]).all()
    made = [
        Hazard.model_validate(
            {**h.model_dump(), "covariance": [[0.01]],
             "baseline": {**h.baseline.model_dump(), "variance": [0.001] * len(h.baseline.months),
                          "means": [[0.0]] * len(h.baseline.months)}}
        )
        for h in rest
    ]  # fmt: skip
    every = course(hazards=[h.model_dump() for h in (sure, *made)]).predict(ask(outcome(24, 36), ADA))
    low, high = every.interval()
    assert (low < every.value).all()
    assert (every.value < high).all()


# -- month by month
@pytest.mark.parametrize("curve", ["line", "band"])
@pytest.mark.parametrize("start", [0.0, 10.0])
def test_month_by_month_up_to_the_last_horizon(curve: Curve, start: float) -> None:
    said = two().predict(ask(death(2.5, 12, 24, 35), ADA, start=[start], curve=curve))
    drawn = said.course().curve
    assert drawn is not None
    last = 35 if start == 0 else 24  # 45 months lie beyond the limit
    kept = [h for h in (2.5, 12, 24, 35) if h <= last]
    assert drawn.times.tolist() == sorted([start + m for m in [*range(last + 1), 2.5]])
    x = [3, 0, 1, 0]
    every = [interval_of_death(x, t, start) for t in drawn.times]
    np.testing.assert_allclose(drawn.probability[0, :, 1], [risk for risk, _, _ in every], atol=1e-15)
    assert drawn.low is not None
    at_horizons = np.isin(drawn.times, start + np.array(kept))
    known = ~np.isnan(drawn.low[0, :, 1])
    assert known.tolist() == (at_horizons.tolist() if curve == "line" else [True] * len(known))
    low, high = said.interval()
    for h, month in enumerate(kept):
        risk, least, most = interval_of_death(x, start + month, start)
        assert said.low[0, h] == said.high[0, h] == pytest.approx(risk)
        assert low[0, h] == pytest.approx(least)
        assert high[0, h] == pytest.approx(most)
    assert np.isnan(said.low[0, len(kept) :]).all()
    assert said.course().reached == ()


@pytest.mark.parametrize("last", [24.4, 24.6])
def test_a_curve_ends_with_the_last_horizon_inside_a_month_too(last: float) -> None:
    drawn = course().predict(ask(outcome(12, last), ADA, curve="line")).course().curve
    assert drawn is not None
    assert drawn.times.tolist() == [*range(25), last]


def test_nothing_is_drawn_of_several_people_nor_of_one_of_whom_something_is_not_known() -> None:
    several = course().predict(ask(outcome(24, 36), ADA, BEN, curve="line"))
    assert several.course().curve is None
    np.testing.assert_allclose(several.low[1], [walked(OF_BEN, until)[2] for until in (24, 36)])
    unknown = course().predict(ask(outcome(24, 36), {**ADA, "grade": None}, curve="line"))
    assert unknown.course().curve is None
    assert course().predict(ask(outcome(24, 36), ADA)).course().curve is None


def test_a_course_is_drawn_with_each_of_its_states() -> None:
    said = course().predict(ask(outcome(24, 36), ADA, curve="band"))
    drawn = said.course().curve
    assert drawn is not None
    assert drawn.times.tolist() == list(range(37))
    np.testing.assert_allclose(drawn.probability[0], [walked(OF_ADA, month) for month in range(37)])
    assert (drawn.low, drawn.high, drawn.se) == (None, None, None)
    np.testing.assert_allclose(said.low[0], [walked(OF_ADA, until)[2] for until in (24, 36)])
    assert np.isnan(said.interval()[0]).all()


# -- events beside the outcome
SPREAD = {
    "event": "a metastasis", "plain_event": "it spreads", "measure": "distant-metastasis", "states": ["spread"],
}  # fmt: skip
EITHER = {**SPREAD, "event": "an end", "states": ["spread", "dead"]}


def reached(person: tuple[float, int, float], until: float, states: tuple[str, ...], start: float = 0.0) -> float:
    """Whoever has entered one of the states stays there."""
    at = dict(zip(STATES, walked(person, until, start, stays="spread"), strict=True))
    return sum(at[state] for state in states)


def test_an_event_is_to_have_been_in_a_state_whatever_comes_after() -> None:
    form = course(reaching=[SPREAD, EITHER])
    assert [event.event for event in form.events_beside] == ["a metastasis", "an end"]
    assert course().events_beside == ()
    for start, limit in ((0.0, 40), (10.0, 40)):
        said = form.predict(ask(outcome(12, 24, 35, limit=limit), ADA, start=[start], curve="line"))
        found = said.course().reached
        assert len(found) == 2
        for (low, high), states in zip(found, (("spread",), ("spread", "dead")), strict=True):
            for h, months in enumerate((12, 24, 35)):
                if start + months > limit:
                    assert np.isnan(low[h])
                    assert np.isnan(high[h])
                else:
                    expected = reached(OF_ADA, start + months, states, start)
                    assert low[h] == pytest.approx(expected)
                    assert high[h] == pytest.approx(expected)
    # more than are there: some have died since
    assert reached(OF_ADA, 36, ("spread",)) > walked(OF_ADA, 36)[1] + 0.1
    assert form.predict(ask(outcome(24, 36), ADA)).course().reached == ()


@pytest.mark.parametrize("most", [20_000, 3])
def test_the_range_of_an_event_goes_over_all_that_is_possible(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", most)  # `most`: ends and middle of both numbers
    form = course(reaching=[SPREAD])
    who = {"grade": 2, "age": None, "size": None}
    ((low, high),) = form.predict(ask(outcome(24, 36), who, curve="band")).course().reached
    parts = 9 if most > 3 else 3
    every = [
        [reached((size, 2, age), until, ("spread",)) for until in (24, 36)]
        for size in np.linspace(1, 30, parts)
        for age in np.linspace(18, 90, parts)
    ]
    np.testing.assert_allclose(low, np.min(every, axis=0))
    np.testing.assert_allclose(high, np.max(every, axis=0))


def test_the_limit_of_a_card_holds_for_its_events_too() -> None:
    form = course(reaching=[SPREAD])
    ask_at = ask(outcome(0.2, 0.9, limit=0.3), ADA, start=[0.1], curve="line")
    ((low, high),) = form.predict(ask_at).course().reached
    assert (low[0], high[0]) == (0.0, 0.0)
    assert np.isnan(low[1])
    assert np.isnan(high[1])


# -- what a course is made of
def test_what_a_course_is_made_of() -> None:
    form = course(reaching=[SPREAD])
    assert [p.name for p in form.all_predictors] == ["size", "grade", "age", "size"]
    assert (form.has_course, form.needs) == (True, ("hazards", "states"))
    assert [(h.origin, h.target) for h in form.known_hazards] == list(BASE)
    assert [h.coefficients.tolist() for h in form.known_hazards] == [[0.1, 0, 0.5, 1], [0.02], [0.2]]
    assert form.model.course.states == STATES
    assert form.model.course.transitions == tuple(BASE)
    assert [h.times.tolist() for h in form.model.hazards] == [list(months) for months, _ in BASE.values()]
    assert form.model is form.model


def test_columns_that_hazards_have_in_common_are_made_once() -> None:
    different, of_hazard = course()._distinct
    assert [p.name for p in different] == ["size", "grade", "age"]
    assert of_hazard == [[0, 1], [2], [0]]
    # another center makes another column, under the same name too
    other = {**SIZE, "transform": {**SIZE["transform"], "center": 0}}
    raw = [h.model_dump() for h in course().hazards]
    form = course(hazards=[*raw[:2], {**raw[2], "predictors": [other]}])
    assert form._distinct[1] == [[0, 1], [2], [3]]
    values = {"size": np.array([8.0, 3.0]), "age": np.array([70.0, 50.0]), "grade": np.array(["2", "1"], dtype=object)}
    designs = form._designs(values, 2)
    assert {pair: columns.tolist() for pair, columns in designs.items()} == {
        ("well", "spread"): [[3, 0, 1, 0], [-2, 1, 0, 0]],
        ("well", "dead"): [[10], [-10]],
        ("spread", "dead"): [[8], [3]],
    }
    bare = course(hazards=[*raw[:2], {**raw[2], "predictors": []}])._designs(values, 2)
    assert bare["spread", "dead"].shape == (2, 0)


@pytest.mark.words
def test_states_and_transitions_stand_once() -> None:
    raw = [h.model_dump() for h in course().hazards]
    once = "name every state once in `states`, and every transition in one hazard"
    for wrong, told in (
        ({"states": ("well", "spread")}, once),
        ({"states": (*STATES, "dead")}, once),
        ({"hazards": [*raw, raw[0]]}, once),
        ({"reaching": [{**SPREAD, "states": ["elsewhere"]}]}, once),
        ({"kind": "cox"}, "hazards belong to kind multi-state, or one of them to kind cox"),
        ({"hazards": []}, "a model of kind multi-state needs `hazards`"),
        ({"states": ()}, "a model of kind multi-state needs `states`"),
    ):
        with pytest.raises(ValidationError, match=told):
            course(**wrong)
    alone = course(hazards=raw[:1], states=STATES)  # one hazard may be of either kind, and not every state need be left
    assert alone.kind == "multi-state"
    assert two().kind == "cox"


@pytest.mark.words
def test_a_course_goes_with_an_outcome_between_its_states_within_the_limit() -> None:
    assert course().misfit(outcome(24, 40)) is None
    assert two().misfit(death(24, 40)) is None
    assert course().misfit(outcome(24, 40.5)) == "a horizon lies beyond `horizon_limit_months`"
    for pair in (("well", "gone"), ("gone", "dead")):
        strange = outcome(24).model_copy(update={"transition": pair})
        assert course().misfit(strange) == "name every state once in `states`, and every transition in one hazard"


@pytest.mark.words
def test_a_course_of_one_hazard_is_updated_and_of_several_refused() -> None:
    change = Change({24.0: log(1.5), 36.0: log(2.0)}, 0.8, np.zeros(4))
    form = two()
    assert form.cannot_update is None
    made = form.updated(change)
    assert made.hazards == (form.hazards[0].updated(change),)
    assert made.states == TWO
    why = "each transition of its course has a baseline of its own; fit its recipe to this cohort instead"
    competing = course(hazards=[h.model_dump() for h in course().hazards[:2]])
    assert course().cannot_update == competing.cannot_update == why
    with pytest.raises(CardError, match="each transition of its course has a baseline of its own"):
        course().updated(change)
    columns = np.array([[3.0, 0, 1, 0], [-2, 1, 0, 0]])
    own = form.own_score(columns, np.zeros((2, 3)), (12.0, 24.0, 36.0))
    assert own.shape == (3, 2, 1)
    np.testing.assert_allclose(own[:, :, 0], [[0.8, -0.2]] * 3)


@pytest.mark.words
def test_a_course_is_shown_and_placed() -> None:
    form = course()
    said = form.arithmetic(outcome(24))
    assert said == (
        "each step of a baseline is multiplied by exp(score), the sum of the predictors' terms; "
        "the states follow by the product integral over all steps"
    )
    assert [line.text.split(":")[0] for line in form.lines(str)] == [
        "well → spread", "size in cm", "grade", "well → dead", "age", "spread → dead", "size in cm",
    ]  # fmt: skip
    assert [(p.where, p.predictor, p.of_death) for p in form.placed(outcome(24))] == [
        ("well → spread, size", form.hazards[0].predictors[0], False),
        ("well → spread, grade", form.hazards[0].predictors[1], False),
        ("well → dead, age", form.hazards[1].predictors[0], True),
        ("spread → dead, size", form.hazards[2].predictors[0], True),
    ]
    edges = list(form.edges(outcome(24)))
    assert [edge.where for edge in edges] == ["edges, well → spread", "edges, well → dead", "edges, spread → dead"]
    for edge, of in zip(edges, form.hazards, strict=True):
        assert edge.hazards == pytest.approx((sum(of.baseline.jumps),))
        assert (edge.intercept, edge.predictors) == (0.0, of.predictors)


def test_a_course_without_predictors_says_the_same_of_everyone() -> None:
    raw = [{**h.model_dump(), "predictors": []} for h in course().hazards]
    form = course(hazards=raw, reaching=[EITHER])
    several = form.predict(ask(outcome(24, 36), {}, ADA))
    expected = [walked((5, 1, 60), until) for until in (24, 36)]  # all scores 0
    np.testing.assert_allclose(several.course().low, [expected, expected])
    np.testing.assert_allclose(several.value, [[p[2] for p in expected]] * 2)
    assert (several.requirements, several.missing) == ((), ())
    one = form.predict(ask(outcome(24, 36), {}, curve="line")).course()
    assert one.curve is not None
    ((low, high),) = one.reached
    np.testing.assert_allclose(low, [reached((5, 1, 60), until, ("spread", "dead")) for until in (24, 36)])
    np.testing.assert_allclose(high, low)
    alone = two(hazard(predictors=[])).predict(ask(death(12, 24), {}, {}))
    assert [part.tolist() for part in alone.score()] == [[0, 0], [0, 0]]  # type: ignore[union-attr]
