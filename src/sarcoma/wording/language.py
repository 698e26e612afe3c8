"""The language of what people read: gettext catalogues, one language at a time for each request or call.

Texts are written in English and translated where they are shown: `_("…")` here and in templates, `N_("…")` where a
text stands in a table of texts, and the plain texts of the evidence and the record as they stand in their files. What
a catalogue does not have stays English.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locale"
LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}
"""Code → its own name. English is the language of the texts themselves."""

_language: ContextVar[str] = ContextVar("language", default="en")
_region: ContextVar[str] = ContextVar("region", default="")
_missing: ContextVar[set[str] | None] = ContextVar("missing", default=None)


def current() -> str:
    """The code of the language in use."""
    return _language.get()


def manner() -> str:
    """The language in use and how its numbers are written: what a text that was made once depends on."""
    language = _language.get()
    region = _region.get()
    return language if language == "en" or not region else f"{language} {_signs(language, region)}"


@contextmanager
def using(language: str, region: str = "") -> Iterator[None]:
    """Everything inside is said in this language (KeyError if there is no such language).

    region : ISO code of the reader's country, by which numbers are written; "" where it is not known.
    """
    token = _language.set(language if language in LANGUAGES else LANGUAGES[language])
    at = _region.set(region)
    try:
        yield
    finally:
        _region.reset(at)
        _language.reset(token)


@contextmanager
def untranslated() -> Iterator[set[str]]:
    """Collects the texts that the language in use lacks, for tests of completeness."""
    found: set[str] = set()
    token = _missing.set(found)
    try:
        yield found
    finally:
        _missing.reset(token)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Text → translation, of all files of a language."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.po")):
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        texts = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
        found |= {key: text for key, text in texts.items() if isinstance(key, str) and key and text}
    return found


def _(text: str) -> str:
    """A text in the language in use."""
    language = _language.get()
    if language == "en":
        return text
    found = _catalogue(language).get(text)
    if found is None:
        missing = _missing.get()
        if missing is not None and text.strip():
            missing.add(text)
        return text
    return found


def N_(text: str) -> str:  # noqa: N802 – the name that gettext gives it
    """A text that is translated later, where it is shown: this only marks it for the catalogues."""
    return text


def number(text: str) -> str:
    """A number written as in English (1,796 or 12.5), as the language in use writes it where the reader lives.

    In Spanish it is 1.796 or 12,5 in Spain and where the country is not known, and 1,796 or 12.5 in Mexico.
    """
    language = _language.get()
    return text if language == "en" else text.translate(_signs(language, _region.get()))


@cache
def _signs(language: str, region: str) -> Mapping[int, str]:
    """What stands for the comma and the point of English, by the Unicode locale data."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(f"{language}_{region}" if region else language)
    except (UnknownLocaleError, ValueError):
        locale = Locale(language)
    signs = locale.number_symbols["latn"]
    return {ord(","): signs["group"], ord("."): signs["decimal"]}
