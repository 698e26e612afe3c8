"""Dates as FHIR writes them, of which a part may be missing: the days that they leave possible."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

from sarcoma._months import DAYS_PER_MONTH

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_DAYS_PER_YEAR = 365.25
_EARLIEST = datetime.date(1600, 1, 1).toordinal()


class Span(NamedTuple):
    """The first and the last day that a date may mean, as ordinals; the same where it is a whole date."""

    first: int
    last: int

    @property
    def exact(self) -> bool:
        return self.first == self.last

    def before(self, other: Span) -> bool | None:
        """Whether it lies before another, None where the two leave both possible; the same day is not before."""
        if self.last < other.first:
            return True
        return False if self.first >= other.last else None


def span_of(text: object) -> Span | None:
    """The days that a date leaves possible, None where it is no date, or one before 1600."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        if day is not None:
            first = last = datetime.date(int(year), int(month), int(day)).toordinal()
        elif month is not None:
            first = datetime.date(int(year), int(month), 1).toordinal()
            last = datetime.date(int(year) + (month == "12"), int(month) % 12 + 1, 1).toordinal() - 1
        else:
            first, last = datetime.date(int(year), 1, 1).toordinal(), datetime.date(int(year), 12, 31).toordinal()
    except ValueError:
        return None
    return Span(first, last) if first >= _EARLIEST else None


def joined(start: Span | None, end: Span | None) -> Span | None:
    """From the first day of a period to its last; one that is open at an end is the end that is known."""
    if start is None or end is None:
        return start or end
    return Span(start.first, max(start.last, end.last))


def months(start: Span, end: Span) -> float | None:
    """Months between two dates, None where their precision cannot decide."""
    if not (start.exact and end.exact):
        return None
    return round((end.first - start.first) / DAYS_PER_MONTH, 3)


def years(birth: Span, day: Span) -> float | None:
    """Age: to a hundredth of a year of whole dates, in whole years where parts of dates decide them, else None."""
    if birth.exact and day.exact:
        return round((day.first - birth.first) / _DAYS_PER_YEAR, 2)
    youngest, oldest = _whole_years(birth.last, day.first), _whole_years(birth.first, day.last)
    return float(youngest) if youngest == oldest else None


def _whole_years(birth: int, day: int) -> int:
    born, now = datetime.date.fromordinal(birth), datetime.date.fromordinal(day)
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def number_of(value: object) -> float | None:
    """A number of JSON, None for anything else and for one that no measurement is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:
        return None
    return float(value)


def date_of(day: int) -> datetime.date:
    return datetime.date.fromordinal(day)
