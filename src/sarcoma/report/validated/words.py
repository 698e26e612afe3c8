"""What a validation found, in words."""

from __future__ import annotations

import math
from typing import Any

from sarcoma import __version__
from sarcoma.cohort.validation.performance import AtHorizon
from sarcoma.cohort.validation.result import Validated, Validation
from sarcoma.cohort.validation.updating import Ladder
from sarcoma.report import wording
from sarcoma.survival.measures import Measure

SETTINGS = {
    "apparent": "these patients made the model, so it looks better here than it is",
    "external": "these patients did not make the model",
}


def summary(model: Validated) -> list[str]:
    """What a clinician reads first: said and seen, who is told apart, what to do."""
    whole = [h for h in model.horizons if h.discrimination_only is None]
    said = [_said_and_seen(model, whole[-1])] if whole else []
    last = (whole or list(model.horizons))[-1]
    area = last.measures.get("AUC")
    if area is not None:
        by = f" by {area.horizon:g} months" if last.limit is not None else ""
        said.append(
            f"Of one who had the event{by} and one who had not, the model gave the first the higher risk in "
            f"{100 * area.value:.0f} of 100 pairs ({100 * area.low:.0f} to {100 * area.high:.0f}; 50 is a coin)."
        )
    said += [
        f"Not judged at {h.months:g} months but for discrimination: {h.discrimination_only}."
        for h in model.horizons
        if h.discrimination_only
    ]
    said.append(_advice(model, last, area))
    return said


def _said_and_seen(model: Validated, h: AtHorizon) -> str:
    event = model.subject.event if model.subject.instead is None else model.subject.endpoint.replace("-", " ")
    time = wording.horizon(h.months - model.start)
    if model.start:
        time += f" from {model.start:g} months after the {model.subject.time_zero.replace('-', ' ')}"
    text = f"In this cohort the model said that {_of_100(h.predicted)} would have the event ({event}) within {time}"
    if h.observed is None:
        return text + "."
    seen = f"{_of_100(h.observed.value)} did ({100 * h.observed.low:.0f} to {100 * h.observed.high:.0f})"
    estimand = {"net": ", as if no one died of anything else", "crude": ", other deaths counted"}.get(
        model.outcome.estimand, ""
    )
    return f"{text}; an estimated {seen}{estimand}."


def _of_100(share: float) -> str:
    if share < 0.01:
        return "fewer than 1 of 100"
    return "more than 99 of 100" if share > 0.99 else f"{100 * share:.0f} of 100"


def _advice(model: Validated, h: AtHorizon, area: Measure | None) -> str:
    if model.setting == "apparent":
        return (
            "What to do: judge it on other patients. These made the model, so what is seen here is how well it "
            "describes them, not how well it would predict elsewhere."
        )
    ratio, slope = h.measures.get("O/E"), h.measures.get("calibration slope")
    if ratio is None:
        return "Whether its numbers are right cannot be told here; it needs longer follow-up."
    wrong = []
    if not ratio.low <= 1 <= ratio.high:
        wrong.append("it says too little on average" if ratio.value > 1 else "it says too much on average")
    if slope is not None and not slope.low <= 1 <= slope.high:
        wrong.append("its predictions are too extreme" if slope.value < 1 else "its predictions lie too close together")
    if area is not None and area.low <= 0.5:
        return "What to do: do not use it to tell these patients apart; chance alone would do as well" + (
            f". Besides, {' and '.join(wrong)}." if wrong else "."
        )
    if wrong:
        enough = ""
        if model.ladder is not None and model.ladder.chosen != "original":
            enough = f"; {model.ladder.rung(model.ladder.chosen).title} is what the test of updates chose"
        return f"What to do: {' and '.join(wrong)}; update it before use here{enough}."
    if ratio.high / ratio.low > 2:
        return "What to do: nothing speaks against its numbers, but the intervals are wide; judge it on more patients."
    return "What to do: nothing speaks against its numbers here."


def at(model: Validated, months: float) -> str:
    """A time since the time zero, in words; at a landmark also since then."""
    after = f", {months - model.start:g} after the landmark" if model.start else ""
    return f"At {months:g} months{after}"


def measured(name: str, h: AtHorizon) -> str:
    """A measure's name, with its time where that is not the horizon."""
    return name if h.limit is None else f"{name} by {h.limit:g} months"


def interval(m: Measure, form: str) -> str:
    return form.format(f"{m.low:.3f}", f"{m.high:.3f}") if math.isfinite(m.low) and math.isfinite(m.high) else ""


def ladder_rows(ladder: Ladder) -> list[dict[str, Any]]:
    """The rungs of an updating ladder in words."""
    rows = []
    for r in ladder.rungs:
        test = "the fullest" if r.test is None else f"χ² {r.test.statistic:.1f} on {r.test.df} df, p {_p(r.test.p)}"
        after = ", ".join(f"{k} {m.value:.2f}" for k in _AFTER if (m := r.after.get(k)) is not None)
        rows.append(
            {"rung": r, "title": r.title, "what": r.what, "test": test, "after": after, "chosen": r.id == ladder.chosen}
        )
    return rows


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


_AFTER = ("AUC", "O/E", "calibration slope", "IPA")


def methods(validation: Validation) -> str:
    """A paragraph for a paper, with references, versions and seed."""
    import numpy
    import scipy

    intervals = (
        f"percentiles of {validation.draws} bootstrap samples (seed {validation.seed})"
        if validation.draws
        else "influence functions"
    )
    return _METHODS.format(intervals=intervals, ours=__version__, numpy=numpy.__version__, scipy=scipy.__version__)


_METHODS = (
    "Predictions were compared with what was observed by the horizon, with inverse-probability-of-censoring weights "
    "from the Kaplan–Meier estimate of the censoring distribution. Discrimination: area under the time-dependent ROC "
    "curve (cumulative cases, dynamic controls; Blanche et al., Stat Med 2013;32:5381–5397) and concordance (Uno et "
    "al., Stat Med 2011;30:1105–1117; with competing events Wolbers et al., Biostatistics 2014;15:526–539). "
    "Calibration: observed over mean predicted probability, intercept and slope by generalised estimating equations "
    "on jackknife pseudo-values with a complementary log-log link, and a smooth curve by local regression with the "
    "integrated calibration index (Austin and Steyerberg, Stat Med 2019;38:4051–4065). Overall: Brier score and index "
    "of prediction accuracy (Kattan and Gerds, Diagn Progn Res 2018;2:7). Usefulness: net benefit (Vickers and Elkin, "
    "Med Decis Making 2006;26:565–574). Crude predictions were set against the Aalen–Johansen curve, net ones against "
    "the Kaplan–Meier curve that censors other deaths. Patients with an unknown predictor were left out and counted. "
    "Intervals are 95 % from {intervals}. Centres were pooled by random effects (DerSimonian–Laird, Hartung–Knapp). "
    "Software: sarcoma-outlook {ours}, NumPy {numpy}, SciPy {scipy}."
)
