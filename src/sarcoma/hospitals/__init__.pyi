from .answer import (
    Answer as Answer,
)
from .answer import (
    answer_of as answer_of,
)
from .combine import (
    combine as combine,
)
from .combine import (
    together as together,
)
from .event_tables import PooledTable as PooledTable
from .judged import PooledValidation as PooledValidation
from .partial import partial as partial
from .policy import (
    Policy as Policy,
)
from .policy import (
    policy_of as policy_of,
)
from .policy import (
    read_policy as read_policy,
)
from .question import (
    CoxQuestion as CoxQuestion,
)
from .question import (
    EventTableQuestion as EventTableQuestion,
)
from .question import (
    Grouping as Grouping,
)
from .question import (
    ValidationQuestion as ValidationQuestion,
)
from .question import (
    question_of as question_of,
)
from .site_rows import (
    SiteRows as SiteRows,
)
from .site_rows import (
    judged_rows as judged_rows,
)
from .site_rows import (
    rows_of as rows_of,
)
from .stratified_cox import PooledCox as PooledCox
