"""Each transform of a card on its own: columns, coefficients, names, words and turning points worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from sarcoma.models.transform import Transform

ADAPTER: TypeAdapter[Any] = TypeAdapter(Transform)

LINEAR = {"kind": "linear", "coefficient": -0.5, "center": 60}
INTERVALS = {"kind": "intervals", "at": [5, 10], "coefficients": [0, 0.25, 1]}
LEVELS = {"kind": "levels", "coefficients": {"1": 0, "2": 0.5, "3": 1.25}}
POWERS = {"kind": "truncated-powers", "linear": 0.1, "knots": [2, 4], "power": 2, "coefficients": [1, -3]}
CUBES_OF_LOG = {"kind": "truncated-powers", "of": "log", "linear": 2, "knots": [0], "coefficients": [1]}
SPLINE = {"kind": "restricted-cubic-spline", "knots": [1, 3, 5], "coefficients": [0.5, 2]}
LINES = {"kind": "piecewise-linear", "knots": [0, 10, 20], "values": [0, 1, -1]}
EVERY = [LINEAR, INTERVALS, LEVELS, POWERS, CUBES_OF_LOG, SPLINE, LINES]

COLUMNS: list[tuple[dict[str, Any], list[Any], list[list[float]]]] = [
    (LINEAR, [50, 60, 64], [[-10], [0], [4]]),
    ({"kind": "linear", "coefficient": 2}, [3], [[3]]),  # no center: 0
    (INTERVALS, [5, 5.1, 10, 10.1], [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]),
    (LEVELS, ["3", "1", "X"], [[0, 0, 1], [1, 0, 0], [0, 0, 0]]),  # a code that it does not name: zeros
    (POWERS, [1, 3, 6], [[1, 0, 0], [3, 1, 0], [6, 16, 4]]),
    (CUBES_OF_LOG, [1, float(np.e) ** 2, float(np.exp(-1))], [[0, 0], [2, 8], [-1, 0]]),
    (CUBES_OF_LOG, [0], [[np.log(1e-12), 0]]),  # no infinity at 0
    (SPLINE, [2, 6], [[2, 1 / 16], [6, (125 - 27 * 2 + 1) / 16]]),  # Harrell 2015, equation 2.25, τ = 16
    (LINES, [0, 5, 10, 15, 20], [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]]),
]


@pytest.mark.parametrize(("raw", "x", "columns"), COLUMNS)
def test_columns_by_hand(raw: dict[str, Any], x: list[Any], columns: list[list[float]]) -> None:
    basis = ADAPTER.validate_python(raw).basis(x)
    assert basis.dtype == np.float64
    np.testing.assert_allclose(basis, columns, atol=1e-12)


def test_no_line_goes_on_beyond_its_ends() -> None:
    assert np.isnan(ADAPTER.validate_python(LINES).basis([-1, 21])).all()


@pytest.mark.parametrize(
    ("raw", "beta", "names", "turning"),
    [
        (LINEAR, [-0.5], ("x",), ()),
        (INTERVALS, [0, 0.25, 1], ("x [1]", "x [2]", "x [3]"), (5, np.nextafter(5, 9), 10, np.nextafter(10, 19))),
        (LEVELS, [0, 0.5, 1.25], ("x: 1", "x: 2", "x: 3"), ()),
        (POWERS, [0.1, 1, -3], ("x [1]", "x [2]", "x [3]"), (2, 4)),
        (CUBES_OF_LOG, [2, 1], ("x [1]", "x [2]"), (1,)),  # in the unit of x, not of its logarithm
        (SPLINE, [0.5, 2], ("x [1]", "x [2]"), (1, 3, 5)),
        (LINES, [0, 1, -1], ("x [1]", "x [2]", "x [3]"), (0, 10, 20)),
    ],
)
def test_coefficients_names_and_turning_points(
    raw: dict[str, Any], beta: list[float], names: tuple[str, ...], turning: tuple[float, ...]
) -> None:
    transform = ADAPTER.validate_python(raw)
    assert transform.beta.tolist() == beta
    assert transform.beta is transform.beta
    with pytest.raises(ValueError, match="read-only"):
        transform.beta[0] = 9.0
    assert transform.column_names("x") == names
    assert transform.turning_points == turning
    assert transform.by_level == (LEVELS["coefficients"] if transform.coded else {})
    assert transform.coded == (raw is LEVELS)
    assert transform.cut == (raw is INTERVALS)


@pytest.mark.parametrize("raw", EVERY)
def test_other_coefficients_change_nothing_else(raw: dict[str, Any]) -> None:
    transform = ADAPTER.validate_python(raw)
    other = [float(i + 7) for i in range(len(transform.beta))]
    changed = transform.with_beta(np.array(other))
    assert changed.beta.tolist() == other
    assert changed.with_beta(transform.beta) == transform
    x = ["1", "2"] if transform.coded else [3.0, 4.0]
    np.testing.assert_array_equal(changed.basis(x), transform.basis(x))
    assert ADAPTER.validate_python(changed.model_dump()) == changed


def test_levels_take_one_coefficient_each() -> None:
    for wrong in ([1.0, 2.0], [1.0, 2.0, 3.0, 4.0]):
        with pytest.raises(ValueError, match="zip"):
            ADAPTER.validate_python(LEVELS).with_beta(wrong)


@pytest.mark.words
@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (LINEAR, "-0.5 · (x − 60)"),
        (INTERVALS, "≤ 5 +0, to 10 +0.25, > 10 +1"),
        (LEVELS, "1 +0, 2 +0.5, 3 +1.25"),
        (POWERS, "+0.1·x +1·(x − 2)₊^2 -3·(x − 4)₊^2"),
        (CUBES_OF_LOG, "+2·ln x +1·(ln x − 0)₊^3"),
        ({**POWERS, "knots": [], "coefficients": []}, "+0.1 · x"),
        ({**CUBES_OF_LOG, "knots": [], "coefficients": []}, "+2 · ln x"),
        (SPLINE, "restricted cubic spline, knots 1, 3, 5"),
        (LINES, "straight lines between 0: 0, 10: 1, 20: -1"),
    ],
)
def test_a_transform_in_words(raw: dict[str, Any], words: str) -> None:
    assert ADAPTER.validate_python(raw).describe() == words


ONE_MORE, ONE_EACH = "intervals need one coefficient more than cut points", "one coefficient for each knot"
INCREASE = "knots and cut points must increase"
THREE = "needs three knots or more, and one coefficient less than knots"
TWO = "need two knots or more, and one value for each"


@pytest.mark.words
@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({**INTERVALS, "coefficients": [1, 2]}, ONE_MORE),
        ({**INTERVALS, "coefficients": [1, 2, 3, 4]}, ONE_MORE),
        ({**INTERVALS, "at": [5, 5]}, INCREASE),
        ({**INTERVALS, "at": [5, 4]}, INCREASE),
        ({**POWERS, "coefficients": [1]}, ONE_EACH),
        ({**POWERS, "coefficients": [1, 2, 3]}, ONE_EACH),
        ({**POWERS, "knots": [4, 2]}, INCREASE),
        ({**SPLINE, "knots": [1, 3], "coefficients": [1]}, THREE),
        ({**SPLINE, "coefficients": [1, 2, 3]}, THREE),
        ({**SPLINE, "coefficients": [1]}, THREE),
        ({**SPLINE, "knots": [1, 3, 3]}, INCREASE),
        ({**LINES, "knots": [1], "values": [1]}, TWO),
        ({**LINES, "values": [1, 2]}, TWO),
        ({**LINES, "values": [1, 2, 3, 4]}, TWO),
        ({**LINES, "knots": [0, 10, 10]}, INCREASE),
    ],
)
def test_parts_that_do_not_fit_are_refused(raw: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ADAPTER.validate_python(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"kind": "intervals", "at": [5], "coefficients": [0, 1]},
        {"kind": "intervals", "at": [5, 5.5], "coefficients": [0, 1, 2]},
        {"kind": "piecewise-linear", "knots": [0, 0.5], "values": [0, 1]},
        {**SPLINE, "knots": [0.1, 0.2, 0.3]},
        {**SPLINE, "knots": [1, 2, 3, 4], "coefficients": [1, 2, 3]},
    ],
)
def test_the_fewest_parts_are_enough(raw: dict[str, Any]) -> None:
    assert len(ADAPTER.validate_python(raw).beta) >= 2
