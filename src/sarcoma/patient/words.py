"""What people write in fields: unknowns, yes and no, numbers, lists, dates."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sarcoma.errors import UnreadableError

LONGEST = 4000
"""No field of a record needs more characters than this."""

LONGEST_NUMBER = 40
"""No number needs more characters than this."""

NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)
DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$", re.ASCII)
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2},\d{3}$", re.ASCII)  # 1,234 may be a thousand or a decimal comma
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_TIME_OF_DAY = re.compile(
    r"^(.*\S)(?:T|[ ]+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?[ ]*(?:[AaPp][Mm])?[ ]*(?:Z|UTC|[+-]\d{2}:?\d{2})?$", re.ASCII
)
_JOINERS = re.compile(r"[\s_\-–—]+")

YES_NO_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1", "ja", "j", "sí", "si"), True),
    **dict.fromkeys(("no", "n", "false", "0", "nein"), False),
}

UNKNOWN = frozenset(
    (
        "",
        "unknown",
        "unk",
        "not-known",
        "not-yet-known",
        "dont-know",
        "i-dont-know",
        "?",
        "na",
        "n/a",
        "not-available",
        "null",
        # what publishers write: GDC ('--, Not Reported), cBioPortal and TCGA ([Not Available]), SAS (.), R (<NA>)
        "-",
        ".",
        "<na>",
        "not-reported",
        "not-recorded",
        "not-stated",
        "not-evaluated",
        "not-applicable",
        "not-assessed",
        "discrepancy",
        "missing",
        "pending",
        # in German and Spanish
        "unbekannt",
        "nicht-bekannt",
        "keine-angabe",
        "k.a.",
        "desconocido",
        "desconocida",
        "no-consta",
        "no-disponible",
        "sin-datos",
    )
)
_FIRST = frozenset(word[:1] for word in UNKNOWN if word)


def normal(text: str) -> str:
    """One spelling for comparison: case folded, apostrophes dropped, blanks and dashes as one hyphen."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().strip()
    return _JOINERS.sub("-", folded.replace("'", "").replace("’", ""))


def means_unknown(value: Any) -> bool:
    """Whether a value says "not known": None, NaT or NA, or one of the usual words. NaN does not: it is an error in a
    record."""
    if value is None:
        return True
    if not isinstance(value, str):
        return type(value).__name__ in _NOTHING and type(value).__module__.partition(".")[0] in ("pandas", "numpy")
    if len(value) > 40:
        return False
    if value.isascii():  # most cells begin with what no such word begins with
        start = value.strip(_WRAPPING)[:1].lower()
        if start and start not in _FIRST:
            return False
    word = normal(value)
    return word in UNKNOWN or (word.startswith("[") and word.endswith("]") and word[1:-1] in UNKNOWN)


_WRAPPING = " \t\r\n['"
_NOTHING = ("NAType", "NaTType")


_STAGE_FOUR = re.compile(r"^(stage|stadium|estadio|etapa|stade|stadio)-?(4|iv)[a-c]?$")


def names_stage_four(text: str) -> bool:
    """Whether a text says "stage 4", as people do in several languages."""
    return bool(_STAGE_FOUR.match(normal(text)))


def names_the_stage(text: str) -> bool:
    """Whether a field is called the stage, which a record does not have."""
    return normal(text) in ("stage", "stadium", "estadio", "ajcc-stage", "tumour-stage", "tumor-stage", "figo-stage")


def names_fhir(data: Any) -> bool:
    """Whether data from elsewhere look like FHIR: a resource, or a list of resources."""
    if isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, Mapping) and isinstance(data.get("resourceType"), str)


def as_word(value: Any) -> str | None:
    """Text of a code as written: strings as they are, whole numbers without decimals; None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST:
            return None
        return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) < 10**9:
        return str(value)
    if isinstance(value, float) and value == value and abs(value) < 10**9 and value == int(value):
        return str(int(value))
    twin = plain(value)
    return None if twin is value else as_word(twin)


def plain(value: Any) -> Any:
    """The Python twin of a NumPy or pandas scalar (numbers, truth, text, days); anything else as it is."""
    if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "ndim", None) == 0:
        if getattr(getattr(value, "dtype", None), "kind", "") == "M":
            return None if value != value else value.astype("datetime64[D]").item()
        return value.item()
    return value


def as_float(value: Any) -> float | None:
    """Numbers of other libraries (NumPy scalars, Decimal); None for anything else."""
    import numbers
    from decimal import Decimal

    if isinstance(value, (numbers.Real, Decimal)):
        try:
            return float(value)
        except (OverflowError, ValueError):
            pass
    return None


def number(text: str) -> float | None:
    """A number as people write it, with a decimal point or – where it can be nothing else – a decimal comma; or None.

    `1,234` may be a thousand or a decimal comma, so it is none.
    """
    if len(text) > LONGEST_NUMBER:
        return None
    if NUMBER.match(text):
        return float(text)
    if "," in text and DECIMAL_COMMA.match(text) and not _THOUSANDS.match(text):
        return float(text.replace(",", "."))
    return None


def split_list(value: Any) -> list[Any]:
    """A list as people write it: separated by `;`, or a real list."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise UnreadableError("too-long", "text")
        return [part.strip() for part in value.split(";") if part.strip()]
    if isinstance(value, (list, tuple, set, frozenset)):
        if len(value) > 200:
            raise UnreadableError("too-long", "list")
        return [p for part in value for p in (split_list(part) if isinstance(part, str) else [part])]
    return [value]


def iso_date(text: str) -> datetime.date | None:
    """A date written 2025-03-14, also with a time of day, or None."""
    text = without_time_of_day(text.strip())
    if not _ISO_DATE.match(text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def without_time_of_day(text: str) -> str:
    """A date without the time of day behind it: the day as it was written, in whatever zone."""
    if ":" not in text or len(text) > LONGEST_DATE:
        return text
    found = _TIME_OF_DAY.match(text)
    return found.group(1) if found else text


LONGEST_DATE = 60
"""No date needs more characters than this."""
