"""A card validated over hospitals: the pooled table goes back, each site scores its own patients and sends sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import logit

from sarcoma._types import Floats
from sarcoma.errors import HospitalsError, InputError, SurvivalError, WithheldError
from sarcoma.hospitals import event_tables
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.question import ValidationQuestion
from sarcoma.hospitals.site_rows import SiteRows
from sarcoma.hospitals.small_cells import check_weights, is_small, small_cells
from sarcoma.hospitals.sums import Shapes, Sums
from sarcoma.survival import EventTable, harrell_concordance
from sarcoma.survival.measures import Measure, Outcome, RandomEffects, concordance, random_effects
from sarcoma.survival.measures._measure import wald_limits
from sarcoma.survival.measures.cell_measures import brier_of_cells, index_of_cells, ratio_of_cells
from sarcoma.survival.measures.judged_cells import JudgedCells

_MOST_ROUNDS = 40
_NEAR, _CLOSE = 0.3, 1e-5
"""From which step on Newton's is taken, and when the next round is the last: it leaves its square."""
_EXPONENT = 700.0


@dataclass(frozen=True, eq=False)
class PooledValidation:
    """How well a card predicts over all hospitals, on the grid.

    Attributes
    ----------
    measures : O/E, calibration intercept and slope, Brier score, index of prediction accuracy, concordance in sites.
    thresholds, net_benefit, treat_all : the decision curve, by the censoring among all.
    between : of open sums, how the sites differ in O/E (as its logarithm) and in concordance (as its logit), with
    limits for a new one. table : the pooled event table. notes : what a reader has to know.
    """

    card: str
    horizon: float
    estimand: str
    people: int
    rounds: int
    sites: tuple[str, ...]
    measures: Mapping[str, Measure]
    thresholds: Floats
    net_benefit: Floats
    treat_all: Floats
    table: EventTable
    between: Mapping[str, RandomEffects | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        rows = [
            f"{one.name}: {one.value:.4g} (no interval)" if np.isnan(one.se) else repr(one)
            for one in self.measures.values()
        ]
        head = f"PooledValidation({self.card!r} at {self.horizon:g}, sites={len(self.sites)}, people={self.people})"
        return "\n".join([head, *rows])

    def to_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        names = ("value", "se", "low", "high")
        measures = {name: {n: _none(getattr(one, n)) for n in names} for name, one in self.measures.items()}
        return {
            "kind": "validation",
            "card": self.card,
            "horizon": self.horizon,
            "estimand": self.estimand,
            "people": self.people,
            "sites": list(self.sites),
            "rounds": self.rounds,
            "measures": measures,
            "decision_curve": {
                "thresholds": self.thresholds.tolist(),
                "net_benefit": self.net_benefit.tolist(),
                "treat_all": self.treat_all.tolist(),
            },
            "between": {
                name: None if one is None else {n: v[0] for n, v in one.columns().items()}
                for name, one in self.between.items()
            },
            "table": self.table.to_data(),
            "notes": list(self.notes),
        }


def _none(value: float) -> float | None:
    return None if np.isnan(value) else value


def cells_of(question: ValidationQuestion) -> JudgedCells:
    """The cells of the pooled table that came back.

    Raises
    ------
    HospitalsError : there is none, or it is not on the question's grid.
    """
    try:
        table = EventTable.of_data(question.table or {})
    except SurvivalError as error:
        raise HospitalsError(f"table: {error}") from None
    if table.course != event_tables.course_of(question) or table.times.tolist() != list(question.grid[1:]):
        raise HospitalsError("table: is of another course or grid than the question")
    try:
        cells = JudgedCells(table)
        cells.weight  # noqa: B018 – everyone may be censored before the horizon
    except InputError as error:
        raise HospitalsError(str(error)) from None
    return cells


def shapes_of(question: ValidationQuestion, steps: int) -> Shapes:
    """What an answer holds."""
    if question.round == 1:
        return event_tables.shapes_of(question, steps)
    cells, t = (steps * (len(question.causes) + 1) + 1,), (len(question.thresholds),)
    counts: dict[str, tuple[int, ...]] = {
        "people": cells, "treated": t, "concordant": (), "discordant": (), "tied": (),
    }  # fmt: skip
    reals: dict[str, tuple[int, ...]] = {
        "risk": cells, "risk_squares": (), "loss": cells, "loss_squares": (), "treated_cases": t, "treated_others": t,
        "intercept_sums": (4,), "line_bread": (2, 2), "line_score": (2,), "line_meat": (2, 2), "line_curve": (2, 2),
    }  # fmt: skip
    return Shapes(counts, reals)


def site_sums(
    rows: SiteRows, question: ValidationQuestion, policy: Policy
) -> tuple[Sums, dict[str, tuple[float, float]]]:
    """What a site sends from round 2 on, and its own measures where they may leave.

    Raises
    ------
    WithheldError : a cell is too small. HospitalsError : predictions outside 0 to 1.
    """
    h, risk = rows.histories, rows.risk
    if risk is None or len(risk) != len(h) or not ((risk > 0) & (risk < 1)).all():
        raise HospitalsError("risk: needs one prediction for each row, above 0 and below 1")
    cells = cells_of(question)
    where = cells.of(h)
    size = len(cells.people)
    people = np.bincount(where, minlength=size)
    treated = np.array([(risk >= p).sum() for p in question.thresholds], dtype=np.int64)
    if (people > cells.people).any():
        raise HospitalsError("table: has fewer people in a cell than this site alone; it is not that of all sites")
    own = None
    if question.sharing != "masked-sums":
        own = event_tables.table_of(rows, question, question.grid)
        if small_cells(own, policy.minimum_cell):
            raise WithheldError(f"on the grid of all sites a cell has fewer than {policy.minimum_cell} here")
        if is_small(_between_thresholds(treated, len(h), question), policy.minimum_cell).any():
            raise WithheldError(f"a threshold sets fewer than {policy.minimum_cell} apart here; choose others")
    _check_line(np.log(-np.log1p(-risk)), question, policy)
    weight, case = cells.weight[where], cells.case[where]
    loss = weight * (case - risk) ** 2
    pairs = _pairs(risk, rows, question)
    counts: dict[str, Any] = {"people": people, "treated": treated, **pairs}
    over = [risk >= p for p in question.thresholds]
    reals: dict[str, Any] = {
        "risk": np.bincount(where, risk, minlength=size),
        "risk_squares": np.array(float(risk @ risk)),
        "loss": np.bincount(where, loss, minlength=size),
        "loss_squares": np.array(float(loss @ loss)),
        "treated_cases": np.array([(weight * case * some).sum() for some in over]),
        "treated_others": np.array([(weight * ~case * some).sum() for some in over]),
        **_line_sums(np.log(-np.log1p(-risk)), cells.pseudo[where], question),
    }
    own_measures = _own(rows, question, own, where) if own is not None and question.settled else {}
    return Sums({name: np.asarray(v, dtype=np.int64) for name, v in counts.items()}, reals), own_measures


def _between_thresholds(treated: Any, people: int, question: ValidationQuestion) -> Any:
    """How many lie below the lowest threshold, between two, and above the highest."""
    order = np.argsort(question.thresholds)
    return np.diff(np.concatenate([[0], treated[order[::-1]], [people]]))


def _pairs(risk: Floats, rows: SiteRows, question: ValidationQuestion) -> dict[str, Any]:
    """Pairs within the site of whom it is known who had the event first, by the horizon."""
    h, end = rows.histories, question.horizon
    event = (h.kind == 0) & (h.exit <= end)
    rival = (h.kind > 0) & (h.kind < len(question.causes))
    until = np.where(rival | (h.exit > end), 2 * end + 1.0, h.exit)  # those never have the event by then
    try:
        found = harrell_concordance(risk, until, event)
    except SurvivalError:
        return {"concordant": 0, "discordant": 0, "tied": 0}
    return {"concordant": found.concordant, "discordant": found.discordant, "tied": found.tied_score}


def _line_sums(predicted: Floats, theta: Floats, question: ValidationQuestion) -> dict[str, Any]:
    """The sums of the estimating equations at the question's place (`measures.calibration`)."""

    def at(eta: Floats) -> tuple[Floats, Floats, Floats]:
        eta = np.minimum(eta, _EXPONENT)
        g, rest = np.exp(eta - np.exp(eta)), theta + np.expm1(-np.exp(eta))
        bent = np.where(g > 0, g * (1.0 - np.exp(eta)), 0.0)
        return g, rest, g * g - bent * rest  # the last: less the slope of the score

    g, rest, curve = at(question.intercept + predicted)
    x = np.column_stack([np.ones(len(theta)), predicted])
    slope, off, bent = at(x @ np.array(question.line))
    weighted = x * slope[:, None]
    each = weighted * off[:, None]
    return {
        "intercept_sums": np.array([g @ g, g @ rest, (g * rest) @ (g * rest), curve.sum()]),
        "line_bread": weighted.T @ weighted,
        "line_score": weighted.T @ off,
        "line_meat": each.T @ each,
        "line_curve": (x * bent[:, None]).T @ x,
    }


_STEEPEST = 20.0


def _check_line(predicted: Floats, question: ValidationQuestion, policy: Policy) -> None:
    """Whether the place of the line is one at which many people count: far off or steep, it would weigh a few.

    Raises
    ------
    WithheldError : it is not.
    """
    intercept, slope = question.line
    if abs(slope) > _STEEPEST:
        raise WithheldError(f"a calibration line with a slope beyond {_STEEPEST:g} would be about few people")
    for eta in (question.intercept + predicted, intercept + slope * predicted):
        bounded = np.minimum(eta, _EXPONENT)
        weights = np.exp(2.0 * (bounded - np.exp(bounded)))
        check_weights(weights, policy.minimum_cell, masked=question.sharing == "masked-sums")


def _own(rows: SiteRows, question: ValidationQuestion, table: EventTable, where: Any) -> dict[str, tuple[float, float]]:
    """Of this site alone: the logarithm of O/E and the logit of the concordance, each with its standard error."""
    h, risk = rows.histories, np.asarray(rows.risk)
    codes = np.where(h.kind < len(question.causes), h.kind + 1, 0)
    try:
        cells = JudgedCells(table)
        sums = cells.sums(where, risk)
        ratio, ratio_se = ratio_of_cells(cells, sums, float(risk @ risk))
        estimand: Any = question.estimand
        if estimand == "crude" and not (codes > 1).any():
            estimand = "all-cause"
        outcome = Outcome(h.exit, codes, estimand=estimand)
        pairs = concordance(risk, outcome, horizon=question.horizon, weighting="none")
    except SurvivalError:
        return {}
    found = {}
    for name, value, se in (
        ("log_observed_expected", np.log(ratio) if ratio > 0 else np.nan, ratio_se / ratio if ratio > 0 else 0.0),
        ("logit_concordance", logit(pairs.value), pairs.se / max(pairs.value * (1 - pairs.value), 1e-12)),
    ):
        if np.isfinite(value) and np.isfinite(se) and se > 0:
            found[name] = (float(value), float(se))
    return found


def combined(
    total: Sums,
    own: Mapping[str, Mapping[str, tuple[float, float]]],
    question: ValidationQuestion,
    policy: Policy,
    notes: tuple[str, ...],
) -> PooledValidation | ValidationQuestion:
    """The measures, or the question of the next round, which only moves the calibration line.

    Raises
    ------
    HospitalsError : the sums are not of the people of the table, or no line fits.
    """
    cells = cells_of(question)
    if (total.counts["people"] != cells.people).any():
        raise HospitalsError("the sites' sums are not of the people that they counted in round 1")
    if is_small(_between_thresholds(total.counts["treated"], cells.total, question), policy.minimum_cell).any():
        raise HospitalsError(f"a threshold sets fewer than {policy.minimum_cell} apart; choose others")
    bread, score = total.reals["line_bread"], total.reals["line_score"]
    try:
        inverse = np.linalg.inv(bread)
    except np.linalg.LinAlgError:
        inverse = np.full((2, 2), np.nan)
    if not np.isfinite(inverse).all() or np.linalg.cond(bread) > 1e14:
        raise HospitalsError("too few people or too similar predictions for a calibration line")
    meat = total.reals["intercept_sums"]
    step, single = inverse @ score, float(meat[1] / meat[0])
    if max(np.abs(step).max(), abs(single)) < _NEAR and meat[3] > 0 and np.linalg.det(total.reals["line_curve"]) > 0:
        step = np.asarray(np.linalg.solve(total.reals["line_curve"], score), dtype=np.float64)
        single = float(meat[1] / meat[3])  # Newton's
    largest = float(max(np.abs(step).max(), abs(single)))
    line = np.array(question.line) + step / max(1.0, float(np.abs(step).max()) / 2.0)
    intercept = question.intercept + single / max(1.0, abs(single) / 2.0)
    if not question.settled:
        if question.round >= _MOST_ROUNDS:
            raise HospitalsError("no calibration line fits these predictions")
        after = {"line": tuple(line.tolist()), "intercept": intercept, "round": question.round + 1}
        return question.model_copy(update=after | {"settled": largest < _CLOSE})
    errors = {
        "calibration intercept": (intercept, float(np.sqrt(meat[2])) / float(meat[0])),
        "calibration slope": (float(line[1]), float(np.sqrt((inverse @ total.reals["line_meat"] @ inverse)[1, 1]))),
    }
    measures = {name: _measure(name, value, se, question) for name, (value, se) in errors.items()}
    measures |= _accuracy(total, cells, question)
    pairs = _pooled_pairs(total)
    if pairs is not None:
        none = float("nan")
        measures["concordance"] = _measure("concordance", pairs, none, question)
    n, odds = cells.total, np.array(question.thresholds) / (1 - np.array(question.thresholds))
    benefit = (total.reals["treated_cases"] - odds * total.reals["treated_others"]) / n
    everyone = cells.mean(cells.weight * cells.case) - odds * cells.mean(cells.weight * ~cells.case)
    return PooledValidation(
        question.card, question.horizon, question.estimand, n, question.round, question.sites, measures,
        np.array(question.thresholds), benefit, everyone, cells.table, _differ(own), notes,
    )  # fmt: skip


def _measure(name: str, value: float, se: float, question: ValidationQuestion, *, log: bool = False) -> Measure:
    low, high = wald_limits(value, se, level=0.95, scale="log" if log else "plain")
    none = np.zeros(0)
    return Measure(name, float(value), se, low, high, 0.95, question.estimand, question.horizon, none)


def _accuracy(total: Sums, cells: JudgedCells, question: ValidationQuestion) -> dict[str, Measure]:
    """O/E, the Brier score and the index of prediction accuracy with their standard errors."""
    reals = total.reals
    loss, squares = reals["loss"], float(reals["loss_squares"])
    ratio = ratio_of_cells(cells, reals["risk"], float(reals["risk_squares"]))
    found = (
        _measure("O/E", *ratio, question, log=True),
        _measure("Brier score", *brier_of_cells(cells, loss, squares), question),
        _measure("index of prediction accuracy", *index_of_cells(cells, loss, squares), question),
    )
    return {measure.name: measure for measure in found}


def _pooled_pairs(total: Sums) -> float | None:
    concordant, discordant, tied = (float(total.counts[name]) for name in ("concordant", "discordant", "tied"))
    pairs = concordant + discordant + tied
    return (concordant + tied / 2) / pairs if pairs else None


def _differ(own: Mapping[str, Mapping[str, tuple[float, float]]]) -> dict[str, RandomEffects | None]:
    found: dict[str, RandomEffects | None] = {}
    for name in ("log_observed_expected", "logit_concordance"):
        told = [site[name] for site in own.values() if name in site]
        found[name] = random_effects(*zip(*told, strict=True)) if len(told) > 1 else None
    return found
