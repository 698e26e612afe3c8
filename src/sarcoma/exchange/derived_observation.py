"""Derived observations: stage and grade as they follow from the record, marked as derived – never as reported.

They carry codes of our own only: whoever reads the Bundle, we too, must not take them for a finding of somebody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sarcoma.exchange.fhir_names import DERIVED
from sarcoma.exchange.risk_assessment import About
from sarcoma.outlook import Outlook
from sarcoma.patient.staging import Reading, Staging
from sarcoma.wording import assessment as words
from sarcoma.wording import staging as stage_words

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
MARKED = {"system": DERIVED, "code": "derived", "display": "Follows from the record; nobody reported it"}


def derived_observations(outlook: Outlook, about: About) -> tuple[dict[str, Any], ...]:
    """The stage by each system that gives one, and the FNCLCC grade where it follows from its parts."""
    return (*_grade(outlook, about), *(_stage(s, s.group, about) for s in outlook.staging if s.group is not None))


def _grade(outlook: Outlook, about: About) -> Iterator[dict[str, Any]]:
    if outlook.grade_given or len(outlook.grades) != 1 or outlook.grades[0] not in ("1", "2", "3"):
        return
    (grade,) = outlook.grades
    code = {"coding": [{"system": DERIVED, "code": "fnclcc-grade", "display": "FNCLCC grade"}], "text": "FNCLCC grade"}
    value = {"coding": [{"system": DERIVED, "code": f"fnclcc-{grade}"}], "text": words.derived_grade(grade)}
    yield _observation(about, code, "FNCLCC", value, (words.FROM_PARTS,))


def _stage(staging: Staging, group: Reading, about: About) -> dict[str, Any]:
    name = f"{stage_words.title(staging)}: {stage_words.word(staging)}"
    kind = f"{staging.system}-{staging.chapter}-{stage_words.word(staging)}".lower().replace(" ", "-")
    code = {"coding": [{"system": DERIVED, "code": kind}], "text": name}
    value = None
    if group.as_assigned is not None:
        coded = f"{kind}-{group.as_assigned}".lower().replace(" ", "-")
        text = f"{stage_words.title(staging)}, {stage_words.word(staging)} {group.as_assigned}"
        value = {"coding": [{"system": DERIVED, "code": coded}], "text": text}
    parts = [r.as_assigned or "/".join(r.possible) for r in (staging.t, staging.n, staging.m) if r is not None]
    notes = [words.categories(parts)] if parts else []
    if len(group.possible) > 1:
        notes.append(words.still_possible(group.possible))
    return _observation(about, code, staging.system, value, (*notes, *stage_words.notes(staging)))


def _observation(
    about: About, code: dict[str, Any], method: str, value: dict[str, Any] | None, notes: tuple[str, ...]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "meta": {"tag": [MARKED]},
        "status": "final",
        "code": code,
        "subject": dict(about.subject),
        "effectiveDateTime": about.made,
        "method": {"text": method},
        "note": [{"time": about.made, "text": text} for text in (words.DERIVED, *notes)],
    }
    if about.condition is not None:
        found["focus"] = [dict(about.condition)]
    if about.observations:
        found["derivedFrom"] = [dict(one) for one in about.observations]
    if value is None:
        unknown = {"coding": [{"system": ABSENT, "code": "unknown", "display": "Unknown"}]}
        return found | {"dataAbsentReason": unknown}
    return found | {"valueCodeableConcept": value}
