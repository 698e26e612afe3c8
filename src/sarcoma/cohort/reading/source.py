"""What a reader hands over: tables as their publisher wrote them, and what is known of their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sarcoma.cohort.cohort import Refusal
from sarcoma.cohort.reading.mapping import CohortMap
from sarcoma.cohort.reading.row_account import RefusedRowError

if TYPE_CHECKING:
    import polars as pl


@dataclass
class Draft:
    """A first mapping as plain data, ready for YAML, what it is unsure of, and the columns that it does not use.

    `refused` says why it should not be used as it is; empty where nothing stands against it.
    """

    mapping: dict[str, Any] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    refused: str = ""


@dataclass(frozen=True)
class TableContents:
    """A table of a source: how many rows it has, and its columns."""

    name: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """What a reader found: one row a patient, other tables with one row an event, and its mapping if known.

    `reader` is the name of the reader. `draft` is a first mapping that the reader could make.
    `sheet` and `header_row` are those that were asked for; `sheets` are all that the spreadsheet has.
    `refused` are people of whom the reader could make no row, `unread` what it could not read of others: by name or
    place, with the reason; `refused_counts` and `unread_counts` are the same of many, in numbers. `refused_rows` are
    rows of `main` that the reader refuses: the row's number from 0, and why.
    """

    main: pl.DataFrame
    reader: str
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    mapping: CohortMap | None = None
    draft: Draft | None = None
    sheet: str | None = None
    header_row: int | None = None
    sheets: tuple[str, ...] = ()
    refused_counts: tuple[Refusal, ...] = ()
    unread_counts: tuple[Refusal, ...] = ()
    refused: Sequence[tuple[str, str]] = ()
    unread: Sequence[tuple[str, str]] = ()
    refused_rows: Mapping[int, RefusedRowError] = field(default_factory=dict)

    def __repr__(self) -> str:
        others = "".join(f", {part.name}={part.rows}" for part in self.contents[1:])
        return f"Source({self.reader!r}, patients={self.main.height}{others})"

    @property
    def contents(self) -> tuple[TableContents, ...]:
        """What was found: the table of patients, then the others."""
        named = {"patients": self.main, **self.tables}
        return tuple(TableContents(name, frame.height, tuple(frame.columns)) for name, frame in named.items())
