from .at_event import (
    records_at_metastasis as records_at_metastasis,
)
from .at_event import (
    records_at_recurrence as records_at_recurrence,
)
from .checks import (
    Checked as Checked,
)
from .checks import (
    Finding as Finding,
)
from .checks import (
    check as check,
)
from .cohort import (
    About as About,
)
from .cohort import (
    Cohort as Cohort,
)
from .counted_histories import CountedHistories as CountedHistories
from .counting_plan import (
    CountedState as CountedState,
)
from .counting_plan import (
    CountingPlan as CountingPlan,
)
from .counting_plan import (
    Exclusion as Exclusion,
)
from .courses import (
    PLANS as PLANS,
)
from .courses import (
    full_course as full_course,
)
from .courses import (
    where_first as where_first,
)
from .description import (
    Description as Description,
)
from .description import (
    baseline_table as baseline_table,
)
from .description import (
    describe as describe,
)
from .description import (
    group_curves as group_curves,
)
from .event_table_arrow import (
    ARROW_SCHEMA as ARROW_SCHEMA,
)
from .event_table_arrow import (
    of_arrow as of_arrow,
)
from .event_table_arrow import (
    to_arrow as to_arrow,
)
from .follow_up import FollowUp as FollowUp
from .follow_up_file import follow_up_of as follow_up_of
from .histories_file import (
    histories_of as histories_of,
)
from .histories_file import (
    read_histories as read_histories,
)
from .life_table_file import read_life_table as read_life_table
from .reading import (
    CohortMap as CohortMap,
)
from .reading import (
    Draft as Draft,
)
from .reading import (
    Place as Place,
)
from .reading import (
    Source as Source,
)
from .reading import (
    cohort_map as cohort_map,
)
from .reading import (
    draft_of as draft_of,
)
from .reading import (
    draft_yaml as draft_yaml,
)
from .reading import (
    make_cohort as make_cohort,
)
from .reading import (
    open_source as open_source,
)
from .reading import (
    read_cohort_map as read_cohort_map,
)
from .reading import (
    read_table as read_table,
)
from .simulate import simulated_table as simulated_table
from .writing import Loss as Loss
from .writing import write_as as write_as
