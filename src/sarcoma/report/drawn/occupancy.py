"""Where 100 people are over time: one area for each state of a course, stacked."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from sarcoma.outlook import CourseFigure
from sarcoma.report.drawn import frequency
from sarcoma.report.drawn.analyst_curves import environment
from sarcoma.report.drawn.frame import WIDTH, Frame, Unit, axis, check_times, time, unit_of
from sarcoma.report.drawn.frequency import Table
from sarcoma.report.drawn.lettering import LEADING, lines, spread
from sarcoma.report.drawn.marks import marks
from sarcoma.wording import figures
from sarcoma.wording.language import _

_LEFT, _RIGHT, _TALL = 40.0, WIDTH - 40, 220.0


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The states of a course, month by month.

    title: what the picture is about, one line. states: 2 to 7 names, from the bottom of the picture to its top.
    months: ascending. curve: months × states, 0–1, each row sums to 1. marker: a month at which a line stands and whose
    numbers are named; None: the last. horizons: months that the table shows; empty: round times.
    since: what time is counted from, such as "from now". unit: of the axis; None: years from two years on.
    """

    title: str
    states: tuple[str, ...]
    months: tuple[float, ...]
    curve: tuple[tuple[float, ...], ...]
    marker: float | None = None
    horizons: tuple[float, ...] = ()
    since: str = ""
    unit: Unit | None = None

    def __post_init__(self) -> None:
        check_times(self.months, len(self.curve))
        marks(len(self.states))
        for row in self.curve:
            if len(row) != len(self.states):
                raise ValueError(f"one probability for each state: {len(self.states)} states, {len(row)} in a row")
            frequency.parts(row)
        for t in (*self.horizons, *(() if self.marker is None else (self.marker,))):
            if not self.months[0] <= t <= self.months[-1]:
                raise ValueError(f"times lie within the curve, from {self.months[0]:g} to {self.months[-1]:g} months")

    @classmethod
    def of(
        cls,
        figure: CourseFigure,
        title: str,
        names: Mapping[str, str] | None = None,
        *,
        marker: float | None = None,
        since: str = "",
    ) -> Occupancy:
        """The course that a model says, its states renamed by `names`. The figure must have its curve."""
        states = tuple((names or {}).get(state, state) for state in figure.states)
        curve = figure.curve
        return cls(title, states, figure.months, curve, marker, figure.horizons_months, since)

    def counts(self, months: float) -> list[int]:
        """How many of 100 people are in each state at a time."""
        return frequency.parts(self.curve[max(0, bisect_right(self.months, months + 1e-9) - 1)])

    def named(self) -> float:
        """The month whose numbers are named."""
        return self.months[-1] if self.marker is None else self.marker

    def description(self) -> str:
        said = [
            f"{state}: {figures.of_100(count)}"
            for state, count in zip(self.states, self.counts(self.named()), strict=True)
        ]
        return f"{_said_at(self.named(), self.since)} {'; '.join(said)}."

    def table(self) -> Table:
        """The same as a table: a row for each state, a column for each time."""
        unit = self.unit or unit_of(self.months[-1])
        times = self.horizons or Frame(self.months[-1], unit, 0, 1, 0, 1).times(4)
        times = sorted({*times, *([] if self.marker is None else [self.marker])})
        counts = [self.counts(t) for t in times]
        rows = [[state, *(frequency.cell(row[k]) for row in counts)] for k, state in enumerate(self.states)]
        return [_("Of 100 people, after …"), *(time(t) for t in times)], rows


def _said_at(months: float, since: str) -> str:
    if months <= 0:
        return _("Of 100 people, at the start:")
    if since:
        return _("Of 100 people, %(time)s %(since)s:") % {"time": time(months), "since": since}
    return _("Of 100 people, after %(time)s:") % {"time": time(months)}


def occupancy_svg(course: Occupancy, name: str) -> str:
    """Stacked areas as SVG; `name` makes its ids unique on the page."""
    upper = lines(_("How many of 100 people are …"), WIDTH - 20, bold=True)
    top = 18 + LEADING * len(upper) + (LEADING if course.marker is not None else 0)
    unit = course.unit or unit_of(course.months[-1])
    frame = Frame(course.months[-1], unit, _LEFT, _RIGHT, top, top + _TALL)
    kinds = marks(len(course.states))
    floors = [[0.0, *accumulate(row)] for row in course.curve]
    xs = [frame.x(t) for t in course.months]
    edges = [_simplified(xs, [frame.y(row[k]) for row in floors]) for k in range(len(kinds) + 1)]
    ends = [(edges[k][-1][1] + edges[k + 1][-1][1]) / 2 for k in range(len(kinds))]
    high_to_low = spread(ends[::-1], [17.0] * len(ends), frame.top - 8, frame.bottom + 8)
    below = frame.bottom + 42
    y = below + 30
    caption = [
        (y + i * LEADING, line)
        for i, line in enumerate(lines(_said_at(course.named(), course.since), WIDTH - 20, bold=True))
    ]
    y += LEADING * len(caption) + 8
    legend: list[dict[str, Any]] = []
    counts = course.counts(course.named())
    for k in range(len(kinds)):
        texts = [(y + LEADING * (i + 1), line) for i, line in enumerate(lines(course.states[k], 268))]
        legend.append({"n": k + 1, "mark": kinds[k], "y": y, "lines": texts, "words": figures.of_100(counts[k])})
        y += LEADING * (len(texts) + 1) + 10
    svg: str = (
        environment()
        .get_template("drawn/occupancy.svg")
        .render(
            name=name,
            title=course.title,
            description=course.description(),
            upper=[(16 + LEADING * i, line) for i, line in enumerate(upper)],
            frame=frame,
            axis=axis(unit, course.since),
            axis_y=below,
            areas=[(kinds[k], f"M{_path(edges[k])}L{_path(edges[k + 1][::-1])}Z") for k in range(len(kinds))],
            numbers=[(len(ends) - i, ends[len(ends) - 1 - i], at) for i, at in enumerate(high_to_low)],
            marker=None if course.marker is None else _marker(frame, course.marker),
            caption=caption,
            legend=legend,
            used=set(kinds),
            size=(WIDTH, round(y - 14, 1)),
        )
    )
    return svg


def _marker(frame: Frame, months: float) -> dict[str, Any]:
    x = frame.x(months)
    side = "start" if x < frame.left + 60 else "end" if x > frame.right - 60 else "middle"
    return {"x": x, "text": time(months), "side": side}


_UNSEEN = 0.6
"""So many units of height beside its place the eye does not miss."""


def _simplified(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """Points of a line, without those that lie as good as on the way from the one kept before to the one kept next."""
    kept, anchor, steepest, flattest = [(xs[0], ys[0])], 0, math.inf, -math.inf
    for i in range(1, len(xs)):
        across = xs[i] - xs[anchor]
        slope = (ys[i] - ys[anchor]) / across
        if not flattest <= slope <= steepest:
            anchor = i - 1
            kept.append((xs[anchor], ys[anchor]))
            across, steepest, flattest = xs[i] - xs[anchor], math.inf, -math.inf
        steepest = min(steepest, (ys[i] + _UNSEEN - ys[anchor]) / across)
        flattest = max(flattest, (ys[i] - _UNSEEN - ys[anchor]) / across)
    return [*kept, (xs[-1], ys[-1])]


def _path(points: Sequence[tuple[float, float]]) -> str:
    """The first point, and each other as the way from the one before, which takes half as many letters."""
    steps = [f"{points[0][0]:g} {points[0][1]:g}l"]
    for (x0, y0), (x1, y1) in pairwise(points):
        across, down = round(x1 - x0, 1) + 0.0, round(y1 - y0, 1) + 0.0
        steps.append(f"{across:g}{down:g}" if down < 0 else f"{across:g} {down:g}")
    return steps[0] + " ".join(steps[1:]).replace(" -", "-")
