"""Missing predictors: chained equations with predictive mean matching, by statsmodels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from sarcoma._types import Floats
from sarcoma.errors import CohortError
from sarcoma.fitting.design import Column, Material, Values
from sarcoma.fitting.recipe import MultipleImputation
from sarcoma.survival import Course, EventTable, Histories, TransitionHazard


def impute(
    material: Material, how: MultipleImputation, seed: int, progress: Callable[[Iterable[Any]], Iterator[Any]] = iter
) -> list[Values]:
    """Completed predictors of the patients, one set for each imputation.

    Each incomplete variable is imputed in turn from all the others and from the outcome: for every state, whether it
    was entered, and the cumulative hazard of leaving the first state (White and Royston, Stat Med 2009;28:1982–1998).
    A value is drawn from the donors whose predicted means are nearest (van Buuren, Flexible Imputation of Missing Data,
    2nd ed. 2018, section 3.4). Levels are numbers along their first canonical variate with the other variables; a level
    that the record rules out gives way to the nearest that it does not.

    Raises
    ------
    CohortError : a variable is hardly known. MissingPartError : statsmodels is not installed.
    """
    people = material.people
    names = list(material.columns)
    places = {name: _numbers(name, material, people) for name in names}
    incomplete = [name for name in names if not material.columns[name].known[people].all()]
    if not incomplete:
        return [{}] * how.imputations
    short = [n for n in incomplete if material.columns[n].known[people].sum() < max(20, 4 * how.donors)]
    if short:
        raise CohortError(f"missing: {short[0]} is known in too few people to be imputed, or to help to impute")
    import pandas as pd
    from statsmodels.imputation.mice import MICEData

    table = {f"v{i}": places[name][0] for i, name in enumerate(names)}
    for j, column in enumerate(_outcome(material, people).T):
        table[f"y{j}"] = column
    frame = pd.DataFrame({name: column for name, column in table.items() if np.nanstd(column) > 0})
    found: list[Values] = []
    for m in progress(range(how.imputations)):
        chains = MICEData(frame, k_pmm=how.donors, rng=np.random.default_rng([seed, m]))
        chains.update_all(how.cycles)
        filled = {}
        for i, name in enumerate(names):
            if name in incomplete and name in material.codings:
                filled[name] = _back(material.columns[name], places[name][1], people, chains.data[f"v{i}"].to_numpy())
        found.append(filled)
    return found


def _numbers(name: str, material: Material, people: NDArray[np.intp]) -> tuple[Floats, dict[str, float] | None]:
    """A variable as numbers (NaN unknown), and the place of each level."""
    column = material.columns[name]
    known = column.known[people]
    if not column.possible:
        return np.where(known, column.values[people].astype(float), np.nan), None
    levels = sorted(set(column.values[people][known].tolist()))
    coding = material.codings.get(name)
    if len(levels) <= 2 or coding is None:
        place = {level: float(i) for i, level in enumerate(levels)}
    elif coding.free.shape[1] == 1:  # scores
        place = dict(zip(coding.predictor.transform.by_level, coding.free[:, 0].tolist(), strict=True))
    else:
        place = _canonical(levels, column.values[people], known, _others(name, material, people))
    values = [place.get(v, np.nan) if k else np.nan for v, k in zip(column.values[people], known, strict=True)]
    return np.array(values, dtype=float), place


def _others(name: str, material: Material, people: NDArray[np.intp]) -> Floats:
    """The other numbers and the outcome, standardised, unknown ones at their mean."""
    columns = [c.values[people].astype(float) for n, c in material.columns.items() if n != name and not c.possible]
    table = np.column_stack([*columns, _outcome(material, people)])
    mean, spread = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    table = table[:, spread > 0]
    found: Floats = np.nan_to_num((table - mean[spread > 0]) / spread[spread > 0])
    return found


def _canonical(levels: list[str], values: NDArray[Any], known: NDArray[np.bool_], others: Floats) -> dict[str, float]:
    """Levels as the means of the first discriminant of the other variables."""
    x, y = others[known], values[known]
    index = np.searchsorted(levels, y.astype(str))
    sizes = np.bincount(index, minlength=len(levels))
    means = np.column_stack([np.bincount(index, column, len(levels)) for column in x.T]) / sizes[:, None]
    centred, residual = means - x.mean(axis=0), x - means[index]
    between, within = (centred * sizes[:, None]).T @ centred, residual.T @ residual
    direction = eigh(between, within + 1e-6 * len(y) * np.eye(x.shape[1]))[1][:, -1]
    place = means @ direction
    order = np.argsort(place)
    place[order] += 1e-6 * np.arange(len(levels))  # two levels at one place could not be told apart
    return dict(zip(levels, place.tolist(), strict=True))


def _outcome(material: Material, people: NDArray[np.intp]) -> Floats:
    """Per patient: whether each state was entered, and the cumulative hazard of the first state left by the end."""
    counted = material.counted
    place = np.full(int(people.max()) + 1, -1)
    place[people] = np.arange(len(people))
    who = place[counted.patient]
    some = who >= 0
    entered = np.zeros((len(people), len(counted.course.states)))
    happened = some & (counted.to > 0)
    entered[who[happened], counted.to[happened]] = 1.0
    first = some & (counted.origin == 0)
    entry, exit_ = np.zeros(len(people)), np.zeros(len(people))
    entry[who[first]], exit_[who[first]] = counted.entry[first], counted.exit[first]
    left = np.zeros(len(people), dtype=int)
    left[who[first]] = (counted.to[first] > 0).astype(int)
    course = Course.survival()
    rows = Histories(course, exit_, left, entry=entry if entry.any() else None)
    hazard = TransitionHazard.from_table(EventTable.from_histories(rows), *course.transitions[0])
    total = hazard.cumulative(exit_) - hazard.cumulative(entry)
    enough = entered.sum(axis=0) >= 10
    return np.column_stack([entered[:, enough], total])


def _back(column: Column, place: dict[str, float] | None, people: NDArray[np.intp], drawn: Floats) -> NDArray[Any]:
    """Imputed numbers as values of all patients of the cohort."""
    values = column.values.copy()
    if place is None:
        values[people] = drawn
        return values
    for i, number in zip(people.tolist(), drawn.tolist(), strict=True):
        if not column.known[i]:
            allowed = [level for level in place if level in column.possible[i]] or list(place)
            values[i] = allowed[int(np.argmin([abs(place[level] - number) for level in allowed]))]
    return values
