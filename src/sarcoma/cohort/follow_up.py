"""What happened to each patient of a cohort, as arrays, and the courses counted from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_histories import Counted, Flags, Floats, histories
from sarcoma.cohort.courses import FIRST_EVENT, SEVERAL, SPREAD, full_course
from sarcoma.errors import CohortError
from sarcoma.survival import Course


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Per patient, in the order of `cohort.patients`; months since the origin, NaN where it did not happen.

    Attributes
    ----------
    entry, end : from when to when under observation. died : whether follow-up ended with death. cause : of CAUSES.
    recurrence, metastasis : first time with a known date, not after death.
    recurrence_untimed, metastasis_untimed : it happened, at a time that is not known.
    after_death, after_contact : events after the death (not used) or after the last contact (follow-up then runs on).
    first_organs : the organs of the first metastasis that are known, () without any. organ : the one of them, SEVERAL,
        "unknown", or "" without metastasis. organs : how many.
    """

    entry: Floats
    end: Floats
    died: Flags
    cause: NDArray[np.object_]
    recurrence: Floats
    metastasis: Floats
    recurrence_untimed: Flags
    metastasis_untimed: Flags
    after_death: Flags
    after_contact: Flags
    first_organs: tuple[tuple[str, ...], ...]
    organ: NDArray[np.object_]
    organs: NDArray[np.int64]

    @classmethod
    def of(cls, cohort: Cohort) -> FollowUp:
        ids = cohort.patients.select("id")
        events = cohort.events

        def first(kind: str) -> Floats:
            return _aligned(ids, events.filter(pl.col("event") == kind).group_by("id").agg(pl.col("months").min()))

        def untimed(kind: str, known: Floats) -> Flags:
            some = events.filter((pl.col("event") == kind) & pl.col("months").is_null()).select("id").unique()
            happened = ids["id"].is_in(some["id"].implode()).to_numpy()
            return np.asarray(happened & np.isnan(known))

        death, entry = first("death"), first("entry")
        contact = _aligned(
            ids, events.filter(pl.col("event") == "last-contact").group_by("id").agg(pl.col("months").max())
        )
        late = _aligned(
            ids,
            events.filter(pl.col("event").is_in(["metastasis", "local-recurrence"]))
            .group_by("id")
            .agg(pl.col("months").max()),
        )
        died = ~np.isnan(death)
        with np.errstate(invalid="ignore"):
            end = np.where(died, death, np.fmax(contact, late))
            recurrence, metastasis = first("local-recurrence"), first("metastasis")
            after_death = died & (late > death)
            after_contact = ~died & (late > contact)
            recurrence = np.where(recurrence > end, np.nan, recurrence)
            metastasis = np.where(metastasis > end, np.nan, metastasis)
        if np.isnan(end).any():
            raise CohortError("events: some patients have neither death nor last contact with a time")
        first_organs = _first_organs(ids, events, metastasis)
        causes = events.filter(pl.col("event") == "death").group_by("id").agg(pl.col("cause").first())
        cause = ids.join(causes, on="id", how="left", maintain_order="left")["cause"].fill_null("").to_numpy()
        return cls(
            np.maximum(np.nan_to_num(entry, nan=0.0), 0.0),
            np.maximum(end, 0.0),
            died,
            np.where(died & (cause == ""), "unknown", cause).astype(object),
            np.maximum(recurrence, 0.0),
            np.maximum(metastasis, 0.0),
            untimed("local-recurrence", recurrence),
            untimed("metastasis", metastasis),
            after_death,
            after_contact,
            first_organs,
            _one_organ(first_organs, metastasis),
            np.array([len(o) for o in first_organs], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.end)

    def __repr__(self) -> str:
        return f"FollowUp(patients={len(self)}, deaths={int(self.died.sum())})"

    # -- courses

    def survival(self) -> Counted:
        """All patients from the origin to death."""
        return self._count(Course.survival(), np.ones(len(self), dtype=bool), [], self.died.astype(int))

    def survival_from_metastasis(self) -> Counted:
        """From the first metastasis to death; under delayed entry from the later of metastasis and entry."""
        keep = ~np.isnan(self.metastasis)
        shifted = self._shifted(np.where(keep, self.metastasis, 0.0))
        return shifted._count(
            Course.survival(), keep, [], self.died.astype(int), {_UNTIMED_METASTASIS: self.metastasis_untimed}
        )

    def spread(self) -> Counted:
        """From the origin to the first metastasis or death, of those without metastasis at the origin."""
        happened = ~np.isnan(self.metastasis)
        end = np.where(happened, self.metastasis, self.end)
        to = np.where(happened, 1, np.where(self.died, 2, 0))
        return self._to_first(SPREAD, end, to, recurrence=False)

    def where_first(self, organs: tuple[str, ...]) -> Counted:
        """The same by the first organ: the organs asked for, several at once, another or not known."""
        names = (*organs, SEVERAL, "another organ or not known", "death without metastasis")
        course = Course.competing(names, start="no metastasis")
        position = {name: i + 1 for i, name in enumerate(names)}
        other = position["another organ or not known"]
        happened = ~np.isnan(self.metastasis)
        end = np.where(happened, self.metastasis, self.end)
        kind = np.array([position.get(o, other) for o in self.organ], dtype=int)
        to = np.where(happened, kind, np.where(self.died, len(names), 0))
        return self._to_first(course, end, to, recurrence=False)

    def first_event(self) -> Counted:
        """From the origin to the first of local recurrence, metastasis (before recurrence on one day) and death."""
        with np.errstate(invalid="ignore"):
            recurred = (self.recurrence < self.metastasis) | (~np.isnan(self.recurrence) & np.isnan(self.metastasis))
        spread = ~np.isnan(self.metastasis) & ~recurred
        end = np.where(recurred, self.recurrence, np.where(spread, self.metastasis, self.end))
        to = np.where(recurred, 1, np.where(spread, 2, np.where(self.died, 3, 0)))
        return self._to_first(FIRST_EVENT, end, to, recurrence=True)

    def full_course(self, first_organs: tuple[str, ...] = ()) -> Counted:
        """Disease-free, local recurrence, metastasis, both, dead; what happens on one day is one transition.

        With `first_organs` the metastasis is split by its first organ: these, or elsewhere.
        """
        course = full_course(first_organs)
        place = {organ: 2 + k for k, organ in enumerate(first_organs)}
        spread = np.array([place.get(o, 2 + len(first_organs)) for o in self.organ], dtype=int)
        both, dead = len(course.states) - 2, len(course.states) - 1
        r, m = self.recurrence, self.metastasis
        with np.errstate(invalid="ignore"):
            recurrence_first = ~(r >= m) & ~np.isnan(r)
        one = np.where(recurrence_first, r, m)
        two = np.where(recurrence_first, m, r)
        changes = [(one, np.where(recurrence_first, 1, spread)), (two, np.full(len(self), both))]
        out = {_UNTIMED_METASTASIS: self.metastasis_untimed, _UNTIMED_RECURRENCE: self.recurrence_untimed}
        return self._count(course, np.ones(len(self), dtype=bool), changes, np.where(self.died, dead, -1), out)

    # -- counting

    def _shifted(self, start: Floats) -> FollowUp:
        """The same people with a later origin."""
        moved = {
            name: np.maximum(getattr(self, name) - start, 0.0) for name in ("entry", "end", "recurrence", "metastasis")
        }
        return FollowUp(**{**vars(self), **moved})

    def _to_first(self, course: Course, end: Floats, to: NDArray[Any], *, recurrence: bool) -> Counted:
        out: dict[str, Flags] = {_UNTIMED_METASTASIS: self.metastasis_untimed}
        with np.errstate(invalid="ignore"):
            out["had it at the origin of time"] = self.metastasis <= 0
            if recurrence:
                out[_UNTIMED_RECURRENCE] = self.recurrence_untimed
                out["had it at the origin of time"] |= self.recurrence <= 0
        out["had it before observation began"] = (end <= self.entry) & (self.entry > 0)
        part = FollowUp(**{**vars(self), "end": end})
        return part._count(course, np.ones(len(self), dtype=bool), [], to, out)

    def _count(
        self,
        course: Course,
        keep: Flags,
        changes: list[tuple[Floats, NDArray[Any]]],
        to: NDArray[Any],
        left_out: dict[str, Flags] | None = None,
    ) -> Counted:
        """Histories of who is kept: through the changes (time, state) in order of time to the end and what it was.

        A patient who is left out for several reasons counts under the first.
        """
        counts: dict[str, int] = {}
        for reason, flags in (left_out or {}).items():
            counts[reason] = int((flags & keep).sum()) if reason != _UNTIMED_METASTASIS else int(flags.sum())
            keep = keep & ~flags
        empty = keep & (self.entry >= self.end) & (self.end > 0)
        counts["no time under observation"] = int(empty.sum())
        kept = np.flatnonzero(keep & ~empty)
        if not len(kept):
            raise CohortError("nobody is left to count for this course")
        rows = histories(
            self.entry[kept], self.end[kept], to[kept], [(time[kept], after[kept]) for time, after in changes]
        )
        who, entry, stop, origin, target = rows
        return Counted(course, kept[who], entry, stop, origin, target, {r: n for r, n in counts.items() if n})


_UNTIMED_METASTASIS = "had a metastasis at a time that is not known"
_UNTIMED_RECURRENCE = "had a local recurrence at a time that is not known"


def _aligned(ids: pl.DataFrame, found: pl.DataFrame) -> Floats:
    column = ids.join(found, on="id", how="left", maintain_order="left")["months"]
    values: Floats = column.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    return values


def _first_organs(ids: pl.DataFrame, events: pl.DataFrame, metastasis: Floats) -> tuple[tuple[str, ...], ...]:
    """The organs of the first metastasis, as far as they are known."""
    first = ids.with_columns(first=pl.Series(metastasis).fill_nan(None))
    found = (
        events.filter((pl.col("event") == "metastasis") & pl.col("months").is_not_null())
        .join(first, on="id")
        .filter(pl.col("months") <= pl.col("first").fill_null(-1.0) + 0.5 / 30.4375)
        .group_by("id")
        .agg(pl.col("organ").filter(pl.col("organ") != "unknown").unique().sort().alias("organs"))
    )
    lists = ids.join(found, on="id", how="left", maintain_order="left")["organs"].to_list()
    return tuple(tuple(o or ()) for o in lists)


def _one_organ(organs: tuple[tuple[str, ...], ...], metastasis: Floats) -> NDArray[np.object_]:
    names = [
        "" if t != t else "unknown" if not o else o[0] if len(o) == 1 else SEVERAL
        for t, o in zip(metastasis.tolist(), organs, strict=True)
    ]
    return np.array(names, dtype=object)
