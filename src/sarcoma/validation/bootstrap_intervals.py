"""Intervals of every measure at every horizon from one bootstrap of the patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival.measures import Outcome, bootstrap
from sarcoma.validation.performance import AtHorizon, numbers

_WORTH_PROCESSES = 100_000  # rows drawn altogether, from which starting processes pays


@dataclass(frozen=True, eq=False, repr=False)
class _Measures:
    """The measures of drawn patients, one after another over the horizons; NaN where one cannot be had."""

    risk: Floats
    outcome: Outcome
    horizons: tuple[tuple[float, float | None], ...]
    names: tuple[tuple[str, ...], ...]

    def __call__(self, rows: NDArray[np.intp]) -> Floats:
        drawn = self.outcome.take(rows)
        found = []
        for k, (months, limit) in enumerate(self.horizons):
            again = numbers(self.risk[rows, k], drawn, months, limit, "draw").measures
            found += [again[name].value if name in again else np.nan for name in self.names[k]]
        return np.array(found)


def resampled(
    judged: Sequence[AtHorizon],
    risk: Floats,
    outcome: Outcome,
    draws: int,
    seed: int,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[AtHorizon, ...], int, bool]:
    """The horizons with percentile intervals, the samples drawn, and whether that was interrupted.

    A measure that cannot be had in half of the samples or more keeps its interval from influence functions.
    """
    names = tuple(tuple(one.measures) for one in judged)
    statistic = _Measures(risk, outcome, tuple((one.months, one.limit) for one in judged), names)
    large = processes > 1 and draws * len(risk) > _WORTH_PROCESSES
    result = bootstrap(
        statistic, len(risk), draws=draws, seed=seed, progress=progress, workers=max(processes, 1), processes=large
    )
    found, place = [], 0
    for one, mine in zip(judged, names, strict=True):
        measures = dict(one.measures)
        for name in mine:
            column = result.draws[:, place]
            place += 1
            known = column[~np.isnan(column)]
            if 2 * len(known) > len(column):
                low, high = np.quantile(known, [0.025, 0.975])
                se = float(known.std(ddof=1))
                measures[name] = replace(measures[name], se=se, low=float(low), high=float(high))
        found.append(replace(one, measures=measures))
    return tuple(found), len(result.draws), result.interrupted
