"""How good predictions of the state occupied at a time are, state by state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.histories import Histories
from sarcoma.survival.curves.pseudo_values import pseudo_observations
from sarcoma.survival.measures._measure import Measure
from sarcoma.survival.measures.calibration import estimating_equations
from sarcoma.survival.measures.outcome import free_at
from sarcoma.survival.regression.censoring import Censoring


@dataclass(frozen=True, eq=False, repr=False)
class StateMeasures(Tidy):
    """For each state: mean predicted and observed probability, O/E, Brier score and index of prediction accuracy.

    slope : of the observed on the predicted probability on the cloglog scale, None where predictions are 0, 1 or all
    the same.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> random = np.random.default_rng(1)
    >>> dead = random.uniform(0.1, 0.9, 100)
    >>> rows = Histories(Course.survival(), random.exponential(-12 / np.log1p(-dead)), np.ones(100, dtype=int))
    >>> predicted = np.column_stack([1 - dead, dead])
    >>> [round(measure.value, 3) for measure in state_measures(predicted, rows, 12).brier]
    [0.221, 0.221]
    """

    states: tuple[str, ...]
    predicted: Floats
    observed: Floats
    ratio: tuple[Measure | None, ...]
    slope: tuple[Measure | None, ...]
    brier: tuple[Measure, ...]
    accuracy: Floats

    def __repr__(self) -> str:
        return "\n".join(
            f"{s}: predicted {p:.3f}, observed {o:.3f}, Brier score {b.value:.4f}"
            for s, p, o, b in zip(self.states, self.predicted, self.observed, self.brier, strict=True)
        )

    def columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = {
            "state": list(self.states),
            "predicted": self.predicted,
            "observed": self.observed,
        }
        for name, measures in (("O/E", self.ratio), ("slope", self.slope), ("brier", self.brier)):
            for part in ("value", "low", "high"):
                columns[f"{name} {part}"] = [None if m is None else getattr(m, part) for m in measures]
        return columns | {"accuracy": self.accuracy}


@checked
def state_measures(probability: ArrayLike, histories: Histories, time: float, *, level: float = 0.95) -> StateMeasures:
    """Judge predicted state-occupation probabilities at a time.

    Calibration from the pseudo-observations of each state (Andersen, Klein and Rosthøj, Biometrika 2003;90:15–27), the
    Brier score with inverse-probability-of-censoring weights by state.

    Parameters
    ----------
    probability : (patients, states), rows in the order of `histories.patients`, each summing to 1.
    histories : of patients observed from time 0 on. time : the time predicted for.

    Raises
    ------
    InputError : probabilities that do not fit, delayed entry, a time after the last observation, or one that lies in a
        gap between the rows of a patient: the state then is not known.
    ConvergenceError : no calibration line fits the predictions of a state, for instance of one that nobody reached.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> random = np.random.default_rng(1)
    >>> dead = random.uniform(0.1, 0.9, 100)
    >>> rows = Histories(Course.survival(), random.exponential(-12 / np.log1p(-dead)), np.ones(100, dtype=int))
    >>> predicted = np.column_stack([1 - dead, dead])
    >>> state_measures(predicted, rows, 12)
    alive: predicted 0.490, observed 0.520, Brier score 0.2212
    dead: predicted 0.510, observed 0.480, Brier score 0.2212
    """
    with _arrays.naming(times="time", weight="histories", group="histories"):
        theta = pseudo_observations(histories, [time])[:, 0]
    n, count = theta.shape
    given = _arrays.table("probability", probability)
    if given.shape != (n, count):
        raise InputError("probability", f"needs {n} rows (patients) and {count} columns (states)")
    if not np.isfinite(given).all() or (given < 0).any() or (np.abs(given.sum(axis=1) - 1) > 1e-6).any():
        raise InputError("probability", "each row needs probabilities that sum to 1", "[[0.7, 0.2, 0.1]]")
    state, weight, correction = _whereabouts(histories, time, n)
    predicted, observed = given.mean(axis=0), theta.mean(axis=0)
    ratio: list[Measure | None] = []
    slope: list[Measure | None] = []
    brier: list[Measure] = []
    accuracy = np.empty(count)
    for s in range(count):
        mean, seen = float(predicted[s]), float(observed[s])
        ratio.append(None)
        if mean > 0:
            influence = (theta[:, s] - seen) / mean - seen / mean**2 * (given[:, s] - mean)
            ratio[s] = Measure.of("O/E", seen / mean, influence, "crude", time, level=level, scale="log")
        slope.append(_slope(given[:, s], theta[:, s], time, level))
        loss = weight * ((state == s) - given[:, s]) ** 2
        value = float(loss.mean())
        influence = loss - value + correction(loss)
        brier.append(Measure.of("Brier score", value, influence, "crude", time, level=level, bounds=(0.0, np.inf)))
        null = float((weight * ((state == s) - seen) ** 2).mean())
        accuracy[s] = 1 - value / null if null > 0 else float("nan")
    return StateMeasures(
        histories.course.states, predicted, observed, tuple(ratio), tuple(slope), tuple(brier), accuracy
    )


def _slope(predicted: Floats, theta: Floats, time: float, level: float) -> Measure | None:
    if (predicted <= 0).any() or (predicted >= 1).any() or np.ptp(predicted) == 0:
        return None
    scale = np.log(-np.log1p(-predicted))
    x = np.column_stack([np.ones(len(theta)), scale])
    beta, influence = estimating_equations(x, theta, np.zeros(len(theta)))
    return Measure.of("calibration slope", float(beta[1]), influence[:, 1], "crude", time, level=level, ddof=0)


def _whereabouts(
    histories: Histories, time: float, n: int
) -> tuple[NDArray[np.intp], Floats, Callable[[Floats], Floats]]:
    """State of each patient at a time (−1 unknown), its weight, and what estimating the censoring adds to a mean.

    At the end of administrative follow-up those censored at the time are in the state in which they were last seen.
    """
    course = histories.course
    patient = np.arange(len(histories)) if histories.patient is None else histories.patient
    entry = np.zeros(len(histories)) if histories.entry is None else histories.entry
    begin = np.full(n, np.inf)
    np.minimum.at(begin, patient, entry)
    if (begin > 0).any():
        late = int((begin > 0).sum())
        raise InputError("histories", f"{late} patients came under observation late; take them from a landmark on")
    end = np.zeros(n)
    np.maximum.at(end, patient, histories.exit)
    last = histories.exit == end[patient]
    final = np.full(n, -1)
    moved = np.flatnonzero(last & histories.event)
    final[patient[moved]] = course.targets[histories.kind[moved]]
    absorbed = np.isin(final, [course.index(s) for s in course.absorbing])
    state = np.full(n, -1)
    over = absorbed & _arrays.by(end, time)
    alive, at_end = free_at(end, absorbed, time)
    there = _arrays.by(entry, time) & _arrays.later(histories.exit, time)
    there |= last & alive[patient] & _arrays.at(histories.exit, time)
    here = np.flatnonzero(there)
    state[patient[here]] = np.where(
        histories.event[here] & _arrays.by(histories.exit[here], time), final[patient[here]], histories.state[here]
    )
    state[over] = final[over]
    censoring = Censoring(_arrays.ranks(end), ~absorbed)
    if (state[alive] < 0).any():
        lost = int((state[alive] < 0).sum())
        raise InputError("histories", f"{lost} patients are seen later but not at the time; leave them out first")
    weight = np.zeros(n)
    weight[over] = 1.0 / censoring.before_end()[over]
    if alive.any():
        weight[alive] = 1.0 / (censoring.just_before(time) if at_end else censoring.at(time))
    return state, weight, lambda loss: censoring.correction(loss, alive, time, at_end=at_end)
