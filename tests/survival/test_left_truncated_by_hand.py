"""Measures under delayed entry against their definitions, in plain loops; influences as derivatives by a row's weight."""

from __future__ import annotations

from cmath import exp
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sarcoma.errors import InputError
from sarcoma.survival.measures import Measure
from sarcoma.survival.measures.left_truncated import (
    ENOUGH_AT_RISK,
    FollowUpTimes,
    concordance_of_those_at_risk,
    expected_ratio,
    score_slope,
    truncated_uno,
)

# entries at the time of an event (4), two events with a censoring (6), equal scores, exits before the first event
ENTRY = [0.0, 0.0, 1.0, 4.0, 0.0, 2.0, 4.0, 5.0, 0.0, 7.0, 6.0, 9.0, 8.0]
EXIT = [2.0, 4.0, 6.0, 6.0, 6.0, 8.0, 9.0, 9.0, 10.0, 11.0, 12.0, 12.0, 13.0]
EVENT = [0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0]
SCORE = [1.0, 3.0, 1.0, 2.0, 2.0, 1.0, 3.0, 0.0, 2.0, 1.0, 0.5, 1.0, 0.0]
N = len(ENTRY)
TIMES = FollowUpTimes.of(ENTRY, EXIT, EVENT)
STEP = 1e-30
Weights = Sequence[complex]
Rows = tuple[Sequence[float], Sequence[float], Sequence[int]]
ROWS: Rows = (ENTRY, EXIT, EVENT)


def agrees(found: Measure, defined: Callable[[Weights], complex], tolerance: float = 1e-11) -> None:
    """The value is the definition's; n times its derivative by each row's weight is the influence; from it comes se."""
    n = len(found.influence)
    assert found.value == pytest.approx(defined([1.0] * n).real, abs=tolerance)
    slopes = []
    for k in range(n):
        weights: list[complex] = [1.0] * n
        weights[k] += 1j * STEP
        slopes.append(n * defined(weights).imag / STEP)
    assert found.influence == pytest.approx(slopes, abs=tolerance)
    spread = sum((s - sum(slopes) / n) ** 2 for s in slopes) / (n - 1)
    assert found.se == pytest.approx((spread / n) ** 0.5, abs=tolerance)
    assert (found.level, found.estimand) == (0.95, "all-cause")


def plain_limits(found: Measure, low: float = -np.inf, high: float = np.inf) -> None:
    z = 1.959963984540054
    assert found.low == pytest.approx(max(low, found.value - z * found.se), abs=1e-12)
    assert found.high == pytest.approx(min(high, found.value + z * found.se), abs=1e-12)


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.argument


# ---- times -----------------------------------------------------------------------------------------------------------
def test_times_are_taken_as_they_are() -> None:
    times = FollowUpTimes.of([0, 0.25], [0.5, 0.75], [1, 0])
    assert (times.entry.tolist(), times.exit.tolist()) == ([0, 0.25], [0.5, 0.75])
    assert times.event.tolist() == [True, False]
    assert len(times) == 2


def test_times_that_cannot_be_are_refused_by_name() -> None:
    assert refused(lambda: FollowUpTimes.of([0, 5], [5, 5], [1, 1])) == "exit"
    assert refused(lambda: FollowUpTimes.of([0, 5], [5, 4], [1, 1])) == "exit"
    assert refused(lambda: FollowUpTimes.of([0], [5], [1])) == "exit"
    assert refused(lambda: FollowUpTimes.of([0, 0], [5, 6], [0, 0])) == "event"
    assert refused(lambda: FollowUpTimes.of([0, -1], [5, 6], [0, 1])) == "entry"
    assert refused(lambda: FollowUpTimes.of([0, 0, 0], [5, 6], [0, 1])) == "entry"
    assert refused(lambda: FollowUpTimes.of([0, 0], [5, 6], [0, 1, 1])) == "event"
    assert refused(lambda: FollowUpTimes.of([0, 0], [5, float("nan")], [0, 1])) == "exit"
    assert refused(lambda: FollowUpTimes.of([0, 0], [5, 6], [0, 2])) == "event"


@pytest.mark.words
def test_an_exit_before_0_is_told_as_such() -> None:
    with pytest.raises(InputError, match="below 0"):
        FollowUpTimes.of([0, 0], [5, -6], [1, 1])


@pytest.mark.parametrize("turned", ["entry", "exit", "event"])
def test_columns_in_another_order_are_refused(turned: str) -> None:
    columns = {"entry": pd.Series([0, 1, 2]), "exit": pd.Series([3, 4, 5]), "event": pd.Series([1, 0, 1])}
    assert len(FollowUpTimes.of(**columns)) == 3
    columns[turned] = columns[turned].loc[[2, 0, 1]]
    last_seen = "exit" if turned == "entry" else turned
    assert refused(lambda: FollowUpTimes.of(**columns)) == last_seen


# ---- what is expected ------------------------------------------------------------------------------------------------
def test_events_over_what_is_expected() -> None:
    said = [0.1, 0.3, 0.2, 0.05, 0.0, 0.4, 0.25, 0.1, 0.5, 0.3, 0.2, 0.05, 0.15]
    found = expected_ratio(TIMES, said)

    def ratio(w: Weights) -> complex:
        return sum(a * d for a, d in zip(w, EVENT, strict=True)) / sum(a * h for a, h in zip(w, said, strict=True))

    agrees(found, ratio)
    factor = float(np.exp(1.959963984540054 * found.se / found.value))
    assert found.low == pytest.approx(found.value / factor, abs=1e-12)
    assert found.high == pytest.approx(found.value * factor, abs=1e-12)
    assert found.name == "O/E"
    assert np.isnan(found.horizon)


def test_expectations_that_cannot_be_are_refused() -> None:
    times = FollowUpTimes.of([0, 0], [5, 6], [1, 1])
    assert expected_ratio(times, [0.25, 0.25]).value == 4
    assert refused(lambda: expected_ratio(times, [0, 0])) == "expected"
    assert refused(lambda: expected_ratio(times, [0.5, -0.2])) == "expected"
    assert refused(lambda: expected_ratio(times, [0.5])) == "expected"
    assert refused(lambda: expected_ratio(times, [0.5, float("nan")])) == "expected"


# ---- the slope of the score ------------------------------------------------------------------------------------------
APART: Rows = ([0, 1, 0, 2, 0, 0, 3.5], [3, 4, 6, 8, 9, 11, 7], [1, 1, 1, 1, 0, 1, 0])
APART_SCORE = [0.3, 0.6, 0.1, 0.4, 0.0, 0.5, 0.2]


def cox_slope(w: Weights) -> complex:
    """The root of Σ w_i (x_i − mean of x among those at risk, by w exp(βx)) over the events, which do not tie."""
    entry, end, event = APART
    beta: complex = 0.0
    for _ in range(40):
        slope: complex = 0.0
        curvature: complex = 0.0
        for i in (k for k in range(7) if event[k]):
            at_risk = [j for j in range(7) if entry[j] < end[i] <= end[j]]
            mass = [w[j] * exp(beta * APART_SCORE[j]) for j in at_risk]
            mean = sum(m * APART_SCORE[j] for m, j in zip(mass, at_risk, strict=True)) / sum(mass)
            square = sum(m * APART_SCORE[j] ** 2 for m, j in zip(mass, at_risk, strict=True)) / sum(mass)
            slope += w[i] * (APART_SCORE[i] - mean)
            curvature += w[i] * (square - mean**2)
        beta += slope / curvature
    return beta


def test_the_slope_of_the_score_is_that_of_a_cox_regression() -> None:
    found = score_slope(FollowUpTimes.of(*APART), APART_SCORE)
    agrees(found, cox_slope, tolerance=1e-7)
    plain_limits(found)
    assert found.name == "calibration slope"
    assert np.isnan(found.horizon)


def test_a_score_without_a_slope_is_refused() -> None:
    assert refused(lambda: score_slope(TIMES, [0.7] * N)) == "score"
    assert refused(lambda: score_slope(TIMES, SCORE[1:])) == "score"
    assert refused(lambda: score_slope(TIMES, [float("nan"), *SCORE[1:]])) == "score"


# ---- concordance of those at risk ------------------------------------------------------------------------------------
def beats(score: Sequence[float], i: int, j: int) -> float:
    return 1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0


def against(i: int, rows: Rows = ROWS) -> list[int]:
    """Who is under observation when i has the event, and goes on."""
    entry, end, event = rows
    there = [j for j in range(len(end)) if entry[j] < end[i]]
    return [j for j in there if end[j] > end[i] or (end[j] == end[i] and not event[j])]


def harrell(w: Weights) -> complex:
    pairs = [(i, j) for i in range(N) if EVENT[i] for j in against(i)]
    return sum(w[i] * w[j] * beats(SCORE, i, j) for i, j in pairs) / sum(w[i] * w[j] for i, j in pairs)


def test_the_concordance_of_those_at_risk_is_that_of_all_pairs() -> None:
    found = concordance_of_those_at_risk(TIMES, SCORE)
    agrees(found, harrell)
    plain_limits(found, 0, 1)
    assert found.name == "concordance"
    assert np.isnan(found.horizon)


@pytest.mark.parametrize(
    "measure", [concordance_of_those_at_risk, lambda t, s: truncated_uno(t, s, at_risk=1).measure], ids=["all", "Uno"]
)
def test_limits_of_a_concordance_lie_within_0_and_1(measure: Any) -> None:
    times = FollowUpTimes.of([0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0])
    up, down = measure(times, [0.9, 0.8, 0.3, 0.4, 0.2, 0.1]), measure(times, [0.1, 0.2, 0.7, 0.6, 0.8, 0.9])
    assert up.value < 1 == up.high
    assert down.value > 0 == down.low
    assert 0 < up.low < up.value
    assert down.value < down.high < 1


# ---- Uno's concordance -----------------------------------------------------------------------------------------------
def uno(w: Weights, start: float, end: float, rows: Rows = ROWS, score: Sequence[float] = SCORE) -> complex:
    """Pairs of the events from `start` to `end` with the weights (S(t−)/Y(t))², S from `start` on."""
    entry, ends, event = rows
    good: complex = 0.0
    everything: complex = 0.0
    survival: complex = 1.0
    for t in sorted({u for u, d in zip(ends, event, strict=True) if d and start <= u <= end}):
        at_risk = sum(w[j] for j in range(len(ends)) if entry[j] < t <= ends[j])
        for i in (k for k in range(len(ends)) if event[k] and ends[k] == t):
            for j in against(i, rows):
                weight = w[i] * w[j] * (survival / at_risk) ** 2
                good += weight * beats(score, i, j)
                everything += weight
        survival *= 1 - sum(w[k] for k in range(len(ends)) if event[k] and ends[k] == t) / at_risk
    return good / everything


# under observation at the events: 5 at 4, 7 at 6, 6 at 8, 6 at 9, 5 at 10, 4 at 11, 3 at 12
@pytest.mark.parametrize(
    ("at_risk", "start", "end"),
    [(1, 4.0, 12.0), (3, 4.0, 12.0), (4, 4.0, 11.0), (5, 4.0, 10.0), (6, 6.0, 9.0), (7, 6.0, 6.0)],
)
def test_unos_concordance_under_delayed_entry_is_that_of_all_pairs(at_risk: int, start: float, end: float) -> None:
    found = truncated_uno(TIMES, SCORE, at_risk=at_risk)
    assert (found.start, found.end, found.measure.horizon) == (start, end, end)
    assert found.measure.name == "concordance"
    agrees(found.measure, lambda w: uno(w, start, end))
    plain_limits(found.measure, 0, 1)


def test_where_all_at_risk_have_the_event_nothing_after_it_counts() -> None:
    # only A and B are under observation at 4, and both have the event; E enters later
    rows: Rows = ([0, 0, 0, 1, 5, 5], [2, 4, 3, 4, 7, 9], [1, 1, 0, 1, 1, 0])
    score = [1.0, 2.0, 0.0, 1.0, 3.0, 0.0]
    found = truncated_uno(FollowUpTimes.of(*rows), score, at_risk=1)
    agrees(found.measure, lambda w: uno(w, 2, 7, rows, score))
    assert (found.start, found.end) == (2, 7)
    # at 2: A (1) against B (2), C (0) and D (1)
    assert found.measure.value == pytest.approx((0 + 1 + 0.5) / 3, abs=1e-12)


def test_of_two_windows_the_longest_counts_and_of_equal_ones_the_first() -> None:
    # three under observation at 1 and 2, then two at 3, then three at 6 and 7
    entry, end = [0, 0, 0, 0, 4, 4, 4, 4], [1, 2, 3, 4, 6, 7, 8, 9]
    first = truncated_uno(FollowUpTimes.of(entry, end, [1, 1, 1, 0, 1, 1, 0, 0]), range(8), at_risk=3)
    assert (first.start, first.end) == (1, 2)
    second = truncated_uno(FollowUpTimes.of(entry, end, [0, 1, 1, 0, 1, 1, 0, 0]), range(8), at_risk=3)
    assert (second.start, second.end) == (6, 7)


def test_a_window_of_one_event_and_one_pair() -> None:
    times = FollowUpTimes.of([0, 0], [5, 6], [1, 0])
    found = truncated_uno(times, [1, 2], at_risk=2)
    assert (found.measure.value, found.start, found.end) == (0, 5, 5)


def test_twenty_under_observation_are_enough_unless_told_otherwise() -> None:
    assert ENOUGH_AT_RISK == 20
    many = FollowUpTimes.of([0] * 22, range(1, 23), [1] * 22)
    found = truncated_uno(many, range(22))
    assert (found.start, found.end) == (1, 3)
    assert refused(lambda: truncated_uno(TIMES, SCORE)) == "at_risk"


def test_scores_that_cannot_be_compared_are_refused() -> None:
    assert refused(lambda: truncated_uno(TIMES, [*SCORE, 1.0], at_risk=1)) == "score"
    assert refused(lambda: truncated_uno(TIMES, [float("nan"), *SCORE[1:]], at_risk=1)) == "score"
    together = FollowUpTimes.of([0, 0], [5, 5], [1, 1])
    assert refused(lambda: truncated_uno(together, [1, 2], at_risk=1)) == "event"
    assert refused(lambda: concordance_of_those_at_risk(together, [1, 2])) == "event"
    assert refused(lambda: concordance_of_those_at_risk(TIMES, [*SCORE, 1.0])) == "score"
