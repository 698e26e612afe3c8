"""Connections: one that does not send its request in time is closed, and many of these lock nobody out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, ClassVar

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""From the first moment, and from the first byte of a further request, until its headers are whole."""
MOST_WAITING = 256
"""Connections that have not sent their headers yet; beyond them the one that has taken longest is closed."""


class Connection(H11Protocol):
    """uvicorn's connection, with a limit of time and number to those that have not asked anything yet."""

    _waiting: ClassVar[OrderedDict[Connection, asyncio.TimerHandle]] = OrderedDict()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._asks_nothing():
            self._wait()
        else:
            self._asked()

    def connection_lost(self, exc: Exception | None) -> None:
        self._asked()
        super().connection_lost(exc)

    def _asks_nothing(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _wait(self) -> None:
        if self in self._waiting:
            return
        self._waiting[self] = self.loop.call_later(HEADER_SECONDS, self._give_up)
        if len(self._waiting) > MOST_WAITING:
            next(iter(self._waiting))._give_up()

    def _asked(self) -> None:
        timer = self._waiting.pop(self, None)
        if timer is not None:
            timer.cancel()

    def _give_up(self) -> None:
        self._asked()
        if self._asks_nothing() and not self.transport.is_closing():
            self.transport.close()


def server_config(app: Any, proxies: Sequence[str] = ()) -> Config:
    """How the website is served.

    proxies : addresses of proxies before it, which are believed when they say who asks; of nobody else it is believed.
    """
    return Config(
        app,
        http=Connection,
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
    )
