"""What happened in the episodes of an IDEA4RC export that count: stages, recurrences, contacts and treatments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.reading.row_account import RowAccount

if TYPE_CHECKING:
    import polars as pl

    Tables = dict[str, pl.DataFrame]

ORGANS = (
    "bone",
    "brain",
    "distant_lymph_node",
    "liver",
    "lung",
    "other_viscera",
    "peritoneum",
    "pleura",
    "soft_tissue",
)
_ORGAN_CODES = {name: name.replace("_", "-") for name in ORGANS} | {"distant_lymph_node": "lymph-node"}


def episode_events(export: Tables, episodes: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """The events of the episodes that count; those of an episode that is not there, or with one id, are listed."""
    import polars as pl

    events = export["episode_event"].rename({"id": "episode_event", "cancer_episode": "episode"})
    known = export["cancer_episode"]["id"]
    orphans = events.filter(pl.col("episode").is_null() | ~pl.col("episode").is_in(known.drop_nulls().implode()))
    account.not_read(
        "episode_event: of a cancer episode that is not there", *orphans["episode_event"].fill_null("").to_list()
    )
    twice = events.filter(pl.col("episode_event").is_duplicated())
    account.not_read("episode_event: its id stands several times", *twice["episode_event"].fill_null("").to_list())
    return (
        events.filter(pl.col("episode_event").is_not_null())
        .unique("episode_event", keep="none", maintain_order=True)
        .join(episodes, on="episode", how="inner", maintain_order="left")
    )


def of_events(export: Tables, name: str, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """The rows of a table with the episode event that each belongs to."""
    import polars as pl

    rows = export[name]
    known = export["episode_event"]["id"].drop_nulls()
    orphans = rows.filter(pl.col("episode_event").is_null() | ~pl.col("episode_event").is_in(known.implode()))
    account.not_read(f"{name}: of an episode event that is not there", *orphans["id"].fill_null("").to_list())
    return rows.join(events, on="episode_event", how="inner", maintain_order="left")


def _first_episode() -> pl.Expr:
    import polars as pl

    return pl.col("event_type") == "FIRST_EPISODE"


def at_diagnosis(stages: pl.DataFrame) -> pl.DataFrame:
    """What the stages of the first episode say of the diagnosis: organs by their own flags, nodes, several foci."""
    import polars as pl

    organs = pl.concat_list(
        pl.when((pl.col(c) == "1").any()).then(pl.lit(f"{_ORGAN_CODES[c]}@0")).implode().list.first() for c in ORGANS
    ).list.drop_nulls()
    free = (pl.col("localised").is_not_null() | pl.col("loco_regional").is_not_null()).any()
    all_no = pl.all_horizontal(
        (pl.col(c) == "0").all().fill_null(False) & pl.col(c).is_not_null().all() for c in ORGANS
    )
    somewhere = (pl.col("unknown") == "1").any()
    return (
        stages.filter(_first_episode())
        .group_by("episode", maintain_order=True)
        .agg(
            organs.list.join("; ").alias("organs"),
            (free | all_no).alias("is_told"),
            somewhere.alias("somewhere"),
            pl.col("regional_nodal_metastases").max().alias("nodes"),
            pl.when((pl.col("loco_regional") == "MULTIFOCAL_TUMOR").any()).then(pl.lit("yes")).alias("multifocal"),
        )
        .with_columns(
            metastases_at_diagnosis=pl.when(pl.col("organs") != "")
            .then(pl.col("organs"))
            .when(pl.col("somewhere"))
            .then(pl.lit("unknown@0"))
            .when(pl.col("is_told"))
            .then(pl.lit("none"))
        )
        .select("episode", "metastases_at_diagnosis", "nodes", "multifocal")
    )


def metastases(stages: pl.DataFrame) -> pl.DataFrame:
    """One row a person and organ: the first time that its own flag is 1; of the first episode, the diagnosis."""
    import polars as pl

    day = pl.when(_first_episode()).then("date_of_diagnosis").otherwise("date_of_episode")
    found = stages.with_columns(date=day).with_columns(
        unknown=pl.when(pl.all_horizontal((pl.col(c) != "1").fill_null(True) for c in ORGANS)).then("unknown")
    )
    long = found.unpivot([*ORGANS, "unknown"], index=["patient", "date"], variable_name="organ", value_name="found")
    return (
        long.filter(pl.col("found") == "1")
        .with_columns(pl.col("organ").replace(_ORGAN_CODES))
        .sort("date", nulls_last=True, maintain_order=True)
        .unique(["patient", "organ"], keep="first", maintain_order=True)
    )


def local_recurrences(stages: pl.DataFrame, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """RECURRENCE events with a local or loco-regional stage; what else came back, or grew on, is listed."""
    import polars as pl

    local = pl.col("localised").is_not_null() | pl.col("loco_regional").is_not_null()
    later = pl.col("event_type").is_in(["RECURRENCE", "PROGRESSION"])
    bare = events.filter(later).join(stages, on="episode_event", how="anti")
    account.not_read(
        "episode_event: a recurrence or progression without a stage, so where is not known", *bare["patient"]
    )
    grown = stages.filter(local & (pl.col("event_type") == "PROGRESSION"))
    account.not_read("episode_event: a progression at the same place, which is no recurrence", *grown["patient"])
    return stages.filter(local & (pl.col("event_type") == "RECURRENCE")).select(
        "patient", date="date_of_episode", found=pl.lit("1")
    )


def follow_up(export: Tables) -> pl.DataFrame:
    import polars as pl

    return export["patient_follow_up"].select(
        pl.col("patient").fill_null(""),
        status="status_at_last_follow_up",
        date=pl.coalesce("last_contact", "patient_follow_up_date"),
    )


def operations(export: Tables, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """Of each episode the first operation on the tumour, with its own margin, grade and rupture.

    Operations on metastases alone, and those of a later event, say nothing of it. Where which was the first cannot be
    told and they differ, its margin is not known.
    """
    import polars as pl

    told = ["margins_after_surgery", "surgical_specimen_grading_only_in_untreated_tumours", "tumor_rupture"]
    on_tumour = (pl.col("surgery_onm") == "YES").fill_null(False) & pl.col("date_of_surgery").is_null()
    rows = of_events(export, "surgery", events, account).filter(_first_episode() & ~on_tumour)
    first = pl.col("date_of_surgery") == pl.col("date_of_surgery").min().over("episode")
    undated = pl.col("date_of_surgery").is_null().any().over("episode")
    rows = rows.filter(undated | first.fill_null(True))
    by_episode = rows.group_by("episode", maintain_order=True).agg(
        *(pl.when(pl.col(c).n_unique() == 1).then(pl.col(c).first()).alias(c) for c in told),
        (pl.col(told[0]).n_unique() > 1).alias("differ"),
        pl.col("patient").first(),
        pl.when(pl.col("date_of_surgery").n_unique() == 1)
        .then(
            (pl.col("date_of_surgery").first() - pl.col("date_of_diagnosis").first()).dt.total_days() / DAYS_PER_MONTH
        )
        .alias("surgery_months"),
    )
    account.not_read(
        "surgery: several operations, and which was the first cannot be told, so the margin is not known",
        *by_episode.filter("differ")["patient"],
    )
    account.not_read(
        "surgery: before the diagnosis, so its time is not known",
        *by_episode.filter(pl.col("surgery_months") < 0)["patient"],
    )
    return by_episode.select(
        "episode",
        "margins_after_surgery",
        "tumor_rupture",
        specimen_grading="surgical_specimen_grading_only_in_untreated_tumours",
        surgery=pl.lit("resected"),
        surgery_months=pl.when(pl.col("surgery_months") >= 0).then("surgery_months"),
    )


def treatments(export: Tables, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """Radiotherapy of the tumour around the operation, and the setting of systemic treatment, in the first episode."""
    import polars as pl

    radio = of_events(export, "radiotherapy", events, account)
    radio = radio.filter(_first_episode() & (pl.col("distant_metastasis") != "1").fill_null(True))
    before, after = ((pl.col("setting") == f"{when}OPERATIVE_RT").any() for when in ("PRE", "POST"))
    given = radio.group_by("episode").agg(
        pl.when(before & after)
        .then(pl.lit("both"))
        .when(before)
        .then(pl.lit("before-surgery"))
        .when(after)
        .then(pl.lit("after-surgery"))
        .alias("radiotherapy")
    )
    drugs = of_events(export, "systemic_treatment", events, account).filter(_first_episode())
    settings = drugs.group_by("episode").agg(
        pl.col("setting").drop_nulls().unique().sort().str.join("; ").alias("systemic_setting")
    )
    return given.join(settings, on="episode", how="full", coalesce=True)
