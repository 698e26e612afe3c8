"""The hazard of one transition as it stands in a card: predictors, covariance, baseline steps."""

from __future__ import annotations

from pydantic import model_validator

from sarcoma.evidence.entry import Entry, Text
from sarcoma.models.predictor import Predictor
from sarcoma.models.transform import coefficients


class Steps(Entry):
    """A cumulative baseline hazard as a step function.

    `jumps` at `months` since the time zero; `variance` of each jump given the coefficients and `means`, the mean of
    every column of the design over those at risk (how a jump moves with the coefficients): both where intervals are to
    be had. Beyond `followed_to` nothing is known.
    """

    months: tuple[float, ...]
    jumps: tuple[float, ...]
    variance: tuple[float, ...] = ()
    means: tuple[tuple[float, ...], ...] = ()
    followed_to: float

    @model_validator(mode="after")
    def _fit_together(self) -> Steps:
        n = len(self.months)
        if not n or any(b <= a for a, b in zip(self.months, self.months[1:], strict=False)) or self.months[0] < 0:
            raise ValueError("`months` must increase from 0 or more, and there must be one at least")
        if len(self.jumps) != n or any(jump < 0 for jump in self.jumps):
            raise ValueError("give one jump of 0 or more for each of `months`")
        if len(self.variance) not in (0, n) or len(self.means) not in (0, n):
            raise ValueError("`variance` and `means` need one entry for each of `months`, or none")
        if self.followed_to < self.months[-1]:
            raise ValueError("`followed_to` cannot lie before the last of `months`")
        return self


class Hazard(Entry):
    """Λ(t | x) = Λ₀(t) exp(score) of one transition, the score summed over its predictors.

    `covariance` is that of all coefficients, in the order in which they stand. `events` of `at_risk` patients made it.
    """

    transition: tuple[Text, Text]
    events: int | None = None
    at_risk: int | None = None
    predictors: tuple[Predictor, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    baseline: Steps
    note: Text | None = None

    @model_validator(mode="after")
    def _square(self) -> Hazard:
        size = sum(len(coefficients(p.transform)) for p in self.predictors)
        where = f"{self.transition[0]} → {self.transition[1]}"
        if self.covariance and {len(self.covariance), *(len(row) for row in self.covariance)} != {size}:
            raise ValueError(f"{where}: the covariance must have {size} rows and columns, one for each coefficient")
        if self.baseline.means and any(len(row) != size for row in self.baseline.means):
            raise ValueError(f"{where}: each of the baseline's means must have {size} numbers")
        return self
