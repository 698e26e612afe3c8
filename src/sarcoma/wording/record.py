"""What is known about one person, in words: for clinicians as the record's codes are labelled, for others as asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sarcoma._dataclass import dataclass
from sarcoma.evidence import library
from sarcoma.outlook.outlook import Situation
from sarcoma.outlook.record_view import Known
from sarcoma.patient import ORGANS, Metastasis, field_specs
from sarcoma.wording import language
from sarcoma.wording.language import N_, _
from sarcoma.wording.names import type_name

CHAPTERS: Mapping[str, str] = {
    "extremity-trunk": "trunk and extremity",
    "retroperitoneum": "retroperitoneum",
    "head-neck": "head and neck",
    "viscera": "organs of abdomen and chest",
    "uterus": "uterus",
    "cog-stage": "stage of rhabdomyosarcoma",
    "cog-risk": "risk group of rhabdomyosarcoma",
}
"""Chapter of the staging tables → its name."""

SITUATIONS: Mapping[Situation, tuple[str, str]] = {
    "localised": ("Localised: no metastasis known", N_("The sarcoma has not spread, as far as is known.")),
    "recurrent": (
        "Local recurrence; no metastasis known",
        N_("The sarcoma has come back at the same place. It has not spread elsewhere, as far as is known."),
    ),
    "metastatic": ("Metastatic", N_("The sarcoma has spread to another part of the body.")),
    "not known": ("Whether there is a metastasis is not known", N_("Whether the sarcoma has spread is not known.")),
}
"""Situation → for clinicians, and in plain words (to be translated)."""


AS_WRITTEN: Mapping[str, Mapping[str, str]] = {
    "grade": {"1": "G1", "2": "G2", "3": "G3", "X": "GX (not assessable)"},
    "depth": {"superficial": "superficial", "deep": "deep"},
    "nodes": {"negative": "N0", "positive": "N1", "not-assessed": "NX"},
    "margin": {"R0": "R0", "R1": "R1", "R2": "R2", "RX": "RX"},
    "surgery": {"resected": "resected", "planned": "planned", "none": "not resected, none planned"},
    "radiotherapy": {"before-surgery": "neoadjuvant", "after-surgery": "adjuvant"},
    "response": {"complete": "CR", "partial": "PR", "stable": "SD", "progression": "PD"},
}
"""Codes as teams write them, where the label of the record explains them instead."""


def label(field: str) -> str:
    """The name of a field, to stand within a sentence."""
    return field_specs()[field].label.lower() if field in field_specs() else field.replace("_", " ")


def known_value(known: Known) -> str:
    """The value of a field in the labels of its codes."""
    spec, value = field_specs()[known.field], known.value
    if spec.kind == "type":
        return type_name(library().types[value])
    if spec.kind == "site":
        return library().primary_sites[value].name
    if spec.kind == "metastases":
        return "; ".join(_metastasis(m) for m in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(spec.code_list().get(v, v) for v in value) or "none"
    if spec.code_list():
        return spec.code_list().get(str(value), str(value))
    return f"{_number(value)} {spec.unit}" if spec.unit else _number(value)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _metastasis(metastasis: Metastasis) -> str:
    organ, months = ORGANS[metastasis.organ], metastasis.months
    if months is None:
        return organ
    return f"{organ} at diagnosis" if months == 0 else f"{organ} after {months:g} months"


PLAIN_LABELS: Mapping[str, str] = {
    "age": N_("Age when it was found"),
    "histologic_type": N_("Kind"),
    "site": N_("Where it started"),
    "size_cm": N_("Size"),
    "depth": N_("Depth"),
    "grade": N_("Grade"),
    "multifocal": N_("More than one tumour"),
    "nodes": N_("Lymph nodes close by"),
    "presentation": N_("First tumour, or back"),
    "surgery": N_("Operation"),
    "margin": N_("Tumour at the edge"),
    "radiotherapy": N_("Radiotherapy"),
    "metastases": N_("Spread"),
    "local_recurrence": N_("Back at the same place"),
    "landmark_months": N_("Time since it was found"),
}
"""Short names of the fields that lay readers are asked for."""


def plain_label(field: str) -> str:
    """The short name of a field for lay readers, in the language in use."""
    return _(PLAIN_LABELS.get(field) or field_specs()[field].label)


@dataclass(frozen=True, slots=True)
class AnsweredField:
    """A field as it was told: the question, and the answer as it was offered, in the language in use."""

    label: str
    value: str


def answered(known: Known) -> AnsweredField:
    """A field for the person who answered it."""
    spec = field_specs()[known.field]
    if spec.kind == "code":
        value = _(spec.plain_list()[str(known.value)])
    elif spec.kind == "type":
        value = type_name(library().types[known.value])
    elif spec.kind == "site":
        value = _(library().primary_sites[known.value].plain)
    elif spec.unit and spec.kind in ("number", "whole"):
        value = f"{language.number(_number(known.value))} {_(spec.unit)}"
    elif spec.kind == "metastases":
        value = "; ".join(_plain_metastasis(m) for m in known.value) or _("none")
    else:
        value = _(known_value(known))
    return AnsweredField(_(spec.ask or spec.label), value[:1].upper() + value[1:])


def _plain_metastasis(metastasis: Metastasis) -> str:
    organ, months = _(ORGANS[metastasis.organ]), metastasis.months
    if months is None:
        return organ
    if months == 0:
        return _("%(organ)s, when the sarcoma was found") % {"organ": organ}
    return _("%(organ)s, after %(n)s months") % {"organ": organ, "n": f"{months:g}"}
