"""Browsing: every card and every piece of evidence on a page of its own, with a permanent address, and a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sarcoma.errors import CardError, EvidenceError, RequestError
from sarcoma.evidence import Fact, Treatment, library
from sarcoma.models import card
from sarcoma.outlook import Origin, why
from sarcoma.report.blocks import Block, Heading, Table
from sarcoma.report.draft import Draft
from sarcoma.report.origin import REVIEWED, asks_first, write_origin
from sarcoma.web.entries import of_card, opening
from sarcoma.web.page import blocks_html, origin_url
from sarcoma.wording import survival as survival_words
from sarcoma.wording.alive import TOPICS, overdue_note

MOST = 60
"""Results that a search shows."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry in a list."""

    key: str
    kind: str
    text: str
    url: str
    words: str


def entry(key: str, country: str = "", *, survival: bool = False) -> dict[str, Any]:
    """What the page of one entry of the evidence shows; of a treatment, the decisions of `country` first.

    How long people live is told only with `survival`; else the page asks.

    Raises
    ------
    RequestError : 404, there is no such entry.
    """
    if key != key.strip()[:80]:
        raise RequestError(404, "Nothing here has that key.")  # one address for each page, so that none is kept twice
    try:
        origin = why(key)
    except EvidenceError:
        raise RequestError(404, "Nothing here has that key.") from None
    page = Draft()
    write_origin(page, origin, country or None, survival=survival)
    blocks = page.blocks[1:] if page.blocks and isinstance(page.blocks[0], Heading) else page.blocks
    asks = asks_first(origin) and not survival
    return {
        "key": key,
        "opening": opening(origin),
        "body": blocks_html(blocks if asks else _without_review(origin, blocks), top=3),
        "asks": asks,
        "used": _used(key),
        "up": ("/evidence", "All the evidence"),
        "data": f"/api/evidence/{key}",
        "path": f"/evidence/{key}",
        "country": country,
        "by_country": isinstance(origin.entry, Treatment) and origin.entry.is_medicine,
    }


def model(card_id: str, *, survival: bool = False) -> dict[str, Any]:
    """What the page of one model shows; of a model of survival only with `survival`, else the page asks.

    Raises
    ------
    RequestError : 404, there is no such model.
    """
    try:
        shown = card(card_id)
    except CardError:
        raise RequestError(404, "There is no model of that name.") from None
    origin = why(card_id)
    page = Draft()
    write_origin(page, origin, survival=survival)
    return {
        "key": shown.id,
        "opening": of_card(shown),
        "body": blocks_html(page.blocks[1:], top=3),
        "asks": asks_first(origin) and not survival,
        "used": [],
        "up": ("/models", "All the models"),
        "data": f"/api/models/{shown.id}",
        "path": f"/models/{shown.id}",
        "country": "",
        "by_country": False,
    }


def _used(key: str) -> list[tuple[str, str]]:
    """Facts that rest on a source, or that are about a treatment."""
    return [
        (fact.key, _short(survival_words.title(fact)))
        for fact in library().facts.values()
        if key in fact.sources or key in fact.treatments or any(key in (f.sources or ()) for f in fact.figures)
    ]


def _without_review(origin: Origin, blocks: list[Block]) -> list[Block]:
    """The record of an entry without that nobody has reviewed it, which the page has said above."""
    if getattr(origin.fact or origin.entry, "reviewed", None) is not None:
        return blocks
    return [
        replace(block, rows=[row for row in block.rows if row[0] != REVIEWED]) if isinstance(block, Table) else block
        for block in blocks
    ]


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


@cache
def index() -> tuple[Found, ...]:
    """Everything that has a page, with the words it is found by."""
    return tuple(
        Found(key, kind, text, origin_url(key), f"{key} {text} {words}".casefold())
        for key, kind, text, words in _entries()
    )


def _entries() -> Iterator[tuple[str, str, str, str]]:
    from sarcoma.models import cards

    lib = library()
    for one in cards().values():
        yield one.id, "model", one.name, f"{one.population.description} {one.citation}"
    for fact in lib.facts.values():
        if "from-memory" not in fact.marks:
            yield fact.key, "fact", survival_words.title(fact), _fact_words(fact)
    for kind in lib.types.values():
        yield kind.id, "type", kind.name, " ".join((*kind.synonyms, *kind.abbreviations, *(c.code for c in kind.codes)))
    for site in lib.sites.values():
        yield site.id, "site", site.name, " ".join((site.plain_name, *site.synonyms))
    for treatment in lib.treatments.values():
        if not treatment.record_only:
            name = treatment.name + (" (no longer available)" if treatment.no_longer_available else "")
            yield treatment.id, "treatment", name, " ".join((treatment.plain_name, *treatment.synonyms))
    for flag in lib.red_flags.values():
        yield flag.id, "red flag", flag.title, " ".join(flag.signs)
    for claim in lib.claims.values():
        yield claim.id, "claim", survival_words.without(claim.claim), ""
    for source in lib.sources.values():
        yield source.key, "source", source.cite(), ""


def _fact_words(fact: Fact) -> str:
    return " ".join((fact.topic, fact.population or "", *fact.types, *fact.organs, *fact.treatments, *fact.sources))


def search(query: str) -> list[Found]:
    """Entries that have every word of the query, at most `MOST`."""
    words = query[:80].casefold().split()
    found = [f for f in index() if all(w in f.words for w in words)] if words else []
    return sorted(found, key=lambda f: f.key.casefold() not in words)[:MOST]


@cache
def shelves() -> dict[str, tuple[str, tuple[Found, ...]]]:
    """Everything in the order of the house, by the name of the shelf: title and entries. Facts stand by topic."""
    found: dict[str, list[Found]] = {}
    titles: dict[str, str] = {}
    by_key = {f.key: f for f in index()}
    for fact in library().facts.values():
        if fact.key in by_key:
            found.setdefault(fact.topic, []).append(by_key[fact.key])
            words = TOPICS[fact.topic]
            titles[fact.topic] = words[:1].upper() + words[1:]
    for kind, title in _SHELVES.items():
        name = _shelf_name(kind)
        found[name], titles[name] = [f for f in index() if f.kind == kind], title
    return {name: (titles[name], tuple(entries)) for name, entries in found.items()}


_SHELVES = {
    "type": "Kinds of sarcoma",
    "site": "Places it spreads to",
    "treatment": "Treatments",
    "red flag": "When to get help",
    "claim": "Claims of the article",
    "source": "Sources",
}


def _shelf_name(kind: str) -> str:
    return kind.replace(" ", "-") + "s"


LISTS = frozenset(_shelf_name(kind) for kind in _SHELVES)
"""Shelves that are lists of one kind of entry, no topic of facts."""

KIND_WORDS = {
    "model": "model",
    "fact": "what was found",
    "type": "kind of sarcoma",
    "site": "place it spreads to",
    "treatment": "treatment",
    "red flag": "when to get help",
    "claim": "claim of the article",
    "source": "source",
}
"""Kind of an entry → what people are told that it is."""


def shelf(name: str) -> dict[str, Any]:
    """What the page of one shelf shows.

    Raises
    ------
    RequestError : 404, there is no such shelf.
    """
    if name not in shelves():
        raise RequestError(404, "There is no such shelf.")
    title, entries = shelves()[name]
    return {"title": title, "entries": entries, "overdue": overdue_note(e.key for e in entries if e.kind == "fact")}
