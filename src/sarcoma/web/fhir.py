"""FHIR over HTTP: a Bundle in, the outlook out – as JSON like everywhere, or as a Bundle of RiskAssessments."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sarcoma.errors import EvidenceError, RecordError
from sarcoma.web import api
from sarcoma.web.example_bundle import example_bundle

router = APIRouter(prefix="/api/fhir")

JSON, FHIR = "application/json", "application/fhir+json"


def _description() -> dict[str, Any]:
    content = {
        "schema": {
            "type": "object",
            "description": "A Bundle of FHIR R4: one patient and their resources, by mCODE",
            "required": ["resourceType", "entry"],
            "properties": {
                "resourceType": {"const": "Bundle"},
                "entry": {"type": "array", "minItems": 1, "items": {"type": "object"}},
            },
        },
        "examples": {"made up": {"summary": "A made-up person", "value": example_bundle()}},
    }
    return {"requestBody": {"required": True, "content": {FHIR: content, JSON: content}}}


def _responses() -> dict[int | str, Any]:
    found = api.answers(
        "The outlook as everywhere, with `reading`: where each field came from, what is unknown and why, and what was "
        "not read. With `format=fhir` or `Accept: application/fhir+json`: a Bundle with a RiskAssessment for each "
        "model and horizon",
        {"situation": "localised", "models": [], "reading": {"used": ["Condition/sarcoma"]}},
        wrong=True,
    )
    found[200]["content"][FHIR] = {"example": {"resourceType": "Bundle", "type": "collection", "entry": []}}
    found[413]["description"] = "Larger than 4 MiB"
    return found


@router.post(
    "/outlook",
    summary="The outlook of one patient's FHIR Bundle",
    responses=_responses(),
    openapi_extra=_description(),
    response_model=None,
)
async def fhir_outlook(
    request: Request,
    format: str | None = None,
    condition: str | None = None,
    survival: str | None = None,
    country: str | None = None,
) -> Response:
    """`condition` names the primary condition by its id where two could be it. `survival=true` writes figures about
    survival into the Bundle too; the JSON has them always, marked. Errors are those of the API in both forms.
    """
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind not in (JSON, FHIR):
        return api.refused("bundle", f"send it as {FHIR} or {JSON}", None, 415)
    if format not in (None, "json", "fhir"):
        return api.refused("format", "json or fhir", "fhir")
    from sarcoma.exchange.fhir import read_bundle
    from sarcoma.outlook import outlook_of
    from sarcoma.report import as_data

    try:
        reading = read_bundle(await request.body(), condition=condition)
        outlook = outlook_of(reading.patient)
        if _wants_fhir(request, format):
            from sarcoma.exchange.outlook_bundle import outlook_bundle

            bundle = outlook_bundle(outlook, reading, survival=survival == "true")
            text = json.dumps(bundle, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            return Response(text, media_type=FHIR)
        return api.as_json(as_data(outlook, country=country) | {"reading": reading.as_json()})
    except RecordError as error:
        return api.of_record(error)
    except EvidenceError:
        return api.no_country()


def _wants_fhir(request: Request, asked: str | None) -> bool:
    if asked is not None:
        return asked == "fhir"
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return FHIR in accepted
