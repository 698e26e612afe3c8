"""Pictures of twelve pages for the docs: python scripts/pictures.py [FOLDER] (docs/pictures). Needs Chromium.

Each is the first screen, of a desk (1280 pixels) or a phone (360), as a PNG of at most 150 kB (of a page full of small
text a little less than the first screen).
"""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from sarcoma.web import create_app

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 150_000
DESK, PHONE = (1280, 800), (360, 740)
LOCALISED: Mapping[str, str] = {
    "histologic_type": "leiomyosarcoma", "site": "lower-limb", "size_cm": "7", "depth": "deep", "grade": "3",
    "age": "62", "surgery": "resected", "margin": "R0", "metastases": "none",
}  # fmt: skip
"""A made-up person without spread, and one with."""
SPREAD: Mapping[str, str] = {**LOCALISED, "metastases": "yes", "organ": "lung", "metastasis_months": "14"}

PAGES: tuple[tuple[str, str, tuple[int, int], str, Mapping[str, str] | None], ...] = (
    ("home", "/", DESK, "light", None),
    ("understand", "/understand", DESK, "light", None),
    ("signs", "/understand/signs", PHONE, "light", None),
    ("form", "/situation", PHONE, "light", None),
    ("situation", "/situation", PHONE, "light", LOCALISED),
    ("situation-spread", "/situation", PHONE, "dark", SPREAD),
    ("survival", "/survival/shown", DESK, "light", LOCALISED),
    ("sheet", "/page", DESK, "light", LOCALISED),
    ("team", "/team", DESK, "light", LOCALISED),
    ("team-spread", "/team", DESK, "dark", SPREAD),
    ("evidence", "/evidence/B21", DESK, "light", None),
    ("people", "/people", PHONE, "light", None),
)
"""Name, address, window, theme and – where the page is about someone – the form."""


@contextmanager
def served() -> Iterator[str]:
    """The address of a server of our own, on a free port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


def send(page: Page, path: str, form: Mapping[str, str]) -> None:
    """Open a page about someone, as a browser does."""
    page.goto("/privacy")
    with page.expect_navigation():
        page.evaluate(
            """([path, pairs]) => {
                const form = document.createElement("form");
                form.method = "post"; form.action = path;
                for (const [name, value] of pairs) {
                    const input = document.createElement("input");
                    input.type = "hidden"; input.name = name; input.value = value; form.append(input);
                }
                document.body.append(form); form.submit();
            }""",
            [path, list(form.items())],
        )


def picture(browser: Browser, address: str, page_of: tuple[Any, ...], folder: Path) -> Path:
    """One picture, in its file."""
    name, path, (width, height), theme, form = page_of
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    if form is None:
        page.goto(path)
    else:
        send(page, path, form)
    to = folder / f"{name}.png"
    page.screenshot(path=to)
    while to.stat().st_size > MOST_BYTES:  # a full page of small text: less of its foot
        height = int(height * 0.9)
        page.screenshot(path=to, clip={"x": 0, "y": 0, "width": width, "height": height})
    context.close()
    return to


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not on this machine: scripts/chromium.sh installs it")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for one in PAGES:
            made = picture(browser, address, one, folder)
            print(f"{made.name}: {made.stat().st_size // 1000} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
