"""Spreadsheets: what they would unpack to is measured first, and they are read in a process of their own.

A spreadsheet of a few kilobytes can ask for gigabytes: by packed repetitions, or by one cell in the last row of the
last column. Both are found before anything is expanded; what is not found costs only the process that reads it.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sarcoma.errors import TableError

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".ods")
LARGEST = 500_000_000
"""Bytes that all parts of a spreadsheet may unpack to."""
MOST_CELLS = 25_000_000
"""Rows times columns of a sheet."""
_MOST_FOLDED = 200  # bytes unpacked for one packed; sheets of real tables have 5 to 40
_LARGE = 50_000_000
_MEMORY = 3_000_000_000  # of the process that reads
_SECONDS = 300
_CHUNK = 1 << 20
_CELL = re.compile(rb"""[\s]r\s*=\s*["']\s*([A-Za-z]{0,3})(\d{1,9})""")


def read_sheet(
    path: Path, most_columns: int, sheet: str | None = None, header_row: int | None = None
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """One sheet, as text, and the names of all; formulas are never run, their stored results are read.

    Parameters
    ----------
    sheet : its name, or its number from 1; the first where none is named. header_row : the row of the headings, from 1.

    Raises
    ------
    TableError : it unpacks to too much, has too many columns, cannot be read, or has no such sheet.
    """
    import json
    import subprocess

    import fastexcel  # noqa: F401 – Polars asks for it in the other process, where nobody would see what is missing
    import polars as pl

    name = path.name[:80]
    if zipfile.is_zipfile(path):
        _measure(path, name, most_columns)
    command = [sys.executable, "-c", "from sarcoma._sheets import _hand_over; _hand_over()"]
    command += [sheet or "", str(header_row or 0), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 – ourselves
    except subprocess.TimeoutExpired:
        raise TableError(f"{name}: took more than {_SECONDS} s to read; save it as CSV or Parquet") from None
    told = done.stderr.rpartition(_NAMES)[2] if _NAMES in done.stderr else b"[]"
    names = tuple(str(one) for one in json.loads(told))
    if done.returncode == _NO_SUCH_SHEET:
        listed = "; ".join(one[:40] for one in names[:_MOST_NAMED]) + ("; …" if len(names) > _MOST_NAMED else "")
        raise TableError(f"{name}: there is no sheet of that name; its sheets are: {listed}")
    if done.returncode == _NO_SUCH_ROW:
        raise TableError(f"{name}: there is no row {header_row} with headings and rows beneath in this sheet")
    if done.returncode != 0 or not done.stdout:
        raise TableError(f"{name}: this is not a spreadsheet that can be read; save the sheet as CSV or Parquet")
    frame = pl.read_ipc(io.BytesIO(done.stdout))
    if frame.width > most_columns:
        raise TableError(f"{name}: more than {most_columns:,} columns")
    return frame, names


_NO_SUCH_SHEET, _NO_SUCH_ROW = 3, 4
"""How the process that reads ends where the workbook has no such sheet, or the sheet no such row."""
_NAMES = b"\x1esheets "
_MOST_NAMED = 30


def _hand_over() -> None:
    """In a process of its own: read a sheet (its name, the row of its headings, its file) and hand it over as Arrow."""
    import json

    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # elsewhere what _measure found is the guard
    import fastexcel
    import polars as pl

    wanted, header_row = sys.argv[-3], int(sys.argv[-2])
    content = Path(sys.argv[-1]).read_bytes()  # as a path, its name would be taken as a pattern
    names = fastexcel.read_excel(content).sheet_names
    sys.stderr.buffer.write(_NAMES + json.dumps(names).encode())
    sys.stderr.flush()
    sheet = _sheet_of(wanted, names)
    if sheet is None:
        sys.exit(_NO_SUCH_SHEET)
    try:
        frame = pl.read_excel(
            io.BytesIO(content),
            sheet_name=sheet,
            infer_schema_length=0,
            raise_if_empty=False,
            read_options={"header_row": header_row - 1} if header_row else {},
        )
    except Exception:
        if header_row:
            sys.exit(_NO_SUCH_ROW)
        raise
    if header_row and frame.height == 0:
        sys.exit(_NO_SUCH_ROW)
    frame.with_columns(pl.all().cast(pl.String)).write_ipc(sys.stdout.buffer, compression="uncompressed")


def _sheet_of(wanted: str, names: list[str]) -> str | None:
    """The sheet of that name, however its letters are; or of that number, where no name is one."""
    if not wanted:
        return names[0] if names else None
    same = [name for name in names if name == wanted] or [
        name for name in names if name.strip().casefold() == wanted.strip().casefold()
    ]
    if same:
        return same[0]
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() else 0
    return names[number - 1] if 1 <= number <= len(names) else None


def _measure(path: Path, name: str, most_columns: int) -> None:
    """Refuse what would unpack to too much, by unpacking it piece by piece: what it says of itself may be false."""
    total = 0
    with zipfile.ZipFile(path) as parts, path.open("rb") as file:
        for part in parts.infolist():
            rows = columns = 1
            tail = b""
            sheet = re.search(r"worksheets/.*\.xml$", part.filename, re.IGNORECASE) is not None
            unpacked = 0
            for piece in _pieces(file, part):
                unpacked += len(piece)
                total += len(piece)
                if total > LARGEST or (unpacked > _LARGE and unpacked > _MOST_FOLDED * max(part.compress_size, 1)):
                    raise TableError(f"{name}: unpacks to far more than a table needs; save it as CSV or Parquet")
                if sheet:
                    text = tail + piece
                    for letters, digits in _CELL.findall(text):
                        rows, columns = max(rows, int(digits)), max(columns, _column(letters))
                    tail = text[-40:]
            if columns > most_columns:
                raise TableError(f"{name}: more than {most_columns:,} columns")
            if rows * columns > MOST_CELLS:
                raise TableError(
                    f"{name}: its last row and column lie so far out that it has {rows * columns:,} cells; clear the "
                    "cells beyond the table, or save it as CSV or Parquet"
                )


def _pieces(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part of an archive unpacks to, a megabyte at a time, whatever size it is said to have."""
    file.seek(part.header_offset)
    head = file.read(30)
    if len(head) < 30:
        return
    file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (packed := file.read(min(_CHUNK, left))):
            left -= len(packed)
            yield packed
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise TableError("this spreadsheet is packed in an unusual way; save it as CSV or Parquet")
    unpacking = zlib.decompressobj(-15)
    packed = b""
    while not unpacking.eof:
        if not packed:
            packed = file.read(min(_CHUNK, left))
            left -= len(packed)
            if not packed:
                return
        yield unpacking.decompress(packed, _CHUNK)
        packed = unpacking.unconsumed_tail


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
