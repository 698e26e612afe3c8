"""Chapters: what a page of "Understand" shows of a chapter of the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sarcoma.evidence import Chapter, Entry, Picture, RedFlag, Treatment, library
from sarcoma.web import drawn
from sarcoma.web.drawn import Drawing
from sarcoma.wording import figures
from sarcoma.wording.alive import overdue_note, review_note
from sarcoma.wording.language import _


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of a chapter as a page shows it: `facts` are read at once; `folded` are groups that disagree together."""

    heading: str
    text: str | None
    show: str | None
    facts: tuple[str, ...]
    folded: tuple[tuple[str, ...], ...]
    not_looked_for: bool

    @property
    def studies(self) -> int:
        """How many facts are folded away."""
        return sum(len(group) for group in self.folded)


def parts_of(chapter: Chapter) -> list[PartShown]:
    """The parts of a chapter, with topics written out and disagreeing facts side by side."""
    found = []
    for part in chapter.parts:
        facts, also = list(part.facts), list(part.also)
        for topic in part.topics:
            every = (f.key for f in library().find_facts(topic=topic) if not f.superseded_by)
            also += [key for key in every if key not in (*facts, *also)]
        facts, also = ([k for k in keys if _may_stand(chapter, k)] for keys in (facts, also))
        found.append(
            PartShown(part.heading, part.text, part.show, tuple(facts), side_by_side(also), part.not_looked_for)
        )
    return found


def _may_stand(chapter: Chapter, key: str) -> bool:
    """Whether a fact is for everyone; only chapters that ask first tell how long people live."""
    fact = library().facts[key]
    return figures.for_everyone(fact) and (chapter.ask_first or not figures.names_survival(fact.plain, fact))


def picture_of(chapter: Chapter) -> Drawing | None:
    """The picture that a chapter opens with, where it is of 100 people and may be drawn; the page makes the others."""
    return _pictured(chapter.picture) if _is_drawn(chapter.picture) else None


def _is_drawn(picture: Picture) -> bool:
    if picture.kind not in ("hundred", "range"):
        return False
    return all(drawn.published(one.figure).may_be_drawn for one in picture.figures)


def _pictured(picture: Picture) -> Drawing:
    parts = [(_(one.label), drawn.published(one.figure)) for one in picture.figures]
    rest = _(picture.rest or "")
    if picture.kind == "range":
        return drawn.range_of(_(picture.title), parts[0][0], rest, [figure for _label, figure in parts])
    return drawn.parts_of_100(_(picture.title), parts, rest)


def bars_of(chapter: Chapter) -> list[drawn.Bar]:
    """The figures of a picture that stand beside one another, each with its own study; also what may not be drawn."""
    if _is_drawn(chapter.picture):
        return []
    return [drawn.bar(_(one.label), one.figure) for one in chapter.picture.figures]


def alarms() -> tuple[list[RedFlag], list[RedFlag]]:
    """The signs that need a call now, and those that need one today."""
    flags = list(library().red_flags.values())
    return [f for f in flags if f.urgency == "emergency"], [f for f in flags if f.urgency == "same-day"]


def standing_of_chapter(chapter: Chapter) -> list[str]:
    """Whether a clinician has read what a chapter shows, and whether its topics are overdue."""
    lib = library()
    keys = [key for part in parts_of(chapter) for key in (*part.facts, *(k for group in part.folded for k in group))]
    keys += [one.figure.partition(".")[0] for one in chapter.picture.figures]
    entries: list[Entry] = [lib.facts[key] for key in keys]
    shows = {part.show for part in chapter.parts}
    if chapter.picture.kind == "alarms" or "sites" in shows:
        entries += [*lib.red_flags.values(), *lib.sites.values()]
    if "treatments" in shows:
        treatments = [t for t in lib.treatments.values() if not t.record_only]
        entries += treatments
        keys += [key for t in treatments for key in (*t.harms, *figures.facts_named(t.plain, t.plain_caution or ""))]
    return [review_note(entries), overdue_note(keys)]


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
