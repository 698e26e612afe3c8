"""Numbers as papers print them."""

from __future__ import annotations

import math

FEW = 20
"""Of fewer people a share is said as a count of them, not as a percentage."""


def p_value(p: float | None) -> str:
    """Three decimals; below 0.001 as such."""
    if p is None or math.isnan(p):
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def share(count: int | None, of: int | None, least: int | None = None) -> str:
    """A count with its percentage, as "6 of 8" where fewer than FEW are counted; what is hidden as "<5"."""
    if count is None:
        return f"<{least}"
    if of is None:
        return f"{count:,}"
    if not of:
        return "–"
    if least is not None:  # both are rounded, so the share is a whole percentage
        return f"{count:,} ({100 * min(count / of, 1):.0f}%)"
    return f"{count:,} of {of:,}" if of < FEW else f"{count:,} ({100 * count / of:.1f}%)"


def ratio(value: float, low: float, high: float) -> str:
    """A ratio with its interval."""
    return f"{of_ratio(value)} ({of_ratio(low)} to {of_ratio(high)})"


def of_ratio(value: float) -> str:
    """Two decimals; what is far from 1 with as many digits as it has to say."""
    if value >= 9.95:
        return f"{value:,.1f}" if value < 99.5 else f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"
