"""A FHIR Bundle of somebody made up, for the description of the API."""

from __future__ import annotations

from typing import Any

_DAY = "2024-03-05"


def example_bundle(resources_at_most: int | None = None) -> dict[str, Any]:
    """A made-up person, as a hospital's system might send them: the patient, the condition, and the size."""
    subject = {"reference": "Patient/example"}
    histology = {"system": "http://terminology.hl7.org/CodeSystem/icd-o-3", "code": "8890/3"}
    size = {"value": 70, "unit": "mm", "system": "http://unitsofmeasure.org", "code": "mm"}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "example", "gender": "female", "birthDate": "1962-01-20"},
        {
            "resourceType": "Condition",
            "id": "sarcoma",
            "subject": subject,
            "code": {"coding": [histology]},
            "onsetDateTime": _DAY,
        },
        {
            "resourceType": "Observation",
            "id": "size",
            "status": "final",
            "subject": subject,
            "focus": [{"reference": "Condition/sarcoma"}],
            "effectiveDateTime": _DAY,
            "code": {"coding": [{"system": "http://loinc.org", "code": "21889-1"}]},
            "component": [
                {"code": {"coding": [{"system": "http://loinc.org", "code": "33728-7"}]}, "valueQuantity": size}
            ],
        },
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources[:resources_at_most]],
    }
