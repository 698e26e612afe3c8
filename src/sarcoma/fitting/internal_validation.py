"""Internal validation: optimism by the bootstrap, and each centre left out in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.errors import CohortError, SurvivalError
from sarcoma.fitting.design import Coding, Material, Values
from sarcoma.fitting.estimate import FittedHazard, Plan, fit_course, pool
from sarcoma.fitting.recipe import Recipe
from sarcoma.fitting.targets import Target
from sarcoma.survival.measures import Measure, bootstrap

STEADY = 0.99
"""Share of bootstrap samples in which a measure must be computed for its optimism to be said."""


@dataclass(frozen=True, slots=True)
class Optimism:
    """One measure of one target: as it was in the data that made the model, and without its optimism.

    draws : bootstrap samples that could be judged, of `drawn`. left_out : of predictions made without the person's own
    centre; centres : the same centre by centre, None where it could not be computed.
    """

    target: Target
    measure: str
    apparent: Measure
    optimism: float
    draws: int
    drawn: int
    left_out: Measure | None = None
    centres: tuple[tuple[str, float | None], ...] = ()

    @property
    def steady(self) -> bool:
        """Whether samples were drawn, and it could be computed in nearly every one; else its mean optimism rests on a
        few extreme ones."""
        return self.drawn > 0 and self.draws >= STEADY * self.drawn

    @property
    def corrected(self) -> tuple[float, float, float]:
        """Value and limits of the apparent measure, moved by the optimism (Noma et al., Stat Med 2021;40:5691–5701)."""
        a = self.apparent
        return a.value - self.optimism, a.low - self.optimism, a.high - self.optimism


def validate_internally(
    recipe: Recipe,
    planned: Plan,
    material: Material,
    sets: Sequence[Values],
    targets: Sequence[Target],
    samples: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Optimism], dict[str, str]]:
    """Judge the fit by its targets.

    samples : bootstrap samples; with 0 nothing is said of optimism. Every step is repeated in each: the choice of λ
    and, with several imputations, a fit to one of the completed data sets in turn. Optimism is the mean of the
    resample's own performance less that in all people (Harrell, Lee and Mark, Stat Med 1996;15:361–387).

    Raises
    ------
    CohortError : centres are asked for, and there are none.

    Returns the judgements, and why some measures have none, by name.
    """
    fits = pool([fit_course(recipe, planned, material.codings, material.counted, values) for values in sets])
    codings = material.codings
    failed: dict[str, str] = {}
    apparent: list[dict[str, Measure]] = []
    for target in targets:
        why: dict[str, str] = {}
        step = partial(_apparent, target, fits, codings, sets, why)
        apparent.append(attempt(failed, target.title, step) or {})
        failed |= {f"{name} of {target.title}": reason for name, reason in why.items()}
    names = [list(measures) for measures in apparent]
    none = np.zeros((0, sum(map(len, names))))
    optimism = none
    if samples and none.shape[1]:
        step_ = partial(_optimism, recipe, planned, material, sets, targets, names, samples, progress)
        drawn = attempt(failed, "optimism", step_)
        optimism = none if drawn is None else drawn
    held = _by_centre(recipe, planned, material, sets, targets) if recipe.validation.by_centre else None
    found = []
    place = 0
    for k, target in enumerate(targets):
        for name, measure in apparent[k].items():
            together, centres = (None, ()) if held is None else held[k].get(name, (None, ()))
            moved = optimism[:, place]
            moved = moved[~np.isnan(moved)]
            mean = float(moved.mean()) if len(moved) else float("nan")
            found.append(Optimism(target, name, measure, mean, len(moved), samples, together, centres))
            place += 1
    return found, failed


def _apparent(
    target: Target,
    fits: Sequence[FittedHazard],
    codings: dict[str, Coding],
    sets: Sequence[Values],
    failed: dict[str, str],
) -> dict[str, Measure]:
    """The measures of a target in the data that made the model."""
    predicted = np.mean([target.predict(fits, codings, values) for values in sets], axis=0)
    return target.measure(predicted, failed=failed)


DRAWN_ALTOGETHER = 330_000
"""People drawn in all bootstrap samples together, beyond which a recipe's number of samples is made less."""


def samples_for(asked: int, people: int) -> int:
    """Bootstrap samples for a fit to so many people: those that the recipe asks for, in large cohorts fewer.

    Optimism shrinks with the number of people, and so does its error from drawing few samples.
    """
    return min(asked, max(20, DRAWN_ALTOGETHER // max(people, 1)))


def _optimism(
    recipe: Recipe,
    planned: Plan,
    material: Material,
    sets: Sequence[Values],
    targets: Sequence[Target],
    names: list[list[str]],
    samples: int,
    progress: Callable[[int, int], None] | None,
) -> Floats:
    """(samples, measures) by how much each measure is better in the resample; NaN where it cannot be computed."""
    people, codings = material.people, material.codings
    rows_of = _rows_by_patient(material)
    places = [{person: i for i, person in enumerate(t.people.tolist())} for t in targets]
    turn = iter(range(10**9))

    def statistic(drawn: NDArray[np.intp]) -> Floats:
        values = sets[next(turn) % len(sets)]
        chosen = people[drawn].tolist()
        counted = material.counted.take(np.concatenate([rows_of[i] for i in chosen]))
        fits = fit_course(recipe, planned, codings, counted, values)
        found = []
        for target, place, wanted in zip(targets, places, names, strict=True):
            rows = np.array([place[i] for i in chosen if i in place], dtype=np.intp)
            predicted = target.predict(fits, codings, values)
            own, all_ = target.measure(predicted, rows), target.measure(predicted)
            found += [own[k].value - all_[k].value if k in own and k in all_ else np.nan for k in wanted]
        return np.array(found)

    done = bootstrap(statistic, len(people), draws=samples, seed=recipe.seed, workers=1, progress=progress)
    if done.interrupted:
        raise KeyboardInterrupt
    return done.draws


def _rows_by_patient(material: Material) -> dict[int, NDArray[np.intp]]:
    order = np.argsort(material.counted.patient, kind="stable")
    people, starts = np.unique(material.counted.patient[order], return_index=True)
    return dict(zip(people.tolist(), np.split(order, starts[1:]), strict=True))


Held = dict[str, tuple[Measure | None, tuple[tuple[str, float | None], ...]]]


def _by_centre(
    recipe: Recipe, planned: Plan, material: Material, sets: Sequence[Values], targets: Sequence[Target]
) -> list[Held]:
    """Per target and measure: of predictions made without the person's own centre, together and centre by centre."""
    if material.centre is None:
        raise CohortError("validation.by_centre: the cohort has no column centre")
    centres = sorted({c for c in material.centre[material.people].tolist() if c is not None})
    if len(centres) < 2:
        raise CohortError("validation.by_centre: the people come from one centre only")
    predicted: list[Floats | None] = [None] * len(targets)
    for centre in centres:
        outside = np.flatnonzero(material.centre[material.counted.patient] != centre)
        counted = material.counted.take(outside)
        fits = pool([fit_course(recipe, planned, material.codings, counted, values) for values in sets])
        for k, target in enumerate(targets):
            said = np.mean([target.predict(fits, material.codings, values) for values in sets], axis=0)
            inside = material.centre[target.people] == centre
            before = predicted[k]
            kept = np.full_like(said, np.nan) if before is None else before
            kept[inside] = said[inside]
            predicted[k] = kept
    found: list[Held] = []
    for target, values in zip(targets, predicted, strict=True):
        of = material.centre[target.people]
        known = np.isin(of, centres)
        together = _where_possible(target, values, np.flatnonzero(known))
        alone = {c: _where_possible(target, values, np.flatnonzero(of == c)) for c in centres}
        found.append(
            {
                name: (measure, tuple((str(c), _value(alone[c], name)) for c in centres))
                for name, measure in together.items()
            }
        )
    return found


def _where_possible(target: Target, predicted: Floats | None, rows: NDArray[np.intp]) -> dict[str, Measure]:
    """The measures of some people, none where too few of them make a measure impossible."""
    if predicted is None:
        return {}
    try:
        return target.measure(predicted, rows)
    except (SurvivalError, CohortError):
        return {}


def _value(found: dict[str, Measure], name: str) -> float | None:
    return float(found[name].value) if name in found else None
