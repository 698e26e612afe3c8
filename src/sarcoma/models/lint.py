"""Checking a card that a stranger wrote: what is wrong, what is doubtful, what a reader should know."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sarcoma._files import problems_of, read_yaml
from sarcoma.errors import CardError, EvidenceError, RecordError, SarcomaError
from sarcoma.evidence import library
from sarcoma.models.card import Card, TestVector
from sarcoma.models.catalogue import cards, check_rules
from sarcoma.models.execute import fields_of, predict
from sarcoma.models.predictor import Predictor
from sarcoma.models.score import column_of
from sarcoma.models.transform import Intervals, Levels, basis, coefficients, turning_points
from sarcoma.patient import Patient, Records, field_specs

Level = Literal["error", "warning", "note"]
Floats = NDArray[np.float64]
_NEVER_CERTAIN = 0.999
_IF_SO = "check signs and knots; if the paper has it so, say so in a caution"
_CERTAIN = "nobody's risk is that certain: narrow the ranges, or say so in a caution"
_ORDERED = {
    "grade": (("1", "2", "3"), "a higher grade"),
    "depth": (("superficial", "deep"), "a deeper tumour"),
    "margin": (("R0", "R1", "R2"), "a worse margin"),
}
_RISING = {
    "size_cm": "a larger tumour",
    "age": "a higher age",
    "current_age": "a higher age",
    "age_at_metastasis": "a higher age",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a card: how bad, where in it, what, and what to do.

    An error makes the card wrong or unusable; a warning is likely a mistake; a note is for readers.
    """

    level: Level
    where: str
    text: str
    advice: str | None = None


def lint(path: Path) -> tuple[Card | None, tuple[Finding, ...]]:
    """A card from a file, None where it does not fit the schema, and everything found in it.

    Raises
    ------
    CardError : the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CardError(f"{path.name[:80]}: there is no such file") from None
    except (OSError, UnicodeDecodeError):
        raise CardError(f"{path.name[:80]}: cannot be read as UTF-8 text") from None
    try:
        raw = read_yaml(text, path.name)
    except EvidenceError as error:
        raise CardError(str(error)) from None
    if not isinstance(raw, dict):
        return None, (Finding("error", "", "a card is made of names with values, such as `id: our-model`"),)
    try:
        card = Card.model_validate(raw)
    except ValidationError as error:
        return None, tuple(Finding("error", where, text) for where, text in problems_of(error))
    return card, lint_card(card)


def lint_card(card: Card) -> tuple[Finding, ...]:
    """Everything found in a card that fits the schema, errors first."""
    found: list[Finding] = []
    rules = list(_rules(card))
    found += rules
    for check in (_citation, _units, _levels, _monotone, _time, _readers):
        found += check(card)
    if not any(f.level == "error" for f in found):
        for check in (_vectors, _edges):
            found += check(card)
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda f: order[f.level]))


def vector_problems(card: Card, vector: TestVector) -> list[str]:
    """What a card gives otherwise than a test vector says; nothing where all agrees to the decimals stated."""
    try:
        said = predict(card, Patient(**vector.record))
    except RecordError as error:
        return [f"the record cannot be read: {error}"]
    if said.status[0] != 1:
        reasons = "; ".join(r.text for r in (*said.failing(0), *said.undecided(0)))
        return [f"the card does not apply to the record: {reasons}"]
    expect, half = vector.expect, 0.5000001 * 10**-vector.expect.decimals
    found: list[str] = []

    def same(what: str, value: float, expected: float, within: float = half) -> None:
        if not abs(value - expected) <= within:
            found.append(f"{what}: the card gives {value:.6g}, the vector says {expected:g}")

    def column(horizon: str) -> int:
        return said.horizons_months.index(float(horizon))

    named = {*expect.probability, *expect.interval, *expect.occupancy, *expect.unbounded}
    strange = sorted(h for h in named if float(h) not in said.horizons_months)
    if strange:
        return [f"the vector names a horizon that the card has not: {', '.join(strange)} months"]
    if expect.score is not None:
        printed = 0.0051 if card.kind == "points" else half  # nomograms are read to a hundredth of a point
        same("score", float(said.score_low[0]), expect.score, max(half, printed))
    for horizon, probability in expect.probability.items():
        same(f"probability at {horizon} months", float(said.value[0, column(horizon)]), probability)
    for horizon, limits in expect.interval.items():
        if said.interval_low is None or said.interval_high is None:
            found.append("an interval is expected, and the card gives none")
            break
        for side, given, limit in zip(("lower", "upper"), (said.interval_low, said.interval_high), limits, strict=True):
            same(f"{side} limit at {horizon} months", float(given[0, column(horizon)]), limit)
    for horizon, states in expect.occupancy.items():
        for name, probability in states.items():
            if said.states_low is None or name not in card.states:
                found.append(f"a probability of {name!r} is expected, and the card has no such state")
            else:
                value = float(said.states_low[0, column(horizon), card.states.index(name)])
                same(f"{name} at {horizon} months", value, probability)
    for horizon, probability in expect.unbounded.items():
        same(f"formula at {horizon} months", float(said.unbounded[0, column(horizon)]), probability)
    if expect.group is not None and said.possible_groups(0) != (expect.group,):
        found.append(f"the group is {', '.join(said.possible_groups(0)) or 'none'}, the vector says {expect.group}")
    return found


# -- one part of a card after another


def _rules(card: Card) -> Iterator[Finding]:
    try:
        check_rules(card)
    except EvidenceError as error:
        yield Finding("error", "applies", str(error))
    for p in card.all_predictors:
        try:
            column_of(p, Records(()))
        except (KeyError, CardError):
            known = p.field in field_specs() and p.grouping in {None, *library().groupings}
            why = (
                "its transform does not go with the field"
                if known
                else "there is no such field, or no such grouping, in the Patient record"
            )
            yield Finding("error", f"predictors.{p.name}", why, "see: sarcoma schema")
    fields = {name for c in card.applies for name in fields_of(c)}
    if not card.applies:
        yield Finding("error", "applies", "nothing says whom the model is for", "name at least the ages and tumours")
    for field, what in (("age", "ages"), ("histologic_type", "tumours"), ("metastatic", "spread")):
        near = {"histologic_type": {"behaviour", "histologic_type"}}.get(field, {field})
        if card.applies and not fields & near and not any(p.field in near for p in card.all_predictors):
            yield Finding("warning", "applies", f"no rule names the {what} that the model was made for")


def _citation(card: Card) -> Iterator[Finding]:
    known = {*library().sources, *([card.source.key] if card.source is not None else [])}
    for where, key in (("citation", card.citation), *(("performance", p.source) for p in card.performance)):
        if key not in known:
            yield Finding(
                "error", where, f"the source {key} is not in the library", "give it under `source:` with the same key"
            )
    if card.parent is not None and card.parent not in cards():
        yield Finding("note", "parent", f"the parent {card.parent} is not among the cards shipped here")
    if card.id in cards() and card != cards()[card.id]:
        yield Finding("error", "id", "a shipped card has this id already", "give it an id of its own")


def _units(card: Card) -> Iterator[Finding]:
    horizons = [h for h in card.outcome.horizons_months if h]
    if horizons and max(horizons) <= 15 and all(h == round(h) for h in horizons):
        yield Finding("warning", "outcome.horizons_months", "the horizons look like years", "5 years are 60 months")
    if horizons and max(horizons) > card.outcome.horizon_limit_months:
        yield Finding("error", "outcome.horizons_months", "a horizon lies beyond `horizon_limit_months`")
    for p in card.all_predictors:
        if isinstance(p.transform, Levels) or (spec := field_specs().get(p.field)) is None:
            continue
        unit = f" {spec.unit}" if spec.unit else ""
        if p.range is None and isinstance(p.transform, Intervals):
            continue  # its outermost intervals are open
        if p.range is None:
            yield Finding(
                "warning", f"predictors.{p.name}", "no `range`: the model would be used for any value",
                "give the least and the greatest value of the people it was made from",
            )  # fmt: skip
        elif (spec.low is not None and p.range[0] < spec.low) or (spec.high is not None and p.range[1] > spec.high):
            yield Finding(
                "warning", f"predictors.{p.name}", f"its range leaves that of the field, {spec.range_text()}",
                f"is it in{unit or ' the unit of the field'}?",
            )  # fmt: skip
        low, high = p.range or (spec.low or 0.0, spec.high or np.inf)
        outside = [k for k in turning_points(p.transform) if not low <= k <= high * (1 + 1e-9)]
        if outside:
            yield Finding(
                "warning", f"predictors.{p.name}", f"{len(outside)} of its knots or cuts lie outside its range",
                f"is the transform in{unit or ' the unit of the field'}?",
            )  # fmt: skip


def _levels(card: Card) -> Iterator[Finding]:
    for p in card.all_predictors:
        if not isinstance(p.transform, Levels) or p.field not in field_specs():
            continue
        if not any(value == 0 for value in p.transform.coefficients.values()):
            yield Finding("note", f"predictors.{p.name}", "no level has the coefficient 0, so no reference is seen")
        codes = list(field_specs()[p.field].code_list())
        if p.grouping or not codes:
            continue
        without = [c for c in codes if _level(p, c) not in p.transform.coefficients]
        if without:
            yield Finding("note", f"predictors.{p.name}", f"the model says nothing of: {', '.join(without[:12])}")


def _level(p: Predictor, code: str) -> str:
    return code if p.recode is None else p.recode.levels.get(code, "none")


def _direction(card: Card) -> float:
    """Whether a higher score is a higher risk of the event (1) or a lower (-1)."""
    return float(np.sign(card.points.slope)) if card.points is not None else 1.0


def _monotone(card: Card) -> Iterator[Finding]:
    """A worse feature should not lower the risk."""
    sign = _direction(card)
    for where, p, dies in _placed(card):
        if isinstance(p.transform, Levels):
            ordered = _ORDERED.get(p.field)
            if ordered is None:
                continue
            values = [p.transform.coefficients.get(_level(p, code)) for code in ordered[0]]
            terms = [sign * v for v in values if v is not None]
            if any(b < a - 1e-9 for a, b in itertools.pairwise(terms)):
                yield Finding("warning", where, f"{ordered[1]} lowers the predicted risk", "check signs and levels")
        elif p.field == "size_cm" or (p.field in _RISING and dies):
            values_ = _term(p)
            if values_ is None:
                continue
            grid, terms_ = values_
            fall = np.maximum.accumulate(sign * terms_) - sign * terms_
            worst = int(fall.argmax())
            if fall[worst] > 0.05:
                yield Finding(
                    "warning", where,
                    f"{_RISING[p.field]} lowers the predicted risk up to {grid[worst]:.3g}, by "
                    f"{fall[worst]:.2f} in the score", _IF_SO,
                )  # fmt: skip


def _term(p: Predictor) -> tuple[Floats, Floats] | None:
    spec = field_specs().get(p.field)
    low, high = p.range or ((spec.low, spec.high) if spec is not None else (None, None))
    if low is None or high is None:
        return None
    grid = np.linspace(max(low, 0.1), high, 400)
    return grid, basis(p.transform, grid) @ coefficients(p.transform)


def _placed(card: Card) -> Iterator[tuple[str, Predictor, bool]]:
    """Where each predictor stands, and whether it predicts a death."""
    for p in card.predictors:
        yield f"predictors.{p.name}", p, card.outcome.endpoint in ("death", "sarcoma-death")
    for h in card.hazards:
        for p in h.predictors:
            yield f"{h.transition[0]} → {h.transition[1]}, {p.name}", p, h.transition[1] == "dead"


def _time(card: Card) -> Iterator[Finding]:
    """The event cannot become undone as time goes on."""
    if card.baseline is not None:
        for stratum, curve in card.baseline.survival.items():
            values = [curve[f"{h:g}"] for h in sorted(card.outcome.horizons_months)]
            if any(not 0 < v < 1 for v in values):
                yield Finding("error", f"baseline.{stratum}", "baseline survival must lie between 0 and 1, as in 0.93")
            elif any(b > a for a, b in itertools.pairwise(values)):
                yield Finding("error", f"baseline.{stratum}", "baseline survival rises with time")
    rising = card.outcome.probability_of == "event"
    for group in card.groups:
        values = [f.value for f in sorted(group.figures, key=lambda f: f.horizon_months)]
        if any(not 0 <= v <= 1 for v in values):
            yield Finding("error", f"groups.{group.id}", "figures are probabilities between 0 and 1, as in 0.25")
        elif any((b < a) if rising else (b > a) for a, b in itertools.pairwise(values)):
            yield Finding("warning", f"groups.{group.id}", "the figures go the wrong way with time")
    if card.points is not None:
        if card.points.slope == 0:
            yield Finding("error", "points", "the slope is 0, so points change nothing")
        for points, p in card.points.anchors:
            said = float(np.exp(-np.exp(card.points.intercept + card.points.slope * points)))
            if abs(said - p) > 0.03:
                yield Finding(
                    "warning", "points", f"at {points:g} points the formula gives {said:.3f}, the anchor says {p:g}"
                )


def _readers(card: Card) -> Iterator[Finding]:
    if card.outcome.endpoint is None:
        yield Finding(
            "warning", "outcome.endpoint", "nothing says which event of a cohort this is, so it cannot be validated",
            "for example: endpoint: death",
        )  # fmt: skip
    if not card.performance:
        yield Finding("warning", "performance", "nothing says how well the model did")
    elif not any(p.setting == "external validation" for p in card.performance):
        yield Finding("note", "performance", "no external validation is stated")
    if card.audience == "everyone" and card.personal and card.outcome.about_survival:
        yield Finding("note", "audience", "one person's survival figures would be shown to everyone; is that meant?")
    if card.provenance.grade in ("C", "D"):
        yield Finding("note", "provenance", f"grade {card.provenance.grade}: readers are told that it is not checked")
    if not card.licence_note:
        yield Finding("note", "licence_note", "nothing says under what terms the model may be used")
    if card.population.n is None or card.population.events is None:
        yield Finding("note", "population", "the number of people or of events is not stated")


def _vectors(card: Card) -> Iterator[Finding]:
    if not card.test_vectors:
        yield Finding(
            "error", "test_vectors", "there is none, so nobody can check that the card computes the model",
            "give a record and what the paper or its calculator gives for it",
        )  # fmt: skip
    elif len(card.test_vectors) < 3:
        yield Finding("note", "test_vectors", f"only {len(card.test_vectors)}; three or more cover more of the model")
    for number, vector in enumerate(card.test_vectors, 1):
        for problem in vector_problems(card, vector):
            yield Finding("error", f"test_vectors.{number}", problem)


def _edges(card: Card) -> Iterator[Finding]:
    """What comes out where every predictor has its best or its worst value, and just outside the ranges."""
    for h in card.hazards:
        total = float(np.sum(h.baseline.jumps))
        yield from _extremes(card, h.predictors, partial(_risk, (total,)), h.transition)
    if card.baseline is not None:
        last = f"{max(card.outcome.horizons_months):g}"
        hazards = tuple(float(-np.log(curve[last])) for curve in card.baseline.survival.values())
        yield from _extremes(card, card.predictors, partial(_risk, hazards), None)
    yield from _outside(card)


def _risk(hazards: tuple[float, ...], score: float) -> tuple[float, float]:
    """The least and the greatest risk over cumulative hazards at a score."""
    found = [-float(np.expm1(-h * np.exp(score))) for h in hazards]
    return min(found), max(found)


def _percent(risk: float) -> str:
    return "less than 0.1%" if risk < 0.001 else "more than 99.9%" if risk > 0.999 else f"{100 * risk:.1f}%"


def _extremes(
    card: Card,
    predictors: tuple[Predictor, ...],
    risk: Callable[[float], tuple[float, float]],
    transition: tuple[str, str] | None,
) -> Iterator[Finding]:
    least = most = card.intercept
    for p in predictors:
        if isinstance(p.transform, Levels):
            values = np.array(list(p.transform.coefficients.values()))
        elif (drawn := _term(p)) is not None:
            values = drawn[1]
        else:
            continue
        least, most = least + float(values.min()), most + float(values.max())
    low, high = risk(least)[0], risk(most)[1]
    where = "edges" if transition is None else f"edges, {transition[0]} → {transition[1]}"
    text = f"from the best to the worst case the risk goes from {_percent(low)} to {_percent(high)}"
    if not np.isfinite([low, high]).all():
        yield Finding("error", where, "the best or the worst case has no finite risk", "check coefficients and ranges")
    elif high > _NEVER_CERTAIN or low < 1 - _NEVER_CERTAIN:
        yield Finding("warning", where, text, _CERTAIN)
    else:
        yield Finding("note", where, text)


def _outside(card: Card) -> Iterator[Finding]:
    """A value just outside its range must be refused."""
    if not card.test_vectors:
        return
    record = dict(card.test_vectors[0].record)
    for p in card.predictors:
        spec = field_specs().get(p.field)
        if spec is None or p.range is None or isinstance(p.transform, Levels):
            continue
        beyond = p.range[1] * 1.01 + 0.01
        if spec.high is not None and beyond > spec.high:
            continue
        named = {k: v for k, v in record.items() if k not in _ALSO.get(p.field, (p.field,))}
        try:
            said = predict(card, Patient(**{**named, p.field: beyond}))
        except SarcomaError:
            continue
        if said.status[0] == 1:
            yield Finding("error", f"predictors.{p.name}", "a value beyond its range gets a figure")


_ALSO = {"size_cm": ("size", "size_cm"), "histologic_type": ("type", "histologic_type")}
