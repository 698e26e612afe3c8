"""What happened to the people of a fit as one event to judge, and what fitted hazards predicted of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.errors import CohortError
from sarcoma.fitting.design import Coding, Material, Values
from sarcoma.fitting.estimate import FittedHazard, Plan, target_of
from sarcoma.fitting.recipe import Recipe, TargetSpec
from sarcoma.fitting.thinning import coarse
from sarcoma.survival import Course, MultiStateModel
from sarcoma.survival.measures import (
    Measure,
    Outcome,
    auc,
    brier_score,
    calibration_line,
    concordance,
    index_of_prediction_accuracy,
    observed_expected,
)
from sarcoma.survival.measures.left_truncated import (
    FollowUpTimes,
    concordance_of_those_at_risk,
    expected_ratio,
    score_slope,
)


@dataclass(frozen=True, eq=False)
class HorizonTarget:
    """One event: reaching any of `states` within `horizon` months after `start`, of the people at `people`.

    outcome : times and codes of `people` (positions in the cohort), 1 the event, 2 the end in another way.
    """

    name: str
    states: tuple[str, ...]
    horizon: float
    start: float
    people: NDArray[np.intp]
    outcome: Outcome

    @property
    def title(self) -> str:
        """What is judged, in words."""
        start = f", of those under observation {self.start:g} months after the time zero" if self.start else ""
        return f"{self.name} within {self.horizon:g} months{start}"

    def predict(self, fits: Sequence[FittedHazard], codings: dict[str, Coding], values: Values) -> Floats:
        """Probabilities (n,) of the people."""
        return risk(fits, codings, values, self)

    def measure(
        self, predicted: Floats, rows: NDArray[np.intp] | None = None, failed: dict[str, str] | None = None
    ) -> dict[str, Measure]:
        """Measures of predictions, of all the people or of some of them (positions, with repeats).

        Those that have no answer are left out, and `failed` says why.
        """
        outcome, at = self.outcome, self.start + self.horizon
        if rows is not None:
            predicted, outcome = predicted[rows], outcome.take(rows)
        return _each(
            failed,
            {
                "AUC": lambda: auc(predicted, outcome, at),
                "concordance": lambda: concordance(predicted, outcome, horizon=at),
                "observed/expected": lambda: observed_expected(predicted, outcome, at),
                "calibration slope": lambda: calibration_line(predicted, outcome, at).slope,
                "Brier score": lambda: brier_score(predicted, outcome, at),
                "IPA": lambda: index_of_prediction_accuracy(predicted, outcome, at),
            },
        )


def _each(failed: dict[str, str] | None, measures: dict[str, Callable[[], Measure]]) -> dict[str, Measure]:
    """Those of the measures that have an answer; why the others have none goes into `failed`."""
    why = {} if failed is None else failed
    found = {name: attempt(why, name, compute) for name, compute in measures.items()}
    return {name: measure for name, measure in found.items() if measure is not None}


@dataclass(frozen=True, eq=False)
class RiskSetTarget:
    """The whole follow-up of a course of two states under late entry: everyone counts while under observation."""

    name: str
    transition: tuple[str, str]
    people: NDArray[np.intp]
    entry: Floats
    exit: Floats
    died: NDArray[np.bool_]

    @property
    def title(self) -> str:
        """What is judged, in words."""
        return f"{self.name}, all of the time under observation"

    def predict(self, fits: Sequence[FittedHazard], codings: dict[str, Coding], values: Values) -> Floats:
        """The score and the events expected between entry and exit, (n, 2)."""
        (fitted,) = fits
        parts = [codings[name].predictor.transform.basis(values[name][self.people]) for name in fitted.names]
        score = np.column_stack([np.zeros((len(self.people), 0)), *parts]) @ fitted.hazard.coefficients
        hazard = fitted.hazard
        expected = np.exp(score) * (hazard.cumulative(self.exit) - hazard.cumulative(self.entry))
        return np.column_stack([score, expected])

    def measure(
        self, predicted: Floats, rows: NDArray[np.intp] | None = None, failed: dict[str, str] | None = None
    ) -> dict[str, Measure]:
        """Concordance of the score among those at risk at each event, its slope, events observed and expected."""
        which = np.arange(len(self.people)) if rows is None else rows
        score, expected = predicted[which].T
        times = FollowUpTimes(self.entry[which], self.exit[which], self.died[which])
        return _each(
            failed,
            {
                "concordance of those at risk": lambda: concordance_of_those_at_risk(times, score),
                "observed/expected": lambda: expected_ratio(times, expected),
                "slope of the score": lambda: replace(score_slope(times, score), name="slope"),
            },
        )


Target = HorizonTarget | RiskSetTarget


def targets_of(recipe: Recipe, planned: Plan, material: Material, not_judged: dict[str, str]) -> list[Target]:
    """The events that the recipe judges by, at each of their horizons; where none is named, the card's outcome.

    Under late entry a course of two states is judged by the whole follow-up too. An event that nobody had by its
    horizon, or has nobody to judge it by, is left out; `not_judged` says why.

    Raises
    ------
    CohortError : a state that the course does not have, late entry without a landmark.
    """
    target = target_of(recipe, planned, material)
    judged = recipe.validation.judge or (TargetSpec(event=recipe.event, states=(target,)),)
    found: list[Target] = []
    for one in judged:
        strange = [s for s in one.states if s not in material.counted.course.states]
        if strange:
            raise CohortError(f"validation.judge: there is no state {strange[0][:40]!r} in the course")
        _refuse_late_entry(recipe, material.counted)
        for horizon in one.horizons_months or recipe.horizons_months[-1:]:
            made = attempt(
                not_judged,
                f"{one.event} within {horizon:g} months",
                partial(_event, recipe, material.counted, one, horizon),
            )
            if made is not None:
                found.append(made)
    counted = material.counted
    if len(planned.course.states) == 2 and counted.entry.any():
        transition = planned.course.transitions[0]
        found.append(
            RiskSetTarget(recipe.event, transition, counted.patient, counted.entry, counted.exit, counted.to > 0)
        )
    return found


def _refuse_late_entry(recipe: Recipe, counted: CountedHistories) -> None:
    if recipe.validation.landmark_months is None and first_reached(counted, counted.course.states[1:])[3].any():
        raise CohortError(
            "validation: people came under observation late; name a landmark at which those who are judged are under "
            "observation, for example landmark_months: 12"
        )


def _event(recipe: Recipe, counted: CountedHistories, spec: TargetSpec, horizon: float) -> HorizonTarget:
    people, time, code, entry = first_reached(counted, spec.states)
    landmark = recipe.validation.landmark_months
    estimand: Any = "crude" if (code == 2).any() else "all-cause"
    outcome = Outcome(time, code, estimand=estimand, entry=entry if entry.any() else None, landmark=landmark)
    kept = people if outcome.rows is None else people[outcome.rows]
    together = outcome.take(np.arange(len(outcome)))  # predictions are made for those who are judged only
    return HorizonTarget(spec.event, spec.states, horizon, landmark or 0.0, kept, together)


def first_reached(
    counted: CountedHistories, states: Sequence[str]
) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp], Floats]:
    """Patients (positions in the cohort), time, code and entry: 1 the first of the states, 2 the end without any."""
    course = counted.course
    wanted = [course.states.index(s) for s in states]
    last = [i for i in range(len(course.states)) if i not in course.sources]
    people, who = np.unique(counted.patient, return_inverse=True)
    n = len(people)
    reached, ended = np.full(n, np.inf), np.full(n, np.inf)
    hit = np.isin(counted.to, wanted) & (counted.to > 0)
    np.minimum.at(reached, who[hit], counted.exit[hit])
    rival = np.isin(counted.to, last) & (counted.to > 0) & ~hit
    np.minimum.at(ended, who[rival], counted.exit[rival])
    entry, exit_ = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(entry, who, counted.entry)
    np.maximum.at(exit_, who, counted.exit)
    time = np.minimum(np.minimum(reached, ended), exit_)
    code = np.where(np.isfinite(reached) & (reached <= time), 1, np.where(np.isfinite(ended) & (ended <= time), 2, 0))
    return people, time, code, entry


def risk(fits: Sequence[FittedHazard], codings: dict[str, Coding], values: Values, event: HorizonTarget) -> Floats:
    """What hazards say of an event for its people: probabilities (n,)."""
    end = event.start + event.horizon
    kept = [f for f in fits if f.transition[0] not in event.states]
    people = len(event.people) if any(f.names for f in kept) else 1
    hazards = coarse([replace(f.hazard, followed_to=max(f.hazard.followed_to, end)) for f in kept], end, people)
    # in a resample the last of those at risk may leave early: nothing is seen to happen after them
    pairs = tuple(f.transition for f in kept)
    states = tuple(dict.fromkeys([kept[0].transition[0], *(s for pair in pairs for s in pair)]))
    x: dict[tuple[str, str], Floats] = {}
    for fit in kept:
        if fit.names:
            parts = [codings[name].predictor.transform.basis(values[name][event.people]) for name in fit.names]
            x[fit.transition] = np.column_stack(parts)
    model = MultiStateModel(Course(states, pairs), hazards)
    said = model.predict(x or None, [end], start=event.start)
    reached = [states.index(s) for s in event.states if s in states]
    found: Floats = said.probability[:, 0, reached].sum(axis=1)
    return found if x else np.repeat(found, len(event.people))
