"""The page for a clinic visit: what is known, the words, signs that need help, the questions that were ticked.

One content, two prints: the browser's and typst's.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sarcoma import __version__
from sarcoma.evidence import RedFlag, Treatment, library
from sarcoma.models import Card
from sarcoma.outlook import Outlook
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import card_sources_changed, sources_changed
from sarcoma.patient import field_specs
from sarcoma.report.drawn.analyst_curves import TEMPLATES
from sarcoma.wording import figures
from sarcoma.wording.alive import standing
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.record import SITUATIONS, known_value


@dataclass(frozen=True, slots=True)
class Visit:
    """One sheet. known: (field, value). stage: (system, stage, key). signs: (title, signs, what to do, key)."""

    situation: str
    known: tuple[tuple[str, str], ...]
    not_known: tuple[str, ...]
    grade: str
    stage: tuple[tuple[str, str, str], ...]
    signs: tuple[tuple[str, str, str, str], ...]
    questions: tuple[str, ...]
    treatments: tuple[tuple[str, str], ...]
    models: tuple[tuple[str, str, str], ...]
    notice: str
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


def visit(outlook: Outlook, questions: Sequence[str] = ()) -> Visit:
    """The sheet of one outlook. `questions`: ids of those that were ticked; none means all that fit."""
    asked = [q for q in outlook.questions if q.id in questions] or list(outlook.questions)
    urgent = _urgent(outlook)
    return Visit(
        situation=SITUATIONS[outlook.situation][1],
        known=tuple((k.label, known_value(k)) for k in outlook.known if not k.assumed),
        not_known=tuple(field_specs()[m.field].label for m in outlook.missing if field_specs()[m.field].ask),
        grade=_grade(outlook),
        stage=tuple(
            (s.system, s.group.as_assigned, s.origins[0])
            for s in outlook.staging
            if s.group is not None and s.group.as_assigned and s.chapter != "cog-risk"
        ),
        signs=tuple((f.plain_title, "; ".join(f.plain_signs), f.plain_action, f.id) for f in urgent[:SIGNS]),
        questions=tuple(q.plain for q in asked),
        treatments=tuple((_treatment(t.treatment), t.treatment.id) for t in outlook.treatments if t.for_this_type)[:12],
        models=tuple(
            (m.card.short_name, m.card.id, _whose(m.card))
            for m in outlook.models
            if m.status == "applies" and m.card.audience == "everyone"
        ),
        notice=figures.NOTICE,
        standing=standing(outlook),
    )


def _treatment(treatment: Treatment) -> str:
    """A treatment's name; said where it is no longer available, or where a source of it was retracted."""
    gone = ("no longer available",) if treatment.no_longer_available else ()
    changed = figures.changed_sources(sources_changed(treatment.sources))
    return treatment.plain_name + "".join(f" ({said})" for said in (*gone, *changed))


def _whose(card: Card) -> str:
    """Of whom a model was made, whether it was tested in others, and what became of its source."""
    untested = () if tested_elsewhere(card) else (NOT_TESTED.rstrip(".").lower(),)
    return "; ".join((card.population.description, *untested, *figures.changed_sources(card_sources_changed(card))))


SIGNS = 10
"""So many alarms fit on the sheet beside the rest."""


def _urgent(outlook: Outlook) -> list[RedFlag]:
    """Alarms, nearest first: the standing one, of this person's places, likely ones, of treatments listed."""
    flags = {f.id: f for f in (*outlook.red_flags, *outlook.treatment_alarms)}
    listed = [f for f in flags.values() if not f.organs or f.when or _present(outlook, f.organs)]
    likely = {f.id for f in outlook.red_flags}

    def distance(flag: RedFlag) -> int:
        if not (flag.organs or flag.treatments):
            return 0
        return 3 if flag.id not in likely else 1 if flag.organs else 2

    return sorted(listed, key=distance)


def _present(outlook: Outlook, organs: Sequence[str]) -> bool:
    """Whether a sign is about an organ that the sarcoma has spread to, or that it often spreads to."""
    places = {s.site.id for s in outlook.sites if s.present} or {"lung"}
    return any(organ in places for organ in organs)


def _grade(outlook: Outlook) -> str:
    if len(outlook.grades) == 1 and outlook.grades[0] != "X":
        return f"FNCLCC grade {outlook.grades[0]}"
    return "not known" if not outlook.grade_given else "could not be told"


def sudden() -> tuple[str, str]:
    """The standing sign: anything sudden, and what to do."""
    flag = library().red_flags["anything-sudden"]
    return flag.plain_title, flag.plain_action
