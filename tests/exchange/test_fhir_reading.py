"""What a Bundle says becomes the record; what it leaves open is unknown, with the reason."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from made_up import (
    ABSENT,
    ATC,
    ICDO3,
    LOINC,
    MCODE,
    RXNORM,
    SNOMED,
    VERIFICATION,
    as_bytes,
    bundle,
    coded,
    condition,
    given,
    grade,
    measured,
    observation,
    person,
    procedure,
    size,
    spread,
)

from sarcoma.errors import BundleError
from sarcoma.exchange import Reading, read_bundle, reasons
from sarcoma.exchange.systems import OWN


def read(*resources: dict[str, Any], who: dict[str, Any] | None = None, **asked: Any) -> Reading:
    return read_bundle(as_bytes(bundle(*resources, who=who)), **asked)


def organs(reading: Reading) -> list[tuple[str, float | None]]:
    return [(one.organ, one.months) for one in reading.patient.metastases or ()]


# -- Person and dates


def test_age_is_that_at_the_onset_to_a_hundredth_of_a_year() -> None:
    reading = read(condition())
    assert reading.patient.age == 62.84
    assert reading.patient.sex == "female"
    assert str(reading.patient.diagnosis_date) == "2024-03-05"
    assert reading.origins["age"].path == "entry[0].resource.birthDate"


@pytest.mark.parametrize(
    ("born", "onset", "age", "why"),
    [
        ("1961", "2024-12-31", 63.0, None),  # whoever was born in 1961 has had a birthday in 2024
        ("1961", "2024", None, reasons.PRECISION),
        ("1961-05", "2024-03", 62.0, None),
        ("1961-03", "2024-03", None, reasons.PRECISION),
        (None, "2024-03-05", None, reasons.NO_BIRTH_DATE),
        ("1961-02-30", "2024-03-05", None, reasons.NO_BIRTH_DATE),
        ("0001-01-01", "2024-03-05", None, reasons.NO_BIRTH_DATE),
        ("2025-01-01", "2024-03-05", None, reasons.OUT_OF_RANGE),
        ("1961-05-02", None, None, reasons.NO_ONSET),
    ],
)
def test_partial_dates_give_an_age_where_they_decide_it(
    born: str | None, onset: str | None, age: float | None, why: str | None
) -> None:
    who = person(**({} if born is None else {"birthDate": born}))
    if born is None:
        del who["birthDate"]
    reading = read(condition(onsetDateTime=onset), who=who)
    assert reading.patient.age == age
    assert reading.unknown.get("age") == why


def test_a_date_of_diagnosis_needs_a_day() -> None:
    reading = read(condition(onsetDateTime="2024-03"))
    assert reading.patient.diagnosis_date is None
    assert reading.unknown["diagnosis_date"] == reasons.PRECISION
    assert read(condition(onsetDateTime="2024-02-30")).unknown["diagnosis_date"] == reasons.INVALID_DATE


def test_an_age_at_onset_is_read_where_no_date_is_given() -> None:
    reading = read(condition(onsetDateTime=None, onsetAge={"value": 62, "unit": "a", "code": "a"}))
    assert reading.patient.age == 62.0


def test_an_asserted_date_stands_in_for_an_onset() -> None:
    asserted = [
        {"url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate", "valueDateTime": "2024-03-05"}
    ]
    reading = read(condition(onsetDateTime=None, extension=asserted))
    assert str(reading.patient.diagnosis_date) == "2024-03-05"


@pytest.mark.parametrize(("gender", "birth", "sex", "where"), [
    ("other", None, None, "unknown"), ("other", "F", "female", ""), ("male", "F", None, "conflicts"), ("male", "M", "male", ""),
])  # fmt: skip
def test_sex(gender: str, birth: str | None, sex: str | None, where: str) -> None:
    url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
    extra = {} if birth is None else {"extension": [{"url": url, "valueCode": birth}]}
    reading = read(condition(), who=person(gender=gender, **extra))
    assert reading.patient.sex == sex
    assert not where or "sex" in getattr(reading, where)


# -- The primary condition and its histology


def test_histology_is_taken_in_the_order_of_trust_and_its_panel_counts() -> None:
    histology = observation("h", coded(LOINC, "31206-6"), valueCodeableConcept=coded(ICDO3, "8858/3"))
    panel = observation("panel", coded(LOINC, "77753-2"), hasMember=[{"reference": "Observation/h"}],
                        focus=[{"reference": "Condition/c"}])  # fmt: skip
    other = condition("hd", code=coded(SNOMED, "49601007"))
    primary = condition(code=coded(SNOMED, "424952003"))
    reading = read(primary, other, histology, panel)
    assert reading.patient.histologic_type == "dedifferentiated-liposarcoma"
    assert reading.origins["histologic_type"].path == "entry[3].resource.valueCodeableConcept"


def test_places_of_histology_that_disagree_leave_it_unknown() -> None:
    extension = [{"url": f"{MCODE}mcode-histology-morphology-behavior", "valueCodeableConcept": coded(ICDO3, "8858/3")}]
    reading = read(condition(extension=extension))
    assert reading.patient.histologic_type is None
    assert reading.conflicts["histologic_type"] == reasons.DISAGREE


@pytest.mark.parametrize("wrong", ["80463/3", "8890", "8890/33", "leiomyosarcoma", "Doe, Jane"])
def test_what_is_not_a_code_is_listed_not_mended_and_not_repeated(wrong: str) -> None:
    histology = observation("h", coded(LOINC, "31206-6"), valueCodeableConcept=coded(ICDO3, wrong))
    reading = read(condition(code=coded(SNOMED, "424952003")), histology)
    assert reading.patient.histologic_type is None
    assert [(one.system, one.code) for one in reading.unread] == [("ICDO3", None)]
    assert wrong not in repr(reading) + str(reading.as_json()["unread"])


def test_a_code_that_several_types_share_is_asked_about() -> None:
    reading = read(condition(code=coded(ICDO3, "8840/3")))
    assert reading.patient.histologic_type is None
    assert reading.unknown["histologic_type"] == reasons.AMBIGUOUS_TYPE


def test_a_code_that_stands_in_no_table_is_listed_and_its_parents_are_not_asked() -> None:
    reading = read(condition(), observation("x", coded(LOINC, "718-7"), valueInteger=3))
    assert [one.text for one in reading.unread] == ["entry[2].resource.code.coding[0]: LOINC:718-7"]


def test_free_text_in_the_place_of_a_code_is_not_repeated() -> None:
    reading = read(condition(), observation("x", {"text": "Jane Doe has a lump"}))
    assert reading.unread[0].code is None
    assert "Jane" not in reading.unread[0].text


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_refuted_condition_is_not_the_primary(status: str) -> None:
    refuted = condition("r", code=coded(ICDO3, "9120/3"), verificationStatus=coded(VERIFICATION, status))
    assert read(refuted, condition()).patient.histologic_type == "leiomyosarcoma"


def test_two_sarcomas_are_asked_about_by_their_ids_and_one_can_be_chosen() -> None:
    two = (condition("first"), condition("second", code=coded(ICDO3, "9120/3")))
    with pytest.raises(BundleError) as refused:
        read(*two)
    assert {"first", "second"} <= set(refused.value.problems[0].names)
    assert read(*two, condition="second").patient.histologic_type == "angiosarcoma"
    with pytest.raises(BundleError):
        read(*two, condition="third")


def test_what_is_no_soft_tissue_sarcoma_is_refused() -> None:
    with pytest.raises(BundleError) as refused:
        read(condition(code=coded(SNOMED, "254637007")))
    assert refused.value.problems[0].rule == "fhir-no-condition"
    with pytest.raises(BundleError) as refused:
        read(condition(code=coded(ICDO3, "8140/3")))
    assert refused.value.problems[0].kind == "out-of-scope"
    assert read(condition(code=coded(SNOMED, "254637007")), condition="c").patient.histologic_type is None


def test_topography_is_read_as_it_is_and_sites_by_the_table() -> None:
    assert read(condition(bodySite=[coded(ICDO3, "C49.2")])).patient.topography == "C49.2"
    assert read(condition(bodySite=[coded(SNOMED, "61685007")])).patient.site == "lower-limb"
    conflict = read(condition(bodySite=[coded(SNOMED, "61685007"), coded(SNOMED, "53120007")]))
    assert conflict.patient.site is None
    assert "site" in conflict.conflicts


def test_what_cannot_be_true_together_is_in_conflict() -> None:
    reading = read(condition(bodySite=[coded(SNOMED, "35039007")]), who=person(gender="male"))
    assert reading.patient.site is None
    assert reading.conflicts["site"] == reasons.CONTRADICTS


# -- Metastases


def test_no_secondary_condition_is_assumed_to_mean_none() -> None:
    reading = read(condition())
    assert reading.patient.metastases == ()
    assert "metastases" in reading.assumed


def test_the_organ_is_that_of_the_code_then_of_the_body_site_and_the_months_are_by_the_onsets() -> None:
    by_site = condition("m2", code=coded(SNOMED, "128462008"), bodySite=[coded(SNOMED, "10200004")])
    reading = read(condition(), spread(onsetDateTime="2025-03-05"), {**by_site, "onsetDateTime": "2024-03-05"})
    assert organs(reading) == [("lung", 11.992), ("liver", 0.0)]
    assert "metastases" not in reading.assumed


def test_a_metastasis_whose_month_cannot_be_decided_keeps_its_organ() -> None:
    reading = read(condition(), spread(onsetDateTime="2025"))
    assert organs(reading) == [("lung", None)]
    assert reading.unknown["metastases.months"] == reasons.PRECISION
    before = read(condition(), spread(onsetDateTime="2020-01-01"))
    assert before.unknown["metastases.months"] == reasons.BEFORE_DIAGNOSIS


def history(name: str = "n", code: str = "1287652008", **content: Any) -> dict[str, Any]:
    return observation(name, coded(SNOMED, code), **content)


def test_a_history_of_metastatic_cancer_that_is_false_means_none() -> None:
    reading = read(condition(), history(valueBoolean=False))
    assert reading.patient.metastases == ()
    assert "metastases" not in reading.assumed
    assert reading.origins["metastases"].path == "entry[2].resource.valueBoolean"


def test_a_history_of_metastatic_cancer_without_a_value_says_that_it_has_spread() -> None:
    assert organs(read(condition(), history(code="1098951000119108"))) == [("liver", None)]
    absent = read(condition(), history(dataAbsentReason=coded(ABSENT, "unknown")))
    assert absent.patient.metastases is None
    assert absent.unknown["metastases"] == reasons.ABSENT
    assert "metastases" not in absent.assumed


def category(code: str, of: str = "399387003", name: str = "t", **content: Any) -> dict[str, Any]:
    return observation(name, coded(SNOMED, of), valueCodeableConcept=coded(SNOMED, code), **content)


def test_m0_means_none_and_m1_some() -> None:
    assert read(condition(), category("1229901006")).patient.metastases == ()
    assert organs(read(condition(), category("1229903009"))) == [("unknown", 0.0)]
    assert organs(read(condition(), category("1229903009"), spread())) == [("lung", 0.0)]


def test_a_metastasis_after_m0_is_no_conflict_and_one_before_is() -> None:
    assert organs(read(condition(), category("1229901006"), spread(onsetDateTime="2025-03-05"))) == [("lung", 11.992)]
    reading = read(condition(), category("1229901006"), spread(onsetDateTime="2024-03-05"))
    assert reading.patient.metastases is None
    assert "metastases" in reading.conflicts
    assert "metastases" not in reading.assumed
    assert "metastases" in read(condition(), history(valueBoolean=False), category("1229903009")).conflicts


def test_a_suspected_metastasis_is_neither_one_nor_none() -> None:
    reading = read(condition(), spread(verificationStatus=coded(VERIFICATION, "provisional")))
    assert reading.patient.metastases is None
    assert reading.unknown["metastases"] == reasons.SUSPECTED


def test_a_metastasis_of_another_primary_is_not_read() -> None:
    related = [
        {"url": f"{MCODE}mcode-related-primary-cancer-condition", "valueReference": {"reference": "Condition/b"}}
    ]
    reading = read(condition(), condition("b", code=coded(SNOMED, "254837009")), spread(extension=related))
    assert reading.patient.metastases == ()
    assert "metastases" in reading.assumed


# -- The tumour


def test_size_is_the_longest_dimension_in_cm_or_mm() -> None:
    assert read(condition(), size("s", 72)).patient.size_cm == 7.2
    assert read(condition(), size("s", 7.2, "cm")).patient.size_cm == 7.2
    assert read(condition(), size("s", 3, "[in_i]")).unknown["size_cm"] == reasons.UNIT
    other = [{"code": coded(LOINC, "33729-5"), "valueQuantity": {"value": 9, "code": "cm"}}]
    assert read(condition(), observation("s", coded(LOINC, "21889-1"), component=other)).patient.size_cm is None


def test_of_several_sizes_the_last_before_the_operation_counts_else_the_specimens() -> None:
    sizes = (
        size("a", 50, effectiveDateTime="2024-03-06"),
        size("b", 62, effectiveDateTime="2024-04-20"),
        size("s", 70, effectiveDateTime="2024-05-03", specimen={"reference": "Specimen/s"}),
    )
    assert read(condition(), *sizes, procedure()).patient.size_cm == 6.2
    assert read(condition(), sizes[2], procedure()).patient.size_cm == 7.0
    unclear = read(condition(), size("a", 50, effectiveDateTime="2024"), size("b", 60), procedure())
    assert unclear.patient.size_cm is None
    assert unclear.conflicts["size_cm"] == reasons.OPERATION_UNKNOWN
    same_day = read(condition(), size("a", 50), size("b", 60))
    assert same_day.conflicts["size_cm"] == reasons.SAME_DAY


def test_a_size_that_names_neither_or_both_of_tumour_and_specimen_is_read_and_reported() -> None:
    neither = read(condition(), size("s", 70))
    both = read(
        condition(), size("s", 70, focus=[{"reference": "BodyStructure/b"}], specimen={"reference": "Specimen/s"})
    )
    one = read(condition(), size("s", 70, specimen={"reference": "Specimen/s"}))
    assert [len(reading.remarks) for reading in (neither, both, one)] == [1, 1, 0]
    assert {reading.patient.size_cm for reading in (neither, both, one)} == {7.0}


def test_a_grade_counts_only_where_its_method_says_fnclcc() -> None:
    assert read(condition(), grade(method={"text": "FNCLCC 1997"})).patient.grade == "3"
    plain = read(condition(), grade())
    assert plain.patient.grade is None
    assert plain.unknown["grade"] == reasons.NOT_FNCLCC
    who = read(condition(), grade(method=coded(SNOMED, "1149430001"),
                                  valueCodeableConcept=coded(SNOMED, "1286893008")))  # fmt: skip
    assert who.patient.grade is None
    assert who.unknown["grade"] == reasons.NOT_FNCLCC


def test_stage_is_kept_as_stated_compared_and_never_fed_back() -> None:
    group = category("1222769001", of="399537006", name="group")
    reading = read(condition(bodySite=[coded(SNOMED, "61685007")]), category("1228938002", of="399504009"),
                   category("1229967007", of="399534004", name="n"), group)  # fmt: skip
    assert {(one.part, one.said) for one in reading.stated} == {("T", "cT3"), ("N", "cN0"), ("group", "IIB")}
    assert reading.patient.nodes is None
    assert reading.patient.size_cm is None
    assert {one.part: one.differs for one in reading.stated}["group"] is True
    assert "IIB" not in repr(reading.stated)


def test_nodes_are_read_from_their_counts() -> None:
    positive, examined = coded(LOINC, "21893-3"), coded(LOINC, "21894-1")
    some = read(condition(), observation("a", positive, valueInteger=2))
    none = read(condition(), observation("a", positive, valueInteger=0), observation("b", examined, valueInteger=9))
    alone = read(condition(), observation("a", positive, valueInteger=0))
    assert (some.patient.nodes, none.patient.nodes, alone.patient.nodes) == ("positive", "negative", None)
    assert alone.unknown["nodes"] == reasons.ONLY_EXAMINED


# -- Health, blood, treatment


def test_performance_status_by_ecog_and_karnofsky() -> None:
    ecog = observation("e", coded(LOINC, "89247-1"), valueInteger=1)
    karnofsky = observation("k", coded(LOINC, "89243-0"), valueInteger=80)
    unclear = observation("k", coded(LOINC, "89243-0"), valueInteger=90)
    answer = observation("e", coded(LOINC, "89247-1"), valueCodeableConcept=coded(LOINC, "LA9624-3"))
    assert read(condition(), karnofsky, {**ecog, "valueInteger": 0}).patient.performance_status == 0
    assert read(condition(), karnofsky).patient.performance_status == 1
    assert read(condition(), answer).patient.performance_status == 2
    assert read(condition(), unclear).unknown["performance_status"] == reasons.KARNOFSKY
    assert read(condition(), {**ecog, "valueInteger": 5}).unknown["performance_status"] == reasons.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("code", "value", "unit", "field", "expected"),
    [
        ("1751-7", 4.1, "g/dL", "albumin", 41.0),
        ("1751-7", 41, "g/L", "albumin", 41.0),
        ("2951-2", 139, "mmol/L", "sodium", 139.0),
        ("731-0", 1.4, "10*3/uL", "lymphocytes", 1.4),
        ("731-0", 1400, "/uL", "lymphocytes", 1.4),
    ],
)
def test_values_of_the_laboratory_are_converted(
    code: str, value: float, unit: str, field: str, expected: float
) -> None:
    assert getattr(read(condition(), measured("a", code, value, unit)).patient, field) == expected


def test_a_unit_that_is_not_known_or_a_bound_is_not_guessed() -> None:
    assert read(condition(), measured("a", "1751-7", 600, "umol/L")).unknown["albumin"] == reasons.UNIT
    assert read(condition(), measured("a", "1751-7", 4100, "g/L")).unknown["albumin"] == reasons.OUT_OF_RANGE
    bound = measured("a", "1751-7", 41, "g/L")
    bound["valueQuantity"]["comparator"] = "<"
    assert read(condition(), bound).unknown["albumin"] == reasons.NOT_A_QUANTITY


def test_the_last_of_several_counts_and_nothing_after_the_landmark() -> None:
    values = (
        measured("a", "1751-7", 41, "g/L", effectiveDateTime="2024-03-06"),
        measured("b", "1751-7", 36, "g/L", effectiveDateTime="2024-06-06"),
        measured("c", "1751-7", 30, "g/L", effectiveDateTime="2025-06-06"),
    )
    assert read(condition(), *values).patient.albumin == 30
    late = read(condition(), *values, spread(onsetDateTime="2025-03-05"), landmark_months=6)
    assert late.patient.albumin == 36
    assert late.patient.metastases == ()
    assert late.patient.landmark_months == 6
    unclear = read(condition(), values[0], measured("d", "1751-7", 30, "g/L", effectiveDateTime="2024"))
    assert unclear.conflicts["albumin"] == reasons.ORDER


def test_surgery_its_time_and_the_worst_margin() -> None:
    margins = [observation(f"m{n}", coded(SNOMED, "395536008"), valueCodeableConcept=coded(SNOMED, code))
               for n, code in enumerate(("258254000", "278271003", "258254000"))]  # fmt: skip
    reading = read(condition(), procedure(), *margins)
    assert (reading.patient.surgery, reading.patient.surgery_months, reading.patient.margin) == (
        "resected",
        1.873,
        "R1",
    )
    assert read(condition(), procedure(when="2024-05")).unknown["surgery_months"] == reasons.PRECISION
    assert read(condition(), procedure(status="preparation")).patient.surgery == "planned"
    assert read(condition(), procedure(status="not-done")).patient.surgery is None
    assert read(condition()).patient.surgery is None


def radiotherapy(name: str, start: str, end: str) -> dict[str, Any]:
    return procedure(name, "1217123003", when=None, performedPeriod={"start": start, "end": end})


def test_radiotherapy_is_before_or_after_the_operation_by_the_dates() -> None:
    before, after = radiotherapy("a", "2024-03-20", "2024-04-10"), radiotherapy("b", "2024-06-01", "2024-07-10")
    assert read(condition(), procedure(), before).patient.radiotherapy == "before-surgery"
    assert read(condition(), procedure(), after).patient.radiotherapy == "after-surgery"
    assert read(condition(), procedure(), before, after).patient.radiotherapy == "both"
    for unclear in (radiotherapy("c", "2024", "2024"), radiotherapy("c", "2024-04-20", "2024-05-20")):
        assert read(condition(), procedure(), unclear).unknown["radiotherapy"] == reasons.OPERATION_UNKNOWN
    assert read(condition(), before).unknown["radiotherapy"] == reasons.OPERATION_UNKNOWN


def test_drugs_by_rxnorm_and_atc_beside_the_order_or_in_a_medication() -> None:
    medication = {"resourceType": "Medication", "id": "x", "code": coded(ATC, "L01AA06")}
    by_reference = given("b", medicationReference={"reference": "Medication/x"})
    del by_reference["medicationCodeableConcept"]
    inside = given("i", medicationReference={"reference": "#x"}, contained=[medication])
    del inside["medicationCodeableConcept"]
    assert read(condition(), given(), by_reference, medication).patient.treatments == ("doxorubicin", "ifosfamide")
    assert read(condition(), inside).patient.treatments == ("ifosfamide",)
    assert read(condition(), given(status="not-done")).patient.treatments is None
    unread = read(condition(), given(code=coded(RXNORM, "5640")))
    assert unread.patient.treatments is None
    assert unread.unread[0].code == "5640"


def test_the_response_is_that_to_a_drug() -> None:
    def status(code: str, when: str = "2024-08-01") -> dict[str, Any]:
        coding = coded(SNOMED, code)
        return observation("r", coded(LOINC, "97509-4"), valueCodeableConcept=coding, effectiveDateTime=when)

    assert read(condition(), given(), status("271299001")).patient.response == "progression"
    assert read(condition(), status("271299001")).unknown["response"] == reasons.NO_DRUG_BEFORE
    assert read(condition(), given(), status("359746009", "2024-01-01")).unknown["response"] == reasons.NO_DRUG_BEFORE
    assert read(condition(), given(), status("268910001")).unknown["response"] == reasons.IMPROVED


def test_a_variant_in_the_tumour() -> None:
    components = [
        {"code": coded(LOINC, "48018-6"), "valueCodeableConcept": coded("http://www.genenames.org", "HGNC:11998")},
        {"code": coded(LOINC, "48002-0"), "valueCodeableConcept": coded(LOINC, "LA6684-0")},
    ]
    variant = observation(
        "v", coded(LOINC, "69548-6"), valueCodeableConcept=coded(LOINC, "LA9633-4"), component=components
    )
    assert read(condition(), variant).patient.myod1_or_tp53_changed is True
    germline = [components[0], {**components[1], "valueCodeableConcept": coded(LOINC, "LA6683-2")}]
    assert read(condition(), {**variant, "component": germline}).patient.myod1_or_tp53_changed is None


def test_a_condition_that_has_come_back_does_not_say_where() -> None:
    clinical = coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "recurrence")
    reading = read(condition(clinicalStatus=clinical))
    assert reading.patient.local_recurrence is None
    assert reading.unknown["local_recurrence"] == reasons.RECURRENCE
    assert "local_recurrence" not in reading.assumed


def test_whether_the_person_has_died_stands_beside_the_record() -> None:
    dead = read(condition(), who=person(deceasedDateTime="2025-01-02"))
    assert dead.deceased is True
    assert str(dead.died) == "2025-01-02"
    assert read(condition(), who=person(deceasedBoolean=True)).deceased is True
    assert read(condition()).deceased is None


# -- Status and what is absent


@pytest.mark.parametrize(
    ("status", "known", "why"),
    [
        ("final", True, None),
        ("amended", True, None),
        ("preliminary", False, reasons.NOT_YET),
        ("registered", False, reasons.NOT_YET),
        ("entered-in-error", False, None),
        ("cancelled", False, None),
        ("nonsense", False, None),
    ],
)
def test_the_status_decides(status: str, known: bool, why: str | None) -> None:
    reading = read(condition(), measured("a", "1751-7", 41, "g/L", status=status))
    assert (reading.patient.albumin == 41) is known
    assert reading.unknown.get("albumin") == why


def test_what_the_sender_does_not_know_is_unknown_not_absent() -> None:
    absent = observation("e", coded(LOINC, "89247-1"), dataAbsentReason=coded(ABSENT, "asked-unknown"))
    assert read(condition(), absent).unknown["performance_status"] == reasons.ABSENT
    in_place = category(code="x")
    in_place["valueCodeableConcept"] = coded(ABSENT, "not-applicable")
    assert read(condition(), in_place).unknown["metastases"] == reasons.ABSENT


def test_an_observation_of_another_condition_is_not_of_this_one() -> None:
    other = condition("b", code=coded(SNOMED, "254837009"))
    size_of_other = size("s", 70, focus=[{"reference": "Condition/b"}])
    assert read(condition(), other, size_of_other).patient.size_cm is None


def test_the_account_shows_no_value_unless_it_is_asked_for() -> None:
    reading = read(condition(), grade(method={"text": "FNCLCC"}))
    shown = repr(reading) + repr(reading.origins) + repr(reading.patient)
    assert "1961" not in shown
    assert "2024" not in shown
    assert "leiomyosarcoma" not in shown
    assert reading.as_json()["record"]["histologic_type"] == "leiomyosarcoma"
    assert set(reading.used) == {"Patient/p", "Condition/c", "Observation/g"}


def test_our_own_code_carries_a_field_that_has_no_other() -> None:
    depth = observation("x", coded(OWN, "depth"), valueCodeableConcept=coded(OWN, "deep"))
    assert read(condition(), depth).patient.depth == "deep"
    wrong = observation("x", coded(OWN, "depth"), valueCodeableConcept=coded(OWN, "very deep"))
    assert read(condition(), wrong).unknown["depth"] == reasons.UNKNOWN_CODE


def test_references_by_urn_and_by_address() -> None:
    data = bundle(condition())
    data["entry"][0]["fullUrl"] = "urn:uuid:5a7c6c0e-6f0b-4c6e-9d33-0d5f6a1f5c11"
    data["entry"][1]["resource"]["subject"] = {"reference": "urn:uuid:5a7c6c0e-6f0b-4c6e-9d33-0d5f6a1f5c11"}
    assert read_bundle(data).patient.age == 62.84
    data["entry"][0]["fullUrl"] = "https://hospital.example/fhir/Patient/p"
    for reference in ("https://hospital.example/fhir/Patient/p", "Patient/p", "Patient/p/_history/3"):
        data["entry"][1]["resource"]["subject"] = {"reference": reference}
        assert read_bundle(data).patient.age == 62.84
    data["entry"][1]["resource"]["subject"] = {"reference": "https://elsewhere.example/fhir/Patient/p"}
    with pytest.raises(BundleError):
        read_bundle(data)


def test_a_place_that_says_something_out_of_scope_disagrees_with_one_that_is_in_scope() -> None:
    extension = [{"url": f"{MCODE}mcode-histology-morphology-behavior", "valueCodeableConcept": coded(ICDO3, "8890/3")}]
    reading = read(condition(code=coded(ICDO3, "8140/3"), extension=extension))
    assert reading.conflicts["histologic_type"] == reasons.DISAGREE


def test_a_shared_code_agrees_with_a_type_that_it_may_mean_and_with_no_other() -> None:
    def said(code: str) -> list[dict[str, Any]]:
        return [{"url": f"{MCODE}mcode-histology-morphology-behavior", "valueCodeableConcept": coded(ICDO3, code)}]

    shared = coded(ICDO3, "8840/3")
    assert "histologic_type" in read(condition(code=shared, extension=said("8890/3"))).conflicts


@pytest.mark.parametrize("secondary", [("94392001", {}), ("128462008", {"bodySite": [coded(SNOMED, "59441001")]})])
def test_a_node_that_may_be_regional_is_neither_a_metastasis_nor_none(secondary: tuple[str, dict[str, Any]]) -> None:
    code, content = secondary
    related = [
        {"url": f"{MCODE}mcode-related-primary-cancer-condition", "valueReference": {"reference": "Condition/c"}}
    ]
    reading = read(condition(), spread(code=code, extension=related, **content))
    assert reading.patient.metastases is None
    assert reading.unknown["metastases"] == reading.unknown["nodes"] == reasons.NODE


def test_what_is_about_a_condition_that_is_not_in_the_bundle_is_not_about_this_one() -> None:
    elsewhere = {"reference": "Condition/not-here"}
    assert read(condition(), size("s", 70, focus=[elsewhere])).patient.size_cm is None
    assert read(condition(), given(reasonReference=[elsewhere])).patient.treatments is None
    assert read(condition(), procedure(reasonReference=[elsewhere])).patient.surgery is None
    assert read(condition(), procedure(reasonReference=[{"reference": "Condition/c"}])).patient.surgery == "resected"


def test_a_procedure_that_is_not_recognised_leaves_the_surgery_unknown_with_the_reason() -> None:
    reading = read(condition(), procedure(code="359615001"))
    assert reading.unknown["surgery"] == reasons.PROCEDURE_UNREAD
    assert reading.unread[0].code == "359615001"


def test_what_may_lie_after_the_landmark_is_unknown() -> None:
    albumin = measured("a", "1751-7", 41, "g/L", effectiveDateTime="2024")
    reading = read(
        condition(), albumin, spread(onsetDateTime="2024"), given(effectiveDateTime="2024"), landmark_months=3
    )
    assert reading.patient.metastases is None
    assert {reading.unknown[name] for name in ("albumin", "metastases", "treatments")} == {reasons.PRECISION}


def test_sizes_around_an_operation_without_a_date_are_not_chosen_from() -> None:
    early = size("a", 50, effectiveDateTime="2024-03-06")
    reading = read(condition(), early, size("b", 60), procedure(when=None))
    assert reading.conflicts["size_cm"] == reasons.OPERATION_UNKNOWN


def test_a_reading_goes_through_a_copy_with_its_reasons() -> None:
    reading = read(condition(), grade())
    copied = pickle.loads(pickle.dumps(reading))
    assert copied.unknown == reading.unknown
    assert copied.unknown["grade"].code == "not-fnclcc"
