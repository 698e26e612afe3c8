"""A cohort in memory, of which the questions of a description are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.cohort.counting_plan import CountingPlan
from sarcoma.cohort.description.asked import Asked, AtDiagnosis, DistinctStays, Undated, known_codes, one_state
from sarcoma.cohort.description.groups import BANDED, ORGAN
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.patient import Records


class CohortQuestions(Asked):
    """A cohort counted by NumPy."""

    def __init__(self, cohort: Cohort, min_cell: int | None = None) -> None:
        super().__init__(cohort.about, len(cohort), min_cell)
        self.cohort, self.follow_up = cohort, FollowUp.of(cohort)

    def standing_for(self, name: str) -> tuple[Records, NDArray[np.int64]]:  # noqa: ARG002
        return self.cohort.records, np.ones(len(self.cohort), dtype=np.int64)

    def counted(self, plan: CountingPlan) -> CountedCourse:
        return CountedCourse.of(self.follow_up.count(plan))

    def counted_by(self, plan: CountingPlan, name: str, keys: Sequence[str]) -> dict[str, CountedCourse]:
        counted, own = self.follow_up.count(plan), self._key_of_each(name)
        parts = {key: counted.of(own == key) for key in keys}
        return {key: CountedCourse.of(part) for key, part in parts.items() if len(part.exit)}

    def stays(self, plan: CountingPlan) -> DistinctStays:
        counted, course = self.follow_up.count(plan), one_state(plan)
        into = {target: place for place, (_, target) in enumerate(course.transitions)}
        place = np.array([*(into.get(state, -1) for state in course.states), -1])
        rows = np.column_stack([counted.entry, counted.exit, place[counted.to]])
        distinct, n = np.unique(rows, axis=0, return_counts=True)
        return DistinctStays(
            course, distinct[:, 0], distinct[:, 1], distinct[:, 2].astype(np.int64), n.astype(np.int64)
        )

    def undated(self, kind: str) -> Undated:
        f = self.follow_up
        untimed, timed = {
            "metastasis": (f.metastasis_untimed, f.metastasis),
            "local-recurrence": (f.recurrence_untimed, f.recurrence),
        }[kind]
        return Undated(int(untimed.sum()), int((~np.isnan(timed)).sum()))

    def at_diagnosis(self, name: str | None = None) -> dict[str, AtDiagnosis]:
        known = ~self.follow_up.metastasis_untimed
        with np.errstate(invalid="ignore"):
            early = (self.follow_up.metastasis <= 0) & known
        if name is None:
            return {"all": AtDiagnosis(int(known.sum()), int(early.sum()))}
        own = self._key_of_each(name)
        found = {key: (int((known & (own == key)).sum()), int((early & (own == key)).sum())) for key in self.keys(name)}
        return {key: AtDiagnosis(*counts) for key, counts in found.items() if counts[0]}

    def organs(self) -> dict[str, int]:
        names, n = np.unique(self.follow_up.organ[self.follow_up.organ != ""].astype(str), return_counts=True)
        return dict(zip(names.tolist(), n.tolist(), strict=True))

    def _key_of_each(self, name: str) -> NDArray[Any]:
        """The group of each patient, "" in none."""
        if name == ORGAN:
            return self.follow_up.organ
        if name not in BANDED:
            return np.array(["" if code is None else code for code in known_codes(self.cohort.records, name)], object)
        banded = BANDED[name]
        if banded.column == "size_cm":
            values = np.array([np.nan if v is None else v for v in self.cohort.records.values("size_cm")], dtype=float)
        else:
            values = getattr(self.follow_up, banded.column)
        found = np.full(len(self.cohort), "", dtype=object)
        with np.errstate(invalid="ignore"):
            for band in reversed(banded.bands):
                found[band.holds(values)] = band.label
        return found
