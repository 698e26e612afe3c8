"""What people write into a field, made into its value; a problem repeats nothing of what was written.

Raises
------
UnreadableError : the value cannot be one of this field.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sarcoma.errors import Limits, UnreadableError
from sarcoma.patient import words
from sarcoma.patient.quantities import bounds, measured, share


def number(value: Any, limits: Limits | None) -> float:
    """A number within its limits."""
    value = words.plain(value)
    if isinstance(value, bool):
        raise UnreadableError("not-a-number", limits=limits)
    if isinstance(value, str):
        text = value.strip()
        found = words.number(text)
        if found is None and limits is not None:
            found = measured(text, limits.unit)
        if found is None:
            rule = "decimal-comma" if words.DECIMAL_COMMA.match(text) else ""
            rule = rule or ("range" if bounds(text) is not None else "date" if words.iso_date(text) is not None else "")
            raise UnreadableError("not-a-number", rule, limits=limits)
    elif isinstance(value, (int, float)):
        try:
            found = float(value)
        except OverflowError:
            raise UnreadableError("out-of-range", limits=limits) from None
    else:
        found = words.as_float(value)
    if found is None or found != found:
        raise UnreadableError("not-a-number", limits=limits)
    if limits is not None and found not in limits:
        raise UnreadableError("out-of-range", limits=limits)
    return found


def whole(value: Any, limits: Limits | None) -> int:
    """A whole number within its limits."""
    found = number(value, limits)
    if found != int(found):
        raise UnreadableError("not-whole", limits=limits)
    return int(found)


def code(value: Any, codes: Mapping[str, str], code_words: Mapping[str, str], names: tuple[str, ...]) -> str:
    """One of `codes`, as itself or by what else people write for it; `names` are those that a problem names."""
    text = words.as_word(value)
    if text is not None:
        if text in codes:
            return text
        known = code_words.get(words.normal(text))
        if known is not None:
            return known
    raise UnreadableError("unknown-code", names=names)


def by_share(value: str, shares: Mapping[str, tuple[float, float]]) -> str | None:
    """The code within which a share in per cent, a range or a bound of one lies whole; None for anything else.

    Raises
    ------
    UnreadableError : more than one code is still possible.
    """
    found = share(value)
    if found is None or max(min(found), 0) > 100:
        return None
    low, high = max(found[0], 0.0), min(found[1], 100.0)
    if low == high:
        fits = [code for code, (start, end) in shares.items() if start <= low <= end]
        return fits[0] if low == 0 else fits[-1]
    fits = [code for code, (start, end) in shares.items() if start <= low and high <= end and start < end]
    if len(fits) != 1 or (high == shares[fits[0]][1] and found[0] == found[0] and high < 100 and "<" not in value):
        raise UnreadableError("unknown-code", "range", names=tuple(shares))
    return fits[0]


def yes_no(value: Any) -> bool:
    """Yes or no."""
    value = words.plain(value)
    if isinstance(value, bool):
        return value
    text = words.as_word(value)
    answer = words.YES_NO_WORDS.get(words.normal(text)) if text is not None else None
    if answer is None:
        raise UnreadableError("unknown-code", "answer")
    return answer


def histologic_type(value: Any) -> str:
    from sarcoma.patient.histology import resolve_type

    if not isinstance(value, str):
        raise UnreadableError("unreadable", "type")
    return resolve_type(value)


def site(value: Any) -> str:
    from sarcoma.evidence import library

    text = words.as_word(value)
    places = library().primary_sites
    possible = _site_words().get(words.normal(text), ()) if text is not None else ()
    if len(possible) > 1:
        raise UnreadableError("ambiguous", "place", names=tuple(places[p].name for p in possible))
    for found in possible:
        reason = places[found].out_of_scope
        if reason:
            raise UnreadableError("out-of-scope", reason=reason)
        return found
    raise UnreadableError("unknown-code", "place", names=tuple(p.id for p in places.values() if not p.out_of_scope))


@lru_cache(maxsize=1)
def _site_words() -> dict[str, tuple[str, ...]]:
    """Everything that people call a primary site, normalised, to its id; to several where it may be several."""
    from sarcoma.evidence import library

    found: dict[str, dict[str, None]] = {}
    for place in library().primary_sites.values():
        for word in (place.id, place.name, place.plain, *place.synonyms):
            found.setdefault(words.normal(word), {})[place.id] = None
    return {word: tuple(ids) for word, ids in found.items()}


@lru_cache(maxsize=1100)
def _sites_at(code: str) -> tuple[str, ...]:
    """The sites that a well-formed topography code may lie in; there are 1,100 of these codes."""
    from sarcoma.evidence import library, sites_of

    return sites_of(code, library().primary_sites)


def topography(value: Any) -> str:
    from sarcoma.evidence import library
    from sarcoma.evidence.primary_site import TOPOGRAPHY

    text = value.strip().upper() if isinstance(value, str) else ""
    if len(text) == 4 and text[1:].isdigit():
        text = f"{text[:3]}.{text[3]}"
    places = library().primary_sites
    found = _sites_at(text) if TOPOGRAPHY.match(text) else ()
    if not found:
        raise UnreadableError("unknown-code", "topography")
    if len(found) == 1 and (reason := places[found[0]].out_of_scope):
        raise UnreadableError("out-of-scope", reason=reason)
    return text


def members(
    value: Any, codes: Mapping[str, str], code_words: Mapping[str, str], names: tuple[str, ...]
) -> tuple[str, ...]:
    """Several codes, each once; `none` where it is no code of the field."""
    parts = words.split_list(value)
    if [words.normal(p) for p in parts if isinstance(p, str)] == ["none"] and len(parts) == 1 and "none" not in codes:
        return ()
    return tuple(dict.fromkeys(code(part, codes, code_words, names) for part in parts))


def metastases(value: Any, example: str) -> tuple[dict[str, Any], ...]:
    """Metastases as the arguments of `Metastasis`, which reads organ and months."""
    if isinstance(value, str) and words.normal(value) in ("none", "no"):
        return ()
    if isinstance(value, str) and words.names_stage_four(value):
        raise UnreadableError("unreadable", "stage-four", example=example)
    return tuple(_metastasis(part, example) for part in words.split_list(value))


def split_metastasis(text: str) -> dict[str, Any]:
    """One metastasis as people write it, `lung@14`: organ and months, both still text."""
    organ, at, months = text.partition("@")
    return {"organ": organ, "months": months if at else None}


def _metastasis(part: Any, example: str) -> dict[str, Any]:
    if isinstance(part, str):
        return split_metastasis(part)
    if isinstance(part, Mapping) and set(part) <= {"organ", "months"} and "organ" in part:
        return dict(part)
    if isinstance(part, (tuple, list)) and len(part) == 2:
        return {"organ": part[0], "months": part[1]}
    if hasattr(part, "organ") and hasattr(part, "months"):
        return {"organ": part.organ, "months": part.months}
    raise UnreadableError("unreadable", "metastasis", example=example)


def date(value: Any) -> datetime.date:
    """A day; the time of day beside it is left out."""
    value = words.plain(value)
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    found = words.iso_date(value) if isinstance(value, str) else None
    if found is None:
        raise UnreadableError("not-a-date")
    return found
