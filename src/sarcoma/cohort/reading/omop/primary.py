"""Whom the database is asked about: one primary sarcoma a person, age at its diagnosis, and observation."""

from __future__ import annotations

import polars as pl

from sarcoma.cohort.reading.event_codes import cause_of
from sarcoma.cohort.reading.omop.account import DatabaseAccount
from sarcoma.cohort.reading.omop.extract import Extract

_YEAR = 365.25
_FIRST_YEAR = 1850
_FILLED_IN = ((1, 1), (6, 15), (7, 1))
"""Days that a `birth_datetime` has where only the year was known: OMOP's own rule is 15 June, others are in use."""
_DEPTH = 3
"""How many episodes deep what belongs to a disease is looked for."""
_LATE_DEATH = 60
"""Days after the end of observation beyond which a death is named in the account."""


def sarcomas_of(extract: Extract) -> pl.DataFrame:
    """Every concept of a sarcoma, with its type and topography."""
    told = extract.diagnoses.sarcomas
    return pl.DataFrame(
        {
            "concept_id": list(told),
            "type": [d.type for d in told.values()],
            "topography": [d.topography for d in told.values()],
        },
        schema={"concept_id": pl.Int64, "type": pl.String, "topography": pl.String},
    )


def _diseases(extract: Extract) -> pl.DataFrame:
    """Every disease episode, with the type and topography of a sarcoma; `says`: whether it tells what it is of."""
    sarcomas = sarcomas_of(extract)
    disease = extract.concepts.ids("episode", "disease")
    episodes = extract.episodes.filter(pl.col("episode_concept_id").is_in(disease)).with_columns(_whole("concept_id"))
    linked = (
        extract.episode_conditions.with_columns(_whole("concept_id"))
        .join(sarcomas, on="concept_id")
        .group_by("episode_id")
        .agg(
            pl.col("type", "topography").first().name.suffix("_linked"),
            several=pl.struct("type", "topography").n_unique() > 1,
        )
        .filter(~pl.col("several"))
        .drop("several")
    )
    return (
        episodes.join(sarcomas, on="concept_id", how="left")
        .join(linked, on="episode_id", how="left")
        .with_columns(
            type=pl.coalesce("type", "type_linked"),
            topography=pl.when(pl.col("type").is_null()).then("topography_linked").otherwise("topography"),
        )
        .with_columns(says=pl.col("type").is_not_null() | (pl.col("concept_id") != 0).fill_null(False))
    )


def primaries(extract: Extract, account: DatabaseAccount) -> pl.DataFrame:
    """One row a person: `person_id`, `episode_id` (null where a condition says it), `diagnosed`, `type`, topography."""
    sarcomas, found = sarcomas_of(extract), _diseases(extract)
    account.not_read(
        "episode: another disease of a person who has a sarcoma, by its concept",
        found.filter(pl.col("type").is_null() & pl.col("says"))["person_id"],
    )
    of_conditions = (
        extract.conditions.with_columns(_whole("concept_id"))
        .join(sarcomas, on="concept_id")
        .join(found.filter("says").select("person_id").unique(), on="person_id", how="anti")
    )
    columns = ["person_id", "episode_id", "diagnosed", "type", "topography"]
    tumours = pl.concat(
        [
            found.filter(pl.col("type").is_not_null()).rename({"starts": "diagnosed"}).select(columns),
            of_conditions.with_columns(episode_id=pl.lit(None, pl.Int64))
            .rename({"starts": "diagnosed"})
            .unique(["person_id", "diagnosed", "type", "topography"], maintain_order=True)
            .sort("diagnosed", nulls_last=True)
            .unique(["person_id", "type", "topography"], keep="first", maintain_order=True)
            .select(columns),
        ],
        how="vertical_relaxed",
    ).sort("person_id", "diagnosed", "episode_id", "type", "topography", nulls_last=True)
    return _one_each(_of_one_person_each(tumours, extract.people, account), account)


def _of_one_person_each(tumours: pl.DataFrame, people: pl.DataFrame, account: DatabaseAccount) -> pl.DataFrame:
    """The tumours of persons who stand once in `person`."""
    twice = people.filter(pl.col("person_id").is_duplicated())
    account.refuse("several rows of person have this id", twice["person_id"], "several-rows")
    orphans = tumours.join(people.select("person_id"), on="person_id", how="anti")
    account.not_read("episode or condition of a person whom the table person does not have", orphans["person_id"])
    single = people.join(twice.select("person_id").unique(), on="person_id", how="anti").select("person_id")
    untold = single.join(tumours, on="person_id", how="anti")
    account.refuse("its episode is tied to conditions of two different sarcomas", untold["person_id"])
    return tumours.join(single, on="person_id", how="semi")


def _one_each(tumours: pl.DataFrame, account: DatabaseAccount) -> pl.DataFrame:
    """The first sarcoma of a person; two different ones on one day cannot be told apart."""
    first = tumours.unique("person_id", keep="first", maintain_order=True)
    undated = first.filter(pl.col("diagnosed").is_null())
    account.refuse("when the sarcoma was diagnosed is not known", undated["person_id"])
    same_day = (
        tumours.join(first.select("person_id", first_day="diagnosed"), on="person_id")
        .filter(pl.col("diagnosed") == pl.col("first_day"))
        .group_by("person_id")
        .agg(n=pl.struct("type", "topography").n_unique())
        .filter(pl.col("n") > 1)
    )
    account.refuse(
        "two sarcomas on one day, and which one counts cannot be told", same_day["person_id"], "several-tumours"
    )
    kept = first.filter(pl.col("diagnosed").is_not_null()).join(same_day, on="person_id", how="anti")
    more = tumours.join(kept.select("person_id"), on="person_id").height - kept.height
    account.not_read_count("another sarcoma, or the same again, of a person: the first one counts", more)
    return kept


def with_people(tumours: pl.DataFrame, extract: Extract, account: DatabaseAccount) -> pl.DataFrame:
    """The same with sex, age at diagnosis and centre; who was diagnosed before birth is refused."""
    told = tumours.join(extract.people, on="person_id").with_columns(_born())
    before = told.filter(pl.col("diagnosed") < pl.col("born_from"))
    account.refuse("the sarcoma was diagnosed before birth", before["person_id"])
    told = told.join(before.select("person_id"), on="person_id", how="anti")
    days_from, days_to = (
        (pl.col("diagnosed") - pl.col(name)).dt.total_days() / _YEAR for name in ("born_to", "born_from")
    )
    told = told.with_columns(
        age_from=pl.when(days_from.is_not_null()).then(pl.max_horizontal(days_from, pl.lit(0.0)).round(2)),
        age_to=days_to.round(2),
    ).with_columns(
        age=pl.when(pl.col("born_from") == pl.col("born_to"))
        .then(pl.col("age_to"))
        .otherwise(((pl.col("age_from") + pl.col("age_to")) / 2).round(1)),
        exact=pl.col("born_from") == pl.col("born_to"),
    )
    coarse = told.filter(~pl.col("exact"))
    account.not_read(
        "birth: only its year or month is known, so age is the middle of what it may be (kept.age_from, kept.age_to)",
        coarse["person_id"],
        field="age",
    )
    sexes = extract.concepts.table("sex")
    told = told.with_columns(sex=_meant("gender_concept_id", sexes))
    strange = told.filter(pl.col("sex").is_null() & (_whole("gender_concept_id") != 0))
    account.not_read(
        "person.gender_concept_id: a concept that is neither male nor female", strange["person_id"], field="sex"
    )
    return told.with_columns(
        pl.when(pl.col("exact")).then(None).otherwise(pl.col("age_from")).alias("age_from"),
        pl.when(pl.col("exact")).then(None).otherwise(pl.col("age_to")).alias("age_to"),
    )


def _born() -> list[pl.Expr]:
    """The first and the last day on which a person may have been born."""
    year, month, day = (_whole(name) for name in ("year_of_birth", "month_of_birth", "day_of_birth"))
    year = pl.when(year.is_between(_FIRST_YEAR, 2100)).then(year)

    def on(month: pl.Expr, day: pl.Expr) -> pl.Expr:
        parts = (year.cast(pl.String), month.cast(pl.String), day.cast(pl.String))
        return pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)

    one, last = pl.lit(1, pl.Int64), pl.lit(12, pl.Int64)
    first_of_month = on(month, one)
    filled_in = (
        pl.when(month.is_null())
        .then(
            pl.any_horizontal((pl.col("born").dt.month() == m) & (pl.col("born").dt.day() == d) for m, d in _FILLED_IN)
        )
        .otherwise(pl.col("born").dt.day() == 1)
    )
    told = pl.when((day.is_null() & year.is_not_null() & filled_in).fill_null(False)).then(None).otherwise("born")
    exact = pl.coalesce(told, on(month, day))
    return [
        pl.coalesce(exact, first_of_month, on(one, one)).alias("born_from"),
        pl.coalesce(exact, first_of_month.dt.month_end(), on(last, pl.lit(31, pl.Int64))).alias("born_to"),
    ]


def of_other_diseases(told: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """What belongs to another disease of a person than the sarcoma that counts: `person_id`, `tied_to`, `event_id`.

    The same sarcoma told again is no other disease.
    """
    mine = told.select("person_id", "type", primary=_whole("episode_id"))
    diseases = _diseases(extract).select("person_id", _whole("episode_id"), its_type="type").join(mine, on="person_id")
    other = (pl.col("episode_id") != pl.col("primary")) & pl.col("its_type").ne_missing(pl.col("type"))
    known = extract.episodes.select("person_id", _whole("episode_id"), _whole("parent"))
    parts = [diseases.filter(other).select("person_id", "episode_id")]
    for _ in range(_DEPTH):
        above = parts[-1].rename({"episode_id": "parent"})
        parts.append(known.join(above, on=["person_id", "parent"]).select("person_id", "episode_id").unique())
    own = diseases.filter(~other).select("person_id", "episode_id")
    episodes = pl.concat(parts).unique().join(own, on=["person_id", "episode_id"], how="anti")
    linked = extract.episode_conditions.select(_whole("episode_id"), event_id=_whole("condition_occurrence_id"))
    procedures = extract.operations.select(
        "person_id", event_id=_whole("procedure_occurrence_id"), episode_id=_whole("parent")
    )
    told_by_condition = (
        extract.conditions.with_columns(_whole("concept_id"))
        .join(sarcomas_of(extract).select("concept_id", its_type="type"), on="concept_id")
        .join(mine.filter(pl.col("primary").is_null()), on="person_id")
        .filter(pl.col("its_type") != pl.col("type"))
        .select("person_id", event_id=_whole("condition_occurrence_id"))
    )
    of = {
        "episode": episodes.rename({"episode_id": "event_id"}),
        "condition": pl.concat(
            [
                episodes.join(linked, on="episode_id")
                .select("person_id", "event_id")
                .join(own.join(linked, on="episode_id"), on=["person_id", "event_id"], how="anti"),
                told_by_condition,
            ]
        ),
        "procedure": procedures.join(episodes, on=["person_id", "episode_id"]).select("person_id", "event_id"),
    }
    return pl.concat([frame.unique().with_columns(tied_to=pl.lit(kind)) for kind, frame in of.items()])


def with_observation(told: pl.DataFrame, extract: Extract, account: DatabaseAccount) -> pl.DataFrame:
    """The same with the observation period as delayed entry and last contact, and with death and its cause."""
    periods = extract.periods.join(told.select("person_id", "diagnosed"), on="person_id")
    backward = periods.filter(
        pl.col("starts").is_null() | pl.col("ends").is_null() | (pl.col("starts") > pl.col("ends"))
    )
    account.not_read("observation_period: it ends before it starts, or has no date", backward["person_id"])
    periods = periods.filter(pl.col("starts") <= pl.col("ends")).sort("person_id", "starts", "ends")
    gaps = periods.with_columns(before=pl.col("ends").cum_max().shift(1).over("person_id")).filter(
        (pl.col("starts") - pl.col("before")).dt.total_days() > 1
    )
    account.not_read("observation_period: gaps between periods, which are taken as one", gaps["person_id"].unique())
    observed = periods.group_by("person_id").agg(
        entry=pl.coalesce(pl.col("starts").filter(pl.col("ends") >= pl.col("diagnosed")).min(), pl.col("starts").min()),
        last_seen=pl.col("ends").max(),
    )
    absent = told.join(observed, on="person_id", how="anti")
    account.refuse("has no observation period, so follow-up is not known", absent["person_id"])
    told = told.join(observed, on="person_id")
    deaths = _deaths(told, extract, account)
    undated = deaths.filter(pl.col("died").is_null())
    account.refuse("died, but when is not known", undated["person_id"], "death-without-time")
    told = told.join(undated.select("person_id"), on="person_id", how="anti").join(deaths, on="person_id", how="left")
    late = told.filter((pl.col("died") - pl.col("last_seen")).dt.total_days() > _LATE_DEATH)
    account.not_read(
        f"death: more than {_LATE_DEATH} days after observation ended; it counts as recorded, which is right only "
        "where deaths of everyone are recorded",
        late["person_id"],
    )
    return told.with_columns(
        last_contact=pl.when(pl.col("died").is_null()).then(pl.col("last_seen")).otherwise(None),
        followed_to=pl.coalesce("died", "last_seen"),
    )


def _deaths(told: pl.DataFrame, extract: Extract, account: DatabaseAccount) -> pl.DataFrame:
    deaths = extract.deaths.join(told.select("person_id"), on="person_id")
    several = deaths.group_by("person_id").agg(n=pl.col("died").n_unique()).filter(pl.col("n") > 1)
    account.not_read("death: several dates of one person; the earliest counts", several["person_id"])
    causes = _causes(extract)
    two = (
        deaths.with_columns(c=_meant("cause", causes)).group_by("person_id").agg(n=pl.col("c").drop_nulls().n_unique())
    )
    account.not_read(
        "death: two causes of one person, so the cause is not known", two.filter(pl.col("n") > 1)["person_id"]
    )
    deaths = deaths.with_columns(
        cause_of_death=_meant("cause", causes), strange=(_whole("cause") != 0) & ~_whole("cause").is_in(list(causes))
    )
    for number, count in (
        deaths.filter("strange").group_by("cause").agg(n=pl.len()).sort("n", descending=True).head(20).iter_rows()
    ):
        account.not_read_count(
            f"death.cause_concept_id: OMOP:{number} stands in no table of causes",
            count,
            column="death.cause_concept_id",
            concept=number,
        )
    return (
        deaths.sort("person_id", "died", "cause_of_death", nulls_last=True)
        .group_by("person_id", maintain_order=True)
        .agg(
            pl.col("died").first(),
            cause=pl.when(pl.col("cause_of_death").drop_nulls().n_unique() == 1).then(
                pl.col("cause_of_death").drop_nulls().first()
            ),
        )
    )


def _causes(extract: Extract) -> dict[int, str]:
    """What concepts mean as a cause of death: by the table, as a sarcoma, or by a code of ICD-10."""
    found = dict.fromkeys(extract.diagnoses.sarcomas, "sarcoma") | extract.concepts.table("cause")
    for number, (vocabulary, code) in extract.codes.items():
        if number not in found and vocabulary.startswith("ICD10"):
            cause = cause_of(code)
            if cause is not None:
                found[number] = cause
    return found


def _whole(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64, strict=False)


def _meant(name: str, table: dict[int, str]) -> pl.Expr:
    return _whole(name).replace_strict(table, default=None, return_dtype=pl.String)
