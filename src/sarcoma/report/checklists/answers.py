"""What the software knows of a validation and of a model's card, by the name that the checklists give it.

Each takes (validation, model) and returns a sentence, or None where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable

from sarcoma import __version__
from sarcoma.cohort.validation.observed import ENDPOINTS
from sarcoma.cohort.validation.result import Validated, Validation
from sarcoma.cohort.validation.subgroups import LEAST_EVENTS
from sarcoma.models import Card
from sarcoma.models.transform import Intervals, Levels

Answer = Callable[[Validation, Validated], str | None]
ANSWERS: dict[str, Answer] = {}
ENOUGH_EVENTS = 100


def _answer(function: Answer) -> Answer:
    ANSWERS[function.__name__.strip("_")] = function
    return function


def _of_card(ask: Callable[[Card], str | None]) -> Answer:
    """An answer that the model's card gives."""

    def answer(_: Validation, model: Validated) -> str | None:
        return None if model.subject.card is None else ask(model.subject.card)

    ANSWERS[ask.__name__.strip("_")] = answer
    return answer


def _months(values: tuple[float, ...]) -> str:
    return ", ".join(f"{v:g}" for v in values)


# -- what is evaluated


@_answer
def title(v: Validation, m: Validated) -> str | None:
    return (
        f"External evaluation of “{m.subject.title}” for {m.subject.event} in {v.about.name}"
        if (m.setting == "external")
        else f"Apparent performance of “{m.subject.title}” for {m.subject.event} in {v.about.name}"
    )


@_answer
def models(v: Validation, m: Validated) -> str | None:
    others = [o.subject.title for o in v.models if o is not m]
    return f"Set beside: {', '.join(others)}. The rest is yours to write." if others else None


@_of_card
def intended(card: Card) -> str | None:
    uses = f" Not for: {'; '.join(card.not_for)}." if card.not_for else ""
    rules = "; ".join(c.because or c.describe() for c in card.applies)
    return f"Meant for those to whom its rules apply; the reasons of its rules: {rules}.{uses}"


@_answer
def aim(_: Validation, m: Validated) -> str | None:
    return "Evaluation" + (" with updating" if m.ladder is not None else "") + "."


@_answer
def data_source(v: Validation, _: Validated) -> str | None:
    about = v.about
    parts = [about.name, about.source, about.citation]
    return ". ".join(p for p in parts if p) + ". Whom they represent is yours to write."


@_answer
def dates(v: Validation, m: Validated) -> str | None:
    period = f"Period: {v.about.period}. " if v.about.period else ""
    return f"{period}Median follow-up {m.flow.followed_median:.0f} months (reverse Kaplan–Meier)."


@_answer
def centres(_: Validation, m: Validated) -> str | None:
    return None if m.centres is None else f"{len(m.centres.each)} centres are told apart in the data."


@_answer
def eligible(_: Validation, m: Validated) -> str | None:
    out = "; ".join(f"{n:,}: {why}" for why, n in m.flow.out) or "nobody"
    return f"Everyone in the cohort to whom the model applies. Left out: {out}."


@_answer
def treatments(_v: Validation, _m: Validated) -> str | None:
    return "Treatment is no predictor unless the model names it; people were judged under the treatment they had."


@_answer
def preparation(v: Validation, _: Validated) -> str | None:
    about = v.about
    reader = f" by the reader {about.reader}" if about.reader else ""
    return (
        f"Read{reader}: {about.rows_in:,} rows in, {about.rows_used:,} used, {about.rows_refused:,} refused with "
        "reasons; sarcoma cohort check lists contradictions."
    )


@_answer
def outcome(_: Validation, m: Validated) -> str | None:
    s = m.subject
    against = f", set on request against {ENDPOINTS[s.endpoint]}" if s.instead is not None else ""
    return (
        f"{s.event}{against}; {m.outcome.estimand} probability; by {_months(tuple(h.months for h in m.horizons))} "
        f"months after the {s.time_zero.replace('-', ' ')}. " + " ".join(m.notes)
    ).strip()


@_of_card
def chosen(card: Card) -> str | None:
    return f"Those of the model, {card.id} {card.version}."


@_of_card
def predictors(card: Card) -> str | None:
    labels = [p.label + (f" ({p.range[0]:g} to {p.range[1]:g})" if p.range else "") for p in card.all_predictors]
    if card.baseline is not None and card.baseline.strata is not None:
        labels.append(card.baseline.strata.label)
    names = "; ".join(dict.fromkeys(labels))
    return f"{names}. How they were measured is yours to write." if names else None


@_answer
def size(_: Validation, m: Validated) -> str | None:
    events = m.flow.events
    judged = "at least" if events >= ENOUGH_EVENTS else "fewer than"
    return (
        f"{m.flow.used:,} people, {events:,} events: {judged} the {ENOUGH_EVENTS} that are often asked for; the widths "
        "of the intervals say what that was enough for."
    )


@_answer
def missing(_: Validation, m: Validated) -> str | None:
    if not m.missing:
        return "No predictor was missing among those to whom the model applies."
    what = ", ".join(f"{name} in {n:,}" for name, n in m.missing)
    return f"Complete cases: a person with an unknown predictor is left out and counted. Unknown: {what}."


@_answer
def used(_: Validation, m: Validated) -> str | None:
    return (
        "All for evaluation; none to choose the model."
        if m.setting == "external"
        else ("The same people made the model.")
    )


@_of_card
def form(card: Card) -> str | None:
    kinds = sorted({p.transform.kind.replace("-", " ") for p in card.all_predictors})
    return f"As the card has them: {', '.join(kinds)}." if kinds else None


@_of_card
def kind(card: Card) -> str | None:
    internal = [p for p in card.performance if p.setting == "internal validation"]
    checked = f"; internally validated ({len(internal)} figures in the card)" if internal else ""
    return f"A model of kind {card.kind}{checked}."


@_answer
def clusters(_: Validation, m: Validated) -> str | None:
    if m.centres is None:
        return "The cohort does not tell centres apart."
    return "Centre by centre, and pooled by random effects with a prediction interval."


@_answer
def measures(_v: Validation, _m: Validated) -> str | None:
    return (
        "Discrimination (AUC, concordance), calibration (O/E, intercept, slope, curve, ICI), overall (Brier score, "
        "IPA) and usefulness (net benefit); see the methods."
    )


@_answer
def updating(_: Validation, m: Validated) -> str | None:
    if m.ladder is None:
        return f"Not updated: {m.no_ladder}."
    return (
        "Recalibration in the large, slope, re-estimated baseline, shrunken refit, fitted to pseudo-observations; "
        "chosen by a closed test."
    )


@_answer
def computed(_: Validation, m: Validated) -> str | None:
    card = m.subject.card
    if card is None:
        return f"Given in the data, column {m.subject.column}."
    return f"From the card {card.id}, version {card.version}, by sarcoma-outlook {__version__}."


@_answer
def imbalance(_v: Validation, _m: Validated) -> str | None:
    return "None: people were neither drawn nor weighted by their outcome."


@_answer
def fairness(_: Validation, m: Validated) -> str | None:
    shown = sorted({s.by for s in m.subgroups if s.suppressed is None})
    return f"Performance by {', '.join(shown)}; what is fair is yours to judge." if shown else None


@_answer
def output(_v: Validation, _m: Validated) -> str | None:
    return "Probabilities; no classes, and no threshold is recommended."


@_answer
def differences(v: Validation, m: Validated) -> str | None:
    card = m.subject.card
    if card is None:
        return None
    made = card.population
    rows = [made.description, f"{made.n:,} people" if made.n else "", f"{made.events:,} events" if made.events else ""]
    theirs = "; ".join(r for r in (*rows, made.period or "") if r)
    ours = f"{m.flow.used:,} people; {m.flow.events:,} events" + (f"; {v.about.period}" if v.about.period else "")
    return f"The model was made from: {theirs}. Here: {ours}."


@_answer
def licence(v: Validation, _: Validated) -> str | None:
    return f"Licence of the data: {v.about.licence}." if v.about.licence else None


@_answer
def code(_v: Validation, _m: Validated) -> str | None:
    return f"sarcoma-outlook {__version__}, Apache-2.0; the command that made this report repeats it."


@_answer
def flow(_: Validation, m: Validated) -> str | None:
    f = m.flow
    other = f", {f.rivals:,} with another death first" if f.rivals else ""
    return (
        f"{f.start:,} in the cohort, {f.used:,} judged: {f.events:,} with the event{other}, "
        f"{f.used - f.events - f.rivals:,} without by the end of follow-up."
    )


@_answer
def characteristics(_: Validation, m: Validated) -> str | None:
    unknown = ", ".join(f"{name} {n:,}" for name, n in m.missing) or "none"
    return f"sarcoma cohort describe gives the table. Unknown predictors: {unknown}."


@_answer
def numbers(_: Validation, m: Validated) -> str | None:
    return "; ".join(f"by {h.months:g} months {h.people:,} people, {h.events:,} events" for h in m.horizons) + "."


@_of_card
def whole_model(card: Card) -> str | None:
    return f"In the card {card.id} {card.version}: coefficients, baseline, rules, test vectors."


@_answer
def performance(_: Validation, m: Validated) -> str | None:
    whole = [h for h in m.horizons if h.discrimination_only is None]
    last = (whole or list(m.horizons))[-1]
    found = [f"{k} {x.value:.2f} ({x.low:.2f} to {x.high:.2f})" for k, x in last.measures.items() if x.low == x.low]
    return f"By {last.months:g} months: {', '.join(found)}. The tables have the rest, and the subgroups."


@_answer
def clusters_found(_: Validation, m: Validated) -> str | None:
    if m.centres is None or not m.centres.pooled:
        return None
    return "; ".join(f"{p.name} {p.mean:.2f} over {p.centres} centres, τ {p.tau:.2f}" for p in m.centres.pooled) + "."


@_answer
def updated(_: Validation, m: Validated) -> str | None:
    if m.ladder is None:
        return None
    rung = m.ladder.rung(m.ladder.chosen)
    return f"The test chose: {rung.title} ({rung.what})."


@_of_card
def limitations(card: Card) -> str | None:
    problems = "; ".join(card.known_problems)
    return f"The model's known problems: {problems}. Those of the study are yours to write." if problems else None


@_of_card
def missing_in_use(_card: Card) -> str | None:
    return (
        "The software gives the range over what an unknown predictor may be, and no figure where a rule cannot be told."
    )


@_of_card
def users(card: Card) -> str | None:
    return "Shown to everyone." if card.audience == "everyone" else "Shown to sarcoma teams only."


# -- how the model was made, as its card says


@_of_card
def dev_population(card: Card) -> str | None:
    p = card.population
    centres_ = f"centres: {p.centres}" if p.centres else ""
    return "; ".join(x.rstrip(".") for x in (p.description, centres_, p.note or "") if x) + "."


@_of_card
def dev_applies(card: Card) -> str | None:
    return f"The card has {len(card.applies)} rules of whom it is for; whom its makers left out is for you to look up."


@_of_card
def dev_period(card: Card) -> str | None:
    return f"Period: {card.population.period}." if card.population.period else None


@_of_card
def dev_assumptions(card: Card) -> str | None:
    made = [
        f"{p.label}: {p.recode.assumption}" for p in card.all_predictors if p.recode is not None and p.recode.assumption
    ]
    return f"Our assumptions on how codes correspond: {'; '.join(m.rstrip('.') for m in made)}." if made else None


@_of_card
def dev_predictors(card: Card) -> str | None:
    return f"{', '.join(dict.fromkeys(p.label for p in card.all_predictors))}; {card.landmarks.note}."


@_of_card
def dev_outcome(card: Card) -> str | None:
    return f"{card.outcome.event} ({card.outcome.course})."


@_of_card
def dev_horizon(card: Card) -> str | None:
    about = card.outcome
    return f"{_months(about.horizons_months)} months after the {about.time_zero.replace('-', ' ')}."


@_of_card
def dev_events(card: Card) -> str | None:
    p = card.population
    if not p.n:
        return None
    width = sum(len(h.predictors) for h in card.hazards) or len(card.predictors)
    each = f", {p.events / width:.0f} for each of {width} predictors" if p.events and width else ""
    return f"{p.n:,} people" + (f", {p.events:,} events{each}" if p.events else "; events not stated") + "."


@_of_card
def dev_forms(card: Card) -> str | None:
    cut = [p.label for p in card.all_predictors if isinstance(p.transform, Intervals)]
    coded = [p.label for p in card.all_predictors if isinstance(p.transform, Levels)]
    said = f"Numbers cut into intervals: {', '.join(dict.fromkeys(cut)) or 'none'}."
    return f"{said} Coded: {', '.join(dict.fromkeys(coded)) or 'none'}." if card.all_predictors else None


@_of_card
def dev_missing(card: Card) -> str | None:
    told = [s for s in card.made.account if "missing" in s.lower() or "imput" in s.lower()] if card.made else []
    return " ".join(told) or None


@_of_card
def dev_estimand(card: Card) -> str | None:
    return {
        "net": "Other deaths were censored: a net probability, as if no one died of anything else.",
        "crude": "Other deaths were counted as competing: a crude probability.",
        "all-cause": "Every death counts, so nothing competes.",
    }.get(card.outcome.estimand)


@_of_card
def dev_internal(card: Card) -> str | None:
    found = [p for p in card.performance if p.setting == "internal validation"]
    return "; ".join(f"{p.measure} {p.value:.2f}" for p in found[:4] if p.value is not None) or None


@_of_card
def dev_provenance(card: Card) -> str | None:
    return f"Provenance {card.provenance.grade}: {card.provenance.read_in}"


# -- this evaluation


@_answer
def setting(_: Validation, m: Validated) -> str | None:
    return "Yes, as far as the names of the data tell." if m.setting == "external" else "No: the same people."


@_answer
def clock(_: Validation, m: Validated) -> str | None:
    zero = m.subject.time_zero.replace("-", " ") + (f", {m.start:g} months later" if m.start else "")
    return f"Records are taken as of the {zero}; `cohort check` looks for look-ahead."


@_answer
def reached(_: Validation, m: Validated) -> str | None:
    return "; ".join(f"{h.reached:,} followed beyond {h.months:g} months" for h in m.horizons) + "."


@_answer
def handled(_: Validation, m: Validated) -> str | None:
    how = {
        "crude": "other deaths compete (Aalen–Johansen)",
        "net": "other deaths are censored, as the model does",
        "all-cause": "nothing competes",
    }[m.outcome.estimand]
    landmark = f"; late entry by a landmark at {m.start:g} months" if m.start else ""
    return f"Yes: censoring by inverse-probability weights; {how}{landmark}."


@_answer
def both_judged(_: Validation, m: Validated) -> str | None:
    whole = [h for h in m.horizons if h.discrimination_only is None]
    return "Yes." if whole else "No: too few people are followed to any horizon, so discrimination only."


@_answer
def as_it_is(_v: Validation, _m: Validated) -> str | None:
    return "Yes; updates stand apart."


@_answer
def uncertainty(v: Validation, m: Validated) -> str | None:
    how = f"{m.drawn:,} bootstrap samples" if m.drawn else "influence functions"
    how += f" (stopped before all {v.draws:,} were drawn)" if m.interrupted else ""
    others = f" Not judged, with the reason: {', '.join(s.id for s, _ in v.refused)}." if v.refused else ""
    small = [s for s in m.subgroups if s.suppressed is not None]
    hidden = (
        f" {len(small)} subgroups with few people or fewer than {LEAST_EVENTS} events are suppressed." if small else ""
    )
    return f"Yes, 95% intervals by {how}.{others}{hidden}"
