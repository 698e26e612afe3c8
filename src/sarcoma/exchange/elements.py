"""The table of elements: for each field of the record, where FHIR holds it, which of several counts, how it is written.

The reader takes its rules from here, the writer what it writes, and docs/fhir.md its table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Rule = Literal["one", "last", "worst", "all", "before-operation"]
Writes = Literal[
    "gender",
    "age",
    "onset",
    "histology",
    "body-site",
    "size",
    "grade",
    "ecog",
    "operation",
    "drugs",
    "metastases",
    "own",
    "nothing",
]

RULES: Mapping[Rule, str] = {
    "one": "one; a disagreement leaves it unknown",
    "last": "the last before the landmark",
    "worst": "the worst",
    "all": "all",
    "before-operation": "the last before the operation, else the specimen's",
}

_OWN = "Observation with the field's name as its code in our own code system"


@dataclass(frozen=True, slots=True)
class Element:
    """One field of the record in FHIR.

    Attributes
    ----------
    field : of the record.
    reads : the elements that are read, in the order in which they are trusted.
    rule : which counts where there are several.
    writes : how the record is written.
    written : the element that is written, in words.
    impossible : why FHIR does not carry it; empty where it does.
    """

    field: str
    reads: tuple[str, ...]
    rule: Rule
    writes: Writes
    written: str
    impossible: str = ""


def _own(field: str, *reads: str, rule: Rule = "last", value: str = "valueCodeableConcept") -> Element:
    return Element(field, (*reads, f"{_OWN}, {value}"), rule, "own", f"Observation.{value} (our own code)")


_BOOLEAN = "valueBoolean"

_LIST = (
    Element(
        "age",
        ("Patient.birthDate with the onset of the Condition", "Condition.onsetAge"),
        "one",
        "age",
        "Patient.birthDate where the date of diagnosis is known, to a hundredth of a year; else Condition.onsetAge",
    ),
    Element("sex", ("Patient.gender", "extension us-core-birthsex"), "one", "gender", "Patient.gender"),
    Element(
        "performance_status",
        ("Observation LOINC 89247-1 (ECOG)", "Observation LOINC 89243-0 (Karnofsky), by the code table"),
        "last",
        "ecog",
        "Observation LOINC 89247-1, valueInteger",
    ),
    _own("syndrome"),
    _own("earlier_radiotherapy", value=_BOOLEAN),
    _own("albumin", "Observation by the table of laboratory values, with its unit (UCUM)", value="valueQuantity"),
    _own("lymphocytes", "Observation by the table of laboratory values, with its unit (UCUM)", value="valueQuantity"),
    _own("sodium", "Observation by the table of laboratory values, with its unit (UCUM)", value="valueQuantity"),
    Element(
        "histologic_type",
        (
            "Condition.extension mcode-histology-morphology-behavior",
            "Observation LOINC 31206-6 (also as a member of the panel 77753-2)",
            "Condition.code",
        ),
        "one",
        "histology",
        "Condition.extension mcode-histology-morphology-behavior",
    ),
    Element("site", ("Condition.bodySite", "Condition.code (ICD-10)"), "one", "body-site", "Condition.bodySite"),
    Element("topography", ("Condition.bodySite in ICD-O-3",), "one", "body-site", "Condition.bodySite in ICD-O-3"),
    Element(
        "size_cm",
        ("Observation LOINC 21889-1, component 33728-7 (cm, mm)", f"{_OWN}, valueQuantity"),
        "before-operation",
        "size",
        "Observation LOINC 21889-1, component 33728-7, in cm",
    ),
    _own("depth"),
    Element(
        "grade",
        ("Observation NCIT C18000, only where its method or its code says FNCLCC",),
        "last",
        "grade",
        "Observation NCIT C18000 with the method FNCLCC",
    ),
    _own("differentiation", value="valueInteger"),
    _own("mitoses_per_10_hpf", value="valueQuantity"),
    _own("necrosis"),
    _own("multifocal", value=_BOOLEAN),
    _own("foci", value="valueInteger"),
    _own("rupture", value=_BOOLEAN),
    _own("nodes", "Observations of how many regional nodes contain tumour, and how many were examined"),
    _own("presentation"),
    _own("extent"),
    _own("invasion", value="component"),
    _own("myometrial_invasion"),
    _own("neurovascular_or_bone_invasion", value=_BOOLEAN),
    _own("bone_invasion", value=_BOOLEAN),
    _own("lymphovascular_invasion", value=_BOOLEAN),
    _own("site_detail"),
    _own("rms_group", "Observation SNOMED CT 405916000"),
    _own("rms_stage"),
    _own("fibrosarcomatous", value=_BOOLEAN),
    _own("reported_behaviour"),
    _own("epithelioid_imt", value=_BOOLEAN),
    _own("pleomorphic_dermal", value=_BOOLEAN),
    Element(
        "surgery",
        ("Procedure by the table of procedures, completed or in preparation", f"{_OWN}, valueCodeableConcept"),
        "one",
        "operation",
        "Procedure (resection); Observation (our own code) where there was none",
    ),
    Element(
        "surgery_months",
        ("Procedure.performedDateTime or performedPeriod with the onset of the Condition",),
        "one",
        "operation",
        "Procedure.performedDateTime; our extension where a date cannot hold it",
    ),
    _own("limb_sparing", "Procedure (amputation)", value=_BOOLEAN),
    _own("margin", "Observation SNOMED CT 395536008", rule="worst"),
    _own("re_resection"),
    _own("radiotherapy", "Procedure (radiotherapy) with its dates, against the date of the operation", rule="all"),
    Element(
        "treatments",
        (
            "MedicationRequest, MedicationAdministration, MedicationStatement: medication by RxNorm or ATC",
            f"{_OWN}, component",
        ),
        "all",
        "drugs",
        "MedicationStatement for drugs, Observation (our own code) for the others",
    ),
    _own("response", "Observation LOINC 97509-4, after a drug treatment"),
    _own("metastasectomy", "Procedure by the table of procedures"),
    Element(
        "diagnosis_date",
        ("Condition.onsetDateTime", "Condition.onsetPeriod.start", "extension condition-assertedDate"),
        "one",
        "onset",
        "Condition.onsetDateTime",
    ),
    Element(
        "metastases",
        (
            "Condition (secondary): code, then bodySite; onset",
            "Observation of a history of metastatic cancer: valueBoolean false means none",
            "M category: M0 means none, M1 some",
        ),
        "all",
        "metastases",
        "Condition (secondary) for each; Observation of a history of metastatic cancer for none",
    ),
    _own("bone_marrow", value=_BOOLEAN),
    _own("local_recurrence", value=_BOOLEAN),
    _own("local_recurrence_months", value="valueQuantity"),
    Element(
        "landmark_months",
        (),
        "one",
        "nothing",
        "",
        "it says from when one looks ahead, which is a question and no fact about the person: give it with --landmark",
    ),
    _own("ntrk_fusion", value=_BOOLEAN),
    _own("alk_fusion", value=_BOOLEAN),
    _own("ini1_lost", value=_BOOLEAN),
    _own("germline_smarcb1", "Observation LOINC 69548-6 of SMARCB1, germline", value=_BOOLEAN),
    _own("hla_a02", value=_BOOLEAN),
    _own("mage_a4", value=_BOOLEAN),
    _own("ny_eso_1", value=_BOOLEAN),
    _own("foxo1_fusion", value=_BOOLEAN),
    _own("myod1_or_tp53_changed", "Observation LOINC 69548-6 of TP53 or MYOD1, somatic, present", value=_BOOLEAN),
    _own("hla_alleles", value="component"),
)

ELEMENTS: Mapping[str, Element] = {element.field: element for element in _LIST}
"""Field of the record → its elements in FHIR; every field stands here."""


def elements_table() -> str:
    """The table of elements as Markdown, as it stands in docs/fhir.md."""
    lines = ["| Field | Read from, in the order of trust | Of several | Written as |", "|---|---|---|---|"]
    for element in _LIST:
        if element.impossible:
            lines.append(f"| `{element.field}` | not carried: {element.impossible} | | |")
            continue
        reads = "; ".join(element.reads).replace(_OWN, "our own code")
        lines.append(f"| `{element.field}` | {reads} | {RULES[element.rule]} | {element.written} |")
    return "\n".join(lines) + "\n"
