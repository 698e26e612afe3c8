"""Survival beside that of the general population: relative survival (Ederer) and net survival (Pohar Perme)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.curves.life_table import Expected, LifeTable
from sarcoma.survival.curves.state_occupancy import Estimate

Method = Literal["pohar-perme", "ederer1", "ederer2"]
Form = Literal["product", "exponential"]


@dataclass(frozen=True, eq=False, repr=False)
class RelativeSurvival(Tidy):
    """Net or relative survival, with intervals on the log scale; it can rise, and can pass 1.

    Attributes
    ----------
    method : "pohar-perme" (net survival), "ederer1" or "ederer2" (relative survival).
    groups : labels, (None,) without groups.
    times : (T + 1,) from 0: the ends and starts of observation and the times asked for.
    survival, se : (G, T + 1), NaN after the last person of a group; the standard error is that of the logarithm.
    observed, expected : (G, T + 1) all-cause survival (Kaplan and Meier), and the population's as the method has it:
        observed / survival.
    followed_to : (G,) the last time at which anyone was under observation.
    notes : what a reader of the curves has to know.

    Examples
    --------
    >>> table = LifeTable.of_columns([70, 71], [2020, 2020], ["F", "F"], [0.02, 0.022])
    >>> people = {"age": [70, 71, 70.5], "year": [2020.2, 2020.0, 2020.6], "sex": ["F", "F", "F"]}
    >>> net_survival([6, 12, 20], [1, 0, 0], **people, life_table=table, times=[12]).at(12)
    [0.6813 (95% CI 0.3546 to 1.309)]
    """

    method: Method
    groups: tuple[Any, ...]
    times: Floats
    survival: Floats
    se: Floats
    observed: Floats
    followed_to: Floats
    notes: tuple[str, ...]

    @property
    def expected(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.observed / self.survival

    def __repr__(self) -> str:
        notes = f", notes: {'; '.join(self.notes)}" if self.notes else ""
        groups = "" if self.groups == (None,) else f"groups={len(self.groups)}, "
        return f"RelativeSurvival({self.method}, {groups}times={len(self.times) - 1}{notes})"

    def at(self, time: float, *, level: float = 0.95) -> list[Estimate]:
        """The survival at one of the times asked for, one Estimate a group; the interval is that of exp(log S ± z se).

        Raises
        ------
        InputError : a time that was not asked for (between two times the curve is not level: the population goes on
            dying), or at which nobody was under observation.
        """
        when = _arrays.one_time("time", time)
        place = int(_arrays.upto(self.times, when)) - 1
        if place < 0 or not _arrays.at(self.times[place], when):
            raise InputError("time", f"the curves were not asked for at {when:g}; give it in `times`", "times=[12, 60]")
        if _arrays.later(when, self.followed_to).any():
            last = float(self.followed_to.min())
            raise InputError("time", f"nobody was under observation in one group after {last:g}", f"{last:g}")
        z = normal_quantile(level)
        survival, se = self.survival[:, place], self.se[:, place]
        low, high = survival * np.exp(-z * se), survival * np.exp(z * se)
        parts = zip(survival.tolist(), (survival * se).tolist(), low.tolist(), high.tolist(), strict=True)
        return [Estimate(*values, level) for values in parts]

    def columns(self) -> dict[str, Any]:
        """One row a group and time, with 95 % limits."""
        z = normal_quantile(0.95)
        columns: dict[str, Any] = {}
        if self.groups != (None,):
            columns["group"] = np.repeat(self.groups, len(self.times))
        columns["time"] = np.tile(self.times, len(self.groups))
        low, high = self.survival * np.exp(-z * self.se), self.survival * np.exp(z * self.se)
        named = {
            "survival": self.survival,
            "low": low,
            "high": high,
            "observed": self.observed,
            "expected": self.expected,
        }
        return columns | {name: values.ravel() for name, values in named.items()}


@checked
def net_survival(
    exit: ArrayLike,
    event: ArrayLike,
    age: ArrayLike,
    year: ArrayLike,
    sex: ArrayLike,
    life_table: LifeTable,
    *,
    times: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    group: ArrayLike | None = None,
    per_year: float = 12.0,
    form: Form = "product",
) -> RelativeSurvival:
    """Net survival: as if the disease were the only cause of death (Pohar Perme, Stare and Estève, Biometrics
    2012;68:113–120). No causes of death are needed.

    With S_i the population's survival of person i since time 0, everyone counts 1/S_i:

        Λ(t) = ∫ Σ dN_i/S_i / Σ Y_i/S_i − ∫ Σ Y_i dΛ_i/S_i / Σ Y_i/S_i,   Var = ∫ Σ dN_i/S_i² / (Σ Y_i/S_i)²

    While the same people are at risk the second integral is the growth of log Σ Y_i/S_i, so it is exact here. The
    finer steps of relsurv 2.2-9 carry their sums on and lag behind it; with one step an interval it agrees.

    Parameters
    ----------
    exit, event : (n,) time since diagnosis, and whether the person died of whatever cause.
    age, year, sex : (n,) at diagnosis: exact age in years, the date in years (2015.5), a label of the life table.
    times : at which the curve is wanted, beside those at which anything happens.
    entry : (n,) start of observation. group : (n,) labels.
    per_year : how many of the unit of time make a year: 12 for months.
    form : "product" – ∏(1 − dN) of the first part, which without deaths in the population is Kaplan and Meier's – or
        "exponential", exp(−Λ), relsurv's type "fleming-harrington".

    Raises
    ------
    InputError : an argument is wrong; an age or a sex that the life table does not have.

    Examples
    --------
    >>> table = LifeTable.of_columns([70, 71], [2020, 2020], ["F", "F"], [0.02, 0.022])
    >>> people = {"age": [70, 71, 70.5], "year": [2020.2, 2020.0, 2020.6], "sex": ["F", "F", "F"]}
    >>> net_survival([6, 12, 20], [1, 0, 0], **people, life_table=table, times=[12]).at(12)
    [0.6813 (95% CI 0.3546 to 1.309)]
    """
    given = (exit, event, age, year, sex, life_table)
    return _estimate("pohar-perme", given, times, entry, group, per_year, form)


@checked
def relative_survival(
    exit: ArrayLike,
    event: ArrayLike,
    age: ArrayLike,
    year: ArrayLike,
    sex: ArrayLike,
    life_table: LifeTable,
    *,
    times: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    group: ArrayLike | None = None,
    per_year: float = 12.0,
    method: Literal["ederer1", "ederer2"] = "ederer2",
    form: Form = "product",
) -> RelativeSurvival:
    """Relative survival: observed over that expected of people of the same age, year and sex.

    What registries long called the 5-year survival rate (Ederer, Axtell and Cutler, Natl Cancer Inst Monogr
    1961;6:101–121).

    Parameters
    ----------
    The others are those of `net_survival`.
    method : "ederer2" – expected of those still under observation, exp(−∫ Σ Y_i dΛ_i / Σ Y_i), near net survival within
        age groups – or "ederer1" – the mean survival of all as they were at diagnosis; not under delayed entry.
    form : of the observed part: "product" is Kaplan and Meier's, "exponential" Nelson and Aalen's.

    Examples
    --------
    >>> table = LifeTable.of_columns([70, 71], [2020, 2020], ["F", "F"], [0.02, 0.022])
    >>> people = {"age": [70, 71, 70.5], "year": [2020.2, 2020.0, 2020.6], "sex": ["F", "F", "F"]}
    >>> relative_survival([6, 12, 20], [1, 0, 0], **people, life_table=table, times=[12]).at(12)
    [0.6812 (95% CI 0.3544 to 1.309)]
    """
    given = (exit, event, age, year, sex, life_table)
    return _estimate(method, given, times, entry, group, per_year, form)


def _estimate(
    method: Method,
    given: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike, ArrayLike, LifeTable],
    times: ArrayLike | None,
    entry: ArrayLike | None,
    group: ArrayLike | None,
    per_year: float,
    form: Form,
) -> RelativeSurvival:
    ends, deaths, age, year, sex, table = given
    _arrays.one_order(exit=ends, event=deaths, age=age, year=year, sex=sex, entry=entry, group=group)
    end = _arrays.floats("exit", ends, low=0.0)
    n = len(end)
    died = _arrays.flags("event", deaths, n)
    start = np.zeros(n) if entry is None else _arrays.floats("entry", entry, n, low=0.0)
    asked = np.zeros(0) if times is None else _arrays.some_times("times", times, low=0.0)
    end, start, asked = _arrays.merge_near(end, start, asked)
    if (bad := int(((start >= end) & (end > 0)).sum())) > 0:
        raise InputError("entry", f"{bad} of {n} rows end before or when they start", "0 < exit")
    if method == "ederer1" and start.any():
        raise InputError("method", '"ederer1" has no meaning under delayed entry', '"ederer2"')
    which, labels = (np.zeros(n, dtype=np.intp), (None,)) if group is None else _arrays.codes("group", group, n)
    longest = max(float(end.max()), float(asked.max()) if len(asked) else 0.0)
    people = Expected.of(table, age, year, sex, longest, per_year)
    grid = np.unique(np.concatenate([[0.0], end, start, asked]))
    shape = (len(labels), len(grid))
    survival, se, observed = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    followed = np.zeros(len(labels))
    for g in range(len(labels)):
        rows = np.flatnonzero(which == g)
        followed[g] = end[rows].max()
        found = _Group(people, rows, start[rows], end[rows], died[rows], grid[grid <= followed[g]])
        last = len(found.grid)
        survival[g, :last], se[g, :last], observed[g, :last] = found.curves(method, form)
    return RelativeSurvival(method, labels, grid, survival, se, observed, followed, people.notes)


class _Group:
    """The rows of a group, those who are there longest first, at the times of a grid, the first of which is 0."""

    def __init__(
        self,
        people: Expected,
        rows: NDArray[np.intp],
        start: Floats,
        end: Floats,
        died: NDArray[np.bool_],
        grid: Floats,
    ) -> None:
        order = np.argsort(-end, kind="stable")
        self.people, self.grid = people.take(rows[order]), grid
        self.start, self.end, self.died = start[order], end[order], died[order]

    def _steps(self) -> Iterator[tuple[int, NDArray[np.bool_], Floats, Floats]]:
        """At each time of the grid at which anyone is there: who of them dies, and the cumulative hazards of the
        population for them at the time before and then."""
        late = bool(self.start.any())
        there = np.searchsorted(-self.end, -self.grid, side="right").tolist()
        earlier = np.zeros(len(self.end))
        for t, (time, first) in enumerate(zip(self.grid.tolist(), there, strict=True)):
            later = self.people.cumulative(time, first)
            dies, before, then = self.died[:first] & (self.end[:first] == time), earlier[:first], later
            if late:
                here = self.start[:first] < time if time > 0 else self.start[:first] <= 0
                dies, before, then = dies[here], before[here], then[here]
            if len(dies):
                yield t, dies, before, then
            earlier = later

    def curves(self, method: Method, form: Form) -> tuple[Floats, Floats, Floats]:
        """Survival, standard error of its logarithm, and observed survival at the times of the grid."""
        deaths, all_cause, extra, variance = np.zeros((4, len(self.grid)))
        add: Callable[..., tuple[float, float, float]] = _net if method == "pohar-perme" else _ederer
        for t, dies, earlier, later in self._steps():
            deaths[t], extra[t], variance[t] = add(dies, earlier, later)
            all_cause[t] = dies.sum() / len(dies)
        observed: Floats = np.cumprod(1.0 - all_cause, dtype=float)
        product: Floats = np.cumprod(1.0 - deaths, dtype=float)
        part: Floats = product if form == "product" else np.exp(-np.cumsum(deaths))
        se: Floats = np.sqrt(np.cumsum(variance))
        if method == "ederer1":
            everyone = len(self.end)
            expected = np.array([np.exp(-self.people.cumulative(t, everyone)).mean() for t in self.grid.tolist()])
            return part / expected, se, observed
        return part * np.exp(np.cumsum(extra)), se, observed


def _net(dies: NDArray[np.bool_], earlier: Floats, later: Floats) -> tuple[float, float, float]:
    """Of one step: Σ dN/S over Σ Y/S, the growth of log Σ Y/S, Σ dN/S² over (Σ Y/S)²; from cumulative hazards."""
    shift = later.max()
    weight = np.exp(later - shift)
    total = float(weight.sum())
    grown = float(np.log(total / np.exp(earlier - shift).sum()))
    return float(weight[dies].sum()) / total, grown, float((weight[dies] ** 2).sum()) / total**2


def _ederer(dies: NDArray[np.bool_], earlier: Floats, later: Floats) -> tuple[float, float, float]:
    """Of one step: dN/Y, Σ Y dΛ / Y, dN/Y²."""
    n = len(dies)
    return float(dies.sum()) / n, float((later - earlier).sum()) / n, float(dies.sum()) / n**2
