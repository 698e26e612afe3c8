"""Intervals of every measure at every horizon from one bootstrap of the patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.validation.performance import AtHorizon, at_horizon
from sarcoma.survival.measures import Outcome, bootstrap

Floats = NDArray[np.float64]


def resampled(
    judged: Sequence[AtHorizon],
    risk: Floats,
    outcome: Outcome,
    draws: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[AtHorizon, ...], int, bool]:
    """The horizons with percentile intervals, the samples drawn, and whether that was interrupted.

    A measure that cannot be had in half of the samples or more keeps its interval from influence functions.
    """
    names = [list(one.measures) for one in judged]

    def statistic(rows: NDArray[np.intp]) -> Floats:
        drawn = outcome.take(rows)
        found = []
        for k, one in enumerate(judged):
            again = at_horizon(risk[rows, k], drawn, one.months, judgeable=one.judgeable, only="numbers")
            found += [again.measures[name].value if name in again.measures else np.nan for name in names[k]]
        return np.array(found)

    result = bootstrap(statistic, len(risk), draws=draws, seed=seed, progress=progress)
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
