"""mCODE's own examples beside a leiomyosarcoma: what is read of each was written down from the guide's shorthand by hand.

None of the examples is a soft tissue sarcoma, so each stands in a Bundle with the guide's patient and our condition.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fsh import instances
from made_up import bundle, condition

from sarcoma.errors import SarcomaError
from sarcoma.exchange import Reading, read_bundle

FOLDER = Path(os.environ.get("SARCOMA_DATA", "data")).parent / "exchange" / "mcode_fsh"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the examples of mCODE 4.0.0 are not at hand")
ALWAYS = {"histologic_type", "sex", "age", "diagnosis_date"}
"""What the guide's patients and our condition say."""
NOTHING: dict[str, Any] = {}


@cache
def examples() -> dict[str, dict[str, Any]]:
    return instances(FOLDER)


def owner(example: dict[str, Any]) -> str:
    said: str = (example.get("subject") or example["patient"])["reference"]
    return said.rpartition("/")[2]


def reading_of(parts: Iterable[str]) -> Reading:
    found = [examples()[name] for name in parts]
    who = owner(found[0])
    about = {"reference": f"Patient/{who}"}
    for one in found:
        one["patient" if one["resourceType"] == "BodyStructure" else "subject"] = about
    found = [_of_ours(one) for one in found]
    ours = condition("ours", subject=about, onsetDateTime="2018-01-10")
    return read_bundle(bundle(ours, *found, who=examples()[who]), condition="ours")


def _of_ours(part: Any) -> Any:
    """An example whose references to its own primary are to our condition: what is about another one is not read."""
    if isinstance(part, list):
        return [_of_ours(one) for one in part]
    if not isinstance(part, dict):
        return part
    named = str(part.get("reference", "")).rpartition("/")[2]
    if named.startswith("primary-cancer-condition"):
        return {**part, "reference": "Condition/ours"}
    return {key: _of_ours(value) for key, value in part.items()}


# the example: fields with their values, fields that are unknown, codes that are in no table (None: what is not a code)
SAID: dict[str, tuple[dict[str, Any], set[str], list[str | None]]] = {
    # valueInteger = 0
    "ecog-performance-status-fully-active": ({"performance_status": 0}, set(), []),
    "ecog-performance-status-jenny-m": ({"performance_status": 0}, set(), []),
    # 90 is ECOG 0 to some and 1 to others
    "karnofsky-performance-status-normal-activity": (NOTHING, {"performance_status"}, []),
    # a child's scale is not read; and this child was born after our condition began, so no age follows
    "lansky-play-performance-status-twenty": (NOTHING, {"age"}, []),
    # the longest of 1.2, 1.0 and 0.5 cm, with a focus
    "tumor-size-pathology": ({"size_cm": 1.2}, set(), []),
    "tumor-size-jenny-m": ({"size_cm": 2.5}, set(), []),
    # intermediate by WHO's fifth edition is no FNCLCC grade
    "histologic-grade-intermediate": (NOTHING, {"grade"}, []),
    # 80463/3 is no code of ICD-O-3, and is not made one
    "histologic-behavior-and-type-non-small-cell": (NOTHING, set(), [None]),
    # a history without a value says yes; where is not said by a body site, but by the code
    "history-of-cancer-metastatic-to-liver": ({"metastases": 1}, {"metastases.months"}, []),
    # valueBoolean = false
    "no-history-of-metastatic-cancer": ({"metastases": 0}, set(), []),
    # T, N and the group are never an input; M0 says that there is no metastasis
    "tnm-clinical-primary-tumor-category-cT3": (NOTHING, set(), []),
    "tnm-clinical-regional-nodes-category-cN3": (NOTHING, set(), []),
    "tnm-clinical-distant-metastases-category-cM0": ({"metastases": 0}, set(), []),
    "tnm-clinical-stage-group-3c": (NOTHING, set(), []),
    # better is neither a complete nor a partial response
    "cancer-disease-status-improved": (NOTHING, {"response"}, []),
    # a lobectomy and a mastectomy are listed; each may be the operation, so whether there was one is unknown
    "cancer-related-surgical-procedure-lobectomy": (NOTHING, {"surgery"}, ["359615001"]),
    "cancer-related-surgical-procedure-jenny-m": (NOTHING, {"surgery"}, ["64368001"]),
    # without an operation nothing tells before from after
    "radiotherapy-treatment-summary-chest-wall-jenny-m": (NOTHING, {"radiotherapy"}, []),
    "cancer-related-medication-request-doxorubicin-jenny-m": ({"treatments": ("doxorubicin",)}, set(), []),
    "cancer-related-medication-admin-doxorubicin-jenny-m": ({"treatments": ("doxorubicin",)}, set(), []),
    # a drug that no table here knows is listed
    "cancer-related-medication-request-cisplatin-stopped": (NOTHING, set(), ["309311"]),
    # Nottingham's grade of the breast, and margins by another question: listed
    "us-core-observation-lab-tumor-grade-jenny-m": (NOTHING, set(), ["44648-4"]),
    "us-core-observation-lab-tumor-margins-jenny-m": (NOTHING, set(), ["44669-0"]),
    # the clinical group is a field of its own; FIGO's stage has no code here
    "rhabdomyosarcoma-clinical-group-stage-IA": ({"rms_group": "I"}, set(), []),
    "figo-stage-IIIA": (NOTHING, set(), ["385361009"]),
}


@pytest.mark.parametrize("name", SAID)
def test_an_example_is_read_as_it_was_meant(name: str) -> None:
    fields, unknown, unread = SAID[name]
    reading = reading_of([name])
    found = {field: getattr(reading.patient, field) for field in reading.origins if field not in ALWAYS}
    found = {field: len(value) if field == "metastases" else value for field, value in found.items()}
    assert found == fields
    assert set(reading.unknown) == unknown
    assert [one.code for one in reading.unread] == unread
    assert reading.conflicts == {}


def test_stages_of_the_sender_are_shown_and_no_input() -> None:
    names = ["tnm-clinical-stage-group-3c", "tnm-clinical-primary-tumor-category-cT3"]
    reading = reading_of(names)
    assert [(one.part, one.said) for one in reading.stated] == [("group", "IIIC"), ("T", "cT3")]
    assert reading.patient.size_cm is None


@pytest.mark.words
def test_a_person_with_other_cancers_only_has_no_sarcoma_to_read() -> None:
    john = [one for one in examples().values() if "cancer-patient-john-anyperson" in str(one.get("subject"))]
    with pytest.raises(SarcomaError, match="no condition"):
        read_bundle(bundle(*john, who=examples()["cancer-patient-john-anyperson"]))


def test_what_belongs_to_the_lung_cancer_of_the_same_person_is_not_of_the_sarcoma() -> None:
    """The guide's John has brain metastases of a lung cancer, an operation on it, its stage – and says "no history"."""
    who = "cancer-patient-john-anyperson"
    john = [one for one in examples().values() if who in str(one.get("subject"))]
    ours = condition("ours", subject={"reference": f"Patient/{who}"}, onsetDateTime="2018-01-10")
    reading = read_bundle(bundle(ours, *john, who=examples()[who]), condition="ours")
    assert reading.patient.metastases == ()
    assert reading.patient.surgery is None
    assert reading.patient.grade is None
    assert reading.stated == ()
    assert "Condition/secondary-cancer-condition-brain-mets" not in reading.used
    assert None in {one.code for one in reading.unread}
