"""What is released is solved as a linear system: no hidden count follows from it, within one release or between two.

Whoever reads a release knows: of each whole, that its parts add up; of each count and number shown, the interval that
it was rounded from; of each percentage, the same; and that a part is no more than its whole. Between two releases she
knows that patients were only added, and about how many. With all this at once, a hidden count must be able to have at
least k values (`--min-cell k`), or to be any from 1 to k - 1: she cannot tell how many of the few there are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from sarcoma.cohort import Cohort, describe
from sarcoma.cohort.description import Description, Section, Value

Key = tuple[Any, ...]


class System:
    """Unknown counts with bounds, and what is known of their sums."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.place: dict[Key, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.rows: list[tuple[dict[int, float], float]] = []  # sum of coefficients times unknowns <= bound
        self.hidden: dict[int, int] = {}
        """Unknowns that are hidden, and their true values."""

    def unknown(self, key: Key, low: float = 0.0, high: float = np.inf) -> int:
        if key not in self.place:
            self.place[key] = len(self.low)
            self.low.append(0.0)
            self.high.append(np.inf)
        i = self.place[key]
        self.low[i], self.high[i] = max(self.low[i], low), min(self.high[i], high)
        return i

    def at_most(self, terms: dict[int, float], bound: float) -> None:
        self.rows.append((terms, bound))

    def equal(self, terms: dict[int, float], value: float = 0.0) -> None:
        self.at_most(terms, value)
        self.at_most({i: -c for i, c in terms.items()}, -value)

    def interval(self, n: int) -> tuple[float, float]:
        """What a count that is shown as a multiple of `least` was: never 1 to least - 1, or it would be hidden."""
        low, high = n - self.least / 2, n + self.least / 2
        return (max(low, 0.0 if n == 0 else float(self.least)), 0.0 if n == 0 else high)

    def range_of(self, i: int) -> tuple[float, float]:
        a = np.zeros((len(self.rows), len(self.low)))
        b = np.array([bound for _, bound in self.rows])
        for r, (terms, _) in enumerate(self.rows):
            for place, factor in terms.items():
                a[r, place] = factor
        ends = []
        for sign in (1.0, -1.0):
            c = np.zeros(len(self.low))
            c[i] = sign
            found = linprog(c, a, b, bounds=list(zip(self.low, self.high, strict=True)), method="highs")
            ends.append(np.inf if found.status == 3 else sign * found.fun)
            assert found.status in (0, 3), "what is shown contradicts itself"
        return float(np.ceil(ends[0] - 1e-6)), float(np.floor(ends[1] + 1e-6)) if np.isfinite(ends[1]) else np.inf


def add(system: System, whole: Description, shown: Description, release: int) -> None:
    """All shares of a release, of all its sections: the exact ones say what is hidden and what adds up."""
    released = {section.key: section for section in shown.sections}
    for exact in whole.sections:
        if exact.key in released:
            _section(system, exact, released[exact.key], release)


def _section(system: System, exact: Section, said: Section, release: int) -> None:
    wholes: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    told = {(s.what, s.group, s.horizon): s for s in said.values}
    for v in exact.values:
        s = told.get((v.what, v.group, v.horizon))
        if v.kind != "share" or v.horizon is not None or v.events is None or v.n is None:
            continue
        # a whole of which all counts of one section, or of several, are parts has one number of people
        total = system.unknown((release, "n", v.n))
        part = system.unknown((release, "part", exact.key, v.what, v.group))
        system.at_most({part: 1.0, total: -1.0}, 0.0)
        for name, key in (("group", v.group), ("what", v.what)):
            wholes[name, key, v.n].append((part, v.events))
        if s is None or s.suppressed:
            system.hidden[part] = v.events
            continue
        _shown(system, s, part, total)
    for (_, _, n), parts in wholes.items():
        if len(parts) > 1 and sum(count for _, count in parts) == n:
            total = system.unknown((release, "n", n))
            system.equal({**{part: 1.0 for part, _ in parts}, total: -1.0})


def _shown(system: System, s: Value, part: int, total: int) -> None:
    assert s.n is not None
    assert s.events is not None
    for i, n in ((part, s.events), (total, s.n)):
        low, high = system.interval(n)
        system.low[i], system.high[i] = max(system.low[i], low), min(system.high[i], high)
    if s.value is not None:  # a whole percentage
        system.at_most({part: 100.0, total: -(s.value + 0.5)}, 0.0)
        system.at_most({part: -100.0, total: s.value - 0.5}, 0.0)


def some(cohort: Cohort, n: int) -> Cohort:
    people = cohort.patients.head(n)
    return Cohort(people, cohort.events.join(people, on="id", how="semi"), cohort.about)


def unsafe(system: System) -> list[tuple[int, float, float]]:
    """Hidden counts that what is known leaves fewer than `least` values, and does not leave all the small ones."""
    found = []
    for i, true in system.hidden.items():
        low, high = system.range_of(i)
        assert low <= true <= high, "the system is wrong: the truth does not fit it"
        few = low <= 1 and high >= system.least - 1
        if high - low + 1 < system.least and not few:
            found.append((true, low, high))
    return found


@pytest.mark.parametrize(("people", "least"), [(60, 5), (90, 5), (120, 5), (120, 10)])
def test_no_hidden_count_follows_from_one_release(simulated: Cohort, people: int, least: int) -> None:
    cohort = some(simulated, people)
    system = System(least)
    add(system, describe(cohort), describe(cohort, min_cell=least), 0)
    assert system.hidden
    assert not unsafe(system)


@pytest.mark.parametrize("more", [1, 4])
def test_no_hidden_count_follows_from_two_releases(simulated: Cohort, more: int) -> None:
    least, system = 5, System(5)
    before, after = some(simulated, 120), some(simulated, 120 + more)
    for release, cohort in enumerate((before, after)):
        add(system, describe(cohort), describe(cohort, min_cell=least), release)
    for key, i in list(system.place.items()):
        if key[0] == 0 and key[1] == "part" and (1, *key[1:]) in system.place:
            j = system.place[(1, *key[1:])]
            system.at_most({i: 1.0, j: -1.0}, 0.0)  # nobody was taken away
            system.at_most({j: 1.0, i: -1.0}, more)  # and she may know how many came
    assert system.hidden
    assert not unsafe(system)


def test_two_groupings_of_one_cohort_do_not_give_a_hidden_count_away(simulated: Cohort) -> None:
    """The same people released with another grouping: types as they are, and two small ones as one."""
    least, system = 5, System(5)
    cohort = some(simulated, 120)
    types = cohort.patients["histologic_type"]
    counted = types.value_counts().sort("count").drop_nulls()["histologic_type"].to_list()
    joined = types.replace({counted[0]: counted[1]}).alias("histologic_type")
    other = Cohort(cohort.patients.with_columns(joined), cohort.events, cohort.about)
    add(system, describe(cohort), describe(cohort, min_cell=least), 0)
    add(system, describe(other), describe(other, min_cell=least), 1)
    for key, i in list(system.place.items()):
        twin = system.place.get((1, *key[1:]))
        if key[0] == 0 and key[1] == "part" and key[2] != "types" and twin is not None:
            system.equal({i: 1.0, twin: -1.0})
    assert system.hidden
    assert not unsafe(system)


def test_the_criterion_finds_what_is_given_away() -> None:
    """One hidden part of a whole whose other parts are shown exactly is had by subtraction."""
    system = System(5)
    parts = [system.unknown(("a",), 20, 20), system.unknown(("b",), 0, 40)]
    total = system.unknown(("n",), 23, 23)
    system.equal({parts[0]: 1.0, parts[1]: 1.0, total: -1.0})
    system.hidden[parts[1]] = 3
    assert unsafe(system) == [(3, 3.0, 3.0)]
