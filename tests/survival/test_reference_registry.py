"""What registries need, against R (tests/reference/registry.R), and what follows without R."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import survival as r_data
from sarcoma.errors import InputError
from sarcoma.survival import (
    Course,
    EventTable,
    FineGrayRegression,
    concordance_at_risk,
    gray_test,
    harrell_concordance,
)
from sarcoma.survival.measures import FollowUpTimes, truncated_uno

Columns = dict[str, Any]
Reference = dict[str, Any]
TIMES = [24, 60, 120]
PEOPLE = np.array([[6, 0], [7.5, 1]])


def close(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    found, expected = np.asarray(found, float).ravel(), np.asarray(expected, float).ravel()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.fixture(scope="session")
def registry() -> Reference:
    """What R found."""
    found: Reference = json.loads((Path(__file__).parents[1] / "reference" / "registry.json").read_text())
    return found


@pytest.fixture(scope="session")
def rows(mgus2: Columns, registry: Reference) -> Columns:
    """mgus2 with weights that are counts, centres, an offset and a made-up delayed entry."""
    i = np.arange(1, len(mgus2["id"]) + 1)
    d = mgus2 | {"weight": 1.0 + (i - 1) % 3, "centre": i % 37, "event": mgus2["cause"] != 0}
    d["entry"] = np.minimum(np.maximum((7 * i) % 60 - 20, 0), d["time"] / 2)
    d["x"] = np.column_stack([d["decade"], d["female"]])
    d["untied"] = d["time"] + (i * 0.6180339887) % 1 / 2
    d["year"] = np.array(r_data.datasets.load_mgus2()["dxyr"], dtype=float)
    d["fixed"] = 0.25 * (d["year"] - 1980) / 10
    found = [len(i), d["time"].sum(), d["cause"].sum(), d["entry"].sum(), d["fixed"].sum()]
    close(found, registry["data"]["mgus2"], 1e-12)
    return d


# ---- Fine–Gray -------------------------------------------------------------------------------------------------------
def _agrees(fit: FineGrayRegression, r: Reference, people: Any, **columns: Any) -> None:
    """Coefficients, variance, likelihood, and the curves of some people with their standard errors."""
    close(fit.coef_, r["coef"])
    close(fit.covariance_, r["var"])
    close(fit.log_likelihood_, r["loglik"], 1e-12)
    transposed = not fit.baseline_.strata
    incidence = fit.predict_incidence(people, TIMES, **columns)
    low, high = fit.predict_incidence_interval(people, TIMES, scale="log", **columns)
    close((1 - incidence).T if transposed else 1 - incidence, r["surv"])
    survival, z = 1 - incidence, 1.959963984540054
    se = np.log(survival / (1 - high)) / z  # of the log of the survival, as R gives it
    close(se.T if transposed else se, r["se"], 1e-9)
    close(low, 1 - np.minimum(survival * np.exp(z * se), 1), 1e-9)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_fine_gray_with_an_offset_and_with_clusters(rows: Columns, registry: Reference, ties: Any) -> None:
    r = registry["fg"][ties]
    model = FineGrayRegression(ties=ties, censoring_ties="survival", variance="robust")
    fit = model.fit(rows["x"], rows["time"], rows["cause"], offset=rows["fixed"])
    _agrees(fit, r["offset"], PEOPLE, offset=[0, 0.1])
    close(fit.model_covariance_, r["offset"]["naive"])
    _agrees(model.fit(rows["x"], rows["time"], rows["cause"], cluster=rows["centre"]), r["cluster"], PEOPLE)


def test_fine_gray_with_weights_is_that_of_the_repeated_rows(rows: Columns, registry: Reference) -> None:
    r = registry["fg"]["breslow"]["weight"]
    model = FineGrayRegression(censoring_ties="survival", variance="robust")
    _agrees(model.fit(rows["x"], rows["time"], rows["cause"], weight=rows["weight"]), r, PEOPLE)


@pytest.mark.parametrize("name", ["strata", "strata_weight", "late_strata_weight"])
def test_fine_gray_with_strata(rows: Columns, registry: Reference, name: str) -> None:
    columns = {"weight": rows["weight"]} if "weight" in name else {}
    columns |= {"entry": rows["entry"]} if "late" in name else {}
    fit = FineGrayRegression(censoring_ties="survival", variance="robust").fit(
        rows["decade"], rows["time"], rows["cause"], stratum=rows["female"], **columns
    )
    _agrees(fit, registry["fg"]["breslow"][name], PEOPLE[:, :1], stratum=[0.0, 1.0])


def test_the_papers_variance_with_strata_and_clusters_is_that_of_mets(rows: Columns, registry: Reference) -> None:
    end, cause = rows["untied"], rows["cause"]
    for name, x, columns in (
        ("plain", rows["x"], {}),
        ("strata", rows["decade"], {"stratum": rows["female"]}),
        ("cluster", rows["x"], {"cluster": rows["centre"]}),
    ):
        fit = FineGrayRegression().fit(x, end, cause, **columns)
        close(fit.coef_, registry["mets"][name]["coef"])
        close(fit.covariance_, registry["mets"][name]["var"])


def test_weights_that_are_counts_give_the_papers_variance_of_repeated_rows_in_clusters(rows: Columns) -> None:
    some = slice(0, 300)
    x, time, cause, w = (rows[name][some] for name in ("x", "time", "cause", "weight"))
    again = np.repeat(np.arange(300), w.astype(int))
    for ties in ("cmprsk", "survival"):
        model = FineGrayRegression(cause=2, censoring_ties=ties)  # type: ignore[arg-type]
        once = model.fit(x, time, cause, weight=w)
        coefficients, covariance = once.coef_, once.covariance_
        repeated = model.fit(x[again], time[again], cause[again], cluster=again)
        close(coefficients, repeated.coef_)
        close(covariance, repeated.covariance_)


def test_strata_with_coefficients_of_their_own_are_separate_fits(rows: Columns) -> None:
    x, female = rows["decade"], rows["female"]
    both = np.column_stack([np.where(female == 0, x, 0.0), np.where(female == 1, x, 0.0)])
    fit = FineGrayRegression().fit(both, rows["time"], rows["cause"], stratum=female)
    for sex in (0, 1):
        here = female == sex
        alone = FineGrayRegression().fit(x[here], rows["time"][here], rows["cause"][here])
        close(fit.coef_[sex], alone.coef_)
        close(fit.covariance_[sex, sex], alone.covariance_)
        person = [[7.0 * (sex == 0), 7.0 * (sex == 1)]]
        close(fit.predict_incidence(person, TIMES, stratum=sex), alone.predict_incidence([[7.0]], TIMES))
    close(fit.covariance_[0, 1], 0.0)


def test_a_stratum_without_an_event_adds_nothing(rows: Columns) -> None:
    quiet = np.where(rows["cause"] == 1, 0, rows["cause"])
    twice = {name: np.concatenate([rows[name], rows[name]]) for name in ("decade", "time")}
    stratum = np.repeat([1, 0], len(quiet))
    fit = FineGrayRegression().fit(twice["decade"], twice["time"], np.append(rows["cause"], quiet), stratum=stratum)
    alone = FineGrayRegression().fit(rows["decade"], rows["time"], rows["cause"])
    close([fit.coef_[0], fit.covariance_[0, 0]], [alone.coef_[0], alone.covariance_[0, 0]])


def test_fine_gray_refuses_a_variance_that_the_clusters_contradict() -> None:
    with pytest.raises(InputError, match="variance"):
        FineGrayRegression(variance="model").fit([[1.0], [0.0], [1.0]], [1, 2, 3], [1, 1, 2], cluster=[1, 1, 2])


# ---- concordance under delayed entry ---------------------------------------------------------------------------------
def test_harrells_concordance_under_delayed_entry(rows: Columns, registry: Reference) -> None:
    r = registry["concordance"]
    columns = {"score": rows["decade"], "exit": rows["time"], "event": rows["event"], "entry": rows["entry"]}
    for expected, more in (
        (r["late"], {}),
        (r["weight"], {"weight": rows["weight"]}),
        (np.sum(r["strata"], axis=0), {"stratum": rows["female"]}),
    ):
        found = harrell_concordance(**columns, **more)
        assert [found.concordant, found.discordant, found.tied_score] == list(expected[:3])
    assert harrell_concordance(**columns).value == concordance_at_risk(**columns)[0]


def test_unos_concordance_under_delayed_entry(rows: Columns, registry: Reference) -> None:
    r = registry["uno"]
    late = truncated_uno(FollowUpTimes.of(rows["entry"], rows["time"], rows["event"]), rows["decade"])
    close([late.measure.value, late.start, late.end], r["late"], 1e-12)
    everyone = FollowUpTimes.of(0 * rows["time"], rows["time"], rows["event"])
    close(truncated_uno(everyone, rows["decade"], at_risk=1).measure.value, r["whole"], 1e-12)


# ---- Gray's test under delayed entry ---------------------------------------------------------------------------------
def test_grays_test_under_delayed_entry(rows: Columns, registry: Reference) -> None:
    r = registry["gray"]
    course = Course.competing(("malignancy", "death"))
    table = EventTable.from_arrays(course, rows["time"], rows["cause"], entry=rows["entry"], group=rows["age3"])
    found = gray_test(table, "malignancy")
    close(found.observed, r["observed"], 0)
    close(found.expected, r["expected"], 1e-12)
    close(found.covariance, r["V"], 1e-12)
    close(found.statistic, r["statistic"], 1e-12)
    close(found.observed - found.expected, r["score"], 1e-12)  # of the weighted risk sets


def test_a_group_that_one_early_death_ends_is_not_compared_after_it() -> None:
    course = Course.competing(("a", "b"))
    late = {"entry": [0, 3, 3, 0, 0, 0, 0], "group": [0, 0, 0, 1, 1, 1, 1]}
    found = gray_test(EventTable.from_arrays(course, [1, 5, 6, 2, 4, 5, 9], [1, 1, 1, 1, 2, 1, 0], **late), "a")
    assert found.observed.tolist() == [1.0, 2.0]  # the two who enter at 3 follow a curve that is over
    assert np.isfinite(found.statistic)
