"""What every measure of prediction returns: a value with its standard error, interval and influence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import ndtr

from sarcoma._arguments import checked, checked_but_missing
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival._tidy import Tidy

Scale = Literal["plain", "log"]
MeasureName = Literal[
    "AUC", "concordance", "O/E", "calibration intercept", "calibration slope", "Brier score",
    "index of prediction accuracy", "IPA",
]  # fmt: skip
"""Names by which measures are found, in cards and in JSON too."""


def wald_limits(
    value: float,
    se: float,
    *,
    level: float,
    scale: Scale = "plain",
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, float]:
    """Limits of a value from its standard error, on a plain or log scale, within bounds."""
    z = normal_quantile(level)
    if scale == "log" and value > 0:
        low, high = value * np.exp(-z * se / value), value * np.exp(z * se / value)
    else:
        low, high = value - z * se, value + z * se
    return max(float(low), bounds[0]), min(float(high), bounds[1])


@dataclass(frozen=True, eq=False, repr=False)
class Measure(Tidy):
    """A measure of prediction.

    value, se : estimate and standard error (NaN where none is known). low, high : limits at `level`.
    estimand : what was predicted and observed: "crude", "net" or "all-cause". horizon : the time predicted for.
    influence : (n,) what each row adds: value ≈ truth + mean(influence). From it come the standard error,
        sd(influence)/√n with n − ddof in the standard deviation, and paired differences.

    Examples
    --------
    >>> Measure.of("mean", 0.4, np.array([0.1, -0.3, 0.2]), "all-cause", 12.0, level=0.95)
    mean at 12: 0.4 (95% CI 0.1006 to 0.6994)
    """

    name: str
    value: float
    se: float
    low: float
    high: float
    level: float
    estimand: str
    horizon: float
    influence: Floats
    ddof: int = 1

    @classmethod
    @checked_but_missing("value", "horizon")
    def of(
        cls,
        name: str,
        value: float,
        influence: Floats,
        estimand: str,
        horizon: float,
        *,
        level: float,
        scale: Scale = "plain",
        bounds: tuple[float, float] = (-np.inf, np.inf),
        ddof: int = 1,
    ) -> Measure:
        """From the influence of each row: se = sd(influence)/√n; limits on a plain or log scale."""
        influence = _arrays.table("influence", influence)
        if influence.ndim != 1 or not 0 <= ddof < len(influence):
            raise InputError("influence", "needs one number a person, and more people than ddof")
        se = float(influence.std(ddof=ddof) / np.sqrt(len(influence)))
        low, high = wald_limits(float(value), se, level=level, scale=scale, bounds=bounds)
        return cls(name, float(value), se, low, high, level, estimand, horizon, influence, ddof)

    def __repr__(self) -> str:
        at = "" if np.isnan(self.horizon) else f" at {self.horizon:g}"
        return f"{self.name}{at}: {self.value:.4g} ({100 * self.level:g}% CI {self.low:.4g} to {self.high:.4g})"

    def columns(self) -> dict[str, Any]:
        names = ("name", "horizon", "estimand", "value", "se", "low", "high", "level")
        return {name: [getattr(self, name)] for name in names}


@dataclass(frozen=True, eq=False, repr=False)
class Difference(Tidy):
    """Difference of a measure between two predictions of the same people, with a Wald test.

    Examples
    --------
    >>> a = Measure.of("mean", 0.4, np.array([0.1, -0.3, 0.2]), "all-cause", 12.0, level=0.95)
    >>> b = Measure.of("mean", 0.3, np.array([0.2, -0.2, 0.0]), "all-cause", 12.0, level=0.95)
    >>> round(difference(a, b).p, 3)
    0.317
    """

    name: str
    value: float
    se: float
    low: float
    high: float
    p: float
    level: float

    def __repr__(self) -> str:
        interval = f"{100 * self.level:g}% CI {self.low:.4g} to {self.high:.4g}"
        return f"difference of {self.name}: {self.value:.4g} ({interval}), p {self.p:.4g}"

    def columns(self) -> dict[str, Any]:
        return {name: [getattr(self, name)] for name in ("name", "value", "se", "low", "high", "p", "level")}


@checked
def difference(first: Measure, second: Measure) -> Difference:
    """first − second, paired: both measures are of the same people, in the same order.

    Raises
    ------
    InputError : different measures, horizons, estimands or numbers of people.

    Examples
    --------
    >>> a = Measure.of("mean", 0.4, np.array([0.1, -0.3, 0.2]), "all-cause", 12.0, level=0.95)
    >>> b = Measure.of("mean", 0.3, np.array([0.2, -0.2, 0.0]), "all-cause", 12.0, level=0.95)
    >>> difference(a, b)
    difference of mean: 0.1 (95% CI -0.096 to 0.296), p 0.3173
    """
    for what in ("name", "estimand", "horizon", "level"):
        a, b = getattr(first, what), getattr(second, what)
        if a != b and not (a != a and b != b):
            raise InputError("second", f"differs in {what}: {b} where the first has {a}")
    if len(first.influence) != len(second.influence):
        raise InputError("second", "is of another number of people; a paired difference needs the same ones")
    influence = first.influence - second.influence
    value, se = first.value - second.value, float(influence.std(ddof=first.ddof) / np.sqrt(len(influence)))
    z = normal_quantile(_arrays.level(first.level))
    p = 2 * float(ndtr(-abs(value) / se)) if se > 0 else float(value == 0)
    return Difference(first.name, value, se, value - z * se, value + z * se, p, first.level)
