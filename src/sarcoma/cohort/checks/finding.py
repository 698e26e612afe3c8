"""What a check finds, and the cohort as checks look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.cohort import MOST_IDS, Cohort
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.patient import field_specs

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Something that a check found. `ids` are at most MOST_IDS of `count`."""

    rule: str
    severity: Severity
    title: str
    count: int
    of: int
    means: str
    mend: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completeness:
    """How often a field is known."""

    field: str
    label: str
    known: int
    of: int


@dataclass(frozen=True)
class Followed:
    """Follow-up by the reverse Kaplan–Meier estimator: months (None where not reached), and how many are left at times.

    Schemper and Smith, Control Clin Trials 1996;17:343–346.
    """

    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    at_risk: dict[float, int]
    person_years: float
    delayed_entry: bool


@dataclass(frozen=True)
class Checked:
    """What the checks of a cohort found."""

    name: str
    patients: int
    findings: tuple[Finding, ...]
    completeness: tuple[Completeness, ...]
    followed: Followed

    @property
    def errors(self) -> int:
        return sum(f.severity == "error" for f in self.findings)


@dataclass(frozen=True)
class Examined:
    """A cohort with what several checks look at."""

    cohort: Cohort
    follow_up: FollowUp = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "follow_up", FollowUp.of(self.cohort))

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        return self.cohort.patients["id"].to_numpy().astype(object)

    def named(self, who: NDArray[np.bool_]) -> tuple[str, ...]:
        """The ids of the patients flagged, the first MOST_IDS of them."""
        return tuple(str(i) for i in self.ids[who][:MOST_IDS])

    def finding(
        self, rule: str, severity: Severity, title: str, who: NDArray[np.bool_], of: int, means: str, mend: str
    ) -> Iterator[Finding]:
        """A finding about the patients flagged, if there are any."""
        count = int(who.sum())
        if count:
            yield Finding(rule, severity, title, count, of, means, mend, self.named(who))


def label_of(column: str) -> str:
    """A column of patients.parquet in words."""
    own = {"age_at_origin": "Age at the origin of time", "centre": "Centre"}
    spec = field_specs().get(column)
    return own.get(column) or (spec.label if spec is not None else column)
