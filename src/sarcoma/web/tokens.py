"""Tokens: whether a call of the CDS service comes from a client that is known – signed, for us, in time, and once.

A client's keys stand in files; nothing that a token names (`jku`, `x5u`, `jwk`) is fetched or believed. The algorithm
follows from the key, never from the token: P-384 signs as ES384, RSA as RS384, and there is no other.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sarcoma.errors import RequestError, ServeError

LEAST_RSA_BITS = 2048
CLOCKS_DIFFER = 60.0
"""Seconds by which the clock of a client may be ahead of ours."""
MOST_USED = 100_000
"""Tokens that are remembered as used, until they expire."""
MOST_KEY_BYTES = 100_000
MOST_TOKEN_CHARACTERS = 8_192
_LATEST = 1e12
"""Seconds since 1970 beyond which a number is no time; NaN and numbers too large for a float are none either."""
REQUIRED = ("iss", "aud", "exp", "iat", "jti")
_PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A public key, the one algorithm that goes with it, and its name in the client's key set if it has one."""

    key: EllipticCurvePublicKey | RSAPublicKey = field(repr=False)
    algorithm: str
    kid: str | None = None


class UsedTokens:
    """Digests of the tokens that were used, each until it expires; where no more fit, none is taken any more."""

    def __init__(self, most: int = MOST_USED) -> None:
        self._most = most
        self._used: set[bytes] = set()
        self._expiring: list[tuple[float, bytes]] = []

    def __len__(self) -> int:
        return len(self._used)

    def take(self, issuer: str, jti: str, expires: float, now: float) -> bool:
        """Whether this is the first use.

        Raises
        ------
        RequestError : 503, more tokens in their time than are remembered.
        """
        while self._expiring and self._expiring[0][0] <= now:
            self._used.discard(heapq.heappop(self._expiring)[1])
        digest = hashlib.sha256(json.dumps([issuer, jti]).encode()).digest()
        if digest in self._used:
            return False
        if len(self._used) >= self._most:
            raise RequestError(503, "Too many calls at this moment. Please try again in a few seconds.")
        self._used.add(digest)
        heapq.heappush(self._expiring, (expires, digest))
        return True


class Tokens:
    """Checks tokens.

    Parameters
    ----------
    clients : the keys of each client, by the issuer that its tokens name.
    longest_seconds : the longest time from `iat` to `exp`.
    now : the clock, in seconds since 1970.
    """

    def __init__(
        self,
        clients: Mapping[str, Iterable[ClientKey]],
        longest_seconds: float = 3600.0,
        now: Callable[[], float] = time.time,
        used: UsedTokens | None = None,
    ) -> None:
        self._clients = {issuer: tuple(keys) for issuer, keys in clients.items()}
        self._longest = longest_seconds
        self._now = now
        self._used = UsedTokens() if used is None else used

    def check(self, authorization: str | None, audience: Iterable[str]) -> None:
        """Take the token of a call, once.

        authorization : the header. audience : the addresses one of which it must name.

        Raises
        ------
        RequestError : 401, the same sentence whatever is wrong; 503, too many calls.
        """
        token = _bearer(authorization)
        claims = None if token is None else self._verified(token, tuple(audience))
        if claims is None or not self._in_time(claims):
            raise refused()
        if not self._used.take(claims["iss"], claims["jti"], float(claims["exp"]), self._now()):
            raise refused()

    def _verified(self, token: str, audience: tuple[str, ...]) -> dict[str, Any] | None:
        """What a token says, if the client that it names has signed it for us."""
        try:
            header = jwt.get_unverified_header(token)
            said = jwt.decode(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        if "crit" in header or "b64" in header or str(header.get("typ", "JWT")).upper() != "JWT":
            return None
        issuer, kid = said.get("iss"), header.get("kid")
        for known in self._clients.get(issuer, ()) if isinstance(issuer, str) else ():
            if known.kid is not None and kid is not None and known.kid != kid:
                continue
            try:
                found: dict[str, Any] = jwt.decode(
                    token,
                    known.key,
                    algorithms=[known.algorithm],
                    audience=audience,
                    issuer=issuer,
                    options={"require": list(REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
                )
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
                continue
            return found
        return None

    def _in_time(self, claims: dict[str, Any]) -> bool:
        """Whether the token is of now, has a name, and does not last too long."""
        now, expires, issued, jti = self._now(), claims["exp"], claims["iat"], claims["jti"]
        times = (expires, issued, claims.get("nbf", issued))
        if not all(isinstance(t, int | float) and not isinstance(t, bool) and abs(t) < _LATEST for t in times):
            return False
        if not (isinstance(jti, str) and 0 < len(jti) <= 1_000):
            return False
        begins = max(issued, times[2])
        return bool(begins <= now + CLOCKS_DIFFER and now < expires <= issued + self._longest)


def refused() -> RequestError:
    """What every call without a good token is told: nothing of what was wrong with it."""
    return RequestError(401, "This needs a valid token of a client that is known here.")


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    fits = scheme.lower() == "bearer" and token.isascii() and 0 < len(token) <= MOST_TOKEN_CHARACTERS
    return token if fits else None


def read_keys(path: Path) -> tuple[ClientKey, ...]:
    """The public keys in a file: one as PEM, or a JSON Web Key or set of them.

    Raises
    ------
    ServeError : the file cannot be read, or holds no such key; says what is needed.
    """
    name = path.name[:80]
    try:
        content = path.read_bytes()[: MOST_KEY_BYTES + 1]
    except OSError:
        raise ServeError(f"{name}: there is no such file that can be read") from None
    if len(content) > MOST_KEY_BYTES:
        raise ServeError(f"{name}: too large for a file of keys")
    if b"PRIVATE KEY" in content:
        raise ServeError(f"{name}: this is a private key, which stays with the client: name the file of its public key")
    if content.lstrip()[:1] in (b"{", b"["):
        return _of_key_set(content, name)
    try:
        return (_client_key(load_pem_public_key(content), None, name),)
    except ServeError:
        raise
    except Exception:  # the library names no common error
        raise ServeError(f"{name}: no public key (PEM, as -----BEGIN PUBLIC KEY-----, or a JSON Web Key Set)") from None


def _of_key_set(content: bytes, name: str) -> tuple[ClientKey, ...]:
    try:
        read = json.loads(content)
        entries = read["keys"] if isinstance(read, dict) and "keys" in read else [read]
        entries = [entry if isinstance(entry, dict) else {} for entry in entries]
    except (ValueError, TypeError, RecursionError):
        raise ServeError(f"{name}: no JSON Web Key Set such as {{'keys': [{{'kty': 'EC', …}}]}}") from None
    if not entries:
        raise ServeError(f"{name}: the set holds no key")
    found = []
    for position, entry in enumerate(entries):
        where = f"{name}: keys[{position}]"
        if _PRIVATE_PARTS & set(entry):
            raise ServeError(f"{where}: this is a private or shared key: only the public parts belong here")
        try:
            key = jwt.PyJWK.from_dict(entry, algorithm=_ALGORITHMS.get(str(entry.get("kty")))).key
        except Exception:  # the library raises what its parts raise
            raise ServeError(f"{where}: no public key that can be read; kty is EC (P-384) or RSA") from None
        kid = entry.get("kid")
        made = _client_key(key, kid if isinstance(kid, str) else None, where)
        if entry.get("alg", made.algorithm) != made.algorithm:
            raise ServeError(f"{where}: alg: only {made.algorithm} goes with such a key")
        found.append(made)
    return tuple(found)


_ALGORITHMS = {"EC": "ES384", "RSA": "RS384"}


def _client_key(key: Any, kid: str | None, where: str) -> ClientKey:
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return ClientKey(key, "ES384", kid)
    if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA_BITS:
        return ClientKey(key, "RS384", kid)
    raise ServeError(
        f"{where}: a key on the curve P-384 (ES384) or an RSA key of {LEAST_RSA_BITS} bits or more (RS384)"
    )
