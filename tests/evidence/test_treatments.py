"""Section E and the treatments: the numbers of the material, for whom, what regulators decided, and what is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sarcoma.evidence import Condition, Fact, Figure, Treatment, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.patient import rules

ROWS = [f"E{i}" for i in range(1, 46)]

IDS = {
    "drugs": [
        "doxorubicin",
        "doxorubicin-ifosfamide",
        "ifosfamide",
        "gemcitabine-docetaxel",
        "doxorubicin-trabectedin",
        "olaratumab",
        "paclitaxel",
        "trabectedin",
        "dacarbazine",
        "eribulin",
        "pazopanib",
        "regorafenib",
        "anlotinib",
        "pembrolizumab",
        "nivolumab-ipilimumab",
        "nivolumab",
        "atezolizumab",
        "tazemetostat",
        "afami-cel",
        "lete-cel",
        "nab-sirolimus",
        "larotrectinib",
        "entrectinib",
        "crizotinib",
        "nirogacestat",
        "second-line-chemotherapy",
        "repotrectinib",
        "vimseltinib",
        "pexidartinib",
        "pimicotinib",
        "hormone-therapy",
        "imatinib",
        "sunitinib",
        "cediranib",
    ],
    "local": [
        "lung-metastasectomy",
        "lung-sbrt",
        "lung-ablation",
        "liver-resection",
        "palliative-radiotherapy",
        "local-treatment-of-metastases",
    ],
    "localised": [
        "adjuvant-chemotherapy",
        "surgery",
        "radiotherapy",
        "amputation",
        "isolated-limb-perfusion",
        "brachytherapy",
        "pembrolizumab-around-surgery",
    ],
    "supportive": ["best-supportive-care", "palliative-care"],
    "record only": [
        "epirubicin",
        "gemcitabine",
        "docetaxel",
        "temozolomide",
        "sorafenib",
        "temsirolimus",
        "everolimus",
        "sirolimus",
        "ipilimumab",
        "vinorelbine",
        "vincristine",
        "dactinomycin",
        "etoposide",
        "irinotecan",
        "topotecan",
    ],
}

# fact.figure, value, low, high, numerator, n, unit – typed in from the evidence table a second time
FIGURES = [
    ("E1.orr_comb", 26, None, None, 60, 227, "percent"),
    ("E1.pfs_comb", 7.4, None, None, None, 227, "months"),
    ("E1.os2_dox", 28, None, None, None, 228, "percent"),
    ("E1.hr_os", 0.82, None, None, None, None, "hazard-ratio"),
    ("E2.orr_dox", 19, None, None, 25, 129, "percent"),
    ("E2.os_gd", 67.5, None, None, None, 128, "weeks"),
    ("E3.os_combination", 33, 26, 48, None, 74, "months"),
    ("E3.os_doxorubicin", 24, 19, 31, None, 76, "months"),
    ("E3.hr_os", 0.65, 0.44, 0.95, None, None, "hazard-ratio"),
    ("E3.hr_pfs", 0.37, 0.26, 0.53, None, None, "hazard-ratio"),
    ("E3.hr_pfs_first", 0.41, 0.29, 0.58, None, None, "hazard-ratio"),
    ("E4.hr_os_lms", 0.95, 0.69, 1.31, None, None, "hazard-ratio"),
    ("E6.os_after", 15.7, 14.0, 17.8, None, 748, "months"),
    ("E7.orr_gsf", 13, None, None, 4, 30, "percent"),
    ("E7.resp_pac", 52.9, None, None, 36, 68, "percent"),
    ("E7.os_korea", 18.6, 9.9, 27.3, None, 21, "months"),
    ("E8.os_trab", 13.7, None, None, None, None, "months"),
    ("E8.p_os_final", 0.49, None, None, None, 577, "p-value"),
    ("E9.os_dac", None, 11.3, 11.5, None, 224, "months"),
    ("E9.hr_os_lms", 0.93, 0.71, 1.20, None, None, "hazard-ratio"),
    ("E10.hr_os", 0.86, 0.67, 1.11, None, None, "hazard-ratio"),
    ("E10.pfs_two", 18.9, None, None, None, None, "weeks"),
    ("E12.pfs_asps", 21, None, None, None, None, "months"),
    ("E13.orr", 16, 7, 30, 8, 49, "percent"),
    ("E14.hr_pfs", 0.51, 0.34, 0.76, None, None, "hazard-ratio"),
    ("E15.control", 22.7, None, None, None, 379, "percent"),
    ("E16.all", 17.5, None, None, 7, 40, "percent"),
    ("E16.lms", 0, None, None, 0, 10, "percent"),
    ("E17.os_ni", 14.3, 9.6, None, None, 38, "months"),
    ("E18.orr", 37, 24, 51, None, 52, "percent"),
    ("E18.label", 24, 13, 39, None, 49, "percent"),
    ("E19.orr", 15, 7, 26, None, 62, "percent"),
    ("E20.mls", 25, None, None, 2, 8, "percent"),
    ("E20.crs", 71, None, None, None, 52, "percent"),
    ("E21.dor", 12.2, 6.8, 19.5, None, None, "months"),
    ("E22.dor24", 58, None, None, None, None, "percent"),
    ("E23.pooled", 87, 77, 94, None, 71, "percent"),
    ("E24.orr", 46, 19, 75, None, 13, "percent"),
    ("E25.share", 2, None, None, 16, 688, "percent"),
    ("E26.neg", 14.3, 0, 57.9, None, 7, "percent"),
    ("E26.adults", 71, None, None, 5, 7, "percent"),
    ("E27.hr_pfs", 0.29, 0.15, 0.55, None, None, "hazard-ratio"),
    ("E28.five", None, 20, 58, None, 1004, "percent"),
    ("E29.five", None, 15, 50.9, None, None, "percent"),
    ("E30.three", 54, None, None, None, 255, "percent"),
    ("E31.free_r0", 7, None, None, None, None, "percent"),
    ("E32.none", 7.8, None, None, None, 25, "months"),
    ("E33.five", None, None, 50, None, None, "percent"),
    ("E34.lc24", 90, 84, 96, None, 56, "percent"),
    ("E35.apf", 12.9, None, None, None, 39, "percent"),
    ("E36.os", 24.0, 13, 28, None, 37, "months"),
    ("E37.rfa", None, 15, 50, None, 206, "months"),
    ("E38.pnx", 68.7, None, None, None, None, "percent"),
    ("E39.uk", 31.8, None, None, None, 36, "percent"),
    ("E40.durable", 80, None, None, 12, 15, "percent"),
    ("E42.os", 16, None, None, None, None, "months"),
    ("E43.hr_rfs", 0.75, 0.64, 0.87, None, 1568, "hazard-ratio"),
    ("E43.os_gain", 4, 1, 9, None, 1568, "percent"),
    ("E44.hr_dfs", 0.78, None, None, None, 2128, "hazard-ratio"),
    ("E45.hr_os", 0.86, 0.75, 0.97, None, 3453, "hazard-ratio"),
]

HIDDEN = {
    "E1": {"hr_os_published"},
    "E2": {"pfs24_gd", "pfs24_dox", "hr_pfs"},
}

LOOSE_RESULT = re.compile(r"%|\bof 100\b|\bper ?cent\b|\d\.\d+ (?:months|weeks)", re.IGNORECASE)
UNREADABLE = {"hazard-ratio", "odds-ratio", "relative-risk", "p-value", "c-index", "auc", "kappa"}
CHOSEN = re.compile(r"chosen|select|\bfit", re.IGNORECASE)


def facts_here() -> list[Fact]:
    return [f for f in library().facts.values() if f.section == "E"]


def treatments() -> list[Treatment]:
    return list(library().treatments.values())


def with_evidence() -> list[Treatment]:
    return [t for t in treatments() if not t.record_only]


def named(text: str, fact: Fact | None = None) -> Iterator[tuple[Fact, Figure]]:
    for key in PLACEHOLDER.findall(text):
        yield library().figure(key if "." in key else f"{fact.key if fact else ''}.{key}")


def texts() -> Iterator[tuple[str, Fact | None, str]]:
    for fact in facts_here():
        yield fact.key, fact, fact.statement
        yield fact.key, fact, fact.plain
    for t in treatments():
        for text in (t.statement, t.plain, t.caution, t.plain_caution):
            yield t.id, None, text or ""


# -- the facts


def test_every_row_of_the_section_is_a_fact() -> None:
    assert [f.key for f in facts_here() if "-" not in f.key] == ROWS


@pytest.mark.parametrize(("key", "value", "low", "high", "numerator", "n", "unit"), FIGURES)
def test_a_figure_is_that_of_the_material(
    key: str,
    value: float | None,
    low: float | None,
    high: float | None,
    numerator: int | None,
    n: int | None,
    unit: str,
) -> None:
    _, f = library().figure(key)
    assert (f.value, f.low, f.high, f.numerator, f.people, f.unit) == (value, low, high, numerator, n, unit)
    assert f.shown


def test_exactly_the_values_from_memory_are_hidden() -> None:
    hidden = {f.key: {g.id for g in f.figures if not g.shown} for f in facts_here()}
    assert {key: ids for key, ids in hidden.items() if ids} == HIDDEN
    assert not any("from-memory" in f.marks for f in facts_here())


def test_the_hidden_interval_of_the_first_trial_is_kept_as_printed() -> None:
    _, f = library().figure("E1.hr_os_published")
    assert (f.value, f.low, f.high, f.interval) == (0.83, 0.67, 1.03, "95.5% CI")


@pytest.mark.words
@pytest.mark.parametrize(("key", "words"), [("E7.orr_gsf", "14%"), ("E18.pfs", "28"), ("E43.os_gain", "1 to 9")])
def test_a_conflict_of_the_sources_is_marked_and_both_values_are_told(key: str, words: str) -> None:
    _, f = library().figure(key)
    assert "conflict" in f.marks
    assert words in (f.note or "")


def test_a_figure_read_only_in_relays_is_marked_so() -> None:
    for fact in facts_here():
        for f in fact.figures:
            cited = [library().sources[s] for s in fact.sources_of(f)]
            if all("secondary" in s.marks and s.kind == "news" for s in cited) and f.shown:
                assert "secondary" in fact.marks_of(f), f"{fact.key}.{f.id}"


def test_every_arm_of_a_comparison_is_named() -> None:
    for fact in facts_here():
        seen = [(f.what, f.horizon_months, f.group, f.population, f.types) for f in fact.figures if f.unit != "p-value"]
        assert len(seen) == len(set(seen)), fact.key


def test_every_fact_says_whose_it_is_and_what_it_is_about() -> None:
    topics = {f"treatment-{t}" for t in ("systemic", "targeted", "immune-and-cell", "local", "adjuvant")}
    assert {f.topic for f in facts_here()} == topics
    for fact in facts_here():
        assert fact.population, fact.key
        assert fact.treatments, fact.key
        rules.check_rule(fact.applies)


def test_survival_at_a_time_says_at_which() -> None:
    for fact in facts_here():
        for f in fact.figures:
            if f.measure in ("overall-survival", "event-free-survival", "local-control") and fact.key != "E41":
                assert f.horizon_months, f"{fact.key}.{f.id}"


@pytest.mark.words
@pytest.mark.parametrize("key", [f"E{i}" for i in (*range(28, 40), 41, 42)])
def test_local_treatment_says_that_people_were_chosen_for_it(key: str) -> None:
    fact = library().fact(key)
    assert CHOSEN.search(fact.statement)
    assert CHOSEN.search(fact.plain)


def test_the_actual_count_stands_against_the_estimate() -> None:
    assert "E30" in library().fact("E31").disagrees_with
    assert {"E34", "E35"} <= set(library().fact("E36").disagrees_with)


# -- the treatments


def test_every_treatment_of_the_list_is_there() -> None:
    wanted = {i for ids in IDS.values() for i in ids}
    assert set(library().treatments) == wanted
    assert {t.id for t in treatments() if t.record_only} == set(IDS["record only"])


def test_every_treatment_names_its_types() -> None:
    for t in with_evidence():
        assert t.types, t.id
        for name in (*t.types, *t.excluded_types):
            assert all(i in library().types for i in library().members_of(name)), (t.id, name)
        assert not set(t.types) & set(t.excluded_types), t.id


@pytest.mark.parametrize(
    ("treatment", "types"),
    [
        ("doxorubicin-trabectedin", ("family:leiomyosarcoma",)),
        ("paclitaxel", ("angiosarcoma",)),
        ("trabectedin", ("family:leiomyosarcoma", "family:liposarcoma")),
        ("eribulin", ("family:liposarcoma",)),
        ("atezolizumab", ("alveolar-soft-part-sarcoma",)),
        ("tazemetostat", ("epithelioid-sarcoma",)),
        ("afami-cel", ("synovial-sarcoma", "myxoid-liposarcoma")),
        ("lete-cel", ("synovial-sarcoma", "myxoid-liposarcoma")),
        ("nab-sirolimus", ("pecoma",)),
        ("crizotinib", ("inflammatory-myofibroblastic-tumour",)),
        ("nirogacestat", ("desmoid-fibromatosis",)),
        ("larotrectinib", ("any",)),
    ],
)
def test_a_treatment_is_for_the_types_of_its_trials(treatment: str, types: tuple[str, ...]) -> None:
    assert library().treatments[treatment].types == types


@pytest.mark.parametrize("treatment", ["pazopanib", "regorafenib"])
@pytest.mark.parametrize(
    "type_id", ["dedifferentiated-liposarcoma", "myxoid-liposarcoma", "atypical-lipomatous-tumour"]
)
def test_no_fat_sarcoma_is_offered_what_was_not_shown_to_work_in_it(treatment: str, type_id: str) -> None:
    assert any(library().is_type(type_id, name) for name in library().treatments[treatment].excluded_types)


def test_every_result_is_a_fact_and_every_trial_belongs_to_a_treatment() -> None:
    results = {key for t in treatments() for key in t.results}
    assert results <= set(library().facts)
    assert set(ROWS) - results == {"E42"}  # about a site, not about what a treatment did
    for t in with_evidence():
        assert t.results, t.id
    for fact in facts_here():
        for name in fact.treatments:
            assert fact.key in (*library().treatments[name].results, "E3", "E7", "E36", "E42"), (fact.key, name)
    assert {"OS14", "G12"} <= set(library().treatments["best-supportive-care"].results)
    assert {"D3", "G13"} <= set(library().treatments["palliative-care"].results)


def test_components_are_treatments() -> None:
    for t in treatments():
        assert all(c in library().treatments for c in t.components), t.id


def fields(rule: tuple[Condition, ...]) -> dict[str, Condition]:
    return {c.field: c for c in rule if c.field}


@pytest.mark.parametrize(
    ("treatment", "markers"),
    [
        ("larotrectinib", {"ntrk_fusion"}),
        ("entrectinib", {"ntrk_fusion"}),
        ("crizotinib", {"alk_fusion"}),
        ("tazemetostat", {"ini1_lost"}),
        ("afami-cel", {"hla_alleles", "mage_a4"}),
        ("lete-cel", {"hla_alleles", "ny_eso_1"}),
    ],
)
def test_a_marker_that_a_treatment_needs_is_asked_for(treatment: str, markers: set[str]) -> None:
    rule = fields(library().treatments[treatment].for_whom)
    assert set(rule) - {"metastatic", "age"} == markers
    assert all(rule[m].in_ == ("yes",) for m in markers - {"hla_alleles"})  # of alleles, which ones
    assert all(rule[m].because for m in markers)


@pytest.mark.parametrize(("treatment", "years"), [("atezolizumab", 2), ("crizotinib", 1)])
def test_an_age_limit_is_that_of_the_label(treatment: str, years: int) -> None:
    assert fields(library().treatments[treatment].for_whom)["age"].at_least == years


def test_treatments_of_metastases_are_for_people_with_metastases() -> None:
    for t in with_evidence():
        rule = fields(t.for_whom)
        rules.check_rule(t.for_whom)
        if t.setting in ("advanced", "few-metastases") and t.id != "imatinib":  # for what cannot be removed, too
            assert rule["metastatic"].in_ == ("yes",), t.id
        elif "metastatic" in rule:
            assert rule["metastatic"].in_ == ("no",), t.id


@pytest.mark.words
def test_local_treatment_of_metastases_says_who_was_chosen() -> None:
    local = [t for t in with_evidence() if t.setting == "few-metastases"]
    assert len(local) == 5
    for t in local:
        assert "confounding by indication" in (t.caution or "").lower(), t.id
        assert CHOSEN.search(t.plain_caution or ""), t.id


# -- what is withdrawn, negative or misplaced


@pytest.mark.words
def test_a_withdrawn_drug_is_flagged_and_no_other() -> None:
    withdrawn = {t.id for t in treatments() if any(a.status == "withdrawn" for a in t.approvals)}
    assert withdrawn == {t.id for t in treatments() if t.no_longer_available} == {"tazemetostat"}
    drug = library().treatments["tazemetostat"]
    assert re.search("withdrawn", drug.statement, re.IGNORECASE)
    assert "no longer available" in drug.plain
    fact = library().fact("E19")
    assert "no longer available" in fact.statement
    assert "no longer available" in fact.plain


@pytest.mark.words
def test_negative_and_misplaced_drugs_are_said_to_be_so() -> None:
    assert "Negative" in library().treatments["olaratumab"].statement
    assert "do not spread" in library().treatments["nirogacestat"].plain
    assert library().treatments["nirogacestat"].setting == "localised"


# -- codes


def test_codes_are_those_of_the_material_and_newer_ones_are_from_memory() -> None:
    codes = {(t.id, c.system): c for t in treatments() for c in t.codes}
    assert codes["doxorubicin", "ATC (older edition)"].code == "L01DB01"
    assert codes["sirolimus", "ATC (older edition)"].code == "L04AA10"
    assert codes["doxorubicin-ifosfamide", "HemOnc"].code == "35806965"
    assert codes["gemcitabine-docetaxel", "HemOnc"].code == "35803577"
    newer = {t: c for (t, system), c in codes.items() if system == "ATC"}
    assert {t: c.code for t, c in newer.items()} == {
        "pazopanib": "L01EX03",
        "regorafenib": "L01EX05",
        "crizotinib": "L01ED01",
        "pembrolizumab": "L01FF02",
        "nivolumab": "L01FF01",
        "ipilimumab": "L01FX04",
        "olaratumab": "L01FX10",
    }
    assert all("from-memory" in c.marks for c in newer.values())
    assert sum(system == "ATC (older edition)" for _, system in codes) == 29
    listed = [c.code for c in codes.values()]
    assert len(listed) == len(set(listed))


# -- the texts


def test_placeholders_resolve_and_name_only_what_may_be_shown() -> None:
    for owner, fact, text in texts():
        for found, figure in named(text, fact):
            assert figure.shown, f"{owner}: {found.key}.{figure.id}"
            assert "from-memory" not in found.marks, owner


def test_no_result_stands_loose_in_a_text() -> None:
    for owner, _, text in texts():
        assert not LOOSE_RESULT.search(PLACEHOLDER.sub("", text)), f"{owner}: {text}"


def test_plain_texts_hold_no_ratio() -> None:
    for fact in facts_here():
        assert not [f.id for _, f in named(fact.plain, fact) if f.unit in UNREADABLE], fact.key
    for t in treatments():
        for text in (t.plain, t.plain_caution or ""):
            assert not [f.id for _, f in named(text) if f.unit in UNREADABLE], t.id


def test_how_long_people_live_is_not_told_before_they_ask() -> None:
    for t in treatments():
        for text in (t.statement, t.plain, t.caution or "", t.plain_caution or ""):
            assert not [f.id for _, f in named(text) if f.about_survival], t.id


def test_a_bound_is_not_said_twice() -> None:
    for owner, fact, text in texts():
        for match in PLACEHOLDER.finditer(text):
            ((_, figure),) = named(match.group(0), fact)
            one_sided = figure.value is None and (figure.low is None or figure.high is None)
            before = text[: match.start()].rstrip()
            assert not (one_sided and before.endswith(("up to", "at least"))), owner
