"""The parts of a card one by one: rules, citation, units, levels, what readers need."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import numpy as np

from sarcoma.errors import CardError, EvidenceError
from sarcoma.evidence import library
from sarcoma.models.card import Card
from sarcoma.models.catalogue import cards, check_rules
from sarcoma.models.finding import Finding
from sarcoma.patient import Records, field_specs

_LIFETIME = 600  # months; a horizon beyond is in another unit
_SHARES = ("auc", "concordance", "brier", "c-index")
_ESCAPED = re.compile(r"\\(e|a|b|0|x[01][0-9a-fA-F]|u00[01][0-9a-fA-F]|u20[0-6][0-9a-fA-F])")
_NOTHING_COMPETES = ("death", "recurrence-or-death")
_SAYS_SO = {
    "histologic_type": {"behaviour", "histologic_type"},
    "metastatic": {"metastatic", "metastatic_at_diagnosis"},
}


def check_applies(card: Card) -> Iterator[Finding]:
    try:
        check_rules(card)
    except EvidenceError as error:
        yield Finding("error", "applies", str(error))
    for p in card.all_predictors:
        try:
            p.column(Records(()))
        except (KeyError, CardError):
            known = p.field in field_specs() and p.grouping in {None, *library().groupings}
            why = (
                "its transform does not go with the field"
                if known
                else "there is no such field, or no such grouping, in the Patient record"
            )
            yield Finding("error", f"predictors.{p.name}", why, "see: sarcoma schema")
    names = [p.name for p in card.form.scored]
    for name in dict.fromkeys(n for n in names if names.count(n) > 1):
        yield Finding("error", f"predictors.{name}", "it stands there twice, so it counts twice")
    fields = {name for c in card.applies for name in c.fields}
    if not card.applies:
        yield Finding("error", "applies", "nothing says whom the model is for", "name at least the ages and tumours")
    for field, what in (("age", "ages"), ("histologic_type", "tumours"), ("metastatic", "spread")):
        near = _SAYS_SO.get(field, {field})
        if card.applies and not fields & near and not any(p.field in near for p in card.all_predictors):
            yield Finding("warning", "applies", f"no rule names the {what} that the model was made for")


def check_citation(card: Card) -> Iterator[Finding]:
    known = {*library().sources, *([card.source.key] if card.source is not None else [])}
    for where, key in (("citation", card.citation), *(("performance", p.source) for p in card.performance)):
        if key not in known:
            yield Finding(
                "error", where, f"the source {key} is not in the library", "give it under `source:` with the same key"
            )
    if card.parent is not None and card.parent not in cards():
        yield Finding("note", "parent", f"the parent {card.parent} is not among the cards shipped here")
    if card.id in cards() and card != cards()[card.id]:
        yield Finding("error", "id", "a shipped card has this id already", "give it an id of its own")


def check_units(card: Card) -> Iterator[Finding]:
    horizons = [h for h in card.outcome.horizons_months if h]
    if horizons and max(horizons) <= 15 and all(h == round(h) for h in horizons):
        yield Finding("warning", "outcome.horizons_months", "the horizons look like years", "5 years are 60 months")
    if horizons and max(horizons) > _LIFETIME:
        yield Finding("error", "outcome.horizons_months", "the horizons look like days", "5 years are 60 months")
    if horizons and max(horizons) > card.outcome.horizon_limit_months:
        yield Finding("error", "outcome.horizons_months", "a horizon lies beyond `horizon_limit_months`")
    for p in card.all_predictors:
        if p.transform.coded or (spec := field_specs().get(p.field)) is None:
            continue
        unit = f" {spec.unit}" if spec.unit else ""
        if p.range is None and p.transform.cut:
            continue  # its outermost intervals are open
        if p.range is None:
            yield Finding(
                "warning", f"predictors.{p.name}", "no `range`: the model would be used for any value",
                "give the least and the greatest value of the people it was made from",
            )  # fmt: skip
        elif (spec.low is not None and p.range[0] < spec.low) or (spec.high is not None and p.range[1] > spec.high):
            yield Finding(
                "warning", f"predictors.{p.name}", f"its range leaves that of the field, {spec.range_text()}",
                f"is it in{unit or ' the unit of the field'}?",
            )  # fmt: skip
        low, high = p.range or (spec.low or 0.0, spec.high or np.inf)
        outside = [k for k in p.transform.turning_points if not low <= k <= high * (1 + 1e-9)]
        if outside:
            yield Finding(
                "warning", f"predictors.{p.name}", f"{len(outside)} of its knots or cuts lie outside its range",
                f"is the transform in{unit or ' the unit of the field'}?",
            )  # fmt: skip


def check_estimand(card: Card) -> Iterator[Finding]:
    """All-cause where no other death can come first, and nowhere else."""
    about = card.outcome
    if about.endpoint is None or about.estimand == "not-applicable":
        return
    if (about.endpoint in _NOTHING_COMPETES) != (about.estimand == "all-cause"):
        fits = "all-cause" if about.endpoint in _NOTHING_COMPETES else "crude or net"
        yield Finding("error", "outcome.estimand", f"of the end point {about.endpoint} it must be {fits}")


def check_levels(card: Card) -> Iterator[Finding]:
    for p in card.all_predictors:
        if not p.transform.coded or p.field not in field_specs():
            continue
        if not any(value == 0 for value in p.transform.by_level.values()):
            yield Finding("note", f"predictors.{p.name}", "no level has the coefficient 0, so no reference is seen")
        codes = list(field_specs()[p.field].code_list())
        if p.grouping or not codes:
            continue
        without = [c for c in codes if p.level(c) not in p.transform.by_level]
        if without:
            yield Finding("note", f"predictors.{p.name}", f"the model says nothing of: {', '.join(without[:12])}")


def check_performance(card: Card) -> Iterator[Finding]:
    """Figures that cannot be: outside of their own interval, or of what the measure can be."""
    for number, p in enumerate(card.performance, 1):
        known = [v for v in (p.low, p.value, p.high) if v is not None]
        if not known:
            yield Finding("error", f"performance.{number}", "no figure: give `value`, or `low` and `high`")
        elif known != sorted(known):
            yield Finding("error", f"performance.{number}", "the value lies outside of its interval")
        elif p.measure.lower().startswith(_SHARES) and not 0 <= known[0] <= known[-1] <= 1:
            yield Finding("error", f"performance.{number}", "this measure lies between 0 and 1, as in 0.72")


def hidden_characters(text: str) -> int | None:
    """The first line with a control or direction character, written out or escaped; None where there is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if _ESCAPED.search(line) or any(unicodedata.category(c) in ("Cc", "Cf") and c not in "\t\r" for c in line):
            return number
    return None


def check_readers(card: Card) -> Iterator[Finding]:
    if card.outcome.endpoint is None:
        yield Finding(
            "warning", "outcome.endpoint", "nothing says which event of a cohort this is, so it cannot be validated",
            "for example: endpoint: death",
        )  # fmt: skip
    if not card.performance:
        yield Finding("warning", "performance", "nothing says how well the model did")
    elif not any(p.setting == "external validation" for p in card.performance):
        yield Finding("note", "performance", "no external validation is stated")
    if card.audience == "everyone" and card.personal and card.outcome.about_survival:
        yield Finding("note", "audience", "one person's survival figures would be shown to everyone; is that meant?")
    if card.provenance.grade in ("C", "D"):
        yield Finding("note", "provenance", f"grade {card.provenance.grade}: readers are told that it is not checked")
    if not card.licence_note:
        yield Finding("note", "licence_note", "nothing says under what terms the model may be used")
    if card.population.n is None or card.population.events is None:
        yield Finding("note", "population", "the number of people or of events is not stated")
