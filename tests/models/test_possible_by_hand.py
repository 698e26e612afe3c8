"""What is possible where something is not known of a person: which values are tried, and which combinations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from course_cases import AGE, GRADE, SIZE, records

from sarcoma.errors import CardError
from sarcoma.models.forms import possible as possible_module
from sarcoma.models.forms.possible import PossibleValues
from sarcoma.models.predictor import Predictor
from sarcoma.patient import Records


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
