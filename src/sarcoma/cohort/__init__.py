"""Many people: read a registry's files, check them, describe the course of the disease.

Reading: `open_source` a place, `draft_of` its mapping (`draft_yaml` writes it), `read_cohort_map`, `make_cohort`;
`simulated_table` makes a registry up. A `Cohort` has its account (`About`) and, as arrays, what happened
(`FollowUp`); `records_at_metastasis` and `records_at_recurrence` give its people at a later time. Asking: `check`,
`describe`. Counting: `PLANS` (`CountingPlan`, `full_course`, `where_first`); counted tables go to and from Arrow
(`to_arrow`, `of_arrow`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sarcoma.cohort.at_event import records_at_metastasis, records_at_recurrence
    from sarcoma.cohort.checks import Checked, Finding, check
    from sarcoma.cohort.cohort import About, Cohort
    from sarcoma.cohort.counted_histories import Counted
    from sarcoma.cohort.counting_plan import CountedState, CountingPlan, Exclusion
    from sarcoma.cohort.courses import PLANS, full_course, where_first
    from sarcoma.cohort.description import Description, describe
    from sarcoma.cohort.event_table_arrow import ARROW_SCHEMA, of_arrow, to_arrow
    from sarcoma.cohort.follow_up import FollowUp
    from sarcoma.cohort.reading import (
        CohortMap,
        Draft,
        Place,
        Source,
        cohort_map,
        draft_of,
        draft_yaml,
        make_cohort,
        open_source,
        read_cohort_map,
    )
    from sarcoma.cohort.simulate import simulated_table

__all__ = [
    "ARROW_SCHEMA",
    "PLANS",
    "About",
    "Checked",
    "Cohort",
    "CohortMap",
    "Counted",
    "CountedState",
    "CountingPlan",
    "Description",
    "Draft",
    "Exclusion",
    "Finding",
    "FollowUp",
    "Place",
    "Source",
    "check",
    "cohort_map",
    "describe",
    "draft_of",
    "draft_yaml",
    "full_course",
    "make_cohort",
    "of_arrow",
    "open_source",
    "read_cohort_map",
    "records_at_metastasis",
    "records_at_recurrence",
    "simulated_table",
    "to_arrow",
    "where_first",
]

# SciPy takes longer to import than a cohort to open: what needs it (checks, descriptions) is imported when asked for
_HOME = {
    "ARROW_SCHEMA": "event_table_arrow",
    "PLANS": "courses",
    "About": "cohort",
    "Checked": "checks",
    "Cohort": "cohort",
    "CohortMap": "reading",
    "Counted": "counted_histories",
    "CountedState": "counting_plan",
    "CountingPlan": "counting_plan",
    "Description": "description",
    "Draft": "reading",
    "Exclusion": "counting_plan",
    "Finding": "checks",
    "FollowUp": "follow_up",
    "Place": "reading",
    "Source": "reading",
    "check": "checks",
    "cohort_map": "reading",
    "describe": "description",
    "draft_of": "reading",
    "draft_yaml": "reading",
    "full_course": "courses",
    "make_cohort": "reading",
    "of_arrow": "event_table_arrow",
    "open_source": "reading",
    "read_cohort_map": "reading",
    "records_at_metastasis": "at_event",
    "records_at_recurrence": "at_event",
    "simulated_table": "simulate",
    "to_arrow": "event_table_arrow",
    "where_first": "courses",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
