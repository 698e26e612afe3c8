"""What the software knows of a validation, for the items of checklists."""

from __future__ import annotations

from sarcoma import __version__
from sarcoma.report.checklists.registry import months, of_validation
from sarcoma.validation.observed import ENDPOINTS
from sarcoma.validation.result import Validated, Validation
from sarcoma.validation.subgroups import LEAST_EVENTS

ENOUGH_EVENTS = 100


@of_validation
def title(v: Validation, m: Validated) -> str | None:
    kind = {"external": "External evaluation", "apparent": "Apparent performance"}.get(m.setting, "Evaluation")
    return f"{kind} of “{m.subject.title}” for {m.subject.event} in {v.about.name}"


@of_validation
def models(v: Validation, m: Validated) -> str | None:
    others = [o.subject.title for o in v.models if o is not m]
    return f"Set beside: {', '.join(others)}. The rest is yours to write." if others else None


@of_validation
def aim(_: Validation, m: Validated) -> str | None:
    return "Evaluation" + (" with updating" if m.ladder is not None else "") + "."


@of_validation
def data_source(v: Validation, _: Validated) -> str | None:
    about = v.about
    parts = [about.name, about.source, about.citation]
    return ". ".join(p for p in parts if p) + ". Whom they represent is yours to write."


@of_validation
def dates(v: Validation, m: Validated) -> str | None:
    period = f"Period: {v.about.period}. " if v.about.period else ""
    return f"{period}Median follow-up {m.flow.followed_median:.0f} months (reverse Kaplan–Meier)."


@of_validation
def centres(_: Validation, m: Validated) -> str | None:
    return None if m.centres is None else f"{len(m.centres.each)} centres are told apart in the data."


@of_validation
def eligible(_: Validation, m: Validated) -> str | None:
    out = "; ".join(f"{n:,}: {why}" for why, n in m.flow.out) or "nobody"
    return f"Everyone in the cohort to whom the model applies. Left out: {out}."


@of_validation
def treatments(_v: Validation, _m: Validated) -> str | None:
    return "Treatment is no predictor unless the model names it; people were judged under the treatment they had."


@of_validation
def preparation(v: Validation, _: Validated) -> str | None:
    about = v.about
    reader = f" by the reader {about.reader}" if about.reader else ""
    return (
        f"Read{reader}: {about.rows_in:,} rows in, {about.rows_used:,} used, {about.rows_refused:,} refused with "
        "reasons; sarcoma cohort check lists contradictions."
    )


@of_validation
def outcome(_: Validation, m: Validated) -> str | None:
    s = m.subject
    against = f", set on request against {ENDPOINTS[s.endpoint]}" if s.instead is not None else ""
    when = f"by {months(tuple(h.months for h in m.horizons))} months" if m.horizons else "over the whole follow-up"
    return (
        f"{s.event}{against}; {m.estimand} probability; {when} after the {s.time_zero.replace('-', ' ')}. "
        + " ".join(m.notes)
    ).strip()


@of_validation
def size(_: Validation, m: Validated) -> str | None:
    events = m.flow.events
    judged = "at least" if events >= ENOUGH_EVENTS else "fewer than"
    return (
        f"{m.flow.used:,} people, {events:,} events: {judged} the {ENOUGH_EVENTS} that are often asked for; the widths "
        "of the intervals say what that was enough for."
    )


@of_validation
def missing(_: Validation, m: Validated) -> str | None:
    if not m.missing:
        return "No predictor was missing among those to whom the model applies."
    what = ", ".join(f"{name} in {n:,}" for name, n in m.missing)
    return f"Complete cases: a person with an unknown predictor is left out and counted. Unknown: {what}."


@of_validation
def used(_: Validation, m: Validated) -> str | None:
    return {
        "external": "All for evaluation; none to choose the model.",
        "apparent": "The same people made the model.",
    }.get(m.setting)


@of_validation
def clusters(v: Validation, m: Validated) -> str | None:
    if m.centres is None and v.engine:
        return "An engine does not look at centres."
    if m.centres is None:
        return "The cohort does not tell centres apart."
    return "Centre by centre, and pooled by random effects with a prediction interval."


@of_validation
def measures(v: Validation, _m: Validated) -> str | None:
    pairs, curve = ("", "") if v.engine else (", concordance", ", curve, ICI")
    return (
        f"Discrimination (AUC{pairs}), calibration (O/E, intercept, slope{curve}), overall (Brier score, IPA) and "
        "usefulness (net benefit); see the methods."
    )


@of_validation
def updating(_: Validation, m: Validated) -> str | None:
    if m.ladder is None:
        return f"Not updated: {m.no_ladder}."
    return (
        "Recalibration in the large, slope, re-estimated baseline, shrunken refit, fitted to pseudo-observations; "
        "chosen by a closed test."
    )


@of_validation
def computed(_: Validation, m: Validated) -> str | None:
    card = m.subject.card
    if card is None:
        return f"Given in the data, column {m.subject.column}."
    return f"From the card {card.id}, version {card.version}, by sarcoma-outlook {__version__}."


@of_validation
def imbalance(_v: Validation, _m: Validated) -> str | None:
    return "None: people were neither drawn nor weighted by their outcome."


@of_validation
def fairness(_: Validation, m: Validated) -> str | None:
    shown = sorted({s.by for s in m.subgroups if s.suppressed is None})
    return f"Performance by {', '.join(shown)}; what is fair is yours to judge." if shown else None


@of_validation
def output(_v: Validation, _m: Validated) -> str | None:
    return "Probabilities; no classes, and no threshold is recommended."


@of_validation
def differences(v: Validation, m: Validated) -> str | None:
    card = m.subject.card
    if card is None:
        return None
    made = card.population
    rows = [made.description, f"{made.n:,} people" if made.n else "", f"{made.events:,} events" if made.events else ""]
    theirs = "; ".join(r for r in (*rows, made.period or "") if r)
    ours = f"{m.flow.used:,} people; {m.flow.events:,} events" + (f"; {v.about.period}" if v.about.period else "")
    return f"The model was made from: {theirs}. Here: {ours}."


@of_validation
def licence(v: Validation, _: Validated) -> str | None:
    return f"Licence of the data: {v.about.licence}." if v.about.licence else None


@of_validation
def code(_v: Validation, _m: Validated) -> str | None:
    return f"sarcoma-outlook {__version__}, Apache-2.0; the command that made this report repeats it."


@of_validation
def flow(_: Validation, m: Validated) -> str | None:
    f = m.flow
    other = f", {f.rivals:,} with another death first" if f.rivals else ""
    return (
        f"{f.start:,} in the cohort, {f.used:,} judged: {f.events:,} with the event{other}, "
        f"{f.used - f.events - f.rivals:,} without by the end of follow-up."
    )


@of_validation
def characteristics(_: Validation, m: Validated) -> str | None:
    unknown = ", ".join(f"{name} {n:,}" for name, n in m.missing) or "none"
    return f"sarcoma cohort describe gives the table. Unknown predictors: {unknown}."


@of_validation
def numbers(_: Validation, m: Validated) -> str | None:
    if not m.horizons:
        return f"{m.flow.used:,} people, {m.flow.events:,} events over the whole follow-up."
    return "; ".join(f"by {h.months:g} months {h.people:,} people, {h.events:,} events" for h in m.horizons) + "."


@of_validation
def performance(_: Validation, m: Validated) -> str | None:
    if not m.horizons:
        over = m.whole.measures if m.whole is not None else {}
        text = ", ".join(f"{k} {x.value:.2f} ({x.low:.2f} to {x.high:.2f})" for k, x in over.items())
        return f"Over the whole follow-up: {text}."
    whole = [h for h in m.horizons if h.discrimination_only is None]
    last = (whole or list(m.horizons))[-1]
    found = [f"{k} {x.value:.2f} ({x.low:.2f} to {x.high:.2f})" for k, x in last.measures.items() if x.low == x.low]
    subgroups = ", and the subgroups" if m.subgroups else ""
    return f"By {last.months:g} months: {', '.join(found)}. The tables have the rest{subgroups}."


@of_validation
def clusters_found(_: Validation, m: Validated) -> str | None:
    if m.centres is None or not m.centres.pooled:
        return None
    return "; ".join(f"{p.name} {p.mean:.2f} over {p.centres} centres, τ {p.tau:.2f}" for p in m.centres.pooled) + "."


@of_validation
def updated(_: Validation, m: Validated) -> str | None:
    if m.ladder is None:
        return None
    rung = m.ladder.rung(m.ladder.chosen)
    return f"The test chose: {rung.title} ({rung.what})."


@of_validation
def setting(_: Validation, m: Validated) -> str | None:
    return {
        "external": "Yes: it is not the set of patients that made the model. Whether some are in both cannot be told.",
        "apparent": "No: the same people.",
    }.get(m.setting)


@of_validation
def clock(_: Validation, m: Validated) -> str | None:
    zero = m.subject.time_zero.replace("-", " ") + (f", {m.start:g} months later" if m.start else "")
    return f"Records are taken as of the {zero}; `cohort check` looks for look-ahead."


@of_validation
def reached(_: Validation, m: Validated) -> str | None:
    if not m.horizons:
        return f"{m.flow.person_months:,.0f} months under observation altogether."
    return "; ".join(f"{h.reached:,} followed beyond {h.months:g} months" for h in m.horizons) + "."


@of_validation
def handled(_: Validation, m: Validated) -> str | None:
    how = {
        "crude": "other deaths compete (Aalen–Johansen)",
        "net": "other deaths are censored, as the model does",
        "all-cause": "nothing competes",
    }[m.estimand]
    landmark = f"; late entry by a landmark at {m.start:g} months" if m.start else ""
    if m.whole is not None:
        landmark += "; over the whole follow-up people are at risk from their entry on"
    return f"Yes: censoring by inverse-probability weights; {how}{landmark}."


@of_validation
def both_judged(_: Validation, m: Validated) -> str | None:
    if not m.horizons:
        return "Yes, over the whole follow-up." if m.whole is not None and "O/E" in m.whole.measures else None
    whole = [h for h in m.horizons if h.discrimination_only is None]
    return "Yes." if whole else "No: too few people are followed to any horizon, so discrimination only."


@of_validation
def as_it_is(_v: Validation, _m: Validated) -> str | None:
    return "Yes; updates stand apart."


@of_validation
def uncertainty(v: Validation, m: Validated) -> str | None:
    how = f"{m.drawn:,} bootstrap samples" if m.drawn else "influence functions"
    how += f" (stopped before all {v.draws:,} were drawn)" if m.interrupted else ""
    others = f" Not judged, with the reason: {', '.join(s.id for s, _ in v.refused)}." if v.refused else ""
    small = [s for s in m.subgroups if s.suppressed is not None]
    hidden = (
        f" {len(small)} subgroups with few people, or fewer than {LEAST_EVENTS} events, are suppressed."
        if small
        else ""
    )
    return f"Yes, 95% intervals by {how}.{others}{hidden}"
