"""Sections C (risk of spread) and F (outlook): every row is there, figures are those of the material, texts are honest."""

from __future__ import annotations

import re

import pytest

from sarcoma.evidence import Fact, Figure, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.outlook.resemble import figure_answer, published
from sarcoma.patient import ORGANS, Patient, Records, rules

ROWS = {
    "C": [
        *(f"C{i}" for i in range(1, 17)),
        "M2-GRADE130",
        "M2-CATES18",
        "M2-JOHNSON18",
        "M2-FISHER-RPS",
        "M3-CALLEGARO16",
        "M3-WILLEUMIER17",
        "M3-RAUT19",
        "M3-CAHLON12",
    ],
    "F": [
        "F1-SFA24",
        "F1-CANCERNET21",
        "F1-CANCERNET16",
        "F1-CANCERNET14",
        "F1-CANADA",
        "F1-ENGLAND",
        *(f"OS{i}" for i in range(1, 15)),
        "F3-LMS",
        "F3-ULMS",
        "F3-LPS",
        "F3-MLPS",
        "F3-ASPS",
        "F3-SYNOVIAL",
        "F3-ANGIO",
        "F3-EPITHELIOID",
        "F3-RMS-YOUNG",
        "F3-RMS-ADULT",
        "F3-ANY",
        "F4-PS",
        "F4-GRADE",
        "F4-CHEMOTHERAPY",
        "F4-MLPS-LIVER",
        "F4-MLPS-NED",
        "F4-M1-TREATMENT",
        "F4-BONE-PRIMARY",
        "F4-ITALIANO11",
        "F4-LOCHNER20",
        "F4-VOS19",
        "F4-ZHANG21",
        "F4-BILLINGSLEY99",
        "F4-PISTERS96",
        "F4-DFI",
        "F4-SAVINA17",
        "F4-LUNG-ONLY",
        "F4-BONE",
        "F4-LUNG-LIVER",
        "F4-BRAIN",
        "F4-KANG14",
        "F5-LYON",
        "F5-EMS17",
        "F5-LOCHNER20",
        "F5-SEER",
        "F5-METASTASECTOMY",
        "F5-RANGE",
        "F5-CONDITIONAL",
        "F5-EXPONENTIAL",
        "M3-GERMAN",
        "M3-COREY",
        "M3-DALAL06",
        "M3-CANTER08",
        "M3-IASONOS-ULMS",
        "M3-DESANCTIS22",
        "M5-GOUGH12",
        "M5-GOUGH12-FACTORS",
        "M5-RMH1L",
        "M5-BILLINGSLEY-LUNG",
        "M5-CHUDGAR17",
        "M5-LM-179670",
        "M5-LM-AGGR",
    ],
}

KEYS = [key for rows in ROWS.values() for key in rows]

PERCENT_IN_WORDS = re.compile(r"%|\bof 100\b|\bin 100\b|\bper ?cent\b")

NOT_FOR_LAY_READERS = {"hazard-ratio", "odds-ratio", "relative-risk", "p-value", "c-index", "auc", "kappa"}

SELECTED = {"lung-metastasectomy", "local-treatment-of-metastases"}


def figures_here() -> list[tuple[Fact, Figure]]:
    return [(library().fact(key), figure) for key in KEYS for figure in library().fact(key).figures]


def shown_to(key: str, **record: object) -> bool:
    """Whether a figure is about people like this made-up record."""
    owner, _, name = key.partition(".")
    one = next(p for p in published(owner) if p.figure.id == name)
    return figure_answer(one, Records((Patient(**record),))) == 1


@pytest.mark.parametrize("section", sorted(ROWS))
def test_every_row_of_the_section_is_a_fact(section: str) -> None:
    keys = [f.key for f in library().facts.values() if f.section == section]
    assert keys[: len(ROWS[section])] == ROWS[section]


@pytest.mark.parametrize(
    ("key", "value", "low", "high", "unit"),
    [
        ("C1.people", 1240, None, None, "people"),
        ("C2.grade_p", 4e-12, None, None, "p-value"),
        ("C2.no_chemotherapy_p", 6.4e-4, None, None, "p-value"),
        ("C3.survival", 76, None, None, "percent"),
        ("C4.metastasis", 40, None, None, "percent"),
        ("C4.size_effect", 4.9, None, None, "hazard-ratio"),
        ("C5.death_g1", 3, None, None, "percent"),
        ("C5.death_g3", 38, None, None, "percent"),
        ("C6.nodes_effect", 4.48, None, None, "odds-ratio"),
        ("C8.margin_lung_p", 0.0055, None, None, "p-value"),
        ("C11.metastasis", 19.6, None, None, "percent"),
        ("C12.differentiation_effect", 12.09, None, None, "odds-ratio"),
        ("C15.metastasis", None, 21, 40, "percent"),
        ("C16.grade_effect", 4.2, 1.4, 12.7, "relative-risk"),
        ("C16.dss_10y", 85, None, None, "percent"),
        ("M2-GRADE130.grade_2", 5.2, None, None, "fold"),
        ("M3-CALLEGARO16.survival", 72.9, None, None, "percent"),
        ("M3-CALLEGARO16.metastasis", 25.0, None, None, "percent"),
        ("M3-WILLEUMIER17.none_effect", 14.20, 4.14, 48.75, "hazard-ratio"),
        ("M3-RAUT19.survival", 54.1, 49.8, 58.8, "percent"),
        ("M3-RAUT19.disease_free", 19.2, 16.0, 23.0, "percent"),
        ("M3-CAHLON12.recurrence_5y", 13, None, None, "percent"),
        ("F1-SFA24.distant", 16, None, None, "percent"),
        ("F1-CANCERNET21.distant", 15, None, None, "percent"),
        ("F1-CANCERNET16.localised", 80, None, None, "percent"),
        ("F1-CANCERNET14.localised", 83, None, None, "percent"),
        ("F1-CANADA.all", 61, None, None, "percent"),
        ("F1-ENGLAND.trunk", 40, None, None, "percent"),
        ("OS1.p1", 12.3, 9.9, 14.7, "months"),
        ("OS1.p2", 11.4, 9, 13.9, "months"),
        ("OS1.p3", 15, 11.8, 18.2, "months"),
        ("OS1.p4", 18, 15.3, 20.7, "months"),
        ("OS1.trend", 0.029, None, None, "p-value"),
        ("OS1.two_last", 38.7, None, None, "percent"),
        ("OS2.median", 24, 21, 33, "months"),
        ("OS2.one", 70.0, 64, 77, "percent"),
        ("OS2.two", 49.9, 43, 58, "percent"),
        ("OS2.five", 24.8, 19, 33, "percent"),
        ("OS3.all_first", 5.8, None, None, "months"),
        ("OS3.all_last", 8.1, None, None, "months"),
        ("OS3.lps_last", 9.3, None, None, "months"),
        ("OS3.lms_last", 14.6, None, None, "months"),
        ("OS3.other_last", 6.3, None, None, "months"),
        ("OS4.median", 21, 18.2, 23.8, "months"),
        ("OS5.beyond", None, 5.4, 8.5, "months"),
        ("OS6.treated", 24, None, None, "months"),
        ("OS7.median", 17.6, 15.6, 19.0, "months"),
        ("OS8.median", 19.7, None, None, "months"),
        ("OS9.median", 12.8, None, None, "months"),
        ("OS10.median", 11.6, None, None, "months"),
        ("OS11.two", 21, None, None, "percent"),
        ("OS12.range", None, 12, 18, "months"),
        ("OS13.median", 16, None, None, "months"),
        ("OS14.median", 3.4, None, None, "weeks"),
        ("F3-LMS.combination", 33, 26, 48, "months"),
        ("F3-ULMS.median", 45, None, None, "months"),
        ("F3-MLPS.median_dss", 52.5, None, None, "months"),
        ("F3-SYNOVIAL.median", 1.3, None, None, "years"),
        ("F3-ANGIO.three", 3.8, None, None, "percent"),
        ("F3-RMS-YOUNG.five", 32.0, 29.2, 34.9, "percent"),
        ("F3-ANY.any", None, None, 20, "percent"),
        ("F4-PS.effect", 2.83, 1.67, 4.80, "hazard-ratio"),
        ("F4-CHEMOTHERAPY.effect", 0.29, 0.14, 0.60, "hazard-ratio"),
        ("F4-M1-TREATMENT.chemotherapy", 0.788, None, None, "hazard-ratio"),
        ("F4-BONE.bone_only", 41.2, 26.9, 54.9, "percent"),
        ("F4-LUNG-LIVER.two", 28, None, None, "percent"),
        ("F5-LYON.five", 9, None, None, "percent"),
        ("F5-LYON.median", 146, None, None, "months"),
        ("F5-METASTASECTOMY.reported", None, 20, 58, "percent"),
        ("F5-RANGE.range", None, 10, 25, "percent"),
        ("M3-GERMAN.age_75", 33, None, None, "percent"),
        ("M3-GERMAN.fibroblastic", 73, None, None, "percent"),
        ("M3-COREY.spindle", 56, None, None, "percent"),
        ("M3-DALAL06.wd_12y", 74, 64, 81, "percent"),
        ("M3-CANTER08.dss_15y", 53, None, None, "percent"),
        ("M3-IASONOS-ULMS.median", 4.5, None, None, "years"),
        ("M3-DESANCTIS22.dss_5y", 68.1, None, None, "percent"),
        ("M5-GOUGH12.median", 11.4, None, None, "months"),
        ("M5-GOUGH12.d90", 17, None, None, "percent"),
        ("M5-GOUGH12.five", 2, None, None, "percent"),
        ("M5-GOUGH12-FACTORS.albumin", 1.89, 1.52, 2.35, "hazard-ratio"),
        ("M5-RMH1L.median", 12, None, None, "months"),
        ("M5-BILLINGSLEY-LUNG.resected_three", 46, None, None, "percent"),
        ("M5-CHUDGAR17.median", 33.2, 29.9, 37.1, "months"),
        ("M5-LM-179670.dfi_long", 93, None, None, "months"),
        ("M5-LM-AGGR.synchronous", 3.0, 1.4, 6.6, "hazard-ratio"),
    ],
)
def test_figures_are_those_of_the_material(
    key: str, value: float | None, low: float | None, high: float | None, unit: str
) -> None:
    _, figure = library().figure(key)
    assert (figure.value, figure.low, figure.high, figure.unit) == (value, low, high, unit)


@pytest.mark.parametrize("key", KEYS)
def test_texts_name_only_figures_that_may_be_shown(key: str) -> None:
    fact = library().fact(key)
    assert fact.statement != fact.plain
    for text in (fact.statement, fact.plain):
        assert not PERCENT_IN_WORDS.search(text)
        for name in PLACEHOLDER.findall(text):
            owner, figure = library().figure(name if "." in name else f"{key}.{name}")
            assert figure.shown
            assert "from-memory" not in owner.marks
    for name in PLACEHOLDER.findall(fact.plain):
        assert library().figure(name if "." in name else f"{key}.{name}")[1].unit not in NOT_FOR_LAY_READERS


@pytest.mark.parametrize("key", KEYS)
def test_sources_links_types_and_rules_resolve(key: str) -> None:
    fact = library().fact(key)
    named = {s for figure in fact.figures for s in figure.sources or ()}
    assert {*fact.sources, *named} <= set(library().sources)
    assert all(key in library().fact(other).disagrees_with for other in fact.disagrees_with)
    assert {*fact.organs, *(o for figure in fact.figures for o in figure.organs or ())} <= set(ORGANS)
    for name in (*fact.types, *(t for figure in fact.figures for t in figure.types or ())):
        assert set(library().members_of(name)) <= set(library().types)
    for rule in (fact.applies, *(figure.applies or () for figure in fact.figures)):
        rules.check_rule(rule)


def test_every_figure_says_of_whom() -> None:
    assert [f"{f.key}.{g.id}" for f, g in figures_here() if not (g.population or f.population)] == []


def test_counts_and_shares_agree() -> None:
    for fact, figure in figures_here():
        if figure.numerator is not None and figure.n and figure.value is not None:
            assert figure.value == pytest.approx(100 * figure.numerator / figure.n, abs=0.51), f"{fact.key}.{figure.id}"


def test_whatever_tells_how_long_people_live_can_be_held_back() -> None:
    words = re.compile(r"\balive\b|\bsurviv|\bdied\b|\bmortality\b|not died")
    for fact, figure in figures_here():
        if figure.unit in ("percent", "months", "years", "weeks") and words.search(figure.what):
            kept = figure.about_survival or figure.measure == "event-free-survival"
            assert kept, f"{fact.key}.{figure.id}"


def test_probabilities_of_survival_carry_their_time() -> None:
    for fact, figure in figures_here():
        if figure.unit == "percent" and figure.about_survival and figure.measure != "death":
            assert figure.horizon_months, f"{fact.key}.{figure.id}"


def test_hazard_ratios_of_small_or_confounded_series_are_for_teams() -> None:
    for key in KEYS:
        fact = library().fact(key)
        if fact.topic == "prognostic-factor" and any(g.unit == "hazard-ratio" for g in fact.figures):
            assert fact.audience == "teams", key


@pytest.mark.words
def test_who_is_chosen_for_treatment_is_said_in_words() -> None:
    for key in KEYS:
        fact = library().fact(key)
        if SELECTED & set(fact.treatments) or key in ("F4-CHEMOTHERAPY", "F4-M1-TREATMENT", "OS6"):
            assert re.search(r"chosen|fit|select|frail|\bfew", fact.statement), key
            assert re.search(r"chosen|fit|frail|weaker|\bfew", fact.plain, re.IGNORECASE), key


def test_older_editions_give_way_to_the_newest() -> None:
    older = ("F1-CANCERNET21", "F1-CANCERNET16", "F1-CANCERNET14")
    assert all(library().fact(key).superseded_by == "F1-SFA24" for key in older)
    assert {*older, "OS2"} <= set(library().fact("F1-SFA24").disagrees_with)


def test_the_unseen_median_of_metasarc_is_kept_and_not_shown() -> None:
    _, figure = library().figure("OS5.median")
    assert figure.value is None
    assert not figure.shown


def test_our_own_reckoning_is_marked_and_right() -> None:
    fact = library().fact("F5-EXPONENTIAL")
    median = library().figure("OS2.median")[1].value or 0
    for figure in fact.figures:
        assert "calculated" in figure.marks
        assert figure.horizon_months is not None
        assert figure.value == pytest.approx(100 * 0.5 ** (figure.horizon_months / median), abs=0.05)
    assert {"calculated", "inferred"} <= set(library().figure("F5-RANGE.range")[1].marks)


@pytest.mark.parametrize(
    ("key", "record", "shown"),
    [
        ("C5.death_g3", {"site": "lower limb", "grade": 3}, True),
        ("C5.death_g3", {"site": "lower limb", "grade": 1}, False),
        ("C14.death_over_10", {"grade": 3, "size": 12}, True),
        ("C14.death_over_10", {"grade": 3, "size": 16}, False),
        ("C14.death_over_15", {"grade": 3, "size": 16}, True),
        ("C16.metastasis", {"site": "lower limb", "depth": "deep"}, False),
        ("C16.metastasis", {"site": "lower limb", "depth": "superficial", "metastases": "lung@3"}, False),
        ("M3-RAUT19.survival", {"site": "retroperitoneum", "local_recurrence": "yes"}, True),
        ("M3-RAUT19.survival", {"site": "retroperitoneum"}, False),
        ("F1-SFA24.distant", {"metastases": "lung@0"}, True),
        ("F1-SFA24.distant", {"metastases": "lung@20"}, False),
        ("F1-SFA24.localised", {"metastases": "none"}, True),
        ("F1-SFA24.localised", {"metastases": "none", "nodes": "positive", "site": "lower limb"}, False),
        ("OS1.p4", {"metastases": "lung@20"}, True),
        ("OS1.p4", {"metastases": "none"}, False),
        ("OS3.all_last", {"metastases": "lung@0"}, True),
        ("OS3.all_last", {"metastases": "lung@20"}, False),
        ("OS3.lms_last", {"metastases": "lung@0", "type": "leiomyosarcoma"}, True),
        ("OS3.lms_last", {"metastases": "lung@0", "type": "synovial sarcoma"}, False),
        ("OS3.other_last", {"metastases": "lung@0", "type": "synovial sarcoma"}, True),
        ("OS3.other_last", {"metastases": "lung@0", "type": "myxoid liposarcoma"}, False),
        ("OS4.median", {"metastases": "lung@0", "type": "ewing sarcoma"}, False),
        ("OS8.median", {"metastases": "lung@0", "performance_status": 1, "treatments": "none"}, True),
        ("OS8.median", {"metastases": "lung@0", "performance_status": 3, "treatments": "none"}, False),
        ("OS8.median", {"metastases": "lung@0", "performance_status": 1, "treatments": "pazopanib"}, False),
        ("OS8.median", {"metastases": "lung@0"}, False),
        ("OS10.median", {"metastases": "lung@5", "site": "retroperitoneum"}, False),
        ("OS13.median", {"metastases": "lung@5", "site": "retroperitoneum"}, True),
        ("OS14.median", {"metastases": "lung@5"}, False),
        ("OS14.median", {"metastases": "lung@5", "treatments": "best-supportive-care"}, True),
        ("F3-MLPS.bone", {"metastases": "bone@5", "type": "myxoid liposarcoma"}, True),
        ("F3-MLPS.bone", {"metastases": "lung@5", "type": "myxoid liposarcoma"}, False),
        ("F4-BONE.bone_only", {"metastases": "bone@0", "site": "lower limb"}, True),
        ("F4-BONE.bone_only", {"metastases": ["bone@0", "lung@0"], "site": "lower limb"}, False),
        ("F4-BONE.bone_lung", {"metastases": ["bone@0", "lung@0"], "site": "lower limb"}, True),
        ("F5-LYON.median", {"metastases": "lung@0", "landmark": 3}, False),
        ("F5-LYON.median", {"metastases": "lung@0", "landmark": 72}, True),
        ("M3-GERMAN.age_45", {"age": 54}, True),
        ("M3-GERMAN.age_45", {"age": 55}, False),
        ("M3-GERMAN.all", {"age": 54, "metastases": "lung@0"}, False),
        ("M5-BILLINGSLEY-LUNG.resected_median", {"metastases": "lung@9", "metastasectomy": "done"}, True),
        ("M5-BILLINGSLEY-LUNG.resected_median", {"metastases": "lung@9", "metastasectomy": "not-planned"}, False),
        ("M5-LM-179670.dfi_long", {"metastases": "lung@12", "metastasectomy": "done"}, True),
        ("M5-LM-179670.dfi_long", {"metastases": "lung@11", "metastasectomy": "done"}, False),
    ],
)
def test_a_figure_is_only_for_people_like_those_it_comes_from(key: str, record: dict[str, object], shown: bool) -> None:
    assert shown_to(key, **record) == shown
