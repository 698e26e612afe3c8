"""100 people as 100 small figures, in parts that are told apart by their marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from sarcoma.report.drawn import frequency
from sarcoma.report.drawn.analyst_curves import environment
from sarcoma.report.drawn.frequency import Table
from sarcoma.report.drawn.lettering import LEADING, lines
from sarcoma.report.drawn.marks import marks
from sarcoma.wording import figures
from sarcoma.wording.language import _

_CELL, _ROW, _LEFT, _TOP, _WIDTH = 32, 35, 20, 4, 360
_PLACES = tuple(f'x="{_LEFT + _CELL * (i % 10)}" y="{_TOP + _ROW * (i // 10)}"' for i in range(100))


@dataclass(frozen=True, slots=True)
class IconArray:
    """Parts of 100 people.

    title: what the picture is about, one line.
    parts: 2 to 5 of (label, share); shares lie between 0 and 1 and sum to 1. The first is the one the picture is about.
    """

    title: str
    parts: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.parts) <= 5:
            raise ValueError(f"100 people are shown in 2 to 5 parts, not {len(self.parts)}")
        frequency.parts([share for _label, share in self.parts])

    def counts(self) -> list[int]:
        """How many of the 100 figures belong to each part."""
        return frequency.parts([share for _label, share in self.parts])

    def legend(self) -> list[tuple[str, str, int, str]]:
        """(mark, words of the number, figures drawn, label) for each part."""
        counts = self.counts()
        return [
            (mark, figures.of_100(count), count, label)
            for mark, count, (label, _share) in zip(marks(len(counts)), counts, self.parts, strict=True)
        ]

    def description(self) -> str:
        return " ".join(f"{label[:1].upper()}{label[1:]}: {words}." for _mark, words, _count, label in self.legend())

    def headline(self) -> tuple[str, ...]:
        return ()

    def table(self) -> Table:
        """The same as a table: part, how many of 100 people."""
        head = ["", _("How many of 100 people")]
        return head, [[label, words] for _mark, words, _count, label in self.legend()]


@dataclass(frozen=True, slots=True)
class IconRange:
    """A share of 100 people of which only a range is known.

    title: what the picture is about, one line. label, rest: those with and without it ("it spreads", "it does not").
    low, high: shares between 0 and 1.
    """

    title: str
    label: str
    rest: str
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            raise ValueError("a range is two shares between 0 and 1, the lower first, such as 0.2 and 0.35")

    def counts(self) -> list[int]:
        """Figures that are filled, half filled and empty."""
        low, high = 100 * self.low, 100 * self.high
        if high < 1:
            return [0, 0, 100]
        if low > 99:
            return [100, 0, 0]
        ends = [max(1, min(99, round(end))) for end in (low, high)]
        return [ends[0], ends[1] - ends[0], 100 - ends[1]]

    def legend(self) -> list[tuple[str, str, int, str]]:
        """(mark, words of the number, figures drawn, label) for each part."""
        sure, open_, never = self.counts()
        if not open_:
            return [
                ("solid", figures.of_100(sure), sure, self.label),
                ("outline", figures.of_100(never), never, self.rest),
            ]
        least = _("at least %(n)s of 100")
        return [
            ("solid", least % {"n": sure}, sure, self.label),
            ("half", _("%(n)s of 100") % {"n": open_}, open_, _("could go either way")),
            ("outline", least % {"n": never}, never, self.rest),
        ]

    def words(self) -> str:
        """The range in words."""
        return frequency.between(self.low, self.high)

    def headline(self) -> tuple[str, ...]:
        """What stands above the legend: the range, and of whom."""
        return self.words(), self.label

    def description(self) -> str:
        return f"{self.label[:1].upper()}{self.label[1:]}: {self.words()}."

    def table(self) -> Table:
        """The same as a table: the range, and what is drawn of it."""
        rows = [[label, words] for _mark, words, _count, label in self.legend()]
        if len(rows) == 3:
            rows.insert(0, [_("the range: %(label)s") % {"label": self.label}, self.words()])
        return ["", _("How many of 100 people")], rows


def icon_array_svg(array: IconArray | IconRange, name: str, *, flat: bool = False) -> str:
    """100 people as SVG; `name` makes its ids unique on the page. `flat`: five rows of twenty, at half the size."""
    legend = array.legend()
    own = escape(name)
    row, size = (20, 0.5) if flat else (10, 1.0)
    left, top = _LEFT / size, _TOP / size
    cells = [
        f'<use href="#{own}-p" x="{left + _CELL * (i % row):g}" y="{top + _ROW * (i // row):g}"/>' for i in range(100)
    ]
    groups: list[tuple[str, Markup]] = []
    first = 0
    for mark, _words, count, _label in legend:
        groups.append((mark, Markup("".join(cells[first : first + count]))))  # noqa: S704 – numbers of ours
        first += count
    y = _TOP + 100 / row * _ROW * size + 26.0
    upper = [line for text in array.headline() for line in lines(text, 320, bold=True)]
    headline = [(y + i * LEADING, line) for i, line in enumerate(upper)]
    y += len(headline) * LEADING + (8 if headline else 0)
    entries: list[dict[str, Any]] = []
    for mark, words, _count, label in legend:
        texts = [(y + LEADING * (i + 1), line) for i, line in enumerate(lines(label, 296))]
        entries.append({"mark": mark, "y": y, "words": words, "lines": texts})
        y += LEADING * (len(texts) + 1) + 10
    svg: str = (
        environment()
        .get_template("drawn/icon_array.svg")
        .render(
            name=name,
            title=array.title,
            description=array.description(),
            groups=groups,
            size_of_people=size,
            headline=headline,
            entries=entries,
            size=(_WIDTH, round(y - 14, 1)),
            used={mark for mark, _words, _count, _label in legend},
        )
    )
    return svg
