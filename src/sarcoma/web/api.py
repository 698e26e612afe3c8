"""HTTP API: outlook, checks of a record, models and evidence as JSON. The errors are the command line's."""

from __future__ import annotations

import json
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sarcoma.errors import CardError, EarlierError, EvidenceError, ProblemKind, RecordError
from sarcoma.evidence import library
from sarcoma.evidence.versions import versioned
from sarcoma.patient import Patient
from sarcoma.patient.template import EXAMPLE, json_schema
from sarcoma.web.example_bundle import example_bundle

router = APIRouter(prefix="/api")

EXAMPLE_RECORD = {**EXAMPLE, "age": 62, "size_cm": 7}
_PROBLEMS = {
    "type": "object",
    "required": ["problems"],
    "properties": {
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "kind", "problem"],
                "properties": {
                    "field": {"type": "string"},
                    "kind": {"type": "string", "enum": list(get_args(ProblemKind))},
                    "problem": {"type": "string"},
                    "example": {"type": ["string", "null"]},
                },
            },
        }
    },
}
_WRONG = {
    "problems": [
        {
            "field": "grade",
            "kind": "unknown-code",
            "problem": "not a known code: one of 1, 2, 3, X",
            "example": "3",
        }
    ]
}


def _record_body() -> dict[str, Any]:
    schema = {k: v for k, v in json_schema().items() if k != "$schema"}
    definitions = schema.pop("$defs", {})
    text = json.dumps(schema).replace("#/$defs/", "#/components/schemas/")
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": json.loads(text),
                    "examples": {"resected": {"summary": "A made-up person", "value": EXAMPLE_RECORD}},
                }
            },
        },
        "x-definitions": definitions,
    }


def answers(description: str, example: Any, *, wrong: bool = False, missing: bool = False) -> dict[int | str, Any]:
    """The answers of a route, for the description."""
    found: dict[int | str, Any] = {
        200: {"description": description, "content": {"application/json": {"example": example}}}
    }
    if wrong:
        content = {"application/json": {"schema": _PROBLEMS, "example": _WRONG}}
        found[422] = {
            "description": "The record cannot be read: every problem, by field; no value is repeated",
            "content": content,
        }
        for status, text in ((413, "Larger than a record can be"), (415, "Not JSON")):
            found[status] = {"description": text}
    if missing:
        found[404] = {
            "description": "Nothing has that key",
            "content": {"application/json": {"example": {"error": "…"}}},
        }
    return found


def as_json(data: Any, status: int = 200) -> Response:
    """Data as an answer; never NaN."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def _answer(data: dict[str, Any]) -> Response:
    """What was asked for, with the versions it was made by."""
    return as_json(versioned(data))


async def _sent(request: Request) -> dict[str, Any] | Response:
    """The object in the body, or the answer that says that there is none."""
    if not request.headers.get("content-type", "application/json").startswith("application/json"):
        return as_json({"problems": [_problem("record", "send it as application/json", None)]}, 415)
    try:
        data = json.loads(await request.body(), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return as_json({"problems": [_problem("record", "this is not valid JSON", json.dumps(EXAMPLE_RECORD))]}, 422)
    if not isinstance(data, dict):
        return as_json({"problems": [_problem("record", "a record is an object of named fields", '{"age": 62}')]}, 422)
    return data


async def _record(request: Request) -> Patient | Response:
    """The record in the body, or the answer that says what is wrong with it."""
    data = await _sent(request)
    return data if isinstance(data, Response) else _read(data)


def _read(data: dict[str, Any]) -> Patient | Response:
    """The record in an object, or the answer that says what is wrong with it."""
    data.pop("$schema", None)
    try:
        return Patient(**data)
    except RecordError as error:
        return of_record(error)


def of_record(error: RecordError) -> Response:
    """What is wrong with a record, problem by problem."""
    return as_json({"problems": [_problem(p.field, p.text, p.example, p.kind) for p in error.problems]}, 422)


def refused(field: str, problem: str, example: str | None, status: int = 422) -> Response:
    """One thing that is wrong with a request."""
    return as_json({"problems": [_problem(field, problem, example)]}, status)


def no_country() -> Response:
    """There is no such country."""
    return as_json({"problems": [_problem("country", "no country is called so here", "Germany", "unknown-code")]}, 422)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of a JSON text.

    Raises
    ------
    ValueError : a name stands twice.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _problem(field: str, problem: str, example: str | None, kind: ProblemKind = "unreadable") -> dict[str, str | None]:
    return {"field": field, "kind": kind, "problem": problem, "example": example}


@router.post(
    "/outlook",
    summary="The outlook of one record",
    responses=answers(
        "Everything that can be said, unrounded, each figure with its origin",
        {"situation": "localised", "models": []},
        wrong=True,
    ),
    openapi_extra=_record_body(),
    response_model=None,
)
async def outlook(request: Request, country: str | None = None) -> Response:
    """Grade, stage, models that apply and that do not, sites, treatments, questions. Survival figures are marked.

    `country` puts what its regulators decided on a treatment first.
    """
    patient = await _record(request)
    if isinstance(patient, Response):
        return patient
    from sarcoma.outlook import outlook_of
    from sarcoma.report import as_data

    try:
        return _answer(as_data(outlook_of(patient), country=country))
    except EvidenceError:
        return no_country()


def _since_body() -> dict[str, Any]:
    found = _record_body()
    (content,) = found["requestBody"]["content"].values()
    del content["examples"]
    content["schema"] = {
        "type": "object",
        "required": ["record", "since"],
        "properties": {
            "record": content["schema"],
            "since": {
                "type": "object",
                "description": "An earlier answer of /api/outlook, or what sarcoma outlook --json wrote, whole",
                "required": ["schema_version", "evidence_version", "record", "situation", "known", "models"],
                "properties": {"schema_version": {"type": "integer"}},
            },
        },
        "additionalProperties": False,
    }
    return found


@router.post(
    "/outlook/since",
    summary="What differs since an earlier outlook",
    responses=answers(
        "The outlook of the record, and in `since` what differs from the earlier one, with each cause: "
        "the person, the evidence, a model, or the program",
        {"situation": "metastatic", "since": {"person": [], "differences": []}},
        wrong=True,
    ),
    openapi_extra=_since_body(),
    response_model=None,
)
async def outlook_since(request: Request, country: str | None = None, survival: str | None = None) -> Response:
    """The body holds `record` and `since`, an earlier outlook as it was answered.

    Figures about survival are compared only with `survival=true`. An outlook of version 0.1 is refused: it carried
    neither versions nor the record as codes.
    """
    sent = await _sent(request)
    if isinstance(sent, Response):
        return sent
    if sent.keys() != {"record", "since"} or not isinstance(sent["record"], dict):
        return as_json({"problems": [_problem("record", "send an object with record and since", None)]}, 422)
    patient = _read(sent["record"])
    if isinstance(patient, Response):
        return patient
    from sarcoma.outlook import outlook_of
    from sarcoma.outlook.earlier import earlier_of
    from sarcoma.report import as_data, since_data, since_earlier

    try:
        earlier = earlier_of(sent["since"])
        now = as_data(outlook_of(patient), country=country)
    except EarlierError as error:
        return as_json({"problems": [_problem("since", str(error), None)]}, 422)
    except EvidenceError:
        return no_country()
    found = since_earlier(earlier, patient, now, survival=survival == "true")
    return _answer({**now, "since": since_data(found)})


@router.post(
    "/validate-record",
    summary="Whether a record can be read",
    responses=answers(
        "It can; which fields are known, and what was taken as “has not happened”",
        {"valid": True, "known": ["age"], "assumed": ["metastases"]},
        wrong=True,
    ),
    openapi_extra=_record_body(),
    response_model=None,
)
async def validate_record(request: Request) -> Response:
    """Checks a record as every other way in does; the answer repeats no value."""
    patient = await _record(request)
    if isinstance(patient, Response):
        return patient
    known = sorted(n for n in type(patient).model_fields if patient.knows(n))
    return _answer({"valid": True, "known": known, "assumed": list(patient.assumed)})


@router.get(
    "/models",
    summary="All model cards, in short",
    responses=answers("Id, name, outcome, horizons, audience", {"models": [{"id": "kattan-2002", "name": "…"}]}),
    response_model=None,
)
async def models() -> Response:
    """The cards; `/api/models/{id}` gives one whole."""
    from sarcoma.models import cards
    from sarcoma.outlook.answers import tested_elsewhere
    from sarcoma.outlook.figure import card_sources_changed
    from sarcoma.report.data import source_status

    return _answer(
        {"models": [
            {
                "id": c.id, "version": c.version, "name": c.name, "kind": c.form.kind, "event": c.outcome.event,
                "estimand": c.outcome.estimand, "horizons_months": list(c.outcome.horizons_months),
                "audience": c.audience, "provenance": c.provenance.grade, "tested_elsewhere": tested_elsewhere(c),
                "source_status": source_status(card_sources_changed(c)),
            }
            for c in cards().values()
        ]}
    )  # fmt: skip


@router.get(
    "/models/{model_id}",
    summary="One model card",
    responses=answers("The whole card", {"id": "kattan-2002"}, missing=True),
    response_model=None,
)
async def one_model(model_id: str) -> Response:
    """Rules, arithmetic, performance, known problems, test vectors."""
    from sarcoma.models import card

    try:
        return _answer(card(model_id).model_dump(mode="json", by_alias=True, exclude_none=True))
    except CardError as error:
        return as_json({"error": str(error)}, 404)


@router.get(
    "/evidence",
    summary="Facts, by topic, type, organ or treatment",
    responses=answers("Facts with their figures", {"facts": [{"key": "B21"}]}),
    response_model=None,
)
async def evidence(
    topic: str | None = None, type: str | None = None, organ: str | None = None, treatment: str | None = None
) -> Response:
    """All facts that fit every criterion given; figures that may not be shown are left out."""
    from sarcoma.outlook import why
    from sarcoma.report.origin import origin_data

    try:
        found = library().find_facts(topic=topic, organ=organ, histologic_type=type, treatment=treatment)
        return _answer({"facts": [origin_data(why(f.key))["fact"] for f in found if "from-memory" not in f.marks]})
    except EvidenceError as error:
        return as_json({"error": str(error)}, 404)


@router.get(
    "/evidence/{key:path}",
    summary="The origin of a figure",
    responses=answers(
        "Fact, figure, source, type, site or treatment, with its sources",
        {"key": "B21.dm", "kind": "figure"},
        missing=True,
    ),
    response_model=None,
)
async def one_origin(key: str) -> Response:
    """What `sarcoma why KEY` opens."""
    from sarcoma.outlook import why
    from sarcoma.report.origin import origin_data

    try:
        return _answer(origin_data(why(key)))
    except EvidenceError as error:
        return as_json({"error": str(error)}, 404)


def described(app: Any) -> dict[str, Any]:
    """The OpenAPI description: FastAPI's own, with the record's definitions beside it."""
    from fastapi.openapi.utils import get_openapi

    found: dict[str, Any] = get_openapi(
        title="Sarcoma Outlook", version=app.version, description=app.description, routes=app.routes
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for path in found["paths"].values():
        for operation in path.values():
            for name, schema in operation.pop("x-definitions", {}).items():
                schemas[name] = json.loads(json.dumps(schema).replace("#/$defs/", "#/components/schemas/"))
    return found


def routes_in_words() -> list[dict[str, str]]:
    """The routes as the page about the API shows them."""
    example = json.dumps(EXAMPLE_RECORD)
    curl = "curl -s -H 'content-type: application/json' -d '" + example + "' http://127.0.0.1:8000/api/"
    local = "curl -s http://127.0.0.1:8000/api/"
    told = (
        ("POST", "/api/outlook", "The outlook of one record: everything, unrounded, each figure with its origin. "
         "Survival figures are marked about_survival.", curl + "outlook"),
        ("POST", "/api/validate-record", "Whether a record can be read; no value is repeated.",
         curl + "validate-record"),
        ("POST", "/api/fhir/outlook", "A patient's FHIR Bundle in; the outlook out, as JSON or – with format=fhir – "
         "as a Bundle with a RiskAssessment for each model and time.",
         "curl -s -H 'content-type: application/fhir+json' -d '" + json.dumps(example_bundle(2))
         + "' 'http://127.0.0.1:8000/api/fhir/outlook?format=fhir'"),
        ("GET", "/api/models", "All model cards in short; /api/models/{id} gives one whole.",
         local + "models/kattan-2002"),
        ("GET", "/api/evidence", "Facts by topic, type, organ or treatment; /api/evidence/{key} opens one origin.",
         "curl -s 'http://127.0.0.1:8000/api/evidence?organ=lung'"),
    )  # fmt: skip
    return [dict(zip(("method", "path", "text", "example"), row, strict=True)) for row in told]
