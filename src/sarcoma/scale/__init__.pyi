from .duckdb_engine import DuckDBEngine as DuckDBEngine
from .event_tables import event_table as event_table
from .polars_engine import PolarsEngine as PolarsEngine
from .score_file import ScoredFile as ScoredFile
from .score_file import score_file as score_file
from .scoring import scored as scored
from .spark_engine import SparkEngine as SparkEngine
