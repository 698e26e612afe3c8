"""The report of a validation: words first, then pictures, then tables; the same as data and for the terminal."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sarcoma import __version__
from sarcoma.cohort.validation.performance import AtHorizon
from sarcoma.cohort.validation.result import Validated, Validation
from sarcoma.cohort.validation.subgroups import Subgroup
from sarcoma.cohort.validation.updating import TITLES, Ladder
from sarcoma.models.card import Card, Performance
from sarcoma.report import wording
from sarcoma.report.page import Page
from sarcoma.report.pictures import environment
from sarcoma.report.plots import Plot, Series, plot_svg, plot_table
from sarcoma.survival.measures import Measure

_ABOUT = {"name", "source", "licence", "period"}
SETTINGS = {
    "apparent": "these patients made the model, so it looks better here than it is",
    "external": "these patients did not make the model",
}


# -- in words


def summary(model: Validated) -> list[str]:
    """What a clinician reads first: said and seen, who is told apart, what to do."""
    whole = [h for h in model.horizons if h.discrimination_only is None]
    said = [_said_and_seen(model, whole[-1])] if whole else []
    last = (whole or list(model.horizons))[-1]
    area = last.measures.get("AUC")
    if area is not None:
        said.append(
            f"Of one who had the event and one who had not, the model gave the first the higher risk in "
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


def validated_text(validation: Validation) -> str:
    """The validation to read at a terminal."""
    page = Page()
    for model in validation.models:
        page.heading(f"{model.subject.title} in {validation.about.name}")
        for sentence in summary(model):
            page.text(sentence)
        page.note(f"{model.setting.capitalize()}: {SETTINGS[model.setting]}.", indent=0)
        for note in model.notes:
            page.text(f"! {note}")
        page.blank()
        flow = model.flow
        page.text(
            f"{flow.start:,} patients; used {flow.used:,} with {flow.events:,} events"
            + (f" and {flow.rivals:,} other deaths first" if flow.rivals else "")
            + "."
        )
        for why, n in flow.out:
            page.item(f"left out {n:,}: {why}")
        for h in model.horizons:
            page.blank()
            page.subheading(f"{at(model, h.months)} ({h.reached:,} still followed)")
            for name, m in h.measures.items():
                page.item(f"{name} {m.value:.3f}{_interval(m, ' (95% {} to {})')}")
            for name, why in h.cannot.items():
                page.item(f"{name}: {why}")
        _ladder_text(page, model)
    for subject, why in validation.refused:
        page.heading(subject.title)
        page.text(f"Not judged: {why}")
    if validation.compared:
        page.heading("Side by side, on the same patients")
        for c in validation.compared:
            for d in c.differences:
                pair = f"{c.first} less {c.second} at {c.months:g} months ({c.people:,} patients)"
                page.item(f"{pair}: {d.name} {d.value:+.3f} (95% {d.low:+.3f} to {d.high:+.3f}), p {d.p:.3g}")
    return str(page)


def at(model: Validated, months: float) -> str:
    """A time since the time zero, in words; at a landmark also since then."""
    after = f", {months - model.start:g} after the landmark" if model.start else ""
    return f"At {months:g} months{after}"


def _interval(m: Measure, form: str) -> str:
    return form.format(f"{m.low:.3f}", f"{m.high:.3f}") if math.isfinite(m.low) and math.isfinite(m.high) else ""


def _ladder_text(page: Page, model: Validated) -> None:
    page.blank()
    if model.ladder is None:
        page.text(f"Not updated: {model.no_ladder}.")
        return
    page.subheading("Updating, from the least change to the most")
    for r in ladder_rows(model.ladder):
        page.item(f"{'chosen: ' if r['chosen'] else ''}{r['title']}; {r['what']}; {r['test']}; {r['after']}")
    for name, why in model.ladder.not_climbed.items():
        page.note(f"no {TITLES[name]}: {why}")


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


# -- as a page


def validated_html(validation: Validation) -> str:
    """The report as one page that needs nothing else."""
    from markupsafe import Markup

    models = []
    for number, model in enumerate(validation.models):
        whole = [h for h in model.horizons if h.discrimination_only is None]
        plots = plots_of(model)
        pictures = [
            (plot.title, Markup(plot_svg(plot, f"m{number}-{k}")), *plot_table(plot))  # noqa: S704 – ours, escaped there
            for k, plot in enumerate(plots)
        ]
        models.append(
            {
                "m": model,
                "summary": summary(model),
                "setting": SETTINGS[model.setting],
                "pictures": pictures,
                "at": [_horizon_rows(model, h) for h in model.horizons],
                "groups": whole[-1].groups if whole else None,
                "subgroups": [_subgroup_row(s) for s in model.subgroups],
                "centres": [_subgroup_row(s) for s in model.centres.each] if model.centres else [],
                "pooled": model.centres.pooled if model.centres else (),
                "ladder": ladder_rows(model.ladder) if model.ladder else [],
                "not_climbed": {TITLES[k]: why for k, why in model.ladder.not_climbed.items()} if model.ladder else {},
                "made": _known(model.subject.card),
            }
        )
    html: str = (
        environment()
        .get_template("validated.html")
        .render(
            title=f"Validation in {validation.about.name}",
            v=validation,
            models=models,
            methods=methods(validation),
            notice=wording.NOTICE,
            version=__version__,
        )
    )
    return html


def _known(card: Card | None) -> list[Performance]:
    """How well a model did, as its card says."""
    return [p for p in (card.performance if card else ()) if p.value is not None]


def plots_of(model: Validated) -> list[Plot]:
    """Calibration and decisions at the last horizon that can be judged, then discrimination over time."""
    whole = [h for h in model.horizons if h.discrimination_only is None]
    return (_plots(whole[-1]) if whole else []) + _time_plot(model)


def _time_plot(model: Validated) -> list[Plot]:
    over = model.over_time
    if over is None:
        return []
    low = min(0.4, *(m.low for m in over.auc))
    return [
        Plot(
            "Telling people apart, over time",
            f"Area under the ROC curve by each time, of the predictions for {over.predicted_for:g} months.",
            f"months since the {model.subject.time_zero.replace('-', ' ')}",
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


def _plots(h: AtHorizon) -> list[Plot]:
    found = []
    if h.curve is not None:
        c, g = h.curve, h.groups
        points = (
            [] if g is None else list(zip(*(v.tolist() for v in (g.predicted, g.observed, g.low, g.high)), strict=True))
        )
        found.append(
            Plot(
                f"Calibration at {h.months:g} months: observed against predicted",
                f"Mean absolute difference {100 * c.ici:.1f} points, 90th percentile {100 * c.e90:.1f}.",
                "predicted",
                "observed",
                (0.0, 1.0),
                (0.0, 1.0),
                [
                    Series(
                        "observed, smooth, with 95% band",
                        *(v.tolist() for v in (c.predicted, c.observed, c.low, c.high)),
                    )
                ],
                points,
                "groups of patients, 95%" if points else "",
                h.distribution.tolist(),
                "how many patients have which prediction",
                "as it should be",
            )
        )
    if h.decision is not None:
        d = h.decision
        x = d.thresholds.tolist()
        top = float(max(d.high.max(), d.treat_all.max(), 0.02))
        found.append(
            Plot(
                f"Decision curve at {h.months:g} months",
                "Net benefit of acting on the model, on everyone and on no one, by the risk at which one would act.",
                "risk at which one would act",
                "net benefit",
                (0.0, float(x[-1])),
                (-0.05 * top - 0.01, 1.05 * top),
                [
                    Series("the model, with 95% band", x, *(v.tolist() for v in (d.net_benefit, d.low, d.high))),
                    Series("everyone", x, d.treat_all.tolist()),
                    Series("no one", x, [0.0] * len(x)),
                ],
                percent=(True, False),
            )
        )
    return found


def _horizon_rows(model: Validated, h: AtHorizon) -> dict[str, Any]:
    return {
        "h": h,
        "at": at(model, h.months),
        "predicted": f"{100 * h.predicted:.1f}%",
        "observed": "–"
        if h.observed is None
        else f"{100 * h.observed.value:.1f}% ({100 * h.observed.low:.1f} to {100 * h.observed.high:.1f})",
        "spread": " · ".join(f"{100 * q:.0f}%" for q in h.quantiles),
        "rows": [
            (name, f"{m.value:.3f}", _interval(m, "{} to {}") or "by --bootstrap") for name, m in h.measures.items()
        ],
    }


def _observed(h: AtHorizon) -> str:
    o = h.observed
    return "–" if o is None else f"{100 * o.value:.1f}% ({100 * o.low:.1f} to {100 * o.high:.1f})"


def _subgroup_row(s: Subgroup) -> dict[str, Any]:
    def shown(m: Measure | None) -> str:
        return "–" if m is None else f"{m.value:.2f} ({m.low:.2f} to {m.high:.2f})"

    return {"s": s, "ratio": shown(s.ratio), "auc": shown(s.auc)}


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


# -- as data


def validated_data(validation: Validation) -> dict[str, Any]:
    """Everything unrounded; patients only as counts."""
    return {
        "cohort": validation.about.model_dump(mode="json", exclude_none=True, include=_ABOUT),
        "models": [_model_data(m) for m in validation.models],
        "refused": [{"id": s.id, "reason": why} for s, why in validation.refused],
        "compared": [_plain(c) for c in validation.compared],
        "methods": methods(validation),
        "seed": validation.seed,
        "bootstrap": validation.draws,
        "version": __version__,
    }


def _model_data(m: Validated) -> dict[str, Any]:
    s = m.subject
    return {
        "id": s.id,
        "version": s.card.version if s.card else None,
        "title": s.title,
        "setting": m.setting,
        "endpoint": s.endpoint,
        "estimand": m.outcome.estimand,
        "time_zero": s.time_zero,
        "summary": summary(m),
        "notes": list(m.notes),
        "flow": _plain(m.flow),
        "rules": _plain(m.rules),
        "missing": _plain(m.missing),
        "horizons": _plain(m.horizons),
        "subgroups": _plain(m.subgroups),
        "centres": _plain(m.centres),
        "over_time": _plain(m.over_time),
        "landmark_months": m.start,
        "updating": _ladder_data(m),
        "bootstrap_samples": m.drawn,
        "bootstrap_interrupted": m.interrupted,
        "judged_months": m.judged_months,
    }


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
