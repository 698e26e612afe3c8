"""Test of proportional hazards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from sarcoma._types import Floats
from sarcoma.errors import InputError, SurvivalError
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.regression import newton
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood


@dataclass(frozen=True, eq=False, repr=False)
class ProportionalHazardsTest(Tidy):
    """Chi-square tests, one a covariate with 1 degree of freedom (or one a term of several) and one for all together.

    Examples
    --------
    >>> from sarcoma.survival import CoxRegression
    >>> x, exit, event = [[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]], [9, 4, 12, 6, 11, 10], [1, 1, 0, 1, 1, 1]
    >>> CoxRegression().fit(x, exit, event).test_proportional_hazards(x, exit, event)
    x1: chi-square 0.401, p 0.5266
    all: chi-square 0.401 on 1, p 0.5266
    """

    names: tuple[str, ...]
    transform: str
    degrees: NDArray[np.intp]
    statistic: Floats
    p: Floats
    global_statistic: float
    global_p: float

    def __repr__(self) -> str:
        lines = [
            f"{n}: chi-square {s:.3f}, p {p:.4f}" for n, s, p in zip(self.names, self.statistic, self.p, strict=True)
        ]
        together = int(self.degrees.sum())
        lines.append(f"all: chi-square {self.global_statistic:.3f} on {together}, p {self.global_p:.4f}")
        return "\n".join(lines)

    def columns(self) -> dict[str, Any]:
        return {
            "covariate": [*self.names, "all"],
            "chi-square": np.append(self.statistic, self.global_statistic),
            "degrees of freedom": np.append(self.degrees, self.degrees.sum()),
            "p": np.append(self.p, self.global_p),
        }


def proportional_hazards_test(
    likelihood: PartialLikelihood,
    risks: Floats,
    names: tuple[str, ...],
    transform: str,
    terms: Mapping[str, Sequence[str]] | None = None,
) -> ProportionalHazardsTest:
    """Score test of θ = 0 in β(t) = β + θ g(t) (Grambsch and Therneau, Biometrika 1994;81:515–526).

    The exact score test with the information at each event time, not the approximation of the paper that takes it as
    constant: U_θ = Σ g_k U_k, I_θβ = Σ g_k I_k, I_θθ = Σ g_k² I_k; U_θᵀ (I_θθ − I_θβ I_ββ⁻¹ I_βθ)⁻¹ U_θ.

    transform : g is "km" (1 − Kaplan–Meier just before t, all strata together), "identity", "log" or "rank"
        (among the ends of all rows, as in R's survival).
    terms : columns that belong together, such as the levels of one variable, by the name of the term; each is then
        tested as a whole, with as many degrees of freedom. Every column stands in one of them.
    """
    places = _places(names, terms)
    g = _times(likelihood, transform)
    slots = likelihood.slots(risks)
    score = likelihood.score(risks, slots, g)
    plain = likelihood.information(risks, slots)
    mixed = likelihood.information(risks, slots, g)
    squared = likelihood.information(risks, slots, g**2)
    left = squared - mixed @ newton.inverse(plain, names) @ mixed
    own = np.diag(left)
    # at one event time, or where g is the same at all, nothing is left to test
    tested = own > 1e-12 * np.maximum(np.diag(squared), np.diag(plain) * 1e-12)
    if not tested.all() or np.linalg.cond(left / np.sqrt(np.outer(own, own))) > 1e13:
        raise SurvivalError("too few event times, or too similar ones, for a test of proportional hazards")
    degrees = np.array([len(place) for place in places.values()])
    statistic = np.array([score[j] @ np.linalg.solve(left[np.ix_(j, j)], score[j]) for j in places.values()])
    together = float(score @ np.linalg.solve(left, score))
    return ProportionalHazardsTest(
        tuple(places),
        transform,
        degrees,
        statistic,
        chdtrc(degrees, statistic),
        together,
        float(chdtrc(len(names), together)),
    )


def _places(names: tuple[str, ...], terms: Mapping[str, Sequence[str]] | None) -> dict[str, list[int]]:
    """Where the columns of each term stand; each column is a term of its own where none are given."""
    if terms is None:
        return {name: [i] for i, name in enumerate(names)}
    named = isinstance(terms, Mapping) and [name for columns in terms.values() for name in columns]
    if not named or sorted(map(str, named)) != sorted(names):
        raise InputError("terms", "every column must stand in one term", f'{{"grade": {list(names[:2])}}}')
    return {term: [names.index(name) for name in columns] for term, columns in terms.items()}


def _times(likelihood: PartialLikelihood, transform: str) -> Floats:
    """g at each slot, centred over the events."""
    times, deaths = likelihood.times, likelihood.deaths
    if transform == "identity":
        g = times.copy()
    elif transform == "log":
        if times.min() <= 0:
            raise InputError("transform", "log needs event times above 0", '"km"')
        g = np.log(times)
    elif transform == "rank":
        ends = np.sort(likelihood.exit)
        g = (np.searchsorted(ends, times, side="left") + np.searchsorted(ends, times, side="right") + 1) / 2
    elif transform == "km":
        when, place = np.unique(times, return_inverse=True)
        died = np.bincount(place, deaths)
        row_time = likelihood.exit
        risk = len(row_time) - np.searchsorted(np.sort(row_time), when, side="left")
        if likelihood.entry is not None:
            risk = risk - (len(row_time) - np.searchsorted(np.sort(likelihood.entry), when, side="left"))
        survival = np.concatenate([[1.0], np.cumprod(1 - died / risk)[:-1]])
        g = 1 - survival[place]
    else:
        raise InputError("transform", "not a known transform of time", '"km", "identity", "log" or "rank"')
    centred: Floats = g - np.average(g, weights=deaths)
    return centred
