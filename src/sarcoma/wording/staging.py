"""What a stage is called, and why there is none, in words."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.patient.staging import Reason, Staging
from sarcoma.wording.figures import MARK_WORDS
from sarcoma.wording.language import N_, _
from sarcoma.wording.record import CHAPTERS, label

REASONS: Mapping[Reason, tuple[str, str]] = {
    "not-staged": (
        "No stage group: the usual stages are not used for this type.",
        N_("The usual stages of sarcoma are not used for your kind, so no stage is named."),
    ),
    "cog-rms": (
        "No AJCC stage: rhabdomyosarcoma is staged by IRS/COG, with a stage, a surgical group and a risk group.",
        N_("Your kind has stages and risk groups of its own. Ask your team which are yours."),
    ),
    "other-chapter": (
        "No stage group: AJCC 8 does not stage this type by its chapters for the place of the tumour, and no stage "
        "groups of it were seen.",
        N_("The usual stages of sarcoma are not used for your kind, so no stage is named."),
    ),
    "figo-only": (
        "No AJCC stage: this type is staged by FIGO, for the uterus only.",
        N_("Your kind has stages of its own, made for the womb. Ask your team whether they fit."),
    ),
    "type-not-graded": (
        "No single stage as assigned: FNCLCC does not grade this type, so a grade that is not known is not read as low "
        "(GX). Every stage that is still possible is named.",
        N_("Your kind is not given a grade, and the usual stages need one. So several stages are possible."),
    ),
    "not-placed": (
        "The table of COG does not place this: its editions differ, or do not name the place.",
        N_("The usual table does not say where your sarcoma stands in it. Ask your team."),
    ),
}
"""Why there is no stage, for clinicians and in plain words (to be translated)."""


def title(staging: Staging) -> str:
    """The system, and the chapter or table of it, for clinicians."""
    chapter = CHAPTERS.get(staging.chapter, staging.chapter)
    return f"{staging.system}, {chapter}" if chapter else staging.system


def word(staging: Staging) -> str:
    """What its group is called, for clinicians."""
    return "risk group" if staging.chapter == "cog-risk" else "stage"


def reason(staging: Staging) -> str:
    """Why the type has no stage, or none as assigned, in plain words; "" where there is one."""
    return "" if staging.reason is None else _(REASONS[staging.reason][1])


def plain_notes(staging: Staging) -> tuple[str, ...]:
    """The same for everyone: the reason why there is none, else what to know about the stage."""
    said = reason(staging) or staging.note
    return (said,) if said else ()


def notes(staging: Staging) -> tuple[str, ...]:
    """What to know about a stage, for clinicians: the reason why there is none, notes, marks, what would tell more."""
    found = [] if staging.reason is None else [REASONS[staging.reason][0]]
    if staging.note:
        found.append(staging.note)
    if staging.asks:
        found.append(f"To be known for it: {', '.join(label(name) for name in staging.asks)}.")
    if staging.marks:
        found.append(f"Rows: {', '.join(MARK_WORDS[mark] for mark in staging.marks)}.")
    return tuple(found)
