"""Harrell's concordance, in O(n log n); under delayed entry on the risk sets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.pairs.ordered_pairs import EqualScores, by_score, dominance, dominated


@dataclass(frozen=True, repr=False)
class Concordance(Tidy):
    """Pairs of patients of whom it is known who had the event first, by what the score said (sums of weights if any).

    value = (concordant + tied_score / 2) / all of them.

    Examples
    --------
    >>> Concordance(concordant=30.0, discordant=9.0, tied_score=2.0).value
    0.7560975609756098
    """

    concordant: float
    discordant: float
    tied_score: float

    @property
    def pairs(self) -> float:
        return self.concordant + self.discordant + self.tied_score

    @property
    def value(self) -> float:
        return (self.concordant + self.tied_score / 2) / self.pairs

    def columns(self) -> dict[str, Any]:
        names = ("value", "concordant", "discordant", "tied_score", "pairs")
        return {name: [getattr(self, name)] for name in names}

    def __repr__(self) -> str:
        return f"Concordance({self.value:.4f}, pairs={self.pairs:.6g})"


_HEAVIEST = 1e100  # products of two are still numbers


@checked
def harrell_concordance(
    score: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> Concordance:
    """Share of comparable pairs in which the patient with the higher score had the event first.

    Harrell, Califf, Pryor, Lee and Rosati (JAMA 1982;247:2543–2546). A pair is comparable if the earlier time is an
    event; of two equal times, an event comes before a censoring and two events are not compared. Equal scores count
    half. With weights a pair counts w_i w_j; with strata only pairs within one count.

    Under delayed entry a pair is comparable where the other one is under observation at the event: entered before it
    and not left. It is then the concordance on the risk sets (Therneau and Atkinson, the concordance vignette of R's
    survival, 2024), which depends on when people enter; `measures.truncated_uno` does not. O(n log n) either way.

    Parameters
    ----------
    score : (n,) higher means sooner (a linear predictor, a risk).
    exit, event : (n,).
    entry : (n,) start of observation, under observation on (entry, exit].

    Raises
    ------
    InputError : a row that ends before it starts, or no comparable pair.

    Examples
    --------
    >>> harrell_concordance(score=[2.0, 1.0, 0.5], exit=[5, 8, 9], event=[1, 1, 0])
    Concordance(1.0000, pairs=3)
    """
    _arrays.one_order(score=score, exit=exit, event=event, entry=entry, stratum=stratum, weight=weight)
    time = _arrays.floats("exit", exit, low=0.0)
    n = len(time)
    marks = _arrays.floats("score", score, n)
    happened = _arrays.flags("event", event, n)
    start = None
    if entry is not None and _arrays.later(_arrays.floats("entry", entry, n), 0.0).any():
        time, start = _arrays.merge_near(time, _arrays.floats("entry", entry, n))
        if (bad := int(((start >= time) & (time > 0)).sum())) > 0:
            raise InputError("entry", f"{bad} of {n} rows end before or when they start", "0 < exit")
    w = None if weight is None else _arrays.floats("weight", weight, n)
    if w is not None and np.abs(w).max() > _HEAVIEST:
        raise InputError("weight", f"must not be above {_HEAVIEST:g}; divide all by one number", "[1.0, 0.5]")
    parts = [np.arange(n)]
    if stratum is not None:
        which, _ = _arrays.codes("stratum", stratum, n)
        order = np.argsort(which, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    counts = np.zeros(3)
    for i in parts:
        mass = None if w is None else w[i]
        counts += _count(marks[i], time[i], happened[i], mass)
        if start is not None:
            counts -= _not_yet_there(marks[i], time[i], happened[i], start[i], mass)
    concordant, tied, pairs = (float(value) for value in counts)
    if pairs <= 0:
        raise InputError("event", "there is no pair of which it is known who had the event first")
    return Concordance(concordant, pairs - concordant - tied, tied)


@checked
def concordance_at_risk(
    score: ArrayLike, exit: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None
) -> tuple[float, Floats]:
    """How often, of one who has the event and one who is then under observation and goes on, the first scores higher.

    Harrell's concordance on the risk sets, which delayed entry allows (Therneau and Atkinson, the concordance vignette
    of R's survival, 2024); equal scores count half. O(n) for each event.

    Parameters
    ----------
    score : (n,) higher means sooner. exit, event : (n,). entry : (n,) start of observation, 0 where not given.

    Returns
    -------
    value, and the influence of each person on it, (n,), from the ratio of the two sums over pairs.

    Raises
    ------
    InputError : nobody else is under observation at any event.

    Examples
    --------
    >>> concordance_at_risk([2.0, 1.0, 0.0], [5, 8, 9], [1, 1, 0], entry=[0, 6, 0])[0]
    1.0
    """
    _arrays.one_order(score=score, exit=exit, event=event, entry=entry)
    time = _arrays.floats("exit", exit, low=0.0)
    n = len(time)
    marks, happened = _arrays.floats("score", score, n), _arrays.flags("event", event, n)
    start = np.zeros(n) if entry is None else _arrays.floats("entry", entry, n, low=0.0)
    time, start = _arrays.merge_near(time, start)
    won, pairs = np.zeros(n), np.zeros(n)
    for i in np.flatnonzero(happened).tolist():
        goes_on = (time > time[i]) | ((time == time[i]) & ~happened)
        others = np.flatnonzero((start < time[i]) & goes_on)
        result = (marks[others] < marks[i]) + 0.5 * (marks[others] == marks[i])
        won[others] += result
        pairs[others] += 1
        won[i] += result.sum()
        pairs[i] += len(others)
    if not pairs.any():
        raise InputError("event", "nobody else is under observation at any event, so no concordance can be computed")
    value = won.sum() / pairs.sum()
    return float(value), 2 * n * (won - value * pairs) / pairs.sum()


def _count(score: Floats, time: Floats, event: NDArray[np.bool_], weight: Floats | None) -> tuple[float, float, float]:
    """Concordant, tied and comparable pairs. Rows get a code 2·(rank of time) + censored: j is comparable to an event
    i exactly where its code is higher."""
    with ThreadPoolExecutor(1) as second:  # the two sorts take as long as all the rest
        by_time = second.submit(_arrays.ranks, time)
        order = np.argsort(score)
    times, rank, _ = by_time.result()
    code, codes = 2 * rank + ~event, 2 * len(times)
    pairs = _comparable(code, codes, weight)
    order, tied = by_score(score, code, order)
    sequence = code[order]
    w = None if weight is None else weight[order]
    equal = 0.0
    if len(tied):
        mass = None if w is None else w[tied]
        above = EqualScores(score[order[tied]], sequence[tied]).above(mass)
        equal = float((above if mass is None else above * mass)[sequence[tied] % 2 == 0].sum())
    if w is None:
        return dominated(sequence, codes), equal, pairs
    received, _ = dominance(sequence, w, np.zeros(len(w)))
    return float((received * w)[sequence % 2 == 0].sum()), equal, pairs


def _not_yet_there(
    score: Floats, time: Floats, event: NDArray[np.bool_], entry: Floats, weight: Floats | None
) -> Floats:
    """The counts of `_count` over pairs of an event and one who came under observation only at its time or later.

    With a censoring at every entry beside the events alone these are all the pairs there are, but for those of two
    events.
    """
    i = np.flatnonzero(event)
    if not len(i):
        return np.zeros(3)
    mass = None if weight is None else np.concatenate([weight[i], weight])
    nobody = np.zeros(len(time), dtype=bool)
    both = _count(
        np.concatenate([score[i], score]), np.concatenate([time[i], entry]), np.append(event[i], nobody), mass
    )
    return np.subtract(both, _count(score[i], time[i], event[i], None if weight is None else weight[i]))


def _comparable(code: NDArray[np.int32], codes: int, weight: Floats | None) -> float:
    """Σ over events (even codes) of the rows with a higher code."""
    size = np.bincount(code, weight, minlength=codes)
    above = np.cumsum(size[::-1])[::-1]
    above -= size
    return float(size[::2] @ above[::2])
