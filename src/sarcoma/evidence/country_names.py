"""What countries are called, in the world's languages: from the Unicode locale data that babel brings."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_NO_COUNTRY = frozenset(("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA"))
_FIRST = ("en", "de", "es", "fr", "it", "pt", "nl")
"""Read first, so that most names cost little."""


def country_called(name: str) -> tuple[str, str] | None:
    """ISO code and English name of the country that people call so, in any language; None where it is none or several.

    Codes of two and three letters are names too: KE, KEN.
    """
    said = plain(name)
    if not said or len(name) > 80:
        return None
    code = _of_code(name.strip().upper())
    if code is None:
        found = _names(_FIRST).get(said) or _names(_others()).get(said, frozenset())
        code = next(iter(found)) if len(found) == 1 else None
    return None if code is None else (code, _english()[code])


def plain(name: str) -> str:
    """A name for comparison: small letters, no signs; Latin letters without their accents."""
    folded = unicodedata.normalize("NFKC", name).replace("’", "'").casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", bare if bare.isascii() else folded).strip()


@cache
def _english() -> dict[str, str]:
    from babel import Locale

    return {
        code: name
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
    }


def _of_code(code: str) -> str | None:
    if code in _english():
        return code
    if len(code) != 3 or not code.isalpha():
        return None
    from babel.core import get_global

    alias = get_global("territory_aliases").get(code, ())
    return alias[0] if len(alias) == 1 and alias[0] in _english() else None


@cache
def _others() -> tuple[str, ...]:
    from babel import localedata

    return tuple(sorted(lang for lang in localedata.locale_identifiers() if len(lang) == 2 and lang not in _FIRST))


@cache
def _names(languages: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Name → the codes of the countries that are called so in one of the languages."""
    from babel import Locale

    found: dict[str, frozenset[str]] = {}
    for language in languages:
        for code, name in Locale(language).territories.items():
            if code in _english():
                found[plain(name)] = found.get(plain(name), frozenset()) | {code}
    return found
