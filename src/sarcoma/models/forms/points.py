"""A nomogram of points, as far as its printed scale goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass, replace
from sarcoma._types import Flags, Floats
from sarcoma.evidence.entry import Entry, Text
from sarcoma.models.finding import Finding
from sarcoma.models.forms.form import Change, PredictionRequest, ScoreForm, ScorePredictions
from sarcoma.models.outcome import Outcome

if TYPE_CHECKING:
    import narwhals as nw


class PointsScale(Entry):
    """From total points to a probability: exp(−exp(intercept + slope · points)) within the printed range.

    `anchors` are (points, probability) as printed; beyond the first and last only a bound is known.
    """

    horizon_months: float
    intercept: float
    slope: float
    anchors: tuple[tuple[float, float], ...]
    calculation: Text

    def formula(self, points: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-np.exp(self.intercept + self.slope * points)))

    def printed(self, points: Floats) -> Floats:
        """The formula, held at the printed ends."""
        (first, most), (last, least) = self.anchors[0], self.anchors[-1]
        inside = np.clip(self.formula(points), least, most)
        return np.where(points < first, most, np.where(points > last, least, inside))

    def expression(self, points: nw.Expr) -> nw.Expr:
        """The same as `printed`, for an engine."""
        import narwhals as nw

        (first, most), (last, least) = self.anchors[0], self.anchors[-1]
        raw = (-1 * (points * self.slope + self.intercept).exp()).exp()
        inside = nw.when(raw > most).then(nw.lit(most)).when(raw < least).then(nw.lit(least)).otherwise(raw)
        return nw.when(points < first).then(nw.lit(most)).when(points > last).then(nw.lit(least)).otherwise(inside)

    def side_expression(self, points: nw.Expr) -> nw.Expr:
        """The same as `side`, in words, for an engine."""
        import narwhals as nw

        (first, most), (last, least) = self.anchors[0], self.anchors[-1]
        raw = (-1 * (points * self.slope + self.intercept).exp()).exp()
        above, below = (points < first) | (raw > most), (points > last) | (raw < least)
        return nw.when(above).then(nw.lit("above")).when(below).then(nw.lit("below")).otherwise(nw.lit(""))

    def side(self, points: Floats) -> NDArray[np.int8]:
        """1 above the printed range, -1 below it, 0 inside."""
        (first, most), (last, least) = self.anchors[0], self.anchors[-1]
        raw = self.formula(points)
        above, below = (points < first) | (raw > most), (points > last) | (raw < least)
        return np.where(above, 1, np.where(below, -1, 0)).astype(np.int8)


@dataclass(frozen=True, eq=False)
class PointsPredictions(ScorePredictions):
    """Answers of a nomogram.

    bounded (n, 1) : -1 (+1) where only "below" ("above") is known. exact (n, 1) : the formula beyond its printed range.
    """

    bounded: NDArray[np.int8]
    exact: Floats

    def where(self, applies: Flags) -> Self:
        shown = super().where(applies)
        return replace(shown, bounded=np.where(applies[:, None], self.bounded, np.int8(0)))

    def bounds(self) -> NDArray[np.int8]:
        return self.bounded

    def formula(self) -> Floats:
        return self.exact


class Points(ScoreForm):
    """Probability of no event from total points, as a bound beyond the printed anchors."""

    kind: Literal["points"]
    points: PointsScale

    needs: ClassVar[tuple[str, ...]] = ("points", "predictors")
    has_expression: ClassVar[bool] = True
    read_within: ClassVar[float] = 0.0051
    """Nomograms are read to a hundredth of a point."""

    def predict(self, request: PredictionRequest) -> PointsPredictions:
        score, scale = self.score_of(request.records), self.points
        low, high = scale.printed(score.high), scale.printed(score.low)
        above, below = scale.side(score.low), scale.side(score.high)
        bounded = np.where(above == below, above, np.int8(0))
        exact = np.where(score.low == score.high, scale.formula(score.low), np.nan)
        return PointsPredictions(
            low[:, None],
            high[:, None],
            score.requirements,
            tuple(score.missing.items()),
            score.low,
            score.high,
            bounded[:, None],
            exact[:, None],
        )

    def figure(self, horizon: float, least: nw.Expr, most: nw.Expr, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:  # noqa: ARG002
        return self.points.expression(most), self.points.expression(least)

    def bound(self, least: nw.Expr, most: nw.Expr) -> nw.Expr:
        import narwhals as nw

        side = self.points.side_expression(least)
        return nw.when((side == self.points.side_expression(most)) & (side != "")).then(side)

    def updated(self, change: Change) -> Self:
        """The scale stays known between the same points; where only the slope changes, they are as printed."""
        scale = self.points
        intercept = scale.intercept + float(change.logs[0])
        only_slope = not np.any(change.added)
        slope = scale.slope * (change.slope if only_slope else 1.0)
        anchors = tuple((at, float(np.exp(-np.exp(intercept + slope * at)))) for at, _ in scale.anchors)
        changed = scale.model_copy(
            update={
                "intercept": float(intercept),
                "slope": float(slope),
                "anchors": anchors,
                "calculation": f"{scale.calculation} Then updated: see how the card was made.",
            }
        )
        predictors = {} if only_slope else self.rescaled(change, scale.slope)
        return self.model_copy(update={"points": changed, **predictors})

    def own_score(self, columns: Floats, cloglog: Floats, horizons: Sequence[float]) -> Floats:  # noqa: ARG002
        found: Floats = (cloglog - self.points.intercept).T[:, :, None]
        return found

    def arithmetic(self, outcome: Outcome) -> str:  # noqa: ARG002
        scale = self.points
        formula = f"exp(−exp({scale.intercept:g} + {scale.slope:g} · points))"
        return f"points = sum of the predictors' points; probability = {formula}"

    @property
    def direction(self) -> float:
        return float(np.sign(self.points.slope))

    def check(self, outcome: Outcome) -> Iterator[Finding]:  # noqa: ARG002
        if self.points.slope == 0:
            yield Finding("error", "points", "the slope is 0, so points change nothing")
        for points, p in self.points.anchors:
            said = float(np.exp(-np.exp(self.points.intercept + self.points.slope * points)))
            if abs(said - p) > 0.03:
                yield Finding(
                    "warning", "points", f"at {points:g} points the formula gives {said:.3f}, the anchor says {p:g}"
                )
