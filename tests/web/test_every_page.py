"""Every page: there, guarded, whole, with nothing loaded from elsewhere and no link that leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.testclient import TestClient
from web_cases import PERSONAL, RECORDS, REFUSED, everything, personal
from web_html import Node, tree

from sarcoma.web.guard import POLICY
from sarcoma.web.page import asset, static_files

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
FOR_BACK = "private, no-cache"
"""No machine in between keeps it, a browser shows it again by Back only."""
LOADED = ("src", "srcset", "data", "poster", "background", "action", "formaction", "hx-post", "hx-get", "xlink:href")
"""Attributes by which a browser fetches or sends something."""


def guarded(answer: Any) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert "set-cookie" not in answer.headers


def test_every_page_is_there_and_guarded(client: TestClient) -> None:
    for path in everything():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8", path
        assert answer.headers["cache-control"] == FOR_BACK, path
        guarded(answer)


def test_every_page_about_a_person_is_there_and_guarded(post: Callable[..., Any]) -> None:
    for name, path, form in personal():
        answer = post(path, form)
        shows_form = path.endswith("/edit") or path == "/survival"
        refused = any(name.startswith(bad) for bad in REFUSED) and not shows_form
        assert answer.status_code == (422 if refused else 200), name
        assert answer.headers["cache-control"] == ("no-store" if path == "/team/course" else FOR_BACK), name
        guarded(answer)


@pytest.mark.parametrize("path", PERSONAL)
def test_only_pages_about_a_person_may_be_shown_by_back(path: str, post: Callable[..., Any]) -> None:
    """Files, data and parts of pages are never stored; a page is asked for anew except by Back."""
    answer = post(path, RECORDS["localised"])
    assert answer.status_code == 200
    is_page = answer.headers["content-type"].startswith("text/html") and path != "/team/course"
    assert answer.headers["cache-control"] == (FOR_BACK if is_page else "no-store")
    guarded(answer)


def test_files_may_be_kept_for_ever_because_their_address_changes_with_them(client: TestClient) -> None:
    for name in static_files():
        answer = client.get(asset(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.search(r"\?v=[0-9a-f]{10}$", asset(name))
        guarded(answer)


def test_compressed_and_plain_pages_are_the_same(client: TestClient) -> None:
    plain = client.get("/understand", headers={"accept-encoding": "identity"})
    packed = client.get("/understand", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content
    assert packed.headers["vary"] == "accept-encoding"


def test_what_is_about_a_person_is_never_compressed(post: Callable[..., Any]) -> None:
    """Compression beside what someone typed can tell it to a listener by the size of the answer."""
    assert "content-encoding" not in post("/situation", RECORDS["localised"], **{"accept-encoding": "gzip"}).headers


def test_nothing_stands_inline_and_nothing_comes_from_another_host(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        for node in tree(html).walk():
            assert not [a for a in node.attrs if a.startswith("on") or a == "style"], f"{name}: {node.tag} {node.attrs}"
            assert node.tag not in ("style", "iframe", "object", "embed", "base"), name
            if node.tag == "script":
                assert node.attrs.get("src"), f"{name}: inline script"
                assert not node.children, name
            if node.tag == "meta":
                assert "http-equiv" not in node.attrs, name
            fetched = [node.attrs[a] for a in LOADED if a in node.attrs]
            if node.tag in ("link", "use", "image"):
                fetched.append(node.attrs.get("href", ""))
            for address in fetched:
                assert address.startswith(("/", "#")), f"{name}: {node.tag} {address}"
                assert not address.startswith("//"), name
            if node.tag == "a" and urlsplit(node.attrs.get("href", "")).netloc:
                assert node.attrs["href"].startswith(("https://", "http://")), name


def test_styles_load_nothing(client: TestClient) -> None:
    for name, content in static_files().items():
        if name.endswith(".css"):
            text = content.decode()
            assert "@import" not in text
            assert not re.findall(r"url\((?!['\"]?data:|#)[^)]*\)", text)


def test_ids_are_unique_and_every_page_has_one_heading_a_language_and_a_title(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        if name.endswith("/team/course"):
            continue  # a part of a page
        document = tree(html)
        ids = [n.attrs["id"] for n in document.walk() if "id" in n.attrs]
        assert len(ids) == len(set(ids)), (name, {i for i in ids if ids.count(i) > 1})
        assert len(document.find("h1")) == 1, name
        (root,) = document.find("html")
        assert root.attrs["lang"] == ("es" if "/es/" in name else "en"), name
        (title,) = document.find("head")[0].find("title")
        assert len("".join(c for c in title.children if isinstance(c, str))) > len(" – Sarcoma Outlook"), name


def names_in(document: Node) -> set[str]:
    return {n.attrs["id"] for n in document.walk() if "id" in n.attrs}


def test_every_link_leads_somewhere(client: TestClient, pages: dict[str, str]) -> None:
    ids: dict[str, set[str] | None] = {}

    def arrive(path: str) -> set[str] | None:
        """The names on a page, or None where there is none."""
        if path not in ids and path in pages:  # that each of them is there is asserted above
            ids[path] = names_in(tree(pages[path]))
        if path not in ids:
            answer = client.get(path)
            there = answer.status_code == 200
            is_page = there and answer.headers["content-type"].startswith("text/html")
            ids[path] = None if not there else names_in(tree(answer.text)) if is_page else set()
        return ids[path]

    broken = []
    for name, html in pages.items():
        document = tree(html)
        own = names_in(document)
        for link in document.find("a"):
            href = link.attrs.get("href", link.attrs.get("xlink:href", ""))
            assert href, f"{name}: a link without an address"
            if urlsplit(href).netloc:
                continue
            path, _, fragment = href.partition("#")
            if not path:
                if fragment not in own:
                    broken.append((name, href))
                continue
            target = arrive(urljoin("/", path))
            if target is None or (fragment and fragment not in target):
                broken.append((name, href))
    assert not broken, f"{len(broken)}: {broken[:20]}"


def test_every_form_leads_to_an_address_that_takes_it(app: Any, pages: dict[str, str]) -> None:
    taken = [(r.methods, r.path_regex) for r in app.routes if getattr(r, "methods", None)]

    def takes(method: str, path: str) -> bool:
        return any(method in methods and pattern.match(path) for methods, pattern in taken)

    for name, html in pages.items():
        for node in tree(html).walk():
            if node.tag == "form":
                wanted = (node.attrs["method"].upper(), node.attrs["action"].partition("#")[0])
                assert takes(*wanted), (name, wanted)
            if "formaction" in node.attrs:
                assert takes("POST", node.attrs["formaction"].partition("#")[0]), name


def test_languages_link_to_one_another(pages: dict[str, str]) -> None:
    for path in ("/", "/understand", "/understand/signs", "/situation", "/people", "/privacy"):
        other = f"/es{path}"
        assert [a.attrs["href"] for a in tree(pages[path]).find("a", hreflang="es")] == [other]
        assert [a.attrs["href"] for a in tree(pages[other]).find("a", hreflang="en")] == [path]
