"""Looking up histologic types by what people write: a name, an abbreviation, an ICD-O-3 code.

An exact match – after case, punctuation, British and American spelling, plurals and "NOS" – resolves.
Several candidates are listed, a near miss is only suggested: never a silent guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any

from sarcoma.errors import EvidenceError, Problem, ProblemKind, TypeLookupError
from sarcoma.evidence import library

LONGEST = 200

_CODE = re.compile(r"^m?\s*-?\s*(\d{4})(?:\s*/?\s*(\d))?$")
_SPELLINGS = (
    (re.compile(r"\btumors?\b|\btumours\b"), "tumour"),
    (re.compile(r"\bhem(?=ang|osid)"), "haem"),
    (re.compile(r"metastasis(?=ing\b|ed\b)"), "metastasiz"),
    (re.compile(r"\bfibers?\b"), "fibre"),
    (re.compile(r"(?<=sarcoma)s\b|(?<=fibromatos)es\b"), ""),
    (re.compile(r"\bnos\b|\bnot otherwise specified\b"), ""),
)
_CODES = re.compile(r"^(\d{4})(?:-(\d{4}))?/(\d+)$")
_NOS = ", NOS"
_OTHERS = re.compile(r"[^a-z0-9]+")
_PARTS = re.compile(r"\(([^()]*)\)|/|;|,")


def normal(text: str) -> str:
    """One spelling for comparison."""
    plain = text[:LONGEST].casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", text[:LONGEST]).casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "")
    plain = " ".join(_OTHERS.sub(" ", plain.replace("'", "")).split())
    for pattern, replacement in _SPELLINGS:
        plain = pattern.sub(replacement, plain)
    return " ".join(plain.split())


@lru_cache(maxsize=1)
def _by_words() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entity in library().types.values():
        for word in (entity.id, entity.name, *entity.synonyms, *entity.abbreviations):
            found.setdefault(normal(word), set()).add(entity.id)
    for term in library().terms.values():
        if term.kind == "broad":
            found |= {normal(name): set(term.types) for name in term.names}
    return {word: frozenset(ids) for word, ids in found.items() if word}


@lru_cache(maxsize=1)
def _by_code() -> dict[str, frozenset[str]]:
    """Codes with their behaviour digit (8890/3) and without it (8890)."""
    found: dict[str, set[str]] = {}
    for entity in library().types.values():
        for code in entity.codes:
            found.setdefault(code.code, set()).add(entity.id)
            found.setdefault(code.code.split("/")[0], set()).add(entity.id)
    for term in library().terms.values():
        for broad in term.codes:
            found[broad] = set(term.types)
            found.setdefault(broad.split("/")[0], set()).update(term.types)
    return {code: frozenset(ids) for code, ids in found.items()}


def _candidates(text: str) -> frozenset[str]:
    """Every type that a name, abbreviation or code stands for exactly; none for an unknown one."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return frozenset()
    code = _CODE.match(text.strip().casefold())
    if code:
        morphology, behaviour = code.groups()
        return _by_code().get(f"{morphology}/{behaviour}" if behaviour else morphology, frozenset())
    whole = _by_words().get(normal(text))
    if whole:
        return whole
    # a text of several parts ("Leiomyosarcoma (LMS)"): what all the parts that are known have in common
    parts = [p for p in (p.strip() for p in _PARTS.split(text) if p) if p]
    known = [ids for ids in (_by_words().get(normal(p)) for p in parts) if ids]
    if len(parts) < 2 or len(known) < len(parts):
        return frozenset()
    common = frozenset.intersection(*known)
    return common or frozenset.union(*known)


Resolved = str | tuple[Problem, tuple[str, ...]]
"""The id of a type; or why there is none, and the ids that may be meant."""

_remembered: ContextVar[dict[str, Resolved] | None] = ContextVar("remembered", default=None)


@contextmanager
def remembering(found: dict[str, Resolved]) -> Iterator[None]:
    """Look-ups are remembered in `found`, for a table that names the same types many times.

    Nothing is remembered otherwise: what someone typed is not kept.
    """
    token = _remembered.set(found)
    try:
        yield
    finally:
        _remembered.reset(token)


def taken_without_qualifier(text: str) -> bool:
    """Whether a text is a code that several types share, of which the one without a qualifier (NOS) is taken."""
    return _is_code(text) and len(_candidates(text)) > 1 and isinstance(_resolved(text), str)


def _is_broad(type_ids: tuple[str, ...]) -> bool:
    """Whether a term of its own stands for these types, none of which it means more than the others."""
    return any(term.kind == "broad" and set(term.types) == set(type_ids) for term in library().terms.values())


def _is_code(text: str) -> bool:
    return len(text) <= LONGEST and _CODE.match(text.strip().casefold()) is not None


def _resolved(text: str) -> Resolved:
    types = library().types
    found = tuple(sorted(_candidates(text)))
    if len(found) > 1 and _is_code(text) and not _is_broad(found):  # the code of an NOS entity means it, as in the list
        found = tuple(i for i in found if types[i].name.endswith(_NOS)) or found
    if len(found) == 1:
        outside = types[found[0]].out_of_scope
        return _refused("out-of-scope", found, reason=outside) if outside else found[0]
    if found:
        return _refused("ambiguous", found, names=tuple(types[i].name for i in found))
    outside = _out_of_scope().get(normal(text)) or _other_code(text)
    if outside:
        return _refused("out-of-scope", reason=outside)
    if normal(text) in _not_collected():
        near = _not_collected()[normal(text)]
        rule = "type-not-collected-near" if near else "type-not-collected"
        return _refused("unknown-code", near, rule=rule, names=tuple(types[i].name for i in near))
    near = _near(text)
    if near:
        return _refused("unknown-code", near, rule="type-near", names=tuple(types[i].name for i in near))
    return _refused("unknown-code", rule="type")


def _refused(kind: ProblemKind, candidates: tuple[str, ...] = (), **about: Any) -> Resolved:
    return Problem("histologic_type", kind, **about), candidates


@cache
def _resolved_id(type_id: str) -> Resolved:
    """The same for an id of ours, which programs and forms write."""
    return _resolved(type_id)


def _near(text: str) -> tuple[str, ...]:
    import difflib

    words = difflib.get_close_matches(normal(text), list(_by_words()), n=4, cutoff=0.8) if text.strip() else []
    return tuple(dict.fromkeys(i for word in words for i in sorted(_by_words()[word])))[:6]


@lru_cache(maxsize=1)
def _not_collected() -> dict[str, tuple[str, ...]]:
    """Names of tumours of which nothing was collected, with the types that are nearest by name."""
    terms = [term for term in library().terms.values() if term.kind == "not-collected"]
    return {normal(name): term.types for term in terms for name in term.names}


@lru_cache(maxsize=1)
def _out_of_scope() -> dict[str, str]:
    return {normal(name): entry["reason"] for entry in library().table("out_of_scope") for name in entry["names"]}


def _other_code(text: str) -> str | None:
    """Why a morphology code is out of scope, None where it is not known to be; without behaviour it is malignant."""
    code = _CODE.match(text.strip().casefold())
    if code is None:
        return None
    morphology, behaviour = code.groups()
    for first, last, behaviours, reason in _other_codes():
        if first <= morphology <= last and (behaviour or "3") in behaviours:
            return reason
    return None


@lru_cache(maxsize=1)
def _other_codes() -> tuple[tuple[str, str, str, str], ...]:
    """Morphologies from … to, behaviour digits, and why they are out of scope."""
    found = []
    for entry in library().table("out_of_scope"):
        for text in entry.get("codes", ()):
            match = _CODES.match(text)
            if match is None:
                raise EvidenceError("out_of_scope.yaml: codes are written 8720-8790/3")
            first, last, behaviours = match.groups()
            found.append((first, last or first, behaviours, entry["reason"]))
    return tuple(found)


def resolve_type(text: str) -> str:
    """The id of the one type that a text stands for.

    Parameters
    ----------
    text : a WHO name, synonym, abbreviation or ICD-O-3 code, in any case and spelling.

    Raises
    ------
    TypeLookupError : `reason` is "ambiguous" (with candidates), "out-of-scope" (with the reason in words), or
        "unknown" (with near names as candidates). The message never repeats the text.
    """
    if not isinstance(text, str) or len(text) > LONGEST or not text.strip():
        raise TypeLookupError(Problem("histologic_type", "unknown-code", "type"))
    remembered = _remembered.get()
    if text in library().types:
        found = _resolved_id(text)
    elif remembered is None:
        found = _resolved(text)
    else:
        if text not in remembered:
            remembered[text] = _resolved(text)
        found = remembered[text]
    if not isinstance(found, str):
        raise TypeLookupError(*found)
    return found
