"""Term: a name or code that people write and that is no single histologic type of the list."""

from __future__ import annotations

from typing import Literal

from sarcoma._frozen import Field, model_validator
from sarcoma.evidence.entry import Entry, Key, Text


class Term(Entry):
    """A `broad` term stands for several `types`, so which one is asked; one `not-collected` is recognised, and no type.

    Of a term that was not collected `types` are those that are nearest by name.
    """

    id: Key
    kind: Literal["broad", "not-collected"]
    names: tuple[Text, ...] = Field(min_length=1)
    codes: tuple[str, ...] = ()
    types: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _broad_is_several(self) -> Term:
        if self.kind == "broad" and len(self.types) < 2:
            raise ValueError("a broad term stands for two types or more")
        return self
