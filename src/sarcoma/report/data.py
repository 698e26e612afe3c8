"""The outlook as plain data for `--json`: everything, unrounded, each figure with its origin."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

from sarcoma._arguments import checked
from sarcoma._frozen import Frozen
from sarcoma.evidence import Entry, Fact, SourceStatus, library, overdue_reviews, review_state
from sarcoma.evidence.versions import versioned
from sarcoma.outlook import ModelAnswer, Outlook, OutlookFigure, Scenario, TreatmentOutlook
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import card_sources_changed, sources_changed
from sarcoma.outlook.record_view import Known, record_of
from sarcoma.outlook.shown import entries_shown, facts_shown
from sarcoma.patient.staging import Staging
from sarcoma.wording import figures
from sarcoma.wording import staging as stage_words
from sarcoma.wording.outlook import SCENARIO_LIMITS, note
from sarcoma.wording.record import known_value


@checked
def as_data(outlook: Outlook, *, country: str | None = None) -> dict[str, Any]:
    """An outlook as JSON-ready data (None for unknown, never NaN), with versions and the record.

    `country` puts what its regulators decided on a treatment first.

    Raises
    ------
    EvidenceError : there is no such country.
    """
    data = versioned({"record": record_of(outlook.known)})
    data |= {field.name: _plain(getattr(outlook, field.name)) for field in dataclasses.fields(outlook)}
    data["treatments"] = [_treatment(told, country) for told in outlook.treatments]
    data["overdue_topics"] = [
        {"topic": topic.id, "review_by": topic.review_by.isoformat()}
        for topic in overdue_reviews(library(), facts_shown(outlook))
    ]
    data["reviewed"] = review_state(entries_shown(outlook))
    data["notes"] = [note(code) for code in outlook.notes]
    data["notice"] = figures.NOTICE
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, Fact):
        return _fact(value)
    if isinstance(value, ModelAnswer):
        return _model(value)
    if isinstance(value, TreatmentOutlook):
        return _treatment(value)
    if isinstance(value, OutlookFigure):
        return _figure(value)
    if isinstance(value, Staging):
        return {**_fields(value), "notes": list(stage_words.notes(value))}
    if isinstance(value, Known):
        return {**_fields(value), "value": known_value(value)}
    if isinstance(value, Scenario):
        return {**_fields(value), "limits": list(SCENARIO_LIMITS)}
    if isinstance(value, Frozen):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(v) for v in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _figure(figure: OutlookFigure) -> dict[str, Any]:
    data = _fields(figure)
    del data["start"], data["sources_changed"]
    return data | {"notes": list(figures.notes(figure)), "source_status": source_status(figure.sources_changed)}


def source_status(changed: Iterable[tuple[str, SourceStatus]]) -> list[dict[str, Any]]:
    """What became of sources since, as data: source, what, on, because, by; empty where nothing did."""
    return [{"source": key, **status.model_dump(mode="json", exclude={"reviewed"})} for key, status in changed]


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "origin": fact.key,
        "topic": fact.topic,
        "statement": figures.fill(fact.statement, fact, plain=False),
        "plain": figures.fill(fact.plain, fact, plain=True),
        "about_survival": figures.names_survival(fact.statement, fact),
        "level": fact.level,
        "audience": fact.audience,
        "sources": list(fact.sources),
        "marks": list(fact.marks),
        "source_status": source_status(sources_changed(fact.sources)),
        "superseded_by": fact.superseded_by,
        "reviewed": _reviewed(fact),
    }


def _reviewed(entry: Entry) -> Any:
    return "none" if entry.reviewed is None else entry.reviewed.model_dump(mode="json")


def _model(model: ModelAnswer) -> dict[str, Any]:
    card = model.card
    return {
        "origin": card.id,
        "name": card.name,
        "version": card.version,
        "kind": card.form.kind,
        "status": model.status,
        "audience": card.audience,
        "personal": card.personal,
        "provenance": card.provenance.grade,
        "estimand": card.outcome.estimand,
        "event": card.outcome.event,
        "probability_of": card.outcome.probability_of,
        "time_zero": card.outcome.time_zero,
        "population": _plain(card.population),
        "interval_note": card.interval_note,
        "figures": _plain(model.figures),
        "course": _plain(model.course),
        "also": _plain(model.also),
        "withheld": list(model.withheld),
        "reasons": list(model.reasons),
        "unknown_fields": list(model.fields),
        "ranged_over": list(model.ranged_over),
        "cautions": list(model.cautions),
        "plain_cautions": list(model.plain_cautions),
        "assumptions": list(model.assumptions),
        "known_problems": list(card.known_problems),
        "performance": _plain(card.performance),
        "tested_elsewhere": tested_elsewhere(card),
        "source_status": source_status(card_sources_changed(card)),
    }


def _treatment(shown: TreatmentOutlook, country: str | None = None) -> dict[str, Any]:
    treatment = shown.treatment
    return {
        "origin": treatment.id,
        "name": treatment.name,
        "plain_name": treatment.plain_name,
        "kind": treatment.kind,
        "setting": treatment.setting,
        "step": shown.step,
        "for_this_type": shown.for_this_type,
        "open_conditions": list(shown.open_conditions),
        "statement": figures.fill(treatment.statement, None, plain=False),
        "plain": figures.fill(treatment.plain, None, plain=True),
        "about_survival": figures.names_survival(treatment.statement, None),
        "figures": _plain(shown.figures),
        "approvals": _plain(library().approvals_of(treatment.id, country) if treatment.is_medicine else ()),
        "caution": treatment.caution,
        "no_longer_available": treatment.no_longer_available,
        "withdrawal": treatment.withdrawal,
        "line": treatment.line,
        "alarms": [flag.id for flag in shown.alarms],
        "sources": list(treatment.sources),
        "source_status": source_status(sources_changed(treatment.sources)),
        "reviewed": _reviewed(treatment),
    }
