"""Shares as bars with their 95 % limits, as SVG: with a title and a description, legible in grey."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from sarcoma.report.drawn.analyst_curves import WIDTH, environment

if TYPE_CHECKING:
    from sarcoma.cohort.description import Bars

LEFT, RIGHT, TOP, BOTTOM, ROW = 290, 92, 8, 30, 38
_LETTERS = 38  # of a label in one line
_STEPS = (5, 10, 20, 25)


def bars_svg(bars: Bars, name: str) -> str:
    """The bars as SVG; `name` makes its ids unique on the page."""
    most = max((b.high for b in bars.bars), default=100.0)
    step = next((s for s in _STEPS if most / s <= 5), 25)
    end = min(100, step * -(-int(most + 0.999) // step))

    def x(percent: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * percent / end, 1)

    rows = []
    for i, bar in enumerate(bars.bars):
        lines = textwrap.wrap(bar.name, _LETTERS, max_lines=2, placeholder=" …")
        rows.append(
            {
                "y": TOP + ROW * i + ROW // 2,
                "lines": [{"text": t, "dy": 5 + 17 * (k - (len(lines) - 1) / 2)} for k, t in enumerate(lines)],
                "width": round(x(bar.percent) - LEFT, 1),
                "low": x(bar.low),
                "high": x(min(bar.high, end)),
                "after": x(min(bar.high, end)) + 8,
                "shown": said(bar.percent),
            }
        )
    svg: str = (
        environment()
        .get_template("bars.svg")
        .render(
            name=name,
            title=bars.title,
            description=f"{bars.axis}, in percent with 95% intervals. "
            + "; ".join(f"{b.name}: {said(b.percent)} ({b.low:.0f} to {b.high:.0f})" for b in bars.bars)
            + ".",
            bars=rows,
            ticks=[(x(p), f"{p}") for p in range(0, end + 1, step)],
            left=LEFT,
            top=TOP,
            bottom=TOP + ROW * len(rows),
            width=WIDTH,
            height=TOP + ROW * len(rows) + BOTTOM,
        )
    )
    return svg


def said(percent: float) -> str:
    """A percentage; nobody is told 0 or 100."""
    return "below 1%" if percent < 0.5 else "above 99%" if percent > 99.5 else f"{percent:.0f}%"
