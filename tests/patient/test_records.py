"""Records from columns mean what records from rows mean, and what is not known costs nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_cases import COLUMNS, same

from sarcoma.errors import RecordError
from sarcoma.patient import DERIVED, Metastasis, Numeric, Patient, Records, field_specs
from sarcoma.patient.derived import DERIVATIONS
from sarcoma.patient.metastasis import metastases_of_text, metastases_text

# values that may stand together, so that most drawn records are possible
VALUES: dict[str, list[Any]] = {
    "age": [15, 62],
    "sex": ["female", "male"],
    "histologic_type": ["leiomyosarcoma", "myxofibrosarcoma", "adenosarcoma"],
    "site": ["lower-limb", "retroperitoneum", "uterus", "head-and-neck"],
    "topography": ["C49.2", "C48.0"],
    "size_cm": [3, 7, 22],
    "depth": ["deep", "superficial"],
    "grade": ["1", "3", "X"],
    "differentiation": [1, 3],
    "mitoses_per_10_hpf": [2, 25],
    "necrosis": ["none", "half-or-more"],
    "foci": [1, 3],
    "multifocal": [True, False],
    "nodes": ["negative", "positive", "not-assessed"],
    "presentation": ["primary", "recurrent"],
    "surgery": ["resected", "none"],
    "surgery_months": [0, 1],
    "margin": ["R0", "R2", "RX"],
    "treatments": [("doxorubicin",), ()],
    "metastases": ["none", "lung@14", "lung", "peritoneum@0", "liver@6; bone@9"],
    "local_recurrence": [True, False],
    "local_recurrence_months": [18],
    "landmark_months": [24, 30],
    "ntrk_fusion": [True, False],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[Patient]]:
    """Some people of whom the same fields are stated, each known or not."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=9))
    people = []
    for _ in range(draw(st.integers(1, 4))):
        record = {name: draw(st.sampled_from([*VALUES[name], None])) for name in names}
        try:
            people.append(Patient(**record))
        except RecordError:
            continue
    return names, people


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables())
def test_columns_mean_what_rows_mean(table: tuple[list[str], list[Patient]]) -> None:
    names, people = table
    rows = Records(people)
    columns = Records.of_columns({name: [getattr(p, name) for p in people] for name in names}, len(people))
    for name in COLUMNS:
        same(rows, columns, name)
    for name in field_specs():
        assert list(rows.values(name)) == list(columns.values(name)), name


def test_what_has_happened_is_nothing_where_no_column_says_otherwise() -> None:
    silent = Records.of_columns({"age": [62.0, 50.0]}, 2)
    for name in ("presentation", "metastases", "local_recurrence", "metastatic", "recurred", "metastasis_organs"):
        if name != "metastases":
            same(silent, Records([Patient(age=62), Patient(age=50)]), name)
    unknown = Records.of_columns({"metastases": None, "presentation": None, "local_recurrence": None}, 1)
    said = Patient(metastases="unknown", presentation="unknown", local_recurrence="unknown")
    for name in ("presentation", "local_recurrence", "metastatic", "recurred", "stage", "disease_free_interval"):
        same(unknown, Records([said]), name)


def test_a_time_of_recurrence_says_that_it_happened() -> None:
    columns = Records.of_columns({"local_recurrence_months": [18.0, None]}, 2)
    same(columns, Records([Patient(local_recurrence_months=18), Patient(local_recurrence_months=None)]), "recurred")
    assert list(columns.values("local_recurrence")) == [True, False]


@pytest.mark.parametrize("name", ["albumin", "margin", "rupture", "treatments", "histologic_type", "foci"])
def test_a_field_that_nobody_knows_takes_no_memory(name: str) -> None:
    column = Records.of_columns({}, 10**12).column(name)
    held = column.values if isinstance(column, Numeric) else column.codes
    assert held.shape == (10**12,)
    assert held.strides == (0,)
    same(Records.of_columns({}, 3), Records([Patient()] * 3), name)


@pytest.mark.parametrize("of_rows", [True, False])
def test_changed_records_keep_what_is_not_changed(of_rows: bool) -> None:
    people = [Patient(age=62, type="LMS", metastases="lung@3"), Patient(age=50, type="LMS", metastases="none")]
    values = {n: [getattr(p, n) for p in people] for n in ("age", "histologic_type", "metastases")}
    before = Records(people) if of_rows else Records.of_columns(values, 2)
    before.column("metastatic")
    after = before.changed({"age": [70.0, None], "metastases": None})
    same(after, Records([Patient(age=70, type="LMS", metastases=None), Patient(type="LMS", metastases=None)]), "age")
    assert after.coded("metastatic").known().tolist() == [False, False]
    assert before.coded("metastatic").known().tolist() == [True, True]
    same(after, before, "histologic_type")


@pytest.mark.parametrize("text", ["none", "lung@14", "lung", "lung@14; liver@20.5; unknown"])
def test_metastases_are_written_and_read_in_one_spelling(text: str) -> None:
    found = metastases_of_text(text)
    assert found == Patient(metastases=text).metastases
    assert metastases_text(found or ()) == text
    assert metastases_of_text(None) is None
    assert all(isinstance(m, Metastasis) for m in found or ())


def test_every_derived_variable_is_described() -> None:
    assert set(DERIVED) <= set(DERIVATIONS)
