"""The partial likelihood on grouped risk sets: sums per event time, no loop over patients.

Rows are ordered by stratum and by decreasing time of exit. A *slot* is one distinct event time of one stratum, in that
order; a row is at risk from the slot of its exit on to the end of the stratum, less the slots from its entry on.
With r_i = w_i exp(η_i), the sums over the risk set are running sums of slot totals:

    S0_k = Σ r_i,   S1_k = Σ r_i x_i      (i at risk at slot k)

For the subdistribution hazard, a row that ended with a competing event goes on to count in later slots with weight
c_i g_k (Fine and Gray 1999): S_k = P_k + g_k (T − Q_k), with P the running sum over those at risk, Q the running sum
of c_i r_i and T its total. The score and the first part of the information need no sums of vectors at all:

    U = Σ x_i (w_i δ_i − r_i h_i),   I = Σ r_i h_i x_i x_iᵀ − Σ_k dH-weighted S1_k S1_kᵀ

where h_i is the hazard that row i lived through. Ties follow Efron (J Am Stat Assoc 1977;72:557–565) or Breslow
(Biometrics 1974;30:89–99).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays, kernels

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True, eq=False, slots=True)
class Slots:
    """Sums per slot at one vector of coefficients; what baseline, score and information are made of.

    total: S0. first, second: d/S0 and d/S0², or under Efron's ties w̄ Σ 1/(S0 − c D0) and w̄ Σ 1/(S0 − c D0)².
    """

    total: Floats
    log_sum: float
    first: Floats
    second: Floats
    efron: Efron | None


class Efron(NamedTuple):
    """What Efron's steps c = 0, 1/d, … add at the slots with several deaths, each (t,); D0 is the part of S0 that dies.

    first: w̄ Σ c/(S0 − c D0); one, two: w̄ Σ c/(S0 − c D0)², w̄ Σ c²/(S0 − c D0)².
    """

    first: Floats
    one: Floats
    two: Floats


class Moments(NamedTuple):
    """A block of slots (`where`): S1 there (p, slots); its tied slots (`ties` among all tied ones, `tied` within the
    block) and the part of S1 that dies at them (p, tied)."""

    where: slice
    s1: Floats
    ties: slice
    tied: NDArray[np.intp]
    dying: Floats


class Tail(NamedTuple):
    """Rows that go on to count after their own end: c of each row (n,), g at each slot (d,), the rows with c > 0, by
    stratum and decreasing time, and their covariates (p, rows)."""

    weight: Floats
    at: Floats
    rows: NDArray[np.intp]
    x: Floats
    end: NDArray[np.intp]  # (d,) how many of `rows` each slot and those before it hold
    edges: NDArray[np.intp]  # where the rows of each stratum begin, and where the last one's end
    since: NDArray[np.intp]  # (n,) the first slot of the row's stratum: its latest time
    until: NDArray[np.intp]  # (n,) the first slot that is no longer after the row's end

    def whole(self, slot_stratum: NDArray[np.intp]) -> NDArray[np.intp]:
        """How many of `rows` the stratum of each slot and those before it hold, (d,)."""
        return self.edges[slot_stratum + 1]


class PartialLikelihood:
    """Rows in risk-set order, with their covariates centred and scaled; evaluates the log partial likelihood.

    Parameters
    ----------
    x : (n, p). exit, event : (n,). entry, weight, offset : (n,) or None; exit and entry by `_arrays.merge_near`,
        each entry before its exit. One row at least has an event.
    stratum : codes (n,) or None.
    tail : None, or for the subdistribution hazard (c of each row, 0 where it has no competing event; g as a function
        of times and the code of their stratum).
    ranked : `_arrays.ranks(exit)`, where that is known already.
    """

    def __init__(
        self,
        x: Floats,
        exit: Floats,
        event: NDArray[np.bool_],
        *,
        entry: Floats | None = None,
        stratum: NDArray[np.intp] | None = None,
        weight: Floats | None = None,
        offset: Floats | None = None,
        ties: Ties = "efron",
        tail: tuple[Floats, Callable[[Floats, int], Floats]] | None = None,
        ranked: _arrays.Ranks | None = None,
    ) -> None:
        self.n, self.p = x.shape
        self.entry = entry
        found = _arrays.ranks(exit) if ranked is None else ranked
        self.exit = found.times[found.rank]  # those of one time with one value
        self.followed_to = {0: float(found.times[-1])} if stratum is None else _latest(self.exit, stratum)
        self.order, self.slot, self.times, self.slot_stratum = risk_set_order(found, event, stratum)
        self.event = event[self.order]
        self.weight = None if weight is None else weight[self.order]
        self.offset = None if offset is None else offset[self.order]
        self._find_slots(ties)
        self._find_entries(self.entry, stratum)
        self.center, self.scale = _standardise(x)
        self.x = np.empty((self.p, self.n))
        kernels.gather_scaled(x, self.order, self.center, self.scale, self.x)
        self._find_tail(tail, stratum)
        died = np.zeros(self.n) if self.weight is None else np.where(self.event, self.weight, 0.0)
        if self.weight is None:
            died[self.event] = 1.0
        self.died_x = self.x @ died
        self.died_offset = 0.0 if self.offset is None else float(self.offset @ died)

    def _find_slots(self, ties: Ties) -> None:
        """Where each slot begins and ends; within a slot the deaths come last."""
        self.d = len(self.times)
        self.last = int(np.searchsorted(self.slot, self.d))  # rows from here on are never at risk at an event
        count = np.bincount(self.slot[: self.last], minlength=self.d)
        self.row_end = np.cumsum(count)
        self.row_start = self.row_end - count
        self.deaths = np.bincount(self.slot[self.event], minlength=self.d)
        # slots with several deaths, where Efron's ties differ, and the rows of these deaths
        self.tied = np.flatnonzero(self.deaths > 1) if ties == "efron" else np.zeros(0, dtype=np.intp)
        self.tied_bounds = np.column_stack([(self.row_end - self.deaths)[self.tied], self.row_end[self.tied]])
        several = self.deaths[self.slot[: self.last]] > 1 if len(self.tied) else np.zeros(0, dtype=bool)
        self.tied_rows = np.flatnonzero(several & self.event[: len(several)])
        self.death_weight = self.deaths.astype(float)
        if self.weight is not None:
            self.death_weight = np.bincount(self.slot[self.event], self.weight[self.event], minlength=self.d)
        changes = np.flatnonzero(np.diff(self.slot_stratum)) + 1
        self.stratum_start = np.concatenate([[0], changes])
        self.stratum_stop = np.concatenate([changes, [self.d]])

    def _find_entries(self, entry: Floats | None, stratum: NDArray[np.intp] | None) -> None:
        """The first slot at which each row was not yet at risk, and the rows in that order."""
        self.entry_slot: NDArray[np.intp] | None = None
        if entry is None or not entry.any():
            return
        late = entry[self.order]
        slot = np.full(self.n, self.d, dtype=np.intp)  # d: entered before the first event, leaves no risk set
        which = None if stratum is None else stratum[self.order]
        for a, b in zip(self.stratum_start, self.stratum_stop, strict=True):
            rows = slice(None) if which is None else which == self.slot_stratum[a]
            found = b - np.searchsorted(self.times[a:b][::-1], late[rows], side="right")
            slot[rows] = np.where(found == b, self.d, found)
        self.entry_slot = slot
        self.entry_order = np.argsort(slot, kind="stable")
        self.entry_start = np.searchsorted(slot[self.entry_order], np.arange(self.d + 1))

    def _find_tail(
        self, tail: tuple[Floats, Callable[[Floats, int], Floats]] | None, stratum: NDArray[np.intp] | None
    ) -> None:
        self.tail: Tail | None = None
        if tail is None:
            return
        weight = tail[0][self.order]
        rows = np.flatnonzero(weight)
        at = np.empty(self.d)
        for a, b in zip(self.stratum_start, self.stratum_stop, strict=True):
            at[a:b] = tail[1](self.times[a:b][::-1], int(self.slot_stratum[a]))[::-1]
        edges = np.array([0, len(rows)])
        since, until = np.zeros(self.n, dtype=np.intp), self.slot
        if stratum is not None:
            which, labels = stratum[self.order], np.arange(int(stratum.max()) + 1)
            rows = rows[np.argsort(which[rows], kind="stable")]  # those never at risk at an event stood last of all
            edges = np.append(0, np.cumsum(np.bincount(which[rows], minlength=len(labels))))
            since = np.searchsorted(self.slot_stratum, labels)[which]
            stop = np.searchsorted(self.slot_stratum, labels, side="right")[which]
            until = np.where(self.slot == self.d, stop, self.slot)
        end = np.searchsorted(until[rows], np.arange(self.d), side="right")
        self.tail = Tail(weight, at, rows, self.x.take(rows, axis=1), end, edges, since, until)

    def risks(self, beta: Floats) -> Floats:
        """r = w exp(η − max η) per row in risk-set order."""
        eta = beta @ self.x
        if self.offset is not None:
            eta += self.offset
        self.shift = float(eta.max())
        self.died_eta = float(beta @ self.died_x) + self.died_offset - self.shift * float(self.death_weight.sum())
        eta -= self.shift
        r: Floats = np.exp(eta, out=eta)
        if self.weight is not None:
            r *= self.weight
        return r

    def _dying(self, values: Floats, ties: slice, offset: int = 0) -> Floats:
        """Sums over the deaths of tied slots, (…, ties), of values (…, rows) that begin at row `offset`."""
        bounds = self.tied_bounds[ties].ravel() - offset
        if bounds[-1] == values.shape[-1]:
            bounds = bounds[:-1]
        found: Floats = np.add.reduceat(values, bounds, axis=-1)[..., ::2]
        return found

    def _slot_sums(self, r: Floats) -> Floats:
        """Running Σ r over the risk set at each slot."""
        if self.entry_slot is None and len(self.stratum_start) == 1:
            running: Floats = np.cumsum(r[: self.last])[self.row_end - 1]
            return running
        sums = np.add.reduceat(r[: self.last], self.row_start)
        if self.entry_slot is not None:
            sums -= np.bincount(self.entry_slot, r)[: self.d]  # who dies first of all entered before: d
        total = np.empty(self.d)
        for a, b in zip(self.stratum_start, self.stratum_stop, strict=True):
            np.cumsum(sums[a:b], out=total[a:b])
        return total

    def slots(self, r: Floats) -> Slots:
        """Sums per slot."""
        total = self._slot_sums(r)
        if self.tail is not None:
            rows = self.tail.rows
            held = np.concatenate([[0.0], np.cumsum(r[rows] * self.tail.weight[rows])])
            total += self.tail.at * (held[self.tail.whole(self.slot_stratum)] - held[self.tail.end])
        first = self.death_weight / total
        second = first / total
        if not len(self.tied):
            return Slots(total, float(self.death_weight @ np.log(total)), first, second, None)
        single = np.where(self.deaths > 1, 0.0, self.death_weight)
        d = self.deaths[self.tied]
        begin = np.concatenate([[0], np.cumsum(d)[:-1]])
        c = (np.arange(d.sum()) - np.repeat(begin, d)) / np.repeat(d, d)
        rest = np.repeat(total[self.tied], d) - c * np.repeat(self._dying(r, slice(None)), d)
        mean = self.death_weight[self.tied] / d
        one = 1.0 / rest
        two = one * one

        def add(values: Floats) -> Floats:
            return mean * np.add.reduceat(values, begin)

        first[self.tied], second[self.tied] = add(one), add(two)
        efron = Efron(add(c * one), add(c * two), add(c * c * two))
        return Slots(total, float(single @ np.log(total) + add(np.log(rest)).sum()), first, second, efron)

    def _ahead(self, sums: Floats) -> Floats:
        """Sums over this slot and all later ones of the stratum, with a 0 at the end."""
        out = np.zeros(self.d + 1)
        for a, b in zip(self.stratum_start, self.stratum_stop, strict=True):
            out[a:b] = np.cumsum(sums[a:b][::-1])[::-1]
        return out

    def lived(self, slots: Slots, factor: Floats | None = None) -> Floats:
        """Hazard (per unit of r) that each row lived through, optionally with a factor per slot."""
        first = slots.first if factor is None else slots.first * factor
        ahead = self._ahead(first)
        h = np.zeros(self.n)
        h[: self.last] = np.repeat(ahead[:-1], self.row_end - self.row_start)
        if slots.efron is not None:
            own = slots.efron.first if factor is None else slots.efron.first * factor[self.tied]
            h[self.tied_rows] -= np.repeat(own, self.deaths[self.tied])
        if self.entry_slot is not None:
            h -= ahead[self.entry_slot]
        if self.tail is not None:
            before = np.concatenate([[0.0], np.cumsum(first * self.tail.at)])
            rows = self.tail.rows
            h[rows] += self.tail.weight[rows] * (before[self.tail.until[rows]] - before[self.tail.since[rows]])
        return h

    def moments(self, r: Floats) -> Iterator[Moments]:
        """S1 at the slots and, for Efron, its part over tied deaths, block by block of slots."""
        carry, carry_tail = np.zeros((self.p, 1)), np.zeros((self.p, 1))
        if self.tail is not None:
            held = r[self.tail.rows] * self.tail.weight[self.tail.rows]
            parts = [self.tail.x[:, a:b] @ held[a:b] for a, b in pairwise(self.tail.edges.tolist())]
            held_total = np.cumsum(parts, axis=0).T  # (p, strata)
        edges = np.searchsorted(self.row_start, np.arange(0, self.last, kernels.block_rows(self.p)))
        edges = np.unique(np.append(edges, self.d))
        compiled = kernels.compiled(self.x.size)
        own_start = np.repeat(self.stratum_start, self.stratum_stop - self.stratum_start)
        for k0, k1 in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            a, b = int(self.row_start[k0]), int(self.row_end[k1 - 1])
            ties = slice(*np.searchsorted(self.tied, [k0, k1]).tolist())
            dying = self.x[:, :0]
            if ties.stop > ties.start:
                dying = self._dying(self.x[:, a:b] * r[a:b], ties, a)
            running = kernels.running_moments(self.x[:, a:b], r[a:b], self.row_end[k0:k1] - a, compiled)
            if self.entry_slot is not None:
                running -= np.cumsum(self._entering(r, k0, k1), axis=1)
            if len(self.stratum_start) > 1:
                begun = own_start[k0:k1]
                fresh = np.concatenate([np.zeros((self.p, 1)), running], axis=1)[:, np.maximum(begun - k0, 0)]
                running = running - fresh + np.where(begun < k0, carry, 0.0)
            else:
                running += carry
            carry = running[:, -1:].copy()
            if self.tail is not None:
                a, b = int(self.tail.end[k0 - 1]) if k0 else 0, int(self.tail.end[k1 - 1])
                gone = kernels.running_moments(self.tail.x[:, a:b], held[a:b], self.tail.end[k0:k1] - a, compiled)
                gone += carry_tail
                carry_tail = gone[:, -1:].copy()
                np.subtract(held_total[:, self.slot_stratum[k0:k1]], gone, out=gone)
                gone *= self.tail.at[k0:k1]
                running += gone
            yield Moments(slice(k0, k1), running, ties, self.tied[ties] - k0, dying)

    def _entering(self, r: Floats, k0: int, k1: int) -> Floats:
        """Σ r x over the rows that leave the risk set backwards at slots k0 … k1 − 1."""
        a, b = self.entry_start[k0], self.entry_start[k1]
        out = np.zeros((self.p, k1 - k0))
        rows = self.entry_order[a:b]
        starts = self.entry_start[k0:k1]
        filled = np.flatnonzero(self.entry_start[k0 + 1 : k1 + 1] > starts)
        out[:, filled] = np.add.reduceat(self.x[:, rows] * r[rows], starts[filled] - a, axis=1)
        return out

    def slot_means(self, slots: Slots, m: Moments) -> Floats:
        """Mean covariates over the risk set, standardised, (p, slots); under Efron's ties averaged over its steps."""
        mean: Floats = m.s1 * (slots.first[m.where] / self.death_weight[m.where])
        if slots.efron is not None:
            mean[:, m.tied] -= m.dying * (slots.efron.first[m.ties] / self.death_weight[m.where][m.tied])
        return mean

    def moved(self, slots: Slots, m: Moments) -> Floats:
        """−∂dΛ/∂β at the slots, (p, slots): w̄ Σ (S1 − c D1)/(S0 − c D0)², standardised."""
        found: Floats = m.s1 * slots.second[m.where]
        if slots.efron is not None:
            found[:, m.tied] -= m.dying * slots.efron.one[m.ties]
        return found

    def log_likelihood(self, slots: Slots) -> float:
        """Σ w_i η_i over the deaths − Σ w̄ log of the risk sums."""
        return self.died_eta - slots.log_sum

    def score(self, r: Floats, slots: Slots, factor: Floats | None = None) -> Floats:
        """U, (p,), in the standardised covariates; with a factor g_k per slot, Σ g_k U_k."""
        lived = self.lived(slots, factor)
        lived *= r
        if factor is None:
            return self.died_x - self.x @ lived
        died = self.event
        own = factor[self.slot[died]]
        lived[died] -= own if self.weight is None else own * self.weight[died]
        return -(self.x @ lived)

    def information(self, r: Floats, slots: Slots, factor: Floats | None = None, means: Floats | None = None) -> Floats:
        """−∂U/∂β, (p, p), in the standardised covariates; with a factor g_k per slot, Σ g_k I_k.

        `means`, (d, p), is filled with −∂ log dΛ_k/∂β, in the covariates' own units: the mean over the risk set, under
        Efron's ties averaged over its steps with the weights 1/(S0 − c D0).
        """
        lived = self.lived(slots, factor)
        lived *= r
        out = np.zeros((self.p, self.p))
        rows = kernels.block_rows(self.p)
        for a in range(0, self.n, rows):
            part = self.x[:, a : a + rows]
            out += (part * lived[a : a + rows]) @ part.T
        for m in self.moments(r):
            f = 1.0 if factor is None else factor[m.where]
            if means is not None:
                means[m.where] = (self.moved(slots, m) / slots.first[m.where]).T
            out -= (m.s1 * (f * slots.second[m.where])) @ m.s1.T
            if slots.efron is not None:
                f = 1.0 if factor is None else factor[m.where][m.tied]
                one, two, s1 = f * slots.efron.one[m.ties], f * slots.efron.two[m.ties], m.s1[:, m.tied]
                out += (m.dying * one) @ s1.T - (m.dying * two - s1 * one) @ m.dying.T
        if means is not None:
            means *= self.scale
            means += self.center
        return (out + out.T) / 2


def risk_set_order(
    ranked: _arrays.Ranks, event: NDArray[np.bool_], stratum: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, NDArray[np.intp]]:
    """Rows by stratum, decreasing time and then death; the slot of each; time and stratum of the slots.

    Rows that leave before the first event of their stratum are never at risk at an event: they come last, in slot d.
    """
    times, rank, ascending = ranked
    late: NDArray[Any] = (len(times) - 1) - rank
    if stratum is not None:
        late = late + stratum * len(times)  # 64 bits
    if ascending is None:
        last = 2 * int(late.max()) + 1
        by = 2 * late + event
        order = np.argsort(by.astype(np.uint16), kind="stable") if last < 65536 else np.argsort(by)
        key = late[order]
    else:
        order = ascending[::-1]
        if stratum is not None:
            which = stratum[order]
            order = order[np.argsort(which.astype(np.uint16) if which.max() < 65536 else which, kind="stable")]
        key = late[order]
        ended = event[order]
        if (ended[:-1] & ~ended[1:] & (key[1:] == key[:-1])).any():  # a death before a censoring of the same time
            order = order[np.argsort(2 * key.astype(np.int64) + ended, kind="stable")]
    key = np.concatenate([[0], np.cumsum(key[1:] != key[:-1])])
    died = event[order]
    heads = np.flatnonzero(died)
    heads = heads[np.append(True, key[heads[1:]] != key[heads[:-1]])]  # the first death of each slot
    has_event = np.zeros(int(key[-1]) + 1, dtype=bool)
    has_event[key[heads]] = True
    before = np.cumsum(has_event) - has_event  # slots with an earlier place in the order
    slot: NDArray[np.intp] = before[key]
    times = times[rank[order[heads]]]
    if stratum is None:
        return order, slot, times, np.zeros(len(heads), dtype=np.intp)
    slot_stratum = stratum[order[heads]]
    last_slot = np.full(int(stratum.max()) + 1, -1, dtype=np.intp)
    last_slot[slot_stratum] = np.arange(len(heads))
    never = slot > last_slot[stratum[order]]
    resort = np.argsort(never, kind="stable")
    return order[resort], np.where(never, len(heads), slot)[resort], times, slot_stratum


def _latest(exit: Floats, stratum: NDArray[np.intp]) -> dict[int, float]:
    """The last time of each stratum."""
    last = np.zeros(int(stratum.max()) + 1)
    np.maximum.at(last, stratum, exit)
    return dict(enumerate(last.tolist()))


def _standardise(x: Floats) -> tuple[Floats, Floats]:
    """Means, and spreads from at most 4,000 rows: they condition the sums and are undone in every result."""
    center = np.full(len(x), 1.0 / len(x)) @ x
    some = x[:: -(-len(x) // 4_000)]
    with np.errstate(over="ignore", invalid="ignore"):
        away = some - center
        scale = np.sqrt(np.full(len(some), 1.0 / len(some)) @ (away * away))
    if not np.isfinite(scale).all():
        raise InputError("x", "some values are too large to be squared; check their unit")
    return center, np.where(scale > 1e-12 * np.abs(center), scale, 1.0)
