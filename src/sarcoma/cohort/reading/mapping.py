"""The mapping of a cohort: how the columns of somebody's files become patients and events, as a YAML file.

name: our registry
id: patient_number
origin: {event: diagnosis, column: date_of_diagnosis, unit: date, formats: "%d.%m.%Y"}
fields:                                       # as for `sarcoma outlook --table`, see `patient/mapping.py`
  age: age_at_diagnosis
  size_cm: {column: size_mm, unit: mm}
birth: {column: born, unit: date, formats: "%d.%m.%Y"}    # gives the age, where no column holds it
only: {cancer: [sarcoma, soft tissue]}        # rows with another value are refused
sheet: Patients                               # of a spreadsheet; header_row: 3 where the headings stand lower
several_tumours: first-sarcoma                # or first-diagnosis, last-diagnosis, largest, {rule: lowest, column: seq}
tnm: {column: tnm, edition: 8}                # pT2b N0 M0 in one cell: lymph nodes, metastases, until edition 7 depth
entry: {column: date_of_registration, unit: date, formats: "%d.%m.%Y"}
events:
  - {event: death, column: died_on, unit: date, formats: "%d.%m.%Y", cause: {column: cause, values: {C49: sarcoma}}}
  - {event: last-contact, column: last_seen, unit: date, formats: "%d.%m.%Y"}
  - {event: metastasis, column: months_to_metastasis, unit: months, organ: {column: organ, values: {L: lung}}}
  - {event: metastasis, table: events, when: {type: [distant]}, column: day, unit: days}
keep: {report: type_in_report}                # columns kept as they are, as kept.report; nothing reads them
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sarcoma._arguments import checked
from sarcoma._files import first_problem, read_own_or_shipped
from sarcoma.cohort.cohort import CAUSES, Origin
from sarcoma.cohort.reading.times import TimeMap
from sarcoma.cohort.reading.tnm import TnmMap
from sarcoma.cohort.reading.tumours import TumourRule
from sarcoma.errors import CohortError, TableError
from sarcoma.patient import ORGANS
from sarcoma.patient.mapping import ColumnMap, TableMap, read_mapping

SHIPPED = Path(__file__).parent / "mappings"
_TIME_KEYS = ("column", "columns", "unit", "formats", "since", "capped_at", "unknown")


class _Timed(BaseModel):
    """Something with a time; the keys of the time stand beside the others."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    needs_time: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or "at" in value:
            return value
        time = {key: value[key] for key in _TIME_KEYS if key in value}
        rest = {key: part for key, part in value.items() if key not in _TIME_KEYS}
        if not time and cls.needs_time:
            raise ValueError("say when: a column and its unit, for example column: died_on, unit: date")
        return rest | ({"at": time} if time else {})


def _conditions(value: Any) -> Any:
    """Columns, and the values that they must have, one or several."""
    if not isinstance(value, Mapping):
        return value
    several = {str(k): v if isinstance(v, (list, tuple)) else (v,) for k, v in value.items()}
    values = {k: tuple(dict.fromkeys(text for one in v for text in _as_written(one))) for k, v in several.items()}
    for column, wanted in values.items():
        if not wanted:
            raise ValueError(f"say which values of {column[:40]} are meant, for example [dead]")
    return values


def _as_written(value: Any) -> tuple[str, ...]:
    """A value of the mapping as cells may write it: YAML makes `TRUE` and `yes` truth, tables make 1 of 1.0."""
    if isinstance(value, bool):
        words = ("true", "yes") if value else ("false", "no")
        return tuple(form for word in words for form in (word, word.capitalize(), word.upper()))
    text = str(value)
    return (text, text[:-2]) if text.endswith(".0") and text[:-2].isdecimal() else (text,)


class OriginMap(_Timed):
    """The origin of time. Without a time of its own, all times already run from it."""

    event: Origin
    at: TimeMap | None = None
    note: str | None = None


class EventMap(_Timed):
    """Where one kind of event comes from.

    `when` limits it to the rows in which a column has one of the values; `known_where` says of a death that it happened
    where a column has one of the values, also if its time is not known; `table` names another file of the source, with
    one row an event; `label` names a source, so that two sources of one event can be compared.
    """

    needs_time = True

    event: Literal["local-recurrence", "metastasis", "death", "last-contact"]
    at: TimeMap
    table: str | None = None
    when: dict[str, tuple[str, ...]] = {}
    known_where: dict[str, tuple[str, ...]] = {}
    organ: ColumnMap | None = None
    cause: ColumnMap | None = None
    untimed: bool = True  # an event without a time counts as having happened at a time that is not known
    label: str | None = None
    fallback: bool = False  # used only where no other source gives a time

    @field_validator("when", "known_where", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return _conditions(value)

    @field_validator("organ", "cause", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits(self) -> EventMap:
        for name, source, event, known in (
            ("organ", self.organ, "metastasis", ORGANS),
            ("cause", self.cause, "death", CAUSES),
        ):
            if source is None:
                continue
            if self.event != event:
                raise ValueError(f"{self.event} has no {name}")
            told = {source.value} if source.value is not None else set(source.values.values())
            strange = {v for v in told if v is not None and v not in known}
            if strange:
                raise ValueError(f"{name}: values must become one of {', '.join(known)}")
        if self.event != "death" and self.known_where:
            raise ValueError("known_where goes with a death; limit other events by `when`")
        if self.event == "death" and not self.untimed:
            raise ValueError("untimed: a death without a time is always counted, as a row that is refused")
        return self

    def names(self) -> tuple[str, ...]:
        """Every column that it reads."""
        parts = [*self.when, *self.known_where, *self.at.names()]
        parts += [name for source in (self.organ, self.cause) if source for name in source.names()]
        return tuple(dict.fromkeys(parts))


class EntryMap(TimeMap):
    """When observation begins. `late_only`: only where that is after the origin; else nothing is said of it."""

    late_only: bool = False


class CohortMap(BaseModel):
    """The mapping of a whole cohort."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    source: str | None = None
    citation: str | None = None
    licence: str | None = None
    period: str | None = None
    inclusion: str | None = None
    notes: tuple[str, ...] = ()
    sheet: str | None = None  # of a spreadsheet, by its name or number
    header_row: int | None = Field(None, ge=1)
    id: str
    unknown: tuple[str, ...] = ()
    origin: OriginMap
    entry: EntryMap | None = None
    age_at_origin: TimeMap | None = None
    birth: TimeMap | None = None
    only: dict[str, tuple[str, ...]] = {}
    several_tumours: TumourRule | None = None  # which row of a person counts; without it the id must stand once
    tnm: TnmMap | None = None
    centre: str | None = None
    keep: dict[str, str] = {}
    fields_from: str | None = None
    fields: dict[str, Any] = {}
    events: tuple[EventMap, ...]
    assumes: bool = (
        True  # what a row does not say of the course has not happened by the diagnosis; else it is not known
    )
    known_types_only: bool = False  # rows whose histologic type is not recognised are refused

    @model_validator(mode="before")
    @classmethod
    def _confirmed(cls, value: Any) -> Any:
        """A draft that still asks what codes mean is not read."""
        if not isinstance(value, Mapping) or "unconfirmed" not in value:
            return value
        asked = value["unconfirmed"] or ()
        columns = [str(part.get("column", ""))[:40] for part in asked if isinstance(part, Mapping)]
        if asked:
            raise ValueError(
                f"what the codes of {' and '.join(columns) or 'a column'} mean has not been confirmed: write those "
                "that mean dead, and those that mean alive, into the events, and take `unconfirmed` out"
            )
        return {key: part for key, part in value.items() if key != "unconfirmed"}

    @field_validator("sheet", mode="before")
    @classmethod
    def _number_of_sheet(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("only", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return _conditions(value)

    @model_validator(mode="after")
    def _has_an_end(self) -> CohortMap:
        if not any(e.event in ("death", "last-contact") for e in self.events):
            raise ValueError("events: say where death or last contact stands, else nobody's follow-up is known")
        absolute = [e.event for e in self.events if e.at.absolute]
        if absolute and self.origin.at is None:
            raise ValueError(f"origin: needs a time (column and unit), because {absolute[0]} is an age or a date")
        if self.origin.at is not None:
            timed = [t for t in (self.origin.at, self.entry, *(e.at for e in self.events)) if t is not None]
            if len({t.is_date for t in timed if t.stands_alone}) > 1:
                raise ValueError("origin, entry and events: ages and dates cannot be mixed")
        if self.several_tumours is not None and self.several_tumours.by_time and self.origin.at is None:
            raise ValueError(f"several_tumours: {self.several_tumours.rule} needs the time of the origin")
        if self.birth is not None and not (
            self.birth.is_date and self.origin.at is not None and self.origin.at.is_date
        ):
            raise ValueError("birth: must be a date, and so must the origin, because the age is their difference")
        return self

    def table_map(self) -> TableMap:
        """The mapping of the fields of the record, as for a table of records.

        Raises
        ------
        TableError : it names an unknown field or unit.
        """
        fields: dict[str, Any] = {}
        unknown = self.unknown
        if self.fields_from is not None:
            base = read_mapping(self.fields_from)
            fields |= base.model_dump(exclude_defaults=True)["fields"]
            unknown = tuple(dict.fromkeys((*unknown, *base.unknown)))
        try:
            return TableMap.model_validate(
                {"name": self.name, "id": self.id, "unknown": unknown, "fields": fields | self.fields}
            )
        except ValidationError as error:
            raise TableError(first_problem(error, "mapping")) from None

    def columns(self) -> tuple[str, ...]:
        """Every column of the main table that it reads."""
        used = [self.id, *self.table_map().columns(), *([self.centre] if self.centre else [])]
        used += self.only
        used += [self.tnm.column] if self.tnm is not None else []
        rule = self.several_tumours
        used += [rule.column] if rule is not None and rule.column is not None else []
        for time in (self.origin.at, self.entry, self.age_at_origin, self.birth):
            used += time.names() if time is not None else ()
        used += self.keep.values()
        used += [name for event in self.events if event.table is None for name in event.names()]
        return tuple(dict.fromkeys(used))


@checked
def read_cohort_map(where: str) -> CohortMap:
    """A mapping from a YAML file, or one shipped with the package by its name (`tcga-sarc`, `msk-met`).

    Raises
    ------
    CohortError : the file cannot be read or says something unknown.
    """
    return cohort_map(*read_own_or_shipped(where, SHIPPED, "mapping", CohortError))


@checked
def cohort_map(raw: Any, name: str = "mapping") -> CohortMap:
    """A mapping from what its YAML says.

    Raises
    ------
    CohortError : something is missing or unknown; the message names where.
    """
    try:
        mapping = CohortMap.model_validate(raw)
        mapping.table_map()
    except ValidationError as error:
        raise CohortError(first_problem(error, name)) from None
    except TableError as error:
        raise CohortError(str(error)) from None
    return mapping
