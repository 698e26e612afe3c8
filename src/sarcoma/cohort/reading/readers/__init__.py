"""Readers: one file each, from what a publisher or a registry hands out to tables with a mapping.

A reader is a module with three names:

    NAME                      how it is called in `cohort.yaml`
    recognises(place) -> bool whether a place – a file, a folder, an address – is what it reads (look at names only)
    read(place) -> Source     its main table (one row a patient, text), other tables, and the mapping it brings, if any

Put it into READERS; the first that recognises a place reads it. All checks of rows are in `reading`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sarcoma._arguments import checked
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.readers import cbioportal, gdc, idea4rc, table
from sarcoma.cohort.reading.source import Source
from sarcoma.errors import CohortError


class Reader(Protocol):
    """What a module here offers."""

    NAME: str

    def recognises(self, place: Place) -> bool: ...

    def read(self, place: Place) -> Source: ...


READERS: tuple[Reader, ...] = (cbioportal, gdc, idea4rc, table)


@checked
def open_source(where: Place | Path | str, *, sheet: str | None = None, header_row: int | None = None) -> Source:
    """The tables of a source.

    Parameters
    ----------
    where : a file, a folder, or the address of a database such as `postgresql://host/registry`.
    sheet : of a spreadsheet, by its name or number; the first where none is named. header_row : of headings, from 1.

    Raises
    ------
    CohortError : there is no such file or folder, or no reader for it.
    TableError : a file of it cannot be read.
    """
    place = Place.of(where)
    if sheet is not None or header_row is not None:
        if place.file is None and (place.path is None or place.path.exists()):
            raise CohortError(f"{place.name}: only a file has sheets and a header row")
        place = replace(place, sheet=sheet, header_row=header_row)
    if place.path is not None and not place.path.exists():
        raise CohortError(f"there is no file or folder {place.path.name[:80]}")
    for reader in READERS:
        if reader.recognises(place):
            return reader.read(place)
    if place.address is not None:
        raise CohortError(f"{place.name}: there is no reader for this address yet; give a file or a folder")
    raise CohortError(
        f"{place.name}: nothing here can be read: a CSV, Parquet or Excel file with --mapping, a cBioPortal "
        "study folder (data_clinical_patient.txt), a folder of tables exported from IDEA4RC (patient.csv, "
        "cancer_episode.csv, …), or the TCGA tables (patients.csv, new_tumor_events.csv; or the form)"
    )
