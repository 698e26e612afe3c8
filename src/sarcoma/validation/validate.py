"""Validation: what models said of the patients of a cohort, against what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import CohortError, InputError, SurvivalError
from sarcoma.models import cards
from sarcoma.models.fit_record import PeopleDigest
from sarcoma.patient import Numeric, Records, field_specs
from sarcoma.patient.columns import Column
from sarcoma.survival import kaplan_meier
from sarcoma.survival.measures import Measure, Outcome
from sarcoma.validation.bootstrap_intervals import resampled
from sarcoma.validation.comparison import compare
from sarcoma.validation.mismatch import check_estimand, check_unit, nobody_left
from sarcoma.validation.observed import ENDPOINTS, Seen, seen
from sarcoma.validation.performance import AtHorizon, at_horizon, judgeable_horizons, numbers, over_time
from sarcoma.validation.result import Flow, Setting, Validated, Validation
from sarcoma.validation.subgroups import Subgroup, between_centres, subgroups
from sarcoma.validation.subject import LeftOut, Subject
from sarcoma.validation.updating.ladder import Ladder, climb

Progress = Callable[[str, int, int], None]


def validate(
    cohort: Cohort,
    subjects: Sequence[Subject],
    *,
    unknown_cause: str | None = None,
    landmark: float | None = None,
    draws: int = 0,
    seed: int = 0,
    least: int = 20,
    processes: int = 1,
    progress: Progress | None = None,
) -> Validation:
    """How well models predict in a cohort.

    Parameters
    ----------
    subjects : models and columns. unknown_cause : what deaths of unknown cause count as, "sarcoma" or "other".
    landmark : months since the time zero from which people are judged; needed under late entry.
    draws : bootstrap samples for the intervals; 0 takes influence functions. least : subgroups and centres with fewer
        people (or fewer than 10 events) are suppressed. processes : for the bootstrap; more than one where the
        program that calls is guarded by `if __name__ == "__main__"`.

    Raises
    ------
    CohortError : the cohort cannot say what the model predicts, or nobody is left.

    Stopping the bootstrap (Ctrl-C) keeps the samples drawn so far; the models after it have intervals from influence
    functions.
    """
    if not subjects:
        raise CohortError("name a model, for example kattan-2002")
    ids = [s.id for s in subjects]
    if twice := [i for i in dict.fromkeys(ids) if ids.count(i) > 1]:
        raise CohortError(f"{twice[0]}: a model with this id is named twice; give each once")
    if not len(cohort):
        raise CohortError("the cohort has no patients; `sarcoma cohort read` says why rows were refused")
    found: list[Validated] = []
    refused = []
    for subject in subjects:
        try:
            stopped = any(model.interrupted for model in found)
            samples = 0 if stopped else draws
            found.append(
                _validate_one(cohort, subject, unknown_cause, landmark, samples, seed, least, processes, progress)
            )
        except CohortError as error:
            if len(subjects) == 1:
                raise
            refused.append((subject, str(error)))
    if not found:
        raise CohortError("; ".join(why for _, why in refused))
    return Validation(cohort.about, tuple(found), tuple(refused), compare(found), seed, draws)


def _validate_one(
    cohort: Cohort,
    subject: Subject,
    unknown_cause: str | None,
    landmark: float | None,
    draws: int,
    seed: int,
    least: int,
    processes: int,
    progress: Progress | None,
) -> Validated:
    check_estimand(subject)
    known = seen(cohort, subject.endpoint, subject.time_zero, unknown_cause=unknown_cause)
    start = landmark or 0.0
    if known.entry[known.kept].any() and landmark is None:
        why = (
            f"{subject.id}: {int((known.entry[known.kept] > 0).sum())} of {int(known.kept.sum())} people came under "
            "observation after the time zero, so early events could not be seen"
        )
        if subject.card is not None and not subject.card.landmarks.conditional:
            raise CohortError(
                f"{why}; the model's curve is not known, so it cannot start later and cannot be judged in this cohort"
            )
        raise CohortError(
            f"{why}; name a landmark at which those who are judged are under observation, for example --landmark 12"
        )
    moved = _at(known, subject, start)
    said = subject.says(cohort, moved, known.kept, start)
    rows = np.flatnonzero(said.used)
    out = [*(LeftOut(why, n) for why, n in known.left_out.items()), *said.steps]
    if landmark is not None:
        there = (known.exit[rows] > start) & (known.entry[rows] <= start)
        why = f"not under observation, or not free of the event, at {start:g} months"
        out.append(LeftOut(why, int((~there).sum())))
        rows = rows[there]
    if len(rows) < 2:
        raise CohortError(f"{subject.id}: {nobody_left(len(rows), out, said.rules)}")
    outcome, notes = _outcome(subject, known, rows)
    risk = said.risk[rows]
    kept = np.flatnonzero(~np.isnan(risk).any(axis=0))
    if not len(kept):
        raise CohortError(f"{subject.id}: the model says nothing of these patients at any horizon")
    last = float(subject.horizons[kept[-1]])
    check_unit(subject, start + last, risk[:, kept[-1]], outcome)
    happened = np.array([bool((outcome.event & (outcome.exit <= start + subject.horizons[k])).any()) for k in kept])
    if not happened.any():
        raise CohortError(
            f"{subject.id}: nobody has had the event by {start + last:g} months, so nothing can be judged; patients "
            "followed for longer are needed, or a later horizon, for example --horizon 120 for a column"
        )
    notes += [
        f"Nobody had the event by {start + subject.horizons[k]:g} months, so nothing is judged there."
        for k in kept[~happened]
    ]
    kept = kept[happened]
    horizons = [subject.horizons[k] for k in kept.tolist()]
    risk = risk[:, kept]
    offered = tuple(h - start for h in judgeable_horizons(outcome, tuple(start + h for h in horizons)) if h > start)
    tell = progress or (lambda _what, _done, _total: None)
    judged: tuple[AtHorizon, ...] = ()
    for k, horizon in enumerate(horizons):
        tell(f"{subject.id}: horizons", k, len(horizons))
        one = at_horizon(risk[:, k], outcome, start + horizon, judgeable=tuple(start + h for h in offered), seed=seed)
        judged = (*judged, one)
    tell(f"{subject.id}: horizons", len(horizons), len(horizons))
    if not any(one.measures for one in judged):
        why = next((reason for one in judged for reason in one.cannot.values()), "too few patients")
        raise CohortError(f"{subject.id}: nothing can be measured in {len(rows)} patients: {why}")
    drawn, interrupted = 0, False
    if draws:
        bar = f"{subject.id}: bootstrap"
        judged, drawn, interrupted = resampled(
            judged, risk, outcome, draws, seed, processes, lambda k, n: tell(bar, k, n)
        )
    whole = [k for k, one in enumerate(judged) if one.discrimination_only is None]
    best = whole[-1] if whole else None
    months = None if best is None else judged[best].months
    shown = len(horizons) - 1 if best is None else best
    groups: tuple[Subgroup, ...] = ()
    centres = None
    if best is not None and months is not None:
        groups = subgroups(known.records, rows, risk[:, best], outcome, months, least)
        centres = between_centres(cohort, rows, risk[:, best], outcome, months, least)
    ladder, no_ladder = _ladder(subject, cohort, moved, rows, risk, outcome, horizons, judged, start)
    setting, about_people = _setting(cohort, subject)
    return Validated(
        subject,
        setting,
        _flow(cohort, out, outcome, int((known.event[rows] > 1).sum())),
        said.rules,
        said.missing,
        (*known.notes, *notes, *about_people),
        judged,
        groups,
        centres,
        risk,
        outcome,
        rows,
        months,
        ladder,
        no_ladder,
        over_time(risk[:, shown], start + horizons[shown], outcome, _times(offered, start)),
        start,
        drawn,
        interrupted,
    )


def _times(judgeable: tuple[float, ...], start: float) -> tuple[float, ...]:
    """At most a dozen times since the time zero, the last judgeable one among them."""
    step = -(-len(judgeable) // 12) or 1
    return tuple(start + h for h in judgeable[::-1][::step][::-1])


def _ladder(
    subject: Subject,
    cohort: Cohort,
    records: Records,
    rows: NDArray[np.intp],
    risk: Floats,
    outcome: Outcome,
    horizons: list[float],
    judged: Sequence[AtHorizon],
    start: float,
) -> tuple[Ladder | None, str | None]:
    """The updates of a model, or why there are none."""
    card = subject.card
    whole = [k for k, one in enumerate(judged) if one.discrimination_only is None]
    if card is None:
        return None, "predictions made elsewhere come without the model that made them"
    if subject.instead is not None:
        return None, "it is set against another end point than its own"
    why = card.form.cannot_update
    if why is None and not whole:
        why = "none of its horizons can be judged here"
    if why is not None:
        return None, why

    def judge(said: Floats, months: float) -> dict[str, Measure]:
        return numbers(said, outcome, months, None, "update").measures

    try:
        found = climb(
            card, cohort, records, rows, risk[:, whole], outcome, tuple(horizons[k] for k in whole), start, judge
        )
    except SurvivalError as error:
        return None, str(error)
    return found, None


_SINCE = {
    "diagnosis": ("landmark_months",),
    "surgery": ("landmark_months", "months_since_surgery"),
    "first-metastasis": ("months_since_metastasis",),
    "local-recurrence": ("months_since_recurrence",),
}


def _at(known: Seen, subject: Subject, start: float) -> Records:
    """The records at the landmark."""
    if not start or subject.card is None:
        return known.records
    if not subject.card.landmarks.conditional:
        raise CohortError(
            f"{subject.id}: its curve is not known, so it cannot be conditioned on being free of the event at a "
            "landmark; leave --landmark out, or validate it on a cohort without late entry"
        )
    values: dict[str, list[Any]] = {}
    derived: dict[str, Column] = {}
    n = len(known.records)
    for name in _SINCE[subject.time_zero]:
        if name in field_specs():
            values[name] = [start] * n
        else:
            derived[name] = Numeric(np.full(n, start), -720.0, 720.0)
    return known.records.changed(values, derived)


def _outcome(subject: Subject, known: Seen, rows: NDArray[np.intp]) -> tuple[Outcome, list[str]]:
    event = known.event[rows]
    if not (event == 1).any():
        raise CohortError(
            f"{subject.id}: nobody has the event ({ENDPOINTS[subject.endpoint]}) among the {len(rows):,} patients left "
            "to judge it by, so no prediction of it can be judged"
        )
    notes = []
    estimand = subject.estimand
    if subject.instead is not None:
        notes.append(
            f"The model predicts {subject.instead}; on request it is set against {ENDPOINTS[subject.endpoint]}, "
            "which is another thing."
        )
    if estimand == "net":
        notes.append(
            "A net prediction (as if no one died of anything else) is set against the net curve, which censors other "
            "deaths."
        )
    if estimand == "crude" and not (event > 1).any():
        estimand = "all-cause"
        notes.append("Nobody died of anything else first, so the crude and the net curve are the same here.")
    if estimand == "all-cause":
        event = np.minimum(event, 1)
    try:
        return Outcome(known.exit[rows], event, estimand=estimand), notes
    except InputError as error:
        raise CohortError(f"{subject.id}: {error}") from None


def _setting(cohort: Cohort, subject: Subject) -> tuple[Setting, list[str]]:
    """Apparent where these patients made the model, or one that it was updated from; unknown without a card. And notes.

    The digest of the patients' ids tells, whatever the cohort is called; a card without one is told by the name.
    """
    card = subject.card
    if card is None:
        return "unknown", []
    people = PeopleDigest.of(cohort.patients["id"])
    notes = []
    while card is not None:
        record = card.fit_record
        if record is not None:
            same_name = f"{record.data}. ".startswith(f"{cohort.about.name}. ")
            if same_name if record.people is None else record.people == people:
                return "apparent", []
            if same_name:
                notes.append(
                    "Data of the same name made the model, with another set of patients; some may be in both, and the "
                    "model then looks better here than it is."
                )
        card = cards().get(card.parent) if card.parent is not None else None
    return "external", notes


def _flow(cohort: Cohort, out: list[LeftOut], outcome: Outcome, rivals: int) -> Flow:
    ended = outcome.event | outcome.competing
    reverse = kaplan_meier(outcome.exit, ~ended).quantile(0.5)[0].value if (~ended).any() else float("nan")
    return Flow(
        len(cohort),
        tuple((step.why, step.people) for step in out if step.people),
        len(outcome),
        int(outcome.event.sum()),
        rivals,
        float(outcome.exit.sum()),
        float(reverse),
    )
