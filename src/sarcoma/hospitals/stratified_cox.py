"""A Cox model stratified by hospital: score and information add up, and no event time and no risk set leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sarcoma._types import Floats
from sarcoma.errors import HospitalsError, InputError, WithheldError
from sarcoma.hospitals.event_tables import course_of
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.hospitals.question import CoxQuestion
from sarcoma.hospitals.site_rows import SiteRows
from sarcoma.hospitals.small_cells import check_together, check_weights, joined_grid
from sarcoma.hospitals.sums import Shapes, Sums
from sarcoma.survival import Course, EventTable, Histories, _arrays
from sarcoma.survival.regression.base import Design
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood


class _AtRisk(NamedTuple):
    """The rows at risk of the transition."""

    x: Floats
    exit: Floats
    event: Any
    entry: Floats | None


def shapes_of(question: CoxQuestion, steps: int) -> Shapes:
    """What an answer holds."""
    p = len(question.columns)
    counts: dict[str, tuple[int, ...]] = {"people": (), "events": (), "exposed": (p,)}
    reals: dict[str, tuple[int, ...]] = {"log_likelihood": (), "score": (p,), "information": (p, p)}
    if question.baseline:
        counts["interval_events"] = (steps,)
        reals |= {"risk_initial": (), "risk_entered": (steps,), "risk_left": (steps,)}
    return Shapes(counts, reals)


def beta_of(question: CoxQuestion) -> Floats:
    """Where the likelihood is asked for.

    Raises
    ------
    HospitalsError : a coefficient too many or too few.
    """
    p = len(question.columns)
    beta = np.array(question.beta or (0.0,) * p, dtype=np.float64)
    if len(beta) != p:
        raise HospitalsError(f"beta: needs {p} numbers, one for each of {', '.join(question.columns)}")
    return beta


def _rows_at_risk(rows: SiteRows, question: CoxQuestion) -> _AtRisk:
    h = rows.histories
    course = course_of(question)
    if h.course != course:
        raise HospitalsError("the histories are of another course than the question")
    origin, target = question.transition
    try:
        number = course.transition(origin, target)
    except InputError as error:
        raise HospitalsError(f"transition: {error.problem}") from None
    if rows.x is None or rows.x.shape != (len(h), len(question.columns)):
        raise HospitalsError(f"x: needs a column for each of {', '.join(question.columns)}")
    at = h.state == course.index(origin)
    entry = None if h.entry is None else h.entry[at]
    return _AtRisk(rows.x[at], h.exit[at], h.kind[at] == number, entry)


def site_sums(
    rows: SiteRows, question: CoxQuestion, policy: Policy, earlier: Sequence[Sequence[float]] = ()
) -> tuple[Sums, tuple[float, ...]]:
    """What a site sends, and the times of its baseline; `earlier`, times on which these people were counted before.

    Raises
    ------
    WithheldError : too few people, events or people apart in a covariate, or a row that outweighs the others.
    """
    here, beta = _rows_at_risk(rows, question), beta_of(question)
    n, events = len(here.exit), int(here.event.sum())
    coded = _coded(question)
    exposed = np.where(coded, (here.x != 0).sum(axis=0), 0).astype(np.int64)
    if question.sharing != "masked-sums":
        check_enough(question, policy, n, events, exposed, "here")
        _check_apart(here.x, question, policy)
    eta = here.x @ beta
    heaviest = float(np.abs(eta - eta.mean()).max(initial=0.0)) if n else 0.0
    if heaviest > policy.largest_log_hazard:
        raise WithheldError(
            f"at these coefficients one row weighs more than exp({policy.largest_log_hazard:g}) beside the average, so "
            "that a sum could be about one person"
        )
    check_weights(np.exp(eta - eta.max(initial=-np.inf)), policy.minimum_cell, masked=question.sharing == "masked-sums")
    likelihood, score, information = _evaluated(here, beta, question)
    counts: dict[str, Any] = {"people": np.array(n), "events": np.array(events), "exposed": exposed}
    reals: dict[str, Any] = {"log_likelihood": np.array(likelihood), "score": score, "information": information}
    grid = question.grid
    if question.baseline:
        course = Course.survival()
        table = EventTable.from_histories(Histories(course, here.exit, here.event, entry=here.entry))
        fine = on_grid(table, grid)
        if question.sharing != "masked-sums":
            grid = joined_grid(fine, grid, policy.minimum_cell)
            check_together(table, grid, earlier, policy.minimum_cell)
        counts["interval_events"] = on_grid(fine, grid).events[0, :, 0]
        reals |= _risk_sums(here, np.exp(eta), grid)
    return Sums(counts, reals), grid


def _risk_sums(here: _AtRisk, risk: Floats, grid: Sequence[float]) -> dict[str, Any]:
    """Sums of relative hazards: at risk from the start, coming at the beginning of an interval, leaving at its end."""
    edges = np.asarray(grid, dtype=np.float64)
    steps = len(edges) - 1
    left = np.bincount(np.maximum(_arrays.before(edges, here.exit), 1) - 1, risk, minlength=steps + 1)[:steps]
    entry = np.zeros(len(risk)) if here.entry is None else here.entry
    come = np.bincount(_arrays.upto(edges, entry) - 1, risk, minlength=steps + 1)
    come[steps] = 0.0  # at risk after the last time only
    return {"risk_initial": np.asarray(come[0]), "risk_entered": come[1:], "risk_left": left}


def _coded(question: CoxQuestion) -> Any:
    """Which columns are 0 or 1."""
    found: list[bool] = []
    for p in question.predictors:
        two = p.transform.coded or p.transform.cut
        found += [two] * (len(p.transform.beta) - two)
    return np.array(found, dtype=bool)


def check_enough(question: CoxQuestion, policy: Policy, n: int, events: int, exposed: Any, where: str) -> None:
    """Whether there are enough people, events and people on both sides of each level.

    Raises
    ------
    WithheldError : there are not.
    """
    p, least = len(question.columns), policy.minimum_cell
    if n < least or events < policy.events_per_parameter * p:
        raise WithheldError(
            f"{p} coefficients need {policy.events_per_parameter * p:g} events; {where} there are fewer"
        )
    few = _coded(question) & ((exposed < least) | (n - exposed < least))
    if few.any():
        names = [name for name, one in zip(question.columns, few.tolist(), strict=True) if one]
        raise WithheldError(f"{', '.join(names)}: fewer than {least} on one side {where}; join levels")


def _check_apart(x: Floats, question: CoxQuestion, policy: Policy) -> None:
    """No covariate may set fewer than the minimum apart from all others, whatever its coding."""
    for name, column in zip(question.columns, x.T, strict=True):
        few = 2 * policy.minimum_cell - 1
        if len(column) < few:
            values, counts = np.unique(column, return_counts=True)
            most = values[np.argmax(counts)]
        else:  # a value that all but fewer than the minimum share is that of most of any so many of them
            most = np.sort(column[:few])[few // 2]
        if int((column != most).sum()) < policy.minimum_cell:
            raise WithheldError(f"{name}: fewer than {policy.minimum_cell} here differ from all others; leave it out")


def _evaluated(here: _AtRisk, beta: Floats, question: CoxQuestion) -> tuple[float, Floats, Floats]:
    """Log likelihood, score and information in the covariates' own units."""
    p = len(beta)
    if not here.event.any():
        return 0.0, np.zeros(p), np.zeros((p, p))
    design = Design.read(here.x, here.exit, here.event, entry=here.entry)
    likelihood = PartialLikelihood(design.x, design.exit, design.event, entry=design.entry, ties=question.ties)
    risks = likelihood.risks(beta * likelihood.scale)
    slots = likelihood.slots(risks)
    scale = likelihood.scale
    score = likelihood.score(risks, slots) * scale
    information = likelihood.information(risks, slots) * np.outer(scale, scale)
    return likelihood.log_likelihood(slots), score, information
