"""Conditions: which one is the sarcoma, its histology from three places, and its site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sarcoma.errors import BundleError, Problem, TypeLookupError
from sarcoma.evidence import library
from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource, extensions, parts_of, refuse
from sarcoma.exchange.context import Context
from sarcoma.exchange.observations import Observation, Observed
from sarcoma.exchange.systems import is_code, known_system
from sarcoma.patient.histology import resolve_type

RELATED_PRIMARY = "related-primary-cancer-condition"
_HISTOLOGY = "mcode-histology-morphology-behavior"


@dataclass(slots=True, eq=False)
class Said:
    """What one place says of the histology: a type, or why it says none; whether that is a sarcoma in scope."""

    path: str
    resource: Resource
    type_id: str | None = None
    reason: str | None = None
    in_scope: bool | None = None
    problem: Problem | None = None
    date: str | None = None
    trust: int = 0
    candidates: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Candidate:
    """A condition that may be the primary."""

    resource: Resource
    said: list[Said] = field(default_factory=list)

    @property
    def in_scope(self) -> bool | None:
        """Whether it is a soft tissue sarcoma in scope; None where no place of it says so or denies it."""
        answers = {one.in_scope for one in self.said}
        return True if True in answers else (False if False in answers else None)


def _has_profile(resource: Resource, ending: str) -> bool:
    meta = resource.data.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return isinstance(profiles, list) and any(
        isinstance(p, str) and p.partition("|")[0].endswith(ending) for p in profiles
    )


def histology_of(context: Context, concept: Any, path: str, resource: Resource, *, quietly: bool = False) -> Said:
    """What a coded element says of the histologic type."""
    said = Said(path, resource)
    said.type_id, said.reason = context.meaning("histologic_type", concept, path, quietly=True)
    if said.type_id is not None:
        outside = library().types[said.type_id].out_of_scope
        if outside:
            said.in_scope, said.problem = False, Problem(path, "out-of-scope", reason=outside)
            said.type_id = None
        else:
            said.in_scope = True
        return said
    if said.reason is reasons.DISAGREE:
        said.in_scope = True
        return said
    if context.meaning("condition", concept, path, quietly=True)[0] is not None:
        said.reason, said.in_scope = None, True
        return said
    for coding in (concept or {}).get("coding") or ():
        code = coding.get("code")
        if (
            known_system(coding.get("system")) == "ICDO3"
            and isinstance(code, str)
            and "/" in code
            and is_code("ICDO3", code)
        ):
            answer = _not_one_type(code)
            if answer is not None:
                said.in_scope, said.reason, said.problem, said.candidates = answer
                return said
    if not quietly and concept is not None:
        context.list_unread(concept, path)
    return said


_Answer = tuple[bool | None, str | None, Problem | None, tuple[str, ...]]
"""Of a code that is no one type: whether it is in scope, why it is none, what is out of scope, the types it may be."""


@cache
def _shared_codes() -> dict[str, _Answer]:
    """Codes of the evidence that several types share."""
    found: dict[str, _Answer] = {}
    for entity in library().types.values():
        for coded in entity.codes:
            try:
                resolve_type(coded.code)
            except TypeLookupError as error:
                if error.reason == "ambiguous":
                    found[coded.code] = (True, reasons.AMBIGUOUS_TYPE, None, error.candidates)
    return found


def _not_one_type(code: str) -> _Answer | None:
    """Of a morphology code that is no one type: several, or out of scope; None where the evidence does not know it."""
    shared = _shared_codes().get(code)
    if shared is not None:
        return shared
    try:
        resolve_type(code)
    except TypeLookupError as error:
        if error.reason == "ambiguous":
            return True, reasons.AMBIGUOUS_TYPE, None, error.candidates
        if error.reason == "out-of-scope":
            return False, None, error.problem, ()
    return None


def _verification(context: Context, resource: Resource) -> str:
    concept = resource.part("verificationStatus")
    if concept is None:
        return "use"
    path = f"{resource.place}.verificationStatus"
    for _, coding in parts_of(concept, "coding", path):
        if known_system(coding.get("system")) != "VERIFICATION":
            continue
        entry = context.codes.table("status").get(("VERIFICATION", str(coding.get("code"))))
        if entry is not None:
            return entry.value
    context.list_unread(concept, path)
    return "not-yet"


def primary(context: Context, observed: Observed, wanted: str | None) -> tuple[Candidate, list[tuple[Resource, str]]]:
    """The condition that is the sarcoma, and the secondary ones with what their verification says."""
    candidates: list[Candidate] = []
    secondary: list[tuple[Resource, str]] = []
    for resource in context.bundle.of("Condition"):
        verified = _verification(context, resource)
        if verified == "not":
            continue
        if _is_secondary(context, resource):
            secondary.append((resource, verified))
        else:
            candidates.append(Candidate(resource))
    for candidate in candidates:
        _read_histology(context, candidate, observed)
    _give_unlinked(context, candidates, observed)
    for candidate in candidates:
        candidate.said.sort(key=lambda said: said.trust)
        if _may_be_secondary(candidate.resource):
            context.not_known("metastases", reasons.UNKNOWN_CODE)
    context.primaries = [c.resource for c in candidates if c.in_scope or _is_cancer(c.resource)]
    if wanted is not None:
        return _named(candidates, wanted), secondary
    inside = [c for c in candidates if c.in_scope]
    if len(inside) > 1:
        names = tuple(c.resource.id or c.resource.place for c in inside)
        raise BundleError([Problem("bundle", "unreadable", "fhir-two-conditions", names=names, example=names[0])])
    if inside:
        return inside[0], secondary
    for candidate in candidates:
        for said in candidate.said:
            if said.problem is not None:
                raise BundleError([Problem(said.path, "out-of-scope", reason=said.problem.reason)])
    return refuse("bundle", "no-condition")


_SECONDARY = re.compile(r"C7[789]|C80", re.ASCII).match


def _codings(resource: Resource) -> Iterator[tuple[str, str]]:
    concept = resource.part("code")
    for _, coding in parts_of(concept or {}, "coding", f"{resource.place}.code"):
        if isinstance(coding.get("code"), str):
            yield known_system(coding.get("system")), coding["code"]


def _may_be_secondary(resource: Resource) -> bool:
    """Whether a code of ICD-10 that no table has is among those of secondary cancers: it is no "has not spread"."""
    return any(system.startswith("ICD10") and _SECONDARY(code) for system, code in _codings(resource))


def _is_cancer(resource: Resource) -> bool:
    """Whether a condition is a primary cancer of any kind, by its profile or a malignant morphology."""
    if _has_profile(resource, "mcode-primary-cancer-condition") or any(extensions(resource, _HISTOLOGY)):
        return True
    return any(
        (system == "ICDO3" and code.endswith("/3"))
        or (system.startswith("ICD10") and code[:1] == "C" and not _SECONDARY(code))
        for system, code in _codings(resource)
    )


def _named(candidates: list[Candidate], wanted: str) -> Candidate:
    for candidate in candidates:
        resource = candidate.resource
        if wanted in (resource.id, resource.reference, resource.address) and wanted:
            if candidate.in_scope is False:
                problem = next(said.problem for said in candidate.said if said.problem is not None)
                raise BundleError([Problem(resource.place, "out-of-scope", reason=problem.reason)])
            return candidate
    names = tuple(c.resource.id or c.resource.place for c in candidates) or ("none",)
    raise BundleError([Problem("bundle", "unreadable", "fhir-condition", names=names[:10])])


def _is_secondary(context: Context, resource: Resource) -> bool:
    if _has_profile(resource, "mcode-secondary-cancer-condition") or any(extensions(resource, RELATED_PRIMARY)):
        return True
    if _has_profile(resource, "mcode-primary-cancer-condition") or any(extensions(resource, _HISTOLOGY)):
        return False
    return context.meaning("organ", resource.data.get("code"), f"{resource.place}.code", quietly=True)[0] is not None


def _read_histology(context: Context, candidate: Candidate, observed: Observed) -> None:
    """Histology of the extension, of Observations that name the condition, and of its own code: so they are trusted."""
    resource = candidate.resource
    for path, part in extensions(resource, _HISTOLOGY):
        said = histology_of(context, part.get("valueCodeableConcept"), f"{path}.valueCodeableConcept", resource)
        candidate.said.append(said)
    for one in observed.about("histology"):
        if resource in one.linked:
            _add_observed(context, candidate, one)
    path = f"{resource.place}.code"
    said = histology_of(context, resource.part("code"), path, resource, quietly=True)
    said.trust = 2
    if said.in_scope is None and resource.data.get("code") is not None:
        context.list_unread(resource.data["code"], path)
    candidate.said.append(said)


def _add_observed(context: Context, candidate: Candidate, one: Observation) -> None:
    if one.state != "use" or one.is_absent:
        context.not_known("histologic_type", reasons.NOT_YET if one.state == "not-yet" else reasons.ABSENT)
        return
    path = f"{one.place}.valueCodeableConcept"
    said = histology_of(context, one.data.get("valueCodeableConcept"), path, one.resource)
    said.date, said.trust = one.written, 1
    candidate.said.append(said)


def _give_unlinked(context: Context, candidates: list[Candidate], observed: Observed) -> None:
    """Histology that names no condition is of the one condition that it can be of, or of none."""
    loose = [one for one in observed.about("histology") if not one.linked and one.state != "not"]
    if not loose or not candidates:
        return
    for may_be in (
        [c for c in candidates if c.in_scope],
        [c for c in candidates if _has_profile(c.resource, "mcode-primary-cancer-condition")],
        candidates,
    ):
        if len(may_be) == 1:
            for one in loose:
                _add_observed(context, may_be[0], one)
            return
        if may_be:
            break
    for one in loose:
        context.remark(one.place, reasons.UNLINKED)


def take_histology(context: Context, candidate: Candidate) -> None:
    """The histologic type, where the places that name one agree."""
    named = [said for said in candidate.said if said.type_id is not None]
    denied = any(
        said.problem is not None or (said.candidates and named and named[0].type_id not in said.candidates)
        for said in candidate.said
    )
    if (
        (denied and any(said.in_scope for said in candidate.said))
        or any(said.reason is reasons.DISAGREE for said in candidate.said)
        or len({said.type_id for said in named}) > 1
    ):
        context.conflict("histologic_type", reasons.DISAGREE)
        for said in named:
            context.use(said.resource)
        return
    if named:
        first = named[0]
        context.take("histologic_type", first.type_id, first.resource, first.path, first.date)
        return
    for said in candidate.said:
        if said.reason is not None:
            context.not_known("histologic_type", said.reason)


def take_site(context: Context, candidate: Candidate) -> None:
    """The primary site: topography of ICD-O-3 as it is, other codes by the table; the condition's code last."""
    resource = candidate.resource
    sites: dict[str, str] = {}
    codes: dict[str, str] = {}
    for path, part in resource.parts("bodySite"):
        topography = [
            coding["code"]
            for _, coding in parts_of(part, "coding", path)
            if known_system(coding.get("system")) == "ICDO3"
            and isinstance(coding.get("code"), str)
            and coding["code"][:1] == "C"
            and is_code("ICDO3", coding["code"])
        ]
        codes.update(dict.fromkeys(topography, path))
        value, reason = context.meaning("primary_site", part, path, quietly=bool(topography))
        if value is not None:
            sites.setdefault(value, path)
        elif reason is not None and not topography:
            context.not_known("site", reason)
    if not sites and not codes:
        path = f"{resource.place}.code"
        value, _ = context.meaning("primary_site", resource.data.get("code"), path, quietly=True)
        if value is not None:
            sites[value] = path
    for field_name, found in (("site", sites), ("topography", codes)):
        if len(found) > 1:
            context.conflict(field_name, reasons.DISAGREE)
        elif found:
            value, path = next(iter(found.items()))
            context.take(field_name, value, resource, path)
