"""Back never loses a form: an answered page shows again, and so does the form behind it. In a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from web_browser import post
from web_cases import LOCALISED, METASTATIC

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

CHOSEN = "[name=metastases][value=none]"


def fill_in(page: Page) -> None:
    page.goto("/situation")
    page.locator(CHOSEN).check()
    page.locator("[name=size_cm]").fill("7,5")
    with page.expect_navigation():
        page.locator("form.record").evaluate("form => form.requestSubmit()")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_back_shows_the_answered_page_and_then_the_form(script: bool, context: Callable[..., BrowserContext]) -> None:
    page = context(java_script_enabled=script).new_page()
    page.goto("/situation")
    page.locator(CHOSEN).check()
    page.locator("form.record button[type=submit], form.record .button").last.click()
    page.wait_for_url("**/situation/shown")
    answered = page.locator("h1").inner_text()
    before = page.locator("main").inner_text()
    page.locator("footer a[href='/people']").click()
    page.wait_for_url("**/people")
    page.go_back()
    expect(page.locator("h1")).to_have_text(answered)
    assert page.locator("main").inner_text() == before
    page.go_back()
    assert page.url.endswith("/situation")
    assert page.locator(CHOSEN).is_checked()
    page.go_forward()
    expect(page.locator("h1")).to_have_text(answered)


def test_back_shows_it_after_a_page_of_the_evidence_and_after_a_refused_answer(page: Page) -> None:
    fill_in(page)
    answered = page.locator("h1").inner_text()
    page.goto("/evidence/B21")
    page.go_back()
    expect(page.locator("h1")).to_have_text(answered)
    page.goto("/situation")
    page.locator("details.more-questions > summary").click()
    page.locator("[name=age]").fill("999")
    with page.expect_navigation():
        page.locator("form.record").evaluate("form => form.requestSubmit()")
    page.goto("/people")
    page.go_back()
    assert page.locator("[name=age]").input_value() == "999"
    assert page.locator("#errors").is_visible()


@pytest.mark.parametrize("path", ["/situation", "/team"])
def test_what_was_typed_stands_in_the_form_again(path: str, browser: Browser, server: str) -> None:
    """Numbers too, as browsers do it outside tests: they keep the page that was left."""
    flags = ["--no-sandbox", "--disable-gpu", "--headless=new", "--enable-features=BackForwardCache,"
             "BackForwardCacheMemoryControls:memory_threshold_for_back_forward_cache_in_mb/0"]  # fmt: skip
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    usual = browser.browser_type.launch(
        executable_path=found, args=flags, ignore_default_args=["--disable-back-forward-cache", "--headless"]
    )
    page = usual.new_page(base_url=server)
    page.goto(path)
    page.locator("[name=size_cm]").fill("7,5")
    with page.expect_navigation():
        page.locator("[name=size_cm]").evaluate("e => e.form.requestSubmit()")
    page.evaluate("history.back()")
    page.wait_for_timeout(1500)  # a page that was kept tells of no loading
    expect(page.locator("[name=size_cm]")).to_have_value("7,5")
    usual.close()


@pytest.mark.parametrize(
    ("path", "form"), [("/survival/shown", LOCALISED), ("/page", LOCALISED), ("/team", METASTATIC)], ids=str
)
def test_back_shows_every_answered_page(path: str, form: dict[str, str], page: Page) -> None:
    page.goto("/")
    post(page, path, form)
    answered = page.locator("main").inner_text()
    page.goto("/people")
    page.go_back()
    assert page.locator("main").inner_text() == answered


def test_a_source_opens_where_it_stands_and_more_in_a_new_tab(page: Page) -> None:
    """By keyboard: Enter opens, Tab goes in, Escape closes and gives the focus back. The page is never left."""
    fill_in(page)
    address = page.url
    mark = page.locator("main .o:visible").first
    mark.focus()
    page.keyboard.press("Enter")
    box = page.locator("[popover]:popover-open")
    expect(box).to_have_count(1)
    at, by = box.bounding_box(), mark.bounding_box()
    assert at is not None
    assert by is not None
    assert min(abs(at["y"] - by["y"] - by["height"]), abs(by["y"] - at["y"] - at["height"])) < 20, "beside its mark"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[popover]') !== null")
    with page.context.expect_page() as more:
        page.keyboard.press("Enter")
    more.value.wait_for_load_state()
    assert "/evidence/" in more.value.url or "/models/" in more.value.url
    assert more.value.evaluate("opener") is None
    more.value.close()
    assert page.url == address
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    assert page.evaluate("document.activeElement.className") == "o"


@pytest.mark.parametrize("width", [320, 1280])
def test_a_source_stays_in_the_window_and_can_be_closed(width: int, context: Callable[..., BrowserContext]) -> None:
    page = context(viewport={"width": width, "height": 700}, java_script_enabled=True).new_page()
    page.goto("/")
    post(page, "/situation", LOCALISED)
    marks = page.locator("main .o:visible")
    for number in (0, marks.count() // 2, marks.count() - 1):
        mark = marks.nth(number)
        mark.click()
        box = page.locator("[popover]:popover-open")
        at = box.bounding_box()
        assert at is not None
        assert at["x"] >= 0
        assert at["x"] + at["width"] <= width
        assert at["y"] >= 0
        assert at["y"] + at["height"] <= 700
        if number:
            page.keyboard.press("Escape")
        else:
            page.mouse.click(2, 2)
        expect(box).to_have_count(0)


def test_a_part_that_comes_later_leaves_each_source_once(page: Page) -> None:
    page.goto("/team")
    post(page, "/team", METASTATIC | {"landmark_months": "14"})
    with page.expect_response("**/team/course"):
        page.locator("#survived").fill("30")
        page.locator("#survived").dispatch_event("change")
    page.wait_for_function("document.querySelector('#course output').textContent === '30'")
    page.wait_for_timeout(300)
    assert page.evaluate("new Set([...document.querySelectorAll('[popover]')].map((b) => b.id)).size") == page.evaluate(
        "document.querySelectorAll('[popover]').length"
    )
    page.locator("#course .o").first.click()
    expect(page.locator("[popover]:popover-open")).to_have_count(1)
