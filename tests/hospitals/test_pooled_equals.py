"""What hospitals give together is what one table of all their people gives on the same grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hospital_cases import (
    BASE,
    GRID,
    KEYS,
    PREDICTORS,
    SHARINGS,
    SITES,
    joined,
    network,
    on_lattice,
    policy,
    survival_rows,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.cohort import PLANS, Cohort, FollowUp, make_cohort, open_source
from sarcoma.hospitals import (
    PooledCox,
    PooledTable,
    PooledValidation,
    SiteRows,
    judged_rows,
    partial,
    question_of,
    together,
)
from sarcoma.hospitals.masks import stated_error
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.survival import Course, CoxRegression, EventTable, Histories, harrell_concordance, occupancy
from sarcoma.survival.measures import (
    Outcome,
    brier_score,
    calibration_line,
    decision_curve,
    index_of_prediction_accuracy,
    net_benefit,
    observed_expected,
)

POLICY = policy()


def asked(kind: str, sharing: str, **more: Any) -> Any:
    return question_of({**BASE, "kind": kind, "id": kind, "sharing": sharing, **more})


def same_table(found: EventTable, wanted: EventTable) -> None:
    for name in ("times", "events", "censored", "entered", "initial"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("sharing", SHARINGS)
def test_survival_and_its_restricted_mean(sharing: str, *, late: bool) -> None:
    everyone = network(late=late, larger=6 if sharing == "suppress" else 1)
    question = asked("event-table", sharing, plan="survival", grid=range(0, 61, 12))
    rows = {site: survival_rows(one) for site, one in everyone.items()}
    found = together(rows, question, POLICY, keys=KEYS)
    assert isinstance(found, PooledTable)
    entry = joined(everyone, "entry") if late else None
    whole = EventTable.from_arrays(
        Course.survival(), joined(everyone, "exit"), joined(everyone, "cause") > 0, entry=entry
    )
    wanted = on_grid(whole, found.grid)
    same_table(found.table, wanted)
    mine, theirs = found.curves(), occupancy(wanted)
    np.testing.assert_allclose(mine.probability, theirs.probability, atol=1e-10)
    np.testing.assert_allclose(mine.variance, theirs.variance, atol=1e-10)
    end = found.grid[-1]
    assert mine.restricted_mean(end)[0].value == pytest.approx(theirs.restricted_mean(end)[0].value, abs=1e-10)


@pytest.mark.parametrize("sharing", ["coarsen", "masked-sums"])
def test_competing_events_by_group(sharing: str, simulated: Cohort) -> None:
    parts = split(simulated)
    by = {"field": "grade", "levels": ["1", "2", "3"]}
    plan = (
        "survival" if sharing == "coarsen" else "spread"
    )  # few die without metastasis: each site alone has none to tell
    question = asked("event-table", sharing, plan=plan, grid=[0, 12, 24, 36, 60], by=by)
    found = together(parts, question, POLICY, keys=KEYS)
    assert isinstance(found, PooledTable)
    assert found.table.groups == ("1", "2", "3")
    pooled = together(
        {site: simulated if site == "east" else parts[site] for site in SITES}, one_site(question), free()
    )
    assert isinstance(pooled, PooledTable)
    same_table(found.table, on_grid(pooled.table, found.grid))


def one_site(question: Any) -> Any:
    return question.model_copy(update={"sites": ("east",), "sharing": "suppress"})


def free() -> Any:
    """As if there were nothing to protect, which no policy of a file can say."""
    return POLICY.model_copy(update={"minimum_cell": 0, "minimum_sites": 1})


def test_a_course_of_several_states(simulated: Cohort) -> None:
    question = asked("event-table", "masked-sums", plan="full-course", grid=[0, 12, 24, 60])
    found = together(split(simulated), question, POLICY, keys=KEYS)
    assert isinstance(found, PooledTable)
    whole = FollowUp.of(simulated).count(PLANS["full-course"]).table
    same_table(found.table, on_grid(whole, found.grid))
    np.testing.assert_allclose(
        found.curves().probability, occupancy(on_grid(whole, found.grid)).probability, atol=1e-10
    )


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("sharing", SHARINGS)
def test_cox_stratified_by_site(sharing: str, ties: str) -> None:
    everyone = network(late=ties == "efron")
    extra = {"plan": "survival", "transition": ["alive", "dead"], "predictors": PREDICTORS, "ties": ties}
    question = asked("cox", sharing, grid=GRID, **extra)
    found = together({site: survival_rows(one) for site, one in everyone.items()}, question, POLICY, keys=KEYS)
    assert isinstance(found, PooledCox)
    x, exit_, event = joined(everyone, "x"), joined(everyone, "exit"), joined(everyone, "cause") > 0
    entry = joined(everyone, "entry")
    site = np.repeat(np.arange(5), [len(one["exit"]) for one in everyone.values()])
    wanted = CoxRegression(ties=ties).fit(x, exit_, event, entry=entry, stratum=site)
    error = 1e-10 if sharing != "masked-sums" else stated_error(5)
    np.testing.assert_allclose(found.coef, wanted.coef_, atol=error)
    np.testing.assert_allclose(found.covariance, wanted.covariance_, atol=error)
    assert found.log_likelihood == pytest.approx(wanted.log_likelihood_, abs=1e-6)
    assert found.rounds <= 6
    # the baseline of all sites on the grid: events over the sum of exp(xβ) at risk
    edges = np.concatenate([[0.0], found.times])
    starts = np.searchsorted(edges, entry, side="right") - 1
    ends = np.searchsorted(edges, exit_)
    risk = np.exp(x @ found.coef)
    for j in range(1, len(edges)):
        there = (starts < j) & (ends >= j)
        assert found.hazard[j - 1] == pytest.approx((event & (ends == j)).sum() / risk[there].sum(), abs=1e-8)
    if sharing != "masked-sums":
        assert found.between[found.columns[0]] is not None


@pytest.mark.parametrize("estimand", ["all-cause", "net", "crude"])
@pytest.mark.parametrize("sharing", ["coarsen", "masked-sums"])
def test_validation_in_rounds(sharing: str, estimand: str) -> None:
    everyone = network()
    thresholds = [0.5, 0.6]
    question = asked(
        "validation", sharing, card="kattan-2002", card_version="1", endpoint="death", time_zero="surgery",
        estimand=estimand, grid=range(0, 37, 6), thresholds=thresholds,
    )  # fmt: skip
    codes = {s: np.minimum(o["cause"], 1) if estimand == "all-cause" else o["cause"] for s, o in everyone.items()}
    rows = {s: judged_rows(question, o["exit"], codes[s], o["risk"]) for s, o in everyone.items()}
    found = together(rows, question, POLICY, keys=KEYS)
    assert isinstance(found, PooledValidation)
    edges = np.concatenate([[0.0], found.table.times])
    risk, code = joined(everyone, "risk"), np.concatenate(list(codes.values()))
    outcome = Outcome(on_lattice(joined(everyone, "exit"), edges), code, estimand=estimand)  # type: ignore[arg-type]
    line = calibration_line(risk, outcome, 36)
    error = 1e-10 if sharing == "coarsen" else 2 * stated_error(5)
    for wanted in (
        observed_expected(risk, outcome, 36), line.intercept, line.slope, brier_score(risk, outcome, 36),
        index_of_prediction_accuracy(risk, outcome, 36),
    ):  # fmt: skip
        mine = found.measures[wanted.name]
        assert mine.value == pytest.approx(wanted.value, abs=error), wanted.name
        assert mine.se == pytest.approx(wanted.se, abs=error), wanted.name
    curve = decision_curve(risk, outcome, 36, thresholds, method="ipcw")
    np.testing.assert_allclose(found.net_benefit, curve.net_benefit, atol=error)
    np.testing.assert_allclose(found.treat_all, curve.treat_all, atol=error)
    assert net_benefit(risk, outcome, 36, 0.5, method="ipcw").value == pytest.approx(found.net_benefit[0], abs=error)
    exit_ = joined(everyone, "exit")
    never = (exit_ > 36) | ((code > 1) if estimand == "crude" else False)
    site = np.repeat(np.arange(5), [len(one["exit"]) for one in everyone.values()])
    within = harrell_concordance(risk, np.where(never, 100.0, exit_), (code == 1) & (exit_ <= 36), stratum=site)
    assert found.measures["concordance"].value == pytest.approx(within.value, abs=1e-12)
    if sharing == "coarsen":
        between = found.between["log_observed_expected"]
        assert between is not None
        assert between.prediction_low is not None


def split(cohort: Cohort, sites: tuple[str, ...] = SITES) -> dict[str, Cohort]:
    """A cohort's people over made-up hospitals, one after the other."""
    which = np.arange(len(cohort)) % len(sites)
    found = {}
    for number, site in enumerate(sites):
        people = cohort.patients.filter(pl.Series(which == number))
        events = cohort.events.filter(pl.col("id").is_in(people["id"].implode()))
        found[site] = Cohort(people, events, cohort.about)
    return found


@pytest.mark.parametrize("sharing", SHARINGS)
def test_tcga_over_five_made_up_hospitals(tcga: Cohort, sharing: str) -> None:
    question = asked("event-table", sharing, plan="survival", grid=[0, 24, 60])
    found = together(split(tcga), question, POLICY, keys=KEYS)
    assert isinstance(found, PooledTable)
    whole = FollowUp.of(tcga).count(PLANS["survival"]).table
    same_table(found.table, on_grid(whole, found.grid))


@pytest.mark.parametrize("sharing", ["coarsen", "masked-sums"])
def test_msk_met_has_its_median_with_delayed_entry(real_data: Any, sharing: str) -> None:
    place = real_data / "msk_met_sts"
    if not place.is_dir():
        pytest.skip("the public MSK-MET is not on this machine")
    cohort = make_cohort(open_source(place))
    question = asked("event-table", sharing, plan="survival-from-metastasis", grid=[0, 12, 24, 36, 60, 120])
    found = together(split(cohort), question, POLICY, keys=KEYS)
    assert isinstance(found, PooledTable)
    whole = FollowUp.of(cohort).count(PLANS["survival-from-metastasis"]).table
    assert whole.entered.any()
    wanted = on_grid(whole, found.grid)
    same_table(found.table, wanted)
    assert found.curves().quantile()[0].value == occupancy(wanted).quantile()[0].value


def test_msk_met_on_a_grid_of_all_times_has_the_median_of_exact_times(real_data: Any) -> None:
    """A proof of the arithmetic only: no policy allows such a grid."""
    place = real_data / "msk_met_sts"
    if not place.is_dir():
        pytest.skip("the public MSK-MET is not on this machine")
    cohort = make_cohort(open_source(place))
    whole = FollowUp.of(cohort).count(PLANS["survival-from-metastasis"]).table
    grid = (0.0, *whole.times[whole.times > 0].tolist())
    question = asked("event-table", "suppress", plan="survival-from-metastasis", grid=[0, 12])
    question = question.model_copy(update={"grid": grid})
    found = together(split(cohort), question, free().model_copy(update={"grid_months": grid}))
    assert isinstance(found, PooledTable)
    assert found.curves().quantile()[0].value == occupancy(whole).quantile()[0].value == pytest.approx(28.92)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30), st.booleans()), min_size=1, max_size=40))
def test_a_grid_of_a_grid_is_the_coarser_grid_at_once(rows: list[tuple[int, int, bool]]) -> None:
    entry = [a / 2 for a, _, _ in rows]
    exit_ = [a / 2 + b / 3 + 0.25 for a, b, _ in rows]
    table = EventTable.from_histories(Histories(Course.survival(), exit_, [int(c) for *_, c in rows], entry=entry))
    fine = on_grid(table, [0, 2, 3, 7, 12, 20])
    assert (fine.at_risk >= fine.events.sum(axis=2, keepdims=True) + fine.censored).all()
    same_table(on_grid(fine, [0, 3, 12, 20]), on_grid(table, [0, 3, 12, 20]))
    same_table(on_grid(fine, [0, 7]), on_grid(table, [0, 7]))


def test_rows_are_never_part_of_an_answer() -> None:
    """What leaves has as many numbers for 40 patients as for 4,000."""
    question = asked("event-table", "masked-sums", plan="survival", grid=[0, 12, 24])
    sizes = {
        len(str(partial(survival_rows(one), question, POLICY, site="east", key=KEYS["east"]).masked))
        for one in (network()["east"], network()["west"])
    }
    assert len(sizes) == 1


def test_a_site_that_has_no_events_still_counts() -> None:
    everyone = network()
    everyone["east"]["cause"][:] = 0
    question = asked("event-table", "masked-sums", plan="survival", grid=[0, 12, 24])
    found = together({s: survival_rows(o) for s, o in everyone.items()}, question, POLICY, keys=KEYS)
    assert isinstance(found, PooledTable)
    assert found.table.initial.sum() == sum(len(one["exit"]) for one in everyone.values())
    assert isinstance(survival_rows(everyone["east"]), SiteRows)
