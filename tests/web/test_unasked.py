"""Nothing about how long people live stands where nobody has asked: no page, no search, no text without survival."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_cases import RECORDS, outlook_of
from web_html import Node, tree

from sarcoma.evidence import Fact, library
from sarcoma.models import cards
from sarcoma.outlook.figure import from_fact
from sarcoma.report.text import TextReport
from sarcoma.wording import figures, language
from sarcoma.wording.survival import kept_back

ASKED = ("/shown", "/team", "/team/more", "/team/course")
"""Where somebody has said yes, and the pages for teams."""


@cache
def quantities(key: str, lang: str) -> tuple[str, ...]:
    """The survival figures of a fact as any page would say them, those left out that another of its figures says too."""
    fact = library().facts[key]
    with language.using(lang):
        told: dict[bool, set[str]] = {True: set(), False: set()}
        for figure in fact.figures:
            if figure.shown:
                shown = from_fact(fact, figure)
                told[figure.about_survival] |= {figures.quantity(shown, plain=plain) for plain in (True, False)}
    every = library().facts[key].statement + library().facts[key].plain
    return tuple(
        text for text in told[True] - told[False] if len(text) > 4 and not re.search(rf"\b{re.escape(text)}\b", every)
    )


@cache
def statements(lang: str) -> tuple[tuple[str, str], ...]:
    """The texts of the facts that tell how long people live, with the figures in them."""
    with language.using(lang):
        return tuple(
            (fact.key, re.sub(r"\s+", " ", figures.fill(text, fact, plain=plain, alone=False)))
            for fact in library().facts.values()
            for text, plain in ((fact.statement, False), (language._(fact.plain), True))
            if figures.names_survival(text, fact)
        )


def concerned(node: Node) -> Iterator[str]:
    """The facts that a piece of text belongs to: by its origin, or by the link in its line."""
    for up in node.up():
        if key := up.attrs.get("data-origin", "").partition(".")[0]:
            yield key
        if up.tag == "li":
            for link in up.find("a"):
                yield link.attrs.get("href", "").partition("#")[0].removeprefix("/evidence/")


def told(html: str) -> list[str]:
    """What a page tells of how long people live."""
    document = tree(html)
    lang = document.find("html")[0].attrs["lang"] if document.find("html") else "en"
    found = []
    for node in document.walk():
        key = node.attrs.get("data-origin", "")
        if key in cards() and cards()[key].outcome.about_survival and re.search(r"\d of 100\b|\d ?%", node.text):
            found.append(f"{key}: {node.text[:80]}")
        if "." in key and library().figure(key)[1].about_survival:
            found.append(key)
    for node, text in document.texts():
        said = re.sub(r"\s+", " ", text)
        for key in set(concerned(node)):
            if key in library().facts:
                found += [
                    f"{key}: {q}"
                    for q in quantities(key, lang)
                    if q in said and re.search(rf"(?<!\w){re.escape(q)}(?!\w)", said)
                ]
    whole = re.sub(r"\s+", " ", document.text)
    return found + [key for key, text in statements(lang) if text in whole]


def test_no_page_tells_it_before_a_yes(pages: dict[str, str]) -> None:
    unasked = {name: html for name, html in pages.items() if not name.endswith(ASKED)}
    assert len(unasked) > 900
    found = {name: said for name, html in unasked.items() if (said := told(html))}
    assert not found, "\n".join(f"{name}: {said[:3]}" for name, said in list(found.items())[:20])


def test_the_crawl_sees_what_it_looks_for(client: TestClient, pages: dict[str, str]) -> None:
    assert told(pages["metastatic /survival/shown"])
    assert told(pages["/understand/numbers/shown"])
    assert told(client.get("/evidence/D3?survival=yes").text)
    assert told(client.get("/article?survival=yes").text)


def kept() -> list[Fact]:
    return [fact for fact in library().facts.values() if kept_back(fact) and "from-memory" not in fact.marks]


def test_a_search_finds_such_a_fact_and_does_not_tell_it(client: TestClient) -> None:
    assert len(kept()) > 180
    for fact in kept():
        html = client.get("/evidence", params={"q": fact.key}).text
        assert f"/evidence/{fact.key}" in html
        assert not told(html), fact.key
    for words in ("median", "survival", "alive", "months", "weeks", "3.4 weeks"):
        assert not told(client.get("/evidence", params={"q": words}).text), words


def test_the_page_of_such_a_fact_asks_and_shows_after_a_yes(client: TestClient) -> None:
    for fact in kept():
        ask = tree(client.get(f"/evidence/{fact.key}").text)
        (form,) = ask.find("div", class_="ask")[0].find("form")
        assert (form.attrs["method"], form.attrs["action"]) == ("get", f"/evidence/{fact.key}")
        (field,) = form.find("input")
        shown = client.get(f"/evidence/{fact.key}", params={field.attrs["name"]: field.attrs["value"]}).text
        assert not tree(shown).find("div", class_="ask")
        for figure in fact.figures:
            if figure.shown and figure.about_survival:
                assert f'data-origin="{fact.key}.{figure.id}"' in shown


@pytest.mark.words
def test_a_fact_of_something_else_opens_without_a_question(client: TestClient) -> None:
    assert not tree(client.get("/evidence/B21").text).find("div", class_="ask")
    assert "of 994 people" in client.get("/evidence/B21").text.casefold()


@pytest.mark.words
@pytest.mark.parametrize("key", [card.id for card in cards().values()])
def test_the_page_of_a_model_of_survival_asks(key: str, client: TestClient) -> None:
    asks = bool(tree(client.get(f"/models/{key}").text).find("div", class_="ask"))
    assert asks == cards()[key].outcome.about_survival
    whole = client.get(f"/models/{key}?survival=yes")
    assert not tree(whole.text).find("div", class_="ask")
    assert "Applies only if" in whole.text


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("plain", [True, False])
def test_the_text_without_survival_tells_none(name: str, plain: bool) -> None:
    text = str(TextReport(outlook_of(RECORDS[name]), plain=plain, survival=False, width=100_000))
    for key in re.findall(r"\[([\w. -]+)\]", text):
        for one in key.split(", "):
            if "." in one and one.partition(".")[0] in library().facts:
                assert not library().figure(one)[1].about_survival, one
    whole = re.sub(r"\s+", " ", text)
    assert not [key for key, statement in statements("en") if statement in whole]
    for line in text.splitlines():
        for key in set(re.findall(r"\[([\w-]+)[\].]", line)) & set(library().facts):
            assert not [q for q in quantities(key, "en") if re.search(rf"(?<!\w){re.escape(q)}(?!\w)", line)], line


def test_asking_is_not_kept(client: TestClient, post: Callable[..., Any]) -> None:
    """A yes holds for the page that was asked for, and no other reader gets it."""
    client.get("/evidence/OS10?survival=yes")
    assert tree(client.get("/evidence/OS10").text).find("div", class_="ask")
    assert "set-cookie" not in client.get("/evidence/OS10?survival=yes").headers
    assert "Do you want to see" in post("/survival", RECORDS["metastatic"]).text
