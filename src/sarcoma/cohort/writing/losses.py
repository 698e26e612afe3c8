"""What a form could not carry of a cohort."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is not in what was written, or not as it was: what, and how often."""

    what: str
    count: int
