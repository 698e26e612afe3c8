"""Optional steps: what cannot be computed is said, and takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from sarcoma.errors import SarcomaError

T = TypeVar("T")

SINGULAR = "the people here do not determine it (a singular matrix)"


def attempt(failed: dict[str, str], step: str, compute: Callable[[], T]) -> T | None:
    """What an optional step gives; None where it has no answer, and then `failed` says why under the step's name.

    Only errors that are raised on purpose (SarcomaError) and a singular matrix are answers of this kind: anything else
    is a defect, and is not hidden.

    Examples
    --------
    >>> from sarcoma.errors import CohortError
    >>> failed: dict[str, str] = {}
    >>> def subgroups() -> int:
    ...     raise CohortError("nobody is under 50")
    >>> attempt(failed, "subgroups", subgroups), failed
    (None, {'subgroups': 'nobody is under 50'})
    """
    try:
        return compute()
    except SarcomaError as error:
        failed[step] = str(error)
    except np.linalg.LinAlgError:
        failed[step] = SINGULAR
    return None
