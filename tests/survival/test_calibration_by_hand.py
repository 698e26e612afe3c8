"""Calibration of a few people: the line, groups and curves against their definitions in plain loops."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares

from sarcoma.errors import CollinearityError, ConvergenceError, InfiniteEstimateError, InputError
from sarcoma.survival import CoxRegression, FineGrayRegression
from sarcoma.survival.measures import (
    Measure,
    Outcome,
    calibration_curve,
    calibration_groups,
    calibration_line,
    observed_expected,
)
from sarcoma.survival.measures.calibration import CalibrationGroups, cloglog, estimating_equations, pseudo_risk
from sarcoma.survival.measures.calibration_curve import (
    CalibrationCurve,
    _first_of_inverse,
    _local,
    _nearest,
)
from sarcoma.survival.transforms import restricted_cubic_spline

curves = importlib.import_module("sarcoma.survival.measures.calibration_curve")

Z90, Z95 = 1.6448536269514722, 1.959963984540054
STEP = 1e-30
Person = tuple[float, int]

# a tie of two events and a censoring at 3, of an event and a censoring at 5, of a competing event and a censoring at 2
EXIT = [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 6.5, 7.0, 8.0, 9.0]
EVENT = [1, 0, 2, 1, 1, 0, 2, 1, 0, 1, 0, 1, 2, 0]
RISK = [0.7, 0.3, 0.55, 0.25, 0.6, 0.45, 0.2, 0.35, 0.5, 0.65, 0.1, 0.4, 0.15, 0.3]
ESTIMANDS = ["crude", "net", "all-cause"]
LEVELS = [(0.95, Z95), (0.9, Z90)]


def people(estimand: str) -> list[Person]:
    """As they are counted: without the competing event, or with both as one."""
    seen = {"crude": lambda e: e, "net": lambda e: int(e == 1), "all-cause": lambda e: min(e, 1)}[estimand]
    return [(t, seen(e)) for t, e in zip(EXIT, EVENT, strict=True)]


def outcome_of(estimand: Any) -> Outcome:
    event = [min(e, 1) for e in EVENT] if estimand == "all-cause" else EVENT
    return Outcome(EXIT, event, estimand=estimand)


# ---- definitions -----------------------------------------------------------------------------------------------------
def incidence(rows: Sequence[Person], time: float, weight: Sequence[complex] | None = None) -> complex:
    """Aalen–Johansen; Kaplan–Meier where there is one kind of event."""
    by_row = list(zip(rows, weight or [1.0] * len(rows), strict=True))
    stay: complex = 1.0
    found: complex = 0.0
    for u in sorted({t for t, e in rows if e and t <= time}):
        at_risk = sum(w for (t, _), w in by_row if t >= u)
        own, other = (sum(w for (t, e), w in by_row if t == u and e == kind) for kind in (1, 2))
        found += stay * own / at_risk
        stay *= 1 - (own + other) / at_risk
    return found


def pseudo(rows: Sequence[Person], time: float) -> list[float]:
    """n F − (n − 1) F without the person."""
    n = len(rows)
    whole = incidence(rows, time).real
    return [n * whole - (n - 1) * incidence([*rows[:i], *rows[i + 1 :]], time).real for i in range(n)]


def scale(risk: float) -> float:
    return math.log(-math.log(1 - risk))


def refused(argument: str, call: Callable[[], object]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.argument == argument


def agree(found: Measure, name: str, horizon: float, estimand: str, level: float) -> None:
    assert (found.name, found.horizon, found.estimand, found.level) == (name, horizon, estimand, level)


# ---- observed over expected ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", [2.0, 5.0, 6.2])
def test_observed_over_expected(estimand: str, horizon: float) -> None:
    rows, n = people(estimand), len(EXIT)

    def ratio(weight: list[complex]) -> complex:
        mean = sum(w * r for w, r in zip(weight, RISK, strict=True)) / sum(weight)
        return incidence(rows, horizon, weight) / mean

    truth = ratio([1.0] * n).real
    moves = [n * ratio([1 + STEP * 1j * (i == j) for j in range(n)]).imag / STEP for i in range(n)]
    se = math.sqrt(sum(m**2 for m in moves) / (n - 1) / n)
    for level, z in LEVELS:
        found = observed_expected(RISK, outcome_of(estimand), horizon, level=level)
        agree(found, "O/E", horizon, estimand, level)
        assert found.influence == pytest.approx(moves, rel=1e-9, abs=1e-12)
        assert [found.value, found.se, found.low, found.high] == pytest.approx(
            [truth, se, truth * math.exp(-z * se / truth), truth * math.exp(z * se / truth)], rel=1e-9
        )
    assert observed_expected(RISK, outcome_of(estimand), horizon).level == 0.95


def test_nothing_can_be_set_against_a_prediction_of_0() -> None:
    outcome = outcome_of("crude")
    refused("risk", lambda: observed_expected([0.0] * 14, outcome, 5))
    assert observed_expected([1.0] * 14, outcome, 5).value == pytest.approx(incidence(people("crude"), 5).real)
    refused("risk", lambda: observed_expected([0.1] * 13, outcome, 5))


# ---- pseudo-observations ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_pseudo_observations_leave_each_person_out(estimand: str) -> None:
    outcome = outcome_of(estimand)
    for horizon in (2.0, 5.0, 6.2, 5.0):
        assert pseudo_risk(outcome, horizon) == pytest.approx(pseudo(people(estimand), horizon), rel=1e-11, abs=1e-12)


def test_pseudo_observations_are_kept_until_another_horizon_is_asked_for() -> None:
    outcome = outcome_of("crude")
    first = pseudo_risk(outcome, 5.0)
    assert pseudo_risk(outcome, 5.0) is first
    assert not first.flags.writeable
    assert pseudo_risk(outcome, 4.0) is not first


def test_the_scale_of_the_line() -> None:
    assert cloglog("risk", np.array([0.1, 0.9])) == pytest.approx([scale(0.1), scale(0.9)])
    for edge in (0.0, 1.0):
        refused("given", lambda edge=edge: cloglog("given", np.array([0.1, edge])))


# ---- the line --------------------------------------------------------------------------------------------------------
def fitted(columns: np.ndarray, theta: list[float], offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of θ on 1 − exp(−exp(xβ + offset)), whose equations these are, and the sandwich's parts."""

    def rest(beta: np.ndarray) -> np.ndarray:
        return np.asarray(theta) - (1 - np.exp(-np.exp(columns @ beta + offset)))

    beta = least_squares(rest, np.zeros(columns.shape[1]), xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    eta = columns @ beta + offset
    slope = columns * np.exp(eta - np.exp(eta))[:, None]
    return beta, len(theta) * slope * rest(beta)[:, None] @ np.linalg.inv(slope.T @ slope)


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", [3.0, 5.0, 6.2])
def test_the_line_by_pseudo_values(estimand: str, horizon: float) -> None:
    theta, x, n = pseudo(people(estimand), horizon), np.array([scale(r) for r in RISK]), len(RISK)
    (intercept,), first = fitted(np.ones((n, 1)), theta, x)
    (_, slope), second = fitted(np.column_stack([np.ones(n), x]), theta, np.zeros(n))
    for level, z in LEVELS:
        line = calibration_line(RISK, outcome_of(estimand), horizon, level=level)
        for found, name, value, moves in (
            (line.intercept, "calibration intercept", intercept, first[:, 0]),
            (line.slope, "calibration slope", slope, second[:, 1]),
        ):
            agree(found, name, horizon, estimand, level)
            se = math.sqrt(sum(m**2 for m in moves)) / n
            assert found.influence == pytest.approx(moves, rel=1e-5, abs=1e-5)
            assert [found.value, found.se, found.low, found.high] == pytest.approx(
                [value, se, value - z * se, value + z * se], rel=1e-6, abs=1e-6
            )
            assert found.se == pytest.approx(math.sqrt(sum(m**2 for m in found.influence)) / n, rel=1e-9)
            assert found.ddof == 0
    assert calibration_line(RISK, outcome_of(estimand), horizon).slope.level == 0.95
    named = calibration_line(RISK, outcome_of(estimand), horizon, method="pseudo-values")
    assert named.slope.value == calibration_line(RISK, outcome_of(estimand), horizon).slope.value


def test_the_equations_are_solved_to_the_last_digits() -> None:
    theta, x = np.array(pseudo(people("crude"), 5)), np.array([scale(r) for r in RISK])
    beta, _ = estimating_equations(np.column_stack([np.ones(14), x]), theta, np.full(14, 0.3))
    eta = 0.3 + beta[0] + beta[1] * x
    g = np.exp(eta - np.exp(eta))
    assert [g @ (theta - 1 + np.exp(-np.exp(eta))), (x * g) @ (theta - 1 + np.exp(-np.exp(eta)))] == pytest.approx(
        [0, 0], abs=1e-12
    )


def test_a_line_is_found_where_steps_go_to_and_fro() -> None:
    """Steps of full length would go from one side of the solution to the other for ever."""
    theta, x = pseudo(people("net"), 6.2), np.array([scale(r) for r in RISK])
    columns = np.column_stack([np.ones(14), x])
    beta, _ = estimating_equations(columns, np.array(theta), np.zeros(14))
    assert beta == pytest.approx(fitted(columns, theta, np.zeros(14))[0], rel=1e-7)
    assert beta == pytest.approx([0.7091, 1.8335], abs=1e-4)


def test_equations_far_away_are_reached_and_none_is_found_where_there_is_none() -> None:
    one = np.ones((4, 1))
    beta, _ = estimating_equations(one, np.full(4, 1e-9), np.zeros(4))
    assert beta == pytest.approx([scale(1e-9)], rel=1e-6)
    beta, _ = estimating_equations(one, np.array([0.2, 0.3, 0.4, 0.3]), np.array([0.0, 0.0, 0.0, 1000.0]))
    assert beta == pytest.approx([scale(0.3)], rel=1e-9)  # who is far beyond any event says nothing
    beta, _ = estimating_equations(one, np.array([0.2, 0.3, 0.4, 0.3]), np.full(4, 3.0))
    assert beta == pytest.approx(
        [scale(0.3) - 3.0], rel=1e-9
    )  # where nearly all were to have it, a step is not believed
    with pytest.raises(ConvergenceError):
        estimating_equations(one, np.full(4, -1.0), np.zeros(4))
    with pytest.raises(ConvergenceError):
        estimating_equations(np.ones((4, 2)), np.full(4, 0.3), np.zeros(4))
    nearly = np.column_stack([np.ones(4), 1 + 1e-7 * np.arange(4)])
    with pytest.raises(ConvergenceError):
        estimating_equations(nearly, np.array([0.2, 0.4, 0.1, 0.3]), np.zeros(4))


def stay_before(rows: Sequence[Person], time: float) -> float:
    """Kaplan–Meier of not being censored before a time; everyone still there is at risk of it."""
    g = 1.0
    for u in sorted({t for t, e in rows if e == 0 and t < time}):
        g *= 1 - sum(t == u and e == 0 for t, e in rows) / sum(t >= u for t, _ in rows)
    return g


def breslow(rows: Sequence[Person], x: Sequence[float]) -> tuple[float, float]:
    """Σ 1/S0 and Σ 1/S0² over the events, with risks exp(x); competing events stay at risk with G(t−)/G(T−)."""
    first = second = 0.0
    for u in sorted({t for t, e in rows if e == 1}):
        risk = 0.0
        for (t, e), eta in zip(rows, x, strict=True):
            if t >= u:
                risk += math.exp(eta)
            elif e == 2:
                risk += math.exp(eta) * stay_before(rows, u) / stay_before(rows, t)
        count = sum(t == u and e == 1 for t, e in rows)
        first, second = first + count / risk, second + count / risk**2
    return first, second


def up_to(rows: Sequence[Person], horizon: float) -> list[Person]:
    return [(t, e) if t <= horizon else (horizon, 0) for t, e in rows]


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", [3.0, 5.0, 6.2])
def test_the_line_by_regression(estimand: str, horizon: float) -> None:
    rows = up_to(people(estimand), horizon)
    x = [scale(r) for r in RISK]
    end, event = [t for t, _ in rows], [e for _, e in rows]
    column = np.array(x)[:, None]
    fit = (FineGrayRegression() if estimand == "crude" else CoxRegression()).fit(column, end, event)  # type: ignore[attr-defined]
    slope, slope_se = float(fit.coef_[0]), math.sqrt(fit.covariance_[0, 0])
    hazard, variance = breslow(rows, x)
    for level, z in LEVELS:
        line = calibration_line(RISK, outcome_of(estimand), horizon, method="regression", level=level)
        for found, name, value, se in (
            (line.intercept, "calibration intercept", math.log(hazard), math.sqrt(variance) / hazard),
            (line.slope, "calibration slope", slope, slope_se),
        ):
            agree(found, name, horizon, estimand, level)
            assert [found.value, found.se, found.low, found.high] == pytest.approx(
                [value, se, value - z * se, value + z * se], rel=1e-9
            )
            assert found.influence.shape == (14,)
            assert np.isnan(found.influence).all()


def test_a_line_as_a_table_and_in_two_lines() -> None:
    line = calibration_line(RISK, outcome_of("crude"), 5)
    assert repr(line) == f"{line.intercept!r}\n{line.slope!r}"
    both = [line.intercept.columns(), line.slope.columns()]
    assert line.columns() == {name: both[0][name] + both[1][name] for name in both[0]}


def test_what_no_line_can_be_made_of_is_refused() -> None:
    outcome = outcome_of("crude")
    for method in ("pseudo-values", "regression"):
        for risk in ([0.3] * 14, [0.0, *RISK[1:]], [1.0, *RISK[1:]], RISK[1:]):
            refused("risk", lambda risk=risk, method=method: calibration_line(risk, outcome, 5, method=method))
        refused("horizon", lambda method=method: calibration_line(RISK, outcome, 99, method=method))


def test_predictions_that_separate_or_hardly_differ_have_no_line_by_regression() -> None:
    outcome = Outcome([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 0], estimand="net")
    with pytest.raises(InfiniteEstimateError) as separated:
        calibration_line([0.6, 0.5, 0.3, 0.4, 0.2, 0.1], outcome, 5, method="regression")
    assert separated.value.columns == ("risk",)
    early = Outcome([1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 0], estimand="net")
    with pytest.raises(CollinearityError) as alike:
        calibration_line([0.4, 0.3, 0.3, 0.3, 0.3, 0.3], early, 5, method="regression")
    assert alike.value.columns == ("risk",)


# ---- groups ----------------------------------------------------------------------------------------------------------
def log_log(p: float, se: float, z: float) -> tuple[float, float]:
    """Limits of a probability, evenly around log(−log p)."""
    spread = z * se / (p * math.log(p))
    return tuple(sorted((p ** math.exp(spread), p ** math.exp(-spread))))  # type: ignore[return-value]


def greenwood(rows: Sequence[Person], time: float) -> float:
    """Standard error of Kaplan–Meier."""
    total = 0.0
    for u in sorted({t for t, e in rows if e and t <= time}):
        at_risk, count = sum(t >= u for t, _ in rows), sum(t == u and e > 0 for t, e in rows)
        total += count / at_risk / (at_risk - count)
    return (1 - incidence(rows, time).real) * math.sqrt(total)


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("groups", [2, 3])
def test_groups_are_cut_at_quantiles_and_observed_by_themselves(estimand: str, groups: int) -> None:
    rows, horizon = people(estimand), 4.5
    edges = [float(np.quantile(RISK, k / groups)) for k in range(1, groups)]
    part = [[i for i, r in enumerate(RISK) if sum(r > edge for edge in edges) == g] for g in range(groups)]
    for level, z in LEVELS:
        found = calibration_groups(RISK, outcome_of(estimand), horizon, groups=groups, level=level)
        assert found.level == level
        assert found.people.tolist() == [len(p) for p in part]
        assert found.people.dtype == np.float64
        assert found.predicted == pytest.approx([sum(RISK[i] for i in p) / len(p) for p in part])
        assert found.observed == pytest.approx([incidence([rows[i] for i in p], horizon).real for p in part])
        if estimand != "crude":
            assert found.se == pytest.approx([greenwood([rows[i] for i in p], horizon) for p in part])
        for g in range(groups):
            inside = 0 < found.observed[g] < 1
            limits = log_log(found.observed[g], found.se[g], z) if inside else (found.observed[g],) * 2
            assert (found.low[g], found.high[g]) == pytest.approx(limits)
    assert calibration_groups(RISK, outcome_of(estimand), horizon, groups=groups).level == 0.95


def test_equal_predictions_stay_together() -> None:
    outcome = Outcome([1, 2, 3, 4, 5, 6, 7], [1, 0, 1, 0, 1, 0, 0], estimand="net")
    risk = [0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.9]  # the second of three cuts falls between 0.1 and 0.9
    found = calibration_groups(risk, outcome, 4, groups=3)
    assert found.people.tolist() == [5, 2]
    assert found.predicted == pytest.approx([0.1, 0.9])
    assert len(calibration_groups([0.2] * 7, outcome, 4, groups=3).people) == 1


def test_ten_groups_unless_told_otherwise_and_at_most_half_as_many_as_people() -> None:
    time = np.arange(1.0, 31.0)
    outcome = Outcome(time, [1, 0] * 15, estimand="net")
    risk = (np.arange(30) * 7 % 30 + 1) / 40
    assert len(calibration_groups(risk, outcome, 2).people) == 10
    four, five = (Outcome(time[:n], [1, 0, 0, 1, 0][:n], estimand="net") for n in (4, 5))
    assert len(calibration_groups([0.1, 0.3, 0.2, 0.4], four, 1, groups=2).people) == 2
    refused("groups", lambda: calibration_groups([0.1, 0.3, 0.2, 0.4], four, 1, groups=1))
    refused("groups", lambda: calibration_groups([0.1, 0.3, 0.2, 0.4, 0.5], five, 1, groups=3))
    refused("horizon", lambda: calibration_groups([0.1, 0.1, 0.1, 0.4, 0.5], five, 4, groups=2))
    refused("horizon", lambda: calibration_groups([0.1, 0.3, 0.2, 0.4, 0.5], five, 7, groups=2))
    refused("risk", lambda: calibration_groups([0.1, 0.3, 0.2, 0.4], five, 1, groups=2))


def test_groups_as_a_table_and_in_lines() -> None:
    found = CalibrationGroups(*(np.array([k + 0.1, k + 0.2]) for k in range(5)), np.array([3.0, 4.0]), 0.95)
    assert list(found.columns()) == ["people", "predicted", "observed", "se", "low", "high"]
    assert all(column is getattr(found, name) for name, column in found.columns().items())
    first, second = repr(found).splitlines()
    assert first.startswith("3 ")
    assert [word in first for word in ("0.100", "1.100", "3.100", "4.100", "2.100")] == [True, True, True, True, False]
    assert second.startswith("4 ")


# ---- the curve -------------------------------------------------------------------------------------------------------
def loess(x: Sequence[float], y: Sequence[float], centre: float, span: float) -> tuple[float, np.ndarray]:
    """Local quadratic fit at a point with tricube weights, and the weight of each y in it."""
    reach = sorted(abs(v - centre) for v in x)[max(3, math.floor(len(x) * span + 1e-5)) - 1]
    weight, columns = [], []
    for v in x:
        share = abs(v - centre) / reach if reach else float(v != centre)
        weight.append(1.0 if share <= 0.001 else 0.0 if share >= 0.999 else (1 - share**3) ** 3)
        u = (v - centre) / (reach or 1)
        columns.append([1.0, u, u * u])
    root = np.sqrt(weight)
    found = np.linalg.pinv(root[:, None] * columns, rcond=1e-8)[0] * root
    return float(found @ y), found


def smoothed(
    x: Sequence[float], y: Sequence[float], grid: Sequence[float], span: float
) -> tuple[list[float], list[float]]:
    """The curve at a grid, and its standard error from the squared distances to it."""
    fits = [loess(x, y, centre, span) for centre in grid]
    value = [v for v, _ in fits]
    rest = (np.array(y) - np.interp(x, grid, value)) ** 2
    return value, [math.sqrt(float(share**2 @ rest)) for _, share in fits]


def check(found: CalibrationCurve, grid: Sequence[float], value: Sequence[float], se: Sequence[float]) -> None:
    """A curve, and all that is read off it."""
    assert found.predicted == pytest.approx(grid)
    assert found.observed == pytest.approx(value, rel=1e-9, abs=1e-11)
    assert found.se == pytest.approx(se, rel=1e-8)
    at_people = np.interp(RISK, grid, value)
    gap = [abs(a - r) for a, r in zip(at_people, RISK, strict=True)]
    assert found.ici == pytest.approx(sum(gap) / len(gap))
    assert found.e50 == pytest.approx(float(np.quantile(gap, 0.5)))
    assert found.e90 == pytest.approx(float(np.quantile(gap, 0.9)))
    assert found.emax == pytest.approx(max(gap))
    assert found.rms_bias == pytest.approx(math.sqrt(sum(g * g for g in gap) / len(gap)))
    assert found.emax_at == RISK[gap.index(max(gap))]
    low, high = found.inside
    within = [g for g, r in zip(gap, RISK, strict=True) if low <= r <= high]
    assert found.emax_inside == pytest.approx(max(within))
    outside = [a for a in at_people if not 0 <= a <= 1]
    assert len(found.notes) == bool(max(gap) > max(within)) + bool(outside)
    if outside:
        assert f" {len(outside)} " in found.notes[-1]
    if max(gap) > max(within):
        for figure in (found.emax_at, low, high, found.emax_inside):
            assert f"{figure:.3g}" in found.notes[0]


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", [3.0, 6.2])
@pytest.mark.parametrize("span", [0.5, 0.75, 1.0])
def test_the_local_curve(estimand: str, horizon: float, span: float) -> None:
    theta, grid = pseudo(people(estimand), horizon), sorted(set(RISK))
    value, se = smoothed(RISK, theta, grid, span)
    outcome = outcome_of(estimand)
    for level, z in LEVELS:
        found = calibration_curve(RISK, outcome, horizon, span=span, level=level)
        check(found, grid, value, se)
        assert found.level == level
        assert found.inside == pytest.approx(np.quantile(RISK, [0.05, 0.95]))
        assert found.low == pytest.approx([min(max(v - z * s, 0), 1) for v, s in zip(value, se, strict=True)], abs=1e-9)
        assert found.high == pytest.approx(
            [min(max(v + z * s, 0), 1) for v, s in zip(value, se, strict=True)], abs=1e-9
        )
    if span == 0.75:
        usual = calibration_curve(RISK, outcome, horizon)
        assert usual.observed.tolist() == calibration_curve(RISK, outcome, horizon, method="local").observed.tolist()
        assert (usual.level, usual.ici) == (0.95, pytest.approx(found.ici))


@pytest.mark.parametrize(("event", "edge"), [([1, 1, 0], 1), ([1, 0, 0], 19)])
def test_who_is_at_the_edge_of_the_inside_is_inside(event: list[int], edge: int) -> None:
    """Of 21 people the 5th and the 95th percentile are the second lowest and the second highest prediction."""
    risk = np.array([0.02 + 0.02 * i for i in range(21)])
    outcome = Outcome([i * 19 % 21 + 1 for i in range(21)], event * 7, estimand="net")
    found = calibration_curve(risk, outcome, 6, span=1.0)
    gap = np.abs(found.observed - risk)
    assert found.inside == (risk[1], risk[19])
    assert gap[1:20].argmax() + 1 == edge
    assert found.emax_inside == gap[edge]


def test_a_curve_that_is_1_does_not_leave_0_to_1() -> None:
    """All had the event, so that every pseudo-observation is 1: no dust of calculating makes a note of it."""
    outcome = Outcome([1, 2, 3, 4, 5, 6, 7], [1] * 7, estimand="all-cause")
    found = calibration_curve([0.13, 0.37, 0.41, 0.59, 0.73, 0.87, 0.97], outcome, 7)
    assert found.observed == pytest.approx(np.ones(7))
    assert len(found.notes) == 1  # that the largest distance is at an end


@pytest.mark.parametrize("points", [4, 13, 20])
def test_a_curve_has_as_many_points_as_asked_for(points: int) -> None:
    """13 as many as there are different predictions, which are not where the points lie."""
    theta = pseudo(people("crude"), 6.2)
    grid = sorted({float(np.quantile(RISK, k / (points - 1))) for k in range(points)})
    found = calibration_curve(RISK, outcome_of("crude"), 6.2, points=points)
    check(found, grid, *smoothed(RISK, theta, grid, 0.75))


def test_of_many_predictions_a_curve_has_half_as_many_points_as_it_would_have_at_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(curves, "_EXACT", 13)
    assert len(calibration_curve(RISK, outcome_of("crude"), 5).predicted) == 13
    monkeypatch.setattr(curves, "_EXACT", 12)
    found = calibration_curve(RISK, outcome_of("crude"), 5)
    assert found.predicted == pytest.approx(np.quantile(RISK, [0, 0.2, 0.4, 0.6, 0.8, 1]))


def test_a_point_with_all_its_neighbours_at_one_prediction_is_their_mean() -> None:
    """However many they are, and in whatever order they come."""
    x = np.array([0.1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.9, 0.2, 0.8])
    y = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 10.0, 1.0, 2.0, 3.0])
    value, se = _local(x, y, np.array([0.5]), 0.4)
    assert value == pytest.approx([4.0])
    assert se == pytest.approx([math.sqrt(sum((v - 4) ** 2 for v in (1, 2, 3, 4, 10))) / 5])
    mixed = np.array([8, 5, 3, 1, 0, 2, 4, 6, 7])
    assert _local(x[mixed], y[mixed], np.array([0.5]), 0.4)[0] == pytest.approx([4.0])


def test_the_weights_of_neighbours_are_those_of_loess() -> None:
    """Flat within a thousandth of the reach, and none from 0.999 of it."""
    x = [0.0, 0.0005, 0.001, 0.01, 0.2, 0.4, 0.6, 0.99, 0.999, 0.9995, 1.0]
    y = [1.0, 50.0, 900.0, -400.0, 3.0, 7.0, -2.0, 5.0, 8e5, -6e5, 4.0]
    value, se = _local(np.array(x), np.array(y), np.array([0.0]), 1.0)
    expected = smoothed(x, y, [0.0], 1.0)
    assert value == pytest.approx(expected[0], rel=1e-11)
    assert se == pytest.approx(expected[1], rel=1e-11)
    small = [float(v) for v in np.sin(np.arange(11) * 5)]
    for centre in (0.05, 0.3, 0.9, 1.0):
        for span in (0.5, 0.75, 1.0):
            value, se = _local(np.array(x), np.array(small), np.array([centre]), span)
            expected = smoothed(x, small, [centre], span)
            assert value == pytest.approx(expected[0], rel=1e-7)
            assert se == pytest.approx(expected[1], rel=1e-7)


def test_few_neighbours_are_three() -> None:
    x, y = [0.1, 0.2, 0.35, 0.5, 0.7, 0.95], [1.0, 3.0, 2.0, 5.0, 4.0, 8.0]
    for grid in (x, [0.12, 0.27, 0.4, 0.9]):
        value, _ = _local(np.array(x), np.array(y), np.array(grid), 0.1)
        assert value == pytest.approx(smoothed(x, y, grid, 0.1)[0], rel=1e-9)


def test_the_nearest_are_a_stretch_with_all_that_are_like_its_ends() -> None:
    random = np.random.default_rng(5)
    for _ in range(60):
        n = int(random.integers(3, 14))
        x, q, centre = (
            np.sort(random.integers(0, 9, n)) / 8,
            int(random.integers(1, n + 1)),
            random.integers(-1, 10) / 8,
        )
        total = [sum(abs(x[i : i + q] - centre)) for i in range(n - q + 1)]
        first = total.index(min(total))
        alike = [i for i in range(n) if x[first] <= x[i] <= x[first + q - 1]]
        assert _nearest(x, centre, q) == slice(alike[0], alike[-1] + 1)


def test_the_inverse_where_there_is_one_and_the_shortest_solution_where_there_is_none() -> None:
    whole = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]])
    assert _first_of_inverse(whole) == pytest.approx(np.linalg.inv(whole)[:, 0])
    assert _first_of_inverse(np.diag([4.0, 0.0, 0.0])) == pytest.approx([0.25, 0, 0])
    turn = np.eye(3) - 2 / 3  # a mirror image, at an angle to all axes
    flat = turn @ np.diag([1.0, 0.5, 1e-13]) @ turn
    assert _first_of_inverse(flat) == pytest.approx((turn @ np.diag([1.0, 2.0, 0.0]) @ turn)[:, 0], rel=1e-6)
    thin = turn @ np.diag([1.0, 0.5, 1e-10]) @ turn
    assert _first_of_inverse(thin) == pytest.approx((turn @ np.diag([1.0, 2.0, 1e10]) @ turn)[:, 0], rel=1e-4)


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize(
    ("knots", "shares"),
    [(3, (0.1, 0.5, 0.9)), (4, (0.05, 0.35, 0.65, 0.95)), (5, (0.05, 0.275, 0.5, 0.725, 0.95))],
)
def test_the_curve_by_splines(estimand: str, knots: int, shares: tuple[float, ...]) -> None:
    random = np.random.default_rng(4)
    risk = random.uniform(0.05, 0.9, 40).round(2)
    time, event = random.exponential(6, 40).round(1) + 0.1, random.choice([0, 1, 1, 2], 40)
    event = np.minimum(event, 1) if estimand == "all-cause" else event
    outcome = Outcome(time, event, estimand=estimand)  # type: ignore[arg-type]
    x = np.log(-np.log(1 - risk))
    at = [float(np.quantile(x, share)) for share in shares]
    grid = np.unique(risk)
    end, codes = np.minimum(time, 6), np.where(time <= 6, event, 0)
    model = (FineGrayRegression() if estimand == "crude" else CoxRegression()).fit(  # type: ignore[attr-defined]
        restricted_cubic_spline(x, at), end, codes if estimand == "crude" else codes == 1
    )
    hazard, se = model._hazard_and_se(restricted_cubic_spline(np.log(-np.log(1 - grid)), at), [6.0])
    for level, z in LEVELS:
        found = calibration_curve(risk, outcome, 6, method="splines", knots=knots, level=level)
        assert found.observed == pytest.approx(1 - np.exp(-hazard[:, 0]), rel=1e-9)
        assert found.se == pytest.approx(np.exp(-hazard[:, 0]) * se[:, 0], rel=1e-9)
        assert found.level == level
        assert found.inside == pytest.approx(np.quantile(risk, [shares[0], 1 - shares[0]]))
        for p, s, low, high in zip(found.observed, found.se, found.low, found.high, strict=True):
            assert (low, high) == pytest.approx(log_log(p, s, z))
    usual = calibration_curve(risk, outcome, 6, method="splines")
    assert (usual.ici == found.ici) is (knots == 4)


def test_what_no_curve_can_be_made_of_is_refused() -> None:
    outcome = outcome_of("crude")
    four, five = ([0.1, 0.2, 0.3, 0.4, last] * 2 + [0.1] * 4 for last in (0.4, 0.5))
    assert len(calibration_curve(five, outcome, 5).predicted) == 5
    for argument, call in (
        ("risk", lambda: calibration_curve(four, outcome, 5)),
        ("risk", lambda: calibration_curve(RISK[1:], outcome, 5)),
        ("horizon", lambda: calibration_curve(RISK, outcome, 99)),
        ("level", lambda: calibration_curve(RISK, outcome, 5, level=1.0)),
        ("span", lambda: calibration_curve(RISK, outcome, 5, span=0.0)),
        ("span", lambda: calibration_curve(RISK, outcome, 5, span=1.5)),
        ("knots", lambda: calibration_curve(RISK, outcome, 5, method="splines", knots=6)),
        ("risk", lambda: calibration_curve([0.0, *RISK[1:]], outcome, 5, method="splines")),
        ("risk", lambda: calibration_curve([0.1] * 10 + [0.2, 0.3, 0.4, 0.5], outcome, 5, method="splines", knots=3)),
    ):
        refused(argument, call)


def curve_of(emax_inside: float) -> CalibrationCurve:
    arrays = [np.array([k + 0.1, k + 0.2]) for k in range(5)]
    return CalibrationCurve(
        *arrays, 0.95, ici=0.11, e50=0.12, e90=0.13, emax=0.5, rms_bias=0.14, inside=(0.1, 0.2), emax_at=0.2,
        emax_inside=emax_inside,
    )  # fmt: skip


def test_a_curve_as_a_table() -> None:
    found = curve_of(0.5)
    assert list(found.columns()) == ["predicted", "observed", "se", "low", "high"]
    assert all(column is getattr(found, name) for name, column in found.columns().items())


@pytest.mark.words
def test_a_curve_in_a_line() -> None:
    found, at_end = curve_of(0.5), curve_of(0.3)
    whole = "CalibrationCurve(ICI 0.1100, E50 0.1200, E90 0.1300, Emax 0.5000"
    assert repr(found) == f"{whole})"
    assert repr(at_end).startswith(f"{whole} ")
    assert "0.3000" in repr(at_end)
