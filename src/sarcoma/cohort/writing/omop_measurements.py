"""The measurements of OMOP that say what a cohort says: fields at the diagnosis, margins, metastases, recurrences."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.writing.losses import Loss
from sarcoma.cohort.writing.omop_codes import Codes, morphology
from sarcoma.errors import CohortError
from sarcoma.patient import field_specs

if TYPE_CHECKING:
    import polars as pl

REGISTRY = 32879
"""That a row comes from a registry (IDEA4RC/OMOP-ETL, CancerEpisode.IDEA4RC_to_OMOP.ipynb)."""
_USUAL_DIAGNOSIS = datetime.date(2000, 1, 1)
_EARLIEST = datetime.date(1900, 1, 1)
_BEFORE_SURGERY, _AFTER_SURGERY = -60, 60
_ELSEWHERE = (
    *("age", "sex", "histologic_type", "margin", "radiotherapy"),
    *(
        "metastases",
        "local_recurrence",
        "diagnosis_date",
        "landmark_months",
        "surgery_months",
        "local_recurrence_months",
    ),
)
"""Fields that are no measurement of the primary, or that are times of a record and not of a cohort."""


class Writing:
    """A cohort whose people have numbers and whose events have days, and what is lost of it."""

    def __init__(self, cohort: Cohort) -> None:
        if cohort.about.origin != "diagnosis":
            raise CohortError("only a cohort whose times run from the diagnosis can be written as OMOP")
        import polars as pl

        self.cohort, self.codes = cohort, Codes()
        self.lost: Counter[str] = Counter()
        people = cohort.patients.with_row_index("person_id", offset=1).with_columns(pl.col("person_id").cast(pl.Int64))
        longest = people.select(pl.col("id").str.len_chars().max()).item()
        if longest is not None and longest > 50:
            raise CohortError("an id is longer than the 50 characters that person_source_value takes")
        events = cohort.events.join(people.select("id", "person_id"), on="id").with_columns(
            days=(pl.col("months") * DAYS_PER_MONTH).round()
        )
        part = events.filter((pl.col("days") - pl.col("months") * DAYS_PER_MONTH).abs() > 1e-6).height
        self._lose("a part of a day: dates are whole days", part)
        first, last = (
            int(d or 0) for d in events.select(pl.col("days").min(), pl.col("days").max().alias("last")).row(0)
        )
        self.extracted = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
        self.diagnosed = min(
            _USUAL_DIAGNOSIS,
            self.extracted - datetime.timedelta(days=1 + last),
        )
        if self.diagnosed + datetime.timedelta(days=first) < _EARLIEST:
            raise CohortError("its times span more than the dates from 1900 on can hold")
        self.people, self.events = people, events.with_columns(day=self._days(pl.col("days")))

    def _lose(self, reason: str, count: int) -> None:
        if count:
            self.lost[reason] += count

    def _losses(self) -> tuple[Loss, ...]:
        return tuple(Loss(what, count) for what, count in self.lost.most_common())

    def _days(self, days: pl.Expr) -> pl.Expr:
        import polars as pl

        return pl.lit(self.diagnosed) + pl.duration(days=days)

    @staticmethod
    def _as(name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with every column of its table, in order and of its type."""
        import polars as pl

        return frame.select(
            (pl.col(c.name) if c.name in frame.columns else pl.lit(None)).cast(c.polars()).alias(c.name)
            for c in tables()[name].columns
        )

    def _column(self, name: str, dtype: Any = None) -> pl.Expr:
        import polars as pl

        there = name in self.people.columns
        return pl.col(name) if there else pl.lit(None, dtype or pl.String).alias(name)


class Measurements(Writing):
    """What becomes rows of `measurement`."""

    def _operated(self) -> pl.DataFrame:

        return self.people.filter(self._column("surgery") == "resected").select("person_id")

    def _radiotherapy(self) -> pl.DataFrame:
        """Days of radiotherapy of those whose dates can say it."""
        import polars as pl

        told = self.people.select("person_id", self._column("radiotherapy"), self._column("surgery"))
        operated = pl.col("surgery") == "resected"
        parts = []
        for days, values in (
            (_BEFORE_SURGERY, ["before-surgery", "both"]),
            (_AFTER_SURGERY, ["after-surgery", "both"]),
        ):
            parts.append(told.filter(operated & pl.col("radiotherapy").is_in(values)).with_columns(days=pl.lit(days)))
        return pl.concat(parts).select("person_id", "days")

    def _measured(self) -> Iterable[pl.DataFrame]:
        """The fields of the record, each as a measurement on the day of the diagnosis, tied to the disease episode."""
        import polars as pl

        for name, spec in field_specs().items():
            if name not in self.people.columns:
                continue
            told = self.people.select("person_id", value=pl.col(name)).filter(pl.col("value").is_not_null())
            if name == "surgery":
                told = told.filter(pl.col("value") != "resected")
            elif name == "presentation":
                told = told.filter(pl.col("value") != "primary")
            elif name == "radiotherapy":
                by_dates = self._radiotherapy()["person_id"].unique().implode()
                told = told.filter(~pl.col("person_id").is_in(by_dates))
            elif name == "topography":
                told = told.join(self._said_by_icdo3(), on="person_id", how="anti")
            elif name in _ELSEWHERE or spec.time:
                continue
            if spec.kind in ("number", "whole"):
                unit = self.codes.of("unit", "cm") if name == "size_cm" else None
                yield self._dated(told).with_columns(
                    measurement_concept_id=pl.lit(self.codes.of("question", name)),
                    value_as_number=pl.col("value").cast(pl.Float64),
                    unit_concept_id=pl.lit(unit, pl.Int64),
                )
                continue
            if spec.kind == "yes-no":
                told = told.with_columns(value=pl.when("value").then(pl.lit("yes")).otherwise(pl.lit("no")))
            elif spec.kind == "members":
                self._lose(f"{name}: none of them", told.filter(pl.col("value") == "none").height)
                told = (
                    told.filter(pl.col("value") != "none")
                    .with_columns(pl.col("value").str.split("; "))
                    .explode("value")
                )
            values = told["value"].unique().sort().to_list()
            numbers = {value: self.codes.of(name, value) for value in values}
            yield self._dated(told).with_columns(
                measurement_concept_id=pl.col("value").replace_strict(numbers, default=0, return_dtype=pl.Int64)
            )

    def _said_by_icdo3(self) -> pl.DataFrame:
        """The persons whose disease is a code of ICD-O-3, which says the topography too."""
        import polars as pl

        types = self.people.select("person_id", self._column("histologic_type"))
        coded = [name for name in types["histologic_type"].drop_nulls().unique() if morphology(name) is not None]
        return types.filter(pl.col("histologic_type").is_in(coded)).select("person_id")

    def _dated(self, told: pl.DataFrame, kind: str = "episode") -> pl.DataFrame:
        """Rows with the day of the diagnosis, tied to what has the number of the person."""
        import polars as pl

        return told.with_columns(
            measurement_id=pl.lit(0),
            measurement_date=pl.lit(self.diagnosed),
            measurement_type_concept_id=pl.lit(REGISTRY),
            measurement_event_id=pl.col("person_id"),
            meas_event_field_concept_id=pl.lit(self.codes.of("event_field", kind)),
        )

    def _margins(self) -> pl.DataFrame:
        import polars as pl

        told = self.people.select("person_id", self._column("surgery"), value=self._column("margin")).filter(
            pl.col("value").is_not_null()
        )
        without = (pl.col("surgery") != "resected").fill_null(True)
        self._lose("a margin without an operation", told.filter(without).height)
        told = told.filter(~without)
        numbers = {value: self.codes.of("margin", value) for value in told["value"].unique().sort().to_list()}
        return self._dated(told, "procedure").with_columns(
            measurement_concept_id=pl.col("value").replace_strict(numbers, default=0, return_dtype=pl.Int64)
        )

    def _metastases_and_recurrences(self) -> Iterable[pl.DataFrame]:
        import polars as pl

        for event, table, value in (
            ("metastasis", "organ", pl.col("organ")),
            ("local-recurrence", "event", pl.col("event")),
        ):
            told = self.events.filter(pl.col("event") == event).with_columns(value=value.fill_null("unknown"))
            numbers = {value: self.codes.of(table, value) for value in told["value"].unique().sort().to_list()}
            yield self._dated(told).with_columns(
                measurement_concept_id=pl.col("value").replace_strict(numbers, default=0, return_dtype=pl.Int64),
                value_as_concept_id=pl.lit(self.codes.of("presence", "yes")),
                measurement_date=pl.col("day").fill_null(self.extracted),
            )
