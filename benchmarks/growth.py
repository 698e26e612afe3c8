"""How CPU and memory grow with rows, as a picture and a table, from what benchmarks/scale.py measured."""

from __future__ import annotations

import statistics
from pathlib import Path

import histories
import scoring
from measured import Measured, table

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "growth.svg"
LINES = {
    "event table, DuckDB": ("histories", histories.OURS[0]),
    "event table, Polars": ("histories", histories.OURS[1]),
    "scoring, DuckDB": ("scoring", scoring.OURS[0]),
    "scoring, Polars": ("scoring", scoring.OURS[1]),
}
STYLES = (("#0b6b8a", "-", "o"), ("#0b6b8a", "--", "s"), ("#b3541e", "-", "o"), ("#b3541e", "--", "s"))


def of(found: dict[str, dict[str, Measured]], line: str, n: int) -> Measured:
    """What was measured of a line at a number of rows."""
    module, name = LINES[line]
    return found[f"{module}, {n}"][name]


def table_of(found: dict[str, dict[str, Measured]], growing: list[int]) -> str:
    """The numbers of the picture."""
    rows = []
    for n in growing:
        cells = [f"{n:,}"]
        for line in LINES:
            one = of(found, line, n)
            if one.stopped:
                cells.append(one.stopped)
                continue
            cpu, wall, mb = (statistics.median(values) for values in (one.cpu, one.wall, one.mb))
            cells.append(f"{cpu:.2f} s ({wall:.1f}), {mb:,.0f} MB")
        rows.append(cells)
    said = "CPU seconds (on the clock), most memory; from ten million rows on run once:\n\n"
    return said + table(["rows", *LINES], rows)


def picture(found: dict[str, dict[str, Measured]], growing: list[int]) -> None:
    """Two panels over rows, both axes in powers of ten."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "growth", "font.size": 9, "svg.fonttype": "path"})
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 4), layout="constrained")
    shown = (("cpu", "CPU seconds", (0.1, 1, 10, 100)), ("mb", "most memory, MB", (100, 200, 500, 1000, 2000, 4000)))
    for panel, (part, label, levels) in zip(panels, shown, strict=True):
        for line, (colour, dash, mark) in zip(LINES, STYLES, strict=True):
            told = [(n, of(found, line, n)) for n in growing]
            points = [(n, statistics.median(getattr(one, part))) for n, one in told if not one.stopped]
            panel.plot(*zip(*points, strict=True), color=colour, linestyle=dash, marker=mark, markersize=4, label=line)
        panel.set(xscale="log", yscale="log", xlabel="rows", title=label)
        panel.set_yticks(levels, [f"{level:,}" for level in levels])
        panel.minorticks_off()
        panel.grid(color="#dddddd", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})
