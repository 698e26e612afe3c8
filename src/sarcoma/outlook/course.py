"""The course ahead of one person, as a model with several states says it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sarcoma.models import Predictions, occupancy
from sarcoma.patient import Records


@dataclass(frozen=True, slots=True)
class CourseFigure:
    """The probability of each state, at horizons and month by month.

    `start_months` is now, in months since the model's time zero; `horizons_months` and `months` are counted from now.
    low, high (horizons × states): the range over what is not known, equal where all is; interval_low, interval_high the
    95 % interval, None where there is none. curve (months × states), empty where a predictor is not known.
    """

    origin: str
    states: tuple[str, ...]
    start_months: float
    horizons_months: tuple[float, ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    months: tuple[float, ...] = ()
    curve: tuple[tuple[float, ...], ...] = ()
    interval_low: tuple[tuple[float, ...], ...] | None = None
    interval_high: tuple[tuple[float, ...], ...] | None = None


def course_figure(said: Predictions, records: Records) -> CourseFigure | None:
    """What a card says of the course of the (single) record; None where it has no course."""
    card = said.card
    if len(card.hazards) < 2 or said.states_low is None or said.states_high is None:
        return None
    start = 0.0 if said.start is None else float(said.start[0])
    kept = [k for k in range(len(said.horizons_months)) if not np.isnan(said.states_low[0, k]).any()]

    def rows(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(float(v) for v in row) for row in values)

    whole = bool((said.states_low[0, kept] == said.states_high[0, kept]).all())
    horizons = tuple(said.horizons_months[k] for k in kept)
    low, high = rows(said.states_low[0, kept]), rows(said.states_high[0, kept])
    if not whole:
        return CourseFigure(card.id, card.states, start, horizons, low, high)
    found = occupancy(card, records, start + np.union1d(np.arange(0.0, horizons[-1] + 0.5), horizons), start=start)
    limits = said.states_interval
    known = limits is not None and not np.isnan(limits[0][0, kept]).any()
    return CourseFigure(
        card.id,
        card.states,
        start,
        horizons,
        low,
        high,
        months=tuple(float(t - start) for t in found.times),
        curve=rows(found.probability[0]),
        interval_low=rows(limits[0][0, kept]) if known and limits is not None else None,
        interval_high=rows(limits[1][0, kept]) if known and limits is not None else None,
    )
