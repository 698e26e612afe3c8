"""Commands that keep the evidence alive: what is due, what changed, what a change would touch."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sarcoma.cli._shared import Json, app, print_json, say
from sarcoma.errors import EvidenceError

if TYPE_CHECKING:
    from sarcoma.outlook.proposal import EntryChange

evidence_app = typer.Typer(
    name="evidence",
    help="Keep the evidence alive: what is due, what changed, what a change would touch; try one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(evidence_app)

_REASONS = {
    "overdue-topic": "its topic is overdue",
    "source-changed": "a source was retracted, withdrawn, superseded or corrected",
    "not-found-again": "not found at a second reading",
    "seen-once": "seen once, in a place that could not be checked",
    "read-in-a-relay": "read only in a work that relays it",
    "weak-source": "weak source",
    "day-not-noted": "the day of reading was not noted",
}


_IN_CHAPTERS = {"treatments": "treatments", "red_flags": "signs", "sites": "signs", "questions": "questions"}
"""The chapter that lists every entry of a file."""


def _pages(key: str, room: str, places: dict[str, tuple[str, ...]]) -> list[str]:
    """The addresses of the pages that show an entry, on the server of `sarcoma serve`."""
    pages = [f"/evidence/{key}"]
    pages += [f"/understand/{name}" for name in places.get("chapters", ())]
    pages += ["/article"] if "claims" in places else []
    named = (*places.get("facts", ()), *places.get("treatments", ()), *places.get("sites", ()))
    pages += [f"/evidence/{name}" for name in named]
    if room in _IN_CHAPTERS:
        pages.append(f"/understand/{_IN_CHAPTERS[room]}")
    return pages


def _day(text: str, option: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise EvidenceError(f"{option}: a day is needed, for example 2026-11-26") from None


@evidence_app.command("due")
def due_command(
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The day to ask for; today if left out.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything, not only the first 20.")] = False,
    as_json: Json = False,
) -> None:
    """What to look at again: overdue and changed first, then what most of the made-up people are shown.

    Example: sarcoma evidence due --on 2027-04-01
    """
    from sarcoma.evidence import due, library, overdue_topics
    from sarcoma.outlook.impact import shown_to_made_up_people

    day = _day(on, "--on") if on else datetime.date.today()  # noqa: DTZ011 - a day on the reader's calendar
    shown = shown_to_made_up_people()
    rows: list[dict[str, Any]] = [
        {
            "key": one.key,
            "topic": one.topic,
            "urgent": one.is_urgent(),
            "reasons": list(one.reasons),
            "read_on": one.read_on.isoformat() if one.read_on else None,
            "review_by": one.review_by.isoformat(),
            "shown_to": sum(one.key in keys for keys in shown.values()),
        }
        for one in due(library(), day)
    ]
    rows.sort(key=lambda row: (not row["urgent"], -row["shown_to"], row["key"]))
    late = list(overdue_topics(library(), day))
    if as_json:
        print_json({"on": day.isoformat(), "overdue_topics": late, "people_asked": len(shown), "facts": rows})
        return
    say(f"Overdue topics on {day.isoformat()}: {', '.join(late) or 'none'}.")
    say(f"{len(rows)} facts to look at again; how many of {len(shown)} made-up people are shown each:")
    for row in rows if every else rows[:20]:
        say(f"  {row['key']:<22} {row['shown_to']:>3}  {'; '.join(_REASONS[r] for r in row['reasons'])}")
    if not every and len(rows) > 20:
        say(f"  … and {len(rows) - 20} more (--all)")


@evidence_app.command("changes")
def changes_command(
    since: Annotated[str, typer.Option("--since", metavar="DAY|VERSION", help="A day, or a version of the evidence.")],
    as_json: Json = False,
) -> None:
    """What is new, changed or withdrawn since a day or a version, with the reason.

    Example: sarcoma evidence changes --since 0.1
    """
    from sarcoma.evidence import library

    released = library().releases.get(since)
    if released is None and since.count("-") != 2:
        known = ", ".join(library().releases)
        raise EvidenceError(f"--since: give a day, for example 2026-11-01, or one of the versions {known}")
    day = released.date if released else _day(since, "--since")
    found = library().changes_since(day)
    if as_json:
        print_json({"changes": [change.model_dump(mode="json", exclude_none=True) for change in found]})
        return
    if not found:
        say(f"Nothing has changed since {day.isoformat()}.")
    for change in found:
        say(f"{change.date.isoformat()}  {change.kind:<9} {change.about}: {', '.join(change.keys)}")
        say(f"    {change.because}")


@evidence_app.command("impact")
def impact_command(
    key: Annotated[str, typer.Argument(help="A fact, a figure, a source or a model, such as B21 or LOCHNER20.")],
    as_json: Json = False,
) -> None:
    """What a change would touch: facts, pages, models, and how many of the made-up people are shown it.

    Example: sarcoma evidence impact B21.dm
    """
    from dataclasses import asdict

    from sarcoma.outlook.impact import impact

    found = impact(key)
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.key}: shown to {len(found.people)} of {found.asked} made-up people.")
    say(f"Facts: {', '.join(found.facts) or 'none'}. Models: {', '.join(found.cards) or 'none'}.")
    for room, names in found.places.items():
        say(f"Named in {room}: {', '.join(names)}.")
    for name in found.people:
        say(f"  {name}")


@evidence_app.command("try")
def try_command(
    file: Annotated[Path, typer.Argument(help="A YAML file with the entries that are proposed.")],
    as_json: Json = False,
) -> None:
    """Check a proposed change and show what it would change, before and after; nothing is written.

    Example: sarcoma evidence try proposal.yaml
    """
    from dataclasses import asdict

    from sarcoma.outlook.proposal import read_proposal

    found = read_proposal(file)
    if as_json:
        print_json(asdict(found))
    else:
        for problem in found.problems:
            say(problem)
        for change in found.changes:
            _print_change(change)
        if not found.problems and not found.changes:
            say("Nothing would change: all of it stands so already.")
    if found.problems:
        raise EvidenceError(f"{len(found.problems)} to mend in {file.name[:80]}; nothing was changed")


def _print_change(change: EntryChange) -> None:
    say(f"{change.room}: {change.key}" + (" (new)" if change.is_new else ""))
    for field in change.fields:
        say(f"  {field.field}")
        if not change.is_new:
            say(f"    before  {_short(field.before)}")
        say(f"    after   {_short(field.after)}")
    say(f"  Shown to {len(change.people)} of {change.asked} made-up people{': ' if change.people else ''}", end="")
    say(", ".join(change.people) + ".")
    say(f"  Pages: {', '.join(_pages(change.key, change.room, change.places))}. Models: ", end="")
    say(f"{', '.join(change.cards) or 'none'}.")


def _short(value: object) -> str:
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
