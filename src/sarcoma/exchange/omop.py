"""OMOP for one person: a record with where each field came from; and concepts as codes (`sarcoma why OMOP:4188540`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma._arguments import checked
from sarcoma.errors import CohortError
from sarcoma.exchange.codes import Code, CodeTables
from sarcoma.exchange.reading import Origin, Reading, Remark, Unread

if TYPE_CHECKING:
    from sarcoma.cohort import Cohort, Place
    from sarcoma.cohort.reading.omop.assemble import Assembled
    from sarcoma.cohort.reading.omop.extract import Extract

SYSTEM = "OMOP"
_NOT_OF_THE_RECORD = ("id", "centre", "age_at_origin", "metastases", "local_recurrence", "presentation")


@checked
def omop_codes() -> CodeTables:
    """The table of concepts by which databases are read (`cohort/reading/omop/concepts.yaml`), as code tables.

    Raises
    ------
    MissingPartError : the part that reads cohorts is not installed.
    """
    from sarcoma.cohort.reading.omop.concepts import concepts

    return CodeTables(
        [Code(one.table, SYSTEM, str(one.id), one.value, one.read_in, one.name, one.marks) for one in concepts()]
    )


@checked
def read_omop(
    where: Place | Path | str, person: int, *, timeout: float | None = None, codes: Path | str | None = None
) -> Reading:
    """The record of one person of an OMOP database at the diagnosis, with where each field came from.

    Parameters
    ----------
    where : the address of a PostgreSQL database, or a folder of Parquet files. person : the `person_id`.
    timeout : the most seconds that a query may take. codes : a file of one's own with what concepts mean.

    Raises
    ------
    CohortError : it cannot be read, or has no such person, or no sarcoma of this person that can be used; says why.
    """
    from sarcoma.cohort import Place, make_cohort
    from sarcoma.cohort.reading.omop.assemble import assembled
    from sarcoma.cohort.reading.omop.concepts import concepts
    from sarcoma.cohort.reading.omop.engine import engine_at
    from sarcoma.cohort.reading.omop.extract import extract

    known = concepts() if codes is None else concepts().with_file(codes)
    with engine_at(Place.of(where), timeout) as engine:
        answered = extract(engine, known)
    own = _of(answered, person)
    if not own.people.height:
        raise CohortError("there is no person of this person_id whose disease is a sarcoma")
    made = assembled(own)
    return _reading(made, make_cohort(made.source), own)


def _of(answered: Extract, person: int) -> Extract:
    """What the database answered of one person."""
    import polars as pl

    own: dict[str, Any] = {}
    for part in dataclasses.fields(answered):
        frame = getattr(answered, part.name)
        if isinstance(frame, pl.DataFrame) and "person_id" in frame.columns:
            own[part.name] = frame.filter(pl.col("person_id") == person)
    own["persons"] = pl.DataFrame({"n_rows": [own["people"].height], "persons": [1]})
    own["unknown_modifiers"] = answered.unknown_modifiers.head(0)  # counts of everybody
    return dataclasses.replace(answered, **own)


def _reading(made: Assembled, cohort: Cohort, own: Extract) -> Reading:
    from sarcoma.patient import Patient
    from sarcoma.patient.metastasis import metastases_of_text

    row, told = cohort.patients.row(0, named=True), made.told.row(0, named=True)
    fields = {
        name: value
        for name, value in row.items()
        if value is not None and name not in _NOT_OF_THE_RECORD and not name.startswith("kept.")
    }
    unknown, conflicts = dict[str, str](), dict[str, str]()
    unread: list[Unread] = []
    remarks = [
        Remark("record", part.reason) for part in cohort.about.unread_cells if part not in made.source.unread_counts
    ]
    for noted in made.noted:
        if noted.concept is not None:
            unread.append(Unread(noted.column or SYSTEM, SYSTEM, str(noted.concept)))
        elif noted.field is not None and (noted.field not in fields or noted.field == "age"):
            (conflicts if noted.conflict else unknown)[noted.field] = noted.reason
        else:
            remarks.append(Remark("database", noted.reason))
    if "age" in unknown:  # the year of birth alone leaves two ages open
        fields.pop("age", None)
        unknown["age"] = "of the birth only the year or the month is known"
    if row.get("metastases") is None:
        fields["metastases"] = "unknown"
    elif row["metastases"] != "none":
        fields["metastases"] = metastases_of_text(row["metastases"])
    patient = Patient(**fields)
    origins = {name: origin for name, origin in _origins(made, told, own) if name in fields}
    return Reading(
        patient,
        origins,
        unknown,
        conflicts,
        tuple(unread),
        tuple(patient.assumed),
        used=tuple(dict.fromkeys(origin.reference for origin in origins.values())),
        remarks=tuple(remarks),
        deceased=told["died"] is not None,
        died=told["died"],
        seen=told["last_seen"],
        diagnosed=told["diagnosed"],
    )


def _origins(made: Assembled, told: dict[str, Any], own: Extract) -> Iterator[tuple[str, Origin]]:
    """Where each field came from: the table, the row, the column, and the date."""
    person, episode = str(told["person_id"]), told["episode_id"]
    diagnosed = str(told["diagnosed"])
    yield "sex", Origin("person", person, "gender_concept_id")
    yield "age", Origin("person", person, "year_of_birth", diagnosed)
    for name in ("histologic_type", "topography"):
        if episode is not None:
            yield name, Origin("episode", str(episode), "episode_object_concept_id", diagnosed)
        else:
            row = own.conditions.sort("starts").row(0, named=True)
            yield (
                name,
                Origin("condition_occurrence", str(row["condition_occurrence_id"]), "condition_concept_id", diagnosed),
            )
    for (procedure,) in made.operations.select("procedure_occurrence_id").iter_rows():
        yield "surgery", Origin("procedure_occurrence", str(procedure), "procedure_date", str(told["operated"]))
    for name, frame in made.origins.items():
        for _, measurement, dated in frame.head(1).iter_rows():
            yield name, Origin("measurement", str(measurement), "measurement_concept_id", str(dated))
