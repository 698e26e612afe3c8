"""The hazard of one transition as it stands in a card: predictors, covariance, baseline steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._frozen import Field, model_validator
from sarcoma._rising import rising
from sarcoma._types import Floats
from sarcoma.evidence.entry import Entry, Text
from sarcoma.models.forms.form import Change, Line
from sarcoma.models.predictor import Predictor, all_beta, moved

if TYPE_CHECKING:
    from sarcoma.survival import TransitionHazard


def cell_ends(months: Floats, width: float) -> tuple[Floats, NDArray[np.intp]]:
    """Ends of the even cells up to the last of `months`, and in which stretch each lies.

    A stretch ends at each of `months`; an end that is no multiple of the cell ends a cell of its own.

    Examples
    --------
    >>> times, stretch = cell_ends(np.array([1.0, 1.8]), 0.5)
    >>> times.tolist(), stretch.tolist()
    ([0.5, 1.0, 1.5, 1.8], [0, 0, 1, 1])
    """
    inner = np.arange(1, int(np.floor(months[-1] / width + 1e-9)) + 1) * width
    times = rising(np.round(np.concatenate([inner, months]), 4))
    return times, np.searchsorted(np.round(months, 4), times)


class Steps(Entry):
    """A cumulative baseline hazard as a step function.

    `jumps` at `months` since the time zero; `variance` of each jump given the coefficients and `means`, the mean of
    every column of the design over those at risk (how a jump moves with the coefficients): both where intervals are to
    be had. Beyond `followed_to` nothing is known.

    With `cell` the baseline is *thin*: each of `jumps` is what it grows in the stretch that ends at its month (the
    first begins at 0), in even cells of so many months, once at the end of each; `variance` is that of a stretch,
    `means` hold in all of it. `bound` is the most by which a probability then differs from that of every step
    (measured when the card was made).
    """

    months: tuple[float, ...]
    jumps: tuple[float, ...]
    variance: tuple[float, ...] = ()
    means: tuple[tuple[float, ...], ...] = ()
    followed_to: float
    cell: float | None = Field(default=None, gt=0)
    bound: float | None = Field(default=None, gt=0, lt=1)

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

    @property
    def ends(self) -> tuple[Floats, NDArray[np.intp]]:
        """When the baseline jumps (a thin one: at each cell's end), and to which of `months` each jump belongs."""
        months = np.array(self.months)
        return (months, np.arange(len(months))) if self.cell is None else cell_ends(months, self.cell)

    def every_step(self) -> Steps:
        """The same with one jump for each month, without cells."""
        if self.cell is None:
            return self
        times, part = self.ends
        size = np.bincount(part, minlength=len(self.months))

        def shared(values: tuple[float, ...]) -> tuple[float, ...]:
            return tuple((np.array(values) / size)[part].tolist()) if values else ()

        means = tuple(self.means[k] for k in part.tolist()) if self.means else ()
        return self.model_copy(
            update={
                "months": tuple(times.tolist()),
                "jumps": shared(self.jumps),
                "variance": shared(self.variance),
                "means": means,
                "cell": None,
            }
        )


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
        size = sum(len(p.transform.beta) for p in self.predictors)
        where = f"{self.transition[0]} → {self.transition[1]}"
        if self.covariance and {len(self.covariance), *(len(row) for row in self.covariance)} != {size}:
            raise ValueError(f"{where}: the covariance must have {size} rows and columns, one for each coefficient")
        if self.baseline.means and any(len(row) != size for row in self.baseline.means):
            raise ValueError(f"{where}: each of the baseline's means must have {size} numbers")
        return self

    @property
    def arrow(self) -> str:
        """The transition in words."""
        return f"{self.transition[0]} → {self.transition[1]}"

    @property
    def has_intervals(self) -> bool:
        """Whether it carries what an interval follows from."""
        return bool(self.baseline.variance) and bool(self.covariance or not self.predictors)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns of its design, as its covariance has them."""
        return tuple(name for p in self.predictors for name in p.transform.column_names(p.name))

    def design(self, values: dict[str, NDArray[Any]], n: int) -> Floats:
        """(n, k) columns of its predictors, from their values by name."""
        return np.column_stack([np.zeros((n, 0)), *(p.transform.basis(values[p.name]) for p in self.predictors)])

    def transition_hazard(self) -> TransitionHazard:
        """The same for the multi-state model."""
        from sarcoma.survival.multistate.transition_hazard import TransitionHazard

        steps, names = self.baseline.every_step(), self.column_names
        width = len(names)
        known = self.has_intervals
        means = np.array(steps.means) if width else np.zeros((len(steps.months), 0))
        return TransitionHazard(
            *self.transition,
            np.array(steps.months),
            np.array(steps.jumps),
            names,
            all_beta(self.predictors),
            np.array(self.covariance).reshape(width, width) if known else None,
            np.array(steps.variance) if known else None,
            means if known else None,
            followed_to=steps.followed_to,
        )

    def updated(self, change: Change) -> Hazard:
        """Each stretch of the baseline between two horizons is scaled so that the cumulative hazard at both is right.

        Its variances and its covariance go, because nothing is known of them after a change.
        """
        steps = self.baseline.every_step()
        months, jumps = np.array(steps.months), np.array(steps.jumps)
        total = np.cumsum(jumps)

        def cumulative(at: float) -> float:
            return float(total[k - 1]) if (k := int(np.searchsorted(months, at, side="right"))) else 0.0

        before = cumulative(change.start)
        edges = change.start + np.array(change.horizons)
        old = np.array([cumulative(e) - before for e in edges])
        new = np.maximum.accumulate(old * np.exp(change.logs))
        grown = np.diff(np.concatenate([[0.0], old]))
        factors = np.divide(np.diff(np.concatenate([[0.0], new])), grown, out=np.ones_like(grown), where=grown > 0)
        kept = months <= edges[-1]
        stretch = np.minimum(np.searchsorted(edges, months[kept], side="left"), len(edges) - 1)
        scaled = steps.model_copy(
            update={
                "months": tuple(months[kept].tolist()),
                "jumps": tuple((jumps[kept] * factors[stretch]).tolist()),
                "variance": (),
                "means": (),
                "followed_to": min(steps.followed_to, float(edges[-1])),
                "bound": None,
            }
        )
        predictors = moved(self.predictors, change.slope, change.added)
        return self.model_copy(
            update={"baseline": scaled, "covariance": (), "predictors": predictors, "events": None, "at_risk": None}
        )

    def lines(self) -> Iterator[Line]:
        """Events, baseline, coefficients."""
        steps = self.baseline
        counted = f", {self.events} events of {self.at_risk} people" if self.events is not None else ""
        kind = "steps" if steps.cell is None else f"stretches in cells of {steps.cell:g} months"
        yield Line(
            f"{self.arrow}{counted}: baseline with {len(steps.months)} {kind}, "
            f"cumulative {sum(steps.jumps):.4g} at {steps.months[-1]:.4g} months"
            + (f"; {self.note}" if self.note else "")
        )
        for p in self.predictors:
            yield Line(f"{p.label}: {p.transform.describe()}", depth=1)
