"""Readers: one file each, from what a publisher or a registry hands out to tables with a mapping.

A reader is a module with three names:

    NAME                     how it is called in `cohort.yaml`
    recognises(path) -> bool whether a file or folder is what it reads (look at names only)
    read(path) -> Source     its main table (one row a patient, text), other tables, and the mapping it brings, if any

Put it into READERS; the first that recognises a source reads it. `Source` and all checks of rows are in `reading`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sarcoma.cohort.reading.readers import cbioportal, gdc, table
from sarcoma.cohort.reading.reading import Source
from sarcoma.errors import CohortError


class Reader(Protocol):
    """What a module here offers."""

    NAME: str

    def recognises(self, path: Path) -> bool: ...

    def read(self, path: Path) -> Source: ...


READERS: tuple[Reader, ...] = (cbioportal, gdc, table)


def open_source(path: Path) -> Source:
    """The tables of a source.

    Raises
    ------
    CohortError : there is no such file or folder, or no reader for it.
    TableError : a file of it cannot be read.
    """
    if not path.exists():
        raise CohortError(f"there is no file or folder {path.name[:80]}")
    for reader in READERS:
        if reader.recognises(path):
            return reader.read(path)
    raise CohortError(
        f"{path.name[:80]}: nothing here can be read: a CSV, Parquet or Excel file with --mapping, a cBioPortal "
        "study folder (data_clinical_patient.txt), or the TCGA tables (patients.csv, new_tumor_events.csv; or the form)"
    )
