"""The kernels of the product-limit: hazards from counts, occupancy and its variance, time in state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.curves import blockwise_products

_TIMES = 8192  # times at a time: what a block needs stays in cache


@dataclass(frozen=True, eq=False, slots=True)
class Hazards:
    """At the T times of events after a start: counts over numbers at risk, and what their variance needs.

    at_risk (G, T, Q), increments dA (G, T, K). Cov(dA_k, dA_l) from one state is
    [δ_kl e_k − dA_k e_l − dA_l e_k + dA_k dA_l r] / Y² with e = Σ w² of the events and r = Σ w² of those at risk,
    which without weights is the multinomial (δ_kl dA_k − dA_k dA_l) / Y. The Poisson form keeps δ_kl e_k / Y² only.
    """

    course: Course
    times: Floats
    at_risk: Floats
    increments: Floats
    squared_events: Floats
    squared_at_risk: Floats
    poisson: bool

    def part(self, rows: slice) -> Hazards:
        """Some of the times."""
        return Hazards(
            self.course,
            self.times[rows],
            self.at_risk[:, rows],
            self.increments[:, rows],
            self.squared_events[:, rows],
            self.squared_at_risk[:, rows],
            self.poisson,
        )


def hazards(table: EventTable, start: float, *, poisson: bool) -> Hazards:
    """dA = events / at risk at the times of events after the start (from time 0 on, where that is the start)."""
    rows = np.flatnonzero(_happened(table, start))
    events, risk = table.events[:, rows], table.at_risk[:, rows].astype(np.float64)
    at_source = risk if risk.shape[2] == 1 else risk[:, :, table.course.transient_index]
    increments = np.divide(events, at_source, out=np.zeros(events.shape), where=at_source > 0)
    if table.squares is None:
        squared_events, squared_risk = events, risk
    else:
        squared_events = table.squares.events[:, rows]
        squared_risk = table.squares.at_risk[:, rows]
    return Hazards(table.course, table.times[rows], risk, increments, squared_events, squared_risk, poisson)


def _happened(table: EventTable, start: float) -> NDArray[np.bool_]:
    """(T,) whether anything happened at a time after the start (from time 0 on, where that is the start)."""
    happened = np.zeros(len(table.times), dtype=bool)
    for g in range(len(table.groups)):
        for k in range(len(table.course.transitions)):
            happened |= table.events[g, :, k] > 0
    return happened & _arrays.later(table.times, start) if start > 0 else happened


def one_transient_state(
    table: EventTable, start: float, initial: Floats, *, poisson: bool
) -> tuple[Floats, Floats, Floats]:
    """Times, occupancy and variance where one state is left for good: running products and sums in blocks, O(T).

    S(t) = ∏(1 − dA.), F_k(t) = Σ S(u−) dA_k. A change of dA_m(u) moves F_k(t) by S(u−)[δ_km − (F_k(t) − F_k(u))/S(u)]
    and S(t) by −S(u−) S(t)/S(u); the variance is the sum over u of the quadratic form with Cov dA(u), expanded in
    powers of F_k(t), so that running sums of its three coefficients are all that is needed. Without weights, and not
    for Poisson variances where S reaches 0: the last drop then keeps a variance that S(t)/S(u) cannot carry.
    """
    course = table.course
    rows = np.flatnonzero(_happened(table, start))
    groups, states = initial.shape
    probability = np.empty((groups, len(rows) + 1, states))
    variance = np.zeros_like(probability)
    probability[:, 0] = initial
    home = course.index(course.transient[0])
    for g in range(groups):
        run = _Running(len(course.transitions), float(initial[g, home]), poisson)
        for a in range(0, len(rows), _TIMES):
            block = rows[a : a + _TIMES]
            out = slice(a + 1, a + 1 + len(block))
            at_risk = table.at_risk[g, block, 0].astype(np.float64)
            probability[g, out] = initial[g]
            survival, variance[g, out, home], incidence = run.step(table.events[g, block], at_risk)
            probability[g, out, home] = survival
            for target, (risen, spread) in zip(course.targets, incidence, strict=True):
                probability[g, out, target] += risen
                variance[g, out, target] = spread
    return table.times[rows], probability, variance


class _Running:
    """The running products and sums of `one_transient_state` for one group, carried from block to block."""

    def __init__(self, causes: int, share: float, poisson: bool) -> None:
        self.share, self.poisson = share, poisson
        self.survival, self.spread = 1.0, 0.0
        self.risen, self.constant, self.linear = np.zeros(causes), np.zeros(causes), np.zeros(causes)

    def step(self, events: NDArray[Any], at_risk: Floats) -> tuple[Floats, Floats, list[tuple[Floats, Floats]]]:
        """S and its variance, (t,), and the same of each F, for a block of t times; events (t, K), at_risk (t,)."""
        y = np.where(at_risk > 0, at_risk, 1.0)
        d = [events[:, m].astype(np.float64) for m in range(events.shape[1])]
        left = d[0] if len(d) == 1 else np.sum(d, axis=0)
        stay = y - left
        after = self.survival * np.cumprod(stay / y)
        before = np.concatenate([[self.survival], after[:-1]])
        per_head = before / y
        nobody = stay == 0  # a last drop: nothing after it moves S or F
        stay[nobody] = np.inf
        second = left / (stay * stay) if self.poisson else left / (y * stay)
        spread = self.spread + np.cumsum(second)
        of_survival = (self.share * after) ** 2 * spread
        incidence = []
        for m, count in enumerate(d):
            risen = self.risen[m] + np.cumsum(per_head * count)
            found = of_survival
            if len(d) > 1:  # Σ [none + first (F(t) − F(u)) + second (F(t) − F(u))²]
                rate = count * per_head
                none = rate * per_head if self.poisson else rate * per_head * (1.0 - count / y)
                first = rate / stay if self.poisson else rate / y
                first *= -2.0
                bent = second * risen
                constant = self.constant[m] + np.cumsum(none + risen * (bent - first))
                linear = self.linear[m] + np.cumsum(first - 2.0 * bent)
                found = self.share**2 * np.maximum(constant + risen * (linear + risen * spread), 0.0)
                self.constant[m], self.linear[m] = constant[-1], linear[-1]
            incidence.append((self.share * risen, found))
            self.risen[m] = risen[-1]
        self.survival, self.spread = float(after[-1]), float(spread[-1])
        return self.share * after, of_survival, incidence


def step_matrices(hazard: Hazards) -> Floats:
    """I + dA(u), shape (G, T, S, S)."""
    course = hazard.course
    g, t, _ = hazard.increments.shape
    s = len(course.states)
    steps = np.zeros((g, t, s, s))
    steps[:, :, course.sources, course.targets] = hazard.increments
    np.einsum("gtii->gti", steps)[...] = 1.0 - steps.sum(axis=3)
    return steps


def increment_covariance(hazard: Hazards) -> Floats:
    """Covariance of the increments of one time, shape (G, T, K, K); 0 between transitions from different states."""
    course = hazard.course
    q = course.transient_index
    y = hazard.at_risk[:, :, q]
    y = np.where(y > 0, y, 1.0)
    x, e = hazard.increments, hazard.squared_events
    k = len(q)
    covariance = np.zeros((*x.shape, k))
    np.einsum("gtkk->gtk", covariance)[...] = e
    if not hazard.poisson:
        r = hazard.squared_at_risk[:, :, q]
        cross = x[..., :, None] * e[..., None, :]
        full = x[..., :, None] * x[..., None, :] * r[..., None] - cross - cross.swapaxes(-1, -2)
        covariance += np.where(q[:, None] == q[None, :], full, 0.0)
    return covariance / (y[..., :, None] * y[..., None, :])


def _directions(course: Course) -> NDArray[np.float64]:
    """(K, S): what one more transition does to the states, +1 at its target and −1 at its source."""
    direction = np.zeros((len(course.transitions), len(course.states)))
    direction[np.arange(len(direction)), course.targets] = 1.0
    direction[np.arange(len(direction)), course.sources] -= 1.0
    return direction


def occupy(hazard: Hazards, initial: Floats) -> tuple[Floats, Floats]:
    """Occupancy and variance in any course, each (G, T + 1, S)."""
    g, t, _ = hazard.increments.shape
    probability = np.empty((g, t + 1, initial.shape[1]))
    variance = np.zeros_like(probability)
    probability[:, 0] = initial
    for out, p, covariance in _walk(hazard, initial):
        probability[:, out] = p
        variance[:, out] = np.maximum(np.einsum("gtss->gts", covariance), 0.0)
    return probability, variance


def occupancy_covariance(hazard: Hazards, initial: Floats, at: NDArray[np.intp]) -> Floats:
    """Covariance of the states' probabilities after the first `at` times of events, (G, len(at), S, S)."""
    g, s = initial.shape
    found = np.zeros((g, len(at), s, s))
    for out, _, covariance in _walk(hazard, initial):
        here = np.flatnonzero((at >= out.start) & (at < out.stop))
        found[:, here] = covariance[:, at[here] - out.start]
    return found


def _walk(hazard: Hazards, initial: Floats) -> Iterator[tuple[slice, Floats, Floats]]:
    """p ← p(I + dA), V ← (I + dA)ᵀ V (I + dA) + Σ_h p_h² Cov(dA_h), block by block: places 1 … T, p and V there."""
    g, t, _ = hazard.increments.shape
    s = initial.shape[1]
    before, covariance = initial, np.zeros((g, s, s))
    direction = _directions(hazard.course)
    for a in range(0, t, _TIMES):
        part = hazard.part(slice(a, a + _TIMES))
        steps = step_matrices(part)
        p = blockwise_products.affine(before[:, None], steps)[:, :, 0]
        earlier = np.concatenate([before[:, None], p[:, :-1]], axis=1)
        leaving = earlier[:, :, hazard.course.sources, None] * direction
        added = leaving.swapaxes(-1, -2) @ increment_covariance(part) @ leaving
        spread = blockwise_products.congruence(covariance, steps, added)
        yield slice(a + 1, a + 1 + p.shape[1]), p, spread
        before, covariance = p[:, -1], spread[:, -1]


def futures(hazard: Hazards, weights: Floats, last: Floats) -> Floats:
    """Backward sums W(u) = w(u) I + (I + dA(u⁺)) W(u⁺), with W = `last` after the final time.

    `weights` (T,) belongs to the stretch that follows each time; the result, (G, T, S, S), is what a person in state h
    after each time may still expect of state k. With weights 0 and last = I it is P(u, end).
    """
    g, t, s = hazard.increments.shape[0], len(hazard.times), len(hazard.course.states)
    if t == 0:
        return np.empty((g, 0, s, s))
    steps = step_matrices(hazard)
    # transposed, x_i = x_{i+1} M_{i+1}ᵀ + w_i I runs backwards in time; the last one takes no step
    backwards = np.concatenate([np.broadcast_to(np.eye(s), (g, 1, s, s)), steps[:, :0:-1].swapaxes(-1, -2)], axis=1)
    shift = weights[::-1, None, None] * np.eye(s)
    start = np.broadcast_to(last.swapaxes(-1, -2), (g, s, s))
    found = blockwise_products.affine(start, backwards, np.broadcast_to(shift, (g, t, s, s)))
    return found[:, ::-1].swapaxes(-1, -2)


def sojourn(hazard: Hazards, times: Floats, probability: Floats, horizon: float) -> tuple[Floats, Floats]:
    """Expected time in each state from times[0] to the horizon, and its variance, each (G, S)."""
    inside = int(_arrays.before(hazard.times, horizon))
    edges = np.concatenate([times[: inside + 1], [horizon]])
    stretch = np.diff(edges)
    value = np.einsum("gts,t->gs", probability[:, : inside + 1], stretch)
    part = hazard.part(slice(0, inside))
    s = probability.shape[2]
    rest = futures(part, stretch[1:], np.zeros((s, s)))
    gain = _directions(hazard.course) @ rest  # (G, T, K, S): time gained in each state by one more transition
    gain *= probability[:, :inside, hazard.course.sources, None]
    variance = np.einsum("gtks,gtkl,gtls->gs", gain, increment_covariance(part), gain)
    return value, np.maximum(variance, 0.0)
