"""The FNCLCC grade from its parts: differentiation, mitoses, necrosis.

The table is that of the AJCC Cancer Staging Manual, 8th edition (2017), as NCI's PDQ (2025) reprints it.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product

from sarcoma.errors import Problem, RecordError
from sarcoma.evidence.library import staging_tables


def mitotic_score(mitoses_per_10_hpf: float) -> int:
    """FNCLCC score (1–3) of a mitotic count.

    Parameters
    ----------
    mitoses_per_10_hpf : mitoses per 10 high-power fields. The table is printed for whole counts; a mean
        such as 9.5 has not reached 10 and scores as 9 does.

    Raises
    ------
    RecordError : the count is negative or not a finite number.
    """
    if not (math.isfinite(mitoses_per_10_hpf) and mitoses_per_10_hpf >= 0):
        raise RecordError([Problem("mitoses_per_10_hpf", "out-of-range", "mitoses", example="12")])
    return max(row.score for row in staging_tables().fnclcc.mitoses_per_10_hpf if mitoses_per_10_hpf >= row.at_least)


def necrosis_score(necrosis: str) -> int:
    """FNCLCC score (0–2) of an extent of necrosis: `none`, `under-half` or `half-or-more` of the tumour.

    Raises
    ------
    RecordError : the code is none of these.
    """
    scores = {row.code: row.score for row in staging_tables().fnclcc.necrosis}
    if necrosis not in scores:
        raise RecordError([Problem("necrosis", "unknown-code", "necrosis", names=tuple(scores), example="none")])
    return scores[necrosis]


def possible_grades(
    differentiation: int | None, mitoses_per_10_hpf: float | None, necrosis: str | None
) -> frozenset[str]:
    """FNCLCC grades ("1", "2", "3") that are still possible; every value of an unknown part is tried.

    Parameters
    ----------
    differentiation : differentiation score, 1–3, or None if not known.
    mitoses_per_10_hpf : mitoses per 10 high-power fields, or None.
    necrosis : `none`, `under-half`, `half-or-more`, or None.

    Raises
    ------
    RecordError : a part is outside its range.

    Examples
    --------
    >>> possible_grades(2, 12, "under-half")
    frozenset({'2'})
    >>> sorted(possible_grades(2, None, "none"))
    ['1', '2']
    """
    return _grades(
        differentiation,
        None if mitoses_per_10_hpf is None else mitotic_score(mitoses_per_10_hpf),
        None if necrosis is None else necrosis_score(necrosis),
    )


@cache
def _grades(differentiation: int | None, mitotic: int | None, necrotic: int | None) -> frozenset[str]:
    table = staging_tables().fnclcc
    scores: list[int] = [row.score for row in table.differentiation]
    if differentiation is not None and differentiation not in scores:
        raise RecordError([Problem("differentiation", "out-of-range", "differentiation", example="2")])
    parts = (
        scores if differentiation is None else [differentiation],
        [row.score for row in table.mitoses_per_10_hpf] if mitotic is None else [mitotic],
        [row.score for row in table.necrosis] if necrotic is None else [necrotic],
    )
    grade_of = {total: row.grade for row in table.grades for total in row.totals}
    return frozenset(grade_of[sum(combination)] for combination in product(*parts))
