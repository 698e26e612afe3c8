"""What the event table of a validation says of each person: their cell decides weight and pseudo-observation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.counting.histories import Histories


@dataclass(frozen=True, eq=False)
class JudgedCells:
    """The cells of a table that ends at the horizon: M = T (K + 1) + 1 of them.

    The cell of an interval and a cause, or of censoring, has number j (K + 1) + k; the last is of those still there
    after the horizon. All arrays are (M,). Everyone in a cell has the same weight and the same pseudo-observation: they
    follow from the table alone, so that whoever has some of the people (a hospital, an engine) can use them without
    seeing the others' rows.

    Raises
    ------
    InputError : a table of groups, with late entry or without an event; `weight`, where everyone is censored before the
        horizon.
    """

    table: EventTable

    def __post_init__(self) -> None:
        table = self.table
        if len(table.groups) != 1 or table.entered.any() or not table.events[0, :, 0].any():
            raise InputError("table", "must be of one group, without late entry, with an event by the horizon")

    @property
    def causes(self) -> int:
        return len(self.table.course.transitions)

    @property
    def steps(self) -> int:
        return len(self.table.times)

    @cached_property
    def beyond(self) -> int:
        """How many are still there after the horizon."""
        table = self.table
        return int(table.at_risk[0, -1, 0] - table.censored[0, -1, 0] - table.events[0, -1].sum())

    @cached_property
    def people(self) -> NDArray[np.int64]:
        """How many are in each cell."""
        inside = np.concatenate([self.table.events[0], self.table.censored[0]], axis=1)
        return np.append(inside.ravel(), self.beyond).astype(np.int64)

    @cached_property
    def total(self) -> int:
        return int(self.people.sum())

    @cached_property
    def at_end(self) -> bool:
        """Whether the horizon is the end of administrative follow-up (see `measures.Outcome.status`)."""
        return int(self.table.censored[0, -1, 0]) > self.beyond

    @cached_property
    def case(self) -> NDArray[np.bool_]:
        """The event by the horizon."""
        return self._by_kind(0)

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Known to have had none by then."""
        found = np.zeros(len(self.people), dtype=bool)
        found[-1] = True
        if self.at_end:
            found[-2] = True
        return found

    def _by_kind(self, kind: int) -> NDArray[np.bool_]:
        inside = np.tile(np.arange(self.causes + 1) == kind, self.steps)
        return np.append(inside, False)

    @cached_property
    def _censoring(self) -> tuple[Floats, Floats, Floats]:
        """At risk of being censored at each time (after its events), the hazard, and G before each and at the end."""
        at_risk = (self.table.at_risk[0, :, 0] - self.table.events[0].sum(axis=1)).astype(np.float64)
        count = self.table.censored[0, :, 0].astype(np.float64)
        hazard = np.divide(count, at_risk, out=np.zeros(self.steps), where=at_risk > 0)
        return at_risk, hazard, np.concatenate([[1.0], np.cumprod(1.0 - hazard)])

    @cached_property
    def weight(self) -> Floats:
        """1/G(T−) of those with an event, 1/G(t) of the free, 0 of the others."""
        _, _, g = self._censoring
        ended = np.zeros((self.steps, self.causes + 1))
        ended[:, : self.causes] = np.divide(1.0, g[:-1], out=np.zeros(self.steps), where=g[:-1] > 0)[:, None]
        found = np.append(ended.ravel(), 0.0)
        last = g[-2] if self.at_end else g[-1]
        if last <= 0 and self.people[self.free].any():
            raise InputError("table", "everyone is censored before the horizon; an earlier one is needed")
        found[self.free] = 1.0 / last if last > 0 else 0.0
        return found

    @cached_property
    def held(self) -> NDArray[np.intp]:
        """How many steps of G the weight of each cell holds."""
        last = self.steps - 1 if self.at_end else self.steps
        inside = np.repeat(np.minimum(np.arange(self.steps), last), self.causes + 1)
        found = np.append(inside, last)
        found[self.free] = last
        return found

    def correction(self, contribution: Any) -> Floats:
        """What estimating G adds to the influence of each person of a cell on the mean of contributions whose sums over
        cells these are (`Censoring.correction`)."""
        at_risk, hazard, _ = self._censoring
        sums = np.bincount(self.held, contribution, minlength=self.steps + 1)
        psi = sums.sum() - np.cumsum(sums)[:-1]
        stay = at_risk * (1.0 - hazard)
        gain = np.divide(psi, stay, out=np.zeros(self.steps), where=stay > 0)
        drift = np.concatenate([[0.0], np.cumsum(gain * hazard)])
        inside = np.repeat(-drift[:-1, None], self.causes + 1, axis=1)
        inside[:, self.causes] = -drift[1:] + gain
        return np.append(inside.ravel(), -drift[-1])

    @cached_property
    def pseudo(self) -> Floats:
        """The jackknife pseudo-observation n θ − (n − 1) θ₍₋ᵢ₎ of the probability of the event by the horizon."""
        y = self.table.at_risk[0, :, 0].astype(np.float64)
        d = self.table.events[0].astype(np.float64)
        n, k = float(self.total), self.causes

        def curves(risk: Floats) -> tuple[Floats, Floats]:
            step = np.divide(d, risk[:, None], out=np.zeros_like(d), where=risk[:, None] > 0)
            survival = np.concatenate([[1.0], np.cumprod(np.maximum(1 - step.sum(axis=1), 0.0))])
            first = np.concatenate([[0.0], np.cumsum(survival[:-1] * step[:, 0])])
            return survival, first

        survival, incidence = curves(y)
        fewer_survival, fewer_incidence = curves(y - 1)
        end = incidence[-1]
        onward = np.divide(end - incidence[1:], survival[1:], out=np.zeros(len(y)), where=survival[1:] > 0)
        inside = np.empty((len(y), k + 1))
        inside[:, k] = fewer_incidence[1:] + fewer_survival[1:] * onward  # censored: no step of their own
        for m in range(k):
            left = d.copy()
            left[:, m] -= 1
            step = np.divide(left, (y - 1)[:, None], out=np.zeros_like(d), where=(y > 1)[:, None])
            stayed = fewer_survival[:-1] * (1 - step.sum(axis=1))
            inside[:, m] = fewer_incidence[:-1] + fewer_survival[:-1] * step[:, 0] + stayed * onward
        found: Floats = n * end - (n - 1) * np.append(inside.ravel(), fewer_incidence[-1])
        return found

    def of(self, histories: Histories) -> NDArray[np.intp]:
        """The cell of each row."""
        edges = np.concatenate([[0.0], self.table.times])
        place = np.maximum(_arrays.before(edges, histories.exit), 1) - 1
        cell = place * (self.causes + 1) + histories.kind.astype(np.intp)
        return np.where(place >= self.steps, len(self.people) - 1, cell).astype(np.intp)

    def sums(self, where: NDArray[np.intp], values: Floats) -> Floats:
        """Sums by cell of values that stand in these cells, (M,)."""
        return np.bincount(where, values, minlength=len(self.people)).astype(np.float64)

    def mean(self, by_cell: Any) -> float:
        """The mean over all people of what is the same for everyone in a cell."""
        return float((self.people * by_cell).sum()) / self.total

    def se(self, constant: Floats, sums: Any = 0.0, squares: float = 0.0) -> float:
        """The standard error of a mean with the influences z_i + c of the cell: sums (M,) of z, and Σ z²."""
        n = self.total
        mean = float((self.people * constant).sum() + np.sum(sums)) / n
        around = squares + 2 * float(np.sum(sums * constant)) + float((self.people * constant**2).sum()) - n * mean**2
        return float(np.sqrt(max(around, 0.0) / (n - 1) / n))
