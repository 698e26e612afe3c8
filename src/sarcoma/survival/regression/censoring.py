"""The censoring distribution, and what its estimation adds to a weighted mean."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import CollinearityError, InfiniteEstimateError, InputError
from sarcoma.survival import _arrays
from sarcoma.survival.regression.base import Baseline
from sarcoma.survival.regression.cox import CoxRegression

CensoringTies = Literal["cmprsk", "survival"]


class Censoring:
    """Product-limit estimator G of not being censored; under delayed entry G H, of being under observation.

    Parameters
    ----------
    ranked : ends of the rows, by `_arrays.ranks`. censored : which of them are censorings. entry, weight : (n,) or
        None; a row counts as often as its case weight says.
    ties : who is at risk of being censored at a time at which others have an event: "cmprsk" – everyone still there;
        "survival" – events come first.

    H is the product-limit estimator of the entries in reversed time (Geskus, Biometrics 2011;67:39–49).
    """

    def __init__(
        self,
        ranked: _arrays.Ranks,
        censored: NDArray[np.bool_],
        entry: Floats | None = None,
        ties: CensoringTies = "survival",
        weight: Floats | None = None,
    ) -> None:
        if ties not in ("cmprsk", "survival"):
            raise InputError("censoring_ties", "not a known convention", '"cmprsk" or "survival"')
        times, self.rank, _ = ranked
        self.censored, self.events_first = censored, ties == "survival"
        ended = np.bincount(self.rank, weight, minlength=len(times))
        count = np.bincount(self.rank[censored], None if weight is None else weight[censored], minlength=len(times))
        at_risk = np.cumsum(ended[::-1])[::-1]
        if entry is not None:
            order = np.argsort(entry)
            starts, heads = entry[order], np.ones(len(entry)) if weight is None else weight[order]
            present_by = np.append(0.0, np.cumsum(heads))  # of the starts in order
            at_risk = at_risk - (present_by[-1] - present_by[np.searchsorted(starts, times, side="left")])
        if self.events_first:
            at_risk = at_risk - (ended - count)
        some = count > 0
        self.times, self.at_risk = times[some], at_risk[some]
        self.hazard = count[some] / self.at_risk
        if weight is not None:  # sums of weights leave dust where all who are left are censored
            self.hazard = np.where(self.hazard > 1.0 - 1e-12, 1.0, self.hazard)
        self.survival = np.concatenate([[1.0], np.cumprod(1.0 - self.hazard)])
        self.passed: NDArray[np.intp] = np.cumsum(some) - some  # censoring times before each of `times`
        self.censoring_time = some
        self.entries: Floats | None = None
        if entry is not None:
            self.entries, place = np.unique(starts[starts > 0], return_inverse=True)
            entered = np.bincount(place, heads[starts > 0], minlength=len(self.entries))
            # reversed time: at risk of "having entered" at u are those with entry ≤ u < exit
            gone = np.concatenate([[0], np.cumsum(ended)])[np.searchsorted(times, self.entries, side="right")]
            present = present_by[np.searchsorted(starts, self.entries, side="right")] - gone
            back = np.cumprod((1.0 - entered / present)[::-1])[::-1]
            self.entered = np.append(back, 1.0)  # H(t) = product over entries after t
        self.before_ranked = self._entered(times, self.survival[self.passed])

    def _entered(self, times: Floats, found: Floats) -> Floats:
        if self.entries is None:
            return found
        seen: Floats = found * self.entered[np.searchsorted(self.entries, times, side="left")]
        return seen

    def before(self, times: Floats) -> Floats:
        """G(t−) (times H(t−))."""
        return self._entered(times, self.survival[np.searchsorted(self.times, times, side="left")])

    def before_end(self) -> Floats:
        """G(T−) of each row, (n,)."""
        found: Floats = self.before_ranked[self.rank]
        return found

    def at(self, time: float) -> float:
        """G(t)."""
        return float(self.survival[_arrays.upto(self.times, time)])

    def just_before(self, time: float) -> float:
        """G(t−)."""
        return float(self.survival[_arrays.before(self.times, time)])

    def correction(
        self, contribution: Floats, beyond: NDArray[np.bool_], time: float, *, at_end: bool = False
    ) -> Floats:
        """What estimating G adds to the influence of each row on a mean of weighted contributions, (n,).

        contribution : a_i = w_i h_i, (n,), with w_i = 1/G(T_i−), or 1/G(t) for the rows `beyond` t; `at_end` 1/G(t−).

        Σ_u ψ(u)/{Y(u)(1 − ΔΛ(u))} [dN_i(u) − Y_i(u) dΛ(u)] over the censoring times, ψ(u) the sum of the a_j whose
        weight holds G's step at u (Blanche, Dartigues and Jacqmin-Gadda, Stat Med 2013;32:5381–5397, who have no ties;
        with several censorings at u the derivative of log(1 − ΔΛ) carries 1/(1 − ΔΛ)): exactly the derivative by a
        row's weight.
        """
        if not len(self.times):
            return np.zeros(len(self.rank))
        last = int(_arrays.before(self.times, time) if at_end else _arrays.upto(self.times, time))
        held = np.where(beyond, last, np.minimum(self.passed[self.rank], last))
        psi = np.bincount(held, contribution, minlength=len(self.times) + 1)
        psi = psi.sum() - np.cumsum(psi)[:-1]  # rows whose weight holds more than u steps
        stay = self.at_risk * (1.0 - self.hazard)  # no weight holds a step at which everyone left was censored
        gain = np.divide(psi, stay, out=np.zeros_like(psi), where=self.hazard < 1.0)
        drift = np.concatenate([[0.0], np.cumsum(gain * self.hazard)])
        # at risk of being censored: at all censoring times before the own end, and at it unless an event came first
        own: NDArray[np.intp] = self.passed[self.rank]
        also = self.censoring_time[self.rank] & (self.censored | (not self.events_first))
        found: Floats = -drift[own + also]
        found[self.censored] += gain[own[self.censored]]
        return found


class ConditionalCensoring:
    """G(t | x) by a Cox model of the censoring, taken as known."""

    def __init__(self, x: Floats, exit: Floats, censored: NDArray[np.bool_]) -> None:
        self.exit, self.relative = exit, np.ones(len(exit))
        self.baseline: Baseline | None = None
        if censored.any():
            # events come first: of two at one time, the one with the event was not at risk of being censored
            ranked = _arrays.ranks(exit)
            after = 2.0 * ranked.rank + censored
            try:
                fit = CoxRegression(ties="breslow", concordance=False).fit(x, after, censored)
            except (CollinearityError, InfiniteEstimateError) as error:  # of the argument that the user gave
                message = "censoring_covariates, " + str(error).removeprefix("x, ")
                raise type(error)(message, error.columns) from None
            self.relative, self.baseline = np.exp(fit.predict(x)), fit.baseline_
            self.times = ranked.times
        self.rank = _arrays.ranks(exit).rank

    def _survival(self, position: Floats) -> Floats:
        if self.baseline is None:
            return np.ones(len(self.exit))
        found: Floats = np.exp(-self.relative * self.baseline.cumulative(position))
        return found

    def before_end(self) -> Floats:
        """G(T− | x) of each row, (n,)."""
        return self._survival(2.0 * self.rank.astype(np.float64))

    def at(self, time: float) -> Floats:
        """G(t | x) of each row, (n,)."""
        if self.baseline is None:
            return np.ones(len(self.exit))
        return self._survival(np.full(len(self.exit), 2.0 * float(_arrays.upto(self.times, time)) - 1.0))

    def just_before(self, time: float) -> Floats:
        """G(t− | x) of each row, (n,)."""
        if self.baseline is None:
            return np.ones(len(self.exit))
        return self._survival(np.full(len(self.exit), 2.0 * float(_arrays.before(self.times, time)) - 1.0))

    def correction(self, contribution: Floats, *_: Any, **__: Any) -> Floats:
        """Nothing: G is taken as known."""
        return np.zeros_like(contribution)
