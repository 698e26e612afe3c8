"""What the article's readers missed, and a home for every row of the material on treatments and alarms."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

from sarcoma.evidence import library
from sarcoma.evidence.library import PLACEHOLDER

LIB = library()
with (Path(__file__).parent / "care_rows.csv").open(encoding="utf-8") as _file:
    ROWS = list(csv.DictReader(_file))
HOMES = {
    "alarm": LIB.red_flags,
    "fact": LIB.facts,
    "approvals": LIB.treatments,
    "organisation": LIB.organisations,
    "country": LIB.countries,
    "chapter": LIB.chapters,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["row"])
def test_every_row_has_a_home(row: dict[str, str]) -> None:
    if row["home"] == "left-out":
        assert row["key"] == "own page not read"
        return
    assert row["key"] in HOMES[row["home"]]
    if row["home"] == "approvals":
        assert LIB.treatments[row["key"]].approvals
    if row["home"] == "alarm":
        assert row["row"] in LIB.red_flags[row["key"]].facts


def test_no_row_of_the_file_is_forgotten() -> None:
    folder = os.environ.get("SARCOMA_EVIDENCE")
    if not folder:
        pytest.skip("SARCOMA_EVIDENCE does not name the folder of the material")
    text = (Path(folder) / "treatments_and_alarms.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| ((?:AL|LF|TX|MR|AP|SE|CO|OR)\d+b?) \|", text, re.MULTILINE)
    assert found == [row["row"] for row in ROWS]


FIGURES = [
    ("AL1.any", 75, None, None), ("AL5.dvt", 10.6, None, None), ("AL10.palette", 3.3, None, None),
    ("AL11.death", 0.8, None, None), ("AL12.sepsis", 2.6, None, None), ("AL17.difference", 18, 5, 30),
    ("TX3.complications", 13.8, 9.0, 19.8), ("TX8.response", 72, None, None), ("TX11.febrile", 36.2, None, None),
    ("TX18.hands", 54, None, None), ("TX21.naive", 58, 41, 73), ("TX22.pr", 55.2, None, None),
    ("TX28.severe", 6.3, None, None), ("TX29.pain", 67, None, None), ("TX32.cediranib", 6.7, None, None),
    ("AP4.pfs_with", 8.57, 7.79, 10.12), ("MR6.mm0", 29, None, None), ("MR9.none", 14.20, 4.14, 48.75),
    ("MR11.hr", 1.01, 0.71, 1.44), ("MR14.os_51", 0.46, 0.23, 0.94), ("MR18.dfs_with", 67, None, None),
    ("CO1.metastasis", 8.5, None, None), ("CO2.fr_local", 9.3, None, None), ("SE1.child", 7, None, None),
    ("SE4.limbs", 50, None, None), ("E18.orr", 37, 24, 51), ("E18.label", 24, 13, 39),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "low", "high"), FIGURES)
def test_a_figure_is_that_of_the_material(key: str, value: float, low: float | None, high: float | None) -> None:
    _, figure = LIB.figure(key)
    assert (figure.value, figure.low, figure.high) == (value, low, high)


def test_what_is_only_remembered_is_shown_to_nobody() -> None:
    hidden = {g.id for g in LIB.fact("MR1").figures if not g.shown}
    assert hidden == {"high_with", "high_without", "low_with", "low_without"}


def test_what_a_second_reading_did_not_find_is_marked_and_heads_nothing() -> None:
    for key in ("TX10.six", "TX14.neutropenia", "AL13.any", "AL20.four"):
        fact, figure = LIB.figure(key)
        assert "not-found-again" in figure.marks
        assert not fact.may_head(figure)


def test_alveolar_soft_part_sarcoma_has_its_trials_with_their_people() -> None:
    arms = [LIB.figure(f"TX32.{drug}")[1] for drug in ("cediranib", "sunitinib")]
    assert [f.as_people for f in arms] == [(1, 15), (1, 14)]
    assert LIB.figure("TX33.adults")[1].as_people == (0, 9)
    assert LIB.figure("TX33.children")[1].as_people == (3, 18)
    assert LIB.treatments["sunitinib"].evidence == LIB.treatments["cediranib"].evidence == "rct"


def test_treatments_say_when_and_what_they_are() -> None:
    for t in LIB.treatments.values():
        if t.record_only:
            continue
        assert t.what_it_is, t.id
        assert t.evidence, t.id
        assert (t.line is None) == (t.setting != "advanced"), t.id
        assert all(key in LIB.facts for key in t.harms), t.id
        assert all(g.source in LIB.sources for g in t.guidelines), t.id


def test_each_medicine_tells_its_harms_but_for_those_whose_were_not_read() -> None:
    kinds = {"chemotherapy", "targeted", "immunotherapy", "cell-therapy", "hormone", "adjuvant-chemotherapy"}
    without = {t.id for t in LIB.treatments.values() if t.kind in kinds and not t.record_only and not t.harms}
    assert without == {
        "anlotinib", "cediranib", "sunitinib", "olaratumab", "tazemetostat", "second-line-chemotherapy",
    }  # fmt: skip


def test_the_outlook_factors_of_the_article_each_have_a_figure_or_say_that_none_was_seen() -> None:
    for key in ("SE8", "SE9", "SE11", "SE12"):
        fact = LIB.fact(key)
        assert fact.figures or PLACEHOLDER.findall(fact.statement), key


def test_every_part_of_understand_names_facts_that_exist() -> None:
    for chapter in LIB.chapters.values():
        for part in chapter.parts:
            assert all(key in LIB.facts for key in (*part.facts, *part.also)), (chapter.id, part.heading)


def test_the_readers_questions_are_answered_in_understand() -> None:
    told = {key for chapter in LIB.chapters.values() for part in chapter.parts for key in (*part.facts, *part.also)}
    assert {f"SE{n}" for n in range(1, 19)} <= told
    assert {"CO1", "CO2", "MR6", "MR14", "SE19"} <= told


@pytest.mark.words
def test_places_of_spread_have_sourced_signs_for_the_pleura_and_the_belly() -> None:
    pleura = LIB.sites["pleura"]
    assert {"CANCERNET-PLEURA", "CRUK-PLEURA"} == set(pleura.sources)
    assert any("flat" in s.plain for s in pleura.symptoms)
    assert LIB.sites["peritoneum"].symptoms


def test_where_no_organisation_was_found_the_day_of_the_search_is_said() -> None:
    none = {c.id for c in LIB.countries.values() if c.no_organisation_found_on}
    assert none == {"denmark", "portugal", "brazil", "mexico", "argentina", "colombia", "peru"}
    for name in none:
        assert not LIB.organisations_in(name)
    assert [o.id for o in LIB.organisations_in("España")] == ["geis"]
