"""The engines that the tests of this folder run on: Spark where it is installed (`make test-spark`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sarcoma.scale import DuckDBEngine, PolarsEngine

ENGINES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "polars": PolarsEngine,
    "duckdb": DuckDBEngine,
}
if importlib.util.find_spec("pyspark") is not None:
    from spark_sessions import engine_of_the_session

    ENGINES["spark"] = engine_of_the_session
