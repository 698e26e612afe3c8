"""Regression of pseudo-observations at several horizons: what has to be added to predictions for them to hold.

For the jackknife pseudo-observations θ of the event's probability at the horizons (the equations of `calibration_line`,
for all horizons at once, with variances that let the horizons of a person depend on one another), predictions π and
covariates x:

    cloglog E θ(t) = cloglog π(t) + a(t) + β'x
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from sarcoma._types import Floats
from sarcoma.errors import ConvergenceError


@dataclass(frozen=True)
class WaldTest:
    """That some linear combinations of estimates are 0: χ² on `df`."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, eq=False)
class PseudoFit:
    """intercepts (H,) by horizon, beta (k,), covariance of (the distinct intercepts, beta)."""

    intercepts: Floats
    beta: Floats
    covariance: Floats
    distinct: int

    @property
    def values(self) -> Floats:
        return np.concatenate([self.intercepts[: self.distinct], self.beta])

    @property
    def se(self) -> Floats:
        found: Floats = np.sqrt(np.diagonal(self.covariance))
        return found

    def test(self, contrast: Floats) -> WaldTest:
        """Wald's test that contrast (d, c + k) times (the distinct intercepts, beta) is 0."""
        difference = contrast @ self.values
        statistic = float(difference @ np.linalg.solve(contrast @ self.covariance @ contrast.T, difference))
        return WaldTest(statistic, len(contrast), float(chdtrc(len(contrast), statistic)))


@dataclass(frozen=True, eq=False)
class PseudoEquations:
    """Σ z g (θ − μ) = 0 over people and horizons, μ = 1 − exp(−exp(η)), g = ∂μ/∂η.

    theta, offset (n, H); x (n, k), or (H, n, k) where it differs by horizon; slot (H,) which intercept each has.
    """

    theta: Floats
    offset: Floats
    x: Floats
    slot: NDArray[np.int64]

    def solve(self) -> PseudoFit:
        """Fisher scoring; covariance by the sandwich, people independent, n/(n − p) for small samples.

        Raises
        ------
        ConvergenceError : no finite answer.
        """
        n, horizons = self.theta.shape
        c = int(self.slot.max()) + 1
        p = c + self.x.shape[-1]
        over = tuple(range(self.x.ndim - 1))
        centre, spread = self.x.mean(axis=over), self.x.std(axis=over)
        scale = np.where(spread > 0, spread, 1.0)
        columns = [(x - centre) / scale for x in (self.x if self.x.ndim == 3 else [self.x])]
        value = np.zeros(p)
        rests = np.empty((horizons, n))
        for _ in range(100):
            bread, score = np.zeros((p, p)), np.zeros(p)
            for t in range(horizons):
                s, z = int(self.slot[t]), columns[t % len(columns)]
                eta = np.minimum(self.offset[:, t] + value[s] + z @ value[c:], 700.0)
                hazard, theta = np.exp(eta), self.theta[:, t]
                g = np.exp(eta - hazard)
                # from whichever of 0 and 1 is nearer, so that it does not round to 0 where all are 0 or all are 1
                rest = g * np.where(theta > 0.5, theta - 1 + np.exp(-hazard), theta + np.expm1(-hazard))
                weighted = z * g[:, None]
                bread[s, s] += g @ g
                bread[s, c:] += weighted.T @ g
                bread[c:, c:] += weighted.T @ weighted
                score[s] += rest.sum()
                score[c:] += z.T @ rest
                rests[t] = rest
            bread[c:, :c] = bread[:c, c:].T
            if not np.isfinite(bread).all() or np.linalg.cond(bread) > 1e13:
                raise ConvergenceError("too few people, or too similar predictions, to update the model by")
            inverse = np.linalg.inv(bread)
            if not np.isfinite(inverse).all():
                raise ConvergenceError("updating the model has no finite answer here")
            step = inverse @ score
            largest = float(np.abs(step).max())
            value = value + step / max(1.0, largest)
            if largest < 1e-10:
                break
        else:
            raise ConvergenceError("updating the model has no finite answer here")
        each = np.zeros((n, p))
        for t in range(horizons):
            each[:, int(self.slot[t])] += rests[t]
            each[:, c:] += columns[t % len(columns)] * rests[t][:, None]
        covariance = inverse @ (each.T @ each) @ inverse * n / max(n - p, 1)
        back = np.eye(p)  # from centred and scaled columns to the columns as they are
        back[c:, c:] = np.diag(1 / scale)
        back[:c, c:] = -centre / scale
        value = back @ value
        return PseudoFit(value[self.slot], value[c:], back @ covariance @ back.T, c)


def independent_columns(x: Floats, own: Floats) -> NDArray[np.intp]:
    """Columns (k,) of x (n, K) that are neither constant nor sums of others and a constant.

    Of columns that make one another up, those whose coefficient in `own` (K,) is 0 (reference levels) are left out.
    """
    from_first = x - x[0]  # of a constant column exactly 0, which its distance from its mean need not be
    centred = from_first - from_first.mean(axis=0)
    gram = centred.T @ centred
    size = np.diagonal(gram).copy()
    kept: list[int] = []
    for k in np.argsort(own == 0, kind="stable").tolist():
        if gram[k, k] > 1e-9 * size[k]:
            kept.append(k)
            gram = gram - np.outer(gram[:, k], gram[k]) / gram[k, k]
    return np.array(sorted(kept), dtype=np.intp)


def score_on_columns(x: Floats, score: Floats) -> Floats:
    """Coefficients (k,) with which columns x (n, k) and a constant make up a score (n,)."""
    return np.asarray(np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), score, rcond=None)[0][1:])
