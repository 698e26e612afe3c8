"""Facts by histologic type: their numbers are those of the material, and what they are of is said."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

from sarcoma.evidence import Fact, library

LIB = library()
FACTS = [fact for fact in LIB.facts.values() if fact.section == "T"]
EXTRACT = list(csv.DictReader((Path(__file__).parent / "type_figures.csv").read_text(encoding="utf-8").splitlines()))
"""Key and numbers of every figure, as they were held against the material."""

each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.key)


def number(text: str) -> float | None:
    return float(text) if text else None


def test_the_figures_are_those_of_the_extract() -> None:
    found = {
        f"{fact.key}.{g.id}": (g.value, g.low, g.high, g.numerator, g.people, g.horizon_months)
        for fact in FACTS
        for g in fact.figures
    }
    columns = ("value", "low", "high", "numerator", "n", "horizon_months")
    assert found == {row["figure"]: tuple(number(row[c]) for c in columns) for row in EXTRACT}


@each_fact
def test_every_number_is_printed_in_the_rows_of_the_type(fact: Fact) -> None:
    folder = os.environ.get("SARCOMA_EVIDENCE")
    if not folder:
        pytest.skip("SARCOMA_EVIDENCE names no folder")
    text = (Path(folder) / "type_profiles.md").read_text(encoding="utf-8")
    kind = {"NTRK": "IFS"}.get(fact.key.split("-")[1], fact.key.split("-")[1])  # the two share their rows
    rows = [line for line in text.splitlines() if f"TP-{kind}." in line or f"{kind} – " in line]
    scores = text[text.index("## 5.") : text.index("## 6.")] + text[text.index("## 7.") : text.index("## 8.")]
    models = (Path(folder) / "models.md").read_text(encoding="utf-8") if kind == "SFT" else ""
    where = " ".join([*rows, scores, models]).replace(",", "").replace("–", " ")
    printed = {float(n) for n in re.findall(r"\d*\.?\d+", where)}
    for figure in fact.figures:
        if {"calculated", "inferred"} & set(figure.marks) or figure.interval == "plus-minus" or figure.note:
            continue
        for value in (figure.value, figure.low, figure.high):
            words = {0, 10, 50}  # "none", "nobody", "half", and bounds of a hundred less a number
            assert value is None or value in printed | words, f"{fact.key}.{figure.id}: {value}"


@each_fact
def test_a_fact_by_type_is_about_a_type_or_a_site(fact: Fact) -> None:
    assert fact.types or fact.applies
    assert all(LIB.types[t] for t in fact.types)


@each_fact
def test_a_row_that_a_second_reading_did_not_find_is_no_headline(fact: Fact) -> None:
    for figure in fact.figures:
        if "not-found-again" in fact.marks_of(figure):
            assert not fact.may_head(figure)


def test_what_a_second_reading_did_not_find_carries_that_mark() -> None:
    marked = {f"{f.key}.{g.id}" for f in FACTS for g in f.figures if "not-found-again" in f.marks_of(g)}
    assert marked >= {
        "TP-ASPS-when.five", "TP-ASPS-surv.child_local", "TP-ASPS-rx.sun", "TP-ASPS-rx.paz", "TP-RMS-site.orbit",
        "TP-DSRCT-surv.fr_median", "TP-NRSTS-cog.low_os", "TP-NRSTS-epssg.a_os", "TP-RMS-cog-intermediate.a_os",
    }  # fmt: skip
    assert "TP-RMS-site.bp" not in marked
    assert "TP-DSRCT-spread.out" not in marked


def test_a_figure_of_people_under_an_age_is_not_for_others() -> None:
    figure = LIB.figure("TP-LGFMS-surv.os")
    assert LIB.facts["TP-LGFMS-surv"].people_of(figure[1]).age_years == (None, 21)
    fact, figure_of_adults = LIB.figure("TP-RMSad-surv.protocol")
    assert fact.people_of(figure_of_adults).situation == "localised"


def test_the_first_figure_for_a_child_with_localised_rhabdomyosarcoma_is_that_of_the_whole_study() -> None:
    fact, figure = LIB.figure("TP-RMS-surv.os_page")
    assert (figure.value, figure.n) == (80.4, 1733)
    assert fact.may_head(figure)
    assert not LIB.facts["TP-RMS-site"].may_head(LIB.figure("TP-RMS-site.orbit")[1])


@pytest.mark.words
def test_figures_by_margin_and_by_radiotherapy_are_restricted_to_them() -> None:
    restricted = 0
    for fact in LIB.facts.values():
        if not fact.key.startswith("MR"):
            continue
        for figure in fact.figures:
            words, people = figure.what.lower(), fact.people_of(figure)
            if words.endswith((", r0", ", r1", ", r2")):
                assert people.margin == (figure.what[-2:],), (fact.key, figure.id)
                restricted += 1
            if figure.measure == "effect" or fact.topic != "treatment-local" or figure.group:
                continue
            if words.endswith(("with radiotherapy", "with brachytherapy")):
                assert people.radiotherapy, (fact.key, figure.id)
                assert "none" not in people.radiotherapy
                restricted += 1
            elif words.endswith(", without"):
                assert people.radiotherapy == ("none",), (fact.key, figure.id)
                restricted += 1
    assert restricted > 20


def test_people_without_radiotherapy_are_told_of_people_without_it() -> None:
    for key in ("MR4.y5", "MR5.all"):
        fact, figure = LIB.figure(key)
        assert fact.people_of(figure).radiotherapy == ("none",)
