"""Any table with one row a patient: CSV, tab-separated text, Parquet, Excel; other tables lie beside it in a folder."""

from __future__ import annotations

from pathlib import Path

from sarcoma._tables import read_table
from sarcoma.cohort.reading.reading import Source

NAME = "table"


def recognises(path: Path) -> bool:
    return path.is_file()


def read(path: Path) -> Source:
    return Source(read_table(path), NAME)
