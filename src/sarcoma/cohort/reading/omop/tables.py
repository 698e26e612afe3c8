"""The tables of OMOP 5.4 that are read and written: columns, types, and the statements that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma._files import read_yaml

if TYPE_CHECKING:
    import polars as pl

_FILE = Path(__file__).with_name("tables.yaml")
LEGACY: Mapping[str, str] = {
    "measurement_event_id": "modifier_of_event_id",
    "meas_event_field_concept_id": "modifier_of_field_concept_id",
}
"""Columns of 5.4, and what the oncology extension called them before."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type as OHDSI writes it, whether it must have a value, and whether the reader needs it."""

    name: str
    type: str
    required: bool = False
    key: bool = False
    read: bool = False

    @property
    def sql(self) -> str:
        """Its type in SQL, as OHDSI's own statements for PostgreSQL have it."""
        return {"float": "numeric"}.get(self.type, self.type)

    @property
    def longest(self) -> int | None:
        """The most characters that it takes; None for what is no text."""
        return int(self.type[8:-1]) if self.type.startswith("varchar(") else None

    def polars(self) -> Any:
        """Its type in a frame."""
        import polars as pl

        kinds = {"integer": pl.Int64, "date": pl.Date, "float": pl.Float64, "timestamp": pl.Datetime}
        return kinds.get(self.type, pl.String)


@dataclass(frozen=True, slots=True)
class Table:
    """A table; one that is optional may be absent."""

    name: str
    about: str
    columns: tuple[Column, ...]
    optional: bool = False

    @property
    def read(self) -> tuple[Column, ...]:
        """The columns that the reader needs."""
        return tuple(column for column in self.columns if column.read)

    def create(self, schema: str | None = None) -> str:
        """The statement that makes it."""
        parts = [f"{c.name} {c.sql}{' NOT NULL' if c.required else ''}" for c in self.columns]
        keys = [c.name for c in self.columns if c.key]
        parts += [f"PRIMARY KEY ({', '.join(keys)})"] if keys else []
        return f"CREATE TABLE {f'{schema}.' if schema else ''}{self.name} ({', '.join(parts)})"

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        import polars as pl

        return pl.DataFrame(schema={column.name: column.polars() for column in self.columns})


@cache
def tables() -> Mapping[str, Table]:
    """Every table, by name."""
    raw = read_yaml(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return {
        name: Table(
            name,
            told["about"],
            tuple(Column(column, **detail) for column, detail in told["columns"].items()),
            bool(told.get("optional", False)),
        )
        for name, told in raw.items()
    }
