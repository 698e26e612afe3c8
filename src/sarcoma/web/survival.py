"""Survival: what the page shows after a yes – one sentence, three ways it can go, a picture; the rest is folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sarcoma.evidence import Fact, library
from sarcoma.evidence.people import Situation
from sarcoma.outlook import ModelAnswer, Outlook, Scenario
from sarcoma.outlook.answer import Answer, Headline, NearFigure
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.candidates import SURVIVAL
from sarcoma.outlook.figure import OutlookFigure, card_sources_changed
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.resemble import Published, published
from sarcoma.web import drawn, people
from sarcoma.web.country import countries
from sarcoma.web.drawn import Drawing
from sarcoma.web.page import fact_html
from sarcoma.wording import answer as words
from sarcoma.wording import figures, language
from sarcoma.wording import survival as said
from sarcoma.wording.alive import standing
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.language import _
from sarcoma.wording.outlook import SCENARIO_LIMITS, note

NEWER_BY_YEARS = 10
"""A study whose people were treated so many years later is told beside one that is nearer."""

_BEFORE_SPREAD: tuple[Situation | None, ...] = ("localised", "recurrent")


@dataclass(frozen=True, slots=True)
class Told:
    """One figure in its own words, with its people and their years."""

    key: str
    text: str
    whom: str


@dataclass(frozen=True, slots=True)
class ModelShown:
    """One model that applies and may be shown to everyone."""

    key: str
    title: str
    pictures: tuple[Drawing, ...]
    in_words: tuple[str, ...]  # figures that may not be drawn
    curve: Drawing | None
    counted: str
    made_from: str
    whose: str
    notes: tuple[str, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioShown:
    """Three ways it can go, reckoned from a published median; `whose` as it is printed, in English."""

    key: str
    method: str
    whose: str
    worst: str
    typical: str
    best: str
    median: str


def view(outlook: Outlook, country: str = "") -> dict[str, Any]:
    """Everything that the survival page of one person needs."""
    given = outlook.answer_to("survival")
    metastatic = outlook.situation == "metastatic"
    near = [n for n in given.nearest if _may(n, metastatic=metastatic)]
    less = [n for n in given.less_near if _may(n, metastatic=metastatic)]
    heads = tuple(figure.origin for figure in given.headline.figures)
    first = next((n for n in (*near, *less) if n.figure.origin in heads), None)
    newest = _newest((*near, *less), first)
    whom = _whom(first) if first is not None else ""
    scenarios = _in_order(outlook, (*near, *less))
    of_models = [
        m for m in outlook.models
        if m.status == "applies" and m.card.outcome.about_survival and m.card.audience == "everyone"
    ]  # fmt: skip
    at_start = () if metastatic else outlook.models_at_start
    top = {*heads, *(n.figure.origin for n in newest)}
    facts = _facts(outlook, metastatic=metastatic)
    return {
        "sentence": said.first_sentence(given),
        "keys": heads,
        "whom": whom,
        "all_types": words.all_types_together() if given.all_types_together and heads else "",
        "picture": _picture(given),
        "newest": [_told(n) for n in newest],
        "notes": [note(code) for code in outlook.notes],
        "asks": given.headline.kind == "spread-not-known",
        "ways": _scenario(scenarios[0]) if scenarios else None,
        "other_ways": [_scenario(s) for s in scenarios[1:]],
        "limits": [_(text) for text in SCENARIO_LIMITS] if scenarios else [],
        "beside": [_told(n) for n in near if n.figure.origin not in top],
        "less_near": [_told(n) for n in less if n.figure.origin not in top],
        "models": [_model(m) for m in of_models],
        "start_models": [
            _model(m) for m in at_start if m.card.outcome.about_survival and m.card.audience == "everyone"
        ],
        "facts": facts,
        "longterm": _shown_facts(
            key for key in (_long_lived(outlook) if metastatic else ("I17",))
            if key not in facts and not (metastatic and _tells_before_spread(key))
        ),
        "people": people.folded(country),
        "country": country,
        "countries": countries(),
        "standing": standing(outlook),
    }  # fmt: skip


# -- which figures


def _may(near: NearFigure, *, metastatic: bool) -> bool:
    """Whether everyone may see a figure, and no cohort without spread is told to someone with it."""
    if near.figure.audience != "everyone":
        return False
    return not (metastatic and _published(near.figure.origin).people.situation in _BEFORE_SPREAD)


@lru_cache(maxsize=4096)
def _published(origin: str) -> Published:
    return next(one for one in published(origin.partition(".")[0]) if one.shown.origin == origin)


def _last_year(figure: OutlookFigure) -> int | None:
    """The last year in which people of a figure were found or treated, where it was printed."""
    year = _published(figure.origin).people.period_end
    if year is None and (printed := re.fullmatch(r"\d{4}\D+(\d{4})", figure.period or "")):
        year = int(printed[1])
    return year


def _newest(placed: Sequence[NearFigure], first: NearFigure | None) -> list[NearFigure]:
    """The figures of the newest study that may head an answer, if it is much newer than the one that does."""
    if first is None:
        return []
    dated = [(year, n) for n in placed if n.may_head and (year := _last_year(n.figure)) is not None]
    if not dated:
        return []
    year, newest = max(dated, key=lambda pair: pair[0])
    head = _last_year(first.figure)
    if head is not None and year < head + NEWER_BY_YEARS:
        return []
    key = _fact(newest.figure.origin)
    if key == _fact(first.figure.origin):
        return []
    same = [
        n for n in placed if n.may_head and _fact(n.figure.origin) == key and n.figure.period == newest.figure.period
    ]
    return sorted(same, key=lambda n: n.figure.horizon_months or 0.0)


def _in_order(outlook: Outlook, placed: Sequence[NearFigure]) -> list[Scenario]:
    """Scenarios from the nearest cohort on, of equals the newest first."""
    rank = {n.figure.origin: n.placed_because != "nearest" for n in placed}
    found = [s for s in outlook.scenarios if s.median.audience == "everyone" and s.median.origin in rank]
    return sorted(found, key=lambda s: (rank[s.median.origin], -(_last_year(s.median) or 0)))


def _facts(outlook: Outlook, *, metastatic: bool) -> list[str]:
    """The studies in more words: facts that tell only figures of people like this one."""
    origins = (
        f.origin
        for f in (*outlook.baselines, *outlook.type_survival, *outlook.stage_survival)
        if f.audience == "everyone"
    )
    keys = [key for key in _once(map(_fact, origins)) if not (metastatic and _tells_before_spread(key))]
    return _shown_facts(_of_these_people(keys, outlook.answer_to("survival")))


def _of_these_people(keys: Iterable[str], given: Answer) -> list[str]:
    """Facts whose words tell only figures of people like this one; those of the others stand in the answer."""
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


def _shown_facts(keys: Iterable[str]) -> list[str]:
    """The facts that have something to show, so that no heading stands above nothing."""
    return [key for key in keys if fact_html(key) is not None]


@lru_cache(maxsize=1024)
def _tells_before_spread(key: str) -> bool:
    """Whether the words of a fact tell how long people lived who had no spread."""
    return any(
        one.people.situation in _BEFORE_SPREAD
        for one in published(key)
        if one.figure.about_survival and f"{{{one.figure.id}}}" in one.fact.plain
    )


def _number(figure: OutlookFigure) -> tuple[object, ...]:
    """What makes a figure the same where two facts tell of one result."""
    return (figure.value, figure.low, figure.high, figure.unit, figure.horizon_months)


def _long_lived(outlook: Outlook) -> tuple[str, ...]:
    """Facts on people who live long, that no newer one has replaced and the type does not withhold."""
    gate = Gate(outlook.profiles)
    return tuple(f.key for f in _of_long_lived() if not gate.against_fact(f))


@cache
def _of_long_lived() -> tuple[Fact, ...]:
    return tuple(f for f in library().find_facts(topic="long-term-survival") if not f.superseded_by)


def _fact(origin: str) -> str:
    return origin.partition(".")[0]


def _once(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))


# -- how each is shown


def _whom(near: NearFigure) -> str:
    """Who was counted and when; that the years were not seen is said too."""
    text = words.whom(near)
    unseen = _("The years were not seen.")
    return text if near.figure.period else f"{text} {unseen}".strip()


def _told(near: NearFigure) -> Told:
    return Told(near.figure.origin, _result(near.figure, language.manner()), _whom(near))


@lru_cache(maxsize=4096)
def _result(figure: OutlookFigure, _lang: str) -> str:
    """A published figure in its own words: the same for everyone who is told it."""
    return words.told(Headline("figure", (figure,)), plain=True)


def _picture(given: Answer) -> Drawing | None:
    """The nearest answer as 100 people; the halves of a median are drawn too."""
    first = given.headline.figures[0] if given.headline.figures else None
    if first is None or first.audience != "everyone":
        return None
    if given.headline.kind == "figure":
        return _drawn(first, language.manner())
    time = figures.horizon(first.horizon_months, plain=True)
    return drawn.answer(given.headline, _caption(time))


@lru_cache(maxsize=1024)
def _drawn(figure: OutlookFigure, _lang: str) -> Drawing | None:
    """A published figure as 100 people: the same for everyone who is shown it."""
    if figure.measure == "median-overall-survival":
        return drawn.median(figure, _caption(figures.quantity(figure, plain=True)))
    time = figures.horizon(figure.horizon_months, plain=True)
    return drawn.answer(Headline("figure", (figure,)), _caption(time))


def _caption(time: str) -> str:
    told = _("The nearest study as 100 people, after %(time)s") if time else _("The nearest study as 100 people")
    return told % {"time": time}


def _model(answer: ModelAnswer) -> ModelShown:
    card = answer.card
    shares = [f for f in answer.figures if f.unit == "percent"]
    pictures = tuple(drawn.hundred(f, card) for f in shares if f.may_be_drawn)
    all_drawn = len(pictures) == len(shares)
    counted = figures.estimand(card.outcome, plain=True)
    notes = [f"{text[:1].upper()}{text[1:]}." for text in (card.interval_note and _(card.interval_note),) if text]
    if answer.ranged_over:
        notes.append(_("It is a range, because not everything is known."))
    changed = figures.changed_sources(card_sources_changed(card))
    people_made = card.population
    return ModelShown(
        card.id,
        _(card.plain),
        pictures,
        tuple(_in_words(answer, f) for f in shares if not f.may_be_drawn),
        drawn.course(answer.course, card) if answer.course is not None and all_drawn else None,
        f"{counted[:1].upper()}{counted[1:]}." if counted else "",
        _("Made from %(n)s people:") % {"n": figures.number(people_made.n)} if people_made.n else _("Made from:"),
        "; ".join(part for part in (people_made.description, people_made.period) if part),
        tuple(notes),
        (
            *(f"{text[:1].upper()}{text[1:]}." for text in changed),
            *(() if tested_elsewhere(card) else (_(NOT_TESTED),)),
            *(_(text) for text in answer.plain_cautions),
        ),
    )


def _in_words(answer: ModelAnswer, figure: OutlookFigure) -> str:
    """A figure that may not be drawn."""
    outcome = answer.card.outcome
    time = figures.horizon(figure.horizon_months, plain=True)
    number = figures.quantity(figure, plain=True)
    if outcome.endpoint == "death" and not outcome.of_event:
        return _("%(people)s people are alive%(later)s.") % {
            "people": number,
            "later": _(" %(time)s later") % {"time": time} if time else "",
        }
    within = _(" within %(time)s") % {"time": time} if time else ""
    event = _(outcome.plain_event)
    if not outcome.of_event:
        event = _("do not %(event)s") % {"event": event}
    return _("%(people)s people %(event)s%(within)s.") % {"people": number, "event": event, "within": within}


def _scenario(scenario: Scenario) -> ScenarioShown:
    median = scenario.median
    whose = "; ".join(p for p in (median.population or median.what, median.group, median.period) if p)
    worst, typical, best = said.ways(scenario, plain=True)
    return ScenarioShown(
        key=median.origin,
        method=scenario.method,
        whose=f"{whose[0].upper()}{whose[1:]}",
        worst=worst,
        typical=typical,
        best=best,
        median=figures.quantity(median, plain=True),
    )
