"""Origins, cards and types as text and as data: what `why`, `models` and `types` print."""

from __future__ import annotations

from typing import Any

from sarcoma.errors import TypeLookupError
from sarcoma.evidence import Fact, Figure, HistologicType, Source, library
from sarcoma.models import Card, cards
from sarcoma.models.card import (
    Intervals,
    Levels,
    Linear,
    PiecewiseLinear,
    Predictor,
    RestrictedCubicSpline,
    TruncatedPowers,
)
from sarcoma.outlook import Origin
from sarcoma.outlook.figure import from_fact
from sarcoma.outlook.why import arithmetic
from sarcoma.report import wording
from sarcoma.report.page import Page
from sarcoma.report.writer import timed


def origin_text(origin: Origin) -> str:
    """The origin of a figure, to read."""
    if origin.card is not None:
        return card_text(origin.card)
    page = Page()
    if origin.fact is not None:
        _fact(page, origin.fact, origin.figure)
    elif isinstance(origin.entry, Source):
        page.heading(origin.key)
        _source(page, origin.entry)
        used = [fact.key for fact in library().facts.values() if origin.key in _sources_used(fact)]
        if used:
            page.text(f"Used in: {', '.join(used)}", indent=2)
    else:
        page.heading(f"{origin.key} ({origin.kind})")
        dump = getattr(origin.entry, "model_dump", dict)
        for name, value in dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True).items():
            page.row(name.replace("_", " "), wording.fill(_flat(value), None, plain=False), width=22)
    if origin.sources:
        page.blank()
        page.subheading("Sources")
        for source in origin.sources:
            _source(page, source)
    return str(page)


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_flat(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k.replace('_', ' ')} {_flat(v)}" for k, v in value.items())
    return str(value)


def _sources_used(fact: Fact) -> set[str]:
    return {*fact.sources, *(s for f in fact.figures for s in f.sources or ())}


def _fact(page: Page, fact: Fact, chosen: Figure | None) -> None:
    page.heading(fact.key + (f".{chosen.id}" if chosen else ""))
    if chosen is not None and not chosen.shown:
        page.text("This figure is not shown anywhere: it is from memory or was not visible in what was read.")
        return
    page.text(wording.fill(fact.statement, fact, plain=False))
    page.note(wording.fill(fact.plain, fact, plain=True))
    page.blank()
    for figure in fact.figures if chosen is None else (chosen,):
        if not figure.shown:
            page.item(f"{figure.what}: withheld ({', '.join(wording.MARK_WORDS[m] for m in figure.marks)})")
            continue
        shown = from_fact(fact, figure)
        page.item(f"{timed(shown)}: {wording.quantity(shown)}", key=f"{fact.key}.{figure.id}")
        details = [shown.group or "", shown.population or "", shown.period or "", wording.marks(shown)]
        if figure.calculation:
            details.append(f"arithmetic: {figure.calculation}")
        if figure.note:
            details.append(figure.note)
        line = "; ".join(d for d in details if d)
        if line:
            page.note(line)
    page.blank()
    page.row("Level of evidence", fact.level.replace("-", " "))
    page.row("Checked", fact.checked.isoformat())
    if fact.marks:
        page.row("Marks", ", ".join(wording.MARK_WORDS[m] for m in fact.marks))
    if fact.disagrees_with:
        page.row("Disagrees with", ", ".join(fact.disagrees_with))
    if fact.superseded_by:
        page.row("Superseded by", fact.superseded_by)
    if fact.note:
        page.row("Note", fact.note)


_SOURCE_MARKS = {"from-memory": "a detail of this citation is from memory", "not-visible": "details were not visible"}


def _source(page: Page, source: Source) -> None:
    page.item(source.cite(), key=source.key)
    details = [source.link or "", f"read: {source.seen}"]
    if source.relayed_by:
        details.append(f"relayed by {source.relayed_by}")
    details.extend(_SOURCE_MARKS.get(m, wording.MARK_WORDS[m]) for m in source.marks)
    if source.note:
        details.append(source.note)
    page.note("; ".join(d for d in details if d))


def cards_text() -> str:
    """All cards in a list."""
    page = Page()
    page.heading("Models")
    for card in cards().values():
        horizons = ", ".join(wording.horizon(h) for h in card.outcome.horizons_months if h)
        audience = "" if card.audience == "everyone" else "; for sarcoma teams only"
        page.item(
            f"{card.name}{f': {horizons}' if horizons else ''}; provenance {card.provenance.grade}{audience}",
            key=card.id,
        )
    page.blank()
    page.text("One of them: sarcoma models ID")
    return str(page)


def card_text(card: Card) -> str:
    """One card: outcome, population, rules, arithmetic, performance, problems, sources."""
    page = Page()
    page.heading(card.name)
    page.text(card.plain)
    page.blank()
    about = card.outcome
    rows = [
        ("Id and version", f"{card.id} {card.version}"),
        ("Kind", card.kind),
        ("Outcome", f"{about.event} ({about.transition[0]} → {about.transition[1]})"),
        ("Time zero", about.time_zero.replace("-", " ")),
        ("Horizons", ", ".join(wording.horizon(h) or "as registered" for h in about.horizons_months)),
        ("Estimand", wording.ESTIMANDS.get(about.estimand, (about.estimand, ""))[0]),
        ("Landmark", card.landmarks.note),
        ("Made from", _population(card)),
        ("Shown to", "everyone" if card.audience == "everyone" else "sarcoma teams only"),
        ("Interval", card.interval_note),
        ("Provenance", f"{card.provenance.grade}: {card.provenance.read_in}"),
    ]
    if card.provenance.checked_against:
        rows.append(("Checked against", card.provenance.checked_against))
    if card.provenance.marks:
        rows.append(("Marks", ", ".join(wording.MARK_WORDS[m] for m in card.provenance.marks)))
    for label, value in rows:
        page.row(label, value, width=18)
    page.blank()
    page.subheading("Applies only if")
    for condition in card.applies:
        page.item(condition.describe() + (f" – {condition.because}" if condition.because else ""))
    page.blank()
    page.subheading("Arithmetic")
    page.text(arithmetic(card))
    for predictor in card.predictors:
        page.item(f"{predictor.label}: {_transform(predictor)}")
    if card.baseline:
        for stratum, curve in card.baseline.survival.items():
            at = "; ".join(f"{wording.horizon(float(h))} {s:.7g}" for h, s in curve.items())
            page.item(f"baseline survival{'' if stratum == 'all' else f', {stratum}'}: {at}")
    for group in card.groups:
        values = "; ".join(f"{100 * f.value:g}%" for f in group.figures)
        page.item(f"{group.id}: {group.label}: {values}")
    if card.performance:
        page.blank()
        page.subheading("How well it did")
        for p in card.performance:
            value = f"{p.value:g}" if p.value is not None else f"{p.low:g}–{p.high:g}"
            parts = [p.setting, f"{p.measure} {value}", f"n={p.n:,}" if p.n else "", p.population or "", p.note or ""]
            page.item("; ".join(x for x in parts if x), key=p.source)
    if card.known_problems:
        page.blank()
        page.subheading("Known problems")
        for problem in card.known_problems:
            page.item(problem)
    page.blank()
    page.subheading("Source")
    source = library().sources.get(card.citation)
    if source is not None:
        _source(page, source)
    return str(page)


def _population(card: Card) -> str:
    population = card.population
    parts = [
        f"{population.n:,}" if population.n else "",
        population.description,
        population.period or "",
        population.note or "",
    ]
    return "; ".join(p for p in parts if p)


def _transform(predictor: Predictor) -> str:
    t = predictor.transform
    if isinstance(t, Levels):
        return ", ".join(f"{level} {value:+.6g}" for level, value in t.coefficients.items())
    if isinstance(t, Intervals):
        edges = [f"≤ {t.at[0]:g}", *(f"to {b:g}" for b in t.at[1:]), f"> {t.at[-1]:g}"]
        return ", ".join(f"{edge} {value:+.6g}" for edge, value in zip(edges, t.coefficients, strict=True))
    if isinstance(t, Linear):
        return f"{t.coefficient:+.6g} · (x − {t.center:g})"
    if isinstance(t, TruncatedPowers):
        x = "ln x" if t.of == "log" else "x"
        terms = " ".join(f"{c:+.8g}·({x} − {k:.8g})₊^{t.power}" for k, c in zip(t.knots, t.coefficients, strict=True))
        return f"{t.linear:+.8g}·{x} {terms}"
    if isinstance(t, RestrictedCubicSpline):
        return f"restricted cubic spline, knots {', '.join(f'{k:g}' for k in t.knots)}"
    if isinstance(t, PiecewiseLinear):
        return "straight lines between " + ", ".join(f"{k:g}: {v:g}" for k, v in zip(t.knots, t.values, strict=True))
    raise TypeError(type(t).__name__)


def origin_data(origin: Origin) -> dict[str, Any]:
    """The origin of a figure, as data."""

    def dump(entry: Any) -> Any:
        return entry.model_dump(mode="json", by_alias=True, exclude_none=True) if entry is not None else None

    fact = dump(origin.fact)
    if fact is not None and origin.fact is not None:
        fact["figures"] = [dump(f) for f in origin.fact.figures if f.shown]
    found = {
        "key": origin.key,
        "kind": origin.kind,
        "fact": fact,
        "figure": dump(origin.figure) if origin.figure is not None and origin.figure.shown else None,
        "model": dump(origin.card),
        "entry": dump(origin.entry),
        "arithmetic": origin.arithmetic,
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
    page = Page()
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
