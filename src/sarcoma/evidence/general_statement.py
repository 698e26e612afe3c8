"""GeneralStatement: what is said of soft tissue sarcoma at large, by a name that a type profile can withhold."""

from __future__ import annotations

from typing import Literal

from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.evidence.fact import Topic
from sarcoma.evidence.rule import Rule

Surface = Literal[
    "chest-imaging",  # that the chest is scanned, or is what is scanned
    "follow-up-plan",  # how often and how long to come for check-ups
    "grade",  # the FNCLCC grade: asked for, or used
    "local-plan",  # what is done at the place of the tumour
    "nodes",  # what is said of lymph nodes
    "organ-order",  # which organ is reached first
    "picture-of-spread",  # a picture of people in whom it spreads
    "picture-of-survival",
    "scenarios",  # three scenarios from a general median
    "stage",  # an AJCC stage, and the questions for it
]


class Covered(Entry):
    """What a general statement reaches in the product.

    `topics` are facts of these topics that are about no type in particular; `facts` are keys (of a fact, or
    `FACT.figure`) beyond them. `cards` are ids of model cards, or `card/group` for one group of a card.
    """

    facts: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    cards: tuple[Key, ...] = ()
    treatments: tuple[Key, ...] = ()
    questions: tuple[Key, ...] = ()
    surfaces: tuple[Surface, ...] = ()


class GeneralStatement(Entry):
    """A general statement that must not reach everyone.

    `text` is what is said in general, `because` why it does not hold for the types whose profile names it (for
    teams), `plain` what a lay reader is told in its place. `only_after` names what has to be said before it may be
    said at all. People for whom `not_for` holds (if it is not empty) are not told it whatever their type; `sources` are
    those of `not_for`.
    """

    id: Key
    text: Text
    because: Text
    plain: Text
    covers: Covered = Field(default_factory=Covered)
    not_for: Rule = ()
    only_after: Text | None = None
    sources: tuple[Key, ...] = ()
