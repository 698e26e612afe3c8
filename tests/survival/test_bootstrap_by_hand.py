"""The bootstrap, draw by draw: which rows are drawn, what becomes of them, and how many are on their way at once."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival.measures import bootstrap

MODULE: Any = importlib.import_module("sarcoma.survival.measures.bootstrap")  # its name is that of its function
AGES = np.array([54.0, 61.0, 70.0, 48.0, 66.0])
N = len(AGES)


def mean_and_highest(rows: np.ndarray) -> list[float]:
    return [float(AGES[rows].mean()), float(AGES[rows].max())]


def mean_age(rows: np.ndarray) -> float:
    return float(AGES[rows].mean())


def drawn(seed: int, draws: int) -> np.ndarray:
    """Rows of each draw: those of the generator seeded with (seed, its number)."""
    return np.array([np.random.default_rng([seed, b]).integers(0, N, N) for b in range(draws)])


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_draws_and_limits_are_those_of_the_seed(level: float) -> None:
    found = bootstrap(mean_and_highest, N, draws=40, seed=3, level=level)
    table = np.array([mean_and_highest(rows) for rows in drawn(3, 40)])
    np.testing.assert_array_equal(found.draws, table)
    assert found.value.tolist() == [59.8, 70]
    middle = table.mean(axis=0)
    np.testing.assert_allclose(found.se, [(((table[:, k] - middle[k]) ** 2).sum() / 39) ** 0.5 for k in (0, 1)])
    for k in (0, 1):
        at = [x * 39 for x in ((1 - level) / 2, 1 - (1 - level) / 2)]  # between which draws, in order, a limit lies
        ordered = sorted(table[:, k].tolist())
        limits = [ordered[int(x)] + (x - int(x)) * (ordered[int(x) + 1] - ordered[int(x)]) for x in at]
        assert [found.low[k], found.high[k]] == pytest.approx(limits, abs=1e-9)
    assert (found.level, found.failed, found.interrupted) == (level, 0, False)
    assert {name: column.tolist() for name, column in found.columns().items()} == {
        name: getattr(found, name).tolist() for name in ("value", "se", "low", "high")
    }


def test_without_another_word_there_are_500_draws_of_seed_0_at_95_per_cent() -> None:
    found = bootstrap(mean_age, N)
    assert found.draws.shape == (500, 1)
    np.testing.assert_array_equal(found.draws[:50, 0], [mean_age(rows) for rows in drawn(0, 50)])
    assert found.level == 0.95


def test_whole_clusters_are_drawn() -> None:
    centre = ["b", "a", "b", "c", "a"]
    members = [[1, 4], [0, 2], [3]]  # of a, b and c
    seen: list[list[int]] = []

    def noted(rows: np.ndarray) -> float:
        seen.append(rows.tolist())
        return 0.0

    bootstrap(noted, N, draws=20, seed=8, clusters=centre, workers=1)
    expected = [list(range(N))]
    for b in range(20):
        which = np.random.default_rng([8, b]).integers(0, 3, 3)
        expected.append([row for c in which for row in members[c]])
    assert seen == expected


def test_the_rows_of_a_cluster_keep_their_order() -> None:
    centre = np.arange(300) % 3
    found = bootstrap(lambda rows: rows.astype(float), 300, draws=20, clusters=centre)
    for rows in found.draws:
        assert all((np.diff(part) == 3).all() for part in rows.reshape(3, 100))


def test_whole_numbers_become_floating_ones() -> None:
    found = bootstrap(len, N, draws=20)
    assert (found.value.dtype, found.draws.dtype) == (float, float)
    assert found.value.shape == (1,)


# ---- how many at once ------------------------------------------------------------------------------------------------
def test_progress_is_told_after_every_draw() -> None:
    told: list[tuple[int, int]] = []
    bootstrap(mean_age, N, draws=20, progress=lambda done, all_: told.append((done, all_)))
    assert told == [(i, 20) for i in range(1, 21)]


class Pool:
    """Stands for a pool: does at once what it is given, and notes how it was made and how it ended."""

    made: list[Pool]

    def __init__(self, *given: Any, **named: Any) -> None:
        self.given, self.named, self.ended = given, named, [{}]
        Pool.made.append(self)

    def submit(self, call: Callable[..., Any], *given: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(call(*given))
        return future

    def shutdown(self, **how: Any) -> None:
        self.ended = [how]


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The module with such pools; how many draws were on their way whenever it waited, and for what it waited."""
    waited: list[tuple[int, str]] = []

    def noted(some: Any, return_when: str = "ALL_COMPLETED") -> Any:
        waited.append((len(some), return_when))
        return wait(some, return_when=return_when)

    Pool.made = []
    for name in ("ThreadPoolExecutor", "ProcessPoolExecutor"):
        monkeypatch.setattr(MODULE, name, type(name, (Pool,), {}))
    monkeypatch.setattr(MODULE, "wait", noted)
    return waited


@pytest.mark.parametrize(("workers", "threads"), [(-1, 1), (0, 1), (1, 1), (2, 2), (5, 5)])
def test_draws_run_on_so_many_threads(pools: list[tuple[int, str]], workers: int, threads: int) -> None:
    found = bootstrap(mean_age, N, draws=20, workers=workers)
    np.testing.assert_array_equal(found.draws[:, 0], [mean_age(rows) for rows in drawn(0, 20)])
    (pool,) = Pool.made
    assert (type(pool).__name__, pool.given, pool.named) == ("ThreadPoolExecutor", (threads,), {})
    assert pool.ended == [{"wait": True, "cancel_futures": True}]
    # two draws for each worker are on their way, and the first that is done is taken
    at_once = max(1, 2 * workers)
    assert pools == [(at_once, "FIRST_COMPLETED")] * (20 // at_once)


def test_without_another_word_there_are_two_threads(pools: list[tuple[int, str]]) -> None:
    bootstrap(mean_age, N, draws=20)
    assert [(type(pool).__name__, pool.given) for pool in Pool.made] == [("ThreadPoolExecutor", (2,))]
    assert pools[0][0] == 4


def test_processes_are_begun_anew_and_leave_ctrl_c_to_the_first(pools: list[tuple[int, str]]) -> None:
    bootstrap(mean_age, N, draws=20, workers=2, processes=True)
    bootstrap(mean_age, N, draws=20, workers=1, processes=True)
    two, one = Pool.made
    assert (type(two).__name__, two.given) == ("ProcessPoolExecutor", (2,))
    assert two.named["mp_context"].get_start_method() == "spawn"
    assert two.named["initializer"] is MODULE._ignore_interrupts
    assert type(one).__name__ == "ThreadPoolExecutor"


def test_a_process_ignores_interrupts() -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        MODULE._ignore_interrupts()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


# ---- draws that fail, and a stop -------------------------------------------------------------------------------------
def failing(times: int) -> Callable[[np.ndarray], float]:
    """A statistic that cannot be computed on the first so many draws."""
    left = [times]

    def statistic(rows: np.ndarray) -> float:
        if rows.tolist() == list(range(N)):
            return 0.0
        left[0] -= 1
        if left[0] >= 0:
            raise SurvivalError("no")
        return float(rows.mean())

    return statistic


def test_draws_that_fail_are_counted_and_left_out() -> None:
    found = bootstrap(failing(9), N, draws=20, seed=2, workers=1)
    assert found.failed == 9
    np.testing.assert_array_equal(found.draws[:, 0], [rows.mean() for rows in drawn(2, 20)[9:]])
    with pytest.raises(SurvivalError) as caught:
        bootstrap(failing(10), N, draws=20, seed=2, workers=1)
    assert not isinstance(caught.value, InputError)


def test_another_error_is_not_taken_for_a_draw_that_fails() -> None:
    def statistic(rows: np.ndarray) -> float:
        if rows.tolist() == list(range(N)):
            return 0.0
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bootstrap(statistic, N, draws=20)


@pytest.mark.parametrize("at", [20, 33])
def test_a_stop_keeps_what_is_done(at: int) -> None:
    def stop(done: int, _: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    found = bootstrap(mean_age, N, draws=50, seed=6, workers=1, progress=stop)
    assert found.interrupted
    assert len(found.draws) == at
    # of draws that are done at once either may be taken first; those kept stand in their order
    order = iter([mean_age(rows) for rows in drawn(6, at + 2)])
    assert all(any(draw == one for one in order) for draw in found.draws[:, 0])


def test_a_stop_before_20_draws_keeps_nothing() -> None:
    def stop(done: int, _: int) -> None:
        if done == 19:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bootstrap(mean_age, N, draws=50, progress=stop)


@pytest.mark.words
def test_what_it_says_of_itself() -> None:
    def stop(done: int, _: int) -> None:
        if done == 25:
            raise KeyboardInterrupt

    assert repr(bootstrap(mean_and_highest, N, draws=20)) == "Bootstrap(draws=20, statistics=2)"
    found = bootstrap(failing(2), N, draws=50, workers=1, progress=stop)
    assert repr(found) == "Bootstrap(draws=23, statistics=1, 2 failed, interrupted)"


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.argument


def test_what_cannot_be_drawn_is_refused_by_name() -> None:
    assert refused(lambda: bootstrap(mean_age, N, draws=19)) == "draws"
    assert refused(lambda: bootstrap(mean_age, N, draws=20, seed=-1)) == "seed"
    assert refused(lambda: bootstrap(mean_age, 1, draws=20)) == "people"
    assert refused(lambda: bootstrap(mean_age, N, draws=20, level=1.0)) == "level"
    assert refused(lambda: bootstrap(mean_age, N, draws=20, clusters=["a", "b"])) == "clusters"
    assert refused(lambda: bootstrap(mean_age, N, draws=20, clusters=["a", None, "b", "b", "b"])) == "clusters"
    assert bootstrap(mean_age, 2, draws=20).draws.shape == (20, 1)
