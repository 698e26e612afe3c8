"""Bundles about made-up people, a part at a time."""

from __future__ import annotations

import copy
import json
from typing import Any

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
ICDO3, UCUM = "http://terminology.hl7.org/CodeSystem/icd-o-3", "http://unitsofmeasure.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
SUBJECT = {"reference": "Patient/p"}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def person(**content: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1961-05-02", **content}


def condition(name: str = "c", **content: Any) -> dict[str, Any]:
    """A leiomyosarcoma of the leg, where nothing else is said."""
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": SUBJECT,
        "code": coded(ICDO3, "8890/3"),
        "onsetDateTime": "2024-03-05",
        **content,
    }


def spread(name: str = "m", code: str = "94391008", **content: Any) -> dict[str, Any]:
    return condition(name, code=coded(SNOMED, code), **content)


def observation(name: str, code: dict[str, Any], **content: Any) -> dict[str, Any]:
    about = {"resourceType": "Observation", "id": name, "status": "final", "code": code, "subject": SUBJECT}
    return {**about, "effectiveDateTime": "2024-03-10", **content}


def size(name: str, value: float, unit: str = "mm", **content: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    component = [{"code": coded(LOINC, "33728-7"), "valueQuantity": quantity}]
    return observation(name, coded(LOINC, "21889-1"), component=component, **content)


def grade(name: str = "g", **content: Any) -> dict[str, Any]:
    value = coded(SNOMED, "1228851006")
    return observation(name, coded(NCIT, "C18000"), **{"valueCodeableConcept": value, **content})


def measured(name: str, code: str, value: float, unit: str, **content: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return observation(name, coded(LOINC, code), valueQuantity=quantity, **content)


def procedure(
    name: str = "o", code: str = "65801008", when: str | None = "2024-05-01", **content: Any
) -> dict[str, Any]:
    dated = {} if when is None else {"performedDateTime": when}
    about = {"resourceType": "Procedure", "id": name, "status": "completed", "code": coded(SNOMED, code)}
    return {**about, "subject": SUBJECT, **dated, **content}


def given(name: str = "d", code: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
    about = {"resourceType": "MedicationAdministration", "id": name, "status": "completed", "subject": SUBJECT}
    drug = code or coded(RXNORM, "3639")
    return {**about, "medicationCodeableConcept": drug, "effectiveDateTime": "2024-04-02", **content}


def bundle(*resources: dict[str, Any], who: dict[str, Any] | None = None) -> dict[str, Any]:
    """A Bundle of a person and these resources."""
    everything = [person() if who is None else who, *resources]
    return copy.deepcopy(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in everything]}
    )


def as_bytes(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode()
