"""Hazard ratios as a forest plot."""

from __future__ import annotations

import numpy as np

from sarcoma._arguments import checked
from sarcoma.fitting.exploratory import HazardTable, Ratio
from sarcoma.report.paper.figure import STYLE, PaperFigure, new_figure, wrapped
from sarcoma.report.paper.hazards import REFERENCE, event_of
from sarcoma.report.paper.numbers import p_value, ratio

_LINE = 0.24
"""Inches of a row."""
_LABEL = 42
_FEW_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_TICKS = tuple(sorted((*_FEW_TICKS, 0.3, 0.7, 1.5, 3.0)))
_MOST_TICKS = 6


@checked
def figure_of_hazards(table: HazardTable) -> PaperFigure:
    """A row for each level: its events of people, the ratio with its interval on a log scale, and p.

    Raises
    ------
    TableError : matplotlib is not installed.
    """
    rows: list[tuple[str, int, str, Ratio | None, bool]] = []  # label, level, counts, ratio, whether the reference
    for term in table.terms:
        counts = [f"{row.events:,} / {row.people:,}" for row in term.rows]
        if term.is_number:
            rows.append((f"{term.label}, {term.rows[0].label}", 0, counts[0], term.rows[0].together, False))
            continue
        rows.append((term.label, 0, "", None, False))
        for row, count in zip(term.rows, counts, strict=True):
            rows.append((row.label, 1, count, row.together, row.is_reference))
    labels = [wrapped(row[0], _LABEL) for row in rows]
    sizes = np.array([1 + 0.65 * label.count("\n") for label in labels])
    places = np.cumsum(sizes) - sizes / 2
    height = _LINE * sizes.sum() + 1.25
    figure = new_figure(8.6, height)
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        axes = figure.add_axes((0.47, 0.55 / height, 0.25, _LINE * sizes.sum() / height))
        axes.set(xscale="log", ylim=(float(sizes.sum()), 0.0), xlabel=f"Hazard ratio ({100 * table.level:g}% interval)")
        axes.axvline(1.0, color="#888888", linewidth=0.8)
        found = [r for *_, r, _ in rows if r is not None]
        low, high = min([r.low for r in found], default=0.5), max([r.high for r in found], default=2.0)
        low, high = max(min(low, 0.8), 0.02), min(max(high, 1.25), 50.0)
        axes.set_xlim(low / 1.1, high * 1.1)
        ticks = [t for t in _TICKS if low / 1.1 <= t <= high * 1.1]
        if len(ticks) > _MOST_TICKS:
            ticks = [t for t in ticks if t in _FEW_TICKS]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.tick_params(left=False, labelleft=False)
        axes.spines["left"].set_visible(False)
        beside = axes.get_yaxis_transform()
        for (_, level, count, one, is_reference), label, y in zip(rows, labels, places, strict=True):
            axes.text(-1.85 + 0.07 * level, y, label, va="center", ha="left", transform=beside)
            axes.text(-0.05, y, count, va="center", ha="right", transform=beside)
            if one is not None:
                axes.plot([one.low, one.high], [y, y], color="black", linewidth=1.1, solid_capstyle="butt")
                axes.plot([one.ratio], [y], "s", color="black", markersize=4.5)
                axes.text(1.04, y, ratio(one.ratio, one.low, one.high), va="center", ha="left", transform=beside)
                axes.text(2.1, y, p_value(one.p), va="center", ha="right", transform=beside)
            elif is_reference:
                axes.plot([1.0], [y], "s", color="white", markeredgecolor="black", markersize=4.5)
                axes.text(1.04, y, REFERENCE, va="center", ha="left", transform=beside, color="#555555")
        top = -0.55
        for x, head, side in ((-0.05, "Events / people", "right"), (1.04, "Hazard ratio", "left"), (2.1, "p", "right")):
            axes.text(x, top, head, va="center", ha=side, transform=beside, weight="bold")
        title = f"{event_of(table.event)[:1].upper()}{event_of(table.event)[1:]}: hazard ratios. {table.cohort}"
        figure.text(0.01, 1 - 0.12 / height, wrapped(title, 100), va="top", fontsize=10)
    parts = [f"{name} {ratio(r.ratio, r.low, r.high)}" for name, *_, r, _ in rows if r is not None]
    return PaperFigure(title, f"Hazard ratios with {100 * table.level:g}% intervals: {'; '.join(parts)}.", figure)
