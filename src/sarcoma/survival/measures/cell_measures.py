"""O/E, the Brier score and the index of prediction accuracy from sums by cell, with the standard errors that rows give.

Whoever has the people (a hospital, an engine) sends sums of their predictions and of their losses by cell; nothing here
needs a row of anyone.
"""

from __future__ import annotations

from typing import NamedTuple

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
