"""One thing that was found in a card."""

from __future__ import annotations

from typing import Literal

from sarcoma._dataclass import dataclass

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a card: how bad, where in it, what, and what to do.

    An error makes the card wrong or unusable; a warning is likely a mistake; a note is for readers.
    """

    level: Level
    where: str
    text: str
    advice: str | None = None
