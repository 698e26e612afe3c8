"""The FNCLCC grade: each score, each total, and what stays possible while a part is not known."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarcoma.errors import RecordError
from sarcoma.evidence import staging_tables
from sarcoma.patient.grade import mitotic_score, necrosis_score, possible_grades

# Typed from NCI's PDQ, not from the file under test: differentiation, mitoses, necrosis, grade.
GRADES = [
    (1, 0, "none", "1"),
    (1, 0, "under-half", "1"),
    (1, 0, "half-or-more", "2"),
    (1, 10, "none", "1"),
    (1, 10, "under-half", "2"),
    (1, 10, "half-or-more", "2"),
    (1, 20, "none", "2"),
    (1, 20, "under-half", "2"),
    (1, 20, "half-or-more", "3"),
    (2, 0, "none", "1"),
    (2, 0, "under-half", "2"),
    (2, 0, "half-or-more", "2"),
    (2, 10, "none", "2"),
    (2, 10, "under-half", "2"),
    (2, 10, "half-or-more", "3"),
    (2, 20, "none", "2"),
    (2, 20, "under-half", "3"),
    (2, 20, "half-or-more", "3"),
    (3, 0, "none", "2"),
    (3, 0, "under-half", "2"),
    (3, 0, "half-or-more", "3"),
    (3, 10, "none", "2"),
    (3, 10, "under-half", "3"),
    (3, 10, "half-or-more", "3"),
    (3, 20, "none", "3"),
    (3, 20, "under-half", "3"),
    (3, 20, "half-or-more", "3"),
]

MITOSES = [
    (0, 1),
    (1, 1),
    (9, 1),
    (9.5, 1),
    (9.999, 1),
    (10, 2),
    (10.5, 2),
    (19, 2),
    (19.5, 2),
    (19.999, 2),
    (20, 3),
    (20.1, 3),
    (200, 3),
]

differentiations = st.sampled_from([None, 1, 2, 3])
mitoses = st.none() | st.integers(0, 60) | st.floats(0, 1000)
necroses = st.sampled_from([None, "none", "under-half", "half-or-more"])


@pytest.mark.parametrize(("count", "score"), MITOSES)
def test_mitoses_score_by_the_last_step_reached(count: float, score: int) -> None:
    assert mitotic_score(count) == score


@pytest.mark.parametrize(("code", "score"), [("none", 0), ("under-half", 1), ("half-or-more", 2)])
def test_necrosis_scores_0_to_2(code: str, score: int) -> None:
    assert necrosis_score(code) == score


@pytest.mark.parametrize(("differentiation", "count", "necrosis", "grade"), GRADES)
def test_known_parts_give_one_grade(differentiation: int, count: int, necrosis: str, grade: str) -> None:
    assert possible_grades(differentiation, count, necrosis) == {grade}


def test_the_typed_table_has_every_combination() -> None:
    every = set(product((1, 2, 3), (0, 10, 20), ("none", "under-half", "half-or-more")))
    assert {row[:3] for row in GRADES} == every
    assert len(GRADES) == len(every)


@pytest.mark.parametrize(
    ("differentiation", "count", "necrosis", "grades"),
    [
        (None, None, None, {"1", "2", "3"}),
        (1, None, None, {"1", "2", "3"}),
        (2, None, None, {"1", "2", "3"}),
        (3, None, None, {"2", "3"}),
        (None, 0, None, {"1", "2", "3"}),
        (None, 20, None, {"2", "3"}),
        (None, None, "none", {"1", "2", "3"}),
        (None, None, "half-or-more", {"2", "3"}),
        (1, 0, None, {"1", "2"}),
        (1, None, "none", {"1", "2"}),
        (2, 10, None, {"2", "3"}),
        (3, 20, None, {"3"}),
        (3, None, "half-or-more", {"3"}),
        (None, 0, "none", {"1", "2"}),
    ],
)
def test_an_unknown_part_leaves_several_grades(
    differentiation: int | None, count: float | None, necrosis: str | None, grades: set[str]
) -> None:
    assert possible_grades(differentiation, count, necrosis) == grades


@given(differentiations, mitoses, necroses)
def test_what_is_possible_is_the_union_over_the_unknown_parts(
    differentiation: int | None, count: float | None, necrosis: str | None
) -> None:
    step = None if count is None else 20 if count >= 20 else 10 if count >= 10 else 0
    fitting = {
        grade
        for d, m, n, grade in GRADES
        if differentiation in (None, d) and step in (None, m) and necrosis in (None, n)
    }
    assert possible_grades(differentiation, count, necrosis) == fitting


@given(differentiations, mitoses, necroses)
def test_knowing_less_never_narrows(differentiation: int | None, count: float | None, necrosis: str | None) -> None:
    grades = possible_grades(differentiation, count, necrosis)
    assert grades
    assert grades <= possible_grades(None, count, necrosis)
    assert grades <= possible_grades(differentiation, None, necrosis)
    assert grades <= possible_grades(differentiation, count, None)


@pytest.mark.parametrize("count", [-1, -0.1, math.nan, math.inf])
def test_a_count_below_0_or_not_a_number_is_refused(count: float) -> None:
    with pytest.raises(RecordError, match="mitoses_per_10_hpf"):
        possible_grades(2, count, "none")


@pytest.mark.parametrize("score", [0, 4])
def test_a_differentiation_score_outside_1_to_3_is_refused(score: int) -> None:
    with pytest.raises(RecordError, match="differentiation"):
        possible_grades(score, 5, "none")


@pytest.mark.words
def test_an_unknown_code_is_refused_without_repeating_it() -> None:
    with pytest.raises(RecordError, match="necrosis: is one of none, under-half, half-or-more") as refused:
        necrosis_score("a secret")
    assert "secret" not in str(refused.value)


def test_every_total_from_2_to_8_has_one_grade() -> None:
    totals = {row.grade: row.totals for row in staging_tables().fnclcc.grades}
    assert totals == {"1": (2, 3), "2": (4, 5), "3": (6, 7, 8)}


def test_the_table_lists_each_type_under_one_score() -> None:
    listed = [name for row in staging_tables().fnclcc.differentiation for name in row.types]
    assert len(listed) == len(set(listed))
    scores = {name: row.score for row in staging_tables().fnclcc.differentiation for name in row.types}
    assert scores["atypical lipomatous tumour / well-differentiated liposarcoma"] == 1
    assert scores["myxoid liposarcoma"] == scores["fibrosarcoma"] == scores["myxofibrosarcoma"] == 2
    assert [s for name, s in scores.items() if "leiomyosarcoma" in name] == [1, 2, 3]
    assert all(scores[name] == 3 for name in scores if "synovial" in name or "round cell" in name or "rhabdo" in name)
