"""BlockPage: what writers put on a page, collected as blocks – for HTML and PDF instead of the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from sarcoma.report.document import Block, Bullets, Heading, Item, Table, Text
from sarcoma.report.page import Page


class BlockPage(Page):
    """A page with the verbs of the terminal's; `blocks` is what was written. Keys of origin stay with their items."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._items: list[Item] | None = None
        self._rows: list[tuple[str, ...]] | None = None
        self._table = ""

    def heading(self, text: str) -> None:
        self._add(Heading(text, 2))

    def subheading(self, text: str) -> None:
        self._add(Heading(text.strip(), 3))

    def text(self, text: str, indent: int = 0) -> None:
        if self._items and indent:
            self._items[-1].notes.append(text)
        else:
            self._add(Text(text.removeprefix("! "), "caution" if text.startswith("! ") else "plain"))

    def item(self, text: str, *, key: str | None = None, indent: int = 0, strong: bool = False) -> None:
        if self._items is None:
            self._items = []
            self._rows = None
            self.blocks.append(Bullets(self._items))
        self._items.append(Item(text, key=key, strong=strong, level=1 if indent > 2 else 0))

    def note(self, text: str, indent: int = 2) -> None:  # noqa: ARG002
        if self._items:
            self._items[-1].notes.append(text)
        else:
            self._add(Text(text, "soft"))

    def row(self, label: str, value: str, width: int = 30) -> None:  # noqa: ARG002
        self._row("row", (label, value), ("", ""), (0, 1))

    def columns(self, label: str, cells: Sequence[str], indent: int = 0) -> None:  # noqa: ARG002
        if label:
            self._row("columns", (label, *cells), (), (0,))
        else:
            self._end()
            self._rows, self._table = [], "columns"
            self.blocks.append(Table(("", *cells), self._rows))

    def blank(self) -> None:
        self._end()

    def __str__(self) -> str:
        raise TypeError("a BlockPage has blocks, no lines")

    def _row(self, table: str, cells: tuple[str, ...], head: tuple[str, ...], words: tuple[int, ...]) -> None:
        self._items = None
        if self._rows is None or self._table != table:
            self._rows, self._table = [], table
            self.blocks.append(Table(head, self._rows, words))
        self._rows.append(cells)

    def _add(self, block: Block) -> None:
        self._end()
        self.blocks.append(block)

    def _end(self) -> None:
        self._items = self._rows = None
