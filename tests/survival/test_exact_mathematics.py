"""Measures and residuals against their own definitions: derivatives by a weight, refits, estimates within groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError, NoEventsError, SarcomaError
from sarcoma.survival import (
    Course,
    CoxRegression,
    EventTable,
    Histories,
    cumulative_incidence,
    gray_test,
    kaplan_meier,
    logrank,
    piecewise_linear,
    restricted_cubic_spline,
    truncated_powers,
)
from sarcoma.survival.measures import (
    Outcome,
    brier_score,
    calibration_curve,
    calibration_line,
    decision_curve,
    log_score,
    net_benefit,
    observed_expected,
    state_measures,
)
from sarcoma.survival.measures.outcome import Status


# ---- dfbeta ----------------------------------------------------------------------------------------------------------
def test_dfbeta_of_a_weighted_row_is_what_the_row_adds() -> None:
    x = np.array([[0.209325], [0.693919], [0.443804], [0.065636], [0.386294]])
    time, weight = [5.269797, 6.601666, 7.335846, 11.684092, 12.678458], np.array([1, 0.5, 2, 1, 1])
    fit = CoxRegression().fit(x, time, [1] * 5, weight=weight)
    found = fit.residuals(x, time, [1] * 5, kind="dfbeta", weight=weight)[:, 0]
    np.testing.assert_allclose(found, [-1.1156, 0.7699, 0.3923, 0.8040, -0.8506], atol=5e-5)
    for i in range(5):  # the derivative by the share of the row that is there, so exact in its direction
        share = np.where(np.arange(5) == i, 1e-6, 0.0)
        more = CoxRegression().fit(x, time, [1] * 5, weight=weight * (1 + share)).coef_[0]
        less = CoxRegression().fit(x, time, [1] * 5, weight=weight * (1 - share)).coef_[0]
        assert found[i] == pytest.approx((more - less) / 2e-6, rel=1e-5)


def test_dfbeta_is_near_a_refit_without_the_row() -> None:
    random = np.random.default_rng(3)
    x, time, weight = (
        random.normal(size=(200, 2)),
        np.round(random.exponential(10, 200)) + 1,
        random.uniform(0.5, 3, 200),
    )
    event = random.random(200) < 0.7
    fit = CoxRegression().fit(x, time, event, weight=weight)
    found = fit.residuals(x, time, event, kind="dfbeta", weight=weight)
    for i in range(0, 200, 20):
        rest = np.arange(200) != i
        without = CoxRegression().fit(x[rest], time[rest], event[rest], weight=weight[rest]).coef_
        np.testing.assert_allclose(found[i], fit.coef_ - without, atol=0.1 * np.abs(found).max())


# ---- influence of the censoring --------------------------------------------------------------------------------------
def weighted_mean(time: Any, code: Any, weight: Any, horizon: float, contribution: Any) -> float:
    """Σ w_i a_i / Σ w_i of a_i = contribution / G, G the weighted product-limit of the censoring, written out."""
    g = np.ones(len(time))
    at_horizon = 1.0
    for u in np.unique(time[code == 0]):
        left = weight[(time > u) | ((time == u) & (code == 0))].sum()
        step = 1 - weight[(time == u) & (code == 0)].sum() / left
        g[time > u] *= step
        at_horizon *= step if u <= horizon else 1.0
    beyond = time > horizon
    parts = np.where(beyond, contribution / at_horizon, np.where(code > 0, contribution / g, 0.0))
    return float((weight * parts).sum() / weight.sum())


@pytest.mark.parametrize("measure", ["observed", "brier", "log"])
def test_the_influence_is_the_derivative_by_a_weight_under_ties(measure: str) -> None:
    random = np.random.default_rng(9)
    time, code = random.integers(1, 12, 40).astype(float), random.choice([0, 0, 1, 2], 40)
    risk = random.uniform(0.1, 0.9, 40)
    outcome, horizon = Outcome(time, code, estimand="crude"), 7.0
    case = (time <= horizon) & (code == 1)
    found, contribution = {
        "observed": (observed_expected(np.ones(40), outcome, horizon), case * 1.0),
        "brier": (brier_score(risk, outcome, horizon), (case - risk) ** 2),
        "log": (log_score(risk, outcome, horizon), -np.log(np.where(case, risk, 1 - risk))),
    }[measure]
    one = np.ones(40)
    assert found.value == pytest.approx(weighted_mean(time, code, one, horizon, contribution), abs=1e-13)
    for i in range(40):
        step = np.where(np.arange(40) == i, 1e-5, 0.0)
        up, down = (weighted_mean(time, code, one + s * step, horizon, contribution) for s in (1, -1))
        assert found.influence[i] == pytest.approx(40 * (up - down) / 2e-5, abs=1e-6)


# ---- the end of administrative follow-up -----------------------------------------------------------------------------
@pytest.mark.parametrize("stragglers", [0, 1])
def test_a_horizon_at_the_end_of_follow_up_is_answered(stragglers: int) -> None:
    random = np.random.default_rng(2)
    n, risk = 200, random.uniform(0.1, 0.9, 200)
    died, left = random.exponential(-60 / np.log1p(-risk)), random.exponential(200, 200)
    time = np.minimum(np.minimum(died, left), 60)
    event = (died <= left) & (died <= 60)
    if stragglers:
        time[np.flatnonzero(time == 60)[0]] = 61
    outcome = Outcome(time, event, estimand="all-cause")
    curve = kaplan_meier(time, event).at([60])
    dead = float(curve.probability[0, 0, 1])
    assert observed_expected(np.ones(n), outcome, 60).value == pytest.approx(dead, abs=1e-13)
    g = float(kaplan_meier(time, ~event & (time < 60)).at([59.999]).probability[0, 0, 0])
    status = outcome.status(60)
    assert isinstance(status, Status)
    assert status.at_end
    assert status.free.sum() == (time >= 60).sum()
    np.testing.assert_allclose(status.weight[status.free], 1 / g, rtol=1e-12)
    assert status.weight.sum() == pytest.approx(n, rel=1e-9)
    # a little earlier there are the same people beyond it, and nothing else has changed
    early = brier_score(risk, outcome, 59.9999)
    late = brier_score(risk, outcome, 60)
    assert late.value == pytest.approx(early.value, abs=1e-12)
    assert late.se == pytest.approx(early.se, rel=1e-9)
    states = state_measures(np.column_stack([1 - risk, risk]), Histories(Course.survival(), time, event), 60)
    assert states.brier[1].value == pytest.approx(late.value, abs=1e-12)
    assert states.brier[1].se == pytest.approx(late.se, rel=1e-9)


def test_a_small_one_worked_out() -> None:
    outcome = Outcome([1, 2, 3, 4], [0, 1, 0, 0], estimand="all-cause")
    # G: one of four at 1, one of two at 3 (he at 2 has gone): 3/4 before 3, 3/8 just before 4
    expected = (0.8**2 / 0.75 + 0.4**2 / 0.375) / 4
    assert brier_score([0.1, 0.2, 0.3, 0.4], outcome, 4).value == pytest.approx(expected, abs=1e-15)
    assert observed_expected([1.0] * 4, outcome, 4).value == pytest.approx(1 / 3, abs=1e-15)


# ---- net benefit -----------------------------------------------------------------------------------------------------
def test_net_benefit_is_vickers_among_those_treated() -> None:
    random = np.random.default_rng(5)
    n, risk = 150, np.round(np.random.default_rng(6).uniform(0.05, 0.95, 150), 2)
    time = np.round(random.exponential(20 / (risk + 0.2)))
    code = np.where(random.random(n) < 0.6 - 0.3 * risk, 0, random.choice([1, 1, 2], n))  # censored by risk
    odds = {p: p / (1 - p) for p in (0.1, 0.35, 0.6)}
    crude, whole = Outcome(time, code, estimand="crude"), Outcome(time, code > 0, estimand="all-cause")
    for p, o in odds.items():
        treated = risk >= p
        dead = kaplan_meier(time[treated], code[treated] > 0).at([15]).probability[0, 0, 1]
        event = cumulative_incidence(time[treated], code[treated]).at([15]).probability[0, 0, 1]
        share = treated.mean()
        assert net_benefit(risk, whole, 15, p).value == pytest.approx(share * (dead - (1 - dead) * o), abs=1e-13)
        assert net_benefit(risk, crude, 15, p).value == pytest.approx(share * (event - (1 - event) * o), abs=1e-13)
    found = decision_curve(risk, crude, 15, list(odds))
    assert found.method == "vickers"
    np.testing.assert_allclose(found.net_benefit, [net_benefit(risk, crude, 15, p).value for p in odds], atol=1e-14)
    np.testing.assert_allclose(found.se, [net_benefit(risk, crude, 15, p).se for p in odds], rtol=1e-12)
    weighted = [net_benefit(risk, crude, 15, p, method="ipcw").value for p in odds]
    assert np.abs(found.net_benefit - weighted).max() > 1e-3
    # the same where all are treated, and without censoring
    assert net_benefit(risk, crude, 15, 0.05).value == pytest.approx(
        net_benefit(risk, crude, 15, 0.05, method="ipcw").value, abs=1e-13
    )
    known = Outcome(time, np.maximum(code, 1), estimand="crude")
    for p in odds:
        one, other = (net_benefit(risk, known, 15, p, method=method) for method in ("vickers", "ipcw"))
        assert one.value == pytest.approx(other.value, abs=1e-14)
        assert one.se == pytest.approx(other.se, rel=1e-12)


def test_the_influence_of_net_benefit_is_a_derivative_by_a_weight() -> None:
    random = np.random.default_rng(8)
    time, code, risk = random.integers(1, 15, 40).astype(float), random.choice([0, 1, 2], 40), random.uniform(size=40)
    treated, odds = risk >= 0.3, 0.3 / 0.7
    found = net_benefit(risk, Outcome(time, code, estimand="crude"), 8.0, 0.3)

    def value(weight: np.ndarray) -> float:
        curve = cumulative_incidence(time[treated], code[treated], weight=weight[treated])
        event = curve.at([8.0]).probability[0, 0, 1]
        return float(weight[treated].sum() / weight.sum() * (event - (1 - event) * odds))

    assert found.value == pytest.approx(value(np.ones(40)), abs=1e-13)
    for i in range(40):
        step = np.where(np.arange(40) == i, 1e-5, 0.0)
        assert found.influence[i] == pytest.approx(40 * (value(1 + step) - value(1 - step)) / 2e-5, abs=1e-6)


def test_a_threshold_above_which_nobody_is_followed_has_no_net_benefit() -> None:
    outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    with pytest.raises(InputError, match="threshold"):
        net_benefit(risk, outcome, 15, 0.4)  # all censored at 12 of those who go on
    assert np.isnan(decision_curve(risk, outcome, 15, [0.2, 0.4]).net_benefit).tolist() == [False, True]
    assert net_benefit(risk, outcome, 15, 0.65).value == pytest.approx(1 / 6)  # all of them have died
    assert net_benefit(risk, outcome, 15, 0.9).value == 0.0  # nobody is treated
    with pytest.raises(InputError, match="thresholds"):
        decision_curve(risk, outcome, 15, [0.2, 1.0])
    with pytest.raises(InputError, match="method"):
        net_benefit(risk, outcome, 15, 0.2, method="km")  # type: ignore[arg-type]


# ---- the ends of the calibration curve -------------------------------------------------------------------------------
@pytest.mark.words
@pytest.mark.parametrize("method", ["local", "splines"])
def test_an_emax_at_an_end_of_the_curve_says_so(method: Any) -> None:
    random = np.random.default_rng(3)
    risk = random.uniform(0.1, 0.9, 400)
    died = random.exponential(-12 / np.log1p(-risk))
    outcome = Outcome(np.minimum(died, 24), died < 24, estimand="all-cause")
    found = calibration_curve(risk, outcome, 12, method=method)
    gap = np.abs(np.interp(risk, found.predicted, found.observed) - risk)
    first, last = np.quantile(risk, [0.05, 0.95])
    assert found.inside == (first, last)
    assert found.emax == pytest.approx(gap.max())
    assert found.emax_at == pytest.approx(risk[gap.argmax()])
    assert found.emax_inside == pytest.approx(gap[(risk >= first) & (risk <= last)].max())
    at_an_end = not first <= found.emax_at <= last
    assert any("Emax" in note for note in found.notes) == at_an_end == ("end" in repr(found))


@pytest.mark.words
def test_calibration_errors_name_the_risk() -> None:
    apart = Outcome([1, 2, 3, 4, 5, 6, 6, 6, 6, 6], [1] * 5 + [0] * 5, estimand="all-cause")
    with pytest.raises(SarcomaError, match=r"^risk: "):
        calibration_line([0.94, 0.93, 0.92, 0.91, 0.9, 0.1, 0.11, 0.12, 0.13, 0.14], apart, 2, method="regression")
    with pytest.raises(SarcomaError, match=r"^censoring_covariates, column 1"):
        brier_score(
            [0.1] * 10,
            Outcome(range(1, 11), [0] * 5 + [1] * 5, estimand="all-cause", censoring_covariates=[0.0] * 10),
            7,
        )


# ---- predictions of a Cox model --------------------------------------------------------------------------------------
def test_survival_takes_an_offset_and_a_stratum_a_row() -> None:
    random = np.random.default_rng(1)
    n, x = 200, random.normal(size=(200, 2))
    time, event, stratum = random.exponential(10, n), random.random(n) < 0.7, random.choice(["a", "b"], n)
    offset = random.normal(size=n)
    fit = CoxRegression().fit(x, time, event, stratum=stratum, offset=offset)
    found = fit.predict_survival(x[:6], [2.0, 8.0], stratum=list("abbaba"), offset=offset[:6])
    for i, label in enumerate("abbaba"):
        hazard = fit.baseline_.cumulative([2.0, 8.0], label) * np.exp(x[i] @ fit.coef_ + offset[i])
        np.testing.assert_allclose(found[i], np.exp(-hazard), rtol=1e-12)
        alone = fit.predict_survival_interval(x[i : i + 1], [2.0, 8.0], stratum=label, offset=offset[i : i + 1])
        together = fit.predict_survival_interval(x[:6], [2.0, 8.0], stratum=list("abbaba"), offset=offset[:6])
        np.testing.assert_allclose(together[0][i], alone[0][0], rtol=1e-12)
    with pytest.raises(InputError, match="stratum"):
        fit.predict_survival(x[:2], [2.0], stratum=["a", "c"])
    with pytest.raises(InputError, match="stratum"):
        fit.predict_survival(x[:2], [2.0], stratum=["a"])
    with pytest.raises(InputError, match="offset"):
        fit.predict_survival(x[:2], [2.0], stratum="a", offset=[1.0])


@pytest.mark.words
def test_a_fit_stands_without_its_concordance() -> None:
    x = np.random.default_rng(1).normal(size=(40, 2))
    fit = CoxRegression().fit(x, np.ones(40), np.ones(40))
    assert fit.concordance_ is None
    assert np.isfinite(fit.coef_).all()
    assert fit.notes_ == ("no concordance: there is no pair of which it is known who had the event first",)
    assert CoxRegression().fit(x, np.arange(1.0, 41), np.ones(40)).notes_ == ()


# ---- errors of the house, never raw ones -----------------------------------------------------------------------------
def test_tests_of_groups_without_events_say_so() -> None:
    causes = Course.competing(("a", "b"))
    for table in (
        EventTable.from_arrays(causes, [1, 2, 3, 4], [0, 0, 0, 0], group=list("xxyy")),
        EventTable.from_arrays(causes, [1, 2, 3, 4], [2, 2, 0, 0], group=list("xxyy")),
        EventTable.empty(causes, ("x", "y")),
    ):
        with pytest.raises(NoEventsError):
            gray_test(table, "a")
        with pytest.raises(NoEventsError):
            logrank(table, ("event-free", "a"))


RAGGED: Any = [[1, 2], [3]]
REFUSED: dict[str, Callable[[], Any]] = {
    "event": lambda: kaplan_meier([1, 2], RAGGED),
    "group": lambda: kaplan_meier([1, 2], [1, 0], group=RAGGED),
    "to": lambda: Histories(Course.survival(), [1, 2], RAGGED),
    "cause": lambda: cumulative_incidence([1, 2], [0, 7], causes=("a",)),
    "times": lambda: kaplan_meier([1, 2], [1, 0]).at(RAGGED),
    "penalty": lambda: CoxRegression(penalty=RAGGED).fit([[1.0], [2.0], [0.0]], [1, 2, 3], [1, 0, 1]),
    "stratum": lambda: CoxRegression().fit([[1.0], [2.0]], [1, 2], [1, 0], stratum=RAGGED),
    "risks": lambda: decision_curve(RAGGED, Outcome([1, 2], [1, 0], estimand="all-cause"), 1, [0.2]),
    "knots": lambda: restricted_cubic_spline(np.array([1.0]), [1.0, float("nan"), 3.0]),
    "knots of powers": lambda: truncated_powers(np.array([1.0]), [float("nan")]),
    "knots of lines": lambda: piecewise_linear(np.array([1.0]), [float("nan"), 2.0], [1.0, 2.0]),
    "x": lambda: CoxRegression().fit(np.array([[1e200], [2e200], [-1e200]]), [1, 2, 3], [1, 1, 1]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_the_name_of_its_argument(name: str) -> None:
    with pytest.raises(InputError) as caught:
        REFUSED[name]()
    assert caught.value.argument == {"risks": "risk"}.get(name, name.split()[0])
