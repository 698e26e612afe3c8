"""A picture for the printed page, where there is no style sheet and no colour."""

from __future__ import annotations

import re
from functools import cache

from sarcoma.report.drawn.analyst_curves import TEMPLATES

# What the variables of drawn.css are on paper.
_GREYS = {
    "ink": "#1b1f24", "soft": "#4f555c", "paper": "#ffffff", "line": "#d0d3d6", "pale": "#e0e2e4",
    "tint": "#a9adb1", "mid": "#74797f", "full": "#30353a", "link": "#1b1f24", "face": "'Libertinus Serif'",
}  # fmt: skip


def standalone(svg: str) -> str:
    """The same picture with its style put inside, in greys; it needs nothing else."""
    picture = svg[svg.index("<svg") :].strip()
    head, rest = picture.split(">", 1)
    return f"{head}><style>{_style()}</style>{rest}"


@cache
def _style() -> str:
    """The rules of drawn.css that hold everywhere, with the greys in place of its variables."""
    css = (TEMPLATES / "drawn" / "drawn.css").read_text(encoding="utf-8")
    rules = css.partition("/* every picture */")[2].partition("/* on a screen */")[0]
    return re.sub(r"var\(--d-(\w+)\)", lambda found: _GREYS[found[1]], rules).strip()
