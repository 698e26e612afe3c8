"""Model cards as text: what `models` and `fit` print."""

from __future__ import annotations

from collections.abc import Sequence

from sarcoma.evidence import Source, library
from sarcoma.models import Card, cards
from sarcoma.models.card import Performance
from sarcoma.models.lint import Finding
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import card_sources_changed, sources_changed
from sarcoma.report.draft import Draft
from sarcoma.wording import figures
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.language import _

_SOURCE_MARKS = {"from-memory": "a detail of this citation is from memory", "not-visible": "details were not visible"}


def write_source(page: Draft, source: Source) -> None:
    """One source: citation, address, how it was read."""
    page.item(source.cite(), key=source.key)
    details = [source.link or "", f"read: {source.seen}"]
    if source.relayed_by:
        details.append(f"relayed by {source.relayed_by}")
    details.extend(_SOURCE_MARKS.get(m, figures.MARK_WORDS[m]) for m in source.marks)
    if source.note:
        details.append(source.note)
    page.note("; ".join(d for d in details if d))


def cards_text() -> str:
    """All cards in a list."""
    page = Draft()
    page.heading("Models")
    for card in cards().values():
        horizons = ", ".join(figures.horizon(h) for h in card.outcome.horizons_months if h)
        audience = "" if card.audience == "everyone" else "; for sarcoma teams only"
        page.item(
            f"{card.name}{f': {horizons}' if horizons else ''}; provenance {card.provenance.grade}{audience}"
            + "".join(f"; {said}" for said in figures.changed_sources(card_sources_changed(card))),
            key=card.id,
        )
    page.blank()
    page.text("One of them: sarcoma models ID")
    return str(page)


def card_text(card: Card) -> str:
    """One card: outcome, population, rules, arithmetic, performance, problems, sources."""
    page = Draft()
    write_card(page, card)
    return str(page)


def write_card(page: Draft, card: Card) -> None:
    """One card onto a page."""
    page.heading(card.name)
    page.text(card.plain)
    for said in figures.changed_sources(card_sources_changed(card)):
        page.caution(f"{said[:1].upper()}{said[1:]}.")
    page.blank()
    about = card.outcome
    rows = [
        ("Id and version", f"{card.id} {card.version}"),
        ("Kind", card.form.kind),
        ("Outcome", f"{about.event} ({about.transition[0]} → {about.transition[1]})"),
        ("Time zero", about.time_zero.replace("-", " ")),
        ("Horizons", ", ".join(figures.horizon(h) or "as registered" for h in about.horizons_months)),
        ("Estimand", figures.estimand(about, plain=False) or about.estimand),
        ("Landmark", card.landmarks.note),
        ("Made from", _population(card)),
        ("Shown to", "everyone" if card.audience == "everyone" else "sarcoma teams only"),
        ("Interval", card.interval_note),
        ("Provenance", f"{card.provenance.grade}: {card.provenance.read_in}"),
    ]
    if card.provenance.checked_against:
        rows.append(("Checked against", card.provenance.checked_against))
    if card.provenance.marks:
        rows.append(("Marks", ", ".join(figures.MARK_WORDS[m] for m in card.provenance.marks)))
    for label, value in rows:
        page.row(label, value, width=18)
    page.blank()
    page.subheading("Applies only if")
    for condition in card.applies:
        page.item(condition.describe() + (f" – {condition.because}" if condition.because else ""))
    page.blank()
    page.subheading("Arithmetic")
    page.text(card.arithmetic)
    for line in card.form.lines(figures.horizon):
        page.item(line.text, indent=2 * line.depth)
    if not tested_elsewhere(card):
        page.blank()
        page.caution(_(NOT_TESTED))
    if card.performance:
        page.blank()
        page.subheading("How well it did")
        for p in card.performance:
            value = f"{p.value:g}" if p.value is not None else f"{p.low:g}–{p.high:g}"
            if p.value is not None and p.low is not None and p.high is not None:
                value = f"{p.value:.2f} ({p.low:.2f} to {p.high:.2f})"
            own = card.fit_record is not None and p.setting != "external validation"
            where = "" if own else people_of(p)
            marks = [figures.MARK_WORDS[m] for m in p.marks]
            since = figures.changed_sources(sources_changed((p.source,))) if p.source and not own else ()
            told = (where, *marks, p.note or "", *since)
            parts = [p.setting, f"{p.measure} {value}", f"n={p.n:,}" if p.n else "", *told]
            page.item("; ".join(x for x in parts if x), key=None if own else p.source)
    _late_entry(page, card)
    _made(page, card)
    if card.not_for:
        page.blank()
        page.subheading("Not for")
        for use in card.not_for:
            page.item(use)
    if card.known_problems:
        page.blank()
        page.subheading("Known problems")
        for problem in card.known_problems:
            page.item(problem)
    page.blank()
    page.subheading("Source")
    source = card.source or library().sources.get(card.citation)
    if source is not None:
        write_source(page, source)
    if card.licence_note:
        page.text(card.licence_note)


def findings_text(card: Card | None, findings: Sequence[Finding]) -> str:
    """What was found in a card."""
    page = Draft()
    page.heading(card.name if card is not None else "This is no card yet")
    for f in findings:
        page.item(f"{f.level}: {f.where}: {f.text}" if f.where else f"{f.level}: {f.text}")
        if f.advice:
            page.note(f.advice)
    counts = {level: sum(f.level == level for f in findings) for level in ("error", "warning", "note")}
    page.blank()
    page.text(", ".join(f"{n} {level}{'' if n == 1 else 's'}" for level, n in counts.items()) + ".")
    return str(page)


def made_text(card: Card) -> str:
    """A card that was just fitted: how it was made, how well it did, what late entry did."""
    page = Draft()
    page.heading(card.name)
    _made(page, card)
    page.blank()
    page.subheading("How well it did")
    internal = any(p.setting == "internal validation" for p in card.performance)
    for p in card.performance:
        if (p.setting == "internal validation" or not internal) and p.value is not None:
            between = "" if p.low is None or p.high is None else f" ({p.low:.2f} to {p.high:.2f})"
            page.item(f"{p.measure}: {p.value:.2f}{between}")
    if not card.performance:
        page.item("It could not be judged; the account above says why.")
    _late_entry(page, card)
    if card.licence_note:
        page.blank()
        page.text(card.licence_note)
    return str(page)


def people_of(performance: Performance) -> str:
    """In whom a model was judged, with the events seen."""
    seen = "" if performance.events is None else f"{performance.events:,} events by {performance.by_months:g} months"
    return ", ".join(part for part in (performance.population, seen) if part)


def _made(page: Draft, card: Card) -> None:
    record = card.fit_record
    if record is None:
        return
    page.blank()
    page.subheading("How it was made")
    page.text(f"Recipe {record.recipe}, {record.software}, seed {record.seed}. Data: {record.data}")
    for sentence in record.account:
        page.item(sentence)
    page.blank()
    page.subheading("The people")
    for row in record.case_mix:
        page.item(f"{row.label}: {row.values}")


def _late_entry(page: Draft, card: Card) -> None:
    late = card.late_entry
    if late is None:
        return
    page.blank()
    page.subheading("Late entry")
    page.text(late.statement)
    known = late.tau_low is not None and late.tau_high is not None
    between = f" ({late.tau_low:.2f} to {late.tau_high:.2f}), {late.draws} bootstrap samples" if known else ""
    page.item(f"Conditional Kendall's τ of entry and survival {late.tau:.2f}{between}, {late.pairs:,} pairs")
    for curve in late.curves:
        median = "not reached" if curve.median_months is None else f"{curve.median_months:.0f} months"
        if curve.median_low is not None:
            top = "…" if curve.median_high is None else f"{curve.median_high:.0f}"
            median += f" ({curve.median_low:.0f} to {top})"
        page.item(f"{curve.title}: median {median}, {curve.people} people, {curve.events} events")
        rows = zip(curve.months, curve.probability, curve.at_risk, strict=True)
        page.note("; ".join(f"{m:g} months {100 * p:.0f}% (at risk {n})" for m, p, n in rows))
    if late.beside:
        page.text("Published figures of the same thing, other people: " + ", ".join(f"[{key}]" for key in late.beside))


def _population(card: Card) -> str:
    population = card.population
    parts = [
        f"{population.n:,}" if population.n else "",
        population.description,
        population.period or "",
        population.note or "",
    ]
    return "; ".join(p for p in parts if p)
