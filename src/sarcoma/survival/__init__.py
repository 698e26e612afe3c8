"""The mathematics: NumPy and SciPy only, no knowledge of sarcoma, files or frames.

Counting: `Course`, `Histories`, `EventTable`. Estimating: `occupancy` (and `kaplan_meier`, `cumulative_incidence`,
`landmark_occupancy`), `logrank`, `gray_test`, `pseudo_observations`. Regression: `CoxRegression`, `FineGrayRegression`,
`harrell_concordance`. Predicting: `TransitionHazard`, `MultiStateModel`. Transforms of covariates are shared with the
cards.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sarcoma.survival.transforms import (
    interval_index,
    piecewise_linear,
    restricted_cubic_spline,
    truncated_powers,
)

if TYPE_CHECKING:
    from sarcoma.survival.concordance import Concordance, harrell_concordance
    from sarcoma.survival.course import Course
    from sarcoma.survival.cox import CoxRegression
    from sarcoma.survival.curves import (
        Estimate,
        Occupancy,
        StateProbabilities,
        cumulative_incidence,
        kaplan_meier,
        landmark_occupancy,
        occupancy,
    )
    from sarcoma.survival.event_table import EventTable
    from sarcoma.survival.fine_gray import FineGrayRegression
    from sarcoma.survival.group_tests import GroupTest, gray_test, logrank
    from sarcoma.survival.histories import Histories
    from sarcoma.survival.multi_state import MultiStateModel, Prediction
    from sarcoma.survival.proportional_hazards import ProportionalHazardsTest
    from sarcoma.survival.pseudo import pseudo_expected_time, pseudo_observations
    from sarcoma.survival.transition_hazard import TransitionHazard

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
    "Concordance": "concordance",
    "Course": "course",
    "CoxRegression": "cox",
    "Estimate": "curves",
    "EventTable": "event_table",
    "FineGrayRegression": "fine_gray",
    "GroupTest": "group_tests",
    "Histories": "histories",
    "MultiStateModel": "multi_state",
    "Occupancy": "curves",
    "Prediction": "multi_state",
    "ProportionalHazardsTest": "proportional_hazards",
    "StateProbabilities": "curves",
    "TransitionHazard": "transition_hazard",
    "cumulative_incidence": "curves",
    "gray_test": "group_tests",
    "harrell_concordance": "concordance",
    "kaplan_meier": "curves",
    "landmark_occupancy": "curves",
    "logrank": "group_tests",
    "occupancy": "curves",
    "pseudo_expected_time": "pseudo",
    "pseudo_observations": "pseudo",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
