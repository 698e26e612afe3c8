"""Which concepts are sarcomas: by the vocabulary's ICD-O-3 where it is filled, else by the table of concepts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sarcoma.cohort.reading.omop.concepts import VOCABULARY, Concepts
from sarcoma.errors import TypeLookupError
from sarcoma.patient import field_specs
from sarcoma.patient.histology import resolve_type

if TYPE_CHECKING:
    import polars as pl

_ICDO3 = re.compile(r"(?P<morphology>\d{4}/\d)(?:-(?P<topography>C\d{2}(?:\.\d)?|NULL))?")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a concept says: morphology or type as the record takes it, and topography; None where it does not."""

    type: str
    topography: str | None = None


@dataclass
class Diagnoses:
    """The concepts of a database: those of sarcomas, those of other diseases, and those that stand nowhere."""

    sarcomas: dict[int, Diagnosis] = field(default_factory=dict)
    others: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)


def diagnoses_of(ids: Iterable[int], codes: Mapping[int, tuple[str, str]], known: Concepts) -> Diagnoses:
    """What each concept says.

    Parameters
    ----------
    ids : concepts. codes : vocabulary and code of those that the database's vocabulary has. known : our own table.
    """
    own, found = known.table("histologic_type"), Diagnoses()
    for number in ids:
        if number in own:
            found.sarcomas[number] = Diagnosis(own[number])
            continue
        vocabulary, code = codes.get(number, ("", ""))
        told = _ICDO3.fullmatch(code.strip()) if vocabulary == "ICDO3" else None
        if told is None:
            (found.unknown if not vocabulary else found.others).add(number)
            continue
        diagnosis = _by_icdo3(told["morphology"], told["topography"])
        if diagnosis is None:
            found.others.add(number)
        else:
            found.sarcomas[number] = diagnosis
    return found


def _by_icdo3(morphology: str, topography: str | None) -> Diagnosis | None:
    """A sarcoma by its codes; None for another disease, and for codes that the evidence does not have."""
    try:
        resolve_type(morphology)
    except TypeLookupError as error:
        if error.reason != "ambiguous":
            return None
    if topography in (None, "NULL"):
        return Diagnosis(morphology)
    try:
        field_specs()["topography"].clean(topography)
    except ValueError as error:
        if getattr(error, "kind", "") != "out-of-scope":
            return Diagnosis(morphology)
    return Diagnosis(morphology, topography)


def codes_of(frame: pl.DataFrame) -> dict[int, tuple[str, str]]:
    """Vocabulary and code by concept; a concept that stands twice with two codes has none."""
    found: dict[int, tuple[str, str]] = {}
    twice: Counter[int] = Counter()
    for number, vocabulary, code in frame.iter_rows():
        if number is None or vocabulary is None or code is None or vocabulary == VOCABULARY:
            continue
        if found.setdefault(number, (vocabulary, code)) != (vocabulary, code):
            twice[number] += 1
    return {number: code for number, code in found.items() if number not in twice}
