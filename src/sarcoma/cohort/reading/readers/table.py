"""Any table with one row a patient: CSV, tab-separated text, Parquet, Excel."""

from __future__ import annotations

from sarcoma._tables import read_table_and_sheets
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.source import Source
from sarcoma.errors import CohortError

NAME = "table"


def recognises(place: Place) -> bool:
    return place.file is not None


def read(place: Place) -> Source:
    if place.file is None:
        raise CohortError(f"{place.name}: this is no file")
    frame, sheets = read_table_and_sheets(place.file, sheet=place.sheet, header_row=place.header_row)
    return Source(frame, NAME, sheet=place.sheet, header_row=place.header_row, sheets=sheets)
