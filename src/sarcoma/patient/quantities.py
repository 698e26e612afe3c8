"""Numbers as cells hold them: with a unit (`75 mm`, `3 in`), or no number but a range or a bound (`5-8`, `>10`)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sarcoma._files import read_folder
from sarcoma.patient import words

_DATA = Path(__file__).parent / "data"
_LONGEST = 60
_NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)"
_MEASURED = re.compile(rf"({_NUMBER})\s*([^\d\s.,+<>=~-].{{0,20}}?)\.?")
_FROM = r">|≥|>=|=>|over|above|more than|at least|über|ueber|mehr als|mindestens|ab|más de|mas de|mayor de|al menos"
_UP_TO = r"<|≤|<=|=<|under|below|less than|up to|at most|unter|weniger als|bis|bis zu|höchstens|menos de|menor de|hasta"
_ABOUT = r"~|≈|ca|circa|about|approx|approximately|etwa|ungefähr|aprox|alrededor de|unos"
_BOUND = re.compile(rf"(?:({_FROM})|({_UP_TO})|({_ABOUT}))\.?\s*({_NUMBER})\s*(\D{{0,20}})", re.IGNORECASE)
_RANGE = re.compile(
    rf"({_NUMBER})\s*\D{{0,12}}?\s*(?:-|–|—|to|bis|a|hasta|/)\s*({_NUMBER})\s*(\D{{0,20}})", re.IGNORECASE
)
_AND_MORE = re.compile(rf"({_NUMBER})\s*(?:\+|and more|or more|und mehr|o más)\s*(\D{{0,20}})", re.IGNORECASE)


def measured(text: str, unit: str | None) -> float | None:
    """A number with its unit written behind it, in the unit of the field; None where it is no such thing.

    `75 mm` is 7.5 where centimetres are wanted, `3"` 7.62.
    """
    known = _units().get(unit or "")
    if known is None or len(text) > _LONGEST:
        return None
    found = _MEASURED.fullmatch(text.strip().casefold())
    if found is None:
        return None
    number, factor = words.number(found.group(1)), known.get(re.sub(r"\s+", " ", found.group(2)).strip())
    return None if number is None or factor is None else round(number * factor, 12)


def bounds(text: str) -> tuple[float, float] | None:
    """The lowest and the highest number that a range or a bound leaves possible; None where the text is neither.

    `5-8` is 5 to 8, `>10` 10 to infinity, `ca. 5` any number near it, so minus to plus infinity.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if found := _RANGE.fullmatch(text):
        low, high = (words.number(found.group(n).lstrip("+")) for n in (1, 2))
        return None if low is None or high is None or high < low else (low, high)
    if found := _AND_MORE.fullmatch(text):
        number = words.number(found.group(1))
        return None if number is None else (number, float("inf"))
    found = _BOUND.fullmatch(text)
    number = words.number(found.group(4)) if found is not None else None
    if found is None or number is None:
        return None
    if found.group(3):
        return (float("-inf"), float("inf"))
    return (number, float("inf")) if found.group(1) else (float("-inf"), number)


def share(text: str) -> tuple[float, float] | None:
    """What a share in per cent leaves possible, as `30%`, `10-40 %`, `>60%`; None where it is none, or has no `%`."""
    text = text.strip()
    if not text.endswith("%"):
        return None
    number = words.number(text[:-1].strip())
    return (number, number) if number is not None else bounds(text)


@cache
def _units() -> dict[str, dict[str, float]]:
    """Unit of a field → what is written behind a number → factor."""
    raw = read_folder(_DATA)["units"]
    return {
        unit: {word: float(about["factor"]) for about in written.values() for word in about["words"]}
        for unit, written in raw.items()
    }
