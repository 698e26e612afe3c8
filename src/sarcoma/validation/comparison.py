"""Two models on the same patients: paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma.survival.measures import (
    Measure,
    Outcome,
    auc,
    brier_score,
    concordance,
    difference,
    index_of_prediction_accuracy,
)
from sarcoma.validation.result import Compared, Validated


def compare(models: Sequence[Validated]) -> tuple[tuple[Compared, ...], dict[str, str]]:
    """Every two models of one outcome, on the patients whom both speak of; and why some could not be compared."""
    failed: dict[str, str] = {}
    found = []
    for i, a in enumerate(models):
        for b in models[i + 1 :]:
            same = (a.subject.endpoint, a.estimand, a.subject.time_zero) == (
                b.subject.endpoint, b.estimand, b.subject.time_zero
            )  # fmt: skip
            if not same or a.outcome is None:
                continue
            both, first, second = np.intersect1d(a.rows, b.rows, return_indices=True)
            for j, here in enumerate(a.horizons):
                for k, there in enumerate(b.horizons):
                    if here.months != there.months or here.discrimination_only or there.discrimination_only:
                        continue
                    compared = attempt(
                        failed,
                        f"{a.subject.id} and {b.subject.id} at {here.months:g} months",
                        partial(_differences, a, b, a.outcome, both, first, second, (j, k), here.months),
                    )
                    if compared is not None:
                        found.append(compared)
    return tuple(found), failed


def _differences(
    a: Validated,
    b: Validated,
    outcome: Outcome,
    both: NDArray[np.intp],
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    columns: tuple[int, int],
    months: float,
) -> Compared:
    outcome = outcome.take(first)
    p, q = a.risk[first, columns[0]], b.risk[second, columns[1]]
    measures: list[tuple[Measure, Measure]] = [
        (auc(p, outcome, months), auc(q, outcome, months)),
        (concordance(p, outcome, horizon=months), concordance(q, outcome, horizon=months)),
        (brier_score(p, outcome, months), brier_score(q, outcome, months)),
        (index_of_prediction_accuracy(p, outcome, months), index_of_prediction_accuracy(q, outcome, months)),
    ]
    return Compared(
        a.subject.id,
        b.subject.id,
        months,
        len(both),
        tuple((x.value, y.value) for x, y in measures),
        tuple(difference(x, y) for x, y in measures),
    )
