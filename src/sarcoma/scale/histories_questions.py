"""A cohort's files of which the questions of a description are asked: an engine counts them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma.cohort import PLANS, CountingPlan
from sarcoma.cohort.cohort import records_of
from sarcoma.cohort.counted_course import CountedCourse, several
from sarcoma.cohort.courses import ELSEWHERE, SPREAD
from sarcoma.cohort.description.asked import Asked, AtDiagnosis, DistinctStays, Undated, known_codes, one_state
from sarcoma.cohort.description.groups import BANDED, ORGAN
from sarcoma.errors import CohortError
from sarcoma.models.expression import fields_read
from sarcoma.patient import Records, field_specs
from sarcoma.scale.cohort_files import CohortFiles
from sarcoma.scale.event_tables import NobodyCountedError, counted_table
from sarcoma.survival import EventTable

_KEY, _GROUP = "_key", "group"
_BETWEEN = "\x1f"
_COUNTS = ("n", "recurrence_untimed", "metastasis_untimed", "recurrence", "metastasis", "known", "early")


class HistoriesQuestions(Asked):
    """A cohort counted by an engine: counts leave it, and the distinct values of a field."""

    def __init__(self, files: CohortFiles, min_cell: int | None = None) -> None:
        self.files, self._small = files, files.engine.small
        super().__init__(files.about, files.count(), min_cell)
        self._combinations: dict[str, pl.DataFrame] = {}

    # the record

    def standing_for(self, name: str) -> tuple[Records, NDArray[np.int64]]:
        combinations = self._of(name)
        return records_of(combinations.drop("n", _KEY)), combinations["n"].to_numpy().astype(np.int64)

    def _of(self, name: str) -> pl.DataFrame:
        """The combinations of the fields that a field is made of, with a key and how many patients have them."""
        if name not in self._combinations:
            fields = self._fields(name)
            counted = self._keyed(name).group_by(_KEY, *fields).agg(nw.len().alias("n"))
            self._combinations[name] = self._small(counted).sort(_KEY)
        return self._combinations[name]

    def _fields(self, name: str) -> list[str]:
        read, there = fields_read([name]), self.files.patients.collect_schema().names()
        return [field for field in field_specs() if field in read and field in there]

    def _keyed(self, name: str) -> nw.LazyFrame[Any]:
        """The patients with the key of their combination."""
        texts = [nw.col(field).cast(nw.String).fill_null("") for field in self._fields(name)]
        key = nw.concat_str(*texts, separator=_BETWEEN) if len(texts) > 1 else texts[0] if texts else nw.lit("")
        return self.files.patients.with_columns(key.alias(_KEY))

    # groups

    def _grouped(self, name: str, keys: Sequence[str]) -> nw.LazyFrame[Any]:
        """The patients (id) of some groups, with the key of theirs."""
        if name == ORGAN:
            own = self.files.follow_up.select("id", nw.col("organ").alias(_GROUP))
        elif name in BANDED:
            own = self._banded(name)
        else:
            combinations = self._of(name)
            codes = known_codes(records_of(combinations.drop("n", _KEY)), name)
            table = combinations.select(_KEY).with_columns(pl.Series(_GROUP, codes, dtype=pl.String)).drop_nulls()
            own = self._keyed(name).select("id", _KEY).join(self.files.engine.given(table), on=_KEY, how="inner")
        return own.filter(nw.col(_GROUP).is_in(list(keys))).select("id", _GROUP)

    def _banded(self, name: str) -> nw.LazyFrame[Any]:
        banded = BANDED[name]
        frame = self.files.patients if banded.column in field_specs() else self.files.follow_up
        if banded.column not in frame.collect_schema().names():
            frame = frame.with_columns(nw.lit(None).cast(nw.Float64).alias(banded.column))
        number = nw.col(banded.column).cast(nw.Float64)
        found = nw.lit(None).cast(nw.String)
        for band in reversed(banded.bands):
            found = nw.when(band.holds(number) & ~number.is_nan()).then(nw.lit(band.label)).otherwise(found)
        return frame.select("id", found.alias(_GROUP))

    # follow-up

    @cached_property
    def _followed(self) -> dict[str, int]:
        """How many have what, of all."""
        told = self._small(self._flags().select(*(nw.col(name).sum() for name in _COUNTS)))
        return {name: int(n or 0) for name, n in told.row(0, named=True).items()}

    def _flags(self) -> nw.LazyFrame[Any]:
        """Of each patient 1 for each thing that is counted."""
        came, untimed = nw.col("metastasis"), nw.col("metastasis_untimed")
        flags = {
            "n": nw.lit(value=True),
            "recurrence_untimed": nw.col("recurrence_untimed"),
            "metastasis_untimed": untimed,
            "recurrence": ~nw.col("recurrence").is_null(),
            "metastasis": ~came.is_null(),
            "known": ~untimed,
            "early": ~untimed & ~came.is_null() & (came <= 0),
        }
        one = (nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name) for name, flag in flags.items())
        return self.files.follow_up.select("id", *one)

    def undated(self, kind: str) -> Undated:
        name = {"metastasis": "metastasis", "local-recurrence": "recurrence"}[kind]
        return Undated(self._followed[f"{name}_untimed"], self._followed[name])

    def at_diagnosis(self, name: str | None = None) -> dict[str, AtDiagnosis]:
        if name is None:
            return {"all": AtDiagnosis(self._followed["known"], self._followed["early"])}
        of_groups = self._flags().join(self._grouped(name, self.keys(name)), on="id", how="inner")
        told = self._small(of_groups.group_by(_GROUP).agg(nw.col("known").sum(), nw.col("early").sum()))
        found = {key: AtDiagnosis(int(n), int(early)) for key, n, early in told.iter_rows()}
        return {key: counts for key, counts in found.items() if counts.known}

    def organs(self) -> dict[str, int]:
        return dict(self._organs)

    @cached_property
    def _organs(self) -> dict[str, int]:
        told = self._small(self.files.follow_up.group_by("organ").agg(nw.len().alias("n")))
        return {organ: int(n) for organ, n in told.sort("organ").iter_rows() if organ}

    # courses

    def counted(self, plan: CountingPlan) -> CountedCourse:
        stays = self._stays(plan)
        course = plan.course
        table = counted_table(course, _as_counted(stays), self.files.engine, by_group=False)
        states = several(course)
        if not states:
            return CountedCourse(table, _rows(table), {}, self._left_out(plan))
        told = stays.select("id", *(_is(state).alias(f"_in {i}") for i, state in enumerate(states)))
        each = told.group_by("id").agg(*(nw.col(f"_in {i}").max() for i in range(len(states))))
        sums = (nw.col(f"_in {i}").sum() for i in range(len(states)))
        people, *ever = self._small(each.select(nw.len().alias("n"), *sums)).row(0)
        return CountedCourse(
            table, int(people), {s: int(n) for s, n in zip(states, ever, strict=True)}, self._left_out(plan)
        )

    def counted_by(self, plan: CountingPlan, name: str, keys: Sequence[str]) -> dict[str, CountedCourse]:
        course = one_state(plan)
        stays = self._stays(plan).join(self._grouped(name, keys), on="id", how="inner")
        try:
            table = counted_table(course, stays.drop("id"), self.files.engine, by_group=True)
        except NobodyCountedError:
            return {}
        parts = {str(key): _own_times(table.select(key)) for key in table.groups}
        return {key: CountedCourse(part, _rows(part)) for key, part in parts.items()}

    def stays(self, plan: CountingPlan) -> DistinctStays:
        course = one_state(plan)
        into = {target: place for place, (_, target) in enumerate(course.transitions)}
        told = _as_counted(self._stays(plan)).group_by("entry", "exit", "to").agg(nw.len().alias("n"))
        frame = self._small(told)
        end = np.array([into.get(state, -1) for state in frame["to"].to_list()], dtype=np.int64)
        entry, exit_, n = (frame[name].to_numpy() for name in ("entry", "exit", "n"))
        order = np.lexsort((end, exit_, entry))
        return DistinctStays(course, entry[order], exit_[order], end[order], n[order].astype(np.int64))

    def _stays(self, plan: CountingPlan) -> nw.LazyFrame[Any]:
        """The stays of those whom a plan counts."""
        name = _name_of(plan)
        rows = self.files.histories.filter((nw.col("course") == name) & nw.col("left_out").is_null())
        rows = rows.select("id", "entry", "exit", "from", "to")
        places = {state.organ for state in plan.states if state.organ is not None}
        if not places:
            return rows
        first = self.files.follow_up.select("id", "organ")
        where = nw.when(nw.col("organ").is_in(sorted(places))).then(nw.col("organ")).otherwise(nw.lit(ELSEWHERE))
        to = nw.when(nw.col("to") == "metastasis").then(where).otherwise(nw.col("to"))
        return rows.join(first, on="id", how="left").with_columns(to.alias("to"))

    def _left_out(self, plan: CountingPlan) -> dict[str, int]:
        rows = self.files.histories.filter((nw.col("course") == _name_of(plan)) & ~nw.col("left_out").is_null())
        told = dict(self._small(rows.group_by("left_out").agg(nw.len().alias("n"))).iter_rows())
        reasons = dict.fromkeys(exclusion.because for exclusion in plan.exclusions)
        return {because: int(told[because]) for because in reasons if because in told}


def _name_of(plan: CountingPlan) -> str:
    """The course of the file that holds the rows of a plan; one by organs is that of the spread.

    Raises
    ------
    CohortError : the file holds none.
    """
    for name, known in PLANS.items():
        if known == plan:
            return name
    if any(state.organ is not None for state in plan.states) and plan.exclusions == SPREAD.exclusions:
        return "spread"
    raise CohortError("the histories beside a cohort hold no such course")


def _as_counted(stays: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """What is counted of stays, for `counted_table`."""
    return stays.select("entry", "exit", "from", "to")


def _is(state: str) -> nw.Expr:
    """1 for a stay in a state, or one that leads to it."""
    to = nw.col("to").fill_null("")
    return nw.when((nw.col("from") == state) | (to == state)).then(nw.lit(1)).otherwise(nw.lit(0))


def _rows(table: EventTable) -> int:
    return int(table.initial.sum() + table.entered.sum())


def _own_times(table: EventTable) -> EventTable:
    """A table of one group without the times at which nothing happens in it."""
    own = (table.events.sum(axis=2) + table.censored.sum(axis=2) + table.entered.sum(axis=2))[0] > 0
    return EventTable.from_counts(
        table.course,
        table.times[own],
        table.events[:, own],
        table.censored[:, own],
        table.initial,
        entered=table.entered[:, own],
    )
