"""CDS Hooks 2.0: the service as it describes itself, and the card for a request. Knows no web and calls nobody back.

A request brings what the service asked for (`prefetch`); from it a record is read as from any Bundle. The card says
that models fit, never a figure: figures are shown where their populations and cautions stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sarcoma._arguments import checked
from sarcoma.errors import RecordError, RequestError
from sarcoma.exchange.codes import code_tables
from sarcoma.exchange.fhir import read_bundle
from sarcoma.outlook import outlook_of
from sarcoma.wording import cds as words

SERVICE_ID = "sarcoma-outlook"
HOOK = "patient-view"
PATIENT = "{{context.patientId}}"
INDICATOR = "info"
MISSING = (
    "The service needs every prefetch that it describes, whole and on one page (null where there is nothing); it calls "
    "no server back. Missing here: {}."
)


@cache
def prefetch_templates() -> Mapping[str, str]:
    """What the service asks for: reads of an id, and searches by patient and by the codes that are read here."""
    tables = [code_tables().table(name) for name in ("observation", "laboratory")]
    codes = dict.fromkeys(code for table in tables for system, code in table if system != "OWN")
    return {
        "patient": f"Patient/{PATIENT}",
        "conditions": f"Condition?patient={PATIENT}",
        "observations": f"Observation?patient={PATIENT}&code={','.join(codes)}",
        "procedures": f"Procedure?patient={PATIENT}",
        "requests": f"MedicationRequest?patient={PATIENT}",
        "administrations": f"MedicationAdministration?patient={PATIENT}",
        "statements": f"MedicationStatement?patient={PATIENT}",
    }


@checked
def discovery() -> dict[str, Any]:
    """The discovery document: one service."""
    service = {
        "hook": HOOK,
        "id": SERVICE_ID,
        "title": words.TITLE,
        "description": words.DESCRIPTION,
        "prefetch": dict(prefetch_templates()),
        "usageRequirements": words.USAGE,
    }
    return {"services": [service]}


@checked
def cards(request: Mapping[str, Any], *, team_page: str) -> dict[str, Any]:
    """The answer to a request: one card, or none where there is nothing to say.

    team_page : its address, which the card links to as it is.

    Raises
    ------
    RequestError : 400, the request is none of the specification's; 412, a prefetch is missing. No value is repeated.
    """
    patient_id = _looked_at(request)
    bundle = _bundle(_prefetched(request), patient_id)
    try:
        reading = read_bundle(bundle)
    except RecordError as error:
        return _of_none(error, team_page)
    outlook = outlook_of(reading.patient)
    statuses = {model.status for model in outlook.models}
    if reading.deceased or not statuses & {"applies", "cannot tell"}:
        return {"cards": []}
    summary = words.FITS if "applies" in statuses else words.WANTING
    detail = words.detail(outlook, conflicts=reading.conflicts, unread=bool(reading.unread), assumed=reading.assumed)
    return {"cards": [_made(summary, detail, team_page)]}


def _of_none(error: RecordError, team_page: str) -> dict[str, Any]:
    """What is said where no record came of it: nothing of a person without a sarcoma in scope."""
    rules = {problem.rule for problem in error.problems}
    if "fhir-no-condition" in rules or any(problem.kind == "out-of-scope" for problem in error.problems):
        return {"cards": []}
    if "fhir-two-conditions" in rules:
        return {"cards": [_made(words.SEVERAL, words.CHOOSE, team_page)]}
    raise RequestError(400, f"The prefetch cannot be read. {error}") from None


def _looked_at(request: Mapping[str, Any]) -> str:
    """The patient's id of a request that has the shape of the specification."""
    if request.get("hook") != HOOK:
        raise RequestError(400, f"hook: this service answers {HOOK} only.")
    for place, value in (("hookInstance", request.get("hookInstance")), *_context(request)):
        if not isinstance(value, str) or not value.strip():
            raise RequestError(400, f"{place}: text is needed, as CDS Hooks has it.")
    return str(request["context"]["patientId"])


def _context(request: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    context = request.get("context")
    if not isinstance(context, Mapping):
        raise RequestError(400, 'context: an object is needed, such as {"userId": …, "patientId": …}.')
    return ("context.userId", context.get("userId")), ("context.patientId", context.get("patientId"))


def _prefetched(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every prefetch, each a resource, a Bundle of a search, or None where the client has nothing."""
    given = request.get("prefetch")
    if given is not None and not isinstance(given, Mapping):
        raise RequestError(400, "prefetch: an object by key is needed.")
    given = given or {}
    missing = [key for key in prefetch_templates() if key not in given or (key == "patient" and given[key] is None)]
    missing += [key for key in prefetch_templates() if key not in missing and not _is_whole(given[key])]
    if missing:
        raise RequestError(412, MISSING.format(", ".join(key for key in prefetch_templates() if key in missing)))
    return {key: given[key] for key in prefetch_templates()}


def _is_whole(answer: Any) -> bool:
    """Whether a search was answered on one page: what is on the next would be taken as not having happened."""
    links = answer.get("link") if isinstance(answer, Mapping) else None
    if isinstance(answer, Mapping) and any(map(_failed, [answer, *map(_resource, _list(answer.get("entry")))])):
        return False
    return not any(isinstance(link, Mapping) and link.get("relation") == "next" for link in _list(links))


def _resource(entry: Any) -> Any:
    return entry.get("resource") if isinstance(entry, Mapping) else None


def _failed(resource: Any) -> bool:
    """Whether the client sends an error in place of what it was to fetch."""
    if not isinstance(resource, Mapping) or resource.get("resourceType") != "OperationOutcome":
        return False
    issues = [one for one in _list(resource.get("issue")) if isinstance(one, Mapping)]
    return not issues or any(one.get("severity") in ("error", "fatal", None) for one in issues)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _bundle(prefetched: Mapping[str, Any], patient_id: str) -> dict[str, Any]:
    """What was prefetched as one Bundle, of the patient whom the request names."""
    patient = prefetched["patient"]
    if not isinstance(patient, Mapping) or patient.get("resourceType") != "Patient":
        raise RequestError(400, "prefetch.patient: a Patient is needed.")
    if patient.get("id") != patient_id:
        raise RequestError(400, "prefetch.patient: is another patient than context.patientId.")
    entries: list[Any] = [{"resource": dict(patient)}]
    for key, answer in prefetched.items():
        if key == "patient" or answer is None:
            continue
        if not isinstance(answer, Mapping):
            raise RequestError(400, f"prefetch.{key}: a Bundle of a search is needed, or null.")
        if answer.get("resourceType") != "Bundle":
            entries.append({"resource": dict(answer)})
            continue
        for entry in _list(answer.get("entry")):
            if not isinstance(entry, Mapping):
                raise RequestError(400, f"prefetch.{key}: an entry is no object.")
            entries.append({name: entry[name] for name in ("fullUrl", "resource") if name in entry})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _made(summary: str, detail: str, team_page: str) -> dict[str, Any]:
    return {
        "summary": summary,
        "indicator": INDICATOR,
        "detail": detail,
        "source": {"label": words.SOURCE, "url": team_page},
        "links": [{"label": words.LINK, "url": team_page, "type": "absolute"}],
    }
