"""What a validation found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.cohort.cohort import About
from sarcoma.models.outcome import Estimand
from sarcoma.survival.measures import Difference, Outcome
from sarcoma.validation.performance import AtHorizon, OverTime
from sarcoma.validation.subgroups import Centres, Subgroup
from sarcoma.validation.subject import RuleCount, Subject
from sarcoma.validation.updating.ladder import Ladder
from sarcoma.validation.whole_follow_up import WholeFollowUp

Setting = Literal["apparent", "external", "unknown"]


@dataclass(frozen=True, eq=False)
class Flow:
    """Who was used: (what, how many are left) from the cohort down, and (why, how many) left out at each step."""

    start: int
    out: tuple[tuple[str, int], ...]
    used: int
    events: int
    rivals: int
    person_months: float
    followed_median: float


@dataclass(frozen=True, eq=False)
class Validated:
    """One model or column in one cohort.

    setting : apparent (its patients made the model), external, or unknown (predictions made elsewhere). estimand : what
    was predicted and observed. horizons : none where people came late under observation and no landmark was named; the
    whole follow-up is judged then. risk, outcome, rows : the predictions and outcomes of who was used at the horizons,
    and their positions in the cohort; of nobody where an engine holds them. whole : the whole follow-up, under late
    entry. failed : optional steps that had no answer, and why.
    """

    subject: Subject
    setting: Setting
    estimand: Estimand
    flow: Flow
    rules: tuple[RuleCount, ...]
    missing: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    horizons: tuple[AtHorizon, ...]
    subgroups: tuple[Subgroup, ...]
    centres: Centres | None
    risk: Floats = field(repr=False)
    outcome: Outcome | None = field(repr=False)
    rows: NDArray[np.intp]
    judged_months: float | None
    """The horizon at which everything could be judged, the last of them; None where none could."""
    ladder: Ladder | None = None
    no_ladder: str | None = None
    over_time: OverTime | None = None
    start: float = 0.0
    """Months since the time zero from which people are judged."""
    drawn: int = 0
    interrupted: bool = False
    whole: WholeFollowUp | None = None
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Compared:
    """Two models on the same patients at one horizon: the values of both, and their differences, first less second."""

    first: str
    second: str
    months: float
    people: int
    values: tuple[tuple[float, float], ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, eq=False)
class Validation:
    """Models in one cohort, side by side; `refused` are those that could not be judged, and why."""

    about: About
    models: tuple[Validated, ...]
    refused: tuple[tuple[Subject, str], ...]
    compared: tuple[Compared, ...]
    seed: int
    draws: int
    not_compared: dict[str, str] = field(default_factory=dict)
    """Pairs of models that could not be compared at a horizon, and why."""
    engine: str | None = None
    """What counted, where no memory held the cohort."""
