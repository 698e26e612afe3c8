"""Your situation: an outlook as the page for one person shows it, in plain words."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.evidence import library
from sarcoma.outlook import Outlook, OutlookFigure, SiteOutlook
from sarcoma.outlook.answer import Answer, NearFigure
from sarcoma.outlook.figure import from_fact
from sarcoma.patient import ORGANS, Patient, field_specs
from sarcoma.web import drawn
from sarcoma.web.country import countries
from sarcoma.web.drawn import Drawing
from sarcoma.web.page import fragment, origin_mark
from sarcoma.wording import answer as words
from sarcoma.wording import language, type_profile
from sarcoma.wording import staging as stage_words
from sarcoma.wording import treatments as treatment_words
from sarcoma.wording.alive import standing
from sarcoma.wording.figures import for_everyone
from sarcoma.wording.language import _
from sarcoma.wording.names import type_name
from sarcoma.wording.outlook import note
from sarcoma.wording.record import SITUATIONS, answered

LATELY_MONTHS = 36
"""What regulators decided within this time before the evidence was last checked is called new."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the report, and what it means here."""

    term: str
    text: Markup


def view(patient: Patient, outlook: Outlook, country: str = "") -> dict[str, Any]:
    """Everything that the page of one person needs; nothing in it outlives the request."""
    metastatic = outlook.situation == "metastatic"
    sites = [s for s in outlook.sites if s.site.symptoms or s.shares or s.present]
    lang = language.current()
    return {
        "headline": SITUATIONS[outlook.situation][1],
        "metastatic": metastatic,
        "sudden": library().red_flags["anything-sudden"],
        "known": [answered(k) for k in outlook.known if not k.assumed],
        "assumed": [_taken()[k.field] for k in outlook.known if k.assumed],
        "missing": [_find_out(m.field) for m in outlook.missing if field_specs()[m.field].ask],
        "notes": [note(code) for code in outlook.notes],
        "words": _words(patient, outlook),
        "spread": answer_shown(outlook.answer_to("spread")),
        "recurrence": answer_shown(outlook.answer_to("local")),
        "left": answer_shown(outlook.answer_to("left")),
        "nodes": _facts(outlook.nodes),
        "risks": [f.key for f in outlook.risk_factors],
        "instead": list(type_profile.instead(outlook, plain=True)),
        "follow_up_here": list(type_profile.in_place_of(outlook, "follow-up-plan", "chest-imaging", plain=True)),
        "follow_up": [f.key for f in outlook.follow_up],
        "organs": [_(ORGANS[m.organ]) for m in patient.metastases or ()],
        "places": _joined(_place(s.site.id, _shown(s), s.present, lang) for s in sites),
        "map": drawn.body_map(frozenset(s.site.id for s in sites), frozenset(s.site.id for s in sites if s.present))
        if sites
        else "",
        "lately": _lately(outlook),
        "country": country,
        "countries": countries(),
        "standing": standing(outlook),
        "during": outlook.treatment_alarms,
        "of_this_type": list(treatment_words.of_this_type(outlook, plain=True)),
        "steps": [
            (
                treatment_words.step(step, plain=True),
                _joined(_treatment(t.treatment.id, country, lang) for t in outlook.treatments if t.step == step),
            )
            for step in dict.fromkeys(t.step for t in outlook.treatments)
        ],
        "found": [f.key for f in outlook.treatment_facts if f.audience == "everyone"],
        "questions": _questions(tuple(q.id for q in outlook.questions), lang),
    }


def _taken() -> dict[str, str]:
    """What nothing said is taken to mean, for the fields that say what has happened."""
    return {
        "presentation": _("it is the first tumour"),
        "metastases": _("it has not spread to another part of the body"),
        "local_recurrence": _("it has not come back at the same place"),
    }


@dataclass(frozen=True, slots=True)
class FindOut:
    """What could still be found out, and why it matters."""

    label: str
    why: str


def _find_out(field: str) -> FindOut:
    spec = field_specs()[field]
    return FindOut(_(spec.label), _(spec.why or spec.help))


def _facts(figures: Iterable[OutlookFigure]) -> list[str]:
    """The facts whose plain words tell these figures, once each; only what everyone may see."""
    found: dict[str, None] = {}
    for figure in figures:
        key, _dot, name = figure.origin.partition(".")
        fact = library().facts[key]
        if figure.audience == "everyone" and for_everyone(fact) and f"{{{name}}}" in fact.plain:
            found[key] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class FigureShown:
    """One figure in its own words, with whom it is about."""

    key: str
    text: str
    whom: str


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """An answer as a person reads it: the first sentence, what it rests on, a picture, and what stands beside it."""

    headline: str
    keys: tuple[str, ...]
    whom: str
    picture: Drawing | None
    beside: tuple[FigureShown, ...]
    less_near: tuple[FigureShown, ...]

    @property
    def says_something(self) -> bool:
        return bool(self.keys or self.beside or self.less_near)


def answer_shown(answer: Answer) -> AnswerShown:
    """What everyone may see of an answer, in its order."""
    nearest = [near for near in answer.nearest if near.figure.audience == "everyone"]
    less = [near for near in answer.less_near if near.figure.audience == "everyone"]
    head = answer.headline
    keys = tuple(figure.origin for figure in head.figures)
    first = next((near for near in (*nearest, *less) if near.figure.origin in keys), None)
    whom = words.whom(first) if first is not None else ""
    if answer.all_types_together:
        whom = f"{words.all_types_together()} {whom}"
    return AnswerShown(
        words.headline(answer, plain=True),
        keys,
        whom,
        drawn.answer(head, whom),
        tuple(_figure_shown(near) for near in nearest if near.figure.origin not in keys),
        tuple(_figure_shown(near) for near in less if near.figure.origin not in keys),
    )


def _figure_shown(near: NearFigure) -> FigureShown:
    return FigureShown(near.figure.origin, words.result(near, plain=True), words.whom(near))


# What follows is the same for everyone who is shown it, so it is made once: its keys name evidence, never a person.


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _shown(shown: SiteOutlook) -> tuple[str, ...]:
    """Up to four shares of an organ that everyone may see."""
    may = (f for f in (shown.shares or shown.general_shares) if f.audience == "everyone")
    return tuple(f.origin for f in may if for_everyone(library().facts[f.origin.partition(".")[0]]))[:4]


@lru_cache(maxsize=4096)
def _place(site: str, shares: tuple[str, ...], present: bool, lang: str) -> Markup:
    place = library().sites[site]
    flags = [library().red_flags[key] for key in place.red_flags]
    return fragment("place", place, [_share(origin, lang) for origin in shares], flags, present=present)


@lru_cache(maxsize=1024)
def _treatment(key: str, country: str, _lang: str) -> Markup:
    return fragment("treatment", library().treatments[key], level=4, country=country)


@lru_cache(maxsize=512)
def _questions(keys: tuple[str, ...], _lang: str) -> Markup:
    return fragment("questions", [library().questions[key] for key in keys], tick=True)


@lru_cache(maxsize=2048)
def _share(origin: str, _lang: str) -> Markup:
    """A share of an organ in its own words, with its source."""
    fact, figure = library().figure(origin)
    shown = from_fact(fact, figure)
    whom = words.counted(shown)
    said = f"{words.in_own_words(shown)}{f' ({whom})' if whom else ''}."
    return Markup('<span class="fact" data-origin="{}">{} {}</span>').format(origin, said, origin_mark(origin))


def _words(patient: Patient, outlook: Outlook) -> list[Word]:
    """What the words of the report mean for this person."""
    words = []
    if patient.histologic_type is not None:
        kind = library().types[patient.histologic_type]
        name = Markup("{}{} {}").format(
            type_name(kind) + ". ", _(kind.plain) if kind.plain else "", origin_mark(kind.id)
        )
        words.append(Word(_("The kind"), name))
    if len(outlook.grades) == 1 and outlook.grades[0] != "X":
        grade = _(
            "Grade %(grade)s. The grade says how wild the cells look and how fast they divide. There are three: one is "
            "slow, three is fast."
        )
        words.append(Word(_("Grade"), _said(grade % {"grade": outlook.grades[0]}, "FNCLCC")))
    elif "X" in outlook.grades and outlook.grade_given:
        words.append(Word(_("Grade"), _said(_("The report could not tell the grade. Ask your team why."), "FNCLCC")))
    for staging in outlook.staging:
        if staging.reason is not None and staging.chapter != "cog-risk":
            words.append(Word(_("Stage"), _said(stage_words.reason(staging), staging.origins[0])))
        elif staging.group is not None and staging.group.as_assigned and staging.chapter != "cog-risk":
            stage = _(
                "Stage %(stage)s when it was found. The stage says how big the tumour was and whether it had spread "
                "then. It does not change later."
            )
            text = stage % {"stage": staging.group.as_assigned}
            others = ", ".join(g for g in staging.group.possible if g != staging.group.as_assigned)
            if others:
                text += " " + _("Not everything is known, so it could also be: %(stages)s.") % {"stages": others}
            words.append(Word(_("Stage"), _said(text, staging.origins[0])))
            break
    if patient.depth is not None:
        deep = _("Deep: the tumour lay in or below the muscle, or inside the body.")
        shallow = _("Just under the skin: it lay above the tough sheet that covers the muscles.")
        words.append(Word(_("Depth"), Markup.escape(deep if patient.depth == "deep" else shallow)))
    if patient.margin in ("R0", "R1", "R2"):
        meaning = {
            "R0": _("R0: no tumour was seen at the edge of what was taken out."),
            "R1": _("R1: under the microscope there was tumour at the edge."),
            "R2": _("R2: some of the tumour could be seen and could not be taken out."),
        }[patient.margin]
        words.append(Word(_("Margin"), Markup.escape(meaning)))
    if patient.nodes in ("positive", "negative"):
        yes, no = (
            _("There was sarcoma in the lymph nodes close by."),
            _("The lymph nodes close by were free of sarcoma."),
        )
        words.append(Word(_("Lymph nodes"), Markup.escape(yes if patient.nodes == "positive" else no)))
    return words


def _said(text: str, key: str) -> Markup:
    """A sentence about the record that rests on a table of the evidence."""
    return Markup('<span data-origin="{}">{}{}</span>').format(key, text, origin_mark(key))


@dataclass(frozen=True, slots=True)
class News:
    """A decision of a regulator on a treatment."""

    key: str
    date: str
    text: str


@lru_cache(maxsize=1)
def _since() -> str:
    newest = max(t.checked for t in library().treatments.values())
    return (newest - datetime.timedelta(days=round(LATELY_MONTHS * DAYS_PER_MONTH))).isoformat()


def _lately(outlook: Outlook) -> list[News]:
    """What regulators decided lately on the treatments listed, newest first."""
    found = []
    for shown in outlook.treatments:
        treatment = shown.treatment
        for approval in treatment.approvals:
            if approval.date is None or "from-memory" in approval.marks or approval.date < _since():
                continue
            said = {
                "approved": _("%(date)s: %(regulator)s approved %(name)s."),
                "accelerated": _("%(date)s: %(regulator)s approved %(name)s early, while studies go on."),
                "withdrawn": _("%(date)s: %(name)s was withdrawn (%(regulator)s)."),
                "refused": _("%(date)s: %(regulator)s did not approve %(name)s."),
                "conditional": _("%(date)s: %(regulator)s approved %(name)s early, while studies go on."),
                "under-review": _("%(date)s: %(regulator)s is looking at %(name)s. That is no approval."),
                "designation": _("%(date)s: %(regulator)s marked %(name)s for faster review. That is no approval."),
            }.get(approval.status)
            if said is None:
                continue
            who = library().regulators[approval.regulator].name
            text = said % {"date": approval.date, "regulator": who, "name": _(treatment.plain_name)}
            found.append(News(treatment.id, approval.date, text))
    return sorted(found, key=lambda n: n.date, reverse=True)
