"""What is said of a type by its profile: what it does instead of spreading, and in place of a general statement."""

from __future__ import annotations

from collections.abc import Iterator

from sarcoma.evidence import library
from sarcoma.evidence.general_statement import Surface
from sarcoma.outlook import Outlook
from sarcoma.wording.language import _


def instead(outlook: Outlook, *, plain: bool) -> Iterator[tuple[str, str]]:
    """What a type does that does not spread: a text and the key that opens the profile."""
    for profile in outlook.profiles.profiles:
        if profile.instead is not None:
            yield (_(profile.instead.plain) if plain else profile.instead.text), f"profile-{profile.id}"


def in_place_of(outlook: Outlook, *surfaces: Surface, plain: bool) -> Iterator[tuple[str, str]]:
    """What is said where a general statement on a part of the page is withheld: a text and the key that opens it."""
    for name in outlook.profiles.withheld:
        statement = library().general_statements[name]
        if set(surfaces) & set(statement.covers.surfaces):
            text = _(statement.plain) if plain else f"{statement.text} Not here: {statement.because}"
            yield text, f"statement-{name}"
