"""Origins and types as text and as data: what `why` and `types` print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sarcoma.errors import TypeLookupError
from sarcoma.evidence import (
    Entry,
    Fact,
    Figure,
    HistologicType,
    Question,
    Source,
    Treatment,
    library,
    overdue_reviews,
)
from sarcoma.models import Card
from sarcoma.outlook import Origin
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import card_sources_changed, from_fact, sources_changed
from sarcoma.report.approvals import approval_lines
from sarcoma.report.cards import write_card, write_source
from sarcoma.report.data import source_status
from sarcoma.report.draft import Draft
from sarcoma.wording import figures
from sarcoma.wording import survival as survival_words
from sarcoma.wording.alive import overdue_note, review_note
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.language import _


def origin_text(origin: Origin, country: str | None = None) -> str:
    """The origin of a figure, to read; of a treatment, the decisions of the reader's country first."""
    page = Draft()
    write_origin(page, origin, country)
    return str(page)


REVIEWED = "Reviewed"
"""The label of the row that says who has reviewed an entry."""


def asks_first(origin: Origin) -> bool:
    """Whether the page of an origin tells how long people live, which is shown only to those who ask."""
    if origin.card is not None:
        return origin.card.outcome.about_survival
    if origin.fact is not None:
        return survival_words.kept_back(origin.fact)
    return any(figures.names_survival(text, None) for _name, text in _rows(origin))


def write_origin(page: Draft, origin: Origin, country: str | None = None, *, survival: bool = True) -> None:
    """The origin of a figure onto a page; without `survival` only what does not tell how long people live."""
    if origin.card is not None:
        if survival or not asks_first(origin):
            write_card(page, origin.card)
        else:
            _about_card(page, origin.card)
        return
    if origin.fact is not None:
        if survival or not asks_first(origin):
            _fact(page, origin.fact, origin.figure)
        else:
            _about_fact(page, origin.fact)
    elif isinstance(origin.entry, Source):
        page.heading(origin.key)
        write_source(page, origin.entry)
        used = [fact.key for fact in library().facts.values() if origin.key in _sources_used(fact)]
        if used:
            page.text(f"Used in: {', '.join(used)}", indent=2)
    else:
        page.heading(f"{origin.key} ({origin.kind})")
        for name, text in _rows(origin):
            if survival or not figures.names_survival(text, None):
                page.row(name.replace("_", " "), figures.fill(text, None, plain=False), width=22)
        if isinstance(origin.entry, Treatment):
            _treatment(page, origin.entry, country)
        if isinstance(origin.entry, Entry) and not isinstance(origin.entry, Question):
            page.row(REVIEWED, reviewed(origin.entry), width=22)
    if origin.sources:
        page.blank()
        page.subheading("Sources")
        for source in origin.sources:
            write_source(page, source)


def _rows(origin: Origin) -> Iterator[tuple[str, str]]:
    """The fields of an entry with their texts, whose figures are still named in braces."""
    if isinstance(origin.entry, Source):
        return
    dump = getattr(origin.entry, "model_dump", dict)
    for name, value in dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True).items():
        if name not in ("approvals", "reviewed"):
            yield name, _flat(value)


def _about_card(page: Draft, card: Card) -> None:
    """What a model is about, without what it says of anyone."""
    page.heading(card.name)
    for said in figures.changed_sources(card_sources_changed(card)):
        page.caution(f"{said[:1].upper()}{said[1:]}.")
    people = card.population
    page.row("Outcome", card.outcome.event)
    page.row("Made from", "; ".join(p for p in (people.description, people.period) if p))
    page.row("Shown to", "everyone" if card.audience == "everyone" else "sarcoma teams only")
    if not tested_elsewhere(card):
        page.caution(_(NOT_TESTED))


def _about_fact(page: Draft, fact: Fact) -> None:
    """What a fact is about, and its figures that do not tell how long people live."""
    page.heading(fact.key)
    page.text(survival_words.subject(fact))
    told, plain = survival_words.told_unasked(fact)
    if told:
        page.text(figures.fill(told, fact, plain=False))
    if plain:
        page.note(figures.fill(plain, fact, plain=True, alone=False))
    if not told:
        for said in figures.beside((), fact):
            page.caution(said)
    page.blank()
    for figure in fact.figures:
        if figure.shown and survival_words.may_stand(fact, figure):
            shown = from_fact(fact, figure)
            page.item(f"{figures.timed(shown)}: {figures.quantity(shown)}", key=f"{fact.key}.{figure.id}")
    page.blank()
    page.row("Level of evidence", fact.level.replace("-", " "))
    page.row("Read on", _day_read(fact))
    page.row(REVIEWED, reviewed(fact))
    if note := overdue_note((fact.key,)):
        page.caution(note)


def _treatment(page: Draft, treatment: Treatment, country: str | None) -> None:
    if treatment.no_longer_available:
        page.caution("No longer available.")
    lines = list(approval_lines(treatment, country))
    if lines:
        page.blank()
        page.subheading("What regulators decided")
        for line in lines:
            page.item(line)


def reviewed(entry: Entry) -> str:
    """Which clinician has read an entry and when, or that none has."""
    if entry.reviewed is None:
        return review_note((entry,))
    return f"{entry.reviewed.name}, {entry.reviewed.date.isoformat()}"


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_flat(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k.replace('_', ' ')} {_flat(v)}" for k, v in value.items())
    return str(value)


def _sources_used(fact: Fact) -> set[str]:
    return {*fact.sources, *(s for f in fact.figures for s in f.sources or ())}


def _fact(page: Draft, fact: Fact, chosen: Figure | None) -> None:
    page.heading(fact.key + (f".{chosen.id}" if chosen else ""))
    if chosen is not None and not chosen.shown:
        page.text("This figure is not shown anywhere: it is from memory or was not visible in what was read.")
        return
    page.text(figures.fill(fact.statement, fact, plain=False))
    page.note(figures.fill(fact.plain, fact, plain=True, alone=False))
    page.blank()
    for figure in fact.figures if chosen is None else (chosen,):
        if not figure.shown:
            page.item(f"{figure.what}: withheld ({', '.join(figures.MARK_WORDS[m] for m in figure.marks)})")
            continue
        shown = from_fact(fact, figure)
        page.item(f"{figures.timed(shown)}: {figures.quantity(shown)}", key=f"{fact.key}.{figure.id}")
        details = [shown.group or "", shown.population or "", shown.period or "", figures.marks(shown)]
        if figure.calculation:
            details.append(f"arithmetic: {figure.calculation}")
        if figure.note:
            details.append(figure.note)
        line = "; ".join(d for d in details if d)
        if line:
            page.note(line)
    page.blank()
    page.row("Level of evidence", fact.level.replace("-", " "))
    page.row("Read on", _day_read(fact))
    page.row(REVIEWED, reviewed(fact))
    if note := overdue_note((fact.key,)):
        page.caution(note)
    if fact.marks:
        page.row("Marks", ", ".join(figures.MARK_WORDS[m] for m in fact.marks))
    if fact.disagrees_with:
        page.row("Disagrees with", ", ".join(fact.disagrees_with))
    if fact.superseded_by:
        page.row("Superseded by", fact.superseded_by)
    if fact.note:
        page.row("Note", fact.note)


def _day_read(fact: Fact) -> str:
    if isinstance(fact.read_on, str):
        return f"day not noted, by {fact.compiled_on}"
    return fact.read_on.isoformat()


def origin_data(origin: Origin) -> dict[str, Any]:
    """The origin of a figure, as data."""

    def dump(entry: Any) -> Any:
        return entry.model_dump(mode="json", by_alias=True, exclude_none=True) if entry is not None else None

    fact = dump(origin.fact)
    if fact is not None and origin.fact is not None:
        fact["figures"] = [
            {**dump(f), "source_status": source_status(sources_changed(origin.fact.sources_of(f)))}
            for f in origin.fact.figures
            if f.shown
        ]
        fact["review_by"] = library().topics[origin.fact.topic].review_by.isoformat()
        fact["topic_overdue"] = bool(overdue_reviews(library(), (origin.fact.key,)))
    found = {
        "key": origin.key,
        "kind": origin.kind,
        "fact": fact,
        "figure": dump(origin.figure) if origin.figure is not None and origin.figure.shown else None,
        "model": dump(origin.card),
        "entry": dump(origin.entry),
        "arithmetic": origin.arithmetic,
        "source_status": source_status(sources_changed(tuple(s.key for s in origin.sources))),
        "sources": [{**dump(s), "link": s.link} for s in origin.sources],
    }
    return {name: value for name, value in found.items() if value is not None}


# -- histologic types


def types_data(name: str | None) -> list[dict[str, Any]]:
    """All types, or those that a name, abbreviation or code stands for.

    Raises
    ------
    TypeLookupError : the name is unknown or out of scope; several candidates are listed, not refused.
    """
    if name is None:
        found = list(library().types.values())
    else:
        from sarcoma.patient.histology import resolve_type

        try:
            found = [library().types[resolve_type(name)]]
        except TypeLookupError as error:
            if error.reason != "ambiguous":
                raise
            found = [library().types[c] for c in error.candidates]
    return [t.model_dump(mode="json", exclude_none=True) for t in found]


def types_text(found: list[dict[str, Any]]) -> str:
    """Types to read: name, group, codes."""
    page = Draft()
    if len(found) > 1:
        page.heading(f"{len(found)} histologic types")
    for raw in found:
        entity = HistologicType.model_validate(raw)
        codes = ", ".join(c.code + (" (older)" if c.legacy else "") for c in entity.codes) or "no ICD-O-3 code"
        page.item(f"{entity.name}: {codes}; {entity.group}", key=entity.id)
        if len(found) == 1:
            for label, value in (
                ("Also called", ", ".join((*entity.synonyms, *entity.abbreviations))),
                ("Now called", entity.now_called or ""),
                ("In plain words", entity.plain or ""),
                ("Listed by", ", ".join(entity.seen_in)),
                ("Marks", ", ".join(entity.marks)),
                ("Note", entity.note or ""),
            ):
                if value:
                    page.row(label, value, width=18)
    return str(page)
