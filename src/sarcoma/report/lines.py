"""Lines: blocks as text that fits a terminal, with headings, items and keys of origin."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from sarcoma._plain_text import without_controls
from sarcoma.report.blocks import WIDTH, Block, Bullets, Gap, Heading, Item, Style, Table, Text


class Lines:
    """Collects lines no wider than `width`. A key of origin is what `sarcoma why` opens."""

    def __init__(self, width: int = WIDTH, *, colour: bool = False) -> None:
        self.width = max(40, width)
        self._colour = colour
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _append(self, line: str, code: str = "") -> None:
        """One line, without what a terminal would obey but for our own colours."""
        self._lines.append(self._style(without_controls(line).replace("\t", " "), code))

    def add(self, blocks: Iterable[Block]) -> Lines:
        """More blocks beneath what is there."""
        for block in blocks:
            if isinstance(block, Heading):
                self._heading(block)
            elif isinstance(block, Text):
                self._text(block.text, block.style, block.indent)
            elif isinstance(block, Bullets):
                for item in block.items:
                    self._item(item if isinstance(item, Item) else Item(item))
            elif isinstance(block, Table):
                self._table(block)
            elif isinstance(block, Gap) and self._lines and self._lines[-1]:
                self._lines.append("")
        return self

    def _heading(self, heading: Heading) -> None:
        if heading.level > 2:
            for line in textwrap.wrap(" " * heading.indent + heading.text, self.width):
                self._append(line, "1")
            return
        if self._lines:
            self._lines.append("")
        for line in textwrap.wrap(heading.text, self.width):
            self._append(line, "1;36")
        self._lines.append("─" * min(len(heading.text), self.width))

    def _text(self, text: str, style: Style, indent: int) -> None:
        start = " " * indent
        mark = "! " if style == "caution" else ""
        self._wrap(f"{mark}{text}", start, start, code="2" if style == "soft" else "")

    def _item(self, item: Item) -> None:
        start = " " * item.indent
        key = f"  [{' and '.join(item.keys)}]" if item.keys else ""
        self._wrap(f"{item.text}{key}", f"{start}• ", f"{start}  ", code="1" if item.strong else "")
        for note in item.notes:
            self._text(note.text, note.style, note.indent)

    def _table(self, table: Table) -> None:
        if table.layout == "facts":
            for label, value in table.rows:
                self._fact(label, value, table.width)
        elif table.layout == "times":
            for label, *cells in (table.head, *table.rows):
                self._times(label, cells, table.indent)

    def _fact(self, label: str, value: str, width: int) -> None:
        width = min(width, self.width // 2)
        wrapped = textwrap.wrap(value, self.width - width - 2, break_on_hyphens=False) or [""]
        labels = textwrap.wrap(label, width - 1) or [""]
        for position in range(max(len(wrapped), len(labels))):
            left = labels[position] if position < len(labels) else ""
            right = wrapped[position] if position < len(wrapped) else ""
            self._append(f"  {left:<{width}}{right}".rstrip())

    def _times(self, label: str, cells: Sequence[str], indent: int) -> None:
        width = max(8, min(12, (self.width - indent - 26) // max(len(cells), 1)))
        line = f"{' ' * indent}{label[:25]:<26}" + "".join(f"{cell:>{width}}" for cell in cells)
        self._append(line.rstrip())

    def _wrap(self, text: str, first: str, rest: str, code: str) -> None:
        for line in textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ):
            self._append(line, code)

    def _style(self, line: str, code: str) -> str:
        return f"\033[{code}m{line}\033[0m" if self._colour and code else line
