"""Some steps for some people: each step done forwards on a state, or backwards on what follows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival.multistate.steps import Move, Steps

_SMALLEST = 1e-18

Column = Any
"""What is true of one state: a float for one person, an array for many, so that both are cheap."""


class StepBlock:
    """Steps `begin` to `end` for n people.

    `rates` (E, n) are the hazards of each event, `whole` and `half` (E, n) the shares of those in the state left who go
    in the step and in half of it: of 1 − exp(−all rates) each its part, or with `product` the rate itself. They hold
    where no state is both entered and left; elsewhere the exponential is the Taylor series of its action.
    """

    def __init__(self, steps: Steps, begin: int, end: int, by_hazard: Floats, *, product: bool) -> None:
        self.steps, self.begin, self.end, self.product = steps, begin, end, product
        self.events = slice(steps.first[begin], steps.first[end])
        step, hazard = steps.event_step[self.events], steps.event_hazard[self.events]
        increments, n = steps.increments[step, :, hazard], by_hazard.shape[1]
        relative = by_hazard[hazard].reshape(*increments.shape, n // increments.shape[1])
        self.rates: Floats = (increments[:, :, None] * relative).reshape(len(increments), n)

    @cached_property
    def whole(self) -> Floats:
        return self._shares(self.rates)

    @cached_property
    def half(self) -> Floats:
        return self._shares(self.rates / 2)

    def _shares(self, rates: Floats) -> Floats:
        if self.product:
            return rates
        shares: Floats = -np.expm1(-rates)
        source = self.steps.source[self.events]
        same = source[1:] == source[:-1]
        several = np.flatnonzero(np.append(same, False) | np.append(False, same))
        if len(several):  # ways out of one state in one step
            rate = rates[several]
            total = over_sources(rate, source[several])
            shares[several] = -np.expm1(-total) * np.divide(rate, total, where=total > 0, out=np.zeros_like(rate))
        return shares

    @cached_property
    def general(self) -> NDArray[np.bool_]:
        """(E,) whether the shares of an event do not hold."""
        mixed = np.array(self.steps.mixed[self.begin : self.end], dtype=bool) & (not self.product)
        found: NDArray[np.bool_] = mixed[self.steps.event_step[self.events] - self.begin]
        return found

    @cached_property
    def each(self) -> Any:
        """`whole` row by row: plain numbers for one person."""
        return self._plain(self.whole)

    @cached_property
    def _half(self) -> Any:
        return self._plain(self.half)

    @cached_property
    def _rates(self) -> Any:
        return self._plain(self.rates)

    def _plain(self, values: Floats) -> Any:
        return values[:, 0].tolist() if values.shape[1] == 1 else values

    def events_of(self, step: int) -> tuple[int, int]:
        """The first event of a step and the end, counted from the first of this part."""
        return self.steps.first[step] - self.events.start, self.steps.first[step + 1] - self.events.start

    @property
    def alone(self) -> bool:
        """Whether the steps are those of one person: plain numbers are faster then than arrays."""
        return bool(self.rates.shape[1] == 1)

    def matrix(self, step: int, states: int, *, half: bool = False) -> list[list[float]]:
        """exp(A) of a step of one person, or of half of it: a row for each source."""
        found = self._matrices.get(step)
        if found is None:
            first = self.steps.first[step] - self.events.start
            moves = self.steps.moves[step]
            generator = np.zeros((states, states))
            for (a, b, _), rate in zip(moves, self._rates[first : first + len(moves)], strict=True):
                generator[a, b] += rate
                generator[a, a] -= rate
            by_half = _exponential_of(generator / 2)
            found = self._matrices[step] = ((by_half @ by_half).tolist(), by_half.tolist())
        return found[half]

    @cached_property
    def _matrices(self) -> dict[int, tuple[list[list[float]], list[list[float]]]]:
        return {}

    def is_general(self, step: int) -> bool:
        """Whether the shares do not hold in a step."""
        return self.steps.mixed[step] and not self.product

    def forward(self, state: list[Column], step: int, *, half: bool = False) -> list[Column]:
        """state · exp(A) (or · (I + A)), A the generator of the step or half of it."""
        moves = self.steps.moves[step]
        first = self.steps.first[step] - self.events.start
        if len(moves) > 1 and self.is_general(step):
            if self.alone:
                rows = self.matrix(step, len(state), half=half)
                return [sum(map(mul, state, column)) for column in zip(*rows, strict=True)]
            rates = self._rates[first : first + len(moves)]
            return _exponential(state, moves, rates, 0.5 if half else 1.0, _flow)
        shares = self._half if half else self.each
        found = state.copy()
        for e, (a, b, _) in enumerate(moves, first):
            amount = state[a] * shares[e]
            found[a] = found[a] - amount
            found[b] = found[b] + amount
        return found

    def backward(self, after: list[Column], step: int, *, half: bool = False) -> list[Column]:
        """exp(A) · after (or (I + A) · after): a row for each state."""
        moves = self.steps.moves[step]
        first = self.steps.first[step] - self.events.start
        if self.is_general(step):
            rates = self._rates[first : first + len(moves)]
            return _exponential(after, moves, rates, 0.5 if half else 1.0, _gain)
        shares = self._half if half else self.each
        found = after.copy()
        for e, (a, b, _) in enumerate(moves, first):
            found[a] = found[a] + shares[e] * (after[b] - after[a])
        return found


def over_sources(values: Floats, sources: NDArray[np.intp]) -> Floats:
    """The sums of rows over runs of equal `sources`, at each row."""
    new = np.diff(sources, prepend=-1) != 0
    if new.all():
        return values
    found: Floats = np.add.reduceat(values, np.flatnonzero(new))[np.cumsum(new) - 1]
    return found


def _flow(term: dict[int, Column], moves: Sequence[Move], rates: Sequence[Column]) -> dict[int, Column]:
    """term · A."""
    found: dict[int, Column] = dict.fromkeys(term, 0.0)
    for (a, b, _), rate in zip(moves, rates, strict=True):
        amount = term[a] * rate
        found[a] = found[a] - amount
        found[b] = found[b] + amount
    return found


def _gain(term: dict[int, Column], moves: Sequence[Move], rates: Sequence[Column]) -> dict[int, Column]:
    """A · term."""
    found: dict[int, Column] = dict.fromkeys(term, 0.0)
    for (a, b, _), rate in zip(moves, rates, strict=True):
        found[a] = found[a] + rate * (term[b] - term[a])
    return found


def _exponential(
    vectors: list[Column],
    moves: Sequence[Move],
    rates: Sequence[Column],
    scale: float,
    generate: Callable[[dict[int, Column], Sequence[Move], Sequence[Column]], dict[int, Column]],
) -> list[Column]:
    """The action of exp(scale · A) by its Taylor series, in parts small enough for it to converge at once."""
    largest = float(np.max(rates)) * len(moves) * scale
    parts = max(1, math.ceil(largest / 0.5))
    orders = _orders(2 * largest / parts)
    found = {state: vectors[state] for move in moves for state in move[:2]}
    for _ in range(parts):
        term = found
        for order in range(1, orders + 1):
            factor = scale / (order * parts)
            term = {state: moved * factor for state, moved in generate(term, moves, rates).items()}
            found = {state: there + term[state] for state, there in found.items()}
    return [found.get(state, column) for state, column in enumerate(vectors)]


def _orders(bound: float) -> int:
    """How many terms of the Taylor series of an exponential whose argument is at most `bound` are not lost."""
    orders, size = 0, 1.0
    while size >= _SMALLEST and orders < 20:
        orders += 1
        size *= bound / orders
    return orders


def _exponential_of(generator: Floats) -> Floats:
    """exp of a small matrix by its Taylor series, scaled down for it to converge at once and squared up again."""
    largest = 2 * float(-generator.diagonal().min())
    squarings = max(0, math.ceil(math.log2(largest))) if largest > 1.0 else 0
    scaled = generator / 2**squarings
    found = np.eye(len(generator))
    term = found
    for order in range(1, _orders(largest / 2**squarings) + 1):
        term = term @ scaled / order
        found = found + term
    for _ in range(squarings):
        found = found @ found
    return found
