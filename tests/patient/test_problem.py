"""Problems are data: who has to decide reads a kind, and the sentence is made from it in one place."""

from __future__ import annotations

import pickle
from typing import Any, get_args

import pytest

from sarcoma._problem import SENTENCES
from sarcoma.errors import CELL_KINDS, Limits, Problem, ProblemKind, RecordError, TypeLookupError, UnreadableError
from sarcoma.patient import Patient
from sarcoma.patient.mapping import TableMap, own_columns, read_row


def problems(record: dict[str, Any]) -> list[Problem]:
    with pytest.raises(RecordError) as caught:
        Patient(**record)
    return caught.value.problems


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"colour": "red"}, "unknown-field"),
        ({"size": 7, "size_cm": 7}, "duplicate"),
        ({"age": "old"}, "not-a-number"),
        ({"age": "1,234"}, "not-a-number"),
        ({"age": True}, "not-a-number"),
        ({"foci": 1.5}, "not-whole"),
        ({"age": 300}, "out-of-range"),
        ({"grade": "7"}, "unknown-code"),
        ({"multifocal": "perhaps"}, "unknown-code"),
        ({"site": "moon"}, "unknown-code"),
        ({"topography": "C99"}, "unknown-code"),
        ({"type": "no such thing"}, "unknown-code"),
        ({"type": "9136/1"}, "ambiguous"),
        ({"type": "GIST"}, "out-of-scope"),
        ({"site": "bone"}, "out-of-scope"),
        ({"type": 3}, "unreadable"),
        ({"metastases": [3]}, "unreadable"),
        ({"diagnosis_date": "31/12/2020"}, "not-a-date"),
        ({"surgery_months": "2024-02-01"}, "date-without-diagnosis"),
        ({"invasion": "x" * 5000}, "too-long"),
        ({"margin": "R0", "surgery": "none"}, "contradiction"),
    ],
)
def test_every_problem_says_its_kind(record: dict[str, Any], kind: ProblemKind) -> None:
    (problem,) = problems(record)
    assert problem.kind == kind
    assert problem.text


@pytest.mark.words
def test_a_number_out_of_range_carries_its_limits() -> None:
    (problem,) = problems({"size": 0})
    assert problem.limits == Limits(0, 100, above_low=True, unit="cm")
    assert problem.text == "out of range: above 0 to 100 cm"


@pytest.mark.words
def test_an_entry_of_a_list_is_named_by_its_number() -> None:
    (problem,) = problems({"metastases": ["lung@14", "liver@-3"]})
    assert (problem.entry, problem.kind) == (2, "out-of-range")
    assert problem.text == "entry 2: out of range: 0 to 720 months"


def test_every_sentence_has_a_kind_and_every_kind_a_sentence() -> None:
    assert {key.partition("/")[0] for key in SENTENCES} | {"out-of-scope"} == set(get_args(ProblemKind))
    assert set(get_args(ProblemKind)) > CELL_KINDS


@pytest.mark.words
def test_sentences_can_be_told_in_another_language_without_losing_their_data() -> None:
    (problem,) = problems({"grade": "7"})
    assert problem.sentence(lambda s: f"⟦{s}⟧") == "⟦not a known code: one of 1, 2, 3, X⟧"


def test_problems_reach_another_process_whole() -> None:
    for error in (
        RecordError(problems({"age": "old", "metastases": ["lung@-1"]})),
        TypeLookupError(Problem("histologic_type", "ambiguous", names=("a", "b")), ("a", "b")),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error)
        assert again.__dict__ == error.__dict__
    assert issubclass(TypeLookupError, UnreadableError)


@pytest.mark.parametrize(
    ("field", "cell", "kind"),
    [
        ("diagnosis_date", "31/12/2020", "not-a-date"),
        ("topography", "thigh", "unknown-code"),
        ("surgery_months", "2020-12-31", "date-without-diagnosis"),
        ("metastases", "lung@soon", "not-a-number"),
        ("grade", "high", "unknown-code"),
        ("age", "999", "out-of-range"),
    ],
)
def test_a_cell_that_cannot_be_read_is_unknown_and_refuses_nobody(field: str, cell: str, kind: ProblemKind) -> None:
    patient, found = read_row(own_columns(["sex", field]), {"sex": "female", field: cell})
    assert patient is not None
    assert patient.sex == "female"
    assert getattr(patient, field) is None
    assert not patient.knows(field)
    assert [(p.field, p.kind) for p in found] == [(field, kind)]
    assert cell not in found[0].text


def test_an_unreadable_date_of_diagnosis_takes_only_the_dates_with_it() -> None:
    columns = ["age", "diagnosis_date", "surgery", "surgery_months"]
    row = {"age": "62", "diagnosis_date": "31/12/2020", "surgery": "resected", "surgery_months": "2021-02-01"}
    patient, found = read_row(own_columns(columns), row)
    assert patient is not None
    assert (patient.age, patient.surgery) == (62, "resected")
    assert {p.field for p in found} == {"diagnosis_date", "surgery_months"}


@pytest.mark.parametrize(
    "row", [{"site": "bone"}, {"site": "uterus", "sex": "male"}, {"type": "GIST", "age": "old"}, {"type": "8850/0"}]
)
def test_persons_out_of_scope_or_impossible_are_refused(row: dict[str, str]) -> None:
    patient, found = read_row(own_columns(list(row)), row)
    assert patient is None
    assert {"out-of-scope", "contradiction"} & {p.kind for p in found}


@pytest.mark.parametrize(
    ("code", "type_id"), [("9136/1", None), ("9540/3", "malignant-peripheral-nerve-sheath-tumour")]
)
def test_a_code_of_several_types_refuses_no_sarcoma_and_is_named(code: str, type_id: str | None) -> None:
    row = {"type": code, "age": "62"}
    patient, found = read_row(own_columns(list(row)), row)
    assert patient is not None
    assert (patient.age, patient.histologic_type) == (62, type_id)
    assert [(p.field, p.kind) for p in found] == [("histologic_type", "ambiguous")]


def test_a_cell_of_several_values_is_a_problem_of_the_cell() -> None:
    table = TableMap.model_validate({"name": "x", "fields": {"size_cm": {"column": "size", "separator": "|"}}})
    patient, found = read_row(table, {"size": "3|4"})
    assert patient is not None
    assert [(p.field, p.kind) for p in found] == [("size_cm", "several-values")]
