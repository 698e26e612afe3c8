"""What happened to each patient of a cohort, as arrays: what plans are counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._months import DAYS_PER_MONTH
from sarcoma._types import Flags, Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.counting_plan import SEVERAL, CountingPlan
from sarcoma.cohort.numpy_engine import count
from sarcoma.errors import CohortError
from sarcoma.survival import _arrays


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
    @checked
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
            after_death = died & _arrays.later(late, death)
            after_contact = ~died & _arrays.later(late, contact)
            metastasis = _until(metastasis, end)
            recurrence = _as_one(_until(recurrence, end), metastasis)
            for when in (end, metastasis, recurrence):
                entry = _as_one(entry, when)
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

    def columns(self) -> dict[str, NDArray[Any]]:
        """Columns (n,) for an engine, as `counting_plan` names them."""
        return {
            "entry": self.entry,
            "end": self.end,
            "local-recurrence": self.recurrence,
            "metastasis": self.metastasis,
            "death": np.where(self.died, self.end, np.nan),
            "local-recurrence untimed": self.recurrence_untimed,
            "metastasis untimed": self.metastasis_untimed,
            "organ": self.organ,
        }

    @checked
    def count(self, plan: CountingPlan) -> CountedHistories:
        """The histories of a plan, counted by NumPy.

        Raises
        ------
        CohortError : nobody is left to count.
        """
        return count(plan, self.columns())


def _as_one(times: Floats, when: Floats) -> Floats:
    """Times with those that are the same as another time of the patient set to it, so that they compare exactly."""
    return np.where(_arrays.at(times, when), when, times)


def _until(times: Floats, end: Floats) -> Floats:
    """Times by the end of observation, NaN of those after it."""
    return _as_one(np.where(_arrays.later(times, end), np.nan, times), end)


def _aligned(ids: pl.DataFrame, months: pl.DataFrame) -> Floats:
    column = ids.join(months, on="id", how="left", maintain_order="left")["months"]
    values: Floats = column.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    return values


def _first_organs(ids: pl.DataFrame, events: pl.DataFrame, metastasis: Floats) -> tuple[tuple[str, ...], ...]:
    """The organs of the first metastasis, as far as they are known."""
    first = ids.with_columns(first=pl.Series(metastasis).fill_nan(None))
    organs = (
        events.filter((pl.col("event") == "metastasis") & pl.col("months").is_not_null())
        .join(first, on="id")
        .filter(pl.col("months") <= pl.col("first").fill_null(-1.0) + 0.5 / DAYS_PER_MONTH)
        .group_by("id")
        .agg(pl.col("organ").filter(pl.col("organ") != "unknown").unique().sort().alias("organs"))
    )
    lists = ids.join(organs, on="id", how="left", maintain_order="left")["organs"].to_list()
    return tuple(tuple(o or ()) for o in lists)


def _one_organ(organs: tuple[tuple[str, ...], ...], metastasis: Floats) -> NDArray[np.object_]:
    names = [
        "" if t != t else "unknown" if not o else o[0] if len(o) == 1 else SEVERAL
        for t, o in zip(metastasis.tolist(), organs, strict=True)
    ]
    return np.array(names, dtype=object)
