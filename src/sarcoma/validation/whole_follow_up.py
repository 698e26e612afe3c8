"""The whole follow-up under delayed entry: everyone is judged by the time in which they were under observation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import CohortError
from sarcoma.survival.measures import Measure
from sarcoma.survival.measures.calibration import cloglog
from sarcoma.survival.measures.left_truncated import (
    FollowUpTimes,
    TruncatedConcordance,
    concordance_of_those_at_risk,
    expected_ratio,
    score_slope,
    truncated_uno,
)
from sarcoma.validation.observed import ObservedOutcomes
from sarcoma.validation.subject import Subject, SubjectPredictions

_MOST = 20_000
"""People for the concordances, which look at every event and every other person; of more, so many are drawn."""


@dataclass(frozen=True, eq=False)
class WholeFollowUp:
    """A subject judged by everyone under observation, from their entry on.

    rows : positions in the cohort. predictions : of all of the cohort. people, late : how many, and of whom entry came
    after the time zero. events, expected : observed, and those that the model expects of so much time (None where its
    curve is not known). person_months : under observation. until : the last month that counts, that of which the model
    still speaks (None where it sets no limit). measures : by name; `cannot` says why one is missing. window : months
    between which Uno's concordance counts events. drawn : how many people the concordances are of.
    """

    rows: NDArray[np.intp]
    predictions: SubjectPredictions = field(repr=False)
    people: int
    late: int
    events: int
    expected: float | None
    person_months: float
    until: float | None
    measures: dict[str, Measure]
    cannot: dict[str, str]
    window: tuple[float, float] | None
    drawn: int


def comes_late(observed: ObservedOutcomes) -> int:
    """How many came under observation after the time zero."""
    return int((observed.entry[observed.kept] > 0).sum())


def why_not_whole(subject: Subject) -> str | None:
    """Why a subject cannot be judged by the whole follow-up under delayed entry; None where it can.

    A crude probability follows from several hazards, and what a person without the event at entry was at risk of
    depends on all of them; the time under observation judges one hazard.
    """
    if subject.estimand == "crude":
        return (
            "its probability counts other deaths as well, so it rests on more than one hazard, and the time under "
            "observation judges one"
        )
    if subject.card is not None and len(subject.card.form.known_hazards) > 1:
        return "each transition of its course has a hazard of its own, and the time under observation judges one"
    return None


def whole_follow_up(cohort: Cohort, subject: Subject, observed: ObservedOutcomes, seed: int = 0) -> WholeFollowUp:
    """Judge a subject by the whole follow-up.

    The predictions are those at the time zero (of an updated card, at the first month at which it may be used). Where
    the curve is known, H(exit) − H(entry) of each person is what the model expects; else the score alone is judged, as
    log(−log(1 − probability)) of the last horizon: it orders people as the probability does, and its differences are
    log hazard ratios.

    Raises
    ------
    CohortError : the estimand is of another kind, nobody is left, nobody has the event.
    """
    if (why := why_not_whole(subject)) is not None:
        raise CohortError(f"{subject.id}: {why}")
    said = subject.predict(cohort, observed.records, observed.kept, 0.0)
    form = None if subject.card is None or subject.instead is not None else subject.card.form
    hazard = form.known_hazards[0] if form is not None and form.known_hazards else None
    known_curve = hazard is not None and subject.card is not None and subject.card.landmarks.conditional
    begin, until = 0.0, None
    if known_curve and subject.card is not None:
        begin, until = subject.card.landmarks.from_months, subject.card.outcome.horizon_limit_months
    entry = np.maximum(observed.entry, begin)
    exit_ = observed.exit if until is None else np.minimum(observed.exit, until)
    event = (observed.event == 1) & (observed.exit <= exit_)
    rows = np.flatnonzero(said.used & (exit_ > entry))
    if len(rows) < 2 or not event[rows].any():
        raise CohortError(
            f"{subject.id}: no event was seen among the {len(rows):,} people under observation whom it speaks of"
        )
    times = FollowUpTimes.of(entry[rows], exit_[rows], event[rows])
    scores = said.scores
    if scores is None or np.isnan(scores[rows]).any():
        last = said.risk[rows][:, ~np.isnan(said.risk[rows]).any(axis=0)]
        if not last.shape[1]:
            raise CohortError(f"{subject.id}: the model says nothing of these patients at any horizon")
        score: Floats = cloglog("risk", np.clip(last[:, -1], 1e-12, 1 - 1e-12))
    else:
        score = scores[rows]
    measures: dict[str, Measure] = {}
    cannot: dict[str, str] = {}
    expected: Floats | None = None
    if known_curve and hazard is not None and scores is not None:
        expected = np.exp(score) * (hazard.cumulative(times.exit) - hazard.cumulative(times.entry))
        said_of_all = expected
        _put(measures, "O/E", attempt(cannot, "O/E", lambda: expected_ratio(times, said_of_all)))
    else:
        cannot["O/E"] = "its curve is not known between the horizons, so it expects no number of events of such time"
    _put(measures, "calibration slope", attempt(cannot, "calibration slope", lambda: score_slope(times, score)))
    some = np.arange(len(times))
    if len(some) > _MOST:
        some = np.sort(np.random.default_rng(seed).choice(len(some), _MOST, replace=False))
    part = FollowUpTimes(times.entry[some], times.exit[some], times.event[some])
    _put(
        measures,
        "concordance of those at risk",
        attempt(cannot, "concordance of those at risk", lambda: concordance_of_those_at_risk(part, score[some])),
    )
    uno: TruncatedConcordance | None = attempt(cannot, "concordance", lambda: truncated_uno(part, score[some]))
    if uno is not None:
        measures["concordance"] = uno.measure
    return WholeFollowUp(
        rows,
        said,
        len(rows),
        int((times.entry > begin).sum()),
        int(times.event.sum()),
        None if expected is None else float(expected.sum()),
        float((times.exit - times.entry).sum()),
        until,
        measures,
        cannot,
        None if uno is None else (uno.start, uno.end),
        len(some),
    )


def _put(measures: dict[str, Measure], name: str, measure: Measure | None) -> None:
    if measure is not None:
        measures[name] = measure
