"""The two engines that answer the queries: PostgreSQL by ADBC, and DuckDB over a folder of Parquet files.

Both give Arrow to Polars, take parameters as `$1`, and only read. What goes wrong is one sentence, without a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from sarcoma.cohort.reading.omop.address import is_address
from sarcoma.cohort.reading.place import Place

if TYPE_CHECKING:
    import polars as pl

DEFAULT_TIMEOUT = 600.0


class Engine(Protocol):
    """Answers queries of `sql/` on tables that were looked at."""

    unread: dict[str, int]
    """Cells that are not of the kind of their column, by table and column; they are not known."""

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table in small letters; none where there is no such table."""
        ...

    def answer(self, query: str, *parameters: Iterable[Any]) -> pl.DataFrame:
        """The rows of a query by its name; each parameter is a list of whole numbers or words."""
        ...


@contextmanager
def engine_at(place: Place, timeout: float | None = None) -> Iterator[Engine]:
    """The engine of a place, while it is open; all its answers are of one moment.

    Raises
    ------
    CohortError : there is no server, no right to read, a table or column is missing, a query takes too long, …
    """
    from sarcoma.cohort.reading.omop.parquet import parquet
    from sarcoma.cohort.reading.omop.postgres import postgres

    seconds = DEFAULT_TIMEOUT if timeout is None else timeout
    with postgres(place, seconds) if is_address(place) else parquet(place, seconds) as engine:
        yield engine
