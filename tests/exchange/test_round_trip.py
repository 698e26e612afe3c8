"""A record written as a Bundle reads back as the same record: every field that FHIR can carry is kept."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarcoma.errors import RecordError
from sarcoma.evidence import library
from sarcoma.exchange import ELEMENTS, read_bundle, record_bundle
from sarcoma.exchange.elements import elements_table
from sarcoma.patient import ORGANS, FieldSpec, Patient, field_specs

TYPES = sorted(t.id for t in library().types.values() if not t.out_of_scope)
SITES = sorted(s.id for s in library().primary_sites.values() if not s.out_of_scope)
MONTHS = st.integers(0, 7200).map(lambda tenths: tenths / 10) | st.integers(0, 9000).map(
    lambda d: round(d / 30.4375, 3)
)


def values(name: str, spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Values of a field, as people may write them."""
    if name == "age":
        return st.integers(0, 12000).map(lambda hundredths: hundredths / 100)
    if name == "metastases":
        one = st.fixed_dictionaries({"organ": st.sampled_from(sorted(ORGANS)), "months": st.none() | MONTHS})
        return st.lists(one, max_size=3).map(tuple) | st.just("unknown")
    if name == "diagnosis_date":
        return st.dates(datetime.date(1980, 1, 1), datetime.date(2026, 1, 1))
    if spec.time:
        return MONTHS
    if spec.kind == "number":
        low, high = spec.low or 0.0, spec.high or 100.0
        return st.integers(int(low * 10) + 1, int(high * 10)).map(lambda tenths: tenths / 10)
    if spec.kind == "whole":
        return st.integers(int(spec.low or 0), int(spec.high or 9))
    if spec.kind == "yes-no":
        return st.booleans() | (st.just("unknown") if name == "local_recurrence" else st.nothing())
    if spec.kind == "type":
        return st.sampled_from(TYPES)
    if spec.kind == "site":
        return st.sampled_from(SITES)
    if spec.kind == "topography":
        return st.sampled_from(["C49.2", "C49.1", "C48.0", "C54.1", "C49.9"])
    codes = st.sampled_from(sorted(spec.code_list()))
    if spec.kind == "members":
        return st.lists(codes, max_size=3, unique=True).map(tuple)
    return codes | (st.just("unknown") if name == "presentation" else st.nothing())


FIELDS = {name: values(name, spec) for name, spec in field_specs().items() if not ELEMENTS[name].impossible}


@st.composite
def records(draw: st.DrawFn) -> Patient:
    """Possible records: what contradicts the rest is left out."""
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=16, unique=True))
    given: dict[str, Any] = {}
    for name in chosen:
        more = {**given, name: draw(FIELDS[name])}
        try:
            Patient(**more)
        except RecordError:
            continue
        given = more
    return Patient(**given)


def assert_kept(patient: Patient) -> None:
    raw = json.dumps(record_bundle(patient)).encode()
    reading = read_bundle(raw)
    back = reading.patient
    for name in field_specs():
        if not ELEMENTS[name].impossible:
            assert getattr(back, name) == getattr(patient, name), name
    assert back.assumed == patient.assumed
    assert reading.unread == ()
    assert not reading.conflicts


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_every_field_that_fhir_can_carry_is_kept(patient: Patient) -> None:
    assert_kept(patient)


def test_each_field_alone_is_kept() -> None:
    needed = {
        "surgery_months": {"surgery": "resected"},
        "margin": {"surgery": "resected"},
        "local_recurrence_months": {"local_recurrence": True},
        "metastasectomy": {"metastases": "lung@3"},
    }
    for name, spec in field_specs().items():
        if ELEMENTS[name].impossible:
            continue
        codes = sorted(spec.code_list()) or [spec.example]
        for value in codes if spec.kind in ("code", "yes-no") else [spec.example]:
            assert_kept(Patient(**{**needed.get(name, {}), name: value}))


def test_every_field_is_in_the_table_and_every_entry_is_a_field() -> None:
    assert list(ELEMENTS) == list(field_specs())
    for element in ELEMENTS.values():
        assert bool(element.impossible) != bool(element.reads and element.written)


def test_dates_are_written_where_a_date_of_diagnosis_is_known() -> None:
    patient = Patient(age=62, diagnosis_date="2024-03-05", metastases="lung@2024-08-05", surgery="resected")
    text = json.dumps(record_bundle(patient))
    assert '"2024-08-05"' in text
    assert '"birthDate": "1962-03-05"' in text
    assert "months-since" not in text


@pytest.mark.words
def test_the_page_has_the_table_of_elements_as_it_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "fhir.md"
    assert elements_table() in page.read_text("utf-8"), "run: python scripts/elements.py"
