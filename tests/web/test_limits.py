"""Requests that are too large, too slow, too many, or wrong: answered in a sentence, and the next one is served."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_cases import PERSONAL, RECORDS, encoded, everything
from web_loop import in_a_thread

from sarcoma.errors import RequestError
from sarcoma.web import connections, create_app, guard
from sarcoma.web.connections import server_config
from sarcoma.web.guard import Rate
from sarcoma.web.route_rule import BODY_BYTES

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def talk(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What a server answers to bytes sent as they are."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def port_of(server: str) -> int:
    return int(server.rpartition(":")[2])


@pytest.mark.parametrize("path", [*PERSONAL, "/api/outlook", "/api/validate-record"])
def test_a_body_that_is_too_large_is_refused(path: str, client: TestClient) -> None:
    body = b"age=" + b"6" * BODY_BYTES
    told = client.post(path, content=body, headers=FORM)
    assert told.status_code == 413
    untold = client.post(path, content=iter([body[:40_000], body[40_000:]]), headers=FORM)
    assert untold.status_code == 413
    assert "666" not in told.text + untold.text


def test_a_body_just_within_the_limit_is_read(client: TestClient) -> None:
    body = encoded({"question": "x" * 3000, "age": "61"})
    padded = body + "&other=" + "x" * (BODY_BYTES - len(body) - 7)
    assert len(padded) == BODY_BYTES
    assert client.post("/situation", content=padded, headers=FORM).status_code == 200


@pytest.mark.parametrize("length", ["-1", "1e9", "abc", "99999999999999999999", "9" * 6000, ""])
def test_a_length_that_is_no_length_is_refused(length: str) -> None:
    async def ask() -> int:
        sent: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            raise AssertionError("it must not get so far")

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-length", length.encode())]
        scope = {"type": "http", "method": "POST", "path": "/situation", "headers": headers}
        await guard.Guard(app, None)(scope, receive, send)
        return int(sent[0]["status"])

    assert in_a_thread(ask) == 413


@pytest.mark.words
def test_a_body_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.2)
    head = b"POST /situation HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = talk(port_of(server), head + b"Content-Length: 30\r\nConnection: close\r\n\r\nage=6")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"The request came too slowly." in answer


def test_a_request_that_ends_early_does_no_harm(server: str) -> None:
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=20) as connection:
        connection.sendall(b"POST /situation HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\nage=6")
    assert talk(port_of(server), b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(
        b"HTTP/1.1 200"
    )


def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ANSWER_SECONDS", 0.05)

    async def ask() -> list[Any]:
        sent: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(5)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await guard.Guard(app, None)({"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send)
        return sent

    sent = in_a_thread(ask)
    assert sent[0]["status"] == 503


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil", "", "[::2]"]
)
def test_another_name_for_the_server_is_refused(host: str, app: FastAPI) -> None:
    with TestClient(app, follow_redirects=False) as client:
        for method, path in (
            ("GET", "/"),
            ("GET", "/static/site.css"),
            ("POST", "/situation"),
            ("POST", "/api/outlook"),
        ):
            assert client.request(method, path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]", "[::1]:8000"])
def test_its_own_names_are_known(host: str, client: TestClient) -> None:
    assert client.get("/privacy", headers={"host": host}).status_code == 200


def test_another_name_can_be_allowed() -> None:
    with TestClient(create_app(hosts=["sarcoma.example"])) as client:
        assert client.get("/privacy", headers={"host": "sarcoma.example"}).status_code == 200
        assert client.get("/privacy", headers={"host": "localhost"}).status_code == 421


@pytest.mark.words
def test_too_many_pdfs_are_refused_and_later_allowed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(guard.time, "monotonic", lambda: now)
    with TestClient(create_app(pdfs_a_minute=6)) as client:

        def ask(path: str = "/page.pdf") -> Any:
            return client.post(path, content=encoded(RECORDS["localised"]), headers=FORM)

        assert [ask().status_code for _ in range(10)] == [200] * 10
        refused = ask()
        assert refused.status_code == 429
        assert "Please wait a minute." in refused.text
        assert ask("/team.pdf").status_code == 429, "one limit for what costs most"
        assert ask("/situation").status_code == 200, "other pages go on"
        now += 10
        assert ask().status_code == 200
        assert ask().status_code == 429
        now += 60
        assert [ask().status_code for _ in range(7)] == [200] * 6 + [429]


def test_the_counter_of_pdfs_forgets_addresses() -> None:
    rate = Rate(60, burst=1, most=100)
    for number in range(1000):
        rate.take(f"10.0.{number // 256}.{number % 256}")
    assert len(rate._left) <= 100
    rate.take("me")
    with pytest.raises(RequestError):
        rate.take("me")


def test_a_record_that_cannot_be_read_costs_no_pdf() -> None:
    with TestClient(create_app(pdfs_a_minute=6)) as client:
        for _ in range(15):
            assert client.post("/page.pdf", content="age=999", headers=FORM).status_code == 422
        assert client.post("/page.pdf", content="age=61", headers=FORM).status_code == 200


@pytest.mark.parametrize("path", PERSONAL)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_only_a_form_is_taken_as_a_form(path: str, kind: str, client: TestClient) -> None:
    """So that a page elsewhere cannot post other things here unasked."""
    answer = client.post(path, content=b'{"age": 61.37}', headers={"content-type": kind})
    assert answer.status_code == 415
    assert "61.37" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_taken_as_json(kind: str, client: TestClient) -> None:
    for path in ("/api/outlook", "/api/validate-record"):
        assert client.post(path, content=b'{"age": 61}', headers={"content-type": kind}).status_code == 415


def test_a_head_has_the_headers_and_no_body(client: TestClient) -> None:
    for path in ("/", "/understand", "/understand/signs", "/situation", "/evidence/B21", "/models/kattan-2002"):
        head, whole = client.head(path), client.get(path)
        assert head.status_code == 200
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers["content-length"] == whole.headers["content-length"]
        assert head.headers["content-security-policy"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(method: str, client: TestClient) -> None:
    for path in ("/", "/situation", "/api/models", "/static/site.css", "/team.pdf"):
        answer = client.request(method, path)
        assert answer.status_code == 405, path
        assert answer.headers["allow"], path
        assert "access-control-allow-origin" not in answer.headers


def test_an_address_for_forms_leads_a_reader_to_the_form(client: TestClient) -> None:
    for path in ("/survival/shown", "/page", "/situation/edit", "/page.pdf", "/team.pdf"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/situation")


def test_a_wrong_method_on_the_api_is_answered_as_data(client: TestClient) -> None:
    for method, path in (("GET", "/api/outlook"), ("GET", "/api/validate-record"), ("POST", "/api/models")):
        answer = client.request(method, path)
        assert answer.status_code == 405, (method, path)
        assert answer.json()["error"]


def test_what_is_not_there_is_said_as_a_page_or_as_data(client: TestClient) -> None:
    for path in (
        "/nowhere",
        "/understand/nowhere",
        "/es/nowhere",
        "/models/nowhere",
        "/evidence/nowhere",
        "/static/../app.py",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("text/html"), path
    for path in ("/api/nowhere", "/api/models/nowhere", "/api/evidence/nowhere"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"], path


@pytest.mark.parametrize(
    "path",
    [
        "/understand/what-it-is/shown",
        "/understand/numbers/shown/",
        "//evil.example/",
        "/\\evil.example",
        "/static/%2e%2e/app.py",
        "/static/%2e%2e%2fapp.py",
        "/understand/",
        "/evidence/",
        "/es",
    ],
)
def test_odd_addresses_lead_nowhere_else(path: str, server: str) -> None:
    answer = talk(port_of(server), f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    status = int(answer[9:12])
    assert status in (200, 308, 404), path
    if status == 308:
        location = answer.lower().partition(b"location: ")[2].partition(b"\r\n")[0]
        assert location.startswith(b"/"), location
        assert not location.startswith(b"//")


BOMBS = {
    "depth": "[" * 30_000 + "]" * 30_000,
    "objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "not a number": '{"age": NaN}',
    "infinite": '{"age": Infinity}',
    "minus infinite": '{"size": -Infinity}',
    "large": '{"age": 1e400}',
    "a huge whole number": '{"age": ' + "9" * 5000 + "}",
    "a huge number in range of float": '{"foci": 1e300}',
    "a list": "[1, 2]",
    "a word": '"age"',
    "nothing": "",
    "null": "null",
    "half": '{"age": 6',
    "surrogate": '{"type": "\\ud800"}',
    "null byte": '{"type": "\\u0000"}',
    "a list for a number": '{"age": [61]}',
    "an object for a number": '{"age": {"value": 61}}',
    "true": '{"age": true}',
    "unknown field": '{"no_such_field": 1}',
    "a long name": '{"' + "x" * 20_000 + '": 1}',
    "odd metastases": '{"metastases": [{"organ": {"a": 1}, "months": [1]}]}',
    "many metastases": '{"metastases": [' + ",".join(['{"organ": "lung"}'] * 2000) + "]}",
    "not utf-8": b'{"type": "\xff"}',
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_odd_json_is_refused_quickly_in_words(bomb: str | bytes, client: TestClient) -> None:
    for path in ("/api/outlook", "/api/validate-record"):
        answer = client.post(path, content=bomb, headers=JSON)
        assert answer.status_code == 422
        problems = answer.json()["problems"]
        assert problems
        assert all(p["problem"] for p in problems)
        assert len(answer.content) < 20_000
        json.loads(answer.text, parse_constant=pytest.fail)


def test_a_name_that_comes_twice_is_refused_as_data_and_counts_once_as_a_form(client: TestClient) -> None:
    answer = client.post("/api/validate-record", content=b'{"age": 61, "age": 62}', headers=JSON)
    assert answer.status_code == 422
    within = b'{"metastases": [{"organ": "lung", "organ": "liver"}]}'
    assert client.post("/api/validate-record", content=within, headers=JSON).status_code == 422
    twice = client.post("/situation", content="age=61&age=999", headers=FORM)
    assert twice.status_code == 200
    assert 'value="61"' in twice.text


def test_two_names_of_one_field_are_refused(client: TestClient) -> None:
    answer = client.post("/api/validate-record", content=b'{"size": 7, "size_cm": 9}', headers=JSON)
    assert answer.status_code == 422


def test_many_fields_are_refused(client: TestClient) -> None:
    body = "&".join(f"f{number}=1" for number in range(500))
    assert client.post("/situation", content=body, headers=FORM).status_code == 400


def test_the_api_never_says_nan(client: TestClient) -> None:
    for form in ('{"age": 62, "type": "LMS", "size": 7}', "{}", '{"metastases": [{"organ": "lung", "months": 14}]}'):
        answer = client.post("/api/outlook", content=form, headers=JSON)
        assert answer.status_code == 200
        json.loads(answer.text, parse_constant=pytest.fail)


def test_pages_together_take_little_memory(client: TestClient) -> None:
    """They are kept as bytes, so there must be an end to them."""
    from sarcoma.web.public_pages import Common

    assert Common()._kept == {}
    assert sum(len(client.get(path).content) for path in everything()) < 40_000_000


# -- many at once


def test_half_sent_requests_lock_nobody_out(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 1.0)
    half = [socket.create_connection(("127.0.0.1", port_of(server)), timeout=20) for _ in range(530)]
    try:
        for connection in half:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        answer = talk(port_of(server), b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        time.sleep(1.5)
        assert not connections.Connection._waiting, "all were given up"
        assert half[-1].recv(10) == b""
    finally:
        for connection in half:
            connection.close()


def test_a_further_request_on_a_connection_has_its_time_too(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    whole = b"GET /privacy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    started = time.monotonic()
    answers = talk(port_of(server), whole, whole, b"GET / HTTP/1.1\r\nHost", pause=0.2)
    assert answers.count(b"HTTP/1.1 200") == 2
    assert time.monotonic() - started < 5


def test_too_many_at_once_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch, app: FastAPI) -> None:
    monkeypatch.setattr(guard, "MOST_IN_LINE", 3)

    async def ask() -> list[tuple[int, dict[bytes, bytes]]]:
        async def slow(scope: Any, receive: Any, send: Any) -> None:
            time.sleep(0.01)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        through = guard.Guard(slow, None)

        async def one() -> tuple[int, dict[bytes, bytes]]:
            sent: list[Any] = []

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message: Any) -> None:
                sent.append(message)

            await through({"type": "http", "method": "POST", "path": "/situation", "headers": []}, receive, send)
            return sent[0]["status"], dict(sent[0]["headers"])

        return [*await asyncio.gather(*(one() for _ in range(8))), await one()]

    answers = in_a_thread(ask)
    assert [status for status, _ in answers] == [200] * 3 + [503] * 5 + [200]
    assert all(int(headers[b"retry-after"]) > 0 for status, headers in answers if status == 503)


@pytest.mark.parametrize("path", ["/privacy/", "/team/", "//evil.example/", "//privacy//", "/es/privacy/"])
def test_no_redirect_names_a_host(path: str, app: FastAPI) -> None:
    with TestClient(app, follow_redirects=False) as client:
        answer = client.get(f"http://testserver{path}")
        place = answer.headers.get("location", "/")
        assert place.startswith("/")
        assert not place.startswith("//")
        assert (answer.status_code == 308) == ("evil" not in path)


@pytest.mark.parametrize(("proxies", "seen"), [((), "127.0.0.1"), (("127.0.0.1",), "203.0.113.7")])
def test_who_asks_is_believed_of_a_proxy_only(proxies: tuple[str, ...], seen: str) -> None:
    async def ask() -> str:
        found: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            found.append(scope["client"][0])

        config = server_config(app, proxies)
        config.load()
        headers = [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.7")]
        scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": headers, "scheme": "http"}
        await config.loaded_app(scope, None, None)  # type: ignore[arg-type]
        return found[0]

    assert in_a_thread(ask) == seen
