"""Chapters: what a page of "Understand" shows of a chapter of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sarcoma.evidence import Chapter, Entry, HistologicType, Treatment, library
from sarcoma.wording import figures
from sarcoma.wording.alive import overdue_note, review_note
from sarcoma.wording.language import _


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of a chapter as a page shows it; `groups` are facts, those that disagree together."""

    heading: str
    text: str | None
    show: str | None
    groups: tuple[tuple[str, ...], ...]
    also: tuple[str, ...]


def parts_of(chapter: Chapter) -> list[PartShown]:
    """The parts of a chapter, with topics written out and disagreeing facts side by side."""
    found = []
    for part in chapter.parts:
        facts = list(part.facts)
        for topic in part.topics:
            facts += [f.key for f in library().find_facts(topic=topic) if not f.superseded_by and f.key not in facts]
        facts, also = ([k for k in keys if chapter.ask_first or not _tells_survival(k)] for keys in (facts, part.also))
        found.append(PartShown(part.heading, part.text, part.show, side_by_side(facts), tuple(also)))
    return found


def standing_of_chapter(chapter: Chapter) -> list[str]:
    """Whether a clinician has read what a chapter shows, and whether its topics are overdue."""
    lib = library()
    keys = [key for part in parts_of(chapter) for key in (*(k for group in part.groups for k in group), *part.also)]
    entries: list[Entry] = [lib.facts[key] for key in keys]
    shows = {part.show for part in chapter.parts}
    if shows & {"red-flags", "sites"}:
        entries += [*lib.red_flags.values(), *lib.sites.values()]
    if "treatments" in shows:
        treatments = [t for t in lib.treatments.values() if not t.record_only]
        entries += treatments
        keys += [key for t in treatments for key in (*t.harms, *figures.facts_named(t.plain, t.plain_caution or ""))]
    return [review_note(entries), overdue_note(keys)]


def _tells_survival(key: str) -> bool:
    """Whether a fact's plain words say how long people live; only chapters that ask first show such."""
    fact = library().facts[key]
    return figures.names_survival(fact.plain, fact)


def side_by_side(keys: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Keys in their order, those whose facts disagree with one another in one group."""
    facts, placed = library().facts, set[str]()
    groups = []
    for key in keys:
        if key in placed:
            continue
        group, todo = [key], [key]
        placed.add(key)
        while todo:
            one = todo.pop()
            for other in keys:
                linked = other in facts[one].disagrees_with or one in facts[other].disagrees_with
                if other not in placed and linked:
                    placed.add(other)
                    group.append(other)
                    todo.append(other)
        groups.append(tuple(sorted(group, key=list(keys).index)))
    return tuple(groups)


def types_by_group() -> list[tuple[str, list[HistologicType]]]:
    """The histologic types in scope, by WHO group."""
    return _by((k for k in library().types.values() if not k.out_of_scope and not k.legacy), lambda k: k.group)


def kinds_of_treatment() -> list[tuple[str, list[Treatment]]]:
    """The treatments with evidence of their own, by kind, in words."""
    words = {
        "surgery": _("Operations"),
        "radiotherapy": _("Radiotherapy"),
        "ablation": _("Destroying single spots with heat or cold"),
        "chemotherapy": _("Chemotherapy"),
        "targeted": _("Targeted medicines"),
        "hormone": _("Hormones and medicines against them"),
        "immunotherapy": _("Medicines that wake up the body’s own defence"),
        "cell-therapy": _("Treatment with one’s own changed cells"),
        "supportive": _("Care for how you feel"),
        "adjuvant-chemotherapy": _("Chemotherapy around the operation"),
    }
    shown = [t for t in library().treatments.values() if not t.record_only]
    return [(words[kind], some) for kind in words if (some := [t for t in shown if t.kind == kind])]


def _by(entries: Iterable[HistologicType], key: object) -> list[tuple[str, list[HistologicType]]]:
    found: dict[str, list[HistologicType]] = {}
    for entry in entries:
        found.setdefault(key(entry), []).append(entry)  # type: ignore[operator]
    return list(found.items())
