"""Discrimination against its definition: pairs counted in plain loops, and influences as derivatives by a row's weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError
from sarcoma.survival.measures import Measure, Outcome, auc, concordance

# at 4 a competing event, two events and two censorings together; at 6 an event and a censoring; equal scores throughout
TIME = [2.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0, 6.0, 6.0, 7.0, 8.0, 9.0, 9.0]
CODE = [1, 0, 2, 1, 1, 0, 0, 2, 1, 0, 1, 2, 0, 1]
RISK = [0.5, 0.2, 0.7, 0.5, 0.3, 0.5, 0.1, 0.3, 0.7, 0.3, 0.2, 0.5, 0.4, 0.1]
N = len(TIME)
STEP = 1e-30
Weights = Sequence[complex]


def codes(estimand: str) -> list[int]:
    """What the estimand makes of the codes: competing events are censorings of "net", and events of "all-cause"."""
    return [{"crude": c, "net": c % 2, "all-cause": min(c, 1)}[estimand] for c in CODE]


def outcome(estimand: Any, time: Sequence[float] = TIME, **more: Any) -> Outcome:
    given = [min(c, 1) for c in CODE] if estimand == "all-cause" else CODE
    return Outcome(time, given, estimand=estimand, **more)


def uncensored(code: Sequence[int], w: Weights, time: float, *, also: bool, ends: Sequence[float] = TIME) -> complex:
    """Kaplan–Meier's G just before a time, or at it; those with an event at a time leave before those censored then."""
    found: complex = 1.0
    for u in sorted({t for t, c in zip(ends, code, strict=True) if c == 0}):
        if u < time or (also and u == time):
            gone = sum(w[k] for k in range(len(w)) if ends[k] == u and code[k] == 0)
            there = sum(w[k] for k in range(len(w)) if ends[k] > u or (ends[k] == u and code[k] == 0))
            found *= 1 - gone / there
    return found


def higher(score: Sequence[float], i: int, j: int) -> float:
    return 1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0


def auc_by_pairs(
    code: Sequence[int],
    w: Weights,
    horizon: float,
    controls: str,
    *,
    ends: Sequence[float] = TIME,
    at_end: bool = False,
) -> complex:
    good: complex = 0.0
    everything: complex = 0.0
    g = [uncensored(code, w, t, also=False, ends=ends) for t in ends]
    beyond = uncensored(code, w, horizon, also=not at_end, ends=ends)
    for i in range(N):
        if code[i] != 1 or ends[i] > horizon:
            continue
        for j in range(N):
            if ends[j] > horizon or (at_end and ends[j] == horizon and code[j] == 0):
                weight = w[j] / beyond
            elif code[j] == 2 and ends[j] <= horizon and controls == "no event":
                weight = w[j] / g[j]
            else:
                continue
            weight *= w[i] / g[i]
            good += weight * higher(RISK, i, j)
            everything += weight
    return good / everything


def concordance_by_pairs(
    code: Sequence[int], w: Weights, end: float, *, weighted: bool, score: Sequence[float] = RISK, given: Any = None
) -> complex:
    good: complex = 0.0
    everything: complex = 0.0
    g = given or [uncensored(code, w, t, also=False) if weighted else 1.0 for t in TIME]
    for i in range(N):
        if code[i] != 1 or TIME[i] > end:
            continue
        for j in range(N):
            if TIME[j] > TIME[i] or (TIME[j] == TIME[i] and code[j] == 0):
                weight = w[i] * w[j] / g[i] ** 2
            elif code[j] == 2:
                weight = w[i] * w[j] / (g[i] * g[j])
            else:
                continue
            good += weight * higher(score, i, j)
            everything += weight
    return good / everything


def agrees(found: Measure, defined: Callable[[Weights], complex], *, ddof: int) -> None:
    """The value is the definition's; n times its derivative by each row's weight is the influence; from it comes se."""
    n = len(found.influence)
    assert found.value == pytest.approx(defined([1.0] * n).real, abs=1e-12)
    slopes = []
    for k in range(n):
        weights: list[complex] = [1.0] * n
        weights[k] += 1j * STEP
        slopes.append(n * defined(weights).imag / STEP)
    assert found.influence == pytest.approx(slopes, abs=1e-11)
    spread = sum((s - sum(slopes) / n) ** 2 for s in slopes) / (n - ddof)
    assert found.se == pytest.approx((spread / n) ** 0.5, abs=1e-11)
    assert found.ddof == ddof


@pytest.mark.parametrize("controls", ["no event", "event-free"])
@pytest.mark.parametrize("estimand", ["crude", "net", "all-cause"])
@pytest.mark.parametrize("horizon", [4.0, 5.5, 7.0])
def test_the_auc_is_that_of_all_pairs(estimand: str, horizon: float, controls: Any) -> None:
    found = auc(RISK, outcome(estimand), horizon, controls=controls)
    agrees(found, lambda w: auc_by_pairs(codes(estimand), w, horizon, controls), ddof=1)
    assert (found.name, found.estimand, found.horizon, found.level) == ("AUC", estimand, horizon, 0.95)
    assert found.high > found.value > found.low > 0
    assert found.high <= 1


def test_without_another_word_the_controls_of_the_auc_have_had_no_event() -> None:
    assert auc(RISK, outcome("crude"), 5.5).value == auc(RISK, outcome("crude"), 5.5, controls="no event").value
    assert auc(RISK, outcome("crude"), 5.5).value != auc(RISK, outcome("crude"), 5.5, controls="event-free").value


def test_at_the_end_of_follow_up_those_censored_then_are_controls_of_the_auc() -> None:
    time = [*TIME[:10], 8.0, 8.0, 8.0, 8.0]
    code = [*CODE[:10], 0, 0, 0, 1]
    found = auc(RISK, Outcome(time, code, estimand="crude"), 8.0)
    agrees(found, lambda w: auc_by_pairs(code, w, 8.0, "no event", ends=time, at_end=True), ddof=1)


@pytest.mark.parametrize("weighting", ["ipcw", "none"])
@pytest.mark.parametrize("estimand", ["crude", "net", "all-cause"])
@pytest.mark.parametrize("horizon", [4.0, 6.5, 7.0, None])
def test_the_concordance_is_that_of_all_pairs(estimand: str, horizon: float | None, weighting: Any) -> None:
    found = concordance(RISK, outcome(estimand), horizon=horizon, weighting=weighting)
    end = max(TIME) if horizon is None else horizon
    agrees(found, lambda w: concordance_by_pairs(codes(estimand), w, end, weighted=weighting == "ipcw"), ddof=0)
    assert found.estimand == estimand
    assert np.isnan(found.horizon) if horizon is None else found.horizon == horizon


@pytest.mark.parametrize("estimand", ["crude", "net"])
def test_the_concordance_of_scores_that_all_differ(estimand: str) -> None:
    score = [-3.0, 2.0, 0.5, 1.0, -1.0, 4.0, 0.0, 3.0, -2.0, 5.0, 1.5, 2.5, -0.5, 0.7]
    found = concordance(score, outcome(estimand))
    agrees(found, lambda w: concordance_by_pairs(codes(estimand), w, 9.0, weighted=True, score=score), ddof=0)


def test_where_censoring_depends_on_the_person_a_competing_event_has_the_weight_of_its_own_person() -> None:
    x = [0.0, 1.0, 2.0, 0.0, 1.0, 1.0, 0.0, 0.0, 2.0, 1.0, 0.0, 2.0, 1.0, 0.0]
    given = outcome("crude", censoring_covariates=[[one] for one in x])
    g = given.censoring.before_end().tolist()  # taken as known

    def defined(w: Weights) -> complex:
        return concordance_by_pairs(CODE, w, 9.0, weighted=True, given=g)

    agrees(concordance(RISK, given), defined, ddof=0)


@pytest.mark.words
def test_whose_concordance_it_is() -> None:
    named = {
        (estimand, weighting): concordance(RISK, outcome(estimand), weighting=weighting).name
        for estimand in ("crude", "net")
        for weighting in ("ipcw", "none")
    }  # fmt: skip
    assert named == {
        ("crude", "ipcw"): "Wolbers' concordance",
        ("crude", "none"): "Wolbers' concordance",
        ("net", "ipcw"): "Uno's concordance",
        ("net", "none"): "Harrell's concordance",
    }


def test_weights_are_what_the_concordance_has_without_another_word() -> None:
    assert concordance(RISK, outcome("net")).value == concordance(RISK, outcome("net"), weighting="ipcw").value
    assert concordance(RISK, outcome("net")).value != concordance(RISK, outcome("net"), weighting="none").value


def test_a_landmark_leaves_the_scores_of_the_others_out() -> None:
    kept = [k for k in range(N) if TIME[k] > 3.5]
    late = outcome("crude", landmark=3.5)
    apart = Outcome([TIME[k] for k in kept], [CODE[k] for k in kept], estimand="crude")
    own = [RISK[k] for k in kept]
    assert concordance(RISK, late, horizon=7).value == concordance(own, apart, horizon=7).value
    assert auc(RISK, late, 7).value == auc(own, apart, 7).value


SURE = Outcome([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], estimand="all-cause")


@pytest.mark.parametrize("level", [0.95, 0.5])
@pytest.mark.parametrize(
    "measure", [lambda s, o, v: auc(s, o, 3.5, level=v), lambda s, o, v: concordance(s, o, level=v)]
)
def test_limits_lie_within_0_and_1_and_at_the_level_asked_for(measure: Any, level: float) -> None:
    z = {0.95: 1.959963984540054, 0.5: 0.6744897501960817}[level]
    up, down = [0.9, 0.8, 0.3, 0.4, 0.2, 0.1], [0.1, 0.2, 0.4, 0.3, 0.8, 0.9]
    high, low = measure(up, SURE, level), measure(down, SURE, level)
    assert high.level == low.level == level
    assert high.value + low.value == pytest.approx(1, abs=1e-12)
    assert high.high == pytest.approx(min(1, high.value + z * high.se), abs=1e-12)
    assert high.low == pytest.approx(high.value - z * high.se, abs=1e-12)
    assert low.low == pytest.approx(max(0, low.value - z * low.se), abs=1e-12)
    assert low.high == pytest.approx(low.value + z * low.se, abs=1e-12)
    if level == 0.95:
        assert (high.high, low.low) == (1, 0)


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.argument


def test_what_cannot_be_compared_is_refused_by_name() -> None:
    everyone = Outcome([1, 2, 3], [1, 1, 1], estimand="all-cause")
    assert refused(lambda: auc([0.1, 0.2, 0.3], everyone, 3)) == "horizon"
    assert refused(lambda: concordance([0.1, 0.2], Outcome([3, 3], [1, 1], estimand="all-cause"))) == "event"
    assert refused(lambda: auc([0.1, 0.2, 1.3], everyone, 2)) == "risk"
    assert refused(lambda: concordance([0.1, 0.2], everyone)) == "score"
    assert refused(lambda: concordance([0.1, float("nan"), 1], everyone)) == "score"


def test_one_pair_is_enough() -> None:
    two = Outcome([2, 5], [1, 0], estimand="all-cause")
    assert concordance([0.1, 0.2], two).value == 0
    assert concordance([0.2, 0.2], two, weighting="none").value == 0.5
    assert auc([0.3, 0.2], two, 3).value == 1
