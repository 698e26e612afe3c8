"""The operation on the primary tumour, by procedures and their episodes, and radiotherapy around it."""

from __future__ import annotations

import polars as pl

from sarcoma.cohort.reading.omop.account import DatabaseAccount
from sarcoma.cohort.reading.omop.extract import Extract
from sarcoma.cohort.reading.omop.primary import _meant

_BEFORE = 92
"""Days before the diagnosis from which on treatment is of this tumour."""
_AFTER = 183
"""Days after the operation, or else the diagnosis, up to which radiotherapy belongs to it."""


def with_operation(told: pl.DataFrame, extract: Extract, account: DatabaseAccount) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same with the day of the operation on the primary; and the procedures of that day, by person."""
    kinds = extract.concepts.table("procedure")
    done = (
        extract.operations.join(told.select("person_id", "diagnosed", primary="episode_id"), on="person_id")
        .with_columns(kind=_meant("concept_id", kinds))
        .with_columns(
            kind=pl.when(pl.col("kind").is_null() & pl.col("episode_id").is_not_null())
            .then(pl.lit("resection"))
            .otherwise(pl.col("kind"))
        )
        .filter(pl.col("kind").is_in(["resection", "amputation"]))
    )
    elsewhere = (
        pl.col("parent").is_not_null() & pl.col("primary").is_not_null() & (pl.col("parent") != pl.col("primary"))
    )
    account.not_read("operation of another disease of the person, by its episode", done.filter(elsewhere)["person_id"])
    early = (pl.col("diagnosed") - pl.col("done")).dt.total_days() > _BEFORE
    account.not_read(
        f"operation without a date, or more than {_BEFORE} days before the diagnosis",
        done.filter(pl.col("done").is_null() | early)["person_id"],
    )
    done = done.filter(~elsewhere & pl.col("done").is_not_null() & ~early)
    first = done.group_by("person_id").agg(operated=pl.col("done").min())
    of_that_day = (
        done.join(first, on="person_id")
        .filter(pl.col("done") == pl.col("operated"))
        .select("person_id", "procedure_occurrence_id")
        .unique()
    )
    return told.join(first, on="person_id", how="left"), of_that_day


def radiotherapy(told: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Radiotherapy of the primary, before or after its operation, by the dates of episodes."""
    kind = extract.concepts.ids("episode", "radiotherapy")
    given = extract.episodes.filter(pl.col("episode_concept_id").is_in(kind)).join(
        told.select("person_id", "diagnosed", "operated", primary="episode_id"), on="person_id"
    )
    of_it = pl.col("parent").is_null() | pl.col("primary").is_null() | (pl.col("parent") == pl.col("primary"))
    days = (pl.col("starts") - pl.coalesce("operated", "diagnosed")).dt.total_days()
    given = given.filter(
        of_it & (pl.col("starts") >= pl.col("diagnosed").dt.offset_by(f"-{_BEFORE}d")) & (days <= _AFTER)
    )
    return (
        given.group_by("person_id")
        .agg(
            before=(pl.col("starts") < pl.col("operated")).any(),
            after=(pl.col("starts") >= pl.col("operated")).any(),
            operated=pl.col("operated").first().is_not_null(),
        )
        .select(
            "person_id",
            radiotherapy=pl.when(~pl.col("operated"))
            .then(pl.lit("without-surgery"))
            .when(pl.col("before") & pl.col("after"))
            .then(pl.lit("both"))
            .when(pl.col("before"))
            .then(pl.lit("before-surgery"))
            .otherwise(pl.lit("after-surgery")),
        )
    )
