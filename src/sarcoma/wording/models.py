"""What a model's figure is the probability of, and what has to stand beside it, for clinicians."""

from __future__ import annotations

from sarcoma.models import Card
from sarcoma.outlook import ModelAnswer, OutlookFigure
from sarcoma.outlook.figure import card_sources_changed
from sarcoma.wording import figures
from sarcoma.wording.record import label


def outcome(card: Card) -> str:
    """What a card gives the probability of, without its time: "death from sarcoma", "alive"."""
    about = card.outcome
    if about.of_event:
        return about.event
    return "alive" if about.endpoint == "death" else f"free of {about.event}"


def outcome_at(card: Card, figure: OutlookFigure) -> str:
    """What a model's figure is the probability of: "death from sarcoma within 12 years", "alive at 7 years"."""
    time = figures.horizon(figure.horizon_months)
    if card.outcome.of_event:
        return figure.what + (f" within {time}" if time else "")
    return outcome(card) + (f" at {time}" if time else "")


def cautions(model: ModelAnswer) -> tuple[str, ...]:
    """Every caution beside a model: what became of its source, what to mind, what was assumed, what is missing."""
    changed = figures.changed_sources(card_sources_changed(model.card))
    return (
        *(f"{said[:1].upper()}{said[1:]}." for said in changed),
        *model.cautions,
        *(f"Assumption: {assumption}" for assumption in model.assumptions),
        *ranged(model),
    )


def ranged(model: ModelAnswer) -> tuple[str, ...]:
    """Why a figure is a range, where it is one."""
    names = ", ".join(label(field) for field in model.ranged_over)
    return (f"A range, because not known: {names}.",) if names else ()


def says_nothing(model: ModelAnswer) -> str:
    """Why a model says nothing of a record: the rules that fail, or what is not known."""
    if model.status == "does not apply":
        return f"{model.card.short_name} does not apply: {'; '.join(model.reasons)}."
    return f"{model.card.short_name}: cannot be told, not known: {', '.join(label(field) for field in model.fields)}."
