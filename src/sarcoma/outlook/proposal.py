"""A change that somebody proposes: checked against the schema, and what it would change, before anything changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sarcoma._files import read_yaml
from sarcoma.errors import EvidenceError
from sarcoma.evidence import (
    Entry,
    Fact,
    GeneralStatement,
    Library,
    MetastaticSite,
    Profile,
    Question,
    RedFlag,
    Source,
    Treatment,
    library,
)
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.outlook.impact import impact_of, shown_to_made_up_people

ROOMS: dict[str, tuple[type[Entry], str]] = {
    "sources": (Source, "key"),
    "facts": (Fact, "key"),
    "treatments": (Treatment, "id"),
    "profiles": (Profile, "id"),
    "general_statements": (GeneralStatement, "id"),
    "sites": (MetastaticSite, "id"),
    "red_flags": (RedFlag, "id"),
    "questions": (Question, "id"),
}
"""What may be proposed: the name of the file (facts stand in several), its schema, and what names an entry."""

MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; None where it was not there, or will not be."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EntryChange:
    """What a proposal does to one entry, where it is named, and to which made-up people it is shown.

    `places` are as in `Impact`; `people` are of `asked`.
    """

    room: str
    key: str
    is_new: bool
    fields: tuple[FieldChange, ...]
    places: dict[str, tuple[str, ...]]
    cards: tuple[str, ...]
    people: tuple[str, ...]
    asked: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything that is wrong with a proposal, by entry and field; and, where nothing is, what it would change."""

    problems: tuple[str, ...]
    changes: tuple[EntryChange, ...]


def read_proposal(path: Path) -> Proposal:
    """A proposal from a YAML file.

    It holds entries as they stand in the evidence, by the name of their file. Of an entry that is there already, only
    what changes needs to be given: a field replaces the field, a figure (by its `id`) changes that figure.

    Raises
    ------
    EvidenceError : the file cannot be read, or is not such a list.
    """
    name = path.name[:80]
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EvidenceError(f"{name}: too large for a proposal")
        raw = read_yaml(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError):
        raise EvidenceError(f"there is no file {name} that can be read as UTF-8 text") from None
    if not isinstance(raw, dict) or not raw or not all(isinstance(entries, list) for entries in raw.values()):
        raise EvidenceError(f"{name}: a proposal is a list of entries by the name of their file, for example facts:")
    unknown = [str(room)[:40] for room in raw if room not in ROOMS]
    if unknown:
        raise EvidenceError(f"{name}: nothing is called {unknown[0]}; there are {', '.join(ROOMS)}")
    problems: list[str] = []
    proposed: dict[str, dict[str, Entry]] = {}
    for room, entries in raw.items():
        proposed[room] = dict(_entries(room, entries, problems))
    problems += _unresolved(proposed)
    return Proposal(tuple(problems), () if problems else tuple(_changes(proposed)))


def _known(room: str, lib: Library | None = None) -> dict[str, Any]:
    found: dict[str, Any] = getattr(lib or library(), room)
    return found


def _entries(room: str, entries: list[Any], problems: list[str]) -> Iterator[tuple[str, Entry]]:
    """The proposed entries that fit the schema; what is wrong with the others goes to `problems`."""
    schema, identity = ROOMS[room]
    seen: set[str] = set()
    for position, raw in enumerate(entries, 1):
        key = raw.get(identity) if isinstance(raw, dict) else None
        if not isinstance(key, str):
            problems.append(f"{room}: entry {position}: say which entry it is, for example {identity}: …")
            continue
        if key in seen:
            problems.append(f"{room}: {key[:60]}: stands twice")
            continue
        seen.add(key)
        before = _known(room).get(key)
        whole = (
            raw if before is None else _merged(before.model_dump(mode="json", by_alias=True, exclude_unset=True), raw)
        )
        try:
            yield key, schema.model_validate(whole)
        except ValidationError as error:
            for one in error.errors():
                where = ".".join(str(part) for part in one["loc"])
                said = "there is no such field" if one["type"] == "extra_forbidden" else one["msg"]
                problems.append(
                    f"{room}: {key[:60]}: {f'{where}: ' if where else ''}{said.removeprefix('Value error, ')}"
                )
            if before is None:
                problems.append(f"{room}: {key[:60]}: it is a new entry, so that everything has to be given")


def _merged(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """An entry with what is proposed; `null` takes a field away."""
    found = before | {name: value for name, value in given.items() if name != "figures"}
    figures = given.get("figures")
    if isinstance(figures, list):
        by_id = {figure["id"]: figure for figure in before.get("figures", ())}
        for position, figure in enumerate(figures):
            name = figure.get("id", position) if isinstance(figure, dict) else position
            by_id[name] = {**by_id.get(name, {}), **figure} if isinstance(figure, dict) else figure
        found["figures"] = list(by_id.values())
    elif "figures" in given:
        found["figures"] = figures
    return found


def _unresolved(proposed: dict[str, dict[str, Entry]]) -> list[str]:
    """Keys that the proposal names and that are neither in the evidence nor in the proposal."""
    every = {room: {**_known(room), **proposed.get(room, {})} for room in ROOMS}
    problems = []
    for room, entries in proposed.items():
        for key, entry in entries.items():
            for value, field in _texts(entry.model_dump(mode="json", by_alias=True)):
                if field in ("sources", "source") and value not in every["sources"]:
                    problems.append(f"{room}: {key}: no source has the key {value[:60]}")
                if field in ("results", "harms", "disagrees_with", "superseded_by") and value not in every["facts"]:
                    problems.append(f"{room}: {key}: no fact has the key {value[:60]}")
                for named in PLACEHOLDER.findall(value):
                    owner, dot, figure = named.rpartition(".")
                    fact = every["facts"].get(owner if dot else key)
                    if fact is None or figure not in {f.id for f in fact.figures}:
                        problems.append(f"{room}: {key}: {field}: no figure is called {{{named[:60]}}}")
    return list(dict.fromkeys(problems))


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)
    elif isinstance(value, str):
        yield value, field


def _changes(proposed: dict[str, dict[str, Entry]]) -> Iterator[EntryChange]:
    for room, entries in proposed.items():
        for key, entry in entries.items():
            before = _known(room).get(key)
            differ = tuple(_differences(_flat(before), _flat(entry)))
            if not differ:
                continue
            touched = impact_of(key, room) if before is not None else None
            yield EntryChange(
                room=room,
                key=key,
                is_new=before is None,
                fields=differ,
                places=touched.places if touched else {},
                cards=touched.cards if touched else (),
                people=touched.people if touched else (),
                asked=len(shown_to_made_up_people()),
            )


def _flat(entry: Entry | None) -> dict[str, Any]:
    """An entry's fields by their path; of its figures one path a field (`figures.dm.value`)."""
    if entry is None:
        return {}
    found: dict[str, Any] = {}
    for name, value in entry.model_dump(mode="json", by_alias=True, exclude_defaults=True).items():
        if name == "figures":
            found |= {f"figures.{f['id']}.{part}": given for f in value for part, given in f.items()}
        else:
            found[name] = value
    return found


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[FieldChange]:
    for field in dict.fromkeys((*before, *after)):
        if before.get(field) != after.get(field):
            yield FieldChange(field, before.get(field), after.get(field))
