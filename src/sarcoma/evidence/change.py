"""What changed in the evidence, when and why; and the days of the releases."""

from __future__ import annotations

import datetime
from typing import Literal

from sarcoma._arguments import checked
from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Text


class Change(Entry):
    """A change of facts, figures, sources, approvals, types, models or rules, with its reason.

    `keys` are what `why` opens (`E20`, `E20.dor`, `kattan-2002`); an entry on a fact stands for all its figures.
    """

    id: Key
    date: datetime.date
    kind: Literal["new", "changed", "withdrawn"]
    about: Literal["fact", "source", "approval", "type", "staging", "model", "schema"]
    keys: tuple[str, ...] = Field(min_length=1)
    because: Text
    sources: tuple[Key, ...] = ()

    @checked
    def names(self, key: str) -> bool:
        """Whether the entry speaks of a key, or of the fact that a figure belongs to."""
        return key in self.keys or key.partition(".")[0] in self.keys


class Release(Entry):
    """A version of the evidence and the day on which it was closed."""

    version: str
    date: datetime.date
