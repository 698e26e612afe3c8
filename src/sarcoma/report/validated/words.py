"""What a validation found, in words."""

from __future__ import annotations

import math
from typing import Any

from sarcoma import __version__
from sarcoma.evidence import library
from sarcoma.survival.measures import Measure
from sarcoma.validation.performance import ENOUGH, AtHorizon
from sarcoma.validation.result import Validated, Validation
from sarcoma.validation.updating.ladder import Ladder
from sarcoma.wording import figures

SETTINGS = {
    "apparent": "these patients made the model, so it looks better here than it is",
    "unknown": "from whom these predictions come is not known here",
    "external": "this is not the set of patients that made the model; whether some are in both cannot be told",
}


_WOULD = {
    "death": "die of any cause",
    "sarcoma-death": "die of the sarcoma",
    "metastasis": "have a metastasis",
    "local-recurrence": "have a local recurrence",
    "recurrence-or-death": "have a recurrence or a metastasis, or die,",
}


def summary(model: Validated) -> list[str]:
    """What a clinician reads first: said and seen, who is told apart, what to do."""
    if not model.horizons:
        return [*whole_follow_up(model), f"What to do: {_advice_on_all(model)}."]
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
    said += _not_judged(model)
    said += whole_follow_up(model)
    said.append(f"What to do: {_advice(model, last, area)}.")
    return said


def whole_follow_up(model: Validated) -> list[str]:
    """What the whole follow-up says under late entry; nothing where nobody came late."""
    w = model.whole
    if w is None:
        return []
    people = f"{w.people:,} people from when each came under observation ({w.late:,} after the {zero(model)})"
    text = f"Over the whole follow-up of {people}, {w.events:,} events were seen"
    ratio = w.measures.get("O/E")
    if ratio is not None and w.expected is not None:
        text += (
            f", and the model expects {w.expected:,.1f} of so much time under observation: observed/expected "
            f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
        )
    return [f"{text}."]


def _advice_on_all(model: Validated) -> str:
    w = model.whole
    if model.setting == "apparent" or w is None:
        return "judge it on other patients; these made the model"
    ratio, slope = w.measures.get("O/E"), w.measures.get("calibration slope")
    wrong = _wrong(ratio, slope)
    if wrong:
        return f"do not use its numbers here as they are, because {wrong}; a landmark (--landmark 12) allows an update"
    if ratio is None:
        return "its numbers cannot be judged over time here, only the order in which it puts people"
    return "nothing speaks against its numbers here"


def _wrong(ratio: Measure | None, slope: Measure | None) -> str:
    """What the intervals say is wrong on average and from person to person; empty where nothing."""
    wrong = []
    if ratio is not None and not ratio.low <= 1 <= ratio.high:
        wrong.append("it says too little on average" if ratio.value > 1 else "it says too much on average")
    if slope is not None and not slope.low <= 1 <= slope.high:
        wrong.append("its predictions are too extreme" if slope.value < 1 else "its predictions lie too close together")
    return " and ".join(wrong)


FAILED = {
    "whole follow-up": "the whole follow-up",
    "bootstrap": "intervals from the bootstrap (those shown are from influence functions)",
    "over time": "discrimination over time",
}
"""Optional steps of a validation in words; others are called by their own names."""


def without_answer(model: Validated) -> list[str]:
    """The optional steps that had no answer, one sentence each."""
    return [f"No answer for {FAILED.get(step, step)}: {why.rstrip('.')}." for step, why in model.failed.items()]


def whole_rows(model: Validated) -> list[tuple[str, str, str]]:
    """The measures of the whole follow-up: name, value, interval or why there is none."""
    w = model.whole
    if w is None:
        return []
    names = {"concordance": "concordance, weighted for entry and leaving (Uno)"}
    if w.window is not None:
        names["concordance"] += f", months {w.window[0]:.1f} to {w.window[1]:.1f}"
    rows = [(names.get(k, k), f"{m.value:.3f}", interval(m, "{} to {}")) for k, m in w.measures.items()]
    return rows + [(names.get(k, k), "–", why) for k, why in w.cannot.items()]


def _said_and_seen(model: Validated, h: AtHorizon) -> str:
    time = figures.horizon(h.months - model.start)
    if model.start:
        time += f" from {model.start:g} months after the {zero(model)}"
    would = _WOULD.get(model.subject.endpoint, "have the event")
    text = f"In this cohort the model said that {_of_100(h.predicted)} would {would} within {time}"
    if h.observed is None:
        return text + "."
    seen = f"{_of_100(h.observed.value)} did ({100 * h.observed.low:.0f} to {100 * h.observed.high:.0f})"
    estimand = {"net": ", as if no one died of anything else", "crude": ", other deaths counted"}.get(
        model.estimand, ""
    )
    return f"{text}; an estimated {seen}{estimand}."


def _not_judged(model: Validated) -> list[str]:
    """The horizons with discrimination only, in one sentence."""
    few = [h for h in model.horizons if h.discrimination_only]
    if not few:
        return []
    months, reached = _and([f"{h.months:g}" for h in few]), _and([f"{h.reached:,}" for h in few])
    enough = "Not enough are followed to any horizon."
    if offered := few[-1].offered:
        own = {h.months for h in model.horizons}
        beyond = "" if own & set(offered) else "; the model gives no figure for those"
        enough = f"Enough are followed to {_and([f'{m:g}' for m in offered])} months{beyond}."
    return [
        f"At {months} months only whom it tells apart can be judged, not whether its numbers are right: {reached} "
        f"patients are followed so far, and that needs {ENOUGH}. {enough}"
    ]


def _and(words: list[str]) -> str:
    return " and ".join(w for w in (", ".join(words[:-1]), *words[-1:]) if w)


def zero(model: Validated) -> str:
    """The time zero in words."""
    name = model.subject.time_zero
    return "operation" if name == "surgery" else name.replace("-", " ")


def _of_100(share: float) -> str:
    if share < 0.01:
        return "fewer than 1 of 100"
    return "more than 99 of 100" if share > 0.99 else f"{100 * share:.0f} of 100"


def _advice(model: Validated, h: AtHorizon, area: Measure | None) -> str:
    if model.setting == "apparent":
        return (
            "judge it on other patients. These made the model, so what is seen here is how well it describes them, "
            "not how well it would predict elsewhere"
        )
    ratio, slope = h.measures.get("O/E"), h.measures.get("calibration slope")
    if ratio is None and h.discrimination_only is None:
        return f"nothing by its numbers, which cannot be judged here: {h.cannot.get('O/E', 'no O/E')}"
    if ratio is None:
        return "judge it on patients followed for longer; whether its numbers are right cannot be told here"
    found = wrong = _wrong(ratio, slope)
    if area is not None and area.low <= 0.5:
        besides = f". Besides, {found}" if wrong else ""
        if area.high <= 0.5:
            return f"do not use it to tell these patients apart; it does no better than a coin{besides}"
        return (
            "do not rely on it to tell these patients apart; chance alone could explain what is seen (at best "
            f"{100 * area.high:.0f} of 100 pairs), and only more patients can tell{besides}"
        )
    if wrong and model.ladder is None:
        return f"do not use its numbers here as they are, because {found}; it was not updated: {model.no_ladder}"
    if wrong and model.ladder is not None and model.ladder.chosen != "original":
        chosen = model.ladder.rung(model.ladder.chosen).title
        return f"update it before use here, because {found}; the test of updates chose: {chosen}"
    if wrong:
        return f"be careful: {found}, though the test of updates over all horizons asks for no change"
    if ratio.high / ratio.low > 2:
        return "nothing speaks against its numbers, but the intervals are wide; judge it on more patients"
    return "nothing speaks against its numbers here"


def intervals_by(validation: Validation, model: Validated) -> str:
    """How the intervals of one model were made, in words."""
    if not model.drawn:
        return "influence functions" + (" (the bootstrap was stopped before this model)" if validation.draws else "")
    if model.interrupted:
        return f"{model.drawn:,} bootstrap samples; it was stopped before all {validation.draws:,} were drawn"
    return f"{model.drawn:,} bootstrap samples"


def at(model: Validated, months: float) -> str:
    """A time since the time zero, in words; at a landmark also since then."""
    after = f", {months - model.start:g} after the landmark" if model.start else ""
    return f"At {months:g} months{after}"


def measured(name: str, h: AtHorizon) -> str:
    """A measure's name, with its time where that is not the horizon."""
    return name if h.limit is None else f"{name} by {h.limit:g} months"


def favoured(validation: Validation) -> str | None:
    """Which of the models set side by side were made from these patients."""
    compared = {i for c in validation.compared for i in (c.first, c.second)}
    own = [m.subject.id for m in validation.models if m.setting == "apparent" and m.subject.id in compared]
    if not own or len(own) == len(compared):
        return None
    return f"The comparison favours {_and(own)}, which these patients made."


def apart(validation: Validation) -> list[str]:
    """Which models are not set side by side, and why."""
    pairs = {(c.first, c.second) for c in validation.compared}
    unlike: list[str] = []
    elsewhen: list[str] = []
    for i, a in enumerate(validation.models):
        for b in validation.models[i + 1 :]:
            both = f"{a.subject.id} and {b.subject.id}"
            if (a.subject.id, b.subject.id) in pairs or any(k.startswith(both) for k in validation.not_compared):
                continue
            kind = [(m.subject.endpoint, m.estimand, m.subject.time_zero) for m in (a, b)]
            (unlike if kind[0] != kind[1] else elsewhen).append(f"{a.subject.id} and {b.subject.id}")
    said = []
    if unlike:
        said.append(f"Not set side by side, because they predict different things: {'; '.join(unlike)}.")
    if elsewhen:
        said.append(f"Not set side by side, because no horizon of both can be judged: {'; '.join(elsewhen)}.")
    said += [f"No comparison of {pair}: {why.rstrip('.')}." for pair, why in validation.not_compared.items()]
    return said


def named(measure: str) -> str:
    """The name of a measure as the tables have it."""
    return {"index of prediction accuracy": "IPA"}.get(measure, measure)


def interval(m: Measure, form: str) -> str:
    return form.format(f"{m.low:.3f}", f"{m.high:.3f}") if math.isfinite(m.low) and math.isfinite(m.high) else ""


def ladder_rows(ladder: Ladder) -> list[dict[str, Any]]:
    """The rungs of an updating ladder in words."""
    rows = []
    for r in ladder.rungs:
        test = (
            "the fullest" if r.test is None else f"χ² {r.test.statistic:.1f} on {r.test.df} df, p {p_value(r.test.p)}"
        )
        after = ", ".join(f"{k} {m.value:.2f}" for k in _AFTER if (m := r.after.get(k)) is not None)
        rows.append(
            {"rung": r, "title": r.title, "what": r.what, "test": test, "after": after, "chosen": r.id == ladder.chosen}
        )
    return rows


def p_value(value: float) -> str:
    """A p value to three places."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


_AFTER = ("AUC", "O/E", "calibration slope", "IPA")


def methods(validation: Validation) -> str:
    """A paragraph for a paper, with references, versions and seed."""
    import numpy
    import scipy

    parts = [
        _evaluated(validation),
        _METHODS.format(intervals=_intervals(validation), **_of_rows(validation)),
        _WHOLE if any(m.whole is not None for m in validation.models) else "",
        _POOLED if any(m.centres is not None for m in validation.models) else "",
        _UPDATED if any(m.ladder is not None for m in validation.models) else "",
        f"Sums over people were worked out by {validation.engine}." if validation.engine else "",
        f"Software: sarcoma-outlook {__version__}, NumPy {numpy.__version__}, SciPy {scipy.__version__}.",
    ]
    return " ".join(p for p in parts if p)


def _evaluated(validation: Validation) -> str:
    """Which models, in whom."""
    about = validation.about
    names = []
    for m in validation.models:
        card = m.subject.card
        if card is None:
            names.append(f"{m.subject.title} ({m.flow.used:,} patients, {m.flow.events:,} events)")
            continue
        source = card.source or library().sources.get(card.citation)
        cited = f"; {source.cite().rstrip('.')}" if source is not None else ""
        people = f"{m.flow.used:,} patients, {m.flow.events:,} events"
        names.append(f"{card.name} (card {card.id}, version {card.version}{cited}; {m.setting}, {people})")
    data = about.cited().rstrip(".")
    return f"Evaluated: {'; '.join(names)}. Data: {data}; {about.rows_used:,} patients."


def _of_rows(validation: Validation) -> dict[str, str]:
    return dict.fromkeys(_OF_ALL_ROWS, "") if validation.engine else _OF_ALL_ROWS


def _intervals(validation: Validation) -> str:
    if not validation.draws:
        return "influence functions"
    ways: dict[str, list[str]] = {}
    for m in validation.models:
        samples = f"percentiles of {m.drawn:,} bootstrap samples of the patients" if m.drawn else "influence functions"
        ways.setdefault(samples, []).append(m.subject.id)
    each = next(iter(ways)) if len(ways) == 1 else _and([f"{way} ({', '.join(ids)})" for way, ids in ways.items()])
    few = any(m.drawn < validation.draws for m in validation.models)
    stopped = f"; stopped before all {validation.draws:,} were drawn" if few else ""
    return (
        f"{each} (seed {validation.seed}{stopped}); those of subgroups, centres, decision curves and differences from "
        "influence functions"
    )


_METHODS = (
    "Predictions were compared with what was observed by the horizon, with inverse-probability-of-censoring weights "
    "from the Kaplan–Meier estimate of the censoring distribution. Discrimination: area under the time-dependent ROC "
    "curve (cumulative cases, dynamic controls; Blanche et al., Stat Med 2013;32:5381–5397){concordance}. "
    "Calibration: observed over mean predicted probability, intercept and slope by generalised estimating equations "
    "on jackknife pseudo-values with a complementary log-log link{curve}. Overall: Brier score and index "
    "of prediction accuracy (Kattan and Gerds, Diagn Progn Res 2018;2:7). Usefulness: net benefit (Vickers and Elkin, "
    "Med Decis Making 2006;26:565–574). Crude predictions were set against the Aalen–Johansen curve, net ones against "
    "the Kaplan–Meier curve that censors other deaths. Patients with an unknown predictor were left out and counted. "
    "Intervals are 95 % from {intervals}."
)
_OF_ALL_ROWS = {
    "concordance": (
        " and concordance (Uno et al., Stat Med 2011;30:1105–1117; with competing events Wolbers et al., Biostatistics "
        "2014;15:526–539)"
    ),
    "curve": (
        ", and a smooth curve by local regression with the integrated calibration index (Austin and Steyerberg, Stat "
        "Med 2019;38:4051–4065)"
    ),
}
"""What no engine gives (`validation.validate_in_engine`)."""
_WHOLE = (
    "People came late under observation (left truncation). Over the whole follow-up each was judged from entry on: "
    "events observed over the cumulative hazard predicted between entry and exit (Crowson et al., Stat Methods Med Res "
    "2016;25:1692–1706), the coefficient of the score in a Cox regression with delayed entry (van Houwelingen, Stat "
    "Med 2000;19:3401–3415), Harrell's concordance on the risk sets, and concordance weighted for entry and leaving "
    "(Hartman et al., Biometrics 2023;79:1624–1634; Uno's where everyone is seen from the start)."
)
_POOLED = (
    "Centres were pooled by random effects (τ² of DerSimonian and Laird, intervals of Hartung and Knapp), with the "
    "prediction interval for a new centre (Debray et al., Stat Methods Med Res 2019;28:2768–2786)."
)
_UPDATED = (
    "Updates were fitted to the pseudo-values: recalibration in the large, recalibration with slope, re-estimated "
    "baseline, refit shrunken towards the rung below (Steyerberg et al., Stat Med 2004;23:2567–2586), chosen by a "
    "closed test at the 5 % level (Vergouwe et al., Stat Med 2017;36:4529–4539)."
)
