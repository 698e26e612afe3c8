"""What is gathered while a Bundle is read: values and their origin, what is unknown and why, codes that were unread."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Bundle, Resource, parts_of, refuse
from sarcoma.exchange.codes import CodeTables, allowed_values
from sarcoma.exchange.dates import Span
from sarcoma.exchange.reading import Origin, Remark, Unread
from sarcoma.exchange.systems import SYSTEMS, is_code, is_usual_unit, short_name


@cache
def own_values(table: str) -> frozenset[str] | None:
    """The values that a code of our own may have in a table."""
    return allowed_values(table)


class Context:
    """The state of one reading."""

    def __init__(self, bundle: Bundle, codes: CodeTables) -> None:
        self.bundle, self.codes = bundle, codes
        self.values: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        self.unknown: dict[str, str] = {}
        self.conflicts: dict[str, str] = {}
        self.unread: dict[Unread, None] = {}
        self.remarks: list[Remark] = []
        self.used: dict[str, None] = {}
        self.stated: list[tuple[str, str | None, Origin]] = []
        self.diagnosis: Span | None = None
        self.landmark: Span | None = None
        self.baseline: int | None = (
            None  # the last day of values that change, where a record at the diagnosis is wanted
        )
        self.secondary: list[Resource] = []
        self.primaries: list[Resource] = []

    # -- What was found

    def take(self, field: str, value: Any, resource: Resource, path: str, date: str | None = None) -> None:
        """A value of a field, with where it came from; it is known from here on."""
        self.values[field] = value
        self.origins[field] = Origin(resource.kind, resource.id, path, date)
        self.use(resource)
        self.unknown.pop(field, None)

    def use(self, resource: Resource) -> None:
        self.used[resource.reference] = None

    def not_known(self, field: str, reason: str) -> None:
        """Something was said of a field, and it is not known; what is known already, or why it is not, stays."""
        if field not in self.values and field not in self.conflicts:
            self.unknown.setdefault(field, reason)

    def conflict(self, field: str, reason: str) -> None:
        """Two things were said of a field: it is not known."""
        self.values.pop(field, None)
        self.origins.pop(field, None)
        self.unknown.pop(field, None)
        self.conflicts.setdefault(field, reason)

    def has_other_cancers(self, condition: Resource) -> bool:
        """Whether the Bundle has a further primary cancer, so that what names no condition may be of either."""
        return any(one is not condition for one in self.primaries)

    def remark(self, path: str, text: str) -> None:
        self.remarks.append(Remark(path, text))

    # -- What codes mean

    def meaning(self, table: str, concept: Any, path: str, *, quietly: bool = False) -> tuple[str | None, str | None]:
        """What a coded element means by a table: the value, or why there is none.

        Codings of one element mean one thing; where the table has different values for them they disagree. `quietly`:
        codes that stand in no table are not listed, as another table may have them.
        """
        if concept is None:
            return None, None
        if type(concept) is not dict:
            refuse(path, "object")
        known = self.codes.table(table)
        found: list[str] = []
        codings = concept.get("coding")
        if codings is None:
            codings = ()
        elif type(codings) is not list:
            refuse(f"{path}.coding", "list")
        for coding in codings:
            if type(coding) is not dict:
                refuse(f"{path}.coding", "object")
            system, code = coding.get("system"), coding.get("code")
            if not isinstance(code, str):
                continue
            short = SYSTEMS.get(system, system) if isinstance(system, str) else ""
            entry = known.get((short, code))
            if entry is not None:
                if entry.value not in found:
                    found.append(entry.value)
            elif short == "OWN":
                allowed = own_values(table)
                if allowed is not None and code in allowed and code not in found:
                    found.append(code)
            elif short == "ABSENT":
                return None, reasons.ABSENT
        if len(found) == 1:
            return found[0], None
        if found:
            return None, reasons.DISAGREE
        if not quietly:
            self.list_unread(concept, path)
        return None, reasons.UNKNOWN_CODE if codings else reasons.FREE_TEXT

    def list_unread(self, concept: Mapping[str, Any], path: str) -> None:
        """List the codes of an element that no table has."""
        codings = list(parts_of(concept, "coding", path))
        for place, coding in codings:
            code = coding.get("code")
            short = short_name(coding.get("system"))
            told = code if isinstance(code, str) and is_code(short, code) else None
            self.unread[Unread(place, short, told)] = None
        if not codings and concept.get("text") is not None:
            self.unread[Unread(f"{path}.text", "text", None)] = None

    def list_unit(self, path: str, unit: Any, system: Any) -> None:
        """List a unit that the field has no factor for."""
        short = short_name(system)
        told = unit if short == "UCUM" and isinstance(unit, str) and is_usual_unit(unit) else None
        self.unread[Unread(path, short, told)] = None

    def status(self, resource: Resource) -> str:
        """What the status of a resource says of it: `use`, `not-yet`, `planned` or `not`."""
        written = resource.text("status")
        entry = self.codes.table("status").get((resource.kind, written)) if written is not None else None
        if entry is None:
            self.unread[Unread(f"{resource.place}.status", "status", None)] = None
            return "not"
        return entry.value

    def after_landmark(self, span: Span | None) -> bool | None:
        """Whether something is dated after the time from which we look ahead; None where its date cannot decide it.

        What has no date is not.
        """
        if self.landmark is None or span is None or span.last <= self.landmark.first:
            return False
        return True if span.first > self.landmark.last else None
