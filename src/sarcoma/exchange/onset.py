"""When a condition began, and months from the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sarcoma.exchange.bundle import Resource, extensions, parts_of
from sarcoma.exchange.dates import Span, joined, number_of, span_of
from sarcoma.exchange.systems import MONTHS_SINCE_DIAGNOSIS

_ASSERTED = "condition-assertedDate"


@dataclass(frozen=True, slots=True)
class Onset:
    """When a condition began: the days that are possible, the path, and as it was written."""

    span: Span | None
    path: str
    written: str | None = None
    invalid: bool = False


def onset_of(resource: Resource) -> Onset:
    """The onset of a condition: onset, else the date at which it was asserted."""
    place = resource.place
    if resource.data.get("onsetDateTime") is not None:
        written = resource.text("onsetDateTime")
        span = span_of(written)
        return Onset(span, f"{place}.onsetDateTime", written, invalid=span is None)
    period = resource.part("onsetPeriod")
    if period is not None:
        start, end = span_of(period.get("start")), span_of(period.get("end"))
        written = period.get("start")
        span = start or joined(None, end)
        return Onset(span, f"{place}.onsetPeriod", written if isinstance(written, str) else None, invalid=span is None)
    for path, part in extensions(resource, _ASSERTED):
        written = part.get("valueDateTime")
        span = span_of(written)
        return Onset(span, f"{path}.valueDateTime", written if isinstance(written, str) else None, invalid=span is None)
    return Onset(None, place)


def months_stated(data: Any, place: str) -> float | None:
    """Months since the diagnosis as our own extension states them, where no dates are known."""
    for _, part in parts_of(data, "extension", place):
        if part.get("url") == MONTHS_SINCE_DIAGNOSIS:
            quantity = part.get("valueQuantity")
            value = number_of(quantity.get("value")) if isinstance(quantity, dict) else None
            if value is not None:
                return value
    return None
