"""What derived variables ask of many records: their fields as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sarcoma.patient.columns import Coded, Codes, Numeric
from sarcoma.patient.staging import Staging


class FieldColumns(Protocol):
    """n records, as derived variables see them (`Records` is one)."""

    def values(self, name: str) -> Sequence[Any]:
        """A field of all records as it stands, None where unknown."""

    def coded(self, name: str) -> Coded:
        """A coded column by name."""

    def numeric(self, name: str) -> Numeric:
        """A numeric column by name."""

    def staging(self) -> tuple[Codes, list[tuple[Staging, ...]]]:
        """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""


def per_metastases(records: FieldColumns, function: Callable[[Any], Any]) -> list[Any]:
    """A function of the metastases of every record (a tuple, or None where not known)."""
    every = records.values("metastases")
    distinct = {id(found): found for found in every}
    answers = {place: function(found) for place, found in distinct.items()}
    return [answers[id(found)] for found in every]
