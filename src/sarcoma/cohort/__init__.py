"""Many people: the standard cohort, readers, checks, description, fitting."""

from sarcoma.cohort.cohort import FILES, About, Cohort
from sarcoma.cohort.counting_plan import CountedState, CountingPlan, Exclusion
from sarcoma.cohort.courses import PLANS, full_course, where_first
from sarcoma.cohort.event_table_arrow import ARROW_SCHEMA, of_arrow, to_arrow
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.cohort.reading.mapping import CohortMap, cohort_map, read_cohort_map
from sarcoma.cohort.reading.readers import open_source
from sarcoma.cohort.reading.reading import Source, make_cohort

__all__ = [
    "ARROW_SCHEMA",
    "FILES",
    "PLANS",
    "About",
    "Cohort",
    "CohortMap",
    "CountedState",
    "CountingPlan",
    "Exclusion",
    "FollowUp",
    "Source",
    "cohort_map",
    "full_course",
    "make_cohort",
    "of_arrow",
    "open_source",
    "read_cohort_map",
    "to_arrow",
    "where_first",
]
