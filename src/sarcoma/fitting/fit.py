"""Fitting a recipe to a cohort: the result is an ordinary model card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import CardError, CohortError, RecordError
from sarcoma.fitting import account
from sarcoma.fitting.design import Coding, Material, completed, gather
from sarcoma.fitting.estimate import FittedHazard, Plan, fit_course, plan, pool
from sarcoma.fitting.impute import impute
from sarcoma.fitting.internal_validation import Optimism, validate_internally
from sarcoma.fitting.late_entry import curves, tau_of
from sarcoma.fitting.recipe import Recipe
from sarcoma.fitting.targets import targets_of
from sarcoma.models.card import (
    Card,
    Caution,
    Expected,
    Performance,
    Population,
    Provenance,
    TestVector,
)
from sarcoma.models.execute import predict
from sarcoma.models.fit_record import FitRecord, LateEntry, PeopleDigest
from sarcoma.models.forms.course import Course
from sarcoma.models.forms.hazard import Hazard, Steps
from sarcoma.models.outcome import Endpoint, Landmarks, Outcome
from sarcoma.patient import Patient

Track = Callable[[Iterable[Any], str, int], Iterator[Any]]
"""Wraps an iterator to show its progress: (items, what, total)."""


def fit(recipe: Recipe, cohort: Cohort, track: Track = lambda items, _what, _total: iter(items)) -> Card:
    """Fit a model to a cohort.

    Parameters
    ----------
    recipe : what is to be fitted. cohort : the data; none of it enters the card but counts, estimates and ranges.
    track : shows progress.

    Returns
    -------
    Card : of kind "cox" for a course of two states, else "multi-state"; probabilities per month since its time zero.

    Raises
    ------
    CohortError : the recipe does not fit the cohort. SurvivalError : a regression has no finite answer.
    """
    zero = _time_zero(recipe, cohort)
    material = gather(recipe, cohort)
    planned = plan(recipe, material)
    sets = _completed(recipe, material, track)
    fits = pool([fit_course(recipe, planned, material.codings, material.counted, values) for values in sets])
    limit = _limit(recipe, material, fits)
    targets = targets_of(recipe, planned, material)
    card = Card(
        id=recipe.id,
        version=recipe.version,
        name=recipe.name,
        short_name=recipe.short_name,
        citation=recipe.citation,
        source=recipe.source,
        outcome=_outcome(recipe, planned, zero, limit),
        landmarks=recipe.landmarks or _landmarks(recipe, planned, zero, limit),
        population=_population(recipe, cohort, material, planned),
        applies=(*recipe.people, *recipe.applies),
        audience=recipe.audience,
        form=Course(
            kind="cox" if len(planned.course.states) == 2 else "multi-state",
            states=planned.course.states,
            hazards=tuple(_hazard(f, material.codings) for f in fits),
            reaching=recipe.reaching,
        ),
        interval_note="95% interval from the covariance of the coefficients and of the baseline; that the strength of "
        "the penalty was chosen on the same data is not in it",
        provenance=Provenance(grade="A", read_in=f"fitted to the patient-level data by the recipe {recipe.id}"),
        known_problems=recipe.known_problems,
        not_for=recipe.not_for,
        cautions=tuple(Caution.model_validate(c) for c in recipe.cautions),
        plain=recipe.plain,
        licence_note=recipe.licence_note,
    )
    vectors = _vectors(recipe, card)  # before what takes long: an example may not fit
    with _Bar(track, "Bootstrap", recipe.validation.bootstrap + 1) as bar:
        judgements = validate_internally(recipe, planned, material, sets, targets, bar)
    fit_record = FitRecord(
        recipe=f"{recipe.id} {recipe.version}",
        cohort=cohort.about.name,
        data=cohort.about.cited(),
        people=PeopleDigest.of(cohort.patients["id"]),
        licence=cohort.about.licence or recipe.licence_note,
        account=account.account(recipe, cohort, material, planned, fits, judgements),
        case_mix=account.case_mix(recipe, material),
        software=f"sarcoma-outlook {version('sarcoma-outlook')}",
        seed=recipe.seed,
    )
    return card.model_copy(
        update={
            "performance": tuple(p for j in judgements for p in _performance(recipe, j)),
            "late_entry": _late_entry(recipe, material, limit, track),
            "fit_record": fit_record,
            "test_vectors": vectors,
        }
    )


def _time_zero(recipe: Recipe, cohort: Cohort) -> Literal["diagnosis", "surgery", "first-metastasis"]:
    if recipe.course == "survival-from-metastasis":
        return "first-metastasis"
    origin = cohort.about.origin
    if origin == "inclusion":
        raise CohortError(
            "this cohort's times run from inclusion, which is no time zero of a model; fit survival-from-metastasis, "
            "or read the cohort with the diagnosis as its origin"
        )
    return origin


def _completed(recipe: Recipe, material: Material, track: Track) -> list[dict[str, Any]]:
    how = recipe.missing
    if how.method == "complete-case":
        return [completed(material)]
    filled = impute(material, how, recipe.seed, lambda items: track(items, "Imputations", how.imputations))
    return [completed(material, values) for values in filled]


def _limit(recipe: Recipe, material: Material, fits: Sequence[FittedHazard]) -> float:
    """The last month of which the card speaks: enough people are followed, and every hazard is known."""
    enough = material.counted.followed_by(recipe.least_at_risk)
    limit = float(np.floor(min(enough, *(f.hazard.followed_to for f in fits))))
    if recipe.horizons_months[-1] > limit:
        raise CohortError(
            f"horizons_months: {recipe.horizons_months[-1]:g} is too far; {recipe.least_at_risk} people are followed, "
            f"and every transition is known, to {limit:g} months"
        )
    return limit


_ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("survival", "dead"): "death",
    ("survival-from-metastasis", "dead"): "death",
    ("full-course", "dead"): "death",
    ("spread", "metastasis"): "metastasis",
}
"""States of courses that are an end point of their own; being first of several, or still being there, is none."""


def _outcome(recipe: Recipe, planned: Plan, zero: Any, limit: float) -> Outcome:
    course = planned.course
    target = recipe.to or course.states[-1]
    if target not in course.states[1:]:
        raise CohortError(f"to: there is no state {target[:40]!r} after the first in the course")
    final = [s for s in course.states if not any(s == a for a, _ in course.transitions)]
    return Outcome(
        question=recipe.question,
        endpoint=_ENDPOINTS.get((recipe.course, target)),
        event=recipe.event,
        plain_event=recipe.plain_event,
        course=recipe.course.replace("-", " ")
        + (f", first organ {', '.join(recipe.first_organs)} or elsewhere" if recipe.first_organs else ""),
        transition=(course.states[0], target),
        time_zero=zero,
        horizons_months=recipe.horizons_months,
        horizon_limit_months=limit,
        estimand="all-cause" if final == [target] else "crude",
        probability_of=recipe.probability_of,
    )


def _landmarks(recipe: Recipe, planned: Plan, zero: str, limit: float) -> Landmarks:
    to = limit - recipe.horizons_months[0]
    return Landmarks(
        to_months=to,
        conditional=True,
        note=f"looks ahead from the {zero.replace('-', ' ')} or from up to {to:g} months after it, of people who are "
        f"{planned.course.states[0]} then",
    )


def _population(recipe: Recipe, cohort: Cohort, material: Material, planned: Plan) -> Population:
    target = material.counted.course.states.index(recipe.to or planned.course.states[-1])
    return Population(
        description=recipe.population,
        n=len(material.people),
        events=int((material.counted.to == target).sum()),
        period=cohort.about.period,
        centres=recipe.centres,
    )


def _hazard(fitted: FittedHazard, codings: dict[str, Coding]) -> Hazard:
    hazard = fitted.hazard
    predictors = []
    place = 0
    for name in fitted.names:
        entry = codings[name].predictor
        size = len(entry.transform.beta)
        values = [_digits(v) for v in hazard.coefficients[place : place + size]]
        predictors.append(entry.model_copy(update={"transform": entry.transform.with_beta(values)}))
        place += size
    return Hazard(
        transition=fitted.transition,
        events=fitted.events,
        at_risk=fitted.at_risk,
        predictors=tuple(predictors),
        covariance=tuple(tuple(_digits(v) for v in row) for row in np.asarray(hazard.covariance)),
        baseline=Steps(
            months=tuple(round(float(t), 4) for t in hazard.times),
            jumps=tuple(_digits(v) for v in hazard.increments),
            variance=tuple(_digits(v) for v in np.asarray(hazard.variance)),
            means=tuple(tuple(_digits(v, 5) for v in row) for row in np.asarray(hazard.means)) if fitted.names else (),
            followed_to=round(hazard.followed_to, 4),
        ),
        note=f"{fitted.degrees:.1f} effective degrees of freedom, penalty λ = {fitted.strength:g}"
        if fitted.names
        else None,
    )


_NOTHING = 1e-12
"""Below it a number is what rounding has left, and differs from machine to machine."""


def _digits(value: float, digits: int = 7) -> float:
    return float(f"{float(value):.{digits}g}") if abs(value) >= _NOTHING else 0.0


def _performance(recipe: Recipe, judged: Optimism) -> list[Performance]:
    corrected = judged.corrected

    def entry(
        setting: Any, what: str, numbers: tuple[float, float, float], interval: str, note: str | None
    ) -> Performance:
        value, low, high = (round(float(v), 4) for v in numbers)
        return Performance(
            setting=setting, measure=f"{judged.measure}, {judged.target.title}{what}", value=value, low=low, high=high,
            interval=interval, n=len(judged.target.people), population="the people who made the model",
            source=recipe.citation, note=note,
        )  # fmt: skip

    a = judged.apparent
    unsteady = (
        f"not corrected for optimism: it could be computed in only {judged.draws} of {judged.drawn} bootstrap samples, "
        "because predictions hardly differ"
    )
    note = None if judged.steady else unsteady
    found = [entry("development", " (apparent)", (a.value, a.low, a.high), "95%, influence function", note)]
    if judged.steady:
        found.append(
            entry(
                "internal validation",
                ", corrected for optimism",
                corrected,
                "95%, that of the apparent value moved by the optimism",
                f"optimism {judged.optimism:.4f} over {judged.draws} bootstrap samples",
            )
        )
    if judged.left_out is not None:
        held = judged.left_out
        known = [v for _, v in judged.centres if v is not None]
        spread = None
        if known:
            spread = (
                f"centres one by one: {min(known):.3f} to {max(known):.3f}, in {len(known)} of {len(judged.centres)}"
            )
        found.append(
            entry(
                "internal validation",
                ", each centre left out in turn",
                (held.value, held.low, held.high),
                "95%, influence function",
                spread,
            )
        )
    return found


def _late_entry(recipe: Recipe, material: Material, limit: float, track: Track) -> LateEntry | None:
    counted = material.counted
    if len(counted.course.states) != 2 or not counted.entry.any():
        return None
    how = recipe.late_entry
    with _Bar(track, "Late entry", how.bootstrap + 1) as bar:
        tau, pairs, drawn = tau_of(counted, draws=how.bootstrap, seed=recipe.seed, progress=bar)
    low, high = float(drawn.low[0]), float(drawn.high[0])
    p = float(2 * (1 - _normal(abs(tau) / float(drawn.se[0]))))
    return LateEntry(
        statement=account.late_entry_statement(tau, low, high),
        tau=round(tau, 4),
        tau_low=round(low, 4),
        tau_high=round(high, 4),
        tau_p=round(p, 4),
        pairs=pairs,
        draws=len(drawn.draws),
        curves=curves(counted, how.leave_out_months, limit),
        beside=how.beside,
    )


def _normal(z: float) -> float:
    from statistics import NormalDist

    return NormalDist().cdf(z)


def _vectors(recipe: Recipe, card: Card) -> tuple[TestVector, ...]:
    """Test vectors: what a card gives for the recipe's example records."""
    vectors = []
    for number, record in enumerate(recipe.examples, 1):
        try:
            said = predict(card, Patient(**record))
        except RecordError as error:
            raise CohortError(f"examples: record {number}: {error}") from None
        if said.status[0] != 1:
            why = "; ".join(r.text for r in (*said.failing(0), *said.undecided(0)))
            raise CohortError(f"examples: the model does not apply to record {number}: {why}")
        horizons = [f"{h:g}" for h in said.horizons_months]
        values = said.value[0]
        if np.isnan(values).all():
            raise CohortError(
                f"examples: record {number} leaves a predictor unknown, so there is no one figure to check"
            )
        known = [k for k in range(len(horizons)) if not np.isnan(values[k])]
        interval, states = said.of_form.interval(), said.of_form.course()
        if interval is None or states is None:
            raise CardError(f"{card.id}: a fitted card gives intervals and states")
        low, high = interval
        expected = Expected(
            probability={horizons[k]: round(float(values[k]), 6) for k in known},
            interval={horizons[k]: (round(float(low[0, k]), 6), round(float(high[0, k]), 6)) for k in known},
            occupancy={
                horizons[k]: {s: round(float(p), 6) for s, p in zip(states.names, states.low[0, k], strict=True)}
                for k in known
            }
            if len(states.names) > 2
            else {},
            decimals=6,
        )
        vectors.append(TestVector(record=dict(record), expect=expected, source="computed when the card was made"))
    return tuple(vectors)


@dataclass
class _Bar:
    """A progress bar that is told how much is done."""

    track: Track
    what: str
    total: int

    def __enter__(self) -> Callable[[int, int], None]:
        self.steps = self.track(range(self.total), self.what, self.total)
        self.done = 0
        next(self.steps, None)

        def tell(done: int, _total: int) -> None:
            while self.done < done:
                next(self.steps, None)
                self.done += 1

        return tell

    def __exit__(self, *_: object) -> None:
        for _rest in self.steps:
            pass
