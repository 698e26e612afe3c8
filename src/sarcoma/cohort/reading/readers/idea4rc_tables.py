"""The tables of an IDEA4RC export, read as `idea4rc_tables.yaml` says; other spellings are listed, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from sarcoma._files import read_yaml
from sarcoma._tables import read_table
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.row_account import RowAccount
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".csv", ".parquet", ".tsv", ".txt")
_TABLES = Path(__file__).with_name("idea4rc_tables.yaml")
_NULL = ("", "NULL", "\\N")
_FLAGS = {"1": "1", "0": "0", "true": "1", "false": "0", "b'1'": "1", "b'0'": "0", "0x01": "1", "0x00": "0"} | {
    "\x01": "1",
    "\x00": "0",
}
"""How exports write the dump's bit(1)."""
_SPELLING = re.compile(r"[A-Z][A-Z0-9_]{0,60}")
_MOST_SPELLINGS = 20
_DAY = r"^(\d{4}-\d{2}-\d{2})(?:[ T][0-9:.+\-Z ]*)?$"
_NUMBER = r"^(-?\d{1,9}(?:\.\d{1,12})?)$"


class Table(BaseModel):
    """A table of the model: the kind of each column, or its enum; and without which it says nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str | tuple[str, ...]]
    needed: tuple[str, ...] = ()


@cache
def tables() -> Mapping[str, Table]:
    """The tables that are read, by name."""
    raw = read_yaml(_TABLES.read_text(encoding="utf-8"), _TABLES.name)
    return {name: Table.model_validate(part) for name, part in raw.items()}


def file_of(place: Place, name: str) -> Path | None:
    """The file of a table in a folder of exports: `patient.csv`, say; Parquet before text."""
    if place.folder is None:
        return None
    there = {path.name.lower(): path for path in sorted(place.folder.iterdir(), reverse=True)}
    found = [there[file] for suffix in (".parquet", *SUFFIXES) if (file := f"{name}{suffix}") in there]
    return next((path for path in found if path.is_file()), None)


def read_export(place: Place, account: RowAccount) -> dict[str, pl.DataFrame]:
    """Every table of the model, with all the columns that are read; what the export lacks is null.

    Raises
    ------
    CohortError : a table or a column without which nothing can be told is missing.
    TableError : a file is no table.
    """
    return {name: _read(place, name, table, account) for name, table in tables().items()}


def _read(place: Place, name: str, table: Table, account: RowAccount) -> pl.DataFrame:
    import polars as pl

    path = file_of(place, name)
    if path is None:
        if table.needed:
            raise CohortError(f"there is no table {name} here; export it as {name}.csv or {name}.parquet")
        account.not_read(f"{name}: the table is not in the export", "")
        return pl.DataFrame(schema={column: _kind(kind) for column, kind in table.columns.items()})
    frame = read_table(path, may_be_empty=True)
    small = {column: column.lower() for column in frame.columns}
    if len(set(small.values())) == len(small):
        frame = frame.rename(small)
    absent = [column for column in table.columns if column not in frame.columns]
    needed = [column for column in absent if column in table.needed]
    if needed:
        raise CohortError(
            f"{path.name}: there is no column {' or '.join(needed)}; columns are named as in the IDEA4RC dump, for "
            f"example {', '.join(list(table.columns)[:3])}"
        )
    for column in absent:
        account.not_read(f"{name}.{column}: the column is not in the export", "")
    who = "patient" if "patient" in frame.columns else "id"
    text = _texts(frame, (*table.columns, who))
    read = text.select(_as_kind(pl.col(c), kind) for c, kind in table.columns.items())
    for column, kind in table.columns.items():
        if read[column].null_count() > text[column].null_count():
            strange = text.select(who=who, cell=column).filter(text[column].is_not_null() & read[column].is_null())
            _list_strange(f"{name}.{column}", kind, strange, account)
    return read


def _kind(kind: str | tuple[str, ...]) -> pl.DataType | type[pl.DataType]:
    import polars as pl

    return {"date": pl.Date, "number": pl.Float64}.get(kind, pl.String) if isinstance(kind, str) else pl.String


def _texts(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """Columns as the text that a CSV export would hold, null where it holds nothing."""
    import polars as pl

    plain = [
        _plain(frame[c]) if c in frame.columns else pl.Series(c, [None] * frame.height, dtype=pl.String)
        for c in dict.fromkeys(columns)
    ]
    bare = pl.all().str.strip_chars(" \t\r\n")  # a bit of value 0 is a character that would be taken for a blank
    return pl.DataFrame(plain).select(pl.when(~bare.is_in(_NULL)).then(bare))


def _plain(cells: pl.Series) -> pl.Series:
    import polars as pl

    kind = cells.dtype
    if kind == pl.String:
        return cells
    if kind == pl.Binary:
        return pl.Series(
            cells.name, [None if c is None else c.decode("utf-8", "replace") for c in cells], dtype=pl.String
        )
    if kind.is_nested():
        return pl.Series(cells.name, ["nested" for _ in cells], dtype=pl.String)
    if kind.is_float():
        whole = cells.is_not_null() & (cells == cells.floor()) & (cells.abs() < 1e15)
        number = cells.round().cast(pl.Int64, strict=False).cast(pl.String)
        return number.zip_with(whole, cells.cast(pl.String))
    return cells.cast(pl.String)


def _as_kind(text: pl.Expr, kind: str | tuple[str, ...]) -> pl.Expr:
    """The cells of a column by its kind; those that are none become null."""
    import polars as pl

    if isinstance(kind, tuple):
        return pl.when(text.is_in(kind)).then(text)
    if kind == "key":
        return text.str.replace(r"\.0+$", "")
    if kind == "flag":
        return text.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.String)
    if kind == "date":
        return text.str.extract(_DAY, 1).str.to_date("%Y-%m-%d", strict=False)
    if kind == "number":
        return text.str.extract(_NUMBER, 1).cast(pl.Float64, strict=False)
    return text


def _list_strange(what: str, kind: str | tuple[str, ...], strange: pl.DataFrame, account: RowAccount) -> None:
    """List cells that are nothing of their kind, by spelling where it is an enum's."""
    ids, cells = strange["who"].fill_null("").to_list(), strange["cell"].to_list()
    if isinstance(kind, str):
        said = {"flag": "no 1 or 0", "date": "no date such as 2019-03-14", "number": "no number"}[kind]
        account.not_read(f"{what}: {said}", *ids)
        return
    named = sorted(spelling for spelling in set(cells) if _SPELLING.fullmatch(spelling))[:_MOST_SPELLINGS]
    for spelling in named:
        who = [one for one, cell in zip(ids, cells, strict=True) if cell == spelling]
        account.not_read(f"{what}: {spelling} is no value of this enum", *who)
    others = [one for one, cell in zip(ids, cells, strict=True) if cell not in named]
    account.not_read(f"{what}: another spelling than the model's", *others)
