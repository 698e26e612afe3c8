"""The CDS Hooks service: off unless asked for; who may call, what it answers, and what it never repeats."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cds_cases import (
    ADDRESS,
    DISCOVERY,
    KEYS,
    ORIGIN,
    OTHER_KEY,
    PATIENT_ID,
    SERVICE,
    bearer,
    condition,
    hook_request,
    patient,
    prefetch,
    public_pem,
    searchset,
    settings_file,
    size,
    token,
)
from starlette.testclient import TestClient

from sarcoma.errors import ServeError
from sarcoma.web import create_app
from sarcoma.web.cds_settings import read_cds_settings
from sarcoma.web.route_rule import BODY_BYTES, LARGER_BYTES
from sarcoma.web.tokens import refused

NOT_LET_IN = {"error": refused().sentence}


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(cds_hooks=read_cds_settings(settings_file(tmp_path))), follow_redirects=False) as found:
        yield found


def ask(client: TestClient, request: Any = None, **headers: str) -> Any:
    sent = hook_request() if request is None else request
    return client.post(SERVICE, json=sent, headers=bearer(**headers))


# -- off


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", [DISCOVERY, SERVICE, f"{SERVICE}/feedback"])
def test_off_it_is_an_address_like_any_that_is_not_there(method: str, path: str, client: TestClient) -> None:
    headers = {"origin": ORIGIN, "access-control-request-method": "POST"}
    answers = [client.request(method, where, headers=headers) for where in (path, "/nowhere")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert {*answers[0].headers} == {*answers[1].headers}
    large = [client.post(where, content=b" " * (BODY_BYTES + 1)).status_code for where in (path, "/nowhere")]
    assert large == [413, 413]


# -- who may call


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_signed_request_of_the_specification_is_answered(algorithm: str, hooks: TestClient) -> None:
    answer = hooks.post(SERVICE, json=hook_request(), headers=bearer(token(algorithm)))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["cards"]) == 1
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_is_used_once(hooks: TestClient) -> None:
    once = bearer()
    assert hooks.post(SERVICE, json=hook_request(), headers=once).status_code == 200
    again = hooks.post(SERVICE, json=hook_request(), headers=once)
    assert (again.status_code, again.json()) == (401, NOT_LET_IN)


def _hs256() -> str:
    real = token().split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    body = head + b"." + real[1].encode()
    mac = hmac.new(public_pem(KEYS["ES384"]), body, hashlib.sha256).digest()
    return (body + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


REFUSED: dict[str, Any] = {
    "no token": lambda: "",
    "expired": lambda: token(exp=int(time.time()) - 1, iat=int(time.time()) - 300),
    "wrong audience": lambda: token(aud="https://elsewhere.example/cds-services/sarcoma-outlook"),
    "audience of the discovery": lambda: token(aud=ADDRESS + DISCOVERY),
    "alg none": lambda: jwt.encode({"iss": ORIGIN}, None, "none"),
    "HS256 with the public key": _hs256,
    "unknown issuer": lambda: token(iss="https://evil.example"),
    "another key": lambda: token(key=OTHER_KEY),
    "jku elsewhere": lambda: token(key=OTHER_KEY, headers={"jku": "https://evil.example/jwks.json"}),
    **{f"without {name}": (lambda name=name: token(**{name: None})) for name in ("iss", "aud", "exp", "iat", "jti")},
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_whoever_is_not_known_learns_nothing(made: Any, hooks: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="sarcoma"):
        given = made()
        headers = {"authorization": f"Bearer {given}"} if given else {}
        answer = hooks.post(SERVICE, json=hook_request(), headers=headers)
    assert (answer.status_code, answer.json()) == (401, NOT_LET_IN)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert PATIENT_ID not in answer.text + caplog.text
    assert not given or given not in caplog.text


@pytest.mark.words
def test_what_they_are_told_is_one_sentence() -> None:
    assert refused().sentence == "This needs a valid token of a client that is known here."


def test_two_tokens_are_none(hooks: TestClient) -> None:
    both = [("authorization", f"Bearer {token()}"), ("authorization", f"Bearer {token()}")]
    assert hooks.post(SERVICE, json=hook_request(), headers=both).status_code == 401  # type: ignore[arg-type]


def test_who_asks_is_looked_at_before_what_they_send(hooks: TestClient) -> None:
    for content in (b"not json", b"{}", json.dumps({"prefetch": {}}).encode()):
        assert hooks.post(SERVICE, content=content).status_code == 401


# -- discovery


def test_the_discovery_describes_the_service_to_everyone(hooks: TestClient) -> None:
    answer = hooks.get(DISCOVERY)
    assert answer.status_code == 200
    (service,) = answer.json()["services"]
    assert (service["hook"], service["id"]) == ("patient-view", "sarcoma-outlook")
    assert service["description"]
    assert hooks.head(DISCOVERY).status_code == 200
    with_token = bearer(token(aud=ADDRESS + DISCOVERY))
    assert hooks.get(DISCOVERY, headers=with_token).status_code == 200
    assert hooks.get(DISCOVERY, headers=bearer()).status_code == 401, "a token is looked at where there is one"


def test_the_discovery_may_need_a_token(tmp_path: Path) -> None:
    settings = read_cds_settings(settings_file(tmp_path, discovery_needs_token=True))
    with TestClient(create_app(cds_hooks=settings)) as client:
        assert client.get(DISCOVERY).status_code == 401
        assert client.get(DISCOVERY, headers=bearer(token(aud=ADDRESS + DISCOVERY))).status_code == 200


TOKEN_PARAMETERS = {"code", "category", "status", "clinical-status", "verification-status", "_id"}


def test_the_prefetch_stays_within_the_recommended_subset_of_search(hooks: TestClient) -> None:
    """Reads by id; searches of one type, by patient, by tokens that are equal, with no modifier, no chain, no include."""
    templates = hooks.get(DISCOVERY).json()["services"][0]["prefetch"]
    assert "patient" in templates
    for template in templates.values():
        plain = template.replace("{{context.patientId}}", "ID")
        assert "{" not in plain, "one token of the context only"
        where, _, query = plain.partition("?")
        if not query:
            assert re.fullmatch(r"[A-Z][A-Za-z]+/ID", where)
            continue
        assert re.fullmatch(r"[A-Z][A-Za-z]+", where)
        given = dict(part.split("=", 1) for part in query.split("&"))
        assert given.pop("patient") == "ID"
        assert set(given) <= TOKEN_PARAMETERS
        assert all(value and ":" not in name and "." not in name for name, value in given.items())


# -- the card


def test_the_card_says_that_models_fit_and_no_figure(hooks: TestClient) -> None:
    (card,) = ask(hooks).json()["cards"]
    assert card["indicator"] == "info"
    assert 0 < len(card["summary"]) < 140
    assert not re.search(r"\d|%", card["summary"])
    assert card["source"]["label"]
    (link,) = card["links"]
    assert link == {"label": link["label"], "url": f"{ADDRESS}/team", "type": "absolute"}
    addresses = json.dumps([card["source"], card["links"]])
    for value in (PATIENT_ID, "13.57", "1962", "Zyxwvut", "8890", "leiomyosarcoma", "?", "#"):
        assert value not in addresses
    for value in (PATIENT_ID, "13.57", "1962", "Zyxwvut", "Quirina"):
        assert value not in json.dumps(card)
    assert "%" not in card["detail"]


@pytest.mark.parametrize(
    "changed",
    [
        {"conditions": None},
        {"conditions": searchset()},
        {"conditions": searchset(condition("8140/3"))},
        {"patient": patient() | {"deceasedBoolean": True}},
        {"conditions": searchset(condition(verificationStatus={"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "refuted"}]}))},
    ],
    ids=["no conditions", "none found", "a carcinoma", "somebody who has died", "refuted"],
)  # fmt: skip
def test_where_there_is_nothing_to_say_there_is_no_card(changed: dict[str, Any], hooks: TestClient) -> None:
    answer = ask(hooks, hook_request(prefetch=prefetch(**changed)))
    assert (answer.status_code, answer.json()) == (200, {"cards": []})


def test_two_primaries_are_said_and_not_guessed(hooks: TestClient) -> None:
    two = searchset(condition(), condition("8850/3", id="second"))
    answer = ask(hooks, hook_request(prefetch=prefetch(conditions=two)))
    (card,) = answer.json()["cards"]
    assert len(card["summary"]) < 140
    assert not re.search(r"\d", card["summary"])
    assert "second" not in answer.text


@pytest.mark.parametrize("key", ["patient", "conditions", "observations", "procedures"])
def test_a_prefetch_that_is_missing_gives_412(key: str, hooks: TestClient) -> None:
    answer = ask(hooks, hook_request(prefetch=prefetch(**{key: "left out"})))
    assert answer.status_code == 412
    assert key in answer.json()["error"]
    assert PATIENT_ID not in answer.text
    assert ask(hooks, hook_request(prefetch="left out")).status_code == 412
    assert ask(hooks, hook_request(prefetch=prefetch(patient=None))).status_code == 412


def test_a_search_that_goes_on_on_another_page_is_not_whole(hooks: TestClient) -> None:
    """What stands there would be taken as not having happened."""
    page = searchset(condition()) | {"link": [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]}
    assert ask(hooks, hook_request(prefetch=prefetch(conditions=page))).status_code == 412


@pytest.mark.parametrize("entry", [False, True])
def test_a_search_that_failed_is_missing(entry: bool, hooks: TestClient) -> None:
    """The client's server had an error: that is not "nothing was found"."""
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    page = searchset(condition(), failed) if entry else failed
    assert ask(hooks, hook_request(prefetch=prefetch(conditions=page))).status_code == 412


def test_the_laboratory_is_asked_for(hooks: TestClient) -> None:
    (service,) = hooks.get("/cds-services").json()["services"]
    assert "1751-7" in service["prefetch"]["observations"]


def test_no_server_is_called_back(hooks: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("no server is called")

    monkeypatch.setattr("socket.socket.connect", no_network)
    assert ask(hooks).status_code == 200
    assert ask(hooks, hook_request(prefetch=prefetch(conditions="left out"))).status_code == 412


BAD: dict[str, Any] = {
    "another hook": {"hook": "order-sign"},
    "no hook": {"hook": "left out"},
    "no instance": {"hookInstance": "left out"},
    "instance is no text": {"hookInstance": 7},
    "no context": {"context": "left out"},
    "context is a list": {"context": [1]},
    "no patient id": {"context": {"userId": "Practitioner/1"}},
    "no user": {"context": {"patientId": PATIENT_ID}},
    "patient id is a number": {"context": {"userId": "x", "patientId": 4711}},
    "another patient": {"context": {"userId": "x", "patientId": "someone-else"}},
    "prefetch is a list": {"prefetch": [1]},
    "patient is a Bundle": {"patient": searchset()},
    "patient is text": {"patient": "Zyxwvut"},
    "conditions are text": {"conditions": "Zyxwvut"},
    "an entry is text": {"conditions": {"resourceType": "Bundle", "entry": ["Zyxwvut"]}},
    "a second patient": {"observations": searchset(patient() | {"id": "secret-4712"})},
    "of another patient": {"observations": searchset(size() | {"subject": {"reference": "Patient/secret-4712"}})},
}


@pytest.mark.parametrize("changed", BAD.values(), ids=BAD)
def test_a_bad_request_gives_400_and_repeats_nothing(
    changed: dict[str, Any], hooks: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    of_prefetch = {"patient", "conditions", "observations"} & set(changed)
    request = hook_request(prefetch=prefetch(**changed)) if of_prefetch else hook_request(**changed)
    with caplog.at_level(logging.DEBUG):
        answer = ask(hooks, request)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]
    for value in ("Zyxwvut", "13.57", "1962", "secret-", "someone-else"):
        assert value not in answer.text
        assert value not in "".join(record.getMessage() for record in caplog.records if "sarcoma" in record.name)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 90_000])
def test_what_is_no_json_object_gives_400(content: bytes, hooks: TestClient) -> None:
    assert hooks.post(SERVICE, content=content, headers=bearer()).status_code == 400


def test_other_kinds_and_methods_and_addresses_are_said_as_data(hooks: TestClient) -> None:
    form = bearer() | {"content-type": "application/x-www-form-urlencoded"}
    assert hooks.post(SERVICE, content=b"a=b", headers=form).status_code == 415
    for method, path, status in (("GET", SERVICE, 405), ("POST", DISCOVERY, 405), ("GET", f"{DISCOVERY}/x", 404)):
        answer = hooks.request(method, path)
        assert answer.status_code == status
        assert answer.json()["error"]


def test_a_bundle_has_room_and_more_than_4_mib_has_none(hooks: TestClient) -> None:
    padded = hook_request(extension={"x": "y" * (BODY_BYTES * 4)})
    assert ask(hooks, padded).status_code == 200
    assert hooks.post(SERVICE, content=b" " * (LARGER_BYTES + 1), headers=bearer()).status_code == 413


# -- pages of other sites


def test_a_page_of_an_allowed_site_may_ask_and_read(hooks: TestClient) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    before = hooks.options(SERVICE, headers=asked)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in before.headers["access-control-allow-methods"]
    allowed = before.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed
    assert "access-control-allow-credentials" not in before.headers
    assert before.headers["vary"] == "Origin"
    for answer in (ask(hooks, origin=ORIGIN), hooks.get(DISCOVERY, headers={"origin": ORIGIN})):
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == ORIGIN
    refused = hooks.post(SERVICE, json={}, headers={"origin": ORIGIN})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == ORIGIN, "so that the page learns of it"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://ehr.example.org.evil.example", "http://ehr.example.org", "*", ""],
)
def test_a_page_of_any_other_site_may_not(origin: str, hooks: TestClient) -> None:
    before = hooks.options(SERVICE, headers={"origin": origin, "access-control-request-method": "POST"})
    assert before.status_code == 403
    for answer in (before, ask(hooks, origin=origin), hooks.get(DISCOVERY, headers={"origin": origin})):
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Origin"


def test_cross_origin_answers_are_of_these_addresses_only(hooks: TestClient) -> None:
    for path in (
        "/",
        "/team",
        "/api/models",
        "/api/fhir/outlook",
        "/api/outlook",
        "/cds-servicesx",
        "/static/site.css",
    ):
        for method in ("GET", "OPTIONS", "POST"):
            headers = {"origin": ORIGIN, "access-control-request-method": "POST"}
            answer = hooks.request(method, path, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")], (method, path)


# -- settings


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"address": None}, "address"),
        ({"address": "outlook.example.org"}, "address"),
        ({"address": "https://outlook.example.org/?patient=1"}, "address"),
        ({"clients": None}, "clients"),
        ({"clients": []}, "clients"),
        ({"clients": [{"issuer": "", "keys": ["ES384.pem"]}]}, "clients.0.issuer"),
        ({"clients": [{"issuer": "a", "keys": []}]}, "clients.0.keys"),
        ({"clients": [{"issuer": "a", "keys": ["ES384.pem"]}] * 2}, "clients"),
        ({"clients": [{"issuer": "a", "keys": ["none.pem"]}]}, "none.pem"),
        ({"clients": [{"issuer": "a", "keys": ["cds.yaml"]}]}, "cds.yaml"),
        ({"clients": [{"issuer": "a", "keys": ["ES384.pem"], "jku": "https://a.example"}]}, "clients.0.jku"),
        ({"origins": ["*"]}, "origins.0"),
        ({"origins": ["https://ehr.example.org/"]}, "origins.0"),
        ({"origins": "https://ehr.example.org"}, "origins"),
        ({"longest_seconds": 0}, "longest_seconds"),
        ({"longest_seconds": "x"}, "longest_seconds"),
        ({"discovery_needs_token": "perhaps"}, "discovery_needs_token"),
        ({"algorithms": ["HS256"]}, "algorithms"),
    ],
)
def test_a_setting_that_is_wrong_is_named(changed: dict[str, Any], place: str, tmp_path: Path) -> None:
    with pytest.raises(ServeError) as said:
        read_cds_settings(settings_file(tmp_path, **changed))
    assert str(said.value).startswith(("cds.yaml: ", place))
    assert place in str(said.value)
    assert str(tmp_path) not in str(said.value)


@pytest.mark.words
@pytest.mark.parametrize("content", [b"", b"[1]", b"text", b"address: [", b"\xff\xfe", b"a: 1\na: 2", b"x" * 200_000])
def test_a_file_that_is_no_settings_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cds.yaml").write_bytes(content)
    with pytest.raises(ServeError, match=r"^cds\.yaml"):
        read_cds_settings(tmp_path / "cds.yaml")
    with pytest.raises(ServeError, match="no such file"):
        read_cds_settings(tmp_path / "other.yaml")


def test_another_name_of_the_service_may_stand_in_the_settings(tmp_path: Path) -> None:
    named = "urn:our-outlook"
    with TestClient(create_app(cds_hooks=read_cds_settings(settings_file(tmp_path, audience=[named])))) as client:
        for audience in (named, ADDRESS + SERVICE):
            headers = bearer(token(aud=audience))
            assert client.post(SERVICE, json=hook_request(), headers=headers).status_code == 200


def test_the_settings_on_the_page_are_some(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "fhir.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n# cds\.yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "ehr.jwks.json").write_bytes(public_pem(KEYS["ES384"]))
    for shown in (
        text,
        text.replace("# audience", "audience").replace("# longest", "longest").replace("# disc", "disc"),
    ):
        (tmp_path / "cds.yaml").write_text(shown, encoding="utf-8")
        assert read_cds_settings(tmp_path / "cds.yaml").settings.address == ADDRESS
