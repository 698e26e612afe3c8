"""Smooth calibration curves, and the distances read off them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import limits, normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.measures.calibration import cloglog, hazard_model, pseudo_risk
from sarcoma.survival.measures.outcome import Outcome
from sarcoma.survival.transforms import restricted_cubic_spline

Method = Literal["local", "splines"]
_FLAT = 1e-9  # share of a determinant of columns at right angles, below which a fit has more than one solution
_DUST = 1e-9  # what calculating leaves of a curve that is 0 or 1
_EXACT = 1000  # distinct predictions up to which the curve is found at each of them
_QUANTILES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}  # Harrell 2015, 2.6


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationCurve(Tidy):
    """Observed risk as a smooth function of the predicted one.

    predicted, observed, se, low, high : (G,) the curve with its pointwise band.
    ici, e50, e90, emax : mean, median, 90th percentile and largest |observed − predicted| over the people (Austin and
        Steyerberg, Stat Med 2019;38:4051–4065). rms_bias : root of the mean square of the same.
    inside : the predictions between which the curve has people on both sides: the 5th to 95th percentile, with splines
        the outer knots. Beyond them it leans on one side or is drawn straight on.
    emax_at : the prediction at which emax is. emax_inside : the largest distance within `inside`.
    notes : what a reader of the curve has to know: an emax read off an end, an observed risk outside 0 to 1.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> risk = random.uniform(0.1, 0.9, 200)
    >>> time = random.exponential(-12 / np.log1p(-risk))
    >>> outcome = Outcome(np.minimum(time, 24), time < 24, estimand="all-cause")
    >>> round(calibration_curve(risk, outcome, 12).ici, 4)
    0.0449
    """

    predicted: Floats
    observed: Floats
    se: Floats
    low: Floats
    high: Floats
    level: float
    ici: float
    e50: float
    e90: float
    emax: float
    rms_bias: float
    inside: tuple[float, float]
    emax_at: float
    emax_inside: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        end = "" if self.emax == self.emax_inside else f" at the curve's end, {self.emax_inside:.4f} before"
        distances = f"ICI {self.ici:.4f}, E50 {self.e50:.4f}, E90 {self.e90:.4f}, Emax {self.emax:.4f}{end}"
        return f"CalibrationCurve({distances})"

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("predicted", "observed", "se", "low", "high")}


@checked
def calibration_curve(
    risk: ArrayLike,
    outcome: Outcome,
    horizon: float,
    *,
    method: Method = "local",
    span: float = 0.75,
    knots: int = 4,
    points: int | None = None,
    level: float = 0.95,
) -> CalibrationCurve:
    """The observed probability of the event by the horizon among people with each predicted one.

    Parameters
    ----------
    method : "local" – local quadratic regression of the pseudo-observations with tricube weights on the nearest `span`
        of the people (Cleveland and Devlin, J Am Stat Assoc 1988;83:596–610; the loess of R, `surface = "direct"`),
        with a band that lets the variance differ from place to place. "splines" – a Cox model, for crude predictions a
        Fine–Gray model, of a restricted cubic spline of cloglog(risk) up to the horizon (Austin, Harrell and van
        Klaveren, Stat Med 2020;39:2714–2742; Austin, Putter, Giardiello and van Klaveren, Diagn Progn Res 2022;6:2).
    span : share of the people that a point of the curve is made from. knots : 3, 4 or 5, at Harrell's quantiles.
    points : of the curve, at as many quantiles of the predictions; where not given, 500, or every distinct prediction
        if there are 1,000 or fewer.

    Raises
    ------
    InputError : predictions with too few different values for a curve.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> risk = random.uniform(0.1, 0.9, 200)
    >>> time = random.exponential(-12 / np.log1p(-risk))
    >>> outcome = Outcome(np.minimum(time, 24), time < 24, estimand="all-cause")
    >>> calibration_curve(risk, outcome, 12)
    CalibrationCurve(ICI 0.0449, E50 0.0384, E90 0.0839, Emax 0.1349 at the curve's end, 0.0985 before)
    """
    _arrays.level(level)
    outcome.status(horizon)
    predicted = outcome.risk("risk", risk)
    values = np.unique(predicted)
    if len(values) < 5:
        raise InputError("risk", f"has only {len(values)} different values; look at the calibration in groups")
    if points is None and len(values) <= _EXACT:
        grid = values
    else:
        grid = np.unique(np.quantile(predicted, np.linspace(0, 1, points or _EXACT // 2)))
    if method == "local":
        if not 0 < span <= 1:
            raise InputError("span", "must lie between 0 and 1", "0.75")
        observed, se = _local(predicted, pseudo_risk(outcome, horizon), grid, span)
        z = normal_quantile(level)
        low, high = observed - z * se, observed + z * se
        share = 0.05
    else:
        observed, se = _splines(predicted, outcome, horizon, grid, knots)
        low, high = limits(observed, se, level, "log-log")
        share = _QUANTILES[knots][0]
    at_people = np.interp(predicted, grid, observed)
    gap = np.abs(at_people - predicted)
    first, last = np.quantile(predicted, [share, 1 - share]).tolist()
    within = (predicted >= first) & (predicted <= last)
    emax, emax_inside, where = float(gap.max()), float(gap[within].max()), float(predicted[gap.argmax()])
    notes = []
    if emax > emax_inside:
        notes.append(
            f"Emax is read off an end of the curve, at a prediction of {where:.3g}: "
            f"between {first:.3g} and {last:.3g} the largest distance is {emax_inside:.3g}"
        )
    outside = int((np.abs(at_people - 0.5) > 0.5 + _DUST).sum())
    if outside:
        notes.append(f"the curve leaves 0 to 1 at the predictions of {outside} people, where it says little")
    return CalibrationCurve(
        grid,
        observed,
        se,
        np.clip(low, 0.0, 1.0),
        np.clip(high, 0.0, 1.0),
        level,
        ici=float(gap.mean()),
        e50=float(np.median(gap)),
        e90=float(np.quantile(gap, 0.9)),
        emax=emax,
        rms_bias=float(np.sqrt((gap**2).mean())),
        inside=(first, last),
        emax_at=where,
        emax_inside=emax_inside,
        notes=tuple(notes),
    )


def _local(x: Floats, y: Floats, grid: Floats, span: float) -> tuple[Floats, Floats]:
    """Local quadratic regression of y on x at the grid, and its standard error from the squared residuals."""
    order = np.argsort(x)
    x, y = x[order], y[order]
    q = max(3, int(np.floor(len(x) * span + 1e-5)))
    value = np.empty(len(grid))
    rows: list[tuple[slice, Floats]] = []
    for i, centre in enumerate(grid.tolist()):
        near = _nearest(x, centre, q)
        u = x[near] - centre
        reach = np.abs(u[[0, -1]]).max()
        u = u / reach if reach > 0 else u
        distance = np.abs(u)
        w = np.where(distance < 0.999, np.where(distance > 0.001, (1 - distance**3) ** 3, 1.0), 0.0)
        basis = np.column_stack([np.ones_like(u), u, u**2])
        weighted = basis * w[:, None]
        share = weighted @ _first_of_inverse(weighted.T @ basis)  # weight of each y in the fitted value
        value[i] = share @ y[near]
        rows.append((near, share))
    residual = (y - np.interp(x, grid, value)) ** 2
    variance = [float((share**2) @ residual[near]) for near, share in rows]
    return value, np.sqrt(np.array(variance))


def _first_of_inverse(gram: Floats) -> Floats:
    """The first column of the inverse of a 3 × 3 matrix; of its pseudo-inverse where it has none."""
    found = np.cross(gram[1], gram[2])
    determinant = float(found @ gram[0])
    if determinant > _FLAT * float(np.prod(np.diagonal(gram))):
        return np.asarray(found / determinant)
    return np.asarray(np.linalg.pinv(gram, rcond=1e-12)[:, 0])


def _nearest(x: Floats, centre: float, q: int) -> slice:
    """The q nearest of sorted x and all that are like the outermost of them, as a stretch."""
    first, last = 0, len(x) - q
    while first < last:  # the leftmost stretch that is not beaten by the next one
        middle = (first + last) // 2
        if centre - x[middle] > x[middle + q] - centre:
            first = middle + 1
        else:
            last = middle
    end = first + q - 1
    return slice(int(np.searchsorted(x, x[first])), int(np.searchsorted(x, x[end], side="right")))


def _splines(risk: Floats, outcome: Outcome, horizon: float, grid: Floats, knots: int) -> tuple[Floats, Floats]:
    """Risk at the grid under a hazard model of a spline of cloglog(risk), and its standard error."""
    if knots not in _QUANTILES:
        raise InputError("knots", "must be 3, 4 or 5", "4")
    x = cloglog("risk", risk)
    at = np.unique(np.quantile(x, _QUANTILES[knots]))
    if len(at) < 3:
        raise InputError("risk", "too few different values for a spline; look at the calibration in groups")
    basis, wanted = restricted_cubic_spline(x, at.tolist()), restricted_cubic_spline(cloglog("risk", grid), at.tolist())
    model = hazard_model(basis, outcome, horizon)
    hazard, se = model._hazard_and_se(wanted, [horizon])
    return -np.expm1(-hazard[:, 0]), np.exp(-hazard[:, 0]) * se[:, 0]
