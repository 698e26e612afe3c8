"""Instances of FHIR shorthand, as mCODE's guide writes its examples, as the JSON that they stand for.

Only as much of the language as those examples use; what it leaves to a profile (the resource, a fixed code, the address
of an extension) stands in the tables below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "LNC": "http://loinc.org",
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "ICDO3": "http://terminology.hl7.org/CodeSystem/icd-o-3",
    "RXN": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ClinStatus": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "VerStatus": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
}
RESOURCES = {
    "CancerPatient": "Patient", "PrimaryCancerCondition": "Condition", "SecondaryCancerCondition": "Condition",
    "USCoreCondition": "Condition", "CancerRelatedSurgicalProcedure": "Procedure", "USCoreProcedure": "Procedure",
    "RadiotherapyCourseSummary": "Procedure", "CancerRelatedMedicationRequest": "MedicationRequest",
    "CancerRelatedMedicationAdministration": "MedicationAdministration", "HumanSpecimen": "Specimen",
    "Tumor": "BodyStructure", "FamilyMemberHistory": "FamilyMemberHistory", "USCorePractitioner": "Practitioner",
    "USCoreOrganization": "Organization", "RadiotherapyVolume": "BodyStructure", "GenomicsReport": "DiagnosticReport",
    "USCoreDiagnosticReportLab": "DiagnosticReport", "MCODEPatientGroup": "Group", "MCODEPatientBundle": "Bundle",
}  # fmt: skip
"""Every other profile of the examples is one of Observation."""
FIXED = {
    "TumorSize": ("LNC", "21889-1"),
    "HistologicGrade": ("NCIT", "C18000"),
    "HistologicBehaviorAndType": ("LNC", "31206-6"),
    "TumorMorphology": ("LNC", "77753-2"),
    "CancerDiseaseStatus": ("LNC", "97509-4"),
    "ECOGPerformanceStatus": ("LNC", "89247-1"),
    "KarnofskyPerformanceStatus": ("LNC", "89243-0"),
}
COMPONENTS = {"tumorLongestDimension": ("LNC", "33728-7"), "tumorOtherDimension": ("LNC", "33729-5")}
EXTENSIONS = {
    "histologyMorphologyBehavior": "mcode-histology-morphology-behavior",
    "relatedPrimaryCancerCondition": "mcode-related-primary-cancer-condition",
    "relatedCondition": "mcode-related-condition",
}
SEVERAL = {
    "category", "extension", "component", "stage", "assessment", "performer", "focus", "hasMember", "interpretation",
    "reasonReference", "reasonCode", "identifier", "name", "given", "telecom", "address", "line", "derivedFrom",
    "member", "entry", "processing", "locationQualifier", "dosageInstruction", "evidence", "referenceRange", "contact",
    "communication", "note", "condition", "coding", "qualification",
}  # fmt: skip
PLAIN = {"status", "gender", "use", "intent", "valueCode"}
_OF_PROCEDURES = {"bodySite"}
_INSTANCE = re.compile(r"^Instance:\s*(\S+)\s*$", re.M)
_RULE_SET = re.compile(r"^RuleSet:\s*(\S+)\s*$((?:\n(?!Instance:|RuleSet:).*)*)", re.M)
_INSERT = re.compile(r"^\* insert (\S+)\s*$", re.M)
_RULE = re.compile(r"^\* (?P<path>\S+)\s*=\s*(?P<value>.+?)\s*$", re.M)
_CODE = re.compile(r'^(?P<system>[\w:/.\-]*)#(?P<code>\S+)(?:\s+"(?P<display>[^"]*)")?')
_QUANTITY = re.compile(r"""^(?P<value>-?[\d.]+)\s+'(?P<unit>[^']*)'""")
_STEP = re.compile(r"(\w+)((?:\[[^\]]*\])*)")


def instances(folder: Path) -> dict[str, dict[str, Any]]:
    """Every instance of the files, by its name."""
    text = "\n".join(file.read_text("utf-8") for file in sorted(folder.glob("*.fsh")))
    text = re.sub(r"(?m)(^|\s)//.*$", "", text)
    text = re.sub(r"(?m)^/\*.*?\*/", "", text, flags=re.S)
    sets = {one[1]: one[2] for one in _RULE_SET.finditer(text)}
    text = _INSERT.sub(lambda one: sets.get(one[1], ""), text)
    starts = [*_INSTANCE.finditer(text)]
    ends = [*(one.start() for one in starts[1:]), len(text)]
    parts = {one[1]: text[one.end() : end] for one, end in zip(starts, ends, strict=True)}
    profiles = {name: re.search(r"InstanceOf:\s*(\S+)", part)[1] for name, part in parts.items()}  # type: ignore[index]
    kinds = {name: RESOURCES.get(profile, "Observation") for name, profile in profiles.items()}
    return {name: _instance(name, kinds, profiles[name], parts[name].split("RuleSet:")[0]) for name in parts}


def _instance(name: str, kinds: dict[str, str], profile: str, text: str) -> dict[str, Any]:
    resource: dict[str, Any] = {"resourceType": kinds[name], "id": name}
    if profile in FIXED:
        resource["code"] = _codeable(*FIXED[profile])
    for rule in _RULE.finditer(text):
        _put(resource, [*_steps(rule["path"])], rule["value"], kinds)
    return resource


def _steps(path: str) -> Iterator[tuple[str, list[str]]]:
    for step in path.split("."):
        found = _STEP.fullmatch(step)
        assert found, path
        yield found[1], re.findall(r"\[([^\]]*)\]", found[2])


def _put(owner: dict[str, Any], steps: list[tuple[str, list[str]]], value: str, kinds: dict[str, str]) -> None:
    (element, marks), rest = steps[0], steps[1:]
    last = not rest
    several = element in SEVERAL or (
        element in _OF_PROCEDURES and owner.get("resourceType") in ("Procedure", "Condition")
    )
    if element == "method" and owner.get("resourceType") != "Observation":
        several = False
    if not several:
        if last:
            owner[element] = _value(element, value, kinds)
        else:
            _put(owner.setdefault(element, {}), rest, value, kinds)
        return
    row = owner.setdefault(element, [])
    place = _place(row, element, marks, new=last)
    if last:
        row[place] = _value(element, value, kinds)
    else:
        _put(row[place], rest, value, kinds)


def _place(row: list[Any], element: str, marks: list[str], *, new: bool) -> int:
    """Where in a list a rule writes; slices that are not numbers are one member each, but dimensions one a rule."""
    mark = marks[0] if marks else ""
    if mark.isdigit():
        while len(row) <= int(mark):
            row.append({})
        return int(mark)
    if mark == "=":
        return len(row) - 1
    if element in ("extension", "component") and mark:
        url = f"http://hl7.org/fhir/us/mcode/StructureDefinition/{EXTENSIONS.get(mark, mark)}"
        made = {"url": url} if element == "extension" else {"code": _codeable(*COMPONENTS.get(mark, ("LNC", mark)))}
        for place, there in enumerate(row):
            if element == "extension" and there.get("url") == url:
                return place
        row.append(made)
        return len(row) - 1
    if mark == "+" or new or not row:
        row.append({})
    return len(row) - 1


def _codeable(alias: str, code: str, display: str | None = None) -> dict[str, Any]:
    coding = {"system": SYSTEMS.get(alias, alias), "code": code}
    return {"coding": [coding | ({"display": display} if display else {})]}


def _value(element: str, written: str, kinds: dict[str, str]) -> Any:
    if (reference := re.match(r"Reference\((?:\w+/)?([^)]+)\)", written)) is not None:
        name = reference[1].strip()
        return {"reference": f"{kinds.get(name, 'Observation')}/{name}"}
    if (quantity := _QUANTITY.match(written)) is not None:
        unit = quantity["unit"]
        return {"value": float(quantity["value"]), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    if written.startswith('"'):
        return written.split('"')[1]
    if (code := _CODE.match(written)) is not None:
        if element in PLAIN or (not code["system"] and element in ("system", "use", "type")):
            return code["code"]
        concept = _codeable(code["system"], code["code"], code["display"])
        return concept["coding"][0] if element in ("coding", "valueCoding") else concept
    if written in ("true", "false"):
        return written == "true"
    return (
        float(written)
        if "." in written and written.replace(".", "").isdigit()
        else (int(written) if written.isdigit() else written)
    )
