"""Random effects over centres against their formulas, one sum at a time."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import pytest

from sarcoma.errors import InputError
from sarcoma.survival.measures import random_effects

# t with 97.5 per cent below it, by degrees of freedom (tables)
T = {1: 12.706204736174694, 2: 4.302652729749462, 3: 3.1824463052837078, 4: 2.7764451051977934}
APART = ([0.10, -0.45, 0.90, 0.35, 1.60], [0.10, 0.12, 0.15, 0.30, 0.25])
ALIKE = ([0.10, 0.11, 0.12], [0.10, 0.20, 0.15])


def by_hand(values: list[float], errors: list[float]) -> tuple[float, float, float]:
    """Mean, its standard error and τ²."""
    k = len(values)
    weights = [1 / e**2 for e in errors]
    fixed = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    q = sum(w * (v - fixed) ** 2 for w, v in zip(weights, values, strict=True))
    tau2 = (q - (k - 1)) / (sum(weights) - sum(w**2 for w in weights) / sum(weights))
    tau2 = tau2 if tau2 > 0 else 0.0
    weights = [1 / (e**2 + tau2) for e in errors]
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    spread = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True)) / (k - 1)
    return mean, sqrt((spread if spread > 1 else 1.0) / sum(weights)), tau2


@pytest.mark.parametrize(("values", "errors"), [APART, ALIKE, ([0.1, 0.2, 0.9, 0.4], [0.05, 0.4, 0.4, 0.3])])
def test_mean_limits_and_prediction_are_those_of_the_formulas(values: list[float], errors: list[float]) -> None:
    found = random_effects(values, errors)
    mean, se, tau2 = by_hand(values, errors)
    k = len(values)
    assert found.centres == k
    assert found.mean == pytest.approx(mean, abs=1e-12)
    assert found.tau == pytest.approx(sqrt(tau2), abs=1e-12)
    assert found.low == pytest.approx(mean - T[k - 1] * se, abs=1e-9)
    assert found.high == pytest.approx(mean + T[k - 1] * se, abs=1e-9)
    wide = T[k - 2] * sqrt(tau2 + se**2)
    assert found.prediction_low == pytest.approx(mean - wide, abs=1e-9)
    assert found.prediction_high == pytest.approx(mean + wide, abs=1e-9)


def test_centres_further_apart_than_their_errors_have_a_tau() -> None:
    assert random_effects(*APART).tau > 0.5
    assert random_effects(*ALIKE).tau == 0


def test_two_centres_say_nothing_of_a_new_one() -> None:
    found = random_effects([0.1, 0.3], [0.1, 0.1])
    # the weights are equal; q = 2, so τ² = (2 − 1)/(200 − 100) = 0.01; the variance of the mean is 0.02/2
    assert found.mean == pytest.approx(0.2, abs=1e-12)
    assert found.tau == pytest.approx(0.1, abs=1e-12)
    assert found.high == pytest.approx(0.2 + T[1] * 0.1, abs=1e-9)
    assert (found.prediction_low, found.prediction_high) == (None, None)


def test_one_row_of_columns() -> None:
    found = random_effects(*APART)
    assert found.columns() == {
        "centres": [5], "mean": [found.mean], "low": [found.low], "high": [found.high], "tau": [found.tau],
        "prediction_low": [found.prediction_low], "prediction_high": [found.prediction_high],
    }  # fmt: skip


@pytest.mark.words
def test_what_it_says_of_itself() -> None:
    said = repr(random_effects([0.10, -0.05, 0.30], [0.10, 0.12, 0.15]))
    assert said == "RandomEffects(centres=3, mean 0.09996 (95% CI -0.3044 to 0.5043), tau 0.0991)"


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.argument


def test_what_cannot_be_pooled_is_refused_by_name() -> None:
    assert refused(lambda: random_effects([0.1], [0.1])) == "values"
    assert refused(lambda: random_effects([], [])) == "values"
    assert refused(lambda: random_effects([0.1, 0.2], [0.1, 0.0])) == "errors"
    assert refused(lambda: random_effects([0.1, 0.2], [0.1, -0.1])) == "errors"
    assert refused(lambda: random_effects([0.1, 0.2], [0.1])) == "errors"
    assert refused(lambda: random_effects([0.1, 0.2], [0.1, float("nan")])) == "errors"
    assert refused(lambda: random_effects([0.1, float("nan")], [0.1, 0.1])) == "values"
    assert random_effects([0.1, 0.2], [2.0, 3.0]).centres == 2
