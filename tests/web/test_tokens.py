"""Tokens of CDS clients: signed with a known key, for us, in time and once – and what is refused, all in one sentence."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sarcoma.errors import RequestError, ServeError
from sarcoma.web import tokens
from sarcoma.web.tokens import Tokens, UsedTokens, read_keys

NOW = 1_800_000_000.0
ISSUER = "https://ehr.example.org"
AUDIENCE = "https://outlook.example.org/cds-services/sarcoma-outlook"
EC_KEY = ec.generate_private_key(ec.SECP384R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = ec.generate_private_key(ec.SECP384R1())


def public_pem(key: Any) -> bytes:
    return bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwk(key: Any, **more: Any) -> dict[str, Any]:
    kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), **more}


def claims(**changed: Any) -> dict[str, Any]:
    found = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 300, "iat": NOW, "jti": "4f9e", **changed}
    return {name: value for name, value in found.items() if value is not None}


def signed(key: Any = EC_KEY, algorithm: str = "ES384", headers: dict[str, Any] | None = None, **changed: Any) -> str:
    return "Bearer " + jwt.encode(claims(**changed), key, algorithm, headers=headers)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    (tmp_path / "set.json").write_text(
        json.dumps({"keys": [jwk(EC_KEY, kid="one", use="sig", alg="ES384"), jwk(RSA_KEY, kid="two")]}), "utf-8"
    )
    return tmp_path


@pytest.fixture
def checker(keys: Path) -> Tokens:
    return Tokens({ISSUER: read_keys(keys / "set.json")}, now=lambda: NOW)


def taken(checker: Tokens, authorization: str | None) -> bool:
    try:
        checker.check(authorization, (AUDIENCE,))
    except RequestError as error:
        assert error.status == 401
        assert error.sentence == tokens.refused().sentence, "whatever is wrong, the sentence is one"
        return False
    return True


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(EC_KEY, "ES384", None), (EC_KEY, "ES384", "one"), (RSA_KEY, "RS384", None), (RSA_KEY, "RS384", "two")],
    ids=["ES384", "ES384 by kid", "RS384", "RS384 by kid"],
)
def test_a_token_of_a_known_key_is_taken_once(checker: Tokens, key: Any, algorithm: str, kid: str | None) -> None:
    token = signed(key, algorithm, {} if kid is None else {"kid": kid})
    assert taken(checker, token)
    assert not taken(checker, token), "replayed"
    assert taken(checker, signed(key, algorithm, jti="another"))
    assert taken(checker, signed(key, algorithm, jti="list", aud=["https://elsewhere.example", AUDIENCE]))


def forged_with_public_key(algorithm: str = "HS256") -> str:
    """Signed with the public key as if it were a shared secret, which a confused checker would accept."""

    def part(data: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")

    body = part({"alg": algorithm, "typ": "JWT"}) + b"." + part(claims())
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384}[algorithm]
    signature = base64.urlsafe_b64encode(hmac.new(public_pem(EC_KEY), body, digest).digest()).rstrip(b"=")
    return "Bearer " + (body + b"." + signature).decode()


def unsigned() -> str:
    return "Bearer " + jwt.encode(claims(), None, "none")  # type: ignore[arg-type]


def tampered() -> str:
    head, _, tail = signed().partition(".")
    _, _, signature = tail.partition(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(jti="mine")).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


SMALL_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
REFUSED: dict[str, Callable[[], str | None]] = {
    "nothing": lambda: None,
    "empty": lambda: "",
    "another scheme": lambda: signed().replace("Bearer", "Basic"),
    "no token": lambda: "Bearer ",
    "no token at all": lambda: "Bearer x.y.z",
    "no ASCII": lambda: "Bearer é",
    "too long": lambda: signed(jti="x" * 9_000),
    "a list in it": lambda: "Bearer W10.W10.W10",
    "expired": lambda: signed(exp=NOW - 1, iat=NOW - 300),
    "expires now": lambda: signed(exp=NOW),
    "of tomorrow": lambda: signed(iat=NOW + 86_400, exp=NOW + 86_700),
    "not yet": lambda: signed(nbf=NOW + 200),
    "for too long": lambda: signed(exp=NOW + 3601),
    "for another audience": lambda: signed(aud="https://elsewhere.example"),
    "for the beginning of it": lambda: signed(aud="https://outlook.example.org"),
    "for all of a list that is another": lambda: signed(aud=["https://elsewhere.example"]),
    "unknown issuer": lambda: signed(iss="https://evil.example"),
    "alg none": unsigned,
    "HS256 with the public key": forged_with_public_key,
    "HS384 with the public key": lambda: forged_with_public_key("HS384"),
    "tampered": tampered,
    "another key": lambda: signed(OTHER_KEY),
    "another key, named as known": lambda: signed(OTHER_KEY, headers={"kid": "one"}),
    "a key that the header brings": lambda: signed(OTHER_KEY, headers={"jwk": jwk(OTHER_KEY)}),
    "jku elsewhere": lambda: signed(OTHER_KEY, headers={"jku": "https://evil.example/jwks.json", "kid": "one"}),
    "another kid": lambda: signed(headers={"kid": "three"}),
    "RS256": lambda: signed(RSA_KEY, "RS256"),
    "PS384": lambda: signed(RSA_KEY, "PS384"),
    "another type": lambda: signed(headers={"typ": "JWE"}),
    "something critical": lambda: signed(headers={"crit": ["exp"], "exp": 1}),
    "jti too long": lambda: signed(jti="x" * 1_001),
    "jti empty": lambda: signed(jti=""),
    "exp as text": lambda: signed(exp="1800000300"),
    "iat as a truth": lambda: signed(iat=True),
    "exp beyond every number": lambda: "Bearer " + jwt.encode(claims(exp=10**400), EC_KEY, "ES384"),
    "exp infinite": lambda: "Bearer " + jwt.encode(claims(exp=float("inf")), EC_KEY, "ES384"),
    **{f"without {name}": (lambda name=name: signed(**{name: None})) for name in tokens.REQUIRED},  # type: ignore[misc]
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_every_other_token_is_refused_in_one_sentence(
    checker: Tokens, made: Callable[[], str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("nothing is fetched")

    monkeypatch.setattr("socket.socket.connect", no_network)
    assert not taken(checker, made())
    assert taken(checker, signed()), "and a good one still is taken"


def test_a_key_of_one_client_does_not_speak_for_another(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(public_pem(EC_KEY))
    (tmp_path / "b.pem").write_bytes(public_pem(OTHER_KEY))
    clients = {"https://a.example": read_keys(tmp_path / "a.pem"), "https://b.example": read_keys(tmp_path / "b.pem")}
    checker = Tokens(clients, now=lambda: NOW)
    assert taken(checker, signed(EC_KEY, iss="https://a.example"))
    assert not taken(checker, signed(EC_KEY, iss="https://b.example"))
    assert taken(checker, signed(OTHER_KEY, iss="https://b.example")), "the same jti of another client is another token"


def test_a_used_token_is_remembered_until_it_expires_and_no_longer() -> None:
    used = UsedTokens(most=2)
    assert used.take("a", "1", expires=10, now=0)
    assert not used.take("a", "1", expires=10, now=9.9)
    assert used.take("a", "2", expires=20, now=5)
    with pytest.raises(RequestError) as full:
        used.take("a", "3", expires=20, now=5)
    assert full.value.status == 503, "none that was used is forgotten to make room"
    assert used.take("a", "3", expires=30, now=10)
    assert len(used) == 2


def test_no_token_that_is_refused_takes_room(checker: Tokens) -> None:
    for number in range(50):
        assert not taken(checker, signed(OTHER_KEY, jti=str(number)))
    assert len(checker._used) == 0


# -- files of keys


def wrong_files() -> Iterator[tuple[str, bytes]]:
    yield (
        "private.pem",
        EC_KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    yield "private.json", json.dumps(jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY, as_dict=True)).encode()
    yield "shared.json", json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).encode()
    yield "p256.pem", public_pem(ec.generate_private_key(ec.SECP256R1()))
    yield "p256.json", json.dumps(jwk(ec.generate_private_key(ec.SECP256R1()))).encode()
    yield "rsa1024.pem", public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    yield "otheralg.json", json.dumps(jwk(RSA_KEY, alg="RS256")).encode()
    yield "empty.json", b'{"keys": []}'
    yield "odd.json", b'{"keys": [1, null]}'
    yield "half.json", b'{"keys": ['
    yield "text.pem", b"nothing of the kind"
    yield "large.pem", b"x" * (tokens.MOST_KEY_BYTES + 1)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("name", "content"), [*wrong_files()], ids=[name for name, _ in wrong_files()])
def test_a_file_without_a_key_that_fits_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ServeError) as said:
        read_keys(tmp_path / name)
    assert str(said.value).startswith(name)
    assert str(tmp_path) not in str(said.value)


@pytest.mark.words
def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match=r"none\.pem: there is no such file"):
        read_keys(tmp_path / "none.pem")


def test_no_key_is_shown(keys: Path) -> None:
    shown = repr(read_keys(keys / "set.json"))
    assert "PublicKey" not in shown
