"""Chapters: the contents of a health article, as facts in an order to read them in."""

from __future__ import annotations

from typing import Literal

from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.evidence.fact import Topic

Shown = Literal["types", "body-map", "sites", "red-flags", "treatments", "questions"]


class Part(Entry):
    """A part of a chapter: our words, facts, and what a page draws itself from the library.

    `topics` stand for all facts on them for everyone that no newer one has replaced; `also` is folded away.
    """

    heading: Text
    text: Text | None = None
    facts: tuple[Key, ...] = ()
    also: tuple[Key, ...] = ()
    topics: tuple[Topic, ...] = ()
    show: Shown | None = None


class Chapter(Entry):
    """One chapter. `ask_first`: it is about how long people live, and is shown only to those who want it."""

    id: Key
    title: Text
    lead: Text
    parts: tuple[Part, ...]
    ask_first: bool = False
