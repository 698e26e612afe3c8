"""Route rule: how large a request to some addresses may be, and whose pages may read the answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

BODY_BYTES = 64 * 1024
"""No form and no record needs more."""
LARGER_BYTES = 4 * 1024 * 1024
"""An earlier outlook, or a Bundle of FHIR."""
PREFLIGHT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class RouteRule:
    """What holds for an address and all beneath it.

    Attributes
    ----------
    path : the address, such as "/api/fhir"; "" is every address.
    body_bytes : the most that a request may carry.
    too_large : what is said of more.
    origins : other sites (scheme, host, port) whose pages may read the answers; nobody else's may.
    methods : what such a page may ask with.
    """

    path: str
    body_bytes: int = BODY_BYTES
    too_large: str = "This is larger than a record can be."
    origins: frozenset[str] = field(default=frozenset())
    methods: tuple[str, ...] = ()

    def holds_for(self, path: str) -> bool:
        """Whether an address is this one, or beneath it."""
        return path == self.path or path.startswith(f"{self.path}/")

    def cross_origin(self, origin: str | None) -> list[tuple[bytes, bytes]]:
        """The headers by which a browser lets a page of another site read the answer; none where it may not."""
        if not self.origins:
            return []
        allowed = (
            [(b"access-control-allow-origin", origin.encode("ascii"))] if origin in self.origins and origin else []
        )
        return [*allowed, (b"vary", b"Origin")]

    def preflight(self, origin: str | None) -> list[tuple[bytes, bytes]]:
        """The headers that answer a browser which asks before it sends."""
        found = self.cross_origin(origin)
        if len(found) < 2:  # the origin is not allowed
            return found
        return [
            *found,
            (b"access-control-allow-methods", ", ".join(self.methods).encode("ascii")),
            (b"access-control-allow-headers", b"Authorization, Content-Type"),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode("ascii")),
        ]


_EVERYWHERE = RouteRule("")
_TOO_LARGE = "This is larger than a Bundle can be here: 4 MiB."
RULES: tuple[RouteRule, ...] = (
    RouteRule("/api/outlook/since", LARGER_BYTES),
    RouteRule("/api/fhir", LARGER_BYTES, _TOO_LARGE),
)
"""What differs from the rule for every other address."""


def cds_hooks_rule(origins: Iterable[str]) -> RouteRule:
    """The rule of the CDS service, where it is switched on."""
    return RouteRule("/cds-services", LARGER_BYTES, _TOO_LARGE, frozenset(origins), ("GET", "POST"))


def rule_of(path: str, rules: Iterable[RouteRule] = RULES) -> RouteRule:
    """The rule that holds for an address."""
    return next((rule for rule in rules if rule.holds_for(path)), _EVERYWHERE)
