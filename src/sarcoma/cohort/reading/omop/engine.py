"""The two engines that answer the queries: PostgreSQL by ADBC, and DuckDB over a folder of Parquet files.

Both give Arrow to Polars, take parameters as `$1`, and only read. What goes wrong is one sentence, without a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sarcoma.cohort.reading.omop.address import is_address
from sarcoma.cohort.reading.omop.parquet import parquet
from sarcoma.cohort.reading.omop.postgres import postgres
from sarcoma.cohort.reading.omop.queries import Engine
from sarcoma.cohort.reading.place import Place

DEFAULT_TIMEOUT = 600.0


@contextmanager
def engine_at(place: Place, timeout: float | None = None) -> Iterator[Engine]:
    """The engine of a place, while it is open; all its answers are of one moment.

    Raises
    ------
    CohortError : there is no server, no right to read, a table or column is missing, a query takes too long, …
    """
    seconds = DEFAULT_TIMEOUT if timeout is None else timeout
    with postgres(place, seconds) if is_address(place) else parquet(place, seconds) as engine:
        yield engine
