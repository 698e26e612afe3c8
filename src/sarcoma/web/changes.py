"""What changed in the evidence, as a page by release and as an Atom feed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET

from sarcoma.errors import EvidenceError
from sarcoma.evidence import Change, library
from sarcoma.outlook import why
from sarcoma.web.page import origin_url
from sarcoma.wording.alive import ABOUT, KINDS, change_title
from sarcoma.wording.language import _

ATOM = "application/atom+xml; charset=utf-8"
_XML = "http://www.w3.org/2005/Atom"
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:sarcoma-outlook:changes")
"""The feed is the same on every host, so that its ids are made of names and not of an address."""


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """One change, as the page shows it."""

    id: str
    kind: str
    kind_said: str
    about_said: str
    day: str
    because: str
    keys: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The changes that came with one release, or since the last, newest first."""

    title: str
    changes: tuple[ChangeShown, ...]


def by_release() -> list[Part]:
    """Every change, those since the last release first."""
    left = sorted(library().changes.values(), key=lambda c: c.date, reverse=True)
    releases = sorted(library().releases.values(), key=lambda r: r.date, reverse=True)
    parts = []
    if releases:
        since = [c for c in left if c.date > releases[0].date]
        title = _("Since version %(version)s (%(day)s)")
        parts.append(_part(title % {"version": releases[0].version, "day": releases[0].date.isoformat()}, since))
    for release, before in zip(releases, [*releases[1:], None], strict=True):
        own = [c for c in left if c.date <= release.date and (before is None or c.date > before.date)]
        title = _("Version %(version)s (%(day)s)")
        parts.append(_part(title % {"version": release.version, "day": release.date.isoformat()}, own))
    return parts


def _part(title: str, changes: list[Change]) -> Part:
    return Part(
        title,
        tuple(
            ChangeShown(
                c.id, c.kind, _(KINDS[c.kind]), _(ABOUT[c.about]), c.date.isoformat(), c.because, c.keys, c.sources
            )
            for c in changes
        ),
    )


@cache
def url_of(key: str) -> str:
    """The page of a key that a change names; "" where it has none (a field of the files, for example)."""
    try:
        why(key)
    except EvidenceError:
        return ""
    return origin_url(key)


def feed() -> bytes:
    """Every change as an Atom feed (RFC 4287), newest first."""
    ET.register_namespace("", _XML)
    root = ET.Element(_tag("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    changes = sorted(library().changes.values(), key=lambda c: (c.date, c.id), reverse=True)
    days = [*(c.date for c in changes), *(r.date for r in library().releases.values())]
    _text(root, "id", _NAMES.urn)
    _text(root, "title", "Sarcoma Outlook: what changed in the evidence")
    _text(root, "updated", f"{max(days).isoformat()}T00:00:00Z")
    _text(ET.SubElement(root, _tag("author")), "name", "Sarcoma Outlook")
    ET.SubElement(root, _tag("link"), {"rel": "self", "type": "application/atom+xml", "href": "/changes.atom"})
    ET.SubElement(root, _tag("link"), {"rel": "alternate", "type": "text/html", "href": "/changes"})
    for change in changes:
        entry = ET.SubElement(root, _tag("entry"))
        _text(entry, "id", uuid.uuid5(_NAMES, change.id).urn)
        _text(entry, "title", change_title(change))
        _text(entry, "updated", f"{change.date.isoformat()}T00:00:00Z")
        ET.SubElement(entry, _tag("category"), {"term": change.kind})
        link = {"rel": "alternate", "type": "text/html", "href": f"/changes#change-{change.id}"}
        ET.SubElement(entry, _tag("link"), link)
        _text(entry, "content", f"{change.because} ({', '.join(change.keys)})").set("type", "text")
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _tag(name: str) -> str:
    return f"{{{_XML}}}{name}"


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, _tag(name))
    element.text = text
    return element
