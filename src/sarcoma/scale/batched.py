"""A file by a model in batches, through `Records` and `predict`: what an expression cannot say is said so.

Tables with a mapping, numbers written as text, dates, and courses of several states. Each batch is read by columns, as
`Records.of_arrow` does; the memory is that of a few batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from sarcoma.errors import TableError
from sarcoma.models import Card, predict
from sarcoma.models.execute import STATUS_WORDS, Predictions
from sarcoma.patient import Records
from sarcoma.patient.mapping import TableMap
from sarcoma.scale.account import EngineAccount

ROWS = 100_000
"""So many rows are read at once."""


class Batches:
    """The rows of a table scored batch by batch, and what became of them.

    Parameters
    ----------
    rows : the table. mapping : what its columns mean.

    Raises
    ------
    TableError : the mapping names columns that the table does not have.
    """

    def __init__(self, card: Card, rows: pl.LazyFrame, mapping: TableMap) -> None:
        self._card, self._rows, self._mapping = card, rows, mapping
        self._schema = rows.collect_schema()
        absent = [name for name in mapping.columns() if name not in self._schema]
        if absent:
            raise TableError(f"the mapping names columns that the table does not have: {', '.join(absent[:8])}")
        if any(name.startswith(f"{card.id}.") for name in self._schema):
            raise TableError(f"the table has columns of {card.id} already; leave them out")
        self.account = EngineAccount()
        self.status: Counter[str] = Counter()

    def write(self, path: Path) -> None:
        """Score every row, and write those that are records as Parquet."""
        nobody = predict(self._card, Records.of_columns({}, 1), intervals=False)
        added = _told(nobody).schema

        def source(*_: Any) -> Iterator[pl.DataFrame]:
            for batch in self._rows.collect_batches(chunk_size=ROWS, engine="streaming"):
                if batch.height:
                    yield self._scored(batch)

        register_io_source(source, schema={**self._schema, **added}).sink_parquet(path)

    def _scored(self, batch: pl.DataFrame) -> pl.DataFrame:
        records, found = Records.of_arrow(batch.select(self._mapping.columns()), self._mapping)
        self.account.rows_in += found.rows_in
        self.account.rows_refused += found.rows_refused
        self.account.refused_because += found.reasons(refused=True)
        self.account.cells_left_unknown += found.reasons(refused=False)
        kept = batch[found.rows.astype(np.uint32)]
        if not len(records):
            return kept.with_columns(_told(predict(self._card, Records.of_columns({}, 1), intervals=False)).clear())
        told = _told(predict(self._card, records, intervals=False))
        self.status.update(told[f"{self._card.id}.status"].to_list())
        return kept.hstack(told)


def _told(said: Predictions) -> pl.DataFrame:
    """The columns of `sarcoma outlook --table` for one model."""
    name = said.card.id
    columns: dict[str, pl.Series] = {
        f"{name}.status": pl.Series([STATUS_WORDS[status] for status in said.status.tolist()], dtype=pl.String)
    }
    bounds = said.of_form.bounds()
    for place, horizon in enumerate(said.horizons_months):
        for end, values in (("", said.value), (".low", said.low), (".high", said.high)):
            columns[f"{name}.{horizon:g}m{end}"] = pl.Series(values[:, place], dtype=pl.Float64).fill_nan(None)
        if bounds is not None:
            words = {1: "above", -1: "below", 0: None}
            columns[f"{name}.{horizon:g}m.bound"] = pl.Series(
                [words[bound] for bound in bounds[:, place].tolist()], dtype=pl.String
            )
    return pl.DataFrame(columns)
