"""A curve of how many of 100 people are still so over time, with the band of what else it could be."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sarcoma.report.drawn import frequency
from sarcoma.report.drawn.analyst_curves import environment
from sarcoma.report.drawn.frame import WIDTH, Frame, Unit, axis, check_times, time, unit_of
from sarcoma.report.drawn.frequency import Table
from sarcoma.report.drawn.lettering import LEADING, lines, width
from sarcoma.wording import figures
from sarcoma.wording.language import _

_LEFT, _TOP, _TALL = 40.0, 18.0, 220.0


@dataclass(frozen=True, slots=True)
class SurvivalBand:
    """A step curve: each probability holds from its month until the next.

    title: what the picture is about, one line. label: what is so of those counted, such as "alive".
    months: ascending, not negative. probability, low, high: 0–1, one for each month; low and high may be empty, or NaN
    where there is no interval. horizons: months, within the curve, at which its height is marked and named.
    band: what the interval is, such as "95% interval". since: what time is counted from, such as "after the operation".
    unit: what the axis counts in; None: years from two years on.
    """

    title: str
    label: str
    months: tuple[float, ...]
    probability: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    horizons: tuple[float, ...] = ()
    band: str = ""
    since: str = ""
    unit: Unit | None = None

    def __post_init__(self) -> None:
        check_times(self.months, len(self.probability))
        if bool(self.low) != bool(self.high) or (self.low and not len(self.low) == len(self.high) == len(self.months)):
            raise ValueError("a band has a low and a high end for each time")
        if any(not self.months[0] <= h <= self.months[-1] for h in self.horizons):
            raise ValueError(f"horizons lie within the curve, from {self.months[0]:g} to {self.months[-1]:g} months")

    def at(self, months: float) -> tuple[float, tuple[float, float] | None]:
        """The probability at a time, and its interval if there is one."""
        i = bisect_right(self.months, months + 1e-9) - 1
        ends = (self.low[i], self.high[i]) if self.low and math.isfinite(self.low[i] + self.high[i]) else None
        return self.probability[i], ends

    def frame(self) -> Frame:
        unit = self.unit or unit_of(self.months[-1])
        late = any(h > 0.92 * self.months[-1] for h in self.horizons)  # its number stands beside the frame
        top = _TOP + LEADING * len(self.upper())
        return Frame(self.months[-1], unit, _LEFT, WIDTH - (42 if late else 14), top, top + _TALL)

    def upper(self) -> list[str]:
        """What is counted, in lines."""
        return lines(_("Of 100 people: %(label)s") % {"label": self.label}, WIDTH - 20, bold=True)

    def description(self) -> str:
        """How high the curve is at its marks, or at its end."""
        said = [f"{time(t)}, {self._words(t)}" for t in sorted(self.horizons) or [self.months[-1]]]
        return f"{self.label[:1].upper()}{self.label[1:]}: {'; '.join(said)}."

    def _words(self, months: float) -> str:
        probability, ends = self.at(months)
        words = figures.of_100(100 * probability)
        return f"{words} ({frequency.between(*ends)})" if ends else words

    def table(self) -> Table:
        """The same as a table: at round times and at the marks."""
        head = [_("time %(since)s") % {"since": self.since} if self.since else _("time"), self.label]
        if self.low:
            head.append(self._band_name())
        rows = []
        for t in sorted({*self.horizons, *(t for t in self.frame().times() if t >= self.months[0])}):
            probability, ends = self.at(t)
            row = [time(t), figures.of_100(100 * probability)]
            if self.low:
                row.append(frequency.between(*ends) if ends else _("not known"))
            rows.append(row)
        return head, rows

    def _band_name(self) -> str:
        return self.band or _("how far off this could be")


def survival_band_svg(curve: SurvivalBand, name: str) -> str:
    """A curve with its band as SVG; `name` makes its ids unique on the page."""
    frame = curve.frame()
    below = frame.bottom + 42
    legend: list[dict[str, Any]] = []
    y = below + 30
    for mark, text in (("line", curve.label), ("band", curve._band_name())) if curve.low else ():
        texts = [(y + LEADING * i, line) for i, line in enumerate(lines(text, 290))]
        legend.append({"mark": mark, "y": y, "lines": texts})
        y += LEADING * len(texts) + 6
    svg: str = (
        environment()
        .get_template("drawn/survival_band.svg")
        .render(
            name=name,
            title=curve.title,
            description=curve.description(),
            upper=[(16 + LEADING * i, line) for i, line in enumerate(curve.upper())],
            frame=frame,
            axis=axis(frame.unit, curve.since),
            axis_y=below,
            path=_steps(frame, curve.months, curve.probability),
            bands=list(_bands(frame, curve)),
            marks=list(_marks(frame, curve)),
            legend=legend,
            size=(WIDTH, round(y - 16 if legend else below + 10, 1)),
        )
    )
    return svg


def _steps(frame: Frame, months: Sequence[float], values: Sequence[float]) -> str:
    """A step curve as a path; steps too small to be seen are left to the next."""
    x, y = frame.x(months[0]), frame.y(values[0])
    found = [f"M{x:g} {y:g}"]
    for t, v in zip(months[1:], values[1:], strict=True):
        if frame.y(v) != y:
            y = frame.y(v)
            found.append(f"H{frame.x(t):g}V{y:g}")
    return "".join([*found, f"H{frame.x(months[-1]):g}"])


def _bands(frame: Frame, curve: SurvivalBand) -> Iterator[tuple[str, str, str]]:
    """(area, upper edge, lower edge) of each stretch where there is an interval."""
    if not curve.low:
        return
    known = [math.isfinite(low + high) for low, high in zip(curve.low, curve.high, strict=True)]
    for there, group in groupby(range(len(known)), key=known.__getitem__):
        at = list(group)
        if not there or at[0] == len(known) - 1:
            continue
        end = min(at[-1] + 1, len(known) - 1)  # the last interval holds until the next time
        months = [*(curve.months[i] for i in at), *([curve.months[end]] if end != at[-1] else [])]
        high = [curve.high[i] for i in at] + ([curve.high[at[-1]]] if end != at[-1] else [])
        low = [curve.low[i] for i in at] + ([curve.low[at[-1]]] if end != at[-1] else [])
        upper, lower = _steps(frame, months, high), _steps(frame, months, low)
        back = [
            f"H{frame.x(months[i]):g}V{frame.y(low[i - 1]):g}"
            for i in range(len(months) - 1, 0, -1)
            if frame.y(low[i]) != frame.y(low[i - 1])
        ]
        yield f"{upper}V{frame.y(low[-1]):g}{''.join(back)}H{frame.x(months[0]):g}Z", upper, lower


def _marks(frame: Frame, curve: SurvivalBand) -> Iterator[dict[str, Any]]:
    """The marks on the curve: a dot, and its number clear of the band – above on the right, or below on the left."""
    taken = -math.inf
    for t in sorted(curve.horizons):
        probability, _ends = curve.at(t)
        x, text = frame.x(t), frequency.short(100 * probability)
        wide = width(text, bold=True)
        first = x + 6
        if x > frame.right - wide - 6:  # there is no curve on the right of it
            beside = min(first + 4, WIDTH - wide)
            yield {
                "x": x,
                "y": frame.y(probability),
                "text": text,
                "text_x": beside,
                "text_y": frame.y(probability) + 5,
            }
            continue
        highest, _lowest = _reach(frame, curve, first, first + wide)
        _highest, lowest = _reach(frame, curve, x - 6 - wide, x)
        below = first < taken + 4 and lowest + 19 < frame.bottom
        yield {
            "x": x,
            "y": frame.y(probability),
            "text": text,
            "text_x": round(x - 6 - wide if below else first, 1),
            "text_y": round(lowest + 19 if below else highest - 8, 1),
        }
        taken = taken if below else first + wide


def _reach(frame: Frame, curve: SurvivalBand, first: float, last: float) -> tuple[float, float]:
    """The highest and the lowest place of the curve and its band between two places along."""
    edges = [curve.probability, *((curve.low, curve.high) if curve.low else ())]
    here = [i for i, t in enumerate(curve.months) if frame.x(t) <= last]
    here = [i for i in here if i == here[-1] or frame.x(curve.months[i + 1]) >= first]
    heights = [frame.y(edge[i]) for edge in edges for i in here if math.isfinite(edge[i])]
    return min(heights), max(heights)
