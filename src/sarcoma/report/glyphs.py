"""Which characters the fonts of the typesetter have, so that none vanishes from paper without a word.

The fonts are built into the typesetter and cannot be read, so it is asked: each character is set on a line of its own
as a picture, beside one that no font has; who has no glyph is drawn as that one is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

_NOBODYS = "\U0010fffd"
_LINE = re.compile(r'<g transform="matrix[^>]*>(.*?)</g>', re.DOTALL)
_GLYPH = re.compile(r'href="#(g[0-9A-Fa-f]+)"')
_KNOWN: dict[str, bool] = {}
_IN_PLACE = "□"
_NAMED = 12


def without_glyph(text: str) -> tuple[str, ...]:
    """The characters of a text that no font here has, each once, in order."""
    asked = [
        c for c in dict.fromkeys(text) if ord(c) > 0xFF and unicodedata.category(c) not in ("Cf", "Mn", "Zs", "Zl")
    ]
    fresh = [c for c in asked if c not in _KNOWN]
    if fresh:
        _ask(fresh)
    return tuple(c for c in asked if not _KNOWN[c])


def _ask(characters: list[str]) -> None:
    """Find out which of the characters have a glyph; a line of several glyphs counts by its first."""
    import typst

    from sarcoma.report.drawn.analyst_curves import TEMPLATES

    codes = [ord(c) for c in (_NOBODYS, *characters)]
    files = {"main.typ": (TEMPLATES / "glyphs.typ").read_bytes(), "codes.json": json.dumps(codes).encode()}
    typeset: Any = typst.compile
    drawn = _LINE.findall(typeset(files, format="svg", ignore_system_fonts=True).decode())
    first = [found[1] if (found := _GLYPH.search(line)) else "" for line in drawn]
    if len(first) != len(codes):  # then the typesetter draws in another way, and nothing is claimed
        _KNOWN.update(dict.fromkeys(characters, True))
        return
    nobody, *each = first
    _KNOWN.update({c: glyph != nobody for c, glyph in zip(characters, each, strict=True)})


def in_place(text: str, missing: Iterable[str]) -> str:
    """The text with a box where a character has no glyph, which is copied as a box too."""
    return text.translate(dict.fromkeys(map(ord, missing), _IN_PLACE))


def said(missing: tuple[str, ...]) -> str:
    """A sentence that names the characters, by their numbers and names in Unicode."""
    named = [f"U+{ord(c):04X} {unicodedata.name(c, 'without a name').lower()}" for c in missing[:_NAMED]]
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    one = len(missing) == 1
    return (
        f"{'One character has' if one else f'{len(missing)} characters have'} no font here and "
        f"{'is a box' if one else 'are boxes'} in this PDF: {'; '.join(named)}{more}. A page (.html) shows "
        f"{'it' if one else 'all of them'}."
    )
