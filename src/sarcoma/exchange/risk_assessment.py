"""RiskAssessment: what one model says at one horizon, as FHIR R4 has it. Probabilities are percentages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sarcoma.exchange.fhir_names import INTERVAL, MODELS, OUTCOMES, TIME_ZERO
from sarcoma.exchange.percent import interval_ends, months, probability
from sarcoma.models import Card
from sarcoma.outlook import ModelAnswer, OutlookFigure
from sarcoma.wording import assessment as words
from sarcoma.wording import figures
from sarcoma.wording import models as model_words


@dataclass(frozen=True, slots=True)
class About:
    """What every resource of a Bundle shares: whom and what it is about, on what it rests, when it was made.

    `basis` are the resources really used; `observations` those of them that are Observations.
    """

    subject: Mapping[str, Any]
    condition: Mapping[str, Any] | None
    basis: tuple[Mapping[str, Any], ...]
    observations: tuple[Mapping[str, Any], ...]
    made: str

    def common(self) -> dict[str, Any]:
        """Subject and condition of a RiskAssessment."""
        return {"subject": dict(self.subject)} | ({} if self.condition is None else {"condition": dict(self.condition)})


def figures_of(model: ModelAnswer, *, survival: bool) -> tuple[OutlookFigure, ...]:
    """The figures of a model that may be written: those about survival only where they were asked for."""
    return tuple(f for f in (*model.figures, *model.also) if survival or not f.about_survival)


def risk_assessments(
    model: ModelAnswer, about: About, notes: Iterable[str] = (), *, survival: bool
) -> tuple[dict[str, Any], ...]:
    """One resource for each horizon of a model that applies.

    notes : what stands beside every figure of the outlook.
    """
    by_horizon: dict[float, list[OutlookFigure]] = {}
    for figure in figures_of(model, survival=survival):
        by_horizon.setdefault(figure.horizon_months or 0.0, []).append(figure)
    return tuple(_assessment(model, told, about, tuple(notes)) for _, told in sorted(by_horizon.items()))


def _assessment(model: ModelAnswer, told: list[OutlookFigure], about: About, notes: tuple[str, ...]) -> dict[str, Any]:
    said = (*(_in_words(model, f) for f in told), *words.beside(model, told), *notes)
    return {
        "resourceType": "RiskAssessment",
        "status": "final",
        "method": method(model.card),
        **about.common(),
        "occurrenceDateTime": about.made,
        "basis": [dict(one) for one in about.basis],
        "prediction": [_prediction(model, figure) for figure in told],
        "note": [{"time": about.made, "text": text} for text in dict.fromkeys(said)],
    }


def method(card: Card) -> dict[str, Any]:
    """A model: its card by id and version."""
    return {
        "coding": [{"system": MODELS, "version": card.version, "code": card.id, "display": card.name}],
        "text": words.method(card),
    }


def _prediction(model: ModelAnswer, figure: OutlookFigure) -> dict[str, Any]:
    found: dict[str, Any] = {}
    ends = interval_ends(figure)
    if ends:
        parts = [{"url": name, "valueDecimal": value} for name, value in ends.items()]
        kind = {"url": "kind", "valueString": figures.interval_name(figure) or "not named"}
        found["extension"] = [{"url": INTERVAL, "extension": [kind, *parts]}]
    found["outcome"] = _outcome(model, figure)
    found |= probability(figure)
    found["whenRange"] = _when(model.card, figure)
    found["rationale"] = words.rationale(model.card, figure)
    return found


def _is_main(model: ModelAnswer, figure: OutlookFigure) -> bool:
    """Whether a figure is of the outcome of its model, not of an event beside it."""
    return any(figure is one for one in model.figures)


def _outcome(model: ModelAnswer, figure: OutlookFigure) -> dict[str, Any]:
    if not _is_main(model, figure):
        return {"text": figure.what}
    text, about = model_words.outcome(model.card), model.card.outcome
    if about.endpoint is None:
        return {"text": text}
    code = about.endpoint if about.of_event else f"no-{about.endpoint}"
    return {"coding": [{"system": OUTCOMES, "code": code, "display": text}], "text": text}


def _when(card: Card, figure: OutlookFigure) -> dict[str, Any]:
    """From the time zero of the model; of a conditional figure, from now on, counted from there."""
    start = figure.start.months if figure.start is not None else 0.0
    return {
        "extension": [{"url": TIME_ZERO, "valueCode": card.outcome.time_zero}],
        "low": months(start),
        "high": months(start + (figure.horizon_months or 0.0)),
    }


def _in_words(model: ModelAnswer, figure: OutlookFigure) -> str:
    told = probability(figure).get("probabilityRange", {})
    low, high = (told.get(end, {}).get("value") for end in ("low", "high"))
    return words.figure_in_words(model.card, figure, (low, high), main=_is_main(model, figure))
