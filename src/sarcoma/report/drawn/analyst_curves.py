"""Pictures of analysts' curves as SVG: with a title and a description, legible in grey; the table stands beneath.

Colours are those of the page (`currentColor` and its variables), so pictures follow dark mode and print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma._plain_text import for_page

if TYPE_CHECKING:
    import jinja2

    from sarcoma.cohort.description import Line, Picture

TEMPLATES = Path(__file__).parents[1] / "templates"
WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 16, 44
DASHES = ("none", "7 4", "2 3", "10 3 2 3")


@cache
def environment() -> jinja2.Environment:
    """Templates of pages and pictures; everything is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(TEMPLATES)
    found = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, finalize=for_page
    )
    found.filters["number"] = _short
    found.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return found


def _short(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 99.5 or value == round(value) else f"{value:.1f}"


@dataclass(frozen=True)
class _Frame:
    """The plot's area: months along, 0 to 100 % up."""

    months: float

    def x(self, t: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * t / self.months, 1)

    def y(self, percent: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - percent / 100), 1)

    def ticks(self) -> list[float]:
        step = next((s for s in (6, 12, 24, 36, 60, 120) if self.months / s <= 8), 120)
        return [float(t) for t in range(0, int(self.months) + 1, step)]


def picture_svg(picture: Picture, name: str) -> str:
    """One picture as SVG; `name` makes its ids unique on the page."""
    last = max((line.times[-1] for line in picture.lines if line.times), default=0.0)
    frame = _Frame(max(last, 12.0))
    shapes: Sequence[dict[str, Any]] = _stacked(picture.lines, frame) if picture.stacked else _lines(picture, frame)
    html: str = (
        environment()
        .get_template("curves.svg")
        .render(
            name=name,
            title=picture.title,
            description=_in_words(picture),
            axis=picture.axis,
            stacked=picture.stacked,
            shapes=shapes,
            ticks=[(frame.x(t), f"{t:g}") for t in frame.ticks()],
            levels=[(frame.y(p), f"{p}") for p in (0, 25, 50, 75, 100)],
            size=(WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM),
        )
    )
    return html


def _steps(frame: _Frame, times: Sequence[float], values: Sequence[float]) -> str:
    """A step curve as a path, held until the next time."""
    parts = [f"M{frame.x(times[0])} {frame.y(values[0])}"]
    for t, v in zip(times[1:], values[1:], strict=True):
        parts.append(f"H{frame.x(t)}V{frame.y(v)}")
    return "".join(parts)


def _band(frame: _Frame, times: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """The area between two step curves."""
    there = _steps(frame, times, high)
    back = [f"V{frame.y(low[i])}H{frame.x(times[i])}" for i in range(len(times) - 1, 0, -1)]
    return f"{there}{''.join(back)}V{frame.y(low[0])}H{frame.x(times[0])}Z"


def _lines(picture: Picture, frame: _Frame) -> list[dict[str, Any]]:
    shapes = []
    for i, line in enumerate(picture.lines):
        if len(line.times) < 2:
            continue
        band = _band(frame, line.times, line.low, line.high) if i == 0 and line.low else ""
        shapes.append({"name": line.name, "path": _steps(frame, line.times, line.percent), "band": band})
        shapes[-1]["dash"] = DASHES[i % len(DASHES)]
    return shapes


def _stacked(lines: Sequence[Line], frame: _Frame) -> list[dict[str, Any]]:
    shapes = []
    floor = [0.0] * len(lines[0].times)
    for i, line in enumerate(lines):
        top = [a + b for a, b in zip(floor, line.percent, strict=True)]
        shapes.append({"name": line.name, "band": _band(frame, line.times, floor, top), "path": "", "fill": i})
        floor = top
    return shapes


def _in_words(picture: Picture) -> str:
    parts = [
        f"{line.name}: {_short(line.percent[-1])} of 100 at {line.times[-1]:.0f} months"
        for line in picture.lines
        if line.times
    ]
    return f"{picture.axis}, in percent, by months. " + "; ".join(parts) + "."
