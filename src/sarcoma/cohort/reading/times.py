"""Times as registries write them – months, days, years, ages, dates – in months of 30.4375 days since the origin."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from sarcoma._months import DAYS_PER_MONTH, months_between
from sarcoma.cohort.frames import LONGEST_LIFE
from sarcoma.patient import words

Unit = Literal["months", "days", "weeks", "years", "age", "date", "excel-date", "sas-date"]
DATES: dict[str, datetime.date] = {
    "excel-date": datetime.date(1899, 12, 30),
    "sas-date": datetime.date(1960, 1, 1),
}
"""Units that are dates as numbers: days since this one."""

_MONTHS: dict[str, float] = {
    "months": 1.0,
    "days": 1 / DAYS_PER_MONTH,
    "weeks": 7 / DAYS_PER_MONTH,
    "years": 12.0,
    "age": 12.0,
}
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_DIGITS = "%Y%m%d"  # 2005111 would be two days by it
_MOST_DAYS = 100_000


class TimeMap(BaseModel):
    """Where a time stands: the first of the columns that is known.

    `unit` age is years since birth; a date needs the formats it may have where it is not written 2025-03-14. Times in
    months, days, weeks or years run from the origin, or from another time (`since`). `excel-date` and `sas-date` are
    dates as numbers. `capped_at`: values from this one on are top-coded (90 for every age above, say), so not known;
    `unknown`: codes of these columns that stand for not known (9999, say).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    columns: tuple[str, ...]
    unit: Unit
    formats: tuple[str, ...] = ()
    since: TimeMap | None = None
    capped_at: float | None = None
    unknown: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "column" in value:
            if "columns" in value:
                raise ValueError("give one of column, columns")
            value = {**value, "columns": (value["column"],)}
            del value["column"]
        return value

    @field_validator("formats", mode="before")
    @classmethod
    def _one_format(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("unknown", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)

    @model_validator(mode="after")
    def _fits(self) -> TimeMap:
        if not self.columns:
            raise ValueError("give column or columns")
        if self.formats and self.unit != "date":
            raise ValueError("formats go with unit: date")
        if self.since is not None and (self.stands_alone or not self.since.stands_alone):
            raise ValueError("`since` is an age or a date, from which months, days, weeks or years run")
        return self

    def names(self) -> tuple[str, ...]:
        return self.columns + (self.since.names() if self.since is not None else ())

    @property
    def is_date(self) -> bool:
        """Whether it is a date, in words or as a number."""
        return self.unit == "date" or self.unit in DATES

    @property
    def stands_alone(self) -> bool:
        """Whether its unit says what it runs from: an age or a date."""
        return self.is_date or self.unit == "age"

    @property
    def absolute(self) -> bool:
        """Whether the time stands on its own (an age or a date) and the origin must be subtracted."""
        return self.stands_alone or self.since is not None

    @property
    def two_digit_years(self) -> bool:
        """Whether a format leaves the century open."""
        return any("%y" in pattern for pattern in self.formats)


def read_time(source: TimeMap, row: Mapping[str, Any], unknown: tuple[str, ...]) -> float | None:
    """Months of the time in a row: since birth or since 1 January 1900 where it is absolute; None where not known.

    Raises
    ------
    ValueError : a cell that cannot be read; the message does not carry it.
    """
    for name in source.columns:
        cell = row.get(name)
        if cell is None or cell != cell:
            continue
        if isinstance(cell, (datetime.date, datetime.timedelta)):
            value: float | None = _with_own_unit(source, cell)
        else:
            text = str(cell).strip()
            if text in unknown or text in source.unknown or words.means_unknown(text):
                continue
            value = _months(source, text)
        if value is None or source.since is None:
            return value
        start = read_time(source.since, row, unknown)
        if start is None:
            continue
        return start + value
    return None


def _with_own_unit(source: TimeMap, cell: datetime.date | datetime.timedelta) -> float:
    """A cell that is a date, or a length of time, by its kind."""
    if isinstance(cell, datetime.timedelta):
        if source.stands_alone:
            raise ValueError(f"a length of time, where the mapping says {source.unit}")
        return _within_reach(cell / datetime.timedelta(days=1) / DAYS_PER_MONTH)
    if not source.is_date:
        raise ValueError(f"a date, where the mapping says {source.unit}")
    return _since_1900(_possible(cell.date() if isinstance(cell, datetime.datetime) else cell))


def _months(source: TimeMap, text: str) -> float | None:
    if source.unit == "date":
        return _since_1900(_date(text, source.formats))
    value = words.number(text)
    if source.unit in DATES:
        if value is None or not 0 < value < _MOST_DAYS:
            raise ValueError(f"a number of days is needed, as {source.unit}")
        return _since_1900(_possible(DATES[source.unit] + datetime.timedelta(days=int(value))))
    if value is None:
        raise ValueError(f"a number is needed, in {'years of age' if source.unit == 'age' else source.unit}")
    if source.capped_at is not None and value >= source.capped_at:
        return None
    if source.unit == "age" and not 0 <= value <= 120:
        raise ValueError("an age of 0 to 120 years is needed")
    return _within_reach(value * _MONTHS[source.unit])


def _within_reach(months: float) -> float:
    if abs(months) > LONGEST_LIFE:
        raise ValueError("more than 120 years: is the unit right?")
    return months


def read_date(text: str, formats: tuple[str, ...]) -> datetime.date | None:
    """The day that a text is by these formats; None where it is none of them, or two."""
    try:
        return _date(text, formats)
    except ValueError:
        return None


@lru_cache(maxsize=100_000)
def _date(text: str, formats: tuple[str, ...]) -> datetime.date:
    days = set[datetime.date]()
    if len(text) <= words.LONGEST_DATE:
        day = words.without_time_of_day(text)
        for pattern in formats:
            if pattern == _DIGITS and len(day) != 8:
                continue
            with suppress(ValueError):
                found = datetime.datetime.strptime(text if "%H" in pattern else day, pattern).date()  # noqa: DTZ007
                days.add(_in_the_past(found) if "%y" in pattern else found)
        if not days and (not formats or "%Y-%m-%d" in formats):
            iso = words.iso_date(day)
            days = {iso} if iso is not None else days
    if not days:
        how = f"written {' or '.join(formats)}" if formats else "written 2025-03-14 (name other formats in the mapping)"
        raise ValueError(f"a date is needed, {how}")
    if len(days) > 1:
        raise ValueError(f"a date that is another day by each of {' and '.join(formats)}: name one format only")
    return _possible(days.pop())


def _in_the_past(day: datetime.date) -> datetime.date:
    """A year of two digits is the last one that has come: 68 is 1968 as long as 2068 has not."""
    return day.replace(year=day.year - 100) if day > datetime.datetime.now(datetime.UTC).date() else day


def _possible(day: datetime.date) -> datetime.date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"a date between {_FIRST_YEAR} and {_LAST_YEAR} is needed")
    if day > datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1):
        raise ValueError("a date that has not come yet")
    return day


def _since_1900(date: datetime.date) -> float:
    return months_between(datetime.date(_FIRST_YEAR, 1, 1), date)
