"""A handful of pages as they were last looked at: a change of a template shows in review.

SARCOMA_SNAPSHOTS=write pytest tests/web/test_snapshots.py     # after looking at the pages, renews them
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from web_html import Node, tree

FOLDER = Path(__file__).parent / "snapshots"
SHOWN = {
    "home": "/",
    "chapter": "/understand/how-common",
    "asks-first": "/understand/numbers",
    "privacy-es": "/es/privacy",
    "survival-asked": "localised /survival",
    "sheet": "localised /page",
    "form-refused": "contradictory /situation",
    "team-course": "lived on /team/course",
}
INLINE = {"a", "span", "strong", "em", "code", "output", "option", "b", "i", "label", "br", "small"}
LONG = {"select": "…", "svg": "…", "table": "…"}
"""Cut: what is long and tested elsewhere."""


def normalised(node: Node, depth: int = 0) -> list[str]:
    """An element and what is in it, one block a line, without what changes from run to run."""
    pad = "  " * depth
    if node.tag in LONG:
        return [f"{pad}<{node.tag}{attributes(node)}>{LONG[node.tag]}"]
    if all(isinstance(c, str) or (c.tag in INLINE and _flat(c)) for c in node.children):
        return [f"{pad}<{node.tag}{attributes(node)}>{_inline(node)}".rstrip()]
    lines = [f"{pad}<{node.tag}{attributes(node)}>"]
    run = ""
    for child in node.children:
        if isinstance(child, str):
            run += child
        elif child.tag in INLINE and _flat(child):
            run += f"<{child.tag}{attributes(child)}>{_inline(child)}</{child.tag}>"
        else:
            if run.strip():
                lines.append(f"{pad}  {_spaced(run)}")
            run = ""
            lines += normalised(child, depth + 1)
    if run.strip():
        lines.append(f"{pad}  {_spaced(run)}")
    return lines


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _flat(node: Node) -> bool:
    return all(isinstance(c, str) or (c.tag in INLINE and _flat(c)) for c in node.children)


def _inline(node: Node) -> str:
    text = "".join(
        c if isinstance(c, str) else f"<{c.tag}{attributes(c)}>{_inline(c)}</{c.tag}>" for c in node.children
    )
    return re.sub(r"\s+", " ", text)


def attributes(node: Node) -> str:
    kept = {
        n: re.sub(r"\?v=[0-9a-f]{10}|\bd\d+-", "", v) for n, v in node.attrs.items() if n not in ("xmlns", "viewbox")
    }
    return "".join(f' {name}="{value}"' if value else f" {name}" for name, value in kept.items())


@pytest.mark.words
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_is_as_it_was_looked_at(name: str, pages: dict[str, str]) -> None:
    document = tree(pages[SHOWN[name]])
    (top,) = document.find("main") or document.find(id="course")
    found = "\n".join(normalised(top)) + "\n"
    path = FOLDER / f"{name}.html"
    if os.environ.get("SARCOMA_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_no_snapshot_is_left_over_or_large() -> None:
    kept = {path.stem: path.stat().st_size for path in FOLDER.glob("*.html")}
    assert set(kept) == set(SHOWN)
    assert max(kept.values()) < 32_000
