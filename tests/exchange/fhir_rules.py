"""Rules of FHIR R4 that the libraries do not look at: per cent, units, bindings, references, addresses.

`fhir.resources` and `fhirkit-rs` both accept a probability of 220 and a status outside its value set.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

UCUM = "http://unitsofmeasure.org"
OBSERVATION_STATUS = {
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
}  # fmt: skip
BINDINGS: dict[tuple[str, str], set[str]] = {
    ("Bundle", "type"): {
        "document", "message", "transaction", "transaction-response", "batch", "batch-response", "history", "searchset",
        "collection",
    },
    ("RiskAssessment", "status"): OBSERVATION_STATUS,
    ("Observation", "status"): OBSERVATION_STATUS,
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("Procedure", "status"): {
        "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown",
    },
}  # fmt: skip
ISSUE_SEVERITY = {"fatal", "error", "warning", "information"}
ISSUE_TYPE = {
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden",
    "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long",
    "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store",
    "exception", "timeout", "incomplete", "throttled", "informational",
}  # fmt: skip
OF_OBSERVATION = {
    "DocumentReference", "ImagingStudy", "Media", "QuestionnaireResponse", "Observation", "MolecularSequence",
}  # fmt: skip
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of a type."""
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def parts(data: Any, name: str) -> Iterator[Any]:
    """Every element of a name, at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == name:
                yield value
            yield from parts(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from parts(value, name)


def assert_valid(bundle: dict[str, Any], elsewhere: Collection[str] = ()) -> None:
    """Every rule holds. elsewhere : references of the sender's own resources, which are not in the Bundle."""
    assert INSTANT.fullmatch(bundle["timestamp"])
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses), "bdl-7"
    kinds = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    for reference in parts(bundle, "reference"):
        assert reference in kinds or reference in elsewhere, "a reference that leads nowhere"
    for resource in (bundle, *(entry["resource"] for entry in bundle["entry"])):
        for (kind, element), values in BINDINGS.items():
            if resource["resourceType"] == kind and element in resource:
                assert resource[element] in values, (kind, element)
    for quantity in [*parts(bundle, "low"), *parts(bundle, "high"), *parts(bundle, "valueQuantity")]:
        assert quantity["system"] == UCUM
        assert isinstance(quantity["value"], int | float)
    for assessment in resources(bundle, "RiskAssessment"):
        _assessment(assessment, kinds)
    for observation in resources(bundle, "Observation"):
        for one in observation.get("derivedFrom", ()):
            assert _kind(one, kinds) in OF_OBSERVATION
        answers = [name for name in observation if name.startswith("value")]
        assert len(answers) + ("dataAbsentReason" in observation) <= 1, "obs-6"
    for outcome in resources(bundle, "OperationOutcome"):
        assert outcome["issue"], "at least one"
        for issue in outcome["issue"]:
            assert issue["severity"] in ISSUE_SEVERITY
            assert issue["code"] in ISSUE_TYPE
            assert issue["details"]["text"].strip()


def _kind(reference: dict[str, Any], kinds: dict[str, str]) -> str:
    name = reference.get("reference", "")
    found = kinds.get(name) or name.partition("/")[0]
    assert reference.get("type", found) == found
    return found


def _assessment(assessment: dict[str, Any], kinds: dict[str, str]) -> None:
    assert _kind(assessment["subject"], kinds) == "Patient"
    assert _kind(assessment["condition"], kinds) == "Condition"
    assert assessment["basis"]
    assert len(assessment["method"]["coding"]) == 1
    assert INSTANT.fullmatch(assessment["occurrenceDateTime"])
    for prediction in assessment["prediction"]:
        told = [name for name in prediction if name.startswith("probability")]
        assert len(told) <= 1, "one of a choice"
        if "probabilityDecimal" in prediction:
            assert 0 < prediction["probabilityDecimal"] < 100, "ras-2, and nobody is told 0 or 100"
        if "probabilityRange" in prediction:
            ends = prediction["probabilityRange"]
            assert ends
            assert all((end["code"], end["system"]) == ("%", UCUM) for end in ends.values()), "ras-1"
            assert all(0 < end["value"] < 100 for end in ends.values())
            assert ends.get("low", {"value": 0})["value"] <= ends.get("high", {"value": 100})["value"], "rng-2"
        when = prediction["whenRange"]
        assert {when["low"]["code"], when["high"]["code"]} == {"mo"}
        assert 0 <= when["low"]["value"] <= when["high"]["value"]
        assert prediction["rationale"].strip()
        assert prediction["outcome"]["text"].strip()
    assert all(note["text"].strip() for note in assessment["note"])
