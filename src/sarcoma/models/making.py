"""How a fitted card was made, and what stands in it for comparison."""

from __future__ import annotations

from pydantic import model_validator

from sarcoma.evidence.entry import Entry, Key, Text


class CardCurve(Entry):
    """A curve that stands in a card for comparison: probability at months, with interval and numbers at risk."""

    id: Key
    title: Text
    months: tuple[float, ...]
    probability: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    at_risk: tuple[int, ...] = ()
    median_months: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    people: int | None = None
    events: int | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _equally_long(self) -> CardCurve:
        for name in ("probability", "low", "high", "at_risk"):
            column = getattr(self, name)
            if (column or name == "probability") and len(column) != len(self.months):
                raise ValueError(f"curve {self.id}: `{name}` needs one entry for each of `months`")
        return self


class LateEntry(Entry):
    """What late entry did to the data of a model: the curves with it honoured, ignored, and without the first months.

    `tau` is the conditional Kendall's τ of entry and survival time, with its interval; `beside` are facts with
    published figures of the same thing, whose populations differ.
    """

    statement: Text
    tau: float
    tau_low: float
    tau_high: float
    tau_p: float
    pairs: int
    draws: int
    curves: tuple[CardCurve, ...]
    beside: tuple[Key, ...] = ()


class CaseMix(Entry):
    """What the people were like in one respect, in words and counts."""

    label: Text
    values: Text


class Making(Entry):
    """How a fitted card was made: recipe, data, account in words, versions, seed."""

    recipe: Text
    data: Text
    licence: Text
    account: tuple[Text, ...]
    case_mix: tuple[CaseMix, ...] = ()
    software: Text
    seed: int
