"""The clinical tables of TCGA-SARC: patients.csv and new_tumor_events.csv in one folder, or the clinical form alone."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from sarcoma._tables import read_table
from sarcoma.cohort.reading.mapping import read_cohort_map
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.source import Source

NAME = "TCGA/GDC clinical tables"
_FORM = "nationwidechildrens.org_clinical_patient_*.txt"
_JOINED = ("patients.csv", "new_tumor_events.csv")
_TITLES = 2  # lines under the header: the names of the common data elements, and their numbers


def recognises(place: Place) -> bool:
    return place.holds(*_JOINED) or bool(_forms(place))


def read(place: Place) -> Source:
    if place.holds(*_JOINED):
        patients, events = (read_table(place.member(name)) for name in _JOINED)
        return Source(patients, NAME, {"new_tumor_events": events}, read_cohort_map("tcga-sarc"))
    import polars as pl

    form, mapping = read_table(_forms(place)[0], skip=_TITLES), read_cohort_map("tcga-form")
    # what only the pathology review or the dated events tell is not known here
    absent = [name for name in mapping.columns() if name not in form.columns]
    return Source(form.with_columns(pl.lit(None, pl.String).alias(name) for name in absent), NAME, {}, mapping)


def _forms(place: Place) -> list[Path]:
    files = [place.file] if place.file is not None else place.folder.iterdir() if place.folder is not None else ()
    return sorted(path for path in files if path.is_file() and fnmatchcase(path.name, _FORM))
