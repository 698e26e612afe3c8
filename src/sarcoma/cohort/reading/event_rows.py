"""What the rows of a source say of a patient's events, and how it becomes one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of one patient as read; `months` since the origin, None where its time is not known."""

    months: float | None
    event: str
    organ: str | None = None
    cause: str | None = None
    label: str | None = None
    fallback: bool = False
    coarse: bool = False  # its time is an age, right to some days only


def tidy(rows: Iterable[EventRow]) -> tuple[list[EventRow], int]:
    """Each event once, the earliest death and the latest last contact; and how many stood there more than once.

    Of deaths with two causes neither is known.
    A last contact of the better source sets aside one of a fallback, but never a death: who died is not alive.
    """
    rows = list(rows)
    told = {e.event for e in rows if e.months is not None and not e.fallback}
    if "death" in told:
        told.add("last-contact")
    rows = [e for e in rows if not (e.fallback and e.event in told)]
    distinct = {(e.months, e.event, e.organ, e.cause): e for e in reversed(rows)}
    once = list(reversed(distinct.values()))
    kept = [e for e in once if e.event in ("metastasis", "local-recurrence")]
    # an untimed event says nothing that a timed one of its kind does not
    timed = {e.event for e in kept if e.months is not None}
    kept = [e for e in kept if e.months is not None or e.event not in timed]
    deaths = [e for e in once if e.event == "death"]
    if deaths:
        first = min(deaths, key=lambda e: (e.months is None, e.months or 0.0))
        causes = {e.cause for e in deaths} - {None, "unknown"}
        cause = "unknown" if len(causes) > 1 else next(iter(causes), first.cause)
        kept.append(EventRow(first.months, "death", None, cause))
    contacts = [e for e in once if e.event == "last-contact"]
    if contacts:
        kept.append(max(contacts, key=lambda e: e.months or 0.0))
    return kept, len(rows) - len(once)
