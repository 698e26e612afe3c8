"""What every piece of evidence has in common: identity, marks, level of evidence, audience, review."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from sarcoma import _frozen
from sarcoma._arguments import checked
from sarcoma._frozen import BeforeValidator, StringConstraints, keep_state
from sarcoma.errors import InputError

Mark = Literal[
    "from-memory",  # written down from memory, never read in a source: never shown as a figure
    "calculated",  # computed by us from printed numbers; `calculation` says how
    "secondary",  # read in a work that relays the original
    "digitised",  # read off a printed figure
    "inferred",  # our reading of what the source means
    "not-visible",  # the source has the number, but it could not be seen
    "unverified",  # seen once, in a place that could not be checked
    "weak-source",  # a source of low quality; a better one is wanted
    "conflict",  # the source contradicts itself or another source
    "superseded",  # a newer figure exists
    "selected",  # the people counted were chosen in a way that moves the figure
    "not-found-again",  # a second reading did not find it: said beside the figure, never a headline
    "illustration",  # our own worked example, not an observation
]

Level = Literal[
    "rct",
    "single-arm",
    "registry",
    "cohort",
    "systematic-review",
    "review",
    "guideline",
    "regulator",
    "charity-page",
    "secondary",
    "qualitative",
    "classification",
    "calculation",
]

Audience = Literal["everyone", "teams"]

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_-]*$")]
"""An identifier as it stands in a file: letters, digits, `-`, `_`, `/`."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Frozen(_frozen.Frozen):
    """As every frozen class, and no number is infinite or none."""

    model_config: ClassVar[Mapping[str, Any]] = {"extra": "forbid", "frozen": True, "allow_inf_nan": False}


class Review(Frozen):
    """Who of the profession has read an entry and agreed to it, and when."""

    name: Text
    date: datetime.date


def _none_as_missing(value: object) -> object:
    return None if value == "none" else value


class Entry(Frozen):
    """A frozen piece of evidence; an unknown field in a file is an error, not a silent loss.

    `reviewed` is `none` in a file (None here) until a clinician has read the entry: pages then say that nobody has.
    """

    reviewed: Annotated[Review | None, BeforeValidator(_none_as_missing)] = None


class Shelved(Entry):
    """An entry that comes from the store with only its short values; each longer one is read when it is asked for.

    `at_once` are the fields that every start asks for, and `worked_out` what follows from fields that it does not:
    both are stored so that they are at hand.
    """

    at_once: ClassVar[tuple[str, ...]] = ()
    worked_out: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> Any:
        """A field that was not read yet."""
        values = self.__dict__
        unread = values.get(UNREAD)
        if unread is not None and name in unread:
            values[name] = unread[name]()
        if name in values:
            return values[name]
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def _whole(self) -> dict[str, Any]:
        values = self.__dict__
        if UNREAD in values:
            fields = {name: getattr(self, name) for name in self.field_names}
            held = values.copy()  # at once: another thread may be adding to it
            more = {name: value for name, value in held.items() if name not in fields and name != UNREAD}
            keep_state(self, {**fields, **more}, self.model_fields_set)
        return self.__dict__


UNREAD = " unread"
"""Beside the fields of an object: what reads those that were not asked for yet."""

ReviewState = Literal["none", "some", "all"]


@checked
def review_state(entries: Iterable[Entry]) -> ReviewState:
    """Whether a clinician has read none, some or all of what is shown; `all` where nothing is."""
    shown = tuple(entries)
    if not all(isinstance(entry, Entry) for entry in shown):
        raise InputError("entries", "some are no entries of the evidence")
    read = {entry.reviewed is not None for entry in shown}
    return "all" if read <= {True} else "none" if read == {False} else "some"
