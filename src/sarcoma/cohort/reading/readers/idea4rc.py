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
from sarcoma.cohort.reading.readers.idea4rc_events import (
    at_diagnosis,
    episode_events,
    follow_up,
    local_recurrences,
    metastases,
    of_events,
    operations,
    treatments,
)
from sarcoma.cohort.reading.readers.idea4rc_tables import file_of, read_export, tables
from sarcoma.cohort.reading.row_account import RefusedRowError, RowAccount
from sarcoma.cohort.reading.source import Source

if TYPE_CHECKING:
    import polars as pl

    Tables = dict[str, pl.DataFrame]

NAME = "IDEA4RC export"
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
    events = episode_events(export, dated, account)
    stages = of_events(export, "sarcoma_stage", events, account)
    parts = [at_diagnosis(stages), operations(export, events, account), treatments(export, events, account)]
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
        "follow_up": follow_up(export),
        "metastases": metastases(stages),
        "local_recurrences": local_recurrences(stages, events, account),
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
