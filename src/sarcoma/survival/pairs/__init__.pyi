from .concordance import (
    Concordance as Concordance,
)
from .concordance import (
    concordance_at_risk as concordance_at_risk,
)
from .concordance import (
    harrell_concordance as harrell_concordance,
)
