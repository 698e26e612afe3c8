"""What was refused and what was not read of a database, by reason, in counts that a cohort's account takes over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sarcoma.cohort.cohort import MOST_IDS, Refusal, RefusalKind

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that was not read: of which field, or of which concept in which column; `conflict`: two values."""

    reason: str
    field: str | None = None
    conflict: bool = False
    column: str | None = None
    concept: int | None = None


class DatabaseAccount:
    """Reasons with their counts; of persons, at most MOST_IDS are named."""

    def __init__(self) -> None:
        self.refused: list[Refusal] = []
        self.unread: list[Refusal] = []
        self.noted: list[Noted] = []

    def refuse(self, reason: str, ids: pl.Series, kind: RefusalKind | None = None) -> None:
        """Persons, or rows of `person`, that are refused."""
        if len(ids):
            self.refused.append(Refusal(reason=reason, kind=kind, count=len(ids), ids=_first(ids)))

    def refuse_count(self, reason: str, count: int) -> None:
        """The same, of whom nobody is named."""
        if count > 0:
            self.refused.append(Refusal(reason=reason, count=count))

    def not_read(self, reason: str, ids: pl.Series, *, field: str | None = None, conflict: bool = False) -> None:
        """Rows that were not read, with the persons that they are of, and the field that they would have told."""
        if len(ids):
            self.noted.append(Noted(reason, field, conflict))
            self.unread.append(Refusal(reason=reason, count=len(ids), ids=_first(ids)))

    def not_read_count(self, reason: str, count: int, *, column: str | None = None, concept: int | None = None) -> None:
        """The same, of whom nobody is named: a concept that stands in no table, in a column."""
        if count > 0:
            self.noted.append(Noted(reason, column=column, concept=concept))
            self.unread.append(Refusal(reason=reason, count=count))


def _first(ids: pl.Series) -> tuple[str, ...]:
    return tuple(str(one) for one in ids.unique(maintain_order=True).head(MOST_IDS).to_list())
