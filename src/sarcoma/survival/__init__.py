"""The mathematics: NumPy and SciPy only, no knowledge of sarcoma, files or frames.

Counting: `Course`, `Histories`, `EventTable`. Estimating: `occupancy` (and `kaplan_meier`, `cumulative_incidence`,
`landmark_occupancy`), `logrank`, `gray_test`, `pseudo_observations`. Regression: `CoxRegression`, `FineGrayRegression`,
`harrell_concordance`. Predicting: `TransitionHazard`, `MultiStateModel`. Transforms of covariates are shared with the
cards.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sarcoma.survival.transforms import interval_index, piecewise_linear, restricted_cubic_spline, truncated_powers

if TYPE_CHECKING:
    from sarcoma.survival.counting.course import Course
    from sarcoma.survival.counting.event_table import EventTable
    from sarcoma.survival.counting.histories import Histories
    from sarcoma.survival.curves.group_tests import GroupTest, gray_test, logrank
    from sarcoma.survival.curves.occupancy import (
        Estimate,
        Occupancy,
        StateProbabilities,
        cumulative_incidence,
        kaplan_meier,
        landmark_occupancy,
        occupancy,
    )
    from sarcoma.survival.curves.pseudo_observations import pseudo_expected_time, pseudo_observations
    from sarcoma.survival.multistate.model import MultiStateModel, Prediction
    from sarcoma.survival.multistate.transition_hazard import TransitionHazard
    from sarcoma.survival.pairs.concordance import Concordance, harrell_concordance
    from sarcoma.survival.regression.cox import CoxRegression
    from sarcoma.survival.regression.fine_gray import FineGrayRegression
    from sarcoma.survival.regression.proportional_hazards import ProportionalHazardsTest

__all__ = [
    "Concordance",
    "Course",
    "CoxRegression",
    "Estimate",
    "EventTable",
    "FineGrayRegression",
    "GroupTest",
    "Histories",
    "MultiStateModel",
    "Occupancy",
    "Prediction",
    "ProportionalHazardsTest",
    "StateProbabilities",
    "TransitionHazard",
    "cumulative_incidence",
    "gray_test",
    "harrell_concordance",
    "interval_index",
    "kaplan_meier",
    "landmark_occupancy",
    "logrank",
    "occupancy",
    "piecewise_linear",
    "pseudo_expected_time",
    "pseudo_observations",
    "restricted_cubic_spline",
    "truncated_powers",
]

# SciPy takes longer to import than a card takes to run: what needs it is imported when it is asked for
_HOME = {
    "Concordance": "pairs.concordance",
    "Course": "counting.course",
    "CoxRegression": "regression.cox",
    "Estimate": "curves.occupancy",
    "EventTable": "counting.event_table",
    "FineGrayRegression": "regression.fine_gray",
    "GroupTest": "curves.group_tests",
    "Histories": "counting.histories",
    "MultiStateModel": "multistate.model",
    "Occupancy": "curves.occupancy",
    "Prediction": "multistate.model",
    "ProportionalHazardsTest": "regression.proportional_hazards",
    "StateProbabilities": "curves.occupancy",
    "TransitionHazard": "multistate.transition_hazard",
    "cumulative_incidence": "curves.occupancy",
    "gray_test": "curves.group_tests",
    "harrell_concordance": "pairs.concordance",
    "kaplan_meier": "curves.occupancy",
    "landmark_occupancy": "curves.occupancy",
    "logrank": "curves.group_tests",
    "occupancy": "curves.occupancy",
    "pseudo_expected_time": "curves.pseudo_observations",
    "pseudo_observations": "curves.pseudo_observations",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
