"""What derived variables ask of many records: their fields as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sarcoma.evidence import Condition, Profile
from sarcoma.patient.columns import Coded, Codes, Column, Numeric, Stated
from sarcoma.patient.staging import Staging


class FieldColumns(Protocol):
    """n records, as derived variables and rules see them (`Records` is one); `answers` are those of conditions."""

    answers: dict[Condition, NDArray[np.int8]]

    def __len__(self) -> int:
        """The number of records."""

    def column(self, name: str, grouping: str | None = None) -> Column:
        """A field or derived variable of all records."""

    def values(self, name: str) -> Sequence[Any]:
        """A field of all records as it stands, None where unknown."""

    def stated(self, name: str) -> Stated:
        """The same, each distinct value once."""

    def coded(self, name: str) -> Coded:
        """A coded column by name."""

    def numeric(self, name: str) -> Numeric:
        """A numeric column by name."""

    def profiles(self) -> tuple[Codes, list[tuple[Profile, ...]]]:
        """The type profiles that may hold: (index per record, one tuple of profiles per distinct answer)."""

    def staging(self) -> tuple[Codes, list[tuple[Staging, ...]]]:
        """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""


def per_metastases(records: FieldColumns, function: Callable[[Any], Any]) -> Stated:
    """A function of the metastases of every record (a tuple, or None where not known)."""
    return records.stated("metastases").map(function)
