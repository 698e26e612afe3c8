"""Histories: who was under observation from when to when, in which state, and what happened then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course


class Histories:
    """Rows of observation for a course: at risk on (entry, exit] in a state, then a transition or censoring.

    Parameters
    ----------
    course : states and allowed transitions.
    exit : end of each row, shape (n,), any one unit of time, ≥ 0.
    to : the state entered at `exit`, shape (n,): names, or positions in `course.states`. The state one is in
        already, −1, None or "" mean that nothing happened (censored); so 0/1 serves for a course of two states,
        and 0 = censored, 1, 2, … for competing causes.
    entry : start of each row (delayed entry, later rows of a patient), shape (n,); 0 where not given. A row that
        starts at 0 is at risk at time 0 too.
    origin : the state each row is spent in, as `to`; the first state where not given.
    patient : who each row belongs to, shape (n,); needed where a patient has several rows.
    group : optional label of each row.
    weight : optional positive weight of each row (sampling or censoring weights).

    Raises
    ------
    InputError : names the argument; lists no values.

    Examples
    --------
    >>> Histories(Course.survival(), exit=[5, 8, 12], to=[1, 0, 1], entry=[0, 3, 0])
    Histories(rows=3, transitions=2, states=2)
    """

    __slots__ = ("course", "entry", "exit", "group", "groups", "kind", "origin", "patient", "patients", "weight")

    course: Course
    exit: Floats
    entry: Floats | None
    origin: NDArray[np.intp] | None
    kind: NDArray[np.int16]
    patient: NDArray[np.intp] | None
    patients: tuple[Any, ...]
    group: NDArray[np.intp] | None
    groups: tuple[Any, ...]
    weight: Floats | None

    @checked
    def __init__(
        self,
        course: Course,
        exit: ArrayLike,
        to: ArrayLike | Sequence[str | None],
        *,
        entry: ArrayLike | None = None,
        origin: ArrayLike | Sequence[str | None] | None = None,
        patient: ArrayLike | None = None,
        group: ArrayLike | None = None,
        weight: ArrayLike | None = None,
    ) -> None:
        _arrays.one_order(exit=exit, to=to, entry=entry, origin=origin, patient=patient, group=group, weight=weight)
        self.course = course
        self.exit = _arrays.floats("exit", exit, low=0.0)
        n = len(self.exit)
        self.entry = None if entry is None else _arrays.floats("entry", entry, n, low=0.0)
        if self.entry is not None:
            self.entry = _arrays.without_dust(self.entry)
            empty = _arrays.without_length(self.entry, self.exit)
            if empty.any():
                raise InputError("entry", f"{int(empty.sum())} of {n} rows end before or when they start", "0 < exit")
            if not self.entry.any():
                self.entry = None
        self.origin = None if origin is None else _state_positions("origin", origin, course, n, missing=False)
        self.kind = self._kinds(_state_positions("to", to, course, n, missing=True))
        self.patient, self.patients = (None, ()) if patient is None else _arrays.codes("patient", patient, n)
        self.group, self.groups = (None, (None,)) if group is None else _arrays.codes("group", group, n)
        self.weight = None if weight is None else _arrays.floats("weight", weight, n)
        if self.weight is not None and self.weight.min() <= 0:
            raise InputError("weight", "must be above 0; leave rows without weight out", "[1.0, 0.5]")
        if self.patient is not None:
            self._check_rows_of_patients(self.patient)

    def __len__(self) -> int:
        return len(self.exit)

    def __repr__(self) -> str:
        happened = int((self.kind < len(self.course.transitions)).sum())
        people = "" if self.patient is None else f", patients={len(self.patients)}"
        return f"Histories(rows={len(self)}{people}, transitions={happened}, states={len(self.course.states)})"

    def _kinds(self, to: NDArray[Any]) -> NDArray[np.int16]:
        """Per row the number of its transition, or (transitions + position among transient states) if censored."""
        course = self.course
        ends = np.full((len(course.states), len(course.states)), -1, dtype=np.int16)
        for q, state in enumerate(course.transient):
            h = course.index(state)
            ends[h] = course.transition_codes[h]
            ends[h, h] = len(course.transitions) + q
        kind: NDArray[np.int16]
        if self.origin is None:
            # position −1 (nothing happened) finds the last entry, put there for it
            kind = np.append(ends[0], ends[0, 0])[to]
        else:
            kind = ends[self.origin, np.where(to < 0, self.origin, to)]
        if kind.min() < 0:
            raise InputError(
                "to",
                f"{int((kind < 0).sum())} of {len(kind)} rows make a transition that the course does not have",
                " or ".join(f"{a} → {b}" for a, b in course.transitions),
            )
        return kind

    def _check_rows_of_patients(self, patient: NDArray[np.intp]) -> None:
        if len(self.patients) == len(self):
            return
        entry = np.zeros(len(self)) if self.entry is None else self.entry
        order = np.lexsort((self.exit, entry, patient))
        same = np.diff(patient[order]) == 0
        overlap = same & _arrays.later(self.exit[order][:-1], entry[order][1:])
        if overlap.any():
            raise InputError("patient", f"{int(overlap.sum())} rows overlap an earlier row of the same patient")
        targets = np.concatenate([self.course.targets, [-1] * len(self.course.transient)])[self.kind[order]]
        touching = same & _arrays.at(entry[order][1:], self.exit[order][:-1]) & (targets[:-1] >= 0)
        wrong = touching & (targets[:-1] != self.state[order][1:])
        if wrong.any():
            raise InputError("origin", f"{int(wrong.sum())} rows start in another state than the row before led to")

    @property
    def state(self) -> NDArray[np.intp]:
        """Position of the state that each row is spent in, shape (n,)."""
        return np.zeros(len(self), dtype=np.intp) if self.origin is None else self.origin

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether each row ends with a transition, shape (n,)."""
        found: NDArray[np.bool_] = self.kind < len(self.course.transitions)
        return found

    @checked
    def take(self, rows: NDArray[Any] | slice) -> Histories:
        """The histories of some rows (positions, a mask or a slice); patients and groups keep their labels."""
        rows = _arrays.positions("rows", rows, len(self))
        part = object.__new__(Histories)
        part.course, part.groups = self.course, self.groups
        part.exit, part.kind = self.exit[rows], self.kind[rows]
        for name in ("entry", "origin", "group", "weight"):
            column = getattr(self, name)
            setattr(part, name, None if column is None else column[rows])
        part.patient, part.patients = None, ()
        if self.patient is not None:
            present, part.patient = np.unique(self.patient[rows], return_inverse=True)
            part.patients = tuple(self.patients[i] for i in present)
        return part


def _state_positions(
    name: str, values: ArrayLike | Sequence[str | None], course: Course, n: int, *, missing: bool
) -> NDArray[Any]:
    """States given by name or position as positions; −1 where nothing is said and that may be so."""
    array = _arrays.row_of_values(name, values)
    if array.ndim != 1 or len(array) != n:
        raise InputError(name, f"must have one dimension and {n} rows like exit")
    example = f"{course.states[-1]!r} or {len(course.states) - 1}"
    if array.dtype == bool:
        return array.view(np.int8)
    if array.dtype.kind in "iuf":
        if array.dtype.kind == "f" and not (array == np.floor(array)).all():  # NaN is not equal to itself
            raise InputError(name, "missing or broken numbers where positions of states are needed", example)
        lowest = -1 if missing else 0
        if array.min() < lowest or array.max() >= len(course.states):
            raise InputError(name, f"numbers outside {lowest} … {len(course.states) - 1}", example)
        positions: NDArray[np.intp] = array.astype(np.intp, copy=False)
        return positions
    labels, found = np.unique([("" if v is None else str(v)) for v in array.tolist()], return_inverse=True)
    known = {state: i for i, state in enumerate(course.states)} | ({"": -1} if missing else {})
    unknown = [label for label in labels.tolist() if label not in known]
    if unknown:
        raise InputError(name, f"{len(unknown)} names that are no state of the course", " or ".join(course.states))
    return np.array([known[label] for label in labels.tolist()], dtype=np.intp)[found]
