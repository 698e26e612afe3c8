"""Survival is shown only to those who ask, and then only what everyone may see, each with its people and their time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient
from web_cases import RECORDS, UNDERSTAND, chapters, outlook_of, said
from web_html import Node, tree

from sarcoma.evidence import library
from sarcoma.models import cards
from sarcoma.report.visit import visit
from sarcoma.wording import figures
from sarcoma.wording.names import without_asides


def about_survival(key: str) -> bool:
    """Whether a key opens a figure about survival, or a model of it."""
    if key in cards():
        return cards()[key].outcome.about_survival
    return "." in key and library().figure(key)[1].about_survival


def origins(html: str) -> Iterator[tuple[str, Node]]:
    for node in tree(html).walk():
        if "data-origin" in node.attrs:
            yield node.attrs["data-origin"], node


BEFORE = (
    "/", "/understand", "/situation", "/survival", "/people", "/privacy", "/es/", "/es/understand", "/es/situation",
    "/trials", *UNDERSTAND, *(f"/understand/types/{key}" for key in library().types),
    *(c for lang in ("en", "es") for c in chapters(lang) if not c.endswith("/shown")),
)  # fmt: skip


@pytest.mark.parametrize("path", BEFORE)
def test_no_survival_figure_stands_on_a_page_that_nobody_asked_for(path: str, pages: dict[str, str]) -> None:
    assert not [key for key, _ in origins(pages[path]) if about_survival(key)]


@pytest.mark.parametrize("name", RECORDS)
def test_no_survival_figure_stands_on_a_page_about_a_person_before_a_yes(name: str, pages: dict[str, str]) -> None:
    for path in ("/situation", "/situation/edit", "/survival", "/page", "/es/situation", "/es/situation/edit"):
        shown = [(key, node) for key, node in origins(pages[f"{name} {path}"]) if about_survival(key)]
        # the sheet names the models that fit, without what they say
        named = [
            key
            for key, node in shown
            if path == "/page" and node.tag == "li" and not re.search(r"\d+ of 100|%", node.text)
        ]
        assert [key for key, _ in shown] == named, (name, path)


def test_the_article_tells_how_long_people_live_after_a_yes(client: TestClient, pages: dict[str, str]) -> None:
    assert not [key for key, _ in origins(pages["/article"]) if about_survival(key)]
    (first, *_rest) = [a for a in tree(pages["/article"]).find("a") if "?survival=yes" in a.attrs["href"]]
    path, _hash, place = first.attrs["href"].partition("#")
    shown = client.get(path).text
    assert [key for key, _ in origins(shown) if about_survival(key)]
    assert f'id="{place}"' in shown


def pdf_text(content: bytes) -> str:
    reader = PdfReader(io.BytesIO(content))
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


@pytest.mark.words
@pytest.mark.parametrize("name", ["localised", "metastatic"])
def test_the_sheet_for_the_clinic_holds_no_survival_figure(name: str, post: Callable[..., Any]) -> None:
    answer = post("/page.pdf", RECORDS[name])
    assert answer.headers["content-type"] == "application/pdf"
    text = pdf_text(answer.content)
    assert "For my visit" in text
    assert visit(outlook_of(RECORDS[name])).situation[:30] in text
    assert "of 100" not in text
    assert "%" not in text
    assert not re.search(r"\balive (after|for|\d)|\d+ (months|years) or more|median", text)


def test_what_is_typed_into_the_sheet_is_what_was_said(post: Callable[..., Any]) -> None:
    text = pdf_text(post("/page.pdf", RECORDS["localised"] | {"age": "61.37"}).content)
    assert "61.37" in text


@pytest.mark.parametrize("name", RECORDS)
def test_survival_is_asked_about_first(name: str, pages: dict[str, str]) -> None:
    ask = tree(pages[f"{name} /survival"])
    assert "Do you want to see how long people live?" in ask.text
    assert "cannot tell what will happen to you" in ask.text
    assert not re.search(r"\d", "".join(t for node, t in ask.find("main")[0].texts()))
    if RECORDS[name]:
        answers = {b.attrs.get("formaction", "/survival/shown"): b.text for b in ask.find("button")}
        assert set(answers) == {"/survival/shown", "/situation"}, "yes and no weigh the same"


def test_the_chapter_about_numbers_asks_first(pages: dict[str, str]) -> None:
    for before in ("", "/es"):
        ask = tree(pages[f"{before}/understand/numbers"])
        (yes,) = [a for a in ask.find("a", class_="button") if a.attrs["href"].endswith("/numbers/shown")]
        assert yes.text
        assert not ask.find(class_="fig")
        assert tree(pages[f"{before}/understand/numbers/shown"]).find(class_="fig")


@pytest.mark.parametrize("name", RECORDS)
def test_after_a_yes_only_what_everyone_may_see_is_shown(name: str, pages: dict[str, str]) -> None:
    html = pages[f"{name} /survival/shown"]
    for key, _node in origins(html):
        owner = key.partition(".")[0]
        if owner in cards():
            assert cards()[owner].audience == "everyone", key
        elif owner in library().facts:
            assert library().facts[owner].audience == "everyone", key
    expected = {
        m.card.id
        for m in outlook_of(RECORDS[name]).models
        if m.status == "applies" and m.card.outcome.about_survival and m.card.audience == "everyone"
    }
    assert {n.attrs["data-origin"] for n in tree(html).find("article", class_="model")} == expected


@pytest.mark.parametrize("name", ["localised", "retroperitoneal"])
def test_every_model_says_its_people_and_their_time_and_draws_100(name: str, pages: dict[str, str]) -> None:
    models = tree(pages[f"{name} /survival/shown"]).find("article", class_="model")
    assert models
    for model in models:
        card = cards()[model.attrs["data-origin"]]
        whose = " ".join(p.text for p in model.find("p", class_="soft"))
        assert card.population.description in whose
        assert (card.population.period or "") in whose
        assert f"{card.population.n:,}" in whose
        estimand = figures.ESTIMANDS[card.outcome.estimand][1]
        assert estimand.casefold() in whose.casefold()
        pictures = model.find("figure", class_="drawing")
        assert pictures
        for picture in pictures:
            assert picture.find("svg", class_="drawn")
            assert picture.find("table")
    assert "100 people" in tree(pages[f"{name} /survival/shown"]).text


def test_one_denominator_throughout(pages: dict[str, str]) -> None:
    for name in RECORDS:
        text = tree(pages[f"{name} /survival/shown"]).find("main")[0].text
        assert set(re.findall(r"\b\d[\d,]* of (\d[\d,]*)\b", text)) <= {"100"}, name
        assert not re.search(r"\d ?%(?! interval)", text), name


@pytest.mark.parametrize("name", ["metastatic", "localised", "empty"])
def test_the_end_is_gentle_and_names_people_to_talk_to(name: str, pages: dict[str, str]) -> None:
    (end,) = tree(pages[f"{name} /survival/shown"]).find("section", class_="gentle")
    assert "You can come back" in end.text
    for organisation in library().organisations.values():
        assert without_asides(organisation.name) in end.text


@pytest.mark.words
def test_three_ways_are_reckoned_and_say_how(pages: dict[str, str]) -> None:
    document = tree(pages["metastatic /survival/shown"])
    (section,) = document.find("section", aria_labelledby="ways")
    assert len(section.find("dd")) == 3
    assert "Reckoned" in section.text
    assert "I1" in {n.attrs.get("data-origin") for n in section.walk()}
    assert any("not tested in sarcoma" in d.text for d in document.find("details"))


@pytest.mark.words
def test_the_main_thing_is_one_sentence_that_says_whose_it_is(pages: dict[str, str]) -> None:
    expected = {
        "metastatic": "About half of the people in the nearest study lived longer than 12 months, and half shorter.",
        "localised": "About 68 of 100 people in the nearest study had not died of the sarcoma 5 years later.",
        "nodes": "No study was found whose people are near enough to you to be said first.",
    }
    for name, sentence in expected.items():
        main = tree(pages[f"{name} /survival/shown"]).find("main")[0]
        (first,) = main.find("p", class_="first")
        assert first.text.strip() == sentence
        assert main.text.index(sentence) < 100, "it is the first thing after the heading"


def folded(node: Node) -> bool:
    return any(up.tag == "details" for up in node.up())


def unfolded(name: str, pages: dict[str, str]) -> list[Node]:
    main = tree(pages[f"{name} /survival/shown"]).find("main")[0]
    return [node for node in main.walk() if not folded(node)]


@pytest.mark.parametrize("name", RECORDS)
def test_one_picture_stands_open_and_every_heading_has_something_beneath(name: str, pages: dict[str, str]) -> None:
    assert sum(node.tag == "svg" for node in unfolded(name, pages)) <= 1
    for section in tree(pages[f"{name} /survival/shown"]).find("section"):
        for heading in section.find("h2"):
            assert len(section.text.strip()) > len(heading.text.strip()) + 10, heading.text
    for details in tree(pages[f"{name} /survival/shown"]).find("main")[0].find("details"):
        (summary, *_more) = details.find("summary")
        assert len(details.text.strip()) > len(summary.text.strip()), summary.text


@pytest.mark.parametrize("name", ["metastatic", "lived on"])
def test_no_cohort_without_spread_is_told_to_someone_with_it(name: str, pages: dict[str, str]) -> None:
    seen = 0
    for key, _node in origins(pages[f"{name} /survival/shown"]):
        owner, dot, _figure = key.partition(".")
        if owner in cards():
            assert cards()[owner].outcome.time_zero == "first-metastasis", key
        if dot and owner in library().facts and library().figure(key)[1].about_survival:
            fact, figure = library().figure(key)
            assert fact.people_of(figure).situation not in ("localised", "recurrent"), key
            seen += 1
    assert seen > 5


def test_a_study_that_is_much_newer_stands_beside_the_nearest(pages: dict[str, str]) -> None:
    (newer,) = tree(pages["metastatic /survival/shown"]).find("section", aria_labelledby="newer")
    assert not folded(newer)
    assert "2010–2016" in newer.text
    assert "1982–1996" in tree(pages["metastatic /survival/shown"]).find("main")[0].text


@pytest.mark.words
@pytest.mark.parametrize("name", RECORDS)
def test_every_study_says_its_years_or_that_they_were_not_seen(name: str, pages: dict[str, str]) -> None:
    for details in tree(pages[f"{name} /survival/shown"]).find("section", class_="further"):
        for item in details.find("li"):
            if item.attrs.get("data-origin", "").partition(".")[2]:
                assert re.search(r"\b(19|20)\d\d\b|years were not seen", item.text), item.text


@pytest.mark.words
def test_long_times_are_told_in_years(pages: dict[str, str]) -> None:
    for name in RECORDS:
        text = tree(pages[f"{name} /survival/shown"]).find("main")[0].text
        assert not [n for n in re.findall(r"(\d+(?:\.\d+)?) months", text) if float(n) >= 24], name
    assert "about 12 years" in tree(pages["metastatic /survival/shown"]).text


@pytest.mark.words
def test_the_reader_chooses_whose_people_to_talk_to_come_first(post: Callable[..., Any]) -> None:
    form = RECORDS["metastatic"] | {"country": "spain"}
    html = post("/survival/shown", form).text
    (end,) = tree(html).find("section", class_="gentle")
    names = [o.name for o in library().organisations_in("spain")]
    assert names
    assert all(name in html for name in names)
    assert [n.text for n in end.find("h3") if not folded(n)] == ["Spain"]
    carried = [i.attrs["name"] for i in tree(html).find("input", type="hidden")]
    assert "country" not in carried, "the select says it"
    assert [o.attrs["value"] for o in tree(html).find("option") if "selected" in o.attrs] == ["spain"]
    none = tree(post("/survival/shown", form | {"country": "denmark"}).text).find("section", class_="gentle")[0]
    assert "no group there yet" in none.text


def test_one_can_leave_at_any_time_with_the_record(pages: dict[str, str]) -> None:
    form = tree(pages["localised /survival/shown"]).find("form")[0]
    assert form.attrs["action"] == "/situation"
    carried = {i.attrs["name"]: i.attrs["value"] for i in form.find("input", type="hidden")}
    assert carried == dict(said(RECORDS["localised"]).hidden())
