"""Validation: what models said of the patients of a cohort, against what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import CohortError, SurvivalError
from sarcoma.models import cards
from sarcoma.models.fit_record import PeopleDigest
from sarcoma.survival import kaplan_meier
from sarcoma.survival.measures import Measure
from sarcoma.validation.bootstrap_intervals import resampled
from sarcoma.validation.comparison import compare
from sarcoma.validation.performance import AtHorizon, at_horizon, judgeable_horizons, numbers, over_time
from sarcoma.validation.result import Flow, Setting, Validated, Validation
from sarcoma.validation.sample import EvaluationSample, evaluation_sample
from sarcoma.validation.subgroups import Subgroup, between_centres, subgroups
from sarcoma.validation.subject import Subject
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
    how = _How(draws, seed, least, processes, progress or (lambda _what, _done, _total: None))
    models: list[Validated] = []
    refused = []
    for subject in subjects:
        try:
            sample = evaluation_sample(cohort, subject, unknown_cause=unknown_cause, landmark=landmark)
            stopped = any(model.interrupted for model in models)
            models.append(_judge(sample, replace(how, draws=0) if stopped else how))
        except CohortError as error:
            if len(subjects) == 1:
                raise
            refused.append((subject, str(error)))
    if not models:
        raise CohortError("; ".join(why for _, why in refused))
    return Validation(cohort.about, tuple(models), tuple(refused), compare(models), seed, draws)


@dataclass(frozen=True)
class _How:
    """How a subject is judged: the arguments of `validate` that say nothing of the people."""

    draws: int
    seed: int
    least: int
    processes: int
    tell: Progress


def _judge(sample: EvaluationSample, how: _How) -> Validated:
    """One subject judged by its sample."""
    subject, risk, outcome = sample.subject, sample.risk, sample.outcome
    judgeable = tuple(m for m in judgeable_horizons(outcome, sample.months) if m > sample.start)
    judged = _at_horizons(sample, judgeable, how)
    drawn, interrupted = 0, False
    if how.draws:
        bar = f"{subject.id}: bootstrap"
        judged, drawn, interrupted = resampled(
            judged, risk, outcome, how.draws, how.seed, how.processes, lambda k, n: how.tell(bar, k, n)
        )
    whole = [k for k, one in enumerate(judged) if one.discrimination_only is None]
    groups: tuple[Subgroup, ...] = ()
    centres = None
    if whole:
        people, best, months = sample.rows, risk[:, whole[-1]], judged[whole[-1]].months
        groups = subgroups(sample.observed.records, people, best, outcome, months, how.least)
        centres = between_centres(sample.cohort, people, best, outcome, months, how.least)
    shown = whole[-1] if whole else len(judged) - 1
    ladder, no_ladder = _ladder(sample, whole)
    setting, about_people = _setting(sample.cohort, subject)
    return Validated(
        subject,
        setting,
        _flow(sample),
        sample.predictions.rules,
        sample.predictions.missing,
        (*sample.notes, *about_people),
        judged,
        groups,
        centres,
        risk,
        outcome,
        sample.rows,
        judged[whole[-1]].months if whole else None,
        ladder,
        no_ladder,
        over_time(risk[:, shown], sample.months[shown], outcome, _times(judgeable)),
        sample.start,
        drawn,
        interrupted,
    )


def _at_horizons(sample: EvaluationSample, judgeable: tuple[float, ...], how: _How) -> tuple[AtHorizon, ...]:
    """Every horizon judged."""
    judged: list[AtHorizon] = []
    bar = f"{sample.subject.id}: horizons"
    for k, months in enumerate(sample.months):
        how.tell(bar, k, len(sample.months))
        judged.append(at_horizon(sample.risk[:, k], sample.outcome, months, judgeable=judgeable, seed=how.seed))
    how.tell(bar, len(sample.months), len(sample.months))
    if not any(one.measures for one in judged):
        why = next((reason for one in judged for reason in one.cannot.values()), "too few patients")
        raise CohortError(f"{sample.subject.id}: nothing can be measured in {len(sample)} patients: {why}")
    return tuple(judged)


def _times(judgeable: tuple[float, ...]) -> tuple[float, ...]:
    """At most a dozen times since the time zero, the last judgeable one among them."""
    step = -(-len(judgeable) // 12) or 1
    return judgeable[::-1][::step][::-1]


def _ladder(sample: EvaluationSample, whole: list[int]) -> tuple[Ladder | None, str | None]:
    """The updates of a model at the horizons that could be judged whole, or why there are none."""
    card = sample.subject.card
    if card is None:
        return None, "predictions made elsewhere come without the model that made them"
    if sample.subject.instead is not None:
        return None, "it is set against another end point than its own"
    why = card.form.cannot_update
    if why is None and not whole:
        why = "none of its horizons can be judged here"
    if why is not None:
        return None, why

    def judge(risk: Floats, months: float) -> dict[str, Measure]:
        return numbers(risk, sample.outcome, months, None, "update").measures

    try:
        return climb(card, sample.at_horizons(whole), judge), None
    except SurvivalError as error:
        return None, str(error)


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
            same_name = record.cohort == cohort.about.name
            if same_name if record.people is None else record.people == people:
                return "apparent", []
            if same_name:
                notes.append(
                    "Data of the same name made the model, with another set of patients; some may be in both, and the "
                    "model then looks better here than it is."
                )
        card = cards().get(card.parent) if card.parent is not None else None
    return "external", notes


def _flow(sample: EvaluationSample) -> Flow:
    outcome = sample.outcome
    ended = outcome.event | outcome.competing
    reverse = kaplan_meier(outcome.exit, ~ended).quantile(0.5)[0].value if (~ended).any() else float("nan")
    return Flow(
        len(sample.cohort),
        tuple((out.reason, out.n) for out in sample.left_out if out.n),
        len(outcome),
        int(outcome.event.sum()),
        sample.rivals,
        float(outcome.exit.sum()),
        float(reverse),
    )
