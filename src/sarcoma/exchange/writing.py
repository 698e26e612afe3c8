"""A record as a Bundle of FHIR R4 by mCODE: what `read_bundle` reads back, by the table of elements."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sarcoma._arguments import checked
from sarcoma._months import DAYS_PER_MONTH, months_between
from sarcoma.evidence import library
from sarcoma.exchange.codes import CodeTables, code_tables
from sarcoma.exchange.elements import ELEMENTS
from sarcoma.exchange.systems import ADDRESSES, MONTHS_SINCE_DIAGNOSIS, OWN
from sarcoma.patient import Patient, field_specs

_HISTOLOGY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
_PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
_NAMES = uuid.UUID("5a7c6c0e-6f0b-5c6e-9d33-0d5f6a1f5c11")
_DRUG_KINDS = ("chemotherapy", "targeted", "immunotherapy", "hormone", "cell-therapy")
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_UCUM = {"albumin": "g/L", "lymphocytes": "10*9/L", "sodium": "mmol/L", "size_cm": "cm", "months": "mo", "age": "a"}


@checked
def record_bundle(patient: Patient) -> dict[str, Any]:
    """A record as a Bundle: the patient, the primary condition, and what is known beside it.

    Parameters
    ----------
    patient : what is not known of it is left out; "has not happened" is written only where the record says it.
    """
    return _Writing(patient).bundle()


class _Writing:
    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.codes: CodeTables = code_tables()
        self.resources: list[dict[str, Any]] = []
        self.subject = {"reference": _urn("Patient", "patient")}

    def bundle(self) -> dict[str, Any]:
        self.person = self._add("Patient", "patient")
        self.condition = self._add("Condition", "primary", subject=self.subject)
        self.condition |= {
            "meta": {"profile": [f"{_PROFILE}mcode-primary-cancer-condition"]},
            "clinicalStatus": _concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
            "verificationStatus": _concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
            "category": [_concept(_CATEGORY, "problem-list-item")],
            "code": self._coded("condition", "soft-tissue-sarcoma"),
        }
        written: set[str] = set()
        for name, element in ELEMENTS.items():
            if element.writes in written and element.writes != "own":
                continue
            written.add(element.writes)
            if element.writes == "own":
                self._own(name)
            elif element.writes != "nothing":
                _WRITERS[element.writes](self)
        entries = [{"fullUrl": _urn(r["resourceType"], r["id"]), "resource": r} for r in self.resources]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    # -- Parts

    def _add(self, kind: str, name: str, **content: Any) -> dict[str, Any]:
        resource = {"resourceType": kind, "id": name, **content}
        self.resources.append(resource)
        return resource

    def _observation(self, name: str, code: dict[str, Any], **content: Any) -> dict[str, Any]:
        return self._add(
            "Observation",
            name.replace("_", "-"),
            status="final",
            code=code,
            subject=self.subject,
            focus=[{"reference": _urn("Condition", "primary")}],
            **content,
        )

    def _coded(self, table: str, value: str) -> dict[str, Any]:
        """A value by our own code, and by one of another system where somebody checked it."""
        other = self.codes.writes(table, value)
        codings = [{"system": OWN, "code": value}]
        if other is not None and other.system != "OWN":
            codings.append({"system": ADDRESSES[other.system], "code": other.code})
        return {"coding": codings}

    def _asked(self, question: str) -> dict[str, Any]:
        """The code of a question of another system."""
        code = self.codes.writes("observation", question)
        if code is None:
            return _concept(OWN, question)
        return _concept(ADDRESSES[code.system], code.code)

    def _date(self, months: float) -> str | None:
        """The day so many months after the diagnosis, where a date of the day gives these months back."""
        start = self.patient.diagnosis_date
        if start is None:
            return None
        try:
            day = start + datetime.timedelta(days=round(months * DAYS_PER_MONTH))
        except OverflowError:
            return None
        return day.isoformat() if round(months_between(start, day), 3) == months else None

    def _time(self, element: str, months: float | None) -> dict[str, Any]:
        """A time as a date, or as our extension where there is no date that holds it."""
        if months is None:
            return {}
        date = self._date(months)
        if date is not None:
            return {element: date}
        return {"extension": [{"url": MONTHS_SINCE_DIAGNOSIS, "valueQuantity": _quantity(months, "mo", "months")}]}

    # -- Fields

    def _own(self, name: str) -> None:
        """A field as an Observation whose code is its name."""
        patient, spec = self.patient, field_specs()[name]
        value = getattr(patient, name)
        if value is None:
            if name in patient.model_fields_set and name in ("presentation", "local_recurrence"):
                self._observation(name, _concept(OWN, name), dataAbsentReason=_absent())
            return
        if name in ("presentation", "local_recurrence") and name in patient.assumed:
            return
        self._observation(name, _concept(OWN, name), **self._value(name, spec.kind, value, time=spec.time))

    def _value(self, name: str, kind: str, value: Any, *, time: bool) -> dict[str, Any]:
        if kind == "number":
            unit = "months" if time else name
            return {"valueQuantity": _quantity(value, _UCUM.get(unit, "1"), field_specs()[name].unit or "")}
        if kind == "whole":
            return {"valueInteger": value}
        if kind == "yes-no":
            return {"valueBoolean": value}
        if kind == "members":
            if not value:
                return {"valueBoolean": False}
            code = _concept(OWN, name)
            return {"component": [{"code": code, "valueCodeableConcept": self._coded(name, v)} for v in value]}
        return {"valueCodeableConcept": self._coded(name, value)}

    def gender(self) -> None:
        if self.patient.sex is not None:
            self.person["gender"] = self.patient.sex

    def onset(self) -> None:
        if self.patient.diagnosis_date is not None:
            self.condition["onsetDateTime"] = self.patient.diagnosis_date.isoformat()

    def age(self) -> None:
        age, start = self.patient.age, self.patient.diagnosis_date
        if age is None:
            return
        if start is None:
            self.condition["onsetAge"] = _quantity(age, "a", "years")
            return
        with suppress(OverflowError):  # a date before the first year is none
            self.person["birthDate"] = (start - datetime.timedelta(days=round(age * 365.25))).isoformat()

    def histology(self) -> None:
        if self.patient.histologic_type is not None:
            coded = self._coded("histologic_type", self.patient.histologic_type)
            self.condition["extension"] = [{"url": _HISTOLOGY, "valueCodeableConcept": coded}]

    def body_site(self) -> None:
        sites = []
        if self.patient.site is not None:
            sites.append(self._coded("primary_site", self.patient.site))
        if self.patient.topography is not None:
            sites.append(_concept(ADDRESSES["ICDO3"], self.patient.topography))
        if sites:
            self.condition["bodySite"] = sites

    def size(self) -> None:
        if self.patient.size_cm is None:
            return
        longest = {
            "code": self._asked("longest-dimension"),
            "valueQuantity": _quantity(self.patient.size_cm, "cm", "cm"),
        }
        self._observation("size_cm", self._asked("tumour-size"), component=[longest])

    def grade(self) -> None:
        if self.patient.grade is not None:
            value = self._coded("grade", f"fnclcc-{self.patient.grade}")
            self._observation(
                "grade", self._asked("histologic-grade"), method={"text": "FNCLCC"}, valueCodeableConcept=value
            )

    def ecog(self) -> None:
        if self.patient.performance_status is not None:
            asked = self._asked("performance-ecog")
            self._observation("performance_status", asked, valueInteger=self.patient.performance_status)

    def operation(self) -> None:
        surgery, months = self.patient.surgery, self.patient.surgery_months
        if surgery in ("resected", "planned"):
            self._add(
                "Procedure",
                "operation",
                status="completed" if surgery == "resected" else "preparation",
                code=self._coded("procedure", "resection"),
                subject=self.subject,
                **(self._time("performedDateTime", months) if surgery == "resected" else {}),
            )
        else:
            self._own("surgery")
        if surgery != "resected":
            self._own("surgery_months")

    def drugs(self) -> None:
        given = self.patient.treatments
        if given is None:
            return
        kinds = {name: treatment.kind for name, treatment in library().treatments.items()}
        drugs = [name for name in given if kinds.get(name) in _DRUG_KINDS]
        for name in drugs:
            self._add(
                "MedicationStatement",
                f"drug-{name}",
                status="completed",
                medicationCodeableConcept=self._coded("drug", name),
                subject=self.subject,
            )
        if not given or len(drugs) < len(given):
            self._own("treatments")

    def metastases(self) -> None:
        found = self.patient.metastases
        if not found:
            if "metastases" in self.patient.model_fields_set:
                said = {"valueBoolean": False} if found is not None else {"dataAbsentReason": _absent()}
                self._observation("no-metastases", self._asked("history-of-metastasis"), **said)
            return
        for number, one in enumerate(found):
            self._add(
                "Condition",
                f"metastasis-{number + 1}",
                meta={"profile": [f"{_PROFILE}mcode-secondary-cancer-condition"]},
                verificationStatus=self.condition["verificationStatus"],
                code=self._coded("organ", one.organ),
                subject=self.subject,
                **self._time("onsetDateTime", one.months),
            )


_WRITERS: Mapping[str, Callable[[_Writing], None]] = {
    "gender": _Writing.gender,
    "age": _Writing.age,
    "onset": _Writing.onset,
    "histology": _Writing.histology,
    "body-site": _Writing.body_site,
    "size": _Writing.size,
    "grade": _Writing.grade,
    "ecog": _Writing.ecog,
    "operation": _Writing.operation,
    "drugs": _Writing.drugs,
    "metastases": _Writing.metastases,
}


def _urn(kind: str, name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMES, f'{kind}/{name}')}"


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _absent() -> dict[str, Any]:
    return _concept(ADDRESSES["ABSENT"], "unknown")


def _quantity(value: float, code: str, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": ADDRESSES["UCUM"], "code": code}


def written_fields() -> Iterator[str]:
    """The fields that a Bundle of ours carries."""
    return (name for name, element in ELEMENTS.items() if not element.impossible)
