"""Masked sums: whoever adds the answers up sees the total only. Not audited.

The pairwise masks of Bonawitz et al. (CCS 2017, section 4, the one-time pads before what is added against drop-outs):
of each two sites both know a secret (X25519); HKDF-SHA256 makes it a stream of numbers modulo 2^64, which the first of
the two adds to what it sends and the second takes away. In the sum over all sites the masks cancel.

A site that does not answer makes the round void: it is asked again, of the others, with a new nonce. Whoever adds up
and all sites but one together learn what that one sent. `docs/hospitals.md` has the format and test vectors.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import HospitalsError, WithheldError

NAME = "pairwise masks (Bonawitz et al. 2017), X25519, HKDF-SHA256, integers modulo 2^64; not audited"
INFO = b"sarcoma-outlook/masked-sums/1"
BITS = 32
"""Binary places of a real number: it is sent as the nearest multiple of 2^-32."""
_BLOCK = 1020  # numbers that one HKDF gives: 255 · 32 / 8
Ring = NDArray[np.uint64]


def stated_error(sites: int) -> float:
    """By how much the sum of a real over the sites may be off: half a step of each."""
    return sites * 2.0 ** -(BITS + 1)


def new_key() -> bytes:
    """A private key of a site, 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> str:
    """The public key that belongs to it, in hexadecimal digits.

    Raises
    ------
    HospitalsError : it is no private key.
    """
    return str(_private(private).public_key().public_bytes_raw().hex())


def masked(
    values: Ring, site: str, private: bytes, publics: Mapping[str, str], sites: Sequence[str], salt: bytes
) -> Ring:
    """What a site sends: its numbers and the masks that it has with each other site.

    publics : public keys by site. salt : of this question and round alone; the same salt must never mask other numbers.

    Raises
    ------
    HospitalsError : a key is missing, or is not that of this site.
    """
    own = _private(private)
    if publics.get(site) != own.public_key().public_bytes_raw().hex():
        raise HospitalsError(f"the key is not the one that the policy has of {site}")
    total = values.astype(np.uint64, copy=True)
    for other in sites:
        if other == site:
            continue
        first, second = sorted((site, other))
        stream = _stream(_shared(own, publics, other), salt, f"{first}\n{second}".encode(), len(values))
        total = total + stream if site == first else total - stream
    return total


def summed(parts: Sequence[Ring]) -> NDArray[np.int64]:
    """The sum of what all sites sent, as numbers with a sign."""
    total = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        total = total + part
    return total.view(np.int64)


def to_ring(counts: NDArray[np.int64], reals: Floats, sites: int) -> Ring:
    """Whole numbers as they are and reals in fixed point, one after the other, so small that no sum overflows.

    Raises
    ------
    WithheldError : a number is too large.
    """
    scaled = reals * 2.0**BITS
    most = 2.0**62 / sites
    if not (np.abs(scaled) < most).all() or not (np.abs(counts) < most).all():
        raise WithheldError("a sum is too large for masked sums; centre and scale the covariates")
    return np.concatenate([counts.astype(np.int64), np.rint(scaled).astype(np.int64)]).view(np.uint64)


def of_ring(total: NDArray[np.int64], counts: int) -> tuple[NDArray[np.int64], Floats]:
    """Whole numbers and reals of a sum."""
    return total[:counts], total[counts:] / 2.0**BITS


def sealed(content: bytes, private: bytes, public: str) -> str:
    """A seal that only the two ends of a pair of keys can make (HMAC-SHA256)."""
    key = _derived(_exchange(_private(private), public), b"", INFO + b"/seal", 32)
    return hmac.new(key, content, "sha256").hexdigest()


def _stream(secret: bytes, salt: bytes, pair: bytes, length: int) -> Ring:
    blocks = [
        _derived(secret, salt, INFO + b"\n" + pair + b"\n" + block.to_bytes(4, "big"), 8 * min(_BLOCK, length - start))
        for block, start in enumerate(range(0, length, _BLOCK))
    ]
    return np.frombuffer(b"".join(blocks), dtype="<u8").astype(np.uint64)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(secret)


def _private(private: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    try:
        return X25519PrivateKey.from_private_bytes(private)
    except (ValueError, TypeError):
        raise HospitalsError("the key is no private key of 32 bytes; make one: sarcoma site key") from None


def _shared(own: Any, publics: Mapping[str, str], other: str) -> bytes:
    if other not in publics:
        raise HospitalsError(f"the policy has no public key of {other}")
    return _exchange(own, publics[other])


def _exchange(own: Any, public: str) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        found: bytes = own.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(public)))
    except ValueError:
        raise HospitalsError("a public key of the policy is none") from None
    return found
