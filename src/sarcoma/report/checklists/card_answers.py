"""What a model's card says, for the items of checklists; `dev_…` is about how the model was made."""

from __future__ import annotations

from sarcoma.models import Card
from sarcoma.report.checklists.registry import months, of_card


@of_card
def intended(card: Card) -> str | None:
    uses = f" Not for: {'; '.join(card.not_for)}." if card.not_for else ""
    rules = "; ".join(c.because or c.describe() for c in card.applies)
    return f"Meant for those to whom its rules apply; the reasons of its rules: {rules}.{uses}"


@of_card
def chosen(card: Card) -> str | None:
    return f"Those of the model, {card.id} {card.version}."


@of_card
def predictors(card: Card) -> str | None:
    names = "; ".join(dict.fromkeys(card.form.labels))
    return f"{names}. How they were measured is yours to write." if names else None


@of_card
def form(card: Card) -> str | None:
    kinds = sorted({p.transform.kind.replace("-", " ") for p in card.all_predictors})
    return f"As the card has them: {', '.join(kinds)}." if kinds else None


@of_card
def kind(card: Card) -> str | None:
    internal = [p for p in card.performance if p.setting == "internal validation"]
    checked = f"; internally validated ({len(internal)} in the card)" if internal else ""
    return f"A model of kind {card.form.kind}{checked}."


@of_card
def whole_model(card: Card) -> str | None:
    return f"In the card {card.id} {card.version}: coefficients, baseline, rules, test vectors."


@of_card
def limitations(card: Card) -> str | None:
    problems = "; ".join(card.known_problems)
    return f"The model's known problems: {problems}. Those of the study are yours to write." if problems else None


@of_card
def missing_in_use(_card: Card) -> str | None:
    return (
        "The software gives the range over what an unknown predictor may be, and no figure where a rule cannot be told."
    )


@of_card
def users(card: Card) -> str | None:
    return "Shown to everyone." if card.audience == "everyone" else "Shown to sarcoma teams only."


@of_card
def dev_population(card: Card) -> str | None:
    p = card.population
    centres_ = f"centres: {p.centres}" if p.centres else ""
    return "; ".join(x.rstrip(".") for x in (p.description, centres_, p.note or "") if x) + "."


@of_card
def dev_applies(card: Card) -> str | None:
    return f"The card has {len(card.applies)} rules of whom it is for; whom its makers left out is for you to look up."


@of_card
def dev_period(card: Card) -> str | None:
    return f"Period: {card.population.period}." if card.population.period else None


@of_card
def dev_assumptions(card: Card) -> str | None:
    made = [
        f"{p.label}: {p.recode.assumption}" for p in card.all_predictors if p.recode is not None and p.recode.assumption
    ]
    return f"Our assumptions on how codes correspond: {'; '.join(m.rstrip('.') for m in made)}." if made else None


@of_card
def dev_predictors(card: Card) -> str | None:
    return f"{', '.join(dict.fromkeys(p.label for p in card.all_predictors))}; {card.landmarks.note}."


@of_card
def dev_outcome(card: Card) -> str | None:
    return f"{card.outcome.event} ({card.outcome.course})."


@of_card
def dev_horizon(card: Card) -> str | None:
    about = card.outcome
    return f"{months(about.horizons_months)} months after the {about.time_zero.replace('-', ' ')}."


@of_card
def dev_events(card: Card) -> str | None:
    p = card.population
    if not p.n:
        return None
    width = len(card.all_predictors)
    each = f", {p.events / width:.0f} for each of {width} predictors" if p.events and width else ""
    return f"{p.n:,} people" + (f", {p.events:,} events{each}" if p.events else "; events not stated") + "."


@of_card
def dev_forms(card: Card) -> str | None:
    cut = [p.label for p in card.all_predictors if p.transform.cut]
    coded = [p.label for p in card.all_predictors if p.transform.coded]
    said = f"Numbers cut into intervals: {', '.join(dict.fromkeys(cut)) or 'none'}."
    return f"{said} Coded: {', '.join(dict.fromkeys(coded)) or 'none'}." if card.all_predictors else None


@of_card
def dev_missing(card: Card) -> str | None:
    told = (
        [s for s in card.fit_record.account if "missing" in s.lower() or "imput" in s.lower()]
        if card.fit_record
        else []
    )
    return " ".join(told) or None


@of_card
def dev_estimand(card: Card) -> str | None:
    return {
        "net": "Other deaths were censored: a net probability, as if no one died of anything else.",
        "crude": "Other deaths were counted as competing: a crude probability.",
        "all-cause": "Every death counts, so nothing competes.",
    }.get(card.outcome.estimand)


@of_card
def dev_internal(card: Card) -> str | None:
    found = [p for p in card.performance if p.setting == "internal validation"]
    return "; ".join(f"{p.measure} {p.value:.2f}" for p in found[:4] if p.value is not None) or None


@of_card
def dev_provenance(card: Card) -> str | None:
    return f"Provenance {card.provenance.grade}: {card.provenance.read_in}"
