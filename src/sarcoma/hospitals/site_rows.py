"""What a site has for a question, row by row; it never leaves the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.cohort import PLANS, Cohort, FollowUp, records_at_metastasis
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.errors import HospitalsError, SarcomaError
from sarcoma.hospitals.question import CoxQuestion, EventTableQuestion, Question, ValidationQuestion
from sarcoma.models.predictor import values_of
from sarcoma.patient import Coded, Records
from sarcoma.survival import Course, Histories


@dataclass(frozen=True, eq=False)
class SiteRows:
    """Histories, and what is known of each of their rows.

    x : (rows, p) covariates of a Cox question. risk : (rows,) predictions of a validation. people : (rows,) who each
    row is, for the ledger. left_out : how many patients of the cohort are in no row, by reason.
    """

    histories: Histories
    x: Floats | None = None
    risk: Floats | None = None
    people: NDArray[Any] | None = None
    left_out: dict[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"SiteRows({self.histories!r})"


@checked
def rows_of(cohort: Cohort, question: Question) -> SiteRows:
    """The rows of a cohort that a question is of.

    Raises
    ------
    HospitalsError : no such plan, card or level. CohortError : the cohort cannot say what is asked.
    """
    if isinstance(question, ValidationQuestion):
        return _judged(cohort, question)
    if question.plan not in PLANS:
        raise HospitalsError(f"plan: there is no plan {question.plan[:40]}; there are {', '.join(PLANS)}")
    plan = PLANS[question.plan]
    follow_up = FollowUp.of(cohort)
    counted = follow_up.count(plan)
    records = records_at_metastasis(cohort, follow_up) if plan.time_zero == "metastasis" else cohort.records
    ids = np.asarray(cohort.patients["id"].to_list(), dtype=object)
    left_out = dict(counted.left_out)
    if isinstance(question, EventTableQuestion):
        group = None
        if question.by is not None:
            labels = _labels(records, question.by.field)
            kept = np.isin(labels, question.by.levels)
            left_out[f"{question.by.field} is none of the levels asked for, or not known"] = int((~kept).sum())
            counted = counted.of(kept)
            group = labels[counted.patient]
        return SiteRows(_histories(counted, group), people=ids[counted.patient], left_out=left_out)
    x, known = _design(question, records)
    left_out["a predictor is not known, or outside what is asked"] = int((~known).sum())
    counted = counted.of(known)
    return SiteRows(_histories(counted, None), x=x[counted.patient], people=ids[counted.patient], left_out=left_out)


def _histories(counted: CountedHistories, group: NDArray[Any] | None) -> Histories:
    if not len(counted.exit):
        raise HospitalsError("nobody of this cohort is left for the question")
    return counted.histories_by(group)


def _labels(records: Records, name: str) -> NDArray[Any]:
    """The level of each record, "" where it is not known."""
    column = records.column(name)
    if not isinstance(column, Coded):
        raise HospitalsError(f"by: {name} is not coded; group by a coded field, such as grade")
    known = [next(iter(state)) if len(state) == 1 else "" for state in column.states]
    return np.array(known, dtype=object)[column.codes]


def _design(question: CoxQuestion, records: Records) -> tuple[Floats, NDArray[np.bool_]]:
    """(patients, p) covariates, and of whom all are known."""
    known = np.ones(len(records), dtype=bool)
    parts = []
    for p in question.predictors:
        try:
            values, unknown = values_of(p.column(records))
        except SarcomaError as error:
            raise HospitalsError(str(error)) from None
        if p.transform.coded:
            unknown = unknown | ~np.isin(values.astype(str), list(p.transform.by_level))
        else:
            values = np.where(unknown, 1.0, values.astype(float))
            if p.range is not None:
                unknown = unknown | (values < p.range[0]) | (values > p.range[1])
        basis = p.transform.basis(values)
        parts.append(basis[:, 1:] if p.transform.coded or p.transform.cut else basis)
        known &= ~unknown
    return np.column_stack(parts), known


def _judged(cohort: Cohort, question: ValidationQuestion) -> SiteRows:
    """Those of whom a card speaks, what it says of them, and what happened; from the card's time zero."""
    from sarcoma.models import card
    from sarcoma.validation import Subject
    from sarcoma.validation.sample import observed_outcomes

    subject = Subject.of_card(card(question.card))
    mine = (subject.card.version if subject.card else "", subject.endpoint, subject.time_zero, subject.estimand)
    if mine != (question.card_version, question.endpoint, question.time_zero, question.estimand):
        raise HospitalsError(f"card: {question.card} is another version here; use one version of the product")
    if question.horizon not in subject.horizons:
        raise HospitalsError(f"grid: {question.card} says nothing at its last time, {question.horizon:g} months")
    observed = observed_outcomes(cohort, subject, unknown_cause=question.unknown_cause)
    said = subject.predict(cohort, observed.records, observed.kept, 0.0)
    risk = said.risk[:, subject.horizons.index(question.horizon)]
    rows = np.flatnonzero(said.used & ~np.isnan(risk))
    if len(rows) < 2:
        raise HospitalsError("nobody of this cohort is left for the question")
    if observed.entry[rows].any():
        raise HospitalsError("some came under observation late; a validation over hospitals needs them from the start")
    left_out = {**observed.left_out, **{one.reason: one.n for one in said.left_out}}
    event = observed.event[rows]
    if question.estimand == "all-cause":
        event = np.minimum(event, 1)
    ids = np.asarray(cohort.patients["id"].to_list(), dtype=object)
    return judged_rows(question, observed.exit[rows], event, risk[rows], ids[rows], left_out)


@checked
def judged_rows(
    question: ValidationQuestion,
    exit: Any,
    event: Any,
    risk: Any,
    people: Any = None,
    left_out: dict[str, int] | None = None,
) -> SiteRows:
    """Rows of a validation from arrays: time, 0 = censored, 1 = the event, 2 = another death first, prediction."""
    course = Course.competing(question.causes)
    codes = np.asarray(event)
    codes = np.where(codes < len(course.states), codes, 0)  # of a net prediction other deaths are censorings
    histories = Histories(course, exit, codes)
    return SiteRows(histories, risk=np.asarray(risk, dtype=np.float64), people=people, left_out=left_out or {})
