"""States of a course, worked out step by step, with and without what is known."""

from __future__ import annotations

import numpy as np
import pytest
from course_cases import ADA, BEN, OF_ADA, OF_BEN, STATES, ask, course, outcome, walked

from sarcoma.errors import CardError


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
