"""What must hold for any data: sums, totals, special cases, and indifference to order, units and labels."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.survival import (
    Course,
    EventTable,
    Histories,
    Occupancy,
    cumulative_incidence,
    gray_test,
    harrell_concordance,
    kaplan_meier,
    landmark_occupancy,
    logrank,
    occupancy,
    pseudo_expected_time,
    pseudo_observations,
)
from sarcoma.survival.curves.product_limit import hazards, occupy, one_transient_state

COURSES = (
    Course.survival(),
    Course.competing(("relapse", "death")),
    Course.illness_death(),
    Course(("well", "ill", "dead"), (("well", "ill"), ("ill", "well"), ("well", "dead"), ("ill", "dead"))),
    Course(("a", "b", "c", "d"), (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d"), ("b", "a"))),
)
SEEDS = st.integers(0, 2**32 - 1)


def draw(seed: int, course: Course, *, late: bool = True, weighted: bool = False, whole: bool = True) -> dict[str, Any]:
    """Arrays of a few patients who wander through a course, with many ties and some delayed entry."""
    random = np.random.default_rng(seed)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("exit", "to", "entry", "origin", "patient", "group", "weight")
    }
    for patient in range(int(random.integers(1, 30))):
        now = float(random.integers(0, 6)) if late and random.random() < 0.4 else 0.0
        state, group = 0, str(random.choice(["x", "y", "z"]))
        weight = float(random.integers(1, 9)) / 4
        while course.states[state] in course.transient and random.random() < 0.9:
            end = now + (float(random.integers(1, 7)) if whole else float(random.exponential(3)) + 1e-3)
            targets = [b for a, b in zip(course.sources, course.targets, strict=True) if a == state]
            to = int(random.choice(targets)) if random.random() < 0.7 else -1
            for name, value in zip(columns, (end, to, now, state, patient, group, weight), strict=True):
                columns[name].append(value)
            if to < 0:
                break
            now, state = end, to
    if not columns["exit"]:
        return draw(seed + 1, course, late=late, weighted=weighted, whole=whole)
    if not weighted:
        del columns["weight"]
    return {name: np.array(values) for name, values in columns.items()}


def table_of(course: Course, d: dict[str, Any], rows: Any = slice(None)) -> EventTable:
    part = {name: column[rows] for name, column in d.items()}
    return EventTable.from_arrays(course, part.pop("exit"), part.pop("to"), **part)


def same_table(a: EventTable, b: EventTable) -> None:
    assert a.groups == b.groups
    for name in ("times", "events", "censored", "entered", "initial"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.squares is None) == (b.squares is None)
    if a.squares is not None and b.squares is not None:
        same_table(a.squares, b.squares)


def same_curve(a: Occupancy, b: Occupancy, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(a.probability, b.probability, atol=tolerance)
    np.testing.assert_allclose(a.variance, b.variance, atol=tolerance)


# ---- counting --------------------------------------------------------------------------------------------------------
@given(SEEDS, st.sampled_from(COURSES), st.booleans(), st.booleans())
def test_the_table_of_a_union_is_the_sum_of_the_tables(seed: int, course: Course, weighted: bool, whole: bool) -> None:
    d = draw(seed, course, weighted=weighted, whole=whole)
    here = np.random.default_rng(seed).random(len(d["exit"])) < 0.5
    here[0] = True
    there = ~here
    if not there.any():
        return
    union, left, right = table_of(course, d), table_of(course, d, here), table_of(course, d, there)
    # groups keep the order of their first appearance, so the sum is compared group by group and in total
    total = left + right
    for group in union.groups:
        one, other = union.select(group), total.select(group)
        for name in ("times", "events", "censored", "entered", "initial"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    same_table(union.pooled(), total.pooled())
    same_curve(occupancy(union.pooled()), occupancy(total.pooled()), 0)


@given(SEEDS, st.sampled_from(COURSES))
def test_counts_are_those_of_a_loop(seed: int, course: Course) -> None:
    d = draw(seed, course)
    table = table_of(course, d)
    for g, group in enumerate(table.groups):
        of = d["group"] == group
        for t, time in enumerate(table.times):
            for q, state in enumerate(course.transient):
                here = of & (d["origin"] == course.index(state))
                started = (d["entry"] < time) | ((d["entry"] == 0) & (time == 0))
                assert table.at_risk[g, t, q] == (here & started & (d["exit"] >= time)).sum()
            for k, (a, b) in enumerate(zip(course.sources, course.targets, strict=True)):
                happened = of & (d["origin"] == a) & (d["to"] == b) & (d["exit"] == time)
                assert table.events[g, t, k] == happened.sum()


@given(SEEDS, st.sampled_from(COURSES), st.booleans(), st.booleans())
def test_row_order_changes_nothing(seed: int, course: Course, weighted: bool, whole: bool) -> None:
    d = draw(seed, course, weighted=weighted, whole=whole)
    shuffled = np.random.default_rng(seed).permutation(len(d["exit"]))
    one, other = table_of(course, d), table_of(course, d, shuffled)
    same_table(one, other)  # quarters as weights: sums are exact
    same_curve(occupancy(one), occupancy(other), 0)


@given(SEEDS, st.sampled_from(COURSES), st.sampled_from([0.5, 0.1, 30.4375, 1e-3]))
def test_the_unit_of_time_changes_only_the_times(seed: int, course: Course, unit: float) -> None:
    d = draw(seed, course)
    scaled = d | {"exit": d["exit"] * unit, "entry": d["entry"] * unit}
    one, other = occupancy(table_of(course, d)), occupancy(table_of(course, scaled))
    np.testing.assert_allclose(one.times * unit, other.times, rtol=1e-12)
    same_curve(one, other, 0)


@given(SEEDS, st.sampled_from(COURSES))
def test_group_labels_do_not_matter(seed: int, course: Course) -> None:
    d = draw(seed, course)
    other_names = {"x": "zebra", "y": "ant", "z": "bee"}
    renamed = d | {"group": np.array([other_names[g] for g in d["group"]])}
    one, other = occupancy(table_of(course, d)), occupancy(table_of(course, renamed))
    for g, label in enumerate(one.groups):
        h = other.groups.index(other_names[label])
        np.testing.assert_array_equal(one.probability[g], other.probability[h])
        np.testing.assert_array_equal(one.variance[g], other.variance[h])


def test_group_tests_do_not_depend_on_order_units_or_labels() -> None:
    random = np.random.default_rng(8)
    course = Course.competing(("relapse", "death"))
    time, cause, group = random.integers(1, 30, 300), random.integers(0, 3, 300), random.integers(0, 3, 300)
    first = EventTable.from_arrays(course, time, cause, group=group)
    mixed = random.permutation(300)
    labels = np.array(["c", "a", "b"])[group]
    second = EventTable.from_arrays(course, time[mixed] / 12, cause[mixed], group=labels[mixed])
    halves = EventTable.from_arrays(course, time[:100], cause[:100], group=group[:100])
    halves = halves + EventTable.from_arrays(course, time[100:], cause[100:], group=group[100:])
    for table in (second, halves):
        for one, other in (
            (gray_test(first, "relapse"), gray_test(table, "relapse")),
            (logrank(first, ("event-free", "death")), logrank(table, ("event-free", "death"))),
        ):
            assert one.statistic == pytest.approx(other.statistic, rel=1e-12)
            assert one.p == pytest.approx(other.p, rel=1e-12)


# ---- curves ----------------------------------------------------------------------------------------------------------
@given(SEEDS, st.sampled_from(COURSES), st.booleans(), st.sampled_from(["greenwood", "aalen"]))
def test_probabilities_lie_in_bounds_and_sum_to_one(seed: int, course: Course, weighted: bool, kind: Any) -> None:
    d = draw(seed, course, weighted=weighted)
    curves = occupancy(table_of(course, d), covariance=kind)
    np.testing.assert_allclose(curves.probability.sum(axis=2), 1.0, atol=1e-12)
    assert (curves.probability >= -1e-15).all()
    assert (curves.probability <= 1 + 1e-12).all()
    assert (curves.variance >= 0).all()
    for which in ("log-log", "log", "plain"):
        low, high = curves.interval(scale=which)  # type: ignore[arg-type]
        assert np.isfinite([low, high]).all()
        assert (low <= curves.probability + 1e-12).all()
        assert (curves.probability <= high + 1e-12).all()


@given(SEEDS)
def test_two_states_are_kaplan_meier_in_exact_fractions(seed: int) -> None:
    d = draw(seed, Course.survival())
    curve = kaplan_meier(d["exit"], d["to"] == 1, entry=d["entry"])
    survival = Fraction(1)
    expected = [survival]
    for time in curve.times[1:]:
        started = (d["entry"] < time) & (d["exit"] >= time)
        survival *= 1 - Fraction(int(((d["exit"] == time) & (d["to"] == 1)).sum()), int(started.sum()))
        expected.append(survival)
    np.testing.assert_allclose(curve.survival[0], [float(s) for s in expected], atol=1e-14)


@given(SEEDS, st.sampled_from(COURSES[:2]), st.sampled_from(["greenwood", "aalen"]))
def test_the_short_way_for_one_living_state_is_the_general_one(seed: int, course: Course, kind: str) -> None:
    table = table_of(course, draw(seed, course))
    initial = np.tile(course.distribution(course.states[0]), (len(table.groups), 1))
    times, p, v = one_transient_state(table, 0.0, initial, poisson=kind == "aalen")
    found = hazards(table, 0.0, poisson=kind == "aalen")
    q, w = occupy(found, initial)
    np.testing.assert_array_equal(times, found.times)
    np.testing.assert_allclose(p, q, atol=1e-13)
    if kind == "greenwood" or (p[:, :, 0] > 0).all():
        np.testing.assert_allclose(v, w, atol=1e-13)
    else:
        np.testing.assert_allclose(occupancy(table, covariance="aalen").variance, w, atol=1e-13)


@given(SEEDS)
def test_a_competing_cause_that_never_happens_changes_nothing(seed: int) -> None:
    d = draw(seed, Course.competing(("relapse", "death")))
    censored = np.where(d["to"] == 2, -1, d["to"])
    two = cumulative_incidence(d["exit"], np.maximum(censored, 0), causes=("relapse", "death"), entry=d["entry"])
    one = kaplan_meier(d["exit"], censored == 1, entry=d["entry"])
    np.testing.assert_allclose(two.probability[0, :, :2], one.probability[0], atol=1e-14)
    np.testing.assert_allclose(two.variance[0, :, :2], one.variance[0], atol=1e-14)
    assert not two.probability[0, :, 2].any()


@given(SEEDS, st.sampled_from(COURSES), st.integers(1, 8))
def test_the_past_and_the_future_multiply(seed: int, course: Course, landmark: int) -> None:
    """Chapman–Kolmogorov: p(t) = p(s) P(s, t)."""
    table = table_of(course, draw(seed, course, late=False)).pooled()
    whole = occupancy(table)
    if whole.times[-1] <= landmark or whole.followed_to[0] <= landmark:
        return
    at = np.searchsorted(whole.times, landmark, side="right") - 1
    onward = sum(
        whole.probability[0, at, course.index(state)]
        * occupancy(table, start=landmark, initial=state).probability[0, -1]
        for state in course.states
    )
    np.testing.assert_allclose(onward, whole.probability[0, -1], atol=1e-12)


@given(SEEDS, st.sampled_from(COURSES))
def test_the_times_in_all_states_sum_to_the_horizon(seed: int, course: Course) -> None:
    table = table_of(course, draw(seed, course, late=False)).pooled()
    horizon = float(table.times[-1])
    (times,) = occupancy(table).expected_time(horizon)
    assert sum(e.value for e in times.values()) == pytest.approx(horizon, rel=1e-12)
    if len(course.transient) == 1:
        steps = occupancy(table)
        edges = np.append(steps.times, horizon)
        area = (steps.survival[0] * np.diff(np.minimum(edges, horizon))).sum()
        assert times[course.states[0]].value == pytest.approx(area, rel=1e-12)


@given(SEEDS)
def test_the_landmark_of_a_course_without_memory_is_the_markov_curve_of_those_seen(seed: int) -> None:
    """In a course with one living state nobody can come from elsewhere: both ways count the same people."""
    course = Course.competing(("relapse", "death"))
    d = draw(seed, course)
    rows = Histories(course, d["exit"], d["to"], entry=d["entry"])
    on_time = (
        Histories(course, *(d[name][d["entry"] <= 2] for name in ("exit", "to")), entry=d["entry"][d["entry"] <= 2])
        if (d["entry"] <= 2).any()
        else None
    )
    if on_time is None or not ((on_time.exit > 2).any()):
        return
    one = landmark_occupancy(rows, "event-free", 2)
    same_curve(one, occupancy(EventTable.from_histories(on_time), start=2), 1e-14)


def test_the_landmark_estimator_forgets_the_markov_assumption() -> None:
    """Who falls ill late dies at once, who falls ill early lives: Markov curves mix them, the landmark does not."""
    course = Course.illness_death()
    early = [(1, "ill", 0, "healthy", i) for i in range(20)] + [(50, "dead", 1, "ill", i) for i in range(20)]
    late = [(10, "ill", 0, "healthy", i) for i in range(20, 40)] + [(11, "dead", 10, "ill", i) for i in range(20, 40)]
    exit_, to, entry, origin, patient = (list(column) for column in zip(*early, *late, strict=True))
    rows = Histories(course, exit_, to, entry=entry, origin=origin, patient=patient)
    seen_early = landmark_occupancy(rows, "ill", 5).at([20]).probability[0, 0]
    assert seen_early.tolist() == [0, 1, 0]
    markov = occupancy(EventTable.from_histories(rows), start=5, initial="ill").at([20]).probability[0, 0]
    np.testing.assert_allclose(markov, [0, 0.5, 0.5], atol=1e-12)


def test_covariances_and_errors_are_those_of_the_influence_of_each_person() -> None:
    """Σ of squared influences is the same variance for large samples: two ways that share no code."""
    random = np.random.default_rng(6)
    n, course = 3000, COURSES[3]
    time, state, d = np.zeros(n), np.zeros(n, dtype=int), []
    for _ in range(4):
        here = np.flatnonzero((state < 2) & (time < 40))
        gap = random.exponential(6, len(here)) + 1e-3
        to = np.where(random.random(len(here)) < 0.6, 1 - state[here], 2)
        end = np.minimum(time[here] + gap, 40)
        to = np.where(end == 40, -1, to)
        d.append((end, to, time[here].copy(), state[here].copy(), here))
        time[here], state[here] = end, np.where(to < 0, 3, to)
    end, to, entry, origin, patient = (np.concatenate(part) for part in zip(*d, strict=True))
    rows = Histories(course, end, to, entry=entry, origin=origin, patient=patient)
    curve = occupancy(EventTable.from_histories(rows))
    pseudo = pseudo_observations(rows, [15])[:, 0]
    np.testing.assert_allclose(curve.covariance_at([15])[0, 0], np.cov(pseudo.T) / n, rtol=0.15, atol=5e-7)
    spent = pseudo_expected_time(rows, 20)
    found = [e.se for e in curve.expected_time(20)[0].values()]
    np.testing.assert_allclose(found, spent.std(axis=0) / np.sqrt(n), rtol=0.06)


# ---- pseudo-observations ---------------------------------------------------------------------------------------------
@given(SEEDS, st.sampled_from(COURSES), st.integers(1, 6))
@settings(max_examples=40)
def test_the_jackknife_leaves_each_patient_out(seed: int, course: Course, time: int) -> None:
    d = draw(seed, course)
    columns = {name: d[name] for name in ("entry", "origin", "patient")}
    rows = Histories(course, d["exit"], d["to"], **columns)
    n = len(rows.patients)
    if time > d["exit"].max() or n < 2:
        return
    found = pseudo_observations(rows, [time], method="jackknife")[:, 0]
    whole = occupancy(EventTable.from_histories(rows)).at([time], extend=True).probability[0, 0]
    for i, patient in enumerate(rows.patients):
        rest = rows.take(d["patient"] != patient)
        if not (rest.exit > 0).any():
            continue
        left = occupancy(EventTable.from_histories(rest)).at([time], extend=True).probability[0, 0]
        np.testing.assert_allclose(found[i], n * whole - (n - 1) * left, atol=1e-9)


@given(SEEDS, st.sampled_from(COURSES), st.integers(1, 6))
@settings(max_examples=40)
def test_the_infinitesimal_jackknife_is_a_derivative_by_a_weight(seed: int, course: Course, time: int) -> None:
    d = draw(seed, course)
    columns = {name: d[name] for name in ("entry", "origin", "patient")}
    rows = Histories(course, d["exit"], d["to"], **columns)
    n = len(rows.patients)
    if time > d["exit"].max():
        return
    found = pseudo_observations(rows, [time])[:, 0]
    spent = pseudo_expected_time(rows, time)
    step = 1e-6
    for i, patient in enumerate(rows.patients):
        values, times = [], []
        for sign in (1, -1):
            weight = np.where(d["patient"] == patient, 1 + sign * step, 1.0)
            table = EventTable.from_arrays(course, d["exit"], d["to"], weight=weight, **columns)
            curve = occupancy(table)
            values.append(curve.at([time], extend=True).probability[0, 0])
            times.append([e.value for e in curve.expected_time(time)[0].values()])
        base = occupancy(EventTable.from_histories(rows))
        slope = (values[0] - values[1]) / (2 * step)
        np.testing.assert_allclose(found[i], base.at([time], extend=True).probability[0, 0] + n * slope, atol=1e-6)
        whole = [e.value for e in base.expected_time(time)[0].values()]
        np.testing.assert_allclose(spent[i], whole + n * np.subtract(*times) / (2 * step), atol=1e-5)


# ---- concordance -----------------------------------------------------------------------------------------------------
@given(SEEDS, st.booleans(), st.booleans(), st.sampled_from([0, 10**12]))
def test_concordance_is_that_of_all_pairs(seed: int, weighted: bool, stratified: bool, small: int) -> None:
    from sarcoma.survival import kernels

    random = np.random.default_rng(seed)
    n = int(random.integers(2, 60))
    score, time = random.integers(0, 12, n).astype(float), random.integers(0, 15, n) * float(random.choice([1, 0.3]))
    event = random.random(n) < 0.6
    weight = random.integers(1, 9, n) / 4 if weighted else np.ones(n)
    stratum = random.integers(0, 3, n) if stratified else np.zeros(n, dtype=int)
    sooner = event[:, None] & ((time[:, None] < time) | ((time[:, None] == time) & ~event))
    pairs = sooner & (stratum[:, None] == stratum)
    mass = weight[:, None] * weight
    if not pairs.any():
        return
    before, kernels.SMALL = kernels.SMALL, small
    try:
        found = harrell_concordance(
            score, time, event, weight=weight if weighted else None, stratum=stratum if stratified else None
        )
    finally:
        kernels.SMALL = before
    assert found.concordant == (mass * (pairs & (score[:, None] > score))).sum()
    assert found.discordant == (mass * (pairs & (score[:, None] < score))).sum()
    assert found.tied_score == (mass * (pairs & (score[:, None] == score))).sum()


# ---- times that are one but for rounding -----------------------------------------------------------------------------
def test_times_that_differ_by_rounding_alone_are_tied() -> None:
    """2010.5 − 2008.3 and 12.5 − 10.3 are not the same floating-point number; in a registry they are one time."""
    random = np.random.default_rng(3)
    n = 200
    born, time = random.integers(1, 900, n) / 10, random.integers(1, 60, n) / 10
    noisy = (2000 + born + time) - (2000 + born)
    entry = np.where(random.random(n) < 0.3, time - 0.1, 0)
    noisy_entry = np.where(entry > 0, (born + time - 0.1) - born, 0)
    assert len(np.unique(noisy)) > len(np.unique(time))
    cause, group, x = random.integers(0, 3, n), random.integers(0, 2, n), random.normal(size=(n, 2))
    course = Course.competing(("relapse", "death"))
    exact = EventTable.from_arrays(course, time, cause, group=group, entry=entry)
    rough = EventTable.from_arrays(course, noisy, cause, group=group, entry=noisy_entry)
    np.testing.assert_allclose(rough.times, exact.times, rtol=1e-11)
    for name in ("events", "censored", "entered", "initial"):
        np.testing.assert_array_equal(getattr(rough, name), getattr(exact, name))
    halves = [
        EventTable.from_arrays(course, noisy[i::2], cause[i::2], group=group[i::2], entry=noisy_entry[i::2])
        for i in (0, 1)
    ]
    np.testing.assert_array_equal((halves[0] + halves[1]).pooled().events, exact.pooled().events)
    asked = np.arange(1, 50) / 10
    one, other = occupancy(exact).at(asked), occupancy(rough).at(asked)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-14)
    from sarcoma.survival import CoxRegression, FineGrayRegression

    for model, event in ((CoxRegression, cause == 1), (FineGrayRegression, cause)):
        for late in (False, True):
            a, b = ({"entry": e} if late else {} for e in (entry, noisy_entry))
            first, second = model().fit(x, time, event, **a), model().fit(x, noisy, event, **b)
            np.testing.assert_allclose(first.coef_, second.coef_, rtol=1e-12)
            np.testing.assert_allclose(first.covariance_, second.covariance_, rtol=1e-11)
    assert harrell_concordance(x[:, 0], time, cause == 1) == harrell_concordance(x[:, 0], noisy, cause == 1)
