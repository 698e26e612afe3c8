"""State probabilities where hazards run on the time since a state was entered: renewal equations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sarcoma._types import Floats
from sarcoma.survival.counting.course import Course
from sarcoma.survival.multistate.transition_hazard import TransitionHazard


def renew(
    course: Course,
    hazards: Sequence[TransitionHazard],
    times: Floats,
    initial: Floats,
    relative: Floats,
    since: float,
    step: float,
) -> tuple[Floats, Floats]:
    """Occupancy (n, T, S) and time in state (n, S) where each hazard runs on the time since its state was entered.

    Jumps happen at the ends of the cells of the grid. Smooth hazards spread over a cell: who enters in one is taken to
    do so in its middle, which is of second order in the step.
    """
    n, s = len(relative), len(initial)
    smooth = all(h.smooth for h in hazards)
    length = int(np.ceil(times[-1] / step - 1e-9))
    grid: Floats = np.arange(length + 2) * np.float64(step)
    stay, leave = _sojourns(course, hazards, relative, grid, 0.0)
    first_stay, first_leave = (part[:, :, :-1] for part in _sojourns(course, hazards, relative, grid, since))
    if smooth:
        stay, leave = (stay[:, :, :-1] + stay[:, :, 1:]) / 2, (leave[:, :, :-1] + leave[:, :, 1:]) / 2
    else:
        stay, leave = stay[:, :, :-1], leave[:, :, :-1]
    pairs = list(zip(course.sources, course.targets, strict=True))
    entered = np.zeros((n, s, length + 1))
    for k, (source, target) in enumerate(pairs):
        entered[:, target] += initial[source] * first_leave[:, k]
    for t in range(1, length + 1):
        for k, (source, target) in enumerate(pairs):
            # who entered the source at u < t and leaves it after t − u
            entered[:, target, t] += np.einsum("nu,nu->n", entered[:, source, :t], leave[:, k, t:0:-1])
        if smooth:  # and who enters and leaves within the cell, twice over
            once = entered[:, :, t].copy()
            for _ in range(2):
                entered[:, :, t] = once
                for k, (source, target) in enumerate(pairs):
                    entered[:, target, t] += entered[:, source, t] * leave[:, k, 0]
    occupancy = initial[:, None] * first_stay
    for t in range(1, length + 1):
        occupancy[:, :, t] += np.einsum("nsu,nsu->ns", entered[:, :, : t + 1], stay[:, :, t::-1])
    at = np.minimum(np.floor(times / step + 1e-9).astype(int), length)
    left = occupancy[:, :, :-1] if not smooth else (occupancy[:, :, :-1] + occupancy[:, :, 1:]) / 2
    spent = left.sum(axis=2) * step - left[:, :, -1] * (length * step - times[-1])
    return occupancy[:, :, at].swapaxes(1, 2), spent


def _sojourns(
    course: Course, hazards: Sequence[TransitionHazard], relative: Floats, grid: Floats, since: float
) -> tuple[Floats, Floats]:
    """Probability of still being in each state, (n, S, grid), and of leaving it by each transition in each cell,
    (n, K, grid)."""
    n, s = len(relative), len(course.states)
    total = np.zeros((n, s, len(grid)))
    gains = []
    for k, h in enumerate(hazards):
        cumulative = relative[:, k, None] * (h.cumulative(grid + since) - h.cumulative(since))
        total[:, course.sources[k]] += cumulative
        gains.append(np.diff(cumulative, prepend=0.0, axis=1))
    stay = np.exp(-total)
    lost = np.diff(total, prepend=0.0, axis=2)
    gone = -np.diff(stay, prepend=1.0, axis=2)
    leave = np.empty((n, len(hazards), len(grid)))
    for k, gain in enumerate(gains):
        source = course.sources[k]
        leave[:, k] = gone[:, source] * np.divide(
            gain, lost[:, source], out=np.zeros_like(gain), where=lost[:, source] > 0
        )
    return stay, leave
