"""Score and Schoenfeld residuals of a partial likelihood."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sarcoma._types import Floats
from sarcoma.survival import kernels
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood, Slots


def slot_means(likelihood: PartialLikelihood, risks: Floats, slots: Slots) -> Floats:
    """Mean covariates over the risk set of every slot, standardised, (d, p)."""
    means = np.empty((likelihood.d, likelihood.p))
    for m in likelihood.moments(risks):
        means[m.where] = likelihood.slot_means(slots, m).T
    return means


def score_blocks(likelihood: PartialLikelihood, risks: Floats, slots: Slots) -> Iterator[tuple[slice, Floats]]:
    """∂U/∂w_i, block by block of rows in risk-set order, (rows, p) in standardised covariates.

    x_i − x̄ at the own event, less exp(η_i) ∫ (x_i − x̄(t)) dΛ(t) over the time at risk (Therneau and Grambsch, Modeling
    Survival Data, 2000, section 7.1, and equation 3.17 for Efron's ties).
    """
    shape = (likelihood.d, likelihood.p)
    means, lived_mean = np.empty(shape), np.empty(shape)
    own_mean = None if slots.efron is None else np.zeros(shape)
    for m in likelihood.moments(risks):
        means[m.where] = likelihood.slot_means(slots, m).T
        lived_mean[m.where] = likelihood.moved(slots, m).T
        if slots.efron is not None and own_mean is not None:
            own = m.s1[:, m.tied] * slots.efron.one[m.ties] - m.dying * slots.efron.two[m.ties]
            own_mean[likelihood.tied[m.ties]] = own.T
    ahead = np.zeros((likelihood.d + 1, likelihood.p))
    for a, b in zip(likelihood.stratum_start, likelihood.stratum_stop, strict=True):
        ahead[a:b] = np.cumsum(lived_mean[a:b][::-1], axis=0)[::-1]
    before = None
    if likelihood.tail is not None:
        before = np.zeros((likelihood.d + 1, likelihood.p))
        np.cumsum(lived_mean * likelihood.tail.at[:, None], axis=0, out=before[1:])
    lived = likelihood.lived(slots)
    for a in range(0, likelihood.n, kernels.ROWS):
        rows = slice(a, min(a + kernels.ROWS, likelihood.n))
        slot = likelihood.slot[rows]
        passed = ahead[slot]
        if likelihood.entry_slot is not None:
            passed -= ahead[likelihood.entry_slot[rows]]
        if before is not None and likelihood.tail is not None:
            since, until = likelihood.tail.since[rows], likelihood.tail.until[rows]
            passed += likelihood.tail.weight[rows, None] * (before[until] - before[since])
        died = np.flatnonzero(likelihood.event[rows])
        if own_mean is not None:
            passed[died] -= own_mean[slot[died]]
        relative = risks[rows] if likelihood.weight is None else risks[rows] / likelihood.weight[rows]
        x = likelihood.x[:, rows].T
        passed -= x * lived[rows, None]
        passed *= relative[:, None]
        passed[died] += x[died] - means[slot[died]]
        yield rows, passed


def score_residuals(likelihood: PartialLikelihood, risks: Floats, slots: Slots) -> Floats:
    """∂U/∂w_i of every row, (n, p) in the order given and in standardised covariates."""
    found = np.empty((likelihood.n, likelihood.p))
    for rows, residual in score_blocks(likelihood, risks, slots):
        found[likelihood.order[rows]] = residual
    return found


def schoenfeld_residuals(likelihood: PartialLikelihood, risks: Floats, slots: Slots) -> Floats:
    """x_i − x̄ at each event, (events, p), by stratum, time and order of the rows, in standardised covariates."""
    means = slot_means(likelihood, risks, slots)
    died = np.flatnonzero(likelihood.event)
    slot = likelihood.slot[died]
    residual = likelihood.x[:, died].T - means[slot]
    order = np.lexsort((likelihood.order[died], likelihood.times[slot], likelihood.slot_stratum[slot]))
    found: Floats = residual[order]
    return found
