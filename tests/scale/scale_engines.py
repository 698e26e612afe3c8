"""The engines that the tests of this folder run on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sarcoma.scale import DuckDBEngine, PolarsEngine

ENGINES: dict[str, Callable[[], AbstractContextManager[PolarsEngine | DuckDBEngine]]] = {
    "polars": PolarsEngine,
    "duckdb": DuckDBEngine,
}
