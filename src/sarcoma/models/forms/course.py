"""A course: states, and the hazard of each transition between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass, replace
from sarcoma._frozen import model_validator
from sarcoma._rising import rising
from sarcoma._types import Floats
from sarcoma.errors import CardError
from sarcoma.evidence.entry import Text
from sarcoma.models.forms.form import (
    Change,
    CourseStates,
    Curve,
    Edge,
    Form,
    FormPredictions,
    Line,
    Placed,
    PredictionRequest,
    Range,
    Reaching,
    summed,
)
from sarcoma.models.forms.hazard import Hazard
from sarcoma.models.forms.possible import PossibleValues, Values
from sarcoma.models.outcome import Outcome
from sarcoma.models.predictor import Predictor, Term, all_beta
from sarcoma.patient import rules

if TYPE_CHECKING:
    from sarcoma.survival import MultiStateModel, Prediction, TransitionHazard


@dataclass(frozen=True, eq=False)
class CoursePredictions(FormPredictions):
    """Answers of a course: its states, the 95 % interval of the outcome, the score of its one hazard (None of more)."""

    states: CourseStates
    interval_low: Floats
    interval_high: Floats
    scores: tuple[Floats, Floats] | None

    def course(self) -> CourseStates:
        return self.states

    def interval(self) -> tuple[Floats, Floats]:
        return self.interval_low, self.interval_high

    def start(self, row: int) -> float:
        return float(self.states.start[row])

    def score(self) -> tuple[Floats, Floats] | None:
        return self.scores


class Course(Form):
    """The probability of each state, by the product integral over the steps of every hazard.

    Of two states it is a Cox model with a baseline of steps. `reaching` are events that are told beside the outcome.
    """

    kind: Literal["cox", "multi-state"]
    states: tuple[Text, ...]
    hazards: tuple[Hazard, ...]
    reaching: tuple[Reaching, ...] = ()

    needs: ClassVar[tuple[str, ...]] = ("hazards", "states")
    has_course: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        pairs = [hazard.transition for hazard in self.hazards]
        if self.kind == "cox" and len(pairs) != 1:
            raise ValueError("hazards belong to kind multi-state, or one of them to kind cox")
        named = {state for pair in pairs for state in pair} | {s for event in self.reaching for s in event.states}
        strange = named - set(self.states)
        if strange or len(set(self.states)) != len(self.states) or len(set(pairs)) != len(pairs):
            raise ValueError("name every state once in `states`, and every transition in one hazard")
        return self

    def misfit(self, outcome: Outcome) -> str | None:
        if not set(outcome.transition) <= set(self.states):
            return "name every state once in `states`, and every transition in one hazard"
        if max(outcome.horizons_months) > outcome.horizon_limit_months:
            return "a horizon lies beyond `horizon_limit_months`"
        return None

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        return tuple(p for hazard in self.hazards for p in hazard.predictors)

    # -- what follows from the hazards

    @cached_property
    def model(self) -> MultiStateModel:
        """The course and its hazards, ready to predict from."""
        from sarcoma.survival.counting.course import Course as States
        from sarcoma.survival.multistate.model import MultiStateModel

        course = States(self.states, tuple(h.transition for h in self.hazards))
        return MultiStateModel(course, [h.transition_hazard() for h in self.hazards])

    @property
    def known_hazards(self) -> tuple[TransitionHazard, ...]:
        return tuple(h.transition_hazard() for h in self.hazards)

    @property
    def events_beside(self) -> tuple[Reaching, ...]:
        return self.reaching

    @cached_property
    def _reached(self) -> tuple[MultiStateModel, ...]:
        """The course of which nobody leaves the states that an event reaches, for each of `reaching`."""
        from sarcoma.survival.counting.course import Course as States
        from sarcoma.survival.multistate.model import MultiStateModel

        found = []
        for event in self.reaching:
            kept = [h for h in self.hazards if h.transition[0] not in event.states]
            course = States(self.states, tuple(h.transition for h in kept))
            found.append(MultiStateModel(course, [h.transition_hazard() for h in kept]))
        return tuple(found)

    @cached_property
    def _distinct(self) -> tuple[list[Predictor], list[list[int]]]:
        """Predictors that make different columns, and which of them each hazard has."""
        different: dict[str, tuple[int, Predictor]] = {}
        of_hazard = []
        for h in self.hazards:
            keys = [f"{p.name} {p.columns_key}" for p in h.predictors]
            for key, p in zip(keys, h.predictors, strict=True):
                different.setdefault(key, (len(different), p))
            of_hazard.append([different[key][0] for key in keys])
        return [p for _, p in different.values()], of_hazard

    @cached_property
    def _has_intervals(self) -> bool:
        return all(h.has_intervals for h in self.hazards)

    # -- predicting

    def predict(self, request: PredictionRequest) -> CoursePredictions:
        n, distinct = len(request), {}
        terms: list[Term] = []
        for p in self.all_predictors:
            key = p.columns_key
            if key not in distinct:
                distinct[key] = p.term(request.records)
            terms.append(distinct[key])
        requirements = tuple(t.requirement for t in terms)
        missing = {p.field: t.missing for p, t in zip(self.all_predictors, terms, strict=True)}
        allowed = rules.both([request.allowed, *(r.answers for r in requirements)], n) == 1
        states = self._states(request, np.flatnonzero(allowed))
        target = self.states.index(request.outcome.transition[1])
        low, high, interval_low, interval_high = (
            part[:, :, target] for part in (states.low, states.high, states.interval_low, states.interval_high)
        )
        if not request.outcome.of_event:
            low, high, interval_low, interval_high = 1 - high, 1 - low, 1 - interval_high, 1 - interval_low
        score = summed(0.0, terms, n) if len(self.hazards) == 1 else None
        return CoursePredictions(
            low, high, requirements, tuple(missing.items()), states, interval_low, interval_high, score
        )

    def _states(self, request: PredictionRequest, rows: NDArray[np.intp]) -> CourseStates:
        """The states of the records to whom the card applies."""
        horizons, start = request.outcome.horizons_months, request.start
        shape = (len(request), len(horizons), len(self.states))
        low, high, interval_low, interval_high = (np.full(shape, np.nan) for _ in range(4))
        states = CourseStates(self.states, low, high, interval_low, interval_high, start)
        if not len(rows):
            return states
        possible = PossibleValues.of(self.all_predictors, request.records, rows)
        whole = possible.all_known(len(rows))
        curve = None
        for begin in rising(start[rows]):
            these = np.flatnonzero((start[rows] == begin) & whole)
            if len(these):
                single = request.curve if len(request) == 1 else None
                predicted, kept = self._predict(
                    request.outcome, possible.take(these), len(these), float(begin), request.intervals, single
                )
                if single is not None:
                    curve, predicted = predicted, _at(predicted, begin + np.array(horizons)[kept])
                target = np.ix_(rows[these], kept)
                low[target] = high[target] = predicted.probability
                if predicted.low is not None and predicted.high is not None:
                    interval_low[target], interval_high[target] = predicted.low, predicted.high
            unknown = np.flatnonzero((start[rows] == begin) & ~whole)
            for batch, x, ends in possible.batches(unknown):
                predicted, kept = self._predict(request.outcome, x, int(ends[-1]), float(begin), intervals=False)
                first = np.concatenate([[0], ends[:-1]])
                target = np.ix_(rows[batch], kept)
                low[target] = np.minimum.reduceat(predicted.probability, first)
                high[target] = np.maximum.reduceat(predicted.probability, first)
        if request.curve is not None:
            states = states._replace(reached=self._events(request, possible, bool(whole[0])))
        return states if curve is None else states._replace(curve=curve)

    def _events(self, request: PredictionRequest, possible: PossibleValues, known: bool) -> tuple[Range, ...]:
        """The probability of each event of `reaching` by each horizon, of one record (lowest, highest)."""
        start, horizons = float(request.start[0]), np.array(request.outcome.horizons_months)
        ends = start + horizons
        kept = ends <= request.outcome.horizon_limit_months + 1e-9
        if known:
            several = [(possible.take(np.array([0])), 1)]
        else:
            several = [(x, int(last[-1])) for _rows, x, last in possible.batches(np.array([0]))]
        found = []
        for event, model in zip(self.reaching, self._reached, strict=True):
            reached = [self.states.index(state) for state in event.states]
            low, high = np.full(len(horizons), np.nan), np.full(len(horizons), np.nan)
            for values, n in several:
                designs = {pair: x for pair, x in self._designs(values, n).items() if pair in model.course.transitions}
                risk = model.predict(designs, ends[kept], start=start).probability[:, :, reached].sum(axis=2)
                low[kept] = np.fmin(low[kept], risk.min(axis=0))
                high[kept] = np.fmax(high[kept], risk.max(axis=0))
            found.append((low, high))
        return tuple(found)

    def _predict(
        self, outcome: Outcome, values: Values, n: int, start: float, intervals: bool, curve: Curve = None
    ) -> tuple[Prediction, NDArray[np.intp]]:
        """The states at the horizons that lie within the card's limit (and, for a curve, month by month up to the last
        of them), and which horizons these are."""
        ends = start + np.array(outcome.horizons_months)
        kept = np.flatnonzero(ends <= outcome.horizon_limit_months + 1e-9)
        if not len(kept):
            raise CardError("no horizon lies within the card's limit at a landmark that it allows")
        kind: Literal["delta"] | None = "delta" if intervals and self._has_intervals else None
        times, interval_at = ends[kept], None
        if curve is not None:
            horizons = np.array(outcome.horizons_months)[kept]
            times = start + rising(np.append(np.arange(0.0, horizons[-1] + 0.5), horizons))
            interval_at = ends[kept] if curve == "line" else None
        designs = self._designs(values, n)
        return self.model.predict(designs, times, start=start, interval=kind, interval_at=interval_at), kept

    def _designs(self, values: Values, n: int) -> dict[tuple[str, str], Floats]:
        """(n, k) columns of each hazard's predictors; what several hazards have in common is made once."""
        different, of_hazard = self._distinct
        made = [p.transform.basis(values[p.name]) for p in different]
        return {
            h.transition: np.concatenate([np.zeros((n, 0)), *(made[i] for i in parts)], axis=1)
            for h, parts in zip(self.hazards, of_hazard, strict=True)
        }

    # -- updating

    @property
    def cannot_update(self) -> str | None:
        if len(self.hazards) > 1:
            return "each transition of its course has a baseline of its own; fit its recipe to this cohort instead"
        return None

    def updated(self, change: Change) -> Self:
        if self.cannot_update is not None:
            self._refuse_update()
        (hazard,) = self.hazards
        return self.model_copy(update={"hazards": (hazard.updated(change),)})

    def own_score(self, columns: Floats, cloglog: Floats, horizons: Sequence[float]) -> Floats:  # noqa: ARG002
        return np.repeat((columns @ all_beta(self.all_predictors))[None, :, None], len(horizons), axis=0)

    # -- showing and checking

    def arithmetic(self, outcome: Outcome) -> str:  # noqa: ARG002
        steps = "each step of a baseline is multiplied by exp(score), the sum of the predictors' terms"
        return f"{steps}; the states follow by the product integral over all steps"

    def lines(self, horizon: Callable[[float], str]) -> Iterator[Line]:  # noqa: ARG002 - steps have months
        for hazard in self.hazards:
            yield from hazard.lines()

    def placed(self, outcome: Outcome) -> Iterator[Placed]:  # noqa: ARG002
        for h in self.hazards:
            for p in h.predictors:
                yield Placed(f"{h.arrow}, {p.name}", p, h.transition[1] == "dead")

    def edges(self, outcome: Outcome) -> Iterator[Edge]:  # noqa: ARG002
        for h in self.hazards:
            yield Edge(f"edges, {h.arrow}", (float(np.sum(h.baseline.jumps)),), 0.0, h.predictors)


def _at(predicted: Prediction, times: Floats) -> Prediction:
    """A prediction at some of its times."""
    kept = np.searchsorted(predicted.times, times)
    se, low, high = (None if part is None else part[:, kept] for part in (predicted.se, predicted.low, predicted.high))
    return replace(predicted, times=times, probability=predicted.probability[:, kept], se=se, low=low, high=high)
