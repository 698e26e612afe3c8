"""Percent: a probability as FHIR writes it, rounded as everywhere – a number, a range, or a bound; never 0 or 100."""

from __future__ import annotations

from typing import Any

from sarcoma.outlook import OutlookFigure

UCUM = "http://unitsofmeasure.org"
LEAST, MOST = 1, 99
"""What is nearer to none or all than this is said as a bound."""


def probability(figure: OutlookFigure) -> dict[str, Any]:
    """`probabilityDecimal` of a figure that is known, `probabilityRange` of one that is not, or that is only a bound.

    Nothing where the number is that of a small group in which none or all had the event: the note says it.
    """
    step = figure.printed_to or 1
    if figure.value is None:
        return _range(_inside(figure.low), _inside(figure.high))
    if figure.bound is not None:
        edge = _inside(figure.value)
        return _range(edge, None) if figure.bound == "above" else _range(None, edge)
    if figure.value in (0.0, 100.0):
        return {}
    rounded = step * round(figure.value / step)
    if figure.value < LEAST or rounded <= 0:
        return _range(None, _number(max(LEAST, step)))
    if figure.value > MOST or rounded >= 100:
        return _range(_number(min(MOST, 100 - step)), None)
    return {"probabilityDecimal": _number(rounded)}


def interval_ends(figure: OutlookFigure) -> dict[str, int | float]:
    """The ends of the interval around a known figure, rounded as it is; an end that would be 0 or 100 is left out."""
    if figure.value is None or figure.low is None or figure.high is None:
        return {}
    digits = 0 if figure.interval == "95% CI" and figure.personal else 4
    ends = {}
    for name, value in (("low", figure.low), ("high", figure.high)):
        rounded = round(value, digits)
        if not 0 < rounded < 100:
            rounded = round(value, 1)
        if 0 < rounded < 100:
            ends[name] = _number(rounded)
    return ends


def _inside(value: float | None) -> int | float | None:
    """An end of a range in whole per cent, at least 1 and at most 99."""
    return None if value is None else max(LEAST, min(MOST, round(value)))


def _range(low: float | None, high: float | None) -> dict[str, Any]:
    """Both ends; only one where they are the same extreme, which is a bound."""
    if low is not None and low == high and low in (LEAST, MOST):
        low, high = (None, high) if low == LEAST else (low, None)
    ends = {"low": low, "high": high}
    return {"probabilityRange": {name: _percent(value) for name, value in ends.items() if value is not None}}


def _percent(value: float) -> dict[str, Any]:
    return {"value": value, "unit": "%", "system": UCUM, "code": "%"}


def _number(value: float) -> int | float:
    """A whole number without ".0"."""
    return int(value) if value == int(value) else value


def months(value: float) -> dict[str, Any]:
    """A time in months."""
    return {"value": _number(round(value, 4)), "unit": "months", "system": UCUM, "code": "mo"}
