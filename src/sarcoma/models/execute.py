"""Running a card on records: one way for one person or a million, and no model known by name.

Where a predictor is unknown, what a card says is a range, never that of a default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma._types import Floats
from sarcoma.errors import CardError, InputError
from sarcoma.evidence import Condition
from sarcoma.models.card import Card
from sarcoma.models.catalogue import card as shipped_card
from sarcoma.models.forms.form import Curve, FormPredictions, Missing, PredictionRequest
from sarcoma.models.outcome import TimeZero
from sarcoma.models.predictor import Requirement
from sarcoma.patient import Numeric, Patient, Records, rules
from sarcoma.patient.record import as_patient

_WITH_INTERVALS = 10_000
Status = Literal["applies", "does not apply", "cannot tell"]
STATUS_WORDS: Mapping[int, Status] = {1: "applies", 0: "does not apply", -1: "cannot tell"}
"""What the numbers of `Predictions.status` mean."""
TIME_FIELD: dict[TimeZero, str] = {
    "diagnosis": "landmark_months",
    "surgery": "months_since_surgery",
    "local-recurrence": "months_since_recurrence",
    "first-metastasis": "months_since_metastasis",
}
_TIME_SOURCE: dict[TimeZero, str] = {
    "surgery": "surgery_months",
    "local-recurrence": "local_recurrence_months",
    "first-metastasis": "metastases",
}


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """What one card says of n records.

    `status` is 1 where the card applies, 0 where it does not, -1 where that cannot be told. `of_form` is what its form
    says, with what only that form has: a score, bounds, groups, an interval, the states of a course.
    """

    card: Card
    status: rules.Answers
    requirements: tuple[Requirement, ...]
    of_form: FormPredictions

    def __len__(self) -> int:
        return len(self.status)

    def __repr__(self) -> str:
        return f"Predictions(card={self.card.id!r}, n={len(self)}, applies={int((self.status == 1).sum())})"

    @property
    def horizons_months(self) -> tuple[float, ...]:
        return self.card.outcome.horizons_months

    @property
    def low(self) -> Floats:
        """The least probability (n × horizons) of what the outcome names, NaN where the card gives no figure."""
        return self.of_form.low

    @property
    def high(self) -> Floats:
        """The greatest; the same as `low` where every predictor is known."""
        return self.of_form.high

    @property
    def value(self) -> Floats:
        """The probability where nothing is missing, else NaN (n × horizons)."""
        return self.of_form.value

    @property
    def missing(self) -> Missing:
        """By predictor, in whom it is not known (n,)."""
        return self.of_form.missing

    @checked
    def failing(self, row: int) -> tuple[Requirement, ...]:
        """The requirements that a record does not meet."""
        return self._answered(row, 0)

    @checked
    def undecided(self, row: int) -> tuple[Requirement, ...]:
        """The requirements that cannot be told for a record."""
        return self._answered(row, -1)

    def _answered(self, row: int, answer: int) -> tuple[Requirement, ...]:
        records = len(self)
        if not -records <= row < records:
            raise InputError("row", f"there are {records} records", "0")
        return tuple(r for r in self.requirements if r.answers[row] == answer)


@checked
def predict(
    card: Card | str,
    patients: Patient | Mapping[str, Any] | Iterable[Patient | Mapping[str, Any]] | Records,
    *,
    intervals: bool | None = None,
    curve: Curve = None,
    start: float | None = None,
) -> Predictions:
    """What a card says of one or many patients.

    Parameters
    ----------
    card : the model, or the id of one that is shipped.
    patients : a Patient, several, or Records; a mapping is read as a Patient.
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

    Raises
    ------
    CardError : the card cannot start at that time, or its numbers cannot be computed with.
    """
    card = shipped_card(card) if isinstance(card, str) else card
    records = as_records(patients)
    n = len(records)
    own = [requirement for ask in own_questions(card) for requirement in ask(records)]
    request = PredictionRequest(
        records,
        card.outcome,
        rules.both([r.answers for r in own], n),
        _starts(card, records, start),
        n <= _WITH_INTERVALS if intervals is None else intervals,
        curve,
    )
    try:
        of_form = card.form.predict(request)
    except CardError as error:
        raise CardError(f"{card.id}: {error}") from None
    status = rules.both([request.allowed, *(r.answers for r in of_form.requirements)], n)
    requirements = {(r.text, r.fields): r for r in (*own, *of_form.requirements)}
    return Predictions(card, status, tuple(requirements.values()), of_form.where(status == 1))


def as_records(patients: Patient | Mapping[str, Any] | Iterable[Patient | Mapping[str, Any]] | Records) -> Records:
    """Records of one patient or many.

    Raises
    ------
    CardError : they are neither; the message says what to pass.
    RecordError : a mapping that is no record.
    """
    if isinstance(patients, Records):
        return patients
    if isinstance(patients, (Patient, Mapping)):
        patients = (patients,)
    frame = hasattr(patients, "columns") or isinstance(patients, (str, bytes))
    given = () if frame or not isinstance(patients, Iterable) else tuple(patients)
    if not frame and isinstance(patients, Iterable) and all(isinstance(p, (Patient, Mapping)) for p in given):
        return Records(tuple(p if isinstance(p, Patient) else as_patient(p) for p in given))
    raise CardError(
        "patients: give a Patient, a mapping such as {'age': 62}, several of them, or Records (`cohort.records`)"
    )


def own_questions(card: Card) -> list[Callable[[Records], list[Requirement]]]:
    """What the card itself requires, one by one: of the type, of the time, and each of its rules."""

    def of_rule(condition: Condition) -> Callable[[Records], list[Requirement]]:
        return lambda records: [Requirement(condition.reason, condition.fields, rules.answer(condition, records))]

    return [
        lambda records: _type_requirement(card, records),
        lambda records: [_landmark_requirement(card, records)],
        *map(of_rule, card.applies),
    ]


def _type_requirement(card: Card, records: Records) -> list[Requirement]:
    """The profile of the histologic type must not say that the model does not fit; nothing where none says so."""
    index, profiles = records.profiles()
    said = [[fit for p in of for fit in p.cards if fit.card == card.id and fit.fits == "no"] for of in profiles]
    texts = dict.fromkeys(fit.because for fits in said for fit in fits)
    if not texts:
        return []
    answers = np.array([rules.FAILS if fits else rules.HOLDS for fits in said], dtype=np.int8)[index]
    return [Requirement(" ".join(texts), ("histologic_type",), answers)]


def _landmark_requirement(card: Card, records: Records) -> Requirement:
    """The landmark must lie in the model's window after its time zero; no landmark means time zero itself."""
    zero = card.outcome.time_zero
    landmark = records.column("landmark_months")
    since = records.column(TIME_FIELD[zero])
    if not isinstance(landmark, Numeric) or not isinstance(since, Numeric):
        raise CardError(f"{card.id}: the landmark is not a number")
    with np.errstate(invalid="ignore"):
        inside = (since.values >= card.landmarks.from_months - 1e-9) & (since.values <= card.landmarks.to_months + 1e-9)
    answers = np.where(np.isnan(since.values), rules.UNKNOWN, inside.astype(np.int8))
    answers = np.where(np.isnan(landmark.values), rules.HOLDS, answers)
    fields = (_TIME_SOURCE[zero],) if zero in _TIME_SOURCE else ("landmark_months",)
    return Requirement(card.landmarks.note, fields, answers)


def _starts(card: Card, records: Records, given: float | None) -> Floats:
    """(n,) months since the time zero from which the horizons of each record count."""
    n, about = len(records), card.landmarks
    if given is not None:
        if not about.conditional or not about.from_months <= given <= about.to_months:
            raise CardError(
                f"{card.id}: can start {about.from_months:g} to {about.to_months:g} months after its time zero only"
            )
        return np.full(n, given)
    since = records.column(TIME_FIELD[card.outcome.time_zero]) if about.conditional else None
    return np.nan_to_num(since.values) if isinstance(since, Numeric) else np.zeros(n)
