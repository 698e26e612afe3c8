"""COG's stage and risk group, row by row: what the rows of `risk_rows.yaml` say in words, placed person by person."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.evidence import library
from sarcoma.patient import Patient, Records
from sarcoma.patient.cog import cog_stagings
from sarcoma.patient.staging import Staging

EDITIONS = "Editions of the summary differ on whether biliary tract and kidney are favourable; neither is placed."
EXACTLY_5 = "The page's note prints less and more than 5 cm; its protocol tables count exactly 5 cm as small."

ORBIT: dict[str, Any] = {"site": "head-and-neck", "site_detail": "orbit"}
LIMB: dict[str, Any] = {"site": "lower-limb"}
NORMAL: dict[str, Any] = {"foxo1_fusion": False, "myod1_or_tp53_changed": False}


def cog(histologic_type: str | None = "ERMS", **known: Any) -> tuple[Staging, ...]:
    return cog_stagings(Records([Patient(histologic_type=histologic_type, **known)]))


def stage_of(**known: Any) -> Staging:
    return cog(**known)[0]


def risk_of(**known: Any) -> Staging:
    return cog(**known)[1]


def read(staging: Staging) -> tuple[str | None, tuple[str, ...]]:
    assert staging.group is not None
    return staging.group.as_assigned, staging.group.possible


@pytest.mark.parametrize("histologic_type", ["leiomyosarcoma", "pleomorphic rhabdomyosarcoma", None])
def test_only_the_rhabdomyosarcomas_of_the_tables_are_staged(histologic_type: str | None) -> None:
    assert cog(histologic_type, **ORBIT) == ()


@pytest.mark.parametrize("histologic_type", ["ERMS", "ARMS", "spindle-cell-sclerosing-rhabdomyosarcoma"])
def test_stage_and_risk_group_stand_side_by_side_and_have_no_categories(histologic_type: str) -> None:
    found = cog(histologic_type, **LIMB)
    assert [s.chapter for s in found] == ["cog-stage", "cog-risk"]
    assert {(s.system, s.t, s.n, s.m) for s in found} == {("COG", None, None, None)}


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({**ORBIT, "size_cm": 9, "nodes": "positive"}, "1"),  # favourable: any size, any nodes
        ({"site": "head-and-neck", "site_detail": "head-neck-other"}, "1"),
        ({"site": "abdominal-viscera", "site_detail": "genitourinary-other"}, "1"),
        ({**LIMB, "size_cm": 5, "nodes": "negative"}, "2"),
        ({**LIMB, "size_cm": 5, "nodes": "not-assessed"}, "2"),
        ({"site": "abdominal-viscera", "site_detail": "bladder-or-prostate", "size_cm": 3, "nodes": "negative"}, "2"),
        ({**LIMB, "size_cm": 5.1, "nodes": "negative"}, "3"),
        ({**LIMB, "size_cm": 5, "nodes": "positive"}, "3"),
        ({**LIMB, "size_cm": 6}, "3"),
        ({"site": "head-and-neck", "site_detail": "parameningeal", "size_cm": 6}, "3"),
        ({**LIMB, "size_cm": 2, "nodes": "negative", "metastases": "lung@0"}, "4"),
        ({**ORBIT, "metastases": "bone@0"}, "4"),
        ({"metastases": "lung@0"}, "4"),
    ],
)
def test_the_stage_is_that_of_the_row_that_fits(known: dict[str, Any], stage: str) -> None:
    found = stage_of(**known)
    assert read(found) == (stage, (stage,))
    assert (found.asks, found.reason) == ((), None)


@pytest.mark.parametrize(
    ("known", "possible", "asks"),
    [
        (LIMB, ("2", "3"), ("size_cm", "nodes")),
        ({**LIMB, "nodes": "negative"}, ("2", "3"), ("size_cm",)),
        ({**LIMB, "nodes": "positive", "size_cm": None}, ("3",), ("size_cm",)),  # the row is met either way
        ({**LIMB, "size_cm": 4}, ("2", "3"), ("nodes",)),
        ({**LIMB, "size_cm": 4, "nodes": "negative", "metastases": "unknown"}, ("2", "4"), ("metastases",)),
        ({"size_cm": 4, "nodes": "negative"}, ("1", "2"), ("site_detail", "site")),
        ({}, ("1", "2", "3"), ("site_detail", "site", "size_cm", "nodes")),
    ],
)
def test_what_is_not_known_leaves_several_stages_and_is_asked_for(
    known: dict[str, Any], possible: tuple[str, ...], asks: tuple[str, ...]
) -> None:
    found = stage_of(**known)
    assert read(found) == (None, possible)
    assert found.asks == asks
    assert found.reason is None


@pytest.mark.words
def test_the_stage_that_the_report_gives_counts_and_has_the_words_of_its_row() -> None:
    found = stage_of(**LIMB, size_cm=4, nodes="negative", rms_stage="1")
    assert read(found) == ("1", ("1",))
    assert (found.note, found.marks, found.origins) == (EDITIONS, ("conflict",), ("PDQ-RMS",))
    assert (found.asks, found.reason, found.for_teams) == ((), None, False)
    assert stage_of(rms_stage="2").note == EXACTLY_5
    assert (stage_of(rms_stage="4").note, stage_of(rms_stage="4").marks) == (None, ())


@pytest.mark.words
def test_notes_and_marks_are_those_of_every_row_that_may_fit_each_once() -> None:
    found = stage_of(**LIMB)
    assert found.note == f"{EXACTLY_5} {EDITIONS}"
    assert found.marks == ("conflict",)
    assert found.origins == ("PDQ-RMS",)


@pytest.mark.parametrize("site_detail", ["kidney", "biliary-tract"])
def test_a_place_on_which_the_editions_differ_has_neither_stage_nor_risk_group(site_detail: str) -> None:
    for found in cog(site="abdominal-viscera", site_detail=site_detail, **NORMAL, rms_group="II"):
        assert (found.group, found.reason, found.note) == (None, "not-placed", None)
        assert (found.origins, found.asks, found.marks) == (("PDQ-RMS",), (), ())


# the words of the rows: no FOXO1 fusion, MYOD1 and TP53 normal
@pytest.mark.parametrize(
    ("stage", "group", "risk"),
    [
        ("1", "I", "very-low"),
        ("1", "II", "low"),
        ("2", "I", "low"),
        ("2", "II", "low"),
        ("2", "III", "intermediate"),
        ("3", "I", "intermediate"),
        ("3", "II", "intermediate"),
        ("3", "III", "intermediate"),
    ],
)
def test_risk_by_stage_and_group_without_fusion(stage: str, group: str, risk: str) -> None:
    assert read(risk_of(**NORMAL, rms_stage=stage, rms_group=group)) == (risk, (risk,))


@pytest.mark.parametrize("stage", ["1", "2", "3"])
@pytest.mark.parametrize("group", ["I", "II", "III"])
def test_a_fusion_without_spread_is_intermediate(stage: str, group: str) -> None:
    found = risk_of(histologic_type="ARMS", foxo1_fusion=True, rms_stage=stage, rms_group=group)
    assert read(found) == ("intermediate", ("intermediate",))
    assert (found.marks, found.for_teams) == (("not-found-again",), True)


def test_group_iii_of_the_orbit_is_low_and_of_another_place_intermediate() -> None:
    low = risk_of(**ORBIT, **NORMAL, rms_group="III")
    assert read(low) == ("low", ("low",))
    assert (low.marks, low.for_teams, low.asks) == ((), False, ())
    elsewhere = {"site": "head-and-neck", "site_detail": "head-neck-other"}
    assert read(risk_of(**elsewhere, **NORMAL, rms_group="III")) == ("intermediate", ("intermediate",))


@pytest.mark.parametrize(("age", "risk"), [(9, "intermediate"), (10, "high"), (30, "high")])
def test_spread_without_fusion_is_high_from_ten_years(age: float, risk: str) -> None:
    assert read(risk_of(**LIMB, **NORMAL, metastases="lung@0", age=age)) == (risk, (risk,))


@pytest.mark.parametrize("age", [2, 30, None])
def test_spread_with_a_fusion_is_high_at_any_age(age: float | None) -> None:
    assert read(risk_of(**LIMB, foxo1_fusion=True, metastases="lung@0", age=age)) == ("high", ("high",))


def test_spread_without_fusion_at_an_unknown_age_asks_for_the_age_alone() -> None:
    found = risk_of(**LIMB, **NORMAL, metastases="lung@0", rms_group="IV")
    assert read(found) == (None, ("intermediate", "high"))
    assert found.asks == ("age",)
    assert found.marks == ("not-found-again",)


def test_what_no_row_places_has_no_risk_group() -> None:
    changed = risk_of(**ORBIT, foxo1_fusion=False, myod1_or_tp53_changed=True, rms_group="I")
    assert (changed.group, changed.reason, changed.origins) == (None, "not-placed", ("PDQ-RMS",))


def test_group_iv_goes_with_spread_only_and_spread_with_group_iv_only() -> None:
    unspread = risk_of(**LIMB, **NORMAL, size_cm=4, nodes="negative", rms_group="IV")
    assert (unspread.group, unspread.reason, unspread.asks) == (None, "not-placed", ())
    spread = risk_of(**LIMB, **NORMAL, metastases="lung@0", rms_group="II")
    assert (spread.group, spread.reason, spread.asks) == (None, "not-placed", ())
    assert read(risk_of(**LIMB, foxo1_fusion=True, metastases="lung@0")) == ("high", ("high",))


def test_a_known_stage_is_not_asked_for_again() -> None:
    found = risk_of(**ORBIT)
    assert read(found) == (None, ("very-low", "low", "intermediate"))
    assert found.asks == ("foxo1_fusion", "myod1_or_tp53_changed", "rms_group")
    assert found.marks == ("not-found-again",)
    open_stage = risk_of(**LIMB, **NORMAL)  # stage 2 or 3
    assert read(open_stage) == (None, ("low", "intermediate"))
    assert {"rms_stage", "rms_group"} <= set(open_stage.asks)


def test_a_group_that_is_known_is_not_asked_for_where_the_stage_is() -> None:
    found = risk_of(**ORBIT, rms_group="II")
    assert read(found) == (None, ("low", "intermediate"))
    assert found.asks == ("foxo1_fusion", "myod1_or_tp53_changed")


def test_the_possible_values_stand_in_the_order_of_the_table() -> None:
    risk = [row.value for row in library().risk_rows.values() if row.table == "cog-risk"]
    assert risk == ["very-low", "low", "intermediate", "high"]
    found = risk_of(metastases="unknown")
    assert read(found) == (None, ("very-low", "low", "intermediate", "high"))
