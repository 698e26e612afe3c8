"""Plots of analysts' measures as SVG: numbers along both axes, a title and a description; the table stands beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sarcoma.report.drawn.analyst_curves import DASHES, environment

WIDTH, HEIGHT = 640, 460
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 16, 56


@dataclass(frozen=True)
class Series:
    """One line: points (x, y), with a band where low and high are given."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Plot:
    """A plot: lines, points with bars (x, y, low, high), and counts along the bottom (in equal bins of the x axis)."""

    title: str
    description: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    lines: Sequence[Series] = ()
    points: Sequence[tuple[float, float, float, float]] = ()
    points_name: str = ""
    counts: Sequence[int] = ()
    counts_name: str = ""
    diagonal: str = ""
    percent: tuple[bool, bool] = (True, True)
    ticks: int = field(default=5)


def plot_svg(plot: Plot, name: str) -> str:
    """A plot as SVG; `name` makes its ids unique on the page."""
    (x0, x1), (y0, y1) = plot.x_range, plot.y_range
    only_counts = bool(plot.counts) and not plot.lines and not plot.points
    height = HEIGHT // 2 if only_counts else HEIGHT
    span = (height - TOP - BOTTOM) * (0.0 if only_counts else 0.82 if plot.counts else 1.0)
    floor = TOP + span

    def x(v: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (v - x0) / (x1 - x0), 1)

    def y(v: float) -> float:
        return round(TOP + span * (1 - (min(max(v, y0), y1) - y0) / (y1 - y0)), 1)

    def path(xs: Sequence[float], ys: Sequence[float]) -> str:
        return "M" + "L".join(f"{x(a)} {beyond(b)}" for a, b in zip(xs, ys, strict=True))

    def beyond(v: float) -> float:  # a line runs on beyond the frame, which cuts it
        share = min(max((v - y0) / (y1 - y0), -1.0), 2.0)
        return round(TOP + span * (1 - share), 1)

    shapes = []
    for i, line in enumerate(plot.lines):
        band = ""
        if len(line.low):
            band = path(line.x, line.high) + "L" + path(line.x[::-1], line.low[::-1])[1:] + "Z"
        shapes.append({"name": line.name, "path": path(line.x, line.y), "band": band, "dash": DASHES[i % len(DASHES)]})
    most = max(plot.counts, default=0) or 1
    wide = (WIDTH - LEFT - RIGHT) / max(len(plot.counts), 1)
    tall = height - BOTTOM - floor - 6
    bars = [
        (
            round(LEFT + i * wide + 1, 1),
            round(height - BOTTOM - tall * n / most, 1),
            round(wide - 2, 1),
            round(tall * n / most, 1),
        )
        for i, n in enumerate(plot.counts)
    ]
    html: str = (
        environment()
        .get_template("plot.svg")
        .render(
            name=name,
            plot=plot,
            shapes=shapes,
            points=[(x(a), y(b), y(lo), y(hi)) for a, b, lo, hi in plot.points if x0 <= a <= x1],
            bars=bars,
            diagonal=path([max(x0, y0), min(x1, y1)], [max(x0, y0), min(x1, y1)]) if plot.diagonal else "",
            x_ticks=[(x(v), _tick(v, percent=plot.percent[0])) for v in _nice(x0, x1, plot.ticks)],
            y_ticks=[]
            if only_counts
            else [(y(v), _tick(v, percent=plot.percent[1])) for v in _nice(y0, y1, plot.ticks)],
            size=(WIDTH, height, LEFT, WIDTH - RIGHT, TOP, height - BOTTOM, floor),
        )
    )
    return html


def plot_table(plot: Plot, most: int = 25) -> tuple[list[str], list[list[str]]]:
    """The numbers of a plot's lines (of its points, where there are no lines) as a table: its head, and at most so many
    rows."""
    lines = [line for line in plot.lines if len(line.x)]
    if not lines and plot.points:
        along, up = plot.percent
        rows = [
            [_cell(x, percent=along), _cell(y, percent=up), f"{_cell(a, percent=up)} to {_cell(b, percent=up)}"]
            for x, y, a, b in plot.points
        ]
        return [plot.x_label, plot.y_label, "95% interval"], rows
    if not lines and plot.counts:
        edges = np.linspace(*plot.x_range, len(plot.counts) + 1)
        cells = [_cell(float(e), percent=plot.percent[0]) for e in edges]
        pairs = zip(cells, cells[1:], plot.counts, strict=False)
        return [plot.x_label, plot.counts_name], [[f"{a} to {b}", f"{n:,}"] for a, b, n in pairs]
    if not lines:
        return [], []
    first = lines[0]
    every = max(1, -(-len(first.x) // most))
    head = [plot.x_label]
    for line in lines:
        head += [line.name, "95% interval"] if len(line.low) else [line.name]
    rows = []
    for i in range(0, len(first.x), every):
        row = [_cell(first.x[i], percent=plot.percent[0])]
        for line in lines:
            row.append(_cell(line.y[i], percent=plot.percent[1]))
            if len(line.low):
                low, high = (_cell(v[i], percent=plot.percent[1]) for v in (line.low, line.high))
                row.append(f"{low} to {high}")
        rows.append(row)
    return head, rows


def _cell(value: float, *, percent: bool) -> str:
    return f"{100 * value:.1f}%" if percent else f"{value:.4g}"


def _nice(low: float, high: float, about: int) -> list[float]:
    """Round numbers between two ends."""
    raw = (high - low) / about
    scale = 10 ** np.floor(np.log10(raw))
    step = float(next(s * scale for s in (1, 2, 2.5, 5, 10) if s * scale >= raw - 1e-12))
    first = np.ceil(low / step - 1e-9) * step
    return [round(float(v), 10) + 0.0 for v in np.arange(first, high + step * 1e-6, step)]  # + 0.0: never −0


def _tick(value: float, *, percent: bool) -> str:
    return f"{100 * value:g}%" if percent else f"{value:g}"
