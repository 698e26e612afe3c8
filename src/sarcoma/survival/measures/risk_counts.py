"""Measures of people of whom is known only how many were given each prediction, and what happened to them in sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival.measures.calibration import solve_line
from sarcoma.survival.measures.cell_measures import CellMeasure
from sarcoma.survival.measures.judged_cells import JudgedCells


@dataclass(frozen=True, eq=False)
class RiskCounts:
    """risk (K,) : distinct predictions, rising. people (K,) : how many were given each."""

    risk: Floats
    people: NDArray[np.int64]

    @property
    def total(self) -> int:
        """How many people there are."""
        return int(self.people.sum())

    def quantiles(self, shares: Floats) -> Floats:
        """The quantiles of the predictions, as `np.quantile` has them."""
        (a, b), part = self.risk[self.holding(shares)], shares * (self.total - 1) % 1.0
        found: Floats = np.where(part < 0.5, a + (b - a) * part, b - (b - a) * (1.0 - part))
        return found

    def holding(self, shares: Floats) -> NDArray[np.intp]:
        """Where the two predictions stand between which each quantile lies, (2, shares)."""
        low = np.floor(shares * (self.total - 1)).astype(np.intp)
        both = np.stack([low, np.minimum(low + 1, self.total - 1)])
        return np.searchsorted(np.cumsum(self.people), both, side="right")

    def distribution(self, bins: int = 20) -> NDArray[np.int64]:
        """How many predictions lie in each of some equal parts of 0 to 1."""
        found: NDArray[np.int64] = np.histogram(self.risk, bins, (0.0, 1.0), weights=self.people)[0].astype(np.int64)
        return found


def line_of_counts(counts: RiskCounts, theta: Floats, squares: Floats, edge: int) -> tuple[CellMeasure, CellMeasure]:
    """Calibration intercept and slope by pseudo-values (`calibration_line`).

    Parameters
    ----------
    theta, squares : (K,) sums of the pseudo-observations of those who were given each prediction, and of their squares.
    edge : how many predictions are exactly 0 or 1.

    Raises
    ------
    InputError : there are such, or all predictions are the same. ConvergenceError : no line fits.
    """
    if edge:
        raise InputError(
            "risk", f"{edge} of {counts.total} predictions are exactly 0 or 1, which this scale cannot hold"
        )
    if len(counts.risk) < 2:
        raise InputError("risk", "all predictions are the same, so they have no slope")
    people = counts.people.astype(np.float64)
    mean = theta / people
    within = np.maximum(squares - theta * mean, 0.0)
    predicted = np.log(-np.log1p(-counts.risk))
    one = np.ones((len(people), 1))

    def solved(x: Floats, offset: Floats) -> CellMeasure:
        line = solve_line(x, mean, offset, people)
        inverse = np.linalg.inv(line.bread)
        spread = within + people * line.rest**2
        meat = (line.weighted * spread[:, None]).T @ line.weighted
        return CellMeasure(float(line.beta[-1]), float(np.sqrt((inverse @ meat @ inverse)[-1, -1])))

    return solved(one, predicted), solved(np.column_stack([one, predicted]), np.zeros(len(people)))


@dataclass(frozen=True, eq=False)
class Separation:
    """The area under the ROC curve of predictions, and what people add to it.

    of_case, of_control (K,) : what a case, and a control, of weight 1 adds to its influence by its prediction.
    """

    value: float
    of_case: Floats
    of_control: Floats


def separation(case: Floats, control: Floats, people: int) -> Separation:
    """The area under the ROC curve (`auc`).

    Parameters
    ----------
    case, control : (K,) sums of the weights of the cases and of the controls who were given each prediction, rising.

    Raises
    ------
    InputError : nobody is left to compare with.
    """
    cases, rest = float(case.sum()), float(control.sum())
    if rest == 0:
        raise InputError("horizon", "everyone whose fate is known has had the event by then", "an earlier one")
    lower = np.cumsum(control) - control / 2
    higher = cases - np.cumsum(case) + case / 2
    value = float(case @ lower) / (cases * rest)
    scale = people / (cases * rest)
    return Separation(value, scale * (lower - value * rest), scale * (higher - value * cases))


def separation_se(cells: JudgedCells, of_case: tuple[Floats, Floats], of_control: tuple[Floats, Floats]) -> float:
    """The standard error of the area under the ROC curve.

    Parameters
    ----------
    of_case, of_control : (M,) sums by cell of what `Separation` says that a case, and a control, adds, and of the
        squares.
    """
    case = cells.weight * cells.case
    control = cells.weight * ~cells.case
    sums = case * of_case[0] + control * of_control[0]
    squares = float((case**2 * of_case[1] + control**2 * of_control[1]).sum())
    return cells.se(cells.correction(sums), sums, squares)
