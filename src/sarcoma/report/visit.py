"""The page for a clinic visit: one side of what is known, five questions, whom to call and room for notes.

A second side – every question, sign, treatment and model – is made only on wish. One content, two prints: the browser's
and typst's.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sarcoma import __version__
from sarcoma.evidence import RedFlag, Treatment, library
from sarcoma.models import Card
from sarcoma.outlook import Outlook
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import card_sources_changed, sources_changed
from sarcoma.outlook.first import EMERGENCY_FOR_ALL, first_alarms, first_questions
from sarcoma.patient import field_specs
from sarcoma.report.drawn.analyst_curves import TEMPLATES
from sarcoma.wording import figures, language
from sarcoma.wording.alive import standing
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.language import N_, _
from sarcoma.wording.record import SITUATIONS, answered, plain_label

WORDS = {
    "title": N_("For my visit"),
    "name": N_("Name:"),
    "date": N_("Date:"),
    "known": N_("What is known"),
    "stage": N_("Stage when it was found: %(stage)s (%(system)s)."),
    "grade": N_("Grade: %(grade)s."),
    "not_known": N_("Not known yet, worth asking:"),
    "questions": N_("My questions"),
    "more_questions": N_("More questions"),
    "call": N_("When to get help"),
    "now": N_("Call now: your emergency number or your team's 24-hour line"),
    "today": N_("Call your team today"),
    "notes": N_("Notes"),
    "signs": N_("All signs, and what to do"),
    "treatments": N_("Treatments with studies for this kind"),
    "models": N_("Published models that fit"),
    "none_of_survival": N_("No survival numbers stand on this sheet."),
    "brackets": N_("What stands in brackets is the key of a source in Sarcoma Outlook."),
}
"""Every heading of the sheet, to be translated."""

QUESTIONS = 5
"""So many questions stand on the first side."""
SIGNS = 4
"""So many alarms stand on the first side."""


@dataclass(frozen=True, slots=True)
class Sign:
    """An alarm: its title, its signs, what to do, whether it is an emergency, and its key."""

    title: str
    signs: str
    action: str
    emergency: bool
    key: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One sheet, in the language in use. known: (field, value). stage: (sentence, key). treatments: (name, key).

    `second`: whether the second side is wanted, with the rest of the questions, every sign, treatments and models.
    """

    situation: str
    known: tuple[tuple[str, str], ...]
    not_known: tuple[str, ...]
    grade: str
    stage: tuple[tuple[str, str], ...]
    questions: tuple[str, ...]
    signs: tuple[Sign, ...]
    notice: str
    words: Mapping[str, str]
    language: str
    second: bool = False
    more_questions: tuple[str, ...] = ()
    every_sign: tuple[Sign, ...] = ()
    treatments: tuple[tuple[str, str], ...] = ()
    models: tuple[tuple[str, str, str], ...] = ()
    standing: tuple[str, ...] = ()  # whether a clinician has read this, and what is overdue

    def __repr__(self) -> str:
        return f"Visit(questions={len(self.questions)})"

    def pdf(self) -> bytes:
        """The sheet on A4; the same sheet gives the same bytes."""
        import typst

        data = {**asdict(self), "version": __version__}
        files: dict[str, bytes] = {
            "main.typ": (TEMPLATES / "visit.typ").read_bytes(),
            "data.json": json.dumps(data, ensure_ascii=False).encode(),
        }
        epoch = datetime.datetime.fromtimestamp(0, datetime.UTC)
        typeset: Any = typst.compile  # its types do not know that several files may be given
        found: bytes = typeset(files, format="pdf", timestamp=epoch, ignore_system_fonts=True)
        return found


def visit(outlook: Outlook, questions: Sequence[str] = (), *, second: bool = False) -> Visit:
    """The sheet of one outlook.

    Parameters
    ----------
    questions : ids of those that were ticked; none means the first ones that fit. More than five need the second side.
    second : whether the second side is wanted.
    """
    ticked = [q for q in outlook.questions if q.id in questions]
    asked = ticked or list(first_questions(outlook, QUESTIONS))
    second = second or len(ticked) > QUESTIONS
    rest = [q for q in outlook.questions if q not in asked[:QUESTIONS]]
    sheet = Visit(
        situation=_(SITUATIONS[outlook.situation][1]),
        known=tuple(
            (plain_label(k.field), answered(k).value) for k in outlook.known if not k.assumed and k.field != "grade"
        ),
        not_known=tuple(plain_label(m.field) for m in outlook.missing if field_specs()[m.field].ask),
        grade=_(WORDS["grade"]) % {"grade": _grade(outlook)},
        stage=tuple(
            (_(WORDS["stage"]) % {"stage": s.group.as_assigned, "system": s.system}, s.origins[0])
            for s in outlook.staging
            if s.group is not None and s.group.as_assigned and s.chapter != "cog-risk"
        ),
        questions=tuple(_(q.plain) for q in asked[:QUESTIONS]),
        signs=tuple(map(_sign, (library().red_flags[EMERGENCY_FOR_ALL], *first_alarms(outlook, SIGNS)))),
        notice=_(figures.NOTICE),
        words={name: _(text) for name, text in WORDS.items()},
        language=language.current(),
        standing=standing(outlook),
    )
    if not second:
        return sheet
    flags = {f.id: f for f in (*outlook.red_flags, *outlook.treatment_alarms)}
    return replace(
        sheet,
        second=True,
        more_questions=tuple(_(q.plain) for q in (asked[QUESTIONS:] if ticked else rest)),
        every_sign=tuple(map(_sign, flags.values())),
        treatments=tuple((_treatment(t.treatment), t.treatment.id) for t in outlook.treatments if t.for_this_type)[:12],
        models=tuple(
            (m.card.short_name, m.card.id, _whose(m.card))
            for m in outlook.models
            if m.status == "applies" and m.card.audience == "everyone"
        ),
    )


def _sign(flag: RedFlag) -> Sign:
    return Sign(
        _(flag.plain_title),
        "; ".join(_(sign) for sign in flag.plain_signs),
        _(flag.plain_action),
        flag.urgency == "emergency",
        flag.id,
    )


def _treatment(treatment: Treatment) -> str:
    """A treatment's name; said where it is no longer available, or where a source of it was retracted."""
    gone = (_("no longer available"),) if treatment.no_longer_available else ()
    changed = figures.changed_sources(sources_changed(treatment.sources))
    return _(treatment.plain_name) + "".join(f" ({said})" for said in (*gone, *changed))


def _whose(card: Card) -> str:
    """Of whom a model was made, whether it was tested in others, and what became of its source."""
    untested = () if tested_elsewhere(card) else (NOT_TESTED.rstrip(".").lower(),)
    return "; ".join((card.population.description, *untested, *figures.changed_sources(card_sources_changed(card))))


def _grade(outlook: Outlook) -> str:
    if len(outlook.grades) == 1 and outlook.grades[0] != "X":
        return _("FNCLCC grade %(grade)s") % {"grade": outlook.grades[0]}
    return _("not known") if not outlook.grade_given else _("could not be told")
