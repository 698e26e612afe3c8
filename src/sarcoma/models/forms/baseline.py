"""Forms with a baseline: survival of a score of 0 at each horizon, raised to exp(score)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Flags, Floats
from sarcoma.errors import CardError
from sarcoma.evidence.entry import Entry
from sarcoma.models.finding import Finding
from sarcoma.models.forms.form import (
    Change,
    Edge,
    Line,
    PredictionRequest,
    ScoreForm,
    ScorePredictions,
    Strata,
)
from sarcoma.models.outcome import Outcome
from sarcoma.models.predictor import Requirement, recoded, score_columns
from sarcoma.patient import Coded, Records

if TYPE_CHECKING:
    import narwhals as nw


class Baseline(Entry):
    """Baseline survival (1 − cumulative incidence for Fine–Gray) per stratum and horizon in months."""

    strata: Strata | None = None
    survival: dict[str, dict[str, float]]

    def at(self, stratum: str, months: float) -> float:
        return self.survival[stratum][f"{months:g}"]

    def log_hazards(self, horizons: Sequence[float]) -> Floats:
        """(strata, H) log Λ₀(t)."""
        table = [[self.at(stratum, h) for h in horizons] for stratum in self.survival]
        found: Floats = np.log(-np.log(np.array(table)))
        return found


class BaselineForm(ScoreForm):
    """1 − S₀(t)^exp(score), the event's probability, over the strata still possible."""

    baseline: Baseline

    needs: ClassVar[tuple[str, ...]] = ("baseline", "predictors")
    has_expression: ClassVar[bool] = True

    @property
    def strata(self) -> Strata | None:
        return self.baseline.strata

    def misfit(self, outcome: Outcome) -> str | None:
        horizons = {f"{h:g}" for h in outcome.horizons_months}
        if any(set(curve) != horizons for curve in self.baseline.survival.values()):
            return "the baseline must stand at exactly the outcome's horizons"
        return None

    def predict(self, request: PredictionRequest) -> ScorePredictions:
        score = self.score_of(request.records)
        requirements, missing = score.requirements, score.missing
        horizons = request.outcome.horizons_months
        if self.strata is None:
            (stratum,) = self.baseline.survival
            curve = [self.baseline.at(stratum, h) for h in horizons]
            best = worst = np.array([curve]).repeat(len(request), axis=0)
        else:
            best, worst, requirement, absent = self.by_stratum(self.strata, request.records, horizons)
            requirements = (*requirements, requirement)
            missing[self.strata.field] = absent
        low = 1 - best ** np.exp(score.low)[:, None]
        high = 1 - worst ** np.exp(score.high)[:, None]
        if not request.outcome.of_event:
            low, high = 1 - high, 1 - low
        return ScorePredictions(low, high, requirements, tuple(missing.items()), score.low, score.high)

    def by_stratum(
        self, strata: Strata, records: Records, horizons: Sequence[float]
    ) -> tuple[Floats, Floats, Requirement, Flags]:
        """(n, H) the best and the worst baseline that a record may have, and what the strata require."""
        column = _stratum(strata, records)
        survival = self.baseline.survival

        def covered(state: frozenset[str]) -> int:
            inside = {v in survival for v in state}
            return 1 if inside == {True} else 0 if inside == {False} else -1

        def curve(state: frozenset[str], pick: Callable[[list[float]], float], h: float) -> float:
            known = [self.baseline.at(v, h) for v in state if v in survival]
            return pick(known) if known else np.nan

        best, worst = (
            np.column_stack([column.per_state(lambda s, p=pick, h=h: curve(s, p, h)) for h in horizons])
            for pick in (max, min)
        )
        text = f"the model has no value for this {strata.label}"
        requirement = Requirement(text, (strata.field,), column.per_state(covered, np.int8))
        return best, worst, requirement, ~column.known()

    def looked_up(self, request: PredictionRequest) -> tuple[Sequence[Requirement], dict[str, Floats]]:
        """The best and the worst baseline at each horizon, where there are strata."""
        if self.strata is None:
            return (), {}
        horizons = request.outcome.horizons_months
        best, worst, requirement, _ = self.by_stratum(self.strata, request.records, horizons)
        columns: dict[str, Floats] = {}
        for i, h in enumerate(horizons):
            columns |= {_column("best", h): np.log(best[:, i]), _column("worst", h): np.log(worst[:, i])}
        return (requirement,), columns

    def figure(self, horizon: float, least: nw.Expr, most: nw.Expr, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:
        import narwhals as nw

        if self.strata is None:
            (stratum,) = self.baseline.survival
            best = worst = nw.lit(float(np.log(self.baseline.at(stratum, horizon))))
        else:
            best, worst = nw.col(_column("best", horizon)), nw.col(_column("worst", horizon))
        low, high = (best * least.exp()).exp(), (worst * most.exp()).exp()
        return (1 - low, 1 - high) if outcome.of_event else (high, low)

    def updated(self, change: Change) -> Self:
        own = self.baseline.log_hazards(change.horizons)
        middle = own.mean(axis=0)
        curves = {}
        for stratum, logs in zip(self.baseline.survival, own, strict=True):
            log_hazard = change.logs + middle + change.slope * (logs - middle) + change.strata.get(stratum, 0.0)
            survival = np.exp(-np.maximum.accumulate(np.exp(log_hazard)))
            curves[stratum] = {f"{h:g}": float(s) for h, s in zip(change.horizons, survival, strict=True)}
        baseline = self.baseline.model_copy(update={"survival": curves})
        return self.model_copy(update={**self.rescaled(change), "baseline": baseline})

    def update_columns(self, records: Records, rows: NDArray[np.intp]) -> tuple[Floats, tuple[str, ...]]:
        columns = score_columns(self.predictors, records, rows)
        if self.strata is None:
            return columns, ()
        column = _stratum(self.strata, records).take(rows)
        names = tuple(self.baseline.survival)[1:]
        indicators = [column.per_state(lambda state, s=name: float(s in state)) for name in names]
        return np.column_stack([columns, *indicators]), names

    def own_score(self, columns: Floats, cloglog: Floats, horizons: Sequence[float]) -> Floats:  # noqa: ARG002
        found: Floats = (cloglog - self.baseline.log_hazards(horizons).mean(axis=0)).T[:, :, None]
        return found

    def arithmetic(self, outcome: Outcome) -> str:
        risk = "1 − S0(t)^exp(score)" if outcome.of_event else "S0(t)^exp(score)"
        return f"score = {self.intercept:g} + sum of the predictors' terms; probability = {risk}"

    def lines(self, horizon: Callable[[float], str]) -> Iterator[Line]:
        yield from super().lines(horizon)
        for stratum, curve in self.baseline.survival.items():
            at = "; ".join(f"{horizon(float(h))} {s:.7g}" for h, s in curve.items())
            yield Line(f"baseline survival{'' if stratum == 'all' else f', {stratum}'}: {at}")

    def edges(self, outcome: Outcome) -> Iterator[Edge]:
        last = f"{max(outcome.horizons_months):g}"
        hazards = tuple(float(-np.log(curve[last])) for curve in self.baseline.survival.values())
        yield Edge("edges", hazards, self.intercept, self.predictors)

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        for stratum, curve in self.baseline.survival.items():
            values = [curve[f"{h:g}"] for h in sorted(outcome.horizons_months)]
            if any(not 0 < v < 1 for v in values):
                yield Finding("error", f"baseline.{stratum}", "baseline survival must lie between 0 and 1, as in 0.93")
            elif any(b > a for a, b in itertools.pairwise(values)):
                yield Finding("error", f"baseline.{stratum}", "baseline survival rises with time")


def _stratum(strata: Strata, records: Records) -> Coded:
    """What chooses the baseline, in the card's own levels."""
    column = records.column(strata.field)
    if not isinstance(column, Coded):
        raise CardError(f"the stratum {strata.label} is not a coded field")
    return recoded(column, strata.recode)


def _column(which: str, horizon: float) -> str:
    """What is looked up of a horizon, in a name without a dot (Spark would take it for a field within a column)."""
    return f"_{which} {horizon:g}".replace(".", ",")
