"""A validation as a report: words first, then pictures, then tables, then checklists."""

from __future__ import annotations

from collections.abc import Sequence

from sarcoma._arguments import checked
from sarcoma.models.card import Performance
from sarcoma.report.blocks import Block, Bullets, Figure, Flow, Folded, Heading, Table, Text
from sarcoma.report.cards import people_of
from sarcoma.report.checklists import Checklist, filled
from sarcoma.report.checklists.fill import FOR_YOU
from sarcoma.report.document import Document
from sarcoma.report.validated.drawn import plots_of
from sarcoma.report.validated.words import (
    SETTINGS,
    apart,
    at,
    favoured,
    interval,
    intervals_by,
    ladder_rows,
    measured,
    methods,
    named,
    p_value,
    summary,
    whole_rows,
    without_answer,
)
from sarcoma.survival.measures import Measure
from sarcoma.validation.performance import AtHorizon
from sarcoma.validation.result import Flow as Followed
from sarcoma.validation.result import Validated, Validation
from sarcoma.validation.subgroups import Pooled, Subgroup
from sarcoma.validation.updating.ladder import TITLES


@checked
def validated_document(validation: Validation) -> Document:
    """The whole report."""
    about = validation.about
    parts = [
        f"{about.rows_used:,} patients" + (f", {about.period}" if about.period else "") + ".",
        f"Source: {about.source}." if about.source else "",
        f"Licence: {about.licence}." if about.licence else "",
    ]
    blocks: list[Block] = []
    for model in validation.models:
        blocks += _model(validation, model)
    for subject, why in validation.refused:
        blocks += [Heading(subject.title, id=subject.id), Text(f"Not judged: {why}", "caution")]
    if len(validation.models) > 1:
        unfair = favoured(validation)
        blocks.append(Heading("Side by side, on the same patients", id="side-by-side"))
        blocks += [Text(unfair, "caution")] if unfair else []
        blocks += _compared(validation)
    blocks += [Heading("Methods, to paste", id="methods"), Text(methods(validation))]
    return Document(f"Validation in {about.name}", " ".join(p for p in parts if p), blocks)


def _model(validation: Validation, model: Validated) -> list[Block]:
    blocks: list[Block] = [Heading(model.subject.title, id=model.subject.id)]
    blocks += [Text(sentence, "lead") for sentence in summary(model)]
    blocks.append(Text(f"{SETTINGS[model.setting]}.", tag=model.setting))
    blocks += [Text(note, "caution") for note in (*model.notes, *without_answer(model))]
    if validation.draws:
        blocks.append(
            Text(f"Intervals by {intervals_by(validation, model)}.", "caution" if model.interrupted else "soft")
        )
    blocks += _used(model)
    blocks += [Figure(plot) for plot in plots_of(model)]
    blocks += _whole(model)
    for h in model.horizons:
        blocks += _horizon(model, h)
    blocks += _groups(model)
    blocks += _updates(model)
    card = model.subject.card
    known = [p for p in (card.performance if card else ()) if p.value is not None]
    if known:
        rows = [(p.setting, p.measure, _published(p), f"{p.n:,}" if p.n else "–", people_of(p) or "–") for p in known]
        table = Table(("Setting", "Measure", "Value", "People", "Who"), rows, (0, 1, 4))
        blocks.append(Folded("How well it did before, as its card says", [table]))
    blocks += [_checklist(filled(name, validation, model)) for name in ("tripod-ai", "probast-ai")]
    return blocks


def _published(p: Performance) -> str:
    if p.low is None or p.high is None:
        return f"{p.value:.2f}"
    return f"{p.value:.2f} ({p.low:.2f} to {p.high:.2f})"


def _used(model: Validated) -> list[Block]:
    f = model.flow
    other = f", {f.rivals:,} died of something else first" if f.rivals else ""
    steps = [(f"{f.start:,} patients in the cohort", False)]
    steps += [(f"left out {n:,}: {why}", True) for why, n in f.out]
    steps.append(
        (
            f"{f.used:,} judged, {f.events:,} with the event{other}; {_followed(f)}",
            False,
        )
    )
    blocks: list[Block] = [Heading("Who was used", 3), Flow(steps)]
    if model.rules:
        rows = [(r.text, f"{r.fails:,}", f"{r.unknown:,}") for r in model.rules]
        table = Table(("If it does not hold: the reason", "Does not hold", "Cannot tell"), rows)
        blocks.append(Folded("Rule by rule", [table]))
    if model.missing:
        what = ", ".join(f"{name} in {n:,}" for name, n in model.missing)
        blocks.append(
            Text(
                f"Not known: {what}. Patients with an unknown predictor are left out, because a range cannot be judged."
            )
        )
    return blocks


def _whole(model: Validated) -> list[Block]:
    """The whole follow-up under late entry."""
    rows = whole_rows(model)
    if not rows:
        return []
    return [
        Heading("The whole follow-up, everyone from entry on", 3),
        Table(("Measure", "Value", "95% interval"), rows),
    ]


def _followed(flow: Followed) -> str:
    if flow.followed_median != flow.followed_median:
        return f"{flow.person_months:,.0f} months under observation altogether"
    return f"followed for a median of {flow.followed_median:.0f} months (reverse Kaplan–Meier)"


def _horizon(model: Validated, h: AtHorizon) -> list[Block]:
    blocks: list[Block] = [Heading(at(model, h.months), 3)]
    if h.discrimination_only:
        blocks.append(Text(f"Discrimination only: {h.discrimination_only}.", "caution"))
    spread = " · ".join("<1%" if q < 0.01 else ">99%" if q > 0.99 else f"{100 * q:.0f}%" for q in h.quantiles)
    seen = ""
    if h.observed is not None:
        low, high = 100 * h.observed.low, 100 * h.observed.high
        seen = f"; observed {100 * h.observed.value:.1f}% ({low:.1f} to {high:.1f})"
    blocks.append(
        Text(
            f"Predicted {100 * h.predicted:.1f}% on average (least, quarters, most: {spread}){seen}. {h.reached:,} of "
            f"{h.people:,} still followed."
        )
    )
    rows = [
        (measured(k, h), f"{m.value:.3f}", interval(m, "{} to {}") or "by --bootstrap") for k, m in h.measures.items()
    ]
    rows += [(name, why, "") for name, why in h.cannot.items()]
    blocks.append(Table(("Measure", "Value", "95% interval"), rows))
    return blocks


def _groups(model: Validated) -> list[Block]:
    whole = [h for h in model.horizons if h.discrimination_only is None]
    blocks: list[Block] = []
    g = whole[-1].groups if whole else None
    if g is not None:
        rows = [
            (f"{n:,.0f}", f"{100 * p:.1f}%", f"{100 * o:.1f}%", f"{100 * a:.1f} to {100 * b:.1f}")
            for n, p, o, a, b in zip(g.people, g.predicted, g.observed, g.low, g.high, strict=True)
        ]
        blocks += [
            Heading("Observed in groups of like predictions", 3),
            Table(("Patients", "Predicted", "Observed", "95% interval"), rows, ()),
        ]
    for title, parts in (("Subgroups", model.subgroups), ("Centres", model.centres.each if model.centres else ())):
        if parts and model.judged_months is not None:
            blocks += [Heading(f"{title}, at {model.judged_months:g} months", 3), *_parts(parts)]
    if model.centres:
        blocks.append(Bullets([_pooled(p) for p in model.centres.pooled]))
    return blocks


def _parts(parts: Sequence[Subgroup]) -> list[Block]:
    """Those that are shown in a table for each kind of group, the names of the others in a line."""
    blocks: list[Block] = []
    for by in dict.fromkeys(s.by for s in parts if s.suppressed is None):
        rows = [
            (s.name, f"{s.people:,}", f"{s.events:,}", _with_interval(s.ratio), _with_interval(s.auc))
            for s in parts
            if s.by == by and s.suppressed is None
        ]
        head = (f"{by[0].upper()}{by[1:]}", "Patients", "Events", "Observed/expected", "AUC")
        blocks.append(Table(head, rows))
    hidden: dict[str, list[Subgroup]] = {}
    for s in parts:
        if s.suppressed is not None:
            hidden.setdefault(s.suppressed, []).append(s)
    for why, some in hidden.items():
        names = "; ".join(f"{s.by} {s.name}" for s in some)
        blocks.append(Text(f"Suppressed – {why}: {names}.", "soft"))
    return blocks


def _with_interval(m: Measure | None) -> str:
    return "–" if m is None else f"{m.value:.2f} ({m.low:.2f} to {m.high:.2f})"


def _pooled(p: Pooled) -> str:
    text = f"{p.name} over {p.centres} centres: {p.mean:.2f} ({p.low:.2f} to {p.high:.2f})"
    if p.prediction_low is None or p.prediction_high is None:
        return f"{text}."
    return (
        f"{text}; in a new centre it would lie between {p.prediction_low:.2f} and {p.prediction_high:.2f} (95% "
        "prediction interval)."
    )


def _updates(model: Validated) -> list[Block]:
    blocks: list[Block] = [Heading("What would have to change for it to hold here", 3)]
    if model.ladder is None:
        return [*blocks, Text(f"Not updated: {model.no_ladder}.")]
    rows = [
        (f"{r['title']} (chosen)" if r["chosen"] else r["title"], r["what"], r["test"], r["after"])
        for r in ladder_rows(model.ladder)
    ]
    return [
        *blocks,
        Text(
            "From the least change to the most. A rung is enough when a test does not find the fullest to be better; "
            "the first that is enough is chosen. How well each does was measured on the same people, so it looks "
            "better than it is. The option --update FOLDER writes each as a card."
        ),
        Table(("Update", "What changes", "Against the fullest", "Afterwards, here"), rows, (0, 1, 2, 3)),
        *[Text(f"No {TITLES[k]}: {why}.", "soft") for k, why in model.ladder.not_climbed.items()],
    ]


def _checklist(checklist: Checklist) -> Folded:
    blocks: list[Block] = [Text(f"{checklist.note} Source: {checklist.source}.", "soft")]
    for section in dict.fromkeys(i.section for i in checklist.items):
        rows = [(i.id, i.text, i.answer or FOR_YOU) for i in checklist.items if i.section == section]
        blocks.append(Table(("Item", section, "What is known"), rows, (0, 1, 2)))
    title = f"{checklist.title}: {checklist.known} of {len(checklist.items)} items filled, the others are {FOR_YOU}"
    return Folded(title, blocks)


def _compared(validation: Validation) -> list[Block]:
    """Pair by pair, then the pairs that cannot be compared."""
    blocks: list[Block] = []
    for c in validation.compared:
        blocks.append(Heading(f"{c.first} and {c.second} at {c.months:g} months, {c.people:,} patients", 3))
        rows = [
            (
                named(d.name),
                f"{one:.3f}",
                f"{other:.3f}",
                f"{d.value:+.3f}",
                f"{d.low:+.3f} to {d.high:+.3f}",
                p_value(d.p),
            )
            for (one, other), d in zip(c.values, c.differences, strict=True)
        ]
        blocks.append(Table(("Measure", c.first, c.second, "Difference", "95% interval", "p"), rows))
    return blocks + [Text(sentence, "soft") for sentence in apart(validation)]
