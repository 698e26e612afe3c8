"""Several tumours of one person, one a row: which of them counts, by a rule that the mapping names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Rule = Literal["first-diagnosis", "last-diagnosis", "first-sarcoma", "largest", "lowest"]
Row = Mapping[str, Any]


class TumourRule(BaseModel):
    """Which row of a person counts: by the time of the diagnosis (of any tumour, or of a sarcoma), by size, or the one
    with the lowest number in a column (`lowest`, such as NAACCR's sequence number)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rule: Rule
    column: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"rule": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits(self) -> TumourRule:
        if (self.rule == "lowest") != (self.column is not None):
            raise ValueError("several_tumours: a column goes with the rule lowest, and with no other")
        return self

    @property
    def by_time(self) -> bool:
        """Whether it compares the times of diagnoses."""
        return self.rule in ("first-diagnosis", "last-diagnosis", "first-sarcoma")


def chosen(
    rule: TumourRule,
    rows: Sequence[tuple[int, Row]],
    *,
    time: Callable[[Row], float | None],
    size: Callable[[Row], float | None],
    number: Callable[[Row], float | None],
    is_sarcoma: Callable[[Row], bool],
) -> int | None:
    """The place of the row that counts; None where the rule cannot tell, as two are alike or a value is not known."""
    if rule.rule == "first-sarcoma":
        rows = [(place, row) for place, row in rows if is_sarcoma(row)]
    if not rows:
        return None
    if len(rows) == 1:
        return rows[0][0]
    value = time if rule.by_time else size if rule.rule == "largest" else number
    sign = -1.0 if rule.rule in ("last-diagnosis", "largest") else 1.0
    told: list[tuple[float, int]] = []
    for place, row in rows:
        found = value(row)
        if found is None:
            return None
        told.append((sign * found, place))
    told.sort()
    return told[0][1] if told[0][0] < told[1][0] else None
