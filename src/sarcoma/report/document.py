"""Document: every report as typed blocks – headings, sentences, tables, plots – and its renderings.

One order of things is written once: the terminal prints lines, the page folds long tables away, the PDF prints them in
small type, JSON gives the blocks as they are.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sarcoma import __version__
from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.report.blocks import WIDTH, Block, Figure, Folded, Text
from sarcoma.report.glyphs import in_place, said, without_glyph
from sarcoma.wording import figures

if TYPE_CHECKING:
    from markupsafe import Markup

    from sarcoma.report.drawn.analyst_plots import Plot


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

    @checked
    def text(self, width: int = WIDTH, *, colour: bool = False) -> str:
        """Lines no wider than `width`, for a terminal or the notes; plots and checklists stay with page and paper."""
        from sarcoma.report.lines import Lines

        return str(Lines(width, colour=colour).add(self.blocks))

    def data(self) -> dict[str, Any]:
        """The blocks as plain data."""
        return {"title": self.title, "subtitle": self.subtitle, "blocks": [asdict(block) for block in self.blocks]}

    def without_glyph(self) -> tuple[str, ...]:
        """The characters that no font of the typesetter has: on paper each is a box, and the paper says which."""
        return without_glyph(json.dumps(self.data(), ensure_ascii=False, default=str))

    @checked
    def pdf(self, *, one_side: bool = False) -> bytes:
        """The same on paper, with the pictures in black and grey; the same report gives the same bytes.

        `one_side`: the type is made as small as one side asks for.
        """
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
            "one_side": bool(one_side),
        }
        written = json.dumps(data, ensure_ascii=False)
        missing = without_glyph(written)
        if missing:
            data["blocks"] = [{**asdict(Text(said(missing), "caution"))}, *blocks]
            written = in_place(json.dumps(data, ensure_ascii=False), missing)
            pictures = {name: content for name, content in files.items() if name.endswith(".svg")}
            files |= {name: in_place(svg.decode(), missing).encode() for name, svg in pictures.items()}
        files["data.json"] = written.encode()
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
