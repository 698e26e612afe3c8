"""From a source to a cohort: readers of places, mappings, times, rows used and rows refused."""

from sarcoma._tables import read_table
from sarcoma.cohort.reading.draft_mapping import draft_of, draft_yaml
from sarcoma.cohort.reading.mapping import CohortMap, cohort_map, read_cohort_map
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.reading.readers import open_source
from sarcoma.cohort.reading.reading import make_cohort
from sarcoma.cohort.reading.source import Draft, Source

__all__ = [
    "CohortMap",
    "Draft",
    "Place",
    "Source",
    "cohort_map",
    "draft_of",
    "draft_yaml",
    "make_cohort",
    "open_source",
    "read_cohort_map",
    "read_table",
]
