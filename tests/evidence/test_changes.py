"""The evidence says what changed, why, and what has to be looked at again."""

from __future__ import annotations

import csv
import datetime
import os
import re
from pathlib import Path
from typing import get_args

import pytest

from sarcoma.evidence import Source, due, library, overdue_topics
from sarcoma.evidence.fact import Topic
from sarcoma.evidence.library import Library

LIB = library()
HERE = Path(__file__).parent
RELEASED = list(csv.DictReader((HERE / "evidence_0_1.csv").read_text(encoding="utf-8").splitlines()))
"""Keys and values of version 0.1: of each fact, and of each figure."""

NUMBERS = ("value", "low", "high", "numerator", "n")


def printed_in(text: str) -> set[float]:
    return {float(found) for found in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))}


def number(text: str) -> float | None:
    return float(text) if text else None


def test_a_figure_that_differs_from_the_last_release_has_an_entry_with_the_reason() -> None:
    untold = []
    for row in RELEASED:
        key = row["key"]
        owner, _, figure_id = key.partition(".")
        told = any(c.names(key) for c in LIB.changes.values() if c.kind != "new")
        if row["unit"] == "fact":
            gone = key not in LIB.facts
            now = before = None
        else:
            figures = {f.id: f for f in LIB.facts[owner].figures} if owner in LIB.facts else {}
            gone = figure_id not in figures
            before = tuple(number(row[name]) for name in NUMBERS)
            found = figures.get(figure_id)
            now = found and (found.value, found.low, found.high, found.numerator, found.people)
        if (gone or now != before) and not told:
            untold.append((key, before, now))
    assert not untold


def test_a_new_fact_has_an_entry() -> None:
    before = {row["key"] for row in RELEASED if row["unit"] == "fact"}
    told = {key for change in LIB.changes.values() if change.kind == "new" for key in change.keys}
    assert not {key for key in LIB.facts if key not in before | told}


def test_an_entry_names_what_exists_or_what_was_withdrawn() -> None:
    for change in LIB.changes.values():
        assert all(source in LIB.sources for source in change.sources), change.id
        if change.about != "fact":
            continue
        for key in change.keys:
            exists = key in LIB.facts or (
                "." in key
                and key.partition(".")[0] in LIB.facts
                and any(f.id == key.partition(".")[2] for f in LIB.facts[key.partition(".")[0]].figures)
            )
            assert exists != (change.kind == "withdrawn"), (change.id, key)


def test_changes_are_told_since_a_day_newest_first() -> None:
    told = LIB.changes_since(LIB.releases["0.1"].date)
    assert told
    assert [c.date for c in told] == sorted((c.date for c in told), reverse=True)
    assert not LIB.changes_since(datetime.date(2100, 1, 1))


def test_every_topic_has_a_day_of_review_and_none_is_overdue_at_the_last_change() -> None:
    assert set(LIB.topics) == set(get_args(Topic))
    newest = max(change.date for change in LIB.changes.values())
    assert not list(overdue_topics(LIB, newest))
    assert set(overdue_topics(LIB, datetime.date(2100, 1, 1))) == set(LIB.topics)


def test_an_overdue_topic_and_a_retracted_source_come_first() -> None:
    lib = Library()
    source = lib.sources["BILLINGSLEY99"]
    status = {"what": "retracted", "on": "2026-11-01", "because": "made up for this test"}
    lib.sources["BILLINGSLEY99"] = Source.model_validate({**source.model_dump(exclude_none=True), "status": status})
    listed = due(lib, datetime.date(2026, 11, 27))
    urgent = [one.key for one in listed if one.is_urgent()]
    assert {"B21", "OS10"} <= set(urgent)
    assert [one.key for one in listed][: len(urgent)] == urgent
    late = due(lib, datetime.date(2027, 4, 1))
    assert {one.topic for one in late if "overdue-topic" in one.reasons} == {
        "treatment-systemic", "treatment-targeted", "treatment-immune-and-cell", "treatment-harm",
    }  # fmt: skip


# -- the tables of evidence themselves, where they are at hand

FOLDER = os.environ.get("SARCOMA_EVIDENCE")
LUND_ROW = re.compile(r"^\| (.+?) \| (\d+) \| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$")
LUND_IDS = {
    "UPS": "LUND25-TYPE.ups", "Myxofibrosarcoma": "LUND25-TYPE.mfs", "LMS": "LUND25-TYPE.lms",
    "Synovial sarcoma": "LUND25-TYPE.ss", "MPNST": "LUND25-TYPE.mpnst", "LMS, grade 3": "LUND25-TYPE-GRADE.lms_g3",
    "Myxofibrosarcoma, grade 3": "LUND25-TYPE-GRADE.mfs_g3", "UPS, grade 3": "LUND25-TYPE-GRADE.ups_g3",
    "all malignant": "LUND25-GRADE.all", "all malignant, grade 1": "LUND25-GRADE.all_g1",
    "all malignant, grade 2": "LUND25-GRADE.all_g2", "all malignant, grade 3": "LUND25-GRADE.all_g3",
}  # fmt: skip


@pytest.mark.skipif(not FOLDER, reason="SARCOMA_EVIDENCE does not name the folder of the tables")
def test_spread_by_type_and_grade_is_that_of_the_table() -> None:
    text = (Path(FOLDER or "") / "spread_by_type_lund.md").read_text(encoding="utf-8")
    rows = {m[1]: m for m in map(LUND_ROW.match, text.splitlines()) if m}
    for name, key in LUND_IDS.items():
        row = rows[name]
        n, events = int(row[2]), int(row[3])
        if n < 20:
            figure = LIB.figure(key)[1]
            assert figure.as_people == (events, n)
            continue
        value, low, high = map(int, re.match(r"(\d+) \((\d+)–(\d+)\)", row[5]).groups())  # type: ignore[union-attr]
        figure = LIB.figure(f"{key}_5y")[1]
        assert (figure.value, figure.low, figure.high, figure.n) == (value, low, high, n)


@pytest.mark.skipif(not FOLDER, reason="SARCOMA_EVIDENCE does not name the folder of the tables")
@pytest.mark.parametrize("section", "BCF")
def test_numbers_of_the_facts_stand_in_the_table(section: str) -> None:
    """Every value of a fact of the first table is printed in the row of its key, or in the tables of models."""
    folder = Path(FOLDER or "")
    models = printed_in((folder / "models.md").read_text(encoding="utf-8"))
    text = (folder / "facts.md").read_text(encoding="utf-8")
    rows = {m[1]: m[0] for m in re.finditer(rf"^\| \**({section}\d+|OS\d+)\** \|.*$", text, re.MULTILINE)}
    changed = {key.partition(".")[0] for change in LIB.changes.values() for key in change.keys}
    missing = []
    for key, row in rows.items():
        if key not in LIB.facts or key in changed:
            continue
        printed = models | printed_in(row)
        for figure in LIB.facts[key].figures:
            value = figure.value
            if value is None or set(figure.marks) & {"calculated", "not-visible"} or figure.unit == "p-value":
                continue
            if value not in printed:
                missing.append(f"{key}.{figure.id} = {value:g}")
    assert not missing


CORRECTIONS = list(csv.DictReader((HERE / "corrections.csv").read_text(encoding="utf-8").splitlines()))
"""Key and value of what was corrected or added in November 2026, written down from the table, not from the YAML."""


@pytest.mark.parametrize("row", CORRECTIONS, ids=[row["key"] for row in CORRECTIONS])
def test_a_correction_stands_as_in_the_table(row: dict[str, str]) -> None:
    figure = LIB.figure(row["key"])[1]
    assert (figure.value, figure.low, figure.high) == tuple(number(row[name]) for name in ("value", "low", "high"))
    assert figure.numerator == (int(row["numerator"]) if row["numerator"] else None)
    assert str(figure.n or "") == row["n"]
