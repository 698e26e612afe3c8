"""Whether risks go the way they should: with worse features, and with time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from sarcoma.models.card import Card
from sarcoma.models.finding import Finding

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


def check_direction(card: Card) -> Iterator[Finding]:
    """A worse feature should not lower the risk."""
    sign = card.form.direction
    for placed in card.form.placed(card.outcome):
        p = placed.predictor
        if p.transform.coded:
            codes, worse = _ORDERED.get(p.field, ((), ""))
            values = [p.transform.by_level.get(p.level(code)) for code in codes]
            terms = [sign * v for v in values if v is not None]
            if any(b < a - 1e-9 for a, b in itertools.pairwise(terms)):
                yield Finding("warning", placed.where, f"{worse} lowers the predicted risk", "check signs and levels")
        elif p.field == "size_cm" or (p.field in _RISING and placed.of_death):
            drawn = p.drawn()
            if drawn is None:
                continue
            grid, values_ = drawn
            fall = np.maximum.accumulate(sign * values_) - sign * values_
            worst = int(fall.argmax())
            if fall[worst] > 0.05:
                yield Finding(
                    "warning", placed.where,
                    f"{_RISING[p.field]} lowers the predicted risk up to {grid[worst]:.3g}, by "
                    f"{fall[worst]:.2f} in the score", _IF_SO,
                )  # fmt: skip


def check_time(card: Card) -> Iterator[Finding]:
    """The event cannot become undone as time goes on."""
    yield from card.form.check(card.outcome)
