"""The team's page: one case, what every model says of it, and the evidence around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from sarcoma.evidence import library
from sarcoma.models import Card
from sarcoma.outlook import CourseFigure, ModelAnswer, Outlook, course_at
from sarcoma.outlook.answer import Answer
from sarcoma.outlook.basis import models_on
from sarcoma.outlook.figure import card_sources_changed, citation
from sarcoma.patient import Patient
from sarcoma.report.blocks import Block
from sarcoma.report.brief import PAPER, Brief
from sarcoma.report.document import Document
from sarcoma.report.draft import Draft
from sarcoma.report.models import outcome_at
from sarcoma.report.note import note as hospital_note
from sarcoma.report.text import TextReport
from sarcoma.web import drawn
from sarcoma.web.country import known_country
from sarcoma.web.forms import Said
from sarcoma.web.page import blocks_html
from sarcoma.wording import answer as words
from sarcoma.wording import figures
from sarcoma.wording import staging as stage_words
from sarcoma.wording.alive import standing
from sarcoma.wording.outlook import note
from sarcoma.wording.record import SITUATIONS, known_value, label


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
    says: tuple[tuple[str, str], ...]  # what within what time, the number
    estimand: str
    interval: str
    population: str
    provenance: str
    elsewhere: tuple[Elsewhere, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]
    citation: str


def view(patient: Patient, outlook: Outlook, said: Said) -> dict[str, Any]:
    """Everything that the team's page needs."""
    least = _last_event(patient)
    applying = [m for m in outlook.models if m.status == "applies"]
    return {
        "situation": SITUATIONS[outlook.situation][0],
        "notes": [note(code) for code in outlook.notes],
        "assumed": [(k.label, known_value(k)) for k in outlook.known if k.assumed],
        "grade": _grade(outlook),
        "stages": _stages(outlook),
        "missing": [
            (m.field, m.label, [_short(outlook, c) for c in m.needed_by]) for m in outlook.missing
        ],
        "answers": [_answer(a, outlook) for a in outlook.answers if a.headline.kind != "has-spread"],
        "rows": [_row(m) for m in applying],
        "start_rows": [_row(m) for m in outlook.models_at_start],
        "others": [
            (m.card.id, m.card.short_name, m.status, "; ".join(m.reasons) if m.status == "does not apply"
             else ", ".join(label(f) for f in m.fields))
            for m in outlook.models if m.status != "applies"
        ],
        "courses": [
            drawn.course(_with_band(m, patient), m.card) for m in applying
            if m.course is not None and m.course.months and all(f.may_be_drawn for f in m.figures)
        ],
        "ranges": [m.card.id for m in applying if m.course is not None and not m.course.months],
        "time": f"{patient.landmark_months or least:g}",
        "least": f"{least:g}",
        "most": f"{max(120.0, least + 60, patient.landmark_months or 0):g}",
        "step": "any" if least != round(least) else "1",
        "without_time": [(n, v) for n, v in said.hidden() if n != "landmark_months"],
        "evidence": _evidence(outlook, known_country(said.first("country"))),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """An answer for a team: its headline, whose it is, what stands beside it and why they differ."""

    question: str
    headline: str
    keys: tuple[str, ...]
    whom: str
    beside: tuple[tuple[str, str], ...]
    differ: str
    bases: tuple[tuple[str, tuple[str, ...]], ...]
    withheld: str


def _answer(answer: Answer, outlook: Outlook) -> AnswerShown:
    keys = tuple(figure.origin for figure in answer.headline.figures)
    placed = (*answer.nearest, *answer.less_near)
    first = next((near for near in placed if near.figure.origin in keys), None)
    beside = [(n.figure.origin, words.result(n, plain=False)) for n in answer.nearest if n.figure.origin not in keys]
    models = [
        (
            model.card.id,
            f"{model.card.short_name}: {figures.timed(on[-1])} {figures.quantity(on[-1])}. {words.tested(model.card)}",
        )
        for model, on in models_on(answer.question, outlook.models)
    ]
    differing = next((d for d in outlook.disagreements if d.question == answer.question), None)
    bases = () if differing is None else tuple((b.origin, tuple(words.basis_lines(b))) for b in differing.bases)
    statements = library().general_statements
    named = dict.fromkeys(name for one in answer.withheld for name in one.statements if name in statements)
    return AnswerShown(
        words.question(answer.question),
        words.headline(answer, plain=False),
        keys,
        words.whom(first, plain=False) if first is not None else "",
        (*models, *beside[:6]),
        "" if differing is None else words.disagreement(differing),
        bases,
        words.withheld(len(answer.withheld), [statements[n].because for n in named]) if answer.withheld else "",
    )


def _with_band(answer: ModelAnswer, patient: Patient) -> CourseFigure:
    """A curve of two states with its interval at each month; areas have none to draw."""
    course = answer.course
    if course is not None and len(course.states) == 2:
        course = course_at(answer.card, patient, band=True) or course
    if course is None:
        raise ValueError(answer.card.id)
    return course


def _last_event(patient: Patient) -> float:
    """Months since diagnosis by which everything in the record has happened."""
    times = [m.months for m in patient.metastases or ()] + [patient.local_recurrence_months, patient.surgery_months]
    return max((t for t in times if t is not None and t > 0), default=0.0)


def _grade(outlook: Outlook) -> str:
    if len(outlook.grades) == 1:
        how = "as given" if outlook.grade_given else "from its parts"
        return f"{outlook.grades[0]} ({how})"
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
                "word": stage_words.word(staging),
                "group": (group.as_assigned or "not determined") if group is not None else "none",
                "possible": ", ".join(group.possible) if group is not None and len(group.possible) > 1 else "",
                "note": " ".join(stage_words.notes(staging)),
            }
        )
    return found


def _short(outlook: Outlook, card_id: str) -> str:
    return outlook.answer(card_id).card.short_name


def _row(answer: ModelAnswer) -> Row:
    card = answer.card
    changed = figures.changed_sources(card_sources_changed(card))
    cautions = [f"{said[:1].upper()}{said[1:]}." for said in changed]
    cautions += [*answer.cautions, *(f"Assumption: {a}" for a in answer.assumptions)]
    if answer.ranged_over:
        cautions.append(f"A range, because not known: {', '.join(label(f) for f in answer.ranged_over)}.")
    return Row(
        card.id,
        card.short_name,
        card.version,
        tuple((outcome_at(card, f), figures.quantity(f)) for f in answer.figures),
        figures.estimand(card.outcome, plain=False),
        card.interval_note,
        _population(card),
        card.provenance.grade,
        _elsewhere(card),
        tuple(cautions),
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


_KEPT: dict[tuple[object, ...], Markup] = {}
_MOST = 500


def _evidence(outlook: Outlook, country: str) -> Markup:
    """Risk of spread, sites, treatments and published survival; made once for the same evidence.

    The key names what is shown (figures, sites, treatments), the models and the person are not in it.
    """
    key = (
        outlook.situation,
        outlook.notes,
        *(
            tuple(f.origin for f in figures)
            for figures in (
                outlook.spread, outlook.spread_general, outlook.nodes, outlook.recurrence, outlook.timing,
                outlook.baselines, outlook.stage_survival, outlook.type_survival,
            )
        ),
        tuple(f.key for f in (*outlook.risk_factors, *outlook.follow_up)),
        tuple((s.site.id, s.present, tuple(f.origin for f in s.shares)) for s in outlook.sites),
        tuple((t.treatment.id, t.open_conditions) for t in outlook.treatments),
        tuple(s.median.origin for s in outlook.scenarios),
        country,
        standing(outlook),
    )  # fmt: skip
    found = _KEPT.get(key)
    if found is None:
        page = Draft()
        told = replace(outlook, models=())
        TextReport(told, plain=False, survival=True, page=page, country=country or None).write_evidence()
        if len(_KEPT) >= _MOST:
            _KEPT.clear()
        found = _KEPT[key] = blocks_html(page.blocks, top=2)
    return found


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
