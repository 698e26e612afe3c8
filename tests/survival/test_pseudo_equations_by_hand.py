"""Regression of pseudo-observations against its equations, written out person by person and horizon by horizon."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, sqrt
from typing import Any

import numpy as np
import pytest

from sarcoma.errors import ConvergenceError
from sarcoma.survival.measures.pseudo_equations import (
    PseudoEquations,
    PseudoFit,
    independent_columns,
    score_on_columns,
)

RANDOM = np.random.default_rng(11)
N = 14
OFFSET = np.sort(RANDOM.normal(-1, 0.8, (N, 3)), axis=1)  # a prediction rises from one horizon to the next
THETA = np.clip(np.exp(OFFSET) * 0.8 + RANDOM.normal(0, 0.2, (N, 3)), -0.1, 1.1)  # pseudo-observations leave 0 to 1
X = np.column_stack([RANDOM.normal(3, 2, N), RANDOM.integers(0, 2, N)]).astype(float)
BY_HORIZON = np.stack([X, X * 1.5 + 1, X**2 / 5])
APART, TOGETHER, TWO = np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([0, 1, 1])


def fit(
    x: np.ndarray = X, slot: np.ndarray = APART, offset: np.ndarray = OFFSET, theta: np.ndarray = THETA
) -> PseudoFit:
    return PseudoEquations(theta, offset, x, slot).solve()


def by_loops(found: PseudoFit, x: np.ndarray, slot: Sequence[int], offset: Any = OFFSET, theta: Any = THETA) -> None:
    """Σ z g (θ − μ) is 0, and the covariance is the sandwich of these sums by person."""
    n, c = len(theta), max(slot) + 1
    k = x.shape[-1]
    p = c + k
    bread, people = np.zeros((p, p)), np.zeros((n, p))
    for i in range(n):
        for t in range(len(slot)):
            own = x[t][i] if x.ndim == 3 else x[i]
            z = np.array([float(slot[t] == s) for s in range(c)] + own.tolist())
            eta = offset[i][t] + found.intercepts[t] + sum(own[j] * found.beta[j] for j in range(k))
            if eta > 6:  # exp(−exp(6)) is 0
                continue
            mu, g = 1 - exp(-exp(eta)), exp(eta) * exp(-exp(eta))
            people[i] += z * g * (theta[i][t] - mu)
            bread += np.outer(z, z) * g * g
    assert people.sum(axis=0) == pytest.approx(np.zeros(p), abs=1e-8)
    inverse = np.linalg.inv(bread)
    meat = sum(np.outer(one, one) for one in people)
    np.testing.assert_allclose(found.covariance, inverse @ meat @ inverse * n / max(n - p, 1), rtol=1e-7, atol=1e-12)
    assert found.se == pytest.approx([sqrt(found.covariance[j][j]) for j in range(p)], rel=1e-12)
    assert found.distinct == c
    first = [list(slot).index(s) for s in range(c)]
    assert found.values.tolist() == [*(found.intercepts[t] for t in first), *found.beta]
    assert all(found.intercepts[t] == found.intercepts[first[s]] for t, s in enumerate(slot))


@pytest.mark.parametrize("slot", [APART, TOGETHER, TWO], ids=["apart", "together", "two"])
@pytest.mark.parametrize("x", [X, X[:, :1], X[:, :0], BY_HORIZON], ids=["two", "one", "none", "by horizon"])
def test_the_answer_solves_the_equations(x: np.ndarray, slot: np.ndarray) -> None:
    by_loops(fit(x, slot), x, slot.tolist())


def test_one_horizon() -> None:
    found = fit(X, np.array([0]), OFFSET[:, :1], THETA[:, :1])
    by_loops(found, X, [0], OFFSET[:, :1], THETA[:, :1])


def test_predictions_that_are_far_off_are_found_too() -> None:
    for shift in (-4.0, 1.5):
        found = fit(offset=OFFSET + shift)
        assert found.beta == pytest.approx(fit().beta, abs=1e-7)
        assert found.intercepts == pytest.approx(fit().intercepts - shift, abs=1e-7)


def test_a_prediction_that_is_1_to_the_last_bit_says_nothing() -> None:
    offset = OFFSET.copy()
    offset[3] = 720.0
    by_loops(fit(offset=offset), X, [0, 1, 2], offset)


def test_units_and_origins_of_columns_do_not_matter() -> None:
    plain = fit()
    small = fit(X * np.array([1e-9, 1.0]))
    assert small.beta * [1e-9, 1.0] == pytest.approx(plain.beta, rel=1e-6)
    assert small.se[3:] * [1e-9, 1.0] == pytest.approx(plain.se[3:], rel=1e-6)
    far = fit(X + np.array([1e8, 0.0]))
    assert far.beta == pytest.approx(plain.beta, rel=1e-5)
    assert far.se[3:] == pytest.approx(plain.se[3:], rel=1e-5)
    by_horizon = fit(BY_HORIZON + np.array([1e8, 0.0]))
    assert by_horizon.beta == pytest.approx(fit(BY_HORIZON).beta, rel=1e-5)


def test_as_many_people_as_unknowns() -> None:
    some = slice(0, 3)
    found = fit(X[some, :1], TWO, OFFSET[some], THETA[some])
    by_loops(found, X[some, :1], [0, 1, 1], OFFSET[some], THETA[some])


def test_columns_that_say_the_same_have_no_answer() -> None:
    for column in (np.full(N, 2.0), 2 * X[:, 0] + 1):
        with pytest.raises(ConvergenceError):
            fit(np.column_stack([X[:, 0], column]))


@pytest.mark.parametrize("all_of_them", [0.0, 1.0])
@pytest.mark.parametrize("slot", [APART, TOGETHER], ids=["apart", "together"])
def test_where_nobody_or_everybody_has_the_event_there_is_no_answer(slot: np.ndarray, all_of_them: float) -> None:
    for x in (X[:, :0], X):
        with pytest.raises(ConvergenceError):
            fit(x, slot, theta=np.full((N, 3), all_of_them))
    theta = THETA.copy()
    theta[:, 2] = all_of_them
    if slot is APART:
        with pytest.raises(ConvergenceError):
            fit(theta=theta)


@pytest.mark.parametrize(
    ("theta", "offset"),
    [((1.2, 0.3), (0, -2)), ((1.0, -0.4), (0, -2)), ((0.9, 1.0), (0, -0.5)), ((0.5, 0.5, 0.5, 0.5), (0, -3, -3, -3))],
)
def test_steps_go_on_where_they_get_shorter_slowly(theta: tuple[float, ...], offset: tuple[float, ...]) -> None:
    """In turn from both sides, or from one side, where half of each step would need more than a hundred."""
    seen, said, nothing = np.array([theta]).T, np.array([offset], dtype=float).T, np.zeros((len(theta), 0))
    by_loops(fit(nothing, np.array([0]), said, seen), nothing, [0], said, seen)


def test_steps_that_lead_nowhere_end_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    inverse = np.linalg.inv
    monkeypatch.setattr(np.linalg, "inv", lambda x: tried.append(x) or inverse(x))
    with pytest.raises(ConvergenceError):  # so far that the information is no number
        fit(np.zeros((2, 0)), np.array([0]), np.array([[0.0], [-0.5]]), np.array([[0.0], [1.5]]))
    assert len(tried) < 100
    tried.clear()
    with pytest.raises(ConvergenceError):
        fit(X[:, :0], TOGETHER, theta=np.ones((N, 3)))
    assert len(tried) == 100


@pytest.mark.words
def test_it_is_told_which_way_there_is_no_answer() -> None:
    with pytest.raises(ConvergenceError, match="no finite answer"):
        fit(X[:, :0], TOGETHER, theta=np.ones((N, 3)))
    with pytest.raises(ConvergenceError, match="too few people"):
        fit(X[:2], offset=OFFSET[:2], theta=THETA[:2], slot=TOGETHER)
    with pytest.raises(ConvergenceError, match="too few people"):
        fit(offset=np.full((N, 3), np.nan))


# ---- the test of Wald ------------------------------------------------------------------------------------------------
def test_walds_test_by_hand() -> None:
    covariance = np.array([[4.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
    found = PseudoFit(np.array([1.0, 1.0]), np.array([2.0, -1.0]), covariance, 1)
    assert found.values.tolist() == [1.0, 2.0, -1.0]
    one = found.test(np.array([[0.0, 1.0, 0.0]]))  # 2²/2
    assert (one.statistic, one.df) == (pytest.approx(2.0), 1)
    assert one.p == pytest.approx(erfc(sqrt(1.0)), rel=1e-10)
    # (a − b, c) = (−1, −1), its covariance [[4 − 2 + 2, −0.5], [−0.5, 1]], of determinant 3.75:
    # (1·1 + 4·1 + 2·0.5) / 3.75 = 1.6
    two = found.test(np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]]))
    assert (two.statistic, two.df) == (pytest.approx(1.6), 2)
    assert two.p == pytest.approx(exp(-0.8), rel=1e-10)


# ---- columns ---------------------------------------------------------------------------------------------------------
def kept(columns: Sequence[Any], own: Sequence[float]) -> list[int]:
    found = independent_columns(np.column_stack(columns), np.array(own, dtype=float))
    assert found.dtype == np.intp
    return found.tolist()


def test_columns_that_follow_from_others_are_left_out() -> None:
    a, b, c = RANDOM.normal(size=(3, N))
    assert kept([a, b, c], [1, 1, 1]) == [0, 1, 2]
    assert kept([a, b, a + 2 * b - 3], [1, 1, 1]) == [0, 1]
    assert kept([a, 2 * a, b], [1, 1, 1]) == [0, 2]
    assert kept([a, 2 * a, b], [0, 1, 0]) == [1, 2]
    assert kept([a, b, a + b, c], [0, 1, 1, 1]) == [1, 2, 3]
    assert kept([a, a + 1e-3 * b], [1, 1]) == [0, 1]  # much alike, but not the same
    assert kept([a * 1e-8, b * 1e8], [1, 1]) == [0, 1]
    assert kept([a, b, a - b, b * 3, c, c + a], [1] * 6) == [0, 1, 4]


def test_constant_columns_are_left_out() -> None:
    a = RANDOM.normal(size=N)
    assert kept([np.zeros(N), a, np.ones(N)], [1, 1, 1]) == [1]
    assert kept([np.full(N, 0.1), a, np.full(N, 0.3)], [1, 1, 1]) == [1]  # whose mean is not 0.1 to the last bit
    assert kept([np.full(N, 7.0)], [1]) == []
    assert kept([[7.0], [8.0]], [1, 1]) == []  # of one person


def test_a_person_far_from_all_others_hides_no_column() -> None:
    a, more = RANDOM.normal(size=(2, 1000))
    a[0], more[0] = 1e5, 0.0
    assert kept([a, a + more / 2], [1, 1]) == [0, 1]


def test_of_columns_that_say_the_same_the_first_is_kept() -> None:
    columns = RANDOM.normal(size=(N * 5, 40))
    twice = np.repeat(columns, 2, axis=1)
    assert kept([twice], [1.0] * 80) == list(range(0, 80, 2))
    assert kept([twice], [0.0] * 80) == list(range(0, 80, 2))


def test_a_score_is_taken_apart_into_its_columns() -> None:
    assert score_on_columns(X, 2 + 3 * X[:, 0] - X[:, 1]) == pytest.approx([3, -1], abs=1e-10)
    assert score_on_columns(X[:, :1], np.full(N, 4.0)) == pytest.approx([0], abs=1e-10)
