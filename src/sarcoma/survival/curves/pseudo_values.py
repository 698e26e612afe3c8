"""Pseudo-observations: what each patient contributes to a state probability or a time in state."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.counting.event_table import EventTable
from sarcoma.survival.counting.histories import Histories
from sarcoma.survival.curves import blockwise_products
from sarcoma.survival.curves.product_limit import Hazards, futures, hazards, occupy, step_matrices

Method = Literal["infinitesimal", "jackknife"]
_CELLS = 4_000_000  # numbers held at once while leaving patients out


@checked
def pseudo_observations(histories: Histories, times: ArrayLike, *, method: Method = "infinitesimal") -> Floats:
    """Pseudo-observations of the state occupancy from the course's first state.

    Parameters
    ----------
    histories : of one group, without weights; with `patient` where patients have several rows.
    times : (T,) at which the occupancy is wanted.
    method : "jackknife" is n θ̂ − (n − 1) θ̂₍₋ᵢ₎ exactly (Andersen, Klein and Rosthøj, Biometrika 2003;90:15–27):
        O(n + T) where one state is left for good without delayed entry, else one estimate for each patient.
        "infinitesimal" is θ̂ + n ∂θ̂/∂wᵢ (Jaeckel's infinitesimal jackknife; Parner, Andersen and Overgaard, Lifetime
        Data Anal 2023;29:654–671), for any course in O(n + T) per time, and differs by O(1/n).

    Returns
    -------
    values : (patients, T, S), patients in the order of `histories.patients` (of the rows, where there are none).

    Raises
    ------
    InputError : groups or weights, or a time after the last observation.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> rows = Histories(Course.survival(), exit=[5, 8, 12, 15], to=[1, 0, 1, 0])
    >>> pseudo_observations(rows, [10], method="jackknife")[:, 0, 0].round(3).tolist()
    [0.0, 1.0, 1.0, 1.0]
    """
    table, patient, n = _one_sample(histories)
    when = _arrays.some_times("times", times, low=0.0)
    _check_followed(histories, float(when.max()), "times")
    hazard = hazards(table, 0.0, poisson=False)
    first = table.course.distribution(table.course.states[0])
    if method == "jackknife":
        return _jackknife(histories, hazard, patient, n, when)
    if method != "infinitesimal":
        raise InputError("method", "not a known method", '"infinitesimal" or "jackknife"')
    probability, _ = occupy(hazard, first[None])
    found = np.empty((n, len(when), len(first)))
    for i, time in enumerate(when.tolist()):
        inside = int(_arrays.upto(hazard.times, time))
        part = hazard.part(slice(0, inside))
        after = futures(part, np.zeros(inside), np.eye(len(first)))[0]
        found[:, i] = probability[0, inside] + n * _influence(histories, part, probability[0], after, patient, n)
    return found


@checked
def pseudo_expected_time(histories: Histories, horizon: float) -> Floats:
    """Pseudo-observations of the expected time in each state up to a horizon, (patients, S), infinitesimal jackknife.

    In the starting state of a survival course: of the restricted mean survival time.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> rows = Histories(Course.survival(), exit=[5, 8, 12, 15], to=[1, 0, 1, 0])
    >>> pseudo_expected_time(rows, 12)[:, 0].round(3).tolist()
    [5.0, 12.0, 12.0, 12.0]
    """
    table, patient, n = _one_sample(histories)
    end = max(_arrays.one_time("horizon", horizon), 0.0)
    _check_followed(histories, end, "horizon")
    hazard = hazards(table, 0.0, poisson=False)
    first = table.course.distribution(table.course.states[0])
    probability, _ = occupy(hazard, first[None])
    inside = int(_arrays.before(hazard.times, end))
    stretch = np.diff(np.concatenate([[0.0], hazard.times[:inside], [end]]))
    part = hazard.part(slice(0, inside))
    after = futures(part, stretch[1:], np.zeros((len(first), len(first))))[0]
    value = stretch @ probability[0, : inside + 1]
    found: Floats = value + n * _influence(histories, part, probability[0], after, patient, n)
    return found


def _one_sample(histories: Histories) -> tuple[EventTable, NDArray[np.intp], int]:
    if histories.groups != (None,):
        raise InputError("group", "pseudo-observations are of one sample; take each group by itself")
    if histories.weight is not None:
        raise InputError("weight", "pseudo-observations with weights are not supported")
    if histories.patient is None:
        return EventTable.from_histories(histories), np.arange(len(histories)), len(histories)
    return EventTable.from_histories(histories), histories.patient, len(histories.patients)


def _check_followed(histories: Histories, time: float, argument: str) -> None:
    last = float(histories.exit.max())
    if _arrays.later(time, last):
        raise InputError(argument, f"nobody was under observation after {last:g}", f"{last:g}")


def _influence(
    histories: Histories, hazard: Hazards, probability: Floats, after: Floats, patient: NDArray[np.intp], n: int
) -> Floats:
    """Σ over a patient's rows of ∫ p_h(u−)/Y_h(u) [dN(u) − dA(u)] (W_target − W_h)(u), (patients, S)."""
    course, times = hazard.course, hazard.times
    s = probability.shape[1]
    found = np.zeros((n, s))
    if not len(times):
        return found
    risk = hazard.at_risk[0]
    per_head = np.divide(probability[: len(times)], 1.0)[:, [course.index(h) for h in course.transient]]
    per_head = np.divide(per_head, risk, out=np.zeros_like(risk), where=risk > 0)
    drift = np.zeros((len(course.transient), len(times) + 1, s))
    gain = np.empty((len(course.transitions), len(times), s))
    for k, q in enumerate(course.transient_index):
        gain[k] = per_head[:, q, None] * (after[:, course.targets[k]] - after[:, course.sources[k]])
        drift[q, 1:] += np.cumsum(gain[k] * hazard.increments[0, :, k, None], axis=0)
    position = np.array([course.transient.index(h) if h in course.transient else -1 for h in course.states])[
        histories.state
    ]
    out = np.searchsorted(times, histories.exit, side="right")
    rows = -drift[position, out]
    if histories.entry is not None:
        entered = np.where(histories.entry > 0, np.searchsorted(times, histories.entry, side="right"), 0)
        rows += drift[position, entered]
    moved = np.flatnonzero(histories.event & _arrays.by(histories.exit, times[-1]))
    rows[moved] += gain[histories.kind[moved], out[moved] - 1]
    for k in range(s):
        found[:, k] = np.bincount(patient, rows[:, k], minlength=n)
    return found


def _jackknife(histories: Histories, hazard: Hazards, patient: NDArray[np.intp], n: int, when: Floats) -> Floats:
    """Leave each kind of history out once."""
    course, times = hazard.course, hazard.times
    if len(course.transient) == 1 and histories.entry is None and histories.patient is None:
        return _jackknife_one_state(histories, hazard, when)
    first = course.distribution(course.states[0])
    where = _arrays.upto(times, when)
    whole = np.concatenate([first[None], occupy(hazard, first[None])[0][0, 1:]])[where]
    found = np.empty((n, len(when), len(first)))
    order = np.argsort(patient, kind="stable")
    bounds = np.searchsorted(patient[order], np.arange(n + 1))
    position = np.array([course.transient.index(h) if h in course.transient else -1 for h in course.states])
    at_risk_source = course.transient_index
    batch = max(1, _CELLS // max(1, len(times) * len(first) ** 2))
    out = np.searchsorted(times, histories.exit, side="right")
    entry = np.zeros(len(histories)) if histories.entry is None else histories.entry
    entered = np.where(entry > 0, np.searchsorted(times, entry, side="right"), 0)
    events = hazard.squared_events[0]
    for begin in range(0, n, batch):
        size = min(batch, n - begin)
        risk = np.repeat(hazard.at_risk, size, axis=0)
        count = np.repeat(events[None].astype(float), size, axis=0)
        for i in range(size):
            for row in order[bounds[begin + i] : bounds[begin + i + 1]]:
                risk[i, entered[row] : out[row], position[histories.state[row]]] -= 1
                if histories.kind[row] < len(course.transitions):
                    count[i, out[row] - 1, histories.kind[row]] -= 1
        source = risk[:, :, at_risk_source]
        increments = np.divide(count, source, out=np.zeros_like(count), where=source > 0)
        left = Hazards(course, times, risk, increments, count, risk, hazard.poisson)
        start = np.broadcast_to(first, (size, 1, len(first)))
        curves = np.concatenate([start, blockwise_products.affine(start, step_matrices(left))[:, :, 0]], axis=1)
        found[begin : begin + size] = n * whole - (n - 1) * curves[:, where]
    return found


def _jackknife_one_state(histories: Histories, hazard: Hazards, when: Floats) -> Floats:
    """The same in O(n + T): before a patient's time the estimate with one fewer at risk, then one step, then the rest.

    S₍₋ᵢ₎(t) = S′(x−) · (own step) · S(t)/S(x), and F likewise, where S′ has Y − 1 at risk throughout.
    """
    course, times, n = hazard.course, hazard.times, len(histories)
    home = course.index(course.transient[0])
    y, d = hazard.at_risk[0, :, 0], hazard.squared_events[0].astype(float)
    k = d.shape[1]

    def curves(risk: Floats) -> tuple[Floats, Floats]:
        step = np.divide(d, risk[:, None], out=np.zeros_like(d), where=risk[:, None] > 0)
        survival = np.concatenate([[1.0], np.cumprod(np.maximum(1 - step.sum(axis=1), 0.0))])
        return survival, np.concatenate([np.zeros((1, k)), np.cumsum(survival[:-1, None] * step, axis=0)])

    survival, incidence = curves(y)
    fewer_survival, fewer_incidence = curves(y - 1)
    out = np.searchsorted(times, histories.exit, side="right")  # last event time the patient is at risk at
    moved = histories.event
    found = np.empty((n, len(when), len(course.states)))
    for i, time in enumerate(when.tolist()):
        end = int(_arrays.upto(times, time))
        # with the patient's own event at their last time left out as well
        stop = np.minimum(out, end)
        s, f = fewer_survival[stop], fewer_incidence[stop].copy()
        own = np.flatnonzero(moved & (out <= end))
        if len(own):
            last = out[own] - 1
            left = d[last].copy()
            left[np.arange(len(own)), histories.kind[own]] -= 1
            step = np.divide(left, (y[last] - 1)[:, None], out=np.zeros_like(left), where=(y[last] > 1)[:, None])
            before = fewer_survival[last]
            s[own] = before * (1 - step.sum(axis=1))
            f[own] = fewer_incidence[last] + before[:, None] * step
        onward = np.divide(survival[end], survival[stop], out=np.zeros(n), where=survival[stop] > 0)
        gained = np.divide(
            incidence[end] - incidence[stop], survival[stop, None], out=np.zeros((n, k)), where=survival[stop, None] > 0
        )
        found[:, i, home] = n * survival[end] - (n - 1) * s * onward
        for m, target in enumerate(course.targets):
            found[:, i, target] = n * incidence[end, m] - (n - 1) * (f[:, m] + s * gained[:, m])
    return found
