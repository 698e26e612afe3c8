"""Stage in short: as assigned, what is still possible, and which unknown fields would change it."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.outlook import Outlook
from sarcoma.patient.staging import Staging
from sarcoma.wording import staging as stage_words
from sarcoma.wording.language import _

_T_FIELDS: Mapping[str, tuple[str, ...]] = {
    "extremity-trunk": ("size_cm",),
    "retroperitoneum": ("size_cm",),
    "head-neck": ("size_cm", "invasion"),
    "viscera": ("extent", "foci"),
    "uterus": ("size_cm", "extent", "myometrial_invasion", "nodes", "metastases"),
}
"""What the tables of a chapter ask for the tumour itself; of the uterus, for its one stage."""
_GRADED = frozenset(("extremity-trunk", "retroperitoneum"))
"""Chapters whose stage group asks for the grade."""


def stage_text(staging: Staging, *, plain: bool) -> str:
    """One staging in a sentence."""
    group = staging.group
    told = (staging.system if plain else stage_words.title(staging)) + _(", at diagnosis")
    if group is None or not (group.as_assigned or group.possible):
        notes = stage_words.plain_notes(staging) if plain else stage_words.notes(staging)
        return f"{staging.system}: {notes[0]}" if notes else f"{told}: " + _("no stage group.")
    parts = [r.as_assigned or "/".join(r.possible) for r in (staging.t, staging.n, staging.m) if r is not None]
    tnm = f" ({' '.join(parts)})" if parts and not plain else ""
    word = _("stage") if plain else stage_words.word(staging)
    text = f"{told}: {word} {group.as_assigned or _('not settled')}{tnm}"
    if len(group.possible) > 1:
        text += _("; possible: %(stages)s") % {"stages": ", ".join(group.possible)}
    return text + "."


def grade_text(outlook: Outlook) -> str:
    """The grade, given or from its parts, or those that are possible."""
    grades = outlook.grades
    if outlook.grade_given and grades == ("X",):
        return _("Grade: could not be assessed.")
    if len(grades) == 1:
        how = "" if outlook.grade_given else _(" (from its parts)")
        return _("FNCLCC grade %(grade)s%(how)s.") % {"grade": grades[0], "how": how}
    if not outlook.profiles.graded:
        return _("This type is not graded by FNCLCC.")
    return _("Grade not known; possible: %(grades)s.") % {"grades": ", ".join(grades)}


def open_fields(outlook: Outlook) -> tuple[str, ...]:
    """The fields that are not known and would change a stage, in the order of the tables."""
    known = {told.field for told in outlook.known}
    found: list[str] = []
    for staging in outlook.staging:
        group = staging.group
        if staging.reason in ("not-staged", "other-chapter", "cog-rms", "figo-only"):
            continue
        if group is not None and len(group.possible) == 1:
            continue  # nothing that is not known can change it
        found += staging.asks
        open_group = group is not None and len(group.possible) > 1
        if (staging.t is not None and len(staging.t.possible) > 1) or (staging.t is None and open_group):
            found += _T_FIELDS.get(staging.chapter, ())
        if staging.n is not None and len(staging.n.possible) > 1:
            found.append("nodes")
        if staging.m is not None and len(staging.m.possible) > 1:
            found.append("metastases")
        if len(outlook.grades) > 1 and outlook.profiles.graded and staging.chapter in _GRADED:
            found.append("grade")
    return tuple(name for name in dict.fromkeys(found) if name not in known)
