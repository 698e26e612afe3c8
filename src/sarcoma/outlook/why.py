"""`why`: opening the origin of any figure – fact, source, card, and the arithmetic."""

from __future__ import annotations

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.errors import EvidenceError
from sarcoma.evidence import Fact, Figure, Source, library
from sarcoma.models import Card, cards


@dataclass(frozen=True, slots=True)
class Origin:
    """What a key stands for: a fact (with the one figure named, if any), a card, a source or another entry."""

    key: str
    kind: str
    fact: Fact | None = None
    figure: Figure | None = None
    card: Card | None = None
    entry: object | None = None
    sources: tuple[Source, ...] = ()
    arithmetic: str | None = None


@checked
def why(key: str) -> Origin:
    """The origin behind a key: `B21`, `B21.lung_first`, `kattan-2002`, `LOCHNER20`, a type, site or treatment.

    Raises
    ------
    EvidenceError : nothing has this key; the message says what keys look like.
    """
    key = key.strip()[:80]
    lib = library()
    if key in cards():
        card = cards()[key]
        cited = [card.citation, *(p.source for p in card.performance)]
        own = (card.source,) if card.source is not None else ()
        return Origin(key, "model", card=card, sources=(*own, *_sources(cited)), arithmetic=card.arithmetic)
    if key in lib.facts:
        fact = lib.facts[key]
        used = [*fact.sources, *(s for f in fact.figures for s in f.sources or ())]
        return Origin(key, "fact", fact=fact, sources=_sources(used))
    if "." in key:
        fact, figure = lib.figure(key)
        return Origin(
            key,
            "figure",
            fact=fact,
            figure=figure,
            sources=_sources(fact.sources_of(figure)),
            arithmetic=figure.calculation,
        )
    for kind, entries in (
        ("source", lib.sources),
        ("type", lib.types),
        ("site", lib.sites),
        ("treatment", lib.treatments),
        ("red flag", lib.red_flags),
        ("claim", lib.claims),
        ("question", lib.questions),
        ("type profile", lib.profiles_by_key),
        ("general statement", lib.statements_by_key),
    ):
        entry = entries.get(key)
        if entry is not None:
            return Origin(key, kind, entry=entry, sources=_sources(getattr(entry, "sources", ())))
    raise EvidenceError(
        f"nothing has the key {key[:40]!r}; keys look like B21, B21.lung_first, kattan-2002 or LOCHNER20"
    )


def _sources(keys: object) -> tuple[Source, ...]:
    known = library().sources
    return tuple(known[k] for k in dict.fromkeys(keys) if k in known)  # type: ignore[call-overload]
