"""The record as it was taken: what is known, and what is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from sarcoma._dataclass import dataclass
from sarcoma.outlook.answers import ModelAnswer
from sarcoma.patient import Metastasis, Patient, field_specs
from sarcoma.patient.record_fields import NOT_HAPPENED


@dataclass(frozen=True, slots=True)
class Known:
    """One field of the record as it was taken, `value` as the record has it; `assumed` where nothing was said."""

    field: str
    label: str
    value: Any = dataclasses.field(repr=False)
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
        found.append(Known(name, spec.label, value, assumed))
    return tuple(found)


def record_of(known: Iterable[Known]) -> dict[str, Any]:
    """The record as codes, to be read again: what was stated, and None for "unknown" where silence says "nothing".

    Dates are months since diagnosis, as in the record; the date of diagnosis itself is left out.
    """
    told = {one.field: one for one in known}
    stated = {name: codes(one.value) for name, one in told.items() if not one.assumed}
    return stated | {name: None for name in NOT_HAPPENED if name not in told}


def codes(value: Any) -> Any:
    """The value of a field as JSON has it."""
    if isinstance(value, Metastasis):
        return value.model_dump(mode="json", exclude_none=True)
    return [codes(one) for one in value] if isinstance(value, tuple) else value


def missing_fields(patient: Patient, answers: tuple[ModelAnswer, ...], *, graded: bool) -> tuple[Missing, ...]:
    """Fields that are not known and that matter, with the models that ask for them.

    `graded`: whether the type is graded by FNCLCC; of one that is not, a grade is missing only if a model asks for it.
    """
    needed: dict[str, list[str]] = {}
    for name in ("age", "histologic_type", "site", "size_cm", "depth", "grade", "nodes", "margin", "surgery"):
        if getattr(patient, name) is None and not (name == "site" and patient.topography):
            needed[name] = []
    if not graded:
        needed.pop("grade", None)
    for answer in answers:
        wanted = answer.fields if answer.status == "cannot tell" else answer.ranged_over
        for name in wanted:
            if name in field_specs():
                needed.setdefault(name, []).append(answer.card.id)
    order = list(field_specs())
    return tuple(
        Missing(name, field_specs()[name].label, tuple(needed[name])) for name in sorted(needed, key=order.index)
    )
