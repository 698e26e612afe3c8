"""In a browser: by keyboard alone, without JavaScript, on a phone, enlarged, on paper, in dark and in light."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from web_browser import every_page, post
from web_cases import LOCALISED, METASTATIC

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")
Contexts = Callable[..., "BrowserContext"]


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the browser complains about: refused scripts and styles, faults, requests that failed or went elsewhere."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    left = "net::ERR_ABORTED"  # the next page was asked for before this had come
    page.on("requestfailed", lambda r: found.append(f"failed: {r.url}") if r.failure != left else None)
    page.on("request", lambda r: found.append(f"elsewhere: {r.url}") if "127.0.0.1" not in r.url else None)
    return found


def test_the_browser_has_nothing_to_complain_about(page: Page, errors: list[str]) -> None:
    """The policy refuses nothing that a page needs, everything loads, and all of it from here."""
    for name in every_page(page):
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0, name
    assert not [e for e in errors if not re.search("status of (422|404)", e)]
    assert page.context.cookies() == []


def focused(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        """() => {
            const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
            return {tag: e.tagName.toLowerCase(), id: e.id, name: e.name || "", type: e.type || "", text: e.textContent.trim(),
                    outline: s.outlineStyle, seen: String(b.width > 0 && b.height > 0 && b.bottom > 0 && b.top < innerHeight)};
        }"""
    )
    return found


def tab_to(page: Page, wanted: Callable[[dict[str, str]], bool], most: int = 120) -> dict[str, str]:
    """Press Tab until something is reached; every stop on the way is seen and marked."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = focused(page)
        assert at["tag"] != "body", "the focus was lost"
        assert at["outline"] != "none", at
        assert at["seen"] == "true", at
        if wanted(at):
            return at
    raise AssertionError("it cannot be reached")


def test_by_keyboard_alone(page: Page, errors: list[str]) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page)["text"] == "Skip to the text"
    page.keyboard.press("Enter")
    assert focused(page)["id"] == "main"
    tab_to(page, lambda at: at["text"] == "Your situation")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/situation$"))
    tab_to(page, lambda at: at["name"] == "metastases")
    assert page.locator("[name=metastases][value=unknown]").is_checked()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=metastases][value=yes]").is_checked()
    tab_to(page, lambda at: at["name"] == "organ")
    page.keyboard.press("Space")
    assert page.locator("[name=organ]").first.is_checked()
    tab_to(page, lambda at: at["name"] == "histologic_type")
    page.keyboard.type("Leiomyosarcoma")
    tab_to(page, lambda at: at["name"] == "size_cm")
    page.keyboard.type("7,5")
    tab_to(page, lambda at: at["tag"] == "summary" and "More questions" in at["text"])
    page.keyboard.press("Enter")
    tab_to(page, lambda at: at["name"] == "depth")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, lambda at: at["name"] == "age")
    page.keyboard.type("999")
    tab_to(page, lambda at: at["tag"] == "button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    summary = page.locator("#errors")
    assert "Something needs mending" in summary.inner_text()
    tab_to(page, lambda at: at["tag"] == "a" and "age" in at["text"].lower())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#q-age$"))
    tab_to(page, lambda at: at["name"] == "age", most=2)
    assert page.locator("[name=size_cm]").input_value() == "7,5"
    page.keyboard.press("Control+a")
    page.keyboard.type("61")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("What it means for you")
    assert "Lung" in (page.locator("#told dl").text_content() or "")
    tab_to(page, lambda at: at["text"] == "Survival, only if you want it")
    with page.expect_navigation():
        page.keyboard.press("Space")
    tab_to(page, lambda at: at["text"] == "Yes, show me")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("How long people in this situation live")
    tab_to(page, lambda at: at["text"] == "I have seen enough: back")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("What it means for you")
    assert not [e for e in errors if "422" not in e]


@pytest.mark.words
def test_without_javascript(context: Contexts) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_role("link", name="Your situation").first.click()
    page.locator("[name=metastases][value=none]").check()
    page.get_by_label("Which kind of sarcoma is it?").fill("LMS")
    page.get_by_label("Where did it start?").select_option("lower-limb")
    page.get_by_label("How big was it, at its widest?").fill("7")
    page.locator("[name=grade][value='3']").check()
    page.get_by_text("More questions").click()
    page.locator("[name=depth][value=deep]").check()
    page.get_by_label("How old were you when the sarcoma was found?").fill("62")
    page.locator("[name=surgery][value=resected]").check()
    page.get_by_role("button", name="Show what it means").click()
    assert "Leiomyosarcoma" in (page.locator("#told dl").text_content() or "")
    page.locator("[name=question]").first.check()
    page.get_by_role("button", name="Page for the clinic").click()
    expect(page.locator("ul.boxes li")).to_have_count(1)
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Survival, only if you want it").click()
    page.get_by_role("button", name="Yes, show me").click()
    expect(page.locator("article.model figure.drawing")).not_to_have_count(0)
    page.locator("details:has(article.model) > summary").first.click()
    page.locator("article.model summary").first.click()
    expect(page.locator("article.model table").first).to_be_visible()
    page.get_by_role("button", name="Change my answers").click()
    assert page.get_by_label("How big was it, at its widest?").input_value() == "7"
    page.get_by_role("link", name="For teams").click()
    page.get_by_label("Type", exact=True).fill("LMS")
    page.get_by_label("Age", exact=True).fill("62")
    page.locator("[name=metastases]").select_option("metastatic")
    page.get_by_label("Lung", exact=True).check()
    page.locator("[name=lung_months]").fill("8")
    page.locator("details.more-fields > summary").click()
    page.locator("[name=landmark_months]").first.fill("8")
    page.get_by_role("button", name="Outlook").first.click()
    expect(page.locator("figure.models-axis").first).to_be_visible()
    page.locator("details.numbers > summary").first.click()
    expect(page.locator("table.models")).to_be_visible()
    expect(page.locator("#course figure.drawing")).to_have_count(1)
    before = page.locator("#course output").inner_text()
    page.locator("#survived").fill("30")
    page.get_by_role("button", name="Look ahead from here").click()
    assert before == "8"
    expect(page.locator("#course output")).to_have_text("30")


def test_with_javascript_the_slider_answers_in_place(page: Page, errors: list[str]) -> None:
    page.goto("/team")
    post(page, "/team", METASTATIC | {"landmark_months": "14"})
    was = page.locator("#course table").first.text_content()
    with page.expect_response("**/team/course") as answered:
        page.locator("#survived").fill("30")
        page.locator("#survived").dispatch_event("change")
    assert answered.value.status == 200
    page.wait_for_function("was => document.querySelector('#course table').textContent !== was", arg=was)
    assert page.locator("#course output").inner_text() == "30"
    assert page.url.endswith("/team"), "nothing of the case in the address"
    assert not errors


def test_text_for_the_notes_is_copied(context: Contexts, server: str) -> None:
    made = context()
    made.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    page = made.new_page()
    page.goto("/team")
    post(page, "/team", LOCALISED)
    page.get_by_role("button", name="Copy text for the notes").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "leiomyosarcoma" in page.evaluate("navigator.clipboard.readText()").lower()


def too_wide(page: Page) -> str:
    """What sticks out of the window, or ""."""
    found: str = page.evaluate(
        """() => {
            const root = document.documentElement, wide = root.clientWidth;
            if (root.scrollWidth <= wide) return "";
            return root.scrollWidth + " of " + wide + ": " + [...document.querySelectorAll("body *")]
                .filter((e) => e.getBoundingClientRect().right > wide + 1 && !e.closest(".scroll") && !e.closest(".skip"))
                .slice(0, 5).map((e) => e.tagName + "." + e.className + " " + e.textContent.slice(0, 40)).join(" | ");
        }"""
    )
    return found


OPEN = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


@pytest.mark.parametrize(("width", "scale"), [(320, 1), (640, 2)], ids=["a small phone", "a laptop at 200 %"])
def test_no_page_scrolls_sideways(width: int, scale: int, context: Contexts) -> None:
    """A laptop of 1280 pixels enlarged to 200 % has 640 of its own."""
    page = context(viewport={"width": width, "height": 700}, device_scale_factor=scale).new_page()
    wide = {}
    for name in every_page(page):
        page.evaluate(OPEN)
        if found := too_wide(page):
            wide[name] = found
    assert not wide


def test_large_letters_do_not_cut_anything_off(context: Contexts) -> None:
    page = context(viewport={"width": 640, "height": 900}).new_page()
    for path in ("/", "/situation", "/understand/signs"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not too_wide(page), path


def test_buttons_and_answers_are_large_enough_for_a_finger(context: Contexts) -> None:
    page = context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    for path in ("/", "/situation", "/survival"):
        page.goto(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("button:not(.o), .button, .choices label, select, input.short")]
                .map((e) => [e.textContent.trim().slice(0, 30), e.getBoundingClientRect()])
                .filter(([, b]) => b.height > 0 && (b.height < 40 || b.width < 24)).map(([t]) => t)"""
        )
        assert not small, (path, small)


def test_on_paper_there_is_the_text_and_no_navigation(page: Page) -> None:
    page.goto("/")
    for path, form in (("/page", LOCALISED), ("/situation", METASTATIC), ("/survival/shown", LOCALISED)):
        page.emulate_media(media="screen")
        post(page, path, form)
        page.emulate_media(media="print")
        for hidden in ("header.site", "footer.site nav", "form.actions", ".skip", ".toc"):
            for one in page.locator(hidden).all():
                assert not one.is_visible(), (path, hidden)
        closed = page.evaluate(
            """() => [...document.querySelectorAll("main details")]
                .filter((d) => [...d.children].some((c) => c.tagName !== "SUMMARY" && c.getBoundingClientRect().height === 0))
                .map((d) => d.querySelector("summary").textContent)"""
        )
        if path == "/survival/shown":  # there only what the reader opened is printed, and the rest takes no room
            assert closed
            assert not any(one.is_visible() for one in page.locator(".further details:not([open])").all())
        else:
            assert not closed, (path, closed[:5])
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)"


@pytest.mark.words
def test_the_printed_page_is_a_pdf_with_its_sources(page: Page) -> None:
    import io

    from pypdf import PdfReader

    page.goto("/")
    post(page, "/page", LOCALISED)
    reader = PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = " ".join(p.extract_text() for p in reader.pages)
    assert len(reader.pages) == 1
    assert "For my visit" in text
    assert "When to get help" in text
    assert "Source: FNCLCC" in text
    assert "One side to print with your browser" not in text


def luminance(colour: str) -> float:
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_dark_is_dark_and_light_is_light_also_in_pictures(page: Page) -> None:
    colours = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.goto("/")
        post(page, "/survival/shown", LOCALISED)
        colours[theme] = page.evaluate(
            """() => ["body", ".drawn text", ".drawn"].map((s) => {
                const e = document.querySelector(s), c = getComputedStyle(e);
                return [c.backgroundColor, c.color, c.fill];
            })"""
        )
    light, dark = colours["light"], colours["dark"]
    assert luminance(light[0][0]) > 0.9
    assert luminance(dark[0][0]) < 0.05
    assert luminance(dark[0][1]) > 0.6
    assert luminance(light[1][2]) < 0.3
    assert luminance(dark[1][2]) > 0.4
