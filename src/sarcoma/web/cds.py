"""CDS Hooks over HTTP: who may ask, and the answers as JSON. What they say: `exchange/cds_hooks.py`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from sarcoma.errors import RequestError
from sarcoma.web.api import as_json, unique
from sarcoma.web.cds_settings import DISCOVERY, SERVICE, CdsHooks

TEAM_PAGE = "/team"
Handler = Callable[[Request], Awaitable[Response]]


class CdsService:
    """The two addresses of the service, where it is switched on."""

    def __init__(self, hooks: CdsHooks) -> None:
        self._settings, self._tokens = hooks.settings, hooks.tokens

    def routes(self) -> tuple[tuple[str, str, Handler], ...]:
        """Method, address, handler."""
        return (("GET", DISCOVERY, self.discovery), ("POST", SERVICE, self.service))

    async def discovery(self, request: Request) -> Response:
        """What the service is. It holds nothing about anyone: a token is needed only if the settings say so."""
        from sarcoma.exchange.cds_hooks import discovery

        if self._settings.discovery_needs_token or "authorization" in request.headers:
            self._check(request, DISCOVERY)
        return as_json(discovery())

    async def service(self, request: Request) -> Response:
        """The cards for one patient: whoever asks is looked at before anything that they send."""
        self._check(request, SERVICE)
        from sarcoma.exchange.cds_hooks import cards

        return as_json(cards(await _sent(request), team_page=self._settings.address + TEAM_PAGE))

    def _check(self, request: Request, path: str) -> None:
        given = request.headers.getlist("authorization")
        self._tokens.check(given[0] if len(given) == 1 else None, self._settings.audience_of(path))


async def _sent(request: Request) -> dict[str, Any]:
    if not request.headers.get("content-type", "application/json").startswith("application/json"):
        raise RequestError(415, "Send the request as application/json.")
    try:
        data = json.loads(await request.body(), object_pairs_hook=unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RequestError(400, "This is not valid JSON.") from None
    if not isinstance(data, dict):
        raise RequestError(400, "A request is an object with hook, hookInstance, context and prefetch.")
    return data


def _no_number(_: str) -> None:
    raise ValueError
