"""Running a card with hazards: the probability of each state of its course, for one record or many."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma._once import once_per_object
from sarcoma.errors import CardError
from sarcoma.models.card import Card
from sarcoma.models.hazard import Hazard
from sarcoma.models.predictor import Predictor
from sarcoma.models.score import Floats, column_of, columns_key, values_of
from sarcoma.models.transform import Levels, basis, coefficients, column_names, turning_points
from sarcoma.patient import Coded, Numeric, Records

if TYPE_CHECKING:
    from sarcoma.survival import MultiStateModel, Prediction, TransitionHazard

_NUMBERS_TRIED = 9  # values of an unknown number, over its range
_MOST_COMBINATIONS = 20_000


Curve = Literal["line", "band"] | None
"""The states month by month: not, without their interval, with it."""


@dataclass(slots=True)
class CourseAnswers:
    """States of n records at H horizons: `low`, `high` (n, H, S) the range over what is not known, equal where all is;
    `interval_low`, `interval_high` the 95 % interval, NaN where there is none. `curve` is one record's, month by month.
    """

    low: Floats
    high: Floats
    interval_low: Floats
    interval_high: Floats
    curve: Prediction | None = None


@once_per_object
def model_of(card: Card) -> MultiStateModel:
    """The course of a card and its hazards, ready to predict from."""
    from sarcoma.survival import Course, MultiStateModel

    return MultiStateModel(Course(card.states, tuple(h.transition for h in card.hazards)), _hazards(card))


def _hazards(card: Card) -> list[TransitionHazard]:
    from sarcoma.survival import TransitionHazard

    found = []
    for hazard in card.hazards:
        steps, names = hazard.baseline, hazard_columns(hazard)
        width = len(names)
        known = (bool(hazard.covariance) or not width) and bool(steps.variance)
        means = np.array(steps.means) if width else np.zeros((len(steps.months), 0))
        found.append(
            TransitionHazard(
                *hazard.transition,
                np.array(steps.months),
                np.array(steps.jumps),
                names,
                np.concatenate([np.zeros(0), *(coefficients(p.transform) for p in hazard.predictors)]),
                np.array(hazard.covariance).reshape(width, width) if known else None,
                np.array(steps.variance) if known else None,
                means if known else None,
                followed_to=steps.followed_to,
            )
        )
    return found


def hazard_columns(hazard: Hazard) -> tuple[str, ...]:
    """Names of the columns of a hazard's design, as its covariance has them."""
    return tuple(name for p in hazard.predictors for name in column_names(p.name, p.transform))


def design(hazard: Hazard, values: dict[str, NDArray[Any]], n: int) -> Floats:
    """(n, k) columns of a hazard's predictors, from their values by name."""
    return np.column_stack([np.zeros((n, 0)), *(basis(p.transform, values[p.name]) for p in hazard.predictors)])


def course_answers(
    card: Card,
    records: Records,
    rows: NDArray[np.intp],
    start: Floats,
    *,
    intervals: bool = True,
    curve: Curve = None,
) -> CourseAnswers:
    """The states of some records at the card's horizons.

    Parameters
    ----------
    rows : the records to answer for, to whom the card applies.
    start : (n,) months since the card's time zero at which each is known to be in the first state; the horizons are
        counted from there.
    intervals : whether to work out the 95 % interval where every predictor is known.
    curve : whether to give the states month by month too, of one record with every predictor known.
    """
    shape = (len(records), len(card.outcome.horizons_months), len(card.states))
    low, high, interval_low, interval_high = (np.full(shape, np.nan) for _ in range(4))
    found = CourseAnswers(low, high, interval_low, interval_high)
    if not len(rows):
        return found
    model = model_of(card)
    known, possible = _values(card, records, rows)
    whole = ~np.any(list(possible.missing.values()) or [np.zeros(len(rows), bool)], axis=0)
    for begin in np.unique(start[rows]):
        these = np.flatnonzero((start[rows] == begin) & whole)
        if len(these):
            x = {name: column[these] for name, column in known.items()}
            single = curve if len(records) == 1 else None
            said, kept = _predict(card, model, x, len(these), float(begin), interval=intervals, curve=single)
            if single is not None:
                found.curve, said = said, _at(said, begin + np.array(card.outcome.horizons_months)[kept])
            target = np.ix_(rows[these], kept)
            found.low[target] = found.high[target] = said.probability
            if said.low is not None and said.high is not None:
                found.interval_low[target], found.interval_high[target] = said.low, said.high
        unknown = np.flatnonzero((start[rows] == begin) & ~whole)
        for batch, x, ends in possible.batches(unknown):
            said, kept = _predict(card, model, x, int(ends[-1]), float(begin), interval=False)
            first = np.concatenate([[0], ends[:-1]])
            target = np.ix_(rows[batch], kept)
            found.low[target] = np.minimum.reduceat(said.probability, first)
            found.high[target] = np.maximum.reduceat(said.probability, first)
    return found


def occupancy(card: Card, records: Records, times: Floats, *, start: float = 0.0) -> Prediction:
    """The states of one record at times (months since the card's time zero, from `start` on), without intervals.

    Raises
    ------
    CardError : a predictor is not known.
    """
    known, possible = _values(card, records, np.arange(1))
    if any(m[0] for m in possible.missing.values()):
        raise CardError(f"{card.id}: a curve needs every predictor")
    return model_of(card).predict(_designs(card, known, 1), times, start=start)


def _at(said: Prediction, times: Floats) -> Prediction:
    """A prediction at some of its times."""
    kept = np.searchsorted(said.times, times)
    se, low, high = (None if part is None else part[:, kept] for part in (said.se, said.low, said.high))
    return replace(said, times=times, probability=said.probability[:, kept], se=se, low=low, high=high)


def _predict(
    card: Card,
    model: MultiStateModel,
    values: dict[str, NDArray[Any]],
    n: int,
    start: float,
    *,
    interval: bool,
    curve: Curve = None,
) -> tuple[Prediction, NDArray[np.intp]]:
    """The states at the horizons that lie within the card's limit (and, for a curve, month by month up to the last of
    them), and which horizons these are."""
    ends = start + np.array(card.outcome.horizons_months)
    kept = np.flatnonzero(ends <= card.outcome.horizon_limit_months + 1e-9)
    if not len(kept):
        raise CardError(f"{card.id}: no horizon lies within the card's limit at a landmark that it allows")
    kind: Literal["delta"] | None = "delta" if interval and _has_intervals(card) else None
    times, interval_at = ends[kept], None
    if curve is not None:
        horizons = np.array(card.outcome.horizons_months)[kept]
        times = start + np.union1d(np.arange(0.0, horizons[-1] + 0.5), horizons)
        interval_at = ends[kept] if curve == "line" else None
    designs = _designs(card, values, n)
    return model.predict(designs, times, start=start, interval=kind, interval_at=interval_at), kept


def _has_intervals(card: Card) -> bool:
    return all(h.baseline.variance and (h.covariance or not h.predictors) for h in card.hazards)


def _designs(card: Card, values: dict[str, NDArray[Any]], n: int) -> dict[tuple[str, str], Floats]:
    """(n, k) columns of each hazard's predictors; what several hazards have in common is made once."""
    different, of_hazard = _columns_of(card)
    made = [basis(p.transform, values[p.name]) for p in different]
    return {
        h.transition: np.concatenate([np.zeros((n, 0)), *(made[i] for i in parts)], axis=1)
        for h, parts in zip(card.hazards, of_hazard, strict=True)
    }


@once_per_object
def _columns_of(card: Card) -> tuple[list[Predictor], list[list[int]]]:
    """Predictors that make different columns, and which of them each hazard has."""
    different: dict[str, tuple[int, Predictor]] = {}
    of_hazard = []
    for h in card.hazards:
        keys = [f"{p.name} {columns_key(p)}" for p in h.predictors]
        for key, p in zip(keys, h.predictors, strict=True):
            different.setdefault(key, (len(different), p))
        of_hazard.append([different[key][0] for key in keys])
    return [p for _, p in different.values()], of_hazard


@dataclass(frozen=True, slots=True)
class _Possible:
    """What the unknown predictors of records may be: `candidates` by name and record, `missing` by name."""

    known: dict[str, NDArray[Any]]
    missing: dict[str, NDArray[np.bool_]]
    candidates: dict[str, Any]

    def batches(
        self, rows: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.intp], dict[str, NDArray[Any]], NDArray[np.intp]]]:
        """Records with what each may be, some at a time: the records, the columns of all their combinations, and where
        those of each record end."""
        some: list[int] = []
        table: list[tuple[Any, ...]] = []
        ends: list[int] = []
        for i in rows.tolist():
            some.append(i)
            table += self._combinations(i)
            ends.append(len(table))
            if len(table) >= _MOST_COMBINATIONS or i == rows[-1]:
                columns = zip(*table, strict=True)
                kinds = [column.dtype for column in self.known.values()]
                x = {n: np.array(c, dtype=k) for n, c, k in zip(self.known, columns, kinds, strict=True)}
                yield np.array(some), x, np.array(ends)
                some, table, ends = [], [], []

    def _combinations(self, i: int) -> list[tuple[Any, ...]]:
        """Every combination of what record i may be."""
        choices = []
        for name, column in self.known.items():
            choices.append(self.candidates[name](i) if self.missing[name][i] else [column[i]])
        while math.prod(len(c) for c in choices) > _MOST_COMBINATIONS:
            longest = max(range(len(choices)), key=lambda k: len(choices[k]))
            if isinstance(choices[longest][0], str) or len(choices[longest]) <= 3:
                break
            choices[longest] = choices[longest][:: (len(choices[longest]) - 1) // 2]
        if math.prod(len(c) for c in choices) > 20 * _MOST_COMBINATIONS:
            raise CardError("too much is unknown for this model: its range cannot be worked out")
        return list(itertools.product(*choices))


def _values(card: Card, records: Records, rows: NDArray[np.intp]) -> tuple[dict[str, NDArray[Any]], _Possible]:
    """The predictors of records by name, and what the unknown ones may be."""
    known: dict[str, NDArray[Any]] = {}
    missing: dict[str, NDArray[np.bool_]] = {}
    candidates: dict[str, Any] = {}
    for p in card.all_predictors:
        if p.name in known:
            continue
        column = column_of(p, records).take(rows)
        known[p.name], missing[p.name] = values_of(column)
        if isinstance(column, Coded):
            states = [sorted(s) for s in column.states]
            levels = set(p.transform.coefficients) if isinstance(p.transform, Levels) else set()
            candidates[p.name] = lambda i, c=column, s=states, k=levels: [v for v in s[c.codes[i]] if v in k]
        else:
            candidates[p.name] = lambda _, p=p, c=column: _grid(p, c)
    return known, _Possible(known, missing, candidates)


def _grid(predictor: Predictor, column: Numeric) -> list[float]:
    """Numbers that an unknown one may be, the ends of its range among them."""
    start, end = predictor.range or (column.low, column.high)
    if not np.isfinite([start, end]).all():
        raise CardError(f"predictor {predictor.name}: give its `range`, so that an unknown value has one")
    special = [k for k in turning_points(predictor.transform) if start < k < end]
    return sorted({*np.linspace(start, end, _NUMBERS_TRIED).tolist(), *special})
