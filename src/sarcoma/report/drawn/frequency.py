"""Shares as natural frequencies of 100 people: whole parts, and the words and short numbers for them."""

from __future__ import annotations

from collections.abc import Sequence

from sarcoma.outlook import OutlookFigure
from sarcoma.wording import figures
from sarcoma.wording.language import _

Table = tuple[list[str], list[list[str]]]
"""The head and the rows of a table."""


def parts(shares: Sequence[float]) -> list[int]:
    """Shares (0–1, which sum to 1) as whole parts that sum to 100."""
    if any(not 0 <= share <= 1 + 1e-9 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        raise ValueError("shares lie between 0 and 1 and sum to 1, such as (0.25, 0.75)")
    return figures.parts_of_100([share / sum(shares) for share in shares])


def between(low: float, high: float) -> str:
    """Two ends (0–1) in words: "between 20 and 35 of 100"."""
    ends = OutlookFigure(origin="", what="", unit="percent", value=None, low=100 * low, high=100 * high)
    return figures.quantity(ends, plain=True)


def cell(part: float) -> str:
    """A part of 100 in a table whose head says "of 100"; never 0 or 100."""
    if part < 1:
        return _("fewer than 1")
    return _("more than 99") if part > 99 else str(round(part))


def short(percent: float) -> str:
    """The same beside a mark."""
    return "< 1" if percent < 1 else "> 99" if percent > 99 else str(round(percent))
