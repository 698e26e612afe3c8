"""Curves of groups as a figure with bands and numbers at risk, and as a table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sarcoma._arguments import checked
from sarcoma.cohort.description.estimates import ENOUGH, HORIZONS
from sarcoma.cohort.description.group_curves import GroupCurve, GroupCurves
from sarcoma.report.paper.figure import COLOURS, DASHES, STYLE, PaperFigure, new_figure, wrapped
from sarcoma.report.paper.hazards import event_of
from sarcoma.report.paper.numbers import p_value
from sarcoma.report.paper.table import PaperRow, PaperTable

_LABEL = 24
_UPPER_LEFT, _LOWER_LEFT = 2, 3  # as matplotlib numbers the corners
_LINE = 0.16
"""Inches of a line of text."""


@checked
def figure_of_curves(curves: GroupCurves) -> PaperFigure:
    """Kaplan–Meier curves or cumulative incidences with 95 % bands, and beneath them the numbers at risk.

    Raises
    ------
    TableError : matplotlib is not installed.
    """
    labels = [wrapped(c.label, _LABEL) for c in curves.curves]
    heights = [label.count("\n") + 1.25 for label in labels]
    title = wrapped(_title(curves), 82)
    table = _LINE * (sum(heights) + 1.6)
    height = 4.3 + table + _LINE * (title.count("\n") + 1)
    figure = new_figure(6.8, height)
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        left = 0.3 if any(len(label) > 8 for label in labels) else 0.16
        axes = figure.add_axes((left, (0.62 + table) / height, 0.97 - left, 3.45 / height))
        last = max(c.followed_to for c in curves.curves)
        for i, (curve, label) in enumerate(zip(curves.curves, labels, strict=True)):
            style: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "linestyle": DASHES[i % len(DASHES)]}
            axes.step(curve.times, 100 * curve.probability, where="post", label=label, linewidth=1.6, **style)
            low, high = 100 * curve.low, 100 * curve.high
            axes.fill_between(curve.times, low, high, step="post", color=style["color"], alpha=0.15, linewidth=0)
        axes.set(xlim=(0, last * 1.02), ylim=(0, 102), ylabel=_y_label(curves))
        axes.set_xlabel(f"Months since {curves.time_zero.replace('-', ' ')}")
        axes.set_xticks(curves.risk_times, [f"{t:g}" for t in curves.risk_times])
        if len(labels) > 1:
            axes.legend(frameon=False, loc=_LOWER_LEFT if curves.is_survival else _UPPER_LEFT)
        if curves.test is not None:
            name, p = curves.test
            told = f"{name}: p {p_value(p) if p < 0.001 else '= ' + p_value(p)}"
            place = (0.98, 0.97) if curves.is_survival else (0.98, 0.04)
            axes.text(*place, told, ha="right", va="top" if curves.is_survival else "bottom", transform=axes.transAxes)
        figure.text(0.02, 1 - 0.1 / height, title, va="top", fontsize=10)
        _numbers_at_risk(figure, axes, curves, labels, heights, table / height)
    return PaperFigure(_title(curves), _in_words(curves), figure)


def _numbers_at_risk(
    figure: Any, axes: Any, curves: GroupCurves, labels: list[str], heights: list[float], share: float
) -> None:
    """The table beneath, its columns under the months that they belong to."""
    box = axes.get_position()
    beneath = figure.add_axes((box.x0, 0.04 / figure.get_figheight(), box.width, share), sharex=axes)
    beneath.axis("off")
    total = sum(heights) + 1.6
    beneath.set_ylim(0, total)
    y = total - 0.9
    beneath.text(-0.05, y, "At risk", ha="right", va="center", weight="bold", transform=beneath.get_yaxis_transform())
    for i, (curve, label, height) in enumerate(zip(curves.curves, labels, heights, strict=True)):
        y -= height / 2 + (heights[i - 1] / 2 if i else 0.6)
        colour = COLOURS[i % len(COLOURS)]
        beneath.text(-0.05, y, label, ha="right", va="center", color=colour, transform=beneath.get_yaxis_transform())
        for t, n in zip(curves.risk_times, curve.at_risk, strict=True):
            beneath.text(t, y, f"{n:,}", ha="center", va="center")


@checked
def table_of_curves(curves: GroupCurves) -> PaperTable:
    """The curves read at 1, 2, 3, 5 and 10 years; the numbers are every step."""
    horizons = [t for t in HORIZONS if any(r.months == t for c in curves.curves for r in c.readings)]
    head = ["", "People", "Events", *(f"{t:g} months" for t in horizons)]
    if curves.is_survival:
        head.append("Median (months)")
    rows = []
    for c in curves.curves:
        cells = [c.label, f"{c.patients:,}", f"{c.events:,}", *(_at(c, t) for t in horizons)]
        rows.append(PaperRow((*cells, _median(c)) if curves.is_survival else tuple(cells)))
    return PaperTable(_title(curves), "", tuple(head), tuple(rows), _notes(curves), _columns(curves), _data(curves))


def _at(curve: GroupCurve, t: float) -> str:
    for r in curve.readings:
        if r.months == t:
            return f"{100 * r.probability:.1f}% ({100 * r.low:.1f} to {100 * r.high:.1f})"
    return "–"


def _median(curve: GroupCurve) -> str:
    m = curve.median
    if m is None or not math.isfinite(m.value) or m.value > curve.followed_to:
        return "not reached"
    high = f"{m.high:.1f}" if math.isfinite(m.high) else "not reached"
    return f"{m.value:.1f} ({m.low:.1f} to {high})"


def _title(curves: GroupCurves) -> str:
    of = "survival" if curves.is_survival else f"cumulative incidence of {event_of(curves.state)}"
    by = f" by {curves.by[:1].lower() + curves.by[1:] if curves.by[1:2].islower() else curves.by}" if curves.by else ""
    return f"{curves.cohort}: {of}{by}"


def _y_label(curves: GroupCurves) -> str:
    return "Alive (%)" if curves.is_survival else f"Had {event_of(curves.state)} (%)"


def _in_words(curves: GroupCurves) -> str:
    parts = [
        f"{c.label} ({c.patients:,} people): {100 * float(c.probability[-1]):.0f} of 100 at {c.followed_to:.0f} months"
        for c in curves.curves
    ]
    return f"{_y_label(curves)} by months. {'; '.join(parts)}."


def _notes(curves: GroupCurves) -> tuple[str, ...]:
    what = "Kaplan–Meier" if curves.is_survival else "Aalen–Johansen, the other events competing"
    notes = [
        f"{what}; 95% limits on the log-log scale, time by time. A curve ends when fewer than {ENOUGH} are at risk."
    ]
    if curves.test is not None:
        notes.append(f"{curves.test[0]}: p {p_value(curves.test[1])}.")
    if curves.left_out:
        notes.append("Left out: " + "; ".join(f"{n:,} × {reason}" for reason, n in curves.left_out) + ".")
    return (*notes, *curves.notes)


def _columns(curves: GroupCurves) -> dict[str, list[Any]]:
    """One row a step, and one a number at risk in between."""
    found: dict[str, list[Any]] = {name: [] for name in ("group", "months", "probability", "low", "high", "at risk")}
    for c in curves.curves:
        risk = {t: n for t, n in zip(curves.risk_times, c.at_risk, strict=True) if t <= c.followed_to}
        for t in sorted({*c.times.tolist(), *risk}):
            i = int(np.searchsorted(c.times, t, side="right")) - 1
            row = (c.label, t, float(c.probability[i]), float(c.low[i]), float(c.high[i]), risk.get(t))
            for name, value in zip(found, row, strict=True):
                found[name].append(value)
    return found


def _data(curves: GroupCurves) -> dict[str, Any]:
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    groups = [
        {
            "group": c.label,
            "patients": c.patients,
            "events": c.events,
            "followed_to": c.followed_to,
            "median": None if c.median is None else [finite(v) for v in (c.median.value, c.median.low, c.median.high)],
            "at_risk": dict(zip((f"{t:g}" for t in curves.risk_times), c.at_risk, strict=True)),
            **{name: getattr(c, name).tolist() for name in ("times", "probability", "low", "high")},
        }
        for c in curves.curves
    ]
    test = None if curves.test is None else {"name": curves.test[0], "p": curves.test[1]}
    about = {name: getattr(curves, name) for name in ("cohort", "course", "state", "time_zero", "by", "left_out")}
    return about | {"test": test, "groups": groups}
