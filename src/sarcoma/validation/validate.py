"""Validation: what models said of the patients of a cohort, against what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sarcoma._arguments import checked
from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import CohortError
from sarcoma.models.fit_record import PeopleDigest
from sarcoma.survival import median_follow_up
from sarcoma.survival.measures import Measure
from sarcoma.validation.bootstrap_intervals import resampled
from sarcoma.validation.comparison import compare
from sarcoma.validation.observed import ObservedOutcomes
from sarcoma.validation.performance import (
    AtHorizon,
    a_dozen_of,
    at_horizon,
    judgeable_horizons,
    numbers,
    over_time,
)
from sarcoma.validation.result import Flow, Setting, Validated, Validation
from sarcoma.validation.sample import (
    EvaluationSample,
    evaluation_sample,
    notes_of,
    observed_outcomes,
    refuse_late_entry,
)
from sarcoma.validation.setting import setting_of
from sarcoma.validation.subgroups import Subgroup, between_centres, subgroups
from sarcoma.validation.subject import LeftOut, Subject
from sarcoma.validation.updating.ladder import Ladder, climb
from sarcoma.validation.whole_follow_up import WholeFollowUp, comes_late, whole_follow_up

Progress = Callable[[str, int, int], None]


@checked
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
    landmark : months since the time zero from which people are judged. Under late entry the whole follow-up is judged
        with it or without; the horizons with it only.
    draws : bootstrap samples for the intervals; 0 takes influence functions. least : subgroups and centres with fewer
        people (or fewer than 10 events) are suppressed. processes : for the bootstrap; more than one where the
        program that calls is guarded by `if __name__ == "__main__"`.

    Raises
    ------
    CohortError : the cohort cannot say what any of the models predicts, or nobody is left.

    No optional step takes the result with it: what had no answer stands in `failed` of the model, with the reason.

    Stopping the bootstrap (Ctrl-C) keeps the samples drawn so far; the models after it have intervals from influence
    functions.
    """
    check_subjects(subjects)
    if not len(cohort):
        raise CohortError("the cohort has no patients; `sarcoma cohort read` says why rows were refused")
    how = _How(draws, seed, least, processes, progress or (lambda _what, _done, _total: None))
    models: list[Validated] = []
    refused: dict[str, str] = {}
    for subject in subjects:
        stopped = any(model.interrupted for model in models)
        judge = partial(
            _judge_subject, cohort, subject, unknown_cause, landmark, replace(how, draws=0) if stopped else how
        )
        model = attempt(refused, subject.id, judge)
        if model is not None:
            models.append(model)
    if not models:
        raise CohortError("; ".join(refused.values()))
    compared, not_compared = compare(models)
    by_id = {subject.id: subject for subject in subjects}
    why = tuple((by_id[name], reason) for name, reason in refused.items())
    return Validation(cohort.about, tuple(models), why, compared, seed, draws, not_compared)


def check_subjects(subjects: Sequence[Subject]) -> None:
    """Refuse nothing, and the same twice.

    Raises
    ------
    CohortError : there is no model, or one is named twice.
    """
    if not subjects:
        raise CohortError("name a model, for example kattan-2002")
    ids = [s.id for s in subjects]
    if twice := [i for i in dict.fromkeys(ids) if ids.count(i) > 1]:
        raise CohortError(f"{twice[0]}: a model with this id is named twice; give each once")


@dataclass(frozen=True)
class _How:
    """How a subject is judged: the arguments of `validate` that say nothing of the people."""

    draws: int
    seed: int
    least: int
    processes: int
    tell: Progress


def _judge_subject(
    cohort: Cohort, subject: Subject, unknown_cause: str | None, landmark: float | None, how: _How
) -> Validated:
    """One subject: at its horizons; under late entry by the whole follow-up too, without a landmark by that alone."""
    observed = observed_outcomes(cohort, subject, unknown_cause=unknown_cause)
    if not comes_late(observed):
        return _judge(evaluation_sample(cohort, subject, observed, landmark=landmark), how)
    failed: dict[str, str] = {}
    whole = attempt(failed, "whole follow-up", lambda: whole_follow_up(cohort, subject, observed, how.seed))
    if landmark is not None:
        model = _judge(evaluation_sample(cohort, subject, observed, landmark=landmark), how)
        return replace(model, whole=whole, failed={**failed, **model.failed})
    if whole is None:
        refuse_late_entry(subject, observed, failed["whole follow-up"])
    return _judge_whole(cohort, subject, observed, whole, failed)


def _judge_whole(
    cohort: Cohort, subject: Subject, observed: ObservedOutcomes, whole: WholeFollowUp, failed: dict[str, str]
) -> Validated:
    """One subject judged by the whole follow-up alone."""
    setting, about_people = _setting(cohort, subject)
    said, rows = whole.predictions, whole.rows
    left_out = [*(LeftOut(reason, n) for reason, n in observed.left_out.items()), *said.left_out]
    others = int(said.used.sum()) - len(rows)
    if others:
        left_out.append(LeftOut("not under observation in the months of which the model speaks", others))
    flow = Flow(
        len(cohort),
        tuple((out.reason, out.n) for out in left_out if out.n),
        len(rows),
        whole.events,
        int((observed.event[rows] > 1).sum()),
        whole.person_months,
        float("nan"),
    )
    why = "people came late under observation, and an update needs a landmark, for example --landmark 12"
    return Validated(
        subject,
        setting,
        subject.estimand,
        flow,
        said.rules,
        said.missing,
        (*observed.notes, *notes_of(subject), *about_people),
        (),
        (),
        None,
        said.risk[rows],
        None,
        rows,
        None,
        None,
        why,
        whole=whole,
        failed=failed,
    )


def _judge(sample: EvaluationSample, how: _How) -> Validated:
    """One subject judged by its sample."""
    subject, risk, outcome = sample.subject, sample.risk, sample.outcome
    failed: dict[str, str] = {}
    judgeable = tuple(m for m in judgeable_horizons(outcome, sample.months) if m > sample.start)
    judged = _at_horizons(sample, judgeable, how)
    drawn, interrupted = 0, False
    if how.draws:
        bar = f"{subject.id}: bootstrap"
        plain = judged
        resample = attempt(
            failed,
            "bootstrap",
            lambda: resampled(
                plain, risk, outcome, how.draws, how.seed, how.processes, lambda k, n: how.tell(bar, k, n)
            ),
        )
        if resample is not None:
            judged, drawn, interrupted = resample
    whole = [k for k, one in enumerate(judged) if one.discrimination_only is None]
    groups: tuple[Subgroup, ...] = ()
    centres = None
    if whole:
        people, best, months = sample.rows, risk[:, whole[-1]], judged[whole[-1]].months
        records, cohort = sample.observed.records, sample.cohort
        groups = (
            attempt(failed, "subgroups", lambda: subgroups(records, people, best, outcome, months, how.least)) or ()
        )
        centres = attempt(failed, "centres", lambda: between_centres(cohort, people, best, outcome, months, how.least))
    shown = whole[-1] if whole else len(judged) - 1
    ladder, no_ladder = _ladder(sample, whole)
    setting, about_people = _setting(sample.cohort, subject)
    over = attempt(
        failed,
        "over time",
        lambda: over_time(risk[:, shown], sample.months[shown], outcome, a_dozen_of(judgeable)),
    )
    return Validated(
        subject,
        setting,
        outcome.estimand,
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
        over,
        sample.start,
        drawn,
        interrupted,
        failed={**failed, **(ladder.failed if ladder is not None else {})},
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
        raise CohortError(nothing_measured(sample.subject.id, len(sample), judged))
    return tuple(judged)


def nothing_measured(name: str, people: int, judged: Sequence[AtHorizon]) -> str:
    """Why a model could not be judged at any horizon."""
    why = next((reason for one in judged for reason in one.cannot.values()), "too few patients")
    return f"{name}: nothing can be measured in {people} patients: {why}"


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

    failed: dict[str, str] = {}
    ladder = attempt(failed, "updating", lambda: climb(card, sample.at_horizons(whole), judge))
    return ladder, failed.get("updating")


def _setting(cohort: Cohort, subject: Subject) -> tuple[Setting, list[str]]:
    return setting_of(subject, cohort.about.name, len(cohort), lambda: PeopleDigest.of(cohort.patients["id"]))


def _flow(sample: EvaluationSample) -> Flow:
    outcome = sample.outcome
    ended = outcome.event | outcome.competing
    reverse = median_follow_up(outcome.exit, ended)[0].value if (~ended).any() else float("nan")
    return Flow(
        len(sample.cohort),
        tuple((out.reason, out.n) for out in sample.left_out if out.n),
        len(outcome),
        int(outcome.event.sum()),
        sample.rivals,
        float(outcome.exit.sum()),
        float(reverse),
    )
