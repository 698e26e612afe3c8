"""Type profiles: the classes are those of the material, every type is covered or counted, every name resolves."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from sarcoma._files import read_yaml
from sarcoma.errors import EvidenceError
from sarcoma.evidence import Profile, library
from sarcoma.models import card as model_card
from sarcoma.patient import Patient, rules

LIB = library()
EXTRACT = Path(__file__).parent / "type_classes.csv"
CLASSES = list(csv.DictReader(EXTRACT.read_text(encoding="utf-8").splitlines()))
"""The class table of the material: its four columns in its words, and the profiles that hold them."""

NOT_SEEN = 54
"""Types of which nothing was found. It may only fall."""

each_class = pytest.mark.parametrize("row", CLASSES, ids=lambda row: row["type"])


def profiles_of(row: dict[str, str]) -> list[Profile]:
    return [LIB.profiles[key] for key in row["profiles"].split()]


def test_the_extract_is_what_the_material_says() -> None:
    folder = os.environ.get("SARCOMA_EVIDENCE")
    if not folder:
        pytest.skip("SARCOMA_EVIDENCE names no folder")
    text = (Path(folder) / "type_profiles.md").read_text(encoding="utf-8")
    table = text[text.index("## 1.") : text.index("## 2.")]
    lines = [[c.strip() for c in line.strip().strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    assert [line[:4] for line in lines[2:]] == [list(row.values())[:4] for row in CLASSES]


def expected_spread(words: str) -> set[str]:
    if words.startswith("benign form"):
        return {"none", "spreads"}
    if words.startswith("seldom at start"):  # inflammatory myofibroblastic tumour: not passed on to adults
        return {"seldom", "not-seen"}
    if words.startswith("low-risk group"):  # by risk group, which no field holds
        return {"spreads"}
    start = {"does not spread": "none", "spreads": "spreads", "seldom": "seldom", "not seen": "not-seen"}
    return {value for key, value in start.items() if words.startswith(key)}


@each_class
def test_whether_it_spreads_is_the_materials_class(row: dict[str, str]) -> None:
    found = {p.spread for p in profiles_of(row)} or {"not-seen"}
    assert found == expected_spread(row["spread"])


@each_class
def test_how_it_runs_once_spread_is_the_materials_class(row: dict[str, str]) -> None:
    words = row["slow_once_spread"]
    if words.startswith(("–", "unknown", "not seen", "no (not seen)")):
        expected = "not-seen"
    elif words.startswith(("yes in many", "slower")):
        expected = "mixed"
    else:
        expected = "slow" if words.startswith("yes") else "not-slow"
    assert {p.once_spread for p in profiles_of(row)} <= {expected}


@each_class
def test_a_childrens_protocol_is_the_plan_where_the_material_says_so(row: dict[str, str]) -> None:
    words, found = row["childrens_protocol"], profiles_of(row)
    protocol = [p for p in found if p.plan == "paediatric-protocol" and not p.plan_to_ask_for]
    asked = [p for p in found if p.plan_to_ask_for]
    if words.startswith("yes (children); adults: ask"):
        assert len(protocol) == len(asked) == 1
    elif words.startswith("yes"):
        assert len(protocol) == len(found)
    elif "NRSTS" in words:  # "under 21–30 y": between the two it is to be asked for
        assert len(protocol) == 1
        assert len(asked) == ("21–30" in words)
        assert any(p.plan == "adult" for p in found)
    else:
        assert not protocol
        assert not asked


WITHHELD = {
    # the list of general texts by type, typed in a second time: statement → profiles that must withhold it
    "spread-rate": "alt-limb-or-trunk tgct dfsp-classic afx afh imt-child imt-adult pecoma-benign ifs",
    "lung-first": "mls-adult lgess ddlps-retroperitoneum dsrct ehe rms-under-21 rms-adult ewing",
    "nearly-over-after-five-years": "asps lgess lgfms emc sft mls-adult ehe ewing",
    "short-survival-once-spread": "asps lgess ehe lgfms emc mls-adult",
    "doxorubicin-first": "asps ehe lgess pecoma-malignant alt-limb-or-trunk dfsp-classic dfsp-fibrosarcomatous tgct emc "
    "lgfms ccs ifs imt-child imt-adult rms-under-21 rms-adult ewing dsrct rhabdoid",
    "doxorubicin-alone-first": "angiosarcoma",
    "chemotherapy-not-always": "rms-under-21 ewing dsrct rhabdoid",
    "nodes-rarely-involved": "epithelioid-adult ccs rms-under-21 rms-adult angiosarcoma ehe",
    "grade": "rms-under-21 rms-adult ewing asps epithelioid-adult ccs alt-limb-or-trunk angiosarcoma mpnst-adult sft "
    "dfsp-classic tgct afh imt-child imt-adult",
    "limb-stage": "lms-uterus lgess hgess adenosarcoma rms-under-21 rms-adult ewing tgct dsrct ehe imt-child pecoma-benign "
    "pecoma-malignant pecoma-uncertain afh afx intimal phyllodes-malignant sft",
    "adult-later-lines": "rms-under-21 ewing rhabdoid ifs tgct dfsp-classic alt-limb-or-trunk",
    "adjuvant-chemotherapy": "lms-uterus lgess lgfms alt-limb-or-trunk tgct dfsp-classic imt-child afh afx",
    "metastasectomy-odds": "lgess asps emc",
    "brain-scans-not-needed": "asps",
    "watching-is-no-treatment": "ehe",
    "adult-fibrosarcoma-figures": "ifs",
    "pazopanib-next": "epithelioid-adult",
    "limb-calculators": "lms-uterus",
    "one-figure-for-all-grades": "mfs",
    "chest-staging": "alt-limb-or-trunk alt-retroperitoneum-or-groin tgct",
}


@pytest.mark.parametrize("statement", WITHHELD)
def test_a_general_statement_is_withheld_from_the_types_it_does_not_hold_for(statement: str) -> None:
    assert not [key for key in WITHHELD[statement].split() if statement not in LIB.profiles[key].withhold]


def test_nothing_of_sarcoma_in_general_is_withheld_from_a_type_without_a_reason() -> None:
    for key in ("ups", "plps", "lms-elsewhere", "mfs"):
        assert set(LIB.profiles[key].withhold) <= {"one-figure-for-all-grades", "stays-in-the-belly"}


def test_every_type_has_a_profile_or_is_counted_as_not_seen() -> None:
    not_seen = [t for t in LIB.types if not any(p.sources for p in LIB.profiles_of(t))]
    assert len(not_seen) == NOT_SEEN
    for type_id in not_seen:
        assert not any(p.seen or p.withhold for p in LIB.profiles_of(type_id))


def test_the_last_profile_of_a_type_holds_for_everyone() -> None:
    for type_id in LIB.types:
        *before, last = LIB.profiles_of(type_id)
        assert last.when == (), type_id
        assert all(p.when for p in before), type_id


def test_a_legacy_name_has_the_profile_of_todays_entity() -> None:
    assert LIB.profiles_of("malignant-haemangiopericytoma") == LIB.profiles_of("solitary-fibrous-tumour")
    with pytest.raises(EvidenceError):
        LIB.profiles_of("no-such-type")


def named_in(profile: Profile) -> Iterator[str]:
    yield from profile.sources
    yield from profile.grade.sources
    yield from profile.staging.sources
    yield from profile.instead.sources if profile.instead else ()
    for card in profile.cards:
        yield from card.sources


def test_every_name_in_a_profile_resolves() -> None:
    for profile in LIB.profiles.values():
        assert all(t in LIB.types for t in profile.types), profile.id
        assert all(s in LIB.sources for s in named_in(profile)), profile.id
        assert all(w in LIB.general_statements for w in profile.withhold), profile.id
        rules.check_rule(profile.when)
        for fit in profile.cards:
            assert fit.sources, profile.id
            assert_card(fit.card)


def assert_card(name: str) -> None:
    card, _, group = name.partition("/")
    model = model_card(card)
    if group:
        assert group in {g.id for g in getattr(model.form, "groups", ())}, name


def test_what_a_general_statement_covers_exists() -> None:
    for statement in LIB.general_statements.values():
        covers = statement.covers
        for key in covers.facts:
            assert LIB.figure(key) if "." in key else LIB.fact(key)
        assert all(t in LIB.treatments for t in covers.treatments), statement.id
        assert all(q in LIB.questions for q in covers.questions), statement.id
        assert all(s in LIB.sources for s in statement.sources), statement.id
        rules.check_rule(statement.not_for)
        for card in covers.cards:
            assert_card(card)
        assert bool(statement.not_for) == bool(statement.sources), statement.id


def test_every_general_statement_is_withheld_from_someone() -> None:
    used = {w for p in LIB.profiles.values() for w in p.withhold}
    assert not [s.id for s in LIB.general_statements.values() if s.id not in used and not s.not_for]


def test_no_profile_gives_a_figure_in_its_plain_words() -> None:
    for profile in LIB.profiles.values():
        for text in (profile.plain or "", profile.instead.plain if profile.instead else ""):
            assert not any(c.isdigit() for c in text.replace("NF1", "")), profile.id
            assert " of 100" not in text


def test_no_clinician_has_reviewed_a_profile_yet() -> None:
    assert not [p.id for p in LIB.profiles.values() if p.reviewed is not None]


@pytest.mark.words
@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"spread": "spreads"}, "sources"),
        ({"spread": "none", "sources": ["PDQ-CSTS"]}, "instead"),
        ({"grade": {"use": "fixed"}, "sources": ["FNCLCC"]}, "possible"),
        ({"spread": "often", "sources": ["PDQ-CSTS"]}, "spread"),
    ],
)
def test_an_incomplete_profile_is_refused(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Profile.model_validate({"id": "x", "types": ["x"], **entry})


@pytest.mark.words
def test_an_entry_may_start_from_another_and_say_what_differs() -> None:
    read = read_yaml("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "t.yaml", merges=True)
    assert read["b"] == {"x": 1, "y": 3}
    with pytest.raises(EvidenceError, match="twice"):
        read_yaml("a: &a {x: 1}\nb:\n  <<: *a\n  y: 3\n  y: 4\n", "t.yaml", merges=True)


def test_every_type_has_a_plain_sentence_without_a_figure() -> None:
    for entity in LIB.types.values():
        assert entity.plain, entity.id
        assert not re.search(r"(?<![A-Z])\d", re.sub(r"\b[A-Z]+\d+\b", "", entity.plain)), entity.id  # but gene names


@pytest.mark.parametrize(
    ("word", "site"),
    [
        ("inferior vena cava", "retroperitoneum"),
        ("spermatic cord", "abdominal-viscera"),
        ("vulva", "abdominal-viscera"),
        ("vagina", "abdominal-viscera"),
        ("cervix", "uterus"),
        ("tongue", "head-and-neck"),
        ("orbit", "head-and-neck"),
    ],
)
def test_words_that_people_type_for_a_place_are_understood(word: str, site: str) -> None:
    assert Patient(site=word).site == site
