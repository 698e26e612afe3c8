"""The HTTP API: what it describes, what it answers, and errors that are the command line's."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any, get_args

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

import sarcoma
from sarcoma.cli import main
from sarcoma.errors import ProblemKind
from sarcoma.evidence import library
from sarcoma.models import cards
from sarcoma.outlook import why
from sarcoma.web import create_app
from sarcoma.web.api import EXAMPLE_RECORD

HEADERS = {"content-type": "application/json"}

WRONG: dict[str, dict[str, Any]] = {
    "out of range": {"age": 999},
    "several": {"age": -1, "grade": "9", "size": 0, "type": "no such kind"},
    "ambiguous": {"type": "MPNST or so"},
    "out of scope": {"type": "GIST"},
    "late": {"metastases": [{"organ": "lung", "months": 14}], "landmark_months": 6},
    "unknown field": {"aeg": 61},
    "unknown fields": {"tumor_size": 7, "4711 x": 1},
    "fhir": {"resourceType": "Patient", "birthDate": "1960-01-01"},
    "two ways": {"size": 7, "size_cm": 8},
    "wrong kind": {"age": "old"},
}


def command_line(record: dict[str, Any], folder: Path, output: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """What `sarcoma outlook` makes of a record: exit code, output, and what it says beside."""
    file = folder / "case.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["outlook", "--file", str(file), "--json"])
    gc.enable()
    said = output.readouterr()
    return int(stopped.value.code or 0), said.out, said.err


@pytest.mark.words
@pytest.mark.parametrize("record", WRONG.values(), ids=WRONG)
def test_errors_are_the_command_lines(
    record: dict[str, Any], client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = command_line(record, tmp_path, capsys)
    assert code == 2
    for path in ("/api/outlook", "/api/validate-record"):
        answer = client.post(path, json=record)
        assert answer.status_code == 422
        lines = [line.removeprefix("  • ") for line in said.splitlines()[1:]]
        problems = answer.json()["problems"]
        assert len(lines) == len(problems) > 0
        for line, problem in zip(lines, problems, strict=True):
            assert problem["kind"] in get_args(ProblemKind)
            assert (
                line.removesuffix(f" (for example {problem['example']})") == f"{problem['field']}: {problem['problem']}"
            )


@pytest.mark.parametrize("record", WRONG.values(), ids=WRONG)
def test_errors_repeat_no_value(record: dict[str, Any], client: TestClient) -> None:
    answer = client.post("/api/outlook", json=record).text
    assert not [v for v in ("999", "no such kind", "MPNST or so", '"old"', "-1") if v in answer]


def test_an_outlook_is_the_same_everywhere(
    client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sarcoma.report import as_data

    answer = client.post("/api/outlook", json=EXAMPLE_RECORD)
    assert answer.status_code == 200
    assert answer.json() == json.loads(json.dumps(as_data(sarcoma.outlook_of(sarcoma.Patient(**EXAMPLE_RECORD)))))
    code, out, _ = command_line(EXAMPLE_RECORD, tmp_path, capsys)
    assert code == 0
    assert json.loads(out)["models"] == answer.json()["models"]


def test_every_figure_of_an_outlook_has_an_origin_and_says_if_it_is_about_survival(client: TestClient) -> None:
    seen = 0

    def look(data: Any) -> None:
        nonlocal seen
        if isinstance(data, dict):
            if "origin" in data and "value" in data:
                seen += 1
                assert why(data["origin"])
                assert "about_survival" in data
            for value in data.values():
                look(value)
        if isinstance(data, list):
            for value in data:
                look(value)

    look(client.post("/api/outlook", json=EXAMPLE_RECORD).json())
    assert seen > 20


def test_a_record_that_can_be_read_is_said_to_be_so_and_not_repeated(client: TestClient) -> None:
    answer = client.post("/api/validate-record", json=EXAMPLE_RECORD | {"age": 61.37})
    assert answer.json()["valid"] is True
    assert "age" in answer.json()["known"]
    assert "61.37" not in answer.text


def test_every_address_that_answers_get_answers_head(client: TestClient) -> None:
    addresses = ["/", "/es/", "/people", "/people?country=UK", "/trials?country=Kenia", "/changes.atom", "/situation"]
    addresses += ["/api", "/api/models", "/api/models/kattan-2002", "/api/evidence?organ=lung", "/api/evidence/B21"]
    for address in [*addresses, "/openapi.json", "/api/models/none", "/nowhere", "/situation/questions"]:
        get, head = (client.request(way, address, follow_redirects=False) for way in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (get.status_code, b""), address
        assert head.headers.get("content-type") == get.headers.get("content-type")


def test_models_and_evidence_are_all_there(client: TestClient) -> None:
    assert [m["id"] for m in client.get("/api/models").json()["models"]] == list(cards())
    for key in cards():
        assert client.get(f"/api/models/{key}").json()["id"] == key
    listed = [f["key"] for f in client.get("/api/evidence").json()["facts"]]
    assert listed == [f.key for f in library().facts.values() if "from-memory" not in f.marks]
    assert {f["key"] for f in client.get("/api/evidence", params={"organ": "lung"}).json()["facts"]} < set(listed)
    for key in ("B21", "B21.dm", "CANCERNET14/16", "leiomyosarcoma", "lung", "kattan-2002"):
        assert client.get(f"/api/evidence/{key}").json()["key"] == key


def test_figures_that_may_not_be_shown_are_not_sent(client: TestClient) -> None:
    sent = client.get("/api/evidence").json()["facts"]
    hidden = {(f.key, g.id) for f in library().facts.values() for g in f.figures if not g.shown}
    assert hidden
    assert not {(fact["key"], figure["id"]) for fact in sent for figure in fact["figures"]} & hidden
    for fact, figure in hidden:
        assert "figure" not in client.get(f"/api/evidence/{fact}.{figure}").json()


@pytest.mark.parametrize("criterion", ["topic", "organ", "type", "treatment"])
def test_a_criterion_that_is_unknown_is_said(criterion: str, client: TestClient) -> None:
    answer = client.get("/api/evidence", params={criterion: "no-such-thing"})
    assert answer.status_code in (200, 404)
    assert answer.json().get("facts") == [] or answer.json()["error"]


def test_every_example_in_the_description_works(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/outlook", "/api/outlook/since", "/api/validate-record", "/api/models", "/api/models/{model_id}", "/api/evidence",
        "/api/evidence/{key}", "/api/fhir/outlook",
    }  # fmt: skip
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            for example in (
                operation.get("requestBody", {})
                .get("content", {})
                .get("application/json", {})
                .get("examples", {})
                .values()
            ):
                assert client.request(method, path, json=example["value"]).status_code == 200


def test_the_schema_of_a_record_takes_what_the_record_takes(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    schema = described["paths"]["/api/outlook"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(schema | {"components": described["components"]})
    assert validator.is_valid(EXAMPLE_RECORD)
    assert not validator.is_valid({"age": 999})
    assert not validator.is_valid({"aeg": 61})


@pytest.mark.words
def test_the_page_about_the_api_shows_commands_that_work(client: TestClient, pages: dict[str, str]) -> None:
    import re
    import shlex

    from web_html import tree

    commands = [pre.text for pre in tree(pages["/api"]).find("pre")]
    assert len(commands) == 5
    for command in commands:
        words = shlex.split(command)
        address = re.sub("^http://[^/]*", "", words[-1])
        body = words[words.index("-d") + 1] if "-d" in words else None
        answer = client.post(address, content=body, headers=HEADERS) if body else client.get(address)
        assert answer.status_code == 200, command


# -- any request at all, from the description; a schema cannot say which answers contradict one another, so a record that
# fits it may still be refused

schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(pdfs_a_minute=600_000))
schema.config.generation.update(allow_x00=True)


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api(case: schemathesis.Case) -> None:
    answer = case.call(base_url="http://localhost")
    assert answer.status_code < 500
    case.validate_response(answer, excluded_checks=[positive_data_acceptance])
