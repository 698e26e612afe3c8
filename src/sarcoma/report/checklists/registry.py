"""Answers to the items of checklists, by the name that the checklists give them.

Each takes (validation, model) and returns a sentence, or None where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable

from sarcoma.models import Card
from sarcoma.validation.result import Validated, Validation

Answer = Callable[[Validation, Validated], str | None]
ANSWERS: dict[str, Answer] = {}


def of_validation(function: Answer) -> Answer:
    """An answer that the validation gives."""
    ANSWERS[function.__name__] = function
    return function


def of_card(ask: Callable[[Card], str | None]) -> Answer:
    """An answer that the model's card gives."""

    def answer(_: Validation, model: Validated) -> str | None:
        return None if model.subject.card is None else ask(model.subject.card)

    ANSWERS[ask.__name__] = answer
    return answer


def months(values: tuple[float, ...]) -> str:
    """Times in a sentence."""
    return ", ".join(f"{v:g}" for v in values)
