"""One person of an OMOP database as a Reading: the same class as from FHIR, with where each field came from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cohort"))

from omop_cdm import CM, EPISODE, G2, G3, LUNG, NO, PROCEDURE, R1, SIZE, YES, Cdm

from sarcoma.cohort.writing.omop import write_parquet
from sarcoma.errors import CohortError, EvidenceError
from sarcoma.exchange import Reading, omop_codes, read_omop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cdm = Cdm()
    disease = cdm.person(7, died="2013-01-01")
    done = cdm.operation(7, "2010-03-01", disease)
    cdm.measure(7, R1, "2010-03-01", tied=(PROCEDURE, done))
    cdm.measure(7, SIZE, "2010-01-05", number=8.0, unit=CM)
    cdm.measure(7, G2, "2010-01-05", tied=(EPISODE, disease))
    cdm.measure(7, G3, "2010-01-05", tied=(EPISODE, disease))
    cdm.measure(7, LUNG, "2010-01-01", YES)
    cdm.person(8, born=(1950, None, None))
    cdm.measure(8, SIZE, "2010-01-05", number=8.0)
    cdm.measure(8, LUNG, "2010-01-01", NO)
    cdm.person(9, None)
    write_parquet(cdm.tables(), tmp_path)
    return tmp_path


def test_each_field_says_where_it_came_from(folder: Path) -> None:
    reading = read_omop(folder, 7)
    assert isinstance(reading, Reading)
    patient = reading.patient
    assert (patient.age, patient.histologic_type, patient.topography) == (60.0, "leiomyosarcoma", "C49.2")
    assert (patient.size_cm, patient.margin, patient.surgery, patient.grade) == (8.0, "R1", "resected", None)
    assert [m.organ for m in patient.metastases or ()] == ["lung"]
    assert {name: origin.resource for name, origin in reading.origins.items()} == {
        "sex": "person",
        "age": "person",
        "histologic_type": "episode",
        "topography": "episode",
        "surgery": "procedure_occurrence",
        "margin": "measurement",
        "size_cm": "measurement",
    }
    assert set(reading.conflicts) == {"grade"}  # two on one day
    assert (reading.deceased, str(reading.died)) == (True, "2013-01-01")
    assert "60" not in repr(reading)
    assert "leiomyosarcoma" not in repr(reading)


def test_what_is_not_known_says_why(folder: Path) -> None:
    reading = read_omop(folder, 8)
    assert reading.patient.age is None
    assert set(reading.unknown) == {"age", "size_cm"}
    assert reading.patient.metastases == ()
    assert reading.deceased is False


@pytest.mark.words
def test_who_has_no_sarcoma_is_said(folder: Path) -> None:
    for person in (9, 10):
        with pytest.raises(CohortError, match="whose disease is a sarcoma"):
            read_omop(folder, person)


def test_concepts_are_opened_as_codes() -> None:
    (code,) = omop_codes().entries("OMOP:4188540")
    assert (code.table, code.value) == ("presence", "no")
    with pytest.raises(EvidenceError):
        omop_codes().entries("OMOP:1")
