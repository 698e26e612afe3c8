"""Nothing that someone types is in an address, a log, a header or an error; it comes back only where the form is shown."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cds_cases import SERVICE, bearer, hook_request, settings_file, whole_bundle
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_cases import PERSONAL, RECORDS
from web_html import tree
from web_loop import in_a_thread

from sarcoma.web import create_app, person_pages
from sarcoma.web.cds_settings import read_cds_settings

DISTINCTIVE: dict[str, str] = {
    "age": "61.37", "size_cm": "13.57", "histologic_type": "leiomyosarcoma", "site": "lower-limb", "depth": "deep",
    "grade": "3", "surgery": "resected", "metastases": "yes", "organ": "pleura", "metastasis_months": "17.53",
    "landmark_months": "23.71",
}  # fmt: skip
VALUES = ("61.37", "13.57", "17.53", "23.71")
SCRIPT = "<script>alert(1)</script>"
BAD = {
    "a number": "999",
    "a script": SCRIPT,
    "a quote": "\" onmouseover=alert(1) x='",
    "a query": "1'; DROP TABLE patients; --",
    "a template": "{{ 7*7 }}${7*7}%(x)s",
    "a path": "../../etc/passwd",
    "much": "x" * 10_000,
    "a null byte": "6\x002",
    "lines": "62\r\nSet-Cookie: a=b",
    "another direction": "\u202e62\ufeff",
    "other digits": "٦٢",
}


class Everything(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(" ".join([record.getMessage(), repr(record.args), logging.Formatter().format(record)]))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line that any part of the program logs, down to debugging."""
    handler = Everything()
    root, quiet = logging.getLogger(), logging.getLogger("httpx2")  # the client's own log is not the program's
    before = root.level, quiet.disabled
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    quiet.disabled = True
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before[0])
    quiet.disabled = before[1]


@pytest.mark.parametrize("path", PERSONAL)
def test_what_is_typed_is_in_no_header_and_no_address(path: str, post: Callable[..., Any]) -> None:
    answer = post(path, DISTINCTIVE)
    assert answer.status_code == 200
    for value in VALUES:
        assert not [name for name, text in answer.headers.items() if value in text or value.replace(".", "") in name]
    if answer.headers["content-type"].startswith("text/html"):
        for node in tree(answer.text).walk():
            for name in ("href", "action", "formaction", "src", "hx-post", "id", "class"):
                assert not [v for v in VALUES if v in node.attrs.get(name, "")], (node.tag, name)


def test_nothing_that_is_typed_is_logged(server: str, logged: list[str]) -> None:
    """On a live server, with all logging on."""
    import httpx2

    with httpx2.Client(base_url=server, headers={"content-type": "application/x-www-form-urlencoded"}) as client:
        for path in PERSONAL:
            assert client.post(path, content=_encoded(DISTINCTIVE)).status_code == 200
        for bad in BAD.values():
            assert client.post("/situation", content=_encoded({"age": bad, "size_cm": "13.57"})).status_code == 422
        record = {"age": 61.37, "size": 13.57, "grade": SCRIPT}
        answer = client.post("/api/outlook", content=json.dumps(record), headers={"content-type": "application/json"})
        assert answer.status_code == 422
        client.get("/survival/shown?age=61.37&size_cm=13.57")
        for query in ("", "?format=fhir&survival=true"):
            sent = client.post(f"/api/fhir/outlook{query}", json=whole_bundle(), headers=JSON)
            assert sent.status_code == 200
        bad = _of_somebody_else(whole_bundle())
        assert client.post("/api/fhir/outlook", json=bad, headers=JSON).status_code == 422
    for line in logged:
        for value in (*VALUES, SCRIPT, "DROP TABLE", *OF_THE_BUNDLE):
            assert value not in line


JSON = {"content-type": "application/json"}
OF_THE_BUNDLE = ("secret-4711", "Zyxwvut", "Quirina", "1962-01-20", "8890/3")


def _of_somebody_else(bundle: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(bundle).replace("Patient/secret-4711", "Patient/13.57"))  # type: ignore[no-any-return]


def test_nothing_of_a_call_of_the_cds_service_is_logged_kept_or_in_a_header(tmp_path: Path, logged: list[str]) -> None:
    import gc

    number = f"secret-{4711 + 86}"  # stands nowhere else, nor in another test's cases
    request = json.loads(json.dumps(hook_request()).replace("secret-4711", number))
    bad = {**request, "prefetch": _of_somebody_else(request["prefetch"]) | {"patient": {"id": "Zyxwvut"}}}
    hooks = read_cds_settings(settings_file(tmp_path))
    with TestClient(create_app(cds_hooks=hooks)) as client:
        given = bearer()
        answers = [client.post(SERVICE, json=request, headers=given), client.post(SERVICE, json=bad, headers=bearer())]
        answers.append(client.post(SERVICE, json=request, headers=given))
        assert [answer.status_code for answer in answers] == [200, 400, 401]
        for answer in answers:
            told = answer.text + str(answer.headers)
            assert not [v for v in (number, *VALUES, *OF_THE_BUNDLE) if v in told]
        del answers, answer, told
    token = given["authorization"].partition(" ")[2]
    assert not [line for line in logged for value in (number, *VALUES, *OF_THE_BUNDLE, token) if value in line]
    request["context"].clear()
    request["prefetch"].clear()
    bad.clear()
    gc.collect()
    kept = [o for o in gc.get_objects() if type(o) is dict and "number" not in o and _holds(o.values(), number)]
    assert not kept
    assert all(type(used) is bytes for used in hooks.tokens._used._used), "of a token its digest is kept"


def _encoded(form: dict[str, str]) -> bytes:
    from urllib.parse import urlencode

    return urlencode(form, errors="surrogatepass").encode()


FIELDS = (
    "age", "size_cm", "histologic_type", "site", "grade", "depth", "metastases", "organ", "metastasis_months",
    "landmark_months", "question",
)  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_value_comes_back_only_as_the_escaped_value_of_its_field(bad: str, post: Callable[..., Any]) -> None:
    for field in FIELDS:
        for path in PERSONAL:
            answer = post(path, {field: bad})
            assert answer.status_code in (200, 422), (field, path)
            assert "set-cookie" not in answer.headers
            if answer.headers["content-type"].startswith("application/pdf"):
                continue
            text = answer.text
            assert SCRIPT not in text
            if not answer.headers["content-type"].startswith("text/html"):
                assert len(bad) < 4 or bad not in text, (field, path)
                continue
            document = tree(text)
            if len(bad) > 3:
                assert bad not in document.text, (field, path)
            for node in document.walk():
                assert "onmouseover" not in node.attrs, (field, path)
                where = [name for name, value in node.attrs.items() if len(bad) > 3 and bad.strip()[:4000] in value]
                assert node.tag in ("input", "option") or not where, (field, path, node.tag, where)
                assert set(where) <= {"value"}, (field, path, where)


@pytest.mark.parametrize("path", PERSONAL)
def test_a_form_that_is_no_text_gives_400_and_repeats_nothing(path: str, client: TestClient) -> None:
    answer = client.post(
        path, content=b"age=61.37&size_cm=\xff\xfe\x80", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 400
    assert "61.37" not in answer.text
    coded = client.post(
        path, content=b"age=61.37&size_cm=%ff%fe", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert coded.status_code == 400
    assert "61.37" not in coded.text


@pytest.mark.parametrize("path", PERSONAL)
def test_a_query_string_on_a_personal_address_is_never_read(path: str, client: TestClient) -> None:
    answer = client.get(f"{path}?age=61.37&size_cm=13.57&metastases=yes")
    assert answer.status_code in (200, 303)
    if answer.status_code == 303:
        assert answer.headers["location"] == "/situation"
    assert not [v for v in VALUES if v in answer.text or v in str(answer.headers)]
    if answer.status_code == 200:
        assert answer.text == client.get(path).text


def test_a_posted_form_does_not_read_the_query_either(client: TestClient) -> None:
    answer = client.post(
        "/situation?age=61.37", content=b"", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 200
    assert "61.37" not in answer.text


@pytest.mark.words
def test_a_fault_says_its_kind_and_place_and_nothing_else(monkeypatch: pytest.MonkeyPatch, logged: list[str]) -> None:
    def fail(*_values: object, **_named: object) -> None:
        raise ZeroDivisionError("the patient is 61.37 years old")

    monkeypatch.setattr(person_pages, "outlook_of", fail)
    with TestClient(create_app(), raise_server_exceptions=False) as client:
        answer = client.post(
            "/situation", content=_encoded(DISTINCTIVE), headers={"content-type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "Something went wrong here. Nothing that was typed has been kept."
    said = [line for line in logged if "ZeroDivisionError" in line]
    assert len(said) == 1
    assert re.search(r"ZeroDivisionError at person_pages\.py:\d+", said[0])
    assert not [line for line in logged if "61.37" in line or "Traceback" in line]


def test_a_fault_on_a_live_server_writes_no_traceback(
    monkeypatch: pytest.MonkeyPatch, server: str, logged: list[str]
) -> None:
    import httpx2

    def fail(*_values: object, **_named: object) -> None:
        raise ZeroDivisionError("the patient is 61.37 years old")

    monkeypatch.setattr(person_pages, "outlook_of", fail)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert httpx2.post(f"{server}/situation", content=_encoded(DISTINCTIVE), headers=headers).status_code == 500
    assert not [line for line in logged if "61.37" in line or "Traceback" in line]


def test_nothing_is_kept_of_what_is_sent(post: Callable[..., Any]) -> None:
    """No cache of the program grows with what someone types, and no object holds it afterwards."""
    import gc

    from sarcoma.web import team

    def sizes() -> dict[str, int]:
        found: dict[str, int] = {}
        for thing in gc.get_objects():
            if hasattr(type(thing), "cache_info") and str(getattr(thing, "__module__", "")).startswith("sarcoma"):
                name = f"{thing.__module__}.{thing.__qualname__}"
                found[name] = found.get(name, 0) + thing.cache_info().currsize
        return found | {"team": len(team._KEPT)}

    paths = (
        "/situation",
        "/es/situation",
        "/situation/edit",
        "/survival/shown",
        "/page",
        "/team",
        "/team/course",
        "/team.json",
    )
    for path in paths:
        post(path, DISTINCTIVE)
    before = sizes()
    assert len(before) > 10
    for number in range(3):
        typed = {"age": f"6{number}.3{number}7", "size_cm": f"13.{number}57", "metastasis_months": f"17.5{number}3"}
        for path in paths:
            assert post(path, DISTINCTIVE | typed).status_code == 200
    assert sizes() == before
    gc.collect()
    texts = [o for o in gc.get_objects() if type(o) is dict and o is not typed and _holds(o.values(), "62.327")]
    assert not texts
    assert _holds(typed.values(), "62.327")


def _holds(values: Iterable[object], text: str) -> bool:
    def names(value: object) -> bool:
        return type(value) is str and value == text

    return any(any(map(names, v)) if type(v) is tuple and len(v) < 9 else names(v) for v in values)


def test_addresses_that_differ_only_in_space_or_query_are_one_page(client: TestClient) -> None:
    """Else anyone could fill the memory with copies of a page."""
    assert client.get("/evidence/B21").status_code == 200
    assert client.get("/evidence/B21%20").status_code == 404
    assert client.get("/evidence/%20B21").status_code == 404
    assert client.get("/models/kattan-2002%20").status_code == 404


def test_a_search_is_escaped_and_short(client: TestClient) -> None:
    answer = client.get("/evidence", params={"q": SCRIPT + "x" * 500})
    assert answer.status_code == 200
    assert SCRIPT not in answer.text
    tree(answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        f"/{SCRIPT}",
        "/evidence/61.37",
        "/understand/61.37",
        "/models/61.37",
        "/api/evidence/61.37",
        "/api/models/61.37",
        "/static/61.37",
    ],
)
def test_a_page_that_is_not_there_repeats_nothing_of_its_address(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert SCRIPT not in answer.text
    if not path.startswith("/api/"):
        assert "61.37" not in answer.text
        assert "There is no page at this address." in answer.text or "no" in answer.text
    assert answer.headers["cache-control"] in ("no-store", "private, no-cache")
    assert path.startswith("/api/") == (answer.headers["cache-control"] == "no-store")


def test_records_of_other_people_do_not_mix(app: FastAPI) -> None:
    """Many requests at once, each gets its own."""
    import httpx2

    async def go() -> None:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def one(number: int) -> None:
                lang = "/es" if number % 2 else ""
                form = RECORDS["localised"] | {"age": f"{40 + number}.25"}
                answer = await client.post(
                    f"{lang}/situation",
                    content=_encoded(form),
                    headers={"content-type": "application/x-www-form-urlencoded"},
                )
                ages = set(re.findall(r"\b\d\d[.,]25\b", tree(answer.text).text))
                assert ages == {f"{40 + number},25" if lang else f"{40 + number}.25"}

            await asyncio.gather(*(one(n) for n in range(20)))

    in_a_thread(go)


def test_the_server_is_reached_by_its_own_names_only(server: str) -> None:
    """A page elsewhere could otherwise reach it through a name of its own."""
    port = int(server.rpartition(":")[2])
    for host, status in ((f"127.0.0.1:{port}", 200), ("localhost", 200), ("evil.example", 421), ("", 421)):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"GET /privacy HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert int(connection.recv(4096)[9:12]) == status, host
