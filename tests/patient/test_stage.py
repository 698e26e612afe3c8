"""Stage by AJCC 8 and FIGO: every branch against tables typed here, and both readings of what is not known."""

from __future__ import annotations

import copy
import math
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sarcoma.errors import RecordError
from sarcoma.evidence import StagingTables, library, staging_tables
from sarcoma.patient.stage import Reading, Situation, Staging, stage
from sarcoma.patient.staging import ByType

NOTHING: frozenset[str] = frozenset()
SIZED = ("extremity-trunk", "retroperitoneum")
CHAPTERS = (*SIZED, "head-neck", "viscera", "uterus")
GROUPS = ("IA", "IB", "II", "IIIA", "IIIB", "IV")

KNOWN: dict[str, Any] = {
    "size_cm": 7.0,
    "extent": "confined",
    "invasion": NOTHING,
    "foci": 1,
    "nodes": "negative",
    "metastatic": False,
    "grades": frozenset({"2"}),
    "is_uterine_adenosarcoma": False,
    "myometrial_invasion": "none",
    "multifocal": False,
}
NOT_KNOWN: dict[str, Any] = {**dict.fromkeys(KNOWN), "grades": frozenset({"1", "2", "3"})}


def staged(chapter: str, **changed: Any) -> Staging:
    """The stage of a fully known, small-print-free tumour by one chapter, with some fields changed."""
    (found,) = stage(Situation(chapters=frozenset({chapter}), **{**KNOWN, **changed}))
    assert found.chapter == chapter
    return found


def unknown(chapter: str, **known: Any) -> Staging:
    """The stage by one chapter when only the given fields are known."""
    return staged(chapter, **{**NOT_KNOWN, **known})


def certain(value: str) -> Reading:
    return Reading(value, (value,))


def readings(found: Staging) -> dict[str, Reading]:
    named = {"t": found.t, "n": found.n, "m": found.m, "group": found.group}
    return {name: reading for name, reading in named.items() if reading is not None}


# -- T

TRUNK_SIZES = [
    (0.1, "T1"),
    (2, "T1"),
    (2.01, "T1"),
    (4, "T1"),
    (4.99, "T1"),
    (5, "T1"),
    (5.01, "T2"),
    (9.99, "T2"),
    (10, "T2"),
    (10.01, "T3"),
    (15, "T3"),
    (15.01, "T4"),
    (40, "T4"),
]
HEAD_NECK_SIZES = [
    (0.1, "T1"),
    (2, "T1"),
    (2.01, "T2"),
    (4, "T2"),
    (4.01, "T3"),
    (5, "T3"),
    (5.01, "T3"),
    (10, "T3"),
    (15.01, "T3"),
]
T4A = ("orbit", "skull-base-or-dura", "central-compartment-viscera", "facial-skeleton", "pterygoid-muscles")
T4B = (
    "brain-parenchyma",
    "carotid-encasement",
    "prevertebral-muscle",
    "central-nervous-system-by-perineural-spread",
)
UTERINE = {
    "adnexa": "IIA",
    "other-pelvic-tissue": "IIB",
    "abdominal-tissue-one-site": "IIIA",
    "abdominal-tissue-several-sites": "IIIB",
    "bladder-or-rectum": "IVA",
}
EXTENTS = [("confined", "T1"), ("serosa", "T2a"), ("beyond-serosa", "T2b"), ("adjacent-organ", "T3")]
FOCI = [(2, "T4a"), (3, "T4b"), (4, "T4b"), (5, "T4b"), (6, "T4c"), (50, "T4c")]


@pytest.mark.parametrize("chapter", SIZED)
@pytest.mark.parametrize(("size", "t"), TRUNK_SIZES)
def test_size_alone_gives_t_in_trunk_extremity_and_retroperitoneum(chapter: str, size: float, t: str) -> None:
    assert staged(chapter, size_cm=size).t == certain(t)
    others = {"extent": "adjacent-organ", "invasion": frozenset({"orbit"}), "foci": 4, "multifocal": True}
    assert staged(chapter, size_cm=size, **others).t == certain(t)


@pytest.mark.parametrize(("size", "t"), HEAD_NECK_SIZES)
def test_size_gives_t_in_head_and_neck_when_nothing_is_invaded(size: float, t: str) -> None:
    assert staged("head-neck", size_cm=size).t == certain(t)


@pytest.mark.parametrize(("size", "t"), HEAD_NECK_SIZES)
def test_invasion_not_known_adds_t4_to_what_size_gives(size: float, t: str) -> None:
    assert staged("head-neck", size_cm=size, invasion=None).t == Reading(t, (t, "T4a", "T4b"))


@pytest.mark.parametrize(("code", "t"), [*((c, "T4a") for c in T4A), *((c, "T4b") for c in T4B)])
@pytest.mark.parametrize("size", [1.0, 9.0, None])
def test_invasion_outranks_size_in_head_and_neck(code: str, t: str, size: float | None) -> None:
    assert staged("head-neck", size_cm=size, invasion=frozenset({code})).t == certain(t)


@pytest.mark.parametrize(("a", "b"), list(product(T4A, T4B)))
def test_t4b_outranks_t4a(a: str, b: str) -> None:
    assert staged("head-neck", invasion=frozenset({a, b})).t == certain("T4b")


def test_structures_of_another_chapter_do_not_count() -> None:
    assert staged("head-neck", size_cm=1, invasion=frozenset({"adnexa"})).t == certain("T1")
    assert staged("uterus", size_cm=1, invasion=frozenset({"orbit"})).group == certain("IA")


@pytest.mark.parametrize(("extent", "t"), EXTENTS)
@pytest.mark.parametrize("size", [1.0, 30.0, None])
def test_extent_gives_t_in_viscera_whatever_the_size(extent: str, t: str, size: float | None) -> None:
    assert staged("viscera", size_cm=size, extent=extent).t == certain(t)


@pytest.mark.parametrize(("foci", "t"), FOCI)
@pytest.mark.parametrize("extent", ["confined", "adjacent-organ", None])
@pytest.mark.parametrize("multifocal", [True, None])
def test_several_foci_outrank_extent(foci: int, t: str, extent: str | None, multifocal: bool | None) -> None:
    assert staged("viscera", foci=foci, extent=extent, multifocal=multifocal).t == certain(t)


def test_several_foci_not_counted_may_be_any_t4() -> None:
    assert staged("viscera", foci=None, multifocal=True).t == Reading(None, ("T4a", "T4b", "T4c"))


@pytest.mark.parametrize(("foci", "multifocal"), [(1, None), (None, False), (1, False)])
def test_one_focus_excludes_t4_in_viscera(foci: int | None, multifocal: bool | None) -> None:
    assert staged("viscera", foci=foci, multifocal=multifocal).t == certain("T1")
    every = Reading(None, ("T1", "T2a", "T2b", "T3"))
    assert staged("viscera", foci=foci, multifocal=multifocal, extent=None).t == every


def test_number_of_foci_not_known_adds_t4_to_what_extent_gives() -> None:
    found = staged("viscera", extent="serosa", foci=None, multifocal=None)
    assert found.t == Reading("T2a", ("T2a", "T4a", "T4b", "T4c"))


@pytest.mark.parametrize(
    ("chapter", "every"),
    [
        ("extremity-trunk", ("T1", "T2", "T3", "T4")),
        ("retroperitoneum", ("T1", "T2", "T3", "T4")),
        ("head-neck", ("T1", "T2", "T3", "T4a", "T4b")),
        ("viscera", ("T1", "T2a", "T2b", "T3", "T4a", "T4b", "T4c")),
    ],
)
def test_nothing_known_leaves_every_t(chapter: str, every: tuple[str, ...]) -> None:
    assert unknown(chapter).t == Reading(None, every)


# -- N and M


@pytest.mark.parametrize("chapter", CHAPTERS[:4])
@pytest.mark.parametrize(
    ("nodes", "n"),
    [
        ("negative", certain("N0")),
        ("not-assessed", certain("N0")),
        ("positive", certain("N1")),
        (None, Reading("N0", ("N0", "N1"))),
    ],
)
def test_unassessed_nodes_are_n0_but_nodes_not_known_may_be_n1(chapter: str, nodes: str | None, n: Reading) -> None:
    assert staged(chapter, nodes=nodes).n == n


@pytest.mark.parametrize("chapter", CHAPTERS[:4])
@pytest.mark.parametrize(
    ("metastatic", "m"), [(False, certain("M0")), (True, certain("M1")), (None, Reading("M0", ("M0", "M1")))]
)
def test_metastasis_not_known_is_assigned_m0(chapter: str, metastatic: bool | None, m: Reading) -> None:
    assert staged(chapter, metastatic=metastatic).m == m


# -- groups

# Typed from NCI's PDQ, not from the file under test.
GROUP_OF = {
    ("T1", "X"): "IA",
    ("T1", "1"): "IA",
    ("T1", "2"): "II",
    ("T1", "3"): "II",
    ("T2", "X"): "IB",
    ("T2", "1"): "IB",
    ("T2", "2"): "IIIA",
    ("T2", "3"): "IIIA",
    ("T3", "X"): "IB",
    ("T3", "1"): "IB",
    ("T3", "2"): "IIIB",
    ("T3", "3"): "IIIB",
    ("T4", "X"): "IB",
    ("T4", "1"): "IB",
    ("T4", "2"): "IIIB",
    ("T4", "3"): "IIIB",
}


@pytest.mark.parametrize("chapter", SIZED)
@pytest.mark.parametrize("nodes", ["negative", "not-assessed"])
@pytest.mark.parametrize(("size", "t"), TRUNK_SIZES)
@pytest.mark.parametrize("grade", ["X", "1", "2", "3"])
def test_group_without_nodes_or_metastasis(chapter: str, nodes: str, size: float, t: str, grade: str) -> None:
    found = staged(chapter, size_cm=size, nodes=nodes, grades=frozenset({grade}))
    assert found.group == certain(GROUP_OF[t, grade])
    assert found.note is None


@pytest.mark.parametrize(("size", "grade"), list(product([3, 7, 12, 20, None], ["X", "1", "2", "3"])))
def test_n1m0_is_iv_in_trunk_and_extremity_but_iiib_in_the_retroperitoneum(size: float | None, grade: str) -> None:
    known = {"size_cm": size, "grades": frozenset({grade}), "nodes": "positive"}
    assert staged("extremity-trunk", **known).group == certain("IV")
    assert staged("retroperitoneum", **known).group == certain("IIIB")


@pytest.mark.parametrize("chapter", SIZED)
@pytest.mark.parametrize("nodes", ["negative", "positive", "not-assessed", None])
@pytest.mark.parametrize("size", [3.0, 20.0, None])
def test_metastasis_is_iv_whatever_the_rest(chapter: str, nodes: str | None, size: float | None) -> None:
    found = staged(chapter, metastatic=True, nodes=nodes, size_cm=size, grades=frozenset({"1", "2", "3"}))
    assert found.group == certain("IV")
    assert found.note is None


@pytest.mark.parametrize("chapter", SIZED)
def test_nothing_known_leaves_every_group(chapter: str) -> None:
    assert unknown(chapter).group == Reading(None, GROUPS)


def test_grade_that_could_not_be_assessed_has_one_group_and_grade_not_known_has_two() -> None:
    not_assessable = staged("extremity-trunk", grades=frozenset({"X"}))
    assert not_assessable.group == certain("IB")
    assert not_assessable.note is None
    not_known = staged("extremity-trunk", grades=frozenset({"1", "2", "3"}))
    assert not_known.group == Reading("IB", ("IB", "IIIA"))
    assert not_known.note == staging_tables().ajcc.unknown_grade
    assert "GX" in not_known.note


@pytest.mark.parametrize(
    ("grades", "group"),
    [
        ({"2", "3"}, certain("IIIA")),
        ({"1", "X"}, certain("IB")),
        ({"1", "2"}, Reading("IB", ("IB", "IIIA"))),
        ({"X", "3"}, Reading("IB", ("IB", "IIIA"))),
    ],
)
def test_grades_of_one_row_give_one_group(grades: set[str], group: Reading) -> None:
    assert staged("retroperitoneum", grades=frozenset(grades)).group == group


def test_nodes_not_known_add_the_group_of_n1() -> None:
    assert staged("extremity-trunk", nodes=None).group == Reading("IIIA", ("IIIA", "IV"))
    assert staged("retroperitoneum", nodes=None).group == Reading("IIIA", ("IIIA", "IIIB"))
    assert staged("extremity-trunk", nodes="not-assessed").group == certain("IIIA")


def test_metastasis_not_known_adds_iv() -> None:
    assert staged("retroperitoneum", metastatic=None).group == Reading("IIIA", ("IIIA", "IV"))


@pytest.mark.parametrize(("grades", "possible"), [("1", ("IA", "IB")), ("3", ("II", "IIIA", "IIIB"))])
def test_size_not_known_assigns_no_group(grades: str, possible: tuple[str, ...]) -> None:
    assert staged("extremity-trunk", size_cm=None, grades=frozenset(grades)).group == Reading(None, possible)


def test_where_a_grade_read_as_gx_would_not_settle_the_group_it_is_not_read_so() -> None:
    found = staged("extremity-trunk", size_cm=None, grades=frozenset({"1", "2", "3"}))
    assert found.group == Reading(None, ("IA", "IB", "II", "IIIA", "IIIB"))
    assert found.note is None


NOT_GRADED = ByType(graded=False)


@pytest.mark.parametrize(
    ("known", "group", "reason"),
    [
        ({}, Reading(None, ("IB", "IIIA")), "type-not-graded"),  # no headline while the grade would decide
        ({"grades": frozenset({"X"})}, Reading(None, ("IB", "IIIA")), "type-not-graded"),  # GX says no more
        ({"grades": frozenset({"X", "3"})}, Reading(None, ("IB", "IIIA")), "type-not-graded"),
        ({"grades": frozenset({"1", "3"})}, Reading(None, ("IB", "IIIA")), "type-not-graded"),
        ({"metastatic": True}, certain("IV"), None),  # whatever the grade
        ({"grades": frozenset({"2", "3"})}, certain("IIIA"), None),
        ({"grades": frozenset({"3"})}, certain("IIIA"), None),
        (
            {"grades": frozenset({"3"}), "size_cm": None},
            Reading(None, ("II", "IIIA", "IIIB")),
            None,
        ),  # the size decides
    ],
)
def test_of_a_type_that_is_not_graded_the_reason_is_told_where_the_grade_would_decide(
    known: dict[str, Any], group: Reading, reason: str | None
) -> None:
    asked = {"grades": frozenset({"1", "2", "3"}), "by_type": NOT_GRADED, **known}
    found = staged("extremity-trunk", **asked)
    assert (found.group, found.reason, found.note) == (group, reason, None)
    assert staged("extremity-trunk", **{**asked, "by_type": ByType()}).reason is None
    assert staged("head-neck", **asked).reason is None


@pytest.mark.parametrize("chapter", ["head-neck", "viscera"])
def test_head_neck_and_viscera_have_no_group_and_say_so(chapter: str) -> None:
    for found in (staged(chapter), unknown(chapter)):
        assert found.group is None
        assert found.note is not None
        assert "no stage groups" in found.note


def test_every_row_of_t_n_m_g_is_in_exactly_one_group() -> None:
    rows = staging_tables().ajcc.groups
    for chapter, *tnmg in product(SIZED, ("T1", "T2", "T3", "T4"), ("N0", "N1"), ("M0", "M1"), ("X", "1", "2", "3")):
        assert len({row.group for row in rows if chapter in row.chapters and row.fits(*tnmg)}) == 1
        assert sum(chapter in row.chapters and row.fits(*tnmg) for row in rows) == 1


# -- FIGO


@pytest.mark.parametrize(
    ("size", "figo"), [(0.1, "IA"), (2, "IA"), (4, "IA"), (5, "IA"), (5.01, "IB"), (10, "IB"), (15.01, "IB")]
)
def test_figo_stage_i_of_leiomyosarcoma_is_by_size(size: float, figo: str) -> None:
    found = staged("uterus", size_cm=size, myometrial_invasion="more-than-half")
    assert found.group == certain(figo)
    assert (found.system, found.t, found.n, found.m, found.note) == ("FIGO", None, None, None, None)


@pytest.mark.parametrize(("depth", "figo"), [("none", "IA"), ("half-or-less", "IB"), ("more-than-half", "IC")])
@pytest.mark.parametrize("size", [3.0, 12.0, None])
def test_figo_stage_i_of_adenosarcoma_is_by_depth(depth: str, figo: str, size: float | None) -> None:
    found = staged("uterus", is_uterine_adenosarcoma=True, myometrial_invasion=depth, size_cm=size)
    assert found.group == certain(figo)


@pytest.mark.parametrize("adenosarcoma", [True, False, None])
@pytest.mark.parametrize(("code", "figo"), list(UTERINE.items()))
def test_figo_stage_of_each_structure_in_both_variants(adenosarcoma: bool | None, code: str, figo: str) -> None:
    known = {"invasion": frozenset({code}), "is_uterine_adenosarcoma": adenosarcoma}
    assert staged("uterus", **known).group == certain(figo)


FIGO_ORDER = ["IA", "IIA", "IIB", "IIIA", "IIIB", "IIIC", "IVA", "IVB"]


@pytest.mark.parametrize("adenosarcoma", [True, False])
@pytest.mark.parametrize("metastatic", [True, False])
@pytest.mark.parametrize("nodes", ["positive", "negative", "not-assessed"])
@pytest.mark.parametrize("codes", [c for r in range(6) for c in combinations(UTERINE, r)])
def test_the_highest_figo_stage_wins(adenosarcoma: bool, metastatic: bool, nodes: str, codes: tuple[str, ...]) -> None:
    holding = ["IA", *(UTERINE[c] for c in codes)]
    holding += ["IIIC"] if nodes == "positive" else []
    holding += ["IVB"] if metastatic else []
    found = staged(
        "uterus",
        size_cm=3,
        is_uterine_adenosarcoma=adenosarcoma,
        metastatic=metastatic,
        nodes=nodes,
        invasion=frozenset(codes),
    )
    highest = max(holding, key=FIGO_ORDER.index)
    assert found.group == certain(highest)
    assert (found.note is not None) == (nodes == "not-assessed" and FIGO_ORDER.index(highest) < 5)


def test_what_is_not_known_can_only_raise_the_figo_stage() -> None:
    invasion_not_known = staged("uterus", invasion=None)
    assert invasion_not_known.group == Reading("IB", ("IB", "IIA", "IIB", "IIIA", "IIIB", "IVA"))
    assert staged("uterus", invasion=None, nodes="positive").group == Reading("IIIC", ("IIIC", "IVA"))
    assert staged("uterus", invasion=None, metastatic=True).group == certain("IVB")
    assert staged("uterus", nodes=None).group == Reading("IB", ("IB", "IIIC"))
    assert staged("uterus", nodes="not-assessed").group == certain("IB")
    assert staged("uterus", metastatic=None).group == Reading("IB", ("IB", "IVB"))
    assert staged("uterus", invasion=frozenset({"adnexa"}), nodes=None).group == Reading("IIA", ("IIA", "IIIC"))
    assert staged("uterus", invasion=frozenset({"bladder-or-rectum"}), nodes=None).group == certain("IVA")


def test_nodes_that_do_not_settle_the_figo_stage_are_noted() -> None:
    note = staging_tables().figo.unassessed_nodes
    assert staged("uterus", nodes=None).note == note
    assert staged("uterus", nodes="not-assessed").note == note
    assert staged("uterus", nodes=None, invasion=frozenset({"bladder-or-rectum"})).note is None
    assert staged("uterus", nodes=None, metastatic=True).note is None


IN_THE_ABDOMEN: dict[str, Any] = {"only_in_the_abdomen": True, "metastatic": True, "size_cm": 3.0}


@pytest.mark.parametrize(
    ("known", "group"),
    [
        ({}, Reading(None, ("IIIA", "IIIB"))),  # tissue of the abdomen, at one site or at several
        ({"metastatic": None}, Reading(None, ("IIIA", "IIIB"))),
        ({"invasion": frozenset({"adnexa"})}, Reading(None, ("IIIA", "IIIB"))),
        ({"invasion": frozenset({"abdominal-tissue-several-sites"})}, certain("IIIB")),
        ({"nodes": "positive"}, certain("IIIC")),
        ({"nodes": None}, Reading(None, ("IIIA", "IIIB", "IIIC"))),
        ({"invasion": frozenset({"bladder-or-rectum"})}, certain("IVA")),
        ({"invasion": None}, Reading(None, ("IIIA", "IIIB", "IVA"))),  # it may have grown into the bladder too
        ({"invasion": None, "nodes": "positive"}, Reading("IIIC", ("IIIC", "IVA"))),
        ({"only_in_the_abdomen": False}, certain("IVB")),
        ({"only_in_the_abdomen": None}, certain("IVB")),
    ],
)
@pytest.mark.parametrize("adenosarcoma", [True, False])
def test_spread_inside_the_abdomen_is_stage_iii_and_no_distant_metastasis(
    adenosarcoma: bool, known: dict[str, Any], group: Reading
) -> None:
    assert staged("uterus", is_uterine_adenosarcoma=adenosarcoma, **{**IN_THE_ABDOMEN, **known}).group == group


def test_spread_inside_the_abdomen_keeps_what_is_to_be_known_of_the_stage() -> None:
    tables = staging_tables().figo
    found = staged("uterus", **IN_THE_ABDOMEN)
    assert (found.system, found.t, found.n, found.m, found.note) == ("FIGO", None, None, None, None)
    assert found.origins == tables.sources
    for nodes in (None, "not-assessed"):
        assert staged("uterus", **IN_THE_ABDOMEN, nodes=nodes).note == tables.unassessed_nodes
    assert staged("uterus", **IN_THE_ABDOMEN, nodes=None, invasion=frozenset({"bladder-or-rectum"})).note is None


def test_size_or_depth_or_variant_not_known_leaves_stage_i_open() -> None:
    assert staged("uterus", size_cm=None).group == Reading(None, ("IA", "IB"))
    adenosarcoma = {"is_uterine_adenosarcoma": True, "myometrial_invasion": None}
    assert staged("uterus", **adenosarcoma).group == Reading(None, ("IA", "IB", "IC"))
    either = {"is_uterine_adenosarcoma": None, "size_cm": 3, "myometrial_invasion": "none"}
    assert staged("uterus", **either).group == certain("IA")
    assert staged("uterus", **{**either, "size_cm": 7}).group == Reading(None, ("IA", "IB"))


def test_nothing_known_leaves_every_figo_stage() -> None:
    every = ("IA", "IB", "IC", "IIA", "IIB", "IIIA", "IIIB", "IIIC", "IVA", "IVB")
    assert unknown("uterus").group == Reading(None, every)


# -- several chapters, origins


def test_one_staging_for_every_possible_chapter_in_the_order_of_the_tables() -> None:
    found = stage(Situation(chapters=frozenset(CHAPTERS), **KNOWN))
    assert tuple(s.chapter for s in found) == CHAPTERS
    assert [s.system for s in found] == ["AJCC 8"] * 4 + ["FIGO"]
    assert stage(Situation(chapters=NOTHING, **KNOWN)) == ()


def test_origins_name_the_work_and_where_it_was_read() -> None:
    assert staged("head-neck").origins == ("AJCC8", "PDQ25")
    assert staged("uterus").origins == ("FIGO-UTERINE", "PDQ25")


def test_equal_questions_share_one_answer_and_no_repr_tells_the_stage() -> None:
    first, again = staged("extremity-trunk", size_cm=7.0), staged("extremity-trunk", size_cm=7.0)
    assert first is again
    assert repr(first) == "Staging(system='AJCC 8')"
    assert repr(first.group) == "Reading()"
    assert repr(Situation(chapters=frozenset({"uterus"}), grades=frozenset({"1"}), size_cm=7)) == "Situation()"


# -- properties, on every chapter

every_grade = st.frozensets(st.sampled_from(["1", "2", "3", "X"]), min_size=1)
codes = st.frozensets(st.sampled_from([*T4A, *T4B, *UTERINE]))


@st.composite
def known_tumours(draw: st.DrawFn) -> dict[str, Any]:
    foci = draw(st.integers(1, 8))
    return {
        "size_cm": draw(st.sampled_from([1, 2, 2.01, 4, 5, 5.01, 10, 15, 15.01]) | st.floats(0.1, 60)),
        "extent": draw(st.sampled_from([e for e, _ in EXTENTS])),
        "invasion": draw(codes),
        "foci": foci,
        "nodes": draw(st.sampled_from(["negative", "positive", "not-assessed"])),
        "metastatic": draw(st.booleans()),
        "grades": draw(every_grade),
        "is_uterine_adenosarcoma": draw(st.booleans()),
        "myometrial_invasion": draw(st.sampled_from(["none", "half-or-less", "more-than-half"])),
        "multifocal": foci > 1,
    }


hidden_fields = st.frozensets(st.sampled_from(sorted(set(KNOWN) - {"grades"})))


def _hide(tumour: dict[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    return {name: None if name in fields else value for name, value in tumour.items()}


@given(st.sampled_from(CHAPTERS), known_tumours(), hidden_fields)
def test_what_is_assigned_is_possible(chapter: str, tumour: dict[str, Any], hidden: frozenset[str]) -> None:
    for reading in readings(staged(chapter, **_hide(tumour, hidden))).values():
        assert reading.possible
        assert len(set(reading.possible)) == len(reading.possible)
        assert reading.as_assigned is None or reading.as_assigned in reading.possible
        assert len(reading.possible) > 1 or reading.as_assigned == reading.possible[0]


@given(st.sampled_from(CHAPTERS), known_tumours(), hidden_fields, hidden_fields, every_grade)
def test_more_knowledge_never_widens(
    chapter: str, tumour: dict[str, Any], some: frozenset[str], others: frozenset[str], further: frozenset[str]
) -> None:
    knows_more = readings(staged(chapter, **_hide(tumour, some)))
    less = {**_hide(tumour, some | others), "grades": tumour["grades"] | further}
    knows_less = readings(staged(chapter, **less))
    assert knows_more.keys() == knows_less.keys()
    for name, reading in knows_more.items():
        assert set(reading.possible) <= set(knows_less[name].possible)


# Every value that matters to a chapter; a field that is hidden may have any of them.
_GRADES = [frozenset({g}) for g in "123"]
RELEVANT: dict[str, dict[str, list[Any]]] = {
    "extremity-trunk": {
        "size_cm": [3, 7, 12, 20],
        "nodes": ["negative", "positive"],
        "metastatic": [True, False],
        "grades": _GRADES,
    },
    "retroperitoneum": {
        "size_cm": [3, 7, 12, 20],
        "nodes": ["negative", "positive"],
        "metastatic": [True, False],
        "grades": _GRADES,
    },
    "head-neck": {
        "size_cm": [1, 3, 9],
        "invasion": [NOTHING, frozenset({"orbit"}), frozenset({"orbit", "brain-parenchyma"})],
        "nodes": ["negative", "positive"],
        "metastatic": [True, False],
    },
    "viscera": {
        "extent": [e for e, _ in EXTENTS],
        "foci": [1, 2, 4, 6],
        "nodes": ["negative", "positive"],
        "metastatic": [True, False],
    },
    "uterus": {
        "size_cm": [3, 7],
        "invasion": [NOTHING, *(frozenset({c}) for c in UTERINE)],
        "nodes": ["negative", "positive"],
        "metastatic": [True, False],
        "is_uterine_adenosarcoma": [True, False],
        "myometrial_invasion": ["none", "half-or-less", "more-than-half"],
    },
}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_possible_is_exactly_what_some_value_of_the_unknown_gives(chapter: str) -> None:
    values = RELEVANT[chapter]
    for hidden in (h for r in range(len(values) + 1) for h in combinations(values, r)):
        shown = [name for name in values if name not in hidden]
        for known in product(*(values[name] for name in shown)):
            given_fields = {**dict(zip(shown, known, strict=True)), "multifocal": None}
            partly = readings(staged(chapter, **{**given_fields, **{name: NOT_KNOWN[name] for name in hidden}}))
            reached: dict[str, set[str]] = {name: set() for name in partly}
            for filled in product(*(values[name] for name in hidden)):
                fully = staged(chapter, **given_fields, **dict(zip(hidden, filled, strict=True)))
                for name, reading in readings(fully).items():
                    assert len(reading.possible) == 1
                    reached[name].update(reading.possible)
            assert {name: set(reading.possible) for name, reading in partly.items()} == reached


# -- what cannot be


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size_cm", 0.0),
        ("size_cm", -3.0),
        ("size_cm", math.nan),
        ("size_cm", math.inf),
        ("extent", "a secret"),
        ("invasion", frozenset({"a secret"})),
        ("foci", 0),
        ("nodes", "a secret"),
        ("grades", frozenset({"4"})),
        ("grades", NOTHING),
        ("myometrial_invasion", "a secret"),
    ],
)
def test_a_wrong_value_is_refused_by_field_and_not_repeated(field: str, value: Any) -> None:
    with pytest.raises(RecordError, match=f"^{field}: ") as refused:
        staged("uterus", **{field: value})
    assert "secret" not in str(refused.value)


@pytest.mark.words
def test_an_unknown_chapter_is_refused() -> None:
    with pytest.raises(RecordError, match=r"chapters: the codes are extremity-trunk, .*, uterus"):
        stage(Situation(chapters=frozenset({"bone"}), **KNOWN))


@pytest.mark.words
@pytest.mark.parametrize(("foci", "multifocal"), [(1, True), (2, False)])
def test_foci_that_contradict_multifocality_are_refused(foci: int, multifocal: bool) -> None:
    with pytest.raises(RecordError, match="contradicts multifocal"):
        staged("viscera", foci=foci, multifocal=multifocal)


# -- the file


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_steps_of_size_join_without_gap_or_overlap(chapter: str) -> None:
    tables = staging_tables()
    categories = {c.id: [t.size_cm for t in c.t] for c in tables.ajcc.chapters}
    categories["uterus"] = [s.size_cm for s in tables.figo.leiomyosarcoma_or_stromal]
    steps = [step for step in categories[chapter] if step is not None]
    edges = {"head-neck": [0, 2, 4, None], "viscera": [], "uterus": [0, 5, None]}.get(chapter, [0, 5, 10, 15, None])
    assert steps == list(pairwise(edges))


def test_the_codes_of_structures_are_complete_and_labelled() -> None:
    tables = staging_tables()
    assert sorted(tables.head_neck_invasion) == sorted((*T4A, *T4B))
    assert sorted(tables.uterine_invasion) == sorted(UTERINE)
    assert set(tables.invasion) == {*T4A, *T4B, *UTERINE}
    assert all(tables.invasion.values())


@pytest.mark.words
def test_a_file_with_a_code_without_label_or_two_criteria_or_no_groups_is_refused() -> None:
    def changed() -> Any:
        return copy.deepcopy(library().table("staging"))

    unlabelled = changed()
    del unlabelled["head_neck_labels"]["orbit"]
    doubled = changed()
    doubled["ajcc"]["chapters"][0]["t"][0]["extent"] = "confined"
    groupless = changed()
    del groupless["ajcc"]["chapters"][2]["no_groups"]
    for raw, says in ((unlabelled, "labels differ"), (doubled, "exactly one"), (groupless, "no_groups")):
        with pytest.raises(ValidationError, match=says):
            StagingTables.model_validate(raw)
