"""Survival: what the page shows after a yes – pictures of 100 people, scenarios, studies side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from sarcoma.evidence import Organisation, library
from sarcoma.outlook import ModelAnswer, Outlook, Scenario
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.candidates import SURVIVAL
from sarcoma.outlook.figure import OutlookFigure, card_sources_changed
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.resemble import published
from sarcoma.report.models import outcome_at
from sarcoma.web import drawn
from sarcoma.web.drawn import Drawing
from sarcoma.web.page import fragment
from sarcoma.web.situation import answer_shown
from sarcoma.wording import figures
from sarcoma.wording.alive import standing
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.outlook import SCENARIO_LIMITS, note


@dataclass(frozen=True, slots=True)
class ModelShown:
    """One model that applies and may be shown to everyone."""

    key: str
    title: str
    pictures: tuple[Drawing, ...]
    in_words: tuple[str, ...]  # figures that may not be drawn
    curve: Drawing | None
    whose: str
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioShown:
    """Three ways it can go, reckoned from a published median."""

    key: str
    method: str
    whose: str
    worst: str
    typical: str
    best: str
    median: str


def view(outlook: Outlook) -> dict[str, Any]:
    """Everything that the survival page of one person needs."""
    about = [
        m for m in outlook.models
        if m.status == "applies" and m.card.outcome.about_survival and m.card.audience == "everyone"
    ]  # fmt: skip
    scenarios = [s for s in outlook.scenarios if s.median.audience == "everyone"]
    baselines = [f.origin.partition(".")[0] for f in outlook.baselines if f.audience == "everyone"]
    by_type = [f.origin.partition(".")[0] for f in outlook.type_survival if f.audience == "everyone"]
    by_stage = [f.origin.partition(".")[0] for f in outlook.stage_survival if f.audience == "everyone"]
    differ = "The studies looked at different people at different times, so their numbers differ."
    metastatic = outlook.situation == "metastatic"
    return {
        "notes": [note(code) for code in outlook.notes],
        "metastatic": metastatic,
        "answer": answer_shown(outlook.answer_to("survival")),
        "models": [_model(m) for m in about],
        "start_models": [
            _model(m)
            for m in outlook.models_at_start
            if m.card.outcome.about_survival and m.card.audience == "everyone"
        ],
        "scenarios": [_scenario(s) for s in scenarios],
        "limits": SCENARIO_LIMITS if scenarios else (),
        "groups": [
            ("After it has spread: studies side by side", differ, _of_these_people(_once(baselines), outlook)),
            ("Your kind of sarcoma", differ, _of_these_people(_once(by_type, baselines), outlook)),
            ("By stage when it was found, all kinds together", differ, _of_these_people(_once(by_stage), outlook)),
        ],
        "longterm": _once(_long_lived(outlook), [*baselines, *by_type]) if metastatic else ["I17"],
        "people": _people(),
        "standing": standing(outlook),
    }


def _of_these_people(keys: list[str], outlook: Outlook) -> list[str]:
    """Facts whose words tell only figures of people like this one; those of the others stand in the answer."""
    given = outlook.answer_to("survival")
    told = {_number(n.figure) for n in (*given.nearest, *given.less_near)}
    return [
        key
        for key in keys
        if all(
            _number(one.shown) in told
            for one in published(key)
            if one.figure.measure in SURVIVAL and f"{{{one.figure.id}}}" in one.fact.plain
        )
    ]


def _number(figure: OutlookFigure) -> tuple[object, ...]:
    """What makes a figure the same where two facts tell of one result."""
    return (figure.value, figure.low, figure.high, figure.unit, figure.horizon_months)


def _long_lived(outlook: Outlook) -> tuple[str, ...]:
    """Facts on people who live long, that no newer one has replaced and the type does not withhold."""
    gate = Gate(outlook.profiles)
    found = library().find_facts(topic="long-term-survival")
    return tuple(f.key for f in found if not f.superseded_by and not gate.against_fact(f))


@cache
def _people() -> Markup:
    """People to talk to, folded by country; the page is in English only."""
    return fragment("organisations", people_by_country())


def _once(keys: Iterable[str], shown: Sequence[str] = ()) -> list[str]:
    return [key for key in dict.fromkeys(keys) if key not in shown]


def _model(answer: ModelAnswer) -> ModelShown:
    card = answer.card
    shares = [f for f in answer.figures if f.unit == "percent"]
    pictures = tuple(drawn.hundred(f, card) for f in shares if f.may_be_drawn)
    changed = figures.changed_sources(card_sources_changed(card))
    in_words = tuple(f"{outcome_at(card, f)}: {figures.quantity(f, plain=True)}" for f in shares if not f.may_be_drawn)
    all_drawn = len(pictures) == len(shares)
    whose = [figures.estimand(card.outcome, plain=True)]
    made = f"{card.population.n:,} {card.population.description}" if card.population.n else card.population.description
    whose += [f"made from {made}", card.population.period or "", card.interval_note]
    if answer.ranged_over:
        whose.append("it is a range, because not everything is known")
    text = "; ".join(w for w in whose if w)
    return ModelShown(
        card.id,
        card.plain,
        pictures,
        in_words,
        drawn.course(answer.course, card) if answer.course is not None and all_drawn else None,
        f"{text[0].upper()}{text[1:]}.",
        (
            *(f"{said[:1].upper()}{said[1:]}." for said in changed),
            *(() if tested_elsewhere(card) else (NOT_TESTED,)),
            *answer.plain_cautions,
        ),
    )


def _scenario(scenario: Scenario) -> ScenarioShown:
    median = scenario.median
    whose = "; ".join(p for p in (median.population or median.what, median.group, median.period) if p)
    low, high = figures.whole(scenario.typical_from), figures.whole(scenario.typical_to)
    return ScenarioShown(
        key=median.origin,
        method=scenario.method,
        whose=f"{whose[0].upper()}{whose[1:]}",
        worst=f"{figures.whole(scenario.worst_at_most)} months or less",
        typical=f"{low} to {high} months",
        best=f"{figures.whole(scenario.best_at_least)} months or more",
        median=figures.quantity(median, plain=True),
    )


def people_by_country() -> list[tuple[str, list[Organisation]]]:
    """People to talk to, by country."""
    found: dict[str, list[Organisation]] = {}
    for organisation in library().organisations.values():
        found.setdefault(organisation.country, []).append(organisation)
    return list(found.items())
