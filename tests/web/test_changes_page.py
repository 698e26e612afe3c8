"""What changed in the evidence: a page by release, and a feed that a reader of feeds takes."""

from __future__ import annotations

import datetime
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient
from web_html import main_of, tree

from sarcoma.evidence import library
from sarcoma.web import create_app

ATOM = "{http://www.w3.org/2005/Atom}"


def feed(client: TestClient) -> ET.Element:
    answer = client.get("/changes.atom")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.text)


def test_the_page_has_every_change_with_its_reason(pages: dict[str, str]) -> None:
    for path in ("/changes", "/es/changes"):
        main = main_of(pages[path])
        for change in library().changes.values():
            (entry,) = main.find(id=f"change-{change.id}")
            assert " ".join(change.because.split()) in entry.text
            assert all(key in entry.text for key in change.keys)
    first = main_of(pages["/changes"]).find("section")[0]
    release = max(library().releases.values(), key=lambda r: r.date)
    since = [c for c in library().changes.values() if c.date > release.date]
    assert len([n for n in first.find("li") if n.attrs.get("id", "").startswith("change-")]) == len(since)


def test_every_page_links_to_the_feed_and_to_the_page(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        if "/team/course" in name:
            continue
        document = tree(html)
        (link,) = document.find("link", rel="alternate", type="application/atom+xml")
        assert link.attrs["href"] == "/changes.atom"
        assert any(a.attrs["href"] in ("/changes", "/es/changes") for a in document.find("a")), name


def test_the_feed_is_valid_atom(client: TestClient) -> None:
    root = feed(client)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == len(library().changes)
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            (one,) = element.findall(f"{ATOM}{name}")
            assert one.text
        updated = element.find(f"{ATOM}updated")
        assert updated is not None
        assert datetime.datetime.fromisoformat(updated.text or "").tzinfo is not None
        assert element.find(f"{ATOM}link") is not None
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [e.findtext(f"{ATOM}id") or "" for e in (root, *entries)]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("urn:uuid:") for one in ids)
    days = [e.findtext(f"{ATOM}updated") for e in entries]
    assert days == sorted(days, key=str, reverse=True)


def test_ids_do_not_depend_on_the_host_or_the_server(client: TestClient) -> None:
    other = TestClient(create_app(hosts=None), base_url="http://elsewhere.example")
    assert other.get("/changes.atom").content == client.get("/changes.atom").content


@pytest.mark.words
def test_the_pages_own_words_are_spanish(pages: dict[str, str]) -> None:
    main = main_of(pages["/es/changes"])
    assert "Qué ha cambiado en los datos" in main.text
    assert all(p.attrs.get("lang") == "en" for li in main.find("li") for p in li.find("p")[:1])
