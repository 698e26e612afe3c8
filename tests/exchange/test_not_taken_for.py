"""What must not be taken for something else: each of these was read wrongly once, and a figure would have rested on it."""

from __future__ import annotations

from typing import Any

import pytest
from made_up import (
    ABSENT,
    ATC,
    ICDO3,
    LOINC,
    MCODE,
    NCIT,
    SNOMED,
    VERIFICATION,
    as_bytes,
    bundle,
    coded,
    condition,
    given,
    grade,
    observation,
    procedure,
    size,
    spread,
)

from sarcoma.errors import BundleError
from sarcoma.exchange import Reading, code_tables, read_bundle, reasons

CM1, CM0, YES, NO = "1229903009", "1229901006", "373066001", "373067005"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LIVER_HISTORY, HISTORY = "1098951000119108", "1287652008"
OF_THIS = {"reference": "Condition/c"}
BREAST = condition("b", code=coded(ICD10CM, "C50.911"), onsetDateTime="2015-01-05")


def read(*resources: dict[str, Any]) -> Reading:
    return read_bundle(as_bytes(bundle(*resources)))


def m_category(code: str = CM1, when: str = "2024-03-06", system: str = SNOMED, **content: Any) -> dict[str, Any]:
    said = {"valueCodeableConcept": coded(system, code), "effectiveDateTime": when, **content}
    return observation("m-category", coded(SNOMED, "399387003"), **said)


def organs(reading: Reading) -> list[tuple[str, float | None]] | None:
    found = reading.patient.metastases
    return None if found is None else [(one.organ, one.months) for one in found]


# -- Whether it has spread


@pytest.mark.parametrize(
    ("category", "why"),
    [
        (m_category(status="preliminary"), reasons.NOT_YET),
        (m_category(valueCodeableConcept=None, dataAbsentReason=coded(ABSENT, "unknown")), reasons.ABSENT),
        (m_category("C48700", system=NCIT), reasons.UNKNOWN_CODE),
    ],
)
def test_an_m_category_that_says_nothing_leaves_it_unknown(category: dict[str, Any], why: str) -> None:
    found = read(condition(), {key: value for key, value in category.items() if value is not None})
    assert organs(found) is None
    assert found.unknown["metastases"] == why
    assert "metastases" not in found.assumed


def test_m1_at_the_diagnosis_stands_beside_a_metastasis_found_later() -> None:
    later = spread("lung", onsetDateTime="2026-09-05")
    assert organs(read(condition(), m_category(), later)) == [("lung", 30.029), ("unknown", 0.0)]


def test_m1_long_after_the_diagnosis_does_not_say_when() -> None:
    found = read(condition(), m_category(when="2026-03-06"))
    assert organs(found) == [("unknown", None)]


@pytest.mark.parametrize(
    ("value", "spread_to"),
    [
        ({"valueCodeableConcept": coded(SNOMED, YES)}, [("unknown", None)]),
        ({"valueCodeableConcept": coded(SNOMED, NO)}, []),
        ({"valueString": "perhaps"}, None),
    ],
)
def test_a_history_of_metastasis_is_read_in_every_form_of_its_value(value: dict[str, Any], spread_to: Any) -> None:
    assert organs(read(condition(), observation("h", coded(SNOMED, HISTORY), **value))) == spread_to


def test_no_metastasis_in_the_liver_says_nothing_of_the_lung() -> None:
    denied = observation("h", coded(SNOMED, LIVER_HISTORY), valueBoolean=False)
    alone = read(condition(), denied)
    assert "metastases" in alone.assumed, "only the liver was denied"
    assert organs(read(condition(), denied, spread("lung", onsetDateTime="2024-09-05"))) == [("lung", 6.045)]


@pytest.mark.parametrize("primary", [{"display": "sarcoma"}, {"reference": "Condition/elsewhere"}])
def test_a_metastasis_of_a_primary_that_is_not_here_leaves_it_unknown(primary: dict[str, Any]) -> None:
    related = [{"url": MCODE + "mcode-related-primary-cancer-condition", "valueReference": primary}]
    found = read(condition(), spread(extension=related))
    assert organs(found) is None
    assert found.unknown["metastases"] == reasons.UNLINKED


def test_a_metastasis_that_may_be_of_either_of_two_cancers_is_of_none() -> None:
    assert organs(read(condition(), BREAST, spread(onsetDateTime="2024-09-05"))) is None
    assert organs(read(condition(), BREAST, m_category())) is None


def test_every_organ_of_a_condition_counts() -> None:
    both = spread(
        "m", "128462008", bodySite=[coded(SNOMED, "39607008"), coded(SNOMED, "10200004")], onsetDateTime="2024-09-05"
    )
    assert organs(read(condition(), both)) == [("lung", 6.045), ("liver", 6.045)]


@pytest.mark.parametrize("code", ["C78.01", "C79.31", "C79.51", "C79.9", "C77.0", "C80"])
def test_a_code_of_a_secondary_cancer_is_never_no_metastasis(code: str) -> None:
    assert organs(read(condition(), condition("m", code=coded(ICD10CM, code), onsetDateTime="2024-09-05"))) != []


# -- Whose cancer, and which


@pytest.mark.parametrize("morphology", ["9180/3", "9260/3", "8802/3"])
def test_a_sarcoma_of_bone_is_out_of_scope(morphology: str) -> None:
    of_bone = condition(code=coded(ICDO3, morphology), bodySite=[coded(ICDO3, "C40.2")])
    with pytest.raises(BundleError):
        read(of_bone)


def test_of_two_cancers_what_names_neither_is_of_none() -> None:
    found = read(condition(), BREAST, size("s", 15), observation("n", coded(LOINC, "21893-3"), valueInteger=5))
    assert (found.patient.size_cm, found.patient.nodes) == (None, None)
    assert found.unknown["size_cm"] == reasons.UNLINKED
    assert read(condition(), BREAST, size("s", 15, focus=[OF_THIS])).patient.size_cm == 1.5


def test_what_is_about_a_relative_is_not_of_the_patient() -> None:
    hers = observation("e", coded(LOINC, "89247-1"), valueInteger=3, focus=[{"reference": "RelatedPerson/mother"}])
    assert read(condition(), hers).patient.performance_status is None


def test_a_verification_counts_by_its_own_code_system_only() -> None:
    local = {
        "coding": [{"system": "http://local.example", "code": "confirmed"}, {"system": VERIFICATION, "code": "refuted"}]
    }
    with pytest.raises(BundleError):
        read(condition(verificationStatus=local))


def test_an_age_that_differs_from_the_dates_is_not_known() -> None:
    years = {"value": 45, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
    assert set(read(condition(onsetAge=years)).conflicts) == {"age"}
    assert read(condition(onsetAge={**years, "value": 62})).patient.age == 62.84


# -- Treatments


def test_an_operation_on_a_metastasis_is_none_on_the_primary() -> None:
    lung = spread("m", onsetDateTime="2024-09-05")
    found = read(condition(), lung, procedure(when="2024-10-01", reasonReference=[{"reference": "Condition/m"}]))
    assert found.patient.surgery is None


@pytest.mark.parametrize("code", ["65801008", "81723002"])
def test_an_operation_long_before_the_diagnosis_was_for_something_else(code: str) -> None:
    found = read(condition(), procedure(code=code, when="2010-10-01"))
    assert (found.patient.surgery, found.patient.limb_sparing) == (None, None)
    assert found.unknown["surgery"] == reasons.BEFORE_DIAGNOSIS


def test_radiotherapy_years_before_the_diagnosis_is_none_before_the_operation() -> None:
    """The usual history of an angiosarcoma of the breast."""
    found = read(condition(), procedure("r", "1217123003", "2012-04-01"), procedure("o", when="2024-06-01"))
    assert found.patient.radiotherapy is None
    before = procedure("r", "1217123003", "2024-04-01")
    assert read(
        condition(), procedure("old", when="2010-10-01"), before, procedure("o", when="2024-06-01")
    ).patient.radiotherapy in (
        "before-surgery",
        None,
    )


def test_drugs_of_another_time_or_in_error_were_not_given_for_this() -> None:
    paclitaxel = coded(ATC, "L01CD01")
    assert read(condition(), given(code=paclitaxel, effectiveDateTime="2010-01-01")).patient.treatments is None
    wrong = {"resourceType": "Medication", "id": "d", "status": "entered-in-error", "code": coded(ATC, "L01DB01")}
    took = given("x", medicationReference={"reference": "Medication/d"})
    del took["medicationCodeableConcept"]
    assert read(condition(), wrong, took).patient.treatments is None


# -- Of the tumour


@pytest.mark.parametrize("text", ["NCI (not FNCLCC)", "non-FNCLCC"])
def test_a_method_that_denies_fnclcc_is_not_fnclcc(text: str) -> None:
    assert read(condition(), grade(method={"text": text})).patient.grade is None
    assert read(condition(), grade(method={"text": "French (FNCLCC) system"})).patient.grade == "3"


def test_a_size_months_after_the_operation_is_not_that_of_the_tumour() -> None:
    assert (
        read(condition(), procedure(when="2024-04-01"), size("s", 20, effectiveDateTime="2024-11-01")).patient.size_cm
        is None
    )


def test_a_margin_that_was_not_read_may_be_the_worst() -> None:
    about = coded(SNOMED, "395536008")
    clear = observation("a", about, valueCodeableConcept=coded(SNOMED, "258254000"))
    other = observation("b", about, valueCodeableConcept=coded(SNOMED, "1234567"))
    assert read(condition(), clear, other).patient.margin is None


def test_fewer_than_one_positive_node_is_not_a_positive_node() -> None:
    bound = observation("n", coded(LOINC, "21893-3"), valueQuantity={"value": 1, "comparator": "<"})
    assert read(condition(), bound).patient.nodes is None


# -- What is written


def test_a_code_that_says_more_than_the_record_is_never_written() -> None:
    from sarcoma import Patient
    from sarcoma.exchange import record_bundle

    written = str(record_bundle(Patient(type="LMS", site="breast", metastases=["other-viscera@3"])))
    assert "80248007" not in written, "left breast"
    assert "94161006" not in written, "adrenal gland"
    assert code_tables().table("organ")[("SCT", "94161006")].value == "other-viscera"
