"""The Patient record: what it accepts, what it refuses, and that it never tells on a person."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarcoma.errors import RecordError
from sarcoma.patient import Patient, field_specs
from sarcoma.patient.template import csv_template, json_schema, markdown_page

SPECS = field_specs()


def problems_of(**fields: object) -> dict[str, str]:
    with pytest.raises(RecordError) as caught:
        Patient(**fields)
    return {p.field: p.text for p in caught.value.problems}


@pytest.mark.words
def test_every_field_has_label_help_example_and_group() -> None:
    for name, spec in SPECS.items():
        assert spec.label, name
        assert spec.help.endswith((".", "?")), name
        assert spec.example, name
        assert spec.group in ("person", "tumour", "treatment", "course", "markers")
        if spec.kind in ("number", "whole"):
            assert spec.low is not None, name
            assert spec.high is not None, name
        if spec.kind == "code":
            assert spec.code_list(), name


def test_every_example_is_accepted_by_its_own_field() -> None:
    for name, spec in SPECS.items():
        if name in ("metastasectomy", "local_recurrence_months"):
            continue
        Patient(**{name: spec.example})
    Patient(metastasectomy="done", metastases="lung@14")
    Patient(local_recurrence_months=SPECS["local_recurrence_months"].example)


def test_unknown_is_a_value_of_every_field() -> None:
    for name in SPECS:
        patient = Patient(**{name: "unknown"})
        assert getattr(patient, name) is None
        assert name in patient.model_fields_set
        assert not patient.knows(name)


def test_nothing_has_happened_unless_it_is_said() -> None:
    patient = Patient(age=50)
    assert patient.metastases == ()
    assert patient.local_recurrence is False
    assert patient.presentation == "primary"
    assert set(patient.assumed) == {"metastases", "local_recurrence", "presentation"}
    assert Patient(metastases="unknown").metastases is None
    assert Patient(metastases=["unknown"]).metastases is None


def test_names_of_options_and_of_fields_both_work() -> None:
    assert Patient(size=7, type="LMS") == Patient(size_cm="7", histologic_type="leiomyosarcoma")


@pytest.mark.parametrize(
    ("written", "organs"),
    [
        ("lung@14", [("lung", 14.0)]),
        ("lung@14; liver@20.5", [("lung", 14.0), ("liver", 20.5)]),
        (["lung@14", "bone"], [("lung", 14.0), ("bone", None)]),
        ([{"organ": "lung", "months": 0}], [("lung", 0.0)]),
        ("none", []),
        (["none"], []),
        ("unknown@5", [("unknown", 5.0)]),
        ([], []),
    ],
)
def test_metastases_may_be_written_in_several_ways(written: object, organs: list[tuple[str, float | None]]) -> None:
    found = Patient(metastases=written).metastases
    assert [(m.organ, m.months) for m in found or ()] == organs


@pytest.mark.words
def test_times_may_be_dates_if_the_date_of_diagnosis_is_given() -> None:
    patient = Patient(
        diagnosis_date="2024-01-01", surgery="resected", surgery_months="2024-02-01", metastases="lung@2025-01-01"
    )
    assert patient.surgery_months == pytest.approx(31 / 30.4375, abs=1e-3)
    assert patient.metastases is not None
    assert patient.metastases[0].months == pytest.approx(366 / 30.4375, abs=1e-3)
    assert "date of diagnosis" in problems_of(surgery_months="2024-02-01")["surgery_months"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"metastases": "lung@-3"}, "metastases"),
        ({"diagnosis_date": "2024-05-01", "metastases": "lung@2024-01-01"}, "metastases"),
        ({"margin": "R0", "surgery": "none"}, "margin"),
        ({"margin": "R1", "surgery": "planned"}, "margin"),
        ({"grade": 1, "differentiation": 3, "mitoses": 25, "necrosis": "half-or-more"}, "grade"),
        ({"grade": 3, "differentiation": 1, "mitoses": 2}, "grade"),
        ({"grade": "X", "differentiation": 3, "mitoses": 25, "necrosis": "none"}, "grade"),
        ({"landmark": 6, "metastases": "lung@14"}, "metastases"),
        ({"landmark": 6, "local_recurrence_months": 8}, "local_recurrence_months"),
        ({"landmark": 1, "surgery": "resected", "surgery_months": 2}, "surgery_months"),
        ({"topography": "C49.1", "site": "lower limb"}, "topography"),
        ({"site": "uterus", "sex": "male"}, "site"),
        ({"site": "retroperitoneum", "depth": "superficial"}, "depth"),
        ({"multifocal": "no", "foci": 3}, "foci"),
        ({"multifocal": "yes", "foci": 1}, "foci"),
        ({"metastasectomy": "done"}, "metastasectomy"),
        ({"local_recurrence": "no", "local_recurrence_months": 5}, "local_recurrence_months"),
        ({"presentation": "recurrent", "local_recurrence": "no"}, "local_recurrence"),
        ({"invasion": "orbit", "site": "lower limb"}, "invasion"),
        ({"invasion": "adnexa", "site": "head-and-neck"}, "invasion"),
        ({"radiotherapy": "after-surgery", "surgery": "none"}, "radiotherapy"),
        ({"limb_sparing": "yes", "site": "retroperitoneum"}, "limb_sparing"),
        ({"site": "bone"}, "site"),
        ({"topography": "C40.1"}, "topography"),
        ({"myometrial_invasion": "none", "site": "lower limb"}, "myometrial_invasion"),
        *(({"extent": "serosa", "site": site}, "extent") for site in ("lower limb", "trunk", "breast", "skin")),
        ({"extent": "serosa", "topography": "C49.2"}, "extent"),
    ],
)
def test_impossible_combinations_say_what_to_change(fields: dict[str, object], field: str) -> None:
    found = problems_of(**fields)
    assert field in found
    assert len(found[field]) > 15


@pytest.mark.parametrize("place", [{"site": "uterus"}, {"site": "thoracic-viscera"}, {"topography": "C16"}, {}])
def test_extent_is_taken_wherever_an_organ_may_be_meant(place: dict[str, str]) -> None:
    assert Patient(extent="serosa", **place).extent == "serosa"


def test_all_problems_are_reported_at_once() -> None:
    assert set(problems_of(age="old", size=-1, grade=7)) == {"age", "size_cm", "grade"}


def test_an_unknown_field_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RecordError) as caught:
        Patient(histological_type="x")
    assert "histologic_type" in str(caught.value)


def test_repr_and_errors_carry_no_value() -> None:
    patient = Patient(age=61.25, type="LMS")
    assert "61" not in repr(patient)
    assert "61" not in str(patient)
    assert "leiomyo" not in repr(patient)
    with pytest.raises(RecordError) as caught:
        Patient(age="4711secret")
    assert "4711" not in str(caught.value)
    assert "4711" not in repr(caught.value)
    with pytest.raises(RecordError) as caught:
        Patient.model_validate({"size_cm": "4711secret"})
    assert "4711" not in str(caught.value)


def test_not_a_number_is_an_error_and_not_an_unknown() -> None:
    assert "age" in problems_of(age=float("nan"))
    assert "age" in problems_of(age="nan")
    assert "size_cm" in problems_of(size=float("inf"))


def test_the_schema_is_valid_and_accepts_what_the_record_accepts() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate({"age": 62, "grade": "3", "metastases": [{"organ": "lung", "months": 14}], "nodes": None})
    assert list(validator.iter_errors({"age": 300}))
    assert list(validator.iter_errors({"grade": "5"}))
    for name, spec in SPECS.items():
        described = schema["properties"][name]
        assert described["title"] == spec.label
        assert described["description"] == spec.help
    json.dumps(schema)


def test_the_template_can_be_read_back() -> None:
    import csv
    import io

    (row,) = list(csv.DictReader(io.StringIO(csv_template())))
    row.pop("id")
    assert Patient(**row).age == 62


@pytest.mark.words
def test_the_documentation_page_is_the_one_that_the_schema_gives() -> None:
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs" / "record.md"
    assert page.read_text(encoding="utf-8") == markdown_page(), "run: sarcoma schema --markdown > docs/record.md"


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=60),
    st.text(alphabet="0123456789.,-+eE ", max_size=12),
    st.sampled_from(
        ["=cmd|' /C calc'!A0", "<script>", "\x00", "'; DROP TABLE", "${jndi}", "🦀" * 50, "9" * 5000, "١٢", "١٢.٥"]
    ),
    st.binary(max_size=20),
    st.lists(st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.dates(),
    st.complex_numbers(),
)


@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(SPECS)), value=JUNK)
def test_every_field_takes_junk_without_anything_but_a_clear_error(name: str, value: object) -> None:
    try:
        patient = Patient(**{name: value})
    except RecordError as error:
        assert {p.field for p in error.problems} <= set(SPECS)
        assert name in {p.field for p in error.problems}
        assert len(str(error)) < 2000
        if isinstance(value, str) and len(value) > 6 and not any(value in str(s) for s in SPECS.values()):
            assert value not in str(error)
    else:
        held = getattr(patient, name)
        assert held is None or held == held  # never a silent NaN


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(sorted(SPECS)), JUNK, max_size=8))
def test_whole_records_of_junk_raise_record_errors_only(record: dict[str, object]) -> None:
    try:
        Patient(**record)
    except RecordError as error:
        assert error.problems


@settings(max_examples=200)
@given(st.dictionaries(st.text(max_size=20), JUNK, max_size=4))
def test_unknown_field_names_raise_record_errors_only(record: dict[str, object]) -> None:
    try:
        Patient.model_validate(record)
    except RecordError as error:
        assert error.problems


@pytest.mark.parametrize("word", ["pelvis", "Pelvic"])
def test_a_place_that_may_be_several_is_asked_about(word: str) -> None:
    with pytest.raises(RecordError) as error:
        Patient(site=word)
    (problem,) = error.value.problems
    assert (problem.field, problem.kind, problem.rule) == ("site", "ambiguous", "place")
    assert len(problem.names) == 4
    for name in problem.names[:3]:
        assert Patient(site=name).site


@pytest.mark.parametrize("said", ["stage 4", "Stage IV", "stage-4", "Stadium 4", "estadio 4", "estadio IV"])
def test_stage_four_is_understood_and_told_what_to_enter(said: str) -> None:
    with pytest.raises(RecordError) as error:
        Patient(metastases=said)
    (problem,) = error.value.problems
    assert (problem.field, problem.rule) == ("metastases", "stage-four")
    (at_diagnosis,) = Patient(metastases="unknown@0").metastases or ()
    assert (at_diagnosis.organ, at_diagnosis.months) == ("unknown", 0)


def test_a_stage_is_no_field_and_what_to_enter_is_said() -> None:
    with pytest.raises(RecordError) as error:
        Patient(stage=4)
    (problem,) = error.value.problems
    assert (problem.kind, problem.rule) == ("unknown-field", "stage")


@pytest.mark.parametrize(
    ("field", "word", "code"),
    [
        ("site_detail", "tongue", "head-neck-other"),
        ("site_detail", "spermatic cord", "spermatic-cord"),
        ("site_detail", "inferior vena cava", "vena-cava"),
        ("site_detail", "vulva", "vulva"),
        ("site_detail", "vagina", "vagina"),
        ("site_detail", "uterine cervix", "cervix"),
    ],
)
def test_words_for_an_exact_place_are_understood(field: str, word: str, code: str) -> None:
    assert getattr(Patient(**{field: word}), field) == code


def test_bone_marrow_is_counted_with_bone_as_the_series_do() -> None:
    (found,) = Patient(metastases="bone marrow@0").metastases or ()
    assert found.organ == "bone"


def test_a_field_that_is_none_is_named_with_the_nearest() -> None:
    with pytest.raises(RecordError) as refused:
        Patient(**{"tumor_size": 7, "geschlecht": "f", "Maria Muster 1960": "x"})
    named = {p.names: p.example for p in refused.value.problems}
    assert named == {("tumor_size",): "size_cm", ("geschlecht",): "age", (): "age"}
    assert "Maria" not in str(refused.value)
    assert "'7'" not in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        {"resourceType": "Patient", "gender": "female", "birthDate": "1960-01-01"},
        {"resourceType": "Bundle", "type": "collection", "entry": []},
    ],
)
def test_fhir_is_told_to_be_fhir_and_nothing_else_is_said_of_it(data: dict[str, object]) -> None:
    from sarcoma.outlook import outlook_of

    for door in (lambda: Patient(**data), lambda: outlook_of(data)):
        with pytest.raises(RecordError) as refused:
            door()
        (problem,) = refused.value.problems
        assert (problem.kind, problem.rule) == ("unknown-field", "fhir")
