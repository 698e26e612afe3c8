"""A card moved to other people: its cumulative hazard and its coefficients changed, everything else kept."""

from __future__ import annotations

from sarcoma.errors import CardError
from sarcoma.models.card import Card
from sarcoma.models.forms.form import Change
from sarcoma.models.outcome import Landmarks


def updated(card: Card, change: Change) -> Card:
    """The card with a change made; its horizons are those of the change.

    Raises
    ------
    CardError : the card's form cannot be updated.
    """
    try:
        form = card.form.updated(change)
    except CardError as error:
        raise CardError(f"{card.id}: {error}") from None
    horizons = change.horizons
    outcome = card.outcome.model_copy(
        update={"horizons_months": horizons, "horizon_limit_months": change.start + horizons[-1]}
    )
    landmarks = _landmarks(card.landmarks, change)
    return card.model_copy(update={"outcome": outcome, "landmarks": landmarks, "form": form})


def _landmarks(old: Landmarks, change: Change) -> Landmarks:
    """An update from a landmark knows nothing of what comes before it, and none speaks beyond its last horizon.

    A card whose figures are conditioned counts its horizons from the landmark, so the last landmark at which it says
    anything is the one from which the first horizon ends there.
    """
    start = change.start
    to = max(old.to_months, start)
    if old.conditional:
        to = min(to, start + change.horizons[-1] - change.horizons[0])
    if start <= old.from_months:
        return old if to == old.to_months else old.model_copy(update={"to_months": to})
    note = f"{old.note}; updated with people from {start:g} months on, and not to be used earlier"
    return old.model_copy(update={"from_months": start, "to_months": to, "note": note})
