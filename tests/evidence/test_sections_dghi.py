"""Sections D (symptoms), G (guidelines), H (heredity, prevention), I (communication), and what stands on them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sarcoma.evidence import Fact, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.patient import ORGANS, field_specs, rules

ROWS = {
    "D": [f"D{i}" for i in range(1, 13)],
    "G": [f"G{i}" for i in range(1, 14)],  # G14 is a gap in the material; it is told in the note of G6
    "H": [f"H{i}" for i in range(1, 11)],
    "I": [f"I{i}" for i in range(1, 19)],
}

HELP = "your emergency number or your team's 24-hour line"

PERCENT_IN_WORDS = re.compile(r"%|\bof 100\b|\bper ?cent\b")

TELEPHONE = re.compile(r"\b(?:999|911|112|111|000)\b|\bA&E\b|\+\d|\b\d{5,}\b|\b\d{3,4}[ -]\d{3,4}\b")

ARTICLE_CLAIMS = {
    "us-cases-2023",
    "more-than-50-types",
    "40-to-50-of-100-spread",
    "lung-first-80",
    "older-study-2011",
    "newer-study-2020",
    "212-people-24-months",
    "five-year-survival-15",
    "soft-tissues-named",
    "anywhere-in-the-body",
    "metastasis-is-stage-4",
    "blood-and-lymph",
    "general-signs",
    "signs-by-place",
    "nodes-swell-for-other-reasons",
    "five-risk-factors",
    "children-8-adults-under-1",
    "no-way-to-prevent",
    "surgery-best-in-the-lung",
    "doxorubicin-first",
    "pazopanib-targeted",
    "immunotherapy-studied",
    "radiation-with-chemotherapy",
    "surgery-cures",
    "what-five-year-survival-means",
    "what-shapes-the-outlook",
    "outlook-typically-poor",
}


def facts_here() -> list[Fact]:
    return [fact for fact in library().facts.values() if fact.section in ROWS]


def red_flag_texts() -> Iterator[tuple[str, str]]:
    for flag in library().red_flags.values():
        for text in (flag.title, flag.plain_title, *flag.signs, *flag.plain_signs, flag.action, flag.plain_action):
            yield flag.id, text
        yield flag.id, flag.note or ""


@pytest.mark.parametrize("section", sorted(ROWS))
def test_every_row_of_the_section_is_a_fact(section: str) -> None:
    assert [f.key for f in facts_here() if f.section == section] == ROWS[section]


@pytest.mark.parametrize(
    ("key", "value", "low", "high"),
    [
        ("D3.patients", 81, None, None),
        ("D3.symptoms_first_line", 2, 0, 5),
        ("D3.symptoms_bsc", 3, 1, 6),
        ("D3.survival_bsc", 3.4, None, None),
        ("D3.palliative_care", 88, None, None),
        ("D3.palliative_before_death", 16, None, None),
        ("D5.cases", 153, None, None),
        ("D5.types", 20, None, None),
        ("D5.recurrence", 45.7, None, None),
        ("D7.report_after", None, 1, 2),
        ("D12.lump_size", 5, None, None),
        ("G1.high_risk_interval", None, 3, 4),
        ("G1.high_risk_duration", None, 2, 3),
        ("G1.low_grade_interval", None, 4, 6),
        ("G1.low_grade_duration", None, 3, 5),
        ("G2.first_interval", None, 3, 6),
        ("G2.first_duration", None, 2, 3),
        ("G3.articles", 78, None, None),
        ("G4.lung_early", 80, None, None),
        ("G4.years_early", 4.2, None, None),
        ("G4.years_late", 7.3, None, None),
        ("G5.entities", None, 150, None),
        ("H1.radiation", None, None, 5),
        ("H1.radiation_interval", 10, None, None),
        ("H3.tp53", 3.6, None, None),
        ("H3.age_carriers", 33, None, None),
        ("H3.age_others", 48, None, None),
        ("H5.lifetime_england", None, 8, 13),
        ("H5.lifetime_scotland", None, 5.9, 10.3),
        ("H5.survival_nf1", 21, None, None),
        ("H5.survival_sporadic", 42, None, None),
        ("H6.after_mastectomy", None, 0.07, 0.45),
        ("H6.of_survivors", 0.25, 0.03, 0.45),
        ("H7.prevalence", None, 0.05, 0.16),
        ("H10.distant_recurrence", 0.7, 0.57, 0.85),
        ("I1.worst_multiple", 0.25, None, None),
        ("I1.typical_low_multiple", 0.5, None, None),
        ("I1.typical_high_multiple", 2, None, None),
        ("I1.best_multiple", 3, None, None),
        ("I1.worst_accuracy", 73, None, None),
        ("I1.women", 13083, None, None),
        ("I2.typical", 62, None, None),
        ("I2.close", 27, None, None),
        ("I3.own_three", 88, None, None),
        ("I6.prefer_not", None, 25, 31),
        ("I6.agreement", 0.07, None, None),
        ("I7.wanted", 74, 64, 84),
        ("I10.length", 48, None, None),
        ("I12.findings", 1119, None, None),
        ("I13.accuracy", 1.7, 1.5, 2.1),
        ("I18.typical_centre", None, 12, 48),
        ("I18.worst_network", 4.5, None, None),
        ("I18.best_population", 24, None, None),
    ],
)
def test_figures_are_those_of_the_material(
    key: str, value: float | None, low: float | None, high: float | None
) -> None:
    _, figure = library().figure(key)
    assert (figure.value, figure.low, figure.high) == (value, low, high)


def test_counts_and_shares_agree() -> None:
    for fact in facts_here():
        for figure in fact.figures:
            if figure.numerator is not None and figure.n and figure.value is not None:
                assert figure.value == pytest.approx(100 * figure.numerator / figure.n, abs=0.06), (
                    f"{fact.key}.{figure.id}"
                )


def test_the_illustration_is_the_multiples_times_the_published_medians() -> None:
    def multiple(name: str) -> float:
        return library().figure(f"I1.{name}_multiple")[1].value or 0

    illustration = library().fact("I18")
    assert {"illustration", "calculated"} <= set(illustration.marks)
    assert all(figure.calculation for figure in illustration.figures)
    for group, source in (("centre", "OS2.median"), ("network", "OS1.p4"), ("population", "OS3.all_last")):
        median = round(library().figure(source)[1].value or 0)  # 8.1 months stand as 8 in the illustration
        typical = illustration.figure(f"typical_{group}")
        assert illustration.figure(f"worst_{group}").value == median * multiple("worst")
        assert (typical.low, typical.high) == (median * multiple("typical_low"), median * multiple("typical_high"))
        assert illustration.figure(f"best_{group}").value == median * multiple("best")


def test_numbers_of_the_outlook_are_gated_as_survival() -> None:
    keys = ["D3.survival_bsc", "D5.alive_2_years", "H5.survival_nf1", "I18.worst_centre", "I18.typical_centre"]
    assert all(library().figure(key)[1].about_survival for key in keys)


@pytest.mark.parametrize("key", [key for rows in ROWS.values() for key in rows])
def test_texts_name_only_figures_that_may_be_shown(key: str) -> None:
    fact = library().fact(key)
    for text in (fact.statement, fact.plain):
        assert not PERCENT_IN_WORDS.search(text)
        for name in PLACEHOLDER.findall(text):
            owner, figure = library().figure(name if "." in name else f"{key}.{name}")
            assert figure.shown
            assert "from-memory" not in owner.marks


@pytest.mark.parametrize("key", [key for rows in ROWS.values() for key in rows])
def test_sources_and_links_resolve_and_rules_name_real_codes(key: str) -> None:
    fact = library().fact(key)
    sources = {*fact.sources, *(s for figure in fact.figures for s in figure.sources or ())}
    assert sources <= set(library().sources)
    assert set(fact.disagrees_with) <= set(library().facts)
    assert all(key in library().fact(other).disagrees_with for other in fact.disagrees_with)
    organs = {*fact.organs, *(o for figure in fact.figures for o in figure.organs or ())}
    assert organs <= set(ORGANS)
    for rule in (fact.applies, *(figure.applies or () for figure in fact.figures)):
        rules.check_rule(rule)


def test_follow_up_is_given_by_grade() -> None:
    figures = library().fact("G1").figures
    grades = {figure.group: {c.in_ for c in figure.applies or () if c.field == "grade"} for figure in figures}
    assert grades == {"high risk": {("2", "3")}, "low grade": {("1",)}}


def test_syndromes_in_rules_are_those_of_the_record() -> None:
    codes = set(field_specs()["syndrome"].code_list())
    named = {
        code
        for entry in (*facts_here(), *library().questions.values())
        for condition in entry.applies
        if condition.field == "syndrome"
        for code in condition.in_ or ()
    }
    assert {"li-fraumeni", "neurofibromatosis-1"} <= named <= codes


# -- sites and red flags


def test_sites_are_the_euracan_list() -> None:
    assert set(library().sites) == set(ORGANS)


def test_a_site_has_sourced_symptoms_or_says_that_none_were_read() -> None:
    for site in library().sites.values():
        assert site.sources or site.note, site.id
        assert bool(site.symptoms) == bool(site.sources), site.id
        assert all(symptom.sources for symptom in site.symptoms), site.id
        named = {s for symptom in site.symptoms for s in symptom.sources}
        assert named <= set(site.sources) <= set(library().sources), site.id


@pytest.mark.parametrize("organ", ["other-viscera", "unknown"])
def test_no_symptoms_are_made_up_for_organs_without_a_source(organ: str) -> None:
    assert library().sites[organ].symptoms == ()


def test_sites_and_red_flags_name_each_other() -> None:
    flags = library().red_flags
    from_sites = {(site.id, flag) for site in library().sites.values() for flag in site.red_flags}
    from_flags = {(organ, flag.id) for flag in flags.values() for organ in flag.organs}
    assert from_sites == from_flags


@pytest.mark.words
def test_the_catch_all_stands_first_and_holds_for_everyone() -> None:
    first = next(iter(library().red_flags.values()))
    assert first.id == "anything-sudden"
    assert first.urgency == "emergency"
    assert (first.organs, first.treatments, first.when) == ((), (), ())
    for word in ("sudden", "severe", "quickly getting worse"):
        assert word in first.action
        assert word in first.plain_action


def test_emergencies_stand_before_what_can_wait_until_the_evening() -> None:
    order = ["emergency", "same-day", "soon"]
    urgencies = [order.index(flag.urgency) for flag in library().red_flags.values()]
    assert urgencies == sorted(urgencies)


@pytest.mark.words
def test_every_red_flag_says_whom_to_call_in_any_country() -> None:
    for flag in library().red_flags.values():
        assert HELP in flag.action, flag.id
        assert HELP in flag.plain_action, flag.id
        assert len(flag.signs) == len(flag.plain_signs), flag.id


def test_a_sign_is_a_whole_phrase_and_no_half_of_one() -> None:
    for flag in library().red_flags.values():
        for sign in (*flag.signs, *flag.plain_signs):
            assert not re.match(r"(and|with|above all|together|flecks|nothing)\b", sign), f"{flag.id}: {sign}"


def test_every_red_flag_but_the_standing_rule_has_a_source() -> None:
    for flag in library().red_flags.values():
        assert set(flag.sources) <= set(library().sources)
        assert flag.sources or (flag.id == "anything-sudden" and "inferred" in flag.marks)


def test_no_telephone_number_stands_anywhere() -> None:
    texts = [
        *red_flag_texts(),
        *((s.id, t) for s in library().sites.values() for t in (s.plain, s.note or "")),
        *((q.id, t) for q in library().questions.values() for t in (q.text, q.plain)),
        *((f.key, t) for f in facts_here() for t in (f.statement, f.plain, f.note or "")),
    ]
    assert [(where, text) for where, text in texts if TELEPHONE.search(text)] == []


def test_what_was_not_read_in_a_source_is_marked_as_our_inference() -> None:
    for flag in ("pneumothorax", "seizure", "pathological-fracture"):
        assert "inferred" in library().red_flags[flag].marks
    sources = {s for flag in library().red_flags.values() for s in flag.sources}
    assert not {"HIPEC-ORG", "BHATT-MBO"} & sources


@pytest.mark.words
def test_fever_counts_during_chemotherapy_and_leaves_the_threshold_to_the_team() -> None:
    flag = library().red_flags["neutropenic-sepsis"]
    assert "kind:chemotherapy" in flag.treatments
    assert "37.5 °C" in flag.plain_signs[0]
    assert "your team" in flag.plain_signs[0]


# -- questions


def test_questions_are_enough_and_on_every_topic() -> None:
    questions = library().questions.values()
    assert 25 <= len(questions) <= 35
    assert {q.topic for q in questions} == {"diagnosis", "spread", "treatment", "follow-up", "outlook", "living"}
    assert all("?" in q.text and "?" in q.plain for q in questions)


def test_questions_name_facts_that_exist_and_rules_that_can_be_answered() -> None:
    for question in library().questions.values():
        assert set(question.facts) <= set(library().facts), question.id
        assert not PLACEHOLDER.findall(question.text + question.plain), question.id
        rules.check_rule(question.applies)


# -- the article's claims


def test_every_claim_of_the_article_is_there() -> None:
    assert set(library().claims) == ARTICLE_CLAIMS


def test_claims_resolve_to_facts_figures_and_sources() -> None:
    for claim in library().claims.values():
        assert claim.facts, claim.id
        assert set(claim.facts) <= set(library().facts), claim.id
        assert set(claim.sources) <= set(library().sources), claim.id
        for text in (claim.claim, claim.what_the_source_says, claim.newer_evidence, claim.plain):
            for key in PLACEHOLDER.findall(text):
                owner, figure = library().figure(key)
                assert figure.shown, f"{claim.id}: {key}"
                assert owner.key in claim.facts, f"{claim.id}: {key}"


def test_claims_name_numbers_only_through_figures() -> None:
    for claim in library().claims.values():
        for text in (claim.claim, claim.what_the_source_says, claim.newer_evidence, claim.plain):
            assert not PERCENT_IN_WORDS.search(text), claim.id


def test_the_study_of_sites_that_was_not_found_is_said_to_be_unresolved() -> None:
    claims = library().claims
    assert claims["newer-study-2020"].verdict == "not-resolved"
    assert "inferred" in claims["older-study-2011"].marks
    assert claims["212-people-24-months"].verdict == "true"
    assert claims["us-cases-2023"].verdict == "true-but-outdated"
