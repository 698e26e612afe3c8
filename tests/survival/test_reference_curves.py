"""Curves, group tests and pseudo-observations against R (tests/reference/survival.R)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sarcoma.survival import (
    Course,
    EventTable,
    Histories,
    cumulative_incidence,
    gray_test,
    kaplan_meier,
    logrank,
    occupancy,
    pseudo_expected_time,
    pseudo_observations,
)

Columns = dict[str, Any]
Reference = dict[str, Any]


def close(found: Any, expected: Any, tolerance: float = 1e-8) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance)


# ---- Kaplan–Meier ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "kind"), [("log", "log"), ("loglog", "log-log"), ("plain", "plain")])
def test_kaplan_meier_with_its_intervals(lung: Columns, reference: Reference, name: str, kind: Any) -> None:
    r = reference["km"][name]
    found = kaplan_meier(lung["time"], lung["event"]).at(r["times"], scale=kind)
    later = np.array(r["surv"]) < 1  # R leaves the log-log interval of a survival of 1 out
    close(found.probability[0, :, 0], r["surv"])
    close(found.se[0, :, 0], r["se"])
    close(found.low[0, later, 0], np.array(r["low"], float)[later])
    close(found.high[0, later, 0], np.array(r["high"], float)[later])


def test_quantiles_with_their_intervals(lung: Columns, reference: Reference) -> None:
    r = reference["km"]
    curve = kaplan_meier(lung["time"], lung["event"])
    for kind, limits in (("log", r["quantile"]), ("log-log", r["quantile_loglog"])):
        for i, share in enumerate((0.25, 0.5, 0.75)):
            (found,) = curve.quantile(share, scale=kind)  # type: ignore[arg-type]
            assert found.value == r["quantile"]["value"][i]
            assert (found.low, found.high) == (limits["low"][i], limits["high"][i])


def test_restricted_mean(lung: Columns, reference: Reference) -> None:
    (found,) = kaplan_meier(lung["time"], lung["event"]).restricted_mean(600)
    close(found.value, reference["km"]["rmean"])
    close(found.se, reference["km"]["rmean_se"])


def test_delayed_entry_and_groups(heart: Columns, reference: Reference) -> None:
    curves = kaplan_meier(heart["stop"], heart["event"], entry=heart["start"], group=heart["transplant"])
    for g, r in enumerate(reference["km_entry"]):
        found = curves.at(r["times"], scale="log")
        close(found.probability[g, :, 0], r["surv"])
        close(found.se[g, :, 0], r["se"])
        close(found.low[g, :, 0], r["low"])
        close(found.high[g, :, 0], r["high"])


def test_weights_enter_the_curve(lung: Columns, reference: Reference) -> None:
    r = reference["km_weight"]
    close(kaplan_meier(lung["time"], lung["event"], weight=lung["w"]).at(r["times"]).probability[0, :, 0], r["surv"])


def test_weights_that_are_counts_give_the_curve_of_the_repeated_rows(lung: Columns) -> None:
    times = 1 + np.arange(len(lung["time"])) % 3
    once = kaplan_meier(lung["time"], lung["event"], weight=times)
    repeated = kaplan_meier(np.repeat(lung["time"], times), np.repeat(lung["event"], times))
    close(once.survival, repeated.survival, 1e-12)
    # one patient with weight 3 says less than three patients
    assert (once.se[0, 20:-1, 0] > repeated.se[0, 20:-1, 0]).all()


def test_conditional_survival(lung: Columns, reference: Reference) -> None:
    r = reference["km_conditional"]
    table = EventTable.from_arrays(Course.survival(), lung["time"], lung["event"])
    # R's start.time counts the death at day 180 itself; ours is of those who have lived to the end of that day
    found = occupancy(table, start=179.5).at(r["times"])
    close(found.probability[0, :, 0], r["surv"])
    close(found.se[0, :, 0], r["se"])
    close(found.low[0, :, 0], r["low"])
    close(found.high[0, :, 0], r["high"])
    curve = occupancy(table)
    alive = occupancy(table, start=180).at([200, 365]).probability[0, :, 0]
    close(alive, curve.at([200, 365]).probability[0, :, 0] / curve.at([180]).probability[0, 0, 0], 1e-12)
    assert lung["event"][lung["time"] == 180].any()


# ---- competing causes ------------------------------------------------------------------------------------------------
def test_cumulative_incidence_and_its_multinomial_variance(mgus2: Columns, reference: Reference) -> None:
    r = reference["cif"]
    found = cumulative_incidence(mgus2["time"], mgus2["cause"]).at(r["times"])
    for k in (0, 1):
        close(found.probability[0, :, k + 1], r["est"][k])
        close(found.se[0, :, k + 1], r["se_prodlim"][k])


def test_the_variance_of_cmprsk_is_another_one(mgus2: Columns, reference: Reference) -> None:
    """cuminc takes the causes of one time as independent and divides by Y − 1; ours is the multinomial form by Y."""
    r = reference["cif"]
    ours = cumulative_incidence(mgus2["time"], mgus2["cause"]).at(r["times"]).se[0] ** 2
    for k in (0, 1):
        theirs = np.array(r["var_cmprsk"][k])
        assert (np.abs(theirs / ours[:, k + 1] - 1) > 1e-6).any()
        close(theirs, [_cmprsk_variance(mgus2["time"], mgus2["cause"], k + 1, at) for at in r["times"]])


def _cmprsk_variance(time: np.ndarray, cause: np.ndarray, of: int, at: float) -> float:
    """That estimator once more: Σ over event times, each cause with the factor 1 − (d − 1)/(Y − 1) for its ties."""
    times = np.unique(time[(cause > 0) & (time <= at)])
    y = np.array([(time >= t).sum() for t in times], float)
    d1 = np.array([((time == t) & (cause == of)).sum() for t in times], float)
    d2 = np.array([((time == t) & (cause > 0) & (cause != of)).sum() for t in times], float)
    survival = np.cumprod((y - d1 - d2) / y)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before * d1 / y)
    end = incidence[-1]
    ahead = (end - incidence) / survival
    own = (1 - ahead) ** 2 * before**2 * d1 / y**2 * np.where(d1 > 1, 1 - (d1 - 1) / (y - 1), 1.0)
    other = ahead**2 * before**2 * d2 / y**2 * np.where(d2 > 1, 1 - (d2 - 1) / (y - 1), 1.0)
    return float((own + other).sum())


# ---- tests between groups --------------------------------------------------------------------------------------------
def _competing(d: Columns, group: np.ndarray, rows: Any = slice(None), time: np.ndarray | None = None) -> EventTable:
    end = d["time"] if time is None else time
    course = Course.competing(("malignancy", "death"))
    return EventTable.from_arrays(course, end[rows], d["cause"][rows], group=group[rows])


@pytest.mark.parametrize("k", [0, 1])
def test_grays_test(mgus2: Columns, reference: Reference, k: int) -> None:
    cause = ("malignancy", "death")[k]
    two = gray_test(_competing(mgus2, mgus2["female"]), cause)
    close([two.statistic, two.p], [reference["gray"]["statistic"][k], reference["gray"]["p"][k]])
    three = _competing(mgus2, mgus2["age3"])
    close(gray_test(three, cause).statistic, reference["gray3"]["statistic"][k])
    close(gray_test(three, cause, rho=1).statistic, reference["gray3_rho"]["statistic"][k])
    strata = [_competing(mgus2, mgus2["age3"], mgus2["female"] == s) for s in (0, 1)]
    close(gray_test(strata, cause).statistic, reference["gray3_strata"]["statistic"][k])
    untied = mgus2["time"] + (np.arange(1, len(mgus2["time"]) + 1) % 977) / 1e4
    close(
        gray_test(_competing(mgus2, mgus2["age3"], time=untied), cause).statistic,
        reference["gray3_untied"]["statistic"][k],
    )


def test_logrank(lung: Columns, mgus2: Columns, reference: Reference) -> None:
    table = EventTable.from_arrays(Course.survival(), lung["time"], lung["event"], group=lung["sex"])
    for name, rho in (("logrank", 0.0), ("logrank_rho", 1.0)):
        found, r = logrank(table, rho=rho), reference[name]
        close(found.statistic, r["chisq"])
        close(found.observed, r["observed"])
        close(found.expected, r["expected"])
        close(found.covariance, r["variance"])
    death = ("event-free", "death")
    three = logrank(_competing(mgus2, mgus2["age3"]), death)
    close(three.statistic, reference["logrank3"]["chisq"])
    close(three.covariance, reference["logrank3"]["variance"])
    strata = logrank([_competing(mgus2, mgus2["age3"], mgus2["female"] == s) for s in (0, 1)], death)
    close(strata.statistic, reference["logrank3_strata"]["chisq"])
    close(strata.expected, reference["logrank3_strata"]["expected"])


# ---- several states --------------------------------------------------------------------------------------------------
def _matches_etm(rows: Histories, r: Reference) -> None:
    table = EventTable.from_histories(rows)
    for origin in range(len(rows.course.states)):
        share = rows.course.states[origin]
        found = occupancy(table, start=r["start"], initial=share).at(r["times"], extend=True)
        close(found.probability[0], [p[origin] for p in r["p"]], 1e-10)
        if origin == 0:
            close(found.se[0] ** 2, [np.diag(c) for c in np.array(r["cov_from_0"], float)])
            # etm writes 0 between states, but what all states gain sums to nothing
            whole = occupancy(table, start=r["start"]).covariance_at(r["times"], extend=True)[0]
            close(np.einsum("tss->ts", whole), found.se[0] ** 2, 1e-14)
            close(whole.sum(axis=1), 0, 1e-14)


@pytest.mark.parametrize("name", ["from0", "from60"])
def test_illness_and_death(illness: Histories, reference: Reference, name: str) -> None:
    _matches_etm(illness, reference["etm_mgus2"][name])


def test_a_course_with_a_cycle(mgus2: Columns, reference: Reference) -> None:
    a = np.maximum(1, mgus2["time"] // 3)
    b = np.maximum(np.maximum(2, 2 * (mgus2["time"] // 3)), a + 1)
    c = np.maximum(mgus2["time"] + 3, b + 1)
    zero = np.zeros(len(a))
    course = Course(("well", "ill", "dead"), (("well", "ill"), ("ill", "well"), ("well", "dead")))
    rows = Histories(
        course,
        np.concatenate([a, b, c]),
        np.concatenate([zero + 1, zero, np.where(mgus2["cause"] == 0, -1, mgus2["cause"])]),
        entry=np.concatenate([zero, a, b]),
        origin=np.concatenate([zero, zero + 1, zero]).astype(int),
        patient=np.tile(mgus2["id"], 3),
    )
    _matches_etm(rows, reference["etm_cyclic"])


def test_three_and_six_states_of_transplants(ebmt3: Histories, ebmt4: Histories, reference: Reference) -> None:
    _matches_etm(ebmt3, reference["etm_ebmt3"])
    _matches_etm(ebmt4, reference["etm_ebmt4"])


# ---- pseudo-observations ---------------------------------------------------------------------------------------------
def test_pseudo_observations_of_survival(lung: Columns, reference: Reference) -> None:
    r = reference["pseudo"]
    rows = Histories(Course.survival(), lung["time"], lung["event"])
    close(pseudo_observations(rows, r["times"])[:, :, 0], r["infinitesimal"])
    close(pseudo_observations(rows, r["times"], method="jackknife")[:, :, 0], r["jackknife"])
    close(pseudo_expected_time(rows, 600)[:, 0], r["rmst"])


def test_pseudo_observations_of_incidence(mgus2: Columns, reference: Reference) -> None:
    r = reference["pseudo_cif"]
    rows = Histories(Course.competing(("malignancy", "death")), mgus2["time"], mgus2["cause"])
    found = pseudo_observations(rows, r["times"], method="jackknife")
    for k in (0, 1):
        close(found[:60, :, k + 1], r["jackknife"][k])
