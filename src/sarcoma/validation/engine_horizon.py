"""How well predictions did at one horizon, from the small tables of an engine: `performance.at_horizon` of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.errors import SurvivalError
from sarcoma.survival.measures import CalibrationGroups, DecisionCurve, Measure
from sarcoma.survival.measures._measure import Scale, wald_limits
from sarcoma.survival.measures.cell_measures import CellMeasure, brier_of_cells, index_of_cells, ratio_of_cells
from sarcoma.survival.measures.judged_cells import JudgedCells
from sarcoma.survival.measures.risk_counts import line_of_counts
from sarcoma.validation.engine_passes import HorizonPasses, of_time
from sarcoma.validation.engine_sample import EngineSample, PredictedSums
from sarcoma.validation.performance import (
    ENOUGH,
    HARDLY_ANYONE,
    QUARTERS,
    AtHorizon,
    OverTime,
    few_followed,
    groups_of,
    thresholds_to,
)

_PAIRS = "it compares each person with everyone else, which an engine does not do"
_CURVE = "it needs the prediction and outcome of every person in memory at once, and so do ICI, E50 and E90"
_LEVEL = 0.95
_BOUNDS = {"AUC": (0.0, 1.0), "Brier score": (0.0, np.inf), "index of prediction accuracy": (-np.inf, 1.0)}
_ON_LOG_SCALE = ("O/E",)


class EngineHorizon:
    """One horizon.

    Parameters
    ----------
    judgeable : horizons that could be judged instead. over : times by which these predictions are to tell people apart
    too.
    """

    def __init__(
        self, sample: EngineSample, of: PredictedSums, judgeable: tuple[float, ...], over: tuple[float, ...] = ()
    ) -> None:
        self._sample, self._of, self._judgeable, self._over = sample, of, judgeable, over
        outcome = sample.outcome
        self.reached = outcome.free_at(of.months)
        self.limit: float | None = None
        if self.reached < ENOUGH:
            self.limit = judgeable[-1] if judgeable else outcome.median_exit
        self._by = of.months if self.limit is None else self.limit
        self._passes = HorizonPasses(sample, of, (self._by, *over), calibrated=self.limit is None)

    def judged(self) -> AtHorizon:
        """Every measure that the people here can bear."""
        sample, of, counts = self._sample, self._of, self._passes.counts
        measures: dict[str, Measure] = {}
        cannot: dict[str, str] = {}
        area = attempt(cannot, "AUC", self._area)  # why there is none comes first: it is the reason of all
        cannot["concordance"] = _PAIRS
        if area is not None:
            measures["AUC"] = self._measure("AUC", area, self._by)
        observed = groups = decision = why = None
        if self.limit is None:
            self._whole(measures, cannot)
            observed = attempt(cannot, "observed", self._observed)
            groups, decision = self._bands(cannot)
        else:
            why = few_followed(self.reached, of.months, self._judgeable)
        n = len(sample)
        return AtHorizon(
            of.months, n, sample.outcome.event_by(of.months), self.reached, float(of.risk.sum()) / n,
            np.round(self._passes.quantiles(QUARTERS), 2), counts.distribution(), observed, measures, cannot, None,
            groups, decision, why, self.limit, self._judgeable,
        )  # fmt: skip

    def over_time(self) -> OverTime | None:
        """How well these predictions tell people apart at other times; None where nothing can be said."""
        found = [(t, self._passes.areas[t]) for t in self._over if t in self._passes.areas]
        if len(found) < 2:
            return None
        areas = [self._measure("AUC", area, t) for t, area in found]
        return OverTime(self._of.months, tuple(t for t, _ in found), tuple(areas))

    def _area(self) -> CellMeasure:
        found = self._passes.areas.get(self._by)
        if found is None:
            raise SurvivalError(self._passes.no_area[of_time(self._by)])
        return found

    def _cells(self) -> JudgedCells:
        return self._sample.outcome.cells(self._of.months)[0]

    def _sum(self, values: Floats) -> Floats:
        """Sums by time and event as sums by cell."""
        cells, where = self._sample.outcome.cells(self._of.months)
        return cells.sums(where, values)

    def _loss(self) -> tuple[Floats, float]:
        weight = self._cells().weight
        return weight * self._sum(self._of.loss), float((weight**2 * self._sum(self._of.loss_squares)).sum())

    def _whole(self, measures: dict[str, Measure], cannot: dict[str, str]) -> None:
        """All but discrimination."""
        computed: dict[str, tuple[str, Callable[[], CellMeasure]]] = {
            "O/E": ("O/E", self._ratio),
            "Brier score": ("Brier score", lambda: brier_of_cells(self._cells(), *self._loss())),
            "IPA": ("index of prediction accuracy", lambda: index_of_cells(self._cells(), *self._loss())),
        }
        for key, (name, compute) in computed.items():
            found = attempt(cannot, key, compute)
            if found is not None:
                measures[key] = self._measure(name, found)
        line = attempt(cannot, "calibration slope", self._line)
        if line is not None:
            measures["calibration intercept"] = self._measure("calibration intercept", line[0])
            measures["calibration slope"] = self._measure("calibration slope", line[1])
        cannot["calibration curve"] = _CURVE

    def _ratio(self) -> CellMeasure:
        return ratio_of_cells(self._cells(), self._sum(self._of.risk), float(self._of.squares.sum()))

    def _line(self) -> tuple[CellMeasure, CellMeasure]:
        rows = self._passes.by_risk
        theta, squares = rows["theta"].to_numpy(), rows["squares"].to_numpy()
        return line_of_counts(self._passes.counts, theta, squares, int(rows["edge"].sum()))

    def _observed(self) -> Measure:
        """The observed probability: O/E of a prediction of 1 for everyone."""
        cells = self._cells()
        ones = cells.people.astype(np.float64)
        return self._measure("O/E", ratio_of_cells(cells, ones, float(cells.total)))

    def _bands(self, cannot: dict[str, str]) -> tuple[CalibrationGroups | None, DecisionCurve | None]:
        """Groups of like predictions, and net benefit."""
        many = groups_of(len(self._sample))
        shares = np.append(np.arange(1, many) / many, HARDLY_ANYONE)
        *quantiles, last = self._passes.quantiles(shares).tolist()
        thresholds = thresholds_to(last)
        banded = self._passes.banded(np.unique(quantiles), thresholds)
        return (
            attempt(cannot, "groups of like predictions", banded.calibration_groups),
            attempt(cannot, "net benefit", lambda: banded.decision_curve(thresholds)),
        )

    def _measure(self, name: str, found: CellMeasure, horizon: float | None = None) -> Measure:
        scale: Scale = "log" if name in _ON_LOG_SCALE else "plain"
        bounds = _BOUNDS.get(name, (-np.inf, np.inf))
        low, high = wald_limits(found.value, found.se, level=_LEVEL, scale=scale, bounds=bounds)
        at = self._of.months if horizon is None else horizon
        nobody = np.zeros(0)
        return Measure(name, found.value, found.se, low, high, _LEVEL, self._sample.outcome.estimand, at, nobody)
