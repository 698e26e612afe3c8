"""The plots of a validation."""

from __future__ import annotations

import numpy as np

from sarcoma.cohort.description.small_cells import rounded
from sarcoma.report.drawn.analyst_plots import Plot, Series
from sarcoma.report.validated.words import zero
from sarcoma.validation.performance import AtHorizon
from sarcoma.validation.result import Validated

_FEW = 5
"""People in a twentieth of the predictions are told in multiples of this."""


def spread_counts(horizon: AtHorizon) -> list[int]:
    """How many people were given a prediction in each twentieth, to the nearest multiple of five."""
    return [rounded(n, _FEW) for n in horizon.distribution.tolist()]


def plots_of(model: Validated) -> list[Plot]:
    """Calibration and decisions at the last horizon that can be judged, then discrimination over time."""
    if not model.horizons:
        return []
    whole = [h for h in model.horizons if h.discrimination_only is None]
    return (_plots(whole[-1]) if whole else [_said(model.horizons[-1])]) + _time_plot(model)


def _said(h: AtHorizon) -> Plot:
    """How many patients have which prediction, where nothing observed can stand beside it."""
    return Plot(
        f"Predictions for {h.months:g} months",
        f"How many of the {h.people:,} patients have which prediction; what happened cannot be set beside it here.",
        "predicted",
        "",
        (0.0, 1.0),
        (0.0, 1.0),
        counts=spread_counts(h),
        counts_name="how many patients have which prediction",
    )


def _time_plot(model: Validated) -> list[Plot]:
    over = model.over_time
    if over is None:
        return []
    low = min(0.4, *(m.low for m in over.auc))
    return [
        Plot(
            "Telling people apart, over time",
            f"Area under the ROC curve by each time, of the predictions for {over.predicted_for:g} months.",
            f"months since the {zero(model)}",
            "area under the ROC curve",
            (0.0, max(over.months)),
            (max(0.0, low), 1.0),
            [
                Series("AUC, with 95% band", over.months, *([getattr(m, k) for m in over.auc] for k in _BAND)),
                Series("a coin", over.months, [0.5] * len(over.months)),
            ],
            percent=(False, False),
        )
    ]


_BAND = ("value", "low", "high")


def _calibration(h: AtHorizon) -> Plot:
    """The smooth curve and groups of like predictions, as far as there are these."""
    c, g = h.curve, h.groups
    parts = () if g is None else (g.predicted, g.observed, g.low, g.high)
    points = list(zip(*(v.tolist() for v in parts), strict=True))
    distance, lines = "", []
    if c is not None:
        distance = f"Mean absolute difference {100 * c.ici:.1f} points, 90th percentile {100 * c.e90:.1f}. "
        curve = (v.tolist() for v in (c.predicted, c.observed, c.low, c.high))
        lines = [Series("observed, smooth, with 95% band", *curve)]
    squares = " Squares: groups of patients." if points else ""
    return Plot(
        f"Calibration at {h.months:g} months: observed against predicted",
        f"{distance}Dotted: as it should be.{squares} Bars: how many have which prediction.",
        "predicted",
        "observed",
        (0.0, 1.0),
        (0.0, 1.0),
        lines,
        points,
        "groups of patients, 95%" if points else "",
        spread_counts(h),
        "how many patients have which prediction",
        "as it should be",
    )


def _plots(h: AtHorizon) -> list[Plot]:
    found = [_calibration(h)] if h.curve is not None or h.groups is not None else []
    if h.decision is not None:
        d = h.decision
        x = d.thresholds.tolist()
        known = np.isfinite(d.net_benefit)  # not where nobody acted on is followed so far
        top = float(max(d.high[known].max(initial=0.02), d.treat_all.max()))
        model = [v[known].tolist() for v in (d.thresholds, d.net_benefit, d.low, d.high)]
        found.append(
            Plot(
                f"Decision curve at {h.months:g} months",
                "Net benefit of acting on the model, on everyone and on no one, by the risk at which one would act.",
                "risk at which one would act",
                "net benefit",
                (0.0, float(x[-1])),
                (-0.05 * top - 0.01, 1.05 * top),
                [
                    Series("the model, with 95% band", *model),
                    Series("everyone", x, d.treat_all.tolist()),
                    Series("no one", x, [0.0] * len(x)),
                ],
                percent=(True, False),
            )
        )
    return found
