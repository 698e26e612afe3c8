"""Restricted means of groups compared, with a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr

from sarcoma._arguments import checked
from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.curves.state_occupancy import Estimate, Occupancy


@dataclass(frozen=True, eq=False, repr=False)
class RestrictedMeans(Tidy):
    """Mean times in a state up to a horizon, by group, and how they differ.

    Attributes
    ----------
    state, horizon : of what the means are.
    groups, means : labels, and an Estimate each.
    reference : the label of the group that the others are compared with.
    differences, ratios : by label of the other groups; the interval of a ratio is that on the log scale.
    p : by label, of no difference (two-sided, from the difference and its standard error).
    statistic, degrees, overall_p : chi-square of no difference between any groups.

    Examples
    --------
    >>> from sarcoma.survival import kaplan_meier
    >>> curves = kaplan_meier([5, 8, 12, 6, 15, 20], [1, 1, 0, 1, 1, 0], group=list("aaabbb"))
    >>> restricted_mean_difference(curves, 10).differences["b"]
    1 (95% CI -2.156 to 4.156)
    """

    state: str
    horizon: float
    groups: tuple[Any, ...]
    means: tuple[Estimate, ...]
    reference: Any
    differences: dict[Any, Estimate]
    ratios: dict[Any, Estimate]
    p: dict[Any, float]
    statistic: float
    degrees: int
    overall_p: float

    def __repr__(self) -> str:
        means = ", ".join(f"{g}: {m.value:.4g}" for g, m in zip(self.groups, self.means, strict=True))
        test = f"chi-square {self.statistic:.4g} on {self.degrees}, p {self.overall_p:.4g}"
        return f"RestrictedMeans({self.state}, up to {self.horizon:g}, {means}; {test})"

    def columns(self) -> dict[str, Any]:
        """One row a group; those of the reference have no difference."""
        columns: dict[str, Any] = {"group": list(self.groups)}
        columns |= {name: [getattr(m, name) for m in self.means] for name in ("value", "se", "low", "high")}
        for name in ("value", "se", "low", "high"):
            found = [self.differences.get(g) for g in self.groups]
            columns["difference" if name == "value" else f"difference {name}"] = [
                None if one is None else getattr(one, name) for one in found
            ]
        return columns | {"p": [self.p.get(g) for g in self.groups]}


@checked
def restricted_mean_difference(
    curves: Occupancy, horizon: float, *, state: str | None = None, reference: Any = None, level: float = 0.95
) -> RestrictedMeans:
    """Differences of restricted mean survival times (Royston and Parmar, BMC Med Res Methodol 2013;13:152).

    A group's mean is ∫ S(t) dt up to the horizon with Greenwood's variance; groups are independent, so that the
    difference has the sum of their variances, z = difference / se, and the ratio on the log scale
    √(se₁²/μ₁² + se₀²/μ₀²). It needs no proportional hazards. With competing causes the time in a final state is the
    time lost to it (Andersen, Stat Med 2013;32:5278–5285).

    Parameters
    ----------
    curves : with groups, such as `kaplan_meier(..., group=arm)`.
    horizon : fixed beforehand; every group must have been followed to it.
    state : of what the time is; the one in which everyone starts, where not given.
    reference : the label compared with; the first where not given.

    Raises
    ------
    InputError : one group, a label that is none, a horizon beyond the follow-up of a group.

    Examples
    --------
    >>> from sarcoma.survival import kaplan_meier
    >>> curves = kaplan_meier([5, 8, 12, 6, 15, 20], [1, 1, 0, 1, 1, 0], group=list("aaabbb"))
    >>> restricted_mean_difference(curves, 10)
    RestrictedMeans(alive, up to 10, a: 7.667, b: 8.667; chi-square 0.3857 on 1, p 0.5346)
    """
    if len(curves.groups) < 2:
        raise InputError("curves", "need at least two groups", "kaplan_meier(exit, event, group=arm)")
    first = curves.groups[0] if reference is None else reference
    if first not in curves.groups:
        raise InputError("reference", "is not one of the groups", repr(curves.groups[0]))
    if state is None:
        curves.survival  # noqa: B018 – the error for courses without one starting state
        state = curves.course.transient[0]
    elif state not in curves.course.states:
        raise InputError("state", "is not one of the course", repr(curves.course.states[0]))
    means = tuple(times[state] for times in curves.expected_time(horizon, level=level))
    base, z = means[curves.groups.index(first)], normal_quantile(level)
    differences, ratios, p = {}, {}, {}
    for label, mean in zip(curves.groups, means, strict=True):
        if label == first:
            continue
        value, se = mean.value - base.value, float(np.hypot(mean.se, base.se))
        differences[label] = Estimate(value, se, value - z * se, value + z * se, level)
        p[label] = float(2 * ndtr(-abs(value) / se)) if se > 0 else float("nan")
        if mean.value > 0 and base.value > 0:
            ratio, spread = mean.value / base.value, float(np.hypot(mean.se / mean.value, base.se / base.value))
            limits = ratio * np.exp(-z * spread), ratio * np.exp(z * spread)
            ratios[label] = Estimate(ratio, ratio * spread, float(limits[0]), float(limits[1]), level)
    values, variance = np.array([m.value for m in means]), np.array([m.se for m in means]) ** 2
    if not (variance > 0).all():
        raise SurvivalError(f"in a group nobody moves before {horizon:g}, so the test has no standard error there")
    common = (values / variance).sum() / (1 / variance).sum()
    statistic, degrees = float(((values - common) ** 2 / variance).sum()), len(values) - 1
    overall = float(chdtrc(degrees, statistic))
    return RestrictedMeans(
        state, float(horizon), curves.groups, means, first, differences, ratios, p, statistic, degrees, overall
    )
