"""The measures of prediction against R (tests/reference/measures.R)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sarcoma.survival import CoxRegression
from sarcoma.survival.measures import (
    Outcome,
    auc,
    brier_score,
    calibration_curve,
    calibration_groups,
    calibration_line,
    concordance,
    difference,
    index_of_prediction_accuracy,
    integrated_brier_score,
)
from sarcoma.survival.measures.calibration import cloglog
from sarcoma.survival.regression.censoring import Censoring

Columns = dict[str, Any]
REFERENCE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "reference" / "measures.json").read_text())
TIMES = REFERENCE["times"]
LINEAR = {name: np.array(values) for name, values in REFERENCE["linear"].items()}


def close(found: Any, expected: Any, tolerance: float = 1e-8) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance)


def _risks(linear: np.ndarray, scale: float) -> np.ndarray:
    return np.column_stack([1 - np.exp(-t / scale * np.exp(linear)) for t in TIMES])


CRUDE = (_risks(LINEAR["crude"], 1500), _risks(LINEAR["crude2"], 1500))
ALL = (_risks(LINEAR["first"], 120), _risks(LINEAR["second"], 120))


def case(mgus2: Columns, name: str) -> tuple[Outcome, tuple[np.ndarray, np.ndarray]]:
    """An outcome of mgus2 with its two made-up predictions; "untied" has (nearly) no two equal times."""
    time = mgus2["time"] + (np.arange(1, 1385) % 977) / 1e4 * name.startswith("untied")
    if name.endswith("all"):
        return Outcome(time, mgus2["cause"] > 0, estimand="all-cause"), ALL
    return Outcome(time, mgus2["cause"], estimand="crude"), CRUDE


def without_the_last_factor(outcome: Outcome) -> Outcome:
    """An outcome whose standard errors are riskRegression's: the part of the estimated G without 1/(1 − ΔΛ), which is
    exact where censoring has no atoms, and differs by one over those at risk where two times never tie."""
    assert isinstance(outcome.censoring, Censoring)
    censoring: Any = outcome.censoring
    exact, stay = censoring.correction, 1.0 - censoring.hazard

    def as_published(contribution: Any, beyond: Any, time: float, *, at_end: bool = False) -> Any:
        censoring.at_risk = censoring.at_risk / stay
        found = exact(contribution, beyond, time, at_end=at_end)
        censoring.at_risk = censoring.at_risk * stay
        return found

    censoring.correction = as_published
    return outcome


@pytest.mark.parametrize("name", ["crude", "all", "untied", "untied_all"])
def test_auc_and_brier_as_riskregression(mgus2: Columns, name: str) -> None:
    exact, (first, _) = case(mgus2, name)
    own = [brier_score(first[:, j], exact, t).se for j, t in enumerate(TIMES)]
    outcome, predictions = case(mgus2, name)
    without_the_last_factor(outcome)
    for j, t in enumerate(TIMES):
        assert own[j] == pytest.approx(brier_score(first[:, j], outcome, t).se, rel=2e-3)
    r = REFERENCE["score"][name]
    for j, horizon in enumerate(TIMES):
        # standard errors agree where no censoring ties with an event; with ties R mixes two conventions for who is at
        # risk of being censored, which matters late, where few are left
        tolerance = (1e-8 if horizon < 240 else 1e-5) if name.startswith("untied") else 1.2e-2
        for measure, key, title in ((auc, "auc", "AUC"), (brier_score, "brier", "Brier")):
            found = [measure(p[:, j], outcome, horizon) for p in predictions]
            for model, one in zip("AB", found, strict=True):
                close(one.value, r[key][model][title][j], 1e-12)
                assert one.se == pytest.approx(r[key][model]["se"][j], rel=tolerance)
            gap = difference(found[1], found[0])
            close(gap.value, r[f"delta_{key}"]["value"][j], 1e-12)
            assert gap.se == pytest.approx(r[f"delta_{key}"]["se"][j], rel=tolerance)
        for model, p in zip("AB", predictions, strict=True):
            close(index_of_prediction_accuracy(p[:, j], outcome, horizon).value, r["brier"][model]["IPA"][j], 1e-12)


def test_knowing_the_censoring_makes_riskregressions_conservative_error(mgus2: Columns) -> None:
    outcome, (p, _) = case(mgus2, "crude")
    status = outcome.status(120)
    loss = status.weight * (status.case - p[:, 1]) ** 2
    close(loss.std(ddof=1) / np.sqrt(len(loss)), REFERENCE["score"]["conservative"]["brier"]["A"]["se"][1])


def test_the_integral_is_a_trapezoid_where_riskregression_takes_steps(mgus2: Columns) -> None:
    """R integrates from 0 and holds each score until the next time asked for; ours is the mean over the stretch."""
    outcome, (p, _) = case(mgus2, "all")
    scores = [brier_score(p[:, j], outcome, t).value for j, t in enumerate(TIMES)]
    mean = (60 * (scores[0] + scores[1]) / 2 + 120 * (scores[1] + scores[2]) / 2) / 180
    close(integrated_brier_score(p, outcome, TIMES).value, mean, 1e-12)
    steps = (60 * scores[0] + 120 * scores[1]) / 240
    close(steps, REFERENCE["score"]["all"]["brier"]["A"]["IBS"][2], 1e-12)


def test_weights_from_a_cox_model_of_the_censoring(mgus2: Columns) -> None:
    time = mgus2["time"] + (np.arange(1, 1385) % 977) / 1e4
    outcome = Outcome(time, mgus2["cause"], estimand="crude", censoring_covariates=mgus2["age"])
    r = REFERENCE["cox_weights"]
    found = [
        (auc(p[:, j], outcome, t).value, brier_score(p[:, j], outcome, t).value)
        for p in CRUDE
        for j, t in enumerate(TIMES)
    ]
    # a few ties remain: Efron's there, Breslow's here
    close(found, np.column_stack([r["auc"], r["brier"]]), 2e-6)


# ---- concordance -----------------------------------------------------------------------------------------------------
def test_harrells_and_unos_concordance_as_survival(mgus2: Columns) -> None:
    outcome, _ = case(mgus2, "all")
    r = REFERENCE["concordance"]
    for key, arguments in (
        ("harrell", {"weighting": "none"}),
        ("harrell_120", {"weighting": "none", "horizon": 120}),
        ("uno", {}),
        ("uno_120", {"horizon": 120}),
    ):
        found = concordance(LINEAR["first"], outcome, **arguments)  # type: ignore[arg-type]
        close(found.value, r[key]["value"], 1e-12)
        if key.startswith("harrell"):
            close(found.se**2, r[key]["var"], 1e-12)
    # survival takes the weights as known; with what estimating them adds, Uno's is a little more precise
    known = concordance(LINEAR["first"], outcome, horizon=120)
    assert known.se**2 < r["uno_120"]["var"]
    assert known.se**2 == pytest.approx(r["uno_120"]["var"], rel=0.01)


def test_two_concordances_of_the_same_people(mgus2: Columns) -> None:
    outcome, _ = case(mgus2, "all")
    r = REFERENCE["concordance"]["two"]
    found = difference(*(concordance(LINEAR[name], outcome, weighting="none") for name in ("first", "second")))
    close(found.value, r["value"][0] - r["value"][1], 1e-12)
    close(found.se**2, r["var"][0][0] + r["var"][1][1] - 2 * r["var"][0][1], 1e-12)


def test_wolbers_concordance_as_pec(mgus2: Columns) -> None:
    for name, tolerance in (
        ("untied", 1e-11),
        ("crude", 2e-4),
    ):  # of tied times pec also takes G(T) where we take G(T−)
        outcome, predictions = case(mgus2, name)
        expected = REFERENCE["wolbers"]["tied" if name == "crude" else name]
        close([concordance(p[:, 1], outcome, horizon=120).value for p in predictions], expected, tolerance)
    outcome, predictions = case(mgus2, "untied_all")  # pec reads survival predictions upside down
    found = [1 - concordance(p[:, 1], outcome, horizon=120).value for p in predictions]
    close(found, REFERENCE["wolbers"]["uno"], 2e-6)


# ---- calibration -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["crude", "all"])
def test_calibration_in_groups_as_riskregression(mgus2: Columns, name: str) -> None:
    outcome, predictions = case(mgus2, name)
    found = calibration_groups(predictions[0][:, 1], outcome, 120, groups=4)
    close(found.predicted, REFERENCE["groups"][name]["predicted"], 1e-12)
    close(found.observed, REFERENCE["groups"][name]["observed"], 1e-12)


@pytest.mark.parametrize("name", ["crude", "all"])
def test_intercept_and_slope_from_pseudo_values(mgus2: Columns, name: str) -> None:
    outcome, predictions = case(mgus2, name)
    found = calibration_line(predictions[0][:, 1], outcome, 120)
    r = REFERENCE["pseudo_line"][name]
    close([found.intercept.value, found.intercept.se], [r["intercept"]["coef"], r["intercept"]["se"]])
    close([found.slope.value, found.slope.se], [r["line"]["coef"][1], r["line"]["se"][1]])


def test_the_regression_form_of_the_slope_is_a_cox_model(mgus2: Columns) -> None:
    outcome, predictions = case(mgus2, "all")
    found = calibration_line(predictions[0][:, 1], outcome, 120, method="regression")
    close([found.slope.value, found.slope.se], [REFERENCE["cox_line"]["slope"], REFERENCE["cox_line"]["se"]])
    x = cloglog("risk", predictions[0][:, 1])
    end, event = np.minimum(mgus2["time"], 120), (mgus2["cause"] > 0) & (mgus2["time"] <= 120)
    held = CoxRegression().fit(np.random.default_rng(0).normal(size=(len(x), 1)), end, event, offset=x)
    assert found.intercept.value == pytest.approx(np.log(held.baseline_.cumulative(120)), abs=0.02)


def test_the_local_curve_as_loess(mgus2: Columns) -> None:
    outcome, (p, _) = case(mgus2, "crude")
    r = REFERENCE["loess"]
    curve = calibration_curve(p[:, 1], outcome, 120)
    at = np.searchsorted(curve.predicted, np.array(r["grid"]) - 1e-12)
    close(curve.observed[at], r["fit"], 1e-10)
    close([curve.ici, curve.e50, curve.e90, curve.emax, curve.rms_bias], r["measures"], 1e-10)
    # loess takes one variance for all places, ours is that of each
    assert (np.abs(curve.se[at] / np.array(r["se"]) - 1) < 0.15).all()


def test_the_spline_curve_is_near_val_surv(lung: Columns) -> None:
    """rms smooths by adaptive hazard regression (polspline), ours by a spline of fixed knots: within 0.05."""
    outcome = Outcome(lung["time"], lung["event"], estimand="all-cause")
    risk = np.array(REFERENCE["val_surv"]["risk"])[:, 1]
    curve = calibration_curve(risk, outcome, 365, method="splines", knots=3)
    v = REFERENCE["val_surv"]
    inside = (risk > np.quantile(risk, 0.05)) & (risk < np.quantile(risk, 0.95))
    ours = np.interp(1 - np.array(v["predicted"]), curve.predicted, curve.observed)
    assert np.abs(ours - (1 - np.array(v["actual"])))[inside].max() < 0.07
