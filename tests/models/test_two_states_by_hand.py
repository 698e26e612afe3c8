"""A course of two states, with its interval, and courses month by month, worked out by hand."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from course_cases import (
    ADA,
    BEN,
    COVARIANCE,
    MEANS,
    OF_ADA,
    OF_BEN,
    SIZE,
    STEEP_SIZE,
    Z,
    ask,
    certain,
    course,
    death,
    hazard,
    outcome,
    two,
    walked,
)

from sarcoma.models.forms.form import Curve
from sarcoma.models.forms.hazard import Hazard
from sarcoma.survival import MultiStateModel


def interval_of_death(x: list[float], until: float, start: float = 0.0) -> tuple[float, float, float]:
    """Risk and limits of a Cox model: var Λ = Σ e² v + (Σ e (x − x̄) dΛ)' V (…), e = exp(score), limits log-log."""
    beta = [0.1, 0, 0.5, 1]
    e = exp(float(np.dot(x, beta)))
    total, poisson, moves = 0.0, 0.0, np.zeros(4)
    for month, jump, v, mean in zip((6, 18, 30), (0.1, 0.2, 0.05), (0.001, 0.002, 0.003), MEANS, strict=True):
        if start < month <= until:
            total += e * jump
            poisson += e**2 * v
            moves += e * jump * (np.array(x) - mean)
    if total == 0:
        return 0.0, 0.0, 0.0
    risk = 1 - exp(-total)
    se = exp(-total) * sqrt(poisson + float(moves @ np.array(COVARIANCE) @ moves))
    spread = Z * se / abs(risk * log(risk))
    return risk, risk ** exp(spread), risk ** exp(-spread)


def test_two_states_are_a_cox_model_with_its_interval() -> None:
    x = [3, 0, 1, 0]  # 8 cm, grade 2
    expected = [interval_of_death(x, until) for until in (12, 24)]
    of_none = [(1 - risk, 1 - most, 1 - least) for risk, least, most in expected]
    for of, figures in (("event", expected), ("no-event", of_none)):
        said = two().predict(ask(death(12, 24, of=of), ADA, {**ADA, "grade": None}))
        low, high = said.interval()
        for h, (risk, least, most) in enumerate(figures):
            assert said.value[0, h] == pytest.approx(risk)
            assert low[0, h] == pytest.approx(least)
            assert high[0, h] == pytest.approx(most)
        assert np.isnan(low[1]).all()  # none where something is not known
        assert np.isnan(high[1]).all()
    quiet = two().predict(ask(death(12, 24), ADA, intervals=False))
    assert np.isnan(quiet.interval()[0]).all()
    for h, (risk, *_) in enumerate(expected):
        assert quiet.value[0, h] == pytest.approx(risk)
    later = two().predict(ask(death(12, 24), ADA, start=[10]))
    risk, least, most = interval_of_death(x, 34, 10)
    assert later.value[0, 1] == pytest.approx(risk)
    assert (later.interval()[0][0, 1], later.interval()[1][0, 1]) == pytest.approx((least, most))


def test_no_interval_is_worked_out_where_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    predict = MultiStateModel.predict

    def noted(*args: Any, **how: Any) -> Any:
        asked.append(how["interval"])
        return predict(*args, **how)

    monkeypatch.setattr(MultiStateModel, "predict", noted)
    two().predict(ask(death(12, 24), ADA))
    two().predict(ask(death(12, 24), {**ADA, "grade": None}))  # a range has none, and to find it would take long
    two().predict(ask(death(12, 24), ADA, intervals=False))
    assert asked == ["delta", None, None]


def test_the_score_of_two_states_is_the_range_of_the_sum_of_terms() -> None:
    said = two().predict(ask(death(12, 24), ADA, {**ADA, "grade": None}, {"grade": 1}))
    low, high = said.score()  # type: ignore[misc]
    assert low == pytest.approx([0.3 + 0.5, 0.3, -0.4])
    assert high == pytest.approx([0.3 + 0.5, 0.3 + 1, 2.5])
    twice = two(hazard(predictors=[SIZE, {**STEEP_SIZE, "name": "again"}])).predict(ask(death(12, 24), ADA))
    assert twice.score()[0] == pytest.approx([0.3 + 0.6])  # type: ignore[index]
    assert twice.value[0, 0] == pytest.approx(1 - exp(-0.1 * exp(0.9)))


def test_intervals_need_what_is_known_of_every_hazard() -> None:
    sure = certain(transition=("well", "spread"))
    rest = [Hazard.model_validate(h.model_dump()) for h in course().hazards[1:]]
    some = course(hazards=[h.model_dump() for h in (sure, *rest)])
    assert np.isnan(some.predict(ask(outcome(24, 36), ADA)).interval()[0]).all()
    made = [
        Hazard.model_validate(
            {**h.model_dump(), "covariance": [[0.01]],
             "baseline": {**h.baseline.model_dump(), "variance": [0.001] * len(h.baseline.months),
                          "means": [[0.0]] * len(h.baseline.months)}}
        )
        for h in rest
    ]  # fmt: skip
    every = course(hazards=[h.model_dump() for h in (sure, *made)]).predict(ask(outcome(24, 36), ADA))
    low, high = every.interval()
    assert (low < every.value).all()
    assert (every.value < high).all()


@pytest.mark.parametrize("curve", ["line", "band"])
@pytest.mark.parametrize("start", [0.0, 10.0])
def test_month_by_month_up_to_the_last_horizon(curve: Curve, start: float) -> None:
    said = two().predict(ask(death(2.5, 12, 24, 35), ADA, start=[start], curve=curve))
    drawn = said.course().curve
    assert drawn is not None
    last = 35 if start == 0 else 24  # 45 months lie beyond the limit
    kept = [h for h in (2.5, 12, 24, 35) if h <= last]
    assert drawn.times.tolist() == sorted([start + m for m in [*range(last + 1), 2.5]])
    x = [3, 0, 1, 0]
    every = [interval_of_death(x, t, start) for t in drawn.times]
    np.testing.assert_allclose(drawn.probability[0, :, 1], [risk for risk, _, _ in every], atol=1e-15)
    assert drawn.low is not None
    at_horizons = np.isin(drawn.times, start + np.array(kept))
    known = ~np.isnan(drawn.low[0, :, 1])
    assert known.tolist() == (at_horizons.tolist() if curve == "line" else [True] * len(known))
    low, high = said.interval()
    for h, month in enumerate(kept):
        risk, least, most = interval_of_death(x, start + month, start)
        assert said.low[0, h] == said.high[0, h] == pytest.approx(risk)
        assert low[0, h] == pytest.approx(least)
        assert high[0, h] == pytest.approx(most)
    assert np.isnan(said.low[0, len(kept) :]).all()
    assert said.course().reached == ()


@pytest.mark.parametrize("last", [24.4, 24.6])
def test_a_curve_ends_with_the_last_horizon_inside_a_month_too(last: float) -> None:
    drawn = course().predict(ask(outcome(12, last), ADA, curve="line")).course().curve
    assert drawn is not None
    assert drawn.times.tolist() == [*range(25), last]


def test_nothing_is_drawn_of_several_people_nor_of_one_of_whom_something_is_not_known() -> None:
    several = course().predict(ask(outcome(24, 36), ADA, BEN, curve="line"))
    assert several.course().curve is None
    np.testing.assert_allclose(several.low[1], [walked(OF_BEN, until)[2] for until in (24, 36)])
    unknown = course().predict(ask(outcome(24, 36), {**ADA, "grade": None}, curve="line"))
    assert unknown.course().curve is None
    assert course().predict(ask(outcome(24, 36), ADA)).course().curve is None


def test_a_course_is_drawn_with_each_of_its_states() -> None:
    said = course().predict(ask(outcome(24, 36), ADA, curve="band"))
    drawn = said.course().curve
    assert drawn is not None
    assert drawn.times.tolist() == list(range(37))
    np.testing.assert_allclose(drawn.probability[0], [walked(OF_ADA, month) for month in range(37)])
    assert (drawn.low, drawn.high, drawn.se) == (None, None, None)
    np.testing.assert_allclose(said.low[0], [walked(OF_ADA, until)[2] for until in (24, 36)])
    assert np.isnan(said.interval()[0]).all()
