"""Lettering: SVG does not break lines, so lines are broken here by an estimate that errs on the wide side."""

from __future__ import annotations

from collections.abc import Sequence

SIZE = 15.0
"""Size of the letters in units of a picture 360 wide: 12 px where the picture is 285 px wide."""
LEADING = 19.0

_NARROW = frozenset("ijlft.,:;'|!()[] ")
_WIDE = frozenset("mwMW%—")


def width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """How wide a text becomes at most in the usual sans-serif fonts, in units of the picture."""
    ems = sum(
        0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.7 if c.isupper() else 0.64 if c.isdigit() else 0.6
        for c in text
    )
    return ems * size * (1.12 if bold else 1.0)


def lines(text: str, most: float, size: float = SIZE, *, bold: bool = False) -> list[str]:
    """A text broken between words into lines of at most so many units, all about as long.

    A word that is longer stands on a line of its own.
    """
    found = _filled(text, most, size, bold=bold)
    narrow, wide = most / len(found) if found else most, most
    while wide - narrow > size / 8:  # the narrowest lines that are no more in number
        between = (narrow + wide) / 2
        closer = _filled(text, between, size, bold=bold)
        if len(closer) > len(found) or max(width(line, size, bold=bold) for line in closer) > most:
            narrow = between
        else:
            found, wide = closer, between
    return found


def _filled(text: str, most: float, size: float, *, bold: bool) -> list[str]:
    """Each line as full as can be."""
    found: list[str] = []
    for word in text.split():
        if found and width(f"{found[-1]} {word}", size, bold=bold) <= most:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of labels, in the order given and as near as can be to where they want to be, without overlap.

    wanted: middles. heights: how much room each needs. All between low and high, which has room for the sum of heights.
    Labels that would overlap move apart about their common middle (isotonic regression by pooling neighbours).
    """
    before = [sum(heights[:i]) + heights[i] / 2 for i in range(len(heights))]
    pools: list[tuple[float, int]] = []  # where a pool of touching labels begins, and how many they are
    for middle, room in zip(wanted, before, strict=True):
        pools.append((middle - room, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    starts = [min(max(start, low), high - sum(heights)) for start, n in pools for _label in range(n)]
    return [round(start + room, 1) for start, room in zip(starts, before, strict=True)]
