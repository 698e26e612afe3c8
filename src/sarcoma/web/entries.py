"""Entries: what the page of a piece of evidence opens with, for people; its record of fields stands folded beneath."""

from __future__ import annotations

from dataclasses import dataclass

from sarcoma.evidence import (
    Claim,
    Fact,
    Figure,
    HistologicType,
    MetastaticSite,
    Question,
    RedFlag,
    Source,
    Treatment,
    library,
)
from sarcoma.models import Card
from sarcoma.outlook import Origin
from sarcoma.outlook.figure import card_sources_changed, from_fact, sources_changed
from sarcoma.wording import alive, figures, source, whom
from sarcoma.wording.answer import counted, tested


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of a fact in a table; `id` is its anchor, `said` its number or why it is not shown."""

    id: str
    what: str
    said: str
    of: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source in a readable sentence, with its key here and its address elsewhere."""

    key: str
    sentence: str
    title: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What comes first: a title, the thing in plain words, of whom, how sure, and lists under a label."""

    title: str
    says: tuple[str, ...] = ()
    strong: str = ""
    of_whom: tuple[str, ...] = ()
    how_sure: tuple[str, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rows: tuple[FigureRow, ...] = ()
    sources: tuple[SourceLine, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


def opening(origin: Origin) -> Opening:
    """What the page of an entry opens with."""
    lines = tuple(_source_line(one) for one in origin.sources)
    if origin.fact is not None:
        return _of_fact(origin.fact, origin.figure, lines)
    if origin.card is not None:
        return of_card(origin.card)
    entry = origin.entry
    if isinstance(entry, Source):
        return Opening(source.named(entry), (source.in_short(origin),), sources=(_source_line(entry),))
    if isinstance(entry, HistologicType):
        return _of_type(entry, source.in_short(origin), lines)
    if isinstance(entry, MetastaticSite):
        return _of_site(entry, lines)
    if isinstance(entry, RedFlag):
        return _of_flag(entry, lines)
    if isinstance(entry, Treatment):
        return _of_treatment(entry, lines)
    if isinstance(entry, Claim):
        said = (f"“{_filled(entry.claim)}”", _filled(entry.plain))
        return Opening("A claim of the article, checked", tuple(s for s in said if s), sources=lines)
    if isinstance(entry, Question):
        return Opening("A question to ask", (entry.plain,))
    plain = getattr(entry, "plain", None)
    return Opening(_capital(origin.kind), (plain,) if plain else (), sources=lines)


def of_card(card: Card) -> Opening:
    """What the page of a model opens with."""
    audience = "Shown to everyone whom it fits." if card.audience == "everyone" else "Shown to sarcoma teams only."
    made = f"Made from {card.population.n:,} people." if card.population.n else ""
    sure = (tested(card), *(f"{_capital(said)}." for said in figures.changed_sources(card_sources_changed(card))))
    cited = card.source or library().sources.get(card.citation)
    of_whom = tuple(part for part in (made, f"{_capital(card.population.description)}.", audience) if part)
    return Opening(card.name, (card.plain,), "", of_whom, sure, (), (), (_source_line(cited),) if cited else ())


def _of_fact(fact: Fact, chosen: Figure | None, lines: tuple[SourceLine, ...]) -> Opening:
    everyone = figures.for_everyone(fact)
    says = figures.fill(fact.plain if everyone else fact.statement, fact, plain=everyone)
    people = " ".join(dict.fromkeys(p for p in (f"{_capital(source.people(fact))}.",) if p != "."))
    shown = whom.shown_to(fact.applies) if everyone else "Shown to sarcoma teams only."
    sure = (source.how_known(fact), *source.doubts(fact.marks, fact), source.read_when(fact), _read_by(fact))
    late = alive.overdue_note((fact.key,))
    rows = tuple(_row(fact, f) for f in ((chosen,) if chosen is not None else fact.figures))
    return Opening(
        title=_capital(alive.TOPICS[fact.topic]),
        says=(says,),
        of_whom=tuple(p for p in (people, shown) if p),
        how_sure=tuple(p for p in (*sure, late) if p),
        rows=rows,
        sources=lines,
        others=_others(fact),
    )


def _others(fact: Fact) -> tuple[tuple[str, str], ...]:
    """Facts that say something else about the same question, or newer: key and whose they are."""
    others = tuple(key for key in (*fact.disagrees_with, *filter(None, (fact.superseded_by,))) if key)
    return tuple((key, _summary(library().facts[key])) for key in dict.fromkeys(others) if key in library().facts)


def _summary(fact: Fact) -> str:
    return f"{source.all_named(fact.sources)}: {alive.TOPICS[fact.topic]}"


def _read_by(fact: Fact) -> str:
    if fact.reviewed is None:
        return alive.review_note((fact,))
    return f"A clinician has reviewed it: {fact.reviewed.name}, {fact.reviewed.date.isoformat()}."


def _row(fact: Fact, figure: Figure) -> FigureRow:
    if not figure.shown:
        return FigureRow(figure.id, figure.what, "not shown", ", ".join(figures.MARK_WORDS[m] for m in figure.marks))
    shown = from_fact(fact, figure)
    own = [figure.group or "", figure.population or "", counted(shown)]
    own += [source.MARKS[m].rstrip(".").replace("It ", "it ", 1) for m in figure.marks]
    return FigureRow(
        figure.id, _capital(figures.timed(shown)), figures.quantity(shown), "; ".join(dict.fromkeys(filter(None, own)))
    )


def _of_type(kind: HistologicType, listed: str, lines: tuple[SourceLine, ...]) -> Opening:
    also = tuple(dict.fromkeys((*kind.synonyms, *kind.abbreviations)))
    says = [kind.plain or "No plain words for this kind were written yet."]
    if kind.now_called:
        says.append(f"An older name; today it is called {library().types[kind.now_called].name}.")
    if kind.out_of_scope:
        says.append(kind.out_of_scope)
    lists = (("Also called", also),) if also else ()
    return Opening(kind.name, tuple(says), "", (f"It belongs to: {kind.group}.",), (listed,), lists, (), lines)


def _of_site(site: MetastaticSite, lines: tuple[SourceLine, ...]) -> Opening:
    lists = []
    if site.symptoms:
        lists.append(("What people may notice", tuple(symptom.plain for symptom in site.symptoms)))
    alarms = [library().red_flags[key] for key in site.red_flags]
    if alarms:
        lists.append(("When to get help", tuple(f"{a.plain_title}: {a.plain_action}" for a in alarms)))
    return Opening(_capital(site.plain_name), (site.plain,), lists=tuple(lists), sources=lines)


def _of_flag(flag: RedFlag, lines: tuple[SourceLine, ...]) -> Opening:
    says = (_filled(flag.plain_window),) if flag.plain_window else ()
    sure = (flag.inferred, alive.review_note((flag,)))
    when = "Emergency: call now" if flag.urgency == "emergency" else "Call your team today"
    return Opening(
        flag.plain_title, says, flag.plain_action, (whom.shown_to(flag.when),) if flag.when else (),
        tuple(s for s in sure if s), ((f"{when} if you notice", flag.plain_signs),), (), lines,
    )  # fmt: skip


def _of_treatment(told: Treatment, lines: tuple[SourceLine, ...]) -> Opening:
    said = (
        told.plain_withdrawal,
        told.what_it_is,
        told.feels_like,
        _filled(told.plain),
        _filled(told.plain_caution or ""),
    )
    harms = [library().facts[key] for key in told.harms]
    lists = (
        [("What it can do to you besides", tuple(figures.fill(f.plain, f, plain=True) for f in harms))] if harms else []
    )
    sure = (source.LEVELS[told.evidence],) if told.evidence else ()
    of_whom = (whom.shown_to(told.for_whom),) if told.for_whom else ()
    note = (alive.review_note((told,)),)
    return Opening(
        _capital(told.plain_name), tuple(s for s in said if s), "", of_whom, tuple(s for s in (*sure, *note) if s),
        tuple(lists), (), lines,
    )  # fmt: skip


def _filled(text: str) -> str:
    """A text with its figures; "" where one of them says how long people live, which nobody asked for here."""
    return "" if not text or figures.names_survival(text, None) else figures.fill(text, None, plain=True)


def _source_line(one: Source) -> SourceLine:
    changed = " ".join(f"{_capital(said)}." for said in figures.changed_sources(sources_changed((one.key,))))
    where = ", ".join(part for part in (one.journal, one.reference) if part)
    named = source.named(one)
    sentence = " ".join(part for part in (f"{named}.", f"{where}." if where else "", changed) if part)
    return SourceLine(one.key, sentence, one.title if one.title and one.title != named else "", one.link)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
