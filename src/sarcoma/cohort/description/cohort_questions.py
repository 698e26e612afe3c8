"""A cohort that questions are asked of: its groups, and how its counts are said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.cohort import ORIGINS, Cohort
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.description.estimates import ENOUGH, curve, median, reached
from sarcoma.cohort.description.figures import Picture, Value
from sarcoma.cohort.description.small_cells import said_count
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.evidence import library
from sarcoma.patient import Coded

_MOST_GROUPS = 8
_MOST_LINES = 4
_MOST_UNDATED = 0.1

BY = {"grade": "grade", "size": "size", "histologic_type": "type", "depth": "depth"}


class UnansweredError(Exception):
    """This cohort cannot answer this question; the reason."""


class CohortQuestions:
    """A cohort with what several questions look at."""

    def __init__(self, cohort: Cohort, min_cell: int | None = None) -> None:
        self.cohort, self.follow_up, self.min_cell = cohort, FollowUp.of(cohort), min_cell
        self.origin = cohort.about.origin

    def coded(self, name: str) -> list[str | None]:
        """A coded variable of the record, None where several values are possible."""
        column = self.cohort.records.column(name)
        if not isinstance(column, Coded):
            raise UnansweredError(f"{name} is not coded")
        known = [next(iter(state)) if len(state) == 1 else None for state in column.states]
        return [known[code] for code in column.codes.tolist()]

    def groups(self, name: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Groups of patients by a variable: label and who; the largest only where there are many."""
        if name == "size":
            size = np.array([np.nan if v is None else v for v in self.cohort.records.values("size_cm")], dtype=float)
            with np.errstate(invalid="ignore"):
                yield "5 cm or smaller", size <= 5
                yield "above 5 to 10 cm", (size > 5) & (size <= 10)
                yield "larger than 10 cm", size > 10
            return
        labels = np.array(["" if v is None else v for v in self.coded(name)], dtype=object)
        distinct, counts = np.unique(labels[labels != ""], return_counts=True)
        if name in ("histologic_type", "site"):
            distinct = distinct[np.argsort(-counts, kind="stable")][:_MOST_GROUPS]
        for label in distinct:
            yield label_of(name, str(label)), labels == label

    def by_group(
        self,
        counted: CountedHistories,
        names: Iterable[str],
        state: str,
        what: str,
        title: str,
        *,
        medians: bool = False,
    ) -> tuple[list[Value], list[Picture]]:
        """Curves by groups of at least ENOUGH patients, and one picture for each variable."""
        values, pictures = [], []
        for name in names:
            groups = [(f"grade {label}" if name == "grade" else label, who) for label, who in self.groups(name)]
            curves, picture = self.compared(
                counted, groups, state, what, f"{title}, by {BY[name]}", "median survival" if medians else None
            )
            values += curves
            pictures += picture
        return values, pictures

    def compared(
        self,
        counted: CountedHistories,
        groups: Iterable[tuple[str, NDArray[np.bool_]]],
        state: str,
        what: str,
        title: str,
        median_of: str | None = None,
    ) -> tuple[list[Value], list[Picture]]:
        """Curves of groups of at least ENOUGH patients, and their picture: none where only one group is left."""
        values, lines = [], []
        for label, part in self._large_enough(counted, [(label, counted.of(who)) for label, who in groups], state):
            if median_of is not None:
                values.append(median(median_of, part, label))
            curve_values, line = curve(what, part, state, label)
            values += curve_values
            lines.append((part.patients, replace(line, low=(), high=())))
        largest = sorted(range(len(lines)), key=lambda i: -lines[i][0])[:_MOST_LINES]
        shown = tuple(lines[i][1] for i in sorted(largest) if len(lines[i][1].times) > 1)
        return values, [Picture(title, what, shown)] if len(shown) > 1 else []

    def _large_enough(
        self, counted: CountedHistories, parts: list[tuple[str, CountedHistories]], state: str
    ) -> list[tuple[str, CountedHistories]]:
        """Groups of at least ENOUGH patients; where small cells are hidden, also what is left without them is none."""
        kept = [part for part in parts if part[1].patients >= ENOUGH]
        least = self.min_cell
        while least is not None and kept:
            rest = counted.patients - sum(part.patients for _, part in kept)
            had = reached(counted, state) - sum(reached(part, state) for _, part in kept)
            if not 0 < rest < least and not 0 < had < least:
                break
            kept.remove(min(kept, key=lambda part: part[1].patients))
        return kept

    def need_origin(self, *origins: str) -> None:
        if self.origin not in origins:
            raise UnansweredError(f"time runs from {ORIGINS[self.origin]} in this cohort")

    def need_deaths(self, counted: CountedHistories) -> None:
        """Where nobody is recorded dead, deaths were not recorded, or too few were followed for too short a time."""
        if not (counted.to == counted.course.index("dead")).any():
            raise UnansweredError("no deaths are recorded, so nothing can be said of how long people live")

    def need_dates(self, *kinds: str) -> None:
        """Who had it at a time that is not known is left out; where those are many, too few would seem to have it."""
        for kind, untimed, timed in (
            ("metastasis", self.follow_up.metastasis_untimed, self.follow_up.metastasis),
            ("local recurrence", self.follow_up.recurrence_untimed, self.follow_up.recurrence),
        ):
            without, dated = int(untimed.sum()), int((~np.isnan(timed)).sum())
            if kind in kinds and without > _MOST_UNDATED * (without + dated):
                raise UnansweredError(
                    f"{self.count(without)} of {self.count(without + dated)} patients with a {kind} have it at a time "
                    "that is not known"
                )

    def count(self, n: int) -> str:
        """A count of patients in words."""
        return said_count(n, self.min_cell)

    def said(self, counted: CountedHistories) -> str:
        """Whom a figure is about, and who was left out."""
        text = f"{self.count(counted.patients)} patients"
        if counted.left_out:
            out = ", ".join(f"{self.count(n)} who {reason}" for reason, n in counted.left_out.items())
            text += f"; left out: {out}"
        return text + "."

    def entered(self, counted: CountedHistories) -> tuple[str, ...]:
        """What is to be said of delayed entry."""
        later = int((counted.entry > 0).sum())
        if not later:
            return ()
        return (
            f"{self.count(later)} of {self.count(counted.patients)} came under observation later (delayed entry) and "
            f"count from then on; {self.count(counted.at_risk(0.0))} were under observation at the start.",
        )


def label_of(name: str, code: str) -> str:
    """The label of a code of a variable that groups are made by."""
    if name == "histologic_type":
        return library().types[code].name
    if name == "site":
        return library().primary_sites[code].name
    return code
