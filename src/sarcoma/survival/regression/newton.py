"""Newton's method on a partial likelihood, and what it says when there is no finite maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from sarcoma._types import Floats
from sarcoma.errors import CollinearityError, ConvergenceError, InfiniteEstimateError, InputError
from sarcoma.survival import _arrays
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood, Slots

_SMALLEST = 1e-140  # sum over a risk set, against its largest member, whose square is still a number


@dataclass(frozen=True, eq=False, slots=True)
class Maximum:
    """Where the (penalised) likelihood is highest, in the standardised covariates."""

    beta: Floats
    risks: Floats
    slots: Slots
    means: Floats
    information: Floats
    score_test: float
    log_likelihood_at_zero: float
    log_likelihood: float
    steps: int


class Start(NamedTuple):
    """Coefficients near the maximum, and about the information there."""

    beta: Floats
    information: Floats


def maximise(
    likelihood: PartialLikelihood,
    columns: tuple[str, ...],
    *,
    penalty: Floats,
    start: Start | None = None,
    score_test: bool = True,
    most_steps: int = 30,
    tolerance: float = 1e-10,
) -> Maximum:
    """Newton steps, halved where the likelihood falls, until no standardised coefficient moves by the tolerance.

    Raises
    ------
    CollinearityError : the information is singular at β = 0.
    InfiniteEstimateError : the likelihood has stopped rising while coefficients still move.
    ConvergenceError : neither, within the steps allowed.
    """
    beta = np.zeros(likelihood.p)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        risks = likelihood.risks(beta)
        slots = likelihood.slots(risks)
    value = at_zero = likelihood.log_likelihood(slots)
    chi_square = float("nan")
    if not np.isfinite(at_zero) or slots.total.min() <= _SMALLEST:
        which = "weight" if likelihood.offset is None else "offset"
        raise InputError(which, "differs so much between rows that some have no risk beside the others")
    if start is None or score_test:
        score, information = likelihood.score(risks, slots), likelihood.information(risks, slots)
        _check_rank(information + np.diag(penalty), columns)
        if score_test:
            chi_square = float(score @ _solve(information, score))
    if start is not None:  # of full rank on a part of the rows, so on all of them
        beta, information = start
        risks = likelihood.risks(beta)
        slots = likelihood.slots(risks)
        value = likelihood.log_likelihood(slots) - 0.5 * float(penalty @ beta**2)
        score = likelihood.score(risks, slots)
    first = information
    score = score - penalty * beta
    moved = np.inf
    for steps in range(1, most_steps + 1):
        step = _solve(information + np.diag(penalty), score)
        left_range = False  # of numbers that can be squared
        for _ in range(40):
            trial = beta + step
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                risks = likelihood.risks(trial)
                slots = likelihood.slots(risks)
                reached = likelihood.log_likelihood(slots) - 0.5 * float(penalty @ trial**2)
            finite = bool(np.isfinite(reached) and slots.total.min() > _SMALLEST)
            if finite and reached >= value - 1e-10 * abs(value):
                break
            left_range |= not finite
            step = step / 2
        gain, before, moved = reached - value, moved, float(np.abs(step).max())
        if not finite or (left_range and gain < 1e-9 * (1 + abs(value))):
            _raise_infinite(step, information, first, columns)
        beta, value = trial, reached
        rate = moved / before if steps > 1 else 1.0  # at which steps shrink: about a geometric series of them is left
        if moved < tolerance or (rate < 0.2 and moved * rate < tolerance / 100):
            break
        score = likelihood.score(risks, slots) - penalty * beta
        if steps == 1 or moved > 1e-2 or (steps > 2 and rate > 0.1):  # else that of a step ago serves as well
            information = likelihood.information(risks, slots)
        if steps > 6 and gain < 1e-9 * (1 + abs(value)) and moved > max(1e-3, before / 2):
            _raise_infinite(step, information, first, columns)
    else:
        if moved > 1e-6:
            raise ConvergenceError(
                f"no maximum within {most_steps} steps; standardise or drop covariates, or add a penalty"
            )
    means = np.empty((likelihood.d, likelihood.p))
    information = likelihood.information(risks, slots, means=means)
    _check_flat(information + np.diag(penalty), first, columns)
    final = value + 0.5 * float(penalty @ beta**2)
    return Maximum(beta, risks, slots, means, information, chi_square, at_zero, final, steps)


def inverse(matrix: Floats, columns: tuple[str, ...]) -> Floats:
    """The inverse of an information matrix.

    Raises
    ------
    CollinearityError : it has none.
    """
    try:
        found: Floats = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        found = np.full_like(matrix, np.nan)
    if not np.isfinite(found).all():
        raise CollinearityError(f"{_named(columns, columns)}: determine each other; leave one of them out", columns)
    return found


def _named(some: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Some of the columns, as one who gave them knows them."""
    shown = _arrays.spoken(some, columns)
    return f"x, {shown}" if columns == _arrays.unnamed(len(columns)) else shown


def _solve(matrix: Floats, right: Floats) -> Floats:
    _, found, failed = lapack.dposv(matrix, right)
    if failed:
        found = np.linalg.lstsq(matrix, right, rcond=None)[0]
    solution: Floats = np.asarray(found, dtype=np.float64)
    return solution


def _check_rank(penalised: Floats, columns: tuple[str, ...]) -> None:
    """Name the columns that carry no information of their own."""
    if not np.isfinite(penalised).all():
        raise InputError("x", "some values are too far from the others to be squared; check their unit")
    size = np.sqrt(np.maximum(np.diag(penalised), 0.0))
    largest = size.max(initial=0.0)
    constant = [c for c, s in zip(columns, size, strict=True) if s <= 1e-7 * max(largest, 1e-300)]
    if constant:
        raise CollinearityError(
            f"{_named(tuple(constant), columns)}: does not vary among those at risk at the events; leave it out",
            tuple(constant),
        )
    correlation = penalised / np.outer(size, size)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < 1e-9:
        weight = np.abs(vectors[:, 0])
        involved = tuple(c for c, w in zip(columns, weight, strict=True) if w > 0.05 * weight.max())
        raise CollinearityError(f"{_named(involved, columns)}: determine each other; leave one of them out", involved)


def _check_flat(information: Floats, first: Floats, columns: tuple[str, ...]) -> None:
    """A likelihood that has gone flat along a column has no finite maximum there."""
    flat = np.diag(information) < 1e-12 * np.diag(first)
    if flat.any():
        _raise_infinite(flat.astype(float), information, first, columns)


def _raise_infinite(step: Floats, information: Floats, first: Floats, columns: tuple[str, ...]) -> None:
    raw = np.abs(step)
    ratio = np.diag(information) / np.maximum(np.diag(first), 1e-300)
    involved = tuple(
        c
        for c, s, r in zip(columns, raw, ratio, strict=True)
        if s > 0.1 * raw.max() and (r < 0.1 or s > 0.5 * raw.max())
    )
    raise InfiniteEstimateError(
        f"{_named(involved, columns)}: separates those with events from those without, so that no finite coefficient "
        "fits best, or has a value very far from the others; check its unit, join categories, leave it out, or add a "
        "penalty (ridge)",
        involved,
    )
