"""Tables as files: CSV, tab-separated text, Parquet, Excel – as text, or as their own types."""

from __future__ import annotations

import csv
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sarcoma._arguments import checked
from sarcoma._plain_text import unguarded_frame
from sarcoma._sheets import SUFFIXES, read_sheet
from sarcoma.errors import MissingPartError, TableError

if TYPE_CHECKING:
    import polars as pl

MOST_COLUMNS = 10_000
MOST_CELLS = 1_000_000_000
"""Of a Parquet file, which can name far more rows than it holds bytes."""
_LONGEST_HEADER = 1_000_000
_DELIMITERS = ",\t;|"
_LINES_LOOKED_AT = 1000
_QUOTED = re.compile(r'"[^"]*"')


MOST_HEADER_ROW = 10_000


@checked
def read_table(
    path: Path,
    *,
    comment: str | None = None,
    skip: int = 0,
    sheet: str | None = None,
    header_row: int | None = None,
    may_be_empty: bool = False,
) -> pl.DataFrame:
    """A table as a frame: of text (CSV, tab-separated, Excel) or of its own types (Parquet).

    Parameters
    ----------
    path : `.parquet`, `.xlsx`, `.xls`, `.ods`, or text of any other name with a header row, in UTF-8.
    comment : lines that begin so are skipped. skip : rows under the header that are not data.
    sheet : of a spreadsheet, by its name or its number from 1; the first where none is named.
    header_row : the row that holds the headings, from 1, where it is not the first.
    may_be_empty : whether a header without rows is a table, as in the export of a database.

    Raises
    ------
    TableError : the file is missing, is no such table, has no such sheet, no rows, or a column name stands twice.
    """
    return read_table_and_sheets(
        path, comment=comment, skip=skip, sheet=sheet, header_row=header_row, may_be_empty=may_be_empty
    )[0]


def read_table_and_sheets(
    path: Path,
    *,
    comment: str | None = None,
    skip: int = 0,
    sheet: str | None = None,
    header_row: int | None = None,
    may_be_empty: bool = False,
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """As `read_table`, and the names of all sheets of a spreadsheet.

    Raises
    ------
    TableError : as for `read_table`.
    """
    sheets: tuple[str, ...] = ()
    name = path.name[:80]
    if not path.is_file():
        raise TableError(f"there is no file {name}")
    is_sheet = path.suffix.lower() in SUFFIXES
    if sheet is not None and not is_sheet:
        raise TableError(f"{name}: only a spreadsheet has sheets; leave the sheet out")
    if header_row is not None and not 1 <= header_row <= MOST_HEADER_ROW:
        raise TableError(f"{name}: the header row is a number from 1 to {MOST_HEADER_ROW:,}")
    if header_row is not None and path.suffix.lower() == ".parquet":
        raise TableError(f"{name}: a Parquet file has its headings by itself; leave the header row out")
    _refuse_json(path)
    try:
        if path.suffix.lower() == ".parquet":
            frame = _parquet(path)
        elif path.suffix.lower() in SUFFIXES:
            frame, sheets = read_sheet(path, MOST_COLUMNS, sheet, header_row)
            frame = _without_blank_lines(frame)
        else:
            frame = _text(path, comment, header_row)
    except (TableError, MissingPartError):
        raise
    except Exception:  # the readers' own messages quote cells, so none is passed on
        ragged = None if path.suffix.lower() in (".parquet", *SUFFIXES) else _ragged_line(path, comment, header_row)
        raise TableError(
            f"{name}: {ragged or 'this is not a table that can be read'} (CSV or tab-separated text in UTF-8 with a "
            "header row and as many cells in each row; Parquet; Excel)"
        ) from None
    if path.suffix.lower() != ".parquet":
        frame = unguarded_frame(frame)
    frame = frame.slice(skip)
    if frame.height == 0 and not may_be_empty:
        raise TableError(f"{name}: there is no row under the header")
    return frame, sheets


_FHIR = re.compile(rb'"resourceType"\s*:')


def _refuse_json(path: Path) -> None:
    """JSON is no table; what looks like FHIR is called that.

    Raises
    ------
    TableError : it is JSON, by its first bytes.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
    if not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[{")):
        return
    fhir = "this looks like FHIR (it has a resourceType), which is not read here"
    what = fhir if _FHIR.search(start) else "this looks like JSON"
    raise TableError(f"{path.name[:80]}: {what}: save a table of one row a patient (CSV, Parquet, Excel)")


def _text(path: Path, comment: str | None, header_row: int | None = None) -> pl.DataFrame:
    import polars as pl

    header, delimiter = _header(path, comment, header_row)
    before = _lines_before(path, header_row)
    if len(header) == 1 and delimiter != "," and path.suffix.lower() == ".csv":
        raise TableError(f"{path.name[:80]}: only one column was found; separate columns by commas")
    frame = pl.read_csv(
        path,
        glob=False,
        infer_schema=False,
        truncate_ragged_lines=False,
        separator=delimiter,
        comment_prefix=comment,
        quote_char='"' if delimiter != "\t" or _is_quoted(path, before, comment) else None,
        skip_lines=before,
    )
    return _without_blank_lines(frame).rename({frame.columns[0]: frame.columns[0].removeprefix("\ufeff")})


_SAYS_SEPARATOR = re.compile(r'^"?sep=(.)"?\s*$')


def _lines_before(path: Path, header_row: int | None = None) -> int:
    """Lines before the header: those above a row that was named, or `sep=;`, which spreadsheets write."""
    if header_row is not None:
        return header_row - 1
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return int(_SAYS_SEPARATOR.match(file.readline(100)) is not None)


def _is_quoted(path: Path, before: int, comment: str | None) -> bool:
    """Whether cells of a tab-separated text stand in quotes (as R writes it), and none has one at one end only."""
    quoted = 0
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        for line in islice(file, before, before + _LINES_LOOKED_AT):
            if comment and line.startswith(comment):
                continue
            for cell in line.rstrip("\r\n").split("\t"):
                ends = cell.startswith('"') + (cell.endswith('"') and len(cell) > 1)
                if ends == 1:
                    return False
                quoted += ends
    return quoted > 0


def _without_blank_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that hold anything: blank lines, at the end or between, are none."""
    import polars as pl

    return frame.filter(~pl.all_horizontal(pl.all().is_null())) if frame.width > 1 else frame


def _header(path: Path, comment: str | None, header_row: int | None = None) -> tuple[list[str], str]:
    name = path.name[:80]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(_LONGEST_HEADER)
            told = _SAYS_SEPARATOR.match(line)
            for _ in range(_lines_before(path, header_row)):
                line = file.readline(_LONGEST_HEADER)
            while comment and line.startswith(comment):
                line = file.readline(_LONGEST_HEADER)
    except UnicodeDecodeError:
        raise TableError(f"{name}: this is not UTF-8 text; save the file as CSV in UTF-8") from None
    if not line.strip():
        which = "the file is empty, or its first line is" if header_row is None else f"line {header_row} is empty"
        raise TableError(f"{name}: {which}")
    if "\0" in line:
        raise TableError(f"{name}: this is not a text file")
    usual = "\t" if path.suffix.lower() in (".tsv", ".txt") else ","
    bare = _QUOTED.sub("", line)  # "size, in cm" is one title
    delimiter = told.group(1) if told is not None else max((usual, *_DELIMITERS), key=bare.count)
    if line.count(delimiter) >= MOST_COLUMNS or len(line) == _LONGEST_HEADER:
        raise TableError(f"{name}: more than {MOST_COLUMNS:,} columns")
    header = _split(line, delimiter)
    seen: dict[str, int] = {}
    for position, title in enumerate(header, 1):
        if title in seen:
            raise TableError(f"{name}: column {position} has the same name as column {seen[title]}")
        seen[title] = position
    return header, delimiter


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])


def _ragged_line(path: Path, comment: str | None, header_row: int | None = None) -> str | None:
    """The first line that has another number of cells than the header, in words."""
    header, delimiter = _header(path, comment, header_row)
    before = _lines_before(path, header_row)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for _ in range(before):
                file.readline()
            rows = csv.reader(
                (line for line in file if not (comment and line.startswith(comment))), delimiter=delimiter
            )
            for row in rows:
                if row and len(row) != len(header):
                    return f"line {before + rows.line_num} has {len(row)} cells where {len(header)} are needed"
    except UnicodeDecodeError:
        return "some of it is not UTF-8 text; save the file as CSV in UTF-8"
    except csv.Error:
        return None
    return None


def _parquet(path: Path) -> pl.DataFrame:
    import polars as pl

    width = len(pl.read_parquet_schema(path))
    if width > MOST_COLUMNS:
        raise TableError(f"{path.name[:80]}: more than {MOST_COLUMNS:,} columns")
    if pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() * max(width, 1) > MOST_CELLS:
        raise TableError(f"{path.name[:80]}: more than {MOST_CELLS:,} cells")
    return pl.read_parquet(path, glob=False)
