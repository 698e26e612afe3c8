"""Reading: a record from another system, with where each field came from, what is unknown and why, what was unread."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sarcoma.patient import Patient

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field came from: the type and id of a resource, the path of the element, and its date as written."""

    resource: str
    id: str | None
    path: str
    date: str | None = field(default=None, repr=False)

    @property
    def reference(self) -> str:
        """`Observation/grade-1`, or the path where the resource has no id."""
        return f"{self.resource}/{self.id}" if self.id is not None else self.path


@dataclass(frozen=True, slots=True)
class Unread:
    """A code that stands in no table; `code` is None where what stands in its place is no code: it is not repeated."""

    path: str
    system: str
    code: str | None = None

    @property
    def text(self) -> str:
        """In words: `entry[2].resource.code: SCT:1187332001`, or `… is not a code`."""
        said = "is not a code" if self.code is None else f"{self.system}:{self.code}"
        return f"{self.path}: {said}"


@dataclass(frozen=True, slots=True)
class StatedStage:
    """T, N, M or a stage group as the sender gives it, beside our own from the record.

    Attributes
    ----------
    part : `T`, `N`, `M` or `group`.
    said : as the sender gives it, None where its code stands in no table.
    derived : what our tables leave possible on the record.
    differs : whether the sender's is none of these; None where that cannot be told.
    """

    part: str
    said: str | None = field(repr=False)
    derived: tuple[str, ...] = field(repr=False)
    differs: bool | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a resource that was read: a place, and one sentence without a value."""

    path: str
    text: str


@dataclass(frozen=True)
class Reading:
    """A record, and an account of where it came from. FHIR and OMOP return the same class.

    Attributes
    ----------
    patient : the record.
    origins : field → where it came from.
    unknown : field → why it is not known although something was said of it.
    conflicts : field → what contradicts what; the field is unknown.
    unread : codes that stand in no table, and things in the place of a code that are none.
    assumed : fields taken as "nothing has happened" because nothing is said of them.
    as_stated : T, N, M and stage group of the sender: which part, what it says, and where; `stated` compares them.
    used : the resources that the record rests on, as type and id.
    remarks : what else is to be said of resources that were read.
    name : what the sender calls the person; None where it is not said.
    subject, condition : the patient and the primary condition among `used`.
    deceased, died, seen : whether the person has died, when, and the last day of which something is known.
    """

    patient: Patient
    origins: Mapping[str, Origin] = field(default_factory=lambda: _NOTHING)
    unknown: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    conflicts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    unread: tuple[Unread, ...] = ()
    assumed: tuple[str, ...] = ()
    as_stated: tuple[tuple[str, str | None, Origin], ...] = ()
    used: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    name: str | None = None
    deceased: bool | None = None
    died: datetime.date | None = None
    seen: datetime.date | None = None
    diagnosed: datetime.date | None = None
    subject: str | None = None
    condition: str | None = None

    def __repr__(self) -> str:
        return (
            f"Reading(fields={len(self.origins)}, unknown={len(self.unknown)}, conflicts={len(self.conflicts)}, "
            f"unread={len(self.unread)})"
        )

    @cached_property
    def stated(self) -> tuple[StatedStage, ...]:
        """T, N, M and stage group of the sender, beside our own; they are shown, and never an input of ours."""
        return tuple(compared(self.patient, self.as_stated)) if self.as_stated else ()

    def as_json(self) -> dict[str, Any]:
        """The record and its account as JSON-ready data; it holds the values of the person."""
        return {
            "record": self.patient.model_dump(mode="json", exclude_unset=True),
            "origins": {name: _origin(origin) for name, origin in self.origins.items()},
            "unknown": dict(self.unknown),
            "conflicts": dict(self.conflicts),
            "unread": [{"path": one.path, "system": one.system, "code": one.code} for one in self.unread],
            "assumed": list(self.assumed),
            "stated": [
                {
                    "part": one.part,
                    "said": one.said,
                    "derived": list(one.derived),
                    "differs": one.differs,
                    "origin": _origin(one.origin),
                }
                for one in self.stated
            ],
            "used": list(self.used),
            "remarks": [{"path": one.path, "text": one.text} for one in self.remarks],
            "deceased": self.deceased,
        }


def compared(patient: Patient, said: Iterable[tuple[str, str | None, Origin]]) -> Iterator[StatedStage]:
    """Each stated part beside what our tables leave possible on the record."""
    from sarcoma.patient.records import Records

    index, every = Records([patient]).staging()
    stagings = [one for one in every[index[0]] if one.group is not None and one.t is not None]
    for part, value, origin in said:
        readings = [{"T": one.t, "N": one.n, "M": one.m, "group": one.group}[part] for one in stagings]
        derived = tuple(dict.fromkeys(v for reading in readings if reading is not None for v in reading.possible))
        bare = None if value is None else value.lstrip("cp") if part != "group" else value
        differs = None if bare is None or not derived else bare not in derived
        yield StatedStage(part, value, derived, differs, origin)


def _origin(origin: Origin) -> dict[str, Any]:
    return {"resource": origin.resource, "id": origin.id, "path": origin.path, "date": origin.date}


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody of whom no record could be made: where they stand, and why; no value of theirs."""

    place: str
    reason: str
