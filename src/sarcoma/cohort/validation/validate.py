"""Validation: what models said of the patients of a cohort, against what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.cohort import About, Cohort
from sarcoma.cohort.validation.observed import ENDPOINTS, Seen, seen
from sarcoma.cohort.validation.performance import AtHorizon, at_horizon, judgeable_horizons
from sarcoma.cohort.validation.subgroups import Centres, Subgroup, between_centres, subgroups
from sarcoma.cohort.validation.subject import Rule, Subject
from sarcoma.errors import CohortError, InputError, SurvivalError
from sarcoma.survival import kaplan_meier
from sarcoma.survival.measures import Difference, Measure, Outcome, auc, bootstrap, brier_score, difference

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]


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

    setting : apparent (the cohort made the model) or external. risk, outcome, rows : the predictions and outcomes of
    who was used, and their positions in the cohort.
    """

    subject: Subject
    setting: str
    flow: Flow
    rules: tuple[Rule, ...]
    missing: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    horizons: tuple[AtHorizon, ...]
    subgroups: tuple[Subgroup, ...]
    centres: Centres | None
    risk: Floats
    outcome: Outcome
    rows: NDArray[np.intp]
    judged_months: float | None
    """The horizon at which everything could be judged, the last of them; None where none could."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Two models on the same patients at one horizon: differences of AUC and Brier score, first less second."""

    first: str
    second: str
    months: float
    people: int
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


def validate(
    cohort: Cohort,
    subjects: Sequence[Subject],
    *,
    unknown_cause: str | None = None,
    landmark: float | None = None,
    draws: int = 0,
    seed: int = 0,
    least: int = 20,
    progress: Progress | None = None,
) -> Validation:
    """How well models predict in a cohort.

    Parameters
    ----------
    subjects : models and columns. unknown_cause : what deaths of unknown cause count as, "sarcoma" or "other".
    landmark : months since the time zero from which people are judged; needed under late entry.
    draws : bootstrap samples for the intervals; 0 takes influence functions. least : subgroups with fewer people (or
        fewer than 10 events) are suppressed.

    Raises
    ------
    CohortError : the cohort cannot say what the model predicts, or nobody is left.
    """
    if not subjects:
        raise CohortError("name a model, for example kattan-2002")
    if len({s.id for s in subjects}) < len(subjects):
        raise CohortError("a model is named twice")
    found, refused = [], []
    for subject in subjects:
        try:
            found.append(_validate_one(cohort, subject, unknown_cause, landmark, draws, seed, least, progress))
        except CohortError as error:
            if len(subjects) == 1:
                raise
            refused.append((subject, str(error)))
    if not found:
        raise CohortError("; ".join(why for _, why in refused))
    return Validation(cohort.about, tuple(found), tuple(refused), _compare(found), seed, draws)


def _validate_one(
    cohort: Cohort,
    subject: Subject,
    unknown_cause: str | None,
    landmark: float | None,
    draws: int,
    seed: int,
    least: int,
    progress: Progress | None,
) -> Validated:
    known = seen(cohort, subject.endpoint, subject.time_zero, unknown_cause=unknown_cause)
    start = landmark or 0.0
    if known.entry[known.kept].any() and landmark is None:
        late = int((known.entry[known.kept] > 0).sum())
        raise CohortError(
            f"{subject.id}: {late} of {int(known.kept.sum())} people came under observation after the time zero, so "
            "early events could not be seen; name a landmark at which those who are judged are under observation, for "
            "example --landmark 12"
        )
    said = subject.says(cohort, _at(known, subject, start), known.kept, start)
    rows = np.flatnonzero(said.used)
    out = [*known.left_out.items(), *said.steps]
    if landmark is not None:
        there = (known.exit[rows] > start) & (known.entry[rows] <= start)
        out.append((f"not under observation, or not free of the event, at {start:g} months", int((~there).sum())))
        rows = rows[there]
    if len(rows) < 2:
        most = max(out, key=lambda pair: pair[1], default=("", 0))
        raise CohortError(
            f"{subject.id}: {len(rows)} patients are left to judge it by; most often: {most[0]} ({most[1]})"
        )
    outcome, notes = _outcome(subject, known, rows)
    risk = said.risk[rows]
    kept = np.flatnonzero(~np.isnan(risk).any(axis=0))
    if not len(kept):
        raise CohortError(f"{subject.id}: the model says nothing of these patients at any horizon")
    horizons = [subject.horizons[k] for k in kept.tolist()]
    risk = risk[:, kept]
    offered = tuple(h - start for h in judgeable_horizons(outcome, tuple(start + h for h in horizons)) if h > start)
    judged = []
    for k, horizon in enumerate(horizons):
        if progress is not None:
            progress(f"{subject.id}: {horizon:g} months", k, len(horizons))
        one = at_horizon(risk[:, k], outcome, start + horizon, judgeable=tuple(start + h for h in offered), seed=seed)
        judged.append(_bootstrapped(one, risk[:, k], outcome, draws, seed, subject.id, progress) if draws else one)
    whole = [k for k, one in enumerate(judged) if one.discrimination_only is None]
    best = whole[-1] if whole else None
    months = None if best is None else judged[best].months
    groups: tuple[Subgroup, ...] = ()
    centres = None
    if best is not None and months is not None:
        groups = subgroups(known.records, rows, risk[:, best], outcome, months, least)
        centres = between_centres(cohort, rows, risk[:, best], outcome, months)
    return Validated(
        subject,
        _setting(cohort, subject),
        _flow(cohort, out, outcome),
        said.rules,
        said.missing,
        (*known.notes, *notes),
        tuple(judged),
        groups,
        centres,
        risk,
        outcome,
        rows,
        months,
    )


def _at(known: Seen, subject: Subject, start: float):  # type: ignore[no-untyped-def]
    """The records at the landmark."""
    if not start:
        return known.records
    if subject.card is None:
        return known.records
    if not subject.card.landmarks.conditional:
        raise CohortError(
            f"{subject.id}: its curve is not known, so it cannot be conditioned on being free of the event at a "
            "landmark; leave --landmark out, or validate it on a cohort without late entry"
        )
    from sarcoma.patient import Records
    from sarcoma.patient.columns import Numeric

    moved = {
        "diagnosis": ("landmark_months",),
        "surgery": ("landmark_months", "months_since_surgery"),
        "first-metastasis": ("months_since_metastasis",),
        "local-recurrence": ("months_since_recurrence",),
    }[subject.time_zero]
    values = {name: known.records.values(name) for name in _fields()}
    derived = dict(known.records.given)
    n = len(known.records)
    for name in moved:
        if name == "landmark_months":
            values[name] = [start] * n
        else:
            derived[name] = Numeric(np.full(n, start), -720.0, 720.0)
    return Records.of_columns(values, n, derived)


def _fields() -> list[str]:
    from sarcoma.patient import field_specs

    return list(field_specs())


def _outcome(subject: Subject, known: Seen, rows: NDArray[np.intp]) -> tuple[Outcome, list[str]]:
    event = known.event[rows]
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


def _setting(cohort: Cohort, subject: Subject) -> str:
    made = subject.card.made if subject.card is not None else None
    if made is not None and made.data.startswith(cohort.about.name):
        return "apparent"
    return "external"


def _flow(cohort: Cohort, out: list[tuple[str, int]], outcome: Outcome) -> Flow:
    ended = outcome.event | outcome.competing
    reverse = kaplan_meier(outcome.exit, ~ended).quantile(0.5)[0].value if (~ended).any() else float("nan")
    return Flow(
        len(cohort),
        tuple((why, n) for why, n in out if n),
        len(outcome),
        int(outcome.event.sum()),
        int(outcome.competing.sum()),
        float(outcome.exit.sum()),
        float(reverse),
    )


def _bootstrapped(
    one: AtHorizon, risk: Floats, outcome: Outcome, draws: int, seed: int, name: str, progress: Progress | None
) -> AtHorizon:
    """The same with percentile intervals of the bootstrap."""
    names = list(one.measures)

    def statistic(rows: NDArray[np.intp]) -> Floats:
        again = at_horizon(risk[rows], outcome.take(rows), one.months, judgeable=(), measures_only=True)
        return np.array([again.measures[k].value if k in again.measures else np.nan for k in names])

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(f"{name}: bootstrap at {one.months:g} months", done, total)

    drawn = bootstrap(statistic, len(risk), draws=draws, seed=seed, progress=tell)
    table = drawn.draws
    measures = {}
    for k, key in enumerate(names):
        column = table[~np.isnan(table[:, k]), k]
        low, high = np.quantile(column, [0.025, 0.975]) if len(column) >= draws / 2 else (np.nan, np.nan)
        measures[key] = replace(one.measures[key], se=float(column.std(ddof=1)), low=float(low), high=float(high))
    return replace(one, measures=measures)


def _compare(models: Sequence[Validated]) -> tuple[Compared, ...]:
    """Every two models of one outcome, on the patients whom both speak of."""
    found = []
    for i, a in enumerate(models):
        for b in models[i + 1 :]:
            same = (a.subject.endpoint, a.outcome.estimand, a.subject.time_zero) == (
                b.subject.endpoint, b.outcome.estimand, b.subject.time_zero
            )  # fmt: skip
            if not same:
                continue
            both, first, second = np.intersect1d(a.rows, b.rows, return_indices=True)
            for j, here in enumerate(a.horizons):
                for k, there in enumerate(b.horizons):
                    if here.months != there.months or here.discrimination_only or there.discrimination_only:
                        continue
                    compared = _differences(a, b, both, first, second, (j, k), here.months)
                    if compared is not None:
                        found.append(compared)
    return tuple(found)


def _differences(
    a: Validated,
    b: Validated,
    both: NDArray[np.intp],
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    columns: tuple[int, int],
    months: float,
) -> Compared | None:
    try:
        outcome = a.outcome.take(first)
        p, q = a.risk[first, columns[0]], b.risk[second, columns[1]]
        measures: list[tuple[Measure, Measure]] = [
            (auc(p, outcome, months), auc(q, outcome, months)),
            (brier_score(p, outcome, months), brier_score(q, outcome, months)),
        ]
        return Compared(a.subject.id, b.subject.id, months, len(both), tuple(difference(x, y) for x, y in measures))
    except SurvivalError:
        return None
