"""A Cox model stratified by hospital: score and information add up, and no event time and no risk set leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from sarcoma._types import Floats
from sarcoma.errors import CollinearityError, HospitalsError, InputError, WithheldError
from sarcoma.hospitals.event_tables import course_of
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.hospitals.question import CoxQuestion
from sarcoma.hospitals.site_rows import SiteRows
from sarcoma.hospitals.small_cells import check_together, check_weights, is_small, joined_grid
from sarcoma.hospitals.sums import Shapes, Sums
from sarcoma.survival import Course, EventTable, Histories, _arrays
from sarcoma.survival.measures import RandomEffects, random_effects
from sarcoma.survival.regression import newton
from sarcoma.survival.regression.base import Design
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood

_CLOSE = 1e-6
"""When a Newton step is so small, in spreads of the covariates, the next round is the last: it leaves its square."""
_MOST_ROUNDS = 25


class _AtRisk(NamedTuple):
    """The rows at risk of the transition."""

    x: Floats
    exit: Floats
    event: Any
    entry: Floats | None


@dataclass(frozen=True, eq=False)
class PooledCox:
    """The fit over all hospitals, each a stratum.

    Attributes
    ----------
    people, events : how many. times, hazard : the baseline of all sites together, a jump at the end of each interval of
    the grid, for all covariates 0: events over the sum of exp(xβ) at risk.
    between : of open sums, of each covariate how the sites differ (None where they cannot tell). notes : what to know.
    """

    columns: tuple[str, ...]
    coef: Floats
    covariance: Floats
    log_likelihood: float
    people: int
    events: int
    rounds: int
    times: Floats
    hazard: Floats
    sites: tuple[str, ...]
    between: Mapping[str, RandomEffects | None]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        se = np.sqrt(np.diag(self.covariance))
        rows = [
            f"{name}  {b:.4f}  se {s:.4f}  hazard ratio {np.exp(b):.3f}  p {2 * ndtr(-abs(b) / s):.4g}"
            for name, b, s in zip(self.columns, self.coef, se, strict=True)
        ]
        return "\n".join([f"PooledCox(sites={len(self.sites)}, people={self.people}, events={self.events})", *rows])

    def to_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "kind": "cox",
            "sites": list(self.sites),
            "people": self.people,
            "events": self.events,
            "rounds": self.rounds,
            "columns": list(self.columns),
            "coef": self.coef.tolist(),
            "se": np.sqrt(np.diag(self.covariance)).tolist(),
            "covariance": self.covariance.tolist(),
            "log_likelihood": self.log_likelihood,
            "baseline": {"times": self.times.tolist(), "hazard": self.hazard.tolist()},
            "between": {name: _between(one) for name, one in self.between.items()},
            "notes": list(self.notes),
        }


def _between(one: RandomEffects | None) -> dict[str, Any] | None:
    return None if one is None else {name: value[0] for name, value in one.columns().items()}


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


def aligned(sums: Sums, own: Sequence[float], grid: Sequence[float]) -> Sums:
    """A site's sums on fewer times."""
    if "interval_events" not in sums.counts or tuple(own) == tuple(grid):
        return sums
    place = np.searchsorted(grid, own)  # of each edge: the first edge of the grid at or after it
    start = np.searchsorted(grid, own, side="right") - 1
    steps = len(grid) - 1

    def ended(values: Any) -> Any:
        inside = place[1:] <= steps
        found = np.zeros(steps, dtype=values.dtype)
        np.add.at(found, place[1:][inside] - 1, values[inside])
        return found

    entered, at = sums.reals["risk_entered"], start[1:]
    inside = (at >= 1) & (at <= steps)
    joined = np.zeros(steps)
    np.add.at(joined, at[inside] - 1, entered[inside])
    counts = {**sums.counts, "interval_events": ended(sums.counts["interval_events"])}
    reals = {
        **sums.reals,
        "risk_initial": sums.reals["risk_initial"] + entered[at < 1].sum(),
        "risk_entered": joined,
        "risk_left": ended(sums.reals["risk_left"]),
    }
    return Sums(counts, reals)


def combined(
    total: Sums,
    by_site: Mapping[str, Sums],
    question: CoxQuestion,
    policy: Policy,
    grid: tuple[float, ...],
    notes: tuple[str, ...],
) -> PooledCox | CoxQuestion:
    """The fit, or the question of the next round.

    Raises
    ------
    HospitalsError : no finite maximum, or too few of something in all.
    """
    beta, value = beta_of(question), float(total.reals["log_likelihood"])
    n, events = int(total.counts["people"]), int(total.counts["events"])
    try:
        check_enough(question, policy, n, events, total.counts["exposed"], "over all sites")
        score, information = total.reals["score"], total.reals["information"]
        covariance = newton.inverse(information, question.columns)
    except (WithheldError, CollinearityError) as error:
        raise HospitalsError(f"the model cannot be fitted: {error}") from None
    step = covariance @ score
    if question.path is not None and not question.baseline:
        before, reached = np.array(question.path[0]), question.path[1]
        if value < reached - 1e-10 * abs(reached) - 1e-6:
            middle = tuple(((beta + before) / 2).tolist())
            return _next(question, middle, question.path)
    if question.baseline:
        if not by_site:  # of masked sums the minimum holds for the total
            wide = _total_grid(total, question, policy)
            total, grid = aligned(total, grid, wide), wide
        return _fitted(total, by_site, question, grid, beta + step, covariance, notes)
    if question.round >= _MOST_ROUNDS:
        raise HospitalsError("no finite maximum within the rounds allowed; a covariate may separate the events")
    spread = np.sqrt(np.maximum(np.diag(information), 0.0) / max(events, 1))
    after = tuple((beta + step).tolist())
    asked = _next(question, after, (tuple(beta.tolist()), value))
    if float(np.abs(step * spread).max()) < _CLOSE:
        return asked.model_copy(update={"baseline": True})
    return asked


def _total_grid(total: Sums, question: CoxQuestion, policy: Policy) -> tuple[float, ...]:
    """Times on which no number of events of all sites is small.

    Raises
    ------
    HospitalsError : there are none.
    """
    events = total.counts["interval_events"][None, :, None]
    none = np.zeros_like(events)
    table = EventTable(
        Course.survival(), np.asarray(question.grid[1:]), events, none, none, total.counts["people"].reshape(1, 1)
    )
    try:
        return joined_grid(table, question.grid, policy.minimum_cell)
    except WithheldError as error:
        raise HospitalsError(f"the baseline of all sites: {error}") from None


def _next(question: CoxQuestion, beta: tuple[float, ...], path: tuple[tuple[float, ...], float]) -> CoxQuestion:
    return question.model_copy(update={"round": question.round + 1, "beta": beta, "path": path})


def _fitted(
    total: Sums,
    by_site: Mapping[str, Sums],
    question: CoxQuestion,
    grid: tuple[float, ...],
    coef: Floats,
    covariance: Floats,
    notes: tuple[str, ...],
) -> PooledCox:
    entered, left = total.reals["risk_entered"], total.reals["risk_left"]
    at_risk = float(total.reals["risk_initial"]) + np.concatenate([[0.0], np.cumsum(entered - left)[:-1]])
    events = total.counts["interval_events"]
    if is_small(events, 1).any() or (at_risk[events > 0] <= 0).any():
        raise HospitalsError("more events than people at risk in an interval of the baseline")
    hazard = np.divide(events, at_risk, out=np.zeros(len(events)), where=at_risk > 0)
    between = {name: _differ(by_site, coef, j) for j, name in enumerate(question.columns)} if by_site else {}
    return PooledCox(
        question.columns,
        coef,
        covariance,
        float(total.reals["log_likelihood"]),
        int(total.counts["people"]),
        int(total.counts["events"]),
        question.round,
        np.asarray(grid[1:]),
        hazard,
        question.sites,
        between,
        notes,
    )


def _differ(by_site: Mapping[str, Sums], coef: Floats, j: int) -> RandomEffects | None:
    """How one coefficient differs between sites: each site's own by one Newton step from that of all."""
    values, errors = [], []
    for sums in by_site.values():
        try:
            inverse = np.linalg.inv(sums.reals["information"])
        except np.linalg.LinAlgError:
            continue
        if np.isfinite(inverse).all() and inverse[j, j] > 0:
            values.append(float(coef[j] + (inverse @ sums.reals["score"])[j]))
            errors.append(float(np.sqrt(inverse[j, j])))
    return random_effects(values, errors) if len(values) > 1 else None
