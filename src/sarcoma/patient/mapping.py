"""Mapping: how the columns of somebody's table become fields of the Patient record, as a YAML file.

name: our registry
id: patient_number
unknown: ["", "NA", "9"]
fields:
  age: age_at_diagnosis                                  # a column of the same meaning
  size_cm: {column: size_mm, unit: mm}                   # another unit
  sex: {column: gender, values: {F: female, M: male}}    # other codes; "*" stands for anything else
  grade: {columns: [grade_review, grade_report]}         # the first that is known
  mitoses_per_10_hpf: {column: counts, separator: "|", take: largest}
  surgery: {value: resected}                             # the same for everyone
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sarcoma._files import first_problem, read_own_or_shipped
from sarcoma._months import DAYS_PER_MONTH
from sarcoma.errors import CELL_KINDS, Problem, RecordError, TableError, UnreadableError
from sarcoma.patient import words
from sarcoma.patient.field_file import field_names, field_specs
from sarcoma.patient.histology import Resolved, remembering, taken_without_qualifier
from sarcoma.patient.quantities import bounds, measured
from sarcoma.patient.record import Patient

if TYPE_CHECKING:
    import polars as pl

SHIPPED = Path(__file__).parent / "mappings"

UNITS: dict[str, dict[str, float]] = {
    "cm": {"cm": 1.0, "mm": 0.1, "in": 2.54},
    "months": {"months": 1.0, "days": 1 / DAYS_PER_MONTH, "years": 12.0, "weeks": 7 / DAYS_PER_MONTH},
    "years": {"years": 1.0, "months": 1 / 12, "days": 1 / (12 * DAYS_PER_MONTH)},
    "g/L": {"g/L": 1.0, "g/dL": 10.0},
    "10^9/L": {"10^9/L": 1.0, "/uL": 0.001},
    "mmol/L": {"mmol/L": 1.0},
}
"""Units a column may be in, by the unit of the field, with the factor."""


_SPECIAL_MM = frozenset((888.0, *range(988, 1000), 9999.0))
"""Millimetres that registries write for something else (NAACCR: 999 not stated, 990 microscopic, 998 diffuse, …)."""


def is_special(millimetres: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of many lengths are such codes."""
    return np.isin(millimetres, sorted(_SPECIAL_MM))


class ColumnMap(BaseModel):
    """Where one field comes from. `columns` are tried in order; the first known one counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    column: str | None = None
    columns: tuple[str, ...] = ()
    value: str | float | None = None
    values: dict[str, str | None] = {}
    unit: str | None = None
    separator: str | None = None
    take: Literal["only", "largest", "smallest", "first", "all"] = "only"
    note: str | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                str(k): None if v is None else ("yes" if v is True else "no" if v is False else str(v))
                for k, v in value.items()
            }
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMap:
        if sum((self.column is not None, bool(self.columns), self.value is not None)) != 1:
            raise ValueError("give one of column, columns, value")
        return self

    def names(self) -> tuple[str, ...]:
        return (self.column,) if self.column is not None else self.columns


class TableMap(BaseModel):
    """The mapping of a whole table."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    note: str | None = None
    sheet: str | None = None  # of a spreadsheet, by its name or number
    header_row: int | None = Field(None, ge=1)
    id: str | None = None
    unknown: tuple[str, ...] = ()
    fields: dict[str, ColumnMap]

    @cached_property
    def types_named(self) -> dict[str, Resolved]:
        """The histologic types that the table was found to name, as long as its map is there."""
        return {}

    @cached_property
    def cells_read(self) -> dict[tuple[str, str], Any]:
        """What the cells of a field were read as – a value, or the problem with it – as long as the map is there."""
        return {}

    @field_validator("fields", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            field_names().get(words.normal(str(k)), str(k)): {"column": v} if isinstance(v, str) else v
            for k, v in value.items()
        }

    @model_validator(mode="after")
    def _known_fields(self) -> TableMap:
        for field, source in self.fields.items():
            spec = field_specs().get(field)
            if spec is None:
                raise ValueError(f"fields: {field[:40]!r} is no field of the record")
            if source.unit is not None and source.unit not in UNITS.get(spec.unit or "", {}):
                known = ", ".join(UNITS.get(spec.unit or "", {})) or "none"
                raise ValueError(f"fields: {field}: unknown unit; known are {known}")
        return self

    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping reads."""
        used = [name for source in self.fields.values() for name in source.names()]
        return tuple(dict.fromkeys([*([self.id] if self.id else []), *used]))


def read_mapping(where: str) -> TableMap:
    """A mapping from a YAML file, or one shipped with the package by its name (`tcga`).

    Raises
    ------
    TableError : the file cannot be read or says something unknown.
    """
    raw, name = read_own_or_shipped(where, SHIPPED, "mapping", TableError)
    try:
        return TableMap.model_validate(raw)
    except ValidationError as error:
        raise TableError(first_problem(error, name)) from None


def own_columns(columns: list[str]) -> TableMap:
    """The mapping of a table whose columns are already named like the fields (`--template csv`).

    Raises
    ------
    TableError : a column is neither a field nor an identifier, or a field stands twice.
    """
    fields: dict[str, Any] = {}
    identifier = None
    for column in columns:
        field = field_names().get(words.normal(column))
        if field is None and words.normal(column) in ("id", "patient", "patient-id", "pid"):
            identifier = column
        elif field is None:
            raise TableError(
                f"column {columns.index(column) + 1} is no field of the record; name it like a field "
                "(sarcoma outlook --template csv), or say with --mapping what it is"
            )
        elif field in fields:
            raise TableError(f"two columns are named for the field {field}")
        else:
            fields[field] = {"column": column}
    if not fields:
        raise TableError(
            "no column is named like a field of the record (sarcoma outlook --template csv shows the names)"
        )
    return TableMap.model_validate({"name": "own columns", "id": identifier, "fields": fields})


def as_table(table: Any, mapping: TableMap | None) -> tuple[pl.DataFrame, TableMap]:
    """A table as a frame with the columns that a mapping reads, and the mapping: by the fields' own names if not given.

    Raises
    ------
    TableError : it is no table, or the mapping names columns that it does not have.
    """
    import polars as pl

    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if not isinstance(table, pl.DataFrame):
        if not hasattr(table, "__arrow_c_stream__"):
            raise TableError("this is no table: give a frame of Polars, pandas or Arrow")
        table = pl.DataFrame(table)
    mapping = mapping or own_columns(table.columns)
    absent = [name for name in mapping.columns() if name not in table.columns]
    if absent:
        raise TableError(f"the mapping names columns that the table does not have: {', '.join(absent[:8])}")
    return table, mapping


def read_row(table_map: TableMap, row: MappingType[str, Any]) -> tuple[Patient | None, list[Problem]]:
    """One row as a Patient, with every cell that could not be read.

    A cell that cannot be read (a problem of `CELL_KINDS`, or one that may mean several things) leaves its field unknown
    and is reported; a record that is impossible or out of scope gives None and the reasons.
    """
    with remembering(table_map.types_named):
        return _read_row(table_map, row)


def _read_row(table_map: TableMap, row: MappingType[str, Any]) -> tuple[Patient | None, list[Problem]]:
    data: dict[str, Any] = {}
    problems: list[Problem] = []
    outside: list[Problem] = []
    clean = True
    for field, source in table_map.fields.items():
        value = cell_of(table_map, field, source, row)
        if isinstance(value, Noted):
            problems.append(value.note)
            value = value.value
        if isinstance(value, Problem):
            (problems if value.kind in LEFT_UNKNOWN else outside).append(value)
            value = None
        data[field] = value
        clean = clean and (value is None or field not in read_together())
    if outside:
        return None, [*problems, *outside]
    if clean:
        try:
            return Patient.of_clean(data), problems
        except RecordError as error:
            return None, [*problems, *error.problems]
    for _ in range(len(data) + 1):
        try:
            return Patient(**data), problems
        except RecordError as error:
            cells = [
                p for p in error.problems if p.field in data and data[p.field] is not None and p.kind in LEFT_UNKNOWN
            ]
            if not cells:
                return None, [*problems, *error.problems]
            for problem in cells:
                problems.append(problem)
                data[problem.field] = None
    return None, problems


LEFT_UNKNOWN = CELL_KINDS | {"ambiguous"}
"""Problems of a cell of a table, which nobody can be asked about: its field stays unknown, and is named."""
_MOST_REMEMBERED = 100_000


@cache
def read_together() -> frozenset[str]:
    """Fields that are read with others beside them: times, which may be dates, and metastases."""
    return frozenset(n for n, spec in field_specs().items() if spec.time or spec.kind in ("date", "metastases"))


@dataclass(frozen=True, slots=True)
class Noted:
    """A value of which something has to be said."""

    value: Any
    note: Problem


def cell_of(table_map: TableMap, field: str, source: ColumnMap, row: MappingType[str, Any]) -> Any:
    """The value of a field, or the problem with its cell; what is read together with others is left as it is."""
    cell = row.get(source.column) if source.column is not None else None
    key = (field, cell) if isinstance(cell, str) else None
    if key is not None and key in table_map.cells_read:
        return table_map.cells_read[key]
    value: Any
    try:
        value = read_field(field, source, row, table_map.unknown)
        if field not in read_together():
            written, value = value, field_specs()[field].clean(value)
            if field == "histologic_type" and isinstance(written, str) and taken_without_qualifier(written):
                value = Noted(value, Problem(field, "ambiguous", "taken-without-qualifier"))
    except UnreadableError as error:
        value = error.of(field, example=field_specs()[field].example)
    if key is not None and len(table_map.cells_read) < _MOST_REMEMBERED:
        table_map.cells_read[key] = value
    return value


def type_is_told(table_map: TableMap, row: MappingType[str, Any]) -> bool:
    """Whether the cell of the histologic type names one of the types that this is made for."""
    source = table_map.fields.get("histologic_type")
    return source is not None and isinstance(_value(cell_of(table_map, "histologic_type", source, row)), str)


def _value(read: Any) -> Any:
    return read.value if isinstance(read, Noted) else None if isinstance(read, Problem) else read


def read_field(field: str, source: ColumnMap, row: MappingType[str, Any], unknown: tuple[str, ...]) -> Any:
    """The cell of one field in the words and the unit of the record; None where it is not known.

    Raises
    ------
    UnreadableError : it cannot be read; the message does not carry it.
    """
    if source.value is not None:
        return source.value
    for name in source.names():
        cell = row.get(name)
        if isinstance(cell, str):
            text = cell.strip()
        else:
            text = "" if words.means_unknown(cell) or cell != cell else str(words.plain(cell)).strip()
        if text in unknown or (words.means_unknown(text) and text not in source.values):
            continue
        if len(text) > words.LONGEST:
            raise UnreadableError("too-long", "cell")
        value = _convert(field, source, text)
        if not words.means_unknown(value):
            return value
    return None


def _convert(field: str, source: ColumnMap, text: str) -> Any:
    spec = field_specs()[field]
    if text in source.values:
        return source.values[text]
    if source.separator and source.separator in text:
        parts = [p.strip() for p in text.split(source.separator) if p.strip()]
        if source.take == "all":
            return "; ".join(source.values.get(p) or p for p in parts)
        if source.take == "only":
            raise UnreadableError("several-values")
        if source.take == "first":
            text = parts[0]
        else:
            numbers = {p: words.number(p) for p in parts}
            if None in numbers.values():
                raise UnreadableError("several-values", "not-numbers")
            text = (max if source.take == "largest" else min)(parts, key=lambda p: numbers[p] or 0.0)
        if text in source.values:
            return source.values[text]
    if "*" in source.values:
        return source.values["*"]
    if source.unit is not None and spec.unit is not None:
        found = words.number(text)
        if found is None and (measured(text, spec.unit) is not None or bounds(text) is not None):
            return text  # it says its own unit, or is no number: the field reads it
        if found is None:
            raise UnreadableError("not-a-number", "in-unit", names=(source.unit,))
        if source.unit == "mm" and found in _SPECIAL_MM:
            raise UnreadableError("out-of-range", "special-code")
        return found * UNITS[spec.unit][source.unit]
    return text
