"""Many people: the standard cohort, readers, checks, description, fitting."""

from sarcoma.cohort.cohort import FILES, About, Cohort
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.cohort.reading.mapping import CohortMap, cohort_map, read_cohort_map
from sarcoma.cohort.reading.readers import open_source
from sarcoma.cohort.reading.reading import Source, make_cohort

__all__ = [
    "FILES",
    "About",
    "Cohort",
    "CohortMap",
    "FollowUp",
    "Source",
    "cohort_map",
    "make_cohort",
    "open_source",
    "read_cohort_map",
]
