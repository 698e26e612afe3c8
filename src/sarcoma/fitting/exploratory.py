"""An exploratory fit: hazard ratios of a cohort by Cox regression, in one call, without a recipe and without a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from sarcoma._arguments import checked
from sarcoma._types import Flags, Floats
from sarcoma.cohort.at_event import records_at_metastasis
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.counted_histories import CountedHistories
from sarcoma.cohort.description.group_curves import CourseName, counted_course
from sarcoma.cohort.description.variables import Variable, variable
from sarcoma.errors import CohortError, SurvivalError
from sarcoma.survival import CoxRegression, ProportionalHazardsTest

TERMS = ("age", "sex", "size_cm", "grade", "depth", "histologic_type", "site")
"""What is looked at unless asked for otherwise."""
LEAST = 10
"""A level with fewer people is not compared with others."""
_MOSTLY = 0.5  # a variable that is known of fewer is not taken unasked: most people would leave
_STEPS = {"age": 10.0, "age_at_metastasis": 10.0, "current_age": 10.0}
_POOLED = ("histologic_type", "site", "centre")
OTHERS = "all others"


@dataclass(frozen=True)
class Ratio:
    """A hazard ratio with its interval and the p value of its Wald test; `coef` is its logarithm."""

    ratio: float
    low: float
    high: float
    p: float
    coef: float
    se: float


@dataclass(frozen=True)
class HazardRow:
    """One level, or one number: whom it is about, and its hazard ratio alone and with the other terms.

    label : of the level; how much more of a number, such as "per 10 years". ratios are None for the reference;
    `alone` is None also where it has no finite answer.
    """

    label: str
    people: int
    events: int
    person_months: float
    is_reference: bool
    together: Ratio | None
    alone: Ratio | None


@dataclass(frozen=True)
class HazardTerm:
    """One variable of the model.

    p, degrees : of the Wald test of all its levels. ph_statistic, ph_p : of the test of proportional hazards, None
    where it has no answer.
    """

    name: str
    label: str
    is_number: bool
    rows: tuple[HazardRow, ...]
    degrees: int
    p: float
    ph_statistic: float | None = None
    ph_p: float | None = None


@dataclass(frozen=True)
class HazardTable:
    """Hazard ratios of a cohort.

    left_out : people by reason. not_used : terms that were not asked for and could not be taken, with why. strata :
    labels of what has a baseline of its own. concordance : Harrell's, apparent, None under delayed entry.
    """

    cohort: str
    course: CourseName
    event: str
    time_zero: str
    competing: bool
    delayed_entry: bool
    people: int
    events: int
    terms: tuple[HazardTerm, ...]
    strata: tuple[str, ...]
    level: float
    ph_global: tuple[float, int, float] | None
    concordance: float | None
    left_out: tuple[tuple[str, int], ...]
    not_used: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Term:
    """A term ready to be fitted: columns over all patients, and who can take part."""

    variable: Variable
    columns: dict[str, Floats]
    rows: list[tuple[str, str | None, Flags]]  # label, column (None: the reference), who
    usable: Flags
    left_out: list[tuple[str, Flags]] = field(default_factory=list)


@checked
def explore(
    cohort: Cohort,
    terms: Sequence[str] = (),
    *,
    course: CourseName = "survival",
    event: str | None = None,
    strata: Sequence[str] = (),
    level: float = 0.95,
) -> HazardTable:
    """Hazard ratios by Cox regression of the people of whom every term is known (Efron's ties, Wald intervals).

    Parameters
    ----------
    terms : variables, as `sarcoma.cohort.variable` names them; those of `TERMS` that are known of most people where
        none are given. Numbers act linearly (age per 10 years), levels against the first (of types, sites and centres:
        the most frequent). Levels with fewer than `LEAST` people, or without an event, are put together with others of
        types, sites and centres, and left out of other variables.
    course, event : what the hazard is of. Where several events compete it is the hazard of this cause, the others
        censored.
    strata : coded variables with a baseline hazard of their own.

    Notes
    -----
    An exploratory table, no model to predict with: nothing is validated, corrected for optimism or imputed. For that,
    write a recipe and `fit` it.

    Raises
    ------
    InputError : no such course.
    CohortError : no such variable, a term that cannot be fitted, too few events. FitError : no finite answer.
    """
    follow_up, counted = counted_course(cohort, course)
    records = records_at_metastasis(cohort, follow_up) if course == "survival-from-metastasis" else cohort.records
    reached = [s for s in counted.course.states if s in counted.course.absorbing]
    state = event or reached[0]
    if state not in reached:
        raise CohortError(f"the event must be one of {', '.join(reached)}")
    happened = counted.to == counted.course.index(state)
    if not happened.any():
        raise CohortError(f"nobody is recorded with the event ({state}), so there is no hazard to compare")
    there = np.zeros(len(cohort), dtype=bool)
    there[counted.patient] = True
    had = np.zeros(len(cohort), dtype=bool)
    had[counted.patient[happened]] = True

    chosen, not_used = [], []
    names = terms or (TERMS if course != "survival-from-metastasis" else ("age_at_metastasis", *TERMS[1:]))
    for name in dict.fromkeys(names):
        found = variable(cohort, name, records)
        if not terms and (found.known & there).sum() < max(_MOSTLY * there.sum(), LEAST):
            not_used.append((found.label, f"known of {int((found.known & there).sum()):,} of {int(there.sum()):,}"))
            continue
        try:
            chosen.append(_term(found, there, had))
        except CohortError as error:
            if terms:
                raise
            not_used.append((found.label, _why(error, found.label)))
    if not chosen:
        raise CohortError("none of the terms can be fitted: each is known of too few people, or has one level only")
    groups = [_stratum(cohort, name, records) for name in strata]
    chosen, used, left = _who_takes_part(chosen, groups, there, had, None if terms else not_used)
    left_out = [*((f"patients who {why}", n) for why, n in counted.left_out.items()), *left]
    if not (used & had).any():
        raise CohortError("nobody of whom every term is known had the event; name fewer terms")

    rows = np.flatnonzero(used[counted.patient])
    some = counted.take(rows)
    together = _Fit.of(some, happened[rows], chosen, groups, level)
    ph, ph_note = together.proportional()
    months = np.zeros(len(cohort))
    np.add.at(months, some.patient, some.exit - some.entry)
    counts = _Counts(used, had, months)
    told = tuple(
        _told(i, term, counts, together, _Fit.alone(some, happened[rows], term, groups, level), ph)
        for i, term in enumerate(chosen)
    )
    concordance = together.model.concordance_
    return HazardTable(
        cohort.about.name,
        course,
        state,
        "first-metastasis" if course == "survival-from-metastasis" else cohort.about.origin,
        len(reached) > 1,
        bool(some.entry.any()),
        int(used.sum()),
        int((used & had).sum()),
        told,
        tuple(g.label for g in groups),
        level,
        None if ph is None else (ph.global_statistic, int(ph.degrees.sum()), ph.global_p),
        None if concordance is None else float(concordance.value),
        tuple((why, n) for why, n in left_out if n),
        tuple(not_used),
        tuple(part for part in (ph_note,) if part),
    )


def _who_takes_part(
    terms: Sequence[_Term], strata: Sequence[Variable], there: Flags, had: Flags, dropped: list[tuple[str, str]] | None
) -> tuple[list[_Term], Flags, list[tuple[str, int]]]:
    """Who is left once everything is known, and the terms among them: who leaves for one may leave a level of another
    with too few, so that this is repeated until nobody leaves.

    dropped : takes the terms that cannot be fitted among them, and why; without it such a term is an error.
    """
    used, left_out = there.copy(), Counter[str]()
    reasons = [(f"{g.label}: not known", ~g.known) for g in strata]
    chosen = list(terms)
    while True:
        before = int(used.sum())
        for reason, flags in [*(part for term in chosen for part in term.left_out), *reasons]:
            left_out[reason] += int((used & flags).sum())
            used &= ~flags
        if int(used.sum()) == before:
            return chosen, used, list(left_out.items())
        again = []
        for term in chosen:
            try:
                again.append(_term(term.variable, used, had))
            except CohortError as error:
                if dropped is None or len(chosen) == 1:
                    raise
                dropped.append((term.variable.label, _why(error, term.variable.label)))
                rest = [_term(other.variable, there, had) for other in chosen if other is not term]
                return _who_takes_part(rest, strata, there, had, dropped)
        chosen = again


def _why(error: CohortError, label: str) -> str:
    """The reason without the name of the variable, which stands before it."""
    return str(error).removeprefix(f"{label}: ")


def _stratum(cohort: Cohort, name: str, records: Any) -> Variable:
    found = variable(cohort, name, records)
    if found.codes is None:
        raise CohortError(f"{name[:40]}: strata need levels; give cuts, for example {name[:40]}:5,10")
    return found


def _term(found: Variable, there: Flags, had: Flags) -> _Term:
    """The columns of a term among those who take part, the most that can be compared."""
    unknown = [(f"{found.label}: not known", ~found.known)]
    if found.numbers is not None:
        values = found.numbers[there & found.known]
        if len(np.unique(values)) < 2:
            raise CohortError(f"{found.label}: everyone has the same value, or it is not known")
        step = _STEPS.get(found.name, 1.0)
        unit = "years" if found.name in _STEPS else found.unit or ""
        label = f"per {step:g} {unit}".rstrip()
        who = found.known
        return _Term(found, {found.label: found.numbers / step}, [(label, found.label, who)], who, unknown)
    few: dict[str, Flags] = {}
    enough: dict[str, Flags] = {}
    for code, label in found.levels.items():
        who = found.having(code)
        kept = (who & there).sum() >= LEAST and (who & there & had).any()
        (enough if kept else few)[label] = who
    out = []
    if few:
        rest = np.asarray(np.logical_or.reduce(list(few.values())))
        if found.name in _POOLED and (rest & there).sum() >= LEAST and (rest & there & had).any():
            enough[OTHERS] = rest
        else:
            out = [
                (f"{found.label}: {label}: fewer than {LEAST} people, or none with the event", who)
                for label, who in few.items()
            ]
    if len(enough) < 2:
        raise CohortError(f"{found.label}: fewer than two levels have {LEAST} people and an event")
    rows: list[tuple[str, str | None, Flags]] = []
    columns = {}
    for i, (label, who) in enumerate(enough.items()):
        column = f"{found.label}: {label}" if i else None
        rows.append((label, column, who))
        if column is not None:
            columns[column] = who.astype(float)
    usable = np.asarray(np.logical_or.reduce(list(enough.values())))
    return _Term(found, columns, rows, usable, [*unknown, *out])


@dataclass(frozen=True, eq=False)
class _Fit:
    """A Cox regression of some terms, and what it is asked for."""

    model: CoxRegression
    x: Any
    exit: Floats
    event: Flags
    more: dict[str, Any]
    terms: dict[str, list[str]]
    level: float

    @classmethod
    def of(
        cls, counted: CountedHistories, event: Flags, terms: Sequence[_Term], strata: Sequence[Variable], level: float
    ) -> _Fit:
        import polars as pl

        columns = {name: column[counted.patient] for term in terms for name, column in term.columns.items()}
        x = pl.DataFrame(columns)
        more: dict[str, Any] = {}
        if counted.entry.any():
            more["entry"] = counted.entry
        if strata:
            more["stratum"] = _together(strata)[counted.patient]
        model = CoxRegression().fit(x, counted.exit, event, **more)
        named = {term.variable.name: list(term.columns) for term in terms}
        return cls(model, x, counted.exit, event, more, named, level)

    @classmethod
    def alone(
        cls, counted: CountedHistories, event: Flags, term: _Term, strata: Sequence[Variable], level: float
    ) -> _Fit | None:
        """The term without the others, of the same people; None where it has no finite answer."""
        try:
            return cls.of(counted, event, [term], strata, level)
        except SurvivalError:
            return None

    def ratio(self, column: str | None) -> Ratio | None:
        if column is None:
            return None
        i = self.model.columns_.index(column)
        table = self.model.table(self.level)
        return Ratio(*(float(getattr(table, name)[i]) for name in ("ratio", "low", "high", "p", "coef", "se")))

    def wald(self, term: str) -> float:
        """The p value of βᵀ V⁻¹ β of the columns of one term."""
        place = [self.model.columns_.index(name) for name in self.terms[term]]
        beta, covariance = self.model.coef_[place], self.model.covariance_[np.ix_(place, place)]
        statistic = float(beta @ np.linalg.solve(covariance, beta))
        return float(chdtrc(len(beta), statistic))

    def proportional(self) -> tuple[ProportionalHazardsTest | None, str | None]:
        """The test of proportional hazards, by term; where it has no answer, why."""
        try:
            test = self.model.test_proportional_hazards(self.x, self.exit, self.event, terms=self.terms, **self.more)
        except SurvivalError as error:
            return None, f"Proportional hazards were not tested: {error}."
        return test, None


@dataclass(frozen=True, eq=False)
class _Counts:
    """Who takes part, who had the event, and how long each was under observation."""

    used: Flags
    had: Flags
    months: Floats


def _told(
    i: int, term: _Term, counts: _Counts, together: _Fit, alone: _Fit | None, ph: ProportionalHazardsTest | None
) -> HazardTerm:
    """A term of the table, the i-th of the model."""
    found = []
    for label, column, who in term.rows:
        here = counts.used & who
        people, events = int(here.sum()), int((here & counts.had).sum())
        single = None if alone is None else alone.ratio(column)
        observed = float(counts.months[here].sum())
        found.append(HazardRow(label, people, events, observed, column is None, together.ratio(column), single))
    tested = (None, None) if ph is None else (float(ph.statistic[i]), float(ph.p[i]))
    v = term.variable
    return HazardTerm(
        v.name, v.label, v.numbers is not None, tuple(found), len(term.columns), together.wald(v.name), *tested
    )


def _together(strata: Sequence[Variable]) -> NDArray[np.object_]:
    """One label a person from several variables."""
    parts = [np.asarray(v.codes) for v in strata]
    return np.array([" / ".join(map(str, row)) for row in zip(*parts, strict=True)], dtype=object)
