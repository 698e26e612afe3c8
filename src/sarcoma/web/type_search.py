"""Types by search: from a name, a part of it, an abbreviation or a plain word to the page of a type in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sarcoma.errors import RequestError, TypeLookupError
from sarcoma.evidence import HistologicType, Profile, Treatment, library
from sarcoma.outlook.resemble import type_answer
from sarcoma.patient import Patient, Records
from sarcoma.patient.histology import normal, resolve_type
from sarcoma.wording import figures, language
from sarcoma.wording.language import N_, _
from sarcoma.wording.names import type_name

MOST = 12
"""Types that a search shows."""

_SAY_NOTHING = frozenset(
    ("a", "an", "and", "cancer", "cell", "cells", "in", "of", "or", "sarcoma", "soft", "the", "tissue", "tumour",
     "type", "kind", "de", "del", "la", "el", "los", "las", "y", "o", "tumor", "celulas", "tipo")
)  # fmt: skip
"""Words that stand in nearly every name."""


@dataclass(frozen=True, slots=True)
class TypesFound:
    """Types that a search may mean; `exact` where the name stands for one type, `near` where none has these words."""

    types: tuple[HistologicType, ...]
    exact: bool = False
    near: bool = False


def search(query: str) -> TypesFound:
    """Types by a name, a synonym, an abbreviation or a code; else by words of their names and plain texts."""
    types = library().types
    try:
        return TypesFound((types[resolve_type(query)],), exact=True)
    except TypeLookupError as refused:
        named = tuple(types[key] for key in refused.candidates)
        if named and refused.reason != "unknown":
            return TypesFound(named, exact=len(named) == 1)
    by_words = _with_words(query)
    if by_words:
        return TypesFound(by_words[:MOST])
    return TypesFound(named[:MOST], near=True)


def _with_words(query: str) -> tuple[HistologicType, ...]:
    wanted = [word for word in normal(query).split() if word not in _SAY_NOTHING] or normal(query).split()
    if not wanted:
        return ()
    found = [
        (not all(word in names for word in wanted), kind)
        for kind, names, text in _haystack(language.current())
        if all(word in text for word in wanted)
    ]
    return tuple(kind for _worse, kind in sorted(found, key=lambda pair: pair[0]))


@lru_cache(maxsize=8)
def _haystack(_lang: str) -> tuple[tuple[HistologicType, str, str], ...]:
    """Each type with its names, and with its names and plain text, in the language in use and in English."""
    return tuple(
        (kind, names := normal_all(_names(kind)), f"{names} {normal_all((kind.plain or '', _(kind.plain or '')))}")
        for kind in library().types.values()
    )


def _names(kind: HistologicType) -> Iterator[str]:
    yield from (kind.name, type_name(kind), *kind.synonyms, *kind.abbreviations)


def normal_all(texts: Iterable[str]) -> str:
    """Texts in one spelling, one after the other."""
    return " ".join(normal(text) for text in texts if text)


def all_types() -> list[HistologicType]:
    """Every type in scope, by name in the language in use."""
    shown = (kind for kind in library().types.values() if not kind.out_of_scope and not kind.legacy)
    return sorted(shown, key=lambda kind: normal(type_name(kind)))


# -- one type in plain words

_SPREAD: Mapping[str, str] = {
    "none": N_("It does not spread to other parts of the body."),
    "seldom": N_("It spreads seldom."),
    "spreads": N_("It can spread to other parts of the body."),
    "not-seen": N_("We found no study that says how often it spreads."),
}
_RELAPSE: Mapping[str, str] = {
    "early": N_("If it comes back, this is mostly in the first years."),
    "late": N_("It can come back late, after more than five years."),
    "mixed": N_("Some come back early, some late."),
    "not-seen": N_("We found no study that says whether it comes back late."),
}
_PLAN: Mapping[str, str] = {
    "adult": N_("It is treated as sarcoma in adults is."),
    "paediatric-protocol": N_("It is treated by a plan made for children, in a centre that knows that plan."),
    "own-drug": N_("It has a medicine of its own that stands before the usual first one."),
    "not-seen": N_("We found no plan of its own. Ask your team how it is treated."),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What holds for a type, or for one place or form of it, in plain words; `key` opens the profile."""

    about: str
    spread: str
    late: str
    plan: str
    key: str


@dataclass(frozen=True, slots=True)
class TypeShown:
    """A type in plain words; several forms where what holds differs by place or form."""

    kind: HistologicType
    name: str
    others: tuple[str, ...]
    forms: tuple[Form, ...]
    treatments: tuple[Treatment, ...]
    facts: tuple[str, ...]


def type_shown(key: str) -> TypeShown:
    """The page of one type.

    Raises
    ------
    RequestError : 404, there is no such type.
    """
    kind = library().types.get(key)
    if kind is None:
        raise RequestError(404, "There is no such type.")
    profiles = () if kind.out_of_scope else library().profiles_of(kind.now_called or key)
    records = None if kind.out_of_scope else Records((Patient(histologic_type=kind.id),))
    own = [] if records is None else [t for t in library().treatments.values() if _own(t, records)]
    return TypeShown(
        kind,
        type_name(kind),
        tuple(dict.fromkeys((*kind.abbreviations, *kind.synonyms))),
        _forms(profiles),
        tuple(own),
        tuple(f.key for f in library().facts.values() if key in f.types and _may_stand(f.key)),
    )


def _key(profile: Profile) -> str:
    """What opens a profile; of a type without one of its own, the type."""
    return f"profile-{profile.id}" if profile.id in library().profiles else profile.types[0]


def _own(treatment: Treatment, records: Records) -> bool:
    named = tuple(t for t in treatment.types if t != "any")
    return bool(named) and not treatment.record_only and type_answer(named, records) == 1


def _may_stand(key: str) -> bool:
    """Whether a fact is for everyone, and not about how long people live."""
    fact = library().facts[key]
    return (
        figures.for_everyone(fact)
        and not fact.superseded_by
        and not any(f.about_survival for f in fact.figures)
        and not fact.topic.startswith("survival")
        and fact.topic not in ("prognostic-factor", "long-term-survival", "conditional-outlook")
    )


def _forms(profiles: Iterable[Profile]) -> tuple[Form, ...]:
    """What each profile says, those that say the same once."""
    found: dict[tuple[str, ...], Form] = {}
    for profile in profiles:
        spread = _SPREAD[profile.spread]
        if profile.instead is not None and profile.spread == "none":
            spread = profile.instead.plain
        said = (profile.plain or "", spread, _RELAPSE[profile.relapse], _PLAN[profile.plan])
        about, spread, late, plan = (_(text) if text else "" for text in said)
        found.setdefault(said, Form(about, spread, late, plan, _key(profile)))
    return tuple(found.values())
