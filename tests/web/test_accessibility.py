"""axe-core finds nothing to mend on any page, in light and in dark, on a desk and on a phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from web_browser import every_page

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
OPEN = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds on the page that is open: rule, its help, and where."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"], "runOnly": rules}
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{v['id']} ({v['help']}): {json.dumps([n['html'][:120] for n in v['nodes'][:3]])}" for v in found["violations"]
    ]


@pytest.mark.pages
def test_axe_finds_nothing(context: Callable[..., BrowserContext]) -> None:
    """Every rule on a desk in light and on a phone in dark; what depends on colours alone also the other way round."""
    page = context().new_page()
    found = {}
    for name in every_page(page):
        page.evaluate(OPEN)
        for width, theme, rules in (
            (DESK, "light", ALL), (DESK, "dark", COLOURS), (PHONE, "dark", ALL), (PHONE, "light", COLOURS)
        ):  # fmt: skip
            page.set_viewport_size(width)
            page.emulate_media(color_scheme=theme)
            if wrong := violations(page, rules):
                found[f"{name} {width['width']} {theme}"] = wrong
    assert not found, "\n".join(f"{name}: {wrong[0]}" for name, wrong in list(found.items())[:30])
