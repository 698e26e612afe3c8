"""No two texts overlap, nothing is cut off and everything can be hit with a finger: every template, ten people, every width."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from web_layout import MEASURED, PERSONAL, SCREEN, about, common, faults

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.xdist_group("browser")]


def listed(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {len(all_)}\n  " + "\n  ".join(all_[:6]) for name, all_ in found.items())


@pytest.mark.pages
@pytest.mark.parametrize("name", common())
def test_pages_without_a_person_lie_well(name: str, context: Callable[..., BrowserContext]) -> None:
    page = context().new_page()
    page.goto(common()[name])
    found = list(faults(page))
    assert not found, listed({name: found})


@pytest.mark.pages
@pytest.mark.parametrize("path", PERSONAL)
def test_pages_about_ten_people_lie_well(path: str, context: Callable[..., BrowserContext]) -> None:
    page = context().new_page()
    found = {name: list(faults(page)) for name, _form in about(page, path)}
    wrong = {name: some for name, some in found.items() if some}
    assert not wrong, listed(wrong)


SOUND = "<p>One line</p><p>Another line</p><p>A sentence with <a href='#x'>a link</a> in it.</p><button style='padding:8px'>Send this</button>"
BROKEN = {
    "overlap": "<p style='margin:0'>One line of text</p><p style='margin:-1.2em 0 0'>Another line of text</p>",
    "overlap in a picture": "<svg width=200 height=50><text x=5 y=20>First label</text><text x=20 y=22>Second</text></svg>",
    "cut off": "<div style='width:60px;overflow:hidden;white-space:nowrap'>A text that does not fit</div>",
    "cut off in a picture": "<svg width=60 height=20><text x=5 y=15>A label that does not fit</text></svg>",
    "sideways": "<div style='width:3000px'>Wide</div>",
    "small": "<button style='height:12px;padding:0;border:0;font-size:8px'>x</button>",
}


def measured(page: Page, html: str) -> list[str]:
    page.set_content(f"<!doctype html><body style='font:16px/1.5 sans-serif'>{html}</body>")
    found: list[str] = page.evaluate(MEASURED, [SCREEN])
    return found


def test_what_measures_finds_each_fault_and_no_other(page: Page) -> None:
    assert measured(page, SOUND) == []
    for fault, html in BROKEN.items():
        found = measured(page, html)
        assert len(found) == 1, (fault, found)
        assert found[0].startswith(fault.removesuffix(" in a picture") if "overlap" in fault else fault), found
