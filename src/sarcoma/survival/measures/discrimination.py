"""Whether those who have the event were given the higher risk."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.outcome import Outcome
from sarcoma.survival.pairs.ordered_pairs import EqualScores, by_score, dominance

Controls = Literal["no event", "event-free"]
PairWeighting = Literal["ipcw", "none"]


@checked
def auc(
    risk: ArrayLike,
    outcome: Outcome,
    horizon: float,
    *,
    controls: Controls = "no event",
    level: float = 0.95,
) -> Measure:
    """Time-dependent area under the ROC curve, cumulative/dynamic: cases have had the event by the horizon.

    The probability that a case was given a higher risk than a control; equal risks count half. With weights for the
    censored (Uno, Cai, Tian and Wei, J Am Stat Assoc 2007;102:527–537; Blanche, Dartigues and Jacqmin-Gadda, Stat Med
    2013;32:5381–5397) and the standard error of the latter. O(n log n).

    Parameters
    ----------
    risk : (n,) predicted probability of the event by the horizon. outcome : what happened. horizon : t.
    controls : with competing events, who is compared with the cases: "no event" – everyone without the event by t,
        those with a competing one too (the paper's definition 2, as riskRegression); "event-free" – those without any
        event by t (definition 1).

    Raises
    ------
    InputError : nobody is left to compare with.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> auc(risk, outcome, 15)
    AUC at 15: 1 (95% CI 1 to 1)
    """
    status = outcome.status(horizon)
    score = outcome.risk("risk", risk)
    case = status.weight * status.case
    control = status.weight * (status.free | status.rival if controls == "no event" else status.free)
    n, cases, rest = len(score), case.sum(), control.sum()
    if rest == 0:
        raise InputError("horizon", "everyone whose fate is known has had the event by then", "an earlier one")
    rank = _ranks(score)
    below, same = _below(rank, control)
    lower = below[rank] + same[rank] / 2  # weight of the controls below each row
    below, same = _below(rank, case)
    higher = cases - below[rank] - same[rank] / 2
    value = float(case @ lower / (cases * rest))
    contribution = n * (case * (lower - value * rest) + control * (higher - value * cases)) / (cases * rest)
    influence = contribution + outcome.correction(contribution, status)
    return Measure.of("AUC", value, influence, outcome.estimand, horizon, level=level, bounds=(0.0, 1.0))


@checked
def concordance(
    score: ArrayLike,
    outcome: Outcome,
    *,
    horizon: float | None = None,
    weighting: PairWeighting = "ipcw",
    level: float = 0.95,
) -> Measure:
    """Probability that of two people the one who had the event first was given the higher score; ties count half.

    A pair is comparable where one had the event at T_i (by the horizon) and the other was still free of it: T_j > T_i,
    or T_j = T_i and censored, or – for crude predictions – a competing event came first, after which the event never
    comes (Wolbers, Blanche, Koller, Witteman and Gerds, Biostatistics 2014;15:526–539).

    Parameters
    ----------
    score : (n,) higher means sooner: a risk or a linear predictor.
    horizon : events after it are not compared; all of them where not given.
    weighting : "ipcw" – each pair by 1/G(T_i−)², with a competing event before by 1/{G(T_i−) G(T_j−)}, so that the
        value does not depend on the censoring (Uno, Cai, Pencina, D'Agostino and Wei, Stat Med 2011;30:1105–1117).
        "none" – Harrell's: every pair counts once.

    The standard error is the infinitesimal jackknife, as in R's survival, with what estimating G adds. O(n log n).

    Raises
    ------
    InputError : no comparable pair.

    Examples
    --------
    >>> outcome = Outcome([5, 8, 12, 20, 22, 30], [1, 1, 0, 1, 0, 0], estimand="all-cause")
    >>> risk = [0.7, 0.5, 0.6, 0.2, 0.3, 0.1]
    >>> concordance(risk, outcome, horizon=25)
    Uno's concordance at 25: 0.7788 (95% CI 0.4628 to 1)
    """
    given = _arrays.floats("score", score, outcome.given)
    marks = given if outcome.rows is None else given[outcome.rows]
    end = float(outcome.exit.max()) if horizon is None else outcome.status(horizon).horizon
    event, n = outcome.event & _arrays.by(outcome.exit, end), len(marks)
    g = outcome.censoring.before_end() if weighting == "ipcw" else np.ones(n)
    later = np.divide(1.0, g**2, out=np.zeros(n), where=event)  # by event: a pair with someone who was free for longer
    first = np.divide(1.0, g, out=np.zeros(n), where=event)  # and with someone who had a competing event before
    rival = np.divide(1.0, g, out=np.zeros(n), where=outcome.competing)
    # at one time competing events come first, then the events, then the censorings
    code = (3 * outcome.ranked.rank + np.where(outcome.competing, 0, np.where(outcome.event, 1, 2))).astype(np.int32)
    pairs = _comparable(code, later, first, rival)
    total = float(pairs.long.sum() + pairs.short.sum())
    if total <= 0:
        raise InputError("event", "there is no pair of which it is known who had the event first")
    concordant = _concordant(marks, code, later, first, rival)
    value = float(concordant.long.sum() + concordant.short.sum()) / total
    long, short, long_given, short_given = (
        (part - value * whole) * (n / total) for part, whole in zip(concordant, pairs, strict=True)
    )
    influence = long + short + long_given + short_given
    if weighting == "ipcw":  # G enters squared, or once for each of the two
        enters = 2 * long + short + short_given
        influence = influence + outcome.censoring.correction(enters, np.zeros(n, dtype=bool), end)
    whose = "Wolbers'" if outcome.estimand == "crude" else "Uno's" if weighting == "ipcw" else "Harrell's"
    at = np.nan if horizon is None else end
    bounds = (0.0, 1.0)
    name = f"{whose} concordance"
    return Measure.of(name, value, influence, outcome.estimand, at, level=level, bounds=bounds, ddof=0)


class _Pairs(NamedTuple):
    """Weights of pairs, summed over each row's, (n,). An event's pairs with rows that were free for longer (`long`) and
    with rivals before it (`short`), and the same pairs summed over the other row (`_given`)."""

    long: Floats
    short: Floats
    long_given: Floats
    short_given: Floats


def _comparable(code: NDArray[np.int32], later: Floats, first: Floats, rival: Floats) -> _Pairs:
    """All comparable pairs."""

    def above(weight: Floats | None) -> Floats:
        sums = np.bincount(code, weight).astype(np.float64)
        found: Floats = (sums.sum() - np.cumsum(sums))[code]
        return found

    def below(weight: Floats) -> Floats:
        sums = np.bincount(code, weight).astype(np.float64)
        found: Floats = (np.cumsum(sums) - sums)[code]
        return found

    return _Pairs(later * above(None), first * below(rival), below(later), rival * above(first))


def _concordant(marks: Floats, code: NDArray[np.int32], later: Floats, first: Floats, rival: Floats) -> _Pairs:
    """The concordant ones, with half of those of equal marks."""
    order, tied = by_score(marks, code, np.argsort(marks))
    c, u, b, later = code[order], rival[order], first[order], later[order]
    received, given = dominance(c, None, later)
    equal = EqualScores(marks[order[tied]], c[tied]) if len(tied) else None
    if equal is not None:
        received[tied] += equal.above(None) / 2
        given[tied] += equal.below(later[tied]) / 2
    back = np.empty(len(order), dtype=np.intp)
    back[order] = np.arange(len(order))
    zero = np.zeros(len(c))
    found = _Pairs((later * received)[back], zero, given[back], zero)
    if not u.any():
        return found
    # rivals before with a lower code: all before less those with a higher one
    received, given = dominance(c, u, b)
    short, short_given = np.cumsum(u) - received, b.sum() - np.cumsum(b) - given
    if equal is not None:
        short[tied] -= equal.below(u[tied]) / 2
        short_given[tied] -= equal.above(b[tied]) / 2
    return found._replace(short=(b * short)[back], short_given=(u * short_given)[back])


def _ranks(score: Floats) -> NDArray[np.intp]:
    """Position of each score among the distinct ones."""
    order = np.argsort(score)
    ordered = score[order]
    rank = np.empty(len(score), dtype=np.intp)
    rank[order] = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
    return rank


def _below(rank: NDArray[np.intp], weight: Floats) -> tuple[Floats, Floats]:
    """Weight of lower scores and of the same score, for each distinct score."""
    same: Floats = np.bincount(rank, weight).astype(np.float64)
    return np.cumsum(same) - same, same
