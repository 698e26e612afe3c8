"""How good a prediction is, from predictions and outcomes alone.

`Outcome` says what happened and what was predicted (crude, net or all-cause). Discrimination: `auc`, `concordance`.
Calibration: `observed_expected`, `calibration_line`, `calibration_groups`, `calibration_curve`. Overall: `brier_score`,
`index_of_prediction_accuracy`, `integrated_brier_score`, `log_score`, `curve_log_score`. Usefulness: `net_benefit`,
`decision_curve`. Several states: `state_measures`. Two predictions: `difference`. Several centres:
`random_effects`. Anything else: `bootstrap`. Under delayed entry, everyone from the time at which they came under
observation: `FollowUpTimes` with `expected_ratio`, `score_slope`, `concordance_of_those_at_risk`, `truncated_uno`.
"""

from __future__ import annotations

from sarcoma.survival.measures._measure import Difference, Measure, difference
from sarcoma.survival.measures.accuracy import brier_score, index_of_prediction_accuracy, integrated_brier_score
from sarcoma.survival.measures.bootstrap import Bootstrap, bootstrap
from sarcoma.survival.measures.calibration import (
    CalibrationGroups,
    CalibrationLine,
    calibration_groups,
    calibration_line,
    observed_expected,
)
from sarcoma.survival.measures.calibration_curve import CalibrationCurve, calibration_curve
from sarcoma.survival.measures.discrimination import auc, concordance
from sarcoma.survival.measures.left_truncated import (
    FollowUpTimes,
    TruncatedConcordance,
    concordance_of_those_at_risk,
    expected_ratio,
    score_slope,
    truncated_uno,
)
from sarcoma.survival.measures.logarithmic import curve_log_score, log_score
from sarcoma.survival.measures.outcome import Outcome
from sarcoma.survival.measures.random_effects import RandomEffects, random_effects
from sarcoma.survival.measures.states import StateMeasures, state_measures
from sarcoma.survival.measures.usefulness import DecisionCurve, decision_curve, net_benefit

__all__ = [
    "Bootstrap",
    "CalibrationCurve",
    "CalibrationGroups",
    "CalibrationLine",
    "DecisionCurve",
    "Difference",
    "FollowUpTimes",
    "Measure",
    "Outcome",
    "RandomEffects",
    "StateMeasures",
    "TruncatedConcordance",
    "auc",
    "bootstrap",
    "brier_score",
    "calibration_curve",
    "calibration_groups",
    "calibration_line",
    "concordance",
    "concordance_of_those_at_risk",
    "curve_log_score",
    "decision_curve",
    "difference",
    "expected_ratio",
    "index_of_prediction_accuracy",
    "integrated_brier_score",
    "log_score",
    "net_benefit",
    "observed_expected",
    "random_effects",
    "score_slope",
    "state_measures",
    "truncated_uno",
]
