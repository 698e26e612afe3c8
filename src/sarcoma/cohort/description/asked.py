"""Of what the questions of a description are asked: a cohort, wherever its patients are counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.cohort.cohort import ORIGINS, About
from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.cohort.counting_plan import CountingPlan
from sarcoma.cohort.description.estimates import ENOUGH, curve, median
from sarcoma.cohort.description.figures import Picture, Value
from sarcoma.cohort.description.groups import BANDED, BY, ORGAN, group_label, organs_in_order
from sarcoma.cohort.description.small_cells import said_count
from sarcoma.errors import CohortError
from sarcoma.patient import Coded, Records
from sarcoma.survival import Course, EventTable

_MOST_GROUPS = 8
_MOST_LINES = 4
_MOST_UNDATED = 0.1


class UnansweredError(Exception):
    """This cohort cannot answer this question; the reason."""


class Undated(NamedTuple):
    """How many have an event at no known time, and how many at a known one."""

    without: int
    dated: int


class AtDiagnosis(NamedTuple):
    """Of whom it is known when a metastasis came, if one did, and how many of them had it at the origin or before."""

    known: int
    early: int


@dataclass(frozen=True, eq=False)
class DistinctStays:
    """Stays of a course in which one state is left, by entry, exit and end: (S,) each and how many have it.

    end : the place of the transition, −1 where nothing happened. In the order of entry, exit and end.
    """

    course: Course
    entry: Floats
    exit: Floats
    end: NDArray[np.int64]
    n: NDArray[np.int64]

    def table(self, n: NDArray[np.int64]) -> EventTable:
        """The event table of so many of each, (S,)."""
        some = n > 0
        ends = np.where(self.end < 0, len(self.course.transitions), self.end)
        kinds = np.concatenate([ends[some], np.full(int(some.sum()), len(self.course.transitions) + 1)])
        times = np.concatenate([self.exit[some], self.entry[some]])
        return EventTable.of_counts(self.course, {"time": times, "kind": kinds, "n": np.tile(n[some], 2)})


class Asked(ABC):
    """A cohort with what several questions ask of it.

    Parameters
    ----------
    patients : how many there are. min_cell : figures about fewer are hidden.
    """

    def __init__(self, about: About, patients: int, min_cell: int | None) -> None:
        self.about, self.patients, self.min_cell = about, patients, min_cell
        self.origin = about.origin

    # what is counted

    @abstractmethod
    def standing_for(self, name: str) -> tuple[Records, NDArray[np.int64]]:
        """Records that hold every value of a field that there is, and how many patients each stands for."""

    @abstractmethod
    def counted(self, plan: CountingPlan) -> CountedCourse:
        """A course of all patients.

        Raises
        ------
        CohortError : nobody is left to count.
        """

    @abstractmethod
    def counted_by(self, plan: CountingPlan, name: str, keys: Sequence[str]) -> dict[str, CountedCourse]:
        """The same of the groups of these keys, as far as anyone of them is counted."""

    @abstractmethod
    def stays(self, plan: CountingPlan) -> DistinctStays:
        """The stays of a course in which one state is left."""

    @abstractmethod
    def undated(self, kind: str) -> Undated:
        """Of how many it is known that they had a "metastasis" or "local-recurrence", but not when."""

    @abstractmethod
    def at_diagnosis(self, name: str | None = None) -> dict[str, AtDiagnosis]:
        """By the keys of groups, or of all as "all"."""

    @abstractmethod
    def organs(self) -> dict[str, int]:
        """How many have their first metastasis, at a known time, in which organ."""

    # what follows from it

    def codes(self, name: str) -> dict[str, int]:
        """How many have each code of a field, as far as it is known."""
        records, n = self.standing_for(name)
        return _added(known_codes(records, name), n)

    def stated(self, name: str) -> dict[str, int]:
        """How many have each value of a field as it is written down."""
        records, n = self.standing_for(name)
        return _added(list(records.values(name)), n)

    def keys(self, name: str) -> list[str]:
        """The groups by a variable, the largest only where there are many."""
        if name in BANDED:
            return [band.label for band in BANDED[name].bands]
        if name == ORGAN:
            return organs_in_order(self.organs())
        counts = self.codes(name)
        if name in ("histologic_type", "site"):
            return sorted(counts, key=lambda code: (-counts[code], code))[:_MOST_GROUPS]
        return sorted(counts)

    def by_group(
        self,
        plan: CountingPlan,
        whole: CountedCourse,
        names: Iterable[str],
        state: str,
        what: str,
        title: str,
        *,
        medians: bool = False,
    ) -> tuple[list[Value], list[Picture]]:
        """Curves by groups of at least ENOUGH patients, and a picture for each variable by which several are left.

        whole : the course of all patients.
        """
        values: list[Value] = []
        pictures: list[Picture] = []
        for name in names:
            keys = self.keys(name)
            parts = self.counted_by(plan, name, keys)
            lines = []
            for key in self._large_enough(whole, {key: parts[key] for key in keys if key in parts}, state):
                label, part = group_label(name, key), parts[key]
                if medians:
                    values.append(median("median survival", part, label))
                curve_values, line = curve(what, part, state, label)
                values += curve_values
                lines.append((part.patients, replace(line, low=(), high=())))
            largest = sorted(range(len(lines)), key=lambda i: -lines[i][0])[:_MOST_LINES]
            shown = tuple(lines[i][1] for i in sorted(largest) if len(lines[i][1].times) > 1)
            if len(shown) > 1:
                pictures.append(Picture(f"{title}, by {BY[name]}", what, shown))
        return values, pictures

    def _large_enough(self, whole: CountedCourse, parts: dict[str, CountedCourse], state: str) -> list[str]:
        """Groups of at least ENOUGH patients; where small cells are hidden, also what is left without them is none."""
        kept = [key for key, part in parts.items() if part.patients >= ENOUGH]
        least = self.min_cell
        while least is not None and kept:
            rest = whole.patients - sum(parts[key].patients for key in kept)
            had = whole.reached(state) - sum(parts[key].reached(state) for key in kept)
            if not 0 < rest < least and not 0 < had < least:
                break
            kept.remove(min(kept, key=lambda key: parts[key].patients))
        return kept

    # what is needed

    def need_origin(self, *origins: str) -> None:
        if self.origin not in origins:
            raise UnansweredError(f"time runs from {ORIGINS[self.origin]} in this cohort")

    def need_deaths(self, counted: CountedCourse) -> None:
        """Where nobody is recorded dead, deaths were not recorded, or too few were followed for too short a time."""
        if not counted.reached("dead"):
            raise UnansweredError("no deaths are recorded, so nothing can be said of how long people live")

    def need_dates(self, *kinds: str) -> None:
        """Who had it at a time that is not known is left out; where those are many, too few would seem to have it."""
        for kind in kinds:
            without, dated = self.undated(kind)
            if without > _MOST_UNDATED * (without + dated):
                raise UnansweredError(
                    f"{self.count(without)} of {self.count(without + dated)} patients with a {kind.replace('-', ' ')} "
                    "have it at a time that is not known"
                )

    # how it is said

    def count(self, n: int) -> str:
        """A count of patients in words."""
        return said_count(n, self.min_cell)

    def said(self, counted: CountedCourse) -> str:
        """Whom a figure is about, and who was left out."""
        text = f"{self.count(counted.patients)} patients"
        if counted.left_out:
            out = ", ".join(f"{self.count(n)} who {reason}" for reason, n in counted.left_out.items())
            text += f"; left out: {out}"
        return text + "."

    def entered(self, counted: CountedCourse) -> tuple[str, ...]:
        """What is to be said of delayed entry."""
        if not counted.late:
            return ()
        return (
            f"{self.count(counted.late)} of {self.count(counted.patients)} came under observation later (delayed "
            f"entry) and count from then on; {self.count(counted.at_risk(0.0))} were under observation at the start.",
        )


def known_codes(records: Records, name: str) -> list[str | None]:
    """A coded variable of records, None where several values are possible.

    Raises
    ------
    UnansweredError : it is not coded.
    """
    column = records.column(name)
    if not isinstance(column, Coded):
        raise UnansweredError(f"{name} is not coded")
    known = [next(iter(state)) if len(state) == 1 else None for state in column.states]
    return [known[code] for code in column.codes.tolist()]


def _added(values: Sequence[Any], n: NDArray[np.int64]) -> dict[str, int]:
    """How many have each value that is known."""
    found: dict[str, int] = {}
    for value, many in zip(values, n.tolist(), strict=True):
        if value is not None:
            found[value] = found.get(value, 0) + many
    return found


def one_state(plan: CountingPlan) -> Course:
    """The course of a plan in which one state is left.

    Raises
    ------
    CohortError : several are.
    """
    course = plan.course
    if len(course.transient) > 1:
        raise CohortError("this course has several states that are left, so a stay does not tell it")
    return course
