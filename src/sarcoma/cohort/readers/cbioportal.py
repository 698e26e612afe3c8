"""A study folder of cBioPortal: patients, one sample of each (the primary tumour's first), and timelines.

File format: docs.cbioportal.org, "File Formats". Lines with # describe the columns; times of timelines are days.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sarcoma._tables import read_table
from sarcoma.cohort.mapping import read_cohort_map
from sarcoma.cohort.reading import Source

if TYPE_CHECKING:
    import polars as pl

NAME = "cBioPortal study"
_ID = "PATIENT_ID"
_KNOWN = {"msk_met_2021": "msk-met"}


def recognises(path: Path) -> bool:
    return (path / "data_clinical_patient.txt").is_file()


def read(path: Path) -> Source:
    patients = read_table(path / "data_clinical_patient.txt", comment="#")
    samples = path / "data_clinical_sample.txt"
    if samples.is_file() and _ID in patients.columns:
        first = _first_sample(read_table(samples, comment="#"))
        patients = patients.join(
            first.drop([c for c in first.columns if c in patients.columns and c != _ID]), on=_ID, how="left"
        )
    timelines = {p.stem.removeprefix("data_"): read_table(p) for p in sorted(path.glob("data_timeline*.txt"))}
    known = _KNOWN.get(_study(path / "meta_study.txt"))
    return Source(patients, NAME, timelines, read_cohort_map(known) if known else None)


def _first_sample(samples: pl.DataFrame) -> pl.DataFrame:
    """One sample a patient: the primary tumour's before others, then by identifier."""
    import polars as pl

    primary = pl.col("SAMPLE_TYPE").str.to_lowercase().str.contains("primary").fill_null(False)
    by = [~primary if "SAMPLE_TYPE" in samples.columns else pl.lit(False), pl.col("SAMPLE_ID")]
    return samples.sort(by).unique(_ID, keep="first", maintain_order=True)


def _study(meta: Path) -> str:
    if not meta.is_file():
        return ""
    for line in meta.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "cancer_study_identifier":
            return value.strip()
    return ""
