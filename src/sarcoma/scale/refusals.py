"""Rows that are no record, found and counted in an engine: rows in = rows kept + rows refused, by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from sarcoma.scale.engine import Engine


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


def without_refused(frame: nw.LazyFrame[Any], engine: Engine) -> tuple[nw.LazyFrame[Any], EngineAccount]:
    """The rows that can be records, and the account.

    Parameters
    ----------
    frame : columns named like fields of the record, numbers as numbers; others are kept.
    """
    from sarcoma.scale.scoring import Scoring

    scoring = Scoring(frame, engine, None, checked=True)
    kept = scoring.said()
    out = int(engine.small(kept.select(nw.len().alias("n"))).item())
    return kept, scoring.account(out)
