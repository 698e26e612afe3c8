"""Tables that one machine's memory does not hold: the same numbers, worked out by an engine.

`score_file` scores a file by a model on Polars, DuckDB or Spark; `scored` a table that an engine (`PolarsEngine`,
`DuckDBEngine`, `SparkEngine`) has open; `event_table` counts histories there. `CohortFiles` are a cohort's tables in an
engine, and `describe_files` describes it from them.
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
