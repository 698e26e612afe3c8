from .answer import (
    Answer as Answer,
)
from .answer import (
    answer_of as answer_of,
)
from .asking import ask as ask
from .event_tables import PooledTable as PooledTable
from .judged import PooledValidation as PooledValidation
from .ledger import Ledger as Ledger
from .policy import (
    Policy as Policy,
)
from .policy import (
    policy_of as policy_of,
)
from .policy import (
    read_policy as read_policy,
)
from .pooled_cox import PooledCox as PooledCox
from .pooling import (
    combine as combine,
)
from .pooling import (
    together as together,
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
from .site_answer import partial as partial
from .site_log import log_text as log_text
from .site_rows import (
    SiteRows as SiteRows,
)
from .site_rows import (
    judged_rows as judged_rows,
)
from .site_rows import (
    rows_of as rows_of,
)
