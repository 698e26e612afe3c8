"""The HTTP API takes a patient's FHIR Bundle and answers with the outlook, as JSON or as FHIR."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from cds_cases import PATIENT_ID, condition, patient, searchset, size, whole_bundle
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from sarcoma.exchange import read_bundle
from sarcoma.outlook import outlook_of
from sarcoma.report import as_data
from sarcoma.web.example_bundle import example_bundle
from sarcoma.web.route_rule import BODY_BYTES, LARGER_BYTES

PATH = "/api/fhir/outlook"
FHIR = {"content-type": "application/fhir+json"}


def test_the_outlook_is_that_of_the_record_with_where_it_was_read(client: TestClient) -> None:
    answer = client.post(PATH, json=whole_bundle(), headers=FHIR)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    reading = told.pop("reading")
    read = read_bundle(whole_bundle())
    assert told == json.loads(json.dumps(as_data(outlook_of(read.patient))))
    assert reading["used"] == list(read.used)
    assert reading["origins"]["size_cm"]["id"] == "size"


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"format": "fhir"}, {}),
        ({}, {"accept": "application/fhir+json"}),
        ({}, {"accept": "text/html, application/fhir+json;q=0.9"}),
        ({"format": "fhir"}, {"accept": "application/json"}),
    ],
)
def test_it_answers_with_a_bundle_where_that_is_asked_for(
    query: dict[str, str], headers: dict[str, str], client: TestClient
) -> None:
    answer = client.post(PATH, json=whole_bundle(), params=query, headers=FHIR | headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["cache-control"] == "no-store"
    bundle = answer.json()
    kinds = [e["resource"]["resourceType"] for e in bundle["entry"]]
    assert {"RiskAssessment", "OperationOutcome"} <= set(kinds)
    assert bundle["type"] == "collection"


def test_json_is_answered_to_whoever_asks_for_nothing_else(client: TestClient) -> None:
    for query, headers in (({}, {}), ({"format": "json"}, {"accept": "application/fhir+json"})):
        answer = client.post(PATH, json=whole_bundle(), params=query, headers=headers)
        assert answer.headers["content-type"] == "application/json"


def test_figures_about_survival_are_in_the_bundle_only_where_asked_for(client: TestClient) -> None:
    def models(**query: str) -> set[str]:
        entries = client.post(PATH, json=whole_bundle(), params={"format": "fhir", **query}).json()["entry"]
        found = [e["resource"] for e in entries if e["resource"]["resourceType"] == "RiskAssessment"]
        return {r["method"]["coding"][0]["code"] for r in found}

    assert models(survival="true") > models()
    assert models(survival="false") == models()


def test_the_condition_can_be_named(client: TestClient) -> None:
    two = searchset(patient(), condition(), condition("8850/3", id="second"), size())
    answer = client.post(PATH, json=two)
    assert answer.status_code == 422
    named = client.post(PATH, json=two, params={"condition": "second"})
    assert named.status_code == 200
    assert named.json()["reading"]["origins"]["histologic_type"]["id"] == "second"


BAD: dict[str, Any] = {
    "not JSON": b"{Zyxwvut",
    "nothing": b"",
    "not UTF-8": b"\xff\xfe\x00",
    "a list": b"[1]",
    "no Bundle": json.dumps(patient()).encode(),
    "no entries": b'{"resourceType": "Bundle"}',
    "no patient": json.dumps(searchset(condition())).encode(),
    "no condition": json.dumps(searchset(patient())).encode(),
    "two patients": json.dumps(searchset(patient(), patient() | {"id": "secret-4712"}, condition())).encode(),
    "a carcinoma": json.dumps(searchset(patient(), condition("8140/3"))).encode(),
    "too deep": b'{"resourceType": "Bundle", "entry": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "NaN": b'{"resourceType": "Bundle", "entry": NaN}',
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_bad_input_names_the_place_and_the_need_and_repeats_nothing(
    content: bytes, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="sarcoma"):
        for accept in ("application/json", "application/fhir+json"):
            answer = client.post(PATH, content=content, headers=FHIR | {"accept": accept})
            assert answer.status_code == 422
            for problem in answer.json()["problems"]:
                assert problem["field"]
                assert problem["problem"]
            for value in (PATIENT_ID, "secret-4712", "Zyxwvut", "Quirina", "1962"):
                assert value not in answer.text + caplog.text


def test_other_kinds_and_formats_are_refused(client: TestClient) -> None:
    assert client.post(PATH, content=b"{}", headers={"content-type": "application/fhir+xml"}).status_code == 415
    assert client.post(PATH, json=whole_bundle(), params={"format": "xml"}).status_code == 422
    assert client.post(PATH, json=whole_bundle(), params={"country": "Atlantis"}).status_code == 422
    assert client.get(PATH).status_code == 405


def test_a_bundle_has_4_mib_of_room_and_a_record_still_64_kib(client: TestClient) -> None:
    padded = whole_bundle() | {"meta": {"tag": [{"display": "x" * (BODY_BYTES * 2)}]}}
    assert client.post(PATH, json=padded).status_code == 200
    assert client.post(PATH, content=b" " * (LARGER_BYTES + 1), headers=FHIR).status_code == 413
    untold = client.post(PATH, content=iter([b" " * LARGER_BYTES, b" "]), headers=FHIR)
    assert untold.status_code == 413
    for path in ("/api/outlook", "/api/validate-record", "/api/fhirx", "/situation", "/nowhere"):
        assert client.post(path, content=b" " * (BODY_BYTES + 1), headers=FHIR).status_code == 413, path


def test_the_description_takes_what_is_taken(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"][PATH]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/fhir+json", "application/json"}
    assert set(operation["responses"]["200"]["content"]) == {"application/fhir+json", "application/json"}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert Draft202012Validator(schema).is_valid(example_bundle())
    assert client.post(PATH, json=example_bundle()).status_code == 200
