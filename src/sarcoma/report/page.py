"""Page: lines of text that fit a terminal, with headings, items and keys of origin."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 80


class Page:
    """Collects lines no wider than `width`. `key` is the origin that `sarcoma why` opens."""

    def __init__(self, width: int = WIDTH, *, colour: bool = False) -> None:
        self.width = max(40, width)
        self._colour = colour
        self._lines: list[str] = []

    def heading(self, text: str) -> None:
        if self._lines:
            self._lines.append("")
        for line in textwrap.wrap(text, self.width):
            self._lines.append(self._style(line, "1;36"))
        self._lines.append("─" * min(len(text), self.width))

    def subheading(self, text: str) -> None:
        for line in textwrap.wrap(text, self.width):
            self._lines.append(self._style(line, "1"))

    def text(self, text: str, indent: int = 0) -> None:
        self._wrap(text, " " * indent, " " * indent)

    def item(self, text: str, *, key: str | None = None, indent: int = 0, strong: bool = False) -> None:
        start = " " * indent
        self._wrap(f"{text}{f'  [{key}]' if key else ''}", f"{start}• ", f"{start}  ", strong=strong)

    def note(self, text: str, indent: int = 2) -> None:
        self._wrap(text, " " * indent, " " * indent, style="2")

    def row(self, label: str, value: str, width: int = 30) -> None:
        width = min(width, self.width // 2)
        wrapped = textwrap.wrap(value, self.width - width - 2) or [""]
        labels = textwrap.wrap(label, width - 1) or [""]
        for position in range(max(len(wrapped), len(labels))):
            left = labels[position] if position < len(labels) else ""
            right = wrapped[position] if position < len(wrapped) else ""
            self._lines.append(f"  {left:<{width}}{right}".rstrip())

    def columns(self, label: str, cells: Sequence[str], indent: int = 0) -> None:
        """A row of a small table: a label and cells that stand right."""
        width = max(8, min(12, (self.width - indent - 26) // max(len(cells), 1)))
        line = f"{' ' * indent}{label[:25]:<26}" + "".join(f"{cell:>{width}}" for cell in cells)
        self._lines.append(line.rstrip())

    def blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def _wrap(self, text: str, first: str, rest: str, *, strong: bool = False, style: str = "") -> None:
        for line in textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ):
            self._lines.append(self._style(line, "1" if strong else style) if strong or style else line)

    def _style(self, line: str, code: str) -> str:
        return f"\033[{code}m{line}\033[0m" if self._colour and code else line

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"
