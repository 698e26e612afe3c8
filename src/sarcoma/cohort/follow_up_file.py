"""Follow-up as a table: when what happened to each patient, one row a patient, so that an engine needs no events.

id                                         the patient, in the order of patients.parquet
entry, end                                 months from and to which under observation
died, cause                                whether follow-up ended with death; its cause (CAUSES), null without
recurrence, metastasis                     months of the first; null where there was none at a known time
recurrence_untimed, metastasis_untimed     it happened, at a time that is not known
organ, organs                              of the first metastasis: a code, SEVERAL, "unknown", or "" without any; how
                                           many
"""

from __future__ import annotations

import polars as pl

from sarcoma._arguments import checked
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.follow_up import FollowUp

FOLLOW_UP_SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "entry": pl.Float64(),
        "end": pl.Float64(),
        "died": pl.Boolean(),
        "cause": pl.String(),
        "recurrence": pl.Float64(),
        "metastasis": pl.Float64(),
        "recurrence_untimed": pl.Boolean(),
        "metastasis_untimed": pl.Boolean(),
        "organ": pl.String(),
        "organs": pl.Int64(),
    }
)


@checked
def follow_up_of(cohort: Cohort) -> pl.DataFrame:
    """The follow-up of every patient of a cohort."""
    follow_up = FollowUp.of(cohort)
    columns = {name: getattr(follow_up, name) for name in FOLLOW_UP_SCHEMA if name != "id"}
    table = pl.DataFrame(
        {"id": cohort.patients["id"], **columns},
        schema_overrides={"cause": pl.String(), "organ": pl.String()},
        nan_to_null=True,
    )
    return table.with_columns(pl.when(pl.col("died")).then(pl.col("cause")).alias("cause")).cast(FOLLOW_UP_SCHEMA)
