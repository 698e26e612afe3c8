"""One screen, a note and one side of paper: the limits hold for everyone, and the numbers are those of the JSON."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from sarcoma._files import read_yaml
from sarcoma.cli import main
from sarcoma.evidence import library
from sarcoma.outlook import Outlook, answers, outlook_of
from sarcoma.outlook.first import EMERGENCY_FOR_ALL
from sarcoma.outlook.impact import MADE_UP_PEOPLE
from sarcoma.patient import Patient
from sarcoma.report import as_data
from sarcoma.report.brief import LINES, PLAIN_LINES, Brief
from sarcoma.report.note import note
from sarcoma.report.screen import Piece, Row, fitted
from sarcoma.report.stage_in_short import open_fields
from sarcoma.report.text import SECTIONS
from sarcoma.web import team
from sarcoma.wording import figures

PEOPLE: dict[str, dict[str, Any]] = {
    person.pop("id"): person for person in read_yaml(MADE_UP_PEOPLE.read_text(encoding="utf-8"), MADE_UP_PEOPLE.name)
}
CASE = ("--age", "62", "--type", "LMS", "--site", "lower limb", "--size", "7", "--grade", "3", "--surgery", "resected")


@cache
def one(name: str) -> Outlook:
    return outlook_of(Patient(**PEOPLE[name]))


def screen(outlook: Outlook, *, plain: bool, survival: bool) -> str:
    return str(Brief(outlook, plain=plain, survival=survival))


def flat(text: str) -> str:
    return " ".join(text.split())


def keeps_its_limits(outlook: Outlook, *, plain: bool, survival: bool) -> None:
    text = screen(outlook, plain=plain, survival=survival)
    lines = text.splitlines()
    assert len(lines) <= (PLAIN_LINES if plain else LINES)
    assert max(map(len, lines)) <= 80
    told = flat(text)
    flag = library().red_flags[EMERGENCY_FOR_ALL]
    assert (flag.plain_action if plain else flag.action) in told
    assert figures.NOTICE in told
    assert "None" not in text.split()
    assert "nan" not in text.split()
    assert "{" not in text
    assert "--section NAME" in lines[-1] + lines[-2] + lines[-3]
    for section in re.findall(r"--section ([a-z-]+)", told):
        assert section in SECTIONS
    if plain:
        assert "%" not in text
        assert not re.search(r"\b(0|100) of 100\b", told)


@pytest.mark.words
@pytest.mark.parametrize("name", PEOPLE)
def test_every_made_up_person_fits_one_screen(name: str) -> None:
    for plain in (False, True):
        for survival in (False, True):
            keeps_its_limits(one(name), plain=plain, survival=survival)


TYPES = sorted(t.id for t in library().types.values() if not t.out_of_scope)
SITES = sorted(p.id for p in library().primary_sites.values() if not p.out_of_scope)


@pytest.mark.words
@settings(max_examples=60, deadline=None)
@given(
    record=st.fixed_dictionaries(
        {},
        optional={
            "histologic_type": st.sampled_from(TYPES),
            "site": st.sampled_from(SITES),
            "age": st.integers(0, 100),
            "size_cm": st.floats(0.5, 40),
            "grade": st.sampled_from(["1", "2", "3", "X"]),
            "nodes": st.sampled_from(["negative", "positive"]),
            "surgery": st.sampled_from(["none", "resected"]),
            "presentation": st.sampled_from(["first", "recurrent"]),
            "metastases": st.sampled_from(["none", "unknown", "lung@0", "liver@14; bone@20; brain@21", "brain"]),
            "landmark_months": st.sampled_from([24, 60]),
            "treatments": st.sampled_from(["doxorubicin", "doxorubicin; pazopanib; trabectedin"]),
        },
    ).filter(bool),
    plain=st.booleans(),
    survival=st.booleans(),
)
def test_any_record_fits_one_screen_and_eight_lines(record: dict[str, Any], plain: bool, survival: bool) -> None:
    try:
        outlook = outlook_of(Patient(**record))
    except ValueError:  # a record that contradicts itself
        return
    keeps_its_limits(outlook, plain=plain, survival=survival)
    lines = note(outlook, survival=survival).splitlines()
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 120


@pytest.mark.words
@pytest.mark.parametrize("name", PEOPLE)
def test_teams_see_every_alarm_that_fits(name: str) -> None:
    outlook = one(name)
    told = flat(screen(outlook, plain=False, survival=True))
    assert not [flag.id for flag in outlook.red_flags if flag.when and flag.title not in told]


@pytest.mark.parametrize("plain", [False, True])
def test_survival_is_on_no_screen_and_in_no_note_unasked(plain: bool) -> None:
    for name in PEOPLE:
        outlook = one(name)
        headline = outlook.answer_to("survival").headline
        said = (screen(outlook, plain=plain, survival=False), note(outlook, survival=False))
        assert not [f.origin for f in headline.figures if any(f"[{f.origin}" in text for text in said)]
        models = [m.card.id for m in outlook.models if m.status == "applies" and m.card.outcome.about_survival]
        assert not [key for key in models if any(f"{key}: " in text for text in said[1:])]


def number_of(headline: dict[str, Any]) -> list[str]:
    """The numbers of a headline in the JSON, as they are written."""
    first = headline["figures"][0]
    if headline["low"] is not None:
        return [str(round(headline["low"])), str(round(headline["high"]))]
    if first["value"] in (None, 0.0, 100.0):
        return []
    if first["as_people"]:
        return [f"{first['as_people'][0]} of {first['as_people'][1]}"]
    return [f"{first['value']:.10g}"]


@pytest.mark.words
@pytest.mark.parametrize("name", PEOPLE)
def test_json_screen_note_text_and_paper_say_the_same_numbers(name: str) -> None:
    outlook = one(name)
    told = {
        "screen": flat(screen(outlook, plain=False, survival=True)),
        "note": flat(team.text(outlook)),
        "text": flat(team.long_text(outlook)),
        "paper": flat(page_text(team.one_page(outlook).pdf(one_side=True))),
    }
    asked = 0
    for answer in as_data(outlook)["answers"]:
        if answer["question"] == "left" or not answer["headline"]["figures"]:
            continue
        asked += 1
        for where, text in told.items():
            if where == "note" and answer["question"] == "where":
                continue
            assert not [n for n in number_of(answer["headline"]) if n not in text], (where, answer["question"])
            key = answer["headline"]["figures"][0]["origin"]
            assert key.replace("-", "") in text.replace("-", "").replace(" ", ""), (where, key)
    assert asked or outlook.situation != "localised" or not outlook.answers


def page_text(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("-\n", "-")


@pytest.mark.parametrize("name", list(PEOPLE)[::3])
def test_paper_for_teams_is_one_side_of_a4(name: str) -> None:
    pages = PdfReader(io.BytesIO(team.one_page(one(name)).pdf(one_side=True))).pages
    assert len(pages) == 1
    assert [round(float(side)) for side in (pages[0].mediabox.width, pages[0].mediabox.height)] == [595, 842]


@pytest.mark.words
@pytest.mark.parametrize("name", PEOPLE)
def test_a_note_has_eight_lines_at_most_with_its_version(name: str) -> None:
    for survival in (False, True):
        lines = note(one(name), survival=survival).splitlines()
        assert len(lines) <= 8
        assert lines[-1].startswith("Sarcoma Outlook") or lines[-2].startswith("Sarcoma Outlook")
        assert library().changed_on.isoformat() in " ".join(lines[-2:])


@pytest.mark.words
@pytest.mark.parametrize("name", PEOPLE)
def test_a_figure_carries_what_must_stand_with_it(name: str) -> None:
    outlook = one(name)
    told, screened = flat(note(outlook, survival=True)), flat(screen(outlook, plain=False, survival=True))
    for model in outlook.models:
        key, untested = model.card.id, not answers.tested_elsewhere(model.card)
        if model.status != "applies":
            continue
        for text, start, end in ((told, f"{key}: ", ";"), (screened, f"{model.card.short_name}: ", f"[{key}]")):
            if start not in text:
                continue
            said = text[text.index(start) :].split(end)[0]
            assert not untested or "(not tested" in said, (key, said)
            assert model.card.outcome.estimand != "net" or "(net)" in said, (key, said)
    for answer in outlook.answers:
        for figure in answer.headline.figures[:1]:
            if figure.people_not_seen and f"[{figure.origin}" in screened:
                before = screened[: screened.index(f"[{figure.origin}")]
                assert "how many people: not printed" in before[-80:], figure.origin


def test_what_a_screen_leaves_out_is_counted() -> None:
    row = Row("R", tuple(Piece(f"thing {n}") for n in range(9)), "part", more=2, joint="; ")
    counted = fitted([row], 1, lambda label, text: 1 + len(text) // 40, lambda n, name: f"and {n} more: {name}")
    ((_label, text),) = counted
    shown = text.count("thing")
    assert 1 <= shown < 9
    assert text.endswith(f"and {9 - shown + 2} more: part")
    ((_label, whole),) = fitted([row], 9, lambda label, text: 1, lambda n, name: f"and {n} more: {name}")
    assert whole.endswith("thing 8; and 2 more: part")


@pytest.mark.words
def test_treatments_on_a_screen_and_those_counted_are_all() -> None:
    for name in PEOPLE:
        outlook = one(name)
        text = flat(screen(outlook, plain=False, survival=False))
        options = text[text.index("Options ") : text.index("Missing ")]
        shown = sum(t.treatment.name in options for t in outlook.treatments)
        rest = sum(int(n) for n in re.findall(r"and (\d+) more", options))
        assert shown + rest >= len(outlook.treatments), name


# -- the command


def printed(capsys: pytest.CaptureFixture[str], *options: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["outlook", *CASE, *options])
    assert stopped.value.code == code
    out = capsys.readouterr()
    return out.err if code else out.out


def test_the_whole_holds_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    whole = flat(printed(capsys, "--full", "--survival"))
    for name in SECTIONS:
        part = printed(capsys, "--section", name, "--survival")
        assert part.strip(), name
        heading = next(line for line in part.splitlines() if line)
        assert heading in whole, name
        assert max(map(len, part.splitlines())) <= 80


def test_several_sections_stand_in_the_order_of_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    both = printed(capsys, "--section", "questions", "--section", "stage")
    assert both.index("FNCLCC") < both.index(printed(capsys, "--section", "questions").splitlines()[0])


def test_who_names_the_part_on_survival_asks_for_it_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[kattan-2002]" in flat(printed(capsys, "--section", "survival"))
    assert "[kattan-2002]" not in flat(printed(capsys, "--section", "answers"))
    assert "[kattan-2002]" not in flat(printed(capsys, "--full"))


@pytest.mark.parametrize(
    "options",
    [
        ("--section", "nowhere"), ("--full", "--note"), ("--full", "--json"), ("--section", "stage", "--json"),
        ("--note", "--plain"), ("--no-survival", "--section", "survival"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    error = printed(capsys, *options, code=2)
    if "nowhere" in options:
        assert all(name in error for name in SECTIONS)


@pytest.mark.words
def test_the_note_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(printed(capsys, "--note").splitlines()) <= 8
    assert "kattan-2002" not in printed(capsys, "--note")
    assert "kattan-2002" in printed(capsys, "--note", "--survival")


def test_nothing_is_said_to_change_a_stage_that_is_settled_nor_the_grade_of_a_type_without_one() -> None:
    far = outlook_of({"type": "LMS", "site": "lower limb", "metastases": ["lung@0"]})
    assert [one.group.possible for one in far.staging if one.group] == [("IV",)]
    assert open_fields(far) == ()
    ungraded = outlook_of({"type": "alveolar soft part sarcoma", "site": "lower limb", "size": 6})
    assert "grade" not in open_fields(ungraded)
    assert not [one for one in ungraded.missing if one.field == "grade" and not one.needed_by]
    graded = outlook_of({"type": "LMS", "site": "lower limb", "size": 6})
    assert open_fields(graded) == ("nodes", "grade")
