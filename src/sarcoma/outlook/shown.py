"""What an outlook shows: the keys of its facts, figures and models, and its entries of the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sarcoma.evidence import Entry, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.outlook import Outlook


def keys_shown(outlook: Outlook) -> frozenset[str]:
    """Everything that an outlook shows, by its key: facts, figures (`B21.dm`), models, treatments, alarms, profiles."""
    return frozenset(_keys(outlook))


def facts_shown(outlook: Outlook) -> tuple[str, ...]:
    """The facts that an outlook shows, or of which it shows a figure, in the order of the library."""
    keys = keys_shown(outlook)
    return tuple(key for key in library().facts if key in keys)


def entries_shown(outlook: Outlook) -> tuple[Entry, ...]:
    """Alarms, profiles and plain sentences that an outlook shows: what a clinician reviews."""
    lib, keys = library(), keys_shown(outlook)
    rooms = (lib.facts, lib.treatments, lib.red_flags, lib.sites, lib.profiles)
    return tuple(entry for room in rooms for key, entry in room.items() if key in keys)


def _keys(outlook: Outlook) -> Iterator[str]:
    for answer in outlook.answers:
        for near in (*answer.nearest, *answer.less_near):
            yield from _figure(near.figure)
    yield from (profile.id for profile in outlook.profiles.profiles)
    for model in outlook.models:
        if model.status == "applies":
            yield model.card.id
    for figure in (
        *outlook.spread, *outlook.spread_general, *outlook.nodes, *outlook.recurrence, *outlook.timing,
        *outlook.baselines, *outlook.stage_survival, *outlook.type_survival, *(s.median for s in outlook.scenarios),
    ):  # fmt: skip
        yield from _figure(figure)
    for fact in (*outlook.risk_factors, *outlook.follow_up):
        yield from _fact(fact.key)
    for site in outlook.sites:
        yield site.site.id
        for figure in (*site.shares, *site.general_shares):
            yield from _figure(figure)
        yield from (flag.id for flag in site.red_flags)
    for told in outlook.treatments:
        yield from _treatment(told.treatment.id)
        for figure in told.figures:
            yield from _figure(figure)
        for fact in told.facts:
            yield from _fact(fact.key)
        yield from (flag.id for flag in told.alarms)
    yield from (flag.id for flag in outlook.red_flags)
    yield from (question.id for question in outlook.questions)


def _figure(figure: OutlookFigure) -> tuple[str, str]:
    return figure.origin, figure.origin.partition(".")[0]


@cache
def _fact(key: str) -> tuple[str, ...]:
    named = PLACEHOLDER.findall(library().facts[key].statement)
    return (key, *(name if "." in name else f"{key}.{name}" for name in named))


@cache
def _treatment(key: str) -> tuple[str, ...]:
    told = library().treatments[key]
    texts = (told.statement, told.plain, told.caution, told.plain_caution)
    named = [name for text in texts for name in PLACEHOLDER.findall(text or "")]
    return (key, *named, *(name.partition(".")[0] for name in named), *told.harms)
