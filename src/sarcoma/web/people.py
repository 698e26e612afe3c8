"""People to talk to: those of the reader's country first, which is chosen on a page and never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from sarcoma.evidence import Organisation, library
from sarcoma.web.page import fragment
from sarcoma.wording import language
from sarcoma.wording.language import N_, _

EVERYWHERE = "international"

LANGUAGES: Mapping[str, str] = {
    "de": N_("German"),
    "en": N_("English"),
    "es": N_("Spanish"),
    "fr": N_("French"),
    "it": N_("Italian"),
    "ja": N_("Japanese"),
    "nl": N_("Dutch"),
    "no": N_("Norwegian"),
    "sv": N_("Swedish"),
}
"""Languages of the pages of organisations, by their codes."""


@dataclass(frozen=True, slots=True)
class InCountry:
    """The organisations of one country; where there are none, `none_yet` says so, and when somebody looked."""

    name: str
    organisations: tuple[Organisation, ...]
    none_yet: str = ""


@dataclass(frozen=True, slots=True)
class PeopleShown:
    """The country chosen, what works everywhere, and the others by country."""

    chosen: InCountry | None
    everywhere: InCountry
    others: tuple[InCountry, ...]


def people(country: str = "") -> PeopleShown:
    """People to talk to, those of a country (an id, or "") first."""
    every = [c for c in library().countries.values() if c.id not in (EVERYWHERE, country)]
    others = [_in(c.id) for c in every if library().organisations_in(c.id)]
    return PeopleShown(
        _in(country) if country and country != EVERYWHERE else None,
        _in(EVERYWHERE),
        tuple(sorted(others, key=lambda one: one.name)),
    )


def _in(country: str) -> InCountry:
    entry = library().country(country)
    found = library().organisations_in(country)
    none_yet = ""
    if not found:
        none_yet = _("We have found no group there yet.")
        if entry.no_organisation_found_on is not None:
            none_yet = _("We looked on %(day)s and have found no group there yet.") % {
                "day": entry.no_organisation_found_on.isoformat()
            }
    return InCountry(_(entry.name), found, none_yet)


def languages_of(organisation: Organisation) -> str:
    """The languages of the pages of an organisation that were read."""
    return ", ".join(_(LANGUAGES.get(code, code)) for code in organisation.languages)


def folded(country: str = "") -> Markup:
    """People to talk to as the end of another page has them; the same for everyone who chose this country."""
    return _folded(country, language.manner())


@lru_cache(maxsize=256)
def _folded(country: str, _lang: str) -> Markup:
    return fragment("people", people(country), languages_of)
