"""Fitting a recipe to a cohort: the result is an ordinary model card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_course import CountedCourse
from sarcoma.errors import CardError, CohortError, RecordError
from sarcoma.fitting import account
from sarcoma.fitting.design import Coding, Material, completed, gather
from sarcoma.fitting.estimate import FittedHazard, Plan, fit_sets, plan, target_of
from sarcoma.fitting.impute import impute
from sarcoma.fitting.internal_validation import Optimism, samples_for, validate_internally
from sarcoma.fitting.late_entry import curves, tau_of
from sarcoma.fitting.recipe import Recipe
from sarcoma.fitting.targets import targets_of
from sarcoma.fitting.thinning import BOUND, CELL, Thin, Thinned, thinned
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
from sarcoma.models.forms.form import Reaching
from sarcoma.models.forms.hazard import Hazard, Steps
from sarcoma.models.outcome import Endpoint, Landmarks, Outcome
from sarcoma.patient import Patient

Track = Callable[[Iterable[Any], str, int], Iterator[Any]]
"""Wraps an iterator to show its progress: (items, what, total)."""


@checked
def fit(
    recipe: Recipe,
    cohort: Cohort,
    track: Track = lambda items, _what, _total: iter(items),
    *,
    bootstrap: int | None = None,
) -> Card:
    """Fit a model to a cohort.

    Parameters
    ----------
    recipe : what is to be fitted. cohort : the data; none of it enters the card but counts, estimates and ranges.
    track : shows progress. bootstrap : samples for the optimism and for late entry, in place of the recipe's numbers
        (which large cohorts make less); 0 draws none, and the card says so.

    Returns
    -------
    Card : of kind "cox" for a course of two states, else "multi-state"; probabilities per month since its time zero.

    Raises
    ------
    CohortError : the recipe does not fit the cohort. SurvivalError : a regression has no finite answer.
    """
    if bootstrap is not None:
        recipe = with_bootstrap(recipe, bootstrap)
    zero = _time_zero(recipe, cohort)
    material = gather(recipe, cohort)
    planned = plan(recipe, material)
    target = target_of(recipe, planned, material)
    sets = _completed(recipe, material, track)
    planned, fits = fit_sets(recipe, planned, material, sets)
    limit, horizons = _limit(recipe, material, fits)
    limited = None
    if horizons != recipe.horizons_months:
        left = ", ".join(f"{h:g}" for h in recipe.horizons_months if h not in horizons)
        limited = (
            f"Nothing is said of {left} months: the hazard of a transition is known to {limit:g} months only, when the "
            "last person who could make it left."
        )
        recipe = recipe.model_copy(update={"horizons_months": horizons})
    not_judged: dict[str, str] = {}
    targets = targets_of(recipe, planned, material, not_judged)
    thin = thinned(fits, planned.course, _designs(material, fits, sets[0]), limit)
    baselines = thin.baselines if thin is not None else (None,) * len(fits)
    card = Card(
        id=recipe.id,
        version=recipe.version,
        name=recipe.name,
        short_name=recipe.short_name,
        citation=recipe.citation,
        source=recipe.source,
        outcome=_outcome(recipe, planned, target, zero, limit),
        landmarks=recipe.landmarks or _landmarks(recipe, planned, zero, limit),
        population=_population(recipe, cohort, material, target),
        applies=(*recipe.people, *recipe.applies),
        audience=recipe.audience,
        form=Course(
            kind="cox" if len(planned.course.states) == 2 else "multi-state",
            states=planned.course.states,
            hazards=tuple(_hazard(f, material.codings, b) for f, b in zip(fits, baselines, strict=True)),
            reaching=_reaching(recipe, planned),
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
    samples = recipe.validation.bootstrap
    if bootstrap is None:
        samples = samples_for(samples, len(material.people))
    with _Bar(track, "Bootstrap", samples + 1) as bar:
        judgements, without = validate_internally(recipe, planned, material, sets, targets, samples, bar)
    told = account.Told(samples, {**not_judged, **without}, limited, None if thin is None else _thin_words(thin))
    fit_record = FitRecord(
        recipe=f"{recipe.id} {recipe.version}",
        cohort=cohort.about.name,
        data=cohort.about.cited(),
        people=PeopleDigest.of(cohort.patients["id"]),
        licence=cohort.about.licence or recipe.licence_note,
        account=account.account(recipe, cohort, material, planned, fits, judgements, told),
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


def with_bootstrap(recipe: Recipe, samples: int) -> Recipe:
    """The recipe with another number of bootstrap samples everywhere.

    Raises
    ------
    CohortError : 1 to 19 samples, which give no interval.
    """
    if 0 < samples < 20:
        raise CohortError("--bootstrap: give 20 samples or more, for example 200, or 0 for none")
    return recipe.model_copy(
        update={
            "validation": recipe.validation.model_copy(update={"bootstrap": samples}),
            "late_entry": recipe.late_entry.model_copy(update={"bootstrap": samples}),
        }
    )


def _limit(recipe: Recipe, material: Material, fits: Sequence[FittedHazard]) -> tuple[float, tuple[float, ...]]:
    """The last month of which the card speaks (enough people are followed, and every hazard is known), and the horizons
    up to it.

    Horizons beyond are left out where it is a transition that ends early, as a rare one does; too few people followed
    is the recipe's own fault.
    """
    enough = np.floor(CountedCourse.of(material.counted).followed_by(recipe.least_at_risk))
    limit = float(np.floor(min(enough, *(f.hazard.followed_to for f in fits))))
    horizons = tuple(h for h in recipe.horizons_months if h <= limit)
    if recipe.horizons_months[-1] > enough or not horizons:
        raise CohortError(
            f"horizons_months: {recipe.horizons_months[-1]:g} is too far; {recipe.least_at_risk} people are followed, "
            f"and every transition is known, to {limit:g} months"
        )
    return limit, horizons


def _designs(material: Material, fits: Sequence[FittedHazard], values: Any) -> dict[tuple[str, str], Floats]:
    """(n, p) the columns of each hazard with predictors, of the people of the fit."""
    people = material.people
    return {
        f.transition: np.column_stack(
            [material.codings[name].predictor.transform.basis(values[name][people]) for name in f.names]
        )
        for f in fits
        if f.names
    }


def _thin_words(thin: Thinned) -> str:
    return (
        f"The baselines were thinned to cells of {CELL:g} months: no probability of a state differs by more than "
        f"{100 * BOUND:g} percentage points from that of every step ({100 * thin.difference:.2f} at most, month by "
        f"month in {thin.people} people, those with the lowest and highest scores among them)."
    )


def _reaching(recipe: Recipe, planned: Plan) -> tuple[Reaching, ...]:
    """The events beside the outcome, with those of their states that were ever seen."""
    seen = set(planned.course.states)
    kept = [e.model_copy(update={"states": tuple(s for s in e.states if s in seen)}) for e in recipe.reaching]
    return tuple(e for e in kept if e.states)


_ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("survival", "dead"): "death",
    ("survival-from-metastasis", "dead"): "death",
    ("full-course", "dead"): "death",
    ("spread", "metastasis"): "metastasis",
}
"""States of courses that are an end point of their own; being first of several, or still being there, is none."""


def _outcome(recipe: Recipe, planned: Plan, target: str, zero: Any, limit: float) -> Outcome:
    course = planned.course
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


def _population(recipe: Recipe, cohort: Cohort, material: Material, to: str) -> Population:
    target = material.counted.course.states.index(to)
    return Population(
        description=recipe.population,
        n=len(material.people),
        events=int((material.counted.to == target).sum()),
        period=cohort.about.period,
        centres=recipe.centres,
    )


def _hazard(fitted: FittedHazard, codings: dict[str, Coding], thin: Thin | None) -> Hazard:
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
        baseline=_every_step(fitted) if thin is None else _thin_steps(fitted, thin),
        note=f"{fitted.degrees:.1f} effective degrees of freedom, penalty λ = {fitted.strength:g}"
        if fitted.names
        else None,
    )


def _every_step(fitted: FittedHazard) -> Steps:
    hazard = fitted.hazard
    return Steps(
        months=tuple(round(float(t), 4) for t in hazard.times),
        jumps=tuple(_digits(v) for v in hazard.increments),
        variance=tuple(_digits(v) for v in np.asarray(hazard.variance)),
        means=tuple(tuple(_digits(v, 5) for v in row) for row in np.asarray(hazard.means)) if fitted.names else (),
        followed_to=round(hazard.followed_to, 4),
    )


def _thin_steps(fitted: FittedHazard, thin: Thin) -> Steps:
    return Steps(
        months=tuple(round(float(t), 4) for t in thin.months),
        jumps=tuple(_digits(v) for v in thin.jumps),
        variance=tuple(_digits(v, 5) for v in thin.variance),
        means=tuple(tuple(_digits(v, 4) for v in row) for row in thin.means) if fitted.names else (),
        followed_to=round(max(fitted.hazard.followed_to, float(thin.months[-1])), 4),
        cell=CELL,
        bound=BOUND,
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
    if not judged.drawn:
        unsteady = "not corrected for optimism: no bootstrap samples were drawn"
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
    low = high = p = None
    if drawn is not None:
        low, high = round(float(drawn.low[0]), 4), round(float(drawn.high[0]), 4)
        p = round(float(2 * (1 - _normal(abs(tau) / float(drawn.se[0])))), 4)
    return LateEntry(
        statement=account.late_entry_statement(tau, low, high),
        tau=round(tau, 4),
        tau_low=low,
        tau_high=high,
        tau_p=p,
        pairs=pairs,
        draws=0 if drawn is None else len(drawn.draws),
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
