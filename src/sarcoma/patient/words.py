"""What people write in fields: unknowns, yes and no, numbers, lists, dates."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

from sarcoma.errors import UnreadableError

LONGEST = 4000
"""No field of a record needs more characters than this."""

NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)
DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$", re.ASCII)
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_JOINERS = re.compile(r"[\s_\-–—]+")

YES_NO_WORDS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}

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
    )
)


def normal(text: str) -> str:
    """One spelling for comparison: case folded, apostrophes dropped, blanks and dashes as one hyphen."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().strip()
    return _JOINERS.sub("-", folded.replace("'", "").replace("’", ""))


def means_unknown(value: Any) -> bool:
    """Whether a value says "not known": None, or one of the usual words. NaN does not: it is an error in a record."""
    if value is None:
        return True
    return isinstance(value, str) and len(value) <= 40 and normal(value) in UNKNOWN


_STAGE_FOUR = re.compile(r"^(stage|stadium|estadio|etapa|stade|stadio)-?(4|iv)[a-c]?$")


def names_stage_four(text: str) -> bool:
    """Whether a text says "stage 4", as people do in several languages."""
    return bool(_STAGE_FOUR.match(normal(text)))


def names_the_stage(text: str) -> bool:
    """Whether a field is called the stage, which a record does not have."""
    return normal(text) in ("stage", "stadium", "estadio", "ajcc-stage", "tumour-stage", "tumor-stage", "figo-stage")


def as_word(value: Any) -> str | None:
    """Text of a code as written: strings as they are, whole numbers without decimals; None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST:
            return None
        return text[:-2] if re.fullmatch(r"\d+\.0", text) else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) < 10**9:
        return str(value)
    if isinstance(value, float) and value == value and abs(value) < 10**9 and value == int(value):
        return str(int(value))
    return None


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
    """A date written 2025-03-14, or None."""
    if not _ISO_DATE.match(text.strip()):
        return None
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        return None
