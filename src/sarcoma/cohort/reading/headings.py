"""Headings of registries' tables, in several languages: `headings.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sarcoma._files import read_yaml

_HEADINGS = Path(__file__).with_name("headings.yaml")


def plain_heading(heading: str) -> str:
    """A heading in small letters without accents, everything else as one `_`."""
    bare = unicodedata.normalize("NFKD", heading.casefold())
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def patterns_of_fields() -> Mapping[str, str]:
    """Field of the record → what a heading of it looks like, in the order in which they are tried."""
    return _patterns()["fields"]


def pattern_of(part: str) -> str:
    """What a heading about a part of the follow-up looks like (`death`, `contact`, `time`, …)."""
    return _patterns()["parts"][part]


def unit_of(heading: str) -> str | None:
    """The unit that a heading names: days, months, weeks or years."""
    plain = plain_heading(heading)
    return next((unit for unit, pattern in _patterns()["units"].items() if re.search(pattern, plain)), None)


@cache
def _patterns() -> dict[str, dict[str, str]]:
    raw = read_yaml(_HEADINGS.read_text(encoding="utf-8"), _HEADINGS.name)
    return {
        kind: {name: "|".join(f"(?:{pattern})" for pattern in languages.values()) for name, languages in named.items()}
        for kind, named in raw.items()
    }
