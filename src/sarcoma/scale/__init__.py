"""Tables that one machine's memory does not hold: the same numbers, worked out by an engine.

`score_file` scores a file by a model on Polars or DuckDB; `scored` a table that an engine (`PolarsEngine`,
`DuckDBEngine`) has open.
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
