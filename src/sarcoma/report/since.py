"""What changed since an earlier outlook: the comparison itself, its text, and its plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sarcoma._arguments import checked
from sarcoma.models import Card
from sarcoma.outlook import Outlook, outlook_of
from sarcoma.outlook.earlier import PARTS, Earlier, Told, earlier_of
from sarcoma.outlook.record_view import codes
from sarcoma.outlook.since import CAUSES, Difference, FieldDifference, Since, compare
from sarcoma.patient import Patient
from sarcoma.report.data import as_data
from sarcoma.report.draft import Draft
from sarcoma.wording import since as words

MOST_LINES, MOST_FACTS = 12, 4
"""So many differences of one part and cause stand in the text; the data has all."""


@checked
def since_earlier(
    earlier: Earlier | Mapping[str, Any],
    patient: Patient,
    now: Mapping[str, Any],
    own_cards: Iterable[Card] = (),
    *,
    survival: bool = False,
) -> Since:
    """What differs since an earlier outlook, whose record is asked again with today's evidence and models.

    Parameters
    ----------
    earlier : the data of an earlier outlook, or what `sarcoma.outlook.since.earlier_of` made of it.
    patient, now : today's record, and its outlook as data (`as_data`).
    own_cards : models of one's own, beside those shipped.
    survival : whether figures about survival are compared too.

    Raises
    ------
    EarlierError : it is no earlier outlook, or one that cannot be compared.
    """
    if not isinstance(earlier, Earlier):
        earlier = earlier_of(earlier)
    again: Outlook = outlook_of(earlier.patient, own_cards)
    return compare(earlier, as_data(again), now, patient, survival=survival)


@checked
def since_data(found: Since) -> dict[str, Any]:
    """A comparison as JSON-ready data: each difference with its cause and the log entries that speak of it."""
    return {
        "earlier_versions": dict(found.then),
        "survival_compared": found.survival,
        "person": [_field(one) for one in found.person],
        "differences": [_difference(one) for one in found.differences],
    }


def _field(one: FieldDifference) -> dict[str, Any]:
    then, now = (None if known is None else codes(known.value) for known in (one.before, one.after))
    return {"field": one.name, "label": one.label, "what": one.what, "before": then, "after": now}


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "part": one.part,
        "key": one.key,
        "what": one.what,
        "aspects": list(one.aspects),
        "cause": one.cause,
        "changes": [
            {"id": c.id, "date": c.date.isoformat(), "kind": c.kind, "because": c.because} for c in one.changes
        ],
        "before": _told(one.before, one.aspects),
        "after": _told(one.after, one.aspects),
        "about_survival": one.about_survival,
    }


def _told(told: Told | None, aspects: tuple[str, ...]) -> dict[str, Any] | None:
    """What stood there: only what differs, or all of it where the part is new or gone."""
    return None if told is None else {name: told.aspects.get(name) for name in aspects or told.aspects}


@checked
def since_text(found: Since, *, plain: bool) -> Draft:
    """A comparison as text for a terminal."""
    page = Draft()
    page.heading(words.title(plain=plain))
    page.text(words.versions(found, plain=plain))
    page.heading(words.person_title(plain=plain))
    for told in found.person:
        page.item(words.person(told))
    if not found.person:
        page.text(words.same_person(plain=plain))
    shown = [one for one in found.differences if not (plain and one.for_teams)]
    for cause in CAUSES:
        of_cause = [one for one in shown if one.cause == cause]
        if not of_cause:
            continue
        page.heading(words.cause(cause, plain=plain))
        for part in PARTS:
            lines = [one for one in of_cause if one.part == part]
            if lines:
                page.blank()
                page.subheading(words.part(part, plain=plain))
            most = MOST_FACTS if part == "fact" else MOST_LINES
            for one in lines[:most]:
                page.item(words.difference(one, plain=plain), key=words.origin(one))
                for change in one.changes[:2]:
                    page.note(words.change(change))
            if len(lines) > most:
                page.text(words.more(len(lines) - most))
    if not shown:
        page.heading(words.outlook_title(plain=plain))
        page.text(words.same_outlook(plain=plain))
    page.blank()
    page.text(words.closing(found))
    return page
