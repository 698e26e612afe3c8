"""A Bundle: one patient and their resources, taken apart and looked at before anything of it is read.

What cannot be read as a whole is refused here, with one sentence that names the place and what is needed, never what
stands there: no Bundle, no patient or two, a resource of another patient, references in a circle, nesting over 50.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sarcoma.errors import BundleError, Problem
from sarcoma.exchange.dates import Span, joined, span_of

MOST_BYTES = 4 * 1024 * 1024
DEEPEST = 50
_MOST_RESOURCES = 20_000
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_KIND = re.compile(r"[A-Z][A-Za-z]{2,40}", re.ASCII)
_LINKS = ("hasMember", "derivedFrom", "partOf", "basedOn", "result", "priorPrescription", "replaces")
READ = (
    "Condition",
    "Observation",
    "Procedure",
    "MedicationRequest",
    "MedicationAdministration",
    "MedicationStatement",
)
"""The types of resources that are read, beside Patient and Medication; each names its patient."""


def refuse(place: str, rule: str) -> NoReturn:
    """Refuse the whole Bundle: at a place of it, by one of the rules of `errors`."""
    raise BundleError([Problem(place, "unreadable", f"fhir-{rule}")])


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource, with the place where it stands; its content is not shown."""

    kind: str
    id: str | None
    place: str
    data: Mapping[str, Any] = field(repr=False)
    address: str | None = field(default=None, repr=False)

    @property
    def reference(self) -> str:
        """How others name it: type and id, or its place where it has none that can be named."""
        return f"{self.kind}/{self.id}" if self.id is not None else self.place

    def part(self, key: str) -> Mapping[str, Any] | None:
        """An element that is one object."""
        found = self.data.get(key)
        if found is None or isinstance(found, dict):
            return found
        refuse(f"{self.place}.{key}", "object")

    def parts(self, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The objects of an element that is a list, each with its path."""
        return parts_of(self.data, key, self.place)

    def text(self, key: str) -> str | None:
        """An element that is text, such as a status."""
        found = self.data.get(key)
        if found is None or isinstance(found, str):
            return found
        refuse(f"{self.place}.{key}", "text")

    def when(self) -> tuple[str, Span | None, str | None]:
        """When it was observed, done or given: the path, the days that it leaves possible, and as it was written."""
        for key in ("effectiveDateTime", "performedDateTime", "effectiveInstant"):
            if key in self.data:
                return (f"{self.place}.{key}", *_dated(self.text(key)))
        for key in ("effectivePeriod", "performedPeriod"):
            period = self.part(key)
            if period is not None:
                start, end = span_of(period.get("start")), span_of(period.get("end"))
                written = period.get("start") if start is not None else period.get("end") if end is not None else None
                return f"{self.place}.{key}", joined(start, end), written
        if "authoredOn" in self.data:
            return (f"{self.place}.authoredOn", *_dated(self.text("authoredOn")))
        return self.place, None, None


def _dated(written: str | None) -> tuple[Span | None, str | None]:
    """The days that a date leaves possible, and the date as it was written; of what is no date nothing is kept."""
    span = span_of(written)
    return span, written if span is not None else None


ELSEWHERE = Resource("Condition", None, "elsewhere", {})
"""Stands for a condition that a resource names and that is not in the Bundle: it is not the primary."""


def parts_of(data: Mapping[str, Any], key: str, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of an element that is a list, each with its path; a single object counts as a list of one."""
    found = data.get(key)
    if found is None:
        return
    if isinstance(found, dict):
        yield f"{place}.{key}", found
        return
    if not isinstance(found, list):
        refuse(f"{place}.{key}", "list")
    for number, part in enumerate(found):
        if part is None:
            continue
        if not isinstance(part, dict):
            refuse(f"{place}.{key}[{number}]", "object")
        yield f"{place}.{key}[{number}]", part


def parsed(source: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    """A Bundle as plain dictionaries; text of it is JSON in UTF-8."""
    if isinstance(source, Mapping):
        data: Any = source
    elif not isinstance(source, (bytes, str)):
        refuse("bundle", "not-a-bundle")
    else:
        if len(source) > MOST_BYTES:
            refuse("bundle", "too-large")
        try:
            data = loads(source)
        except RecursionError:
            refuse("bundle", "too-deep")
        except (ValueError, UnicodeError):
            refuse("bundle", "not-json")
    if not isinstance(data, dict) or data.get("resourceType") != "Bundle":
        refuse("bundle", "not-a-bundle")
    _look_at_depth(data)
    return data


def loads(source: bytes | str) -> Any:
    """JSON in which every number is one, and no name stands twice in an object.

    Raises
    ------
    ValueError, UnicodeError, RecursionError : it is none.
    """
    return json.loads(source, parse_constant=_no_number, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _look_at_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEEPEST + 1):
        deeper: list[Any] = []
        for part in level:
            for value in part.values() if type(part) is dict else part:
                kind = type(value)
                if kind is dict or kind is list:
                    deeper.append(value)
                elif kind is float and not -1e300 < value < 1e300:
                    refuse("bundle", "not-json")
        if not deeper:
            return
        level = deeper
    refuse("bundle", "too-deep")


class Bundle:
    """The resources of one patient, by type and by what references call them.

    `places` are where the entries stand, where that is not the Bundle itself.
    """

    def __init__(self, source: bytes | str | Mapping[str, Any], places: Sequence[str] | None = None) -> None:
        data = parsed(source)
        self._places = places
        self._named: dict[str, Resource] = {}
        self._within: dict[int, dict[str, Resource]] = {}
        self.kinds: dict[str, list[Resource]] = {}
        entries = data.get("entry")
        if not isinstance(entries, list) or not entries:
            refuse("bundle.entry", "no-patient")
        if len(entries) > _MOST_RESOURCES:
            refuse("bundle.entry", "too-large")
        for number, entry in enumerate(entries):
            self._take(number, entry)
        patients = self.kinds.get("Patient", [])
        if not patients:
            refuse("bundle.entry", "no-patient")
        if len(patients) > 1:
            refuse(patients[1].place, "two-patients")
        self.patient = patients[0]
        self._look_at_subjects()
        self._look_for_circles()

    def __repr__(self) -> str:
        return f"Bundle({sum(map(len, self.kinds.values()))} resources)"

    def of(self, kind: str) -> list[Resource]:
        """The resources of a type, in their order."""
        return self.kinds.get(kind, [])

    def _take(self, number: int, entry: Any) -> None:
        place = f"entry[{number}]"
        if not isinstance(entry, dict):
            refuse(place, "object")
        content = entry.get("resource")
        if content is None:
            return
        address = entry.get("fullUrl")
        place = f"{place}.resource" if self._places is None else self._places[number]
        found = self._resource(content, place, address if isinstance(address, str) else None)
        same = self._named.get(found.reference)
        if same is not None:
            if same.data == found.data:
                return
            refuse(found.place, "stands-twice")
        self.kinds.setdefault(found.kind, []).append(found)
        for name in (found.reference, found.address):
            if name is not None:
                self._named.setdefault(name, found)
        contained = content.get("contained")
        if contained is not None:
            if not isinstance(contained, list):
                refuse(f"{found.place}.contained", "list")
            inner = (self._resource(part, f"{found.place}.contained[{n}]", None) for n, part in enumerate(contained))
            self._within[id(content)] = {f"#{one.id}": one for one in inner}

    @staticmethod
    def _resource(content: Any, place: str, address: str | None) -> Resource:
        kind = content.get("resourceType") if isinstance(content, dict) else None
        if not isinstance(kind, str) or not _KIND.fullmatch(kind):
            refuse(place, "no-type")
        name = content.get("id")
        named = name if isinstance(name, str) and _ID.fullmatch(name) else None
        return Resource(kind, named, place, content, address)

    def resolve(self, reference: Any, of: Resource) -> Resource | None:
        """The resource that a reference means: contained, by its address, or by type and id; None if it is not here."""
        name = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(name, str):
            return None
        if name.startswith("#"):
            return self._within.get(id(of.data), {}).get(name)
        found = self._named.get(name)
        if found is not None:
            return found
        if "/_history/" in name:
            name = name.partition("/_history/")[0]
        tail = "/".join(name.rsplit("/", 2)[-2:])
        found = self._named.get(tail)
        if found is None or name == tail:
            return found
        return found if found.address is None or "://" not in found.address or found.address == name else None

    def condition(self, reference: Any, of: Resource) -> Resource | None:
        """The condition that a reference means, `ELSEWHERE` for one that is not here; None if it means none."""
        target = self.resolve(reference, of)
        if target is not None:
            return target if target.kind == "Condition" else None
        name = reference.get("reference") if isinstance(reference, dict) else None
        return ELSEWHERE if isinstance(name, str) and "Condition/" in name else None

    def _look_at_subjects(self) -> None:
        for kind, resources in self.kinds.items():
            for resource in resources:
                for key in ("subject", "patient"):
                    given = resource.data.get(key)
                    if given is None:
                        continue
                    if not isinstance(given, dict):
                        refuse(f"{resource.place}.{key}", "object")
                    if self.resolve(given, resource) is not self.patient:
                        refuse(f"{resource.place}.{key}", "other-patient")
                    break
                else:
                    if kind in READ:
                        refuse(f"{resource.place}.subject", "no-subject")
        for inner in self._within.values():
            for resource in inner.values():
                if resource.kind == "Patient":
                    refuse(resource.place, "two-patients")

    def _look_for_circles(self) -> None:
        links = {
            id(resource): [
                target
                for key in _LINKS
                if key in resource.data
                for _, given in parts_of(resource.data, key, resource.place)
                if (target := self.resolve(given, resource)) is not None
            ]
            for resources in self.kinds.values()
            for resource in resources
            if not resource.data.keys().isdisjoint(_LINKS)
        }
        if not links:
            return
        depth: dict[int, int] = {}
        for start in [r for resources in self.kinds.values() for r in resources if id(r) in links]:
            path, on_path = [(start, iter(links[id(start)]))], {id(start)}
            while path:
                resource, rest = path[-1]
                for target in rest:
                    if id(target) in on_path:
                        refuse(resource.place, "circle")
                    if id(target) in links and id(target) not in depth:
                        if len(path) > DEEPEST:
                            refuse(resource.place, "too-deep")
                        path.append((target, iter(links[id(target)])))
                        on_path.add(id(target))
                        break
                else:
                    path.pop()
                    on_path.discard(id(resource))
                    depth[id(resource)] = 1 + max((depth.get(id(t), 0) for t in links[id(resource)]), default=0)
                    if depth[id(resource)] > DEEPEST:
                        refuse(resource.place, "too-deep")


def extensions(resource: Resource, ending: str) -> Iterator[tuple[str, Any]]:
    for path, part in resource.parts("extension"):
        url = part.get("url")
        if isinstance(url, str) and url.endswith(ending):
            yield path, part
