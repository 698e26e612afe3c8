"""The course ahead of one person, as a model with hazards says it."""

from __future__ import annotations

import numpy as np

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.models import Card, Predictions, predict
from sarcoma.patient import Patient, Records


@dataclass(frozen=True, slots=True)
class CourseFigure:
    """The probability of each state, at horizons and month by month.

    `start_months` is now, in months since the model's time zero; `horizons_months` and `months` are counted from now.
    low, high (horizons × states): the range over what is not known, equal where all is; interval_low, interval_high the
    95 % interval, None where there is none. curve (months × states), empty where a predictor is not known; curve_low,
    curve_high its pointwise 95 % interval where `course_at` was asked for it.
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
    curve_low: tuple[tuple[float, ...], ...] | None = None
    curve_high: tuple[tuple[float, ...], ...] | None = None


def course_figure(said: Predictions) -> CourseFigure | None:
    """What a card says of the course of the (single) record; None where it has no course."""
    states = said.of_form.course()
    if states is None:
        return None
    start, curve = float(states.start[0]), states.curve
    kept = [k for k in range(len(said.horizons_months)) if not np.isnan(states.low[0, k]).any()]
    known = curve is not None and not np.isnan(states.interval_low[0, kept]).any()
    band = curve is not None and curve.low is not None and not np.isnan(curve.low).any()
    return CourseFigure(
        said.card.id,
        states.names,
        start,
        tuple(said.horizons_months[k] for k in kept),
        _rows(states.low[0, kept]),
        _rows(states.high[0, kept]),
        months=() if curve is None else tuple(round(float(t - start), 9) for t in curve.times),
        curve=() if curve is None else _rows(curve.probability[0]),
        interval_low=_rows(states.interval_low[0, kept]) if known else None,
        interval_high=_rows(states.interval_high[0, kept]) if known else None,
        curve_low=_rows(curve.low[0]) if band and curve is not None and curve.low is not None else None,
        curve_high=_rows(curve.high[0]) if band and curve is not None and curve.high is not None else None,
    )


def _rows(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, values.tolist()))


@checked
def course_at(
    card: Card, patient: Patient | Records, months: float | None = None, *, band: bool = False
) -> CourseFigure | None:
    """The course that one card says for one person, given that they are in its first state at a time.

    Cheap enough to be asked again and again, for several times of one person best with `Records((patient,))`.

    Parameters
    ----------
    card : a card with a course. patient : whom it is asked for.
    months : months since the card's time zero at which the person is in the first state (alive, disease-free), with all
        else the same; the landmark of the record if not given.
    band : whether to give the 95 % interval of the curve at each month, and of the horizons, which costs more.

    Returns
    -------
    CourseFigure, or None where the card has no course or does not apply to the record.

    Raises
    ------
    CardError : the card cannot be asked for that time.
    """
    if not card.form.has_course:
        return None
    said = predict(card, patient, intervals=band, curve="band" if band else "line", start=months)
    return course_figure(said) if int(said.status[0]) == 1 else None
