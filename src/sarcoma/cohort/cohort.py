"""The standard cohort: patients, events and an account of where they come from, as a folder.

patients.parquet   one row a patient: id, the fields of the Patient record at the origin of time, age at the origin,
                   centre
events.parquet     id, months since the origin, event, organ (of a metastasis), cause (of a death)
histories.parquet  where it was written: the rows of every course that plans count (`histories_file.py`)
follow_up.parquet  where it was written: what happened to each patient, one row each (`follow_up_file.py`)
cohort.yaml        name, source, licence, period, origin of time; rows in, used and refused, and why; the tables'
                   digests
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sarcoma._arguments import checked
from sarcoma.cohort.folder import FOLLOW_UP, HISTORIES, TABLES, read_folder, write_folder
from sarcoma.cohort.frames import as_polars, clean_fields, ids_of, months_of, refuse_impossible, refuse_lives_too_long
from sarcoma.errors import CohortError
from sarcoma.patient import ORGANS, Records, field_specs
from sarcoma.patient.metastasis import metastases_of_text, metastases_text

if TYPE_CHECKING:
    import polars as pl

Origin = Literal["diagnosis", "surgery", "first-metastasis", "inclusion"]

ORIGINS: dict[str, str] = {
    "diagnosis": "first diagnosis of the sarcoma",
    "surgery": "operation on the primary tumour",
    "first-metastasis": "first metastasis",
    "inclusion": "the first thing known of the patient; not the diagnosis",
}
EVENTS: dict[str, str] = {
    "entry": "observation begins: before it, the patient could not have been seen to die (delayed entry)",
    "local-recurrence": "the sarcoma came back at the same place",
    "metastasis": "a metastasis was found (organ)",
    "death": "death (cause)",
    "last-contact": "last known to be alive",
}
CAUSES: dict[str, str] = {"sarcoma": "of the sarcoma", "other": "of something else", "unknown": "cause not known"}
OWN_COLUMNS = ("id", "age_at_origin", "centre")
MOST_IDS = 1000
"""Of who is meant by a count, at most so many are named."""
KEPT = "kept."
"""Columns of patients.parquet that are not fields of the record; what the mapping keeps has this prefix."""


RefusalKind = Literal[
    "death-without-time", "out-of-scope", "bone-site", "type-not-recognised", "several-tumours", "several-rows"
]
"""Reasons that a check looks for."""


class Refusal(BaseModel):
    """Rows that could not be used, or cells that could not be read, for one reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    kind: RefusalKind | None = None
    count: int
    ids: tuple[str, ...] = ()


class Disagreement(BaseModel):
    """Two sources of one field, or of the first time of one event, in how many patients.

    `both` give a value, and of these `differ` (`ids`) give another one; `only` the first, or the second, gives one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    sources: tuple[str, str]
    both: int
    differ: int
    only: tuple[int, int]
    ids: tuple[str, ...] = ()


class About(BaseModel):
    """What cohort.yaml says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str | None = None
    citation: str | None = None
    licence: str | None = None
    period: str | None = None
    origin: Origin
    origin_note: str | None = None
    inclusion: str | None = None
    notes: tuple[str, ...] = ()
    reader: str | None = None
    rows_in: int
    rows_used: int
    refused: tuple[Refusal, ...] = ()
    unread_cells: tuple[Refusal, ...] = ()
    repeated_events: int = 0
    disagreements: tuple[Disagreement, ...] = ()

    @classmethod
    def of_account(cls, account: dict[str, Any]) -> About:
        """What stands in cohort.yaml.

        Raises
        ------
        CohortError : an entry is missing or not understood.
        """
        try:
            return cls.model_validate(account)
        except ValidationError as error:
            where = ".".join(str(part)[:60] for part in error.errors()[0]["loc"])
            raise CohortError(f"cohort.yaml: {where}: missing or not understood") from None

    @property
    def rows_refused(self) -> int:
        return sum(r.count for r in self.refused)

    def cited(self) -> str:
        """Name, source and citation, as they stand in cards made from the cohort."""
        return ". ".join(part for part in (self.name, self.source, self.citation) if part)


@dataclass(frozen=True, eq=False)
class Cohort:
    """Many patients and what happened to them.

    Attributes
    ----------
    patients : one row a patient, columns `id`, `age_at_origin` (years), `centre` and the fields of the record.
    events : one row an event: `id`, `months` since the origin (null where the time is not known), `event`, `organ`,
        `cause`.
    about : the account.

    Raises
    ------
    CohortError : a column is missing or of another kind, an id stands twice or an event belongs to nobody.
    """

    patients: pl.DataFrame
    events: pl.DataFrame
    about: About

    def __post_init__(self) -> None:
        object.__setattr__(self, "patients", _as_patients(self.patients))
        object.__setattr__(self, "events", _as_events(self.events, self.patients["id"]))

    def __len__(self) -> int:
        return self.patients.height

    def __repr__(self) -> str:
        return f"Cohort({self.about.name!r}, patients={len(self)}, events={self.events.height})"

    @cached_property
    def records(self) -> Records:
        """The patients as records, in the order of `patients`. A field without a column is not known of anyone."""
        return records_of(self.patients)

    @classmethod
    def of_frames(cls, patients: Any, events: Any, **about: Any) -> Cohort:
        """A cohort from frames of pandas, Polars or Arrow; `about` needs `name` and `origin`.

        What the reader of files checks is checked here: a cell that its field does not take is not known, and counted
        in the account. NaN, NaT and NA are not known. Lengths of time become months; dates as times are refused.

        Raises
        ------
        CohortError : as for the constructor, or records that cannot be true, or times beyond a life.
        """
        people, happened = as_polars("patients", patients), as_polars("events", events)
        counts = {"rows_in": people.height, "rows_used": people.height}
        _known_columns(people)
        people, unread = clean_fields(people.with_columns(ids_of(people["id"])), _stored, _dtype)
        refuse_impossible(people)
        told = About(**(counts | about))
        cells = (Refusal(reason=reason, count=n, ids=who[:MOST_IDS]) for reason, (n, who) in unread.items())
        cohort = cls(people, happened, told.model_copy(update={"unread_cells": (*told.unread_cells, *cells)}))
        refuse_lives_too_long(cohort.patients, cohort.events)
        return cohort

    @classmethod
    @checked
    def open(cls, folder: Path | str) -> Cohort:
        """Read a standard cohort.

        Raises
        ------
        CohortError : a file is missing or is not what it should be.
        """
        tables, account = read_folder(Path(folder))
        patients, events = (tables[name] for name in TABLES)
        cohort = cls(patients, events, About.of_account(account))
        _refuse_unread(cohort.patients)
        refuse_lives_too_long(cohort.patients, cohort.events)
        return cohort

    @checked
    def write(
        self,
        folder: Path | str,
        *,
        histories: pl.DataFrame | None = None,
        follow_up: pl.DataFrame | None = None,
    ) -> None:
        """Write the standard cohort; the folder is made where it is not there.

        Parameters
        ----------
        histories, follow_up : what `histories_of` and `follow_up_of` make of this cohort, to be written beside it.

        Raises
        ------
        CohortError : it cannot be written to, or another run is writing to it. What was there is what is there.
        """
        account = self.about.model_dump(mode="json", exclude_none=True)
        tables = dict(zip(TABLES, (self.patients, self.events), strict=True))
        beside = {HISTORIES: histories, FOLLOW_UP: follow_up}
        written = tables | {name: table for name, table in beside.items() if table is not None}
        write_folder(Path(folder), written, account)


def records_of(patients: pl.DataFrame) -> Records:
    """Rows of patients.parquet as records. A field without a column is not known of anyone."""
    columns = {name: _record_values(name, patients[name]) if name in patients else None for name in field_specs()}
    return Records.of_columns(columns, patients.height)


def patient_frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """patients.parquet from one mapping of values a patient; fields that nobody has are left out."""
    import polars as pl

    kept = list(rows)
    columns = {}
    told = dict.fromkeys(chain.from_iterable(kept))
    for name in (*OWN_COLUMNS, *field_specs(), *(n for n in told if n.startswith(KEPT))):
        values = [row.get(name) for row in kept] if name in told else []
        if name == "id" or any(value is not None for value in values):
            if _dtype(name) == pl.String:
                values = [_stored(name, value) for value in values]
            columns[name] = pl.Series(name, values, dtype=_dtype(name))
    return pl.DataFrame(columns)


def _stored(name: str, value: Any) -> Any:
    """A value as the table holds it: sets as text, as people write them."""
    if not isinstance(value, tuple):
        return value
    return metastases_text(value) if name == "metastases" else "; ".join(value) or "none"


def _record_values(name: str, column: pl.Series) -> list[Any]:
    """A column as the record holds it: sets as tuples, each distinct one read once."""
    spec = field_specs()[name]
    if spec.kind not in ("members", "metastases"):
        return column.to_list()
    read = metastases_of_text if spec.kind == "metastases" else spec.clean
    known = {text: read(text) for text in column.unique().to_list()}
    return [known[text] for text in column.to_list()]


def _dtype(name: str) -> Any:
    import polars as pl

    if name in ("id", "centre") or name.startswith(KEPT):
        return pl.String
    kind = "number" if name == "age_at_origin" else field_specs()[name].kind
    return {"number": pl.Float64, "whole": pl.Int64, "yes-no": pl.Boolean, "date": pl.Date}.get(kind, pl.String)


def _known_columns(frame: pl.DataFrame) -> None:
    import polars as pl

    if not isinstance(frame, pl.DataFrame):
        raise CohortError("patients: this is no Polars frame; Cohort.of_frames takes other frames too")
    if "id" not in frame.columns:
        raise CohortError("patients: there is no column id")
    unknown = [n for n in frame.columns if n not in (*OWN_COLUMNS, *field_specs()) and not n.startswith(KEPT)]
    if unknown:
        raise CohortError(f"patients: column {frame.columns.index(unknown[0]) + 1} is no field of the record")


def _refuse_unread(patients: pl.DataFrame) -> None:
    """Tables that did not come from a reader hold nothing that a reader would not let through."""
    _, unread = clean_fields(patients, _stored, _dtype)
    if unread:
        told = "; ".join(f"{count} × {reason}" for reason, (count, _) in list(unread.items())[:4])
        raise CohortError(f"patients: {told}; make the cohort again with: sarcoma cohort read")


def _as_patients(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    _known_columns(frame)
    timed = [n for n in frame.columns if frame[n].dtype.is_temporal() and _dtype(n) in (pl.Float64, pl.Int64)]
    if timed:
        raise CohortError(f"patients: {timed[0]} must be numbers, not times")
    try:
        frame = frame.with_columns(pl.col(name).cast(_dtype(name)) for name in frame.columns)
    except pl.exceptions.PolarsError:
        raise CohortError("patients: a column is not of the kind that its field needs") from None
    if frame["id"].null_count() or frame["id"].is_duplicated().any():
        raise CohortError("patients: an id is missing or stands twice")
    return frame


def _as_events(frame: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    import polars as pl

    for name in ("id", "months", "event"):
        if name not in frame.columns:
            raise CohortError(f"events: there is no column {name}")
    missing = [pl.lit(None, dtype=pl.String).alias(n) for n in ("organ", "cause") if n not in frame.columns]
    try:
        frame = frame.with_columns(missing).select(
            ids_of(frame["id"]),
            months_of("events: months", frame["months"]),
            *(pl.col(name).cast(pl.String) for name in ("event", "organ", "cause")),
        )
    except pl.exceptions.PolarsError:
        raise CohortError("events: months must be numbers, the other columns text") from None
    for name, known in (("event", EVENTS), ("organ", ORGANS), ("cause", CAUSES)):
        strange = frame.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(list(known)))
        if strange.height or (name == "event" and frame[name].null_count()):
            raise CohortError(f"events: {name} must be one of {', '.join(known)}")
    if frame.filter(pl.col("months").is_nan() | pl.col("months").is_infinite()).height:
        raise CohortError("events: months must be numbers; leave a time that is not known empty")
    deaths = frame.filter(pl.col("event") == "death")
    undated = deaths.filter(pl.col("months").is_null().all().over("id"))["id"].n_unique()
    if undated:
        raise CohortError(
            f"events: {undated} patients died at a time that is not known, so that nobody can say how long they lived; "
            "give months for the death, or leave these patients out and say how many"
        )
    strangers = frame.join(ids.to_frame("id"), on="id", how="anti").height
    if strangers:
        raise CohortError(f"events: {strangers} rows have an id that is not in patients")
    return frame
