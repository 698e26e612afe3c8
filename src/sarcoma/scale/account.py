"""Which rows of a table were refused in an engine, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class EngineAccount:
    """Rows in = rows out + rows refused; a refused row counts once for each of its reasons, as it does in a table."""

    rows_in: int = 0
    rows_refused: int = 0
    refused_because: Counter[str] = field(default_factory=Counter)
    cells_left_unknown: Counter[str] = field(default_factory=Counter)

    @property
    def rows_out(self) -> int:
        return self.rows_in - self.rows_refused
