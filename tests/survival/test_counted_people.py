"""People counted by time, event and prediction: every measure is that of the rows they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival import median_follow_up
from sarcoma.survival.measures import (
    Measure,
    Outcome,
    auc,
    brier_score,
    calibration_groups,
    calibration_line,
    decision_curve,
    index_of_prediction_accuracy,
    observed_expected,
)
from sarcoma.survival.measures.banded_counts import BandedCounts
from sarcoma.survival.measures.cell_measures import CellMeasure, brier_of_cells, index_of_cells, ratio_of_cells
from sarcoma.survival.measures.counted_outcome import CountedOutcome
from sarcoma.survival.measures.risk_counts import RiskCounts, line_of_counts, separation, separation_se

HORIZON = 12.0


class Sample:
    """People in rows, and the same people counted."""

    def __init__(self, seed: int, estimand: Any, n: int = 300) -> None:
        random = np.random.default_rng(seed)
        self.risk = random.choice(np.round(np.linspace(0.05, 0.9, 31), 4), n)
        event = random.choice([0, 1, 2], n, p=[0.5, 0.3, 0.2])
        exit_ = random.integers(0, 20, n).astype(float)
        if seed % 2:  # most of those still followed leave at the horizon
            exit_, event = np.minimum(exit_, HORIZON), np.where(exit_ > HORIZON, 0, event)
            exit_[0], event[0] = HORIZON + 1, 0
        if estimand == "all-cause":
            event = np.minimum(event, 1)
        self.exit, self.event, self.rows = exit_, event, Outcome(exit_, event, estimand=estimand)
        pairs, self.place, people = np.unique(
            np.column_stack([exit_, event]), axis=0, return_inverse=True, return_counts=True
        )
        self.place = self.place.reshape(-1)
        self.counted = CountedOutcome(pairs[:, 0], pairs[:, 1], people, estimand=estimand)

    def by_cell(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        cells, where = self.counted.cells(HORIZON)
        return np.bincount(where[self.place], values, minlength=len(cells.people))


@pytest.fixture(params=[(seed, estimand) for seed in range(4) for estimand in ("crude", "net", "all-cause")])
def sample(request: pytest.FixtureRequest) -> Sample:
    return Sample(*request.param)


def same(found: CellMeasure, wanted: Measure) -> None:
    np.testing.assert_allclose(found, (wanted.value, wanted.se), rtol=1e-10)


def test_who_is_followed_for_how_long(sample: Sample) -> None:
    counted, rows = sample.counted, sample.rows
    assert len(counted) == len(rows)
    for time in (0.0, 5.0, HORIZON, 13.0):
        assert counted.event_by(time) == rows.event_by(time).sum()
        assert counted.free_at(time) == rows.free_at(time).sum()
    assert counted.median_exit == np.median(rows.exit)
    assert counted.person_time == rows.exit.sum()
    assert counted.median_follow_up == median_follow_up(rows.exit, rows.event | rows.competing)[0].value


def test_accuracy(sample: Sample) -> None:
    cells, _ = sample.counted.cells(HORIZON)
    risk, status = sample.risk, sample.rows.status(HORIZON)
    loss = status.weight * (status.case - risk) ** 2
    sums = sample.by_cell(loss), float(loss @ loss)
    found = ratio_of_cells(cells, sample.by_cell(risk), float(risk @ risk))
    same(found, observed_expected(risk, sample.rows, HORIZON))
    same(brier_of_cells(cells, *sums), brier_score(risk, sample.rows, HORIZON))
    same(index_of_cells(cells, *sums), index_of_prediction_accuracy(risk, sample.rows, HORIZON))


def test_discrimination(sample: Sample) -> None:
    cells, where = sample.counted.cells(HORIZON)
    levels, rank = np.unique(sample.risk, return_inverse=True)
    cell = where[sample.place]
    case, control = ((cells.weight * who)[cell] for who in (cells.case, ~cells.case))
    told = separation(*(np.bincount(rank, w, minlength=len(levels)) for w in (case, control)), len(rank))
    a, b = told.of_case[rank], told.of_control[rank]
    se = separation_se(cells, *((sample.by_cell(x), sample.by_cell(x**2)) for x in (a, b)))
    same(CellMeasure(told.value, se), auc(sample.risk, sample.rows, HORIZON))


def test_the_calibration_line(sample: Sample) -> None:
    cells, where = sample.counted.cells(HORIZON)
    theta = cells.pseudo[where][sample.place]
    levels, rank, people = np.unique(sample.risk, return_inverse=True, return_counts=True)
    sums = (np.bincount(rank, x, minlength=len(levels)) for x in (theta, theta**2))
    intercept, slope = line_of_counts(RiskCounts(levels, people), *sums, 0)
    wanted = calibration_line(sample.risk, sample.rows, HORIZON)
    np.testing.assert_allclose(intercept, (wanted.intercept.value, wanted.intercept.se), rtol=1e-8)
    np.testing.assert_allclose(slope, (wanted.slope.value, wanted.slope.se), rtol=1e-8)


def test_groups_and_net_benefit(sample: Sample) -> None:
    thresholds = np.array([0.01, 0.05, 0.3, 0.61, 0.9])
    edges = np.unique(np.quantile(sample.risk, np.arange(1, 5) / 5))
    group = np.searchsorted(edges, sample.risk)
    above = np.searchsorted(thresholds, sample.risk, side="right")
    after = sample.exit > HORIZON
    exit_ = np.where(after, sample.counted.last_time + 1.0, sample.exit)
    event = np.where(after, 0, sample.event)
    ones = np.ones(len(group), dtype=np.int64)
    banded = BandedCounts(sample.counted, HORIZON, group, above, exit_, event, ones, sample.risk)
    found, wanted = banded.calibration_groups(), calibration_groups(sample.risk, sample.rows, HORIZON, groups=5)
    for name, column in wanted.columns().items():
        np.testing.assert_allclose(found.columns()[name], column, rtol=1e-10, err_msg=name)
    curve, expected = banded.decision_curve(thresholds), decision_curve(sample.risk, sample.rows, HORIZON, thresholds)
    for name, column in expected.columns().items():
        np.testing.assert_allclose(curve.columns()[name], column, rtol=1e-9, atol=1e-13, err_msg=name)


def test_nobody_treated_who_is_followed_to_the_horizon_has_no_net_benefit() -> None:
    exit_, event = [3.0, 5.0, 6.0, 20.0, 20.0], [1, 1, 0, 0, 0]
    risk, thresholds = np.array([0.9, 0.2, 0.9, 0.2, 0.2]), np.array([0.1, 0.5, 0.95])
    rows, counted = (
        Outcome(exit_, event, estimand="all-cause"),
        CountedOutcome(exit_, event, [1] * 5, estimand="all-cause"),
    )
    above = np.searchsorted(thresholds, risk, side="right")
    ends = np.where(np.array(exit_) > 10, 21.0, exit_)
    one = np.ones(5, dtype=np.int64)
    banded = BandedCounts(counted, 10.0, one, above, ends, np.array(event), one, risk)
    wanted = decision_curve(risk, rows, 10.0, thresholds)
    assert np.isnan(wanted.net_benefit[1])
    np.testing.assert_allclose(banded.decision_curve(thresholds).net_benefit, wanted.net_benefit)


def test_quantiles_are_those_of_everyone() -> None:
    values, people = np.array([0.1, 0.25, 0.6, 0.61]), np.array([3, 1, 4, 2])
    counts, everyone = RiskCounts(values, people), np.repeat(values, people)
    shares = np.array([0.0, 0.1, 1 / 3, 0.5, 0.75, 0.99, 1.0])
    np.testing.assert_allclose(counts.quantiles(shares), np.quantile(everyone, shares), rtol=1e-15)
    assert counts.distribution().tolist() == np.histogram(everyone, 20, (0.0, 1.0))[0].tolist()


def test_two_of_three_pairs_by_hand() -> None:
    """Two cases of weight 1 given 0.2 and 0.6, one control given 0.2: one pair tied, one right."""
    assert separation(np.array([1.0, 1.0]), np.array([1.0, 0.0]), 3).value == 0.75


@pytest.mark.parametrize(
    ("exit_", "event", "people", "estimand"),
    [
        ([5.0], [1], [1], "all-cause"),
        ([5.0, 6.0], [0, 0], [4, 4], "all-cause"),
        ([5.0, 6.0], [1, 2], [4, 4], "all-cause"),
        ([5.0, 6.0], [1, 0], [4, 4], "crude"),
        ([5.0, 6.0], [1, 3], [4, 4], "crude"),
    ],
)
def test_what_cannot_be_counted_is_refused(exit_: Any, event: Any, people: Any, estimand: Any) -> None:
    with pytest.raises(InputError):
        CountedOutcome(exit_, event, people, estimand=estimand)


@pytest.mark.parametrize("horizon", [3.0, 9.0])
def test_a_horizon_without_an_event_or_anyone_is_refused(horizon: float) -> None:
    with pytest.raises(InputError, match="horizon"):
        CountedOutcome([5.0, 8.0], [1, 0], [2, 2], estimand="all-cause").cells(horizon)


def test_a_line_through_one_prediction_or_through_0_is_refused() -> None:
    one, two = np.ones(1), np.ones(2)
    with pytest.raises(SurvivalError):
        line_of_counts(RiskCounts(np.array([0.3]), np.array([5])), one, one, 0)
    with pytest.raises(SurvivalError):
        line_of_counts(RiskCounts(np.array([0.0, 0.3]), np.array([2, 5])), two, two, 2)
