"""Fewer steps where there are thousands: what is predicted moves by a bounded amount, a card stays small, a fit fast.

A hazard of a large cohort jumps on nearly every day, and what it says between two days is noise. A *thin* baseline says
by how much the cumulative hazard grows between chosen months, in even cells of an eighth of a month (`Steps.cell`).
The months are chosen greedily, each stretch as long as the straight line between its ends stays within a tolerance of
the steps at every cell's end; the tolerance is made smaller until no probability of a state differs by more than
`BOUND`, month by month and in between, from the time zero and from landmarks, in people of the fit with the most
extreme scores and some others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.fitting.estimate import FittedHazard
from sarcoma.models.forms.hazard import cell_ends
from sarcoma.survival import Course, MultiStateModel, TransitionHazard

CELL = 0.125
"""Months: within a cell a thin hazard jumps once, at its end."""
BOUND = 0.01
"""The most by which the probability of a state may differ from that of every step."""
MOST_NUMBERS = 20_000
"""Numbers of the baselines of a card up to which it keeps every step."""
_PEOPLE = 40
_FIRST = 0.008
_LEAST = 4e-4
_CELLS = 120
_WORK = 1_000_000


@dataclass(frozen=True, eq=False)
class Thin:
    """A baseline in cells: the month at which each stretch ends, its growth, the variance of that, and the means.

    As in `Steps`: jumps, variance (k,), means (k, p).
    """

    months: Floats
    jumps: Floats
    variance: Floats
    means: Floats

    def expanded(self, hazard: TransitionHazard) -> TransitionHazard:
        """The hazard with one jump at the end of each cell."""
        times, part = cell_ends(self.months, CELL)
        size = np.bincount(part)
        return replace(
            hazard,
            times=times,
            increments=(self.jumps / size)[part],
            variance=(self.variance / size)[part],
            means=self.means[part],
        )


@dataclass(frozen=True, eq=False)
class Thinned:
    """The baselines of a card that were thinned (None where every step is kept), and the largest difference found."""

    baselines: tuple[Thin | None, ...]
    difference: float
    people: int


def thinned(
    fits: Sequence[FittedHazard], course: Course, designs: dict[tuple[str, str], Floats], limit: float
) -> Thinned | None:
    """Thin baselines of a fit; None where there are so few steps that all are kept, or thinning leaves no fewer.

    Parameters
    ----------
    designs : (n, p) the columns of each hazard's predictors, of the people of the fit. limit : the last month of which
        the card speaks.
    """
    size = [len(f.hazard.times) * (3 + len(f.hazard.columns)) for f in fits]
    if sum(size) <= MOST_NUMBERS:
        return None
    panel = {pair: x[_extreme(fits, designs)] for pair, x in designs.items()}
    people = max((len(x) for x in panel.values()), default=1)
    hazards = [f.hazard for f in fits]
    asked = _asked(limit)
    whole = [_predicted(course, hazards, panel, times, start) for start, times in asked]
    weights = [_weight(h, course, panel, whole[0], asked[0][1]) for h in hazards]
    tolerance = _FIRST
    while tolerance > _LEAST:
        baselines = [_thin(h, asked[0][1], tolerance / weight) for h, weight in zip(hazards, weights, strict=True)]
        coarser = [h if b is None else b.expanded(h) for h, b in zip(hazards, baselines, strict=True)]
        difference = max(
            float(np.abs(_predicted(course, coarser, panel, times, start) - there).max())
            for (start, times), there in zip(asked, whole, strict=True)
        )
        if difference <= BOUND:
            return None if all(b is None for b in baselines) else Thinned(tuple(baselines), difference, people)
        tolerance /= 1.5
    return None


def _asked(limit: float) -> list[tuple[float, Floats]]:
    """From when and for which times a thin baseline is compared: every month, times between, three landmarks."""
    months = np.arange(1.0, np.floor(limit) + 1)
    times = np.union1d(np.union1d(months, months[::3] - 0.37), [limit])
    times = times[(times > 0) & (times <= limit)]
    starts = (0.0, *(float(np.floor(limit * share)) for share in (0.1, 0.3)))
    return [(start, times[times > start]) for start in starts if (times > start).any()]


def _weight(
    hazard: TransitionHazard,
    course: Course,
    panel: dict[tuple[str, str], Floats],
    probability: Floats,
    times: Floats,
) -> Floats:
    """(T,) how much a probability moves with the cumulative baseline: the greatest relative hazard times the chance of
    being in the state that is left. Everyone may be looked at later in the first state, so there it is 1."""
    x = panel.get((hazard.origin, hazard.target))
    relative = np.exp(x @ hazard.coefficients) if x is not None else np.ones(1)
    origin = course.states.index(hazard.origin)
    if origin == 0:
        return np.full(len(times), float(relative.max()))
    found: Floats = np.maximum((probability[:, :, origin] * relative[:, None]).max(axis=0), 1e-3)
    return found


def _predicted(
    course: Course,
    hazards: Sequence[TransitionHazard],
    panel: dict[tuple[str, str], Floats],
    times: Floats,
    start: float,
) -> Floats:
    found: Floats = MultiStateModel(course, hazards).predict(panel or None, times, start=start).probability
    return found


def _extreme(fits: Sequence[FittedHazard], designs: dict[tuple[str, str], Floats]) -> NDArray[np.intp]:
    """People with the lowest and the highest score of each transition, and some others."""
    if not designs:
        return np.zeros(0, dtype=np.intp)
    n = len(next(iter(designs.values())))
    chosen = set(np.random.default_rng(0).choice(n, min(n, _PEOPLE), replace=False).tolist())
    for f in fits:
        if f.transition in designs:
            score = designs[f.transition] @ f.hazard.coefficients
            chosen |= {int(score.argmin()), int(score.argmax())}
    return np.array(sorted(chosen), dtype=np.intp)


def _thin(hazard: TransitionHazard, times: Floats, allowed: Floats) -> Thin | None:
    """A thin baseline whose line stays within what is allowed (at `times`) of the steps at the cells' ends; None where
    it has as many stretches as there are steps."""
    last = float(hazard.times[-1])
    ends = np.append(np.arange(0, int(np.ceil(last / CELL - 1e-9))) * CELL, round(last, 4))
    total = hazard.cumulative(np.append(ends[:-1], last))
    tolerance = np.interp(ends, times, allowed)
    knots = [0]
    while knots[-1] < len(ends) - 1:
        knots.append(_reach(ends, total, knots[-1], tolerance))
    if len(knots) - 1 >= len(hazard.times):
        return None
    months = ends[np.array(knots[1:])]
    part = np.minimum(np.searchsorted(np.append(months[:-1], last), hazard.times), len(months) - 1)
    jumps: Floats = np.bincount(part, hazard.increments, minlength=len(months)).astype(float)
    variance: Floats = np.bincount(part, np.asarray(hazard.variance), minlength=len(months)).astype(float)
    means = np.zeros((len(months), len(hazard.columns)))
    np.add.at(means, part, hazard.increments[:, None] * np.asarray(hazard.means))
    means = np.divide(means, jumps[:, None], out=np.zeros_like(means), where=jumps[:, None] > 0)
    return Thin(months, jumps, variance, means)


def _reach(ends: Floats, total: Floats, start: int, tolerance: Floats) -> int:
    """The farthest end to which a straight line from `start` stays within the tolerance of all ends before it."""
    low, high = -np.inf, np.inf
    best = start + 1
    for k in range(start + 1, len(ends)):
        span = ends[k] - ends[start]
        slope = (total[k] - total[start]) / span
        if low <= slope <= high:
            best = k
        low = max(low, (total[k] - tolerance[k] - total[start]) / span)
        high = min(high, (total[k] + tolerance[k] - total[start]) / span)
        if low > high:
            break
    return best


def coarse(hazards: Sequence[TransitionHazard], end: float, people: int) -> list[TransitionHazard]:
    """The hazards up to a time, in some hundred even cells where they have many more steps, of many people.

    Judging a fit by its bootstrap samples predicts for everyone again and again. In each cell the ways out of one state
    happen together, those of the first state first in one cell and last in the next (Strang's splitting, whose error is
    of the second order in the cell): probabilities differ by less than 0.001 from those of every step.
    """
    steps = len(np.unique(np.concatenate([h.times[h.times <= end] for h in hazards])))
    if steps <= 4 * _CELLS or steps * people < _WORK:
        return list(hazards)
    width = end / _CELLS
    edges = np.linspace(0.0, end, _CELLS + 1)
    sources = list(dict.fromkeys(h.origin for h in hazards))
    found = []
    for h in hazards:
        place = sources.index(h.origin)
        turn = np.where(np.arange(_CELLS) % 2 == 0, place, len(sources) - 1 - place)
        times = edges[1:] - width * 1e-3 * (len(sources) - 1 - turn) / len(sources)
        found.append(
            TransitionHazard(
                h.origin,
                h.target,
                times,
                np.diff(h.cumulative(edges)),
                h.columns,
                h.coefficients,
                followed_to=max(h.followed_to, end),
            )
        )
    return found
