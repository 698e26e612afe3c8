"""People counted by bands of their predictions: groups of like predictions, and those whom a threshold would treat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival import _arrays
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.measures.calibration import CalibrationGroups, groups_of_table
from sarcoma.survival.measures.cell_measures import TreatedCells, benefit_of_cells
from sarcoma.survival.measures.counted_outcome import CountedOutcome, cells_of_counts
from sarcoma.survival.measures.usefulness import DecisionCurve


@dataclass(frozen=True, eq=False)
class BandedCounts:
    """Rows (R,) of people who share a band, a time and an event.

    Attributes
    ----------
    outcome : of all of them. horizon : up to which they are looked at; who is there for longer has a time that is
    no earlier than anyone's.
    group : of like predictions. above : how many thresholds lie at or below the predictions. exit, event : as of
    `CountedOutcome`. people : how many. risk : the sum of their predictions.
    """

    outcome: CountedOutcome
    horizon: float
    group: NDArray[np.int64]
    above: NDArray[np.int64]
    exit: Floats
    event: NDArray[np.int64]
    people: NDArray[np.int64]
    risk: Floats

    def calibration_groups(self, level: float = 0.95) -> CalibrationGroups:
        """`measures.calibration_groups`.

        Raises
        ------
        InputError : a group in which nobody is followed to the horizon.
        """
        course = Course.competing(("event", "competing")[: self.outcome.causes])
        k = self.outcome.causes
        _, code = self.outcome.rows_of(self.exit, self.event)
        labels, which = np.unique(self.group, return_inverse=True)
        people = np.bincount(which, self.people).astype(np.float64)
        table = EventTable.of_counts(
            course,
            {
                "group": [*labels.tolist(), *self.group.tolist()],
                "time": np.concatenate([np.zeros(len(labels)), self.exit]),
                "kind": np.concatenate([np.full(len(labels), k + 1), np.where(code == 0, k, code - 1)]),
                "n": np.concatenate([people, self.people]),
            },
        )
        return groups_of_table(table, np.bincount(which, self.risk) / people, people, self.horizon, level)

    def decision_curve(self, thresholds: Floats, level: float = 0.95) -> DecisionCurve:
        """`measures.decision_curve`.

        Parameters
        ----------
        thresholds : those by which `above` counts, rising.
        """
        everyone, _ = self.outcome.cells(self.horizon)
        found = benefit_of_cells(everyone, self._treated(len(thresholds)), thresholds)
        z = normal_quantile(level)
        low, high = found.value - z * found.se, found.value + z * found.se
        return DecisionCurve(
            thresholds, found.value, found.se, low, high, found.treat_all, found.treat_all_se, level, self.horizon,
            self.outcome.estimand,
        )  # fmt: skip

    def _treated(self, thresholds: int) -> list[TreatedCells]:
        """For each threshold those whose predictions are at least it."""
        inside = int(_arrays.upto(self.outcome.times, self.horizon))
        times = self.outcome.times[:inside]
        place, code = self.outcome.rows_of(self.exit, self.event)
        by_band = np.zeros((thresholds + 1, inside + 1, 3), dtype=np.int64)
        np.add.at(by_band, (self.above, np.minimum(place, inside), code), self.people)
        found = []
        for counts in by_band[::-1].cumsum(axis=0)[::-1][1:]:
            within, beyond = counts[:inside], int(counts[inside:].sum())
            present = np.flatnonzero(within.any(axis=1))
            reaches = beyond > 0 or not len(present) or not _arrays.later(self.horizon, times[present[-1]])
            followed = reaches or not within[present[-1], 0]
            cells = None
            if followed and within[:, 1].any():
                cells = cells_of_counts(times, within, beyond, self.horizon, self.outcome.causes)
            found.append(TreatedCells(int(counts.sum()), cells, bool(followed)))
        return found
