"""Treatments that fit: by step of the way, never what has been done, and what a type is told first."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.evidence import library
from sarcoma.outlook import Outlook, outlook_of
from sarcoma.outlook.treatments import STEPS
from sarcoma.patient import Patient

LMS: dict[str, Any] = {
    "age": 62,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
}
ASPS: dict[str, Any] = {
    "age": 24, "type": "alveolar soft part sarcoma", "site": "lower limb", "metastases": ["lung@0"],
}  # fmt: skip


def listed(outlook: Outlook) -> list[str]:
    return [shown.treatment.id for shown in outlook.treatments]


@pytest.mark.parametrize("record", [LMS, ASPS, LMS | {"metastases": ["lung@8"], "landmark_months": 8}])
def test_treatments_stand_by_step(record: dict[str, Any]) -> None:
    steps = [STEPS.index(shown.step) for shown in outlook_of(Patient(**record)).treatments]
    assert steps == sorted(steps)
    assert steps


def test_what_has_been_done_is_not_offered_again() -> None:
    before = outlook_of(Patient(**LMS))
    assert {"surgery", "amputation", "radiotherapy"} <= set(listed(before))
    operated = outlook_of(Patient(**LMS, surgery="resected", margin="R0"))
    assert not {"surgery", "amputation", "isolated-limb-perfusion"} & set(listed(operated))
    assert "margins" not in [q.id for q in operated.questions]
    incomplete = outlook_of(Patient(**LMS, surgery="resected", margin="R1"))
    assert "surgery" in listed(incomplete)
    irradiated = outlook_of(Patient(**LMS, surgery="resected", margin="R0", radiotherapy="before-surgery"))
    assert not {"radiotherapy", "brachytherapy"} & set(listed(irradiated))
    assert "radiotherapy-with-surgery" not in [q.id for q in irradiated.questions]
    came_back = outlook_of(Patient(**LMS, surgery="resected", local_recurrence="yes", local_recurrence_months=9))
    assert "surgery" in listed(came_back)


def test_a_drug_that_was_had_is_not_offered_again() -> None:
    spread = LMS | {"metastases": ["lung@0"]}
    assert "trabectedin" in listed(outlook_of(Patient(**spread)))
    assert "trabectedin" not in listed(outlook_of(Patient(**spread, treatments=["trabectedin"])))


def test_the_medicine_of_a_type_comes_before_general_ones_and_before_few_people() -> None:
    outlook = outlook_of(Patient(**ASPS))
    assert listed(outlook)[:3] == ["atezolizumab", "cediranib", "sunitinib"]
    assert not {"doxorubicin", "doxorubicin-ifosfamide", "olaratumab"} & set(listed(outlook))
    assert {"TX33", "TP-ASPS-rx"} <= {fact.key for fact in outlook.treatment_facts}, "chemotherapy: none of nine adults"


def test_a_marker_decides_the_step() -> None:
    def step(**markers: str) -> str | None:
        outlook = outlook_of(Patient(**LMS, metastases=["lung@0"], **markers))
        return next((s.step for s in outlook.treatments if s.treatment.id == "larotrectinib"), None)

    assert step() == "marker"
    assert step(ntrk_fusion="yes") == "first-line"
    assert step(ntrk_fusion="no") is None
    known = outlook_of(Patient(**LMS, metastases=["lung@0"], ntrk_fusion="no"))
    assert "ntrk-test" not in [q.id for q in known.questions]


@pytest.mark.parametrize("name", ["atypical lipomatous tumour", "tenosynovial giant cell tumour"])
def test_a_type_that_does_not_spread_meets_nothing_of_spread(name: str) -> None:
    outlook = outlook_of(Patient(age=50, type=name, site="lower limb", size=9, depth="deep", surgery="resected"))
    assert outlook.answer_to("spread").headline.kind == "does-not-spread"
    assert outlook.sites == ()
    assert all(fact.types for fact in outlook.risk_factors)
    assert not {"G1", "G2", "G4"} & {fact.key for fact in outlook.follow_up}
    assert not {"risk-of-spread", "where-it-spreads"} & {q.id for q in outlook.questions}
    assert not [s for s in outlook.treatments if s.treatment.id == "adjuvant-chemotherapy"]


def test_every_rule_on_what_was_done_names_what_a_record_has() -> None:
    for treatment in library().treatments.values():
        assert not treatment.again_when or treatment.done_when, treatment.id
