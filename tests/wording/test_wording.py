"""Numbers into words: never 0 or 100 of 100, one denominator, rounding that the evidence can carry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sarcoma.outlook import OutlookFigure
from sarcoma.wording import figures


def figure(**fields: Any) -> OutlookFigure:
    return OutlookFigure(**{"origin": "X.y", "what": "something", "unit": "percent", "value": None, **fields})


@pytest.mark.words
@pytest.mark.parametrize(
    ("fields", "clinical", "plain"),
    [
        ({"value": 73.0, "numerator": 169, "n": 230}, "73% (169/230)", "about 73 of 100"),
        ({"value": 11.9}, "11.9%", "about 12 of 100"),
        ({"value": 24.8, "low": 19, "high": 33, "interval": "95% CI"}, "24.8% (95% CI 19–33%)", "about 25 of 100"),
        ({"value": 0.4}, "0.4%", "fewer than 1 of 100"),
        ({"value": 99.6}, "99.6%", "more than 99 of 100"),
        ({"low": 12, "high": 37.7, "interval": "range"}, "12–37.7%", "between 12 and 38 of 100"),
        ({"value": 52.9128, "estimand": "net"}, "53%", "about 53 of 100"),
        ({"value": 99.0, "bound": "above", "estimand": "all-cause"}, "more than 99%", "more than 99 of 100"),
        ({"value": 1.0, "bound": "below", "estimand": "all-cause"}, "less than 1%", "fewer than 1 of 100"),
        (
            {"value": 24.0, "unit": "months", "low": 21, "high": 33, "interval": "95% CI"},
            "24 months (95% CI 21–33)",
            "about 2 years",
        ),
        (
            {"value": 0.65, "unit": "hazard-ratio", "low": 0.44, "high": 0.95, "interval": "95% CI"},
            "hazard ratio 0.65 (95% CI 0.44–0.95)",
            "hazard ratio 0.65",
        ),
        ({"value": 13520.0, "unit": "people"}, "13,520", "13,520 people"),
        ({"value": 3.4, "unit": "per-100000-per-year"}, "3.4 per 100,000 a year", "3.4 of 100,000 people a year"),
    ],
)
def test_a_figure_is_said_so(fields: dict[str, Any], clinical: str, plain: str) -> None:
    assert figures.quantity(figure(**fields)) == clinical
    assert figures.quantity(figure(**fields), plain=True) == plain


@given(st.floats(0, 100))
def test_nobody_is_told_0_or_100_of_100(percent: float) -> None:
    said = figures.quantity(figure(value=percent, n=12), plain=True)
    assert "100 of 100" not in said
    assert "about 0" not in said
    assert not said.startswith("0")


@pytest.mark.words
@pytest.mark.parametrize("n", [1, 5, 10, 48, 500])
def test_extremes_of_small_groups_carry_their_exact_bound(n: int) -> None:
    none, everyone = figures.exact_bound(0, n), figures.exact_bound(n, n)
    assert none == pytest.approx(100 * stats.beta.ppf(0.975, 1, n))
    assert everyone == pytest.approx(100 * stats.beta.ppf(0.025, n, 1))
    assert f"none of {n}" in figures.quantity(figure(value=0.0, n=n))
    assert "bound" in figures.quantity(figure(value=0.0, n=n))
    assert f"all of {n}" in figures.quantity(figure(value=100.0, n=n))


@pytest.mark.words
def test_an_extreme_without_a_group_size_says_that_no_bound_is_known() -> None:
    assert "no bound" in figures.quantity(figure(value=0.0, estimand="all-cause", n=135))


def test_horizons_are_years_where_they_are_whole() -> None:
    assert [figures.horizon(m) for m in (12, 144, 18, 0, None)] == ["1 year", "12 years", "18 months", "", ""]


@pytest.mark.words
@pytest.mark.parametrize(
    ("months", "said"),
    [(1, "1 month"), (2.9, "3 months"), (11.6, "12 months"), (23.4, "23 months"), (24, "2 years"), (30, "2.5 years"),
     (146, "12 years")],
)  # fmt: skip
def test_lay_readers_are_told_long_times_in_years(months: float, said: str) -> None:
    assert figures.plain_time(months) == said
    assert figures.quantity(figure(value=months, unit="months"), plain=True) == f"about {said}"
    assert "year" not in figures.quantity(figure(value=months, unit="months"))


@pytest.mark.words
def test_both_ends_of_a_time_have_a_unit_where_the_units_differ() -> None:
    ends = [(6, 23), (14, 36), (30, 60)]
    said = [figures.quantity(figure(low=a, high=b, unit="months"), plain=True) for a, b in ends]
    assert said == ["6 to 23 months", "14 months to 3 years", "2.5 to 5 years"]
    assert figures.horizon(30, plain=True) == "2.5 years"
    assert figures.horizon(30) == "30 months"
