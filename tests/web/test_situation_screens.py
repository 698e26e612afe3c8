"""A person's pages at a glance: five phone screens, the main thing first, five questions, one side of paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader
from web_browser import post as send
from web_cases import CHILD, LIVED_ON, LOCALISED, METASTATIC, NODES, RETROPERITONEAL, UTERINE, Form, outlook_of, said
from web_html import Node, main_of, tree

from sarcoma.outlook.first import first_alarms, first_questions
from sarcoma.report.visit import visit
from sarcoma.web.forms import FIRST, asked
from sarcoma.web.kinds import kind_of, name_of, names, suggestions
from sarcoma.wording import language

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

Post = Callable[..., Any]

ASPS: Form = {
    "histologic_type": "alveolar-soft-part-sarcoma", "site": "lower-limb", "size_cm": "6", "age": "24",
    "metastases": "yes", "organ": "lung", "metastasis_months": "0",
}  # fmt: skip
DFSP: Form = {
    "histologic_type": "dermatofibrosarcoma-protuberans", "site": "trunk", "size_cm": "3", "age": "35",
    "metastases": "none",
}  # fmt: skip
STAYS: Form = {
    "histologic_type": "atypical-lipomatous-tumour", "site": "lower-limb", "size_cm": "12", "age": "60",
    "metastases": "none",
}  # fmt: skip
PEOPLE: dict[str, Form] = {
    "localised": LOCALISED, "retroperitoneal": RETROPERITONEAL, "metastatic": METASTATIC, "lived on": LIVED_ON,
    "not known whether": UTERINE, "child": CHILD, "back": NODES, "nothing known": {}, "alveolar": ASPS, "skin": DFSP,
    "stays": STAYS, "kind not known": {"histologic_type": "unknown", "metastases": "none"},
}  # fmt: skip

PHONE = {"width": 360, "height": 740}
SCREENS = 5


@pytest.mark.words  # how long the sentences are
@pytest.mark.xdist_group("browser")
def test_a_situation_is_five_phone_screens(context: Callable[..., BrowserContext]) -> None:
    """The whole page from its head to its foot, with every fold closed; and what stands on the first screen."""
    page = context(viewport=PHONE).new_page()
    page.goto("/privacy")
    screens, low = {}, {}
    for name, form in PEOPLE.items():
        send(page, "/situation", form)
        screens[name] = page.evaluate("document.documentElement.scrollHeight") / PHONE["height"]
        low[name] = page.evaluate("document.querySelector('.opening').getBoundingClientRect().bottom")
    assert not {name: round(n, 2) for name, n in screens.items() if n > SCREENS}
    assert not {name: y for name, y in low.items() if y > PHONE["height"] + 10}, "the three sentences come first"


@pytest.mark.parametrize("name", PEOPLE)
def test_the_main_thing_stands_first(name: str, post: Post) -> None:
    """Three sentences, at most one picture, one card, the way, the questions, the ways on; all else behind a fold."""
    main = main_of(post("/situation", PEOPLE[name]).text)
    assert len(main.find("dl", class_="opening")[0].find("dt")) == 3
    assert len([f for f in main.find("figure", class_="drawing") if not folded(f)]) <= 1
    order = [n.attrs["id"] for n in main.find("h2") if "id" in n.attrs]
    assert [i for i in order if i != "nearest"] == ["calls", "treatments", "questions", "onward", "more"]
    assert main.find("details")[-1].attrs["id"] == "told"
    assert main.find(id="told")[0].find("dl", class_="facts")
    assert all(folded(n) for i in ("words", "places", "spread", "lately") for n in main.find(id=i))


def folded(node: Node) -> bool:
    return any(up.tag == "details" and "open" not in up.attrs for up in node.up())


@pytest.mark.parametrize("name", PEOPLE)
def test_the_card_holds_what_fits_this_person_and_all_signs_are_a_step_away(name: str, post: Post) -> None:
    main = main_of(post("/situation", PEOPLE[name]).text)
    outlook = _outlook(name)
    cards = [n for n in main.find(class_="call") if not folded(n)]
    told = [li.attrs["data-origin"] for card in cards for li in card.find("li")]
    assert set(told) == {"anything-sudden", *(flag.id for flag in first_alarms(outlook, 4))}
    listed = {p.attrs["data-origin"] for p in main.find("section", class_="calls")[0].find("p", class_="flagline")}
    assert listed == {flag.id for flag in (*outlook.red_flags, *outlook.treatment_alarms)}


def _outlook(name: str) -> Any:
    from sarcoma.outlook import outlook_of as outlook

    return outlook(said(PEOPLE[name]).record("everyone"), audience="everyone")


@pytest.mark.parametrize("name", PEOPLE)
def test_five_questions_are_chosen_and_the_others_folded(name: str, post: Post) -> None:
    boxes = main_of(post("/situation", PEOPLE[name]).text).find("input", name="question")
    outlook = _outlook(name)
    assert [b.attrs["value"] for b in boxes if not folded(b)] == [q.id for q in first_questions(outlook)]
    assert {b.attrs["value"] for b in boxes} == {q.id for q in outlook.questions}


def test_every_treatment_is_in_the_way(post: Post) -> None:
    for name, form in PEOPLE.items():
        main = main_of(post("/situation", form).text)
        told = [n.attrs["id"] for n in main.find("ol", class_="path")[0].find("details", class_="treatment")]
        assert told == [f"treatment-{t.treatment.id}" for t in _outlook(name).treatments], name


def test_no_number_of_spread_for_a_kind_that_stays(post: Post) -> None:
    main = main_of(post("/situation", STAYS).text)
    assert _outlook("stays").answer_to("spread").headline.kind == "does-not-spread"
    (opening,) = main.find("dl", class_="opening")
    origins = {n.attrs["data-origin"] for n in opening.walk() if "data-origin" in n.attrs}
    assert "profile-alt-limb-or-trunk" in origins, "what it does instead is said"
    spread = {near.figure.origin for near in outlook_of(LOCALISED).answer_to("spread").nearest}
    assert not spread & {n.attrs.get("data-origin") for n in main.walk()}
    assert main.find("svg", class_="drawn-range"), "studies differ on whether it comes back"


# -- the form


def test_five_things_are_asked_first(pages: dict[str, str]) -> None:
    main = main_of(pages["/situation"])
    questions = [n for n in main.walk() if n.attrs.get("id", "").startswith("q-")]
    assert [q.attrs["id"] for q in questions if not folded(q)] == [f"q-{name}" for name in FIRST]
    assert [q.attrs["id"] for q in questions] == [f"q-{name}" for name in asked()]


@pytest.mark.parametrize("form", [{"age": "62"}, {"age": "999"}, {"margin": "R0"}])
def test_more_questions_are_open_when_one_is_answered_or_wrong(form: Form, post: Post) -> None:
    (more,) = tree(post("/situation/edit", form).text).find("details", class_="more-questions")
    assert "open" in more.attrs
    assert (
        "open"
        not in tree(post("/situation/edit", {"grade": "2"}).text).find("details", class_="more-questions")[0].attrs
    )


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_name_that_is_offered_is_recognised(lang: str) -> None:
    from sarcoma.evidence import library

    with language.using(lang):
        for kind in library().types.values():
            assert kind_of(name_of(kind.id)) == kind.id
        for key in ("bone-sarcoma", "another-kind", "unknown"):
            assert kind_of(name_of(key)) == key
        assert len(names()) > len(library().types)


def test_a_kind_is_found_by_its_short_name_and_a_near_one_is_asked_about(post: Post) -> None:
    assert kind_of("lms") == kind_of("Leiomyosarcoma (LMS)") == "leiomyosarcoma"
    refused = tree(post("/situation", {"histologic_type": "GIST", "metastases": "none"}).text)
    assert refused.find(id="p-histologic_type"), "what nothing is said of here is answered with the reason"
    assert [key for key, _name in suggestions("myxoid lipo")] == ["myxoid-liposarcoma"]
    answer = post("/situation", {"histologic_type": "leiomyosarkoma", "metastases": "none"})
    assert answer.status_code == 422
    document = tree(answer.text)
    assert "leiomyosarcoma" in [n.attrs["value"] for n in document.find("input", name="kind")]
    assert document.find(id="f-histologic_type")[0].attrs["value"] == "leiomyosarkoma"
    chosen = post("/situation", {"histologic_type": "leiomyosarkoma", "kind": "leiomyosarcoma", "metastases": "none"})
    assert chosen.status_code == 200
    assert "leiomyosarkoma" not in chosen.text


# -- the sheet


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_sheet_is_one_side_and_two_on_wish(lang: str) -> None:
    with language.using(lang):
        for name in PEOPLE:
            sheet = visit(_outlook(name))
            assert len(PdfReader(io.BytesIO(sheet.pdf())).pages) == 1, name
            assert len(sheet.questions) == 5, name
            assert not sheet.second
        both = visit(_outlook("metastatic"), second=True)
        assert len(PdfReader(io.BytesIO(both.pdf())).pages) == 2


@pytest.mark.words  # how long the sentences are
@pytest.mark.xdist_group("browser")
def test_the_browser_prints_one_side(context: Callable[..., BrowserContext]) -> None:
    page = context().new_page()
    page.goto("/privacy")
    pages = {}
    for name, form in PEOPLE.items():
        send(page, "/page", form)
        pages[name] = len(PdfReader(io.BytesIO(page.pdf(format="A4"))).pages)
    assert set(pages.values()) == {1}, pages


def test_what_was_ticked_comes_first_on_the_sheet_and_nothing_is_lost() -> None:
    outlook = _outlook("metastatic")
    every = [q.id for q in outlook.questions]
    few = visit(outlook, every[7:9])
    assert list(few.questions) == [q.plain for q in outlook.questions][7:9]
    many = visit(outlook, every[:8])
    assert many.second, "more than five were wished for"
    assert [*many.questions, *many.more_questions] == [q.plain for q in outlook.questions][:8]


def test_nothing_about_how_long_people_live_stands_on_the_sheet(post: Post) -> None:
    text = main_of(post("/page", METASTATIC | {"second": "yes"}).text).text
    assert not re.search(r"\d+ of 100|median", text)


@pytest.mark.words
def test_nowhere_is_it_said_that_answers_stay_on_this_machine(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert not re.search("stays? on this (machine|computer|device)", html), name
