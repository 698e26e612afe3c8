"""The HTTP API on what changed since an earlier outlook."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from sarcoma.web.api import EXAMPLE_RECORD
from sarcoma.web.route_rule import rule_of

PATH = "/api/outlook/since"
OLD = Path(__file__).parents[1] / "report" / "outlooks_0.1" / "leg-resected.json"


@pytest.fixture(scope="module")
def earlier(client: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/api/outlook", json=EXAMPLE_RECORD).json()
    return answer


def test_an_answer_of_the_api_is_an_earlier_outlook(client: TestClient, earlier: dict[str, Any]) -> None:
    body = {"record": EXAMPLE_RECORD | {"metastases": ["lung@14"]}, "since": earlier}
    found = client.post(PATH, json=body).json()
    assert found["situation"] == "metastatic"
    assert {one["cause"] for one in found["since"]["differences"]} == {"person"}
    assert not [one for one in found["since"]["differences"] if one["about_survival"]]
    asked = client.post(PATH, params={"survival": "true"}, json=body).json()
    assert [one for one in asked["since"]["differences"] if one["about_survival"]]


def test_the_description_fits_what_is_sent(client: TestClient, earlier: dict[str, Any]) -> None:
    described = client.get("/openapi.json").json()
    schema = described["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(schema | {"components": described["components"]})
    assert validator.is_valid({"record": EXAMPLE_RECORD, "since": earlier})
    assert not validator.is_valid({"record": EXAMPLE_RECORD})
    assert not validator.is_valid({"record": EXAMPLE_RECORD, "since": json.loads(OLD.read_text("utf-8"))})


@pytest.mark.parametrize(
    "since", [None, [], {}, "text", {"situation": "x", "known": [], "models": [], "schema_version": 99}, "0.1"]
)
def test_what_is_no_earlier_outlook_is_refused(
    since: Any, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    sent = json.loads(OLD.read_text("utf-8")) if since == "0.1" else since
    with caplog.at_level(logging.DEBUG, logger="sarcoma"):
        answer = client.post(PATH, json={"record": {"age": 61.37}, "since": sent})
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["field"] == "since"
    assert "61.37" not in answer.text + caplog.text


def test_no_value_of_either_record_is_repeated(client: TestClient, earlier: dict[str, Any]) -> None:
    for body in (
        {"record": {"age": 999}, "since": earlier},
        {"record": {"age": 61}, "since": earlier | {"record": {"age": 999}}},
        {"record": [999], "since": earlier},
        {"since": earlier, "record": {"age": 61}, "other": 999},
    ):
        answer = client.post(PATH, json=body)
        assert answer.status_code == 422
        assert "999" not in answer.text


def test_only_this_address_takes_what_is_larger_than_a_record(client: TestClient, earlier: dict[str, Any]) -> None:
    assert client.post("/api/outlook", json=earlier).status_code == 413
    assert client.post(PATH, content=b" " * (rule_of(PATH).body_bytes + 1)).status_code == 413


@pytest.mark.parametrize(
    "path", ["/api/models", "/api/models/kattan-2002", "/api/evidence?organ=lung", "/api/evidence/B21"]
)
def test_every_answer_carries_the_versions(path: str, client: TestClient, earlier: dict[str, Any]) -> None:
    answer = client.get(path).json()
    for name in ("schema_version", "product_version", "evidence_version"):
        assert answer[name] == earlier[name]
