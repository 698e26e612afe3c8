"""The record as it was taken: what is known, in words, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from sarcoma.evidence import library
from sarcoma.outlook.answers import ModelAnswer
from sarcoma.patient import ORGANS, Metastasis, Patient, field_specs


@dataclass(frozen=True, slots=True)
class Known:
    """One field of the record as it was taken: `value` in words; `assumed` where nothing was said."""

    field: str
    label: str
    value: str
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is not known, and which models it keeps from answering or makes into a range."""

    field: str
    label: str
    needed_by: tuple[str, ...]


def known_fields(patient: Patient) -> tuple[Known, ...]:
    """Every field that is known, or was taken as "nothing has happened"."""
    found = []
    for name, spec in field_specs().items():
        value = getattr(patient, name)
        assumed = name in patient.assumed
        if value is None or (name == "diagnosis_date"):
            continue
        found.append(Known(name, spec.label, _in_words(name, value), assumed))
    return tuple(found)


def _in_words(name: str, value: object) -> str:
    spec = field_specs()[name]
    if name == "histologic_type":
        return library().types[str(value)].name
    if name == "site":
        return library().primary_sites[str(value)].name
    if name == "metastases":
        return "; ".join(_metastasis_in_words(m) for m in value) or "none"  # type: ignore[attr-defined]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(spec.code_list().get(v, v) for v in value) or "none"
    if spec.code_list():
        return spec.code_list().get(str(value), str(value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {spec.unit}" if spec.unit else text


def _metastasis_in_words(metastasis: Metastasis) -> str:
    organ, months = ORGANS[metastasis.organ], metastasis.months
    if months is None:
        return organ
    return f"{organ} at diagnosis" if months == 0 else f"{organ} after {months:g} months"


def missing_fields(patient: Patient, answers: tuple[ModelAnswer, ...]) -> tuple[Missing, ...]:
    """Fields that are not known and that matter, with the models that ask for them."""
    needed: dict[str, list[str]] = {}
    for name in ("age", "histologic_type", "site", "size_cm", "depth", "grade", "nodes", "margin", "surgery"):
        if getattr(patient, name) is None and not (name == "site" and patient.topography):
            needed[name] = []
    for answer in answers:
        wanted = answer.fields if answer.status == "cannot tell" else answer.ranged_over
        for field in wanted:
            if field in field_specs():
                needed.setdefault(field, []).append(answer.card.id)
    order = list(field_specs())
    return tuple(
        Missing(name, field_specs()[name].label, tuple(needed[name])) for name in sorted(needed, key=order.index)
    )
