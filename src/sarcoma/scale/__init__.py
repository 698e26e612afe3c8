"""Tables that one machine's memory does not hold: the same numbers, worked out by an engine.

`score_file` scores a file by a model on Polars or DuckDB; `scored` a table that an engine (`PolarsEngine`,
`DuckDBEngine`) has open.
"""

from sarcoma.scale.duckdb_engine import DuckDBEngine
from sarcoma.scale.polars_engine import PolarsEngine
from sarcoma.scale.score_file import ScoredFile, score_file
from sarcoma.scale.scoring import scored

__all__ = ["DuckDBEngine", "PolarsEngine", "ScoredFile", "score_file", "scored"]
