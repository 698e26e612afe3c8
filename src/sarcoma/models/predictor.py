"""Predictors of a card: which field, in which levels, by which transform."""

from __future__ import annotations

from pydantic import model_validator

from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.models.transform import Transform


class Recode(Entry):
    """How a field's codes become the model's own levels; `assumption` says what is not the paper's.

    `assumed` are the codes that the assumption is about (all of them if empty).
    """

    levels: dict[str, str]
    assumed: tuple[str, ...] = ()
    assumption: Text | None = None


class Predictor(Entry):
    """One predictor: a field (or derived variable) of the record, its levels, and its transform.

    `range` bounds a number as the source gives it, in the field's unit; outside, the model says nothing.
    """

    name: Key
    label: Text
    field: str
    grouping: str | None = None
    recode: Recode | None = None
    range: tuple[float, float] | None = None
    transform: Transform

    @model_validator(mode="after")
    def _from_low_to_high(self) -> Predictor:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("`range` goes from the least to the greatest value, as in [18, 95]")
        return self


def level_of(predictor: Predictor, code: str) -> str:
    """The model's level of a code of the field."""
    return code if predictor.recode is None else predictor.recode.levels.get(code, "none")
