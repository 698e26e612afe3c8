"""Understand: three doors, chapters that open with their answer, types by search, words of reports, registers of trials."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from web_cases import LOCALISED, chapters
from web_html import Node, main_of

from sarcoma.evidence import library
from sarcoma.patient import field_specs
from sarcoma.wording import language
from sarcoma.wording.figures import for_everyone
from sarcoma.wording.names import type_name, without_asides

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

SCREEN = {"width": 360, "height": 740}
LIB = library()
READ = tuple(path for path in chapters() if not LIB.chapters[path.split("/")[2]].ask_first or path.endswith("/shown"))
"""Addresses at which the chapters themselves stand."""


def get(client: TestClient, path: str) -> Node:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return main_of(answer.text)


def links(node: Node) -> list[str]:
    return [a.attrs["href"] for a in node.find("a") if a.attrs.get("class") != "o"]


# -- doors


def test_understand_opens_with_three_doors_before_its_ten_chapters(client: TestClient) -> None:
    page = get(client, "/understand")
    (doors,) = page.find("ul", class_="doors")
    assert links(doors) == [f"/understand/{key}" for key in LIB.doors]
    assert len(LIB.doors) == 3
    (after,) = page.find("ol", class_="chapters")
    assert links(after) == [f"/understand/{key}" for key in LIB.chapters]
    order = list(page.walk())
    assert order.index(doors) < order.index(after)


@pytest.mark.parametrize("key", list(LIB.doors))
def test_a_door_leads_to_three_things_and_to_alarms_and_people(key: str, client: TestClient) -> None:
    page = get(client, f"/understand/{key}")
    (steps,) = page.find("ol", class_="steps")
    assert len([one for one in steps.children if isinstance(one, Node)]) == 3
    for path in links(page):
        assert client.get(path).status_code == 200, path
    assert {"/understand/signs", "/people"} <= set(links(page))


# -- chapters


@pytest.mark.words
def test_each_chapter_opens_with_two_sentences_and_a_picture_before_anything_folded(pages: dict[str, str]) -> None:
    for path in READ:
        page = main_of(pages[path])
        order = list(page.walk())
        (lead,) = [n for n in page.find("p", class_="lead") if not any(up.tag == "section" for up in n.up())]
        assert len(re.findall(r"[.!?](?:\s|$)", lead.text)) == 2, (path, lead.text)
        pictures = [*page.find(class_="seen"), *page.find(class_="alarms")]
        assert len(pictures) == 1, path
        folded = [n for n in page.find("details") if pictures[0] not in n.up()]
        assert folded, path
        assert order.index(lead) < order.index(pictures[0]) < order.index(folded[0]), path


def test_the_picture_of_a_chapter_has_an_origin_and_shows_what_its_figures_say(pages: dict[str, str]) -> None:
    for path in READ:
        picture = LIB.chapters[path.split("/")[2]].picture
        (shown,) = [
            n for n in main_of(pages[path]).walk() if {"seen", "alarms"} & set(n.attrs.get("class", "").split())
        ]
        keys = {n.attrs["data-origin"].partition(".")[0] for n in shown.walk() if "data-origin" in n.attrs}
        assert {one.figure.partition(".")[0] for one in picture.figures[:1]} <= keys, path


def test_nothing_of_a_chapter_is_lost_only_folded(pages: dict[str, str]) -> None:
    for path in READ:
        chapter = LIB.chapters[path.split("/")[2]]
        there = {
            n.attrs["id"] for n in main_of(pages[path]).walk() if n.attrs.get("class") == "fact" and "id" in n.attrs
        }
        for part in chapter.parts:
            for key in (*part.facts, *part.also):
                fact = LIB.facts[key]
                tells = any(f.about_survival for f in fact.figures) and not chapter.ask_first
                assert key in there or tells or not for_everyone(fact), (path, key)


@pytest.mark.words
def test_every_chapter_is_at_most_five_phone_screens(context: Callable[..., BrowserContext]) -> None:
    page = context(viewport=SCREEN).new_page()
    tall = {}
    for path in (*READ, "/understand", *(f"/understand/{key}" for key in LIB.doors)):
        page.goto(path)
        screens = page.evaluate("document.documentElement.scrollHeight") / SCREEN["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"], path
        tall |= {path: screens} if screens > 5 else {}
    assert not tall


def test_answer_and_picture_stand_on_the_first_screens(context: Callable[..., BrowserContext]) -> None:
    page = context(viewport=SCREEN).new_page()
    for path in READ:
        page.goto(path)
        box = page.locator(".seen, .alarms").first.bounding_box()
        assert box is not None
        assert box["y"] < SCREEN["height"] * 0.75, path


def test_the_signs_are_one_card_in_two_colours_with_every_alarm_once(context: Callable[..., BrowserContext]) -> None:
    page = context(viewport=SCREEN).new_page()
    page.goto("/understand/signs")
    assert page.locator(".alarms").count() == 1
    colours = page.eval_on_selector_all(".alarms section", "all => all.map(n => getComputedStyle(n).backgroundColor)")
    assert len(set(colours)) == 2
    assert page.locator(".alarms section > ul > li").count() == len(LIB.red_flags)
    assert page.locator("details.site[open]").count() == 0
    page.locator("details.site").first.locator("summary").click()
    page.locator("details.site").first.locator("a[href^='#flag-']").first.click()
    assert "#flag-" in page.url


@pytest.mark.words
def test_a_topic_that_nobody_looked_for_says_so(pages: dict[str, str]) -> None:
    page = main_of(pages["/understand/treatments"])
    for heading in ("Pain and comfort", "Moving and strength", "Having children", "Work and daily life"):
        (part,) = [s for s in page.find("section") if s.find("h2") and s.find("h2")[0].text == heading]
        assert part.find("p", class_="fact") or "This was not looked for yet." in part.text, heading


def test_what_the_article_tells_is_in_the_chapters_or_newer_than_it(pages: dict[str, str]) -> None:
    there = {n.attrs["data-origin"] for path in READ for n in main_of(pages[path]).find("p", class_="fact")}
    for claim in LIB.claims.values():
        for key in claim.facts:
            fact = LIB.facts[key]
            gone = fact.superseded_by or not for_everyone(fact) or any("superseded" in f.marks for f in fact.figures)
            assert key in there or gone, (claim.id, key)


# -- types by search


@pytest.mark.parametrize(
    ("query", "key"),
    [("LMS", "leiomyosarcoma"), ("ddlps", "dedifferentiated-liposarcoma"), ("lipoma-like liposarcoma",
     "atypical-lipomatous-tumour"), ("8890/3", "leiomyosarcoma"), ("smooth muscle", "leiomyosarcoma"),
     ("fat", "myxoid-liposarcoma"), ("malignant fibrous histiocytoma", "malignant-fibrous-histiocytoma"),
     ("leiomyosarcom", "leiomyosarcoma"), ("leimyosarcoma", "leiomyosarcoma")],
)  # fmt: skip
def test_a_type_is_found_by_what_people_call_it(query: str, key: str, client: TestClient) -> None:
    page = get(client, f"/understand/types?q={query}")
    (found,) = page.find("section")
    assert f"/understand/types/{key}" in links(found)


def test_a_search_in_spanish_finds_by_the_spanish_name(client: TestClient) -> None:
    (found,) = get(client, "/es/understand/types?q=leiomiosarcoma").find("section")
    assert "/es/understand/types/leiomyosarcoma" in links(found)


@pytest.mark.words
def test_a_search_that_finds_nothing_says_so_and_nothing_typed_becomes_html(client: TestClient) -> None:
    assert "Nothing found" in get(client, "/understand/types?q=zzzzzz").text
    assert "<b>" not in client.get("/understand/types?q=<b>x</b>").text
    assert client.get("/understand/types?q=" + "x" * 500).status_code == 200


@pytest.mark.parametrize("key", ["atypical-lipomatous-tumour", "alveolar-soft-part-sarcoma", "leiomyosarcoma"])
def test_a_type_in_plain_words_says_spread_lateness_and_plan_from_its_profile(key: str, client: TestClient) -> None:
    page = get(client, f"/understand/types/{key}")
    forms = page.find("section", class_="form")
    assert forms
    for form in forms:
        assert form.attrs["data-origin"].removeprefix("profile-") in {p.id for p in LIB.profiles_of(key)}
        assert len(form.find("h2")) == 3
    assert f"/evidence/{key}" in links(page)
    assert client.get("/understand/types/nothing").status_code == 404


def test_no_name_of_a_type_carries_the_words_of_a_register() -> None:
    for lang in language.LANGUAGES:
        with language.using(lang):
            for kind in LIB.types.values():
                assert not re.search(r"\b(NOS|SAI|EOE)\b|formerly|\bantes ", type_name(kind)), kind.id
    names = {o.name: without_asides(o.name) for o in LIB.organisations.values()}
    assert not [short for short in names.values() if "formerly" in short or short.count("(") != short.count(")")]


# -- reading a report


def test_the_report_page_has_every_field_that_is_asked_and_that_reports_hold(client: TestClient) -> None:
    page = get(client, "/understand/report")
    there = {n.attrs["id"].removeprefix("field-") for n in page.find("section", class_="infield")}
    specs = field_specs()
    assert {name for name, spec in specs.items() if spec.ask} <= there
    assert there == {name for name, spec in specs.items() if spec.report}


def test_words_of_a_finding_are_words_that_the_record_reads(client: TestClient) -> None:
    page = get(client, "/understand/report")
    seen = 0
    for name, spec in field_specs().items():
        for field in page.find("section", id=f"field-{name}"):
            for term in field.find("dt"):
                read = {spec.clean(word) for word in term.text.split(", ") if not re.search(r"\(", term.text)}
                assert len(read) <= 1, (name, term.text)
                seen += 1
    assert seen > 25


@pytest.mark.parametrize("word", ["R0", "negative", "clear", "free"])
def test_a_clear_margin_is_found_by_each_of_its_words(word: str, client: TestClient) -> None:
    assert field_specs()["margin"].clean(word) == "R0"
    (field,) = get(client, "/understand/report").find("section", id="field-margin")
    assert word in field.text


# -- trials


def test_links_to_registers_carry_the_kind_and_country_that_were_chosen_here_and_nothing_else(
    client: TestClient,
) -> None:
    path = "/trials?type=leiomyosarcoma&country=spain&age=61.37&size_cm=7"
    answer = client.get(path)
    assert "61.37" not in answer.text
    away = [a for a in main_of(answer.text).find("a") if a.attrs["href"].startswith("https://")]
    assert len(away) == len(LIB.registers)
    for link in away:
        assert "noreferrer" in link.attrs["rel"]
        parts = urlsplit(link.attrs["href"])
        said = {value for values in parse_qs(parts.query).values() for value in values}
        assert said <= {"Leiomyosarcoma", "Spain"}, link.attrs["href"]
    assert "euclinicaltrials" in away[0].attrs["href"], "the register of the reader's country stands first"


def test_without_a_choice_registers_are_front_pages_and_unknown_choices_are_none(client: TestClient) -> None:
    for path in ("/trials", "/trials?type=nothing&country=nowhere", "/trials?type=desmoid-fibromatosis"):
        away = [h for h in links(get(client, path)) if h.startswith("https://")]
        assert away == [register.home for register in LIB.registers.values()], path


def test_no_page_about_a_person_links_to_trials_with_anything_in_the_address(post: Callable[..., object]) -> None:
    html = post("/situation", LOCALISED).text  # type: ignore[attr-defined]
    assert not re.findall(r'href="[^"]*/trials\?[^"]*"', html)


def test_registers_open_by_choice_without_script(context: Callable[..., BrowserContext]) -> None:
    page = context(java_script_enabled=False, viewport=SCREEN).new_page()
    page.goto("/trials")
    page.select_option("select[name=type]", "synovial-sarcoma")
    page.select_option("select[name=country]", "united-kingdom")
    page.get_by_role("button").click()
    assert "Synovial%20sarcoma" in (page.locator(".registers a").first.get_attribute("href") or "")
    page.goto("/understand/what-it-is")
    page.fill("input[name=q]", "LMS")
    page.keyboard.press("Enter")
    page.wait_for_url("**/understand/types?q=LMS")
    page.locator(".kinds a").first.click()
    page.wait_for_url("**/understand/types/leiomyosarcoma")
