"""The updating ladder: how little has to change for a model to hold in a cohort.

Every rung is fitted to the jackknife pseudo-observations θ of the event's probability at the horizons (the equations of
`calibration_line`, for all horizons at once, with variances that let the horizons of a person depend on one another):

    cloglog E θ(t) = cloglog π(t) + a(t) + (b − 1) β'x + δ'x

original a = 0, b = 1, δ = 0 · recalibration in the large: one a · slope: one a, and b · baseline: a(t) for each
horizon, and b · refit: a(t), and every coefficient for itself, shrunken towards the rung below (Steyerberg et al.,
Stat Med 2004;23:2567–2586). The closed test of Vergouwe et al. (Stat Med 2017;36:4529–4539) goes up from the original
and stops at the first rung that the fullest one does not beat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.models import Card, predict
from sarcoma.models.forms.form import Change
from sarcoma.models.predictor import all_beta
from sarcoma.models.updated import updated
from sarcoma.survival.measures import Measure
from sarcoma.survival.measures.calibration import cloglog, pseudo_risk
from sarcoma.survival.measures.pseudo_equations import (
    PseudoEquations,
    PseudoFit,
    WaldTest,
    independent_columns,
    score_on_columns,
)
from sarcoma.validation.sample import EvaluationSample
from sarcoma.validation.updating.card import listed, named_card, test_vectors, with_performance

ALPHA = 0.05
EVENTS_PER_COEFFICIENT = 10
TITLES = {
    "original": "as it is",
    "large": "recalibration in the large",
    "slope": "recalibration with slope",
    "baseline": "re-estimated baseline",
    "refit": "shrunken refit",
}


@dataclass(frozen=True, eq=False)
class Rung:
    """One rung: what it changes (in words), whether the fullest beats it, the card, how well that does here."""

    id: str
    what: str
    test: WaldTest | None
    card: Card = field(repr=False)
    after: dict[str, Measure] = field(repr=False, default_factory=dict)

    @property
    def title(self) -> str:
        return TITLES[self.id]


@dataclass(frozen=True, eq=False)
class Ladder:
    """The rungs that could be climbed, the one that the test chose, and why others could not (by rung)."""

    rungs: tuple[Rung, ...]
    chosen: str
    horizons: tuple[float, ...]
    months: float
    people: int
    events: int
    not_climbed: dict[str, str]
    failed: dict[str, str] = field(default_factory=dict)
    """Optional steps of it that had no answer, and why."""

    def rung(self, name: str) -> Rung:
        return next(r for r in self.rungs if r.id == name)


@dataclass(frozen=True, eq=False)
class _Equations:
    """What every rung is fitted from.

    theta, offset (n, H) : pseudo-observations, and cloglog of what the card says. columns (n, k) : of what an update
    may change, those of `strata` last; kept : those that do not follow from others. own (H, n, 1) : what the slope acts
    on.
    """

    theta: Floats
    offset: Floats
    columns: Floats
    strata: tuple[str, ...]
    kept: NDArray[np.intp]
    own: Floats
    horizons: tuple[float, ...]
    start: float

    @classmethod
    def of(cls, card: Card, sample: EvaluationSample) -> _Equations:
        offset = np.column_stack([cloglog("risk", sample.risk[:, k]) for k in range(len(sample.horizons))])
        theta = np.column_stack([pseudo_risk(sample.outcome, months) for months in sample.months])
        columns, strata = card.form.update_columns(sample.records, sample.rows)
        coefficients = np.concatenate([all_beta(card.all_predictors), np.zeros(len(strata))])
        kept = independent_columns(columns, coefficients)
        own = card.form.own_score(columns, offset, sample.horizons)
        return cls(theta, offset, columns, strata, kept, own, sample.horizons, sample.start)

    @property
    def x(self) -> Floats:
        return self.columns[:, self.kept]

    def solve(self, x: Floats, *, by_horizon: bool, offset: Floats | None = None) -> PseudoFit:
        """The equations with these columns, and one intercept or one for each horizon."""
        n = len(self.horizons)
        slots = np.arange(n) if by_horizon else np.zeros(n, dtype=int)
        return PseudoEquations(self.theta, self.offset if offset is None else offset, x, slots).solve()

    def change(self, intercepts: Floats, slope: float, added: Floats | None = None) -> Change:
        """A change of the card; added (k,) : to the coefficients of those columns that are kept."""
        everything = np.zeros(self.columns.shape[1])
        if added is not None:
            everything[self.kept] = added
        predictors = len(everything) - len(self.strata)
        by_stratum = dict(zip(self.strata, everything[predictors:].tolist(), strict=True))
        factors = dict(zip(self.horizons, intercepts.tolist(), strict=True))
        return Change(factors, slope, everything[:predictors], by_stratum, self.start)


def climb(card: Card, sample: EvaluationSample, judge: Callable[[Floats, float], dict[str, Measure]]) -> Ladder:
    """Update a card to a cohort in every way that its events carry.

    Parameters
    ----------
    sample : the people judged, at the horizons that can be judged.
    judge : measures of predictions (n,) of these people at a time since the time zero.

    Raises
    ------
    SurvivalError : the equations have no answer: predictions of exactly 0 or 1, all the same, too few people.
    """
    equations = _Equations.of(card, sample)
    events = sample.events_by(sample.months[-1])
    fits, refit, not_climbed = _fit_rungs(equations, events)
    fullest = refit or fits.get("baseline") or fits.get("slope") or fits["large"]
    contrasts = _Contrasts(score_on_columns(equations.x, equations.own[-1, :, 0]) if refit is not None else None)
    tests = {name: contrasts.test(fullest, name) for name in ("original", *fits) if fits.get(name) is not fullest}
    order = [name for name in ("original", "large", "slope", "baseline") if name in tests]
    top = "refit" if refit is not None else next(name for name, f in fits.items() if f is fullest)
    chosen = next((name for name in order if tests[name].p >= ALPHA), top)
    changes: dict[str, tuple[Change, str]] = {}
    for name, fit in fits.items():
        slope = 1 + float(fit.beta[0]) if len(fit.beta) else 1.0
        changes[name] = equations.change(fit.intercepts, slope), _words(name, fit, sample.horizons)
    if refit is not None:
        below, full = "baseline" if "baseline" in fits else "slope", refit
        shrunken = attempt(
            not_climbed, "refit", lambda: _shrunken(equations, full, fits[below], contrasts, tests[below])
        )
        if shrunken is not None:
            changes["refit"] = shrunken
    last = sample.months[-1]
    failed: dict[str, str] = {}
    rungs = [Rung("original", "nothing", tests.get("original"), card, judge(sample.risk[:, -1], last))]
    for name, (change, words) in changes.items():
        made = partial(_rung, card, sample, name, change, words, tests.get(name), judge, failed)
        rung = attempt(not_climbed, name, made)
        if rung is not None:
            rungs.append(rung)
    if chosen in not_climbed:
        failed["updating"] = f"the test chose a rung that could not be made: {TITLES[chosen]}"
        chosen = "original"
    return Ladder(tuple(rungs), chosen, sample.horizons, last, len(sample), events, not_climbed, failed)


def _rung(
    card: Card,
    sample: EvaluationSample,
    name: str,
    change: Change,
    words: str,
    test: WaldTest | None,
    judge: Callable[[Floats, float], dict[str, Measure]],
    failed: dict[str, str],
) -> Rung:
    """One rung: its card, and how well that does here. Examples that it cannot compute are left out, and said."""
    new = named_card(updated(card, change), card, sample, name, TITLES[name], words)
    examples = attempt(failed, f"examples of {name}", lambda: test_vectors(new, card))
    new = new.model_copy(update={"test_vectors": examples or ()})
    risk = predict(new, sample.records, intervals=False).value[sample.rows]
    if not new.outcome.of_event:
        risk = 1 - risk
    after = judge(risk[:, -1], sample.months[-1])
    return Rung(name, words, test, with_performance(new, after, len(sample)), after)


def _fit_rungs(equations: _Equations, events: int) -> tuple[dict[str, PseudoFit], PseudoFit | None, dict[str, str]]:
    """The rungs below the refit, the refit, and why some cannot be climbed."""
    own, x, several = equations.own, equations.x, len(equations.horizons) > 1
    not_climbed: dict[str, str] = {}
    fits = {"large": equations.solve(x[:, :0], by_horizon=False)}
    if np.ptp(own) > 0:
        slope = attempt(not_climbed, "slope", lambda: equations.solve(own, by_horizon=False))
        if slope is not None:
            fits["slope"] = slope
    else:
        not_climbed["slope"] = "everyone here has the same score"
    if not several:
        not_climbed["baseline"] = "one horizon has one baseline value, which the rungs below set already"
    else:
        beside = own if "slope" in fits else x[:, :0]
        baseline = attempt(not_climbed, "baseline", lambda: equations.solve(beside, by_horizon=True))
        if baseline is not None:
            fits["baseline"] = baseline
    why = _no_refit(len(equations.kept), events, "slope" in fits)
    refit = None
    if why is None:
        refit = attempt({}, "refit", lambda: equations.solve(x, by_horizon=several))
        why = None if refit is not None else "the coefficients have no finite values here"
    if why is not None:
        not_climbed["refit"] = why
    return fits, refit, not_climbed


def _no_refit(columns: int, events: int, slope: bool) -> str | None:
    if not slope or columns < 2:
        return "with one coefficient it is the same as the slope"
    if events < EVENTS_PER_COEFFICIENT * columns:
        asked = EVENTS_PER_COEFFICIENT
        return f"{events} events are too few for {columns} coefficients; {asked} events for each are asked"
    return None


@dataclass(frozen=True, eq=False)
class _Contrasts:
    """What is tested of (a₁ … a_c, δ) of the fullest rung; `own` (k,) are the model's coefficients on the columns of a
    refit, None where the fullest has a slope or less."""

    own: Floats | None

    def test(self, fit: PseudoFit, name: str) -> WaldTest:
        """Wald's test that the fullest rung is no better than one below it."""
        p, c = len(fit.values), fit.distinct
        equal = np.eye(p)[1:c] - np.eye(p)[[0] * (c - 1)] if c > 1 else np.zeros((0, p))
        columns = np.eye(p)[c:]
        if self.own is not None:
            direction = self.own / np.linalg.norm(self.own)
            rest = np.linalg.svd(direction[None])[2][1:]  # what is left beside a change of the slope
            beside = rest @ columns
        else:
            beside = np.zeros((0, p))
        contrast = {
            "original": np.eye(p),
            "large": np.vstack([equal, columns]),
            "slope": np.vstack([equal, beside]),
            "baseline": beside,
        }[name]
        return fit.test(contrast)


def _shrunken(
    equations: _Equations, refit: PseudoFit, below: PseudoFit, contrasts: _Contrasts, test: WaldTest
) -> tuple[Change, str]:
    """The refit drawn towards the rung below it by the heuristic factor 1 − df/χ², with intercepts to match."""
    assert contrasts.own is not None  # noqa: S101 – made together with the refit
    factor = max(0.0, 1 - test.df / test.statistic) if test.statistic > 0 else 0.0
    more = float(below.beta[0])
    moved = factor * (refit.beta - more * contrasts.own)
    x = equations.x
    held = equations.offset + more * equations.own[:, :, 0].T + (x @ moved)[:, None]
    again = equations.solve(x[:, :0], by_horizon=refit.distinct > 1, offset=held)
    words = (
        f"every coefficient anew, {100 * factor:.0f}% of the way from the rung below (χ² {test.statistic:.1f} on "
        f"{test.df} degrees of freedom), and the baseline at {listed(equations.horizons)} months"
    )
    return equations.change(again.intercepts, 1 + more, moved), words


def _words(name: str, fit: PseudoFit, horizons: tuple[float, ...]) -> str:
    se = fit.se
    if name == "large":
        return f"cumulative hazard × {np.exp(fit.intercepts[0]):.3f} ({_factor(fit.intercepts[0], se[0])})"
    b, error = 1 + float(fit.beta[0]), float(se[-1])
    slope = f"score × {b:.3f} ({b - 1.96 * error:.3f} to {b + 1.96 * error:.3f})"
    if name == "slope":
        return f"{slope}; cumulative hazard × {np.exp(fit.intercepts[0]):.3f}"
    factors = ", ".join(f"{np.exp(a):.3f} at {h:g}" for a, h in zip(fit.intercepts, horizons, strict=True))
    return f"{slope}; cumulative hazard × {factors} months"


def _factor(log: float, se: float) -> str:
    return f"{np.exp(log - 1.96 * se):.3f} to {np.exp(log + 1.96 * se):.3f}"
