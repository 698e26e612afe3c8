from .duckdb_engine import DuckDBEngine as DuckDBEngine
from .polars_engine import PolarsEngine as PolarsEngine
from .score_file import ScoredFile as ScoredFile
from .score_file import score_file as score_file
from .scoring import scored as scored
