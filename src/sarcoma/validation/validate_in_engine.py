"""Validation of cards on a cohort that memory need not hold: an engine counts, and small tables leave it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from sarcoma._arguments import checked
from sarcoma._attempt import attempt
from sarcoma.errors import CohortError
from sarcoma.models.fit_record import PeopleDigest
from sarcoma.scale.cohort_files import CohortFiles
from sarcoma.scale.engine import broken
from sarcoma.validation.engine_horizon import EngineHorizon
from sarcoma.validation.engine_observed import NEEDS_MEMORY
from sarcoma.validation.engine_sample import EngineSample, engine_sample
from sarcoma.validation.performance import ENOUGH, AtHorizon, a_dozen_of, judgeable_by
from sarcoma.validation.result import Flow, Validated, Validation
from sarcoma.validation.setting import setting_of
from sarcoma.validation.subject import Subject
from sarcoma.validation.validate import Progress, check_subjects, nothing_measured

_NOT_HERE = f"an engine does not look at them; {NEEDS_MEMORY}"
_NO_LADDER = f"an engine updates no models; {NEEDS_MEMORY}"
_ONE_BY_ONE = f"an engine judges each model by itself; {NEEDS_MEMORY}"


@checked
def validate_files(
    files: CohortFiles,
    subjects: Sequence[Subject],
    *,
    unknown_cause: str | None = None,
    progress: Progress | None = None,
) -> Validation:
    """How well cards predict in a cohort that memory need not hold: `validate` on NumPy gives the same numbers.

    Counts by time and event leave the engine, by prediction (up to 100,000 of them), and by time and band of
    predictions. Where there are more predictions, those that agree in the first five decimals are one for the AUC and
    the calibration line.

    Not given: concordance, the smooth calibration curve, subgroups, centres, updates, comparisons. Not possible: a time
    zero other than diagnosis or surgery, late entry, a landmark, the bootstrap, columns of predictions.

    Parameters
    ----------
    files : as long as the engine is open. subjects : cards. unknown_cause : as of `validate`.

    Raises
    ------
    CohortError : the cohort or the engine cannot say what any of the models predicts, or nobody is left.
    TableError : the engine could not read a file to its end, or had no room.

    The people are written without names to a folder of the system's temporary ones (TMPDIR), which is removed; workers
    of Spark have to find it by the same path.
    """
    check_subjects(subjects)
    tell = progress or (lambda _what, _done, _total: None)
    models: list[Validated] = []
    refused: dict[str, str] = {}
    try:
        for subject in subjects:
            model = attempt(refused, subject.id, partial(_judge, files, subject, unknown_cause, tell))
            if model is not None:
                models.append(model)
    except files.engine.faults as error:  # their messages quote rows
        raise broken(files.engine, error, "the cohort") from None
    if not models:
        raise CohortError("; ".join(refused.values()))
    by_id = {subject.id: subject for subject in subjects}
    why = tuple((by_id[name], reason) for name, reason in refused.items())
    names = [model.subject.id for model in models]
    pairs = {f"{a} and {b}": _ONE_BY_ONE for i, a in enumerate(names) for b in names[i + 1 :]}
    return Validation(files.about, tuple(models), why, (), 0, 0, pairs, files.engine.name)


def _judge(files: CohortFiles, subject: Subject, unknown_cause: str | None, tell: Progress) -> Validated:
    with tempfile.TemporaryDirectory(prefix="sarcoma-") as folder:
        tell(f"{subject.id}: people", 0, 1)
        sample = engine_sample(files, subject, Path(folder) / "people.parquet", unknown_cause=unknown_cause)
        tell(f"{subject.id}: people", 1, 1)
        return _judged(files, sample, tell)


def _judged(files: CohortFiles, sample: EngineSample, tell: Progress) -> Validated:
    subject, outcome = sample.subject, sample.outcome
    months = tuple(h.months for h in sample.horizons)
    judgeable = judgeable_by(outcome.last_time, outcome.free_at, months)
    whole = [k for k, m in enumerate(months) if outcome.free_at(m) >= ENOUGH]
    shown = whole[-1] if whole else len(months) - 1
    judged: list[AtHorizon] = []
    over = None
    bar = f"{subject.id}: horizons"
    for k, horizon in enumerate(sample.horizons):
        tell(bar, k, len(months))
        one = EngineHorizon(sample, horizon, judgeable, a_dozen_of(judgeable) if k == shown else ())
        judged.append(one.judged())
        over = one.over_time() if k == shown else over
    tell(bar, len(months), len(months))
    if not any(one.measures for one in judged):
        raise CohortError(nothing_measured(subject.id, len(sample), judged))
    setting, about_people = setting_of(subject, files.about.name, sample.patients, partial(_digest, files))
    return Validated(
        subject,
        setting,
        outcome.estimand,
        _flow(sample),
        sample.rules,
        sample.missing,
        (*sample.notes, *about_people),
        tuple(judged),
        (),
        None,
        np.zeros((0, len(months))),
        None,
        np.zeros(0, dtype=np.intp),
        months[whole[-1]] if whole else None,
        None,
        _NO_LADDER,
        over,
        failed={"subgroups": _NOT_HERE, "centres": _NOT_HERE},
    )


def _digest(files: CohortFiles) -> PeopleDigest:
    """That of the patients' ids, of which there are as many as a model in memory was made from."""
    return PeopleDigest.of(files.engine.small(files.patients.select("id"))["id"])


def _flow(sample: EngineSample) -> Flow:
    outcome = sample.outcome
    return Flow(
        sample.patients,
        tuple((out.reason, out.n) for out in sample.left_out if out.n),
        len(sample),
        outcome.events,
        sample.rivals,
        outcome.person_time,
        outcome.median_follow_up,
    )
