"""Bootstrap of any statistic of rows: seeded, parallel, with progress, and kept when interrupted."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy

Statistic = Callable[[NDArray[np.intp]], Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap(Tidy):
    """Percentile intervals of k statistics.

    value (k,) on all rows; draws (b, k); se, low, high (k,); failed : draws on which the statistic could not be
    computed (a SurvivalError); interrupted : whether it was stopped before all draws were done.

    Examples
    --------
    >>> bootstrap(lambda rows: float(np.mean(rows)), people=4, draws=50, seed=1)
    Bootstrap(draws=50, statistics=1)
    """

    value: Floats
    draws: Floats
    se: Floats
    low: Floats
    high: Floats
    level: float
    failed: int
    interrupted: bool

    def __repr__(self) -> str:
        more = (f", {self.failed} failed" if self.failed else "") + (", interrupted" if self.interrupted else "")
        return f"Bootstrap(draws={len(self.draws)}, statistics={len(self.value)}{more})"

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("value", "se", "low", "high")}


@checked
def bootstrap(
    statistic: Statistic,
    people: int,
    *,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.95,
    clusters: Any = None,
    workers: int = 2,
    processes: bool = False,
    progress: Progress | None = None,
) -> Bootstrap:
    """Draw people with replacement and compute the statistic each time (Efron and Tibshirani 1993).

    Parameters
    ----------
    statistic : takes positions of rows, (n,) with repeats, and gives one number or several.
    people : n. clusters : (n,) labels; whole clusters are drawn then.
    seed : draw b uses the generator seeded with (seed, b), so the result depends neither on `workers` nor on the order.
    workers : threads; the array operations of most statistics run side by side.
    processes : processes instead of threads, for a statistic that can be pickled and takes many small steps.
    progress : called with (done, draws) after each draw.

    Stopping it (Ctrl-C) keeps what is done, if that is at least 20 draws.

    Raises
    ------
    InputError : fewer than 20 draws, or fewer than two people. SurvivalError : the statistic fails on more than half of
        the draws, or on the data themselves.

    Examples
    --------
    >>> ages = np.array([54.0, 61.0, 70.0, 48.0])
    >>> bootstrap(lambda rows: ages[rows].mean(), people=4, draws=50, seed=1).value.tolist()
    [58.25]
    """
    if draws < 20:
        raise InputError("draws", "too few for an interval", "500")
    if seed < 0:
        raise InputError("seed", "must not be below 0", "1")
    if people < 2:
        raise InputError("people", "one person is not enough", "two or more")
    tail = (1 - _arrays.level(level)) / 2
    groups = None if clusters is None else _arrays.codes("clusters", clusters, people)[0]
    members = (
        None if groups is None else np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    )
    value = np.atleast_1d(np.asarray(statistic(np.arange(people)), dtype=float))

    found: dict[int, Floats | None] = {}
    interrupted = False
    pool: Executor
    if processes and workers > 1:
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupts)
    else:
        pool = ThreadPoolExecutor(max(1, workers))
    waiting: dict[Future[Floats | None], int] = {}
    try:
        upcoming = iter(range(draws))
        while len(found) < draws:
            for b in upcoming:
                waiting[pool.submit(_draw, statistic, people, members, seed, b)] = b
                if len(waiting) >= 2 * workers:
                    break
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                found[waiting.pop(future)] = future.result()
                if progress is not None:
                    progress(len(found), draws)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if interrupted and len(found) < 20:
        raise KeyboardInterrupt
    kept = [found[b] for b in sorted(found)]
    good = [draw for draw in kept if draw is not None]
    if 2 * len(good) <= len(kept):
        raise SurvivalError(f"the statistic failed on {len(kept) - len(good)} of {len(kept)} bootstrap draws")
    table = np.array(good)
    low, high = np.quantile(table, [tail, 1 - tail], axis=0)
    return Bootstrap(value, table, table.std(axis=0, ddof=1), low, high, level, len(kept) - len(good), interrupted)


def _draw(
    statistic: Statistic, people: int, members: list[NDArray[np.intp]] | None, seed: int, b: int
) -> Floats | None:
    """The statistic of draw b, None where it cannot be computed."""
    random = np.random.default_rng([seed, b])
    if members is None:
        rows = random.integers(0, people, people)
    else:
        rows = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
    try:
        return np.atleast_1d(np.asarray(statistic(rows), dtype=float))
    except SurvivalError:
        return None


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process; the first alone decides what to keep."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
