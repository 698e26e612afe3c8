"""Individual prediction in a course: from the hazards of its transitions to the probability of each state."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import IntervalScale, limits
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.course import Course
from sarcoma.survival.multistate.delta_variance import SpreadTable
from sarcoma.survival.multistate.product_integral import evolve
from sarcoma.survival.multistate.renewal import renew
from sarcoma.survival.multistate.steps import Grid, Steps
from sarcoma.survival.multistate.transition_hazard import TransitionHazard

if TYPE_CHECKING:
    from sarcoma.survival.counting.histories import Histories

Clock = Literal["forward", "reset"]
_TOGETHER = 1000  # people × draws evolved at a time


@dataclass(frozen=True, eq=False, repr=False)
class Prediction(Tidy):
    """Probability of each state for n people at T times.

    probability (n, T, S); se, low, high the same shape or None where no interval was asked for; expected_time (n, S) up
    to the last time; method says how they were computed, with the Monte Carlo error where there is one.

    Examples
    --------
    >>> hazard = TransitionHazard.piecewise_constant("alive", "dead", [0.02], [60])
    >>> MultiStateModel(Course.survival(), [hazard]).predict(times=[12, 36])
    Prediction(people=1, times=2, states=2, by product integral)
    """

    states: tuple[str, ...]
    times: Floats
    probability: Floats
    expected_time: Floats
    method: str
    se: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None

    def __repr__(self) -> str:
        n, t, s = self.probability.shape
        return f"Prediction(people={n}, times={t}, states={s}, by {self.method})"

    def interval(self) -> tuple[Floats, Floats]:
        """Lower and upper limits, each (n, T, S).

        Raises
        ------
        InputError : the prediction was made without an interval.
        """
        if self.low is None or self.high is None:
            raise InputError("interval", "none was asked for", 'predict(…, interval="delta")')
        return self.low, self.high

    def columns(self) -> dict[str, Any]:
        n, t, s = self.probability.shape
        columns: dict[str, Any] = {
            "row": np.repeat(np.arange(n), t * s),
            "time": np.tile(np.repeat(self.times, s), n),
            "state": np.tile(np.array(self.states), n * t),
            "probability": self.probability.ravel(),
        }
        for name in ("se", "low", "high"):
            if getattr(self, name) is not None:
                columns[name] = getattr(self, name).ravel()
        return columns


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """What is asked of a model: `times` (T,), the distribution over the states at `start` (S,), and how it is found."""

    times: Floats
    initial: Floats
    start: float
    since: float
    step: float
    product: bool


class MultiStateModel:
    """A course with the hazard of each of its transitions.

    Parameters
    ----------
    course : states and transitions. hazards : one for every transition, in any order.
    clock : "forward" – hazards run on the time since the origin (Markov); "reset" – on the time since the present state
        was entered (semi-Markov).

    Raises
    ------
    InputError : a transition without a hazard, or a hazard without a transition.

    Examples
    --------
    >>> hazard = TransitionHazard.piecewise_constant("alive", "dead", [0.02], [60])
    >>> model = MultiStateModel(Course.survival(), [hazard])
    >>> model.predict(times=[12]).probability.round(3).tolist()
    [[[0.787, 0.213]]]
    """

    @checked
    def __init__(self, course: Course, hazards: Sequence[TransitionHazard], *, clock: Clock = "forward") -> None:
        if clock not in ("forward", "reset"):
            raise InputError("clock", "not a known clock", '"forward" or "reset"')
        by_transition = {(h.origin, h.target): h for h in hazards}
        missing = [pair for pair in course.transitions if pair not in by_transition]
        if missing or len(by_transition) != len(course.transitions) or len(hazards) != len(by_transition):
            what = f"{missing[0][0]} → {missing[0][1]} has none" if missing else "more hazards than transitions"
            raise InputError("hazards", f"the course needs one for each transition: {what}")
        self.course, self.clock = course, clock
        self.hazards = tuple(by_transition[pair] for pair in course.transitions)

    def __repr__(self) -> str:
        return f"MultiStateModel({', '.join(f'{a} → {b}' for a, b in self.course.transitions)}; clock {self.clock})"

    @checked
    def predict(
        self,
        x: Any = None,
        times: ArrayLike = (),
        *,
        initial: str | None = None,
        start: float = 0.0,
        since: float = 0.0,
        interval: Literal["delta", "bootstrap"] | None = None,
        interval_at: ArrayLike | None = None,
        level: float = 0.95,
        scale: IntervalScale = "log-log",
        draws: int = 500,
        seed: int = 0,
        step: float | None = None,
        product: bool = False,
    ) -> Prediction:
        """State occupancy of people with covariates x who are in `initial` at `start`.

        Clock forward: the product integral p(t) = p(s) ∏ exp(dA(u)) over the jumps of the hazards, each with its
        relative hazard exp(xβ) (Andersen et al. 1993, section VII.2.3; de Wreede, Fiocco and Putter, Comput Methods
        Programs Biomed 2010;99:261–274). The matrix exponential of a jump keeps every probability between 0 and 1 for
        any covariates and is exact for smooth hazards; `product=True` takes I + dA, as the estimator of one sample
        does.
        Clock reset: the renewal equations e_j(t) = Σ_h ∫ e_h(u) S_h(t − u) dA_hj(t − u) on an even grid (numerical
        convolution), exact where hazards jump on that grid, else with an error of the order of the step.

        Parameters
        ----------
        x : (n, p) covariates: a frame, whose columns are matched by name; an array whose columns are those of every
            hazard; or a dictionary from (from, to) to such; None for one person where no hazard has covariates.
        times : (T,) increasing, after `start`; with clock reset counted from `start`.
        initial : state at `start`, the course's first where not given. since : time already spent in it (clock reset).
        interval : "delta" (clock forward: first-order, from the covariance of coefficients and increments), "bootstrap"
            (parametric, `draws` draws, percentiles), or none. interval_at : those of the times for which the delta
            method is wanted, NaN at the others; all where not given. scale : of the delta method's limits.
        step : grid of the convolution; a 500th of the last time where not given.

        Raises
        ------
        InputError : covariates that do not fit, times beyond what the hazards know, an interval that cannot be had.
        """
        if interval not in (None, "delta", "bootstrap"):
            raise InputError("interval", "is found in no such way", '"delta", "bootstrap" or None')
        asked = self._asked(times, initial, start, since, step, product=product)
        covariates = self._covariates(x)
        relative = _relative(covariates, self.hazards)
        if interval == "delta":
            return self._with_delta_interval(asked, covariates, relative, interval_at, level, scale)
        p, time = self._occupancy(asked, relative)
        if interval is None:
            return Prediction(self.course.states, asked.times, p, time, self._method(asked))
        tail = (1 - _arrays.level(level)) / 2
        drawn = self._draw(asked, covariates, draws, seed)
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        method = f"{self._method(asked)}, intervals from {draws} parametric bootstrap draws, seed {seed}"
        return Prediction(self.course.states, asked.times, p, time, method, drawn.std(axis=0, ddof=1), low, high)

    def _asked(
        self,
        times: ArrayLike,
        initial: str | None,
        start: float,
        since: float,
        step: float | None,
        *,
        product: bool,
    ) -> _Asked:
        when = _arrays.some_times("times", times, low=0.0)
        if not _arrays.increasing(when) or _arrays.later(start if self.clock == "forward" else 0.0, when[0]):
            raise InputError("times", "must increase and lie after the start", "[12.0, 60.0]")
        self._check_known(float(when[-1]) + (since if self.clock == "reset" else 0.0))
        first = self.course.distribution(self.course.states[0] if initial is None else initial)
        return _Asked(when, first, start, since, step or float(when[-1]) / 500, product)

    def _method(self, asked: _Asked) -> str:
        return "product integral" if self.clock == "forward" else f"convolution with step {asked.step:g}"

    def _occupancy(
        self, asked: _Asked, relative: Floats, sets: Sequence[Sequence[TransitionHazard]] | None = None
    ) -> tuple[Floats, Floats]:
        """Occupancy (n, T, S) and time in state (n, S) under the model's hazards, or under several sets (D n, …)."""
        if self.clock == "forward":
            grid = Grid.of(self._steps(asked.start, asked.times, sets), asked.start, asked.times)
            return evolve(grid, asked.initial, relative, product=asked.product)[:2]
        parts = [
            renew(self.course, hazards, asked.times, asked.initial, part, asked.since, asked.step)
            for hazards, part in zip(sets or [self.hazards], np.split(relative, len(sets or [0])), strict=True)
        ]
        p, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return p, time

    def _with_delta_interval(
        self,
        asked: _Asked,
        covariates: list[Floats],
        relative: Floats,
        interval_at: ArrayLike | None,
        level: float,
        scale: IntervalScale,
    ) -> Prediction:
        if self.clock == "reset":
            raise InputError("interval", "the delta method is for clock forward", '"bootstrap"')
        self._check_covariance()
        steps = self._steps(asked.start, asked.times)
        at = None
        if interval_at is not None:
            wanted = _arrays.some_times("interval_at", interval_at) if np.size(interval_at) else np.zeros(0)
            at = _arrays.at(asked.times[:, None], wanted).any(axis=1)
        grid, together = Grid.of(steps, asked.start, asked.times), np.concatenate(covariates, axis=1)
        p, time, variance = evolve(
            grid, asked.initial, relative, self._spread(steps), together, at, product=asked.product
        )
        assert variance is not None  # noqa: S101 – a table was given
        se = np.sqrt(np.maximum(variance, 0.0))
        low, high = (np.where(np.isnan(se), np.nan, limit) for limit in limits(p, se, level, scale))
        return Prediction(self.course.states, asked.times, p, time, self._method(asked), se, low, high)

    def _steps(self, start: float, times: Floats, sets: Sequence[Sequence[TransitionHazard]] | None = None) -> Steps:
        """The steps for these times, of these hazards or of several sets drawn from their distributions."""
        if any(h.smooth for h in self.hazards):
            return Steps.of_times(self.course, sets or [self.hazards], start, times)
        return self._jumps if sets is None else Steps.of_jumps(self.course, sets)

    @cached_property
    def _jumps(self) -> Steps:
        return Steps.of_jumps(self.course, [self.hazards])

    def _spread(self, steps: Steps) -> SpreadTable:
        return self._jumps_spread if steps.jumps_only else SpreadTable.of(self.hazards, steps)

    @cached_property
    def _jumps_spread(self) -> SpreadTable:
        return SpreadTable.of(self.hazards, self._jumps)

    def _draw(self, asked: _Asked, covariates: list[Floats], draws: int, seed: int) -> Floats:
        """Occupancy under hazards drawn from their sampling distributions, (draws, n, T, S)."""
        random = np.random.default_rng(seed)
        n, found = len(covariates[0]), []
        together = max(1, _TOGETHER // n)
        for begin in range(0, draws, together):
            sets = [[h.draw(random) for h in self.hazards] for _ in range(min(together, draws - begin))]
            relative = np.concatenate([_relative(covariates, hazards) for hazards in sets])
            p, _ = self._occupancy(asked, relative, sets)
            found.append(p.reshape(len(sets), n, *p.shape[1:]))
        return np.concatenate(found)

    @checked
    def predict_by_simulation(
        self,
        x: Any = None,
        times: ArrayLike = (),
        *,
        initial: str | None = None,
        start: float = 0.0,
        since: float = 0.0,
        draws: int = 10_000,
        seed: int = 0,
    ) -> Prediction:
        """The same by drawing histories: `se` is the Monte Carlo error √(p(1 − p)/draws), not that of the estimates."""
        when = _arrays.some_times("times", times, low=0.0)
        relative = self._relative(x)
        n, s = relative.shape[0], len(self.course.states)
        self._check_known(float(when[-1]) + (since if self.clock == "reset" else 0.0))
        p, spent = np.empty((n, len(when), s)), np.zeros((n, s))
        end = float(when[-1])
        for i in range(n):
            rows = self._simulate(np.repeat(relative[i : i + 1], draws, axis=0), initial, start, since, end, seed + i)
            entry = np.zeros(len(rows)) if rows.entry is None else rows.entry
            last = (
                np.append(rows.patient[1:] != rows.patient[:-1], True)
                if rows.patient is not None
                else np.ones(len(rows), bool)
            )
            ends = np.where(
                rows.event,
                np.append(self.course.targets, 0)[np.minimum(rows.kind, len(self.course.targets))],
                rows.state,
            )
            np.add.at(spent[i], rows.state, rows.exit - entry)
            np.add.at(spent[i], ends[last], end - rows.exit[last])
            for j, time in enumerate(when.tolist()):
                over = _arrays.by(rows.exit, time)
                there = _arrays.by(entry, time) & (~over | (last & ~rows.event & _arrays.at(rows.exit, time)))
                counts = np.bincount(rows.state[there], minlength=s) + np.bincount(
                    ends[last & rows.event & over], minlength=s
                )
                p[i, j] = counts / draws
        se = np.sqrt(p * (1 - p) / draws)
        method = f"simulation of {draws} histories, seed {seed}; se is the Monte Carlo error"
        return Prediction(self.course.states, when, p, spent / draws, method, se, *limits(p, se, 0.95, "plain"))

    @checked
    def simulate(
        self,
        x: Any = None,
        *,
        n: int | None = None,
        initial: str | None = None,
        start: float = 0.0,
        censoring: float | ArrayLike = np.inf,
        entry: ArrayLike | None = None,
        seed: int = 0,
    ) -> Histories:
        """Draw one history for each row of x (or n histories without covariates).

        Parameters
        ----------
        censoring : time at which observation ends, one or (n,); never later than the hazards are known.
        entry : (n,) start of observation; who has reached a final state or is censored by then is never seen and not in
            the result, and `patient` keeps the row's number.
        seed : of NumPy's generator; the same seed draws the same histories.
        """
        relative = self._relative(x)
        if x is None:
            relative = np.repeat(relative, 1 if n is None else n, axis=0)
        given = _arrays.table("censoring", censoring)
        if given.shape not in ((), (1,), (len(relative),)):
            raise InputError("censoring", f"needs one time, or {len(relative)}", "60.0")
        ends = np.broadcast_to(given, (len(relative),))
        known = min(h.followed_to for h in self.hazards)
        ends = np.minimum(ends, known)
        late = None if entry is None else _arrays.floats("entry", entry, len(relative), low=0.0)
        return self._simulate(relative, initial, start, 0.0, ends, seed, late)

    def _simulate(
        self,
        relative: Floats,
        initial: str | None,
        start: float,
        since: float,
        end: float | Floats,
        seed: int,
        entry: Floats | None = None,
    ) -> Histories:
        from sarcoma.survival.multistate.simulate import simulate  # predicting does not need it

        first = self.course.index(self.course.states[0] if initial is None else initial)
        ends = np.broadcast_to(np.asarray(end, dtype=float), (len(relative),))
        forward = self.clock == "forward"
        return simulate(self.course, self.hazards, relative, first, start, since, ends, entry, seed, forward=forward)

    def _covariates(self, x: Any) -> list[Floats]:
        """One (n, p_k) matrix a transition."""
        found: list[Floats] = []
        for pair, hazard in zip(self.course.transitions, self.hazards, strict=True):
            if not hazard.columns:
                found.append(np.zeros((0, 0)))
                continue
            given = x.get(pair) if isinstance(x, dict) else x
            if given is None:
                raise InputError("x", f"{pair[0]} → {pair[1]} needs the covariates {', '.join(hazard.columns)}")
            found.append(_arrays.matched("x", given, tuple(hazard.columns), of=f"{pair[0]} → {pair[1]}"))
        n = max((len(part) for part in found), default=0) or 1
        if any(not len(part) and h.columns for part, h in zip(found, self.hazards, strict=True)):
            raise InputError("x", "has no rows", "[[0.0, 1.0]]")
        if any(len(part) not in (0, n) for part in found):
            raise InputError("x", "the transitions' covariates have different numbers of rows")
        return [part if len(part) else np.zeros((n, 0)) for part in found]

    def _relative(self, x: Any) -> Floats:
        """(n, K) relative hazards exp(xβ)."""
        return _relative(self._covariates(x), self.hazards)

    def _check_known(self, time: float) -> None:
        short = [h for h in self.hazards if _arrays.later(time, h.followed_to)]
        if short:
            last = min(h.followed_to for h in short)
            raise InputError("times", f"the hazards are not known beyond {last:g}", f"{last:g}")

    def _check_covariance(self) -> None:
        for h in self.hazards:
            if h.covariance is None or h.variance is None or h.means is None:
                raise InputError(
                    "interval", f"no covariance is known for {h.origin} → {h.target}, so no interval", "None"
                )


def _relative(covariates: list[Floats], hazards: Sequence[TransitionHazard]) -> Floats:
    linear = np.column_stack([part @ h.coefficients for part, h in zip(covariates, hazards, strict=True)])
    if not linear.max(initial=0.0) <= _HIGHEST:
        raise InputError("x", "lies so far from the people fitted that no computer holds its hazard")
    return np.exp(linear)


_HIGHEST = 700.0  # exp() beyond it is no number
