"""Rules on records: three answers, Kleene's logic, and knowledge that only ever narrows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sarcoma.errors import EvidenceError
from sarcoma.evidence import Condition, Rule
from sarcoma.patient import Patient, Records, rules


def answer(rule: list[dict[str, object]], **record: object) -> int:
    conditions = [Condition.model_validate(c) for c in rule]
    return int(rules.answer_all(conditions, Records((Patient(**record),)))[0])


@pytest.mark.parametrize(
    ("condition", "record", "expected"),
    [
        ({"field": "age", "at_least": 18}, {"age": 18}, 1),
        ({"field": "age", "at_least": 18}, {"age": 17.9}, 0),
        ({"field": "age", "at_least": 18}, {}, -1),
        ({"field": "size_cm", "above": 5, "at_most": 10}, {"size": 5}, 0),
        ({"field": "size_cm", "above": 5, "at_most": 10}, {"size": 10}, 1),
        ({"field": "grade", "in": ["2", "3"]}, {"grade": 3}, 1),
        ({"field": "grade", "in": ["2", "3"]}, {}, -1),
        ({"field": "grade", "in": ["1", "2", "3"]}, {}, 1),
        ({"field": "grade", "in": ["2", "3"]}, {"differentiation": 3, "mitoses": 5}, 1),
        ({"field": "grade", "in": ["3"]}, {"differentiation": 3, "mitoses": 5}, -1),
        ({"field": "grade", "in": ["2", "3"]}, {"grade": "X"}, 0),
        ({"field": "metastatic", "in": ["no"]}, {}, 1),
        ({"field": "metastatic", "in": ["no"]}, {"metastases": "unknown"}, -1),
        ({"field": "metastatic", "in": ["no"]}, {"metastases": "lung"}, 0),
        ({"field": "metastasis_organs", "in": ["lung"]}, {"metastases": "lung@3; liver@4"}, 1),
        ({"field": "metastasis_organs", "in": ["bone"]}, {"metastases": "lung@3; liver@4"}, 0),
        ({"field": "metastasis_organs", "in": ["bone"]}, {"metastases": "unknown"}, -1),
        ({"field": "metastatic_at_diagnosis", "in": ["yes"]}, {"metastases": "lung@0"}, 1),
        ({"field": "metastatic_at_diagnosis", "in": ["yes"]}, {"metastases": "lung@1"}, 0),
        ({"field": "metastatic_at_diagnosis", "in": ["yes"]}, {"metastases": "lung"}, -1),
        ({"field": "disease_free_interval", "at_least": 12}, {"metastases": "lung@14; bone@20"}, 1),
        ({"field": "site", "in": ["lower-limb"]}, {"topography": "C49.2"}, 1),
        ({"field": "site", "in": ["trunk"]}, {"topography": "C49.3"}, -1),
        ({"field": "extremity", "in": ["yes"]}, {"site": "leg"}, 1),
        ({"field": "chapter", "in": ["retroperitoneum"]}, {"site": "abdomen-or-pelvis"}, -1),
        ({"field": "depth", "in": ["deep"]}, {"site": "retroperitoneum"}, 1),
        ({"field": "depth", "in": ["deep"]}, {"site": "leg"}, -1),
        ({"field": "resection", "in": ["complete"]}, {"margin": "R1"}, 1),
        ({"field": "resection", "in": ["complete"]}, {"margin": "RX"}, -1),
        ({"field": "recurred", "in": ["yes"]}, {"presentation": "recurrent"}, 1),
        ({"field": "histologic_type", "grouping": "family", "in": ["liposarcoma"]}, {"type": "myxoid liposarcoma"}, 1),
        ({"field": "histologic_type", "grouping": "family", "in": ["liposarcoma"]}, {"type": "LMS"}, 0),
        ({"field": "histologic_type", "grouping": "family", "in": ["liposarcoma"]}, {}, -1),
    ],
)
def test_a_condition_holds_fails_or_cannot_be_told(
    condition: dict[str, object], record: dict[str, object], expected: int
) -> None:
    assert answer([condition], **record) == expected


def test_and_or_follow_kleene() -> None:
    adult = {"field": "age", "at_least": 18}
    big = {"field": "size_cm", "above": 5}
    assert answer([adult, big], age=50) == -1
    assert answer([adult, big], age=10) == 0
    either = {"any_of": [[adult], [big]]}
    assert answer([either], age=50) == 1
    assert answer([either], age=10) == -1
    assert answer([either], age=10, size=3) == 0
    assert answer([]) == 1


@given(
    age=st.none() | st.integers(0, 100),
    size=st.none() | st.floats(0.1, 50),
    grade=st.none() | st.sampled_from(["1", "2", "3", "X"]),
    hidden=st.sampled_from(["age", "size_cm", "grade"]),
)
def test_forgetting_a_field_never_turns_a_yes_into_a_no(age: object, size: object, grade: object, hidden: str) -> None:
    rule = [
        {"field": "age", "at_least": 18},
        {"any_of": [[{"field": "size_cm", "above": 5}], [{"field": "grade", "in": ["3"]}]]},
    ]
    record = {"age": age, "size_cm": size, "grade": grade}
    known, less = answer(rule, **record), answer(rule, **{**record, hidden: None})
    if hidden == "grade" and grade == "X":  # "could not be assessed" is knowledge of another kind
        return
    assert less in (known, -1)


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "agee", "at_least": 1},
        {"field": "grade", "in": ["4"]},
        {"field": "grade", "at_least": 2},
        {"field": "age", "in": ["18"]},
        {"field": "histologic_type", "grouping": "no-such", "in": ["x"]},
        {"field": "histologic_type", "grouping": "family", "in": ["no-such"]},
        {"any_of": [[{"field": "agee", "at_least": 1}]]},
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused(condition: dict[str, object]) -> None:
    with pytest.raises(EvidenceError):
        rules.check_rule([Condition.model_validate(condition)])


def test_conditions_that_say_the_same_are_one_object_and_are_answered_once() -> None:
    raw = [{"field": "age", "at_least": 18, "because": "adults only"}]
    ((one,), (other,)) = (TypeAdapter(Rule).validate_python(raw) for _ in range(2))
    assert one is other
    records = Records((Patient(age=40),))
    alike = one.model_copy()
    assert alike == one
    assert hash(alike) == hash(one)
    assert rules.answer(one, records) is rules.answer(alike, records)
    stricter = alike.model_copy(update={"at_least": 50.0})
    assert stricter != alike
    assert rules.answer(stricter, records)[0] == 0
    assert rules.answer(alike, records)[0] == 1
