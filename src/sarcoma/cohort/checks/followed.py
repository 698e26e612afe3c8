"""How long the patients of a cohort were followed."""

from __future__ import annotations

import numpy as np

from sarcoma.cohort.checks.finding import Followed
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.survival import kaplan_meier

_HORIZONS = (12.0, 24.0, 60.0, 120.0)


def followed(follow_up: FollowUp) -> Followed:
    """How long the patients were followed."""
    entry = follow_up.entry
    seen = (follow_up.end > entry) | (follow_up.end == 0)
    delayed = bool((entry[seen] > 0).any())
    reverse = kaplan_meier(follow_up.end[seen], ~follow_up.died[seen], entry=entry[seen] if delayed else None)

    def reached(share: float) -> float | None:
        value = float(reverse.quantile(share)[0].value)
        return value if np.isfinite(value) else None

    at_risk = {t: int(((follow_up.end >= t) & (entry < t)).sum()) for t in _HORIZONS}
    years = float((follow_up.end[seen] - entry[seen]).sum() / 12)
    return Followed(reached(0.5), reached(0.25), reached(0.75), at_risk, years, delayed)
