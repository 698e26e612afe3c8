"""Measures of predicted states against their definitions: loops over a few people, and derivatives by their weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import fsolve

from sarcoma.errors import ConvergenceError, InputError
from sarcoma.survival import Course, Histories
from sarcoma.survival.measures import Measure, state_measures

COURSE = Course.illness_death()
HEALTHY, ILL, DEAD = range(3)
Stay = tuple[float, float, int, int]
"""From when, to when, in which state, and the state then entered (−1: none)."""

PEOPLE: list[list[Stay]] = [
    [(0, 2, HEALTHY, ILL), (2, 5, ILL, DEAD)],
    [(0, 3, HEALTHY, DEAD)],
    [(0, 1, HEALTHY, -1)],
    [(0, 4, HEALTHY, ILL), (4, 9, ILL, -1)],
    [(0, 9, HEALTHY, DEAD)],
    [(0, 5, HEALTHY, -1)],
    [(0, 1, HEALTHY, ILL), (1, 3, ILL, -1)],
    [(0, 3, HEALTHY, -1)],
    [(0, 2, HEALTHY, DEAD)],
    [(0, 6, HEALTHY, -1)],
    [(0, 3, HEALTHY, ILL), (3, 6, ILL, -1)],
    [(0, 6, HEALTHY, ILL)],
    [(0, 1, HEALTHY, ILL), (1, 6, ILL, DEAD)],
    [(0, 5, HEALTHY, ILL), (5, 8, ILL, DEAD)],
    [(0, 5, HEALTHY, -1)],
    [(0, 7, HEALTHY, ILL), (7, 9, ILL, DEAD)],
    [(0, 4, HEALTHY, ILL)],
    [(0, 6, HEALTHY, -1)],
    [(0, 6, HEALTHY, -1)],
]
N = len(PEOPLE)
RANDOM = np.random.default_rng(3)
PREDICTED = RANDOM.dirichlet([3.0, 2.0, 2.0], N)
TIMES = [5.0, 6.0, 3.5, 7.5]
"""At 5 more are followed on than are censored then; at 6 fewer; at the others nothing happens."""


def histories(people: list[list[Stay]], unit: float = 1.0) -> Histories:
    rows = [(k, *stay) for k, stays in enumerate(people) for stay in stays]
    rows = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    patient, entry, end, origin, to = (list(column) for column in zip(*rows, strict=True))
    return Histories(
        COURSE,
        np.array(end) * unit,
        to,
        entry=np.array(entry) * unit,
        origin=origin,
        patient=patient,
    )


def occupation(weight: np.ndarray, time: float) -> np.ndarray:
    """Aalen–Johansen with a weight for each person: the product over times of the steps from state to state."""
    found = np.array([1.0, 0.0, 0.0])
    for t in sorted({end for stays in PEOPLE for _, end, _, to in stays if to >= 0 and end <= time}):
        step = np.eye(3)
        for h in (HEALTHY, ILL):
            at_risk = sum(w for w, p in zip(weight, PEOPLE, strict=True) for a, b, s, _ in p if s == h and a < t <= b)
            for to in (ILL, DEAD):
                went = sum(
                    w for w, p in zip(weight, PEOPLE, strict=True) for _, b, s, g in p if (s, g, b) == (h, to, t)
                )
                if went:
                    step[h, to] += went / at_risk
                    step[h, h] -= went / at_risk
        found = found @ step
    return found


def known(time: float, at_end: bool) -> list[tuple[int, float, bool]]:
    """Of everyone the state at a time (−1: not known), the time up to which censoring could have hidden it, and whether
    a censoring at that very time could: not where those censored then count as there."""
    found = []
    for stays in PEOPLE:
        _, end, state, to = stays[-1]
        if to == DEAD and end <= time:
            found.append((DEAD, end, False))
        elif end > time:
            found.append((next(s for a, b, s, _ in stays if a <= time < b), time, not at_end))
        elif end == time and at_end:
            found.append((to if to >= 0 else state, time, False))
        else:
            found.append((-1, 0.0, False))
    return found


def not_censored(weight: np.ndarray, until: float, included: bool) -> float:
    """G(until), or G(until −): who dies at a time is not at risk of being censored then."""
    ends = [(w, stays[-1][1], stays[-1][3] == DEAD) for w, stays in zip(weight, PEOPLE, strict=True)]
    g = 1.0
    for u in sorted({end for _, end, dead in ends if not dead and (end <= until if included else end < until)}):
        at_risk = sum(w for w, end, dead in ends if end > u or (end == u and not dead))
        g *= 1 - sum(w for w, end, dead in ends if end == u and not dead) / at_risk
    return g


def at_end_of_follow_up(time: float) -> bool:
    """Whether more are censored at the time than are followed on."""
    ends = [(stays[-1][1], stays[-1][3]) for stays in PEOPLE]
    return sum(end == time and to != DEAD for end, to in ends) > sum(end > time for end, _ in ends)


def brier(weight: np.ndarray, time: float, s: int, predicted: np.ndarray) -> float:
    total = 0.0
    for w, p, (state, until, included) in zip(weight, predicted, known(time, at_end_of_follow_up(time)), strict=True):
        if state >= 0:
            total += w * ((state == s) - p) ** 2 / not_censored(weight, until, included)
    return float(total / weight.sum())


def influence(estimate: Callable[[np.ndarray], float]) -> np.ndarray:
    """n times the derivative by everyone's weight."""
    found = []
    for i in range(N):
        more, less = np.ones(N), np.ones(N)
        more[i] += 1e-5
        less[i] -= 1e-5
        found.append(N * (estimate(more) - estimate(less)) / 2e-5)
    return np.array(found)


def is_measure(found: Measure | None, name: str, value: float, expected: np.ndarray, time: float, ddof: int) -> Measure:
    assert found is not None
    assert (found.name, found.estimand, found.horizon, found.level) == (name, "crude", time, 0.9)
    assert found.value == pytest.approx(value, rel=1e-10)
    np.testing.assert_allclose(found.influence, expected, atol=1e-7)
    assert found.se == pytest.approx(expected.std(ddof=ddof) / np.sqrt(N), rel=1e-6)
    return found


def test_some_times_are_the_end_of_follow_up() -> None:
    assert [at_end_of_follow_up(time) for time in TIMES] == [False, True, False, False]


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_each_state_is_judged_by_its_definition(time: float, unit: float) -> None:
    found = state_measures(PREDICTED, histories(PEOPLE, unit), time * unit, level=0.9)
    z = 1.6448536269514722
    one = np.ones(N)
    assert found.states == ("healthy", "ill", "dead")
    assert found.predicted == pytest.approx(PREDICTED.mean(axis=0))
    assert found.observed == pytest.approx(occupation(one, time), abs=1e-12)
    for s in range(3):
        p = PREDICTED[:, s]

        def ratio(weight: np.ndarray, s: int = s, p: np.ndarray = p) -> float:
            return float(occupation(weight, time)[s] / (weight @ p / weight.sum()))

        def score(weight: np.ndarray, s: int = s, p: np.ndarray = p) -> float:
            return brier(weight, time, s, p)

        of = is_measure(found.ratio[s], "O/E", ratio(one), influence(ratio), time * unit, 1)
        if of.value > 0:
            assert of.high == pytest.approx(of.value * np.exp(z * of.se / of.value))
        of = is_measure(found.brier[s], "Brier score", score(one), influence(score), time * unit, 1)
        assert of.low == pytest.approx(max(of.value - z * of.se, 0.0))
        assert of.high == pytest.approx(of.value + z * of.se)
        null = brier(one, time, s, np.full(N, occupation(one, time)[s]))
        assert found.accuracy[s] == pytest.approx(1 - score(one) / null)


@pytest.mark.parametrize("s", range(3))
def test_the_slope_is_that_of_the_estimating_equations(s: int) -> None:
    time = 5.0
    found = state_measures(PREDICTED, histories(PEOPLE), time, level=0.9).slope[s]
    theta = occupation(np.ones(N), time)[s] + influence(lambda weight: float(occupation(weight, time)[s]))
    x = np.column_stack([np.ones(N), np.log(-np.log(1 - PREDICTED[:, s]))])

    def parts(beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hazard = np.exp(x @ beta)
        return x * (hazard * np.exp(-hazard))[:, None], theta - (1 - np.exp(-hazard))

    def equations(beta: np.ndarray) -> np.ndarray:
        gradient, rest = parts(beta)
        return np.asarray(gradient.T @ rest)

    beta = fsolve(equations, np.array([0.0, 0.1]), xtol=1e-13)
    gradient, rest = parts(beta)
    own = N * np.linalg.solve(gradient.T @ gradient, (gradient * rest[:, None]).T)[1]
    measure = is_measure_nearly(found, float(beta[1]), own)
    assert (measure.name, measure.estimand, measure.horizon, measure.level) == ("calibration slope", "crude", time, 0.9)


def is_measure_nearly(found: Measure | None, value: float, own: np.ndarray) -> Measure:
    assert found is not None
    assert found.value == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(found.influence, own, rtol=1e-5, atol=1e-6)
    assert found.se == pytest.approx(own.std(ddof=0) / np.sqrt(N), rel=1e-5)
    return found


def test_there_is_no_slope_of_predictions_that_are_0_or_1_or_all_the_same() -> None:
    def slopes(predicted: np.ndarray) -> list[bool]:
        return [slope is not None for slope in state_measures(predicted, histories(PEOPLE), 5.0).slope]

    assert slopes(PREDICTED) == [True, True, True]
    assert slopes(np.tile([0.5, 0.3, 0.2], (N, 1))) == [False, False, False]
    some = PREDICTED.copy()
    some[4] = [0.0, 0.4, 0.6]
    assert slopes(some) == [False, True, True]
    some[4] = [0.0, 1.0, 0.0]
    assert slopes(some) == [False, False, False]
    share = PREDICTED[:, 0]
    assert slopes(np.column_stack([share / 2, (1 - share) / 2, np.full(N, 0.5)])) == [True, True, False]


def test_a_state_that_nobody_was_thought_to_be_in_has_no_ratio() -> None:
    predicted = np.column_stack([1 - PREDICTED[:, 1], PREDICTED[:, 1], np.zeros(N)])
    found = state_measures(predicted, histories(PEOPLE), 5.0)
    assert [ratio is None for ratio in found.ratio] == [False, False, True]
    assert found.columns()["O/E value"][2] is None


def test_where_all_are_in_one_state_there_is_nothing_to_explain() -> None:
    predicted = np.column_stack([np.full((N, 1), 0.6), np.full((N, 2), 0.2)])
    found = state_measures(predicted, histories(PEOPLE), 0.5)
    assert found.observed.tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(found.accuracy).all()
    assert [of.value for of in found.brier] == pytest.approx([0.16, 0.04, 0.04])
    with pytest.raises(ConvergenceError):  # a line of what nobody reached
        state_measures(PREDICTED, histories(PEOPLE), 0.5)


def test_rows_without_patients_are_patients() -> None:
    course = Course.survival()
    exit_, died = np.array([2.0, 3.0, 5.0, 6.0]), [1, 0, 1, 0]
    p = np.full(4, 0.3)
    found = state_measures(np.column_stack([1 - p, p]), Histories(course, exit_, died), 4.0)
    loss = np.array([0.49, 0.0, 0.09 * 1.5, 0.09 * 1.5])  # of three at risk at 3 one is censored: G(4) = 2/3
    assert [of.value for of in found.brier] == pytest.approx([loss.mean(), loss.mean()])
    assert found.observed == pytest.approx([3 / 4, 1 / 4])


def test_a_brier_score_is_never_below_0() -> None:
    dead = np.array([1.0, 1.0, 0.0, 1.0])
    rows = Histories(Course.survival(), np.array([2.0, 3.0, 8.0, 9.0]), np.ones(4, dtype=int))
    found = state_measures(np.column_stack([1 - dead, dead]), rows, 4.0).brier[1]
    assert found.value == 0.25  # one of four is thought dead and is not
    assert found.se == pytest.approx(0.25)
    assert found.low == 0.0


def test_the_frame_has_a_row_for_each_state() -> None:
    found = state_measures(PREDICTED, histories(PEOPLE), 5.0)
    columns = found.columns()
    assert list(columns) == [
        "state",
        "predicted",
        "observed",
        *(f"{name} {part}" for name in ("O/E", "slope", "brier") for part in ("value", "low", "high")),
        "accuracy",
    ]
    assert columns["state"] == ["healthy", "ill", "dead"]
    assert columns["predicted"].tolist() == found.predicted.tolist()
    assert columns["observed"].tolist() == found.observed.tolist()
    assert columns["accuracy"].tolist() == found.accuracy.tolist()
    for name, measures in (("O/E", found.ratio), ("slope", found.slope), ("brier", found.brier)):
        for part in ("value", "low", "high"):
            assert columns[f"{name} {part}"] == [getattr(measure, part) for measure in measures]


@pytest.mark.words
def test_each_state_is_told_in_a_line() -> None:
    found = state_measures(PREDICTED, histories(PEOPLE), 5.0)
    assert repr(found).splitlines()[1] == (
        f"ill: predicted {found.predicted[1]:.3f}, observed {found.observed[1]:.3f}, "
        f"Brier score {found.brier[1].value:.4f}"
    )
    assert len(repr(found).splitlines()) == 3


def refused(argument: str, predicted: np.ndarray, given: Histories, time: float = 5.0) -> None:
    with pytest.raises(InputError) as error:
        state_measures(predicted, given, time)
    assert error.value.argument == argument


def test_probabilities_must_fit() -> None:
    rows = histories(PEOPLE)
    for wrong in (PREDICTED[:-1], PREDICTED[:, :2], PREDICTED[0], PREDICTED * 0.5, PREDICTED * 1.5):
        refused("probability", wrong, rows)
    refused("probability", np.full((N, 3), "a third"), rows)
    for value in (np.nan, np.inf):
        wrong = PREDICTED.copy()
        wrong[3, 1] = value
        refused("probability", wrong, rows)
    wrong = PREDICTED.copy()
    wrong[3] = [-0.1, 0.5, 0.6]
    refused("probability", wrong, rows)
    one = np.zeros((N, 3))
    one[:, 0] = 1.0
    state_measures(one, rows, 5.0)
    for dust in (5e-7, -5e-7):
        wrong = PREDICTED.copy()
        wrong[3, 1] += dust
        state_measures(wrong, rows, 5.0)
        wrong[3, 1] += 2 * dust
        refused("probability", wrong, rows)


def test_what_cannot_be_judged_is_refused_by_its_name() -> None:
    refused("time", PREDICTED, histories(PEOPLE), 9.5)
    refused("time", PREDICTED, histories(PEOPLE), -1.0)
    late = [list(stays) for stays in PEOPLE]
    late[4] = [(0.5, 9, HEALTHY, DEAD)]
    refused("histories", PREDICTED, histories(late))
    rows = histories(PEOPLE)
    for more in ({"weight": np.ones(len(rows))}, {"group": np.arange(len(rows)) % 2}):
        given = Histories(
            COURSE, [2.0, 3.0, 9.0, 9.0], [1, 2, 0, 0], **{name: values[:4] for name, values in more.items()}
        )
        refused("histories", PREDICTED[:4], given)


GAP = [*PEOPLE[:4], [(0.0, 2.0, HEALTHY, -1), (6.0, 9.0, ILL, DEAD)], *PEOPLE[5:]]
"""Somebody is seen until 2 and again from 6 on: alive at 5, but in which state?"""


def test_a_state_that_nobody_knows_is_not_guessed() -> None:
    refused("histories", PREDICTED, histories(GAP), 5.0)
    state_measures(np.tile([0.5, 0.3, 0.2], (N, 1)), histories(GAP), 7.0)


@pytest.mark.words
def test_errors_say_how_many_patients_they_are_of() -> None:
    late = [*PEOPLE[:4], [(0.5, 9.0, HEALTHY, DEAD)], [(2.0, 5.0, HEALTHY, -1)], *PEOPLE[6:]]
    for people, message in ((GAP, "1 patients are seen later"), (late, "2 patients came under observation late")):
        with pytest.raises(InputError, match=f"^histories: {message}"):
            state_measures(PREDICTED, histories(people), 5.0)
