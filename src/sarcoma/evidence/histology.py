"""Histologic types, and the coarser groups that facts and models sort them into."""

from __future__ import annotations

from typing import Literal

from sarcoma._arguments import checked
from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Mark, Text

Behaviour = Literal["benign", "intermediate", "malignant"]


class HistologicCode(Entry):
    """An ICD-O-3 morphology code of a type; `legacy` codes belong to older editions."""

    code: str
    behaviour: Behaviour
    label: Text | None = None
    legacy: bool = False
    marks: tuple[Mark, ...] = ()


class HistologicType(Entry):
    """An entity of the WHO 2020 classification (or a legacy name that records still carry)."""

    id: Key
    name: Text
    group: Text
    codes: tuple[HistologicCode, ...] = ()
    behaviour: Behaviour | None = None
    synonyms: tuple[Text, ...] = ()
    abbreviations: tuple[Text, ...] = ()
    seen_in: tuple[str, ...] = ()
    differentiation: int | None = None  # FNCLCC differentiation score where the table fixes it
    legacy: bool = False
    now_called: Key | None = None  # today's entity for a legacy name
    out_of_scope: Text | None = None  # the reason, in kind words
    plain: Text | None = None
    marks: tuple[Mark, ...] = ()
    note: Text | None = None


class Group(Entry):
    """One group of a grouping: its members, and which memberships are our assumption."""

    id: Key
    name: Text
    types: tuple[Key, ...]
    assumptions: dict[str, Text] = Field(default_factory=dict)


class Grouping(Entry):
    """A partition of histologic types into the groups that one model (or the facts) uses.

    `other` is the group for every type in scope that no group lists; None when the model says
    nothing about them.
    """

    id: Key
    name: Text
    groups: tuple[Group, ...]
    other: Key | None = None
    note: Text | None = None

    @checked
    def group_of(self, type_id: str) -> str | None:
        for group in self.groups:
            if type_id in group.types:
                return group.id
        return self.other

    @checked
    def assumption_of(self, type_id: str) -> str | None:
        for group in self.groups:
            if type_id in group.types:
                return group.assumptions.get(type_id)
        return None
