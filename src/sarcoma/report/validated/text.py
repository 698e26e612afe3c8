"""A validation to read at a terminal."""

from __future__ import annotations

from sarcoma._arguments import checked
from sarcoma.report.draft import Draft
from sarcoma.report.validated.words import (
    SETTINGS,
    apart,
    at,
    favoured,
    interval,
    intervals_by,
    ladder_rows,
    measured,
    named,
    p_value,
    summary,
    whole_rows,
    without_answer,
)
from sarcoma.validation.result import Validated, Validation
from sarcoma.validation.updating.ladder import TITLES


@checked
def validated_text(validation: Validation) -> str:
    """The validation to read at a terminal."""
    page = Draft()
    for model in validation.models:
        page.heading(f"{model.subject.title} in {validation.about.name}")
        for sentence in summary(model):
            page.text(sentence)
        page.note(f"{model.setting.capitalize()}: {SETTINGS[model.setting]}.", indent=0)
        for note in (*model.notes, *without_answer(model)):
            page.caution(note)
        if validation.draws:
            page.note(f"Intervals by {intervals_by(validation, model)}.", indent=0)
        page.blank()
        flow = model.flow
        page.text(
            f"{flow.start:,} patients; used {flow.used:,} with {flow.events:,} events"
            + (f" and {flow.rivals:,} other deaths first" if flow.rivals else "")
            + "."
        )
        for why, n in flow.out:
            page.item(f"left out {n:,}: {why}")
        if rows := whole_rows(model):
            page.blank()
            page.subheading("The whole follow-up, everyone from entry on")
            for name, value, between in rows:
                page.item(f"{name} {value} (95% {between})" if value != "–" else f"{name}: {between}")
        for h in model.horizons:
            page.blank()
            page.subheading(f"{at(model, h.months)} ({h.reached:,} still followed)")
            for name, m in h.measures.items():
                page.item(f"{measured(name, h)} {m.value:.3f}{interval(m, ' (95% {} to {})')}")
            for name, why in h.cannot.items():
                page.item(f"{name}: {why}")
        _ladder_text(page, model)
    for subject, why in validation.refused:
        page.heading(subject.title)
        page.text(f"Not judged: {why}")
    if len(validation.models) > 1:
        page.heading("Side by side, on the same patients")
        if unfair := favoured(validation):
            page.caution(unfair)
        for c in validation.compared:
            page.subheading(f"{c.first} and {c.second} at {c.months:g} months ({c.people:,} patients)")
            for (first, second), d in zip(c.values, c.differences, strict=True):
                difference = f"difference {d.value:+.3f} (95% {d.low:+.3f} to {d.high:+.3f}), p {p_value(d.p)}"
                page.item(f"{named(d.name)} {first:.3f} and {second:.3f}; {difference}")
        for sentence in apart(validation):
            page.note(sentence, indent=0)
    return str(page)


def _ladder_text(page: Draft, model: Validated) -> None:
    page.blank()
    if model.ladder is None:
        page.text(f"Not updated: {model.no_ladder}.")
        return
    page.subheading("Updating, from the least change to the most")
    for r in ladder_rows(model.ladder):
        page.item(f"{'chosen: ' if r['chosen'] else ''}{r['title']}; {r['what']}; {r['test']}; {r['after']}")
    for name, why in model.ladder.not_climbed.items():
        page.note(f"no {TITLES[name]}: {why}")
