"""Rows that are no record, found and counted in an engine: rows in = rows kept + rows refused, by reason."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sarcoma.scale.account import EngineAccount
from sarcoma.scale.engine import Engine
from sarcoma.scale.scoring import Scoring


def without_refused(frame: nw.LazyFrame[Any], engine: Engine) -> tuple[nw.LazyFrame[Any], EngineAccount]:
    """The rows that can be records, and the account.

    Parameters
    ----------
    frame : columns named like fields of the record, numbers as numbers; others are kept.
    """
    scoring = Scoring(frame, engine, None, checked=True)
    kept = scoring.said()
    out = int(engine.small(kept.select(nw.len().alias("n"))).item())
    return kept, scoring.account(out)
