"""The kernels of the product-limit: hazards from counts, occupancy and its variance, time in state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma.survival import _scan
from sarcoma.survival._arrays import Floats
from sarcoma.survival.course import Course
from sarcoma.survival.event_table import EventTable

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
    return happened & (table.times > start) if start > 0 else happened


def one_transient_state(
    table: EventTable, start: float, initial: Floats, *, poisson: bool
) -> tuple[Floats, Floats, Floats]:
    """Times, occupancy and variance where one state is left for good: running products and sums in blocks, O(T).

    S(t) = ∏(1 − dA.), F_k(t) = Σ S(u−) dA_k. A change of dA_m(u) moves F_k(t) by S(u−)[δ_km − (F_k(t) − F_k(u))/S(u)]
    and S(t) by −S(u−) S(t)/S(u); the variance is the sum over u of the quadratic form with Cov dA(u), expanded in
    powers of F_k(t), so that running sums of its three coefficients are all that is needed. Not for Poisson variances
    where S reaches 0: the last drop then keeps a variance that S(t)/S(u) cannot carry.
    """
    course = table.course
    rows = np.flatnonzero(_happened(table, start))
    groups, states = initial.shape
    probability = np.empty((groups, len(rows) + 1, states))
    variance = np.zeros_like(probability)
    probability[:, 0] = initial
    squares = table if table.squares is None else table.squares
    home = course.index(course.transient[0])
    for g in range(groups):
        run = _Running(len(course.transitions), float(initial[g, home]), poisson)
        for a in range(0, len(rows), _TIMES):
            block = rows[a : a + _TIMES]
            out = slice(a + 1, a + 1 + len(block))
            y = table.at_risk[g, block, 0].astype(np.float64)
            r = y if squares is table else squares.at_risk[g, block, 0]
            survival, incidence, of_survival, of_incidence = run.step(
                table.events[g, block], squares.events[g, block], y, r
            )
            probability[g, out] = initial[g]
            probability[g, out, home] = survival
            probability[g, out, course.targets] += incidence.T
            variance[g, out, home] = of_survival
            variance[g, out, course.targets] = of_incidence.T
    return table.times[rows], probability, variance


class _Running:
    """The running products and sums of `one_transient_state` for one group, carried from block to block."""

    def __init__(self, causes: int, share: float, poisson: bool) -> None:
        self.share, self.poisson = share, poisson
        self.survival, self.spread = 1.0, 0.0
        self.risen, self.constant, self.linear = np.zeros(causes), np.zeros(causes), np.zeros(causes)

    def step(
        self, events: NDArray[Any], squares: NDArray[Any], y: Floats, r: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """S (t,), F (t, K) and their variances for a block of t times; events (t, K), Σ w² in squares and r."""
        y = np.where(y > 0, y, 1.0)
        left = events[:, 0] if events.shape[1] == 1 else events.sum(axis=1)
        after = self.survival * np.cumprod(np.maximum((y - left) / y, 0.0))
        before = np.concatenate([[self.survival], after[:-1]])
        total = left / y
        scale = (self.share * before / y) ** 2
        ratio = np.divide(1.0, after, out=np.zeros_like(after), where=after > 0)
        every = squares[:, 0] if squares.shape[1] == 1 else squares.sum(axis=1)
        second = every if self.poisson else every * (1 - 2 * total) + total**2 * r
        second = second * scale * ratio**2
        spread = self.spread + np.cumsum(second)
        of_survival = after**2 * spread
        incidence, of_incidence = np.empty(events.shape), np.empty(events.shape)
        for m in range(events.shape[1]):
            x, e = events[:, m] / y, squares[:, m]
            risen = self.risen[m] + np.cumsum(before * x)
            incidence[:, m] = self.share * risen
            if events.shape[1] == 1:
                of_incidence[:, m] = of_survival
            else:
                none = e if self.poisson else e * (1 - 2 * x) + x**2 * r
                first = -e if self.poisson else x * every + total * e - e - x * total * r
                none, first = none * scale, 2 * first * scale * ratio
                # Σ [none + first (F(t) − F(u)) + second (F(t) − F(u))²]
                constant = self.constant[m] + np.cumsum(none - first * risen + second * risen**2)
                linear = self.linear[m] + np.cumsum(first - 2 * second * risen)
                of_incidence[:, m] = np.maximum(constant + risen * (linear + risen * spread), 0.0)
                self.constant[m], self.linear[m] = constant[-1], linear[-1]
            self.risen[m] = risen[-1]
        self.survival, self.spread = float(after[-1]), float(spread[-1])
        return self.share * after, incidence, of_survival, of_incidence


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
    """Occupancy and variance in any course: p ← p(I + dA), V ← (I + dA)ᵀ V (I + dA) + Σ_h p_h² Cov(dA_h)."""
    g, t, _ = hazard.increments.shape
    s = initial.shape[1]
    probability = np.empty((g, t + 1, s))
    variance = np.zeros((g, t + 1, s))
    probability[:, 0] = initial
    if t:
        steps = step_matrices(hazard)
        probability[:, 1:] = _scan.affine(initial[:, None], steps)[:, :, 0]
        direction = _directions(hazard.course)
        leaving = probability[:, :-1, hazard.course.sources, None] * direction
        added = leaving.swapaxes(-1, -2) @ increment_covariance(hazard) @ leaving
        covariance = _scan.congruence(np.zeros((g, s, s)), steps, added)
        variance[:, 1:] = np.maximum(np.einsum("gtss->gts", covariance), 0.0)
    return probability, variance


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
    found = _scan.affine(start, backwards, np.broadcast_to(shift, (g, t, s, s)))
    return found[:, ::-1].swapaxes(-1, -2)


def sojourn(hazard: Hazards, times: Floats, probability: Floats, horizon: float) -> tuple[Floats, Floats]:
    """Expected time in each state from times[0] to the horizon, and its variance, each (G, S)."""
    inside = int(np.searchsorted(hazard.times, horizon, side="left"))
    edges = np.concatenate([times[: inside + 1], [horizon]])
    stretch = np.diff(edges)
    value = np.einsum("gts,t->gs", probability[:, : inside + 1], stretch)
    part = Hazards(
        hazard.course,
        hazard.times[:inside],
        hazard.at_risk[:, :inside],
        hazard.increments[:, :inside],
        hazard.squared_events[:, :inside],
        hazard.squared_at_risk[:, :inside],
        hazard.poisson,
    )
    s = probability.shape[2]
    rest = futures(part, stretch[1:], np.zeros((s, s)))
    gain = _directions(hazard.course) @ rest  # (G, T, K, S): time gained in each state by one more transition
    gain *= probability[:, :inside, hazard.course.sources, None]
    variance = np.einsum("gtks,gtkl,gtls->gs", gain, increment_covariance(part), gain)
    return value, np.maximum(variance, 0.0)
