"""Blocks: what a document is made of – headings, sentences, tables, lists, plots, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from sarcoma._dataclass import dataclass

if TYPE_CHECKING:
    from sarcoma.report.drawn.analyst_plots import Plot

WIDTH = 80
"""Columns of a terminal, unless asked for otherwise."""


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3; `id` is where links lead. `indent` counts at the terminal only, as everywhere here."""

    text: str
    level: int = 2
    id: str | None = None
    indent: int = 0
    kind: str = field(default="heading", init=False)


Style = Literal["plain", "lead", "soft", "caution"]
Layout = Literal["grid", "facts", "times"]


@dataclass(frozen=True)
class Text:
    """A paragraph: `lead` is what matters most, `caution` stands out, `soft` is an aside; `tag` a word before it."""

    text: str
    style: Style = "plain"
    tag: str | None = None
    indent: int = 0
    kind: str = field(default="text", init=False)


@dataclass(frozen=True)
class Table:
    """A table of texts; `words` are the columns (from 0) that hold words, the others hold numbers.

    `layout` says how a terminal prints it: `facts` are labels with their values, `times` a label and short cells that
    stand right.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[int] = (0,)
    layout: Layout = "grid"
    indent: int = 0
    width: int = 30
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Flow:
    """A flow chart from top to bottom: (text, whether it leaves the chart)."""

    steps: Sequence[tuple[str, bool]]
    kind: str = field(default="flow", init=False)


@dataclass(frozen=True)
class Note:
    """A line beneath an item."""

    text: str
    style: Style = "soft"
    indent: int = 2


@dataclass(frozen=True)
class Item:
    """A line of a list, the keys of its origins, and notes beneath; `level` 1 stands further in."""

    text: str
    keys: tuple[str, ...] = ()
    strong: bool = False
    indent: int = 0
    notes: list[Note] = field(default_factory=list)

    @property
    def level(self) -> int:
        """0, or 1 where it stands further in."""
        return 1 if self.indent > 2 else 0


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: Sequence[str | Item]
    kind: str = field(default="bullets", init=False)


@dataclass(frozen=True)
class Figure:
    """A plot with its numbers beneath."""

    plot: Plot
    kind: str = field(default="figure", init=False)


@dataclass(frozen=True)
class Folded:
    """What a page hides until it is asked for."""

    title: str
    blocks: Sequence[Block]
    kind: str = field(default="folded", init=False)


@dataclass(frozen=True)
class Gap:
    """A blank line at the terminal."""

    kind: str = field(default="gap", init=False)


Block = Heading | Text | Table | Flow | Bullets | Figure | Folded | Gap
