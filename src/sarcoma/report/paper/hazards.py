"""Hazard ratios in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sarcoma._arguments import checked
from sarcoma.fitting.exploratory import HazardRow, HazardTable, HazardTerm, Ratio
from sarcoma.report.paper.numbers import p_value, ratio
from sarcoma.report.paper.table import PaperRow, PaperTable

REFERENCE = "reference"
_EVENTS_EACH = 10
EVENTS = {"dead": "death from any cause", "metastasis": "distant metastasis", "death": "death without recurrence"}
"""States of courses as the events that they are."""


@checked
def table_of_hazards(table: HazardTable) -> PaperTable:
    """Hazard ratios as a paper prints them: people and events of each level, and the check of proportional hazards."""
    wide = f"({100 * table.level:g}%\u00a0interval)"
    several = len(table.terms) > 1
    head = ["", "People", "Events"]
    head += [f"Alone {wide}", "p", f"Together {wide}", "p"] if several else [f"Hazard ratio {wide}", "p"]
    head.append("p, proportional hazards")
    rows: list[PaperRow] = []
    for term in table.terms:
        ph = p_value(term.ph_p)
        if term.is_number:
            rows.append(PaperRow((f"{term.label}, {term.rows[0].label}", *_cells(term.rows[0], several=several), ph)))
            continue
        blanks = ("",) * (len(head) - 3)
        overall = p_value(term.p) if term.degrees > 1 else ""
        rows.append(PaperRow((term.label, *blanks, overall, ph)))
        rows += [PaperRow((row.label, *_cells(row, several=several), ""), 1) for row in term.rows]
    zero = table.time_zero.replace("-", " ")
    return PaperTable(
        f"Hazard ratios of {event_of(table.event)}. {table.cohort}",
        f"{table.people:,} people, {table.events:,} events; Cox regression from {zero}",
        tuple(head),
        tuple(rows),
        notes_of(table),
        _columns(table),
        asdict(table),
    )


def event_of(state: str) -> str:
    """A state as the event that leads to it."""
    return EVENTS.get(state, state)


def _cells(row: HazardRow, *, several: bool) -> tuple[str, ...]:
    counts = (f"{row.people:,}", f"{row.events:,}")
    return (*counts, *(_ratio(row, row.alone) if several else ()), *_ratio(row, row.together))


def _ratio(row: HazardRow, found: Ratio | None) -> tuple[str, str]:
    if row.is_reference:
        return REFERENCE, ""
    return ("–", "–") if found is None else (ratio(found.ratio, found.low, found.high), p_value(found.p))


def notes_of(table: HazardTable) -> tuple[str, ...]:
    """What a reader of the table has to know."""
    notes = []
    if len(table.terms) > 1:
        notes.append("Alone: each variable without the others, in the same people. Together: all of them in one model.")
    notes.append(
        "p beside a variable of several levels is that of all of them (Wald); ties by Efron. Proportional hazards: "
        "score test against 1 − Kaplan–Meier (Grambsch and Therneau); a small p says that a ratio changes with time."
    )
    if table.ph_global is not None:
        statistic, degrees, p = table.ph_global
        notes.append(f"Proportional hazards of all variables: χ² {statistic:.2f} on {degrees}, p {p_value(p)}.")
    notes += table.notes
    parameters = sum(term.degrees for term in table.terms)
    if table.events < _EVENTS_EACH * parameters:
        notes.append(
            f"{table.events:,} events for {parameters} parameters: with fewer than {_EVENTS_EACH} each, ratios lean "
            "away from 1 and intervals are too sure. Name fewer variables."
        )
    if table.competing:
        notes.append(
            "The hazard is that of this cause alone: people to whom another event comes first count as censored."
        )
    if table.delayed_entry:
        notes.append("People count from when they came under observation (delayed entry).")
    if table.strata:
        notes.append(f"Baseline hazards of their own: {', '.join(table.strata)}.")
    if table.concordance is not None:
        notes.append(f"Concordance {table.concordance:.3f}, in the people who made the model.")
    if table.left_out:
        notes.append("Left out: " + "; ".join(f"{n:,} × {reason}" for reason, n in table.left_out) + ".")
    if table.not_used:
        notes.append("Not in the model: " + "; ".join(f"{label} ({why})" for label, why in table.not_used) + ".")
    notes.append("Exploratory: nothing is validated or imputed, and a ratio is no effect of a treatment.")
    return tuple(notes)


def _columns(table: HazardTable) -> dict[str, list[Any]]:
    """One row a level."""
    rows = [_row(term, row) for term in table.terms for row in term.rows]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(term: HazardTerm, row: HazardRow) -> dict[str, Any]:
    found: dict[str, Any] = {
        "variable": term.label,
        "level": row.label,
        "reference": row.is_reference,
        "people": row.people,
        "events": row.events,
        "person-months": row.person_months,
    }
    for name, one in (("alone", row.alone), ("together", row.together)):
        parts = (None,) * 5 if one is None else (one.ratio, one.low, one.high, one.p, one.se)
        titles = ("hazard ratio", "low", "high", "p", "standard error of the log")
        found |= {f"{title}, {name}": value for title, value in zip(titles, parts, strict=True)}
    return found | {"p of the variable": term.p, "p, proportional hazards": term.ph_p}
