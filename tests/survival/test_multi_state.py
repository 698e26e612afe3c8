"""Prediction with several transitions: closed forms, both clocks, intervals, and the way back from simulated histories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival import (
    Course,
    CoxRegression,
    EventTable,
    FineGrayRegression,
    Histories,
    MultiStateModel,
    TransitionHazard,
    kaplan_meier,
    occupancy,
)

ILLNESS = Course.illness_death()
SPREAD = Course(
    ("free", "recurrence", "metastasis", "dead"),
    (
        ("free", "recurrence"),
        ("free", "metastasis"),
        ("free", "dead"),
        ("recurrence", "metastasis"),
        ("recurrence", "dead"),
        ("metastasis", "dead"),
    ),
)


def constant(course: Course, rates: list[float], *, clock: Any = "forward", effects: Any = None) -> MultiStateModel:
    """Constant hazards, known for 1,000 units of time, with one covariate where effects are given."""
    hazards = [
        TransitionHazard.piecewise_constant(
            a,
            b,
            [rate],
            [1000.0],
            columns=() if effects is None else ("x",),
            coefficients=() if effects is None else [effects[k]],
        )
        for k, ((a, b), rate) in enumerate(zip(course.transitions, rates, strict=True))
    ]
    return MultiStateModel(course, hazards, clock=clock)


def test_constant_hazards_have_a_closed_form() -> None:
    ill, die, die_ill = 0.05, 0.02, 0.11
    times = np.array([1.0, 10.0, 40.0])
    found = constant(ILLNESS, [ill, die, die_ill]).predict(times=times)
    healthy = np.exp(-(ill + die) * times)
    sick = ill / (ill + die - die_ill) * (np.exp(-die_ill * times) - np.exp(-(ill + die) * times))
    np.testing.assert_allclose(found.probability[0, :, 0], healthy, rtol=1e-12)
    np.testing.assert_allclose(found.probability[0, :, 1], sick, rtol=1e-12)
    np.testing.assert_allclose(found.probability[0].sum(axis=1), 1, rtol=1e-12)
    time_healthy = (1 - np.exp(-(ill + die) * 40)) / (ill + die)
    assert found.expected_time[0, 0] == pytest.approx(time_healthy, rel=1e-8)
    assert found.expected_time.sum() == pytest.approx(40, rel=1e-10)


def test_with_constant_hazards_both_clocks_agree() -> None:
    rates = [0.02, 0.03, 0.005, 0.05, 0.02, 0.08]
    times = [6.0, 24.0, 60.0]
    forward = constant(SPREAD, rates).predict(times=times)
    coarse = constant(SPREAD, rates, clock="reset").predict(times=times, step=0.5)
    fine = constant(SPREAD, rates, clock="reset").predict(times=times, step=0.1)
    error = np.abs(coarse.probability - forward.probability).max()
    assert np.abs(fine.probability - forward.probability).max() < error / 15  # second order in the step
    assert error < 2e-4
    np.testing.assert_allclose(fine.expected_time, forward.expected_time, atol=1e-3)


def test_the_reset_clock_starts_anew_in_each_state() -> None:
    """Illness that kills only after 5 units: a closed form that no forward clock can have."""
    course = ILLNESS
    hazards = [
        TransitionHazard.piecewise_constant("healthy", "ill", [0.1], [200.0]),
        TransitionHazard.piecewise_constant("healthy", "dead", [0.0], [200.0]),
        TransitionHazard.piecewise_constant("ill", "dead", [0.0, 0.3], [5.0, 200.0]),
    ]
    found = MultiStateModel(course, hazards, clock="reset").predict(times=[20.0], step=0.02).probability[0, 0]
    # dead at 20: fell ill at u < 15, then an exponential time of rate 0.3 within 15 − u
    dead = 1 - np.exp(-0.1 * 15) - 0.1 / (0.3 - 0.1) * (np.exp(-0.1 * 15) - np.exp(-0.3 * 15))
    np.testing.assert_allclose(found, [np.exp(-2), 1 - np.exp(-2) - dead, dead], atol=1e-5)
    later = MultiStateModel(course, hazards, clock="reset").predict(times=[3.0], initial="ill", since=4.0, step=0.01)
    assert later.probability[0, 0, 1] == pytest.approx(np.exp(-0.3 * 2), abs=1e-4)


@pytest.mark.words
def test_simulation_agrees_within_its_stated_error() -> None:
    rates = [0.02, 0.03, 0.005, 0.05, 0.02, 0.08]
    times = [6.0, 24.0, 60.0]
    for clock in ("forward", "reset"):
        model = constant(SPREAD, rates, clock=clock)
        exact = model.predict(times=times, step=0.1)
        drawn = model.predict_by_simulation(times=times, draws=20_000, seed=3)
        assert drawn.se is not None
        assert "Monte Carlo" in drawn.method
        assert "20000" in drawn.method
        assert (np.abs(drawn.probability - exact.probability) < 4 * drawn.se + 1e-4).all()
        np.testing.assert_allclose(drawn.expected_time, exact.expected_time, atol=0.5)
        again = model.predict_by_simulation(times=times, draws=20_000, seed=3)
        np.testing.assert_array_equal(drawn.probability, again.probability)


def test_people_together_are_people_one_by_one() -> None:
    x = np.random.default_rng(1).normal(size=(50, 1))
    times = [5.0, 30.0]
    for clock in ("forward", "reset"):
        model = constant(SPREAD, [0.02, 0.03, 0.005, 0.05, 0.02, 0.08], clock=clock, effects=[1, 0.5, 0, -1, 0.2, 0.7])
        together = model.predict(x, times, step=0.5)
        for i in (0, 17, 49):
            alone = model.predict(x[i : i + 1], times, step=0.5)
            np.testing.assert_allclose(alone.probability[0], together.probability[i], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(alone.expected_time[0], together.expected_time[i], rtol=1e-9)


def test_the_future_from_a_later_start_multiplies_with_the_past() -> None:
    model = constant(ILLNESS, [0.05, 0.02, 0.11])
    past = model.predict(times=[12.0]).probability[0, 0]
    future = [model.predict(times=[30.0], initial=s, start=12.0).probability[0, 0] for s in ILLNESS.states]
    np.testing.assert_allclose(past @ np.array(future), model.predict(times=[30.0]).probability[0, 0], rtol=1e-12)


# ---- from fits -------------------------------------------------------------------------------------------------------
def fitted(n: int, seed: int, **columns: Any) -> tuple[MultiStateModel, Histories, np.ndarray]:
    """Histories drawn from known hazards with two covariates, and the model fitted to them."""
    random = np.random.default_rng(seed)
    x = np.column_stack([random.normal(size=n), random.integers(0, 2, n)])
    truth = [
        TransitionHazard.piecewise_constant(a, b, rates, [12.0, 60.0, 240.0], columns=("u", "v"), coefficients=beta)
        for (a, b), rates, beta in zip(ILLNESS.transitions, RATES, EFFECTS, strict=True)
    ]
    rows = MultiStateModel(ILLNESS, truth).simulate(x, censoring=random.uniform(20, 200, n), seed=seed, **columns)
    return fit_all(rows, x), rows, x


RATES = ([0.02, 0.01, 0.01], [0.005, 0.005, 0.01], [0.05, 0.03, 0.02])
EFFECTS = ([0.7, -0.4], [0.2, 0.5], [-0.3, 0.6])


def fit_all(rows: Histories, x: np.ndarray, ties: Any = "efron") -> MultiStateModel:
    assert rows.patient is not None
    hazards = []
    for k, (a, b) in enumerate(rows.course.transitions):
        here = rows.state == rows.course.sources[k]
        patients = np.array(rows.patients)[rows.patient[here]]
        entry = None if rows.entry is None else rows.entry[here]
        fit = CoxRegression(ties=ties).fit(x[patients], rows.exit[here], rows.kind[here] == k, entry=entry)
        hazards.append(TransitionHazard.from_cox(a, b, fit))
    return MultiStateModel(rows.course, hazards)


@pytest.mark.parametrize("late", [False, True])
def test_simulated_histories_give_back_what_was_put_in(late: bool) -> None:
    n = 8000
    entry = np.random.default_rng(9).uniform(0, 15, n) if late else None
    model, rows, _ = fitted(n, 11, entry=entry)
    assert rows.entry is not None
    assert (len(rows.patients) < n) == late
    for hazard, rates, beta in zip(model.hazards, RATES, EFFECTS, strict=True):
        assert hazard.covariance is not None
        assert (np.abs(hazard.coefficients - beta) < 4 * np.sqrt(np.diag(hazard.covariance))).all()
        for a, b in ((15.0, 40.0), (60.0, 120.0)):
            truth = np.interp(
                [a, b], [0, 12, 60, 240], np.concatenate([[0], np.cumsum(np.array(rates) * [12, 48, 180])])
            )
            inside = (hazard.times > a) & (hazard.times <= b)
            assert hazard.variance is not None
            error = 4 * np.sqrt(hazard.variance[inside].sum()) + 0.1 * np.diff(truth)[0]
            assert abs(hazard.increments[inside].sum() - np.diff(truth)[0]) < error


def test_delta_and_bootstrap_intervals_agree() -> None:
    model, _, _ = fitted(800, 5)
    people, times = [[0.0, 0.0], [1.0, 1.0]], [12.0, 60.0, 120.0]
    delta = model.predict(people, times, interval="delta")
    drawn = model.predict(people, times, interval="bootstrap", draws=400, seed=1)
    assert delta.se is not None
    assert drawn.se is not None
    assert "400" in drawn.method
    np.testing.assert_allclose(drawn.se, delta.se, rtol=0.25)
    assert delta.low is not None
    assert delta.high is not None
    assert ((delta.low < delta.probability) & (delta.probability < delta.high)).all()
    np.testing.assert_allclose(drawn.low, delta.low, atol=0.04)  # type: ignore[arg-type]
    again = model.predict(people, times, interval="bootstrap", draws=400, seed=1)
    np.testing.assert_array_equal(drawn.low, again.low)  # type: ignore[arg-type]


def test_the_interval_covers_the_truth() -> None:
    """95 % intervals of three states at 60 over 200 simulated data sets: between 92 and 98 of 100 cover."""
    truth = MultiStateModel(
        ILLNESS,
        [
            TransitionHazard.piecewise_constant(a, b, r, [12.0, 60.0, 240.0], columns=("u", "v"), coefficients=e)
            for (a, b), r, e in zip(ILLNESS.transitions, RATES, EFFECTS, strict=True)
        ],
    )
    person, expected = [[0.5, 1.0]], truth.predict([[0.5, 1.0]], [60.0]).probability[0, 0]
    covered = np.zeros(3)
    for seed in range(200):
        model, _, _ = fitted(300, 1000 + seed)
        found = model.predict(person, [60.0], interval="delta")
        assert found.low is not None
        assert found.high is not None
        covered += (found.low[0, 0] <= expected) & (expected <= found.high[0, 0])
    assert (covered / 200 >= 0.92).all()
    assert (covered / 200 <= 0.985).all()


def test_two_states_are_the_cox_curve_and_its_interval() -> None:
    random = np.random.default_rng(2)
    x, time = random.normal(size=(120, 2)), random.integers(1, 30, 120).astype(float)
    fit = CoxRegression().fit(x, time, random.random(120) < 0.7)
    model = MultiStateModel(Course.survival(), [TransitionHazard.from_cox("alive", "dead", fit)])
    times = [3.0, 12.0, 25.0]
    found = model.predict(x[:4], times, interval="delta", scale="log")
    np.testing.assert_allclose(found.probability[:, :, 0], fit.predict_survival(x[:4], times), rtol=1e-12)
    low, high = fit.predict_survival_interval(x[:4], times)
    assert found.low is not None
    assert found.high is not None
    np.testing.assert_allclose(found.low[:, :, 0], low, rtol=1e-9)
    np.testing.assert_allclose(found.high[:, :, 0], high, rtol=1e-9)


def test_all_causes_sum_to_one_where_subdistributions_may_not() -> None:
    """The reason for cause-specific models: two Fine–Gray curves of one person can pass 1 together."""
    random = np.random.default_rng(4)
    n = 1500
    x = random.normal(size=(n, 1)) * 1.5
    a, b = random.exponential(10 * np.exp(-x[:, 0])), random.exponential(10 * np.exp(-x[:, 0]))
    c = random.uniform(5, 60, n)
    time = np.minimum(np.minimum(a, b), c)
    cause = np.where(time == c, 0, np.where(time == a, 1, 2))
    course = Course.competing(("one", "two"))
    fits = [CoxRegression().fit(x, time, cause == k) for k in (1, 2)]
    hazards = [TransitionHazard.from_cox("event-free", s, f) for s, f in zip(course.absorbing, fits, strict=True)]
    person = [[3.5]]
    together = MultiStateModel(course, hazards).predict(person, [40.0]).probability[0, 0]
    assert together.sum() == pytest.approx(1, abs=1e-12)
    assert (together >= 0).all()
    subdistributions = [
        FineGrayRegression(cause=k).fit(x, time, cause).predict_incidence(person, [40.0]) for k in (1, 2)
    ]
    assert sum(float(s[0, 0]) for s in subdistributions) > 1.05


@pytest.mark.words
def test_published_hazards_without_covariance_give_no_interval() -> None:
    model = constant(ILLNESS, [0.05, 0.02, 0.11])
    for kind in ("delta", "bootstrap"):
        with pytest.raises(SurvivalError, match="no covariance is known"):
            model.predict(times=[10.0], interval=kind)  # type: ignore[arg-type]


def test_hazards_from_counts() -> None:
    random = np.random.default_rng(2)
    time, event = random.integers(1, 30, 120), random.random(120) < 0.7
    table = EventTable.from_arrays(Course.survival(), time, event, group=np.arange(120) % 2)
    model = MultiStateModel(Course.survival(), [TransitionHazard.from_table(table, "alive", "dead", group=1)])
    rows = np.arange(120) % 2 == 1
    curve = kaplan_meier(time[rows], event[rows])
    found = model.predict(times=[10.0], product=True).probability[0, 0, 0]
    assert found == pytest.approx(curve.at([10]).probability[0, 0, 0], rel=1e-12)


def test_a_simulation_is_seen_by_the_estimators_as_it_was_drawn() -> None:
    model = constant(ILLNESS, [0.05, 0.02, 0.11])
    rows = model.simulate(n=20_000, censoring=60.0, seed=7)
    curve = occupancy(EventTable.from_histories(rows)).at([10.0, 40.0])
    exact = model.predict(times=[10.0, 40.0]).probability
    assert (np.abs(curve.probability - exact) < 4 * curve.se).all()
    same = model.simulate(n=20_000, censoring=60.0, seed=7)
    np.testing.assert_array_equal(rows.exit, same.exit)
    assert rows.exit.max() <= 60


# ---- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.words
def test_wrong_models_and_questions_are_refused() -> None:
    hazard = TransitionHazard.piecewise_constant("healthy", "ill", [0.1], [10.0])
    with pytest.raises(InputError, match="healthy → dead has none"):
        MultiStateModel(ILLNESS, [hazard])
    with pytest.raises(InputError, match="clock"):
        MultiStateModel(Course(("a", "b"), (("a", "b"),)), [], clock="back")  # type: ignore[arg-type]
    model = constant(ILLNESS, [0.05, 0.02, 0.11], effects=[1, 1, 1])
    for arguments, message in (
        ({"x": [[1.0]], "times": [2000.0]}, "not known beyond 1000"),
        ({"x": [[1.0]], "times": [5.0, 5.0]}, "must increase"),
        ({"x": [[1.0]], "times": [-5.0]}, "below 0"),
        ({"x": [[1.0]], "times": []}, "times: is empty"),
        ({"x": None, "times": [5.0]}, "needs the covariates x"),
        ({"x": [[1.0, 2.0]], "times": [5.0]}, "needs the covariates x"),
        ({"x": [[1.0]], "times": [5.0], "initial": "gone"}, "not one of healthy, ill, dead"),
        ({"x": [[1.0]], "times": [5.0], "interval": "exact"}, "delta"),
        ({"x": [[1.0]], "times": [5.0], "start": 9.0}, "after the start"),
    ):
        with pytest.raises(InputError, match=message):
            model.predict(**arguments)
    with pytest.raises(InputError, match="must increase"):
        TransitionHazard("a", "b", np.array([2.0, 1.0]), np.array([0.1, 0.1]))
    with pytest.raises(InputError, match="increments"):
        TransitionHazard("a", "b", np.array([1.0, 2.0]), np.array([0.1, -0.1]))
    with pytest.raises(InputError, match="coefficients"):
        TransitionHazard.piecewise_constant("a", "b", [0.1], [10.0], columns=("x",), coefficients=[])


def test_covariates_are_matched_by_name() -> None:
    polars = pytest.importorskip("polars")
    hazards = [
        TransitionHazard.piecewise_constant(a, b, [0.05], [100.0], columns=names, coefficients=beta)
        for (a, b), names, beta in zip(
            ILLNESS.transitions, (("age", "size"), ("age",), ("size",)), ([0.1, 0.2], [0.3], [0.4]), strict=True
        )
    ]
    model = MultiStateModel(ILLNESS, hazards)
    frame = polars.DataFrame({"size": [1.0, 2.0], "age": [0.5, -0.5]})
    by_name = model.predict(frame, [20.0])
    by_hand = model.predict(
        {
            ("healthy", "ill"): [[0.5, 1.0], [-0.5, 2.0]],
            ("healthy", "dead"): [[0.5], [-0.5]],
            ("ill", "dead"): [[1.0], [2.0]],
        },
        [20.0],
    )
    np.testing.assert_array_equal(by_name.probability, by_hand.probability)
    tidy = by_name.to_frame()
    assert tidy.columns == ["row", "time", "state", "probability"]
    assert tidy.height == 6
