"""How long the patients of a cohort were followed."""

from __future__ import annotations

import numpy as np

from sarcoma.cohort.checks.finding import Followed
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.survival import median_follow_up

_HORIZONS = (12.0, 24.0, 60.0, 120.0)


def followed(follow_up: FollowUp) -> Followed:
    """How long the patients were followed."""
    entry = follow_up.entry
    seen = (follow_up.end > entry) | (follow_up.end == 0)
    delayed = bool((entry[seen] > 0).any())
    columns = {"exit": follow_up.end[seen], "event": follow_up.died[seen], "entry": entry[seen]}

    def reached(share: float) -> float | None:
        value = float(median_follow_up(**columns, probability=share)[0].value)
        return value if np.isfinite(value) else None

    at_risk = {t: int(((follow_up.end >= t) & (entry < t)).sum()) for t in _HORIZONS}
    years = float((follow_up.end[seen] - entry[seen]).sum() / 12)
    return Followed(reached(0.5), reached(0.25), reached(0.75), at_risk, years, delayed)
