"""The reader's country: chosen on a page, never guessed; what its regulators decided then stands first."""

from __future__ import annotations

from functools import lru_cache

from sarcoma.errors import EvidenceError
from sarcoma.evidence import library
from sarcoma.wording import language
from sarcoma.wording.language import _


def known_country(said: str) -> str:
    """The id of a country that was chosen or named; "" where it is none."""
    try:
        return library().country(said[:80]).id if said.strip() else ""
    except EvidenceError:
        return ""


def countries() -> tuple[tuple[str, str], ...]:
    """Countries to choose from, (id, name), by name in the language in use."""
    return _countries(language.current())


@lru_cache(maxsize=8)
def _countries(_lang: str) -> tuple[tuple[str, str], ...]:
    every = ((country.id, _(country.name)) for country in library().countries.values() if country.id != "international")
    return tuple(sorted(every, key=lambda pair: pair[1]))
