"""What the histologic type says of the stage: none by AJCC, FIGO only, no headline without a grade, COG."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.evidence import library
from sarcoma.models import cards, predict
from sarcoma.outlook import outlook_of
from sarcoma.patient import Coded, Patient, Records
from sarcoma.patient.staging import Staging
from sarcoma.report import as_data
from sarcoma.report.text import TextReport


def stagings(**known: Any) -> tuple[Staging, ...]:
    return outlook_of(Patient(**{"site": "lower-limb", "size_cm": 12, "depth": "deep"} | known)).staging


def cog(table: str, **known: Any) -> Staging:
    (found,) = [s for s in stagings(histologic_type="ERMS", **known) if s.chapter == table]
    return found


def column(name: str, **known: Any) -> frozenset[str]:
    found = Records([Patient(**{"site": "lower-limb", "size_cm": 12, "depth": "deep"} | known)]).column(name)
    assert isinstance(found, Coded)
    return found.states[found.codes[0]]


@pytest.mark.parametrize(
    ("histologic_type", "reason"),
    [
        ("inflammatory myofibroblastic tumour", "not-staged"),
        ("PEComa", "not-staged"),
        ("desmoplastic small round cell tumour", "other-chapter"),
        ("epithelioid haemangioendothelioma", "other-chapter"),
        ("embryonal rhabdomyosarcoma", "cog-rms"),
        ("alveolar rhabdomyosarcoma", "cog-rms"),
        ("adenosarcoma", "figo-only"),
    ],
)
@pytest.mark.parametrize("grade", ["unknown", "3"])
def test_a_type_that_ajcc_does_not_stage_has_no_group_and_a_reason(
    histologic_type: str, reason: str, grade: str
) -> None:
    staging = stagings(histologic_type=histologic_type, grade=grade)[0]
    assert (staging.t, staging.n, staging.m, staging.group) == (None, None, None, None)
    assert staging.reason == reason
    assert set(staging.origins) <= set(library().sources)
    for name in ("t", "n", "m", "stage", "stage_as_assigned"):
        assert column(name, histologic_type=histologic_type, grade=grade) == {"none"}


def test_rhabdomyosarcoma_of_the_head_has_no_t_of_head_and_neck() -> None:
    staging = stagings(histologic_type="ERMS", site="head-and-neck")[0]
    assert (staging.t, staging.reason) == (None, "cog-rms")
    (pleomorphic,) = stagings(histologic_type="pleomorphic rhabdomyosarcoma")
    assert pleomorphic.chapter == "extremity-trunk"
    assert pleomorphic.group is not None


def test_a_sarcoma_of_the_uterus_is_staged_by_figo_alone() -> None:
    (staging,) = stagings(histologic_type="low-grade endometrial stromal sarcoma", site="unknown", depth="unknown")
    assert staging.system == "FIGO"
    (other,) = stagings(histologic_type="PEComa", site="uterus")
    assert other.reason == "not-staged"


@pytest.mark.parametrize("histologic_type", ["clear cell sarcoma", "ASPS", "epithelioid sarcoma", "MPNST"])
@pytest.mark.parametrize("grade", ["unknown", "X"])
def test_a_type_that_is_not_graded_has_a_range_and_no_headline(histologic_type: str, grade: str) -> None:
    (staging,) = stagings(histologic_type=histologic_type, grade=grade)
    assert staging.group is not None
    assert staging.group.as_assigned is None
    assert {"IB", "IIIB"} <= set(staging.group.possible)
    assert staging.reason == "type-not-graded"
    assert {"IB", "IIIB"} <= column("stage_as_assigned", histologic_type=histologic_type, grade=grade)


def test_a_type_that_is_graded_keeps_its_headline_and_a_given_grade_counts() -> None:
    (graded,) = stagings(histologic_type="leiomyosarcoma")
    assert graded.group is not None
    assert (graded.group.as_assigned, graded.reason) == ("IB", None)
    (given,) = stagings(histologic_type="clear cell sarcoma", grade="3")
    assert given.group is not None
    assert (given.group.as_assigned, given.reason) == ("IIIB", None)
    (spread,) = stagings(histologic_type="clear cell sarcoma", metastases="lung@0")
    assert spread.group is not None
    assert spread.group.as_assigned == "IV"


def test_a_million_and_one_are_staged_alike() -> None:
    people = [
        {"histologic_type": "PEComa"},
        {"histologic_type": "clear cell sarcoma"},
        {"histologic_type": "leiomyosarcoma", "site": "uterus"},
        {"histologic_type": "leiomyosarcoma"},
        {"histologic_type": "IMT", "age": 7},
        {"histologic_type": "IMT", "age": 70},
        {"histologic_type": "ERMS"},
        {},
    ]
    patients = [Patient(**{"site": "lower-limb", "size_cm": 12, "depth": "deep"} | p) for p in people]
    index, found = Records(patients).staging()
    for i, patient in zip(index.tolist(), patients, strict=True):
        assert found[i] == tuple(s for s in outlook_of(patient).staging if s.system != "COG")


def test_a_model_by_stage_is_not_asked_for_a_type_without_one() -> None:
    known = {
        "age": 60, "site": "lower-limb", "size_cm": 4, "depth": "deep", "surgery": "resected", "limb_sparing": True,
        "re_resection": "negative", "radiotherapy": "none", "nodes": "negative", "grade": "3",
    }  # fmt: skip
    for card in ("local-recurrence-2008", "fisher-2018"):
        said = predict(
            cards()[card], [Patient(**known, histologic_type=t) for t in ("leiomyosarcoma", "DSRCT", "ERMS")]
        )
        assert said.status.tolist() == [1, 0, 0]


def test_cog_places_what_its_rows_place_and_says_what_is_open() -> None:
    orbit = {"site": "head-and-neck", "site_detail": "orbit", "metastases": "none"}
    assert cog("cog-stage", **orbit).group.as_assigned == "1"  # type: ignore[union-attr]
    risk = cog("cog-risk", **orbit)
    assert risk.group is not None
    assert (risk.group.as_assigned, risk.group.possible) == (None, ("very-low", "low", "intermediate"))
    assert {"rms_group", "foxo1_fusion", "myod1_or_tp53_changed"} <= set(risk.asks)
    normal = {"foxo1_fusion": False, "myod1_or_tp53_changed": False, "rms_group": "III"}
    assert cog("cog-risk", **orbit, **normal).group.as_assigned == "low"  # type: ignore[union-attr]
    assert cog("cog-risk", **orbit, **normal | {"myod1_or_tp53_changed": None}).group.as_assigned is None  # type: ignore[union-attr]


def test_a_limb_is_never_favourable_and_what_the_report_says_counts() -> None:
    small = cog("cog-stage", size_cm=4, nodes="negative")
    assert small.group is not None
    assert small.group.possible == ("2",)
    assert cog("cog-stage", size_cm=4, nodes="negative", rms_stage="3").group.possible == ("3",)  # type: ignore[union-attr]
    spread = cog("cog-risk", metastases="bone@0", foxo1_fusion=True)
    assert spread.group is not None
    assert (spread.group.as_assigned, spread.for_teams) == ("high", True)


def test_a_place_on_which_the_editions_differ_is_not_placed() -> None:
    kidney = {"site": "abdominal-viscera", "site_detail": "kidney"}
    for table in ("cog-stage", "cog-risk"):
        assert (cog(table, **kidney).group, cog(table, **kidney).reason) == (None, "not-placed")


def test_rows_for_teams_are_not_told_to_everyone() -> None:
    patient = Patient(histologic_type="ARMS", site="lower-limb", metastases="bone@0", foxo1_fusion=True)
    assert "cog-risk" in {s.chapter for s in outlook_of(patient).staging}
    assert "cog-risk" not in {s.chapter for s in outlook_of(patient, audience="everyone").staging}


@pytest.mark.words
def test_every_surface_says_why_there_is_no_stage() -> None:
    outlook = outlook_of(Patient(histologic_type="clear cell sarcoma", site="lower-limb", size_cm=12))
    (data,) = as_data(outlook)["staging"]
    assert data["reason"] == "type-not-graded"
    assert "FNCLCC does not grade this type" in " ".join(data["notes"])
    clinical = str(TextReport(outlook, plain=False, survival=False))
    assert "FNCLCC does not grade this type" in clinical
    assert "Stage IB" not in clinical
    assert "not given a grade" in str(TextReport(outlook, plain=True, survival=False))
