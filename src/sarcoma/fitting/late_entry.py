"""What late entry does to a curve: honoured, ignored, with early entries left out, and whether it is independent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.errors import CohortError, SurvivalError
from sarcoma.models.fit_record import CardCurve
from sarcoma.survival import conditional_tau, occupancy
from sarcoma.survival.measures import Bootstrap, bootstrap

_GRID = (0.0, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0, 30.0, 36.0, 48.0, 60.0, 72.0, 84.0, 96.0, 120.0)
_MOST = 3000  # people for the pairs of Kendall's τ; more are drawn from

Progress = Callable[[int, int], None]


def tau_of(
    counted: CountedHistories, *, draws: int, seed: int, progress: Progress | None = None
) -> tuple[float, int, Bootstrap | None]:
    """Conditional Kendall's τ with its bootstrap, none with 0 draws."""
    entry, exit_, event = counted.entry, counted.exit, counted.to > 0
    if len(exit_) > _MOST:
        some = np.random.default_rng(seed).choice(len(exit_), _MOST, replace=False)
        entry, exit_, event = entry[some], exit_[some], event[some]

    def statistic(rows: NDArray[np.intp]) -> Floats:
        return np.array([conditional_tau(entry[rows], exit_[rows], event[rows])[0]])

    tau, pairs = conditional_tau(entry, exit_, event)
    if not draws:
        return tau, pairs, None
    done = bootstrap(statistic, len(exit_), draws=draws, seed=seed, workers=1, progress=progress)
    if done.interrupted:
        raise KeyboardInterrupt
    return tau, pairs, done


def curves(counted: CountedHistories, leave_out_months: tuple[float, ...], last: float) -> tuple[CardCurve, ...]:
    """The curve with late entry honoured and ignored; from each landmark, of all and of those who came after it."""
    ignoring = replace(counted, entry=np.zeros_like(counted.entry))
    found = [
        _curve("late-entry", "with late entry honoured", counted, 0.0, last),
        _curve(
            "naive",
            "with late entry ignored, which is wrong",
            ignoring,
            0.0,
            last,
        ),
    ]
    for months in leave_out_months:
        text = f"{months:g} months after the time zero"
        alive = counted.take(np.flatnonzero(counted.exit > months))
        later = counted.take(np.flatnonzero((counted.exit > months) & (counted.entry > months)))
        for key, title, part in (
            (f"from-{months:g}", f"of those alive {text}", alive),
            (f"from-{months:g}-later", f"of those alive {text}, entries before then left out", later),
        ):
            try:
                found.append(_curve(key, title, part, months, last))
            except (SurvivalError, CohortError):
                continue
    return tuple(found)


def _curve(key: str, title: str, counted: CountedHistories, start: float, last: float) -> CardCurve:
    """Survival at a grid of months, of those alive at `start`."""
    found = occupancy(counted.table, start=start)
    grid = np.array([m for m in _GRID if start <= m <= last])
    at, median = found.at(grid), found.quantile(0.5)[0]

    def column(values: Floats) -> tuple[float, ...]:
        return tuple(round(float(v), 4) for v in values[0, :, 0])

    def known(value: float) -> float | None:
        return round(float(value), 2) if np.isfinite(value) else None

    return CardCurve(
        id=key,
        title=title,
        months=tuple(grid.tolist()),
        probability=column(at.probability),
        low=column(at.low),
        high=column(at.high),
        at_risk=tuple(int(((counted.entry <= m) & (counted.exit > m)).sum()) for m in grid.tolist()),
        median_months=known(median.value),
        median_low=known(median.low),
        median_high=known(median.high),
        people=len(counted.exit),
        events=int((counted.to > 0).sum()),
    )
