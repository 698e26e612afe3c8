"""Rules on records: three answers, Kleene's logic, and knowledge that only ever narrows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sarcoma.errors import EvidenceError
from sarcoma.evidence import Condition, Rule, library, staging_tables
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
        ({"field": "size_cm", "at_least": 5}, {"size": 5}, 1),
        ({"field": "size_cm", "above": 5}, {"size": 5}, 0),
        ({"field": "size_cm", "above": 5}, {"size": 5.1}, 1),
        ({"field": "size_cm", "at_most": 5}, {"size": 5}, 1),
        ({"field": "size_cm", "at_most": 5}, {"size": 5.1}, 0),
        ({"field": "size_cm", "below": 5}, {"size": 5}, 0),
        ({"field": "size_cm", "below": 5}, {"size": 4.9}, 1),
        ({"field": "size_cm", "at_least": 2, "below": 5}, {"size": 1}, 0),
        ({"field": "size_cm", "at_least": 5, "above": 2}, {"size": 3}, 0),
        ({"field": "size_cm", "at_least": 2, "below": 5}, {"size": 6}, 0),
        ({"field": "size_cm", "at_least": 2, "at_most": 5, "below": 9}, {"size": 6}, 0),
        ({"field": "size_cm", "above": 5, "at_most": 10}, {"size": 11}, 0),
        ({"field": "size_cm", "above": 5, "at_most": 10}, {}, -1),
        ({"field": "grade", "not_in": ["1"]}, {"grade": 3}, 1),
        ({"field": "grade", "not_in": ["1"]}, {"grade": 1}, 0),
        ({"field": "grade", "not_in": ["1"]}, {}, -1),
        ({"field": "grade", "not_in": ["X"]}, {}, 1),
        ({"field": "grade", "not_in": ["1", "2", "3"]}, {}, 0),
        ({"field": "metastasis_organs", "not_in": ["bone"]}, {"metastases": "lung@3; liver@4"}, 1),
        ({"field": "metastasis_organs", "not_in": ["bone"]}, {"metastases": "lung@3; bone@4"}, 0),
        ({"field": "metastasis_organs", "not_in": ["bone"]}, {"metastases": "unknown"}, -1),
        ({"field": "metastasis_organs", "not_in": ["bone"]}, {"metastases": "none"}, 1),
        ({"field": "metastasis_organs", "in": ["bone"]}, {"metastases": "none"}, 0),
        ({"field": "extent", "in": ["confined"]}, {}, -1),
        ({"field": "extent", "in": ["confined"]}, {"extent": "serosa", "site": "abdominal-viscera"}, 0),
    ],
)
def test_a_condition_holds_fails_or_cannot_be_told(
    condition: dict[str, object], record: dict[str, object], expected: int
) -> None:
    assert answer([condition], **record) == expected
    asked = Condition.model_validate(condition)
    one = Records((Patient(**record),))
    assert rules.answer_one((asked,), one) == expected
    assert int(rules.answer(asked, one)[0]) == expected
    # of several people at once, and as one side of a choice
    either = Condition.model_validate({"any_of": [[condition]]})
    both = Records((Patient(), Patient(**record), Patient()))
    for found in (rules.answer(asked, both), rules.answer(either, both), rules.answer_all((asked, either), both)):
        assert found.dtype == np.int8
        assert found.shape == (3,)
        assert found[1] == expected
        assert found[0] == found[2] == rules.answer_one((asked,), Records((Patient(),)))


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


HOLDS, FAILS, UNKNOWN = 1, 0, -1
ADULT, BIG, HIGH = (
    {"field": "age", "at_least": 18},
    {"field": "size_cm", "above": 5},
    {"field": "grade", "in": ["3"]},
)
AGES: dict[int, dict[str, object]] = {HOLDS: {"age": 50}, FAILS: {"age": 10}, UNKNOWN: {}}
SIZES: dict[int, dict[str, object]] = {HOLDS: {"size": 9}, FAILS: {"size": 3}, UNKNOWN: {}}
GRADES: dict[int, dict[str, object]] = {HOLDS: {"grade": "3"}, FAILS: {"grade": "1"}, UNKNOWN: {}}
# Kleene's tables, written out: an "and" fails if one part fails, else is unknown if one part is; an "or" holds if
# one part holds, else is unknown if one part is
THREE = [(a, b, c) for a in AGES for b in SIZES for c in GRADES]


def kleene(answers: tuple[int, ...], one_is_enough: int, otherwise: int) -> int:
    return one_is_enough if one_is_enough in answers else UNKNOWN if UNKNOWN in answers else otherwise


@pytest.mark.parametrize("answers", THREE)
def test_and_and_or_of_three_parts_follow_kleene_for_one_and_for_many(answers: tuple[int, int, int]) -> None:
    person = Patient(**AGES[answers[0]], **SIZES[answers[1]], **GRADES[answers[2]])
    every = [Condition.model_validate(c) for c in (ADULT, BIG, HIGH)]
    some = [Condition.model_validate({"any_of": [[ADULT], [BIG], [HIGH]]})]
    mixed = [Condition.model_validate({"any_of": [[ADULT, BIG], [HIGH]]})]
    of_two = kleene(answers[:2], FAILS, HOLDS)
    expected = (
        kleene(answers, FAILS, HOLDS),
        kleene(answers, HOLDS, FAILS),
        kleene((of_two, answers[2]), HOLDS, FAILS),
    )
    for records, place in ((Records((person,)), 0), (Records((Patient(), person)), 1)):
        assert tuple(int(rules.answer_all(rule, records)[place]) for rule in (every, some, mixed)) == expected
    assert tuple(rules.answer_one(rule, Records((person,))) for rule in (every, some, mixed)) == expected


def test_an_empty_rule_holds_for_everyone() -> None:
    found = rules.answer_all((), Records((Patient(), Patient(age=3))))
    assert (found.tolist(), found.dtype) == ([1, 1], np.int8)
    assert rules.answer_one((), Records((Patient(),))) == 1


@pytest.mark.parametrize(("n", "remembered"), [(1000, True), (1001, False)])
def test_answers_of_a_thousand_are_remembered_and_of_more_given_anew(n: int, remembered: bool) -> None:
    records = Records.of_columns({"age": [10, 50] * (n // 2) + [50] * (n % 2)}, n)
    adult = Condition.model_validate(ADULT)
    found = rules.answer(adult, records)
    assert found[:4].tolist() == [0, 1, 0, 1]
    assert (found.shape, found.dtype) == ((n,), np.int8)
    assert (rules.answer(adult, records) is found) == remembered


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


STAGES = "IA IB II IIIA IIIB IV none"


@pytest.mark.parametrize(
    ("field", "codes"),
    [
        ("behaviour", "benign intermediate malignant"),
        ("resection", "complete incomplete"),
        ("stage", STAGES),
        ("stage_as_assigned", STAGES),
        ("t", "T1 T2 T2a T2b T3 T4 T4a T4b T4c none"),
        ("n", "N0 N1 none"),
        ("n_as_assigned", "N0 N1 none"),
        ("m", "M0 M1 none"),
        *((name, "yes no") for name in ("extremity", "metastatic", "metastatic_at_diagnosis", "recurred")),
        ("node_involved", "yes no"),
        ("depth", "superficial deep"),
        ("age", ""),
        ("size_cm", ""),
        ("disease_free_interval", ""),
    ],
)
def test_a_rule_may_name_the_codes_of_its_field_and_no_others(field: str, codes: str) -> None:
    assert rules.allowed_values(field) == (frozenset(codes.split()) or None)
    if codes:
        named = Condition.model_validate({"field": field, "in": codes.split()})
        rules.check_rule([named])
        other = Condition.model_validate({"field": field, "not_in": ["no such code"]})
        with pytest.raises(EvidenceError, match="no such code"):
            rules.check_rule([named, other])
    else:
        rules.check_rule([Condition.model_validate({"field": field, "above": 1})])


def test_a_rule_may_name_what_the_library_holds() -> None:
    known = library()
    for name, grouping in known.groupings.items():
        named = {group.id for group in grouping.groups} | {"none"} | ({grouping.other} if grouping.other else set())
        assert rules.allowed_values("histologic_type", name) == named
        rules.check_rule(
            [Condition.model_validate({"field": "histologic_type", "grouping": name, "in": sorted(named)})]
        )
    assert any(grouping.other is None for grouping in known.groupings.values())
    assert rules.allowed_values("histologic_type") == set(known.types)
    places = {p.id for p in known.primary_sites.values() if not p.out_of_scope}
    assert rules.allowed_values("site") == places < set(known.primary_sites)
    assert {"lung", "liver", "bone", "brain"} < set(rules.allowed_values("metastasis_organs") or ())
    assert rules.allowed_values("metastasis_organs") == rules.allowed_values("organs_at_diagnosis")
    assert rules.allowed_values("chapter") == set(staging_tables().chapter_ids)
    treatments = {t.id for t in known.treatments.values()} | {t.kind for t in known.treatments.values()}
    assert rules.allowed_values("treatments_received") == treatments
    for field, grouping in (("site", "family"), ("histologic_type", "no-such")):
        with pytest.raises(EvidenceError):
            rules.allowed_values(field, grouping)


@pytest.mark.words
def test_a_rule_that_is_refused_is_told_why() -> None:
    def refused(*conditions: dict[str, object]) -> str:
        with pytest.raises(EvidenceError) as said:
            rules.check_rule([Condition.model_validate(c) for c in conditions])
        return str(said.value)

    assert refused({"field": "grade", "at_least": 2}) == "a rule on grade: this is a coded field"
    assert refused({"field": "age", "in": ["18"]}) == "a rule on age: this is a number"
    either = {"any_of": [[{"field": "age", "at_least": 1}]]}
    assert refused(either, {"field": "grade", "in": ["9", "1", "8"]}).endswith("on grade names unknown codes: 8, 9")
