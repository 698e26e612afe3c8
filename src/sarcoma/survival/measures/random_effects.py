"""One measure over several centres or studies: its mean, how much it differs between them, where a new one may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from sarcoma._arguments import checked
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy


@dataclass(frozen=True, slots=True, repr=False)
class RandomEffects(Tidy):
    """The mean with its limits, the spread τ, and the limits for a new centre (None of two centres).

    Examples
    --------
    >>> from sarcoma.survival.measures import random_effects
    >>> random_effects([0.10, -0.05], [0.10, 0.12]).prediction_low is None
    True
    """

    centres: int
    mean: float
    low: float
    high: float
    tau: float
    prediction_low: float | None
    prediction_high: float | None

    def __repr__(self) -> str:
        interval = f"95% CI {self.low:.4g} to {self.high:.4g}"
        return f"RandomEffects(centres={self.centres}, mean {self.mean:.4g} ({interval}), tau {self.tau:.4g})"

    def columns(self) -> dict[str, Any]:
        names = ("centres", "mean", "low", "high", "tau", "prediction_low", "prediction_high")
        return {name: [getattr(self, name)] for name in names}


@checked
def random_effects(values: ArrayLike, errors: ArrayLike) -> RandomEffects:
    """Random effects: DerSimonian–Laird's τ², Hartung and Knapp's interval, the prediction interval of Higgins.

    Give ratios as logarithms and areas under a curve as logits (Debray et al., Stat Methods Med Res 2019;28:2768–2786).
    The interval is t with k − 1 degrees of freedom and never narrower than with the variance as modelled; the
    prediction interval is t with k − 2 (Higgins, Thompson and Spiegelhalter, J R Stat Soc A 2009;172:137–159).

    Parameters
    ----------
    values, errors : (k,) the measure of each centre and its standard error.

    Raises
    ------
    InputError : one centre, or an error that is not above 0.

    Examples
    --------
    >>> random_effects([0.10, -0.05, 0.30], [0.10, 0.12, 0.15])
    RandomEffects(centres=3, mean 0.09996 (95% CI -0.3044 to 0.5043), tau 0.0991)
    """
    value = _arrays.floats("values", values)
    k = len(value)
    error = _arrays.floats("errors", errors, k)
    if k < 2:
        raise InputError("values", "one centre has nothing to be pooled with", "[0.1, 0.3]")
    if error.min() <= 0:
        raise InputError("errors", "must be above 0", "[0.10, 0.15]")
    w = 1 / error**2
    fixed = (w * value).sum() / w.sum()
    q = (w * (value - fixed) ** 2).sum()
    tau2 = max(0.0, float((q - (k - 1)) / (w.sum() - (w**2).sum() / w.sum())))
    w = 1 / (error**2 + tau2)
    mean = float((w * value).sum() / w.sum())
    spread = float((w * (value - mean) ** 2).sum() / (k - 1))
    se = float(np.sqrt(max(spread, 1.0) / w.sum()))
    half = float(stdtrit(k - 1, 0.975)) * se
    wide = float(stdtrit(k - 2, 0.975)) * float(np.sqrt(tau2 + se**2)) if k >= 3 else None
    low, high = (None, None) if wide is None else (mean - wide, mean + wide)
    return RandomEffects(k, mean, mean - half, mean + half, float(np.sqrt(tau2)), low, high)
