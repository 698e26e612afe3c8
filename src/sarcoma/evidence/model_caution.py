"""ModelCaution: what stands beside the figure of every model that does not know something of a person."""

from __future__ import annotations

from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.evidence.rule import Rule


class ModelCaution(Entry):
    """A caution for those for whom `when` holds, at every model but those that ask one of `unless_asked`.

    `not_of` are the questions of models at which it makes no sense.
    """

    id: Key
    when: Rule = Field(min_length=1)
    unless_asked: tuple[Key, ...] = Field(min_length=1)
    not_of: tuple[Key, ...] = ()
    text: Text
    plain: Text
