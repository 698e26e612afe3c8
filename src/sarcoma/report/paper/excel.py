"""A table as an Excel workbook: one sheet as it is printed, one with the numbers."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

_MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 – the same table gives the same bytes


def workbook(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
    numbers: Mapping[str, Sequence[Any]],
) -> bytes:
    """The bytes of a workbook with the sheets Table and Numbers; texts are never read as formulas.

    Raises
    ------
    MissingPartError : XlsxWriter is not installed.
    """
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": title, "created": _MADE})
    bold, plain = book.add_format({"bold": True}), book.add_format()
    ruled = book.add_format({"bold": True, "bottom": 1, "top": 1, "text_wrap": True, "valign": "top"})
    right = book.add_format({"align": "right"})
    sheet = book.add_worksheet("Table")
    sheet.write_string(0, 0, title, bold)
    for j, name in enumerate(head):
        sheet.write_string(2, j, name, ruled)
        widest = max((len(row[j]) for row in rows), default=0)
        sheet.set_column(j, j, min(max(widest, 10), 60) + 2)
    for i, row in enumerate(rows, 3):
        for j, cell in enumerate(row):
            sheet.write_string(i, j, cell, right if j else plain)
    for i, note in enumerate(notes, len(rows) + 4):
        sheet.write_string(i, 0, note)
    sheet.freeze_panes(3, 1)
    data = book.add_worksheet("Numbers")
    for j, (name, values) in enumerate(numbers.items()):
        data.write_string(0, j, name, bold)
        for i, value in enumerate(values, 1):
            if isinstance(value, bool):
                data.write_boolean(i, j, value)
            elif isinstance(value, (int, float)):
                if math.isfinite(value):
                    data.write_number(i, j, value)
            elif value is not None:
                data.write_string(i, j, str(value))
    data.freeze_panes(1, 0)
    book.close()
    return file.getvalue()
