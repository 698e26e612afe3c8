"""The regressions beyond R: against likelihoods written out, indifference to order and units, and clear refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.errors import (
    CollinearityError,
    FitError,
    InfiniteEstimateError,
    InputError,
    NoEventsError,
    SurvivalError,
)
from sarcoma.survival import CoxRegression, FineGrayRegression, kernels

SEEDS = st.integers(0, 2**32 - 1)
Arrays = dict[str, Any]


def draw(seed: int, n: int = 60, p: int = 2) -> Arrays:
    """Tied, late-entering, weighted rows in strata, with two causes."""
    random = np.random.default_rng(seed)
    entry = np.where(random.random(n) < 0.4, random.integers(0, 5, n), 0).astype(float)
    return {
        "x": random.normal(size=(n, p)),
        "exit": entry + random.integers(1, 12, n),
        "cause": random.choice([0, 1, 1, 2], n),
        "entry": entry,
        "stratum": random.integers(0, 2, n),
        "weight": random.integers(1, 5, n) / 2,
        "offset": random.normal(size=n) / 4,
    }


def log_likelihood(beta: np.ndarray, d: Arrays, ties: str) -> float:
    """Cox's partial likelihood, one event time of one stratum after the other."""
    eta, total = d["x"] @ beta + d["offset"], 0.0
    for s in np.unique(d["stratum"]):
        for time in np.unique(d["exit"][(d["stratum"] == s) & (d["cause"] == 1)]):
            here = (d["stratum"] == s) & (d["entry"] < time) & (d["exit"] >= time)
            dead = here & (d["exit"] == time) & (d["cause"] == 1)
            w, m = d["weight"], int(dead.sum())
            risk, own = (w * np.exp(eta))[here].sum(), (w * np.exp(eta))[dead].sum()
            total += (w * eta)[dead].sum()
            for step in range(m):
                c = step / m if ties == "efron" else 0.0
                total -= w[dead].mean() * np.log(risk - c * own)
    return float(total)


@given(SEEDS, st.sampled_from(["efron", "breslow"]), st.booleans())
@settings(max_examples=40)
def test_cox_is_at_the_top_of_the_likelihood_written_out(seed: int, ties: Any, compiled: bool) -> None:
    d = draw(seed)
    before, kernels.SMALL = kernels.SMALL, 0 if compiled else 10**12
    try:
        fit = CoxRegression(ties=ties).fit(
            d["x"],
            d["exit"],
            d["cause"] == 1,
            **{name: d[name] for name in ("entry", "stratum", "weight", "offset")},
        )
    finally:
        kernels.SMALL = before
    assert fit.log_likelihood_ == pytest.approx(log_likelihood(fit.coef_, d, ties), rel=1e-12)
    assert fit.log_likelihood_null_ == pytest.approx(log_likelihood(np.zeros(2), d, ties), rel=1e-12)
    step = 1e-4
    hessian = np.empty((2, 2))
    around = {
        (i, j): log_likelihood(fit.coef_ + step * np.array([i, j]), d, ties) for i in (-1, 0, 1) for j in (-1, 0, 1)
    }
    for k, (up, down) in enumerate((((1, 0), (-1, 0)), ((0, 1), (0, -1)))):
        assert abs(around[up] - around[down]) / (2 * step) < 1e-5 * (1 + abs(around[0, 0]))
        hessian[k, k] = -(around[up] - 2 * around[0, 0] + around[down]) / step**2
    mixed = around[1, 1] - around[1, -1] - around[-1, 1] + around[-1, -1]
    hessian[0, 1] = hessian[1, 0] = -mixed / (4 * step**2)
    np.testing.assert_allclose(np.linalg.inv(fit.covariance_), hessian, rtol=1e-4, atol=1e-4)


@given(SEEDS, st.sampled_from(["efron", "breslow"]))
@settings(max_examples=30)
def test_row_order_and_the_unit_of_time_do_not_matter(seed: int, ties: Any) -> None:
    d = draw(seed)
    mixed = np.random.default_rng(seed).permutation(len(d["exit"]))
    columns = ("entry", "stratum", "weight", "offset")
    one = CoxRegression(ties=ties).fit(d["x"], d["exit"], d["cause"] == 1, **{c: d[c] for c in columns})
    s = {name: column[mixed] for name, column in d.items()} | {
        "exit": d["exit"][mixed] / 30.4375,
        "entry": d["entry"][mixed] / 30.4375,
    }
    two = CoxRegression(ties=ties).fit(s["x"], s["exit"], s["cause"] == 1, **{c: s[c] for c in columns})
    np.testing.assert_allclose(one.coef_, two.coef_, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.covariance_, two.covariance_, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.baseline_.increments, two.baseline_.increments, rtol=1e-12)
    first, second = (
        FineGrayRegression().fit(e["x"], e["exit"], e["cause"]) for e in (d, {k: v[mixed] for k, v in d.items()})
    )
    np.testing.assert_allclose(first.coef_, second.coef_, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(first.covariance_, second.covariance_, rtol=1e-11, atol=1e-12)


@given(SEEDS)
@settings(max_examples=20)
def test_the_scale_of_a_covariate_changes_only_its_coefficient(seed: int) -> None:
    d = draw(seed)
    unit = np.array([1e6, 1e-5])
    one = CoxRegression().fit(d["x"], d["exit"], d["cause"] == 1)
    two = CoxRegression().fit(d["x"] * unit + np.array([5e6, 3e-5]), d["exit"], d["cause"] == 1)
    np.testing.assert_allclose(one.coef_, two.coef_ * unit, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(
        one.predict_survival(d["x"][:3], [4.0]),
        two.predict_survival(d["x"][:3] * unit + np.array([5e6, 3e-5]), [4.0]),
        rtol=1e-8,
    )


@given(SEEDS)
@settings(max_examples=20)
def test_weights_that_are_counts_are_repeated_rows(seed: int) -> None:
    d = draw(seed)
    times = np.random.default_rng(seed).integers(1, 4, len(d["exit"]))
    one = CoxRegression(ties="breslow").fit(d["x"], d["exit"], d["cause"] == 1, weight=times)
    rows = np.repeat(np.arange(len(times)), times)
    two = CoxRegression(ties="breslow").fit(d["x"][rows], d["exit"][rows], d["cause"][rows] == 1)
    np.testing.assert_allclose(one.coef_, two.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(one.model_covariance_, two.model_covariance_, rtol=1e-9)


@pytest.mark.words
@pytest.mark.parametrize("model", [CoxRegression(), CoxRegression(penalty=3.0), FineGrayRegression()])
def test_many_rows_start_from_a_part_of_them_and_end_at_the_same_place(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sarcoma.survival.regression import cox, fine_gray

    d = draw(12, n=12_000, p=3)
    event = d["cause"] if isinstance(model, FineGrayRegression) else d["cause"] == 1
    fast = type(model)(**model.get_params()).fit(d["x"], d["exit"], event)
    monkeypatch.setattr(cox, "first_guess", lambda *_: None)
    monkeypatch.setattr(fine_gray, "first_guess", lambda *_: None)
    plain = type(model)(**model.get_params()).fit(d["x"], d["exit"], event)
    np.testing.assert_allclose(fast.coef_, plain.coef_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fast.covariance_, plain.covariance_, rtol=1e-9)
    # a column that is constant, or that hardly any row has, is no trouble on the way
    rare = np.column_stack([d["x"], np.zeros(12_000)])
    with pytest.raises(CollinearityError, match="x, column 4: does not vary"):
        type(model)(**(model.get_params() | ({"penalty": 0.0} if "penalty" in model.get_params() else {}))).fit(
            rare, d["exit"], event
        )
    rare[1::400, 3] = 1
    assert np.isfinite(type(model)(**model.get_params()).fit(rare, d["exit"], event).coef_).all()


def test_an_offset_is_a_covariate_whose_coefficient_is_one() -> None:
    d = draw(4, n=200)
    full = CoxRegression().fit(d["x"], d["exit"], d["cause"] == 1)
    rest = CoxRegression().fit(d["x"][:, :1], d["exit"], d["cause"] == 1, offset=d["x"][:, 1] * full.coef_[1])
    np.testing.assert_allclose(rest.coef_, full.coef_[:1], rtol=1e-9)
    assert rest.log_likelihood_ == pytest.approx(full.log_likelihood_, rel=1e-12)


def test_without_competing_events_fine_gray_is_cox() -> None:
    d = draw(9, n=300)
    event = d["cause"] == 1
    one = FineGrayRegression(variance="model").fit(d["x"], d["exit"], event)
    two = CoxRegression(ties="breslow").fit(d["x"], d["exit"], event)
    np.testing.assert_allclose(one.coef_, two.coef_, rtol=1e-12)
    np.testing.assert_allclose(one.covariance_, two.covariance_, rtol=1e-12)


def test_fine_gray_counts_the_dead_with_their_weights() -> None:
    """The weighted partial likelihood written out once more, patient by patient."""
    d = draw(3, n=80)
    fit = FineGrayRegression(variance="model").fit(d["x"], d["exit"], d["cause"])
    censored = np.unique(d["exit"][d["cause"] == 0])

    def stays(time: float) -> float:
        steps = [((d["exit"] == u) & (d["cause"] == 0)).sum() / (d["exit"] >= u).sum() for u in censored if u < time]
        return float(np.prod([1 - s for s in steps]))

    def value(beta: np.ndarray) -> float:
        eta, total = d["x"] @ beta, 0.0
        for i in np.flatnonzero(d["cause"] == 1):
            time = d["exit"][i]
            w = np.array(
                [
                    1.0 if d["exit"][j] >= time else stays(time) / stays(d["exit"][j]) if d["cause"][j] == 2 else 0.0
                    for j in range(80)
                ]
            )
            total += eta[i] - np.log((w * np.exp(eta)).sum())
        return float(total)

    assert fit.log_likelihood_ == pytest.approx(value(fit.coef_), rel=1e-12)
    for direction in np.eye(2):
        assert abs(value(fit.coef_ + 1e-4 * direction) - value(fit.coef_ - 1e-4 * direction)) < 1e-7


@pytest.mark.words
def test_a_ridge_penalty_shrinks_and_saves_a_separated_fit() -> None:
    d = draw(2, n=120)
    free = CoxRegression().fit(d["x"], d["exit"], d["cause"] == 1)
    held = CoxRegression(penalty=20.0).fit(d["x"], d["exit"], d["cause"] == 1)
    assert np.linalg.norm(held.coef_) < np.linalg.norm(free.coef_)
    only_second = CoxRegression(penalty=[0.0, 1e8]).fit(d["x"], d["exit"], d["cause"] == 1)
    alone = CoxRegression().fit(d["x"][:, :1], d["exit"], d["cause"] == 1)
    np.testing.assert_allclose(only_second.coef_, [alone.coef_[0], 0], atol=1e-6)
    time = np.arange(1.0, 41)
    apart = np.column_stack([time <= 20, np.random.default_rng(1).normal(size=40)]).astype(float)
    with pytest.raises(InfiniteEstimateError, match="x, column 1: separates") as caught:
        CoxRegression().fit(apart, time, time <= 20)
    assert caught.value.columns == ("x1",)
    assert np.isfinite(CoxRegression(penalty=1.0).fit(apart, time, time <= 20).coef_).all()


# ---- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.words
def test_separation_is_an_error_whatever_the_sign_or_the_company() -> None:
    random = np.random.default_rng(5)
    time = random.exponential(size=300)
    event = random.random(300) < 0.5
    x = np.column_stack([random.normal(size=300), np.where(event, 0, random.integers(0, 2, 300))])
    for sign in (1, -1):
        with pytest.raises(InfiniteEstimateError, match="x, column 2: separates"):
            CoxRegression().fit(x * [1, sign], time, event)
    with pytest.raises(InfiniteEstimateError, match="x, column 2: separates"):
        FineGrayRegression().fit(x, time, event)


@pytest.mark.words
def test_collinear_and_constant_columns_are_named() -> None:
    d = draw(6)
    event = d["cause"] == 1
    twice = np.column_stack([d["x"], d["x"][:, 0] - 2 * d["x"][:, 1] + 3])
    with pytest.raises(CollinearityError, match="determine each other") as caught:
        CoxRegression().fit(twice, d["exit"], event)
    assert set(caught.value.columns) == {"x1", "x2", "x3"}
    for value in (0.0, 1.0, 1e9):
        with pytest.raises(CollinearityError, match="x, column 3: does not vary") as caught:
            CoxRegression().fit(np.column_stack([d["x"], np.full(60, value)]), d["exit"], event)
        assert caught.value.columns == ("x3",)
    # a column that varies only among those who are never at risk at an event
    early = np.column_stack([[0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 0.0, 0.0, 0.0]])
    with pytest.raises(CollinearityError, match="x, column 2: does not vary"):
        CoxRegression().fit(early, [1, 5, 6, 7, 8], [0, 1, 1, 0, 1])


@pytest.mark.words
def test_no_events_is_an_error_of_its_own() -> None:
    with pytest.raises(NoEventsError, match="event"):
        CoxRegression().fit([[1.0], [2.0]], [1, 2], [0, 0])
    with pytest.raises(NoEventsError, match="code 3"):
        FineGrayRegression(cause=3).fit([[1.0], [2.0]], [1, 2], [0, 1])
    with pytest.raises(FitError):
        CoxRegression().fit([[1.0]], [1], [1])


BAD: list[tuple[dict[str, Any], str]] = [
    ({"x": [[1.0], [float("nan")], [2.0]]}, "x: missing or infinite values in its column 1"),
    ({"x": [["a"], ["b"], ["c"]]}, "x: must be numbers"),
    ({"x": [[1.0], [2.0]]}, "x: has 2 rows where 3 are needed"),
    ({"x": [[[1.0]], [[1.0]], [[2.0]]]}, "x: must have two dimensions"),
    ({"exit": [1, 2, float("inf")]}, "exit: 1 of 3 values are missing or infinite"),
    ({"exit": [1, -2, 3]}, "exit: 1 of 3 values are below 0"),
    ({"exit": []}, "exit: is empty"),
    ({"exit": ["soon", "late", "never"]}, "exit: must be numbers"),
    ({"event": [0, 1, 2]}, "event: must be True/False or 1/0"),
    ({"event": [0, 1, None]}, "event: must be True/False or 1/0"),
    ({"event": [0, 1]}, "event: has 2 rows"),
    ({"entry": [0, 2, 0]}, "entry: 1 of 3 rows end before or when they start"),
    ({"entry": [0, -1, 0]}, "entry: 1 of 3 values are below 0"),
    ({"weight": [1, 0, 1]}, "weight: must be above 0"),
    ({"weight": [1, -1, 1]}, "weight: must be above 0"),
    ({"stratum": ["a", None, "b"]}, "stratum: some labels are missing"),
    ({"stratum": [1.0, float("nan"), 2.0]}, "stratum: 1 labels are missing"),
    ({"offset": [0, 0]}, "offset: has 2 rows"),
    ({"cluster": [[1], [2], [3]]}, "cluster: must have one dimension"),
]


@pytest.mark.words
@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input_names_the_argument_and_shows_no_value(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"x": [[1.0], [3.0], [2.0]], "exit": [1, 2, 3], "event": [1, 1, 0]}
    with pytest.raises(InputError) as caught:
        CoxRegression().fit(**(good | change))
    assert str(caught.value).startswith(message)
    assert caught.value.argument in message


@pytest.mark.words
def test_wrong_options_are_refused_with_the_right_ones() -> None:
    d = draw(1)
    rows = (d["x"], d["exit"], d["cause"] == 1)
    with pytest.raises(InputError, match="efron"):
        CoxRegression(ties="exact").fit(*rows)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="penalty"):
        CoxRegression(penalty=[1.0, 2.0, 3.0]).fit(*rows)
    with pytest.raises(InputError, match="penalty"):
        CoxRegression(penalty=-1.0).fit(*rows)
    with pytest.raises(InputError, match="cmprsk"):
        FineGrayRegression(censoring_ties="R").fit(d["x"], d["exit"], d["cause"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="delayed entry"):
        FineGrayRegression(variance="fine-gray").fit(d["x"], d["exit"], d["cause"], entry=d["entry"])
    fit = CoxRegression().fit(*rows)
    with pytest.raises(InputError, match="under observation after"):
        fit.predict_survival(d["x"], [1000.0])
    with pytest.raises(InputError, match="has 1 covariates"):
        fit.predict(d["x"][:, :1])
    with pytest.raises(InputError, match="martingale"):
        fit.residuals(*rows, kind="deviance")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="km"):
        fit.test_proportional_hazards(*rows, transform="sqrt")
    with pytest.raises(SurvivalError, match="has not been fitted"):
        CoxRegression().predict(d["x"])
    stratified = CoxRegression().fit(*rows, stratum=d["stratum"])
    with pytest.raises(InputError, match="stratum"):
        stratified.predict_survival(d["x"], [1.0])
    with pytest.raises(InputError, match="level"):
        fit.table(level=95)


# ---- conventions -----------------------------------------------------------------------------------------------------
def test_parameters_as_scikit_learn_reads_them() -> None:
    model = CoxRegression(ties="breslow", penalty=2.0)
    assert model.get_params() == {"ties": "breslow", "penalty": 2.0, "concordance": True}
    copy = CoxRegression(**model.get_params())
    assert copy.get_params() == model.get_params()
    assert model.set_params(penalty=0.0) is model
    with pytest.raises(InputError, match="ties"):
        model.set_params(tie="efron")
    d = draw(3)
    assert model.fit(d["x"], d["exit"], d["cause"] == 1) is model
    assert 0 <= model.score(d["x"], d["exit"], d["cause"] == 1) <= 1


@pytest.mark.words
def test_frames_give_their_columns_names_and_guard_their_order() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    d = draw(3)
    for frame in (pandas.DataFrame(d["x"], columns=["age", "size"]), polars.DataFrame(d["x"], schema=["age", "size"])):
        fit = CoxRegression().fit(frame, d["exit"], d["cause"] == 1)
        assert fit.columns_ == ("age", "size")
        # BLAS adds in another order where the columns lie otherwise in memory, so the last bit may differ
        np.testing.assert_allclose(fit.predict(frame), d["x"] @ fit.coef_, rtol=1e-13, atol=1e-16)
        # columns are matched by name, whatever their order and whatever else there is
        other = frame[["size", "age"]]
        np.testing.assert_allclose(fit.predict(other), d["x"] @ fit.coef_, rtol=1e-13, atol=1e-16)
        rows = (other, d["exit"], d["cause"] == 1)
        np.testing.assert_allclose(
            fit.residuals(*rows, kind="score"), fit.residuals(frame, *rows[1:], kind="score"), rtol=1e-9, atol=1e-12
        )
        with pytest.raises(InputError, match="x: the model needs the covariates age, size; size is not there"):
            fit.predict(
                frame.rename({"size": "depth"}) if hasattr(frame, "schema") else frame.rename(columns={"size": "depth"})
            )


@pytest.mark.words
def test_reprs_show_summaries_and_no_rows() -> None:
    d = draw(3)
    d["x"][0, 0] = 12345.678
    fit = CoxRegression().fit(d["x"], d["exit"], d["cause"] == 1)
    test = fit.test_proportional_hazards(d["x"], d["exit"], d["cause"] == 1)
    for shown in map(repr, (fit, fit.table(), fit.baseline_, fit.concordance_, test)):
        assert "12345" not in shown
        assert len(shown.splitlines()) <= 4
    assert "hazard ratio" in repr(fit.table())
    assert repr(CoxRegression()) == "CoxRegression(ties='efron', penalty=0.0, concordance=True)"


@pytest.mark.words
def test_tidy_output() -> None:
    d = draw(3)
    fit = CoxRegression().fit(d["x"], d["exit"], d["cause"] == 1, stratum=d["stratum"])
    assert fit.table().to_frame().columns == ["covariate", "coef", "se", "z", "p", "ratio", "low", "high"]
    base = fit.baseline_.to_frame()
    assert base.columns == ["stratum", "time", "hazard", "cumulative hazard"]
    for stratum in (0, 1):
        part = base.filter(base["stratum"] == stratum)
        np.testing.assert_allclose(part["cumulative hazard"], part["hazard"].cum_sum(), rtol=1e-12)
        np.testing.assert_allclose(
            fit.baseline_.cumulative(part["time"].to_numpy(), stratum=stratum), part["cumulative hazard"], rtol=1e-12
        )
