"""Scores, benefits and outcomes of a dozen people, against their definitions in plain loops.

The influence of a person is what a little more weight of that person would change: n ∂value/∂weight, found here by
a step along the imaginary axis, which has no rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sarcoma.errors import InputError
from sarcoma.survival.measures import (
    Measure,
    Outcome,
    brier_score,
    curve_log_score,
    decision_curve,
    index_of_prediction_accuracy,
    integrated_brier_score,
    log_score,
    net_benefit,
)

Z90, Z95 = 1.6448536269514722, 1.959963984540054
STEP = 1e-30
Value = Callable[[list[complex]], complex]
Person = tuple[float, int]

# two events and censorings at one time; at 5 one is censored and four are followed on; at 9 the follow-up ends
EXIT = [1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 9.0, 9.0]
EVENT = [1, 0, 1, 2, 0, 1, 0, 1, 0, 2, 0, 0]
RISK = [0.8, 0.3, 0.55, 0.25, 0.5, 0.45, 0.2, 0.35, 0.6, 0.1, 0.15, 0.4]
HORIZONS = [2.5, 4.0, 5.0, 6.0, 7.0, 9.0]
ESTIMANDS = ["crude", "net", "all-cause"]


def people(estimand: str, exit: Sequence[float] = EXIT, event: Sequence[int] = EVENT) -> list[Person]:
    """As they are counted: without the competing event, or with both as one."""
    seen = {"crude": lambda e: e, "net": lambda e: int(e == 1), "all-cause": lambda e: min(e, 1)}[estimand]
    return [(t, seen(e)) for t, e in zip(exit, event, strict=True)]


def outcome_of(estimand: Any, **options: Any) -> Outcome:
    event = [min(e, 1) for e in EVENT] if estimand == "all-cause" else EVENT
    return Outcome(EXIT, event, estimand=estimand, **options)


# ---- definitions -----------------------------------------------------------------------------------------------------
def staying(rows: list[Person], weight: list[complex], time: float, *, then: bool) -> complex:
    """Kaplan–Meier of not being censored before a time, or by it (`then`); an event at a time comes before."""
    g: complex = 1.0
    for u in sorted({t for t, e in rows if e == 0 and (t < time or (then and t == time))}):
        at_risk = sum(w for (t, e), w in zip(rows, weight, strict=True) if t > u or (t == u and e == 0))
        gone = sum(w for (t, e), w in zip(rows, weight, strict=True) if t == u and e == 0)
        g *= 1 - gone / at_risk
    return g


def known(rows: list[Person], weight: list[complex], time: float) -> list[tuple[str, complex]]:
    """What is known of each by a time, and the weight that makes up for those of whom nothing is."""
    beyond, just_then = sum(t > time for t, _ in rows), sum(t == time and e == 0 for t, e in rows)
    at_end = just_then > beyond
    found: list[tuple[str, complex]] = []
    for t, e in rows:
        if e and t <= time:
            found.append(("case" if e == 1 else "rival", 1 / staying(rows, weight, t, then=False)))
        elif t > time or (t == time and at_end):
            found.append(("free", 1 / staying(rows, weight, time, then=not at_end)))
        else:
            found.append(("unknown", 0.0))
    return found


def mean(values: Sequence[complex], weight: list[complex]) -> complex:
    return sum(v * w for v, w in zip(values, weight, strict=True)) / sum(weight)


def weighted_mean(rows: list[Person], time: float, loss: Callable[[int, bool], float]) -> Value:
    """The mean of what each person loses, by place and whether a case."""

    def value(weight: list[complex]) -> complex:
        told = known(rows, weight, time)
        return mean([w * (loss(i, what == "case") if w else 0.0) for i, (what, w) in enumerate(told)], weight)

    return value


def brier(rows: list[Person], risk: Sequence[float], time: float) -> Value:
    return weighted_mean(rows, time, lambda i, case: (case - risk[i]) ** 2)


def incidence(rows: list[Person], weight: list[complex], time: float) -> complex:
    """Aalen–Johansen; Kaplan–Meier where there is one kind of event."""
    stay: complex = 1.0
    found: complex = 0.0
    for u in sorted({t for t, e in rows if e and t <= time}):
        at_risk = sum(w for (t, _), w in zip(rows, weight, strict=True) if t >= u)
        own, other = (sum(w for (t, e), w in zip(rows, weight, strict=True) if t == u and e == kind) for kind in (1, 2))
        found += stay * own / at_risk
        stay *= 1 - (own + other) / at_risk
    return found


def influence(value: Value, n: int) -> list[float]:
    def moved(i: int) -> complex:
        weight: list[complex] = [1.0] * n
        weight[i] += STEP * 1j
        return value(weight)

    return [n * moved(i).imag / STEP for i in range(n)]


def agree(found: Measure, value: Value, horizon: float, estimand: str, **also: Any) -> None:
    """Every field of a measure but its name."""
    n = len(found.influence)
    truth, moves = value([1.0] * n).real, influence(value, n)
    assert found.value == pytest.approx(truth, rel=1e-12)
    assert found.influence == pytest.approx(moves, rel=1e-9, abs=1e-12)
    assert (found.horizon, found.estimand) == (horizon, estimand)
    se = math.sqrt(sum(m**2 for m in moves) / (n - 1) / n)
    assert found.se == pytest.approx(se, rel=1e-9)
    level, z = also.get("level", (0.95, Z95))
    low, high = also.get("bounds", (-math.inf, math.inf))
    assert found.level == level
    assert found.low == pytest.approx(max(truth - z * se, low), rel=1e-9)
    assert found.high == pytest.approx(min(truth + z * se, high), rel=1e-9)


def refused(argument: str, call: Callable[[], object]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.argument == argument


@pytest.mark.words
def test_scores_say_what_they_are() -> None:
    outcome = outcome_of("net")
    risks = [[r / 2, r] for r in RISK]
    for found, name in (
        (brier_score(RISK, outcome, 5), "Brier score"),
        (index_of_prediction_accuracy(RISK, outcome, 5), "index of prediction accuracy"),
        (integrated_brier_score(risks, outcome, [4, 5]), "integrated Brier score"),
        (log_score(RISK, outcome, 5), "log score"),
        (curve_log_score(risks, outcome, [4, 9]), "curve log score"),
        (net_benefit(RISK, outcome, 5, 0.2), "net benefit"),
    ):
        assert found.name == name


# ---- accuracy --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_brier_score_is_the_weighted_mean_square(estimand: str, horizon: float) -> None:
    found = brier_score(RISK, outcome_of(estimand), horizon)
    agree(found, brier(people(estimand), RISK, horizon), horizon, estimand, bounds=(0, math.inf))


def test_at_the_end_of_follow_up_those_censored_then_are_free() -> None:
    """Two are censored at 5 and one is followed on: the censoring at 5 is in no weight, and in no influence."""
    end, event = [1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 5.0, 6.0], [1, 0, 1, 1, 0, 0, 1, 0]
    rows, risk = list(zip(end, event, strict=True)), RISK[:8]
    found = brier_score(risk, Outcome(end, event, estimand="net"), 5)
    agree(found, brier(rows, risk, 5), 5, "net", bounds=(0, math.inf))


def test_a_brier_score_is_not_below_0() -> None:
    outcome = Outcome([1, 2, 3, 4], [1, 0, 1, 1], estimand="all-cause")
    risk = [0.95, 0.4, 0.2, 0.3]
    rows = [(1.0, 1), (2.0, 0), (3.0, 1), (4.0, 1)]
    found = brier_score(risk, outcome, 3)
    assert found.low == 0.0
    agree(found, brier(rows, risk, 3), 3, "all-cause", bounds=(0, math.inf))


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_accuracy_is_the_gain_over_one_probability_for_everyone(estimand: str, horizon: float) -> None:
    rows = people(estimand)

    def value(weight: list[complex]) -> complex:
        p = incidence(rows, weight, horizon)
        told = known(rows, weight, horizon)
        null = mean([w * ((what == "case") - p) ** 2 for what, w in told], weight)
        return 1 - brier(rows, RISK, horizon)(weight) / null

    found = index_of_prediction_accuracy(RISK, outcome_of(estimand), horizon)
    agree(found, value, horizon, estimand, bounds=(-math.inf, 1))
    other = index_of_prediction_accuracy(RISK, outcome_of(estimand), horizon, level=0.9)
    agree(other, value, horizon, estimand, bounds=(-math.inf, 1), level=(0.9, Z90))


def test_the_accuracy_with_weights_by_covariates_takes_them_as_known() -> None:
    outcome = outcome_of("crude", censoring_covariates=[[math.sin(i)] for i in range(12)])
    told = outcome.status(5)
    given = [float(w) for w in told.weight]
    assert abs(sum(given) - 12) > 0.01

    def value(weight: list[complex]) -> complex:
        p = mean([w * bool(case) for w, case in zip(given, told.case, strict=True)], weight)
        own, null = (
            mean([w * (bool(case) - r) ** 2 for w, case, r in zip(given, told.case, risk, strict=True)], weight)
            for risk in (RISK, [p] * 12)
        )
        return 1 - own / null

    found = index_of_prediction_accuracy(RISK, outcome, 5)
    agree(found, value, 5, "crude", bounds=(-math.inf, 1))


def test_an_accuracy_is_not_above_1() -> None:
    outcome = Outcome([1, 2, 3, 4, 5], [1, 1, 1, 0, 0], estimand="all-cause")
    assert index_of_prediction_accuracy([0.9, 0.8, 0.4, 0.1, 0.2], outcome, 3.5).high == 1.0


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizons", [[0.5 + 0.5, 4.0, 9.0], [2.5, 5.0], [2.0, 3.5, 4.0, 7.0]])
def test_the_integrated_brier_score_is_the_area_over_its_width(estimand: str, horizons: list[float]) -> None:
    risks = [[r * (1 + h / 10) / 2 for h in horizons] for r in RISK]
    rows = people(estimand)

    def value(weight: list[complex]) -> complex:
        at = [brier(rows, [row[j] for row in risks], h)(weight) for j, h in enumerate(horizons)]
        area = sum((horizons[j + 1] - horizons[j]) * (at[j] + at[j + 1]) / 2 for j in range(len(horizons) - 1))
        return area / (horizons[-1] - horizons[0])

    found = integrated_brier_score(risks, outcome_of(estimand), horizons)
    agree(found, value, horizons[-1], estimand)
    found = integrated_brier_score(risks, outcome_of(estimand), horizons, level=0.9)
    agree(found, value, horizons[-1], estimand, level=(0.9, Z90))


def test_what_no_score_can_be_made_of_is_refused() -> None:
    outcome = Outcome([0.4, 0.8, 3, 4], [1, 1, 0, 1], estimand="all-cause")
    risk, two = [0.2, 0.3, 0.4, 0.5], [[0.1, 0.2]] * 4
    assert integrated_brier_score(two, outcome, [0.5, 3]).value > 0
    refused("horizons", lambda: integrated_brier_score([[0.1]] * 4, outcome, [3]))
    refused("horizons", lambda: integrated_brier_score(two, outcome, [3, 3]))
    refused("horizons", lambda: integrated_brier_score(two, outcome, [3, 1]))
    refused("horizons", lambda: integrated_brier_score(two, outcome, [-1, 3]))
    refused("horizons", lambda: integrated_brier_score(two, outcome, ["a", "b"]))
    refused("risks", lambda: integrated_brier_score(two[:3], outcome, [1, 3]))
    refused("risks", lambda: integrated_brier_score(two, outcome, [1, 2, 3]))
    refused("risks", lambda: integrated_brier_score(risk, outcome, [1, 3]))
    refused("risks", lambda: integrated_brier_score([[0.1, 0.2], [0.3]], outcome, [1, 3]))
    refused("risks", lambda: integrated_brier_score([[0.1, 1.2]] * 4, outcome, [1, 3]))
    for measure in (brier_score, index_of_prediction_accuracy, log_score):
        refused("risk", lambda measure=measure: measure([0.1, 0.2, 0.3, 1.4], outcome, 3))
        refused("risk", lambda measure=measure: measure([0.1, 0.2, 0.3], outcome, 3))


# ---- logarithmic -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_log_score_is_the_weighted_mean_of_the_logarithms(estimand: str, horizon: float) -> None:
    value = weighted_mean(people(estimand), horizon, lambda i, case: -math.log(RISK[i] if case else 1 - RISK[i]))
    agree(log_score(RISK, outcome_of(estimand), horizon), value, horizon, estimand)
    found = log_score(RISK, outcome_of(estimand), horizon, level=0.9)
    agree(found, value, horizon, estimand, level=(0.9, Z90))


def test_a_certain_prediction_is_judged_by_what_happened() -> None:
    """0 and 1 are fine where they come true, and of people whose fate nobody knows."""
    outcome = Outcome([1, 2, 3, 4], [1, 0, 1, 0], estimand="all-cause")
    rows = [(1.0, 1), (2.0, 0), (3.0, 1), (4.0, 0)]
    for unknown in (0.0, 1.0):
        value = weighted_mean(rows, 3, lambda i, case: -math.log(0.5) if i == 2 else 0.0)
        agree(log_score([1.0, unknown, 0.5, 0.0], outcome, 3), value, 3, "all-cause")
    refused("risk", lambda: log_score([0.0, 0.5, 0.5, 0.5], outcome, 3))
    refused("risk", lambda: log_score([0.5, 0.5, 0.5, 1.0], outcome, 3))
    assert log_score([0.5, 0.5, 0.5, 0.0], outcome, 3).value > 0


def likelihood(person: Person, own: list[float], other: list[float], times: list[float]) -> float:
    """Of one person, (t_{k−1}, t_k] by (t_{k−1}, t_k]."""
    t, e = person
    at, own, other = [0.0, *times], [0.0, *own], [0.0, *other]
    for k in range(1, len(at)):
        if at[k - 1] < t <= at[k]:
            if e:
                return (own, other)[e - 1][k] - (own, other)[e - 1][k - 1]
            gone = [1 - own[j] - other[j] for j in (k - 1, k)]
            return gone[0] + (t - at[k - 1]) / (at[k] - at[k - 1]) * (gone[1] - gone[0])
    return 1 - own[-1] - other[-1] if t else 1.0


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("times", [[2.0, 4.0, 6.0], [0.5, 3.0, 4.5, 7.0], [8.0], [5.0, 12.0]])
def test_the_score_of_a_curve_is_the_mean_logarithm_of_its_likelihood(estimand: str, times: list[float]) -> None:
    own = [[r * t / 20 for t in times] for r in RISK]
    other = [[(0.9 - r) * t / 30 for t in times] for r in RISK]
    rivals = other if estimand == "crude" else None
    beside = other if estimand == "crude" else [[0.0] * len(times)] * len(RISK)
    given = [likelihood(p, *c, times) for p, *c in zip(people(estimand), own, beside, strict=True)]
    for level, z in ((0.95, Z95), (0.9, Z90)):
        found = curve_log_score(own, outcome_of(estimand), times, rivals=rivals, level=level)
        agree(
            found, lambda w: mean([-math.log(g) for g in given], w), times[-1], estimand,
            level=(level, z),
        )  # fmt: skip
    assert curve_log_score(own, outcome_of(estimand), times, rivals=rivals).level == 0.95


def test_a_curve_may_begin_at_0_stay_flat_and_end_at_1() -> None:
    outcome = Outcome([0, 1, 2, 3], [0, 1, 0, 2], estimand="crude")
    found = curve_log_score(
        [[0.0, 0.5, 0.5], [0.2, 0.5, 0.5], [0.0, 0.5, 0.5], [0.2, 0.2, 1.0 - 2e-10]], outcome, [1, 2, 3],
        rivals=[[0.0, 0.0, 0.5 + 2e-10], [0.0, 0.0, 0.5], [0.25, 0.25, 0.25], [0.0, 0.0, 1e-10]],
    )  # fmt: skip
    assert found.value == pytest.approx(-(math.log(0.2) + math.log(0.25) + math.log(1e-10)) / 4, rel=1e-12)
    to_the_last = [[[1.0]] * 4, [[1e-9]] * 4]  # as much above 1 as is taken for rounding
    ended = Outcome([1, 1, 1, 1], [1, 2, 1, 2], estimand="crude")
    assert curve_log_score(to_the_last[0], ended, [1], rivals=to_the_last[1]).value == pytest.approx(math.log(1e9) / 2)


def test_what_is_no_curve_is_refused() -> None:
    crude, free = outcome_of("crude"), outcome_of("net")
    own, other = [[0.2, 0.3, 0.4]] * 12, [[0.1, 0.2, 0.3]] * 12
    times = [2.0, 4.0, 6.0]
    refused("times", lambda: curve_log_score(own, crude, [0.0, 4.0, 6.0], rivals=other))
    refused("times", lambda: curve_log_score(own, crude, [2.0, 6.0, 6.0], rivals=other))
    refused("times", lambda: curve_log_score(own, crude, ["a", "b", "c"], rivals=other))
    refused("rivals", lambda: curve_log_score(own, crude, times))
    refused("rivals", lambda: curve_log_score(own, free, times, rivals=other))
    refused("rivals", lambda: curve_log_score(own, crude, times, rivals=[[0.1, 0.2, 0.61]] * 12))
    refused("rivals", lambda: curve_log_score(own, crude, times, rivals=[[0.1, 0.2]] * 12))
    refused("rivals", lambda: curve_log_score(own, crude, times, rivals=[[0.1, 0.2], [0.1]] * 6))
    refused("rivals", lambda: curve_log_score(own, crude, times, rivals=[[0.3, 0.2, 0.3]] * 12))
    refused("rivals", lambda: curve_log_score(own, crude, times, rivals=[[0.3, 0.4, 1.3]] * 12))
    refused("risks", lambda: curve_log_score(own[:5], crude, times, rivals=other))
    refused("risks", lambda: curve_log_score([[0.3, 0.2, 0.3]] * 12, crude, times, rivals=other))
    refused("risks", lambda: curve_log_score([[0.0, 0.2, 0.3]] * 12, crude, times, rivals=other))
    refused("risks", lambda: curve_log_score([[0.2, 0.2, 0.3]] * 12, crude, times, rivals=other))


# ---- usefulness ------------------------------------------------------------------------------------------------------
def benefit(rows: list[Person], treated: list[bool], horizon: float, threshold: float) -> Value:
    """P(treated) [F − (1 − F) p/(1 − p)], F among the treated alone."""
    odds = threshold / (1 - threshold)

    def value(weight: list[complex]) -> complex:
        part = [(p, w) for p, w, yes in zip(rows, weight, treated, strict=True) if yes]
        if not part:
            return 0.0
        f = incidence([p for p, _ in part], [w for _, w in part], horizon)
        return sum(w for _, w in part) / sum(weight) * (f - (1 - f) * odds)

    return value


def weighted_benefit(rows: list[Person], treated: list[bool], horizon: float, threshold: float) -> Value:
    odds = threshold / (1 - threshold)
    return weighted_mean(rows, horizon, lambda i, case: (1.0 if case else -odds) * treated[i])


THRESHOLDS = [0.05, 0.2, 0.25, 0.45, 0.55]


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", [2.5, 4.0, 5.0, 9.0])
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_the_net_benefit_is_that_of_those_treated(estimand: str, horizon: float, threshold: float) -> None:
    treated = [r >= threshold for r in RISK]
    outcome = outcome_of(estimand)
    own = benefit(people(estimand), treated, horizon, threshold)
    if max(t for t, yes in zip(EXIT, treated, strict=True) if yes) < horizon:
        refused("threshold", lambda: net_benefit(RISK, outcome, horizon, threshold))
    else:
        agree(net_benefit(RISK, outcome, horizon, threshold), own, horizon, estimand)
        found = net_benefit(RISK, outcome, horizon, threshold, level=0.9, method="vickers")
        agree(found, own, horizon, estimand, level=(0.9, Z90))
    found = net_benefit(RISK, outcome, horizon, threshold, method="ipcw")
    agree(found, weighted_benefit(people(estimand), treated, horizon, threshold), horizon, estimand)


def test_the_benefit_is_known_where_all_treated_had_an_event_before() -> None:
    outcome = outcome_of("crude")
    treated = [t in (1.0, 4.0) for t in EXIT]
    risk = [0.7 if yes else 0.1 for yes in treated]
    found = net_benefit(risk, outcome, 5, 0.3)
    agree(found, benefit(people("crude"), treated, 5, 0.3), 5, "crude")
    # of two who leave last one had an event and one was censored: what would have become of that one nobody knows
    risk = [0.7 if t == 2.0 else 0.1 for t in EXIT]
    refused("threshold", lambda: net_benefit(risk, outcome, 5, 0.3))
    found = net_benefit(risk, outcome, 2, 0.3)
    agree(found, benefit(people("crude"), [t == 2.0 for t in EXIT], 2, 0.3), 2, "crude")


def test_of_nobody_treated_there_is_no_benefit_and_no_harm() -> None:
    found = net_benefit(RISK, outcome_of("crude"), 5, 0.9)
    assert (found.value, found.se, found.low, found.high) == (0, 0, 0, 0)
    assert not found.influence.any()


def test_with_covariates_of_the_censoring_the_benefit_has_their_weights() -> None:
    outcome = outcome_of("crude", censoring_covariates=[[math.sin(i)] for i in range(12)])
    own, weighted = (net_benefit(RISK, outcome, 5, 0.3, method=m) for m in ("vickers", "ipcw"))  # type: ignore[arg-type]
    status = outcome.status(5)
    gain = sum(w * (1 if c else -3 / 7) for w, c, r in zip(status.weight, status.case, RISK, strict=True) if r >= 0.3)
    assert own.value == weighted.value == pytest.approx(gain / 12, rel=1e-12)


def test_what_a_benefit_cannot_be_made_of_is_refused() -> None:
    outcome = outcome_of("crude")
    with pytest.raises(InputError) as caught:
        net_benefit(RISK, outcome, 5, 1.0)
    assert caught.value.example == "0.2"
    for threshold in (0.0, 1.0):
        refused("threshold", lambda threshold=threshold: net_benefit(RISK, outcome, 5, threshold))
        refused("thresholds", lambda threshold=threshold: decision_curve(RISK, outcome, 5, [0.3, threshold]))
    refused("thresholds", lambda: decision_curve(RISK, outcome, 5, ["a"]))
    refused("risk", lambda: decision_curve([2.0] * 12, outcome, 5, [0.3]))
    refused("risk", lambda: net_benefit([2.0] * 12, outcome, 5, 0.3))


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", [4.0, 9.0])
@pytest.mark.parametrize("method", ["vickers", "ipcw"])
def test_a_decision_curve_is_the_benefit_at_each_threshold(estimand: str, horizon: float, method: Any) -> None:
    outcome, rows = outcome_of(estimand), people(estimand)
    at = [0.05, 0.15, 0.25, 0.35, 0.9]
    for level, z in ((0.95, Z95), (0.9, Z90)):
        found = decision_curve(RISK, outcome, horizon, at, method=method, level=level)
        assert (found.level, found.horizon, found.estimand, found.method) == (level, horizon, estimand, method)
        assert found.thresholds.tolist() == at
        for i, threshold in enumerate(at):
            each = net_benefit(RISK, outcome, horizon, threshold, method=method, level=level)
            assert [x[i] for x in (found.net_benefit, found.se, found.low, found.high)] == pytest.approx(
                [each.value, each.se, each.low, each.high], rel=1e-12
            )
            everyone = benefit(rows, [True] * 12, horizon, threshold)
            moves = influence(everyone, 12)
            assert found.treat_all[i] == pytest.approx(everyone([1.0] * 12).real, rel=1e-12)
            assert found.treat_all_se[i] == pytest.approx(math.sqrt(sum(m**2 for m in moves) / 11 / 12), rel=1e-9)
            assert found.high[i] - found.low[i] == pytest.approx(2 * z * found.se[i])
    assert decision_curve(RISK, outcome, horizon, at).level == 0.95
    assert decision_curve(RISK, outcome, horizon, at).method == "vickers"


def test_where_nobody_treated_is_followed_the_decision_curve_has_a_gap() -> None:
    risk = [0.7 if t == 2.0 else 0.1 for t in EXIT]
    found = decision_curve(risk, outcome_of("crude"), 5, [0.05, 0.3])
    assert np.isnan([found.net_benefit[1], found.se[1], found.low[1], found.high[1]]).all()
    assert not np.isnan([found.net_benefit[0], *found.treat_all]).any()


def test_without_censoring_treating_everyone_has_its_error_too() -> None:
    """Where the two parts add up to one for everybody, rounding must not make a variance negative."""
    outcome = Outcome([1, 2, 3], [1, 1, 1], estimand="all-cause")
    found = decision_curve([0.2, 0.3, 0.4], outcome, 3, [0.1, 0.2, 0.3])
    assert found.treat_all == pytest.approx([1, 1, 1])
    assert found.treat_all_se == pytest.approx([0, 0, 0], abs=1e-9)


@pytest.mark.words
def test_a_decision_curve_in_a_line() -> None:
    found = decision_curve(RISK, outcome_of("crude"), 5, [0.05, 0.25, 0.35, 0.9])
    above = sum(b > max(a, 0) for b, a in zip(found.net_benefit, found.treat_all, strict=True))
    assert 0 < above < 4
    assert repr(found).startswith("DecisionCurve(4 thresholds")
    assert repr(found).endswith(f" {above})")


def test_a_decision_curve_as_a_table() -> None:
    found = decision_curve(RISK, outcome_of("crude"), 5, [0.05, 0.25, 0.35, 0.9])
    columns = found.columns()
    assert list(columns) == [
        "thresholds", "net_benefit", "se", "low", "high", "treat_all", "treat_all_se", "treat_none",
    ]  # fmt: skip
    assert all(columns[name] is getattr(found, name) for name in list(columns)[:-1])
    assert columns["treat_none"].tolist() == [0, 0, 0, 0]


@pytest.mark.words
def test_nobody_above_treating_nobody_is_counted_as_none() -> None:
    found = decision_curve(RISK, outcome_of("crude"), 5, [0.9, 0.95])  # nobody is treated: 0, which is not above 0
    assert repr(found).endswith(" 0)")


# ---- outcomes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_a_status_says_who_is_where_with_which_weight(estimand: str, horizon: float) -> None:
    outcome, rows = outcome_of(estimand), people(estimand)
    told = known(rows, [1.0] * 12, horizon)
    found = outcome.status(horizon)
    for what in ("case", "rival", "free"):
        assert getattr(found, what).tolist() == [known == what for known, _ in told]
    assert found.weight == pytest.approx([w.real for _, w in told], rel=1e-12)
    assert (found.horizon, found.at_end) == (horizon, horizon == 9.0)
    assert outcome.event_by(horizon).tolist() == [what == "case" for what, _ in told]
    assert outcome.free_at(horizon).tolist() == [what == "free" for what, _ in told]


def test_follow_up_ends_where_more_are_censored_than_followed_on() -> None:
    for beyond, at_end in ((1, True), (2, False), (3, False)):
        outcome = Outcome([1, 5, 5, 5] + [6] * beyond, [1, 1, 0, 0] + [0] * beyond, estimand="all-cause")
        found = outcome.status(5)
        assert found.at_end is at_end
        assert found.free.tolist() == [False, False, at_end, at_end] + [True] * beyond
        assert outcome.free_at(5).tolist() == found.free.tolist()
        assert outcome.free_at(4).tolist() == [False] + [True] * (3 + beyond)


def test_times_that_differ_by_the_dust_of_calculating_are_one() -> None:
    outcome = Outcome([1.1 * 12, 20.0, 30.0], [1, 0, 1], estimand="all-cause")
    assert outcome.status(13.2).case.tolist() == [True, False, False]
    assert outcome.status(30.0 * (1 + 1e-13)).case.tolist() == [True, False, True]


def test_what_was_worked_out_at_a_horizon_is_kept_until_another_is_asked_for() -> None:
    outcome = outcome_of("crude")
    first = outcome.status(4)
    assert outcome.status(4) is first
    assert outcome.status(5).horizon == 5
    assert outcome.status(4).horizon == 4
    assert set(outcome.last) == {"status"}


def test_an_outcome_keeps_what_it_was_given() -> None:
    found = outcome_of("crude")
    assert found.exit.tolist() == EXIT
    assert found.event.tolist() == [e == 1 for e in EVENT]
    assert found.competing.tolist() == [e == 2 for e in EVENT]
    assert found.competing.dtype == outcome_of("net").competing.dtype == bool
    assert not outcome_of("net").competing.any()
    assert (found.estimand, found.landmark, found.rows, found.given, len(found)) == ("crude", None, None, 12, 12)
    assert found.covariates is None
    assert Outcome([1, 2], [3, 1], estimand="crude").competing.tolist() == [True, False]
    assert Outcome([0.25, 2], [0, 1], estimand="net").exit.tolist() == [0.25, 2]


def test_at_a_landmark_those_who_are_there_and_free_are_kept() -> None:
    entry = [0, 0, 0.5, 1, 4, 2, 2.5, 3, 0, 0, 0, 3.5]
    x = [[float(3 * i % 7)] for i in range(12)]
    found = outcome_of("crude", entry=entry, landmark=2.5, censoring_covariates=x)
    kept = [i for i, (t, e) in enumerate(zip(EXIT, entry, strict=True)) if t > 2.5 and e <= 2.5]
    assert kept == [3, 5, 6, 8, 9, 10]
    assert found.rows is not None
    assert found.rows.tolist() == kept
    assert found.exit.tolist() == [EXIT[i] for i in kept]
    assert found.event.tolist() == [EVENT[i] == 1 for i in kept]
    assert found.competing.tolist() == [EVENT[i] == 2 for i in kept]
    assert found.covariates is not None
    assert found.covariates.tolist() == [x[i] for i in kept]
    assert (found.landmark, found.given, len(found)) == (2.5, 12, 6)
    assert found.risk("risk", RISK).tolist() == [RISK[i] for i in kept]
    refused("horizon", lambda: found.status(2.5))
    assert found.status(4).case.tolist() == [False, True, False, False, False, False]
    without = outcome_of("crude", landmark=2.5)
    assert without.exit.tolist() == [t for t in EXIT if t > 2.5]
    assert outcome_of("crude", entry=[0.0] * 12).rows is None


@pytest.mark.words
def test_an_outcome_in_a_line() -> None:
    assert repr(outcome_of("crude")) == "Outcome(crude, people=12, events=4)"
    left_out = "Outcome(crude, people=9, events=2, 3 left out at the landmark)"
    assert repr(outcome_of("crude", landmark=2.5)) == left_out


def test_some_of_the_people_are_an_outcome_of_their_own() -> None:
    x = [[float(i)] for i in range(12)]
    whole = outcome_of("crude", landmark=1.5, censoring_covariates=x)
    part = whole.take(np.array([1, 1, 4, 8]))
    assert (part.estimand, part.landmark, part.rows, part.given, len(part)) == ("crude", 1.5, None, 4, 4)
    assert part.exit.tolist() == [2.0, 2.0, 4.0, 7.0]
    assert part.event.tolist() == [True, True, True, False]
    assert part.competing.tolist() == [False, False, False, True]
    assert part.covariates is not None
    assert part.covariates.tolist() == [[2.0], [2.0], [5.0], [9.0]]
    assert part.risk("risk", [0.1, 0.2, 0.3, 0.4]).tolist() == [0.1, 0.2, 0.3, 0.4]
    assert part.status(4).case.tolist() == [True, True, True, False]
    assert outcome_of("crude").take(np.array([0, 3])).covariates is None
    refused("rows", lambda: whole.take(np.array([0, 2])))
    refused("rows", lambda: whole.take(np.array([0, 11])))


def test_weights_by_covariates_are_those_of_a_cox_model_of_the_censoring() -> None:
    from sarcoma.survival.regression.censoring import Censoring, ConditionalCensoring

    x = np.array([[math.sin(i)] for i in range(12)])
    found = outcome_of("crude", censoring_covariates=x)
    assert isinstance(found.censoring, ConditionalCensoring)
    assert isinstance(outcome_of("crude").censoring, Censoring)
    own = ConditionalCensoring(x, np.array(EXIT), np.array(EVENT) == 0)
    for horizon in (4.0, 9.0):
        status = found.status(horizon)
        g = own.just_before(horizon) if status.at_end else own.at(horizon)
        ended = status.case | status.rival
        assert status.weight[ended] == pytest.approx(1 / own.before_end()[ended], rel=1e-12)
        assert status.weight[status.free] == pytest.approx(1 / g[status.free], rel=1e-12)
        assert not status.weight[~ended & ~status.free].any()
    assert outcome_of("net", censoring_covariates=x).censoring.at(7.0) == pytest.approx(
        ConditionalCensoring(x, np.array(EXIT), np.array(EVENT) != 1).at(7.0)
    )


def test_outcomes_that_are_none_are_refused_by_name() -> None:
    good: dict[str, Any] = {"exit": [1, 2, 3], "event": [1, 0, 1], "estimand": "all-cause"}
    assert len(Outcome(**(good | {"exit": [0.5, 2, 3]}))) == 3
    for argument, change in (
        ("estimand", {"event": [1, 0, 2]}),
        ("estimand", {"estimand": "crude"}),
        ("exit", {"exit": [1, 2, -3]}),
        ("exit", {"exit": ["a", "b", "c"]}),
        ("exit", {"exit": [1], "event": [1]}),
        ("exit", {"landmark": 2.5}),
        ("event", {"event": [1, 0]}),
        ("event", {"event": [1, 0, -1]}),
        ("event", {"event": [1, 0, 0.5]}),
        ("event", {"event": [1, 0, math.nan]}),
        ("event", {"event": [0, 0, 0]}),
        ("entry", {"entry": [0, 0, 0.5]}),
        ("entry", {"entry": [0, 0]}),
        ("entry", {"entry": [0, -1, 0], "landmark": 0.5}),
        ("entry", {"entry": ["a", "b", "c"]}),
        ("landmark", {"landmark": 3}),
        ("landmark", {"landmark": math.inf}),
        ("censoring_covariates", {"censoring_covariates": [[1.0], [2.0]]}),
        ("censoring_covariates", {"censoring_covariates": [["a"], ["b"], ["c"]]}),
        ("event", {"exit": pd.Series([1, 2, 3]), "event": pd.Series([1, 0, 1], index=[2, 1, 0])}),
        ("entry", {"exit": pd.Series([1, 2, 3]), "entry": pd.Series([0, 0, 0], index=[2, 1, 0])}),
        ("entry", {"event": pd.Series([1, 0, 1]), "entry": pd.Series([0, 0, 0], index=[2, 1, 0])}),
    ):  # fmt: skip
        refused(argument, lambda change=change: Outcome(**(good | change)))


def test_what_is_asked_of_an_outcome_must_be_there() -> None:
    outcome = outcome_of("crude")
    for horizon in (0.5, 9.5, math.inf):
        refused("horizon", lambda horizon=horizon: outcome.status(horizon))
    assert outcome.risk("given", [0.0, 1.0] * 6).tolist() == [0.0, 1.0] * 6
    for wrong in ([0.5] * 11, [0.5] * 11 + [1.5], [0.5] * 11 + [-0.5], ["a"] * 12):
        refused("given", lambda wrong=wrong: outcome.risk("given", wrong))
