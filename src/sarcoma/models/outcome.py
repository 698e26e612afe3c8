"""What a model predicts, and at which times it may be used."""

from __future__ import annotations

import itertools
from typing import Literal

from sarcoma._frozen import Field, field_validator
from sarcoma.evidence.entry import Entry, Text

Question = Literal[
    "course",
    "survival-after-surgery",
    "recurrence-after-surgery",
    "survival-after-recurrence",
    "survival-with-metastasis",
    "local-recurrence",
    "survival-by-stage",
    "survival-by-risk-group",
    "nodes",
    "spread",
]


Endpoint = Literal[
    "death",
    "sarcoma-death",
    "metastasis",
    "local-recurrence",
    "recurrence-or-death",
    "nodal-metastasis",
]
"""What can be seen to happen to the patients of a cohort."""

TimeZero = Literal["diagnosis", "surgery", "local-recurrence", "first-metastasis"]

Estimand = Literal["crude", "net", "all-cause"]


class Outcome(Entry):
    """What the model predicts.

    `estimand` is *net* (as if no one died of anything else), *crude* (other causes counted), or
    *all-cause* when every death is the event. Horizons are months from `time_zero`. `endpoint` is the event as a cohort
    records it, which validation needs. `printed_to` is set where the numbers carry no more than so many per cent
    (1: whole per cent): every surface then says "about".
    """

    question: Question
    endpoint: Endpoint | None = None
    event: Text
    plain_event: Text
    course: Text
    transition: tuple[Text, Text]
    time_zero: TimeZero
    horizons_months: tuple[float, ...]
    horizon_limit_months: float
    estimand: Estimand | Literal["not-applicable"]
    probability_of: Literal["event", "no-event"]
    about_survival: bool = True
    printed_to: float | None = Field(default=None, gt=0, le=10)

    @field_validator("horizons_months")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or value[0] < 0 or any(b <= a for a, b in itertools.pairwise(value)):
            raise ValueError("give one horizon or more, in months, increasing, as in [24, 60]")
        return value

    @property
    def of_event(self) -> bool:
        """Whether its probability is that of the event, not of being without it."""
        return self.probability_of == "event"


class Landmarks(Entry):
    """When the model may be used: months from its time zero to the landmark.

    `conditional`: the curve is known, so at a later landmark the figure is conditioned on what has not happened by
    then, and the horizons are counted from the landmark.
    """

    from_months: float = 0.0
    to_months: float
    conditional: bool = False
    note: Text
