"""Profile: what decides whether a general statement holds for a histologic type."""

from __future__ import annotations

from typing import Literal

from sarcoma._frozen import Field, model_validator
from sarcoma.evidence.entry import Entry, Key, Mark, Text
from sarcoma.evidence.rule import Rule

Spread = Literal["none", "seldom", "spreads", "not-seen"]
OnceSpread = Literal["slow", "mixed", "not-slow", "not-seen"]
Plan = Literal["adult", "paediatric-protocol", "own-drug", "not-seen"]
Relapse = Literal["early", "late", "mixed", "not-seen"]
GradeUse = Literal["fnclcc", "fixed", "not-used", "not-seen"]
StagingSystem = Literal[
    "ajcc-limb-trunk",
    "ajcc-retroperitoneum",
    "ajcc-viscera",
    "head-neck",
    "figo",
    "cog-rms",
    "ajcc-elsewhere",
    "none",
    "not-seen",
]


class Grade(Entry):
    """How the type is graded. `possible` are the FNCLCC grades that can occur; empty where none is used or seen."""

    use: GradeUse = "not-seen"
    possible: tuple[Literal["1", "2", "3"], ...] = ()
    high_by_definition: bool = False
    sources: tuple[Key, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _possible_where_used(self) -> Grade:
        if bool(self.possible) != (self.use in ("fnclcc", "fixed")):
            raise ValueError("say which grades are possible where one is used, and only there: possible: ['2', '3']")
        return self


class TypeStaging(Entry):
    """The staging systems of the type; of several AJCC chapters the site of the tumour decides.

    `none`: the type is not staged. `ajcc-elsewhere`: AJCC leaves it to a chapter of which no stage groups were seen.
    """

    systems: tuple[StagingSystem, ...] = ("not-seen",)
    sources: tuple[Key, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: Text | None = None


class CardFit(Entry):
    """Whether a model card fits people with this type. `teams` means: for sarcoma teams, with the reason."""

    card: Key  # the id of a card, or card/group for one group of it
    fits: Literal["yes", "teams", "no"]
    because: Text
    sources: tuple[Key, ...]


class Instead(Entry):
    """What a type that does not spread, or seldom does, does instead."""

    text: Text
    plain: Text
    sources: tuple[Key, ...]


class Profile(Entry):
    """What is true for people with one of `types` for whom `when` holds; of several the first counts.

    `not-seen` is a value: it was looked for, or needed, and nothing was found. `once_spread` says how the sarcoma runs
    in people in whom it has spread, `relapse` whether it often comes back after five years. `plan_to_ask_for` marks a
    plan that is not the standard one at this age but is to be asked about. `withhold` names general statements.
    """

    id: Key
    types: tuple[Key, ...] = Field(min_length=1)
    when: Rule = ()
    spread: Spread = "not-seen"
    once_spread: OnceSpread = "not-seen"
    plan: Plan = "not-seen"
    plan_to_ask_for: bool = False
    relapse: Relapse = "not-seen"
    grade: Grade = Field(default_factory=Grade)
    staging: TypeStaging = Field(default_factory=TypeStaging)
    instead: Instead | None = None
    withhold: tuple[Key, ...] = ()
    cards: tuple[CardFit, ...] = ()
    plain: Text | None = None
    sources: tuple[Key, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: Text | None = None

    @property
    def seen(self) -> bool:
        """Whether anything was found of how this type spreads, or by which plan it is treated."""
        return (self.spread, self.once_spread, self.plan) != ("not-seen", "not-seen", "not-seen")

    @model_validator(mode="after")
    def _says_where_from(self) -> Profile:
        if not self.sources and (self.seen or self.withhold or self.grade.use != "not-seen"):
            raise ValueError("name the sources, for example sources: [PDQ-CSTS]")
        if self.spread == "none" and self.instead is None:
            raise ValueError("a type that does not spread says what it does instead")
        return self
