"""The frame of a picture over time: months along, 0 to 100 people up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sarcoma.wording import figures
from sarcoma.wording.language import _

Unit = Literal["months", "years"]
WIDTH = 360.0
_STEPS: dict[Unit, tuple[int, ...]] = {"years": (12, 24, 36, 60, 120, 240), "months": (1, 2, 3, 6, 12, 24, 36, 60)}


@dataclass(frozen=True, slots=True)
class Frame:
    """The area of a plot in units of the picture; `months` is the end of the axis."""

    months: float
    unit: Unit
    left: float
    right: float
    top: float
    bottom: float

    def x(self, months: float) -> float:
        return round(self.left + (self.right - self.left) * months / self.months, 1)

    def y(self, probability: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * min(max(probability, 0.0), 1.0), 1)

    def times(self, most: int = 6) -> list[float]:
        """Round times after 0, in months, at most so many."""
        steps = _STEPS[self.unit]
        step = next((s for s in steps if self.months / s < most + 1), steps[-1])
        return [float(t) for t in range(step, int(self.months + 1e-9) + 1, step)]

    def ticks(self) -> list[tuple[float, str]]:
        """Where the numbers of the time axis stand, and what they say."""
        size = 12 if self.unit == "years" else 1
        return [(self.x(t), f"{t / size:g}") for t in (0.0, *self.times())]

    def levels(self) -> list[tuple[float, str]]:
        return [(self.y(n / 100), str(n)) for n in (0, 25, 50, 75, 100)]


def unit_of(months: float) -> Unit:
    """Years where the time is long enough to count in them."""
    return "years" if months >= 24 else "months"


def axis(unit: Unit, since: str) -> str:
    """What the time axis is called."""
    name = _("years") if unit == "years" else _("months")
    return _("%(unit)s %(since)s") % {"unit": name, "since": since} if since else name


def time(months: float) -> str:
    """A time in words: "5 years"."""
    return figures.horizon(round(months, 1), plain=True) or _("the start")


def check_times(months: Sequence[float], rows: int) -> None:
    if len(months) != rows:
        raise ValueError(f"one row for each time: {len(months)} times, {rows} rows")
    if len(months) < 2 or months[0] < 0 or any(b <= a for a, b in pairwise(months)):
        raise ValueError("times are at least two, ascending, in months, such as (0, 1, 2)")
