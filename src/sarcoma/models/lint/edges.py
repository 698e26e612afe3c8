"""What comes out at the ends of the ranges of a card, and just outside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sarcoma.errors import SarcomaError
from sarcoma.models.card import Card
from sarcoma.models.execute import predict
from sarcoma.models.finding import Finding
from sarcoma.models.forms.form import Edge
from sarcoma.patient import Patient, field_specs

_NEVER_CERTAIN = 0.999
_CERTAIN = "nobody's risk is that certain: narrow the ranges, or say so in a caution"


def check_edges(card: Card) -> Iterator[Finding]:
    """What comes out where every predictor has its best or its worst value, and just outside the ranges."""
    for edge in card.form.edges(card.outcome):
        yield _extremes(edge)
    yield from _outside(card)


def _risk(hazards: tuple[float, ...], score: float) -> tuple[float, float]:
    """The least and the greatest risk over cumulative hazards at a score."""
    found = [-float(np.expm1(-h * np.exp(score))) for h in hazards]
    return min(found), max(found)


def _percent(risk: float) -> str:
    return "less than 0.1%" if risk < 0.001 else "more than 99.9%" if risk > 0.999 else f"{100 * risk:.1f}%"


def _extremes(edge: Edge) -> Finding:
    least = most = edge.intercept
    for p in edge.predictors:
        if p.transform.coded:
            values = p.transform.beta
        elif (drawn := p.drawn()) is not None:
            values = drawn[1]
        else:
            continue
        least, most = least + float(values.min()), most + float(values.max())
    low, high = _risk(edge.hazards, least)[0], _risk(edge.hazards, most)[1]
    text = f"from the best to the worst case the risk goes from {_percent(low)} to {_percent(high)}"
    if not np.isfinite([low, high]).all():
        return Finding(
            "error", edge.where, "the best or the worst case has no finite risk", "check coefficients and ranges"
        )
    if high > _NEVER_CERTAIN or low < 1 - _NEVER_CERTAIN:
        return Finding("warning", edge.where, text, _CERTAIN)
    return Finding("note", edge.where, text)


def _outside(card: Card) -> Iterator[Finding]:
    """A value just outside its range must be refused."""
    if not card.test_vectors:
        return
    record = dict(card.test_vectors[0].record)
    for p in card.form.scored:
        spec = field_specs().get(p.field)
        if spec is None or p.range is None or p.transform.coded:
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
