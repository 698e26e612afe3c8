"""The product integral and its variance against the same written plainly, with matrices, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

from sarcoma.survival import Course, MultiStateModel, TransitionHazard


def random_model(random: np.random.Generator, *, cycles: bool, lattice: bool) -> MultiStateModel:
    """A course of up to six states, with jumps that often fall on one time (lattice) or seldom."""
    size = int(random.integers(2, 7))
    states = tuple(f"state {i}" for i in range(size))
    pairs = [(a, b) for a in range(size - 1) for b in range(size) if (a != b if cycles else a < b)]
    kept = [pair for pair in pairs if random.random() < 0.7] or pairs[:1]
    hazards = []
    for a, b in kept:
        times = random.integers(0, 40, 20).astype(float) if lattice else random.uniform(0, 40, 20)
        times = np.unique(times)
        width = int(random.integers(0, 4))
        half = random.normal(size=(width, width)) * 0.1
        increments = random.gamma(0.5, 0.1, len(times))
        hazards.append(
            TransitionHazard(
                states[a],
                states[b],
                times,
                increments,
                tuple(f"x{j}" for j in range(width)),
                random.normal(size=width) * 0.5,
                half @ half.T,
                increments**2 * 0.2,
                random.normal(size=(len(times), width)),
                followed_to=60.0,
            )
        )
    return MultiStateModel(Course(states, tuple((states[a], states[b]) for a, b in kept)), hazards)


def plainly(model: MultiStateModel, x: dict[Any, Any], row: int, times: Any, start: float, *, product: bool) -> Any:
    """Occupancy (T, S), time in state (S,) and variance (T, S) of one person, with dense matrices."""
    size, hazards = len(model.course.states), model.hazards
    p, spent, v = np.eye(size)[0], np.zeros(size), np.zeros((size, size))
    j = [np.zeros((len(h.columns), size)) for h in hazards]
    covariates = [x[pair][row] if pair in x else np.zeros(0) for pair in model.course.transitions]
    ends = np.union1d(np.concatenate([h.times for h in hazards]), times)
    before, occupancy, variance = start, [], []
    if times[0] == start:
        occupancy, variance = [p], [np.zeros(size)]
    for end in ends[(ends > start) & (ends <= times[-1])]:
        generator, changes = np.zeros((size, size)), []
        for k, h in enumerate(hazards):
            (a, b), here = model.course.moves[k], np.flatnonzero(h.times == end)
            for knot in here:
                relative = float(np.exp(covariates[k] @ h.coefficients))
                rate = relative * h.increments[knot]
                generator[a, a] -= rate
                generator[a, b] += rate
                changes.append((k, a, np.eye(size)[b] - np.eye(size)[a], rate, relative, knot))
        first = np.eye(size) if product else expm(generator / 2)
        last = np.eye(size) + generator if product else first
        if product:
            first, last = last, first
        middle = p if product else p @ first
        spent += p * (end - before)
        v, j = first.T @ v @ first, [part @ first for part in j]
        for k, a, direction, rate, relative, knot in changes:
            h = hazards[k]
            assert h.variance is not None
            assert h.means is not None
            v += middle[a] ** 2 * relative**2 * h.variance[knot] * np.outer(direction, direction)
            j[k] += np.outer(covariates[k] - h.means[knot], direction) * middle[a] * rate
        v, j = last.T @ v @ last, [part @ last for part in j]
        p = p @ first @ last
        before = end
        if end in times:
            moved = [np.einsum("ps,pq,qs->s", part, h.covariance, part) for part, h in zip(j, hazards, strict=True)]
            occupancy.append(p)
            variance.append(np.diag(v) + sum(moved))
    return np.array(occupancy), spent, np.array(variance)


@pytest.mark.parametrize("product", [False, True])
@pytest.mark.parametrize("lattice", [False, True])
@pytest.mark.parametrize("cycles", [False, True])
@pytest.mark.parametrize("n", [1, 3])
def test_evolution_is_the_product_of_all_steps(n: int, cycles: bool, lattice: bool, product: bool) -> None:
    random = np.random.default_rng([n, cycles, lattice, product])
    for _ in range(6):
        model = random_model(random, cycles=cycles, lattice=lattice)
        x = {
            pair: random.normal(size=(n, len(h.columns)))
            for pair, h in zip(model.course.transitions, model.hazards, strict=True)
            if h.columns
        }
        people = n if x else 1
        start = float(random.choice([0.0, 4.0, 7.3]))
        times = np.unique([start, *(start + random.uniform(0, 40, 3)), start + 5.0])[int(random.integers(0, 2)) :]
        found = model.predict(x, times, start=start, interval="delta", product=product)
        without = model.predict(x, times, start=start, product=product)
        np.testing.assert_array_equal(found.probability, without.probability)
        assert found.se is not None
        for row in range(people):
            p, spent, variance = plainly(model, x, row, times, start, product=product)
            np.testing.assert_allclose(found.probability[row], p, rtol=0, atol=1e-12)
            np.testing.assert_allclose(found.expected_time[row], spent, rtol=0, atol=1e-11)
            np.testing.assert_allclose(found.se[row] ** 2, variance, rtol=1e-10, atol=1e-12)


def test_an_interval_may_be_had_at_some_of_the_times() -> None:
    model = random_model(np.random.default_rng(4), cycles=False, lattice=True)
    x = {pair: np.ones((1, len(h.columns))) for pair, h in zip(model.course.transitions, model.hazards, strict=True)}
    times = np.arange(0.0, 41.0)
    every = model.predict(x, times, interval="delta")
    some = model.predict(x, times, interval="delta", interval_at=[12.0, 40.0])
    assert every.se is not None
    assert some.se is not None
    asked = np.isin(times, [12.0, 40.0])
    np.testing.assert_allclose(some.se[:, asked], every.se[:, asked], rtol=1e-12, atol=1e-14)
    assert np.isnan(some.se[:, ~asked]).all()
    np.testing.assert_array_equal(some.probability, every.probability)
