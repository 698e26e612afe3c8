"""What the regressions share: reading rows, baseline, tables of coefficients, prediction."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError, NoEventsError, SurvivalError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import normal_quantile
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.pairs.concordance import Concordance, harrell_concordance
from sarcoma.survival.regression import newton
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """Checked rows of a regression."""

    x: Floats
    columns: tuple[str, ...]
    exit: Floats
    event: NDArray[np.bool_]
    entry: Floats | None
    stratum: NDArray[np.intp] | None
    strata: tuple[Any, ...]
    weight: Floats | None
    offset: Floats | None

    @classmethod
    def read(
        cls,
        x: Any,
        exit: ArrayLike,
        event: ArrayLike,
        *,
        like: tuple[str, ...] | None = None,
        entry: ArrayLike | None = None,
        stratum: ArrayLike | None = None,
        weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Self:
        _arrays.one_order(x=x, exit=exit, event=event, entry=entry, stratum=stratum, weight=weight, offset=offset)
        end = _arrays.floats("exit", exit, low=0.0)
        n = len(end)
        if like is None:
            covariates, columns = _arrays.matrix("x", x, n)
        else:
            covariates, columns = _arrays.matched("x", x, like, n), like
        happened = _arrays.flags("event", event, n)
        if not happened.any():
            raise NoEventsError("event: none of the rows ends with the event, so nothing can be estimated")
        start = None if entry is None else _arrays.floats("entry", entry, n, low=0.0)
        if start is not None:
            end, start = _arrays.merge_near(end, start)
            empty = (start >= end) & ((end > 0) | (start > 0))
            if empty.any():
                raise InputError("entry", f"{int(empty.sum())} of {n} rows end before or when they start", "0 < exit")
            start = start if start.any() else None
        label, labels = (None, ()) if stratum is None else _arrays.codes("stratum", stratum, n)
        case_weight = None if weight is None else _arrays.floats("weight", weight, n)
        if case_weight is not None and case_weight.min() <= 0:
            raise InputError("weight", "must be above 0; leave rows without weight out", "[1.0, 0.5]")
        fixed = None if offset is None else _arrays.floats("offset", offset, n)
        return cls(covariates, columns, end, happened, start, label, labels, case_weight, fixed)

    def take(self, rows: slice) -> Design:
        """Some of the rows."""

        def some(column: NDArray[Any] | None) -> Any:
            return None if column is None else column[rows]

        return Design(
            some(self.x),
            self.columns,
            some(self.exit),
            some(self.event),
            some(self.entry),
            some(self.stratum),
            self.strata,
            some(self.weight),
            some(self.offset),
        )


def first_guess(
    design: Design,
    likelihood_of: Callable[[Design, slice], PartialLikelihood],
    likelihood: PartialLikelihood,
    penalty: Floats | None = None,
) -> newton.Start | None:
    """Coefficients and information of a systematic sample of a large data set: Newton then needs few steps on all."""
    rows = slice(None, None, 20 if len(design.exit) >= 100_000 else 8)
    some = design.take(rows)
    if len(design.exit) < 10_000 or some.event.sum() < 20 * len(design.columns):
        return None
    try:
        small = likelihood_of(some, rows)
        ratio = likelihood.scale / small.scale
        penalty = np.zeros(small.p) if penalty is None else penalty * ratio**2 * len(some.exit) / len(design.exit)
        found = newton.maximise(small, design.columns, penalty=penalty, tolerance=0.03)
    except SurvivalError:
        return None
    return newton.Start(found.beta * ratio, found.information * (len(design.exit) / small.n) / np.outer(ratio, ratio))


_HIGHEST = 700.0  # exp() beyond it is no number


@dataclass(frozen=True, eq=False, repr=False)
class Baseline(Tidy):
    """The hazard of someone with all covariates (and the offset) 0, as jumps at the event times of each stratum.

    Attributes
    ----------
    strata : labels, () without strata. stratum, times : (d,) position of the label and time, increasing in a stratum.
    increments : (d,) jumps of the cumulative hazard: w̄ Σ 1/(S0 − c D0) under Efron's ties, d/S0 under Breslow's.
    variance : (d,) of the jumps, given the coefficients.
    means : (d, p) −∂ log(jump)/∂β: the mean covariates over the risk set.
    followed_to : per stratum the last time at which anyone was under observation.
    """

    strata: tuple[Any, ...]
    stratum: NDArray[np.intp]
    times: Floats
    increments: Floats
    variance: Floats
    means: Floats
    followed_to: Floats

    @classmethod
    def from_likelihood(
        cls, likelihood: PartialLikelihood, found: newton.Maximum, coefficients: Floats, strata: tuple[Any, ...]
    ) -> Baseline:
        # risks are exp(η − shift) at centred covariates: undo both
        factor = np.exp(-likelihood.shift - coefficients @ likelihood.center)
        stratum = likelihood.slot_stratum
        order = np.arange(len(stratum))[::-1] if not strata else np.lexsort((likelihood.times, stratum))
        slots, means = found.slots, found.means
        variance = slots.second
        count = max(len(strata), 1)
        return cls(
            strata,
            likelihood.slot_stratum[order],
            likelihood.times[order],
            slots.first[order] * factor,
            variance[order] * factor**2,
            means[order],
            np.array([likelihood.followed_to.get(s, 0.0) for s in range(count)]),
        )

    def __repr__(self) -> str:
        strata = f", strata={len(self.strata)}" if self.strata else ""
        return f"Baseline(times={len(self.times)}{strata}, cumulative hazard={self.increments.sum():.4g})"

    def rows(self, stratum: Any = None) -> slice:
        """The rows of one stratum."""
        if not self.strata:
            return slice(0, len(self.times))
        if stratum not in self.strata:
            raise InputError("stratum", f"is not one of {', '.join(map(str, self.strata))}", repr(self.strata[0]))
        i = self.strata.index(stratum)
        return slice(int(np.searchsorted(self.stratum, i)), int(np.searchsorted(self.stratum, i, side="right")))

    def cumulative(self, times: ArrayLike, stratum: Any = None) -> Floats:
        """Cumulative baseline hazard at times, the shape of `times`."""
        rows = self.rows(stratum)
        steps = np.concatenate([[0.0], np.cumsum(self.increments[rows])])
        return steps[_arrays.upto(self.times[rows], _arrays.table("times", times))]

    def columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        cumulative = np.cumsum(self.increments)
        if self.strata:
            columns["stratum"] = np.array(self.strata)[self.stratum]
            starts = np.searchsorted(self.stratum, np.arange(len(self.strata)))
            before = np.concatenate([[0.0], cumulative])[starts]
            cumulative = cumulative - before[self.stratum]
        return columns | {"time": self.times, "hazard": self.increments, "cumulative hazard": cumulative}


@dataclass(frozen=True, eq=False, repr=False)
class CoefficientTable(Tidy):
    """Log hazard ratios with standard errors, Wald tests and hazard ratios with intervals, each (p,)."""

    names: tuple[str, ...]
    coef: Floats
    se: Floats
    z: Floats
    p: Floats
    ratio: Floats
    low: Floats
    high: Floats
    level: float

    def __repr__(self) -> str:
        width = max(len(name) for name in self.names)
        lines = [
            f"{name:<{width}}  {c:9.4f}  se {s:.4f}  hazard ratio {r:.3f} ({a:.3f} to {b:.3f})  p {_p_text(p)}"
            for name, c, s, r, a, b, p in zip(
                self.names, self.coef, self.se, self.ratio, self.low, self.high, self.p, strict=True
            )
        ]
        return "\n".join(lines)

    def columns(self) -> dict[str, Any]:
        return {"covariate": list(self.names)} | {
            name: getattr(self, name) for name in ("coef", "se", "z", "p", "ratio", "low", "high")
        }


class Regression:
    """Base of the regressions: parameters as scikit-learn reads them, coefficients, prediction."""

    columns_: tuple[str, ...]
    coef_: Floats
    covariance_: Floats
    baseline_: Baseline
    concordance_: Concordance | None
    notes_: tuple[str, ...]
    n_: int
    events_: int
    log_likelihood_: float
    log_likelihood_null_: float

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 – scikit-learn passes it
        """The constructor's arguments, by name."""
        return {
            name: getattr(self, name) for name in inspect.signature(type(self).__init__).parameters if name != "self"
        }

    def set_params(self, **parameters: Any) -> Self:
        """Change the constructor's arguments."""
        for name, value in parameters.items():
            if name not in self.get_params():
                raise InputError(name, "not a parameter", ", ".join(self.get_params()))
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        name = type(self).__name__
        if not hasattr(self, "coef_"):
            return f"{name}({', '.join(f'{k}={v!r}' for k, v in self.get_params().items())})"
        c = "" if self.concordance_ is None else f", concordance={self.concordance_.value:.3f}"
        return f"{name}(rows={self.n_}, events={self.events_}, covariates={len(self.coef_)}{c})"

    @checked
    def table(self, level: float = 0.95) -> CoefficientTable:
        """Coefficients with intervals; the standard errors are those of `covariance_`."""
        self._check_fitted()
        se = np.sqrt(np.diag(self.covariance_))
        z, width = self.coef_ / se, normal_quantile(level) * se
        return CoefficientTable(
            self.columns_,
            self.coef_,
            se,
            z,
            2 * ndtr(-np.abs(z)),
            np.exp(self.coef_),
            np.exp(self.coef_ - width),
            np.exp(self.coef_ + width),
            level,
        )

    @checked
    def predict(self, x: Any, *, offset: ArrayLike | None = None) -> Floats:
        """Linear predictor xβ (+ offset), shape (n,): higher means sooner."""
        self._check_fitted()
        array = _arrays.matched("x", x, self.columns_)
        with np.errstate(over="ignore", invalid="ignore"):
            eta: Floats = array @ self.coef_
        if offset is not None:
            with np.errstate(over="ignore"):
                eta = eta + _arrays.floats("offset", offset, len(array))
        if not np.isfinite(eta).all():
            raise InputError("x", "lies so far from the people fitted that its predictor is no number")
        return eta

    def _hazard_and_se(
        self, x: Any, times: ArrayLike, stratum: Any = None, offset: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Cumulative hazard of each row at each time, and its standard error, (n, times).

        stratum : one label for all rows, or one a row.

        Var Λ(t | x) = e^{2xβ} [Σ v_k + qᵀ V q], q = Σ_k (x̄_k − x) dΛ_k (Tsiatis, Ann Stat 1981;9:93–108; Andersen et
        al. 1993, equation 7.2.33).
        """
        eta = self.predict(x, offset=offset)
        array = _arrays.matched("x", x, self.columns_)
        when = _arrays.some_times("times", times, low=0.0)
        if self.baseline_.strata and stratum is not None and np.ndim(stratum) > 0:
            which, labels = _arrays.codes("stratum", stratum, len(array))
            hazard, se = np.empty((2, len(array), len(when)))
            for i, label in enumerate(labels):
                here = np.flatnonzero(which == i)
                hazard[here], se[here] = self._of_stratum(array[here], eta[here], when, label)
            return hazard, se
        return self._of_stratum(array, eta, when, stratum)

    def _of_stratum(self, array: Floats, eta: Floats, when: Floats, stratum: Any) -> tuple[Floats, Floats]:
        """The same of rows of one stratum, from their covariates and linear predictors."""
        rows = self.baseline_.rows(stratum)
        last = self.baseline_.followed_to[0 if not self.baseline_.strata else self.baseline_.strata.index(stratum)]
        if _arrays.later(when.max(), last):
            whose = f" in stratum {stratum}" if self.baseline_.strata else ""
            raise InputError("times", f"nobody was under observation{whose} after {last:g}", f"{last:g}")
        place = _arrays.upto(self.baseline_.times[rows], when)

        def upto(values: Floats) -> Floats:
            return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])[place]

        jumps = self.baseline_.increments[rows]
        base, spread = upto(jumps), upto(self.baseline_.variance[rows])
        moved = upto(self.baseline_.means[rows] * jumps[:, None])  # (times, p)
        q = moved[None] - array[:, None, :] * base[None, :, None]
        variance = spread[None] + np.einsum("ntp,pq,ntq->nt", q, self.covariance_, q)
        if eta.max(initial=0.0) > _HIGHEST:
            raise InputError("x", "lies so far from the people fitted that no computer holds its hazard")
        relative = np.exp(eta)[:, None]
        return relative * base[None], relative * np.sqrt(variance)

    def _judge(self, design: Design) -> None:
        """Harrell's concordance of the fit; where it cannot be computed, a note: the fit stands without it."""
        score = design.x @ self.coef_
        if design.offset is not None:
            score = score + design.offset
        columns = {"stratum": design.stratum, "weight": design.weight}
        try:
            self.concordance_ = harrell_concordance(score, design.exit, design.event, **columns)
        except SurvivalError as error:
            why = error.problem if isinstance(error, InputError) else str(error)
            self.notes_ = (*self.notes_, f"no concordance: {why}")

    @checked
    def score(self, x: Any, exit: ArrayLike, event: ArrayLike) -> float:
        """Harrell's concordance on rows, as scikit-learn's tools ask for it."""
        return harrell_concordance(self.predict(x), exit, event).value

    def _check_fitted(self) -> None:
        if not hasattr(self, "coef_"):
            raise SurvivalError(f"this {type(self).__name__} has not been fitted; call fit(x, exit, event) first")


def _p_text(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"
