"""The clinical tables of TCGA-SARC: patients.csv and new_tumor_events.csv in one folder, or the clinical form alone."""

from __future__ import annotations

from pathlib import Path

from sarcoma._tables import read_table
from sarcoma.cohort.reading.mapping import read_cohort_map
from sarcoma.cohort.reading.reading import Source

NAME = "TCGA/GDC clinical tables"
_FORM = "nationwidechildrens.org_clinical_patient_*.txt"
_TITLES = 2  # lines under the header: the names of the common data elements, and their numbers


def recognises(path: Path) -> bool:
    return _joined(path) or bool(_forms(path))


def read(path: Path) -> Source:
    if _joined(path):
        tables = {"new_tumor_events": read_table(path / "new_tumor_events.csv")}
        return Source(read_table(path / "patients.csv"), NAME, tables, read_cohort_map("tcga-sarc"))
    import polars as pl

    form, mapping = read_table(_forms(path)[0], skip=_TITLES), read_cohort_map("tcga-form")
    # what only the pathology review or the dated events tell is not known here
    absent = [name for name in mapping.columns() if name not in form.columns]
    return Source(form.with_columns(pl.lit(None, pl.String).alias(name) for name in absent), NAME, {}, mapping)


def _joined(path: Path) -> bool:
    return (path / "patients.csv").is_file() and (path / "new_tumor_events.csv").is_file()


def _forms(path: Path) -> list[Path]:
    return sorted(path.glob(_FORM)) if path.is_dir() else [path] if path.match(_FORM) and path.is_file() else []
