"""What a validation found as entries of a model card: its performance, to be published with the model."""

from __future__ import annotations

import numpy as np

from sarcoma.models.card import Performance
from sarcoma.survival.measures._measure import MeasureName
from sarcoma.validation.result import Validated, Validation

MEASURES: tuple[MeasureName, ...] = ("concordance", "AUC", "O/E", "calibration slope", "Brier score", "IPA")


def entries(validation: Validation, model: Validated, source: str) -> tuple[Performance, ...]:
    """One entry for each measure at each horizon that could be judged, with intervals, people and events.

    Parameters
    ----------
    source : the key of the source of the data. Every entry is marked as calculated, because it was computed here and
        not read in that source.

    The first entry says what a reader has to know of the clock and the causes. Where no horizon could be judged but
    for discrimination, the entries are those of the last horizon.
    """
    whole = [h for h in model.horizons if h.discrimination_only is None] or list(model.horizons[-1:])
    how = f"{model.drawn:,} bootstrap samples" if model.drawn else "influence function"
    apparent = model.setting == "apparent"
    found: list[Performance] = []
    for h in whole:
        of = "" if h.limit is None else f", of the predictions for {h.months:g} months"
        for name in MEASURES:
            m = h.measures.get(name)
            if m is None or not np.isfinite([m.value, m.low, m.high]).all():
                continue
            found.append(
                Performance(
                    setting="development" if apparent else "external validation",
                    measure=f"{name} at {m.horizon:g} months{of}{' (apparent)' if apparent else ''}",
                    value=round(m.value, 4),
                    low=round(m.low, 4),
                    high=round(m.high, 4),
                    interval=f"95%, {how}",
                    n=h.people,
                    events=h.events,
                    by_months=h.months,
                    population=validation.about.name,
                    source=source,
                    marks=("calculated",),
                    note=" ".join(("computed with sarcoma validate.", *(() if found else model.notes))),
                )
            )
    found += _of_whole(validation, model, source, model.notes if not found else ())
    return tuple(found)


def _of_whole(validation: Validation, model: Validated, source: str, notes: tuple[str, ...]) -> list[Performance]:
    """The whole follow-up under late entry."""
    w = model.whole
    if w is None:
        return []
    apparent = model.setting == "apparent"
    return [
        Performance(
            setting="development" if apparent else "external validation",
            measure=f"{name}, the whole follow-up from entry on{' (apparent)' if apparent else ''}",
            value=round(m.value, 4),
            low=round(m.low, 4),
            high=round(m.high, 4),
            interval="95%, influence function",
            n=w.people,
            events=w.events,
            population=validation.about.name,
            source=source,
            marks=("calculated",),
            note=" ".join(("computed with sarcoma validate.", *notes)),
        )
        for name, m in w.measures.items()
        if np.isfinite([m.value, m.low, m.high]).all()
    ]
