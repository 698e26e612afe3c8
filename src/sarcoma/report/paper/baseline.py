"""Table 1 in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sarcoma._arguments import checked
from sarcoma.cohort.description.baseline import BaselineTable, BaselineVariable, NumberSummary
from sarcoma.report.paper.numbers import FEW, share
from sarcoma.report.paper.table import PaperRow, PaperTable


@checked
def table_of_baseline(table: BaselineTable) -> PaperTable:
    """Table 1 as a paper prints it: numbers as mean (SD) and median (quartiles), levels as counts and percentages."""
    least = table.min_cell
    compared = table.groups > 1
    head = [""] + [
        f"{_capital(name)} (n\u00a0=\u00a0{f'<{least}' if n is None else f'{n:,}'})"
        for name, n in zip(table.columns, table.patients, strict=True)
    ]
    rows: list[PaperRow] = []
    for v in table.variables:
        last = () if not compared else ("–" if v.difference is None else f"{v.difference:.{1 if least else 2}f}",)
        rows.append(PaperRow((f"{v.label} ({v.unit})" if v.unit else v.label, *[""] * len(table.columns), *last)))
        blank = ("",) if compared else ()
        for label, cells in _cells(v, table):
            rows.append(PaperRow((label, *cells, *blank), 1))
    if compared:
        head.append("Standardised difference")
    return PaperTable(
        f"Table 1. {table.cohort}",
        f"By {table.by[:1].lower() + table.by[1:] if table.by[1:2].islower() else table.by}" if table.by else "",
        tuple(head),
        tuple(rows),
        _notes(table),
        _columns(table),
        asdict(table),
    )


def _cells(v: BaselineVariable, table: BaselineTable) -> list[tuple[str, list[str]]]:
    """The rows beneath a variable: label and cells."""
    least = table.min_cell
    found = []
    if v.numbers:
        digits = 0 if least else 1
        found = [
            ("mean (SD)", [_mean(s, digits) for s in v.numbers]),
            ("median (quartiles)", [_median(s, digits) for s in v.numbers]),
        ]
    for level in v.levels:
        found.append((level.label, [share(n, of, least) for n, of in zip(level.counts, v.known, strict=True)]))
    if any(n is None or n for n in v.missing):
        of = table.patients
        found.append(("not known", [share(n, whole, least) for n, whole in zip(v.missing, of, strict=True)]))
    return found


def _mean(s: NumberSummary, digits: int) -> str:
    if s.mean is None:
        return "–"
    return f"{s.mean:.{digits}f}" + ("" if s.sd is None else f" ({s.sd:.{digits}f})")


def _median(s: NumberSummary, digits: int) -> str:
    if s.median is None:
        return "–"
    return f"{s.median:.{digits}f} ({s.lower_quartile:.{digits}f} to {s.upper_quartile:.{digits}f})"


def _notes(table: BaselineTable) -> tuple[str, ...]:
    notes = [
        "Percentages are of those of whom the variable is known; of those not known, of all in the column. Of fewer "
        f"than {FEW} people counts are given in place of percentages."
    ]
    if table.groups > 1:
        which = "the largest of any two groups" if table.groups > 2 else "of the two groups"
        notes.append(
            f"Standardised difference: {which}, among those of whom the variable is known (levels: Yang and Dalton, "
            "SAS Global Forum 2012, paper 335). –: it has no answer."
        )
    if table.min_cell is not None:
        notes.append(
            f"Counts of 1 to {table.min_cell - 1} are not shown; the others are rounded to multiples of "
            f"{table.min_cell}, means and quartiles to whole numbers."
        )
    if table.not_recorded:
        notes.append(f"Not known of anyone: {', '.join(table.not_recorded)}.")
    return tuple(notes)


def _columns(table: BaselineTable) -> dict[str, list[Any]]:
    """One row a variable, level and column."""
    names = ("variable", "level", "column", "n", "known", "percent", "mean", "sd", "median", "lower quartile",
             "upper quartile", "largest standardised difference")  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    nothing = (None,) * 5
    for v in table.variables:
        for i, column in enumerate(table.columns):
            known, whole = v.known[i], table.patients[i]
            if v.numbers:
                s = v.numbers[i]
                five = (s.mean, s.sd, s.median, s.lower_quartile, s.upper_quartile)
                rows.append((v.label, None, column, known, known, None, *five, v.difference))
            for level in v.levels:
                n = level.counts[i]
                rows.append((v.label, level.label, column, n, known, _percent(n, known), *nothing, v.difference))
            rows.append(
                (v.label, "not known", column, v.missing[i], whole, _percent(v.missing[i], whole), *nothing, None)
            )
    return {name: [row[j] for row in rows] for j, name in enumerate(names)}


def _percent(n: int | None, of: int | None) -> float | None:
    return None if n is None or not of else 100 * n / of


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
