"""A page as a tree, read strictly: a tag that is left open or closed twice is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"script", "style", "template", "head"}


@dataclass(eq=False, slots=True)
class Node:
    """An element: its attributes, its children (elements and texts) and what it stands in."""

    tag: str
    attrs: dict[str, str]
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)

    def up(self) -> Iterator[Node]:
        """This element and everything it stands in."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator[Node]:
        """This element and everything in it."""
        left = [self]
        while left:
            node = left.pop()
            yield node
            left.extend(child for child in reversed(node.children) if isinstance(child, Node))

    def find(self, tag: str | None = None, /, **attrs: str) -> list[Node]:
        """Elements in this one, by tag and attributes (`class_` and `for_` with an underscore)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            n
            for n in self.walk()
            if tag in (None, n.tag) and all(_has(n.attrs.get(name), value) for name, value in wanted.items())
        ]

    def texts(self) -> Iterator[tuple[Node, str]]:
        """Pieces of text that are seen, with the element that each stands in."""
        if self.tag in UNSEEN:
            return
        for child in self.children:
            if isinstance(child, Node):
                yield from child.texts()
            else:
                yield self, child

    @property
    def text(self) -> str:
        """What is seen, with single spaces."""
        return re.sub(r"\s+", " ", "".join(text for _, text in self.texts())).strip()


def _has(value: str | None, wanted: str) -> bool:
    return value is not None and (wanted in value.split() or wanted == value)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("document", {})
        self.at = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.at = self.at.parent or self.root

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent or self.root

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


class ReadOften(str):
    """A page that many tests read: it is taken apart once."""

    @cached_property
    def document(self) -> Node:
        return _document(self)


def tree(html: str) -> Node:
    """The document, not to be changed. AssertionError where it is not well formed."""
    return html.document if isinstance(html, ReadOften) else _document(html)


def _document(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is never closed"
    return reader.root


def main_of(html: str) -> Node:
    (found,) = tree(html).find("main")
    return found
