"""A card moved to other people: its cumulative hazard and its coefficients changed, everything else kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sarcoma.errors import CardError
from sarcoma.models.card import Baseline, Card, Landmarks
from sarcoma.models.hazard import Hazard
from sarcoma.models.predictor import Predictor
from sarcoma.models.transform import coefficients, with_coefficients

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Change:
    """log Λ'(t | x) = log Λ(t | 0) + log factor(t) + slope · score + added'x.

    The score is the linear predictor, and with strata the difference of the stratum's log Λ(t) from the mean of all.

    log_factors : of the cumulative hazard by horizon (months from the start of the horizons). slope : of the score.
    added : (k,) by column of all predictors. strata : added by stratum. start : months since the time zero from which
    the horizons count.
    """

    log_factors: Mapping[float, float]
    slope: float
    added: Floats
    strata: Mapping[str, float] = field(default_factory=dict)
    start: float = 0.0


def cannot_update(card: Card) -> str | None:
    """Why the numbers of a card cannot be updated, None where they can."""
    if card.kind == "groups":
        return "its figures belong to groups and come from no formula; describe the groups in this cohort instead"
    if len(card.hazards) > 1:
        return "each transition of its course has a baseline of its own; fit its recipe to this cohort instead"
    if card.kind == "logistic":
        return "a logistic model has no curve over time; fit a model to this cohort instead"
    return None


def updated(card: Card, change: Change) -> Card:
    """The card with a change made; its horizons are those of the change.

    Probabilities never fall with time: where the factors would make them, the earlier value holds. A hazard with
    steps loses its variances, because nothing is known of them after a change.

    Raises
    ------
    CardError : the card is of a kind that cannot be updated.
    """
    why = cannot_update(card)
    if why:
        raise CardError(f"{card.id}: {why}")
    horizons = tuple(h for h in card.outcome.horizons_months if h in change.log_factors)
    about = card.outcome.model_copy(
        update={"horizons_months": horizons, "horizon_limit_months": change.start + horizons[-1]}
    )
    scale = card.points.slope if card.points is not None else 1.0
    predictors = _moved(card.predictors, change.slope, change.added / scale)
    changes: dict[str, object] = {
        "outcome": about,
        "landmarks": _landmarks(card, change.start),
        "predictors": predictors,
        "intercept": card.intercept * change.slope,
    }
    if card.hazards:
        (hazard,) = card.hazards
        changes["predictors"] = ()
        changes["hazards"] = (_hazard(hazard, change, horizons),)
    elif card.points is not None:
        changes |= _points(card, change, horizons)
    elif card.baseline is not None:
        changes["baseline"] = card.baseline.model_copy(update={"survival": _curves(card.baseline, change, horizons)})
    return card.model_copy(update=changes)


def _landmarks(card: Card, start: float) -> Landmarks:
    """An update from a landmark knows nothing of what comes before it."""
    old = card.landmarks
    if start <= old.from_months:
        return old
    note = f"{old.note}; updated with people from {start:g} months on, and not to be used earlier"
    return old.model_copy(update={"from_months": start, "to_months": max(old.to_months, start), "note": note})


def _moved(predictors: Sequence[Predictor], slope: float, added: Floats) -> tuple[Predictor, ...]:
    """Predictors with coefficients slope · β + added."""
    found, place = [], 0
    for p in predictors:
        old = coefficients(p.transform)
        new = slope * old + added[place : place + len(old)]
        found.append(p.model_copy(update={"transform": with_coefficients(p.transform, new.tolist())}))
        place += len(old)
    return tuple(found)


def mean_log_hazard(baseline: Baseline, horizons: Sequence[float]) -> Floats:
    """(H,) mean of log Λ₀(t) over the strata."""
    table = [[baseline.at(stratum, h) for h in horizons] for stratum in baseline.survival]
    found: Floats = np.log(-np.log(np.array(table))).mean(axis=0)
    return found


def _curves(baseline: Baseline, change: Change, horizons: Sequence[float]) -> dict[str, dict[str, float]]:
    middle = mean_log_hazard(baseline, horizons)
    factors = np.array([change.log_factors[h] for h in horizons])
    found = {}
    for stratum in baseline.survival:
        own = np.log(-np.log([baseline.at(stratum, h) for h in horizons])) - middle
        log_hazard = factors + middle + change.slope * own + change.strata.get(stratum, 0.0)
        survival = np.exp(-np.maximum.accumulate(np.exp(log_hazard)))
        found[stratum] = {f"{h:g}": float(s) for h, s in zip(horizons, survival, strict=True)}
    return found


def _points(card: Card, change: Change, horizons: Sequence[float]) -> dict[str, object]:
    """The scale of points, known between the same points: where only the slope changes, they stay as printed."""
    scale = card.points
    if scale is None:
        raise CardError(f"{card.id}: no points scale")
    intercept = scale.intercept + change.log_factors[horizons[0]]
    only_slope = not np.any(change.added)
    slope = scale.slope * (change.slope if only_slope else 1.0)
    anchors = tuple((at, float(np.exp(-np.exp(intercept + slope * at)))) for at, _ in scale.anchors)
    moved = scale.model_copy(
        update={
            "intercept": float(intercept),
            "slope": float(slope),
            "anchors": anchors,
            "calculation": f"{scale.calculation} Then updated: see how the card was made.",
        }
    )
    return {"points": moved} | ({"predictors": card.predictors, "intercept": card.intercept} if only_slope else {})


def _hazard(hazard: Hazard, change: Change, horizons: Sequence[float]) -> Hazard:
    """Each stretch of the baseline between two horizons is scaled so that the cumulative hazard at both is right."""
    steps = hazard.baseline
    months, jumps = np.array(steps.months), np.array(steps.jumps)
    total = np.cumsum(jumps)

    def cumulative(at: float) -> float:
        return float(total[k - 1]) if (k := int(np.searchsorted(months, at, side="right"))) else 0.0

    before = cumulative(change.start)
    edges = change.start + np.array(horizons)
    old = np.array([cumulative(e) - before for e in edges])
    new = np.maximum.accumulate(old * np.exp([change.log_factors[h] for h in horizons]))
    grown = np.diff(np.concatenate([[0.0], old]))
    factors = np.divide(np.diff(np.concatenate([[0.0], new])), grown, out=np.ones_like(grown), where=grown > 0)
    kept = months <= edges[-1]
    stretch = np.minimum(np.searchsorted(edges, months[kept], side="left"), len(edges) - 1)
    scaled = steps.model_copy(
        update={
            "months": tuple(months[kept].tolist()),
            "jumps": tuple((jumps[kept] * factors[stretch]).tolist()),
            "variance": (),
            "means": (),
            "followed_to": min(steps.followed_to, float(edges[-1])),
        }
    )
    predictors = _moved(hazard.predictors, change.slope, change.added)
    return hazard.model_copy(
        update={"baseline": scaled, "covariance": (), "predictors": predictors, "events": None, "at_risk": None}
    )
