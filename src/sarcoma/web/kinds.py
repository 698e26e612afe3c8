"""The kind of sarcoma in a form: a name that is typed, found among the names that people and reports use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sarcoma.errors import TypeLookupError
from sarcoma.evidence import HistologicType, library
from sarcoma.patient.histology import normal, resolve_type
from sarcoma.wording import language
from sarcoma.wording.language import N_, _
from sarcoma.wording.names import type_name

UNKNOWN = "unknown"
NOT_LISTED = N_("Not in this list")
OTHER_KINDS = {"bone-sarcoma": N_("a sarcoma of bone"), "another-kind": N_("another kind")}
NOT_YET = {UNKNOWN: N_("not yet known")}
DONT_KNOW = N_("I don’t know")
MOST_SUGGESTED = 8


def kind_of(typed: str) -> str:
    """The id of what was typed, or what was typed: the record then says why it is none."""
    if typed in library().types or typed in OTHER_KINDS or typed in NOT_YET:
        return typed
    shown = _by_name(language.current()).get(normal(typed)) or _by_name("en").get(normal(typed))
    if shown is not None:
        return shown
    try:
        return resolve_type(typed)
    except TypeLookupError:
        return typed


def name_of(value: str) -> str:
    """What stands in the form for an id; what is no id stands there as it was typed."""
    if value in library().types:
        return _shown(library().types[value])
    others = OTHER_KINDS | NOT_YET
    return _upper(_(others[value])) if value in others else value


def names() -> tuple[str, ...]:
    """What a search box offers: every kind by its names, and the kinds that are not in the list."""
    return _names(language.current())


def suggestions(typed: str) -> list[tuple[str, str]]:
    """Kinds that may have been meant, (id, name): by the reader of names, else those in whose names it stands."""
    found: tuple[str, ...] = ()
    try:
        resolve_type(typed)
    except TypeLookupError as error:
        found = error.candidates
    if not found and len(normal(typed)) > _TOO_SHORT:
        found = tuple(i for i, words in _searched(language.current()) if normal(typed) in words)
    kinds = (library().types[i] for i in found if i in library().types)
    return [(kind.id, _shown(kind)) for kind in kinds if not kind.out_of_scope][:MOST_SUGGESTED]


_TOO_SHORT = 2


def grouped(*, plain: bool) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every kind by group, (id, name), as they are called in reports; last those of which nothing may be said here."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in library().types.values():
        if not kind.out_of_scope:
            groups.setdefault(kind.group, []).append((kind.id, _shown(kind) if plain else _clinical(kind)))
    yield from groups.items()
    outside = {kind.id: kind.name for kind in library().types.values() if kind.out_of_scope}
    others = outside | OTHER_KINDS | NOT_YET
    yield NOT_LISTED, [(key, _(label) if plain else label) for key, label in others.items()]


def _clinical(kind: HistologicType) -> str:
    return f"{kind.name} ({kind.abbreviations[0]})" if kind.abbreviations else kind.name


def _shown(kind: HistologicType) -> str:
    name = _upper(type_name(kind))
    return f"{name} ({kind.abbreviations[0]})" if kind.abbreviations else name


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=8)
def _names(_lang: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for kind in library().types.values():
        found[_shown(kind)] = None
        for name in kind.synonyms:
            if normal(name) not in normal(kind.name):
                found[_upper(name)] = None
    for label in (*OTHER_KINDS.values(), *NOT_YET.values()):
        found[_upper(_(label))] = None
    return tuple(found)


@lru_cache(maxsize=8)
def _by_name(lang: str) -> dict[str, str]:
    """Names as the form shows them in a language → id."""
    with language.using(lang):
        found = {normal(_(DONT_KNOW)): UNKNOWN}
        for key, label in (OTHER_KINDS | NOT_YET).items():
            found[normal(_(label))] = key
        for kind in library().types.values():
            for name in (_shown(kind), type_name(kind), _(kind.name)):
                found.setdefault(normal(name), kind.id)
    return found


@lru_cache(maxsize=8)
def _searched(_lang: str) -> tuple[tuple[str, str], ...]:
    """Id and all names of each kind, in one spelling, to look in."""
    return tuple(
        (kind.id, " | ".join(normal(t) for t in (kind.name, _(kind.name), *kind.synonyms, *kind.abbreviations)))
        for kind in library().types.values()
    )
