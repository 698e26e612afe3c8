"""Forms with a baseline, of points and of groups: small ones, worked out by hand, with and without what is known."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sarcoma.errors import CardError
from sarcoma.models.forms.cox import Cox
from sarcoma.models.forms.form import Change, Form, PredictionRequest
from sarcoma.models.forms.groups import Groups
from sarcoma.models.forms.logistic import Logistic
from sarcoma.models.forms.points import Points
from sarcoma.models.outcome import Outcome
from sarcoma.patient import Patient, Records

SIZE: dict[str, Any] = {
    "name": "size", "label": "size in cm", "field": "size_cm", "range": [1, 30],
    "transform": {"kind": "linear", "coefficient": 0.1, "center": 5},
}  # fmt: skip
GRADE: dict[str, Any] = {
    "name": "grade", "label": "grade", "field": "grade",
    "transform": {"kind": "levels", "coefficients": {"1": 0, "2": 0.5, "3": 1.0}},
}  # fmt: skip


def outcome(*horizons: float, of: str = "event", endpoint: str = "metastasis") -> Outcome:
    return Outcome.model_validate(
        {
            "question": "spread", "endpoint": endpoint, "event": "metastasis", "plain_event": "have it spread",
            "course": "spread", "transition": ["no metastasis", "metastasis"], "time_zero": "diagnosis",
            "horizons_months": horizons, "horizon_limit_months": 60, "estimand": "crude", "probability_of": of,
        }
    )  # fmt: skip


TWO, NO_EVENT = outcome(24, 60), outcome(24, 60, of="no-event")


def records(*people: dict[str, Any]) -> Records:
    return Records([Patient(**known) for known in people])


def ask(of: Outcome, *people: dict[str, Any], allowed: list[int] | None = None) -> PredictionRequest:
    n = len(people)
    answers = np.array([1] * n if allowed is None else allowed, dtype=np.int8)
    return PredictionRequest(records(*people), of, answers, np.zeros(n))


# ---- a baseline ------------------------------------------------------------------------------------------------------
def cox(**changes: Any) -> Cox:
    """score = −0.5 + 0.1 (size − 5) + 0.5 (grade 2) or 1 (grade 3); survival of score 0 0.9 and 0.8."""
    raw = {
        "kind": "cox",
        "intercept": -0.5,
        "predictors": [SIZE, GRADE],
        "baseline": {"survival": {"all": {"24": 0.9, "60": 0.8}}},
        **changes,
    }
    return Cox.model_validate(raw)


def by_depth(**changes: Any) -> Cox:
    """The same with a baseline by depth."""
    survival = {"superficial": {"24": 0.95, "60": 0.9}, "deep": {"24": 0.8, "60": 0.6}}
    return cox(baseline={"strata": {"label": "depth", "field": "depth", **changes}, "survival": survival})


def test_a_baseline_is_raised_to_the_exponential_of_the_score() -> None:
    said = cox().predict(ask(TWO, {"size": 10, "grade": 1}, {"size": 5, "grade": 3}, {"size": 15, "grade": 2}))
    scores = [0.0, 0.5, 1.0]
    assert said.score_low == pytest.approx(scores)
    assert said.score_high == pytest.approx(scores)
    expected = [[1 - s ** exp(score) for s in (0.9, 0.8)] for score in scores]
    assert said.low == pytest.approx(np.array(expected))
    assert said.high == pytest.approx(np.array(expected))
    assert said.value == pytest.approx(np.array(expected))
    assert [field for field, _ in said.missing] == ["size_cm", "grade"]
    assert [r.fields for r in said.requirements] == [("size_cm",), ("grade",)]


def test_what_is_not_known_gives_the_range_of_the_event_and_of_no_event() -> None:
    people = {"size": None, "grade": 3}, {"size": 10, "grade": None}
    low, high = (-0.9 + 1, 2.0 + 1), (0.0, 1.0)  # scores: size 1 to 30 cm; grade 1 to 3
    said = cox().predict(ask(TWO, *people))
    no = cox().predict(ask(NO_EVENT, *people))
    for i, (least, most) in enumerate((low, high)):
        assert said.low[i] == pytest.approx([1 - s ** exp(least) for s in (0.9, 0.8)])
        assert said.high[i] == pytest.approx([1 - s ** exp(most) for s in (0.9, 0.8)])
        assert no.low[i] == pytest.approx([s ** exp(most) for s in (0.9, 0.8)])
        assert no.high[i] == pytest.approx([s ** exp(least) for s in (0.9, 0.8)])
    assert np.isnan(said.value).all()
    assert [absent.tolist() for _, absent in said.missing] == [[True, False], [False, True]]
    assert said.ranged_over(0, records(*people)) == ("size_cm",)
    assert said.ranged_over(1, records(*people)) == ("grade",)


@pytest.mark.words
def test_strata_choose_the_baseline_and_an_unknown_one_ranges_over_both() -> None:
    known = {"size": 10, "grade": 2}  # score 0.5
    said = by_depth().predict(ask(TWO, {**known, "depth": "superficial"}, {**known, "depth": "deep"}, known))
    shallow, deep = ([1 - s ** exp(0.5) for s in curve] for curve in ((0.95, 0.9), (0.8, 0.6)))
    assert said.low == pytest.approx(np.array([shallow, deep, shallow]))
    assert said.high == pytest.approx(np.array([shallow, deep, deep]))
    assert said.missing[-1][0] == "depth"
    assert said.missing[-1][1].tolist() == [False, False, True]
    assert said.requirements[-1].text == "the model has no value for this depth"
    assert said.requirements[-1].fields == ("depth",)
    assert said.requirements[-1].answers.tolist() == [1, 1, 1]
    assert said.requirements[-1].answers.dtype == np.int8


@pytest.mark.words
def test_a_stratum_without_a_baseline_is_told_and_not_guessed() -> None:
    only_deep = by_depth(recode={"levels": {"deep": "deep"}})
    known = {"size": 10, "grade": 2}
    said = only_deep.predict(ask(TWO, {**known, "depth": "superficial"}, {**known, "depth": "deep"}, known))
    assert said.requirements[-1].answers.tolist() == [0, 1, -1]
    assert np.isnan(said.low[0]).all()
    assert said.low[2] == pytest.approx([1 - s ** exp(0.5) for s in (0.8, 0.6)])  # of what has one
    assert said.high[2] == pytest.approx(said.low[2])
    with pytest.raises(CardError, match="the stratum size is not a coded field"):
        by_depth(label="size", field="size_cm").predict(ask(TWO, known))


@pytest.mark.words
def test_a_baseline_stands_at_exactly_the_horizons_of_the_outcome() -> None:
    assert cox().misfit(TWO) is None
    assert by_depth().misfit(TWO) is None
    for horizons in ((24.0,), (24.0, 48.0), (24.0, 48.0, 60.0)):
        assert cox().misfit(outcome(*horizons)) == "the baseline must stand at exactly the outcome's horizons"


@pytest.mark.words
@pytest.mark.parametrize(
    ("curve", "wrong"),
    [
        ({"24": 0.9, "60": 0.8}, None),
        ({"24": 0.8, "60": 0.8}, None),
        ({"24": 0.8, "60": 0.9}, "baseline survival rises with time"),
        ({"24": 1.0, "60": 0.8}, "baseline survival must lie between 0 and 1, as in 0.93"),
        ({"24": 0.9, "60": 0.0}, "baseline survival must lie between 0 and 1, as in 0.93"),
    ],
)
def test_a_baseline_that_cannot_be_is_found(curve: dict[str, float], wrong: str | None) -> None:
    found = list(cox(baseline={"survival": {"all": curve}}).check(TWO))
    assert [(f.level, f.where, f.text) for f in found] == ([] if wrong is None else [("error", "baseline.all", wrong)])


CHANGE = Change({24.0: log(1.5), 60.0: log(2.0)}, 0.8, np.array([0.01, 0.0, 0.2, 0.3]))


def test_an_updated_baseline_is_scaled_at_each_horizon_and_its_score_by_the_slope() -> None:
    made = cox().updated(CHANGE)
    assert made.baseline.survival == {"all": pytest.approx({"24": 0.9**1.5, "60": 0.8**2.0})}
    assert made.intercept == pytest.approx(-0.4)
    size, grade = made.predictors
    assert size.transform.beta == pytest.approx([0.09])
    assert grade.transform.beta == pytest.approx([0.0, 0.6, 1.1])
    assert size.transform.center == 5  # type: ignore[union-attr]
    fallen = cox().updated(Change({24.0: log(3.0), 60.0: log(0.5)}, 1.0, np.zeros(4)))
    assert fallen.baseline.survival["all"] == pytest.approx({"24": 0.9**3, "60": 0.9**3})  # never undone


def test_an_updated_baseline_of_strata_keeps_their_distance_by_the_slope() -> None:
    change = Change({24.0: log(1.5), 60.0: log(2.0)}, 0.5, np.zeros(4), {"deep": 0.25})
    made = by_depth().updated(change).baseline
    for horizon, factor, shallow, deep in (("24", 1.5, 0.95, 0.8), ("60", 2.0, 0.9, 0.6)):
        logs = log(-log(shallow)), log(-log(deep))
        middle = sum(logs) / 2
        new = [log(factor) + middle + 0.5 * (one - middle) + of for one, of in zip(logs, (0.0, 0.25), strict=True)]
        assert made.survival["superficial"][horizon] == pytest.approx(exp(-exp(new[0])))
        assert made.survival["deep"][horizon] == pytest.approx(exp(-exp(new[1])))
    assert made.strata is not None


def test_an_update_sees_the_columns_of_the_score_and_of_the_strata_but_the_first() -> None:
    people = records(
        {"size": 10, "grade": 3, "depth": "deep"},
        {"size": 3, "grade": 1, "depth": "superficial"},
        {"size": 6, "grade": 2, "depth": "deep"},
    )
    rows = np.array([0, 2, 1])
    columns, names = cox().update_columns(people, rows)
    assert columns.tolist() == [[5, 0, 0, 1], [1, 0, 1, 0], [-2, 1, 0, 0]]
    assert names == ()
    columns, names = by_depth().update_columns(people, rows)
    assert columns.tolist() == [[5, 0, 0, 1, 1], [1, 0, 1, 0, 1], [-2, 1, 0, 0, 0]]
    assert names == ("deep",)


def test_the_own_score_of_a_baseline_is_what_it_says_beyond_the_mean_baseline() -> None:
    cloglog = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    found = by_depth().own_score(np.zeros((3, 4)), cloglog, (24.0, 60.0))
    middle = [(log(-log(a)) + log(-log(b))) / 2 for a, b in ((0.95, 0.8), (0.9, 0.6))]
    assert found.shape == (2, 3, 1)
    assert found[:, :, 0] == pytest.approx(np.array([[c[h] - middle[h] for c in cloglog] for h in (0, 1)]))


@pytest.mark.words
def test_a_baseline_is_shown_with_its_formula_its_terms_and_its_curves() -> None:
    assert cox().arithmetic(TWO) == "score = -0.5 + sum of the predictors' terms; probability = 1 − S0(t)^exp(score)"
    assert cox().arithmetic(NO_EVENT).endswith("; probability = S0(t)^exp(score)")
    said = [line.text for line in cox().lines(lambda months: f"{months:g} m:")]
    assert said == [
        "size in cm: +0.1 · (x − 5)",
        "grade: 1 +0, 2 +0.5, 3 +1",
        "baseline survival: 24 m: 0.9; 60 m: 0.8",
    ]
    assert [line.text for line in by_depth().lines(lambda months: f"{months:g} m:")][2:] == [
        "baseline survival, superficial: 24 m: 0.95; 60 m: 0.9",
        "baseline survival, deep: 24 m: 0.8; 60 m: 0.6",
    ]
    assert all(line.depth == 0 for line in cox().lines(str))


def test_the_edges_of_a_baseline_are_the_hazards_at_the_last_horizon() -> None:
    (edge,) = by_depth().edges(TWO)
    assert edge.where == "edges"
    assert edge.hazards == pytest.approx((-log(0.9), -log(0.6)))
    assert (edge.intercept, edge.predictors) == (-0.5, by_depth().predictors)


@pytest.mark.words
def test_every_form_says_what_it_is_made_of() -> None:
    form = by_depth(recode={"levels": {"deep": "deep"}})
    assert form.labels == ("size in cm (1 to 30)", "grade", "depth")
    assert cox().labels == ("size in cm (1 to 30)", "grade")
    assert [field for field, _ in form.recodes] == ["depth"]
    coded = {**GRADE, "recode": {"levels": {"1": "1", "2": "2", "3": "3"}}}
    assert [field for field, _ in cox(predictors=[SIZE, coded]).recodes] == ["grade"]
    assert cox().recodes == by_depth().recodes == ()
    assert cox().scored == cox().all_predictors == cox().predictors
    assert (cox().strata, cox().rules, cox().known_hazards, cox().events_beside) == (None, (), (), ())
    assert (cox().cannot_update, cox().direction, cox().has_course, cox().read_within) == (None, 1.0, False, 0.0)
    for endpoint, of_death in (("death", True), ("sarcoma-death", True), ("metastasis", False)):
        placed = list(cox().placed(outcome(24, 60, endpoint=endpoint)))
        assert [(p.where, p.predictor, p.of_death) for p in placed] == [
            ("predictors.size", cox().predictors[0], of_death),
            ("predictors.grade", cox().predictors[1], of_death),
        ]


@pytest.mark.words
def test_a_form_needs_its_parts() -> None:
    for part in ("baseline", "predictors"):
        raw = {"kind": "cox", "predictors": [SIZE], "baseline": {"survival": {"all": {"24": 0.9}}}}
        for missing in ({k: v for k, v in raw.items() if k != part}, {**raw, part: None}):
            with pytest.raises(ValidationError, match=f"a model of kind cox needs `{part}`"):
                Cox.model_validate(missing)


def test_nothing_is_said_of_people_to_whom_a_card_does_not_apply() -> None:
    said = cox().predict(ask(TWO, {"size": 10, "grade": 1}, {"size": 5, "grade": 3}))
    shown = said.where(np.array([True, False]))
    assert shown.low[0] == pytest.approx(said.low[0])
    assert shown.high[0] == pytest.approx(said.high[0])
    assert np.isnan(shown.low[1]).all()
    assert np.isnan(shown.high[1]).all()
    assert shown.requirements == said.requirements
    assert (said.bounds(), said.interval(), said.course(), said.start(0)) == (None, None, None, 0.0)
    assert (said.possible_groups(0), said.group_label(0), said.printed(0, 24.0)) == ((), None, None)
    assert said.formula() == pytest.approx(said.value)


# ---- points ----------------------------------------------------------------------------------------------------------
def points(**changes: Any) -> Points:
    """points = size − 5, and 5 of grade 2 or 10 of grade 3."""
    raw = {
        "kind": "points",
        "predictors": [
            {**SIZE, "transform": {"kind": "linear", "coefficient": 1.0, "center": 5}},
            {**GRADE, "transform": {"kind": "levels", "coefficients": {"1": 0, "2": 5, "3": 10}}},
        ],
        "points": {
            "horizon_months": 60, "intercept": -2.0, "slope": 0.1, "anchors": [[0, 0.87], [20, 0.37]],
            "calculation": "by hand.",
        },
        **changes,
    }  # fmt: skip
    return Points.model_validate(raw)


def survives(at: float, intercept: float = -2.0, slope: float = 0.1) -> float:
    return exp(-exp(intercept + slope * at))


FIVE_YEARS = outcome(60, of="no-event")


def test_points_are_the_formula_inside_the_printed_range_and_a_bound_beyond_it() -> None:
    people = {"size": 10, "grade": 2}, {"size": 3, "grade": 1}, {"size": 24, "grade": 3}, {"size": 10, "grade": None}
    said = points().predict(ask(FIVE_YEARS, *people))
    assert said.score_low.tolist() == [10, -2, 29, 5]
    assert said.score_high.tolist() == [10, -2, 29, 15]
    assert said.low[:, 0] == pytest.approx([survives(10), 0.87, 0.37, survives(15)])
    assert said.high[:, 0] == pytest.approx([survives(10), 0.87, 0.37, survives(5)])
    assert [r.fields for r in said.requirements] == [("size_cm",), ("grade",)]
    assert [(field, absent.tolist()) for field, absent in said.missing] == [
        ("size_cm", [False] * 4), ("grade", [False, False, False, True]),
    ]  # fmt: skip
    assert said.bounds().tolist() == [[0], [1], [-1], [0]]
    assert said.bounds().dtype == np.int8
    exact = said.formula()[:, 0]
    assert exact[:3] == pytest.approx([survives(10), survives(-2), survives(29)])
    assert np.isnan(exact[3])
    shown = said.where(np.array([True, False, True, True]))
    assert shown.bounds().tolist() == [[0], [0], [-1], [0]]
    assert np.isnan(shown.low[1, 0])


def test_a_range_that_is_beyond_on_one_side_only_has_no_bound() -> None:
    people = {"size": 24, "grade": None}, {"size": None, "grade": 1}
    said = points().predict(ask(FIVE_YEARS, *people))  # 19 to 29 points; −4 to 25
    assert said.bounds().tolist() == [[0], [0]]
    assert said.low[:, 0] == pytest.approx([0.37, 0.37])
    assert said.high[:, 0] == pytest.approx([survives(19), 0.87])


@pytest.mark.parametrize(("at", "side"), [(0, 0), (-0.01, 1), (20, 0), (20.01, -1), (10, 0)])
def test_the_printed_ends_themselves_are_inside(at: float, side: int) -> None:
    wide = {"horizon_months": 60, "intercept": -2.0, "slope": 0.1, "calculation": "x"}
    scale = points(points={**wide, "anchors": [[0, survives(0)], [20, survives(20)]]}).points
    assert scale.side(np.array([float(at)])).tolist() == [side]
    # where the formula leaves what is printed, inside the range of points, there is a bound too
    narrow = points(points={**wide, "anchors": [[0, 0.8], [20, 0.5]]}).points
    assert narrow.side(np.array([1.0, 10.0, 19.0])).tolist() == [1, 0, -1]
    assert narrow.printed(np.array([1.0, 10.0, 19.0])) == pytest.approx([0.8, survives(10), 0.5])


def test_beyond_the_printed_ends_the_printed_values_hold_even_where_the_formula_has_not_reached_them() -> None:
    raw = {"horizon_months": 60, "intercept": -2.0, "slope": 0.1, "calculation": "x"}
    scale = points(points={**raw, "anchors": [[0, 0.88], [10, 0.69], [20, 0.35]]}).points  # formula: 0.873, 0.368
    at = np.array([-0.5, 0.0, 15.0, 20.0, 20.3])
    assert scale.printed(at) == pytest.approx([0.88, survives(0), survives(15), survives(20), 0.35])
    assert scale.side(at).tolist() == [1, 0, 0, 0, -1]


def test_points_beyond_all_measure_give_0_without_a_warning() -> None:
    assert points().points.formula(np.array([1e6])).tolist() == [0.0]


@pytest.mark.words
def test_updated_points_keep_their_range_and_by_the_slope_alone_their_points() -> None:
    factor = {60.0: log(1.5)}
    slope = points().updated(Change(factor, 0.5, np.zeros(4)))
    assert slope.points.intercept == pytest.approx(-2 + log(1.5))
    assert slope.points.slope == pytest.approx(0.05)
    assert slope.predictors == points().predictors
    assert [at for at, _ in slope.points.anchors] == [0, 20]
    assert [p for _, p in slope.points.anchors] == pytest.approx([survives(at, -2 + log(1.5), 0.05) for at in (0, 20)])
    assert slope.points.calculation == "by hand. Then updated: see how the card was made."
    added = points().updated(Change(factor, 0.5, np.array([0.02, 0.0, 0.1, 0.3])))
    assert added.points.slope == pytest.approx(0.1)
    # coefficients are in points, what is added in the log of the hazard: a point is 0.1 of it
    assert added.predictors[0].transform.beta == pytest.approx([0.5 + 0.2])
    assert added.predictors[1].transform.beta == pytest.approx([0, 2.5 + 1, 5 + 3])
    assert [p for _, p in added.points.anchors] == pytest.approx([survives(at, -2 + log(1.5)) for at in (0, 20)])


@pytest.mark.words
def test_points_are_shown_and_checked() -> None:
    form = points()
    assert form.arithmetic(FIVE_YEARS) == (
        "points = sum of the predictors' points; probability = exp(−exp(-2 + 0.1 · points))"
    )
    assert (form.direction, form.read_within) == (1.0, 0.0051)
    down = {**form.points.model_dump(), "slope": -0.1, "intercept": 0.0, "anchors": [[0, 0.37], [20, 0.87]]}
    assert points(points=down).direction == -1.0
    cloglog = np.array([[0.5], [1.0]])
    assert form.own_score(np.zeros((2, 4)), cloglog, (60.0,)).tolist() == [[[2.5], [3.0]]]
    assert list(form.check(FIVE_YEARS)) == []
    raw = form.points.model_dump()
    level = list(points(points={**raw, "slope": 0.0}).check(FIVE_YEARS))
    assert next((f.level, f.where, f.text) for f in level) == (
        "error", "points", "the slope is 0, so points change nothing",
    )  # fmt: skip
    off = list(points(points={**raw, "anchors": [[0, 0.845], [20, 0.37 + 0.05]]}).check(FIVE_YEARS))
    assert [(f.level, f.where, f.text) for f in off] == [
        ("warning", "points", f"at 20 points the formula gives {survives(20):.3f}, the anchor says 0.42"),
    ]


# ---- groups ----------------------------------------------------------------------------------------------------------
def figure(months: float, value: float) -> dict[str, Any]:
    return {"horizon_months": months, "value": value}


def groups(**changes: Any) -> Groups:
    """Small: up to 5 cm; large and low; large and high."""
    small = [{"field": "size_cm", "at_most": 5}]
    large = {"field": "size_cm", "above": 5}
    raw = {
        "kind": "groups",
        "groups": [
            {"id": "small", "label": "5 cm or less", "when": small, "figures": [figure(24, 0.1), figure(60, 0.2)]},
            {"id": "low", "label": "large, grade 1", "when": [large, {"field": "grade", "in": ["1"]}],
             "figures": [figure(24, 0.3), figure(60, 0.4)]},
            {"id": "high", "label": "large, grade 2 or 3", "when": [large, {"field": "grade", "in": ["2", "3"]}],
             "figures": [figure(24, 0.5)]},
        ],
        **changes,
    }  # fmt: skip
    return Groups.model_validate(raw)


PEOPLE = [
    {"size": 4},
    {"size": 9, "grade": 1},
    {"size": 9, "grade": 3},
    {"size": 9},
    {},
    {"size": 9, "grade": "X"},
]


@pytest.mark.words
def test_the_group_that_fits_gives_its_figures_and_several_give_their_range() -> None:
    said = groups().predict(ask(TWO, *PEOPLE))
    nan = float("nan")
    np.testing.assert_array_equal(said.low, [[0.1, 0.2], [0.3, 0.4], [0.5, nan], [0.3, nan], [0.1, nan], [nan, nan]])
    np.testing.assert_array_equal(said.high, [[0.1, 0.2], [0.3, 0.4], [0.5, nan], [0.5, nan], [0.5, nan], [nan, nan]])
    assert [said.possible_groups(i) for i in range(6)] == [
        ("small",), ("low",), ("high",), ("low", "high"), ("small", "low", "high"), (),
    ]  # fmt: skip
    assert said.group_label(3) == "large, grade 1; large, grade 2 or 3"
    assert said.group_label(0) == "5 cm or less"
    (requirement,) = said.requirements
    assert requirement.text == "none of the model's groups fits"
    assert requirement.fields == ("size_cm", "grade")
    assert requirement.answers.tolist() == [1, 1, 1, 1, 1, 0]
    assert requirement.answers.dtype == np.int8
    assert said.missing == ()


def test_who_is_certainly_of_one_group_is_not_of_another_that_may_fit_too() -> None:
    one, low, _ = groups().groups
    both = groups(
        groups=[
            one.model_dump(by_alias=True),
            {**low.model_dump(by_alias=True), "when": [{"field": "grade", "in": ["1"]}]},
        ]
    )
    said = both.predict(ask(TWO, {"size": 4}, {"size": 4, "grade": 1}, {}))
    assert [said.possible_groups(i) for i in range(3)] == [("small",), ("small", "low"), ("small", "low")]
    assert said.high.tolist() == [[0.1, 0.2], [0.3, 0.4], [0.3, 0.4]]


def test_the_printed_figure_is_that_of_the_first_possible_group_that_has_one() -> None:
    said = groups().predict(ask(TWO, *PEOPLE))
    found = [[said.printed(i, months) for months in (24.0, 60.0, 36.0)] for i in range(6)]
    assert [[None if f is None else f.value for f in row] for row in found] == [
        [0.1, 0.2, None], [0.3, 0.4, None], [0.5, None, None], [0.3, 0.4, None], [0.1, 0.2, None], [None, None, None],
    ]  # fmt: skip


def test_a_horizon_of_which_no_group_has_a_figure_is_not_answered() -> None:
    said = groups().predict(ask(outcome(24, 36), *PEOPLE[:2]))
    assert (said.low.dtype, said.high.dtype) == (np.float64, np.float64)
    np.testing.assert_array_equal(said.low, [[0.1, np.nan], [0.3, np.nan]])
    np.testing.assert_array_equal(said.high, said.low)


def test_what_decides_between_the_groups_still_possible_is_named() -> None:
    said, people = groups().predict(ask(TWO, *PEOPLE)), records(*PEOPLE)
    assert said.ranged_over(0, people) == ()
    assert set(said.ranged_over(3, people)) == {"grade"}
    assert set(said.ranged_over(4, people)) == {"size_cm", "grade"}
    assert said.ranged_over(5, people) == ()


def test_groups_are_not_looked_for_where_the_card_is_for_nobody() -> None:
    said = groups().predict(ask(TWO, *PEOPLE[:2], allowed=[0, 0]))
    assert said.low.shape == said.high.shape == (2, 2)
    assert np.isnan(said.low).all()
    assert (said.possible_groups(1), said.requirements, said.missing) == ((), (), ())
    # of one of two the groups that fit are found, and of the other it is not said that none does
    mixed = groups().predict(ask(TWO, PEOPLE[0], PEOPLE[5], allowed=[-1, 0]))
    assert mixed.possible_groups(0) == ("small",)
    assert mixed.requirements[0].answers.tolist() == [1, 1]
    asked = groups().predict(ask(TWO, PEOPLE[0], PEOPLE[5], allowed=[0, -1]))
    assert asked.requirements[0].answers.tolist() == [1, 0]


@pytest.mark.words
def test_groups_are_shown_and_checked() -> None:
    form = groups()
    assert [line.text for line in form.lines(str)] == [
        "small: 5 cm or less: 10%; 20%", "low: large, grade 1: 30%; 40%", "high: large, grade 2 or 3: 50%",
    ]  # fmt: skip
    assert form.arithmetic(TWO) == "the figure of the published group whose rule fits the record"
    assert form.cannot_update == (
        "its figures belong to groups and come from no formula; describe the groups in this cohort instead"
    )
    assert form.rules == tuple(group.when for group in form.groups)
    assert list(form.check(TWO)) == []
    assert [(f.level, f.where, f.text) for f in form.check(NO_EVENT)] == [
        ("warning", "groups.small", "the figures go the wrong way with time"),
        ("warning", "groups.low", "the figures go the wrong way with time"),
    ]

    def of(*figures: dict[str, Any], asked: Outcome = TWO) -> list[tuple[str, str, str]]:
        one = {"id": "one", "label": "one", "when": [{"field": "age", "at_least": 1}], "figures": figures}
        return [(f.level, f.where, f.text) for f in groups(groups=[one]).check(asked)]

    wrong = [("error", "groups.one", "figures are probabilities between 0 and 1, as in 0.25")]
    assert of(figure(24, 0.0), figure(60, 1.0)) == of(figure(24, 0.2), figure(60, 0.2)) == []
    assert of(figure(60, 0.4), figure(24, 0.2)) == []  # in the order of time, not of the file
    assert of(figure(24, 0.2), figure(60, 0.2), asked=NO_EVENT) == []
    assert of(figure(24, 25.0)) == of(figure(24, 1.01)) == of(figure(24, -0.1)) == wrong


def test_what_a_form_has_no_say_in_is_empty() -> None:
    plain = Logistic.model_validate({"kind": "logistic", "predictors": [SIZE]})
    for form in (plain, groups()):
        assert list(form.edges(TWO)) == []
    assert list(plain.check(TWO)) == []


@pytest.mark.words
def test_what_cannot_be_updated_says_why() -> None:
    for form, why in ((groups(), "come from no formula"),):
        with pytest.raises(CardError, match=why):
            form.updated(Change({24.0: 0.1}, 1.0, np.zeros(0)))
        with pytest.raises(CardError, match=why):
            form.own_score(np.zeros((1, 1)), np.zeros((1, 1)), (24.0,))
    columns, names = Form.update_columns(groups(), records({}, {}), np.array([0, 1]))
    assert (columns.shape, names) == ((2, 0), ())
    columns, names = Form.update_columns(cox(), records({"size": 10, "grade": 3}), np.array([0]))
    assert (columns.tolist(), names) == ([[5, 0, 0, 1]], ())
