"""A life table of the general population: who dies within a year, by age, calendar year and sex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy


@dataclass(frozen=True, eq=False, repr=False)
class LifeTable(Tidy):
    """Hazards of death of the population that the patients come from.

    Attributes
    ----------
    ages, years : (A,), (Y,) completed years of age, calendar years, each one more than the one before.
    sexes : their labels.
    hazard : (A, Y, S) −log(1 − q) a year, constant within a year of age and of the calendar.
    notes : what was done with the table.

    Examples
    --------
    >>> table = LifeTable.of_columns(
    ...     age=[60, 61, 60, 61], year=[2020, 2020, 2020, 2020], sex=["F", "F", "M", "M"],
    ...     probability=[0.004, 0.005, 0.007, 0.008])
    >>> table
    LifeTable(ages 60 to 61, years 2020 to 2020, F, M)
    >>> table.expected_survival(age=[60.5], year=[2020.0], sex=["M"], times=[12.0]).round(4).tolist()
    [[0.9925]]
    """

    ages: NDArray[np.intp]
    years: NDArray[np.intp]
    sexes: tuple[Any, ...]
    hazard: Floats
    notes: tuple[str, ...] = ()

    @classmethod
    def of_columns(cls, age: ArrayLike, year: ArrayLike, sex: ArrayLike, probability: ArrayLike) -> Self:
        """A table in the long form, one row an age, calendar year and sex.

        Parameters
        ----------
        age : completed years. year : calendar year. sex : labels, those that the patients have.
        probability : of dying within the year of age, between 0 and 1. Where it is 1 for everyone of the highest age,
            that row closes the table and is left out: the age before it stands for all that are older.

        Raises
        ------
        InputError : ages or years that are not whole or have gaps, a row that is missing or there twice,
            probabilities that are none (percent, per 1,000 or 100,000), or that fall from the age of 40 to that of 80.
        """
        _arrays.one_order(age=age, year=year, sex=sex, probability=probability)
        q = _arrays.floats("probability", probability, low=0.0)
        n = len(q)
        if q.max() > 1:
            raise InputError(
                "probability", "is above 1; give shares, not percent or deaths per 1,000 or 100,000", "0.012"
            )
        rows, first_age, ages = _whole("age", age, n)
        columns, first_year, years = _whole("year", year, n)
        which, sexes = _arrays.codes("sex", sex, n)
        given = np.zeros((ages, years, len(sexes)), dtype=np.intp)
        np.add.at(given, (rows, columns, which), 1)
        if given.max() > 1:
            raise InputError(
                "age", f"{int((given > 1).sum())} combinations of age, year and sex are there twice or more"
            )
        if given.min() < 1:
            missing = int((given < 1).sum())
            raise InputError("age", f"{missing} of {given.size} combinations of age, year and sex are missing")
        table = np.empty(given.shape)
        table[rows, columns, which] = q
        notes: tuple[str, ...] = ()
        if ages > 1 and (table[-1] == 1).all():
            table, ages = table[:-1], ages - 1
            notes = (
                f"the age of {first_age + ages} closes the table; that of {first_age + ages - 1} stands for all older",
            )
        if (table == 1).any():
            raise InputError("probability", "is 1 below the highest age, so that nobody would grow older", "0.35")
        young, old = 40 - first_age, min(80 - first_age, ages - 1)
        if young >= 0 and old - young >= 20 and (table[old] <= table[young]).any():
            raise InputError("probability", "is no higher in old age than at 40; are age and year the right columns?")
        found = np.arange(ages) + first_age, np.arange(years) + first_year
        return cls(found[0], found[1], sexes, -np.log1p(-table), notes)

    def __repr__(self) -> str:
        span = f"ages {self.ages[0]} to {self.ages[-1]}, years {self.years[0]} to {self.years[-1]}"
        return f"LifeTable({span}, {', '.join(map(str, self.sexes))})"

    def columns(self) -> dict[str, Any]:
        """In the form of `of_columns`."""
        a, y, s = (
            axis.ravel() for axis in np.meshgrid(self.ages, self.years, np.arange(len(self.sexes)), indexing="ij")
        )
        labels = np.array(self.sexes)[s]
        return {"age": a, "year": y, "sex": labels, "probability": -np.expm1(-self.hazard).ravel()}

    def expected_survival(
        self, age: ArrayLike, year: ArrayLike, sex: ArrayLike, times: ArrayLike, *, per_year: float = 12.0
    ) -> Floats:
        """How likely people of the population like these live so much longer, (n, times).

        Parameters
        ----------
        age : (n,) exact, in years, at time 0. year : (n,) the date of time 0 in years, such as 2015.5. sex : (n,).
        times : since then. per_year : how many of the unit of the times make a year: 12 for months, 365.2425 for days.
        """
        when = _arrays.some_times("times", times, low=0.0)
        people = Expected.of(self, age, year, sex, float(when.max()), per_year)
        found = np.empty((len(people), len(when)))
        for t in np.argsort(when).tolist():
            found[:, t] = np.exp(-people.cumulative(float(when[t]), len(people)))
        return found


class Expected:
    """The cumulative hazards of the population for people, from each one's time 0 on, at one time after the other.

    In each year since then a person has a birthday and a new calendar year begins: three pieces of constant hazard,
    that end at `turns`, (2, n), of the year and with it. `row`, `column`, `which` (n,) say where in the table each one
    begins.
    """

    def __init__(
        self,
        table: LifeTable,
        per_year: float,
        row: NDArray[np.intp],
        column: NDArray[np.intp],
        which: NDArray[np.intp],
        left: Floats,
        notes: tuple[str, ...],
    ) -> None:
        self.table, self.per_year, self.notes = table, per_year, notes
        self.row, self.column, self.which, self.left = row, column, which, left
        self.turns = np.sort(left, axis=0)
        self._year = -1  # that whose pieces are at hand
        self._next = np.zeros(len(row))  # cumulative hazard at the end of it

    @classmethod
    def of(
        cls, table: LifeTable, age: ArrayLike, year: ArrayLike, sex: ArrayLike, longest: float, per_year: float
    ) -> Expected:
        """Along the way of each person through the table, for so long.

        Raises
        ------
        InputError : a sex that the table does not have, an age below that of the table.
        """
        unit = _arrays.one_time("per_year", per_year)
        if unit <= 0:
            raise InputError("per_year", "must be above 0", "12")
        years_old = _arrays.floats("age", age, low=0.0)
        n = len(years_old)
        date = _arrays.floats("year", year, n)
        which, labels = _arrays.codes("sex", sex, n)
        unknown = [label for label in labels if label not in table.sexes]
        if unknown:
            named = ", ".join(map(repr, table.sexes))
            problem = f"{len(unknown)} labels are not those of the life table, {named}"
            raise InputError("sex", problem, repr(table.sexes[0]))
        which = np.array([table.sexes.index(label) for label in labels])[which]
        young = int((years_old < table.ages[0]).sum())
        if young:
            raise InputError("age", f"{young} of {n} people are younger than the life table's {table.ages[0]}")
        if date.max() > 3000 or date.min() < 1000:
            raise InputError("year", "must be a calendar year, with its part that has passed", "2015.5")
        row = np.floor(years_old).astype(np.intp) - table.ages[0]
        column = np.floor(date).astype(np.intp) - table.years[0]
        left = np.stack([1.0 - (years_old - np.floor(years_old)), 1.0 - (date - np.floor(date))])
        notes = (*table.notes, *_outside(table, column, float(date.max()) + longest / unit))
        return cls(table, unit, row, column, which, left, notes)

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: NDArray[np.intp]) -> Expected:
        """Some of the people, in this order."""
        parts = (self.row[rows], self.column[rows], self.which[rows], self.left[:, rows])
        return Expected(self.table, self.per_year, *parts, self.notes)

    def cumulative(self, time: float, first: int) -> Floats:
        """Cumulative hazards of the first people, (first,), up to a time; quickest where times increase."""
        years = time / self.per_year
        k = int(years)
        if k < self._year:
            self._year, self._next = -1, np.zeros(len(self))
        while self._year < k:
            self._turn()
        rest, (one, two) = years - k, self.turns[:, :first]
        pieces = self._pieces[:, :first]
        found: Floats = self._before[:first] + pieces[0] * np.minimum(rest, one)
        if rest > 0:
            found += pieces[1] * np.clip(rest - one, 0.0, two - one)
            found += pieces[2] * np.maximum(rest - two, 0.0)
        return found

    def _turn(self) -> None:
        """On to the next year since time 0."""
        self._year += 1
        self._before = self._next
        birthday, new_year = self.left[0] <= self.turns[0], self.left[1] <= self.turns[0]
        nobody = np.zeros(len(self), dtype=bool)
        older, later = np.stack([nobody, birthday, ~nobody]), np.stack([nobody, new_year, ~nobody])
        row = np.minimum(self.row + self._year + older, len(self.table.ages) - 1)
        column = np.clip(self.column + self._year + later, 0, len(self.table.years) - 1)
        self._pieces: Floats = self.table.hazard[row, column, self.which]
        lengths = np.diff(self.turns, axis=0, prepend=0.0, append=1.0)
        self._next = self._before + (self._pieces * lengths).sum(axis=0)


def _outside(table: LifeTable, column: NDArray[np.intp], latest: float) -> tuple[str, ...]:
    """What is said of people whose time is not in the table."""
    found, (first, last) = list[str](), table.years[[0, -1]].tolist()
    early, late = int((column < 0).sum()), int((column >= len(table.years)).sum())
    if early:
        found.append(f"{early} people begin before {first}, the life table's first year, which stands for them")
    if late:
        found.append(f"{late} people begin after {last}, the life table's last year, which stands for them")
    elif latest >= last + 1:
        found.append(f"what lies after {last}, the life table's last year, has the hazards of that year")
    return tuple(found)


def _whole(name: str, values: ArrayLike, n: int) -> tuple[NDArray[np.intp], int, int]:
    """Whole numbers without a gap: their places, the first, and how many."""
    given = _arrays.floats(name, values, n, low=0.0)
    if (given != np.floor(given)).any():
        raise InputError(name, "must be whole numbers, one row a year", "60")
    distinct = np.unique(given)
    if (np.diff(distinct) > 1).any():
        raise InputError(name, "has a gap; the life table needs a row for every year", "60, 61, 62")
    return (given - distinct[0]).astype(np.intp), int(distinct[0]), len(distinct)
