"""Outlook Bundle: an outlook as FHIR R4 – a RiskAssessment for each model and horizon; what was not said, and why."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sarcoma._arguments import checked
from sarcoma.exchange.derived_observation import derived_observations
from sarcoma.exchange.reading import Reading
from sarcoma.exchange.risk_assessment import About, figures_of, method, risk_assessments
from sarcoma.exchange.writing import record_bundle
from sarcoma.outlook import ModelAnswer, Outlook
from sarcoma.outlook.record_view import record_of
from sarcoma.patient import Patient
from sarcoma.wording import assessment as words
from sarcoma.wording import figures
from sarcoma.wording import models as model_words
from sarcoma.wording.alive import standing
from sarcoma.wording.outlook import note

MEDIA_TYPE = "application/fhir+json"


@checked
def outlook_bundle(
    outlook: Outlook,
    reading: Reading | None = None,
    *,
    survival: bool = False,
    instead: Iterable[str] = (),
    made: datetime.datetime | None = None,
) -> dict[str, Any]:
    """An outlook as a FHIR R4 Bundle (a collection), as plain dictionaries.

    Parameters
    ----------
    outlook : for sarcoma teams.
    reading : where its record was read from; the assessments then rest on the sender's resources. Without one the
        record itself is written beside them, and they rest on that.
    survival : whether figures about survival are written; that some were left out is said.
    instead : fields that were given by hand in place of what the sender says; what only they rested on is no basis.
    made : when; now, if not given.
    """
    when = (made or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC).isoformat(timespec="seconds")
    by_hand = frozenset(instead)
    entries, about = _of_record(outlook, when) if reading is None else ([], _of_reading(reading, by_hand, when))
    notes = (*(note(code) for code in outlook.notes), *standing(outlook), words.made_by(), figures.NOTICE)
    speaking = [model for model in outlook.models if model.status == "applies"]
    written = [one for model in speaking for one in risk_assessments(model, about, notes, survival=survival)]
    issues = [*_silent_models(outlook, survival=survival), *_of_the_record(outlook, by_hand)]
    issues += [] if reading is None else _of_the_reading(reading, by_hand)
    account = {"resourceType": "OperationOutcome", "issue": [*issues, _issue("informational", figures.NOTICE)]}
    written += [*derived_observations(outlook, about), account]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": when,
        "entry": [*entries, *({"fullUrl": uuid.uuid4().urn, "resource": one} for one in written)],
    }


# -- on what it rests


def _of_reading(reading: Reading, by_hand: frozenset[str], when: str) -> About:
    """The sender's own resources, by reference."""
    subject = _reference(reading.subject or "the person")
    condition = None if reading.condition is None else _reference(reading.condition)
    fields: dict[str, set[str]] = {}
    for field, origin in reading.origins.items():
        fields.setdefault(origin.reference, set()).add(field)
    needed = {reading.subject, reading.condition}
    used = (name for name in reading.used if name in needed or not fields.get(name) or fields[name] - by_hand)
    basis = tuple(_reference(name) for name in used)
    return About(subject, condition, basis, _of_kind(basis, "Observation"), when)


def _reference(name: str) -> dict[str, Any]:
    """By type and id; a resource that has no id is named by its place in what was sent."""
    kind, slash, _id = name.partition("/")
    return {"reference": name, "type": kind} if slash else {"display": name}


def _of_record(outlook: Outlook, when: str) -> tuple[list[dict[str, Any]], About]:
    """The record itself, written beside what is said of it."""
    entries = _anew(record_bundle(Patient(**record_of(outlook.known)))["entry"])
    named = {one["resource"]["resourceType"]: _by_address(one) for one in reversed(entries)}
    basis = tuple(_by_address(one) for one in entries)
    return entries, About(named["Patient"], named.get("Condition"), basis, _of_kind(basis, "Observation"), when)


def _anew(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries under addresses that no other Bundle has: a record is written under the same ones for everybody."""
    text = json.dumps(entries)
    for entry in entries:
        text = text.replace(entry["fullUrl"], uuid.uuid4().urn)
    return json.loads(text)  # type: ignore[no-any-return]


def _by_address(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"reference": entry["fullUrl"], "type": entry["resource"]["resourceType"]}


def _of_kind(references: tuple[Mapping[str, Any], ...], kind: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(one for one in references if one.get("type") == kind)


# -- what was not said, and why


def _silent_models(outlook: Outlook, *, survival: bool) -> Iterator[dict[str, Any]]:
    """Models that say nothing, and those of which figures were left out."""
    for model in outlook.models:
        yield from _silent(model, survival=survival)


def _of_the_record(outlook: Outlook, by_hand: frozenset[str]) -> Iterator[dict[str, Any]]:
    """What was taken for granted, and what was given beside the sender's data."""
    for known in outlook.known:
        if known.assumed:
            yield _issue("informational", words.taken_as_not_happened(known.field))
    for field in sorted(by_hand):
        yield _issue("informational", words.by_hand(field))


def _silent(model: ModelAnswer, *, survival: bool) -> Iterator[dict[str, Any]]:
    name = method(model.card)["coding"]
    if model.status != "applies":
        kind = "business-rule" if model.status == "does not apply" else "incomplete"
        yield _issue(kind, model_words.says_nothing(model), coding=name)
    elif not (model.figures or model.also):
        yield _issue("incomplete", words.no_figure(model.card), coding=name)
    elif len(figures_of(model, survival=survival)) < len((*model.figures, *model.also)):
        yield _issue("suppressed", words.survival_left_out(model.card), coding=name)


def _of_the_reading(reading: Reading, by_hand: frozenset[str]) -> Iterator[dict[str, Any]]:
    """What of the sender's data was not used, and why."""
    for field, why in reading.conflicts.items():
        if field not in by_hand:
            yield _issue("conflict", words.not_known(field, why), severity="warning")
    for one in reading.unread:
        yield _issue("code-invalid", words.not_read(one.text), severity="warning")
    for field, why in reading.unknown.items():
        if field not in reading.conflicts and field not in by_hand:
            yield _issue("incomplete", words.not_known(field, why))
    for stage in reading.stated:
        if stage.differs and stage.said is not None:
            text = words.stage_differs(stage.part, stage.said, stage.derived)
            yield _issue("conflict", text, severity="warning")
    for remark in reading.remarks:
        yield _issue("informational", f"{remark.path}: {remark.text}")
    if reading.deceased:
        yield _issue("informational", words.HAS_DIED, severity="warning")


def _issue(
    code: str, text: str, *, severity: str = "information", coding: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    details = {"text": text} if coding is None else {"coding": coding, "text": text}
    return {"severity": severity, "code": code, "details": details}
