"""The concepts that are written into OMOP: a standard one where one is known, else one of our own."""

from __future__ import annotations

import datetime
from typing import Any

from sarcoma.cohort.reading.omop.concepts import LONGEST_CODE, VOCABULARY, Concepts, concepts
from sarcoma.errors import TypeLookupError
from sarcoma.evidence import library
from sarcoma.patient.histology import resolve_type

_FIRST_LOCAL = 2_090_000_000
"""OMOP leaves concept_ids above 2,000,000,000 to whoever needs concepts of their own."""


class Codes:
    """The concepts that are written: a standard one where one is known, else one of our own."""

    def __init__(self) -> None:
        self.known: Concepts = concepts()
        self.made: dict[tuple[str, str], int] = {}

    def of(self, table: str, value: str) -> int:
        standard = self.known.writes(table, value)
        return standard if standard is not None else self._made(VOCABULARY, f"{table}:{value}"[:LONGEST_CODE])

    def disease(self, type_id: str | None, topography: str | None) -> int:
        """The concept of a sarcoma: ICD-O-3 where the type has a code of its own."""
        code = None if type_id is None else morphology(type_id)
        if code is not None:
            return self._made("ICDO3", f"{code}-{topography or 'NULL'}")
        return self._made(VOCABULARY, f"histologic_type:{type_id or 'unknown'}"[:LONGEST_CODE])

    def _made(self, vocabulary: str, code: str) -> int:
        return self.made.setdefault((vocabulary, code), _FIRST_LOCAL + len(self.made))

    def rows(self) -> list[dict[str, Any]]:
        since, until = datetime.date(1970, 1, 1), datetime.date(2099, 12, 31)
        return [
            {
                "concept_id": number,
                "concept_name": code,
                "domain_id": "Condition" if vocabulary == "ICDO3" else "Metadata",
                "vocabulary_id": vocabulary,
                "concept_class_id": "ICDO Condition" if vocabulary == "ICDO3" else "Undefined",
                "concept_code": code,
                "valid_start_date": since,
                "valid_end_date": until,
            }
            for (vocabulary, code), number in self.made.items()
        ]


def morphology(type_id: str) -> str | None:
    """The ICD-O-3 morphology that means this type and no other."""
    entity = library().types.get(type_id)
    for coded in entity.codes if entity is not None else ():
        try:
            if resolve_type(coded.code) == type_id:
                return str(coded.code)
        except TypeLookupError:
            continue
    return None
