"""Many people: read a registry's files, check them, describe the course of the disease.

Reading: `open_source` a place, `draft_of` its mapping (`draft_yaml` writes it), `read_cohort_map`, `make_cohort`;
`simulated_table` makes a registry up. A `Cohort` has its account (`About`) and, as arrays, what happened
(`FollowUp`); `records_at_metastasis` and `records_at_recurrence` give its people at a later time. Asking: `check`,
`describe`. Counting: `PLANS` (`CountingPlan`, `full_course`, `where_first`); counted tables go to and from Arrow
(`to_arrow`, `of_arrow`). `histories_of` a cohort are the rows that plans count, and `follow_up_of` it is what happened
to each patient, as tables that can be written beside it (`read_histories`). `read_life_table` reads the general
population's mortality.
`write_as` writes a cohort in a form that others read (`Loss`: what the form could not carry).
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
