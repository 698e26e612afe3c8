"""How long people were followed: the reverse Kaplan–Meier estimator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import IntervalScale
from sarcoma.survival.curves.aalen_johansen import kaplan_meier
from sarcoma.survival.curves.state_occupancy import Estimate


@checked
def median_follow_up(
    exit: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    group: ArrayLike | None = None,
    probability: float = 0.5,
    level: float = 0.95,
    scale: IntervalScale = "log-log",
) -> list[Estimate]:
    """Median follow-up by the reverse Kaplan–Meier estimator, one Estimate a group (Schemper and Smith, Control Clin
    Trials 1996;17:343–346).

    How long people would have been followed, had nobody had the event: being censored is what is waited for, and the
    event ends the wait. At one time events come first, as in prodlim's `reverse = TRUE`; survfit with the status turned
    round takes those with an event as still there. inf: more than half would have been followed for longer than anyone
    was.

    Parameters
    ----------
    exit, event : (n,). entry : (n,) start of observation. group : (n,) labels.
    probability : 0.25 and 0.75 are the quartiles.
    scale : of the interval, which inverts the pointwise limits (Brookmeyer and Crowley, Biometrics 1982;38:29–41).

    Examples
    --------
    >>> median_follow_up([3, 5, 6, 8, 11, 12, 14, 19], [1, 1, 0, 1, 0, 1, 0, 0])
    [14 (95% CI 6 to 19)]
    """
    _arrays.one_order(exit=exit, event=event, entry=entry, group=group)
    end = _arrays.floats("exit", exit, low=0.0)
    happened = _arrays.flags("event", event, len(end))
    start = np.zeros(len(end)) if entry is None else _arrays.floats("entry", entry, len(end), low=0.0)
    end, start = _arrays.merge_near(end, start)
    if (bad := int(((start >= end) & (end > 0)).sum())) > 0:
        raise InputError("entry", f"{bad} of {len(end)} rows end before or when they start", "0 < exit")
    # places in time: an event at the k-th time is 2k + 2, a censoring 2k + 3, and whoever enters then comes after both
    times = np.unique(np.concatenate([end, start]))
    place = 2.0 * np.searchsorted(times, end) + 2.0 + ~happened
    came = None if not start.any() else np.where(start > 0, 2.0 * np.searchsorted(times, start) + 3.0, 0.0)
    curves = kaplan_meier(place, ~happened, entry=came, group=group)
    passed = times[(curves.times[1:].astype(np.intp) - 2) // 2]
    real = replace(curves, times=np.concatenate([[0.0], passed]))
    return real.quantile(probability, level=level, scale=scale)
