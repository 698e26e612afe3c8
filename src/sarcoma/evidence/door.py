"""Doors: where a reader of "Understand" stands, and the three things that help there first."""

from __future__ import annotations

from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Text


class DoorStep(Entry):
    """One thing to do or read first: `to` is a page of ours, `fact` the reason for it."""

    name: Text
    text: Text
    to: str = Field(pattern=r"^/[a-z/-]+$")
    fact: Key | None = None


class Door(Entry):
    """A way into "Understand"."""

    id: Key
    title: Text
    lead: Text
    steps: tuple[DoorStep, ...] = Field(min_length=3, max_length=3)
