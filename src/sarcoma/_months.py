"""Months: the one unit of time, everywhere."""

from __future__ import annotations

import datetime

DAYS_PER_MONTH = 30.4375


def months_between(start: datetime.date, end: datetime.date) -> float:
    """Months of 30.4375 days from one date to another."""
    return (end - start).days / DAYS_PER_MONTH
