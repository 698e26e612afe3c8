"""A validation as data."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sarcoma import __version__
from sarcoma._arguments import checked
from sarcoma.report.checklists import filled
from sarcoma.report.validated.drawn import spread_counts
from sarcoma.report.validated.words import methods, summary
from sarcoma.survival.measures import Measure
from sarcoma.validation.performance import AtHorizon
from sarcoma.validation.result import Validated, Validation

_ABOUT = {"name", "source", "licence", "period"}


@checked
def validated_data(validation: Validation) -> dict[str, Any]:
    """Everything that was measured, unrounded; patients only as counts."""
    return {
        "cohort": validation.about.model_dump(mode="json", exclude_none=True, include=_ABOUT),
        "models": [_model_data(validation, m) for m in validation.models],
        "refused": [{"id": s.id, "reason": why} for s, why in validation.refused],
        "compared": [_plain(c) for c in validation.compared],
        "not_compared": dict(validation.not_compared),
        "methods": methods(validation),
        "seed": validation.seed,
        "bootstrap": validation.draws,
        "engine": validation.engine,
        "version": __version__,
    }


def _model_data(validation: Validation, m: Validated) -> dict[str, Any]:
    s = m.subject
    return {
        "id": s.id,
        "version": s.card.version if s.card else None,
        "title": s.title,
        "setting": m.setting,
        "endpoint": s.endpoint,
        "estimand": m.estimand,
        "time_zero": s.time_zero,
        "summary": summary(m),
        "notes": list(m.notes),
        "flow": _plain(m.flow),
        "rules": _plain(m.rules),
        "missing": _plain(m.missing),
        "horizons": [_horizon_data(h) for h in m.horizons],
        "subgroups": _plain(m.subgroups),
        "centres": _plain(m.centres),
        "over_time": _plain(m.over_time),
        "landmark_months": m.start,
        "whole_follow_up": _whole_data(m),
        "without_answer": dict(m.failed),
        "updating": _ladder_data(m),
        "bootstrap_samples": m.drawn,
        "bootstrap_interrupted": m.interrupted,
        "checklists": {name: _plain(filled(name, validation, m)) for name in ("tripod-ai", "probast-ai")},
        "judged_months": m.judged_months,
    }


def _horizon_data(horizon: AtHorizon) -> dict[str, Any]:
    """A horizon; how the predictions are spread in counts that tell of nobody, as the picture draws them."""
    return {**_plain(horizon), "distribution": spread_counts(horizon)}


def _whole_data(m: Validated) -> dict[str, Any] | None:
    """The whole follow-up as counts and measures; no row of it is anyone's."""
    if m.whole is None:
        return None
    hidden = {"rows", "predictions"}
    return {f.name: _plain(getattr(m.whole, f.name)) for f in dataclasses.fields(m.whole) if f.name not in hidden}


def _ladder_data(m: Validated) -> dict[str, Any]:
    ladder = m.ladder
    if ladder is None:
        return {"refused": m.no_ladder}
    return {
        "chosen": ladder.chosen,
        "horizons": list(ladder.horizons),
        "people": ladder.people,
        "events": ladder.events,
        "not_climbed": ladder.not_climbed,
        "rungs": [
            {"id": r.id, "title": r.title, "changed": r.what, "test": _plain(r.test), "after": _plain(r.after)}
            for r in ladder.rungs
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Measure):
        return {name: _plain(getattr(value, name)) for name in ("value", "se", "low", "high", "horizon", "estimand")}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return [_plain(v) for v in value.tolist()]
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
