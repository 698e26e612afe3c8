"""The team's page in a browser: its first screen, and that nothing is cut or printed over another at any width."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from web_browser import post
from web_cases import CHILD, EMPTY, LOCALISED, METASTATIC, NODES, RETROPERITONEAL, Form

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Contexts = Callable[..., "BrowserContext"]

LATE: Form = LOCALISED | {"landmark_months": "30"}
PEOPLE: dict[str, Form] = {
    "localised": LOCALISED, "retroperitoneal": RETROPERITONEAL, "metastatic": METASTATIC, "late": LATE, "child": CHILD,
    "nodes": NODES, "empty": EMPTY,
}  # fmt: skip
WIDTHS = (320, 360, 768, 1024, 1280, 1920)

BOXES = """() => {
    const wide = document.documentElement.clientWidth, found = [];
    const seen = (e) => { const s = getComputedStyle(e); return s.visibility !== "hidden" && s.display !== "none"; };
    const texts = [];
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
        const up = node.parentElement;
        if (!node.data.trim() || !seen(up) || up.closest(".hide, title, desc, option, datalist, .drawn")) continue;
        if (up.closest("thead") && getComputedStyle(up.closest("thead")).clipPath !== "none") continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const b of range.getClientRects())
            if (b.width > 1 && b.height > 1) texts.push([b, node.data.trim().slice(0, 30), up]);
    }
    for (const [b, text] of texts)
        if (b.right > wide + 1 || b.left < -1) found.push("cut: " + text);
    for (const e of document.querySelectorAll("main *")) {
        const s = getComputedStyle(e);
        if (["hidden", "clip"].includes(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && !e.closest(".hide, .drawn, thead"))
            found.push("clipped: " + e.tagName + " " + (e.name || e.className) + " " + e.textContent.slice(0, 30));
    }
    texts.sort((a, b) => a[0].top - b[0].top);
    for (let i = 0; i < texts.length; i++)
        for (let k = i + 1; k < texts.length && texts[k][0].top < texts[i][0].bottom; k++) {
            const [a, one] = texts[i], [b, other] = texts[k];
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (across > 1 && down > 0.45 * Math.min(a.height, b.height)) found.push(`over: ${one} / ${other}`);
        }
    return [...new Set(found)].slice(0, 8);
}"""
OPEN = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


def shown(page: Page, form: Form) -> None:
    page.goto("/team")
    post(page, "/team", form)


@pytest.mark.pages
@pytest.mark.parametrize("name", PEOPLE)
def test_nothing_is_cut_and_no_text_stands_over_another(name: str, context: Contexts) -> None:
    page = context(viewport={"width": 1280, "height": 800}).new_page()
    shown(page, PEOPLE[name])
    page.evaluate(OPEN)
    wrong = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if found := page.evaluate(BOXES):
            wrong[width] = found
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong[width, "sideways"] = True
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    if found := page.evaluate(BOXES):
        wrong["print"] = found
    assert not wrong


def bottom(page: Page, selector: str) -> float:
    """Where an element ends, from the top of the page."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box["y"] + box["height"]


@pytest.mark.pages
@pytest.mark.parametrize("name", ["localised", "metastatic", "retroperitoneal"])
def test_the_first_screen_has_grade_stage_what_is_missing_the_picture_and_the_first_option(
    name: str, context: Contexts
) -> None:
    page = context(viewport={"width": 1280, "height": 800}).new_page()
    shown(page, PEOPLE[name])
    facts = page.locator(".strip dl.facts > div")
    assert facts.count() >= 3
    for selector in (
        ".six .cell:last-of-type", ".strip [data-origin=FNCLCC]", ".strip dl.facts > div:nth-child(2)",
        ".strip dl.facts > [data-said]", "#dots-h", ".what-models-say .axis-model:last-of-type", ".differ",
        ".strip h2 ~ p[data-origin]",
    ):  # fmt: skip
        assert bottom(page, selector) <= 800, selector
    for section in page.locator("figure[aria-labelledby=dots-h] .axis-model").all():
        assert section.locator("li svg.dots").count() == section.locator("li").count() > 0
        assert section.locator(".tag").count() == 1


@pytest.mark.pages
def test_targets_are_large_enough(context: Contexts) -> None:
    page = context(viewport={"width": 360, "height": 740}).new_page()
    shown(page, METASTATIC)
    page.evaluate(OPEN)
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, summary, select, .cell input:not([type=checkbox]), .organ label)")]
            .filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 24)
            .map((e) => e.tagName + " " + e.textContent.slice(0, 30) + e.getBoundingClientRect().height)"""
    )
    assert not small
