"""Note: an outlook for a hospital's notes, at most eight lines of plain text for teams."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from sarcoma._version import __version__
from sarcoma.evidence import library
from sarcoma.outlook import Outlook
from sarcoma.report.brief_rows import LABELS, BriefRows
from sarcoma.report.screen import Piece, Row, fitted
from sarcoma.wording.alive import standing_in_short
from sarcoma.wording.language import _
from sarcoma.wording.outlook import note_in_short

LINES = 8
WIDTH = 120
"""Columns of a line; what a note is pasted into wraps by itself."""


def note(outlook: Outlook, *, survival: bool) -> str:
    """The note: case, stage, the answers, the models that apply, what is missing, and by what it was made."""
    brief = BriefRows(outlook, plain=False, survival=survival)
    answers = [row for row in brief.headlines() if row.label != LABELS["where"][0]]
    last = answers.pop() if survival and answers else None
    rows = [
        *_models(last, tuple(brief.models())),
        replace(brief.case(), label=_("Case")),
        brief.stage(),
        *answers,
        _missing(brief.missing(), outlook),
    ]
    made = _lines("", _made(outlook))
    told = fitted(rows, LINES - len(made), lambda label, text: len(_lines(label, text)), _rest)
    lines = [_lines(label, text) for label, text in told]
    models = lines[: len(lines) - 3 - len(answers)]
    return "\n".join(line for part in (*lines[len(models) : -1], *models, lines[-1], made) for line in part) + "\n"


def _models(survival: Row | None, models: tuple[Piece, ...]) -> list[Row]:
    """The headline on survival, if it was asked for, and every model that applies; filled before the other rows."""
    if survival is None:
        return [Row(_("Models"), models, "", joint="; ")] if models else []
    told = (replace(models[0], text=_("models: ") + models[0].text), *models[1:]) if models else ()
    return [replace(survival, pieces=(*survival.pieces, *told), least=1 + bool(models))]


def _missing(row: Row, outlook: Outlook) -> Row:
    """What is missing; before it, why published figures do not fit as they stand."""
    mind = [note_in_short(code) for code in outlook.notes]
    if not mind:
        return row
    pieces = (*(Piece(text.removesuffix(".")) for text in mind), Piece(f"{row.label.lower()}: {row.pieces[0]}"))
    return Row(_("Mind"), (*pieces, *row.pieces[1:]), "", least=len(pieces), joint="; ", firm=True)


def _rest(count: int, _section: str) -> str:
    return _("+%(n)s more") % {"n": count} if count else "…"


def _made(outlook: Outlook) -> str:
    lib = library()
    made = _("Sarcoma Outlook %(version)s, evidence of %(day)s; no treatment advice.") % {
        "version": __version__, "day": lib.changed_on.isoformat(),
    }  # fmt: skip
    return " ".join((made, *standing_in_short(outlook)))


def _lines(label: str, text: str) -> list[str]:
    return textwrap.wrap(f"{label}: {text}" if label else text, WIDTH, break_on_hyphens=False)
