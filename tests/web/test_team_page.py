"""The team's page: one picture of all models, what moves with time, options, and no sentence against another."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from web_cases import EMPTY, LOCALISED, METASTATIC, RECORDS, RETROPERITONEAL, Form, outlook_of, said
from web_html import Node, tree

from sarcoma.models import cards
from sarcoma.outlook import Outlook
from sarcoma.outlook.impact import MADE_UP_PEOPLE
from sarcoma.outlook.outlook import outlook_of as outlook_for
from sarcoma.patient import Patient
from sarcoma.report.drawn.model_dots import free_of, groups
from sarcoma.web import team
from sarcoma.wording import figures

Post = Callable[..., Any]

LATE: Form = LOCALISED | {"landmark_months": "30"}
"""Long after the operation: most models only said something at the start."""
BEYOND: Form = LOCALISED | {"landmark_months": "70"}
"""Later than any model looks ahead from."""
CASES: dict[str, Form] = RECORDS | {"late": LATE, "beyond": BEYOND}


def case_of(form: Form, post: Post) -> Node:
    answer = post("/team", form)
    assert answer.status_code == 200
    return tree(answer.text)


def rows(figure: Node) -> list[tuple[str, str]]:
    """What stands on each line of a picture: its words and its number."""
    found = []
    for line in figure.find("li"):
        what, _dot, number = [c for c in line.children if isinstance(c, Node)]
        found.append((what.text, number.text))
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_picture_its_table_and_the_json_say_the_same_numbers(name: str, post: Post) -> None:
    form = CASES[name]
    page, data = case_of(form, post), post("/team.json", form).json()
    told = {m["origin"]: m for m in data["models"] if m["status"] == "applies" and m["figures"]}
    pictures = [f for f in page.find("figure", class_="models-axis") if f.attrs["aria-labelledby"] == "dots-h"]
    shown = {s.attrs["data-origin"]: s for f in pictures for s in f.find("section", class_="axis-model")}
    assert shown.keys() == told.keys()
    tables = {tr.attrs["data-origin"]: tr for tr in page.find("tr") if "cautions" not in tr.attrs.get("class", "")
              and tr.attrs.get("data-origin") in shown}  # fmt: skip
    for key, model in told.items():
        lines = rows(shown[key])
        assert len(lines) == len(model["figures"]) + len(model["also"])
        every = [(f, model["probability_of"] == "event") for f in model["figures"]] + [(f, True) for f in model["also"]]
        for (_what, number), (figure, event) in zip(lines, every, strict=True):
            if figure["value"] is None:
                low, high = figure["low"], figure["high"]
                low, high = (100 - high, 100 - low) if event else (low, high)
                assert number.startswith(("about ", f"{round(low)}–{round(high)}%")), (key, number)
                continue
            value = 100 - figure["value"] if event else figure["value"]
            printed = re.search(r"\d+", number)
            assert printed, number
            step = cards()[key].outcome.printed_to or 1
            assert abs(int(printed.group()) - min(max(value, 1), 99)) <= step / 2 + 1e-9, (key, number, figure)
        in_table = [dd.text for dd in tables[key].find("dd") if dd.attrs.get("class") != "soft"]
        assert in_table == [number for _what, number in lines]


@pytest.mark.words
def test_filled_always_means_alive_or_free() -> None:
    for form in CASES.values():
        for group in groups(outlook_of(form, "teams").models):
            model = outlook_of(form, "teams").answer(group.card.id)
            for dot, figure in zip(group.dots, (*model.figures, *model.also), strict=True):
                event = figure in model.also or group.card.outcome.of_event
                assert dot.figure == free_of(figure, of_event=event)
                assert dot.what.startswith(("alive", "not died", "free of", "no "))
                if event and figure.value is not None:
                    assert dot.figure.value == pytest.approx(100 - figure.value)
                if dot.figure.low is not None and dot.figure.high is not None:
                    assert dot.figure.low <= (dot.figure.value or dot.figure.low) <= dot.figure.high
                    assert figures.quantity(dot.figure)


def made_up() -> list[Outlook]:
    from sarcoma._files import read_yaml

    people = read_yaml(MADE_UP_PEOPLE.read_text(encoding="utf-8"), MADE_UP_PEOPLE.name)
    return [outlook_for(Patient(**{k: v for k, v in raw.items() if k != "id"}), audience="teams") for raw in people]


NOTHING = re.compile(r"no (published )?model[^.]*(fits|applies)|there is no figure", re.IGNORECASE)


@pytest.mark.words
@pytest.mark.parametrize("name", CASES)
def test_no_page_says_that_no_model_fits_beneath_one_that_does(name: str, post: Post) -> None:
    page = case_of(CASES[name], post)
    outlook = outlook_of(CASES[name], "teams")
    speaks = any(m.status == "applies" for m in outlook.models)
    said_so = [s for s in re.split(r"(?<=[.:])\s", page.text) if NOTHING.search(s)]
    assert not (speaks and said_so), said_so
    assert speaks or said_so, "where none speaks it is said"


@pytest.mark.words
def test_no_evidence_of_any_made_up_person_says_so() -> None:
    """The part of the page that is made without the models; those at the start too."""
    found = made_up()
    assert len(found) > 10
    for outlook in found:
        parts = team._evidence(outlook, "")
        text = " ".join(tree(str(getattr(parts, part))).text for part in parts.__slots__)
        assert not NOTHING.search(text)


@pytest.mark.parametrize("name", CASES)
def test_every_model_is_on_the_page_once_with_what_it_says_or_why_not(name: str, post: Post) -> None:
    page, outlook = case_of(CASES[name], post), outlook_of(CASES[name], "teams")
    at_start = {m.card.id for m in outlook.models_at_start}
    silent = [
        li.attrs["data-origin"] for d in page.find("details", class_="numbers") for li in d.find("li")
        if li.attrs.get("data-origin") in cards()
    ]  # fmt: skip
    applying = [m.card.id for m in outlook.models if m.status == "applies"]
    drawn = [s.attrs["data-origin"] for s in page.find("section", class_="axis-model")]
    assert sorted(silent + applying) == sorted(cards())
    assert sorted(drawn) == sorted([*applying, *at_start])


# -- the form


def values(page: Node) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    (form,) = page.find(id="case")
    for node in form.walk():
        name = node.attrs.get("name")
        if node.tag == "input" and name and (node.attrs.get("type") != "checkbox" or "checked" in node.attrs):
            found.setdefault(name, []).append(node.attrs["value"])
        if node.tag == "select" and name:
            options = node.find("option")
            chosen = [o for o in options if "selected" in o.attrs] or options[:1]
            found.setdefault(name, []).extend(o.attrs.get("value", o.text) for o in chosen)
    return {name: some for name, some in found.items() if any(some)}


@pytest.mark.parametrize("name", RECORDS)
def test_the_form_of_an_answer_sends_the_same_record_again(name: str, post: Post) -> None:
    form = RECORDS[name]
    again = values(case_of(form, post))
    told, sent = said(form).record(), said(again).record()
    assert {**told.model_dump(), "assumed": 0} == {**sent.model_dump(), "assumed": 0}


def test_a_type_may_be_written_as_an_abbreviation_and_organs_have_their_own_months(post: Post) -> None:
    form = {"histologic_type": "LMS", "metastases": "yes", "organ": ["lung", "bone"], "lung_months": "14",
            "bone_months": "20,5"}  # fmt: skip
    record = said(form).record()
    assert record.histologic_type == "leiomyosarcoma"
    assert [(m.organ, m.months) for m in record.metastases or ()] == [("lung", 14), ("bone", 20.5)]
    page = case_of(form, post)
    assert values(page)["bone_months"] == ["20,5"]
    carried = {n.attrs["name"] for n in page.find(id="keep")[0].find("input")}
    assert {"lung_months", "bone_months"} <= carried
    written = values(case_of({"metastases": "lung@14"}, post))
    assert (written["metastases"], written["organ"], written["lung_months"]) == (["yes"], ["lung"], ["14"])


def test_a_local_recurrence_is_a_situation(post: Post) -> None:
    record = said({"metastases": "recurrent"}).record()
    assert record.local_recurrence is True
    assert record.metastases == ()
    assert values(case_of({"metastases": "recurrent"}, post))["metastases"] == ["recurrent"]


def test_what_is_filled_or_wrong_stands_in_sight(post: Post) -> None:
    page = tree(post("/team", {"depth": "deep", "mitoses_per_10_hpf": "many"}).text)
    (more,) = page.find(class_="more-fields")
    for name in ("depth", "mitoses_per_10_hpf"):
        (cell,) = page.find(id=f"q-{name}")
        assert more not in list(cell.up()), name
    assert page.find(id="tp-mitoses_per_10_hpf")


# -- the course


def slider(page: Node) -> Node:
    return page.find("input", id="survived")[0]


@pytest.mark.parametrize(("form", "card"), [(LOCALISED, "course-tcga"), (METASTATIC, "survival-after-metastasis-msk")])
def test_the_slider_stops_where_the_model_ends_and_answers_there(form: Form, card: str, post: Post) -> None:
    page = case_of(form, post)
    most = float(slider(page).attrs["max"])
    zero = 14 if form is METASTATIC else 0
    assert most == zero + cards()[card].landmarks.to_months
    for months in (most, (zero + most) // 2):
        part = tree(post("/team/course", form | {"landmark_months": f"{months:g}"}).text)
        assert [s.attrs["data-origin"] for s in part.find("section", class_="axis-model")] == [card]
        assert float(slider(part).attrs["max"]) == most


def test_one_can_come_back_from_beyond(post: Post) -> None:
    assert slider(case_of(BEYOND, post)).attrs["max"] == "54"


def test_what_moves_moves_and_what_cannot_is_named_with_its_reason(post: Post) -> None:
    first, later = (tree(post("/team/course", LOCALISED | {"landmark_months": m}).text) for m in ("0", "24"))
    now, then = (rows(part.find("figure", class_="models-axis")[0]) for part in (first, later))
    assert len(now) == 8
    assert dict(now).keys() >= dict(then).keys(), "a horizon beyond the end of the model is left out"
    assert all(dict(now)[what] != number for what, number in then)
    fixed = {li.attrs["data-origin"]: li.text for li in later.find("ul", class_="plainlist")[0].find("li")}
    assert {"kattan-2002", "fisher-2018"} <= fixed.keys()
    for key, text in fixed.items():
        assert cards()[key].landmarks.note in text


def test_no_slider_where_nothing_can_be_conditioned(post: Post) -> None:
    page = case_of(RETROPERITONEAL, post)
    assert not page.find("input", id="survived")
    assert "gronchi-2013-os" in {li.attrs.get("data-origin") for li in page.find(id="course")[0].find("li")}


# -- options and evidence


def test_every_option_stands_with_its_line_and_strength(post: Post) -> None:
    for form in (LOCALISED, METASTATIC, RETROPERITONEAL):
        page, outlook = case_of(form, post), outlook_of(form, "teams")
        shown = [li.attrs["data-origin"] for ul in page.find("ul", class_="options") for li in ul.find("li")]
        assert shown == [t.treatment.id for t in outlook.treatments]


def test_a_team_is_not_told_whom_to_call(post: Post) -> None:
    from sarcoma.evidence import library

    for form in (METASTATIC, LOCALISED, EMPTY):
        keys = {n.attrs["data-origin"] for n in case_of(form, post).walk() if "data-origin" in n.attrs}
        assert not keys & set(library().red_flags)


def test_the_page_takes_its_texts_and_papers_along(post: Post) -> None:
    (keep,) = case_of(LOCALISED, post).find(id="keep")
    asked = [b.attrs["formaction"] for b in keep.find("button")]
    assert asked == ["/team.txt", "/team.pdf", "/team/long.txt", "/team/long.pdf", "/team.json"]


@pytest.mark.words
def test_the_page_is_light(client: Any, post: Post) -> None:
    """In kB, as `benchmarks/web.py` counts: the page as it is, what it loads as it is sent."""
    for name in ("localised", "metastatic"):
        html = post("/team", RECORDS[name]).content
        loaded = set(re.findall(rb'(?:href|src)="(/static/[^"]+)"', html))
        kilobytes = (len(html) + sum(len(gzip.compress(client.get(a.decode()).content)) for a in loaded)) / 1000
        assert kilobytes <= 101, name
