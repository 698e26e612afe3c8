"""The descriptions of the record's fields, read from `data/fields.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sarcoma._files import read_folder
from sarcoma.errors import EvidenceError
from sarcoma.patient import words
from sarcoma.patient.fields import FieldCode, FieldSpec, InReports

DATA = Path(__file__).parent / "data"


@cache
def field_specs() -> dict[str, FieldSpec]:
    """The description of every field of the record, in order.

    Raises
    ------
    EvidenceError : `fields.yaml` describes something that it cannot.
    """
    return _described("fields")


@cache
def metastasis_specs() -> dict[str, FieldSpec]:
    """The description of the parts of one metastasis: `organ`, `months`."""
    return _described("metastasis")


def field_spec(name: str) -> FieldSpec:
    """The description of one field of the record."""
    return _named(field_specs(), name)


def metastasis_spec(name: str) -> FieldSpec:
    """The description of one part of a metastasis."""
    return _named(metastasis_specs(), name)


@cache
def field_names() -> dict[str, str]:
    """Every name under which a field may be written (its own, its option's), to the field."""
    names = {}
    for name, spec in field_specs().items():
        names[words.normal(name)] = name
        names[words.normal(spec.flag or name)] = name
    return names


@cache
def _file() -> Any:
    return read_folder(DATA)["fields"]


def _named(specs: dict[str, FieldSpec], name: str) -> FieldSpec:
    if name not in specs:
        raise EvidenceError(f"fields.yaml: {name} is not described")
    return specs[name]


def _described(part: str) -> dict[str, FieldSpec]:
    found = {}
    for name, raw in _file()[part].items():
        try:
            codes = {code: FieldCode(**about) for code, about in raw.get("codes", {}).items()}
            report = InReports(**raw["report"]) if "report" in raw else None
            found[name] = FieldSpec(**{**raw, "codes": codes, "report": report})
        except (AttributeError, TypeError):
            raise EvidenceError(f"fields.yaml: {name}: a part is missing, or is none of a field's") from None
    return found
