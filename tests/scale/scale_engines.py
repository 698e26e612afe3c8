"""Who answers in the tests of this folder: NumPy in memory, and the engines; Spark where it is installed.

Each takes the same tables and gives the same kinds of answers, so that a question is put to all of them by one test.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import polars as pl
from scale_people import as_records

from sarcoma.cohort.histories_file import table_of
from sarcoma.models import Card, predict
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.patient import Records
from sarcoma.patient.mapping import own_columns
from sarcoma.scale import DuckDBEngine, PolarsEngine, event_table, scored
from sarcoma.scale.refusals import without_refused
from sarcoma.survival import EventTable


class InMemory:
    """NumPy: what every engine is compared with, and what has to agree itself with what others have published."""

    def __enter__(self) -> InMemory:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def event_table(self, histories: pl.DataFrame, course: str, *, by_group: bool = False) -> EventTable:
        """One course counted."""
        return table_of(histories, course, by_group=by_group)

    def scored(self, card: Card, rows: pl.DataFrame) -> pl.DataFrame:
        """What a card says of each row, in their order."""
        said = predict(card, as_records(rows), intervals=False)
        told: dict[str, Any] = {f"{card.id}.status": [STATUS_WORDS[status] for status in said.status.tolist()]}
        for place, horizon in enumerate(said.horizons_months):
            for end in ("low", "high"):
                values = pl.Series(getattr(said, end)[:, place], dtype=pl.Float64)
                told[f"{card.id}.{horizon:g}m.{end}"] = values.fill_nan(None)
        return rows.with_columns(pl.Series(name, values) for name, values in told.items())

    def kept(self, rows: pl.DataFrame) -> tuple[list[int], Any]:
        """The ids of the rows that are records, and the account."""
        _, account = Records.of_arrow(rows, own_columns(rows.columns))
        return rows["id"].gather(account.rows).to_list(), account


class InEngine:
    """An engine asked in the same way; `run` is the engine itself."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._open, self.run = make, ExitStack(), None

    def __enter__(self) -> Any:
        self.run = self._open.enter_context(self._make())
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def event_table(self, histories: pl.DataFrame, course: str, *, by_group: bool = False) -> EventTable:
        return event_table(self.run.given(histories), course, self.run, by_group=by_group)

    def scored(self, card: Card, rows: pl.DataFrame) -> pl.DataFrame:
        said: pl.DataFrame = self.run.small(scored(card, self.run.given(rows), self.run)).sort("id")
        figures = [f"{card.id}.{h:g}m.{end}" for h in card.outcome.horizons_months for end in ("low", "high")]
        return said.select(*rows.columns, f"{card.id}.status", *figures)

    def kept(self, rows: pl.DataFrame) -> tuple[list[int], Any]:
        kept, account = without_refused(self.run.given(rows), self.run)
        return self.run.small(kept.select("id"))["id"].sort().to_list(), account


MADE: dict[str, Callable[[], Any]] = {"polars": PolarsEngine, "duckdb": DuckDBEngine}
"""The engines themselves."""
if importlib.util.find_spec("pyspark") is not None:
    from spark_sessions import engine_of_the_session

    MADE["spark"] = engine_of_the_session


def asked(name: str) -> Any:
    """Who answers, by name, to be opened."""
    return InMemory() if name == "numpy" else InEngine(MADE[name])


EVERYONE = ("numpy", *sorted(MADE))
OTHERS = tuple(sorted(MADE))
"""All but NumPy: whoever is compared with it."""
