"""RiskRow: a row of a published table that places people in a stage or a risk group, as a rule."""

from __future__ import annotations

from typing import Literal

from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Mark, Text
from sarcoma.evidence.rule import Rule


class RiskRow(Entry):
    """People for whom `when` holds are placed in `value` of the table (a stage, or a group of risk).

    `marks` say how sure the row is: `not-found-again` where a second reading did not find it; such a row is for
    teams, with that mark.
    """

    id: Key
    table: Literal["cog-stage", "cog-risk"]
    value: Key
    text: Text
    types: tuple[Key, ...] = Field(min_length=1)
    when: Rule = Field(min_length=1)
    sources: tuple[Key, ...] = Field(min_length=1)
    marks: tuple[Mark, ...] = ()
    note: Text | None = None
