"""Pointwise confidence intervals of a probability."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays

IntervalScale = Literal["log-log", "log", "plain"]
"""On which scale the limits of an interval lie evenly around the estimate."""


Z_95 = 1.9599639845400536
"""Within ± this lies a standard normal with 95 per cent."""


def normal_quantile(level: float) -> float:
    """z such that a standard normal lies within ±z with this probability."""
    if level == 0.95:
        return Z_95
    from statistics import NormalDist  # takes longer to load than a card to run

    return NormalDist().inv_cdf(0.5 + _arrays.level(level) / 2)


def limits(p: Floats, se: Floats, level: float, scale: IntervalScale) -> tuple[Floats, Floats]:
    """Limits of a probability from its standard error.

    log-log: p^exp(±z·se/(p log p)); log: p·exp(±z·se/p), at most 1; plain: p ± z·se within 0 and 1
    (Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. 2002, section 1.4.2).
    A probability of exactly 0 or 1 carries no information on its own spread: the limits are then 0 and 1 themselves
    where the standard error is 0.
    """
    z = normal_quantile(level)
    inside = (p > 0) & (p < 1)
    low, high = p.copy(), p.copy()
    q, s = p[inside], z * se[inside]
    if scale == "log-log":
        spread = s / (q * np.log(q))  # negative
        with np.errstate(over="ignore"):  # exp of a huge spread is infinite and the limit then 0, as it should be
            low[inside], high[inside] = q ** np.exp(-spread), q ** np.exp(spread)
    elif scale == "log":
        low[inside], high[inside] = q * np.exp(-s / q), np.minimum(q * np.exp(s / q), 1.0)
    elif scale == "plain":
        low[inside], high[inside] = np.maximum(q - s, 0.0), np.minimum(q + s, 1.0)
    else:
        raise InputError("scale", "not a known scale of an interval", '"log-log", "log" or "plain"')
    return low, high
