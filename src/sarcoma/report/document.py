"""Document: every report as typed blocks – headings, sentences, tables, plots – and its renderings.

One order of things is written once: the terminal prints lines, the page folds long tables away, the PDF prints them in
small type, JSON gives the blocks as they are.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sarcoma import __version__
from sarcoma.wording import figures

if TYPE_CHECKING:
    from markupsafe import Markup

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
    """A line of a list, the key of its origin, and notes beneath; `level` 1 stands further in."""

    text: str
    key: str | None = None
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


@dataclass(frozen=True)
class Document:
    """A report: its title, a line below it, and blocks."""

    title: str
    subtitle: str
    blocks: Sequence[Block]

    def html(self) -> str:
        """One page that needs nothing else."""
        from markupsafe import Markup

        from sarcoma.report.drawn.analyst_curves import environment
        from sarcoma.report.drawn.analyst_plots import plot_svg, plot_table

        names = iter(range(1_000_000))

        def picture(plot: Plot) -> Markup:
            return Markup(plot_svg(plot, f"p{next(names)}"))  # noqa: S704 – ours, escaped there

        template = environment().get_template("document.html")
        return str(
            template.render(
                title=self.title,
                document=self,
                picture=picture,
                plot_table=plot_table,
                notice=figures.NOTICE,
                version=__version__,
            )
        )

    def text(self, width: int = WIDTH, *, colour: bool = False) -> str:
        """Lines no wider than `width`, for a terminal or the notes; plots and checklists stay with page and paper."""
        from sarcoma.report.lines import Lines

        return str(Lines(width, colour=colour).add(self.blocks))

    def data(self) -> dict[str, Any]:
        """The blocks as plain data."""
        return {"title": self.title, "subtitle": self.subtitle, "blocks": [asdict(block) for block in self.blocks]}

    def pdf(self) -> bytes:
        """The same on paper, with the pictures in black and grey; the same report gives the same bytes."""
        import typst

        from sarcoma.report.drawn.analyst_curves import TEMPLATES

        files: dict[str, bytes] = {"main.typ": (TEMPLATES / "document.typ").read_bytes()}
        blocks = [_printed(block, files) for block in self.blocks]
        data = {
            "title": self.title,
            "subtitle": self.subtitle,
            "blocks": blocks,
            "notice": figures.NOTICE,
            "version": __version__,
        }
        files["data.json"] = json.dumps(data, ensure_ascii=False).encode()
        epoch = datetime.datetime.fromtimestamp(0, datetime.UTC)
        typeset: Any = typst.compile  # its types do not know that several files may be given
        found: bytes = typeset(files, format="pdf", timestamp=epoch, ignore_system_fonts=True)
        return found


def _printed(block: Block, files: dict[str, bytes]) -> dict[str, Any]:
    """A block for the typesetter; pictures become files beside the text."""
    if isinstance(block, Folded):
        return {"kind": "folded", "title": block.title, "blocks": [_printed(b, files) for b in block.blocks]}
    if isinstance(block, Figure):
        from sarcoma.report.drawn.analyst_plots import plot_svg

        name = f"p{len(files)}.svg"
        files[name] = _standalone(plot_svg(block.plot, f"p{len(files)}")).encode()
        legend = [line.name for line in block.plot.lines]
        return {
            "kind": "figure",
            "title": block.plot.title,
            "text": block.plot.description,
            "file": name,
            "lines": legend,
        }
    return asdict(block)


def _standalone(svg: str) -> str:
    """A picture with the colours that the page's style would give it, and without the legend beneath."""
    picture = svg[svg.index("<svg") : svg.index("</svg>") + len("</svg>")]
    head, rest = picture.split(">", 1)
    return f"{head}><style>{_INK}</style>{rest}"


_INK = (
    ".grid{stroke:#d0d7de;fill:none}.ideal{stroke:#57606a;stroke-width:1.6;stroke-dasharray:1 4}"
    ".axis{stroke:#1b1f24;stroke-width:1.2;fill:none}.line{stroke:#1b1f24;stroke-width:2.2;fill:none}"
    ".band{fill:#1b1f24;opacity:.13}.point{fill:#1b1f24}.area{stroke:#1b1f24;stroke-width:.8}.area-2{fill:#8fa9c2}"
    "text{font:14px 'Libertinus Serif';fill:#1b1f24}"
)
