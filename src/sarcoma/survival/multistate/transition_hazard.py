"""The hazard of one transition, fitted or published, with covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass, replace
from sarcoma._types import Floats
from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival import _arrays

if TYPE_CHECKING:
    from sarcoma.survival.counting.event_table import EventTable
    from sarcoma.survival.regression.cox import CoxRegression


@dataclass(frozen=True, eq=False, repr=False)
class TransitionHazard:
    """Λ(t | x) = Λ₀(t) exp(xβ) of one transition, with Λ₀ as increments at knots.

    Parameters
    ----------
    origin, target : states. times, increments : (d,) increasing knots and what Λ₀ gains up to each.
    smooth : False – Λ₀ jumps at the knots (a fitted baseline); True – it rises evenly between them (from 0 on), so that
        the hazard is constant from knot to knot.
    columns, coefficients : (p,) covariates and log hazard ratios.
    covariance : (p, p) of the coefficients, where known. variance, means : (d,), (d, p), of the increments given the
        coefficients and how they move with them (as in `Baseline`); None where not known: then there are no intervals.
    followed_to : the last time for which the hazard is known.

    Examples
    --------
    >>> TransitionHazard.piecewise_constant("alive", "dead", [0.02, 0.01], [24, 60])
    TransitionHazard(alive → dead, known to 60)
    """

    origin: str
    target: str
    times: Floats
    increments: Floats
    columns: tuple[str, ...] = ()
    coefficients: Floats = field(default_factory=lambda: np.zeros(0))
    covariance: Floats | None = None
    variance: Floats | None = None
    means: Floats | None = None
    smooth: bool = False
    followed_to: float = float("nan")

    def __post_init__(self) -> None:
        times = _arrays.floats("times", self.times, low=0.0)
        increments = _arrays.floats("increments", self.increments, len(times), low=0.0)
        if not _arrays.increasing(times):
            raise InputError("times", "must increase", "[1.0, 2.0, 3.0]")
        coefficients = np.atleast_1d(_arrays.table("coefficients", self.coefficients))
        if len(coefficients) != len(self.columns) or not np.isfinite(coefficients).all():
            raise InputError("coefficients", f"needs {len(self.columns)} finite numbers, one for each of columns")
        if not isinstance(self.followed_to, (int, float, np.integer, np.floating)):
            raise InputError("followed_to", "must be one number", "60.0")
        if np.isnan(self.followed_to):
            object.__setattr__(self, "followed_to", float(times[-1]))
        for name, value in (("times", times), ("increments", increments), ("coefficients", coefficients)):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        covariates = f", covariates={len(self.columns)}" if self.columns else ""
        return f"TransitionHazard({self.origin} → {self.target}, known to {self.followed_to:g}{covariates})"

    @classmethod
    @checked
    def from_cox(cls, origin: str, target: str, model: CoxRegression, *, stratum: Any = None) -> Self:
        """The hazard that a fitted cause-specific regression gives."""
        model._check_fitted()
        base = model.baseline_
        rows = base.rows(stratum)
        return cls(
            origin,
            target,
            base.times[rows],
            base.increments[rows],
            model.columns_,
            model.coef_,
            model.covariance_,
            base.variance[rows],
            base.means[rows],
            followed_to=float(base.followed_to[0 if not base.strata else base.strata.index(stratum)]),
        )

    @classmethod
    @checked
    def from_table(cls, table: EventTable, origin: str, target: str, *, group: Any = None) -> Self:
        """The Nelson–Aalen estimate without covariates, with its Poisson variance."""
        one = table if table.groups == (None,) and group is None else table.select(group)
        k = one.course.transition(origin, target)
        risk = one.at_risk[0, :, one.course.transient_index[k]]
        events = one.events[0, :, k]
        some = events > 0
        if not some.any():
            raise SurvivalError(f"no {origin} → {target} transition was counted")
        squares = events if one.squares is None else one.squares.events[0, :, k]
        followed = one.times[np.flatnonzero(risk > 0)[-1]]
        return cls(
            origin,
            target,
            one.times[some],
            events[some] / risk[some],
            variance=squares[some] / risk[some].astype(float) ** 2,
            means=np.zeros((int(some.sum()), 0)),
            covariance=np.zeros((0, 0)),
            followed_to=float(followed),
        )

    @classmethod
    @checked
    def piecewise_constant(
        cls,
        origin: str,
        target: str,
        rates: Sequence[float],
        until: Sequence[float],
        *,
        columns: Sequence[str] = (),
        coefficients: ArrayLike = (),
        covariance: Floats | None = None,
    ) -> Self:
        """Rates per unit of time, each up to its end: rates (k,), until (k,) increasing."""
        ends = _arrays.floats("until", list(until), low=0.0)
        steps = _arrays.floats("rates", list(rates), len(ends), low=0.0) * np.diff(ends, prepend=0.0)
        effects = _arrays.table("coefficients", coefficients)
        return cls(origin, target, ends, steps, tuple(columns), effects, covariance, smooth=True)

    @checked
    def cumulative(self, times: ArrayLike) -> Floats:
        """Λ₀ at times; after `followed_to` it stays level."""
        when = _arrays.table("times", times)
        total = np.concatenate([[0.0], np.cumsum(self.increments)])
        if self.smooth:
            found: Floats = np.interp(when, np.concatenate([[0.0], self.times]), total)
        else:
            found = total[_arrays.upto(self.times, when)]
        return found

    @checked
    def when(self, cumulative: Floats) -> Floats:
        """The first time at which Λ₀ reaches a value; inf where it does not."""
        cumulative = _arrays.table("cumulative", cumulative)
        total = np.cumsum(self.increments)
        place = np.searchsorted(total, cumulative, side="left")
        reached = place < len(total)
        if self.smooth:
            inside = np.interp(cumulative, np.concatenate([[0.0], total]), np.concatenate([[0.0], self.times]))
            return np.where(reached, inside, np.inf)
        return np.where(reached, self.times[np.minimum(place, len(total) - 1)], np.inf)

    @checked
    def draw(self, random: np.random.Generator) -> Self:
        """A draw from the sampling distribution of coefficients and increments (parametric bootstrap).

        β* is normal; each increment is gamma with its mean and variance, moved with β* by exp(−x̄(β* − β)).
        """
        if self.covariance is None or self.variance is None or self.means is None:
            raise SurvivalError(f"{self.origin} → {self.target}: no covariance is known, so no interval can be given")
        moved = (
            random.multivariate_normal(np.zeros(len(self.columns)), self.covariance) if self.columns else np.zeros(0)
        )
        some = self.variance > 0
        shape = np.divide(self.increments**2, self.variance, out=np.ones_like(self.increments), where=some)
        noise = np.where(some, random.gamma(shape) / shape, 1.0)
        increments = self.increments * noise * np.exp(-self.means @ moved)
        return replace(self, coefficients=self.coefficients + moved, increments=increments)
