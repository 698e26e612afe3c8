"""Running a card on records: one way for one person or a million, and no model known by name.

A score (linear predictor or points) is a sum of terms. Where a predictor is unknown, its term is a range, so the score
and the probability become a range too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._once import once_per_object
from sarcoma.errors import CardError
from sarcoma.evidence import Condition
from sarcoma.models.card import Card, Strata
from sarcoma.models.course import Curve, course_answers
from sarcoma.models.predictor import Predictor
from sarcoma.models.score import Floats, Requirement, Term, columns_key, recoded, term
from sarcoma.patient import Coded, Numeric, Patient, Records, rules
from sarcoma.patient.columns import distinct_codes

if TYPE_CHECKING:
    from sarcoma.survival import Prediction

_WITH_INTERVALS = 10_000
_TIME_FIELD = {
    "diagnosis": "landmark_months",
    "surgery": "months_since_surgery",
    "local-recurrence": "months_since_recurrence",
    "first-metastasis": "months_since_metastasis",
}
_TIME_SOURCE = {
    "surgery": "surgery_months",
    "local-recurrence": "local_recurrence_months",
    "first-metastasis": "metastases",
}


@dataclass(frozen=True, slots=True)
class Predictions:
    """What one card says of n records.

    `status` is 1 where the card applies, 0 where it does not, -1 where that cannot be told; `low` and
    `high` are probabilities (n × horizons) of what the card's outcome names, equal where every predictor
    is known, NaN where the card gives no figure. `bounded` is -1 (+1) where only "below" ("above") is known.
    `score_low`, `score_high` are the linear predictor or points; `unbounded` the formula beyond its printed
    range, for checking only. `group` indexes `group_sets`, the groups still possible. `interval_low`, `interval_high`
    (n × horizons) are the 95 % interval of a card that carries its covariance. Of a course, `states_low` and
    `states_high` (n × horizons × states) are the probability of each of the card's states, with their 95 % interval
    in `states_interval`, `start` (n,) the months since time zero from which its horizons are counted, and `curve` the
    states of one record month by month where they were asked for.
    """

    card: Card
    status: rules.Answers
    requirements: tuple[Requirement, ...]
    low: Floats
    high: Floats
    bounded: NDArray[np.int8]
    score_low: Floats
    score_high: Floats
    unbounded: Floats
    group: NDArray[np.int32] | None = None
    group_sets: tuple[tuple[str, ...], ...] = ()
    missing: tuple[tuple[str, NDArray[np.bool_]], ...] = ()
    interval_low: Floats | None = None
    interval_high: Floats | None = None
    states_low: Floats | None = None
    states_high: Floats | None = None
    states_interval: tuple[Floats, Floats] | None = None
    start: Floats | None = None
    curve: Prediction | None = None

    def __len__(self) -> int:
        return len(self.status)

    def __repr__(self) -> str:
        return f"Predictions(card={self.card.id!r}, n={len(self)}, applies={int((self.status == 1).sum())})"

    @property
    def horizons_months(self) -> tuple[float, ...]:
        return self.card.outcome.horizons_months

    @property
    def value(self) -> Floats:
        """The probability where nothing is missing, else NaN (n × horizons)."""
        return np.where(self.low == self.high, self.low, np.nan)

    def failing(self, row: int) -> tuple[Requirement, ...]:
        """The requirements that a record does not meet."""
        return tuple(r for r in self.requirements if r.answers[row] == 0)

    def undecided(self, row: int) -> tuple[Requirement, ...]:
        """The requirements that cannot be told for a record."""
        return tuple(r for r in self.requirements if r.answers[row] == -1)

    def possible_groups(self, row: int) -> tuple[str, ...]:
        return () if self.group is None else self.group_sets[self.group[row]]

    def missing_predictors(self, row: int) -> tuple[str, ...]:
        return tuple(field for field, absent in self.missing if absent[row])


def predict(
    card: Card,
    patients: Patient | Iterable[Patient] | Records,
    *,
    intervals: bool | None = None,
    curve: Curve = None,
    start: float | None = None,
) -> Predictions:
    """What a card says of one or many patients.

    Parameters
    ----------
    card : the model.
    patients : a Patient, several, or Records.
    intervals : whether to work out the intervals of cards that carry their covariance; where not given, for up to
        10,000 records (for many it takes time).
    curve : the states of a course month by month, as a "line" or with their interval as a "band", for one record with
        every predictor known.
    start : the months since time zero from which the horizons of a conditional card are counted, in place of the
        landmark of the records; they are then those of someone with the same predictors who is in the first state at
        that time.

    Returns
    -------
    Predictions : probabilities in 0–1 at the card's horizons (months from its time zero, or from the landmark where the
        card is conditional).
    """
    records = as_records(patients)
    n, horizons = len(records), len(card.outcome.horizons_months)
    requirements = [*_landmark_requirements(card, records), *_rule_requirements(card, records)]
    without_score = card.kind == "groups" or len(card.hazards) > 1
    score_low = score_high = np.full(n, np.nan if without_score else card.intercept)
    missing: dict[str, NDArray[np.bool_]] = {}
    made: dict[int, Term] = {}
    for predictor, number in _predictors(card):
        part = made.get(number) or term(predictor, records)
        made[number] = part
        requirements.append(part.requirement)
        if not without_score:
            score_low, score_high = score_low + part.low, score_high + part.high
        missing[predictor.field] = part.missing
    extra: dict[str, Any] = {}
    bounded = np.zeros((n, horizons), dtype=np.int8)
    if card.kind == "groups":
        low, high, extra["group"], extra["group_sets"], fits = _groups(card, records)
        requirements.append(fits)
    elif card.kind == "points":
        low, high, bounded, extra["unbounded"] = _points(card, score_low, score_high)
    elif card.kind == "logistic":
        low, high = (1 / (1 + np.exp(-s))[:, None].repeat(horizons, axis=1) for s in (score_low, score_high))
    elif card.hazards:
        allowed = rules.both([r.answers for r in requirements], n) == 1
        wanted = n <= _WITH_INTERVALS if intervals is None else intervals
        low, high, extra = _course(card, records, np.flatnonzero(allowed), start, intervals=wanted, curve=curve)
    else:
        low, high, requirement, absent = _baseline(card, records, score_low, score_high)
        if requirement is not None and card.baseline and card.baseline.strata:
            requirements.append(requirement)
            missing[card.baseline.strata.field] = absent
    status = rules.both([r.answers for r in requirements], n)
    silent = (status != 1)[:, None]
    return Predictions(
        card=card,
        status=status,
        requirements=tuple({(r.text, r.fields): r for r in requirements}.values()),
        low=np.where(silent, np.nan, low),
        high=np.where(silent, np.nan, high),
        bounded=np.where(silent, np.int8(0), bounded),
        score_low=score_low,
        score_high=score_high,
        unbounded=extra.pop("unbounded", np.where(low == high, low, np.nan)),
        missing=tuple(missing.items()),
        **extra,
    )


def as_records(patients: Patient | Iterable[Patient] | Records) -> Records:
    """Records of one patient or many."""
    if isinstance(patients, Records):
        return patients
    return Records((patients,)) if isinstance(patients, Patient) else Records(patients)


# -- to whom the card applies


def _rule_requirements(card: Card, records: Records) -> list[Requirement]:
    return [Requirement(text, fields, rules.answer(c, records)) for c, text, fields in _rules_of(card)]


@once_per_object
def _rules_of(card: Card) -> list[tuple[Condition, str, tuple[str, ...]]]:
    """Each condition of a card with its reason and its fields."""
    return [(c, _reason(c), fields_of(c)) for c in card.applies]


@once_per_object
def _predictors(card: Card) -> list[tuple[Predictor, int]]:
    """Every predictor with a number; in a course, where no score is wanted, those of several hazards that differ in
    their coefficients alone have one."""
    if len(card.hazards) < 2:
        return [(p, i) for i, p in enumerate(card.all_predictors)]
    numbers: dict[str, int] = {}
    return [(p, numbers.setdefault(columns_key(p), len(numbers))) for p in card.all_predictors]


def _reason(condition: Condition) -> str:
    return condition.because or condition.describe()


def fields_of(condition: Condition) -> tuple[str, ...]:
    """The fields that a condition asks."""
    inner = [name for every in condition.any_of or () for c in every for name in fields_of(c)]
    return tuple(dict.fromkeys([*inner, *([condition.field] if condition.field else [])]))


def _landmark_requirements(card: Card, records: Records) -> list[Requirement]:
    """The landmark must lie in the model's window after its time zero; no landmark means time zero itself."""
    zero = card.outcome.time_zero
    landmark = records.column("landmark_months")
    since = records.column(_TIME_FIELD[zero])
    if not isinstance(landmark, Numeric) or not isinstance(since, Numeric):
        raise CardError(f"{card.id}: the landmark is not a number")
    with np.errstate(invalid="ignore"):
        inside = (since.values >= card.landmarks.from_months - 1e-9) & (since.values <= card.landmarks.to_months + 1e-9)
    answers = np.where(np.isnan(since.values), rules.UNKNOWN, inside.astype(np.int8))
    answers = np.where(np.isnan(landmark.values), rules.HOLDS, answers)
    fields = (_TIME_SOURCE[zero],) if zero in _TIME_SOURCE else ("landmark_months",)
    return [Requirement(card.landmarks.note, fields, answers)]


# -- from score to probability


def _baseline(
    card: Card, records: Records, score_low: Floats, score_high: Floats
) -> tuple[Floats, Floats, Requirement | None, NDArray[np.bool_]]:
    """1 − S₀(t)^exp(score), the event's probability, over the strata still possible."""
    baseline = card.baseline
    if baseline is None:
        raise CardError(f"{card.id}: no baseline")
    horizons = card.outcome.horizons_months
    requirement: Requirement | None = None
    absent = np.zeros(len(records), dtype=bool)
    if baseline.strata is None:
        (stratum,) = baseline.survival
        best = worst = np.array([[baseline.at(stratum, h) for h in horizons]]).repeat(len(records), axis=0)
    else:
        column = stratum_column(baseline.strata, records)
        strata = baseline.survival

        def covered(state: frozenset[str]) -> int:
            inside = {v in strata for v in state}
            return 1 if inside == {True} else 0 if inside == {False} else -1

        def curve(state: frozenset[str], pick: object, h: float) -> float:
            known = [baseline.at(v, h) for v in state if v in strata]
            return (max(known) if pick == "best" else min(known)) if known else np.nan

        best, worst = (
            np.column_stack([column.per_state(lambda s, p=pick, h=h: curve(s, p, h)) for h in horizons])
            for pick in ("best", "worst")
        )
        text = f"the model has no value for this {baseline.strata.label}"
        requirement = Requirement(text, (baseline.strata.field,), column.per_state(covered, np.int8))
        absent = ~column.known()
    low = 1 - best ** np.exp(score_low)[:, None]
    high = 1 - worst ** np.exp(score_high)[:, None]
    if card.outcome.probability_of == "no-event":
        low, high = 1 - high, 1 - low
    return low, high, requirement, absent


def _course(
    card: Card,
    records: Records,
    rows: NDArray[np.intp],
    instead: float | None,
    *,
    intervals: bool,
    curve: Curve,
) -> tuple[Floats, Floats, dict[str, Any]]:
    """The outcome's probability in a card with hazards, and what it says of the states."""
    start = np.zeros(len(records))
    if instead is not None:
        limits = (card.landmarks.from_months, card.landmarks.to_months)
        if not card.landmarks.conditional or not limits[0] <= instead <= limits[1]:
            raise CardError(f"{card.id}: can start {limits[0]:g} to {limits[1]:g} months after its time zero only")
        start[:] = instead
    elif card.landmarks.conditional:
        since = records.column(_TIME_FIELD[card.outcome.time_zero])
        start = np.nan_to_num(since.values) if isinstance(since, Numeric) else start
    said = course_answers(card, records, rows, start, intervals=intervals, curve=curve)
    target = card.states.index(card.outcome.transition[1])
    event = card.outcome.probability_of == "event"
    low, high, interval_low, interval_high = (
        part[:, :, target] for part in (said.low, said.high, said.interval_low, said.interval_high)
    )
    if not event:
        low, high, interval_low, interval_high = 1 - high, 1 - low, 1 - interval_high, 1 - interval_low
    extra = {"interval_low": interval_low, "interval_high": interval_high, "start": start}
    interval = (said.interval_low, said.interval_high)
    states = {"states_low": said.low, "states_high": said.high, "states_interval": interval}
    return low, high, extra | states | {"curve": said.curve}


def stratum_column(strata: Strata, records: Records) -> Coded:
    """What chooses the baseline, in the card's own levels."""
    column = records.column(strata.field)
    if not isinstance(column, Coded):
        raise CardError(f"the stratum {strata.label} is not a coded field")
    return recoded(column, strata.recode)


def _points(card: Card, score_low: Floats, score_high: Floats) -> tuple[Floats, Floats, NDArray[np.int8], Floats]:
    """Probability of no event from total points, as a bound beyond the printed anchors."""
    scale = card.points
    if scale is None:
        raise CardError(f"{card.id}: no points scale")
    (first, most), (last, least) = scale.anchors[0], scale.anchors[-1]

    def formula(points: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-np.exp(scale.intercept + scale.slope * points)))

    def printed(points: Floats) -> Floats:
        inside = np.clip(formula(points), least, most)
        return np.where(points < first, most, np.where(points > last, least, inside))

    def side(points: Floats) -> NDArray[np.int8]:
        raw = formula(points)
        above, below = (points < first) | (raw > most), (points > last) | (raw < least)
        return np.where(above, 1, np.where(below, -1, 0)).astype(np.int8)

    low, high = printed(score_high), printed(score_low)
    bounded = np.where(side(score_low) == side(score_high), side(score_low), np.int8(0))
    exact = np.where(score_low == score_high, formula(score_low), np.nan)
    return low[:, None], high[:, None], bounded[:, None], exact[:, None]


def _groups(
    card: Card, records: Records
) -> tuple[Floats, Floats, NDArray[np.int32], tuple[tuple[str, ...], ...], Requirement]:
    """Figures of the published group that a record belongs to, or the range over those still possible."""
    answers = np.column_stack([rules.answer_all(g.when, records) for g in card.groups])
    certain = (answers == 1).any(axis=1, keepdims=True)
    possible = np.where(certain, answers == 1, answers != 0)
    bits = 1 << np.arange(len(card.groups), dtype=np.int64)
    packed, index = distinct_codes(possible @ bits, 1 << len(card.groups))
    patterns = (packed[:, None] & bits) > 0
    horizons = card.outcome.horizons_months
    figures, fields = _group_table(card)
    sets, lows, highs, fits = [], [], [], []
    for pattern in patterns:
        rows = figures[pattern]
        sets.append(tuple(g.id for g, inside in zip(card.groups, pattern, strict=True) if inside))
        lows.append(rows.min(axis=0) if len(rows) else np.full(len(horizons), np.nan))
        highs.append(rows.max(axis=0) if len(rows) else np.full(len(horizons), np.nan))
        fits.append(1 if len(rows) else 0)
    requirement = Requirement("none of the model's groups fits", fields, np.array(fits, dtype=np.int8)[index])
    return np.array(lows)[index], np.array(highs)[index], index, tuple(sets), requirement


@once_per_object
def _group_table(card: Card) -> tuple[Floats, tuple[str, ...]]:
    """The figures of a card's groups (groups × horizons), and the fields that choose the group."""
    horizons = card.outcome.horizons_months
    figures = np.array([[_group_value(g.figures, h) for h in horizons] for g in card.groups])
    return figures, tuple(dict.fromkeys(f for g in card.groups for c in g.when for f in fields_of(c)))


def _group_value(figures: Sequence[object], horizon: float) -> float:
    for figure in figures:
        if getattr(figure, "horizon_months", None) == horizon:
            return float(figure.value)  # type: ignore[attr-defined]
    return float("nan")
