"""The columns of a cohort's patients as attributes of a cBioPortal study: names, kinds, and their level."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sarcoma._plain_text import without_controls
from sarcoma.cohort.cohort import KEPT
from sarcoma.cohort.writing.losses import Loss
from sarcoma.evidence import library
from sarcoma.patient import field_specs

if TYPE_CHECKING:
    import polars as pl

_NAMES = {
    "performance_status": "ECOG",
    "site": "PRIMARY_SITE",
    "size_cm": "TUMOR_SIZE_CM",
    "depth": "TUMOR_DEPTH",
    "grade": "FNCLCC_GRADE",
}
"""Names that portals use; all other fields have their own in capitals."""
_NOT_WRITTEN = ("diagnosis_date", "landmark_months")
"""Dates, and what the reader of files never tells of a cohort."""
_TAKEN = ("PATIENT_ID", "SAMPLE_ID", "SAMPLE_TYPE", "CANCER_TYPE", "MUTATION_COUNT", "FRACTION_GENOME_ALTERED")


@dataclass(frozen=True)
class Column:
    """An attribute: its name, its datatype, its cells as text, what it says; the field of the cohort that it holds."""

    name: str
    kind: str
    cells: list[Any]
    help: str
    title: str = ""
    field: str = ""
    of_tumour: bool = False
    event: str | None = None
    organ: str | None = None


def columns_of(patients: pl.DataFrame) -> tuple[list[Column], list[Loss]]:
    """The attributes of the patients, and what is not among them."""
    columns: list[Column] = []
    losses: list[Loss] = []
    changed = 0
    for field in patients.columns:
        values = patients[field]
        known = values.len() - values.null_count()
        if field == "id" or not known:
            continue
        if field in _NOT_WRITTEN:
            losses.append(Loss(f"{field}, which would be a date or a time of looking", known))
            continue
        kind, cells = _as_text(values)
        safe = [None if cell is None else _one_line(cell) for cell in cells]
        changed += sum(a != b for a, b in zip(cells, safe, strict=True))
        name = _name(field, [c.name for c in columns])
        spec = field_specs().get(field)
        title, text = (spec.label, spec.help) if spec else _OWN.get(field, (field.removeprefix(KEPT), "Kept as it was"))
        if spec is not None and spec.group == "course":
            title += " (at the origin of time)"
        of_tumour = spec is not None and spec.group == "tumour"
        columns.append(Column(name, kind, safe, text, _one_line(title), field, of_tumour=of_tumour))
        if field == "histologic_type":
            columns.append(
                Column("CANCER_TYPE_DETAILED", "STRING", _type_names(safe), "Histologic type", of_tumour=True)
            )
    if changed:
        losses.append(
            Loss("texts with tabs, ends of lines, quotes or control characters, written without them", changed)
        )
    return columns, losses


_OWN = {
    "age_at_origin": ("Age at the origin of time", "Age in years at the origin of time"),
    "centre": ("Centre", "Where the patient was seen"),
}


def _as_text(values: pl.Series) -> tuple[str, list[str | None]]:
    import polars as pl

    if values.dtype == pl.Boolean:
        return "BOOLEAN", [None if v is None else str(v).upper() for v in values]
    if values.dtype.is_float():
        return "NUMBER", [number_text(v) for v in values]
    if values.dtype.is_integer():
        return "NUMBER", [None if v is None else str(v) for v in values]
    return "STRING", [None if v is None else str(v) for v in values]


def number_text(value: float | None) -> str | None:
    """The shortest text that is read as the same number."""
    return None if value is None else repr(float(value)).removesuffix(".0")


def _type_names(codes: list[str | None]) -> list[str | None]:
    types = library().types
    return [None if code is None else types[code].name if code in types else code for code in codes]


def _one_line(cell: str) -> str:
    """A text that is one cell of a line without quotes."""
    if cell.isprintable() and '"' not in cell:
        return cell
    return " ".join(without_controls(cell).replace('"', "'").split())


def _name(field: str, taken: list[str]) -> str:
    """A name in capitals that is not one of a pair of survival (`…_STATUS`, `…_MONTHS`), and not twice."""
    bare = _NAMES.get(field) or re.sub(r"[^A-Z0-9]+", "_", field.upper().encode("ascii", "ignore").decode()).strip("_")
    bare = bare.removesuffix("_STATUS")
    if bare.endswith("_MONTHS"):
        bare = f"MONTHS_TO_{bare.removesuffix('_MONTHS')}"
    if not bare or bare == "KEPT" or not bare[0].isalpha():
        bare = f"KEPT_{bare}".rstrip("_")
    again = Counter(taken)
    name, number = bare, 2
    while again[name] or name in _TAKEN:
        name, number = f"{bare}_{number}", number + 1
    return name
