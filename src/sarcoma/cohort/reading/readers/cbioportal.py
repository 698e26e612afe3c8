"""A study folder of cBioPortal: patients, one sample of each (the primary tumour's first), and timelines.

A study may bring its mapping (`sarcoma_mapping.yaml`). Its files are those that its meta files name (`datatype`,
`data_filename`); without them, those of the usual names.

File format: docs.cbioportal.org, "File Formats". Lines with # describe the columns; times of timelines are days.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sarcoma._tables import read_table
from sarcoma.cohort.reading.mapping import cohort_map, read_cohort_map
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.readers.cbioportal_draft import ID, study_mapping
from sarcoma.cohort.reading.source import Source

if TYPE_CHECKING:
    import polars as pl

NAME = "cBioPortal study"
_PATIENTS, _SAMPLES = "data_clinical_patient.txt", "data_clinical_sample.txt"
MAPPING = "sarcoma_mapping.yaml"
"""What a study may say of its columns in a file of ours, as those do that we write; a portal does not look at it."""
_KNOWN = {"msk_met_2021": "msk-met"}


def recognises(place: Place) -> bool:
    return place.folder is not None and bool(_named(place, "PATIENT_ATTRIBUTES", _PATIENTS))


def read(place: Place) -> Source:
    (about_patients, *_), about_samples = (
        _named(place, f"{what}_ATTRIBUTES", usual) for what, usual in (("PATIENT", _PATIENTS), ("SAMPLE", _SAMPLES))
    )
    patients = read_table(about_patients, comment="#")
    if about_samples and ID in patients.columns:
        samples = read_table(about_samples[0], comment="#")
        if ID in samples.columns:
            first = _first_sample(samples)
            patients = patients.join(
                first.drop([c for c in first.columns if c in patients.columns and c != ID]), on=ID, how="left"
            )
    timelines = {
        path.stem.removeprefix("data_"): read_table(path, may_be_empty=True)
        for path in _named(place, "TIMELINE", "data_timeline*.txt")
    }
    meta = _keys_and_values(place.member("meta_study.txt"))
    if place.holds(MAPPING):
        return Source(patients, NAME, timelines, read_cohort_map(str(place.member(MAPPING))))
    known = _KNOWN.get(meta.get("cancer_study_identifier", ""))
    if known is not None:
        return Source(patients, NAME, timelines, read_cohort_map(known))
    draft = study_mapping(patients, timelines, meta, _descriptions(about_patients))
    mapping = None if draft.refused else cohort_map(draft.mapping)
    return Source(patients, NAME, timelines, mapping, draft)


def _named(place: Place, datatype: str, usual: str) -> list[Path]:
    """The files of a kind: those that meta files name, or else those of the usual name."""
    named = set[Path]()
    for meta in sorted(place.member(".").glob("meta_*.txt")):
        told = _keys_and_values(meta)
        name = told.get("data_filename", "")
        if told.get("datatype", "").upper() == datatype and name and Path(name).name == name:
            named.add(place.member(name))
    found = named or set(place.member(".").glob(usual))
    return sorted(path for path in found if path.is_file())


def _first_sample(samples: pl.DataFrame) -> pl.DataFrame:
    """One sample a patient: the primary tumour's before others, then by identifier."""
    import polars as pl

    primary = pl.col("SAMPLE_TYPE").str.to_lowercase().str.contains("primary").fill_null(False)
    by = [~primary if "SAMPLE_TYPE" in samples.columns else pl.lit(False)]
    by += [pl.col(name) for name in ("SAMPLE_ID",) if name in samples.columns]
    return samples.sort(by).unique(ID, keep="first", maintain_order=True)


def _keys_and_values(meta: Path) -> dict[str, str]:
    """A file of keys and values."""
    if not meta.is_file():
        return {}
    lines = [line.partition(":") for line in meta.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {key.strip(): value.strip()[:300] for key, colon, value in lines if colon}


def _descriptions(patients: Path) -> dict[str, str]:
    """What the second line of the header says of each column."""
    lines = []
    with patients.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            lines.append(line.rstrip("\r\n").removeprefix("#").split("\t"))
            if not line.startswith("#") or len(lines) > 5:
                break
    return dict(zip(lines[-1], lines[1], strict=False)) if len(lines) > 2 else {}
