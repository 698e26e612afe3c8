"""The measures beyond R: what a perfect prediction earns, influences against the jackknife, and clear refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival import Course, Histories, kernels, measures
from sarcoma.survival.measures import (
    Measure,
    Outcome,
    auc,
    bootstrap,
    brier_score,
    calibration_curve,
    calibration_groups,
    calibration_line,
    concordance,
    curve_log_score,
    decision_curve,
    difference,
    index_of_prediction_accuracy,
    integrated_brier_score,
    log_score,
    net_benefit,
    observed_expected,
    state_measures,
)
from sarcoma.survival.pairs.ordered_pairs import dominance, dominated

SEEDS = st.integers(0, 2**32 - 1)
Arrays = dict[str, np.ndarray]


def simulate(n: int, seed: int, *, whole: bool = False, competing: bool = True) -> Arrays:
    """People with a covariate, two causes with constant hazards, random censoring, and their true risk by 5."""
    random = np.random.default_rng(seed)
    x = random.normal(size=n)
    one, two = 0.08 * np.exp(x), np.full(n, 0.06 if competing else 1e-12)
    time = random.exponential(1 / (one + two))
    cause = np.where(random.random(n) < one / (one + two), 1, 2)
    censored = random.uniform(2, 12, n)
    event = np.where(censored < time, 0, cause)
    end = np.minimum(time, censored)
    crude = one / (one + two) * -np.expm1(-5 * (one + two))
    return {
        "x": x,
        "exit": np.ceil(end * 4) / 4 if whole else end,
        "event": event,
        "risk": crude,
        "net": -np.expm1(-5 * one),
        "rival": two / (one + two) * -np.expm1(-5 * (one + two)),
    }


def outcome_of(d: Arrays, estimand: Any = "crude") -> Outcome:
    return Outcome(d["exit"], d["event"], estimand=estimand)


MEASURES: list[tuple[str, Callable[[np.ndarray, Outcome], Measure]]] = [
    ("auc", lambda p, o: auc(p, o, 5)),
    ("auc, event-free controls", lambda p, o: auc(p, o, 5, controls="event-free")),
    ("concordance", lambda p, o: concordance(p, o, horizon=5)),
    ("concordance without weights", lambda p, o: concordance(p, o, weighting="none")),
    ("Brier", lambda p, o: brier_score(p, o, 5)),
    ("accuracy", lambda p, o: index_of_prediction_accuracy(p, o, 5)),
    ("log score", lambda p, o: log_score(p, o, 5)),
    ("O/E", lambda p, o: observed_expected(p, o, 5)),
    ("slope", lambda p, o: calibration_line(p, o, 5).slope),
    ("intercept", lambda p, o: calibration_line(p, o, 5).intercept),
    ("net benefit", lambda p, o: net_benefit(p, o, 5, 0.2)),
]


# ---- what a perfect prediction earns ---------------------------------------------------------------------------------
@pytest.mark.parametrize("estimand", ["crude", "net", "all-cause"])
def test_a_perfect_prediction_is_calibrated(estimand: Any) -> None:
    d = simulate(20_000, 3, competing=estimand != "all-cause")
    risk = d["risk"] if estimand == "crude" else d["net"]
    event = np.minimum(d["event"], 1) if estimand == "all-cause" else d["event"]
    outcome = Outcome(d["exit"], event, estimand=estimand)
    for found, truth in (
        (observed_expected(risk, outcome, 5), 1),
        (calibration_line(risk, outcome, 5).slope, 1),
        (calibration_line(risk, outcome, 5).intercept, 0),
        (calibration_line(risk, outcome, 5, method="regression").intercept, 0),
    ):
        assert abs(found.value - truth) < 3.5 * found.se, found.name
    assert calibration_curve(risk, outcome, 5).ici < 0.012
    assert calibration_curve(risk, outcome, 5, method="splines").ici < 0.012
    groups = calibration_groups(risk, outcome, 5, groups=10)
    assert (np.abs(groups.observed - groups.predicted) < 4 * groups.se).all()
    assert index_of_prediction_accuracy(risk, outcome, 5).value > 0.05


def test_the_ici_of_a_perfect_prediction_vanishes_as_people_are_added() -> None:
    found = [
        calibration_curve(d["risk"], outcome_of(d), 5).ici for d in (simulate(n, 8) for n in (400, 6_400, 100_000))
    ]
    assert found[0] > found[1] > found[2]
    assert found[2] < 0.004


def test_a_known_miscalibration_is_recovered() -> None:
    d = simulate(20_000, 5)
    outcome = outcome_of(d)
    scale = np.log(-np.log1p(-d["risk"]))
    distorted = -np.expm1(-np.exp(0.3 + scale / 0.7))
    line = calibration_line(distorted, outcome, 5)
    assert abs(line.slope.value - 0.7) < 3.5 * line.slope.se
    assert observed_expected(d["risk"] * 0.5, outcome, 5).value == pytest.approx(2, rel=0.05)
    curve = calibration_curve(np.minimum(d["risk"] + 0.1, 0.999), outcome, 5)
    assert curve.ici == pytest.approx(0.1, abs=0.012)
    assert curve.emax >= curve.e90 >= curve.e50


def test_better_predictions_score_better() -> None:
    d = simulate(5_000, 6)
    outcome, noise = outcome_of(d), np.random.default_rng(0).normal(size=5_000)
    worse = -np.expm1(-np.exp(np.log(-np.log1p(-d["risk"])) + noise))
    for measure, sign in ((auc, 1), (brier_score, -1), (log_score, -1), (index_of_prediction_accuracy, 1)):
        gap = difference(measure(d["risk"], outcome, 5), measure(worse, outcome, 5))  # type: ignore[operator]
        assert sign * gap.value > 3 * gap.se
        assert gap.p < 0.01
    assert concordance(d["risk"], outcome, horizon=5).value > concordance(worse, outcome, horizon=5).value


# ---- influences ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "measure"), MEASURES, ids=[name for name, _ in MEASURES])
@pytest.mark.parametrize("estimand", ["crude", "net"])
def test_the_influence_is_what_leaving_a_person_out_changes(name: str, measure: Any, estimand: Any) -> None:
    d = simulate(150, 21)
    risk = d["risk"] if estimand == "crude" else d["net"]
    outcome = outcome_of(d, estimand)
    whole = measure(risk, outcome)
    left = np.array([measure(np.delete(risk, i), outcome.take(np.delete(np.arange(150), i))).value for i in range(150)])
    jackknife = 149 * (whole.value - left)
    # estimating equations take the pseudo-values as independent, which they nearly are
    pseudo = name in ("slope", "intercept")
    assert np.corrcoef(jackknife, whole.influence)[0, 1] > (0.95 if pseudo else 0.995)
    assert whole.se == pytest.approx(jackknife.std(ddof=1) / np.sqrt(150), rel=0.15 if pseudo else 0.06)
    assert abs(whole.influence.mean()) < 1e-9


@given(SEEDS)
def test_order_units_and_a_common_transformation_do_not_matter(seed: int) -> None:
    d = simulate(60, seed, whole=True)
    if not (d["event"] == 1).any() or not (d["event"] == 2).any() or not ((d["event"] == 1) & (d["exit"] <= 5)).any():
        return
    if d["exit"].max() <= 5:
        return
    mixed = np.random.default_rng(seed).permutation(60)
    one, other = outcome_of(d), Outcome(d["exit"][mixed] * 30, d["event"][mixed], estimand="crude")
    for measure in (auc, brier_score, observed_expected):
        a, b = measure(d["risk"], one, 5), measure(d["risk"][mixed], other, 150)
        assert a.value == pytest.approx(b.value, rel=1e-9)
        assert a.se == pytest.approx(b.se, rel=1e-9)
    for weights in ("ipcw", "none"):
        a = concordance(d["x"], one, horizon=5, weighting=weights)  # type: ignore[arg-type]
        b = concordance(np.exp(d["x"][mixed]), other, horizon=150, weighting=weights)  # type: ignore[arg-type]
        assert a.value == pytest.approx(b.value, rel=1e-9)
        assert a.se == pytest.approx(b.se, rel=1e-9, abs=1e-12)


@given(SEEDS, st.sampled_from([0, 10**12]))
def test_dominance_is_that_of_all_pairs(seed: int, small: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 400))
    codes = int(random.choice([2, 8, 40, 2000]))
    code = random.integers(0, codes, n).astype(np.int32)
    gain, give = random.integers(0, 9, n) / 4, random.integers(0, 9, n) / 4
    before = np.tri(n, k=-1, dtype=bool)  # row i, column j: j before i
    higher = code[None, :] > code[:, None]
    usual, kernels.SMALL = kernels.SMALL, small
    try:
        received, given_away = dominance(code, gain, give)
        counted, _ = dominance(code, None, give)
        pairs = dominated(code, codes)
    finally:
        kernels.SMALL = usual
    np.testing.assert_array_equal(received, (before & higher) @ gain)
    np.testing.assert_array_equal(counted, (before & higher).sum(axis=1))
    assert pairs == counted[code % 2 == 0].sum()
    np.testing.assert_array_equal(given_away, (before & higher).T @ give)


@given(SEEDS, st.booleans())
def test_the_concordance_with_competing_events_is_that_of_all_pairs(seed: int, weighted: bool) -> None:
    d = simulate(40, seed, whole=True)
    score = np.round(d["x"])
    if not (d["event"] == 1).any() or not (d["event"] == 2).any():
        return
    outcome = outcome_of(d)
    g = outcome.censoring.before_end() if weighted else np.ones(40)
    time, event, rival = d["exit"], d["event"] == 1, d["event"] == 2
    later = (time[:, None] < time) | ((time[:, None] == time) & (d["event"] == 0))
    first = (time[:, None] >= time) & rival
    weight = event[:, None] * (later / g[:, None] ** 2 + first / (g[:, None] * g))
    agree = (score[:, None] > score) + (score[:, None] == score) / 2
    if not weight.any():
        return
    found = concordance(score, outcome, weighting="ipcw" if weighted else "none")
    assert found.value == pytest.approx((weight * agree).sum() / weight.sum(), rel=1e-12)


# ---- one measure made of others --------------------------------------------------------------------------------------
def test_without_censoring_everything_is_arithmetic() -> None:
    random = np.random.default_rng(2)
    risk, event = random.uniform(0.1, 0.9, 200), random.choice([1, 2], 200)
    time = random.uniform(0, 10, 200)
    outcome = Outcome(time, event, estimand="crude")
    happened = (event == 1) & (time <= 5)
    assert brier_score(risk, outcome, 5).value == pytest.approx(((happened - risk) ** 2).mean(), rel=1e-12)
    pairs = risk[happened][:, None] > risk[~happened]
    assert auc(risk, outcome, 5).value == pytest.approx(pairs.mean(), rel=1e-12)
    free = ~happened & (time > 5)
    assert auc(risk, outcome, 5, controls="event-free").value == pytest.approx(
        (risk[happened][:, None] > risk[free]).mean(), rel=1e-12
    )
    assert observed_expected(risk, outcome, 5).value == pytest.approx(happened.mean() / risk.mean(), rel=1e-12)
    assert log_score(risk, outcome, 5).value == pytest.approx(
        -np.log(np.where(happened, risk, 1 - risk)).mean(), rel=1e-12
    )
    treated = risk >= 0.3
    benefit = (treated & happened).mean() - (treated & ~happened).mean() * 0.3 / 0.7
    assert net_benefit(risk, outcome, 5, 0.3).value == pytest.approx(benefit, rel=1e-12)
    curve = decision_curve(risk, outcome, 5, [0.1, 0.3, 0.95])
    assert curve.net_benefit[1] == pytest.approx(benefit, rel=1e-12)
    assert curve.treat_all[1] == pytest.approx(happened.mean() - (~happened).mean() * 0.3 / 0.7, rel=1e-12)
    assert curve.net_benefit[2] == 0
    assert curve.to_frame()["treat_none"].to_list() == [0, 0, 0]


@pytest.mark.words
def test_the_log_score_of_a_curve_is_the_likelihood_of_what_happened() -> None:
    outcome = Outcome([1, 3, 5, 9], [1, 0, 2, 1], estimand="crude")
    risks, rivals = np.tile([0.2, 0.3, 0.4], (4, 1)), np.tile([0.1, 0.2, 0.3], (4, 1))
    found = curve_log_score(risks, outcome, [2, 4, 6], rivals=rivals)
    # event in (0, 2], censored half-way between 2 and 4, competing event in (4, 6], event after 6
    given = [0.2, 1 - (0.25 + 0.15), 0.1, 1 - 0.7]
    assert found.value == pytest.approx(-np.log(given).mean(), rel=1e-12)
    with pytest.raises(InputError, match="rivals"):
        curve_log_score(risks, outcome, [2, 4, 6])
    with pytest.raises(InputError, match="curves fall"):
        curve_log_score(risks[:, ::-1], outcome, [2, 4, 6], rivals=rivals)
    with pytest.raises(InputError, match="no chance"):
        curve_log_score(np.tile([0, 0, 0.4], (4, 1)), outcome, [2, 4, 6], rivals=rivals)
    with pytest.raises(InputError, match="more probable than 1"):
        curve_log_score(risks + 0.5, outcome, [2, 4, 6], rivals=rivals)


@pytest.mark.words
def test_a_landmark_keeps_who_is_under_observation_and_free() -> None:
    d = simulate(800, 12)
    entry = np.random.default_rng(1).uniform(0, 3, 800)
    seen = d["exit"] > entry
    late = {name: column[seen] for name, column in d.items()} | {"entry": entry[seen]}
    with pytest.raises(InputError, match="landmark"):
        Outcome(late["exit"], late["event"], estimand="crude", entry=late["entry"])
    outcome = Outcome(late["exit"], late["event"], estimand="crude", entry=late["entry"], landmark=2)
    kept = (late["entry"] <= 2) & (late["exit"] > 2)
    assert len(outcome) == kept.sum()
    assert "left out at the landmark" in repr(outcome)
    by_hand = Outcome(late["exit"][kept], late["event"][kept], estimand="crude")
    assert brier_score(late["risk"], outcome, 5).value == brier_score(late["risk"][kept], by_hand, 5).value
    with pytest.raises(InputError, match="later than the landmark"):
        brier_score(late["risk"], outcome, 1)


# ---- several states --------------------------------------------------------------------------------------------------
def _histories(n: int, seed: int) -> tuple[Histories, np.ndarray]:
    from sarcoma.survival import MultiStateModel, TransitionHazard

    course = Course.illness_death()
    x = np.random.default_rng(seed).normal(size=(n, 1))
    model = MultiStateModel(
        course,
        [
            TransitionHazard.piecewise_constant(a, b, [r], [100.0], columns=("x",), coefficients=[e])
            for (a, b), r, e in zip(course.transitions, (0.06, 0.02, 0.12), (0.6, 0.3, 0.2), strict=True)
        ],
    )
    censoring = np.random.default_rng(seed + 1).uniform(4, 40, n)
    return model.simulate(x, censoring=censoring, seed=seed), model.predict(x, [10.0]).probability[:, 0]


def test_true_state_probabilities_are_calibrated_state_by_state() -> None:
    rows, p = _histories(6_000, 4)
    found = state_measures(p, rows, 10.0)
    for s in range(3):
        ratio, slope = found.ratio[s], found.slope[s]
        assert ratio is not None
        assert slope is not None
        assert abs(ratio.value - 1) < 3.5 * ratio.se
        assert abs(slope.value - 1) < 3.5 * slope.se
        assert 0 < found.accuracy[s] < 0.5
    assert found.observed.sum() == pytest.approx(1, abs=1e-10)
    assert found.to_frame().height == 3
    assert found.brier[2].value == pytest.approx(_death_brier(rows, p), rel=1e-9)


def _death_brier(rows: Histories, p: np.ndarray) -> float:
    """Of the state "dead", the Brier score is that of death from any cause."""
    assert rows.patient is not None
    end = np.zeros(len(p))
    np.maximum.at(end, rows.patient, rows.exit)
    dead = np.zeros(len(p), dtype=bool)
    dead[rows.patient[np.isin(rows.kind, [1, 2])]] = True
    return brier_score(p[:, 2], Outcome(end, dead, estimand="all-cause"), 10.0).value


@pytest.mark.words
def test_state_probabilities_that_do_not_fit_are_refused() -> None:
    rows, p = _histories(50, 4)
    for wrong, message in ((p[:10], "needs 50 rows"), (p * 0.5, "sum to 1"), (np.full_like(p, np.nan), "sum to 1")):
        with pytest.raises(InputError, match=message):
            state_measures(wrong, rows, 10.0)
    with pytest.raises(InputError, match="after"):
        state_measures(p, rows, 1000.0)


# ---- the bootstrap ---------------------------------------------------------------------------------------------------
def test_the_bootstrap_is_seeded_counts_progress_and_agrees_with_the_influence() -> None:
    d = simulate(400, 31)
    outcome, seen = outcome_of(d), []

    def statistic(rows: np.ndarray) -> list[float]:
        part = outcome.take(rows)
        return [auc(d["risk"][rows], part, 5).value, brier_score(d["risk"][rows], part, 5).value]

    found = bootstrap(statistic, 400, draws=200, seed=4, progress=lambda done, all_: seen.append((done, all_)))
    assert seen == [(i + 1, 200) for i in range(200)]
    one_worker = bootstrap(statistic, 400, draws=200, seed=4, workers=1)
    np.testing.assert_array_equal(found.draws, one_worker.draws)
    expected = [auc(d["risk"], outcome, 5).se, brier_score(d["risk"], outcome, 5).se]
    np.testing.assert_allclose(found.se, expected, rtol=0.15)
    assert ((found.low < found.value) & (found.value < found.high)).all()
    assert not np.array_equal(found.draws, bootstrap(statistic, 400, draws=200, seed=5).draws)


def test_an_interrupted_bootstrap_keeps_what_is_done() -> None:
    def stop(done: int, _: int) -> None:
        if done == 40:
            raise KeyboardInterrupt

    values = np.random.default_rng(0).normal(size=100)
    found = bootstrap(lambda rows: values[rows].mean(), 100, draws=500, progress=stop)
    assert found.interrupted
    assert 40 <= len(found.draws) < 60
    with pytest.raises(KeyboardInterrupt):
        bootstrap(
            lambda rows: values[rows].mean(),
            100,
            draws=500,
            progress=lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
        )


@pytest.mark.words
def test_the_bootstrap_draws_whole_clusters_and_counts_failures() -> None:
    centre = np.repeat(np.arange(10), 5)
    sizes = bootstrap(lambda rows: [len(rows), len(np.unique(centre[rows]))], 50, draws=30, clusters=centre)
    assert (sizes.draws[:, 0] == 50).all()
    assert (sizes.draws[:, 1] <= 10).all()

    def sometimes(rows: np.ndarray) -> float:
        if rows[0] % 3 == 1:
            raise SurvivalError("no")
        return float(rows.mean())

    assert 0 < bootstrap(sometimes, 50, draws=60, seed=1).failed < 40
    with pytest.raises(InputError, match="too few"):
        bootstrap(lambda rows: 1.0, 50, draws=5)


# ---- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.words
def test_net_and_crude_are_never_confused() -> None:
    d = simulate(100, 2)
    with pytest.raises(InputError, match="no competing event is coded"):
        Outcome(d["exit"], d["event"] == 1, estimand="crude")
    with pytest.raises(InputError, match="competing events are coded"):
        Outcome(d["exit"], d["event"], estimand="all-cause")
    with pytest.raises(InputError, match="estimand"):
        Outcome(d["exit"], d["event"], estimand="real")  # type: ignore[arg-type]
    crude, net = (brier_score(d["risk"], outcome_of(d, e), 5) for e in ("crude", "net"))
    with pytest.raises(InputError, match="estimand"):
        difference(crude, net)
    with pytest.raises(InputError, match="horizon"):
        difference(crude, brier_score(d["risk"], outcome_of(d), 4))
    with pytest.raises(InputError, match="name"):
        difference(crude, auc(d["risk"], outcome_of(d), 5))


BAD_OUTCOMES: list[tuple[dict[str, Any], str]] = [
    ({"exit": [1, 2, float("nan")]}, "exit: 1 of 3 values are missing"),
    ({"exit": [1, -2, 3]}, "exit: 1 of 3 values are below 0"),
    ({"event": [0, 0, 0]}, "event: nobody has the event"),
    ({"event": [0, 1]}, "event: has 2 rows"),
    ({"event": [0, 1, 1.5]}, "event: needs whole numbers"),
    ({"exit": [1], "event": [1]}, "exit: one person is not enough"),
    ({"landmark": 50}, "landmark: nobody is under observation"),
]


@pytest.mark.words
@pytest.mark.parametrize(("change", "message"), BAD_OUTCOMES)
def test_outcomes_that_cannot_be_judged_are_refused(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"exit": [1, 2, 3], "event": [1, 0, 1], "estimand": "all-cause"}
    with pytest.raises(InputError) as caught:
        Outcome(**(good | change))
    assert str(caught.value).startswith(message)


@pytest.mark.words
@pytest.mark.parametrize(("name", "measure"), [m for m in MEASURES if not m[0].startswith("concordance")])
def test_predictions_that_are_none_are_refused(name: str, measure: Any) -> None:
    d = simulate(80, 3)
    outcome = outcome_of(d)
    wrong = d["risk"].copy()
    for value, message in ((1.2, "1 of 80 predictions lie outside 0 to 1"), (-0.1, "outside"), (np.nan, "missing")):
        wrong[7] = value
        with pytest.raises(InputError, match=message) as caught:
            measure(wrong, outcome)
        assert caught.value.argument == "risk"
    with pytest.raises(InputError, match="has 79 rows where 80"):
        measure(d["risk"][1:], outcome)


@pytest.mark.words
def test_horizons_that_nobody_reaches_are_refused() -> None:
    outcome = Outcome([1, 2, 3, 4], [0, 1, 0, 0], estimand="all-cause")
    risk = [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(InputError, match="nobody was under observation after 4"):
        brier_score(risk, outcome, 5)
    with pytest.raises(InputError, match="nobody has had the event by then"):
        brier_score(risk, outcome, 1.5)
    with pytest.raises(InputError, match="missing"):
        brier_score(risk, outcome, float("nan"))
    with pytest.raises(InputError, match="has had the event by then"):
        auc([0.1, 0.2], Outcome([1, 2], [1, 1], estimand="all-cause"), 2)
    with pytest.raises(InputError, match="no pair"):
        concordance([0.1, 0.2], Outcome([1, 1], [1, 1], estimand="all-cause"))


@pytest.mark.words
def test_options_and_degenerate_predictions_are_refused() -> None:
    d = simulate(200, 3)
    outcome = outcome_of(d)
    same = np.full(200, 0.3)
    for call, message in (
        (lambda: auc(d["risk"], outcome, 5, controls="all"), "controls"),  # type: ignore[arg-type]
        (lambda: concordance(d["risk"], outcome, weighting="yes"), "weighting"),  # type: ignore[arg-type]
        (lambda: calibration_line(same, outcome, 5), "have no slope"),
        (lambda: calibration_line(np.where(d["x"] > 0, 1.0, 0.2), outcome, 5), "exactly 0 or 1"),
        (lambda: calibration_curve(same, outcome, 5), "different values"),
        (lambda: calibration_curve(d["risk"], outcome, 5, span=2), "span"),
        (lambda: calibration_curve(d["risk"], outcome, 5, method="loess"), "method"),  # type: ignore[arg-type]
        (lambda: calibration_curve(d["risk"], outcome, 5, method="splines", knots=9), "knots"),
        (lambda: calibration_line(d["risk"], outcome, 5, method="loess"), "method"),  # type: ignore[arg-type]
        (lambda: net_benefit(d["risk"], outcome, 5, 0.2, method="loess"), "method"),  # type: ignore[arg-type]
        (lambda: decision_curve(d["risk"], outcome, 5, [0.2], method="loess"), "method"),  # type: ignore[arg-type]
        (lambda: calibration_groups(d["risk"], outcome, 5, groups=1), "groups"),
        (lambda: net_benefit(d["risk"], outcome, 5, 1.0), "threshold"),
        (lambda: integrated_brier_score(d["risk"][:, None], outcome, [5]), "two or more"),
        (lambda: observed_expected(np.zeros(200), outcome, 5), "every prediction is 0"),
        (lambda: log_score(np.where(d["event"] == 1, 0.0, 0.5), outcome, 5), "no chance"),
        (lambda: brier_score(d["risk"], outcome, 5, level=95), "level"),
    ):
        with pytest.raises(InputError, match=message):
            call()


# ---- the face --------------------------------------------------------------------------------------------------------
@pytest.mark.words
def test_names_and_reprs() -> None:
    for name in measures.__all__:
        assert (getattr(measures, name).__doc__ or "").strip(), name
    d = simulate(300, 3)
    outcome = outcome_of(d)
    assert repr(auc(d["risk"], outcome, 5)).startswith("AUC at 5: 0.")
    assert "95% CI" in repr(brier_score(d["risk"], outcome, 5))
    assert repr(outcome).startswith("Outcome(crude, people=300, events=")
    for result in (
        auc(d["risk"], outcome, 5),
        calibration_line(d["risk"], outcome, 5),
        calibration_groups(d["risk"], outcome, 5),
        calibration_curve(d["risk"], outcome, 5),
        decision_curve(d["risk"], outcome, 5, [0.1, 0.2]),
    ):
        assert result.to_frame().height >= 1
        assert len(repr(result)) < 1000


def test_pooling_centres_agrees_with_statsmodels_where_centres_differ() -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    values, errors = np.array([0.1, -0.4, 0.5, 0.2]), np.array([0.10, 0.12, 0.15, 0.2])
    peer = combine_effects(values, errors**2, method_re="dl", use_t=True)
    found = measures.random_effects(values, errors)
    assert found.mean == pytest.approx(peer.mean_effect_re, rel=1e-12)
    assert found.tau == pytest.approx(np.sqrt(peer.tau2), rel=1e-12)


def test_pooling_centres_that_do_not_differ_finds_no_spread() -> None:
    found = measures.random_effects([0.10, 0.11, 0.10], [0.10, 0.12, 0.15])
    assert found.tau == 0
    assert found.low < 0.10 < found.high


@pytest.mark.parametrize(("values", "errors", "argument"), [([0.1], [0.1], "values"), ([0.1, 0.2], [0.1, 0], "errors")])
def test_pooling_what_cannot_be_pooled_names_the_argument(values: list, errors: list, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        measures.random_effects(values, errors)
    assert caught.value.argument == argument
