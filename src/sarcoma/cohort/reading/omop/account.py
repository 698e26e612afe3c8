"""What was refused and what was not read of a database, by reason, in counts that a cohort's account takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sarcoma.cohort.cohort import MOST_IDS, Refusal, RefusalKind

if TYPE_CHECKING:
    import polars as pl


class DatabaseAccount:
    """Reasons with their counts; of persons, at most MOST_IDS are named."""

    def __init__(self) -> None:
        self.refused: list[Refusal] = []
        self.unread: list[Refusal] = []

    def refuse(self, reason: str, ids: pl.Series, kind: RefusalKind | None = None) -> None:
        """Persons, or rows of `person`, that are refused."""
        if len(ids):
            self.refused.append(Refusal(reason=reason, kind=kind, count=len(ids), ids=_first(ids)))

    def refuse_count(self, reason: str, count: int) -> None:
        """The same, of whom nobody is named."""
        if count > 0:
            self.refused.append(Refusal(reason=reason, count=count))

    def not_read(self, reason: str, ids: pl.Series) -> None:
        """Rows that were not read, with the persons that they are of."""
        if len(ids):
            self.unread.append(Refusal(reason=reason, count=len(ids), ids=_first(ids)))

    def not_read_count(self, reason: str, count: int) -> None:
        """The same, of whom nobody is named."""
        if count > 0:
            self.unread.append(Refusal(reason=reason, count=count))


def _first(ids: pl.Series) -> tuple[str, ...]:
    return tuple(str(one) for one in ids.unique(maintain_order=True).head(MOST_IDS).to_list())
