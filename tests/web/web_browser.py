"""One page of each kind, opened in a browser one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from web_cases import FRONT, LOCALISED, METASTATIC, RECORDS, Form, chapters

if TYPE_CHECKING:
    from playwright.sync_api import Page

ENTRIES = (
    "B21", "B21.dm", "lung", "leiomyosarcoma", "doxorubicin", "anything-sudden", "LOCHNER20", "CANCERNET14/16",
)  # fmt: skip
GET = (
    *FRONT, *chapters(), *(f"/evidence/{key}" for key in ENTRIES),
    "/models/kattan-2002", "/models/course-tcga", "/evidence/shelf/sites", "/evidence?q=lung", "/evidence?q=no+such+thing",
    "/nowhere", "/es/", "/es/understand/signs", "/es/situation", "/es/understand/numbers/shown",
)  # fmt: skip
OUT_OF_RANGE: Form = {"age": "999"}
POST: tuple[tuple[str, str, Form], ...] = (
    *((path, name, RECORDS[name]) for name in ("localised", "metastatic", "nodes", "empty") for path in (
        "/situation", "/survival/shown")),
    *((path, "out of range", OUT_OF_RANGE) for path in ("/situation", "/team")),
    *((path, name, form) for name, form in (("localised", LOCALISED), ("metastatic", METASTATIC)) for path in (
        "/team", "/page", "/es/situation")),
    ("/survival", "localised", LOCALISED), ("/situation/edit", "metastatic", METASTATIC),
)  # fmt: skip


def post(page: Page, path: str, form: Form) -> None:
    """Send a form from the page that is open, as the browser sends one."""
    pairs = [[n, v] for n, values in form.items() for v in (values if isinstance(values, list) else [values])]
    with page.expect_navigation():
        page.evaluate(
            """([path, pairs]) => {
                const form = document.createElement("form");
                form.method = "post"; form.action = path;
                for (const [name, value] of pairs) {
                    const input = document.createElement("input");
                    input.type = "hidden"; input.name = name; input.value = value;
                    form.append(input);
                }
                document.body.append(form); form.submit();
            }""",
            [path, pairs],
        )


def every_page(page: Page) -> Iterator[str]:
    """Opens one page after the other; the name of the one that is open."""
    for path in GET:
        page.goto(path)
        yield path
    for path, name, form in POST:
        post(page, path, form)
        yield f"{path} {name}"
