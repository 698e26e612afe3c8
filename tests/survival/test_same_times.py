"""One rule for two times being the same: the dust of calculating them changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError
from sarcoma.survival import (
    Course,
    CoxRegression,
    EventTable,
    FineGrayRegression,
    Histories,
    MultiStateModel,
    TransitionHazard,
    concordance_at_risk,
    conditional_tau,
    cumulative_incidence,
    gray_test,
    harrell_concordance,
    kaplan_meier,
    landmark_occupancy,
    logrank,
    pseudo_expected_time,
    pseudo_observations,
)
from sarcoma.survival.measures import (
    Outcome,
    auc,
    brier_score,
    calibration_curve,
    calibration_groups,
    calibration_line,
    concordance,
    curve_log_score,
    decision_curve,
    index_of_prediction_accuracy,
    log_score,
    net_benefit,
    observed_expected,
    state_measures,
)

N = 60


def rows(seed: int = 4) -> dict[str, Any]:
    """Whole months with ties, and the same times with the dust of a detour: a later, a smaller, the same float."""
    random = np.random.default_rng(seed)
    time = random.integers(2, 30, N).astype(float)
    entry = np.where(random.random(N) < 0.4, np.maximum(time - random.integers(1, 20, N), 0), 0.0)
    dust = random.choice([-2e-15, 0.0, 2e-15], N)
    return {
        "x": random.normal(size=(N, 2)),
        "cause": random.choice([0, 1, 1, 2], N),
        "group": random.integers(0, 2, N),
        "risk": random.uniform(0.05, 0.95, N),
        "clean": (time, entry),
        "dusty": (time * (1 + dust), entry * (1 - dust[::-1])),
    }


DATA = rows()
CLOSE = 13.0 * (1 + 3e-16)
COMPETING = Course.competing(("a", "b"))
ONE = 1 + 2e-15


def outcome(time: np.ndarray, **options: Any) -> Outcome:
    return Outcome(time, DATA["cause"], estimand="crude", **options)


def measured(found: Any) -> Any:
    return np.r_[found.value, found.se, found.influence]


CURVES = np.column_stack([DATA["risk"] * 0.3, DATA["risk"] * 0.4])
COUNTED: dict[str, Callable[[np.ndarray, np.ndarray, float], Any]] = {
    "survival": lambda t, _, h: kaplan_meier(t, DATA["cause"] > 0).at([h]).probability,
    "late entry": lambda t, e, h: kaplan_meier(t, DATA["cause"] > 0, entry=e).at([h]).se,
    "incidence": lambda t, e, h: cumulative_incidence(t, DATA["cause"], entry=e).covariance_at([h]),
    "expected time": lambda t, _, h: [v.value for v in kaplan_meier(t, DATA["cause"] > 0).restricted_mean(h)],
    "landmark": lambda t, e, h: (
        landmark_occupancy(Histories(COMPETING, t, DATA["cause"], entry=e), "event-free", h).at([20]).probability
    ),
    "log-rank": lambda t, e, _: (
        logrank(EventTable.from_arrays(Course.survival(), t, DATA["cause"] > 0, entry=e, group=DATA["group"])).statistic
    ),
    "Gray": lambda t, _, __: (
        gray_test(EventTable.from_arrays(COMPETING, t, DATA["cause"], group=DATA["group"]), "a").statistic
    ),
    "pseudo-values": lambda t, e, h: pseudo_observations(Histories(COMPETING, t, DATA["cause"], entry=e), [h]),
    "jackknife": lambda t, _, h: pseudo_observations(Histories(COMPETING, t, DATA["cause"]), [h], method="jackknife"),
    "jackknife, late entry": lambda t, e, h: pseudo_observations(
        Histories(COMPETING, t, DATA["cause"], entry=e), [h], method="jackknife"
    ),
    "pseudo-times": lambda t, e, h: pseudo_expected_time(Histories(COMPETING, t, DATA["cause"], entry=e), h),
    "Cox": lambda t, e, h: (
        CoxRegression().fit(DATA["x"], t, DATA["cause"] == 1, entry=e).predict_survival(DATA["x"], [h, t.max()])
    ),
    "Cox, strata": lambda t, e, h: (
        CoxRegression()
        .fit(DATA["x"], t, DATA["cause"] == 1, entry=e, stratum=DATA["group"])
        .predict_survival(DATA["x"], [h], stratum=DATA["group"])
    ),
    "proportional hazards": lambda t, _, __: (
        [
            CoxRegression()
            .fit(DATA["x"], t, DATA["cause"] == 1)
            .test_proportional_hazards(DATA["x"], t, DATA["cause"] == 1, transform=how)
            .statistic
            for how in ("km", "rank")
        ]
    ),
    "Fine–Gray": lambda t, e, h: (
        FineGrayRegression().fit(DATA["x"], t, DATA["cause"], entry=e).predict_incidence(DATA["x"], [h])
    ),
    "Fine–Gray covariance": lambda t, _, __: FineGrayRegression().fit(DATA["x"], t, DATA["cause"]).covariance_,
    "Harrell": lambda t, _, __: harrell_concordance(DATA["risk"], t, DATA["cause"] == 1).value,
    "concordance at risk": lambda t, e, _: concordance_at_risk(DATA["risk"], t, DATA["cause"] == 1, entry=e)[1],
    "late entry test": lambda t, e, _: conditional_tau(e, t, DATA["cause"] == 1),
    "O/E": lambda t, _, h: measured(observed_expected(DATA["risk"], outcome(t), h)),
    "O/E at a landmark": lambda t, e, h: measured(
        observed_expected(DATA["risk"], outcome(t, entry=e, landmark=h), 20 * ONE)
    ),
    "Brier": lambda t, _, h: measured(brier_score(DATA["risk"], outcome(t), h)),
    "Brier, Cox weights": lambda t, _, h: (
        brier_score(DATA["risk"], outcome(t, censoring_covariates=DATA["x"]), h).value
    ),
    "IPA": lambda t, _, h: measured(index_of_prediction_accuracy(DATA["risk"], outcome(t), h)),
    "AUC": lambda t, _, h: measured(auc(DATA["risk"], outcome(t), h)),
    "concordance": lambda t, _, h: measured(concordance(DATA["risk"], outcome(t), horizon=h)),
    "log score": lambda t, _, h: measured(log_score(DATA["risk"], outcome(t), h)),
    "curve log score": lambda t, _, h: measured(curve_log_score(CURVES, outcome(t), [h, 25], rivals=CURVES)),
    "net benefit": lambda t, _, h: measured(net_benefit(DATA["risk"], outcome(t), h, 0.4)),
    "decision curve": lambda t, _, h: decision_curve(DATA["risk"], outcome(t), h, [0.2, 0.4]).net_benefit,
    "line": lambda t, _, h: calibration_line(DATA["risk"], outcome(t), h).slope.value,
    "line, regression": lambda t, _, h: calibration_line(DATA["risk"], outcome(t), h, method="regression").slope.value,
    "groups": lambda t, _, h: calibration_groups(DATA["risk"], outcome(t), h, groups=3).observed,
    "curve": lambda t, _, h: calibration_curve(DATA["risk"], outcome(t), h).observed,
    "curve, splines": lambda t, _, h: (
        calibration_curve(DATA["risk"], outcome(t), h, method="splines", knots=3).observed
    ),
    "states": lambda t, _, h: [
        (m.value, m.se) for m in state_measures(np.full((N, 3), 1 / 3), Histories(COMPETING, t, DATA["cause"]), h).brier
    ],
}


@pytest.mark.parametrize("name", COUNTED)
def test_dust_on_times_and_horizons_changes_nothing(name: str) -> None:
    find = COUNTED[name]
    clean, entry = DATA["clean"]
    expected = np.asarray(find(clean, entry, 13.0), dtype=np.float64)
    assert np.isfinite(expected).all()
    for horizon in (13.0, 13.0 * ONE, 13.0 / ONE):
        for times in ("clean", "dusty"):
            time, entry = DATA[times]
            found = np.asarray(find(time, entry, horizon), dtype=np.float64)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("horizon", [13.2, 1.1 * 12])
def test_years_times_twelve_are_months(horizon: float) -> None:
    judged = Outcome(np.array([0.5, 1.1, 1.1, 2, 3]) * 12, [1, 1, 0, 1, 0], estimand="all-cause")
    risk = [0.1, 0.4, 0.5, 0.2, 0.3]
    assert observed_expected([0.5] * 5, judged, horizon).value == pytest.approx(0.8, abs=1e-14)
    assert brier_score(risk, judged, horizon).value == pytest.approx((0.81 + 0.36 + 1.5 * (0.04 + 0.09)) / 5, abs=1e-14)
    assert brier_score(risk, judged, horizon).value == brier_score(risk, judged, 13.2).value
    assert index_of_prediction_accuracy(risk, judged, horizon).value == pytest.approx(-0.1375, abs=1e-14)


def test_three_times_a_tenth_is_three_tenths() -> None:
    time = [0.1 * 3, 0.2, 0.3, 0.5, 0.6]
    for horizon in (0.3, 0.1 * 3):
        for which in (time, time[::-1]):
            event = [1, 1, 1, 0, 1] if which is time else [1, 0, 1, 1, 1]
            found = observed_expected([0.5] * 5, Outcome(which, event, estimand="all-cause"), horizon)
            assert found.value == pytest.approx(1.2, abs=1e-14)


def test_a_very_long_time_beside_short_ones_swallows_none() -> None:
    curve = kaplan_meier([1e15, 0.1, 0.2, 0.3, 0.4], [1, 1, 1, 0, 1], entry=[0, 0, 0.15, 0.1, 0.2])
    np.testing.assert_allclose(curve.times, [0, 0.1, 0.2, 0.4, 1e15])
    np.testing.assert_allclose(curve.survival[0], [1, 1 / 2, 1 / 3, 1 / 6, 0], atol=1e-15)
    for options in ({}, {"entry": [0, 0, 0.15, 0.1, 0.2]}):
        found = pseudo_observations(
            Histories(Course.survival(), [1e15, 0.1, 0.2, 0.3, 0.4], [1, 1, 1, 0, 1], **options), [0.25]
        )
        assert np.isfinite(found).all()


@pytest.mark.words
def test_an_interval_that_is_empty_up_to_dust_is_refused() -> None:
    end, start = [1.1 * 12, 5.0], [13.2, 0.0]
    for refused in (
        lambda: Histories(Course.survival(), end, [1, 1], entry=start),
        lambda: CoxRegression().fit([[1.0], [0.0]], end, [1, 1], entry=start),
        lambda: FineGrayRegression().fit([[1.0], [0.0]], end, [1, 1], entry=start),
    ):
        with pytest.raises(InputError, match="entry: 1 of 2 rows end before or when they start"):
            refused()


def test_an_entry_that_is_dust_is_no_late_entry() -> None:
    late = np.full(5, 0.1 + 0.2 - 0.3)
    found = kaplan_meier([1, 2, 3, 4, 5], [1, 0, 1, 1, 0], entry=late)
    assert not found.table.entered.any()
    assert harrell_concordance([5, 4, 3, 2, 1], [1, 2, 3, 4, 5], [1, 0, 1, 1, 0], entry=late).value == 1.0
    assert len(Outcome([1, 2, 3], [1, 0, 1], estimand="all-cause", entry=late[:3])) == 3


def test_jumps_of_several_hazards_at_one_time_happen_together() -> None:
    def model(second: float) -> MultiStateModel:
        return MultiStateModel(
            COMPETING,
            [
                TransitionHazard("event-free", "a", np.array([5.0, 13.2]), np.array([0.1, 0.3])),
                TransitionHazard("event-free", "b", np.array([6.0, second]), np.array([0.2, 0.4])),
            ],
        )

    together = model(13.2).predict(times=[13.2], product=True).probability
    np.testing.assert_allclose(together[0, 0], [0.9 * 0.8 * 0.3, 0.1 + 0.9 * 0.8 * 0.3, 0.18 + 0.72 * 0.4], atol=1e-15)
    np.testing.assert_array_equal(model(1.1 * 12).predict(times=[13.2], product=True).probability, together)
    np.testing.assert_array_equal(model(13.2).predict(times=[1.1 * 12], product=True).probability, together)


def test_tables_of_two_hospitals_share_their_times() -> None:
    one = EventTable.from_arrays(Course.survival(), [13.2, 5.0], [1, 1])
    other = EventTable.from_arrays(Course.survival(), [1.1 * 12, 5.0], [1, 0])
    assert (one + other).times.tolist() == [5.0, 13.2]
    assert (other + one).events[0, :, 0].tolist() == [1, 2]
