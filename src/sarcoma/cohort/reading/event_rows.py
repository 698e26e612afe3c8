"""What was found of a patient's events in the rows of a source, and how it becomes one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One event of one patient as read; `months` since the origin, None where its time is not known."""

    months: float | None
    event: str
    organ: str | None = None
    cause: str | None = None
    label: str | None = None
    fallback: bool = False
    coarse: bool = False  # its time is an age, right to some days only


def tidy(found: Iterable[Found]) -> tuple[list[Found], int]:
    """Each event once, the earliest death and the latest last contact; and how many stood there more than once.

    A last contact of the better source sets aside one of a fallback, but never a death: who died is not alive.
    """
    found = list(found)
    told = {e.event for e in found if e.months is not None and not e.fallback}
    if "death" in told:
        told.add("last-contact")
    found = [e for e in found if not (e.fallback and e.event in told)]
    distinct = {(e.months, e.event, e.organ, e.cause): e for e in reversed(found)}
    once = list(reversed(distinct.values()))
    kept = [e for e in once if e.event in ("metastasis", "local-recurrence")]
    # an untimed event says nothing that a timed one of its kind does not
    timed = {e.event for e in kept if e.months is not None}
    kept = [e for e in kept if e.months is not None or e.event not in timed]
    deaths = [e for e in once if e.event == "death"]
    if deaths:
        first = min(deaths, key=lambda e: (e.months is None, e.months or 0.0))
        cause = next((e.cause for e in deaths if e.cause not in (None, "unknown")), first.cause)
        kept.append(Found(first.months, "death", None, cause))
    contacts = [e for e in once if e.event == "last-contact"]
    if contacts:
        kept.append(max(contacts, key=lambda e: e.months or 0.0))
    return kept, len(found) - len(once)
