"""A figure of a paper: drawn by matplotlib, written as SVG, PNG or PDF."""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma._arguments import checked
from sarcoma._files import format_of, write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png", ".pdf")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
"""Okabe and Ito's, which the colour-blind can tell apart; lines differ in their dashes too."""
DASHES: tuple[Any, ...] = ("solid", (0, (6, 2)), (0, (2, 2)), (0, (8, 2, 2, 2)), (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
STYLE: Any = {
    "font.family": "sans-serif",  # DejaVu, which comes with matplotlib
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text: searchable, and editable by a journal
    "pdf.fonttype": 42,
    "svg.hashsalt": "sarcoma",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,
}
DPI = 300


@dataclass(frozen=True, eq=False)
class PaperFigure:
    """A figure with its title and what it shows in words. In a notebook it shows itself; `write` makes a file of it."""

    title: str
    description: str
    figure: Figure

    def __repr__(self) -> str:
        return f"PaperFigure({self.title!r})"

    def _repr_svg_(self) -> str:
        return self.drawn(".svg").decode()

    @checked
    def drawn(self, kind: str) -> bytes:
        """The bytes of one of FORMATS; the same figure gives the same bytes."""
        import matplotlib as mpl

        about: dict[str, Any] = {
            ".svg": {"Title": self.title, "Description": self.description, "Date": None},
            ".png": {"Title": self.title, "Description": self.description, "Software": None},
            ".pdf": {"Title": self.title, "Subject": self.description, "CreationDate": None},
        }
        file = io.BytesIO()
        with mpl.rc_context(STYLE):
            self.figure.savefig(file, format=kind.removeprefix("."), metadata=about[kind], dpi=DPI)
        return file.getvalue()

    @checked
    def write(self, path: Path | str, option: str = "--to") -> Path:
        """Write the figure as the format that its name asks for: `.svg`, `.png` (300 dots an inch) or `.pdf`.

        Raises
        ------
        TableError : the name asks for another format, or it cannot be written there.
        """
        place = Path(path)
        write_file(place, self.drawn(format_of(place, FORMATS, option)))
        return place


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches; no window and no display is needed.

    Raises
    ------
    MissingPartError : matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def wrapped(text: str, width: int) -> str:
    """A label over several lines."""
    return "\n".join(textwrap.wrap(text, width)) or text
