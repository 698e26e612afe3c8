"""What differs between an earlier outlook and one of today; and what made each difference.

The earlier record is asked again with today's evidence and models. What differs between the earlier outlook and that
one is due to the evidence, a model or the program; what differs between that one and the outlook of today's record is
due to the person. Nothing here is a sentence: `wording.since` makes those.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sarcoma.evidence import Change, library
from sarcoma.evidence.versions import NAMES
from sarcoma.outlook.earlier import PARTS, Earlier, Part, Told, parts_of
from sarcoma.outlook.record_view import Known, known_fields
from sarcoma.patient import Patient

What = Literal["new", "gone", "changed"]
Cause = Literal[
    "person",  # the record differs
    "evidence",  # the same record, and the evidence says something else
    "model",  # the same record, and a model of another version, or one that was not there
    "program",  # the same record, evidence and models
    "evidence-or-program",  # both are of another version, and nothing tells which it was
]
CAUSES: tuple[Cause, ...] = get_args(Cause)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A fact of the person that differs: as it was known then and now, None where it was not."""

    name: str
    label: str
    what: What
    before: Known | None = field(repr=False)
    after: Known | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one part, and why. `changes` are the entries of the evidence's log that speak of it."""

    part: Part
    key: str
    what: What
    aspects: tuple[str, ...]
    cause: Cause
    changes: tuple[Change, ...]
    before: Told | None
    after: Told | None

    @property
    def about_survival(self) -> bool:
        """Whether it names a figure about survival, then or now."""
        return any(told is not None and told.about_survival for told in (self.before, self.after))

    @property
    def for_teams(self) -> bool:
        """Whether it is for sarcoma teams only."""
        return any(told is not None and told.audience == "teams" for told in (self.before, self.after))


@dataclass(frozen=True, slots=True)
class Since:
    """Everything that differs since an earlier outlook; differences about survival only if they were asked for."""

    then: Mapping[str, Any]
    now: Mapping[str, Any]
    survival: bool
    person: tuple[FieldDifference, ...]
    differences: tuple[Difference, ...]

    def of(self, cause: Cause) -> tuple[Difference, ...]:
        """The differences that one cause made."""
        return tuple(one for one in self.differences if one.cause == cause)


def compare(
    earlier: Earlier, again: Mapping[str, Any], now: Mapping[str, Any], patient: Patient, *, survival: bool = False
) -> Since:
    """What differs since an earlier outlook.

    Parameters
    ----------
    earlier : the earlier outlook.
    again : the outlook of the earlier record, made today, as data (`sarcoma.report.as_data`).
    now, patient : the outlook of today as data, and its record.
    survival : whether figures about survival are compared too.
    """
    middle, last = dict(parts_of(again)), dict(parts_of(now))
    versions = {name: now[name] for name in NAMES}
    found = [
        *_differences(earlier.parts, middle, earlier.versions, versions),
        *_differences(middle, last, None, versions),
    ]
    kept = (one for one in found if survival or not one.about_survival)
    ordered = sorted(kept, key=lambda one: (CAUSES.index(one.cause), PARTS.index(one.part)))
    return Since(earlier.versions, versions, survival, _person(earlier.patient, patient), tuple(ordered))


# -- the person


def _person(before: Patient, after: Patient) -> tuple[FieldDifference, ...]:
    then, now = ({one.field: one for one in known_fields(patient)} for patient in (before, after))
    found = []
    for name in dict.fromkeys((*then, *now)):
        old, new = then.get(name), now.get(name)
        if old is None and new is not None:
            found.append(FieldDifference(name, new.label, "new", None, new))
        elif new is None and old is not None:
            found.append(FieldDifference(name, old.label, "gone", old, None))
        elif old is not None and new is not None and old.value != new.value:
            found.append(FieldDifference(name, new.label, "changed", old, new))
    return tuple(found)


# -- what differs, and why


def _differences(
    before: Mapping[tuple[Part, str], Told],
    after: Mapping[tuple[Part, str], Told],
    then: Mapping[str, Any] | None,
    now: Mapping[str, Any],
) -> Iterator[Difference]:
    """What differs between two outlooks; `then` are the versions of the first, None where the person made it."""
    for part, key in dict.fromkeys((*before, *after)):
        old, new = before.get((part, key)), after.get((part, key))
        if part == "model-figures" and (old is None or new is None):
            continue  # that it applies, or no longer does, is said of the model
        what: What = "new" if old is None else "gone" if new is None else "changed"
        aspects = () if old is None or new is None else tuple(
            name for name in dict.fromkeys((*old.aspects, *new.aspects))
            if not _same(old.aspects.get(name), new.aspects.get(name))
        )  # fmt: skip
        if what == "changed" and not aspects:
            continue
        if then is None:
            yield Difference(part, key, what, aspects, "person", (), old, new)
            continue
        names = {key, *(old.names if old else ()), *(new.names if new else ())}
        changes = _logged(names, datetime.date.fromisoformat(then["evidence_changed_on"]))
        other_model = part in ("model", "model-figures") and _version(before, key) != _version(after, key)
        cause: Cause = "model" if other_model else _cause(part, what, changes, then, now)
        if cause == "program":
            changes = ()
        yield Difference(part, key, what, aspects, cause, changes, old, new)


def _version(parts: Mapping[tuple[Part, str], Told], model: str) -> Any:
    told = parts.get(("model", model))
    return None if told is None else told.aspects["version"]


def _cause(
    part: Part, what: What, changes: tuple[Change, ...], then: Mapping[str, Any], now: Mapping[str, Any]
) -> Cause:
    """What made the same record say something else, where no model is of another version."""
    if then["evidence_version"] == now["evidence_version"]:
        return "program"
    published = part == "figure" and what == "changed"  # a published number is what the evidence says, and nothing else
    if changes or published or then["product_version"] == now["product_version"]:
        return "evidence"
    return "evidence-or-program"


def _logged(names: Iterable[str], since: datetime.date) -> tuple[Change, ...]:
    """The entries of the log, newest first, that speak of one of these keys and may be later than the outlook."""
    wanted = tuple(names)
    found = [c for c in library().changes.values() if c.date >= since and any(c.names(name) for name in wanted)]
    return tuple(sorted(found, key=lambda change: change.date, reverse=True))


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one; numbers may differ as two machines' do."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)
