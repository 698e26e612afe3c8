"""A registry in the OMOP common data model 5.4: a PostgreSQL database by its address, or a folder of Parquet files."""

from __future__ import annotations

from sarcoma.cohort.reading.omop.address import is_address
from sarcoma.cohort.reading.omop.concepts import concepts
from sarcoma.cohort.reading.omop.engine import engine_at, holds_tables
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.source import Source

NAME = "OMOP CDM 5.4"


def recognises(place: Place) -> bool:
    return is_address(place) or holds_tables(place)


def read(place: Place) -> Source:
    from sarcoma.cohort.reading.omop.assemble import source_of
    from sarcoma.cohort.reading.omop.extract import extract

    known = concepts() if place.codes is None else concepts().with_file(place.codes)
    with engine_at(place, place.timeout) as engine:
        answered = extract(engine, known)
    return source_of(answered)
