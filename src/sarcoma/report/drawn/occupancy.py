"""Where 100 people are over time: one area for each state of a course, stacked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
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
    edges = [[frame.y(row[k]) for row in floors] for k in range(len(kinds) + 1)]
    ends = [(edges[k][-1] + edges[k + 1][-1]) / 2 for k in range(len(kinds))]
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
            areas=[
                (kinds[k], f"M{_line(xs, edges[k])}L{_line(xs[::-1], edges[k + 1][::-1])}Z") for k in range(len(kinds))
            ],
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


def _line(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Points of a line, without those that the eye would not miss: level within 0.3 units of height."""
    kept = [0]
    for i in range(1, len(xs)):
        if abs(ys[i] - ys[kept[-1]]) > 0.3 or i == len(xs) - 1:
            if kept[-1] < i - 1:
                kept.append(i - 1)
            kept.append(i)
    return "L".join(f"{xs[i]:g} {ys[i]:g}" for i in kept)
