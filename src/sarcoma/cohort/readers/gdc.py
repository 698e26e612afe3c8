"""The clinical tables of TCGA-SARC: patients.csv and new_tumor_events.csv in one folder."""

from __future__ import annotations

from pathlib import Path

from sarcoma._tables import read_table
from sarcoma.cohort.mapping import read_cohort_map
from sarcoma.cohort.reading import Source

NAME = "TCGA/GDC clinical tables"


def recognises(path: Path) -> bool:
    return (path / "patients.csv").is_file() and (path / "new_tumor_events.csv").is_file()


def read(path: Path) -> Source:
    tables = {"new_tumor_events": read_table(path / "new_tumor_events.csv")}
    return Source(read_table(path / "patients.csv"), NAME, tables, read_cohort_map("tcga-sarc"))
