"""Histories of a course, counted: who was where from when to when, and what happened then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._types import Flags, Floats
from sarcoma.survival import Course, EventTable, Histories


@dataclass(frozen=True, eq=False)
class CountedHistories:
    """Rows of histories of a course, the patient of each, and who was left out, by reason.

    Arrays of (rows,): `patient` (position in the cohort), `entry`, `exit`, `origin` and `to` (positions of states, −1
    where nothing happened).
    """

    course: Course
    patient: NDArray[np.intp]
    entry: Floats
    exit: Floats
    origin: NDArray[np.intp]
    to: NDArray[np.intp]
    left_out: dict[str, int]

    def __repr__(self) -> str:
        return f"CountedHistories(patients={self.patients}, rows={len(self.exit)}, states={len(self.course.states)})"

    @property
    def patients(self) -> int:
        return len(np.unique(self.patient))

    @checked
    def of(self, patients: Flags) -> CountedHistories:
        """Only the histories of some patients (a flag for each of the cohort)."""
        return self.take(np.flatnonzero(patients[self.patient]))

    @checked
    def take(self, rows: NDArray[np.intp]) -> CountedHistories:
        """Some of the rows, perhaps several times."""
        return CountedHistories(
            self.course, self.patient[rows], self.entry[rows], self.exit[rows], self.origin[rows], self.to[rows], {}
        )

    @property
    def histories(self) -> Histories:
        several = len(self.course.transient) > 1
        return Histories(
            self.course,
            self.exit,
            self.to,
            entry=self.entry if self.entry.any() else None,
            origin=self.origin if several else None,
            patient=self.patient if several else None,
        )

    @property
    def table(self) -> EventTable:
        return EventTable.from_histories(self.histories)

    def ever_in(self, state: str) -> int:
        """Patients who were seen in a state at all."""
        h = self.course.index(state)
        return len(np.unique(self.patient[(self.origin == h) | (self.to == h)]))
