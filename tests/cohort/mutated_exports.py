"""What a damaged export may lead to: a cohort that accounts for its rows, or one clear error."""

from __future__ import annotations

import os
from pathlib import Path

from sarcoma.cohort import Cohort, make_cohort, open_source
from sarcoma.errors import SarcomaError

MUTATIONS = int(os.environ.get("FUZZ_INPUTS", "250")) // 25
FOREIGN = "ж"
"""A letter that mutations write into cells and that no error may repeat."""


def cohort_or_error(folder: Path) -> Cohort | None:
    """The cohort of an export, its account being right; None where one error of one line refuses it."""
    try:
        cohort = make_cohort(open_source(folder))
    except SarcomaError as error:
        assert str(error).count("\n") == 0
        assert FOREIGN not in str(error)
        return None
    about = cohort.about
    assert about.rows_in == about.rows_used + about.rows_refused
    assert about.rows_used == len(cohort)
    return cohort
