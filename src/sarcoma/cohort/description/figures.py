"""What a description is made of: figures, curves, bars, and the question that they answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sarcoma.cohort.cohort import About

Unit = Literal["percent", "months"]
Kind = Literal["share", "event", "survival", "state", "time-in-state", "time-to-event", "median-survival", "follow-up"]
"""What a figure is: a part of a whole; those who had an event by a time, are alive then, or in a state then; the mean
time in a state; the median time to an event; the median survival; how long people were followed."""


@dataclass(frozen=True)
class Value:
    """One figure of a cohort. `kind` decides what is done with it; `what` only says it.

    `value`, `low`, `high` (95 % limits) are percentages or months, None where it is not reached or suppressed. `n` is
    whom it is about, `events` how many had what is counted (by the `horizon`, in months, where there is one), and
    `at_risk` who is still followed then.
    """

    what: str
    kind: Kind
    unit: Unit
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    events: int | None = None
    horizon: float | None = None
    group: str | None = None
    at_risk: int | None = None
    suppressed: bool = False


@dataclass(frozen=True)
class Line:
    """One curve: percentages from each time (months) on until the next, with 95 % limits where known."""

    name: str
    times: tuple[float, ...]
    percent: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    at_risk: tuple[tuple[float, int], ...] = ()
    events: tuple[int, ...] = ()
    """How many had what is counted by each of the times."""


@dataclass(frozen=True)
class Picture:
    """Curves side by side, or states stacked to 100 %."""

    title: str
    axis: str
    lines: tuple[Line, ...]
    stacked: bool = False


@dataclass(frozen=True)
class Bar:
    """A share, in percent, with its 95 % limits; `of` is the figure that it draws, by what and group."""

    name: str
    of: tuple[str, str | None]
    percent: float
    low: float
    high: float


@dataclass(frozen=True)
class Bars:
    """Shares side by side."""

    title: str
    axis: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Section:
    """One question: whom it was answered from, the figures, pictures, and the published figures beside it.

    `beside` are keys of evidence, fact and figure.
    """

    key: str
    question: str
    counted: str
    values: tuple[Value, ...]
    pictures: tuple[Picture | Bars, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """What a cohort answers; `unanswered` says which questions it cannot, and why. `patients` is None where hidden."""

    about: About
    patients: int | None
    sections: tuple[Section, ...]
    unanswered: tuple[tuple[str, str], ...]
    min_cell: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Everything as plain data, for JSON."""
        return asdict(self) | {"about": self.about.model_dump(mode="json")}
