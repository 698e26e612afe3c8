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
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from sarcoma.cohort.cohort import Cohort
from sarcoma.errors import ConvergenceError
from sarcoma.models import Card, predict
from sarcoma.models.card import Expected, Performance, Provenance, TestVector
from sarcoma.models.execute import stratum_column
from sarcoma.models.making import Making
from sarcoma.models.score import score_columns
from sarcoma.models.transform import coefficients
from sarcoma.models.updated import Change, mean_log_hazard, updated
from sarcoma.patient import Patient, Records
from sarcoma.survival.measures import Measure, Outcome
from sarcoma.survival.measures.calibration import cloglog, pseudo_risk

Floats = NDArray[np.float64]
ALPHA = 0.05
EVENTS_PER_COEFFICIENT = 10
TITLES = {
    "original": "as it is",
    "large": "recalibration in the large",
    "slope": "recalibration with slope",
    "baseline": "re-estimated baseline",
    "refit": "shrunken refit",
}


@dataclass(frozen=True)
class Test:
    """A Wald test of one rung against the fullest."""

    __test__ = False

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, eq=False)
class Rung:
    """One rung: what it changes (in words), whether the fullest beats it, the card, how well that does here."""

    id: str
    what: str
    test: Test | None
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

    def rung(self, name: str) -> Rung:
        return next(r for r in self.rungs if r.id == name)


def climb(
    card: Card,
    cohort: Cohort,
    records: Records,
    rows: NDArray[np.intp],
    risk: Floats,
    outcome: Outcome,
    horizons: tuple[float, ...],
    start: float,
    judge: Callable[[Floats, float], dict[str, Measure]],
) -> Ladder:
    """Update a card to a cohort in every way that its events carry.

    Parameters
    ----------
    records : of the cohort at the time judged from; rows : the patients judged; risk (rows, H) : what the card says of
        them by each of `horizons` (those that can be judged), counted from `start` months after the time zero.
    judge : measures of predictions (rows,) at a time since the time zero.

    Raises
    ------
    SurvivalError : the equations have no answer: predictions of exactly 0 or 1, all the same, too few people.
    """
    offset = np.column_stack([cloglog("risk", risk[:, k]) for k in range(len(horizons))])
    theta = np.column_stack([pseudo_risk(outcome, start + h) for h in horizons])
    full, strata = _columns(card, records, rows)
    kept = _independent(full, _coefficients(card, strata))
    x, own = full[:, kept], _own_score(card, full, offset, horizons)
    events = int((outcome.event & (outcome.exit <= start + horizons[-1])).sum())
    several = len(horizons) > 1
    not_climbed: dict[str, str] = {}
    one = np.zeros(len(horizons), dtype=int)
    each = np.arange(len(horizons))
    fits = {"large": _Equations(theta, offset, x[:, :0], one).solve()}
    if np.ptp(own) > 0:
        fits["slope"] = _Equations(theta, offset, own, one).solve()
    else:
        not_climbed["slope"] = "everyone here has the same score"
    if not several:
        not_climbed["baseline"] = "one horizon has one baseline value, which the rungs below set already"
    else:
        fits["baseline"] = _Equations(theta, offset, own if "slope" in fits else x[:, :0], each).solve()
    why = _no_refit(len(kept), events, "slope" in fits)
    refit = None
    if why is None:
        try:
            refit = _Equations(theta, offset, x, each if several else one).solve()
        except ConvergenceError:
            why = "the coefficients have no finite values here"
    if why is not None:
        not_climbed["refit"] = why
    fullest = refit or fits.get("baseline") or fits.get("slope") or fits["large"]
    shape = _Shape(_in_columns(x, own[-1, :, 0]) if refit is not None else None)
    tests = {name: shape.test(fullest, name) for name in ("original", *fits) if fits.get(name) is not fullest}
    order = [name for name in ("original", "large", "slope", "baseline") if name in tests]
    top = "refit" if refit is not None else next(name for name, f in fits.items() if f is fullest)
    chosen = next((name for name in order if tests[name].p >= ALPHA), top)
    changes: dict[str, tuple[Change, str]] = {}
    for name, fit in fits.items():
        slope = 1 + float(fit.beta[0]) if len(fit.beta) else 1.0
        changes[name] = _change(fit.intercepts, horizons, slope, strata, start), _words(name, fit, horizons)
    if refit is not None:
        below = fits.get("baseline", fits.get("slope"))
        assert below is not None  # noqa: S101 – a refit needs a slope
        test = tests["baseline" if "baseline" in tests else "slope"]
        changes["refit"] = _shrunken(refit, below, shape, test, theta, offset, x, own, horizons, (strata, kept, start))
    rungs = [Rung("original", "nothing", tests.get("original"), card, judge(risk[:, -1], start + horizons[-1]))]
    for name, (change, words) in changes.items():
        new = _named(updated(card, change), card, cohort, name, words, (len(rows), events), outcome, horizons)
        said = predict(new, records, intervals=False).value[rows]
        if new.outcome.probability_of == "no-event":
            said = 1 - said
        after = judge(said[:, -1], start + horizons[-1])
        rungs.append(Rung(name, words, tests.get(name), _with_performance(new, after, len(rows)), after))
    return Ladder(tuple(rungs), chosen, horizons, start + horizons[-1], len(rows), events, not_climbed)


def _no_refit(columns: int, events: int, slope: bool) -> str | None:
    if not slope or columns < 2:
        return "with one coefficient it is the same as the slope"
    if events < EVENTS_PER_COEFFICIENT * columns:
        asked = EVENTS_PER_COEFFICIENT
        return f"{events} events are too few for {columns} coefficients; {asked} events for each are asked"
    return None


# -- the equations


@dataclass(frozen=True, eq=False)
class _Fit:
    """intercepts (H,) by horizon, beta (k,), covariance of (the distinct intercepts, beta)."""

    intercepts: Floats
    beta: Floats
    covariance: Floats
    distinct: int

    @property
    def values(self) -> Floats:
        return np.concatenate([self.intercepts[: self.distinct], self.beta])

    @property
    def se(self) -> Floats:
        found: Floats = np.sqrt(np.diagonal(self.covariance))
        return found


@dataclass(frozen=True, eq=False)
class _Equations:
    """Σ z g (θ − μ) = 0 over people and horizons, μ = 1 − exp(−exp(η)), g = ∂μ/∂η.

    theta, offset (n, H); x (n, k), or (H, n, k) where it differs by horizon; slot (H,) which intercept each has.
    """

    theta: Floats
    offset: Floats
    x: Floats
    slot: NDArray[np.int64]

    def solve(self) -> _Fit:
        """Fisher scoring; covariance by the sandwich, people independent, n/(n − p) for small samples.

        Raises
        ------
        ConvergenceError : no finite answer.
        """
        n, horizons = self.theta.shape
        c = int(self.slot.max()) + 1
        p = c + self.x.shape[-1]
        over = tuple(range(self.x.ndim - 1))
        centre, spread = self.x.mean(axis=over), self.x.std(axis=over)
        scale = np.where(spread > 0, spread, 1.0)
        columns = [(x - centre) / scale for x in (self.x if self.x.ndim == 3 else [self.x])]
        value = np.zeros(p)
        rests = np.empty((horizons, n))
        for _ in range(100):
            bread, score = np.zeros((p, p)), np.zeros(p)
            for t in range(horizons):
                s, z = int(self.slot[t]), columns[t % len(columns)]
                eta = np.minimum(self.offset[:, t] + value[s] + z @ value[c:], 700.0)
                g = np.exp(eta - np.exp(eta))
                rest = g * (self.theta[:, t] + np.expm1(-np.exp(eta)))
                weighted = z * g[:, None]
                bread[s, s] += g @ g
                bread[s, c:] += weighted.T @ g
                bread[c:, c:] += weighted.T @ weighted
                score[s] += rest.sum()
                score[c:] += z.T @ rest
                rests[t] = rest
            bread[c:, :c] = bread[:c, c:].T
            if not np.isfinite(bread).all() or np.linalg.cond(bread) > 1e13:
                raise ConvergenceError("too few people, or too similar predictions, to update the model by")
            inverse = np.linalg.inv(bread)
            step = inverse @ score
            largest = float(np.abs(step).max())
            value = value + step / max(1.0, largest)
            if largest < 1e-10:
                break
        else:
            raise ConvergenceError("updating the model has no finite answer here")
        each = np.zeros((n, p))
        for t in range(horizons):
            each[:, int(self.slot[t])] += rests[t]
            each[:, c:] += columns[t % len(columns)] * rests[t][:, None]
        covariance = inverse @ (each.T @ each) @ inverse * n / max(n - p, 1)
        back = np.eye(p)  # from centred and scaled columns to the columns as they are
        back[c:, c:] = np.diag(1 / scale)
        back[:c, c:] = -centre / scale
        value = back @ value
        return _Fit(value[self.slot], value[c:], back @ covariance @ back.T, c)


@dataclass(frozen=True, eq=False)
class _Shape:
    """What is tested of (a₁ … a_c, δ) of the fullest rung; `own` (k,) are the model's coefficients on the columns of a
    refit, None where the fullest has a slope or less."""

    own: Floats | None

    def test(self, fit: _Fit, name: str) -> Test:
        """Wald's test that the fullest rung is no better than one below it."""
        p, c = len(fit.values), fit.distinct
        equal = np.eye(p)[1:c] - np.eye(p)[[0] * (c - 1)] if c > 1 else np.zeros((0, p))
        coefficients_ = np.eye(p)[c:]
        if self.own is not None:
            direction = self.own / np.linalg.norm(self.own)
            rest = np.linalg.svd(direction[None])[2][1:]  # what is left beside a change of the slope
            beside = rest @ coefficients_
        else:
            beside = np.zeros((0, p))
        contrast = {
            "original": np.eye(p),
            "large": np.vstack([equal, coefficients_]),
            "slope": np.vstack([equal, beside]),
            "baseline": beside,
        }[name]
        difference = contrast @ fit.values
        statistic = float(difference @ np.linalg.solve(contrast @ fit.covariance @ contrast.T, difference))
        return Test(statistic, len(contrast), float(chdtrc(len(contrast), statistic)))


def _independent(x: Floats, own: Floats) -> NDArray[np.intp]:
    """Columns that are neither constant nor sums of others (and the constant); reference levels go first."""
    centred = x - x.mean(axis=0)
    gram = centred.T @ centred
    size = np.diagonal(gram).copy()
    kept: list[int] = []
    for k in np.argsort(own == 0, kind="stable").tolist():
        if size[k] > 0 and gram[k, k] > 1e-9 * size[k]:
            kept.append(k)
            gram = gram - np.outer(gram[:, k], gram[k]) / gram[k, k]
    return np.array(sorted(kept), dtype=np.intp)


def _in_columns(x: Floats, own: Floats) -> Floats:
    """The score's coefficients on columns that, with a constant, make it up."""
    return np.asarray(np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), own, rcond=None)[0][1:])


# -- from numbers to changes


@dataclass(frozen=True, eq=False)
class _Strata:
    """Columns of the design after those of the predictors: one for each stratum but the first."""

    predictors: int
    names: tuple[str, ...]


def _columns(card: Card, records: Records, rows: NDArray[np.intp]) -> tuple[Floats, _Strata]:
    """(n, k) columns of the predictors, then of the strata."""
    full = score_columns(card.all_predictors, records, rows)
    if card.baseline is None or card.baseline.strata is None:
        return full, _Strata(full.shape[1], ())
    column = stratum_column(card.baseline.strata, records).take(rows)
    names = tuple(card.baseline.survival)[1:]
    indicators = [column.per_state(lambda state, s=name: float(s in state)) for name in names]
    return np.column_stack([full, *indicators]), _Strata(full.shape[1], names)


def _coefficients(card: Card, strata: _Strata) -> Floats:
    """The card's coefficients of the columns; strata have none."""
    found = [coefficients(p.transform) for p in card.all_predictors]
    return np.concatenate([np.zeros(0), *found, np.zeros(len(strata.names))])


def _own_score(card: Card, full: Floats, offset: Floats, horizons: tuple[float, ...]) -> Floats:
    """(H, n, 1) what the model's slope acts on at each horizon."""
    if card.hazards:
        return np.repeat((full @ _coefficients(card, _Strata(full.shape[1], ())))[None, :, None], len(horizons), axis=0)
    if card.points is not None:
        middle = np.array([card.points.intercept])
    else:
        assert card.baseline is not None  # noqa: S101 – the card's own check
        middle = mean_log_hazard(card.baseline, horizons)
    found: Floats = (offset - middle).T[:, :, None]
    return found


def _change(
    intercepts: Floats,
    horizons: tuple[float, ...],
    slope: float,
    strata: _Strata,
    start: float,
    added: Floats | None = None,
) -> Change:
    everything = np.zeros(strata.predictors + len(strata.names)) if added is None else added
    by_stratum = dict(zip(strata.names, everything[strata.predictors :].tolist(), strict=True))
    factors = dict(zip(horizons, intercepts.tolist(), strict=True))
    return Change(factors, slope, everything[: strata.predictors], by_stratum, start)


def _shrunken(
    refit: _Fit,
    below: _Fit,
    shape: _Shape,
    test: Test,
    theta: Floats,
    offset: Floats,
    x: Floats,
    own: Floats,
    horizons: tuple[float, ...],
    place: tuple[_Strata, NDArray[np.intp], float],
) -> tuple[Change, str]:
    """The refit drawn towards the rung below it by the heuristic factor 1 − df/χ², with intercepts to match."""
    strata, kept, start = place
    assert shape.own is not None  # noqa: S101 – made together with the refit
    factor = max(0.0, 1 - test.df / test.statistic) if test.statistic > 0 else 0.0
    more = float(below.beta[0])
    moved = factor * (refit.beta - more * shape.own)
    slots = np.arange(len(horizons)) if refit.distinct > 1 else np.zeros(len(horizons), dtype=int)
    held = offset + more * own[:, :, 0].T + (x @ moved)[:, None]
    again = _Equations(theta, held, x[:, :0], slots).solve()
    added = np.zeros(strata.predictors + len(strata.names))
    added[kept] = moved
    words = (
        f"every coefficient anew, {100 * factor:.0f}% of the way from the rung below (χ² {test.statistic:.1f} on "
        f"{test.df} degrees of freedom), and the baseline at {_list(horizons)} months"
    )
    return _change(again.intercepts, horizons, 1 + more, strata, start, added), words


def _words(name: str, fit: _Fit, horizons: tuple[float, ...]) -> str:
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


def _list(horizons: tuple[float, ...]) -> str:
    return ", ".join(f"{h:g}" for h in horizons)


# -- the card


def _named(
    new: Card,
    parent: Card,
    cohort: Cohort,
    name: str,
    words: str,
    counts: tuple[int, int],
    outcome: Outcome,
    horizons: tuple[float, ...],
) -> Card:
    """Its own id and version, its parent, and how it was made."""
    about, (people, events) = cohort.about, counts
    update = f"{TITLES[name]} in {about.name}"
    made = Making(
        recipe=f"{TITLES[name]} of {parent.id} {parent.version}",
        data=about.cited(),
        licence=about.licence or "not stated by the cohort",
        account=(
            f"Parent: {parent.id}, version {parent.version}; its text, rules and predictors are kept.",
            f"Changed: {words}.",
            f"Fitted to {people:,} people with {events:,} events by {_list(horizons)} months, {outcome.estimand} "
            "probabilities, by pseudo-observations with a complementary log-log link.",
            "Its intervals are not known. How well it does was measured on the people who made the update, so it "
            "looks better than it is.",
        ),
        software=f"sarcoma-outlook {version('sarcoma-outlook')}",
        seed=0,
    )
    card = new.model_copy(
        update={
            "id": f"{parent.id}-{name}",
            "version": f"{parent.version}+{name}.{_slug(about.name)}",
            "name": f"{parent.name}, {update}",
            "short_name": f"{parent.short_name}, updated",
            "parent": parent.id,
            "audience": "teams",
            "interval_note": "no interval: the uncertainty of the update was not carried over to one person's figure",
            "plain": f"{parent.plain} Its numbers were adjusted to the people of another cohort.",
            "performance": (),
            "late_entry": None,
            "provenance": Provenance(
                grade=parent.provenance.grade,
                read_in=f"updated from {parent.id} {parent.version}, which was read in: {parent.provenance.read_in}",
                marks=parent.provenance.marks,
                note=parent.provenance.note,
            ),
            "known_problems": (*parent.known_problems, "the update was not judged on other people yet"),
            "made": made,
            "test_vectors": (),
        }
    )
    return card.model_copy(update={"test_vectors": _vectors(card, parent)})


def _slug(name: str) -> str:
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in name).lower().split()
    return "-".join(words)[:40].strip("-") or "cohort"


def _vectors(card: Card, parent: Card) -> tuple[TestVector, ...]:
    """What the updated card gives for its parent's examples."""
    found = []
    for vector in parent.test_vectors:
        said = predict(card, Patient(**vector.record), intervals=False)
        values = said.value[0]
        if said.status[0] != 1 or np.isnan(values).any():
            continue
        probability = {f"{h:g}": round(float(p), 6) for h, p in zip(said.horizons_months, values, strict=True)}
        found.append(
            TestVector(
                record=dict(vector.record),
                expect=Expected(probability=probability, decimals=6),
                source="computed when the card was updated",
            )
        )
    return tuple(found)


def _with_performance(card: Card, after: dict[str, Measure], people: int) -> Card:
    entries = tuple(
        Performance(
            setting="development",
            measure=f"{name} at {m.horizon:g} months (apparent)" if m.horizon == m.horizon else f"{name} (apparent)",
            value=round(m.value, 4),
            low=round(m.low, 4),
            high=round(m.high, 4),
            interval="95%, influence function",
            n=people,
            population="the people who made the update",
            source=card.citation,
        )
        for name, m in after.items()
        if np.isfinite([m.value, m.low, m.high]).all()
    )
    return card.model_copy(update={"performance": entries})
