"""Whether risks go the way they should: with worse features, and with time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sarcoma.models.card import Card
from sarcoma.models.lint.finding import Finding
from sarcoma.models.predictor import Predictor, level_of
from sarcoma.models.transform import Levels, basis, coefficients
from sarcoma.patient import field_specs

Floats = NDArray[np.float64]
_IF_SO = "check signs and knots; if the paper has it so, say so in a caution"
_ORDERED = {
    "grade": (("1", "2", "3"), "a higher grade"),
    "depth": (("superficial", "deep"), "a deeper tumour"),
    "margin": (("R0", "R1", "R2"), "a worse margin"),
}
_RISING = {
    "size_cm": "a larger tumour",
    "age": "a higher age",
    "current_age": "a higher age",
    "age_at_metastasis": "a higher age",
}


def _direction(card: Card) -> float:
    """Whether a higher score is a higher risk of the event (1) or a lower (-1)."""
    return float(np.sign(card.points.slope)) if card.points is not None else 1.0


def check_direction(card: Card) -> Iterator[Finding]:
    """A worse feature should not lower the risk."""
    sign = _direction(card)
    for where, p, dies in _placed(card):
        if isinstance(p.transform, Levels):
            ordered = _ORDERED.get(p.field)
            if ordered is None:
                continue
            values = [p.transform.coefficients.get(level_of(p, code)) for code in ordered[0]]
            terms = [sign * v for v in values if v is not None]
            if any(b < a - 1e-9 for a, b in itertools.pairwise(terms)):
                yield Finding("warning", where, f"{ordered[1]} lowers the predicted risk", "check signs and levels")
        elif p.field == "size_cm" or (p.field in _RISING and dies):
            values_ = term(p)
            if values_ is None:
                continue
            grid, terms_ = values_
            fall = np.maximum.accumulate(sign * terms_) - sign * terms_
            worst = int(fall.argmax())
            if fall[worst] > 0.05:
                yield Finding(
                    "warning", where,
                    f"{_RISING[p.field]} lowers the predicted risk up to {grid[worst]:.3g}, by "
                    f"{fall[worst]:.2f} in the score", _IF_SO,
                )  # fmt: skip


def term(p: Predictor) -> tuple[Floats, Floats] | None:
    spec = field_specs().get(p.field)
    low, high = p.range or ((spec.low, spec.high) if spec is not None else (None, None))
    if low is None or high is None:
        return None
    grid = np.linspace(max(low, 0.1), high, 400)
    return grid, basis(p.transform, grid) @ coefficients(p.transform)


def _placed(card: Card) -> Iterator[tuple[str, Predictor, bool]]:
    """Where each predictor stands, and whether it predicts a death."""
    for p in card.predictors:
        yield f"predictors.{p.name}", p, card.outcome.endpoint in ("death", "sarcoma-death")
    for h in card.hazards:
        for p in h.predictors:
            yield f"{h.transition[0]} → {h.transition[1]}, {p.name}", p, h.transition[1] == "dead"


def check_time(card: Card) -> Iterator[Finding]:
    """The event cannot become undone as time goes on."""
    if card.baseline is not None:
        for stratum, curve in card.baseline.survival.items():
            values = [curve[f"{h:g}"] for h in sorted(card.outcome.horizons_months)]
            if any(not 0 < v < 1 for v in values):
                yield Finding("error", f"baseline.{stratum}", "baseline survival must lie between 0 and 1, as in 0.93")
            elif any(b > a for a, b in itertools.pairwise(values)):
                yield Finding("error", f"baseline.{stratum}", "baseline survival rises with time")
    rising = card.outcome.probability_of == "event"
    for group in card.groups:
        values = [f.value for f in sorted(group.figures, key=lambda f: f.horizon_months)]
        if any(not 0 <= v <= 1 for v in values):
            yield Finding("error", f"groups.{group.id}", "figures are probabilities between 0 and 1, as in 0.25")
        elif any((b < a) if rising else (b > a) for a, b in itertools.pairwise(values)):
            yield Finding("warning", f"groups.{group.id}", "the figures go the wrong way with time")
    if card.points is not None:
        if card.points.slope == 0:
            yield Finding("error", "points", "the slope is 0, so points change nothing")
        for points, p in card.points.anchors:
            said = float(np.exp(-np.exp(card.points.intercept + card.points.slope * points)))
            if abs(said - p) > 0.03:
                yield Finding(
                    "warning", "points", f"at {points:g} points the formula gives {said:.3f}, the anchor says {p:g}"
                )
