"""Site, depth, grade and stage as columns: what each field of a record says to the staging tables."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.evidence import library, staging_tables
from sarcoma.patient import Coded, Patient, Records
from sarcoma.patient.stage import stage
from sarcoma.patient.staging import ByType, Situation, Staging

EVERY_GRADE = frozenset({"1", "2", "3"})
LIMB: dict[str, Any] = {"site": "lower-limb", "histologic_type": "leiomyosarcoma"}
WOMB: dict[str, Any] = {"site": "uterus", "histologic_type": "leiomyosarcoma"}


def column(name: str, *people: dict[str, Any]) -> list[set[str]]:
    found = Records([Patient(**known) for known in people]).column(name)
    assert isinstance(found, Coded)
    return [set(found.states[code]) for code in found.codes]


@pytest.mark.parametrize("name", ["site", "depth", "grade", "chapter", "t", "stage"])
def test_of_nobody_there_is_an_empty_column(name: str) -> None:
    assert column(name) == []


def test_the_site_is_as_named_or_any_in_which_the_code_may_lie() -> None:
    everywhere = {p.id for p in library().primary_sites.values() if not p.out_of_scope}
    assert column(
        "site",
        {"site": "uterus"},
        {"topography": "C49.2"},
        {},
        {"topography": "C48.8"},
        {"site": "uterus"},
        {"site": "retroperitoneum", "topography": "C48.8"},
        {"topography": "C49.2"},
    ) == [
        {"uterus"},
        {"lower-limb"},
        everywhere,
        {"retroperitoneum", "abdomen-or-pelvis"},
        {"uterus"},
        {"retroperitoneum"},
        {"lower-limb"},
    ]
    assert everywhere < set(library().primary_sites)


def test_the_depth_is_as_given_or_deep_where_every_possible_site_is() -> None:
    both = {"superficial", "deep"}
    assert column(
        "depth",
        {"site": "retroperitoneum"},
        {"site": "lower-limb"},
        {"site": "lower-limb", "depth": "superficial"},
        {"site": "lower-limb", "depth": "deep"},
        {"topography": "C48.8"},  # retroperitoneum, or abdomen or pelvis: deep both
        {"topography": "C49.4"},  # abdomen, or its wall
        {},
        {"topography": "C48.0", "depth": "superficial"},
    ) == [{"deep"}, both, {"superficial"}, {"deep"}, {"deep"}, both, both, {"superficial"}]


def test_the_grade_is_as_given_or_follows_from_what_is_known_of_its_parts() -> None:
    assert column(
        "grade",
        {"grade": "2"},
        {},
        {"grade": "X"},
        {"differentiation": 3, "mitoses_per_10_hpf": 5, "necrosis": "none"},  # 3 + 1 + 0 = 4
        {"differentiation": 3, "mitoses_per_10_hpf": 5},  # 4 to 6
        {"histologic_type": "synovial sarcoma", "mitoses_per_10_hpf": 5, "necrosis": "none"},  # the type scores 3
        {"histologic_type": "synovial sarcoma", "differentiation": 1, "mitoses_per_10_hpf": 5, "necrosis": "none"},
        {"grade": "1", "differentiation": 1},
        {"mitoses_per_10_hpf": 20, "necrosis": "half-or-more"},  # 3 + 2 + 1 to 3
        {"grade": "2"},
    ) == [{"2"}, {"1", "2", "3"}, {"X"}, {"2"}, {"2", "3"}, {"2"}, {"1"}, {"1"}, {"3"}, {"2"}]


def test_the_chapter_is_that_of_the_site_or_any_where_the_site_has_none() -> None:
    every = set(staging_tables().chapter_ids)
    assert column("chapter", {"site": "skin"}, {"site": "other"}, {"site": "uterus"}, {"topography": "C48.8"}, {}) == [
        {"extremity-trunk", "head-neck"},
        every,
        {"uterus"},
        {"retroperitoneum", "viscera"},
        every,
    ]


def situation(chapter: str, **known: Any) -> Situation:
    return Situation(**{"chapters": frozenset({chapter}), "grades": EVERY_GRADE, "metastatic": False, **known})


ON_THE_LIMB = "extremity-trunk"
PEOPLE: list[tuple[dict[str, Any], Situation]] = [
    *(
        ({**LIMB, "size_cm": size}, situation(ON_THE_LIMB, size_cm=size))
        for size in (0.5, 2, 2.1, 4, 5, 5.1, 10, 10.1, 15, 15.1, 60)
    ),
    *(
        ({**LIMB, "site": "head-and-neck", "size_cm": size}, situation("head-neck", size_cm=size))
        for size in (2, 2.1, 4, 4.1)
    ),
    ({**WOMB, "size_cm": 5}, situation("uterus", size_cm=5, is_uterine_adenosarcoma=False)),
    ({**WOMB, "size_cm": 5.1}, situation("uterus", size_cm=5.1, is_uterine_adenosarcoma=False)),
    (LIMB, situation(ON_THE_LIMB)),
    ({**LIMB, "grade": "3", "size_cm": 7}, situation(ON_THE_LIMB, grades=frozenset({"3"}), size_cm=7)),
    ({**LIMB, "grade": "X", "size_cm": 7}, situation(ON_THE_LIMB, grades=frozenset({"X"}), size_cm=7)),
    *(({**LIMB, "nodes": n}, situation(ON_THE_LIMB, nodes=n)) for n in ("negative", "positive", "not-assessed")),
    ({**LIMB, "metastases": "lung@0"}, situation(ON_THE_LIMB, metastatic=True)),
    ({**LIMB, "metastases": "lung@3"}, situation(ON_THE_LIMB)),
    ({**LIMB, "metastases": "unknown"}, situation(ON_THE_LIMB, metastatic=None)),
    ({**LIMB, "site": "abdominal-viscera", "extent": "serosa"}, situation("viscera", extent="serosa")),
    ({**LIMB, "site": "abdominal-viscera", "foci": 3}, situation("viscera", foci=3)),
    ({**LIMB, "site": "abdominal-viscera", "multifocal": True}, situation("viscera", multifocal=True)),
    ({**LIMB, "site": "abdominal-viscera", "multifocal": False}, situation("viscera", multifocal=False)),
    ({**LIMB, "site": "head-and-neck", "invasion": "orbit"}, situation("head-neck", invasion=frozenset({"orbit"}))),
    ({**LIMB, "site": "head-and-neck", "invasion": "none"}, situation("head-neck", invasion=frozenset())),
    (
        {"site": "uterus", "histologic_type": "adenosarcoma", "myometrial_invasion": "more-than-half", "size_cm": 9},
        situation(
            "uterus",
            is_uterine_adenosarcoma=True,
            myometrial_invasion="more-than-half",
            size_cm=9,
            by_type=ByType(figo_only=True, graded=False),
        ),
    ),
    (
        {**WOMB, "metastases": "peritoneum@0", "invasion": "none"},
        situation("uterus", metastatic=True, only_in_the_abdomen=True, invasion=frozenset()),
    ),
    (  # what is found later does not count
        {**WOMB, "metastases": "peritoneum@0; lung@9", "invasion": "none"},
        situation("uterus", metastatic=True, only_in_the_abdomen=True, invasion=frozenset()),
    ),
    (
        {**WOMB, "metastases": "peritoneum@0; lung@0", "size_cm": 3},
        situation("uterus", metastatic=True, only_in_the_abdomen=False, size_cm=3),
    ),
    (
        {**WOMB, "metastases": "peritoneum@4", "size_cm": 3},
        situation("uterus", size_cm=3, is_uterine_adenosarcoma=False),
    ),
    ({"site": "uterus", "size_cm": 3}, situation("uterus", size_cm=3)),
]


def without_words(found: tuple[Staging, ...]) -> list[tuple[Any, ...]]:
    return [(s.system, s.chapter, s.t, s.n, s.m, s.group, s.note, s.reason) for s in found]


@pytest.mark.parametrize("place", range(len(PEOPLE)))
def test_each_field_says_to_the_tables_what_it_says(place: int) -> None:
    known, asked = PEOPLE[place]
    index, found = Records([Patient(**known)]).staging()
    assert without_words(found[index[0]]) == without_words(stage(asked))


def test_many_are_staged_as_each_is_alone() -> None:
    index, found = Records([Patient(**known) for known, _ in PEOPLE]).staging()
    for i, (_, asked) in zip(index.tolist(), PEOPLE, strict=True):
        assert without_words(found[i]) == without_words(stage(asked))


@pytest.mark.parametrize(
    ("histologic_type", "reason"),
    [("PEComa", "not-staged"), ("ERMS", "cog-rms"), ("DSRCT", "other-chapter"), ("adenosarcoma", "figo-only")],
)
def test_a_type_that_ajcc_does_not_stage_says_why_with_the_words_of_its_profile(
    histologic_type: str, reason: str
) -> None:
    records = Records([Patient(histologic_type=histologic_type, site="lower-limb")])
    index, found = records.staging()
    (staging,) = found[index[0]]
    _, profiles = records.profiles()
    said = profiles[0][0].staging
    assert (staging.system, staging.chapter, staging.group, staging.reason) == ("AJCC 8", "", None, reason)
    assert staging.note == (None if reason == "figo-only" else said.note)
    assert staging.origins == (said.sources or staging_tables().ajcc.sources)
    assert {"none"} in column("stage", {"histologic_type": histologic_type, "site": "lower-limb"})


def test_of_many_people_each_is_staged_by_the_own_type() -> None:
    types = ("leiomyosarcoma", "PEComa", "DSRCT", "leiomyosarcoma", "PEComa")
    index, found = Records([Patient(histologic_type=t, site="lower-limb") for t in types]).staging()
    reasons = [found[i][0].reason for i in index.tolist()]
    assert reasons == [None, "not-staged", "other-chapter", None, "not-staged"]


def test_a_type_that_figo_stages_has_its_stage_in_the_uterus_whatever_else_may_be() -> None:
    index, found = Records([Patient(histologic_type="adenosarcoma", size_cm=3)]).staging()
    assert [s.system for s in found[index[0]]] == ["FIGO"]


def test_a_grade_that_is_not_used_for_one_of_the_types_that_may_be_is_not_read_as_gx() -> None:
    (graded,) = column("stage_as_assigned", {**LIMB, "size_cm": 7, "grade": "X"})
    assert graded == {"IB"}
    ccs = {"site": "lower-limb", "histologic_type": "clear cell sarcoma", "size_cm": 7}
    assert column("stage_as_assigned", {**ccs, "grade": "X"}) == [{"IB", "IIIA", "IV"}]
    assert column("stage_as_assigned", {**ccs, "grade": "3"}) == [{"IIIA"}]


def test_categories_are_what_is_possible_or_what_the_tables_assign() -> None:
    known = {**LIMB, "size_cm": 7}
    assert column("t", known, {**LIMB}) == [{"T2"}, {"T1", "T2", "T3", "T4"}]
    assert column("n", known, {**known, "nodes": "negative"}) == [{"N0", "N1"}, {"N0"}]
    assert column("n_as_assigned", known, {**known, "nodes": "positive"}) == [{"N0"}, {"N1"}]
    assert column("m", known, {**known, "metastases": "unknown"}) == [{"M0"}, {"M0", "M1"}]
    graded = {**known, "grade": "2"}
    negative = {**graded, "nodes": "negative"}
    assert column("stage", negative, graded, negative, known, graded) == [
        {"IIIA"},
        {"IIIA", "IV"},
        {"IIIA"},
        {"IB", "IIIA", "IV"},
        {"IIIA", "IV"},
    ]
    # nodes are assigned N0, but a grade that is merely not known is not read as GX
    assert column("stage_as_assigned", graded, known) == [{"IIIA"}, {"IB", "IIIA", "IV"}]
    assert column("stage", {**LIMB, "site": "head-and-neck", "size_cm": 3}, WOMB) == [
        {"none"},
        {"IA", "IB", "IIA", "IIB", "IIIA", "IIIB", "IIIC", "IVA"},
    ]
    assert column("t", WOMB) == [{"none"}]
