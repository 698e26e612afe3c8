"""Your situation: an outlook as the page for one person shows it, in plain words."""

from __future__ import annotations

import datetime
import re
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
from sarcoma.outlook.first import EMERGENCY_FOR_ALL, first_alarms, first_questions
from sarcoma.outlook.outlook import Note
from sarcoma.outlook.treatments import Step
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
    """Everything that the page of one person needs, in its order; nothing in it outlives the request."""
    metastatic = outlook.situation == "metastatic"
    sites = [s for s in outlook.sites if s.site.symptoms or s.shares or s.present]
    lang = language.manner()
    spread, recurrence = (answer_shown(outlook.answer_to(question), flat=True) for question in ("spread", "local"))
    shown = first_alarms(outlook, _ALARMS)
    alarms = tuple(dict.fromkeys(f.id for f in (*outlook.red_flags, *outlook.treatment_alarms)))
    told = frozenset(alarms)
    asked = tuple(q.id for q in first_questions(outlook))
    opening = Opening(
        _have(patient, outlook), _means(patient, outlook, spread, recurrence), _comes_next(patient, outlook)
    )
    return {
        "opening": opening,
        "metastatic": metastatic,
        "picture": _picture(outlook, spread, recurrence),
        "map": drawn.body_map(frozenset(s.site.id for s in sites), frozenset(s.site.id for s in sites if s.present))
        if sites
        else "",
        "notes": [note(code) for code in outlook.notes if code not in _ABOUT_SURVIVAL],
        "standing": standing(outlook),
        "alarms": _alarms(tuple(f.id for f in shown), lang),
        "all_alarms": _all_alarms(alarms, lang),
        "of_this_type": [
            said
            for said in treatment_words.of_this_type(outlook, plain=True)
            if said[0] not in {sentence.text for sentence in opening.comes_next}
        ],
        "way_of_treatment": _path(patient, outlook, country, lang),
        "first_questions": _ticks(asked, lang),
        "more_questions": _questions(tuple(q.id for q in outlook.questions if q.id not in asked), lang),
        "words": _words(patient, outlook),
        "spread": spread,
        "recurrence": recurrence,
        "left": answer_shown(outlook.answer_to("left")),
        "nodes": _facts(outlook.nodes),
        "risks": [f.key for f in outlook.risk_factors],
        "instead": list(type_profile.instead(outlook, plain=True)),
        "follow_up_here": list(type_profile.in_place_of(outlook, "follow-up-plan", "chest-imaging", plain=True)),
        "follow_up": [f.key for f in outlook.follow_up],
        "places": _joined(_place(s.site.id, _shown(s), s.present, told, lang) for s in sites),
        "found": [f.key for f in outlook.treatment_facts if f.audience == "everyone"],
        "lately": _lately(outlook),
        "country": country,
        "countries": countries(),
        "missing": [_find_out(m.field) for m in outlook.missing if field_specs()[m.field].ask],
        "known": [answered(k) for k in outlook.known if not k.assumed],
        "assumed": [_taken()[k.field] for k in outlook.known if k.assumed],
    }


# -- what stands on the first screen


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the keys that it rests on; without one it repeats what the person said."""

    text: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """What the person has, what it means, what comes next: a few sentences each."""

    have: tuple[Sentence, ...]
    means: tuple[Sentence, ...]
    comes_next: tuple[Sentence, ...]


_ALARMS = 4
"""So many alarms stand open; all of them are one step away."""

_ABOUT_SURVIVAL: tuple[Note, ...] = ("late-after-metastasis",)
"""What is to be borne in mind with figures of survival, which nobody has asked for here."""

_NAMED_FIRST = ("site", "size_cm", "grade")


def _have(patient: Patient, outlook: Outlook) -> tuple[Sentence, ...]:
    """The kind and the few facts that matter most, as they were told."""
    told = {k.field: k for k in outlook.known if not k.assumed}
    facts = ", ".join(_lower_first(answered(told[name]).value) for name in _NAMED_FIRST if name in told)
    if patient.histologic_type is None:
        text = _("A soft tissue sarcoma. Which kind it is, is not known yet.")
        return (Sentence(f"{text} {facts[:1].upper()}{facts[1:]}." if facts else text),)
    kind = library().types[patient.histologic_type]
    name = type_name(kind)
    named = Sentence(f"{name}: {facts}." if facts else f"{name}.")
    return (named, Sentence(_(kind.plain), (kind.id,))) if kind.plain else (named,)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _means(patient: Patient, outlook: Outlook, spread: AnswerShown, recurrence: AnswerShown) -> tuple[Sentence, ...]:
    """The situation, and the nearest answer to the question that is open in it."""
    situation = Sentence(_(SITUATIONS[outlook.situation][1]))
    if outlook.situation == "metastatic":
        organs = ", ".join(dict.fromkeys(_(ORGANS[m.organ]) for m in patient.metastases or () if m.organ != "unknown"))
        where = (Sentence(_("It was found in: %(organs)s.") % {"organs": organs}),) if organs else ()
        return (situation, *where)
    if outlook.situation == "not known":
        return (situation, Sentence(_("Without that, no number fits you yet.")))
    said = [situation]
    if outlook.answer_to("spread").headline.kind not in ("nothing-near", "general-figures-would-mislead"):
        said.append(_found(spread))
    else:
        said.append(Sentence(_("How often it spreads in people like you was not found.")))
    if not spread.keys:
        said += [Sentence(text, (key,)) for text, key in type_profile.instead(outlook, plain=True)]
        if recurrence.keys:
            said.append(_found(recurrence))
    return tuple(said)


def _found(answer: AnswerShown) -> Sentence:
    """A headline; one with figures is of other people, and says so."""
    text = _("Studies of others found: %(said)s") % {"said": answer.headline} if answer.keys else answer.headline
    return Sentence(text, answer.keys)


def _comes_next(patient: Patient, outlook: Outlook) -> tuple[Sentence, ...]:
    """The next step of the way; a type that has a way of its own says so."""
    own = [Sentence(text, (key,)) for text, key in treatment_words.own_plan(outlook)]
    if outlook.situation == "not known":
        return (Sentence(_("Ask your team whether it has spread, or which scan would show it. Then come back here.")),)
    if outlook.situation == "metastatic":
        return (*own, Sentence(_("Treatment now looks at the whole body, and at how you feel.")))
    if own:
        return tuple(own)
    if outlook.situation == "recurrent":
        return (Sentence(_("Your team looks with you at what can be done about the tumour that came back.")),)
    if patient.surgery == "resected":
        return (Sentence(_("The tumour was taken out. Next come check-ups, and for some people more treatment.")),)
    return (Sentence(_("First comes the tumour itself. Your team plans with you what is done about it.")),)


@dataclass(frozen=True, slots=True)
class MainPicture:
    """The one picture of the nearest answer, and what it is about."""

    title: str
    drawing: Drawing
    whom: str


def _picture(outlook: Outlook, spread: AnswerShown, recurrence: AnswerShown) -> MainPicture | None:
    """Of spread; where there is none, of coming back at the same place."""
    if outlook.situation in ("metastatic", "not known"):
        return None
    for title, answer in ((_("May it spread?"), spread), (_("May it come back at the same place?"), recurrence)):
        if answer.picture is not None:
            return MainPicture(title, answer.picture, answer.whom)
    return None


@lru_cache(maxsize=256)
def _alarms(keys: tuple[str, ...], _lang: str) -> Markup:
    return fragment("alarm_card", [library().red_flags[key] for key in keys], library().red_flags[EMERGENCY_FOR_ALL])


@lru_cache(maxsize=512)
def _all_alarms(keys: tuple[str, ...], _lang: str) -> Markup:
    return fragment("alarm_list", [library().red_flags[key] for key in keys])


# -- the way of treatment


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step: its treatments by name and in full, or what is said in their place. `key` is what the text rests on."""

    title: str
    text: str = ""
    key: str = ""
    chapter: bool = False
    named: str = ""
    treatments: Markup | None = None


_NAMED = 2
"""So many treatments of a step are named at once."""

_IN_BRACKETS = re.compile(r" \([^()]*\)")
"""Of which sort a treatment is stands with the treatment itself."""


def _path(patient: Patient, outlook: Outlook, country: str, lang: str) -> list[PathStep]:
    """The steps with a treatment for this person, and for one without spread what would be done later."""
    steps = {
        step: _path_step(step, outlook, country, lang) for step in dict.fromkeys(t.step for t in outlook.treatments)
    }
    if outlook.situation == "metastatic":
        return list(steps.values())
    tumour = steps.pop("tumour", None)
    title = treatment_words.step("tumour", plain=True)
    if tumour is None and patient.surgery == "resected":
        tumour = PathStep(title, _("You told us that it was taken out."))
    later = (
        _("If it comes back")
        if outlook.answer_to("spread").headline.kind == "does-not-spread"
        else _("If it comes back or spreads")
    )
    returned = PathStep(later, _("There are treatments for that too."), chapter=True)
    comfort = PathStep(
        treatment_words.step("comfort", plain=True),
        _("Help with pain and worry goes next to all treatment. You can ask early."),
        "palliative-care",
    )
    end = [] if "comfort" in steps else [comfort]
    return [step for step in (tumour, *steps.values(), returned, *end) if step is not None]


def _path_step(step: Step, outlook: Outlook, country: str, lang: str) -> PathStep:
    found = [t.treatment for t in outlook.treatments if t.step == step]
    in_use = [t for t in found if not t.no_longer_available] or found
    names = [_IN_BRACKETS.sub("", _(t.plain_name)) for t in in_use]
    named = "; ".join(names[:_NAMED])
    if len(found) > _NAMED:
        named = _("%(names)s; and others") % {"names": named}
    return PathStep(
        treatment_words.step(step, plain=True),
        named=named[:1].upper() + named[1:],
        treatments=_joined(
            (_treatment if country or place < _TOLD_WHOLE else _treatment_in_short)(t.id, country, lang)
            for place, t in enumerate(found)
        ),
    )


# -- what stands behind a fold


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


def _facts(figures: Iterable[OutlookFigure]) -> tuple[str, ...]:
    """The facts whose plain words tell these figures, once each; only what everyone may see."""
    return _facts_of(tuple(figure.origin for figure in figures if figure.audience == "everyone"))


@lru_cache(maxsize=2048)
def _facts_of(origins: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for origin in origins:
        key, _dot, name = origin.partition(".")
        fact = library().facts[key]
        if for_everyone(fact) and f"{{{name}}}" in fact.plain:
            found[key] = None
    return tuple(found)


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


def answer_shown(answer: Answer, *, flat: bool = False) -> AnswerShown:
    """What everyone may see of an answer, in its order."""
    nearest = [near for near in answer.nearest if near.figure.audience == "everyone"]
    less = [near for near in answer.less_near if near.figure.audience == "everyone"]
    head = answer.headline
    keys = tuple(figure.origin for figure in head.figures)
    first = next((near for near in (*nearest, *less) if near.figure.origin in keys), None)
    whom = words.whom(first) if first is not None else ""
    if head.kind == "range":
        whom = _("Studies differ. Each mark is one of them.")
    if answer.all_types_together:
        whom = f"{words.all_types_together()} {whom}"
    return AnswerShown(
        words.headline(answer, plain=True),
        keys,
        whom,
        drawn.answer(head, whom, flat=flat),
        tuple(_figure_shown(near) for near in nearest if head.kind == "range" or near.figure.origin not in keys),
        tuple(_figure_shown(near) for near in less if near.figure.origin not in keys),
    )


def _figure_shown(near: NearFigure) -> FigureShown:
    return _figure_in_words(near, language.manner())


@lru_cache(maxsize=8192)
def _figure_in_words(near: NearFigure, _lang: str) -> FigureShown:
    """A published figure and in what its people are alike: it holds no value of a person."""
    return FigureShown(near.figure.origin, words.result(near, plain=True), words.whom(near))


# What follows is the same for everyone who is shown it, so it is made once: its keys name evidence, never a person.


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _shown(shown: SiteOutlook) -> tuple[str, ...]:
    """Up to four shares of an organ that everyone may see."""
    return _four(tuple(f.origin for f in (shown.shares or shown.general_shares) if f.audience == "everyone"))


@lru_cache(maxsize=2048)
def _four(origins: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in origins if for_everyone(library().facts[key.partition(".")[0]]))[:4]


@lru_cache(maxsize=4096)
def _place(site: str, shares: tuple[str, ...], present: bool, told: frozenset[str], lang: str) -> Markup:
    """An organ with its signs; alarms that the page tells above (`told`) are named only."""
    place = library().sites[site]
    flags = [library().red_flags[key] for key in place.red_flags]
    return fragment(
        "place",
        place,
        [_share(origin, lang) for origin in shares],
        [flag for flag in flags if flag.id not in told],
        present=present,
        told_above=[flag for flag in flags if flag.id in told],
    )


_TOLD_WHOLE = 2
"""So many treatments of a step are told here; how the others feel, the same for everyone, stands in the chapter."""


@lru_cache(maxsize=512)
def _treatment_in_short(key: str, _country: str, _lang: str) -> Markup:
    return fragment("treatment_in_short", library().treatments[key])


@lru_cache(maxsize=1024)
def _treatment(key: str, country: str, _lang: str) -> Markup:
    return fragment("treatment_fold", library().treatments[key], country=country)


@lru_cache(maxsize=512)
def _questions(keys: tuple[str, ...], _lang: str) -> Markup:
    return fragment("questions", [library().questions[key] for key in keys], tick=True)


@lru_cache(maxsize=512)
def _ticks(keys: tuple[str, ...], _lang: str) -> Markup:
    return fragment("ticks", [library().questions[key] for key in keys])


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
