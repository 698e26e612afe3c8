"""A folder of tables exported from the IDEA4RC relational model, as CSV or Parquet: `patient.csv`, `surgery.csv`, ….

One row a cancer episode, and one for each patient without any. Of a person's episodes the first sarcoma counts, with
the events of that episode alone: its stages, operations and recurrences.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.reading.mapping import read_cohort_map
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.readers.idea4rc_tables import file_of, read_export, tables
from sarcoma.cohort.reading.row_account import RefusedRowError, RowAccount
from sarcoma.cohort.reading.source import Source

if TYPE_CHECKING:
    import polars as pl

    Tables = dict[str, pl.DataFrame]

NAME = "IDEA4RC export"
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
_CARCINOMAS = (
    *("histology_squamous", "histology_adenocarcinoma", "histology_neuroendocrine"),
    *("histology_odontogenic_carcinoma", "histology_snuc"),
)
_SYNDROMES = {
    "li_fraumeni_syndrome": "li-fraumeni",
    "neurofibromatosis_type1": "neurofibromatosis-1",
    "retinoblastoma": "retinoblastoma",
    "werner_syndrome": "werner",
    **dict.fromkeys(
        (
            *("olliers_disease", "maffuci_syndrome", "mc_cune_albright_syndrome", "multiple_osteochondromas"),
            *("rothmund_thomson_syndrome", "paget_disease"),
        ),
        "other",
    ),
}
_DELAYED_ENTRY = (
    "Observation begins at the first contact with a hospital of the export (delayed entry): who was diagnosed "
    "elsewhere and died before coming could not be in it."
)
_BY_YEAR = (
    "Of {:,} cancer episodes the age at diagnosis is not told; where the year of birth is, it is reckoned from the "
    "middle of that year, right to half a year."
)
_LARGE_CM = 30.0
"""Where half of the sizes are above it, the column is not in the centimetres that the model describes."""
_YEAR = 12 * DAYS_PER_MONTH


def recognises(place: Place) -> bool:
    return all(file_of(place, name) is not None for name in ("patient", "cancer_episode"))


def read(place: Place) -> Source:
    account = RowAccount()
    export = read_export(place, account)
    episodes = _with_patients(_episodes(export, account), export)
    refused, counts = _which_count(episodes, export)
    dated = episodes.select("episode", "patient", "date_of_diagnosis").filter(counts)
    events = _episode_events(export, dated, account)
    stages = _of_events(export, "sarcoma_stage", events, account)
    parts = [_at_diagnosis(stages), _operations(export, events, account), _treatments(export, events, account)]
    main = reduce(
        lambda left, right: left.join(right, on="episode", how="left", maintain_order="left"), parts, episodes
    )
    mapping = read_cohort_map("idea4rc")
    by_year = export["cancer_episode"]["age_at_diagnosis"].is_null().sum()
    comes_late = main["first_contact"].is_not_null().any()
    notes = [_DELAYED_ENTRY] if comes_late else []
    notes += [_BY_YEAR.format(by_year)] if by_year and export["patient"]["birth_year"].is_not_null().any() else []
    mapping = mapping.model_copy(
        update={"notes": (*mapping.notes, *notes), "entry": mapping.entry if comes_late else None}
    )
    others = {
        "follow_up": _follow_up(export),
        "metastases": _metastases(stages),
        "local_recurrences": _local_recurrences(stages, events, account),
    }
    return Source(main, NAME, others, mapping, refused_rows=refused, unread_counts=account.unread())


def _episodes(export: Tables, account: RowAccount) -> pl.DataFrame:
    """One row an episode: its histology and its place as one cell each, its size and its age."""
    import polars as pl

    episodes = export["cancer_episode"].rename({"id": "episode"})
    columns = tables()["cancer_episode"].columns
    subsites = [c for c in columns if c.endswith("_subsite")]
    own = ("depth", "grading", "radiotherapy_induced_sarcoma")
    sarcomas = [c for c, kind in columns.items() if isinstance(kind, tuple) and c not in (*own, *subsites)]
    for name, several in (("sarcoma", sarcomas), ("subsite", subsites)):
        told = pl.concat_list(several).list.drop_nulls().list.unique()
        episodes = episodes.with_columns(told.alias(name))
        twice = episodes.filter(pl.col(name).list.len() > 1)["patient"].fill_null("").to_list()
        account.not_read(f"cancer_episode: two values of the {name} of one tumour", *twice)
        one = pl.when(pl.col(name).list.len() == 1).then(pl.col(name).list.first())
        episodes = episodes.with_columns(one.alias(name))
    carcinoma = pl.any_horizontal(pl.col(c).is_not_null() for c in _CARCINOMAS)
    episodes = episodes.with_columns(
        histology=pl.coalesce("sarcoma", pl.when(carcinoma).then(pl.lit("carcinoma"))),
        is_other=carcinoma & pl.col("sarcoma").is_null(),
    )
    sizes = episodes["tumor_size"].drop_nulls()
    if sizes.len() and (sizes > _LARGE_CM).sum() * 2 > sizes.len():
        ids = episodes.filter(pl.col("tumor_size").is_not_null())["patient"].fill_null("").to_list()
        account.not_read(
            "cancer_episode.tumor_size: most are above 30, so these are hardly the centimetres of the model", *ids
        )
        episodes = episodes.with_columns(tumor_size=pl.lit(None, pl.Float64))
    born = pl.col("birth_year")
    lived = (pl.col("date_of_diagnosis").dt.year() - born).alias("lived")
    patients = export["patient"].unique("id", keep="first", maintain_order=True).select(patient="id", birth_year=born)
    episodes = episodes.join(patients, on="patient", how="left", maintain_order="left").with_columns(lived)
    told = pl.col("age_at_diagnosis")
    contradicts = (told.floor() > pl.col("lived")) | (told.floor() < pl.col("lived") - 1)
    ids = episodes.filter(contradicts)["patient"].fill_null("").to_list()
    account.not_read(
        "cancer_episode.age_at_diagnosis: it does not fit patient.birth_year, so the age is not known", *ids
    )
    middle = (pl.col("date_of_diagnosis") - pl.date(born.cast(pl.Int32, strict=False), 7, 1)).dt.total_days() / _YEAR
    age = pl.when(contradicts.fill_null(False)).then(None).otherwise(pl.coalesce(told, middle.round(1)))
    return episodes.with_columns(age=pl.when(age >= 0).then(age)).drop(
        "birth_year", "lived", "sarcoma", *sarcomas, *subsites
    )


def _with_patients(episodes: pl.DataFrame, export: Tables) -> pl.DataFrame:
    """The episodes, then the patients without any; each with what is known of the person and the first hospital."""
    import polars as pl

    people = export["patient"].rename({"id": "patient"}).filter(pl.col("patient").is_not_null())
    flags = [pl.when(pl.col(c) == "1").then(pl.lit(code)) for c, code in _SYNDROMES.items()]
    told = pl.concat_list(flags).list.drop_nulls().list.unique()
    none = pl.when(pl.col("no_genetic_syndrome_who2020") == "1").then(pl.lit("none"))
    one = pl.when(told.list.len() == 1).then(told.list.first())
    people = people.with_columns(
        syndrome=pl.when(told.list.len() == 0).then(none).otherwise(pl.when(none.is_null()).then(one)),
        ecog_ps=pl.when(pl.col("ecog_ps") < 5).then(pl.col("ecog_ps")),
        rows_of_patient=pl.len().over("patient"),
    ).unique("patient", keep="first", maintain_order=True)
    contacts = (
        export["hospital_patient_records"]
        .rename({"date_of_first_contact_with_the_hospital": "first_contact"})
        .join(
            export["hospital_data"].unique("id", keep="none").select(hospital_data="id", hospital="hospital_name"),
            on="hospital_data",
            how="left",
        )
        .sort("first_contact", "hospital", nulls_last=True)
        .unique("patient", keep="first", maintain_order=True)
        .select("patient", "first_contact", "hospital")
    )
    people = people.join(contacts, on="patient", how="left", maintain_order="left")
    people = people.select("patient", "gender", "ecog_ps", "syndrome", "rows_of_patient", "first_contact", "hospital")
    known = episodes.join(people, on="patient", how="left", maintain_order="left")
    without = people.join(episodes, on="patient", how="anti", maintain_order="left")
    return pl.concat([known, without], how="diagonal")


def _which_count(main: pl.DataFrame, export: Tables) -> tuple[dict[int, RefusedRowError], pl.Series]:
    """The rows that do not count, and why; and the others, as a column of yes and no."""
    import polars as pl

    copies = export["cancer_episode"].group_by("id").len()
    several = set(copies.filter(pl.col("len") > 1)["id"].to_list())
    refused: dict[int, RefusedRowError] = {}
    of_person: dict[str, list[tuple[int, object]]] = {}
    columns = ("patient", "episode", "rows_of_patient", "date_of_diagnosis", "is_other")
    for place, (patient, episode, rows, diagnosed, is_other) in enumerate(main.select(columns).iter_rows()):
        if patient is None:
            continue  # refused as a row without an id
        if rows is None:
            refused[place] = RefusedRowError("its patient is not in the table patient")
        elif rows > 1:
            refused[place] = RefusedRowError("its patient stands several times in the table patient")
        elif episode is None:
            refused[place] = RefusedRowError(
                "has no cancer episode" if is_other is None else "its cancer episode has no id"
            )
        elif episode in several:
            refused[place] = RefusedRowError("its cancer episode stands several times in the table cancer_episode")
        elif not is_other:
            of_person.setdefault(patient, []).append((place, diagnosed))
    for place, (patient, is_other) in enumerate(main.select("patient", "is_other").iter_rows()):
        if is_other and patient in of_person and place not in refused:
            refused[place] = RefusedRowError("another tumour of a person of whom the sarcoma counts", "several-tumours")
    for own in of_person.values():
        if len(own) == 1:
            continue
        days = [day for _, day in own]
        known = [day for day in days if day is not None]
        first = min(known, key=str) if len(known) == len(days) else None
        if first is None or days.count(first) > 1:
            why = RefusedRowError("one of several sarcomas of a person, and which was the first cannot be told")
            refused |= {place: RefusedRowError(why.reason) for place, _ in own}
        else:
            reason = "another tumour of a person of whom the first sarcoma counts"
            refused |= {place: RefusedRowError(reason, "several-tumours") for place, day in own if day != first}
    counts = pl.Series([place not in refused for place in range(main.height)], dtype=pl.Boolean)
    return refused, counts & main["episode"].is_not_null()


def _episode_events(export: Tables, episodes: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
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


def _of_events(export: Tables, name: str, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
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


def _at_diagnosis(stages: pl.DataFrame) -> pl.DataFrame:
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


def _metastases(stages: pl.DataFrame) -> pl.DataFrame:
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


def _local_recurrences(stages: pl.DataFrame, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
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


def _follow_up(export: Tables) -> pl.DataFrame:
    import polars as pl

    return export["patient_follow_up"].select(
        pl.col("patient").fill_null(""),
        status="status_at_last_follow_up",
        date=pl.coalesce("last_contact", "patient_follow_up_date"),
    )


def _operations(export: Tables, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """Of each episode the first operation on the tumour, with its own margin, grade and rupture.

    Operations on metastases alone, and those of a later event, say nothing of it. Where which was the first cannot be
    told and they differ, its margin is not known.
    """
    import polars as pl

    told = ["margins_after_surgery", "surgical_specimen_grading_only_in_untreated_tumours", "tumor_rupture"]
    on_tumour = (pl.col("surgery_onm") == "YES").fill_null(False) & pl.col("date_of_surgery").is_null()
    rows = _of_events(export, "surgery", events, account).filter(_first_episode() & ~on_tumour)
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


def _treatments(export: Tables, events: pl.DataFrame, account: RowAccount) -> pl.DataFrame:
    """Radiotherapy of the tumour around the operation, and the setting of systemic treatment, in the first episode."""
    import polars as pl

    radio = _of_events(export, "radiotherapy", events, account)
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
    drugs = _of_events(export, "systemic_treatment", events, account).filter(_first_episode())
    settings = drugs.group_by("episode").agg(
        pl.col("setting").drop_nulls().unique().sort().str.join("; ").alias("systemic_setting")
    )
    return given.join(settings, on="episode", how="full", coalesce=True)
