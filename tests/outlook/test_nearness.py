"""Nearness: what stands first is about people most like this one, and what may not be said is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.errors import RecordError
from sarcoma.evidence import library
from sarcoma.outlook import Outlook, outlook_of
from sarcoma.outlook.nearness import dominates
from sarcoma.patient import Patient
from sarcoma.report import as_data
from sarcoma.report.text import TextReport

LMS: dict[str, Any] = {
    "age": 62,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "surgery": "resected",
}
ASPS: dict[str, Any] = {
    "age": 24,
    "type": "alveolar soft part sarcoma",
    "site": "lower limb",
    "metastases": ["lung@0"],
}
RMS: dict[str, Any] = {
    "age": 6,
    "type": "embryonal rhabdomyosarcoma",
    "site": "head and neck",
    "site_detail": "orbit",
}


def heads(outlook: Outlook, question: str) -> list[str]:
    return [figure.origin for figure in outlook.answer_to(question).headline.figures]


def nearest(outlook: Outlook, question: str) -> list[str]:
    return [near.figure.origin for near in outlook.answer_to(question).nearest]


def test_a_high_grade_tumour_of_the_leg_is_told_of_high_grade_tumours_of_limbs() -> None:
    outlook = outlook_of(Patient(**LMS))
    assert heads(outlook, "spread") == ["C4.metastasis"]
    beside = nearest(outlook, "spread")
    assert {"C15.metastasis", "SMOLLE20-HIGH.metastasis", "LUND25-TYPE-GRADE.lms_g3_5y"} <= set(beside)
    broader = [near.figure.origin for near in outlook.answer_to("spread").less_near]
    assert {"B21.dm", "B24.dm"} <= set(broader)
    assert not {"B13.te_ever"} & {*beside, *broader}, "a cohort that mixes situations speaks of nobody in particular"


def test_models_that_were_tested_elsewhere_stand_first() -> None:
    outlook = outlook_of(Patient(**LMS))
    assert [m.card.id for m in outlook.models if m.status == "applies"][:2] == ["kattan-2002", "course-tcga"]


def test_a_type_that_is_slow_once_spread_is_told_its_own_figures() -> None:
    outlook = outlook_of(Patient(**ASPS))
    assert heads(outlook, "survival") == ["B16.five"]
    said = outlook.answer_to("survival")
    assert "B16.median" in [near.figure.origin for near in (*said.nearest, *said.less_near)]
    assert "TP-ASPS-surv.seer_met" in nearest(outlook, "survival"), (
        "metastatic at diagnosis, of the type, as this person"
    )
    assert outlook.scenarios == ()
    assert not [f for f in outlook.baselines if f.origin.startswith("OS1.")]


def test_a_child_is_told_of_children_and_a_figure_not_found_again_never_leads() -> None:
    outlook = outlook_of(Patient(**RMS))
    assert heads(outlook, "survival") == ["TP-RMS-surv.os_page"]
    assert {"TP-RMS-site.s_orbit", "TP-RMS-site.orbit"} <= set(nearest(outlook, "survival"))
    assert not [
        n for n in outlook.answer_to("survival").nearest if n.figure.origin == "TP-RMS-site.orbit" and n.may_head
    ]


@pytest.mark.parametrize("name", ["atypical lipomatous tumour", "tenosynovial giant cell tumour"])
def test_a_type_that_does_not_spread_is_told_so_and_nothing_else(name: str) -> None:
    outlook = outlook_of(Patient(age=50, type=name, site="lower limb", size=12))
    said = outlook.answer_to("spread")
    if outlook.profiles.may_be("spread") == {"none"}:
        assert said.headline.kind == "does-not-spread"
    assert not {"B21.dm", "B24.dm", "B25.dm"} & {f.origin for f in (*outlook.spread, *outlook.spread_general)}


def test_unknown_spread_is_asked_about_first() -> None:
    outlook = outlook_of(Patient(age=50, metastases="unknown"))
    assert outlook.answer_to("spread").headline.kind == "spread-not-known"


PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        "age": st.sampled_from([4, 17, 25, 50, 70]),
        "histologic_type": st.sampled_from(sorted(library().types)),
        "site": st.sampled_from(["lower-limb", "retroperitoneum", "uterus", "trunk", "head-and-neck"]),
        "size_cm": st.sampled_from([2.0, 5.0, 7.5, 14.0]),
        "depth": st.sampled_from(["deep", "superficial"]),
        "grade": st.sampled_from(["1", "2", "3"]),
        "metastases": st.sampled_from(["", "lung@0", "liver@14"]),
    },
)


@given(record=PEOPLE)
@settings(max_examples=60)
def test_no_figure_stands_before_one_that_is_nearer_and_nothing_withheld_appears(record: dict[str, Any]) -> None:
    try:
        patient = Patient(**record)
    except RecordError:
        return
    outlook = outlook_of(patient)
    for answer in outlook.answers:
        placed = [*answer.nearest, *answer.less_near]
        for position, one in enumerate(placed):
            for later in placed[position + 1 :]:
                assert not dominates(later.vector, one.vector), (
                    answer.question,
                    one.figure.origin,
                    later.figure.origin,
                )
        for one in answer.less_near:
            (nearer,) = [n for n in placed if n.figure.origin == one.placed_because][:1]
            assert dominates(nearer.vector, one.vector)
        assert not {w.origin for w in answer.withheld} & {n.figure.origin for n in placed}
        assert len({(f.measure, f.unit, f.horizon_months) for f in answer.headline.figures}) <= 1
        alike = [n for n in placed if n.figure in answer.headline.figures]
        assert len({(n.estimand, n.endpoint) for n in alike}) <= 1


def shown_in(data: Any) -> Iterator[str]:
    """The origins in data, without the lists of what is withheld or not decided."""
    if isinstance(data, dict):
        if isinstance(data.get("origin"), str):
            yield data["origin"]
        for name, value in data.items():
            if name not in ("withheld", "cannot_tell"):
                yield from shown_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from shown_in(value)


@given(record=PEOPLE)
@settings(max_examples=60)
def test_what_is_withheld_reaches_no_surface(record: dict[str, Any]) -> None:
    try:
        patient = Patient(**record)
    except RecordError:
        return
    outlook = outlook_of(patient)
    withheld = {w.origin for answer in outlook.answers for w in answer.withheld}
    assert not withheld & set(shown_in(as_data(outlook)))
    for plain in (False, True):
        text = str(TextReport(outlook, plain=plain, survival=True, width=10_000))
        keys = {key for found in re.findall(r"\[([^\]]+)\]", text) for key in re.split(r", | and ", found)}
        assert not withheld & keys
