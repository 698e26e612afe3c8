"""A stratified Cox model of all sites: the next round, or the fit, from what the sites send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from sarcoma._types import Floats
from sarcoma.errors import CollinearityError, HospitalsError, WithheldError
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.question import CoxQuestion
from sarcoma.hospitals.small_cells import is_small, joined_grid
from sarcoma.hospitals.stratified_cox import beta_of, check_enough
from sarcoma.hospitals.sums import Sums
from sarcoma.survival import Course, EventTable
from sarcoma.survival.measures import RandomEffects, random_effects
from sarcoma.survival.regression import newton

_CLOSE = 1e-6
"""When a Newton step is so small, in spreads of the covariates, the next round is the last: it leaves its square."""
_MOST_ROUNDS = 25


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
