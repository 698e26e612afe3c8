"""Guard: what every request and answer goes through – hosts, sizes, times, headers, and errors without content."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sarcoma.errors import RequestError
from sarcoma.web.route_rule import RULES, RouteRule, rule_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY_SECONDS = 10.0
ANSWER_SECONDS = 30.0

MOST_IN_LINE = 64
"""Requests about a person that wait for their turn; one more is told to come again."""
MOST_PAPERS_IN_LINE = 16
RETRY_SECONDS = 3

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Everything from this host, nothing inline."""

_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), interest-cohort=()"),
)
_NO_STORE = (b"cache-control", b"no-store")
_FOR_BACK = (b"cache-control", b"private, no-cache")
"""A page that Back can show again, an answered form too; anew it is always asked for."""

log = logging.getLogger("sarcoma.web")


class Guard:
    """ASGI middleware.

    Parameters
    ----------
    app : what answers. hosts : names under which this server may be addressed (a page of another site could otherwise
    reach it by a name of its own); None allows all. rules : sizes, and who else's pages may read answers, by address.
    """

    def __init__(self, app: App, hosts: Iterable[str] | None = None, rules: Iterable[RouteRule] = RULES) -> None:
        self._app = app
        self._line = Line(MOST_IN_LINE)
        self._rules = tuple(rules)
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        rule, origin = rule_of(scope["path"], self._rules), _header(scope, b"origin")

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = dict(message["headers"])
                extra = [*_HEADERS, *rule.cross_origin(origin)]
                if b"cache-control" not in present:
                    is_page = present.get(b"content-type", b"").startswith(b"text/html")
                    extra.append(_FOR_BACK if is_page else _NO_STORE)
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        try:
            self._check_host(scope)
            if rule.origins and scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
                await _preflight(send, rule, origin)
                return
            whole = await _body(scope, receive, rule)
            async with self._turn_of(scope), asyncio.timeout(ANSWER_SECONDS):
                await self._app(scope, _once(whole, receive), answer)
        except RequestError as refused:
            await _plain(answer, refused.status, refused.sentence)
        except TimeoutError:
            if not started:
                await _plain(answer, 503, "This took too long. Please try again.")
        except Exception as error:
            log.error("%s at %s", type(error).__name__, _where(error))
            if not started:
                await _plain(answer, 500, "Something went wrong here. Nothing that was typed has been kept.")

    def _turn_of(self, scope: MutableMapping[str, Any]) -> AbstractAsyncContextManager[None]:
        """Pages that are the same for everyone need no turn, and papers have a line of their own."""
        waits = scope["method"] == "POST" and not scope["path"].endswith(".pdf")
        return self._line.turn() if waits else nullcontext()

    def _check_host(self, scope: MutableMapping[str, Any]) -> None:
        if self._hosts is None:
            return
        host = (_header(scope, b"host") or "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name.strip("[]") not in self._hosts:
            raise RequestError(421, "This server is not known by that name. Start it with --allow-host to add one.")


def _header(scope: MutableMapping[str, Any], wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), None)


def _where(error: BaseException) -> str:
    """The last place in our own code that an error went through; never its text, which may name what was typed."""
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "sarcoma" in file:
            place = f"{Path(file).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


async def _body(scope: MutableMapping[str, Any], receive: Receive, rule: RouteRule) -> bytes:
    """The whole body, within its limits of size and time.

    Raises
    ------
    RequestError : too large (413) or too slow (408).
    """
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return b""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not said.isdigit() or len(said) > 12 or int(said) > rule.body_bytes:
        raise RequestError(413, rule.too_large)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestError(400, "The request ended early.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > rule.body_bytes:
                    raise RequestError(413, rule.too_large)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise RequestError(408, "The request came too slowly.") from None


def _once(body: bytes, receive: Receive) -> Receive:
    """A body that was read, to be read once more."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _preflight(send: Send, rule: RouteRule, origin: str | None) -> None:
    """The answer to a browser that asks whether it may send; nothing is allowed where the origin is not."""
    headers = [*_HEADERS, _NO_STORE, *rule.preflight(origin), (b"content-length", b"0")]
    status = 204 if origin in rule.origins else 403
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _plain(send: Send, status: int, sentence: str) -> None:
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", str(RETRY_SECONDS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Line:
    """Whoever asks for what takes long to make waits for a turn; where too many wait already, it is said at once.

    A page is made in one go, without a look at who comes: between two of them everyone who came meanwhile is counted.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._here = 0
        self._turn = asyncio.Semaphore(1)
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The time of one request.

        Raises
        ------
        RequestError : 503, too many wait.
        """
        if self._loop is not asyncio.get_running_loop():  # an app may be served by one loop after another
            self._loop, self._turn, self._here = asyncio.get_running_loop(), asyncio.Semaphore(1), 0
        if self._here >= self._most:
            raise RequestError(503, "Too many people ask at this moment. Please try again in a few seconds.")
        self._here += 1
        try:
            await asyncio.sleep(0)
            async with self._turn:
                yield
        finally:
            self._here -= 1


class Rate:
    """So many calls a minute for each address, with a burst; what it knows of an address is a number, for a minute."""

    def __init__(self, a_minute: int, burst: int, most: int = 10_000) -> None:
        self._rate, self._burst, self._most = a_minute / 60, float(burst), most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one call.

        Raises
        ------
        RequestError : 429, too many.
        """
        now = time.monotonic()
        tokens, then = self._left.pop(address, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        if tokens < 1:
            self._left[address] = (tokens, now)
            raise RequestError(429, "Too many at once. Please wait a minute.")
        self._left[address] = (tokens - 1, now)
        while self._left and (len(self._left) > self._most or now - next(iter(self._left.values()))[1] > 60):
            self._left.popitem(last=False)
