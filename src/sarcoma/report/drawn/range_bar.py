"""A range of 100 people as a bar: where studies differ, from the lowest to the highest, with a mark for each."""

from __future__ import annotations

from dataclasses import dataclass

from sarcoma.report.drawn import frequency
from sarcoma.report.drawn.analyst_curves import environment
from sarcoma.report.drawn.frequency import Table
from sarcoma.report.drawn.lettering import LEADING, lines
from sarcoma.wording.language import _

_LEFT, _RIGHT, _WIDTH = 20.0, 340.0, 360
_TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class RangeBar:
    """A share of 100 people on which studies differ.

    title: what the picture is about, one line. label: what is counted ("it came back").
    low, high: the ends of the range; shares: what each study found; all between 0 and 1.
    """

    title: str
    label: str
    low: float
    high: float
    shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            raise ValueError("a range is two shares between 0 and 1, the lower first, such as 0.2 and 0.35")

    def words(self) -> str:
        """The range in words."""
        return frequency.between(self.low, self.high)

    def description(self) -> str:
        return f"{self.label[:1].upper()}{self.label[1:]}: {self.words()}."

    def table(self) -> Table:
        """The same as a table: the range."""
        return ["", _("How many of 100 people")], [[_("the range: %(label)s") % {"label": self.label}, self.words()]]


def _x(share: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * share, 1)


def range_bar_svg(bar: RangeBar, name: str) -> str:
    """The range as SVG; `name` makes its ids unique on the page."""
    said = [*lines(bar.words(), 320, bold=True)]
    told = lines(bar.label, 320)
    top = 20.0
    texts = [(top + i * LEADING, line, i < len(said)) for i, line in enumerate((*said, *told))]
    y = top + len(texts) * LEADING
    svg: str = (
        environment()
        .get_template("drawn/range_bar.svg")
        .render(
            name=name,
            title=bar.title,
            description=bar.description(),
            texts=texts,
            y=round(y, 1),
            ends=(_x(0), _x(1)),
            low=_x(bar.low),
            wide=round(_x(bar.high) - _x(bar.low), 1),
            marks=[_x(share) for share in bar.shares],
            ticks=[(_x(n / 100), n) for n in _TICKS],
            size=(_WIDTH, round(y + 58, 1)),
        )
    )
    return svg
