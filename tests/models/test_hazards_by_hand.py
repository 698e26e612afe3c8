"""Baselines of steps and one hazard of a card, each worked out step by step."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest
from course_cases import COVARIANCE, MEANS, certain, hazard, steps
from pydantic import ValidationError

from sarcoma.models.forms.form import Change
from sarcoma.models.forms.hazard import Hazard, Steps, cell_ends


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
