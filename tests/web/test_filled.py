"""A filled person means the same on every page: alive, or free of what is counted; picture, caption and table agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from web_cases import RECORDS, outlook_of
from web_html import Node, tree

from sarcoma.evidence import library
from sarcoma.outlook.answer import Headline
from sarcoma.outlook.figure import OutlookFigure, from_fact
from sarcoma.report.drawn import frequency
from sarcoma.web import drawn

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

OF_EVENT = ("distant-metastasis", "local-recurrence")
FREE = ("overall-survival", "disease-specific-survival")
SCREEN = 740


def people(svg: Node, mark: str) -> int:
    """How many people of a picture carry a mark; those of its legend are not counted."""
    groups = [g for g in svg.find("g") if f"drawn-{mark}" in g.attrs.get("class", "").split()]
    return sum("drawn-sample" not in use.attrs.get("class", "") for g in groups for use in g.find("use"))


def said(cell: str) -> int:
    """The number of 100 people in a cell."""
    if "fewer than 1" in cell:
        return 0
    return 100 if "more than 99" in cell else int(re.findall(r"(\d+) of 100", cell)[-1])


def drawable() -> list[OutlookFigure]:
    found = [from_fact(fact, figure) for fact in library().facts.values() for figure in fact.figures if figure.shown]
    return [f for f in found if f.may_be_drawn and f.measure in (*OF_EVENT, *FREE)]


@pytest.mark.words
def test_filled_are_those_who_are_free_of_it_in_every_study() -> None:
    assert len(drawable()) > 150
    for figure in drawable():
        drawing = drawn.answer(Headline("figure", (figure,)), "")
        assert drawing is not None
        assert figure.value is not None
        filled, empty = people(tree(drawing.svg), "solid"), people(tree(drawing.svg), "outline")
        event = empty if figure.measure in OF_EVENT else filled
        assert abs(event - figure.value) <= 1, figure.origin
        assert filled + empty == 100
        assert [said(row[1]) for row in drawing.rows] == [filled, empty], figure.origin
        assert re.search("not|alive", drawing.rows[0][0]), "the first row is those who are filled"


@pytest.mark.words
def test_a_caption_says_the_number_that_is_drawn() -> None:
    """Halves are rounded once, so that "about 32 of 100" never stands above 33 people."""
    for figure in drawable():
        if figure.bound is None and figure.value not in (0.0, 100.0):
            drawing = drawn.answer(Headline("figure", (figure,)), "")
            words = {said(drawn.figures.of_100(figure.value or 0.0))}
            assert drawing is not None
            assert words & {said(row[1]) for row in drawing.rows}, figure.origin


@pytest.mark.words
@pytest.mark.parametrize(("low", "high"), [(12.0, 40.0), (0.4, 30.0), (55.5, 99.8), (20.5, 20.6)])
def test_a_range_is_a_bar_of_what_is_counted_and_draws_nobody(low: float, high: float) -> None:
    (figure, *_rest) = [f for f in drawable() if f.measure == "distant-metastasis"]
    drawing = drawn.answer(Headline("range", (figure, figure), low, high), "")
    assert drawing is not None
    assert not tree(drawing.svg).find("use")
    ((label, words),) = drawing.rows
    assert "it spread" in label
    assert words == frequency.between(low / 100, high / 100)


@pytest.mark.words
def test_every_picture_of_people_on_every_page_says_what_it_draws(pages: dict[str, str]) -> None:
    seen = 0
    for name, html in pages.items():
        for figure in tree(html).find("figure", class_="drawing"):
            for svg in figure.find("svg", class_="drawn-icons"):
                key = figure.attrs["data-origin"]
                if "." in key and library().figure(key)[1].measure not in (*OF_EVENT, *FREE, "event-after-time-free"):
                    continue  # categories of people, none of whom is free of anything
                rows = [r.find("td")[-1].text for t in figure.find("table") for r in t.find("tbody")[0].find("tr")]
                if (
                    len(rows) == 2
                    and not re.search("entre|entre|between|menos|más", " ".join(rows))
                    and " of " in rows[0]
                ):
                    assert [people(svg, "solid"), people(svg, "outline")] == [said(row) for row in rows], name
                    labels = [
                        r.find("th")[-1].text for t in figure.find("table") for r in t.find("tbody")[0].find("tr")
                    ]
                    assert re.search(r"\bnot\b|alive", labels[0]), (name, labels)
                    assert not re.search(r"\bnot\b|alive", labels[1]), (name, labels)
                    seen += 1
    assert seen > 10


def test_models_are_drawn_the_same_way() -> None:
    seen = 0
    for form in RECORDS.values():
        for answer in outlook_of(form, "teams").models:
            for figure in answer.figures:
                if figure.may_be_drawn and figure.unit == "percent" and figure.value is not None:
                    svg = tree(drawn.hundred(figure, answer.card).svg)
                    free = 100 - figure.value if answer.card.outcome.of_event else figure.value
                    assert abs(people(svg, "solid") - free) <= 1, answer.card.id
                    seen += 1
    assert seen > 5


@pytest.mark.words
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("name", RECORDS)
def test_the_survival_page_is_at_most_five_phone_screens(name: str, context: Callable[..., BrowserContext]) -> None:
    page = context(viewport={"width": 360, "height": SCREEN}).new_page()
    page.goto("/privacy")
    pairs = [[k, v] for k, some in RECORDS[name].items() for v in (some if isinstance(some, list) else [some])]
    with page.expect_navigation():
        page.evaluate(
            """pairs => {
                const form = document.createElement('form')
                form.method = 'post'
                form.action = '/survival/shown'
                for (const [name, value] of pairs) {
                    const field = document.createElement('input')
                    Object.assign(field, {type: 'hidden', name, value})
                    form.append(field)
                }
                document.body.append(form)
                form.submit()
            }""",
            pairs,
        )
    assert page.locator(".first").bounding_box()["y"] < SCREEN / 2  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollHeight") <= 5 * SCREEN
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
