"""Spanish is whole on every page that is offered in it, keeps every figure, and says that it waits for a review."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_cases import RECORDS, REFUSED, encoded, spanish
from web_html import main_of, tree
from web_loop import in_a_thread

from sarcoma.evidence import library
from sarcoma.web import create_app
from sarcoma.wording import language

ROOT = Path(__file__).parents[2]
PAIRS = [(path, path.removeprefix("/es")) for path in spanish()] + [
    (f"{name} /es{path}", f"{name} {path}") for name in RECORDS for path in ("/situation", "/situation/edit")
]
"""A page in Spanish, and the same page in English."""


def forget() -> None:
    """Empty what the pages keep made, so that every text is asked for again."""
    for thing in gc.get_objects():
        if hasattr(type(thing), "cache_clear") and str(getattr(thing, "__module__", "")).startswith("sarcoma.web"):
            thing.cache_clear()


async def opened(app: object, path: str, body: bytes | None) -> None:
    """Make a page."""
    statuses: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET" if body is None else "POST", "path": path,
        "raw_path": path.encode(), "query_string": b"", "scheme": "http", "root_path": "",
        "server": ("localhost", 80), "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded")],
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[operator]
    assert statuses in ([200], [422]), (path, statuses)


@pytest.mark.words
def test_no_text_of_a_spanish_page_is_missing() -> None:
    async def go() -> set[str]:
        app = create_app()
        forget()
        with language.untranslated() as missing:
            for path in spanish():
                await opened(app, path, None)
            for form in (RECORDS | REFUSED).values():
                for path in ("/es/situation", "/es/situation/edit"):
                    await opened(app, path, encoded(form).encode())
        return missing

    missing = in_a_thread(go)
    assert not missing, f"{len(missing)} texts, such as {sorted(missing)[:10]}"


def pieces(html: str) -> Iterator[str]:
    """Texts of more than two words, as they stand."""
    for node, text in main_of(html).texts():
        words = re.sub(r"\s+", " ", text).strip()
        if len(re.findall(r"[A-Za-z]{2,}", words)) > 2 and not any(
            "lang" in n.attrs for n in node.up() if n.tag != "html"
        ):
            yield words


def names() -> set[str]:
    """What is called the same everywhere."""
    latin = {"Dermatofibrosarcoma protuberans (DFSP)", "FOXO1, PAX3::FOXO1, PAX7::FOXO1", "NY-ESO-1, CTAG1B"}
    return latin | {o.name for o in library().organisations.values()}


@pytest.mark.words
@pytest.mark.parametrize(("spanish_page", "english_page"), PAIRS)
def test_no_english_is_left_on_a_spanish_page(spanish_page: str, english_page: str, pages: dict[str, str]) -> None:
    """Also what never went through the catalogue."""
    left = set(pieces(pages[spanish_page])) & set(pieces(pages[english_page])) - names()
    assert not left


@pytest.mark.parametrize(("spanish_page", "english_page"), PAIRS)
def test_a_spanish_page_has_the_same_figures(spanish_page: str, english_page: str, pages: dict[str, str]) -> None:
    def numbers(name: str) -> list[tuple[str, list[str]]]:
        found = tree(pages[name]).find(class_="fig")
        return sorted((n.attrs["data-origin"], sorted(re.findall(r"\d+", n.text))) for n in found)

    assert numbers(spanish_page) == numbers(english_page)


def test_every_spanish_page_says_that_it_waits_for_a_review(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        notes = [n.text for n in tree(html).find(class_="band")]
        if "/es/" in name:
            (note,) = notes
            assert re.search("revisarla un médico|clínic", note)
            assert "ingles" in note
        else:
            assert not notes, name


def test_links_between_spanish_pages_stay_in_spanish(pages: dict[str, str]) -> None:
    whole = set(spanish())
    for name in spanish():
        for link in tree(pages[name]).find("a"):
            href = link.attrs["href"].partition("#")[0]
            if "hreflang" not in link.attrs:
                assert f"/es{href}" not in whole, (name, href)


@pytest.mark.words
def test_numbers_are_written_as_in_spanish(pages: dict[str, str]) -> None:
    assert "37,5 °C" in tree(pages["/es/understand/signs"]).text
    for name in spanish():
        for node in tree(pages[name]).find(class_="fig"):
            assert not re.search(r"\d,\d{3}\b", node.text), (name, node.text)


@pytest.mark.words
def test_the_catalogues_hold_every_text_and_its_placeholders() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/messages.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with language.using("es"):
        catalogue = language._catalogue("es")
    for text, said in catalogue.items():
        for pattern in (r"\{[\w.]+\}", r"%\(\w+\)s"):
            assert sorted(re.findall(pattern, text)) == sorted(re.findall(pattern, said)), text
