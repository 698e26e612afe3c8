"""Readers: one file each, from what a publisher or a registry hands out to tables with a mapping.

A reader is a module with three names:

    NAME                      how it is called in `cohort.yaml`
    recognises(place) -> bool whether a place – a file, a folder, an address – is what it reads (look at names only)
    read(place) -> Source     its main table (one row a patient, text), other tables, and the mapping it brings, if any

Put it into READERS; the first that recognises a place reads it. All checks of rows are in `reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from sarcoma._arguments import checked
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.readers import cbioportal, gdc, idea4rc, omop, table
from sarcoma.cohort.reading.source import Source
from sarcoma.errors import CohortError


@runtime_checkable
class Reader(Protocol):
    """What a module here offers."""

    NAME: str

    def recognises(self, place: Place) -> bool: ...

    def read(self, place: Place) -> Source: ...


_MOST_SECONDS = 86_400
READERS: tuple[Reader, ...] = (cbioportal, gdc, idea4rc, omop, table)


@checked
def open_source(
    where: Place | Path | str,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    timeout: float | None = None,
    codes: Path | str | None = None,
    more: Sequence[Reader] = (),
) -> Source:
    """The tables of a source.

    Parameters
    ----------
    where : a file, a folder, or the address of a database such as `postgresql://host/registry`.
    sheet : of a spreadsheet, by its name or number; the first where none is named. header_row : of headings, from 1.
    timeout : the most seconds that a query of a database may take; 600 where none is named.
    codes : a file of one's own that says what concepts of a database mean.
    more : further readers, which are asked before those here; other rooms bring them.

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
    if timeout is not None or codes is not None:
        if timeout is not None and not 0 < timeout <= _MOST_SECONDS:
            raise CohortError(f"timeout: seconds above 0 and up to {_MOST_SECONDS:,} are needed, such as 600")
        place = replace(place, timeout=timeout, codes=None if codes is None else Path(codes))
    if place.path is not None and not place.path.exists():
        raise CohortError(f"there is no file or folder {place.path.name[:80]}")
    for reader in (*more, *READERS):
        if reader.recognises(place):
            return reader.read(place)
    if place.address is not None:
        raise CohortError(f"{place.name}: there is no reader for this address; give postgresql://…, a file or a folder")
    raise CohortError(
        f"{place.name}: nothing here can be read: a CSV, Parquet or Excel file with --mapping, a cBioPortal "
        "study folder (data_clinical_patient.txt), a folder of tables exported from IDEA4RC (patient.csv, "
        "cancer_episode.csv, …) or from OMOP (person.parquet, episode.parquet, …; or a DuckDB file), or the TCGA "
        "tables (patients.csv, new_tumor_events.csv; or the form)"
    )
