"""Regulators of medicines, and which of them decides for a country."""

from __future__ import annotations

import datetime
from typing import Literal

from sarcoma.evidence.entry import Entry, Key, Text


class Regulator(Entry):
    """A body that approves medicines (`approves`), one that decides on paying for them, or a manufacturer."""

    id: Key
    name: Text
    does: Literal["approves", "pays", "makes"]


class Country(Entry):
    """A country: what people call it, and the regulators that decide there, the approving one first.

    `no_organisation_found_on`: the day on which a sarcoma patient organisation was looked for and none was found yet.
    """

    id: Key
    name: Text
    aliases: tuple[Text, ...] = ()
    regulators: tuple[Key, ...] = ()
    no_organisation_found_on: datetime.date | None = None
