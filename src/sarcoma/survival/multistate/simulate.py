"""Drawing censored histories from hazards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.survival import _arrays
from sarcoma.survival.counting.course import Course
from sarcoma.survival.counting.histories import Histories
from sarcoma.survival.multistate.transition_hazard import TransitionHazard


def simulate(
    course: Course,
    hazards: Sequence[TransitionHazard],
    relative: Floats,
    first: int,
    start: float,
    since: float,
    ends: Floats,
    entry: Floats | None,
    seed: int,
    *,
    forward: bool,
) -> Histories:
    """One history a row of `relative` (n, K): in each state the earliest of the exponential times of its transitions.

    Λ⁻¹(Λ(now) + E/exp(xβ)) with a standard exponential E is the time of a transition whose hazard is as given; where
    hazards jump, it happens at a jump. Everyone moves on at once, step by step, until final states or censoring.
    """
    random = np.random.default_rng(seed)
    n = len(relative)
    here = np.arange(n)
    state = np.full(n, first)
    now = np.full(n, start)
    spent = np.full(n, since)
    rows: list[tuple[NDArray[Any], ...]] = []
    leaving = [[k for k in range(len(hazards)) if course.sources[k] == h] for h in range(len(course.states))]
    while len(here):
        when = np.full(len(here), np.inf)
        which = np.full(len(here), -1)
        clock = now if forward else spent
        for h, transitions in enumerate(leaving):
            there = np.flatnonzero(state == h)
            for k in transitions:
                reach = hazards[k].cumulative(clock[there])
                reach = reach + random.exponential(size=len(there)) / relative[here[there], k]
                time = hazards[k].when(reach)
                if not forward:
                    time = now[there] + (time - clock[there])
                sooner = time < when[there]
                when[there[sooner]] = time[sooner]
                which[there[sooner]] = k
        stop = ends[here]
        moved = _arrays.by(when, stop)
        end = np.where(moved, when, stop)
        to = np.where(moved, np.append(course.targets, -1)[which], -1)
        seen = _arrays.later(end, now)
        rows.append((here[seen], now[seen], end[seen], state[seen], to[seen]))
        final = np.array([not transitions for transitions in leaving])
        on = moved & ~final[np.maximum(to, 0)]
        here, now, state = here[on], end[on], to[on]
        spent = np.zeros(len(here))
    patient, begin, end, origin, to = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((begin, patient))
    if entry is not None:
        order = order[_arrays.later(end[order], entry[patient[order]])]
    patient, begin, end, origin, to = patient[order], begin[order], end[order], origin[order], to[order]
    if entry is not None:
        begin = np.maximum(begin, entry[patient])
    return Histories(course, end, to, entry=begin, origin=origin, patient=patient)
