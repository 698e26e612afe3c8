"""A cohort as tables of OMOP 5.4, and what they cannot carry of it.

OMOP has no concept for much of what a record says. Those parts go under concepts of our own (`concepts.VOCABULARY`), in
the range that OMOP leaves to local concepts. Dates are made up: a cohort has none, only months since the diagnosis.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.cohort import KEPT, Cohort
from sarcoma.cohort.reading.omop.concepts import LONGEST_CODE, VOCABULARY, Concepts, concepts
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.writing.losses import Loss
from sarcoma.errors import CohortError, TypeLookupError
from sarcoma.evidence import library
from sarcoma.patient import field_specs
from sarcoma.patient.histology import resolve_type

if TYPE_CHECKING:
    import polars as pl

_FIRST_LOCAL = 2_090_000_000
"""OMOP leaves concept_ids above 2,000,000,000 to whoever needs concepts of their own."""
_REGISTRY = 32879
"""That a row comes from a registry (IDEA4RC/OMOP-ETL, CancerEpisode.IDEA4RC_to_OMOP.ipynb)."""
_USUAL_DIAGNOSIS = datetime.date(2000, 1, 1)
_EARLIEST = datetime.date(1900, 1, 1)
_YEAR = 365.25
_BEFORE_SURGERY, _AFTER_SURGERY = -60, 60
_ELSEWHERE = (
    *("age", "sex", "histologic_type", "topography", "margin", "radiotherapy"),
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


@dataclass(frozen=True)
class OmopTables:
    """The tables by name, and what of the cohort they cannot carry."""

    frames: dict[str, pl.DataFrame]
    losses: tuple[Loss, ...] = ()

    def __repr__(self) -> str:
        return f"OmopTables({', '.join(f'{name}={frame.height}' for name, frame in self.frames.items())})"


def omop_tables(cohort: Cohort) -> OmopTables:
    """A cohort as tables.

    Raises
    ------
    CohortError : its times do not run from the diagnosis, or an id is too long, or somebody has no end of follow-up.
    """
    return _Writing(cohort).run()


class _Codes:
    """The concepts that are written: a standard one where one is known, else one of our own."""

    def __init__(self) -> None:
        self.known: Concepts = concepts()
        self.made: dict[tuple[str, str], int] = {}

    def of(self, table: str, value: str) -> int:
        standard = self.known.writes(table, value)
        return standard if standard is not None else self._made(VOCABULARY, f"{table}:{value}"[:LONGEST_CODE])

    def disease(self, type_id: str | None, topography: str | None) -> int:
        """The concept of a sarcoma: ICD-O-3 where the type has a code of its own."""
        morphology = None if type_id is None else _morphology(type_id)
        if morphology is not None:
            return self._made("ICDO3", f"{morphology}-{topography or 'NULL'}")
        return self._made(VOCABULARY, f"histologic_type:{type_id or 'unknown'}"[:LONGEST_CODE])

    def _made(self, vocabulary: str, code: str) -> int:
        return self.made.setdefault((vocabulary, code), _FIRST_LOCAL + len(self.made))

    def rows(self) -> list[dict[str, Any]]:
        since, until = datetime.date(1970, 1, 1), datetime.date(2099, 12, 31)
        return [
            {
                "concept_id": number,
                "concept_name": code,
                "domain_id": "Condition" if vocabulary == "ICDO3" else "Metadata",
                "vocabulary_id": vocabulary,
                "concept_class_id": "ICDO Condition" if vocabulary == "ICDO3" else "Undefined",
                "concept_code": code,
                "valid_start_date": since,
                "valid_end_date": until,
            }
            for (vocabulary, code), number in self.made.items()
        ]


def _morphology(type_id: str) -> str | None:
    """The ICD-O-3 morphology that means this type and no other."""
    entity = library().types.get(type_id)
    for coded in entity.codes if entity is not None else ():
        try:
            if resolve_type(coded.code) == type_id:
                return str(coded.code)
        except TypeLookupError:
            continue
    return None


class _Writing:
    def __init__(self, cohort: Cohort) -> None:
        if cohort.about.origin != "diagnosis":
            raise CohortError("only a cohort whose times run from the diagnosis can be written as OMOP")
        import polars as pl

        self.cohort, self.codes = cohort, _Codes()
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

    def run(self) -> OmopTables:
        import polars as pl

        measured = [*self._measured(), self._margins(), *self._metastases_and_recurrences()]
        frames = {
            "person": self._persons(),
            "observation_period": self._periods(),
            "condition_occurrence": self._conditions(),
            "procedure_occurrence": self._operations(),
            "measurement": pl.concat([self._as("measurement", frame) for frame in measured])
            .sort("person_id", maintain_order=True)
            .with_columns(measurement_id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64)),
            "death": self._deaths(),
            **self._episodes(),
            "care_site": self._centres(),
            "cdm_source": self._source(),
        }
        frames["concept"] = pl.DataFrame(self.codes.rows(), schema=tables()["concept"].empty().schema)
        self._count_what_is_lost()
        return OmopTables({name: self._as(name, frame) for name, frame in frames.items()}, self._losses())

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

    def _persons(self) -> pl.DataFrame:
        import polars as pl

        age = pl.coalesce(self._column("age", pl.Float64), self._column("age_at_origin", pl.Float64))
        born = pl.lit(self.diagnosed) - pl.duration(days=(age * _YEAR).round())
        sexes = {value: self.codes.of("sex", value) for value in ("male", "female")}
        return self.people.select(
            "person_id",
            pl.col("id").alias("person_source_value"),
            self._column("sex").replace_strict(sexes, default=0).fill_null(0).alias("gender_concept_id"),
            born.dt.year().fill_null(0).alias("year_of_birth"),
            born.dt.month().alias("month_of_birth"),
            born.dt.day().alias("day_of_birth"),
            pl.lit(0).alias("race_concept_id"),
            pl.lit(0).alias("ethnicity_concept_id"),
            self._column("centre").rank("dense").cast(pl.Int64).alias("care_site_id"),
        )

    def _centres(self) -> pl.DataFrame:
        import polars as pl

        if "centre" not in self.people.columns:
            return tables()["care_site"].empty()
        names = self.people["centre"].drop_nulls().unique().sort()
        return names.to_frame("care_site_name").with_columns(care_site_id=pl.int_range(1, pl.len() + 1))

    def _ends(self) -> pl.DataFrame:
        """Per person: when observation starts and ends, and the death."""
        import polars as pl

        of = pl.col("event")
        return (
            self.people.select("person_id")
            .join(
                self.events.group_by("person_id").agg(
                    entry=pl.col("day").filter((of == "entry") & (pl.col("days") > 0)).max(),
                    died=pl.col("day").filter(of == "death").min(),
                    cause=pl.col("cause").filter(of == "death").first(),
                    last=pl.col("day").filter(of == "last-contact").max(),
                ),
                on="person_id",
                how="left",
            )
            .with_columns(ends=pl.coalesce("died", "last"))
        )

    def _periods(self) -> pl.DataFrame:
        import polars as pl

        ends = self._ends()
        endless = ends["ends"].null_count()
        if endless:
            raise CohortError(f"{endless:,} patients have neither a death nor a last contact with a time")
        self._lose(
            "a last contact of somebody who died",
            ends.filter(pl.col("died").is_not_null() & pl.col("last").is_not_null()).height,
        )
        start = pl.coalesce(pl.col("entry"), pl.min_horizontal(pl.lit(self.diagnosed), "ends"))
        return ends.select(
            pl.col("person_id").alias("observation_period_id"),
            "person_id",
            start.alias("observation_period_start_date"),
            pl.col("ends").alias("observation_period_end_date"),
            pl.lit(_REGISTRY).alias("period_type_concept_id"),
        )

    def _deaths(self) -> pl.DataFrame:
        import polars as pl

        causes = {value: self.codes.of("cause", value) for value in ("sarcoma", "other")}
        return (
            self._ends()
            .filter(pl.col("died").is_not_null())
            .select(
                "person_id",
                pl.col("died").alias("death_date"),
                pl.col("cause")
                .replace_strict(causes, default=0, return_dtype=pl.Int64)
                .fill_null(0)
                .alias("cause_concept_id"),
            )
        )

    def _diseases(self) -> pl.DataFrame:
        """Per person, the concept of the sarcoma."""
        import polars as pl

        told = self.people.select("person_id", self._column("histologic_type"), self._column("topography"))
        kinds = told.select("histologic_type", "topography").unique(maintain_order=True)
        numbers = [self.codes.disease(*row) for row in kinds.iter_rows()]
        return told.join(
            kinds.with_columns(concept_id=pl.Series(numbers, dtype=pl.Int64)),
            on=["histologic_type", "topography"],
            nulls_equal=True,
            maintain_order="left",
        )

    def _conditions(self) -> pl.DataFrame:
        import polars as pl

        return self._diseases().select(
            pl.col("person_id").alias("condition_occurrence_id"),
            "person_id",
            pl.col("concept_id").alias("condition_concept_id"),
            pl.lit(self.diagnosed).alias("condition_start_date"),
            pl.lit(_REGISTRY).alias("condition_type_concept_id"),
        )

    def _operated(self) -> pl.DataFrame:

        return self.people.filter(self._column("surgery") == "resected").select("person_id")

    def _operations(self) -> pl.DataFrame:
        import polars as pl

        return self._operated().select(
            pl.col("person_id").alias("procedure_occurrence_id"),
            "person_id",
            pl.lit(self.codes.of("procedure", "resection")).alias("procedure_concept_id"),
            pl.lit(self.diagnosed).alias("procedure_date"),
            pl.lit(_REGISTRY).alias("procedure_type_concept_id"),
        )

    def _episodes(self) -> dict[str, pl.DataFrame]:
        """Disease, surgery and radiotherapy as episodes, and what belongs to them."""
        import polars as pl

        n = self.people.height
        disease = self._diseases().select(
            "person_id",
            pl.col("person_id").alias("episode_id"),
            pl.lit(None, pl.Int64).alias("episode_parent_id"),
            pl.lit(self.codes.of("episode", "disease")).alias("episode_concept_id"),
            pl.col("concept_id").alias("episode_object_concept_id"),
            pl.lit(self.diagnosed).alias("episode_start_date"),
        )
        surgery = self._operated().select(
            "person_id",
            (pl.col("person_id") + n).alias("episode_id"),
            pl.col("person_id").alias("episode_parent_id"),
            pl.lit(self.codes.of("episode", "surgery")).alias("episode_concept_id"),
            pl.lit(self.codes.of("procedure", "resection")).alias("episode_object_concept_id"),
            pl.lit(self.diagnosed).alias("episode_start_date"),
        )
        given = (
            self._radiotherapy()
            .with_row_index("at")
            .select(
                "person_id",
                (pl.col("at").cast(pl.Int64) + 2 * n + 1).alias("episode_id"),
                pl.col("person_id").alias("episode_parent_id"),
                pl.lit(self.codes.of("episode", "radiotherapy")).alias("episode_concept_id"),
                pl.lit(0).alias("episode_object_concept_id"),
                self._days(pl.col("days")).alias("episode_start_date"),
            )
        )
        belongs = [
            frame.select(
                "episode_id",
                pl.col("person_id").alias("event_id"),
                pl.lit(self.codes.of("event_field", kind)).alias("episode_event_field_concept_id"),
            )
            for frame, kind in ((disease, "condition"), (surgery, "procedure"))
        ]
        parts = [frame.with_columns(episode_type_concept_id=pl.lit(_REGISTRY)) for frame in (disease, surgery, given)]
        return {
            "episode": pl.concat([self._as("episode", frame) for frame in parts]),
            "episode_event": pl.concat([self._as("episode_event", frame) for frame in belongs]),
        }

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

    def _dated(self, told: pl.DataFrame, kind: str = "episode") -> pl.DataFrame:
        """Rows with the day of the diagnosis, tied to what has the number of the person."""
        import polars as pl

        return told.with_columns(
            measurement_id=pl.lit(0),
            measurement_date=pl.lit(self.diagnosed),
            measurement_type_concept_id=pl.lit(_REGISTRY),
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

    def _source(self) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(
            {
                "cdm_source_name": self.cohort.about.name[:255],
                "cdm_source_abbreviation": VOCABULARY,
                "cdm_holder": "made by sarcoma cohort write; every date is made up",
                "source_release_date": self.extracted,
                "cdm_release_date": self.extracted,
                "cdm_version": "5.4",
                "cdm_version_concept_id": 0,
                "vocabulary_version": "none",
            }
        )

    def _count_what_is_lost(self) -> None:
        """What no table takes."""
        import polars as pl

        people = self.people
        for name in people.columns:
            if name.startswith(KEPT):
                self._lose("a column that was kept as it was", people.height - people[name].null_count())
        for name in ("surgery_months", "local_recurrence_months", "diagnosis_date", "landmark_months"):
            if name in people.columns:
                self._lose(f"{name}: a time of a record", people.height - people[name].null_count())
        for name, event in (("metastases", "metastasis"), ("local_recurrence", "local-recurrence")):
            if name not in people.columns:
                self._lose(f"{name}: that it is not known", people.height)
                continue
            untimed = self.events.filter((pl.col("event") == event) & pl.col("days").is_null()).select("person_id")
            unknown = people.filter(pl.col(name).is_null()).join(untimed, on="person_id", how="anti").height
            self._lose(f"{name}: that it is not known", unknown)
            told = pl.col(name) if name == "local_recurrence" else pl.col(name) != "none"
            at_start = self.events.filter((pl.col("event") == event) & (pl.col("days") <= 0)).select("person_id")
            untold = people.filter(told).join(at_start, on="person_id", how="anti").height
            self._lose(f"{name}: at the diagnosis, without an event that says when", untold)
        ages = {"age", "age_at_origin"} & set(people.columns)
        if len(ages) == 2:
            self._lose(
                "an age at the origin that is not the age",
                people.filter(pl.col("age").ne_missing(pl.col("age_at_origin"))).height,
            )
        told_entry = self.events.filter((pl.col("event") == "entry") & (pl.col("days") <= 0)).height
        self._lose("an entry that is not after the diagnosis", told_entry)
