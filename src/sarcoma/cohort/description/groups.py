"""By what the patients of a description are told apart, as data: codes of a field, steps of a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sarcoma.cohort.courses import organ_label
from sarcoma.evidence import library
from sarcoma.patient import ORGANS


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers from one end to another; an end belongs to it where it is `closed`."""

    label: str
    low: float | None = None
    high: float | None = None
    low_closed: bool = False
    high_closed: bool = False

    def holds(self, value: Any) -> Any:
        """Whether numbers lie in it: arrays, or the columns of an engine."""
        found = None
        if self.low is not None:
            found = value >= self.low if self.low_closed else value > self.low
        if self.high is not None:
            below = value <= self.high if self.high_closed else value < self.high
            found = below if found is None else found & below
        return found


@dataclass(frozen=True, slots=True)
class Banded:
    """A number in steps: a column of the patients, or of their follow-up."""

    column: str
    bands: tuple[Band, ...]


BANDED = {
    "size": Banded(
        "size_cm",
        (
            Band("5 cm or smaller", high=5.0, high_closed=True),
            Band("above 5 to 10 cm", low=5.0, high=10.0, high_closed=True),
            Band("larger than 10 cm", low=10.0),
        ),
    ),
    "organs": Banded(
        "organs",
        (
            Band("one organ", low=1.0, high=1.0, low_closed=True, high_closed=True),
            Band("two or more organs", low=1.0),
        ),
    ),
    "disease-free": Banded(
        "metastasis",
        (
            Band("metastasis at diagnosis", high=0.0, high_closed=True),
            Band("disease-free for less than 12 months", low=0.0, high=12.0),
            Band("disease-free for 12 to 24 months", low=12.0, high=24.0, low_closed=True),
            Band("disease-free for 24 months or more", low=24.0, low_closed=True),
        ),
    ),
}
ORGAN = "organ"
"""Groups by the organ of the first metastasis."""
BY = {
    "grade": "grade",
    "size": "size",
    "histologic_type": "type",
    "depth": "depth",
    ORGAN: "organ",
    "organs": "number of organs",
    "disease-free": "time without disease",
}
"""By what groups are made, in words."""


def label_of(name: str, code: str) -> str:
    """A code of a field in words."""
    if name == "histologic_type":
        return library().types[code].name
    return library().primary_sites[code].name if name == "site" else code


def group_label(name: str, key: str) -> str:
    """A group in words."""
    if name == "grade":
        return f"grade {key}"
    return f"first in: {organ_label(key)}" if name == ORGAN else label_of(name, key)


def organs_in_order(named: Any) -> list[str]:
    """Organs of a first metastasis that are known, as the record lists them and then several at once."""
    return [*(organ for organ in ORGANS if organ in named and organ != "unknown"), *sorted(set(named) - {*ORGANS, ""})]
