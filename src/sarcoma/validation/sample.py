"""The people by whom a subject is judged: who they are, what was predicted of them, what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import CohortError, InputError
from sarcoma.models.outcome import Estimand
from sarcoma.patient import Numeric, Records, field_specs
from sarcoma.patient.columns import Column
from sarcoma.survival.measures import Outcome
from sarcoma.validation.mismatch import check_estimand, check_unit, nobody_left
from sarcoma.validation.observed import ENDPOINTS, ObservedOutcomes, observe
from sarcoma.validation.performance import observed_by
from sarcoma.validation.subject import LeftOut, Subject, SubjectPredictions


@dataclass(frozen=True, eq=False)
class EvaluationSample:
    """The people by whom a subject is judged.

    observed, predictions : of all patients of the cohort. records : of all of them, at the time judged from. start :
    that time, in months since the time zero. horizons (H,) : months from `start`. rows (n,) : positions in the cohort
    of those who are judged. risk (n, H), outcome : what was predicted and seen of them. left_out : how many others, by
    reason, in order. notes : what a reader has to know.
    """

    cohort: Cohort
    subject: Subject
    observed: ObservedOutcomes
    predictions: SubjectPredictions
    records: Records
    start: float
    horizons: tuple[float, ...]
    rows: NDArray[np.intp]
    risk: Floats
    outcome: Outcome
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def months(self) -> tuple[float, ...]:
        """The horizons as months since the time zero."""
        return tuple(self.start + h for h in self.horizons)

    @property
    def rivals(self) -> int:
        """How many had another death first."""
        return int((self.observed.event[self.rows] > 1).sum())

    def events_by(self, months: float) -> int:
        """How many had the event by a time since the time zero."""
        return int(self.outcome.event_by(months).sum())

    def at_horizons(self, which: list[int]) -> EvaluationSample:
        """The same with some of its horizons."""
        return replace(self, horizons=tuple(self.horizons[k] for k in which), risk=self.risk[:, which])


def evaluation_sample(
    cohort: Cohort, subject: Subject, observed: ObservedOutcomes, *, landmark: float | None = None
) -> EvaluationSample:
    """The people of a cohort by whom a subject can be judged, at the horizons by which someone had the event.

    observed : what happened to all of them (`observed_outcomes`).

    Raises
    ------
    CohortError : the cohort cannot say what the model predicts, late entry without a landmark, nobody is left.
    """
    start = landmark or 0.0
    records = _records_at(observed, subject, start)
    predictions = subject.predict(cohort, records, observed.kept, start)
    rows = np.flatnonzero(predictions.used)
    left_out = [*(LeftOut(reason, n) for reason, n in observed.left_out.items()), *predictions.left_out]
    if landmark is not None:
        there = (observed.exit[rows] > start) & (observed.entry[rows] <= start)
        why = f"not under observation, or not free of the event, at {start:g} months"
        left_out.append(LeftOut(why, int((~there).sum())))
        rows = rows[there]
    if len(rows) < 2:
        raise CohortError(f"{subject.id}: {nobody_left(len(rows), left_out, predictions.rules)}")
    outcome, notes = _outcome(subject, observed, rows)
    risk = predictions.risk[rows]
    said = np.flatnonzero(~np.isnan(risk).any(axis=0)).tolist()
    if not said:
        raise CohortError(f"{subject.id}: {SAYS_NOTHING}")
    sample = EvaluationSample(
        cohort,
        subject,
        observed,
        predictions,
        records,
        start,
        subject.horizons,
        rows,
        risk,
        outcome,
        tuple(left_out),
        (*observed.notes, *notes),
    ).at_horizons(said)
    check_unit(
        subject,
        sample.months[-1],
        float(sample.risk[:, -1].mean()),
        lambda t: int(outcome.free_at(t).sum()),
        lambda t: observed_by(outcome, t),
    )
    which, nobody_yet = where_someone_had_it(subject, sample.months, [sample.events_by(m) for m in sample.months])
    return replace(sample.at_horizons(which), notes=(*sample.notes, *nobody_yet))


def observed_outcomes(cohort: Cohort, subject: Subject, *, unknown_cause: str | None = None) -> ObservedOutcomes:
    """What happened to everyone of what the subject predicts.

    Raises
    ------
    CohortError : an estimand that the end point cannot have, a clock or causes that the cohort does not know.
    """
    check_estimand(subject)
    return observe(cohort, subject.endpoint, subject.time_zero, unknown_cause=unknown_cause)


def refuse_late_entry(subject: Subject, observed: ObservedOutcomes, no_whole: str) -> NoReturn:
    """Refuse to judge from the time zero where people came under observation after it.

    no_whole : why the whole follow-up cannot be judged either.
    """
    entry = observed.entry[observed.kept]
    why = (
        f"{subject.id}: {int((entry > 0).sum())} of {len(entry)} people came under "
        f"observation after the time zero, so early events could not be seen; all of the follow-up cannot be judged "
        f"either ({no_whole.removeprefix(f'{subject.id}: ')})"
    )
    if subject.card is not None and not subject.card.landmarks.conditional:
        raise CohortError(
            f"{why}; the model's curve is not known, so it cannot start later and cannot be judged in this cohort"
        )
    raise CohortError(
        f"{why}; name a landmark at which those who are judged are under observation, for example --landmark 12"
    )


SAYS_NOTHING = "the model says nothing of these patients at any horizon"


def where_someone_had_it(
    subject: Subject, months: Sequence[float], events: Sequence[int]
) -> tuple[list[int], list[str]]:
    """The places of the horizons by which someone had the event, and notes of the others.

    months, events : the horizons since the time zero, and how many had the event by each.

    Raises
    ------
    CohortError : there are none.
    """
    if not any(events):
        raise CohortError(
            f"{subject.id}: nobody has had the event by {months[-1]:g} months, so nothing can be judged; patients "
            "followed for longer are needed, or a later horizon, for example --horizon 120 for a column"
        )
    notes = [
        f"Nobody had the event by {m:g} months, so nothing is judged there."
        for m, n in zip(months, events, strict=True)
        if not n
    ]
    return [k for k, n in enumerate(events) if n], notes


_SINCE = {
    "diagnosis": ("landmark_months",),
    "surgery": ("landmark_months", "months_since_surgery"),
    "first-metastasis": ("months_since_metastasis",),
    "local-recurrence": ("months_since_recurrence",),
}


def _records_at(observed: ObservedOutcomes, subject: Subject, start: float) -> Records:
    """The records at the landmark."""
    if not start or subject.card is None:
        return observed.records
    if not subject.card.landmarks.conditional:
        raise CohortError(
            f"{subject.id}: its curve is not known, so it cannot be conditioned on being free of the event at a "
            "landmark; leave --landmark out, or validate it on a cohort without late entry"
        )
    n = len(observed.records)
    values: dict[str, list[Any]] = {}
    derived: dict[str, Column] = {}
    for name in _SINCE[subject.time_zero]:
        if name in field_specs():
            values[name] = [start] * n
        else:
            derived[name] = Numeric(np.full(n, start), -720.0, 720.0)
    return observed.records.changed(values, derived)


def _outcome(subject: Subject, observed: ObservedOutcomes, rows: NDArray[np.intp]) -> tuple[Outcome, list[str]]:
    event = observed.event[rows]
    estimand, notes = estimand_of(subject, len(rows), int((event == 1).sum()), int((event > 1).sum()))
    if estimand == "all-cause":
        event = np.minimum(event, 1)
    try:
        return Outcome(observed.exit[rows], event, estimand=estimand), notes
    except InputError as error:
        raise CohortError(f"{subject.id}: {error}") from None


def estimand_of(subject: Subject, people: int, events: int, rivals: int) -> tuple[Estimand, list[str]]:
    """What is estimated of people of whom so many had the event, and another death first; and notes.

    Raises
    ------
    CohortError : nobody has the event.
    """
    if not events:
        raise CohortError(
            f"{subject.id}: nobody has the event ({ENDPOINTS[subject.endpoint]}) among the {people:,} patients left "
            "to judge it by, so no prediction of it can be judged"
        )
    if subject.estimand != "crude" or rivals:
        return subject.estimand, notes_of(subject)
    note = "Nobody died of anything else first, so the crude and the net curve are the same here."
    return "all-cause", [*notes_of(subject), note]


def notes_of(subject: Subject) -> list[str]:
    """What a reader has to know of what is set against what."""
    notes = []
    if subject.instead is not None:
        notes.append(
            f"The model predicts {subject.instead}; on request it is set against {ENDPOINTS[subject.endpoint]}, "
            "which is another thing."
        )
    if subject.estimand == "net":
        notes.append(
            "A net prediction (as if no one died of anything else) is set against the net curve, which censors other "
            "deaths."
        )
    return notes
