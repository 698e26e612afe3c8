"""Chapters: the contents of a health article, as facts in an order to read them in."""

from __future__ import annotations

from typing import Literal

from sarcoma._frozen import model_validator
from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.evidence.fact import Topic

Shown = Literal["types", "body-map", "sites", "treatments", "questions", "report", "trials"]
Pictured = Literal["hundred", "range", "bars", "words", "path", "alarms"]


class PicturedFigure(Entry):
    """A figure in a picture, as `FACT.figure`, and what it counts in a few plain words."""

    figure: str
    label: Text


class PicturedStep(Entry):
    """A step of a path, in words."""

    name: Text
    text: Text


class Picture(Entry):
    """The one picture that a chapter opens with.

    `hundred`: figures of one study as parts of 100 people, with the `rest`; `range`: from the lowest to the highest of
    studies that differ; `bars`: studies beside one another; `words`: figures that may not be drawn, in large letters;
    `path`: steps without a figure; `alarms`: the card of the signs that need a call.
    """

    kind: Pictured
    title: Text
    figures: tuple[PicturedFigure, ...] = ()
    rest: Text | None = None
    steps: tuple[PicturedStep, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_draws(self) -> Picture:
        if (self.kind in ("hundred", "range", "bars", "words")) != bool(self.figures):
            raise ValueError("name the figures, for example figures: [{figure: B21.dm, label: it spread}]")
        if (self.kind in ("hundred", "range")) != (self.rest is not None):
            raise ValueError("say what is true of the others, for example rest: it did not spread")
        if (self.kind == "path") != bool(self.steps):
            raise ValueError("name the steps, for example steps: [{name: First, text: An operation.}]")
        return self


class Part(Entry):
    """A part of a chapter: our words, facts, and what a page draws itself from the library.

    `topics` stand for all facts on them for everyone that no newer one has replaced; they and `also` are folded away.
    `not_looked_for`: nobody has looked for evidence on this yet, which the page says.
    """

    heading: Text
    text: Text | None = None
    facts: tuple[Key, ...] = ()
    also: tuple[Key, ...] = ()
    topics: tuple[Topic, ...] = ()
    show: Shown | None = None
    not_looked_for: bool = False

    @model_validator(mode="after")
    def _holds_something_or_says_that_it_does_not(self) -> Part:
        if self.not_looked_for and (self.facts or self.also or self.topics):
            raise ValueError("a part with facts was looked for")
        return self


class Chapter(Entry):
    """One chapter; `lead` is its answer. `ask_first`: it is about how long people live, shown to those who want it."""

    id: Key
    title: Text
    lead: Text
    picture: Picture
    parts: tuple[Part, ...]
    ask_first: bool = False
