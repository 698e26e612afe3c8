"""Logistic regression: the log odds of the event are the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from sarcoma._types import Floats
from sarcoma.models.forms.form import PredictionRequest, ScoreForm, ScorePredictions
from sarcoma.models.outcome import Outcome

if TYPE_CHECKING:
    import narwhals as nw


class Logistic(ScoreForm):
    """1 / (1 + exp(−score)), the same at every horizon."""

    kind: Literal["logistic"]

    has_expression: ClassVar[bool] = True

    def predict(self, request: PredictionRequest) -> ScorePredictions:
        score = self.score_of(request.records)
        horizons = len(request.outcome.horizons_months)

        def risk(s: Floats) -> Floats:
            return np.asarray(1 / (1 + np.exp(-s)))[:, None].repeat(horizons, axis=1)

        return ScorePredictions(
            risk(score.low), risk(score.high), score.requirements, tuple(score.missing.items()), score.low, score.high
        )

    def figure(self, horizon: float, least: nw.Expr, most: nw.Expr, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:  # noqa: ARG002
        return 1 / (1 + (-1 * least).exp()), 1 / (1 + (-1 * most).exp())

    @property
    def cannot_update(self) -> str:
        return "a logistic model has no curve over time; fit a model to this cohort instead"

    def arithmetic(self, outcome: Outcome) -> str:  # noqa: ARG002
        return f"score = {self.intercept:g} + sum of the predictors' terms; probability = 1 / (1 + exp(−score))"
