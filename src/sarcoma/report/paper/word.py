"""A table as a Word document, ruled as journals ask for it."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from typing import Any

_MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 – the same table gives the same bytes
_WIDE = 6


def document(
    title: str, subtitle: str, head: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> bytes:
    """The bytes of a document: title, table with its head repeated on every page, notes; wide ones lie on their side.

    Raises
    ------
    MissingPartError : python-docx is not installed.
    """
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paper = docx.Document()
    properties = paper.core_properties
    properties.title, properties.author, properties.created, properties.modified = title, "", _MADE, _MADE
    if len(head) > _WIDE:
        section = paper.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    paper.add_paragraph().add_run(title).bold = True
    if subtitle:
        paper.add_paragraph(subtitle)
    table = paper.add_table(rows=1 + len(rows), cols=len(head))
    table.autofit = True
    for i, (line, cells) in enumerate(zip((head, *rows), table.rows, strict=True)):
        for j, (text, cell) in enumerate(zip(line, cells.cells, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(9), i == 0
            if j:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _ruled(cells, top=i == 0, bottom=i in (0, len(rows)), is_head=i == 0)
    for note in notes:
        paper.add_paragraph().add_run(note).font.size = Pt(9)
    file = io.BytesIO()
    paper.save(file)
    return _dated(file.getvalue())


def _ruled(row: Any, *, top: bool, bottom: bool, is_head: bool) -> None:
    """Lines above and beneath a row; the head stands again on every page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if is_head:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row.cells if top or bottom else ():
        borders = OxmlElement("w:tcBorders")
        for edge in [name for name, there in (("w:top", top), ("w:bottom", bottom)) if there]:
            line = OxmlElement(edge)
            for name, value in (("w:val", "single"), ("w:sz", "6"), ("w:color", "000000")):
                line.set(qn(name), value)
            borders.append(line)
        cell._tc.get_or_add_tcPr().append(borders)


def _dated(packed: bytes) -> bytes:
    """The same parts with one date, so that the same table gives the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as parts, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for part in parts.infolist():
            out.writestr(zipfile.ZipInfo(part.filename, (2000, 1, 1, 0, 0, 0)), parts.read(part), zipfile.ZIP_DEFLATED)
    return file.getvalue()
