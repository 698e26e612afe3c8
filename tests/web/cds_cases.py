"""A CDS client as tests need one: keys, settings, signed requests of the specification's shape, and a made-up patient."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://ehr.example.org"
ADDRESS = "https://outlook.example.org"
ORIGIN = "https://ehr.example.org"
DISCOVERY, SERVICE = "/cds-services", "/cds-services/sarcoma-outlook"
KEYS: dict[str, Any] = {
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS384": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
OTHER_KEY = ec.generate_private_key(ec.SECP384R1())


def public_pem(key: Any) -> bytes:
    """The public part of a key as a client hands it over."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_key().public_bytes(serialization.Encoding.PEM, spki))


def settings_file(folder: Path, **changed: Any) -> Path:
    """A file of settings beside the keys that it names; JSON is YAML too."""
    for name, key in KEYS.items():
        (folder / f"{name}.pem").write_bytes(public_pem(key))
    said = {
        "address": ADDRESS,
        "origins": [ORIGIN],
        "clients": [{"issuer": ISSUER, "keys": [f"{name}.pem" for name in KEYS]}],
        **changed,
    }
    path = folder / "cds.yaml"
    path.write_text(json.dumps({name: value for name, value in said.items() if value is not None}), encoding="utf-8")
    return path


def token(algorithm: str = "ES384", *, key: Any = None, headers: dict[str, Any] | None = None, **changed: Any) -> str:
    """A token of the client for the service, of now."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": ADDRESS + SERVICE, "exp": now + 300, "iat": now, "jti": str(uuid.uuid4()), **changed}
    claims = {name: value for name, value in said.items() if value is not None}
    return str(jwt.encode(claims, key or KEYS[algorithm], algorithm, headers={"kid": "k1", **(headers or {})}))


def bearer(given: str | None = None, **headers: str) -> dict[str, str]:
    """The headers of a request with a token."""
    return {"authorization": f"Bearer {given or token()}", "content-type": "application/json", **headers}


PATIENT_ID = "secret-4711"
_SUBJECT = {"reference": f"Patient/{PATIENT_ID}"}
_DAY = "2024-03-05"


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def patient() -> dict[str, Any]:
    """Someone made up, with values that are found again where they should not be."""
    return {
        "resourceType": "Patient",
        "id": PATIENT_ID,
        "gender": "female",
        "birthDate": "1962-01-20",
        "name": [{"family": "Zyxwvut", "given": ["Quirina"]}],
    }


def condition(code: str = "8890/3", id: str = "sarcoma", **more: Any) -> dict[str, Any]:
    """A primary condition by its morphology."""
    return {
        "resourceType": "Condition",
        "id": id,
        "subject": _SUBJECT,
        "code": _coded("http://terminology.hl7.org/CodeSystem/icd-o-3", code),
        "bodySite": [_coded("http://snomed.info/sct", "61685007")],
        "onsetDateTime": _DAY,
        **more,
    }


def searchset(*resources: dict[str, Any]) -> dict[str, Any]:
    """The answer to a search."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def size(cm: float = 13.57, id: str = "size") -> dict[str, Any]:
    """The size of the tumour as an Observation of mCODE."""
    value = {"value": cm, "unit": "cm", "system": "http://unitsofmeasure.org", "code": "cm"}
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "subject": _SUBJECT,
        "focus": [{"reference": "Condition/sarcoma"}],
        "effectiveDateTime": _DAY,
        "code": _coded("http://loinc.org", "21889-1"),
        "component": [{"code": _coded("http://loinc.org", "33728-7"), "valueQuantity": value}],
    }


def grade(value: str = "61026006") -> dict[str, Any]:
    """The grade, by FNCLCC."""
    return {
        "resourceType": "Observation",
        "id": "grade",
        "status": "final",
        "subject": _SUBJECT,
        "focus": [{"reference": "Condition/sarcoma"}],
        "effectiveDateTime": _DAY,
        "code": _coded("http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl", "C18000"),
        "method": {"text": "FNCLCC"},
        "valueCodeableConcept": _coded("http://snomed.info/sct", value),
    }


def operation() -> dict[str, Any]:
    """The operation on the tumour."""
    return {
        "resourceType": "Procedure",
        "id": "operation",
        "status": "completed",
        "subject": _SUBJECT,
        "code": _coded("http://snomed.info/sct", "65801008"),
        "reasonReference": [{"reference": "Condition/sarcoma"}],
        "performedDateTime": "2024-04-02",
    }


def prefetch(**changed: Any) -> dict[str, Any]:
    """Everything that the service asks for."""
    from sarcoma.exchange.cds_hooks import prefetch_templates

    found = dict.fromkeys(prefetch_templates()) | {
        "patient": patient(), "conditions": searchset(condition()), "observations": searchset(size(), grade()),
        "procedures": searchset(operation()), **changed,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value != "left out"}


def hook_request(**changed: Any) -> dict[str, Any]:
    """A request of the specification's shape."""
    found = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://ehr.example.org/fhir",
        "fhirAuthorization": {
            "access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "x",
        },
        "context": {"userId": "Practitioner/example", "patientId": PATIENT_ID},
        "prefetch": prefetch(),
        **changed,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value != "left out"}


def whole_bundle() -> dict[str, Any]:
    """The made-up patient as one Bundle."""
    resources = [patient(), condition(), size(), grade(), operation()]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
