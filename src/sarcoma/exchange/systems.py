"""Code systems: by which address FHIR names them, by which short name we do, and what their codes look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

OWN = "urn:sarcoma-outlook:CodeSystem:record"
"""The codes of our own record: a field as the code of an Observation, its value as the code of the answer."""

MONTHS_SINCE_DIAGNOSIS = "urn:sarcoma-outlook:StructureDefinition:months-since-diagnosis"
"""The extension that holds a time as months since the diagnosis, where no date of diagnosis is known."""

SYSTEMS: Mapping[str, str] = {
    "http://snomed.info/sct": "SCT",
    "http://loinc.org": "LOINC",
    "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl": "NCIT",
    "http://ncithesaurus-stage.nci.nih.gov": "NCIT",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "ICDO3",
    "urn:oid:2.16.840.1.113883.6.43.1": "ICDO3",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://www.whocc.no/atc": "ATC",
    "http://fhir.de/CodeSystem/bfarm/atc": "ATC",
    "http://fhir.de/CodeSystem/dimdi/atc": "ATC",
    "http://unitsofmeasure.org": "UCUM",
    "http://hl7.org/fhir/sid/icd-10": "ICD10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "ICD10GM",
    "http://www.genenames.org": "HGNC",
    "http://www.genenames.org/geneId": "HGNC",
    "http://terminology.hl7.org/CodeSystem/data-absent-reason": "ABSENT",
    "http://terminology.hl7.org/CodeSystem/condition-ver-status": "VERIFICATION",
    "http://terminology.hl7.org/CodeSystem/condition-clinical": "CLINICAL",
    OWN: "OWN",
}
"""The address of a code system → its short name; of several addresses the first is written."""

ADDRESSES: Mapping[str, str] = {short: address for address, short in reversed(tuple(SYSTEMS.items()))}
"""The short name of a code system → the address that is written."""

_VERHOEFF_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def is_snomed(code: str) -> bool:
    """Whether a text is an identifier of SNOMED CT: 6 to 18 digits, the last of which checks the others (Verhoeff)."""
    if not (6 <= len(code) <= 18 and code.isascii() and code.isdigit()) or code[0] == "0":
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][int(digit)])])
    return check == 0


_LOINC = re.compile(r"(\d{1,7})-(\d)", re.ASCII)
_LOINC_ANSWER = re.compile(r"L[ALP]\d{1,7}-\d", re.ASCII)


def is_loinc(code: str) -> bool:
    """Whether a text is a code of LOINC: digits, a hyphen, and the digit that checks them (Luhn); or of an answer."""
    if _LOINC_ANSWER.fullmatch(code):
        return True
    found = _LOINC.fullmatch(code)
    if found is None:
        return False
    total = 0
    for place, digit in enumerate(reversed(found.group(1))):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10 == int(found.group(2))


def _shaped(pattern: str) -> Callable[[str], Any]:
    return re.compile(pattern, re.ASCII).fullmatch


SHAPES: Mapping[str, Callable[[str], Any]] = {
    "SCT": is_snomed,
    "LOINC": is_loinc,
    "NCIT": _shaped(r"C\d{3,7}"),
    "ICDO3": _shaped(r"\d{4}/\d|C\d\d(\.\d)?"),
    "RXNORM": _shaped(r"[1-9]\d{1,7}"),
    "ATC": _shaped(r"[A-Z]\d\d[A-Z]{2}\d\d"),
    "UCUM": _shaped(r"[\w*/.\[\]%{}^'+-]{1,24}"),
    "ICD10": _shaped(r"[A-Z]\d\d(\.[0-9A-Z]{1,4})?"),
    "ICD10CM": _shaped(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"),
    "ICD10GM": _shaped(r"[A-Z]\d\d(\.\d{1,2})?[+*!]?"),
    "HGNC": _shaped(r"(HGNC:)?\d{1,6}"),
}
"""What a code of a system looks like. Anything else is no code, and may be somebody's data: it is not repeated."""

_UNIT = (
    r"((10\*\d{1,2}|[kdcmunp]?(g|m|mol|L|l|eq|U|Pa|cal)|a|mo|wk|d|h|min|s|%|"
    r"\[(in_i|in_us|ft_i|IU|iU|degF|lb_av|oz_av)\])\d?)"
)
is_usual_unit = _shaped(rf"{_UNIT}?([/.]{_UNIT}){{0,3}}")
"""Whether a text is one of the usual units of the laboratory and the clinic; anything else there may be a name."""

_LOCAL = _shaped(r"(?=\S*\d)[A-Za-z0-9_.:/-]{1,16}")
_ADDRESS = _shaped(r"(https?://[A-Za-z0-9.-]{1,60}(/[A-Za-z0-9._-]{1,40}){0,6}|urn:oid:[\d.]{1,60})")


def known_system(system: Any) -> str:
    """The short name of a code system, empty for one that we have none for."""
    return SYSTEMS.get(system, "") if isinstance(system, str) else ""


def short_name(system: Any) -> str:
    """The short name of a code system; its address where we have none for it; `another system` for no address."""
    if not isinstance(system, str):
        return "no system"
    known = SYSTEMS.get(system)
    if known is not None:
        return known
    return system if _ADDRESS(system) and len(system) <= 120 else "another system"


def is_code(short: str, code: str) -> bool:
    """Whether a text looks like a code of its system."""
    shape = SHAPES.get(short, _LOCAL)
    return len(code) <= 40 and bool(shape(code))
