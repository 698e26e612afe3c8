"""Twelve made-up people with a sarcoma, as Bundles in the repository: every field, and every way in which one is unsaid."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sarcoma.errors import BundleError
from sarcoma.exchange import ELEMENTS, Reading, read_bundle

BUNDLES = {file.stem: file for file in sorted((Path(__file__).parent / "bundles").glob("*.json"))}
HER: dict[str, Any] = {"sex": "female", "age": 62.84, "diagnosis_date": date(2024, 3, 5)}
"""Born on 2 May 1961, diagnosed on 5 March 2024."""
LMS: dict[str, Any] = {"histologic_type": "leiomyosarcoma"}

READ: dict[str, dict[str, Any]] = {
    "01-limb-whole": HER
    | LMS
    | {
        "site": "lower-limb", "size_cm": 8.2, "depth": "deep", "grade": "3", "nodes": "negative", "multifocal": False,
        "surgery": "resected", "surgery_months": 1.873, "margin": "R0", "radiotherapy": "before-surgery",
        "performance_status": 1,
    },  # 1 May is 57 days after 5 March: 57 / 30.4375
    "02-partial-dates": LMS | {"sex": "female", "surgery": "resected", "metastases": [("lung", None)]},
    "04-histology-disagrees": HER,
    "05-spread-to-lung-and-bone": {
        "sex": "female", "age": 61.11, "diagnosis_date": date(2022, 6, 10), "histologic_type": "epithelioid-sarcoma",
        "metastases": [("lung", 11.992), ("bone", 18.004)], "metastasectomy": "done",
    },  # 365 and 548 days
    "06-never-spread": HER
    | LMS
    | {
        "site": "lower-limb", "metastases": [], "differentiation": 2, "mitoses_per_10_hpf": 12.0, "necrosis": "none",
        "rupture": False, "presentation": "primary", "neurovascular_or_bone_invasion": True, "bone_invasion": True,
        "surgery": "resected", "limb_sparing": True, "re_resection": "not-done", "local_recurrence": True,
        "local_recurrence_months": 9.0,
    },
    "07-spread-contradicted": HER | LMS,
    # the last before the operation; not what was entered in error, not the specimen's, not one in inches
    "08-several-sizes": HER | LMS | {"surgery": "resected", "surgery_months": 1.873, "size_cm": 6.2},
    "09-codes-that-are-not": HER | LMS,
    "10-laboratory-and-drugs": LMS
    | {
        "sex": "male", "age": 71.0, "site": "retroperitoneum", "albumin": 38.0, "sodium": 139.0, "lymphocytes": 1.2,
        "performance_status": 1, "treatments": {"doxorubicin", "trabectedin"}, "response": "progression",
        "myod1_or_tp53_changed": True,
    },
    "11-uterus": LMS
    | {
        "age": 51.0, "sex": "female", "site": "uterus", "size_cm": 11.0, "extent": "beyond-serosa", "foci": 1,
        "myometrial_invasion": "more-than-half", "lymphovascular_invasion": False, "syndrome": "none",
        "earlier_radiotherapy": False, "surgery": "none", "metastases": [], "nodes": "not-assessed",
    },
    "12-child": {
        "histologic_type": "embryonal-rhabdomyosarcoma", "age": 6.0, "sex": "male", "topography": "C69.6",
        "site_detail": "orbit", "invasion": {"orbit"}, "rms_group": "III", "rms_stage": "1", "bone_marrow": False,
        "foxo1_fusion": False, "myod1_or_tp53_changed": False, "ntrk_fusion": False, "alk_fusion": False,
        "ini1_lost": False, "germline_smarcb1": False, "hla_a02": True, "mage_a4": False, "ny_eso_1": False,
        "hla_alleles": {"A*02:01"}, "fibrosarcomatous": False, "reported_behaviour": "malignant",
        "epithelioid_imt": False, "pleomorphic_dermal": False, "treatments": {"chemotherapy"},
        "radiotherapy": "without-surgery", "response": "partial",
    },
}  # fmt: skip
UNKNOWN = {
    "02-partial-dates": {"age", "diagnosis_date", "surgery_months", "metastases.months"},
    "06-never-spread": {"surgery_months"},
    "09-codes-that-are-not": {"grade", "performance_status", "albumin"},
}
CONFLICTS = {"04-histology-disagrees": {"histologic_type"}, "07-spread-contradicted": {"metastases"}}


def reading(name: str) -> Reading:
    return read_bundle(BUNDLES[name].read_bytes())


def plain(field: str, value: Any) -> Any:
    if field == "metastases":
        return [(one.organ, one.months) for one in value]
    return set(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", READ)
def test_a_bundle_gives_its_record_and_says_what_is_not_known(name: str) -> None:
    found = reading(name)
    assert {field: plain(field, getattr(found.patient, field)) for field in found.origins} == READ[name]
    assert set(found.unknown) == UNKNOWN.get(name, set())
    assert set(found.conflicts) == CONFLICTS.get(name, set())


@pytest.mark.words
def test_two_conditions_that_may_be_it_are_named_and_one_is_chosen() -> None:
    whole = BUNDLES["03-two-primaries"].read_bytes()
    with pytest.raises(BundleError, match=r"--condition.*first, second"):
        read_bundle(whole)
    assert read_bundle(whole, condition="second").patient.histologic_type == "angiosarcoma"


def test_codes_that_stand_in_no_table_are_listed_and_not_mended() -> None:
    found = reading("09-codes-that-are-not")
    assert [one.code for one in found.unread] == [None], "80463/3 is no code of ICD-O-3"
    assert [(one.part, one.said) for one in found.stated] == [("group", "IIIC")]
    assert [one.code for one in reading("08-several-sizes").unread] == ["[in_i]"]


def test_nothing_said_of_spread_is_assumed_and_what_is_said_is_not() -> None:
    assert "metastases" in reading("01-limb-whole").assumed
    for name in ("02-partial-dates", "05-spread-to-lung-and-bone", "06-never-spread", "07-spread-contradicted"):
        assert "metastases" not in reading(name).assumed
    assert reading("07-spread-contradicted").patient.metastases is None


def test_death_and_orders_are_told() -> None:
    found = reading("10-laboratory-and-drugs")
    assert (found.deceased, found.died) == (True, date(2025, 2, 1))
    assert len(found.remarks) == 1, "an order is no treatment that was seen"


def test_every_field_that_fhir_can_carry_stands_in_one_of_them() -> None:
    carried = {field for field, element in ELEMENTS.items() if not element.impossible}
    assert {field for said in READ.values() for field in said} == carried
