"""A cohort as tables of OMOP 5.4, and what they cannot carry of it.

OMOP has no concept for much of what a record says. Those parts go under concepts of our own (`concepts.VOCABULARY`), in
the range that OMOP leaves to local concepts. Dates are made up: a cohort has none, only months since the diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sarcoma.cohort.cohort import KEPT, Cohort
from sarcoma.cohort.reading.omop.concepts import VOCABULARY
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.writing.losses import Loss
from sarcoma.cohort.writing.omop_measurements import REGISTRY, Measurements
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

_YEAR = 365.25


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
    return _Tables(cohort).run()


class _Tables(Measurements):
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
            pl.lit(REGISTRY).alias("period_type_concept_id"),
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
            pl.lit(REGISTRY).alias("condition_type_concept_id"),
        )

    def _operations(self) -> pl.DataFrame:
        import polars as pl

        return self._operated().select(
            pl.col("person_id").alias("procedure_occurrence_id"),
            "person_id",
            pl.lit(self.codes.of("procedure", "resection")).alias("procedure_concept_id"),
            pl.lit(self.diagnosed).alias("procedure_date"),
            pl.lit(REGISTRY).alias("procedure_type_concept_id"),
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
        parts = [frame.with_columns(episode_type_concept_id=pl.lit(REGISTRY)) for frame in (disease, surgery, given)]
        return {
            "episode": pl.concat([self._as("episode", frame) for frame in parts]),
            "episode_event": pl.concat([self._as("episode_event", frame) for frame in belongs]),
        }

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
