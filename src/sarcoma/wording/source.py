"""Where something comes from, in one readable sentence, and how sure it is: for people, not as a record of fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sarcoma.evidence import Fact, HistologicType, Source, library
from sarcoma.evidence.entry import Level, Mark
from sarcoma.evidence.source import SourceKind
from sarcoma.models import Card
from sarcoma.outlook import Origin
from sarcoma.outlook.figure import sources_changed
from sarcoma.wording import figures, language
from sarcoma.wording.language import N_, _

LEVELS: Mapping[Level, str] = {
    "rct": N_("A trial: chance decided who got which treatment."),
    "single-arm": N_("A trial: everyone got the treatment."),
    "registry": N_("Counted in a cancer registry."),
    "cohort": N_("A group of people who were followed, or whose records were read."),
    "systematic-review": N_("A review of all studies that were found."),
    "review": N_("A review by experts."),
    "guideline": N_("A guideline for doctors."),
    "regulator": N_("Papers of a medicines agency."),
    "charity-page": N_("A page of a charity or a hospital."),
    "secondary": N_("Told by another work; the study itself was not read."),
    "qualitative": N_("Talks with people about how it was."),
    "classification": N_("An official list of names."),
    "calculation": N_("Worked out by us from printed numbers."),
}
"""What kind of evidence it is, in words for everyone."""

MARKS: Mapping[Mark, str] = {
    "from-memory": N_("It was written from memory, so it is not shown."),
    "calculated": N_("We worked it out from printed numbers."),
    "secondary": N_("It was read in a work that repeats it, not in the study itself."),
    "digitised": N_("It was read off a printed picture."),
    "inferred": N_("This is how we read the source; it does not say so outright."),
    "not-visible": N_("The number could not be seen in what was read."),
    "unverified": N_("It was seen once, and could not be checked."),
    "weak-source": N_("The source is weak; a better one is wanted."),
    "conflict": N_("Sources say different things about it."),
    "superseded": N_("A newer number has replaced it."),
    "selected": N_("These people were chosen in a way that moves the number."),
    "not-found-again": N_("It was not found at a second reading."),
    "illustration": N_("It is an example of ours, nothing that was seen."),
}
"""What a mark means, in words for everyone."""

_UNNAMED: Mapping[SourceKind, str] = {
    "article": N_("A study"),
    "review": N_("A review"),
    "systematic-review": N_("A review of many studies"),
    "guideline": N_("A guideline"),
    "congress-abstract": N_("A report to a congress"),
    "registry-page": N_("A page of a registry"),
    "charity-page": N_("A page of a charity"),
    "health-page": N_("A page about health"),
    "news": N_("A news report"),
    "regulator": N_("A medicines agency"),
    "textbook": N_("A textbook"),
    "terminology": N_("An official list of names"),
    "software": N_("A program"),
    "preprint": N_("A study not yet checked by others"),
}
_PERSON = re.compile(r"^(?P<name>.+?) (?:[A-Z]{1,4}|[A-Z]\.(?: ?[A-Z]\.)*)$")


def named(source: Source) -> str:
    """Who and when: "Gronchi and colleagues, 2016"; what kind of work where no author was seen."""
    return ", ".join(part for part in (_who(source), str(source.year) if source.year else "") if part)


def _who(source: Source) -> str:
    if not source.authors:
        return _(_UNNAMED[source.kind])
    first, *others = source.authors.removesuffix(".").removesuffix("et al").strip(" ,").split(", ")
    person = _PERSON.match(first)
    several = bool(others) or "et al" in source.authors
    if person is None and not several:
        return source.authors.rstrip(".")
    name = person["name"] if person is not None else first
    return _("%(name)s and colleagues") % {"name": name} if several else name


def all_named(keys: Sequence[str]) -> str:
    """The first of some sources by name, and how many more there are."""
    known = [library().sources[key] for key in dict.fromkeys(keys) if key in library().sources]
    if not known:
        return ""
    first, more = named(known[0]), len(known) - 1
    if more == 0:
        return first
    return (_("%(first)s, and one more source") if more == 1 else _("%(first)s, and %(n)s more sources")) % {
        "first": first, "n": more,
    }  # fmt: skip


_SHORT = 90
"""Letters of a description of people that still stands in a sentence."""
_YEARS = re.compile(r"^\d{4}(?:[–-]\d{2,4})?$")


def people(fact: Fact) -> str:
    """Whom a fact counts, and when: "1,007 people, 2002–2012"; "" where that was not seen.

    The description of the people is English; other languages have their number, where all figures have the same one.
    """
    counts = {figure.people for figure in fact.figures if figure.people is not None}
    n = _("%(n)s people") % {"n": figures.number(counts.pop())} if len(counts) == 1 else ""
    told = fact.population if language.current() == "en" and len(fact.population or "") <= _SHORT else ""
    years = fact.period if fact.period and (language.current() == "en" or _YEARS.match(fact.period)) else ""
    who = told if told and re.match(r"\d", told) else ", ".join(part for part in (n, told) if part)
    return ", ".join(part for part in (who, years) if part and (who or _YEARS.match(part)))


def in_short(origin: Origin) -> str:
    """Where something comes from, in one or two sentences that name no figure about survival."""
    if origin.fact is not None:
        return _of_fact(origin.fact)
    if origin.card is not None:
        return _of_card(origin.card)
    if isinstance(origin.entry, Source):
        return _joined([_titled(origin.entry), *_changed((origin.entry.key,))])
    keys = [source.key for source in origin.sources]
    if not keys:
        return _without_source(origin)
    return _joined([f"{all_named(keys)}.", *_changed(keys)])


def _of_fact(fact: Fact) -> str:
    who, whom = all_named(fact.sources), people(fact)
    first = f"{who}. {whom[:1].upper()}{whom[1:]}." if whom and whom not in who else f"{who}."
    return _joined([first, how_known(fact), *doubts(fact.marks, fact), *_changed(fact.sources)])


def _without_source(origin: Origin) -> str:
    if isinstance(origin.entry, HistologicType):
        lists = ", ".join(origin.entry.seen_in)
        return _("A kind of sarcoma, as lists of kinds name it: %(lists)s.") % {"lists": lists} if lists else ""
    return _("In our own words. No single source says it like this.")


def _of_card(card: Card) -> str:
    source = library().sources.get(card.citation)
    who = named(source) if source is not None else _("A model")
    whom = _("%(n)s people") % {"n": figures.number(card.population.n)} if card.population.n else ""
    if not whom:
        return _("A published model: %(source)s.") % {"source": who}
    return _("A published model: %(source)s. It was made from %(people)s.") % {"source": who, "people": whom}


def _titled(source: Source) -> str:
    told = [named(source), source.title or "", source.journal or ""]
    return " ".join(f"{part.rstrip('.')}." for part in dict.fromkeys(told) if part)


def how_known(fact: Fact) -> str:
    """What kind of evidence a fact is."""
    return _(LEVELS[fact.level])


def read_when(fact: Fact) -> str:
    """When it was last read in its source."""
    if isinstance(fact.read_on, str):
        return _("It was read once; the day was not written down.")
    return _("It was last read in its source on %(day)s.") % {"day": fact.read_on.isoformat()}


def doubts(marks: Iterable[Mark], fact: Fact) -> tuple[str, ...]:
    """What its marks mean, a sentence each; what its level says already is not said twice."""
    said = {"secondary": "secondary", "calculation": "calculated"}.get(fact.level)
    found = [_(MARKS[mark]) for mark in dict.fromkeys(marks) if mark not in (said, "superseded")]
    if fact.superseded_by or "superseded" in fact.marks:
        found.append(_("A newer study has replaced this."))
    return tuple(found)


def _changed(keys: Sequence[str]) -> list[str]:
    return [f"{text[:1].upper()}{text[1:]}." for text in figures.changed_sources(sources_changed(tuple(keys)))]


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)
