"""Draft: what a writer says, part by part, becomes the blocks of a document."""

from __future__ import annotations

from collections.abc import Sequence

from sarcoma.report.blocks import Block, Bullets, Gap, Heading, Item, Layout, Note, Table, Text
from sarcoma.report.document import Document


class Draft:
    """Collects blocks. Items that follow each other are one list; what stands further in belongs to the item above."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._items: list[Item] | None = None
        self._rows: list[tuple[str, ...]] | None = None

    def document(self, title: str = "", subtitle: str = "") -> Document:
        """All that was said."""
        return Document(title, subtitle, self.blocks)

    def __str__(self) -> str:
        """As lines for a terminal."""
        return self.document().text()

    def heading(self, text: str) -> None:
        """A heading of the first order."""
        self._add(Heading(text))

    def subheading(self, text: str, indent: int = 0) -> None:
        """A heading of the second order."""
        self._add(Heading(text, 3, indent=indent))

    def text(self, text: str, indent: int = 0) -> None:
        """A paragraph, or a line beneath the item above where it is indented."""
        if not self._beneath(Note(text, "plain", indent), indent):
            self._add(Text(text, indent=indent))

    def caution(self, text: str, indent: int = 0) -> None:
        """A sentence that must stand out."""
        if not self._beneath(Note(text, "caution", indent), indent):
            self._add(Text(text, "caution", indent=indent))

    def item(
        self, text: str, *, key: str | tuple[str, ...] | None = None, indent: int = 0, strong: bool = False
    ) -> None:
        """A line of a list. `key` is its origin, or several."""
        if self._items is None:
            self._rows = None
            self._items = []
            self.blocks.append(Bullets(self._items))
        keys = key if isinstance(key, tuple) else () if key is None else (key,)
        self._items.append(Item(text, keys, strong, indent))

    def note(self, text: str, indent: int = 2) -> None:
        """An aside, beneath the item above if there is one."""
        if not self._beneath(Note(text, "soft", indent), 1):
            self._add(Text(text, "soft", indent=indent))

    def row(self, label: str, value: str, width: int = 30) -> None:
        """A label and its value."""
        self._row("facts", (label, value), ("", ""), words=(0, 1), width=width)

    def columns(self, label: str, cells: Sequence[str], indent: int = 0) -> None:
        """A row of a small table: a label and cells that stand right; a row without a label is its head."""
        if label:
            self._row("times", (label, *cells), (), words=(0,), indent=indent)
        else:
            self._end()
            self._rows = []
            self.blocks.append(Table(("", *cells), self._rows, layout="times", indent=indent))

    def blank(self) -> None:
        """A pause: what follows begins anew."""
        self._add(Gap())

    def _beneath(self, note: Note, indent: int) -> bool:
        if not self._items or not indent:
            return False
        self._items[-1].notes.append(note)
        return True

    def _row(
        self,
        layout: Layout,
        cells: tuple[str, ...],
        head: tuple[str, ...],
        *,
        words: tuple[int, ...],
        indent: int = 0,
        width: int = 30,
    ) -> None:
        self._items = None
        last = self.blocks[-1] if self.blocks else None
        if self._rows is None or not isinstance(last, Table) or (last.layout, last.width) != (layout, width):
            self._rows = []
            self.blocks.append(Table(head, self._rows, words, layout, indent, width))
        self._rows.append(cells)

    def _add(self, block: Block) -> None:
        self._end()
        self.blocks.append(block)

    def _end(self) -> None:
        self._items = self._rows = None
