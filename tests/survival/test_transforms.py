"""Transforms of a predictor: against their definitions, written out once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarcoma.errors import InputError
from sarcoma.survival import interval_index, piecewise_linear, restricted_cubic_spline, truncated_powers

KNOTS = [20.0, 45.0, 60.0, 80.0]
EXAMPLE = r"\(for example \[1\.0, 2\.0\]\)"


def harrell(x: float, t: list[float]) -> list[float]:
    """Harrell 2015, equation 2.25, one term at a time."""
    k = len(t)

    def cube(u: float) -> float:
        return max(u, 0.0) ** 3

    terms = [x]
    for j in range(k - 2):
        left = cube(x - t[j])
        middle = cube(x - t[k - 2]) * (t[k - 1] - t[j]) / (t[k - 1] - t[k - 2])
        right = cube(x - t[k - 1]) * (t[k - 2] - t[j]) / (t[k - 1] - t[k - 2])
        terms.append((left - middle + right) / (t[k - 1] - t[0]) ** 2)
    return terms


@pytest.mark.parametrize("knots", [KNOTS[:3], KNOTS, [20.0, 35.0, 45.0, 60.0, 80.0]])
@given(x=st.floats(-50, 200))
def test_the_spline_basis_is_harrells(x: float, knots: list[float]) -> None:
    np.testing.assert_allclose(
        restricted_cubic_spline(np.array([x]), knots)[0], harrell(x, knots), rtol=1e-9, atol=1e-9
    )


def test_the_spline_is_linear_beyond_its_outer_knots() -> None:
    for start in (-100.0, 100.0):
        values = restricted_cubic_spline(start + np.arange(4.0), KNOTS)
        np.testing.assert_allclose(np.diff(values, n=2, axis=0), 0, atol=1e-7)


@pytest.mark.words
def test_a_spline_needs_three_increasing_knots() -> None:
    for knots in ([1.0, 2.0], [1.0, 3.0, 2.0]):
        with pytest.raises(InputError, match="three increasing knots"):
            restricted_cubic_spline(np.array([1.0]), knots)


def test_truncated_powers_are_zero_up_to_their_knot() -> None:
    np.testing.assert_array_equal(truncated_powers(np.array([1.0, 2.0, 4.0]), [2.0], 3)[:, 0], [0.0, 0.0, 8.0])


def test_interpolation_never_extrapolates() -> None:
    values = piecewise_linear(np.array([-1.0, 0.0, 5.0, 10.0, 11.0]), [0, 10], [0, 26.75])
    np.testing.assert_array_equal(np.isnan(values), [True, False, False, False, True])
    assert values[2] == 13.375


def test_a_cut_point_belongs_to_the_interval_below() -> None:
    assert interval_index(np.array([4.9, 5.0, 5.1, 10.0, 10.1]), [5, 10]).tolist() == [0, 0, 1, 1, 2]


@pytest.mark.words
def test_knots_and_cuts_must_increase_by_however_little() -> None:
    one = np.array([0.5])
    restricted_cubic_spline(one, [0.1, 0.2, 0.3])
    assert piecewise_linear(one, [0.25, 0.75], [1.0, 2.0]).tolist() == [1.5]
    assert interval_index(one, [0.4, 0.6]).tolist() == [1]
    assert interval_index(one, [10**20, 10**21]).tolist() == [0]
    with pytest.raises(InputError, match="knots: a restricted cubic spline needs at least three increasing knots"):
        restricted_cubic_spline(one, [1.0, 2.0, 2.0])
    for knots, values in (([1.0, 1.0], [1.0, 2.0]), ([1.0, 2.0, 3.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0])):
        with pytest.raises(InputError, match="knots: must increase, with a value for each"):
            piecewise_linear(one, knots, values)
    with pytest.raises(InputError, match="at: must increase"):
        interval_index(one, [5.0, 5.0])


@pytest.mark.words
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (truncated_powers, "knots"),
        (restricted_cubic_spline, "knots"),
        (lambda x, bad: piecewise_linear(x, bad, [1.0, 2.0, 3.0]), "knots"),
        (lambda x, bad: piecewise_linear(x, [1.0, 2.0, 3.0], bad), "values"),
        (interval_index, "at"),
    ],
)
def test_what_is_no_row_of_finite_numbers_is_refused_by_name(call: Callable[[Any, Any], Any], name: str) -> None:
    x = np.array([1.0])
    with pytest.raises(InputError, match=rf"^{name}: must be finite numbers in one row {EXAMPLE}$"):
        call(x, [1.0, 2.0, np.inf])
    with pytest.raises(InputError, match=rf"^x: must be numbers {EXAMPLE}$"):
        call(np.array(["a"]), [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match=r"^x: must have one dimension, not 2"):
        call(np.array([[1.0]]), [1.0, 2.0, 3.0])


@pytest.mark.words
def test_a_power_that_cannot_be_computed_is_refused_without_a_warning() -> None:
    assert truncated_powers(np.array([1e100]), [0.0], 3).tolist() == [[1e300]]
    with pytest.raises(InputError, match=r"^x: lies too far from the knots"):
        truncated_powers(np.array([1e200]), [0.0], 3)
