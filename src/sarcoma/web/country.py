"""The reader's country: chosen on a page, never guessed; what its regulators decided then stands first."""

from __future__ import annotations

from functools import lru_cache

from sarcoma.errors import EvidenceError
from sarcoma.evidence import library
from sarcoma.evidence.country_names import country_called
from sarcoma.wording import language
from sarcoma.wording.language import _


def known_country(said: str) -> str:
    """The id of a country that was chosen or named; "" where it is none."""
    try:
        return library().country(said[:80]).id if said.strip() else ""
    except EvidenceError:
        return ""


def region_of(country: str) -> str:
    """ISO code of a country by its id, as numbers are written there; "" where it is none."""
    named = library().countries.get(country)
    found = country_called(named.name) if named is not None else None
    return found[0] if found is not None else ""


def countries() -> tuple[tuple[str, str], ...]:
    """Countries to choose from, (id, name), by name in the language in use."""
    return _countries(language.current())


@lru_cache(maxsize=8)
def _countries(_lang: str) -> tuple[tuple[str, str], ...]:
    every = ((country.id, _(country.name)) for country in library().countries.values() if country.id != "international")
    return tuple(sorted(every, key=lambda pair: pair[1]))
