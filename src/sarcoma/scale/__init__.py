"""Tables that one machine's memory does not hold: the same numbers, worked out by an engine.

`scored` a table by a model, on Polars or DuckDB (`PolarsEngine`, `DuckDBEngine`).
"""

from sarcoma.scale.duckdb_engine import DuckDBEngine
from sarcoma.scale.engine import Engine
from sarcoma.scale.polars_engine import PolarsEngine
from sarcoma.scale.scoring import scored

__all__ = ["DuckDBEngine", "Engine", "PolarsEngine", "scored"]
