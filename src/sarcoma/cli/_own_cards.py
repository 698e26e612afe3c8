"""Model cards of one's own, given to a command beside those that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sarcoma.errors import TableError

if TYPE_CHECKING:
    from sarcoma.models import Card


def own_cards(paths: list[Path]) -> list[Card]:
    if not paths:
        return []
    from sarcoma.models import cards, read_card

    found = [read_card(path) for path in paths]
    taken = {*cards()}
    for card in found:
        if card.id in taken:
            raise TableError(f"the model {card.id} is there already; give the card another id")
        taken.add(card.id)
    return found
