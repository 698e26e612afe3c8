"""O/E, the Brier score and the index of prediction accuracy from sums by cell, with the standard errors that rows give.

Whoever has the people (a hospital, an engine) sends sums of their predictions and of their losses by cell; nothing here
needs a row of anyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival.measures.judged_cells import JudgedCells


class CellMeasure(NamedTuple):
    """A measure with its standard error."""

    value: float
    se: float


def observed_of_cells(cells: JudgedCells) -> tuple[float, Floats]:
    """The observed probability of the event by the horizon, and what each person of a cell adds to it, (M,)."""
    happened = cells.weight * cells.case
    observed = cells.mean(happened)
    moved: Floats = happened - observed + cells.correction(cells.people * happened)
    return observed, moved


def ratio_of_cells(cells: JudgedCells, risk: Floats, squares: float) -> CellMeasure:
    """O/E (`observed_expected`).

    Parameters
    ----------
    risk : (M,) sums of the predictions by cell. squares : the sum of their squares.

    Raises
    ------
    InputError : every prediction is 0.
    """
    observed, moved = observed_of_cells(cells)
    mean = float(risk.sum()) / cells.total
    if mean == 0:
        raise InputError("risk", "every prediction is 0, so nothing can be set against it")
    share = observed / mean**2
    se = cells.se(moved / mean + observed / mean, -share * risk, share**2 * squares)
    return CellMeasure(observed / mean, se)


def brier_of_cells(cells: JudgedCells, loss: Floats, squares: float) -> CellMeasure:
    """The Brier score (`brier_score`).

    Parameters
    ----------
    loss : (M,) sums by cell of w (c − π)², with the weight w of the cell and c 1 for a case. squares : the sum of their
        squares.
    """
    value = float(loss.sum()) / cells.total
    return CellMeasure(value, cells.se(-value + cells.correction(loss), loss, squares))


def index_of_cells(cells: JudgedCells, loss: Floats, squares: float) -> CellMeasure:
    """The index of prediction accuracy (`index_of_prediction_accuracy`); the sums are those of `brier_of_cells`."""
    brier = float(loss.sum()) / cells.total
    own: Floats = -brier + cells.correction(loss)
    observed, moved = observed_of_cells(cells)
    by_cell = cells.weight * (cells.case - observed) ** 2
    null = cells.mean(by_cell)
    slope = -2.0 * cells.mean(cells.weight * (cells.case - observed))
    null_moved: Floats = by_cell - null + cells.correction(cells.people * by_cell) + slope * moved
    constant = -own / null + brier / null**2 * null_moved
    return CellMeasure(1.0 - brier / null, cells.se(constant, -loss / null, squares / null**2))


class Benefit(NamedTuple):
    """Net benefit at some thresholds, each (P,), and of treating everyone."""

    value: Floats
    se: Floats
    treat_all: Floats
    treat_all_se: Floats


def benefit_of_cells(everyone: JudgedCells, treated: Sequence[TreatedCells], thresholds: Floats) -> Benefit:
    """Net benefit as Vickers has it (`decision_curve`).

    Parameters
    ----------
    treated : for each threshold those with a prediction of at least it.
    """
    n, odds = everyone.total, thresholds / (1.0 - thresholds)
    found = [_of_treated(one, n, float(o)) for one, o in zip(treated, odds, strict=True)]
    value, se = (np.array(part) for part in zip(*found, strict=True))
    people = everyone.people
    gains = [everyone.weight * who for who in (everyone.case, ~everyone.case)]
    moved = np.array([gain + everyone.correction(people * gain) for gain in gains])
    covariance = np.cov(moved, fweights=people)
    variance = covariance[0, 0] - 2 * odds * covariance[0, 1] + odds**2 * covariance[1, 1]
    treat_all = everyone.mean(gains[0]) - odds * everyone.mean(gains[1])
    return Benefit(value, se, treat_all, np.sqrt(np.maximum(variance, 0.0) / n))


@dataclass(frozen=True)
class TreatedCells:
    """Those whom a threshold would have treated: how many, their own cells (None where none had the event by the
    horizon), and whether some are followed to the horizon."""

    people: int
    cells: JudgedCells | None
    followed: bool


def _of_treated(one: TreatedCells, n: int, odds: float) -> tuple[float, float]:
    """P(treated) [(1 + odds) F − odds] and its standard error; 0 of nobody, NaN where it is not known."""
    if not one.people:
        return 0.0, 0.0
    if not one.followed:
        return float("nan"), float("nan")
    share, risk = one.people / n, 0.0
    people, moved = np.array([one.people]), np.zeros(1)
    if one.cells is not None:
        risk, moved = observed_of_cells(one.cells)
        people = one.cells.people
    own = (1.0 + odds) * (moved + risk) - odds
    mean = float((people * own).sum()) / n
    spread = float((people * own**2).sum()) - n * mean**2
    return share * ((1.0 + odds) * risk - odds), float(np.sqrt(max(spread, 0.0) / (n - 1) / n))
