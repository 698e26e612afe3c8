"""The product-limit against its definition, written out time by time in plain loops, over the borders of its blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from sarcoma.survival import Course, EventTable, cumulative_incidence, kaplan_meier, occupancy
from sarcoma.survival.curves import product_limit


class Rows(NamedTuple):
    """What happened to whom: to[i] is the state reached at exit[i], or 0 where that is not known."""

    course: Course
    exit: list[float]
    to: list[Any]
    entry: list[float]
    origin: list[str]

    def table(self, **more: Any) -> EventTable:
        return EventTable.from_arrays(self.course, self.exit, self.to, entry=self.entry, origin=self.origin, **more)


def rows(course: Course, *people: tuple[float, str, str, float]) -> Rows:
    """People as (entry, from, to or "", exit)."""
    entry, origin, to, end = zip(*people, strict=True)
    return Rows(course, list(end), [t or None for t in to], list(entry), list(origin))


SURVIVAL, CAUSES, ILLNESS = Course.survival(), Course.competing(("a", "b")), Course.illness_death()
DEATHS = [
    (0.0, "alive", to, t)
    for t, to in ((1, "dead"), (2, ""), (2, "dead"), (2, "dead"), (3, "dead"), (5, ""), (6, "dead"))
]
OF_CAUSES = [
    (0.0, "event-free", to, t)
    for t, to in (
        (1, "a"),
        (1, "b"),
        (2, "a"),
        (2, "a"),
        (3, ""),
        (4, "b"),
        (4, "a"),
        (5, "b"),
        (6, ""),
        (7, "a"),
        (8, ""),
        (9, ""),
    )
]
ILL = [
    (0.0, "healthy", "ill", 1),
    (1.0, "ill", "dead", 3),
    (0.0, "healthy", "ill", 2),
    (2.0, "ill", "", 6),
    (0.0, "healthy", "dead", 2),
    (0.0, "healthy", "ill", 3),
    (3.0, "ill", "dead", 5),
    (0.0, "healthy", "dead", 4),
    (0.0, "healthy", "", 5),
    (0.0, "healthy", "dead", 6),
    (0.5, "ill", "dead", 4),
]  # fmt: skip
CASES = {
    "survival": rows(SURVIVAL, *DEATHS, (0.0, "alive", "", 7)),
    "survival, to nobody": rows(SURVIVAL, *DEATHS),
    "causes": rows(CAUSES, *OF_CAUSES),
    "causes, to nobody": rows(CAUSES, *[p for p in OF_CAUSES if p[3] < 8]),
    "causes, late entry": rows(CAUSES, *OF_CAUSES, (2.5, "event-free", "a", 7), (1.5, "event-free", "", 4)),
    "illness and death": rows(ILLNESS, *ILL),
}


def by_definition(given: Rows, initial: list[float], *, start: float = 0.0, poisson: bool = False) -> Any:
    """Times, p and its covariance: p ← p(I + dA), V ← (I + dA)ᵀV(I + dA) + Σ_h p_h² Cov(dA_h)."""
    course, states = given.course, list(given.course.states)
    people = list(zip(given.entry, given.origin, given.to, given.exit, strict=True))
    times = sorted({t for _, _, to, t in people if to and t > start})
    p, v = np.array(initial, float), np.zeros((len(states), len(states)))
    found = [(p, v)]
    for u in times:
        step, added = np.eye(len(states)), np.zeros_like(v)
        for h, state in enumerate(states):
            y = sum(entry < u <= end for entry, origin, _, end in people if origin == state)
            hazards = np.zeros(len(states))
            for origin, target in course.transitions:
                if origin == state and y:
                    d = sum(f == origin and to == target and t == u for _, f, to, t in people)
                    hazards[states.index(target)] = d / y
            step[h] += hazards
            step[h, h] -= hazards.sum()
            covariance = np.diag(hazards) - (0 if poisson else np.outer(hazards, hazards))
            for k in range(len(states)):
                for m in range(len(states)):
                    if k != h and m != h and y:
                        one = np.eye(len(states))[k] - np.eye(len(states))[h]
                        other = np.eye(len(states))[m] - np.eye(len(states))[h]
                        added += p[h] ** 2 * covariance[k, m] / y * np.outer(one, other)
        p, v = p @ step, step.T @ v @ step + added
        found.append((p, v))
    return np.array([start, *times]), np.array([p for p, _ in found]), np.array([v for _, v in found])


@pytest.fixture(params=[1, 2, 3, 8192])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many times at a time: one, several blocks, all at once."""
    monkeypatch.setattr(product_limit, "_TIMES", request.param)
    return int(request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("shares", ["first", "mixed"])
@pytest.mark.parametrize("covariance", ["greenwood", "aalen"])
@pytest.mark.parametrize("name", CASES)
def test_occupancy_and_its_variance_are_those_of_the_definition(name: str, covariance: Any, shares: str) -> None:
    given = CASES[name]
    initial = [1.0, 0.0, 0.0] if shares == "first" else [0.5, 0.3, 0.2]
    initial = [*initial[: len(given.course.states) - 1], 1 - sum(initial[: len(given.course.states) - 1])]
    found = occupancy(given.table(), initial=initial, covariance=covariance)
    times, p, v = by_definition(given, initial, poisson=covariance == "aalen")
    np.testing.assert_array_equal(found.times, times)
    np.testing.assert_allclose(found.probability[0], p, atol=1e-14)
    np.testing.assert_allclose(found.se[0] ** 2, v.diagonal(axis1=1, axis2=2), atol=1e-14)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("name", CASES)
def test_the_covariance_of_the_states_is_that_of_the_definition(name: str) -> None:
    given = CASES[name]
    first = [1.0, *[0.0] * (len(given.course.states) - 1)]
    times, _, v = by_definition(given, first)
    table = given.table()
    found = product_limit.hazards(table, 0.0, poisson=False)
    for at in ([0], [1], [len(times) - 1], range(len(times)), [3, 2, 4]):
        places = np.array(list(at), dtype=np.intp)
        covariance = product_limit.occupancy_covariance(found, np.array([first]), places)
        np.testing.assert_allclose(covariance[0], v[places], atol=1e-14)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("start", [0.5, 2.0])
def test_what_happened_up_to_the_start_does_not_count(start: float) -> None:
    early = rows(CAUSES, *OF_CAUSES, (0.0, "event-free", "a", 0.3), (0.0, "event-free", "b", 0.5))
    found = occupancy(early.table(), start=start)
    times, p, v = by_definition(early, [1.0, 0.0, 0.0], start=start)
    np.testing.assert_array_equal(found.times, times)
    np.testing.assert_allclose(found.probability[0], p, atol=1e-14)
    np.testing.assert_allclose(found.se[0] ** 2, v.diagonal(axis1=1, axis2=2), atol=1e-14)


def test_a_table_without_events_stays_where_it_began() -> None:
    found = occupancy(rows(SURVIVAL, (0.0, "alive", "", 3)).table())
    assert (found.times.tolist(), found.probability.tolist()) == ([0.0], [[[1.0, 0.0]]])


def test_two_groups_are_two_curves() -> None:
    one, other = CASES["causes"], CASES["causes, to nobody"]
    both = Rows(CAUSES, *(a + b for a, b in zip(one[1:], other[1:], strict=True)))
    found = occupancy(both.table(group=["x"] * len(one.exit) + ["y"] * len(other.exit)))
    for g, alone in enumerate((one, other)):
        own = occupancy(alone.table()).at([1, 4, 7])
        np.testing.assert_allclose(found.at([1, 4, 7]).probability[g], own.probability[0], atol=1e-14)
        np.testing.assert_allclose(found.at([1, 4, 7]).se[g], own.se[0], atol=1e-14)


# ---- weights ---------------------------------------------------------------------------------------------------------
WEIGHT = np.array([0.3, 1.2, 0.7, 2.0, 0.4, 0.9, 1.1, 0.6, 1.5, 0.8, 0.2, 1.3])


def weighted_covariance(given: Rows, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p and V at the end: a person's weight w counts as a fixed number, so V = Σ_i w_i² (derivative by his share)²."""
    people = list(zip(given.exit, given.to, weight, strict=True))
    p, v = np.array([1.0, 0.0, 0.0]), np.zeros((3, 3))
    for u in sorted({t for t, to, _ in people if to}):
        y = sum(w for t, _, w in people if t >= u)
        hazards = [sum(w for t, to, w in people if t == u and to == cause) / y for cause in ("a", "b")]
        covariance = np.zeros((2, 2))
        for t, to, w in people:
            if t >= u:
                gap = np.array([(t == u and to == cause) - h for cause, h in zip(("a", "b"), hazards, strict=True)])
                covariance += (w / y) ** 2 * np.outer(gap, gap)
        step = np.array([[1 - sum(hazards), *hazards], [0, 1, 0], [0, 0, 1]])
        direction = np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
        p, v = p @ step, step.T @ v @ step + p[0] ** 2 * direction.T @ covariance @ direction
    return p, v


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("scale", [1.0, 0.05])
def test_weights_enter_the_covariance_by_their_squares_and_not_by_their_scale(scale: float) -> None:
    given = CASES["causes"]
    p, v = weighted_covariance(given, WEIGHT)
    table = given.table(weight=WEIGHT * scale)
    found = occupancy(table).at([9])
    np.testing.assert_allclose(found.probability[0, 0], p, atol=1e-14)
    np.testing.assert_allclose(found.se[0, 0] ** 2, v.diagonal(), atol=1e-14)
    hazard = product_limit.hazards(table, 0.0, poisson=False)
    last = np.array([len(hazard.times)], dtype=np.intp)
    covariance = product_limit.occupancy_covariance(hazard, np.array([[1.0, 0.0, 0.0]]), last)[0, 0]
    np.testing.assert_allclose(covariance, v, atol=1e-14)
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-16)


# ---- time in a state -------------------------------------------------------------------------------------------------
def test_time_in_a_state_before_the_first_event_is_all_of_it_and_certain() -> None:
    (found,) = kaplan_meier([2, 3, 4], [1, 1, 0]).restricted_mean(1.5)
    assert (found.value, found.se) == (1.5, 0.0)


def test_time_in_a_state_after_one_event_and_its_variance_by_hand() -> None:
    # one of two at 1: S = 1 up to 1, then 1/2; the area to 3 is 1 + 2 · 1/2, its variance (2 · 1/2)² · 1/(2 · 1)
    (one,) = kaplan_meier([1, 5], [1, 0]).restricted_mean(3)
    assert one.value == pytest.approx(2.0, abs=1e-14)
    assert one.se**2 == pytest.approx(0.5, abs=1e-14)
    # a month in which little can happen: one of ten at 0.5, area to 1 = 0.5 + 0.5 · 0.9, variance (0.45)² · 1/(10 · 9)
    (small,) = kaplan_meier([0.5, *[2] * 9], [1, *[0] * 9]).restricted_mean(1)
    assert small.value == pytest.approx(0.95, abs=1e-14)
    assert small.se**2 == pytest.approx(0.45**2 / 90, abs=1e-15)


def test_time_lost_to_each_cause_adds_up_to_the_horizon() -> None:
    given = CASES["causes"]
    curve = cumulative_incidence(given.exit, [("a", "b").index(t) + 1 if t else 0 for t in given.to])
    times, p, _ = by_definition(given, [1.0, 0.0, 0.0])
    for horizon in (0.5, 1.0, 4.5, 9.0):
        edges = [*times[times < horizon], horizon]
        area = sum(p[i] * (edges[i + 1] - edges[i]) for i in range(len(edges) - 1))
        found = curve.expected_time(horizon)[0].values()
        np.testing.assert_allclose([t.value for t in found], area, atol=1e-13)
