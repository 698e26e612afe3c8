"""Marks: the fills by which parts are told apart without colour, from the first part (full) to the last (empty)."""

from __future__ import annotations

_INNER = (
    (),
    ("hatch",),
    ("hatch", "dots"),
    ("hatch", "tint", "dots"),
    ("hatch", "tint", "dots", "rules"),
    ("hatch", "tint", "cross", "dots", "rules"),
)
MOST = len(_INNER) + 1


def marks(parts: int) -> tuple[str, ...]:
    """The marks of 2 to 7 parts; the first is solid, the last an outline."""
    if not 2 <= parts <= MOST:
        raise ValueError(f"from 2 to {MOST} parts can be told apart, not {parts}")
    return ("solid", *_INNER[parts - 2], "outline")
