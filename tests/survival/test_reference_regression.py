"""Regressions, residuals, predictions and concordance against R (tests/reference/survival.R), with both kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sarcoma.survival import (
    Course,
    CoxRegression,
    EventTable,
    FineGrayRegression,
    Histories,
    MultiStateModel,
    TransitionHazard,
    harrell_concordance,
    kernels,
    restricted_cubic_spline,
)

Columns = dict[str, Any]
Reference = dict[str, Any]
TIES = ("efron", "breslow")


def close(found: Any, expected: Any, tolerance: float = 1e-8) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance)


@pytest.fixture(autouse=True, params=["NumPy", "Numba"])
def both_kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reference result with the plain and with the compiled kernels."""
    monkeypatch.setattr(kernels, "SMALL", 0 if request.param == "Numba" else 10**12)
    assert (kernels.compiled(1000) is not None) == (request.param == "Numba")


def _agrees(fit: CoxRegression | FineGrayRegression, r: Reference) -> None:
    close(fit.coef_, r["coef"])
    close(fit.covariance_, r["var"])
    close(fit.model_covariance_, r["naive"])
    close([fit.log_likelihood_null_, fit.log_likelihood_], r["loglik"])
    if isinstance(fit, CoxRegression):
        close(fit.score_test_, r["score"])


# ---- Cox -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ties", TIES)
def test_cox(lung: Columns, reference: Reference, ties: Any) -> None:
    r = reference[f"cox_{ties}"]
    rows = (lung["x"], lung["time"], lung["event"])
    fit = CoxRegression(ties=ties).fit(*rows)
    _agrees(fit, r)
    close(fit.baseline_.cumulative(r["basehaz_time"]), r["basehaz"])
    people, times = [[50, 1, 0], [70, 2, 2]], [100, 365, 600]
    close(fit.predict_survival(people, times).T, r["surv"])
    low, high = fit.predict_survival_interval(people, times)
    close(low.T, r["low"])
    close(high.T, r["high"])
    close(fit.residuals(*rows), r["martingale"])
    close(fit.residuals(*rows, kind="score"), r["score_res"])
    close(fit.residuals(*rows, kind="dfbeta"), r["dfbeta"])
    close(fit.residuals(*rows, kind="schoenfeld"), r["schoenfeld"])
    for transform, table in r["zph"].items():
        found = fit.test_proportional_hazards(*rows, transform=transform)
        close([*found.statistic, found.global_statistic], np.array(table)[:, 0])
        close([*found.p, found.global_p], np.array(table)[:, 2])
    concordant, discordant, tied_score, *_ = r["concordance"]
    assert fit.concordance_ is not None
    found_pairs = (fit.concordance_.concordant, fit.concordance_.discordant, fit.concordance_.tied_score)
    assert found_pairs == (discordant, concordant, tied_score) or found_pairs == (concordant, discordant, tied_score)
    assert fit.concordance_.value > 0.5


@pytest.mark.parametrize("ties", TIES)
def test_strata_weights_offset_and_clusters_together(lung: Columns, reference: Reference, ties: Any) -> None:
    r = reference[f"cox_all_{ties}"]
    x = lung["x"][:, [0, 2]]
    columns = {"stratum": lung["sex"], "weight": lung["w"], "offset": lung["age"] / 50}
    fit = CoxRegression(ties=ties).fit(x, lung["time"], lung["event"], cluster=lung["centre"], **columns)
    _agrees(fit, r)
    rows = (x, lung["time"], lung["event"])
    close(fit.residuals(*rows, **columns), r["martingale"])
    close(fit.residuals(*rows, kind="score", **columns), r["score_res"])
    close(fit.residuals(*rows, kind="schoenfeld", **columns), r["schoenfeld"])
    found = fit.test_proportional_hazards(*rows, **columns)
    close([*found.statistic, found.global_statistic], np.array(r["zph"])[:, 0])
    without = CoxRegression(ties=ties).fit(*rows, stratum=lung["sex"], weight=lung["w"])
    first = sum(np.diff(r["basehaz_time"]) > 0) and int(np.argmax(np.diff(r["basehaz_time"]) < 0)) + 1
    for sex, part in ((1.0, slice(0, first)), (2.0, slice(first, None))):
        close(without.baseline_.cumulative(r["basehaz_time"][part], stratum=sex), r["basehaz"][part])


@pytest.mark.parametrize("ties", TIES)
def test_delayed_entry(heart: Columns, reference: Reference, ties: Any) -> None:
    r = reference[f"cox_entry_{ties}"]
    rows = (heart["x"], heart["stop"], heart["event"])
    fit = CoxRegression(ties=ties).fit(*rows, entry=heart["start"])
    _agrees(fit, r)
    assert fit.concordance_ is None
    close(fit.baseline_.cumulative(r["basehaz_time"]), r["basehaz"])
    close(fit.residuals(*rows, entry=heart["start"]), r["martingale"])
    close(fit.residuals(*rows, entry=heart["start"], kind="score"), r["score_res"])
    close(fit.residuals(*rows, entry=heart["start"], kind="schoenfeld"), r["schoenfeld"])
    found = fit.test_proportional_hazards(*rows, entry=heart["start"])
    close([*found.statistic, found.global_statistic], np.array(r["zph"])[:, 0])


@pytest.mark.parametrize("ties", TIES)
def test_several_rows_a_patient(cgd: Columns, reference: Reference, ties: Any) -> None:
    fit = CoxRegression(ties=ties).fit(
        cgd["x"], cgd["tstop"], cgd["status"], entry=cgd["tstart"], stratum=cgd["hospital"], cluster=cgd["id"]
    )
    _agrees(fit, reference[f"cox_recurrent_{ties}"])


@pytest.mark.parametrize("ties", TIES)
def test_one_cause_with_many_ties(mgus2: Columns, reference: Reference, ties: Any) -> None:
    r = reference[f"cox_cause_{ties}"]
    fit = CoxRegression(ties=ties).fit(mgus2["x"], mgus2["time"], mgus2["cause"] == 1)
    _agrees(fit, r)
    assert fit.concordance_ is not None
    assert {fit.concordance_.concordant, fit.concordance_.discordant} == set(r["concordance"][:2])
    assert fit.concordance_.tied_score == r["concordance"][2]


def test_ridge(lung: Columns, reference: Reference) -> None:
    r = reference["cox_ridge"]
    fit = CoxRegression(penalty=5.0).fit(lung["x"], lung["time"], lung["event"])
    close(fit.coef_, r["coef"])
    close(fit.covariance_, r["var"])


def test_concordance_with_weights_and_strata(lung: Columns, reference: Reference) -> None:
    r = reference["concordance"]
    score, time, event = lung["ph.ecog"], lung["time"], lung["event"]
    found = harrell_concordance(score, time, event, weight=lung["w"])
    close([found.concordant, found.discordant, found.tied_score], r["weighted"][:3])
    parts = harrell_concordance(score, time, event, stratum=lung["sex"])
    strata = np.array(r["strata"], float).sum(axis=0)
    close([parts.concordant, parts.discordant, parts.tied_score], strata[:3])


# ---- Fine–Gray -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cause", [1, 2])
def test_fine_gray_as_crr(mgus2: Columns, reference: Reference, cause: int) -> None:
    r = reference[f"fine_gray_{cause}"]
    fit = FineGrayRegression(cause=cause).fit(mgus2["x"], mgus2["time"], mgus2["cause"])
    close(fit.coef_, r["coef"])
    close(fit.covariance_, r["var"])
    close(fit.model_covariance_, r["inv"])
    close([fit.log_likelihood_null_, fit.log_likelihood_], r["loglik"])
    close(fit.baseline_.times, r["times"])
    close(fit.baseline_.increments, r["bfitj"])
    times, *curves = np.array(r["predict"]).T
    close(fit.predict_incidence([[0, 7], [1, 6]], times), curves)


@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("ties", TIES)
def test_fine_gray_as_finegray(mgus2: Columns, reference: Reference, cause: int, ties: Any) -> None:
    """survival's finegray takes events to come before censorings of the same time; crr does not: they differ."""
    r = reference[f"fine_gray_{cause}"]
    fit = FineGrayRegression(cause=cause, ties=ties, censoring_ties="survival", variance="robust")
    _agrees(fit.fit(mgus2["x"], mgus2["time"], mgus2["cause"]), r["finegray"][ties])
    if ties == "breslow":
        assert np.abs(np.array(r["finegray"][ties]["coef"]) - r["coef"]).max() > 1e-6


@pytest.mark.parametrize("ties", TIES)
def test_fine_gray_with_delayed_entry(mgus2: Columns, reference: Reference, ties: Any) -> None:
    entry = (mgus2["id"] * 7) % 40
    late = mgus2["time"] > entry
    fit = FineGrayRegression(ties=ties, censoring_ties="survival", variance="model")
    fit.fit(mgus2["x"][late], mgus2["time"][late], mgus2["cause"][late], entry=entry[late])
    r = reference["fine_gray_entry"][ties]
    close(fit.coef_, r["coef"])
    close(fit.covariance_, r["naive"])
    close([fit.log_likelihood_null_, fit.log_likelihood_], r["loglik"])


# ---- prediction ------------------------------------------------------------------------------------------------------
def test_occupancy_of_a_person_from_three_regressions(illness: Histories, mgus2: Columns, reference: Reference) -> None:
    r = reference["multistate"]
    model = _illness_model(illness, mgus2)
    found = model.predict([[0, 7], [1, 6]], r["times"])
    expected = np.array(r["p"], float)  # (times, people, states)
    states = [r["states"].index(name) for name in ("(s0)", "pcm", "dead")]
    close(found.probability, expected.swapaxes(0, 1)[:, :, states])


def test_incidence_of_a_person_as_riskregression(mgus2: Columns, reference: Reference) -> None:
    """With I + dA as the step the two are one; the exponential differs by less than a tenth of the standard error."""
    r = reference["csc"]
    course = Course.competing(("malignancy", "death"))
    fits = [CoxRegression(ties="breslow").fit(mgus2["x"], mgus2["time"], mgus2["cause"] == k) for k in (1, 2)]
    hazards = [TransitionHazard.from_cox("event-free", c, f) for c, f in zip(course.absorbing, fits, strict=True)]
    model = MultiStateModel(course, hazards)
    people = [[0, 7], [1, 6]]
    found = model.predict(people, r["times"], product=True, interval="delta")
    close(found.probability[:, :, 1], r["risk"])
    exponential = model.predict(people, r["times"]).probability[:, :, 1]
    assert found.se is not None
    assert (np.abs(exponential - r["risk"]) < found.se[:, :, 1] / 10).all()
    # theirs is the robust (influence function) standard error, ours the model's
    assert (np.abs(found.se[:, :, 1] / np.array(r["se"]) - 1) < 0.1).all()


def _illness_model(illness: Histories, mgus2: Columns) -> MultiStateModel:
    assert illness.patient is not None
    x = mgus2["x"][illness.patient]
    hazards = []
    for k, (origin, target) in enumerate(illness.course.transitions):
        rows = illness.state == illness.course.sources[k]
        entry = None if illness.entry is None else illness.entry[rows]
        fit = CoxRegression(ties="breslow").fit(x[rows], illness.exit[rows], illness.kind[rows] == k, entry=entry)
        hazards.append(TransitionHazard.from_cox(origin, target, fit))
    return MultiStateModel(illness.course, hazards)


def test_without_covariates_prediction_is_the_product_limit(illness: Histories) -> None:
    from sarcoma.survival import occupancy

    table = EventTable.from_histories(illness)
    course = illness.course
    model = MultiStateModel(course, [TransitionHazard.from_table(table, *pair) for pair in course.transitions])
    times = [12, 60, 180, 300]
    for kind in ("greenwood", "aalen"):
        curve = occupancy(table, covariance=kind).at(times)  # type: ignore[arg-type]
        found = model.predict(times=times, product=True, interval="delta")
        close(found.probability[0], curve.probability[0], 1e-12)
        if kind == "aalen":
            assert found.se is not None
            close(found.se[0], curve.se[0])


def test_restricted_cubic_splines_as_rms(reference: Reference) -> None:
    r = reference["rcs"]
    close(restricted_cubic_spline(np.array(r["x"], float), r["knots"]), r["basis"])


def _by_uncorrelated_increments(model: MultiStateModel, fits: Any, person: Any, times: Any) -> np.ndarray:
    """Standard errors (T, S) by the recursion of mstate's `probtrans` (its source, method "aalen"): each increment of
    Var Λ(t | x) as that of a jump independent of all others, weighted by the occupancy after the jump."""
    s = len(model.course.states)
    knots = np.unique(np.concatenate([h.times for h in model.hazards]))
    cumulative, spread = zip(*(fit._hazard_and_se([person], knots) for fit in fits), strict=True)
    jumps = [np.diff(c[0], prepend=0.0) for c in cumulative]
    gains = [np.diff(v[0] ** 2, prepend=0.0) for v in spread]
    p, v, found = np.eye(s)[0], np.zeros((s, s)), []
    for i in range(len(knots)):
        step = np.eye(s)
        for (a, b), jump in zip(model.course.moves, jumps, strict=True):
            step[a, b] += jump[i]
            step[a, a] -= jump[i]
        p, v = p @ step, step.T @ v @ step
        for (a, b), gain in zip(model.course.moves, gains, strict=True):
            moved = np.eye(s)[b] - np.eye(s)[a]
            v += p[a] ** 2 * gain[i] * np.outer(moved, moved)
        found.append(np.sqrt(np.maximum(np.diag(v), 0)))
    return np.array([found[int(np.searchsorted(knots, t, side="right")) - 1] for t in times])


def test_standard_errors_of_a_person_beside_mstates_and_riskregressions(mgus2: Columns, reference: Reference) -> None:
    """The numbers of docs/survival.md: the increments of one hazard share its coefficients, so they are correlated."""
    r = reference["csc"]
    course = Course.competing(("malignancy", "death"))
    fits = [CoxRegression(ties="breslow").fit(mgus2["x"], mgus2["time"], mgus2["cause"] == k) for k in (1, 2)]
    hazards = [TransitionHazard.from_cox("event-free", c, f) for c, f in zip(course.absorbing, fits, strict=True)]
    model, person = MultiStateModel(course, hazards), [0, 7]
    own = model.predict([person], r["times"], product=True, interval="delta").se
    assert own is not None
    np.testing.assert_allclose(own[0, :, 1], [0.00268, 0.00576, 0.01137, 0.01337], atol=5e-6)
    uncorrelated = _by_uncorrelated_increments(model, fits, person, r["times"])
    np.testing.assert_allclose(uncorrelated[:, 1], [0.00265, 0.00564, 0.01023, 0.01146], atol=5e-6)
    np.testing.assert_allclose(r["se"][0], [0.00260, 0.00560, 0.01136, 0.01357], atol=5e-6)
