"""What registries need, against R (tests/reference/registry.R), and what follows without R."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import chdtrc

import survival as r_data
from sarcoma.errors import InputError
from sarcoma.survival import (
    Course,
    EventTable,
    FineGrayRegression,
    LifeTable,
    RelativeSurvival,
    concordance_at_risk,
    cumulative_incidence,
    gray_test,
    harrell_concordance,
    kaplan_meier,
    median_follow_up,
    net_survival,
    relative_survival,
    restricted_mean_difference,
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


# ---- relative and net survival ---------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def life_table() -> LifeTable:
    """The made-up population of registry.R."""
    axes = np.meshgrid(np.arange(111), np.arange(1950, 2021), ["male", "female"], indexing="ij")
    age, year, sex = (axis.ravel() for axis in axes)
    hazard = np.exp(-10.1 + 0.09 * age - 0.012 * (year - 1980) + 0.45 * (sex == "male"))
    return LifeTable.of_columns(age, year, sex, -np.expm1(-hazard))


@pytest.fixture(scope="session")
def people(rows: Columns) -> Columns:
    """Who they were at diagnosis, times in days."""
    i = np.arange(1, len(rows["id"]) + 1)
    days = rows["futime"] * 30.4375
    return {
        "exit": np.where(days == 0, 1, days),
        "event": rows["death"],
        "age": rows["age"] + (i * 0.618) % 1,
        "year": rows["year"] + (i * 0.3) % 1,
        "sex": np.where(rows["female"] == 1, "female", "male"),
    }


AT = np.array([12, 60, 120, 240]) * 30.4375
IN_DAYS: Columns = {"times": AT, "per_year": 365.241}


def _read(found: RelativeSurvival) -> tuple[Any, Any]:
    """Survival and the standard error of its logarithm at the times asked for."""
    told = [found.at(t)[0] for t in AT]
    return [t.value for t in told], [t.se / t.value for t in told]


def test_ederers_relative_survival(people: Columns, life_table: LifeTable, registry: Reference) -> None:
    r = registry["relative"]["ederer1"]
    found = relative_survival(**people, life_table=life_table, method="ederer1", **IN_DAYS)
    survival, se = _read(found)
    close(survival, r["surv"], 1e-12)
    close(se, r["se"], 1e-12)
    told = [found.at(t)[0] for t in AT]
    close([t.low for t in told], r["low"], 1e-10)
    close([t.high for t in told], r["high"], 1e-10)


def test_net_survival_is_that_of_relsurv_where_its_integral_is_exact(
    people: Columns, life_table: LifeTable, registry: Reference
) -> None:
    r = registry["relative"]["exact"]
    few = {name: column[:300] for name, column in people.items()} | {"life_table": life_table} | IN_DAYS
    survival, se = _read(net_survival(**few, form="exponential"))
    close(survival, r["net"], 2e-8)
    close(survival, r["rs_surv"], 2e-8)  # by its public face
    close(se, r["net_se"], 1e-9)
    close(_read(net_survival(**few))[0], r["net_product"], 2e-8)
    survival, se = _read(relative_survival(**few, form="exponential"))
    close(survival, r["ederer2"], 1e-9)
    close(se, r["ederer2_se"], 1e-12)


def test_how_far_relsurvs_usual_call_is_away(people: Columns, life_table: LifeTable, registry: Reference) -> None:
    """Its running sums lag (docs/survival.md); smaller steps do not help, and the standard error agrees."""
    survival, se = _read(net_survival(**people, life_table=life_table, form="exponential", **IN_DAYS))
    for name, tolerance in (("pohar_day", 3e-5), ("pohar_16th", 2e-6)):
        r = registry["relative"][name]
        away = np.array(survival) - r["surv"]
        assert 1e-4 < away[0] < 1.2e-4
        assert 2.2e-3 < away[-1] < 2.4e-3
        close(se, r["se"], tolerance)


def test_net_survival_by_hand() -> None:
    """Two people in a population of constant hazards 0.1 and 0.3 a year: everything is a short sum."""
    hazards = {"A": 0.1, "B": 0.3}
    columns = [(a, y, s) for a in range(60, 70) for y in range(2000, 2010) for s in "AB"]
    age, year, sex = zip(*columns, strict=True)
    table = LifeTable.of_columns(age, year, sex, [-np.expm1(-hazards[s]) for s in sex])
    arguments: Columns = {"age": [60.2, 61.7], "year": [2001.9, 2003.1], "sex": ["A", "B"], "life_table": table}
    found = net_survival([1.0, 3.0], [1, 0], **arguments, per_year=1, times=[2.0], form="exponential")
    a, b = np.exp(0.1), np.exp(0.3)
    drop, grown = a / (a + b), np.log((a + b) / 2)
    close(found.at(1.0)[0].value, np.exp(grown - drop), 1e-14)
    close(found.at(1.0)[0].se / found.at(1.0)[0].value, drop, 1e-14)
    close(found.at(2.0)[0].value, np.exp(grown - drop + 0.3), 1e-14)
    close(found.observed[0], [1, 0.5, 0.5, 0.5], 1e-14)
    close(table.expected_survival(arguments["age"], arguments["year"], arguments["sex"], [2.0], per_year=1).ravel(),
          [np.exp(-0.2), np.exp(-0.6)], 1e-14)  # fmt: skip


def test_expected_survival_goes_through_birthdays_and_new_years(life_table: LifeTable) -> None:
    def hazard(age: int, year: int) -> float:
        return float(np.exp(-10.1 + 0.09 * age - 0.012 * (year - 1980)))

    # 70.75 at 1990.5: birthday after 0.25 years, new year after 0.5, and so each year
    expected = 0.25 * hazard(70, 1990) + 0.25 * hazard(71, 1990) + 0.5 * hazard(71, 1991)
    expected += 0.25 * hazard(71, 1991) + 0.15 * hazard(72, 1991)
    found = life_table.expected_survival([70.75], [1990.5], ["female"], [12 * 1.4])
    close(found, np.exp(-expected), 1e-14)


def test_without_deaths_in_the_population_net_survival_is_kaplan_meier(people: Columns, life_table: LifeTable) -> None:
    table = replace(life_table, hazard=0 * life_table.hazard)
    curve = kaplan_meier(people["exit"], people["event"])
    for find in (net_survival, relative_survival):
        found = find(**people, life_table=table, **IN_DAYS)
        close(_read(found)[0], curve.at(AT).probability[0, :, 0], 1e-12)


def test_net_survival_of_groups_and_under_delayed_entry(people: Columns, life_table: LifeTable) -> None:
    arguments = people | {"life_table": life_table} | IN_DAYS
    found = net_survival(**arguments, group=people["sex"])
    for g, sex in enumerate(found.groups):
        here = people["sex"] == sex
        alone = net_survival(**{k: v[here] if k in people else v for k, v in arguments.items()})
        close([found.at(t)[g].value for t in AT], _read(alone)[0], 1e-12)
    frame = found.to_frame()
    assert frame.columns == ["group", "time", "survival", "low", "high", "observed", "expected"]
    # who comes later and is seen to the end adds nothing before
    late = np.where(np.arange(len(people["exit"])) % 2 == 0, 0.0, people["exit"] / 2)
    first = net_survival(**arguments, entry=late)
    assert np.isfinite(first.at(AT[0])[0].value)
    assert first.at(AT[0])[0].se > net_survival(**arguments).at(AT[0])[0].se
    with pytest.raises(InputError, match="method"):
        relative_survival(**arguments, entry=late, method="ederer1")


def test_net_survival_recovers_the_truth(life_table: LifeTable) -> None:
    """Excess deaths at a constant rate, the others by the life table: censoring that depends on age does not matter."""
    random = np.random.default_rng(11)
    n = 6000
    age, year = random.uniform(40, 85, n), random.uniform(1980, 2000, n)
    sex = random.choice(["male", "female"], n)
    grid = np.linspace(0, 180, 721)
    expected = life_table.expected_survival(age, year, sex, grid)
    own = random.random(n)
    other = np.array(
        [grid[np.searchsorted(-e, -u)] if e[-1] < u else np.inf for e, u in zip(expected, own, strict=True)]
    )
    disease = random.exponential(120, n)
    gone = random.exponential(np.where(age > 65, 90, 240))
    time = np.minimum(np.minimum(disease, other), np.minimum(gone, 150))
    died = np.minimum(disease, other) <= np.minimum(gone, 150)
    found = net_survival(time, died, age, year, sex, life_table, times=[60, 120])
    for t in (60, 120):
        told = found.at(t)[0]
        assert abs(told.value - np.exp(-t / 120)) < 3 * told.se


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"probability": [0.01, 0.02, 1.5, 0.02]}, "probability"),
        ({"probability": [0.01, 1.0, 0.01, 0.02]}, "probability"),
        ({"age": [60, 62, 60, 62]}, "age"),
        ({"age": [60.5, 61, 60, 61]}, "age"),
        ({"age": [60, 60, 60, 61]}, "age"),
        ({"sex": ["F", "F", "M", "F"]}, "age"),
        ({"probability": [0.01, -0.02, 0.01, 0.02]}, "probability"),
    ],
)
def test_a_life_table_is_checked(change: Columns, argument: str) -> None:
    right: Columns = {"age": [60, 61, 60, 61], "year": [2020] * 4, "sex": list("FFMM"), "probability": [0.01, 0.02] * 2}
    assert LifeTable.of_columns(**right).hazard.shape == (2, 1, 2)
    with pytest.raises(InputError) as refused:
        LifeTable.of_columns(**right | change)
    assert refused.value.argument == argument


def test_the_last_age_and_the_last_year_stand_for_what_lies_beyond_and_that_is_said() -> None:
    table = LifeTable.of_columns([60, 61, 62] * 2, [2020] * 6, list("FFFMMM"), [0.01, 0.02, 1.0] * 2)
    assert len(table.ages) == 2
    assert len(table.notes) == 1
    close(table.expected_survival([65.0], [2020.0], ["F"], [12.0]), 0.98, 1e-14)
    found = net_survival([5, 9], [1, 0], [61, 61], [2019.9, 2020.5], ["F", "M"], table)
    assert len(found.notes) == 3  # the closing age, the year before the first, what lies after the last
    with pytest.raises(InputError, match="age"):
        net_survival([5, 9], [1, 0], [59, 61], [2020, 2020], ["F", "M"], table)
    with pytest.raises(InputError, match="sex"):
        net_survival([5, 9], [1, 0], [60, 61], [2020, 2020], ["F", "x"], table)
    with pytest.raises(InputError, match="times"):
        found.at(7)
    with pytest.raises(InputError, match="year"):
        net_survival([5, 9], [1, 0], [60, 61], [20, 20], ["F", "M"], table)


def test_a_life_table_goes_out_as_it_came_in(life_table: LifeTable) -> None:
    again = LifeTable.of_columns(*life_table.to_frame().get_columns())
    close(again.hazard, life_table.hazard, 1e-14)


# ---- restricted means, follow-up -------------------------------------------------------------------------------------
def test_restricted_means_and_their_difference(lung: Columns, rows: Columns, registry: Reference) -> None:
    r = registry["rmst"]["lung"]
    found = restricted_mean_difference(kaplan_meier(lung["time"], lung["event"], group=lung["sex"]), 600)
    close([m.value for m in found.means], r["mean"])
    close([m.se for m in found.means], r["se"])
    difference, se = r["mean"][1] - r["mean"][0], np.hypot(*r["se"])
    told = found.differences[2.0]
    close([told.value, told.se, told.low], [difference, se, difference - 1.959963984540054 * se])
    close(found.statistic, (difference / se) ** 2)
    close([found.p[2.0], found.overall_p], [found.overall_p, chdtrc(1, (difference / se) ** 2)])
    close(found.ratios[2.0].value, r["mean"][1] / r["mean"][0])
    other = restricted_mean_difference(kaplan_meier(lung["time"], lung["event"], group=lung["sex"]), 600, reference=2.0)
    close(other.differences[1.0].value, -difference)
    r = registry["rmst"]["mgus2"]
    three = restricted_mean_difference(kaplan_meier(rows["time"], rows["event"], group=rows["age3"]), 120)
    mean, weight = np.array(r["mean"]), 1 / np.array(r["se"]) ** 2
    close(three.statistic, (weight * (mean - (weight * mean).sum() / weight.sum()) ** 2).sum())
    assert three.degrees == 2


def test_time_lost_to_a_cause(rows: Columns, registry: Reference) -> None:
    r = registry["rmst"]["lost"]
    curves = cumulative_incidence(rows["time"], rows["cause"], causes=("malignancy", "death"), group=rows["female"])
    for state, place in (("malignancy", 2), ("death", 4)):
        found = restricted_mean_difference(curves, 120, state=state)
        close([m.value for m in found.means], r["mean"][place : place + 2])
        close(found.differences[1.0].value, r["mean"][place + 1] - r["mean"][place])


def test_restricted_means_need_groups_that_were_followed(lung: Columns) -> None:
    curves = kaplan_meier(lung["time"], lung["event"], group=lung["sex"])
    with pytest.raises(InputError, match="reference"):
        restricted_mean_difference(curves, 600, reference=3)
    with pytest.raises(InputError, match="horizon"):
        restricted_mean_difference(curves, 6000)
    with pytest.raises(InputError, match="curves"):
        restricted_mean_difference(kaplan_meier(lung["time"], lung["event"]), 600)


def test_median_follow_up(lung: Columns, rows: Columns, registry: Reference) -> None:
    r = registry["followed"]
    (found,) = median_follow_up(lung["time"], lung["event"])
    assert (found.value, found.low, found.high) == tuple(r["lung_first"].values())
    by_sex = median_follow_up(rows["time"], rows["event"], group=rows["female"])
    assert [f.value for f in by_sex] == r["mgus2_first"]["median"]
    assert [f.low for f in by_sex] == r["mgus2_first"]["low"]
    assert [f.high for f in by_sex] == r["mgus2_first"]["high"]
    times, survival = np.array(r["prodlim"]["time"]), np.array(r["prodlim"]["surv"])
    for share in (0.25, 0.75):
        (told,) = median_follow_up(lung["time"], lung["event"], probability=share)
        assert told.value == times[np.flatnonzero(survival <= 1 - share)[0]]


def test_events_come_before_censorings_in_the_median_follow_up() -> None:
    # at 2 one dies and one is censored: of the three still there two wait for their censoring
    (found,) = median_follow_up([1, 2, 2, 3], [1, 1, 0, 0])
    assert found.value == 2.5  # level with a half from 2 to 3
    (late,) = median_follow_up([1, 2, 2, 3, 4], [1, 1, 0, 0, 0], entry=[0, 0, 0, 0, 3])
    assert late.value == 2.5
    assert np.isinf(median_follow_up([1, 2, 3], [1, 1, 1])[0].value)
