"""A table of a paper: as it is printed, and its numbers unrounded; written as the format that its name asks for."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma._arguments import checked
from sarcoma._files import format_of, write_file
from sarcoma._plain_text import guarded_frame
from sarcoma.report.blocks import WIDTH, Block, Table, Text

if TYPE_CHECKING:
    import polars as pl

    from sarcoma.report.document import Document

FORMATS = (".csv", ".xlsx", ".docx", ".pdf", ".html", ".json")
_INDENT = "\u00a0\u00a0\u00a0"
_LABEL = 30
_HEAD = 16
"""Of a terminal: the width of labels, and of the heads of columns."""


@dataclass(frozen=True)
class PaperRow:
    """A row as it is printed; `level` 1 stands further in, beneath the variable that it belongs to."""

    cells: tuple[str, ...]
    level: int = 0


@dataclass(frozen=True)
class PaperTable:
    """A table with its title and notes.

    head, rows : as printed, the first column holding labels. columns : the numbers, unrounded, one row an
    estimate. data : everything, for JSON.

    In a notebook it shows itself; `write` makes a file of it.
    """

    title: str
    subtitle: str
    head: tuple[str, ...]
    rows: tuple[PaperRow, ...]
    notes: tuple[str, ...]
    columns: Mapping[str, Sequence[Any]]
    data: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"PaperTable({self.title!r}, rows={len(self.rows)})"

    def _repr_html_(self) -> str:
        from html import escape

        def line(cells: Sequence[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(c)}</{tag}>" for c in cells) + "</tr>"

        body = "".join(line(row, "td") for row in self.printed())
        notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        return f"<table><caption>{escape(self.title)}</caption>{line(self.head, 'th')}{body}</table>{notes}"

    def printed(self) -> list[tuple[str, ...]]:
        """The rows with those that stand further in indented."""
        return [(_INDENT * row.level + row.cells[0], *row.cells[1:]) for row in self.rows]

    def frame(self) -> pl.DataFrame:
        """The numbers, unrounded, one row an estimate."""
        import polars as pl

        return pl.DataFrame({name: list(values) for name, values in self.columns.items()}, infer_schema_length=None)

    def document(self) -> Document:
        """The table as a document, for a page or paper."""
        from sarcoma.report.document import Document

        blocks: list[Block] = [Table(self.head, self.printed())]
        return Document(self.title, self.subtitle, [*blocks, *(Text(note, "soft") for note in self.notes)])

    @checked
    def text(self, width: int = WIDTH) -> str:
        """Lines for a terminal: columns that do not fit beside the others stand beneath, with the labels again."""
        import textwrap

        width = max(40, width)
        rows = [tuple(c.replace("\u00a0", " ") for c in row) for row in self.printed()]
        heads = [textwrap.wrap(name, _HEAD, break_long_words=False) or [""] for name in self.head]
        tall = max(map(len, heads))
        heads = [[""] * (tall - len(parts)) + parts for parts in heads]
        heads = [[part.replace("\u00a0", " ") for part in parts] for parts in heads]
        sizes = [max(map(len, column)) for column in zip(*zip(*heads, strict=True), *rows, strict=True)]
        label = min(sizes[0], _LABEL)
        lines = [*textwrap.wrap(self.title, width), *textwrap.wrap(self.subtitle, width)]
        for columns in _side_by_side(sizes, width - label):
            lines.append("")
            for i, row in enumerate((*zip(*heads, strict=True), *rows)):
                names = textwrap.wrap(row[0], label, subsequent_indent=" " * (len(row[0]) - len(row[0].lstrip()) + 2))
                names = names or [""]
                cells = "".join(f"{row[j]:>{sizes[j] + 2}}" for j in columns)
                lines += [*names[:-1], f"{names[-1]:<{label}}{cells}".rstrip()]
                if i == tall - 1:
                    lines.append("─" * min(width, label + sum(sizes[j] + 2 for j in columns)))
        for note in self.notes:
            lines += ["", *textwrap.wrap(note, width)]
        return "\n".join(lines) + "\n"

    @checked
    def write(self, path: Path | str, option: str = "--to") -> Path:
        """Write the table: `.csv` (the numbers), `.xlsx` (both), `.docx`, `.pdf`, `.html` (as printed) or `.json`.

        Raises
        ------
        TableError : the name asks for another format, a library that it needs is not installed, or it cannot be
            written there.
        """
        place = Path(path)
        kind = format_of(place, FORMATS, option)
        made = _MADE[kind](self)
        write_file(place, made)
        return place


def _side_by_side(sizes: Sequence[int], width: int) -> list[list[int]]:
    """Columns after the first that fit beside each other; one alone where it is too wide for any."""
    found: list[list[int]] = [[]]
    used = 0
    for j in range(1, len(sizes)):
        if found[-1] and used + sizes[j] + 2 > width:
            found.append([])
            used = 0
        found[-1].append(j)
        used += sizes[j] + 2
    return found


def _csv(table: PaperTable) -> str:
    file = io.BytesIO()
    guarded_frame(table.frame()).write_csv(file)
    return file.getvalue().decode()


def _xlsx(table: PaperTable) -> bytes:
    from sarcoma.report.paper.excel import workbook

    return workbook(table.title, table.head, table.printed(), table.notes, table.columns)


def _docx(table: PaperTable) -> bytes:
    from sarcoma.report.paper.word import document

    return document(table.title, table.subtitle, table.head, table.printed(), table.notes)


def _json(table: PaperTable) -> str:
    import json

    from sarcoma.evidence.versions import versioned

    return json.dumps(versioned(table.data), ensure_ascii=False, indent=2, allow_nan=False)


_MADE: dict[str, Callable[[PaperTable], str | bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".docx": _docx,
    ".pdf": lambda table: table.document().pdf(),
    ".html": lambda table: table.document().html(),
    ".json": _json,
}
