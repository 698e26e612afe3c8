"""The team's page: one case, what every model says of it, what can be done, and the evidence around it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from sarcoma.evidence import Fact, library
from sarcoma.models import Card
from sarcoma.outlook import ModelAnswer, Outlook, OutlookFigure
from sarcoma.outlook.answer import Answer, NearFigure
from sarcoma.outlook.basis import Basis, models_on
from sarcoma.outlook.figure import citation
from sarcoma.patient import Patient
from sarcoma.patient.staging import Staging
from sarcoma.report.blocks import Block
from sarcoma.report.brief import PAPER, Brief
from sarcoma.report.document import Document
from sarcoma.report.draft import Draft
from sarcoma.report.drawn.model_dots import Dot, DotGroup, groups
from sarcoma.report.note import note as hospital_note
from sarcoma.report.text import TextReport
from sarcoma.web import drawn
from sarcoma.web.country import known_country
from sarcoma.web.forms import Said
from sarcoma.web.page import blocks_html, environment
from sarcoma.web.team_options import options
from sarcoma.wording import answer as words
from sarcoma.wording import figures, type_profile
from sarcoma.wording import models as model_words
from sarcoma.wording import staging as stage_words
from sarcoma.wording import treatments as treatment_words
from sarcoma.wording.alive import standing
from sarcoma.wording.outlook import SCENARIO_LIMITS, note
from sarcoma.wording.record import AS_WRITTEN, SITUATIONS, known_value, label


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How well a model did in one population: whose, and its measures."""

    where: str
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What one model says, as a row of the table."""

    key: str
    name: str
    version: str
    says: tuple[Dot, ...]
    deaths: str
    interval: str
    population: str
    provenance: str
    elsewhere: tuple[Elsewhere, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]
    citation: str


def view(patient: Patient, outlook: Outlook, said: Said) -> dict[str, Any]:
    """Everything that the team's page needs."""
    applying = tuple(m for m in outlook.models if m.status == "applies")
    now, start = groups(applying), groups(outlook.models_at_start)
    speaking = [m for m in applying if m.figures]
    spoke = [m for m in outlook.models_at_start if m.figures]
    return {
        "situation": SITUATIONS[outlook.situation][0],
        "notes": [note(code) for code in outlook.notes],
        "standing": standing(outlook),
        "assumed": [(k.label, known_value(k)) for k in outlook.known if k.assumed],
        "grade": _grade(outlook),
        "stages": _stages(outlook),
        "missing": _missing(outlook),
        "models": now,
        "nodes": AS_WRITTEN["nodes"].get(patient.nodes or "", ""),
        "models_at_start": start,
        "rows": [_row(m, g) for m, g in zip(speaking, now, strict=True)],
        "start_rows": [_row(m, g) for m, g in zip(spoke, start, strict=True)],
        "differ": _differ(outlook),
        "others": [
            (m.card.id, m.card.short_name, m.status, "; ".join(m.reasons) if m.status == "does not apply"
             else ", ".join(label(f) for f in m.fields))
            for m in outlook.models if m.status != "applies"
        ],
        "course": course_view(patient, outlook, said, alone=False),
        "evidence": _evidence(outlook, known_country(said.first("country"))),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class MissingShown:
    """A field that is not known, and what it would change."""

    field: str
    label: str
    changes: str


def _missing(outlook: Outlook) -> list[MissingShown]:
    """What is missing, with what it would change: grade, stage, models; else which studies are nearest."""
    found = []
    for missing in outlook.missing:
        changes = list(_of_the_stage(missing.field, outlook))
        names = [outlook.answer(c).card.short_name for c in missing.needed_by]
        if names:
            more = f" and {len(names) - _MODELS_NAMED} more models" if len(names) > _MODELS_NAMED else ""
            changes.append(", ".join(names[:_MODELS_NAMED]) + more)
        if not changes:
            changes.append("which studies are nearest")
        found.append(MissingShown(missing.field, missing.label, "; ".join(changes)))
    return found


_MODELS_NAMED = 2


def _of_the_stage(field: str, outlook: Outlook) -> list[str]:
    if field == "grade" and len(outlook.grades) > 1:
        return ["grade", *_stage_if(any(s.group and len(s.group.possible) > 1 for s in outlook.staging))]
    if field in ("size_cm", "site", "histologic_type"):
        return _stage_if(any(s.t and len(s.t.possible) > 1 for s in outlook.staging))
    if field == "nodes":
        return _stage_if(any(s.n and len(s.n.possible) > 1 for s in outlook.staging))
    if field == "metastases":
        return _stage_if(any(s.m and len(s.m.possible) > 1 for s in outlook.staging))
    return _stage_if(any(field in s.asks for s in outlook.staging))


def _stage_if(holds: bool) -> list[str]:
    return ["stage"] if holds else []


@dataclass(frozen=True, slots=True)
class Differing:
    """Why what answers one question differs, and on what each rests."""

    question: str
    why: str
    bases: tuple[tuple[str, str], ...]


def _differ(outlook: Outlook) -> list[Differing]:
    """For the questions that models answer here: why they, and the studies beside them, differ."""
    found = []
    for differing in outlook.disagreements:
        if next(models_on(differing.question, outlook.models), None) is not None:
            models = (b for b in differing.bases if b.kind != "study")  # whose a study is stands with it
            bases = tuple((b.origin, "; ".join(words.basis_lines(_without_people(b)))) for b in models)
            found.append(Differing(_QUESTIONS[differing.question], words.disagreement(differing), bases))
    return found


def _without_people(basis: Basis) -> Basis:
    """A basis without whom it counts, which stands in the table above it."""
    return replace(basis, n=None, population=None, period=None)


_QUESTIONS = {
    "spread": "Spread",
    "where": "Where to",
    "local": "Local recurrence",
    "survival": "Survival",
    "left": "Risk left",
}


# -- the course


@dataclass(frozen=True, slots=True)
class CourseShown:
    """What moves with the time since diagnosis, and what does not.

    `time`, `least`, `most`, `step` are of the slider, `most` the last time that a model can look ahead from; `ends`
    names where each of them ends; `moves`: a model speaks of this time; `models` are empty where it is part of a page
    whose picture shows the same; `fixed` are the models that say nothing from a later time on, each with its reason.
    """

    time: str
    least: str
    most: str
    step: str
    movable: bool
    ends: tuple[tuple[str, str, str], ...]
    models: tuple[DotGroup, ...]
    pictures: tuple[drawn.Drawing, ...]
    ranges: tuple[str, ...]
    fixed: tuple[tuple[str, str, str], ...]
    without_time: list[tuple[str, str]]
    moves: bool


def course_view(patient: Patient, outlook: Outlook, said: Said, *, alone: bool = True) -> CourseShown:
    """The course ahead from the time that is given, or from the last thing that happened."""
    applying = tuple(m for m in outlook.models if m.status == "applies")
    every = (*applying, *outlook.models_at_start)
    movable = [m for m in every if m.card.landmarks.conditional]
    now = [m for m in applying if m.card.landmarks.conditional]
    least = _last_event(patient)
    most = max((_zero(m.card, patient) + m.card.landmarks.to_months for m in movable), default=least)
    return CourseShown(
        time=f"{patient.landmark_months or least:g}",
        least=f"{least:g}",
        most=f"{math.floor(most):g}" if least == round(least) else f"{most:g}",
        step="any" if least != round(least) else "1",
        movable=bool(movable) and most > least,
        ends=tuple((m.card.id, m.card.short_name, m.card.landmarks.note) for m in movable),
        models=groups(now) if alone else (),
        pictures=tuple(
            drawn.course(m.course, m.card, interval=True) for m in now
            if m.course is not None and m.course.months and all(f.may_be_drawn for f in m.figures)
        ),
        ranges=tuple(m.card.id for m in now if m.course is not None and not m.course.months),
        fixed=tuple(
            (m.card.id, m.card.short_name, m.card.landmarks.note) for m in every if not m.card.landmarks.conditional
        ),
        without_time=[(n, v) for n, v in said.hidden() if n != "landmark_months"],
        moves=bool(now),
    )  # fmt: skip


def _zero(card: Card, patient: Patient) -> float:
    """Months from diagnosis to where a model starts to count."""
    found: dict[str, float | None] = {
        "surgery": patient.surgery_months,
        "local-recurrence": patient.local_recurrence_months,
        "first-metastasis": min((m.months for m in patient.metastases or () if m.months is not None), default=None),
    }
    return found.get(card.outcome.time_zero) or 0.0


def _last_event(patient: Patient) -> float:
    """Months since diagnosis by which everything in the record has happened."""
    times = [m.months for m in patient.metastases or ()] + [patient.local_recurrence_months, patient.surgery_months]
    return max((t for t in times if t is not None and t > 0), default=0.0)


def _grade(outlook: Outlook) -> str:
    if len(outlook.grades) == 1:
        how = "as given" if outlook.grade_given else "from its parts"
        return f"{outlook.grades[0]} ({how})"
    if not outlook.profiles.graded:
        return "this type is not graded by FNCLCC"
    return f"not known; still possible: {', '.join(outlook.grades)}"


def _stages(outlook: Outlook) -> list[dict[str, str]]:
    found = []
    for staging in outlook.staging:
        parts = [r.as_assigned or "/".join(r.possible) for r in (staging.t, staging.n, staging.m) if r is not None]
        group = staging.group
        found.append(
            {
                "key": staging.origins[0],
                "system": stage_words.title(staging),
                "parts": " ".join(parts),
                "group": _group(staging),
                "possible": ", ".join(group.possible) if group is not None and len(group.possible) > 1 else "",
                "note": " ".join(stage_words.notes(staging)),
            }
        )
    return found


def _group(staging: Staging) -> str:
    word, group = stage_words.word(staging), staging.group
    if group is None:
        return f"no {word} group"
    return f"{word} {group.as_assigned}" if group.as_assigned else f"{word} not determined"


def _row(answer: ModelAnswer, group: DotGroup) -> Row:
    card = answer.card
    return Row(
        card.id,
        card.short_name,
        card.version,
        group.dots,
        group.deaths,
        card.interval_note,
        _population(card),
        card.provenance.grade,
        _elsewhere(card),
        model_words.cautions(answer),
        tuple(dict.fromkeys(n for f in answer.figures for n in figures.notes(f) if f.group is None)),
        citation(card.citation),
    )


def _population(card: Card) -> str:
    parts = [f"{card.population.n:,}" if card.population.n else "", card.population.description]
    return " ".join(p for p in parts if p) + (f", {card.population.period}" if card.population.period else "")


def _elsewhere(card: Card) -> tuple[Elsewhere, ...]:
    """How well it did in other people: one entry a population, its measures in the order of the card."""
    found: dict[str, list[str]] = {}
    for p in card.performance:
        if p.setting != "external validation":
            continue
        value = f"{p.value:.2f}" if p.value is not None else f"{p.low:.2f}–{p.high:.2f}"
        if p.value is not None and p.low is not None and p.high is not None:
            value += f" ({p.low:.2f} to {p.high:.2f})"
        where = ", ".join(x for x in (p.population, f"n={p.n:,}" if p.n else "", citation(p.source)) if x)
        found.setdefault(where, []).append(f"{p.measure} {value}")
    return tuple(Elsewhere(where, tuple(values)) for where, values in found.items())


@dataclass(frozen=True, slots=True)
class Study:
    """A published figure: its words, and whose it is."""

    key: str
    text: str
    whose: str


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """An answer for a team: its headline, the nearest studies, those that are less near, what is withheld."""

    question: str
    headline: str
    keys: tuple[str, ...]
    nearest: tuple[Study, ...]
    less_near: tuple[Study, ...]
    instead: tuple[tuple[str, str], ...]
    withheld: str


def _answer(answer: Answer, outlook: Outlook) -> AnswerShown:
    instead = type_profile.instead(outlook, plain=False) if answer.headline.kind == "does-not-spread" else ()
    statements = library().general_statements
    named = dict.fromkeys(name for one in answer.withheld for name in one.statements if name in statements)
    return AnswerShown(
        words.question(answer.question),
        words.headline(answer, plain=False),
        tuple(figure.origin for figure in answer.headline.figures),
        _studies(answer.nearest, nearest=True),
        _studies(answer.less_near, nearest=False),
        tuple(instead),
        words.withheld(len(answer.withheld), [statements[n].because for n in named]) if answer.withheld else "",
    )


def _studies(figures: tuple[NearFigure, ...], *, nearest: bool) -> tuple[Study, ...]:
    """Figures by whom they are of, in the order of their first."""
    alike: dict[tuple[object, ...], list[NearFigure]] = {}
    for near in figures:
        of = near.figure
        owner = of.origin.partition(".")[0]
        alike.setdefault((owner, of.group, of.population, of.period, near.matches, near.broader_on), []).append(near)
    return tuple(_study(group, nearest=nearest) for group in alike.values())


def _study(alike: list[NearFigure], *, nearest: bool) -> Study:
    first, figure = alike[0], alike[0].figure
    n = "; ".join(dict.fromkeys(_counted(a.figure) for a in alike))
    marks = dict.fromkeys(figures.marks(a.figure) for a in alike)
    cited = dict.fromkeys(citation(s) for a in alike for s in a.figure.sources) if nearest else ()
    sources = ", ".join(cited)
    parts = (figure.group, figure.population, figure.period, n, *marks, sources)
    whose = "; ".join(part for part in dict.fromkeys(parts) if part)
    key = figure.origin if len(alike) == 1 else figure.origin.partition(".")[0]
    like = words.nearness(first, plain=False) if nearest else ""
    return Study(key, "; ".join(words.result(a, plain=False) for a in alike), f"{whose}. {like}".strip(". ") + ".")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of a case as HTML: what can be done, the nearest studies, by organ, and the rest."""

    first_options: Markup
    options: Markup
    studies: Markup
    organs: Markup
    rest: Markup


def _counted(figure: OutlookFigure) -> str:
    return figures.how_many(figure) or (f"n={figure.n:,}" if figure.n else "")


class _Around(TextReport):
    """The evidence by organ, and what no other part holds; the alarms of people at home are not for teams."""

    def red_flag(self, flag: Any) -> None:
        """Nothing: a team knows whom to call."""

    def organs(self) -> None:
        """Each organ with how often this type spreads there, and its symptoms."""
        for site in self.outlook.sites:
            self._site(site)

    def rest(self) -> None:
        """Lymph nodes, what raises the risk, follow-up, scenarios, and what else was found for the type."""
        page, outlook = self.page, self.outlook
        if outlook.nodes:
            page.subheading("Lymph nodes")
            self.figures(outlook.nodes)
        self._facts("What raises the risk", outlook.risk_factors)
        special = list(type_profile.in_place_of(outlook, "follow-up-plan", "chest-imaging", plain=False))
        if special or outlook.follow_up:
            page.subheading("Follow-up")
            for text, key in special:
                page.item(text, key=key)
            for fact in outlook.follow_up:
                self.fact(fact)
        if outlook.scenarios:
            page.subheading("Three scenarios, where only a median is published")
            for scenario in outlook.scenarios:
                self._scenario(scenario)
            for limit in SCENARIO_LIMITS:
                page.note(limit)
        self._facts("What else was found for this type", outlook.treatment_facts)

    def _facts(self, title: str, facts: tuple[Fact, ...]) -> None:
        if facts:
            self.page.subheading(title)
            for fact in facts:
                self.fact(fact)


_KEPT: dict[tuple[object, ...], Evidence] = {}
_MOST = 500


def _evidence(outlook: Outlook, country: str) -> Evidence:
    """The evidence around a case; made once for the same evidence.

    The key names what is shown (figures and how near they are, sites, treatments); the person is not in it.
    """
    key = (
        outlook.situation,
        tuple(profile.id for profile in outlook.profiles.profiles),
        tuple(outlook.profiles.withheld),
        *(
            (a.headline.kind, tuple(f.origin for f in a.headline.figures), a.withheld, tuple(map(_placed, a.nearest)),
             tuple(map(_placed, a.less_near)))
            for a in outlook.answers
        ),
        tuple(f.origin for f in outlook.nodes),
        tuple(f.key for f in (*outlook.risk_factors, *outlook.follow_up, *outlook.treatment_facts)),
        tuple((s.site.id, s.present, tuple(f.origin for f in s.shares)) for s in outlook.sites),
        tuple((t.treatment.id, t.step, t.open_conditions) for t in outlook.treatments),
        tuple(s.median.origin for s in outlook.scenarios),
        country,
    )  # fmt: skip
    found = _KEPT.get(key)
    if found is None:
        if len(_KEPT) >= _MOST:
            _KEPT.clear()
        found = _KEPT[key] = _made(outlook, country)
    return found


def _placed(near: NearFigure) -> tuple[object, ...]:
    return near.figure.origin, near.matches, near.broader_on, near.unlike


def _made(outlook: Outlook, country: str) -> Evidence:
    parts = environment().get_template("team_parts.html").module
    organs, rest = Draft(), Draft()
    for page, write in ((organs, _Around.organs), (rest, _Around.rest)):
        write(_Around(outlook, plain=False, survival=True, page=page, country=country or None))
    answers = [_answer(a, outlook) for a in outlook.answers if a.headline.kind != "has-spread"]
    special = list(treatment_words.of_this_type(outlook, plain=False))
    listed = options(outlook, country)
    return Evidence(
        parts.first_options(listed),  # type: ignore[attr-defined]
        parts.options(listed, special),  # type: ignore[attr-defined]
        parts.studies(answers),  # type: ignore[attr-defined]
        blocks_html(organs.blocks, top=3),
        blocks_html(rest.blocks, top=3),
    )


def text(outlook: Outlook) -> str:
    """The outlook in at most eight lines, for the notes."""
    return hospital_note(outlook, survival=True)


def long_text(outlook: Outlook, country: str = "") -> str:
    """The whole outlook as text."""
    return str(TextReport(outlook, plain=False, survival=True, country=country or None))


def one_page(outlook: Outlook, country: str = "") -> Document:
    """The outlook in short, for one side of paper."""
    brief = Brief(outlook, plain=False, survival=True, country=country or None, shape=PAPER)
    return brief.document("Sarcoma outlook", "For the sarcoma team; figures describe groups of people.")


def report_blocks(outlook: Outlook, country: str = "") -> list[Block]:
    """The whole report for clinicians as blocks, for the PDF."""
    page = Draft()
    TextReport(outlook, plain=False, survival=True, page=page, country=country or None).write()
    return page.blocks
