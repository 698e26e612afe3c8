"""Observations: what each is about, which may be used, and which of several counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sarcoma.errors import UnreadableError
from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource, refuse
from sarcoma.exchange.context import Context
from sarcoma.exchange.dates import Span, number_of
from sarcoma.exchange.systems import known_system
from sarcoma.patient import field_specs


@dataclass(slots=True, eq=False)
class Observation:
    """One Observation: what it is about, and whether its status lets it be used."""

    resource: Resource
    question: str
    state: str
    span: Span | None
    written: str | None
    linked: list[Resource] = field(default_factory=list)

    @property
    def place(self) -> str:
        return self.resource.place

    @property
    def data(self) -> Mapping[str, Any]:
        return self.resource.data

    @property
    def is_absent(self) -> bool:
        return self.resource.data.get("dataAbsentReason") is not None

    def counts(self, condition: Resource) -> bool:
        """Whether it is of this condition: it names it, or none."""
        return not self.linked or condition in self.linked


class Observed:
    """The Observations of a Bundle by what they are about; panels lend their condition to their members."""

    def __init__(self, context: Context) -> None:
        self._by_question: dict[str, list[Observation]] = {}
        bundle = context.bundle
        if not bundle.of("Observation"):
            return
        by_resource: dict[int, Observation] = {}
        panels: list[Observation] = []
        for resource in bundle.of("Observation"):
            question = _question(context, resource)
            if question is None or ("focus" in resource.data and _of_another(context, resource)):
                continue
            _, span, written = resource.when()
            one = Observation(resource, question, context.status(resource), span, written)
            one.linked = list(_linked(context, resource))
            by_resource[id(resource)] = one
            if one.state != "not":
                self._by_question.setdefault(question, []).append(one)
            if "hasMember" in resource.data:
                panels.append(one)
        for panel in panels:
            for _, given in panel.resource.parts("hasMember"):
                target = bundle.resolve(given, panel.resource)
                member = by_resource.get(id(target))
                if member is not None and not member.linked:
                    member.linked = panel.linked

    def about(self, question: str) -> list[Observation]:
        """Those about a question, in their order; what was entered in error is none of them."""
        return self._by_question.get(question, [])

    def questions(self) -> Iterator[tuple[str, list[Observation]]]:
        yield from self._by_question.items()


def _question(context: Context, resource: Resource) -> str | None:
    path, concept = f"{resource.place}.code", resource.part("code")
    if concept is None:
        return None
    value, _ = context.meaning("observation", concept, path, quietly=True)
    if value is None:
        value, _ = context.meaning("laboratory", concept, path, quietly=True)
    if value is None:
        context.list_unread(concept, path)
    return _ALSO.get(value, value) if value is not None else None


_ALSO = {"histologic_type": "histology", "grade": "histologic-grade"}
"""Fields that an Observation may be about by their names, and that are read as the question about them."""


def _linked(context: Context, resource: Resource) -> Iterator[Resource]:
    """The conditions that an Observation names: by its focus, or by an extension."""
    data = resource.data
    if "focus" in data:
        for _, given in resource.parts("focus"):
            target = context.bundle.condition(given, resource)
            if target is not None:
                yield target
    if "extension" in data:
        for _, part in resource.parts("extension"):
            target = context.bundle.condition(part.get("valueReference"), resource)
            if target is not None:
                yield target


def _of_another(context: Context, resource: Resource) -> bool:
    """Whether an Observation says by its focus that it is about another person, such as a relative or a donor."""
    for _, given in resource.parts("focus"):
        name = given.get("reference")
        kind = given.get("type") or (name.rpartition("/")[0].rpartition("/")[2] if isinstance(name, str) else None)
        target = context.bundle.resolve(given, resource)
        kind = target.kind if target is not None else kind
        if kind in ("RelatedPerson", "Group", "Practitioner") or (
            kind == "Patient" and target is not context.bundle.patient
        ):
            return True
    return False


_CHANGING = ("performance_status", "albumin", "lymphocytes", "sodium")
"""Fields whose value changes in the course of the disease."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a field may have, with the Observation that says it."""

    value: Any
    one: Observation
    path: str


def last_of(context: Context, name: str, options: list[Option]) -> None:
    """Take the last of several; where their dates cannot decide, or leave two on one day, the field is not known."""
    if context.baseline is not None and name in _CHANGING:
        early = [option for option in options if option.one.span and option.one.span.last <= context.baseline]
        if options and not early:
            context.not_known(name, reasons.AFTER_DIAGNOSIS)
        options = early
    if not options:
        return None
    if any(option.value != options[0].value for option in options):
        dated = [option for option in options if option.one.span is not None]
        if len(dated) != len(options):
            return several(context, name, options, reasons.ORDER)
        last = max(dated, key=lambda option: (option.one.span.last, option.one.span.first))  # type: ignore[union-attr]
        for other in dated:
            if other.value != last.value and other.one.span.before(last.one.span) is not True:  # type: ignore[union-attr, arg-type]
                exact = other.one.span.exact and last.one.span.exact  # type: ignore[union-attr]
                return several(context, name, options, reasons.SAME_DAY if exact else reasons.ORDER)
    else:
        last = max(options, key=lambda option: option.one.span or Span(0, 0))
    context.take(name, last.value, last.one.resource, last.path, last.one.written)
    return None


def several(context: Context, name: str, options: list[Option], reason: str) -> None:
    context.conflict(name, reason)
    for option in options:
        context.use(option.one.resource)


def usable(context: Context, ones: list[Observation], condition: Resource, name: str) -> Iterator[Observation]:
    """Those that may be used for a field; of the others, why it is not known."""
    for one in ones:
        later = context.after_landmark(one.span)
        if not one.counts(condition) or later:
            continue
        if later is None:
            context.not_known(name, reasons.PRECISION)
        elif one.state != "use":
            context.not_known(name, reasons.NOT_YET)
        elif one.is_absent:
            context.not_known(name, reasons.ABSENT)
        elif not one.linked and name not in _OF_THE_PERSON and context.has_other_cancers(condition):
            context.not_known(name, reasons.UNLINKED)
        else:
            yield one


_OF_THE_PERSON = frozenset(
    (*_CHANGING, "syndrome", "earlier_radiotherapy", "germline_smarcb1", "hla_a02", "hla_alleles")
)
"""Fields that are the same whichever of several cancers is asked about."""


def quantity(context: Context, name: str, data: Mapping[str, Any], path: str) -> float | None:
    """A number in the unit of a field; None, with the reason, where its unit is not known for the field."""
    given = data.get("valueQuantity")
    if given is not None and not isinstance(given, dict):
        refuse(f"{path}.valueQuantity", "object")
    value = number_of(given.get("value")) if given is not None else None
    if given is None or value is None:
        context.not_known(name, reasons.NOT_A_QUANTITY)
        return None
    if given.get("comparator") is not None:
        context.not_known(name, reasons.NOT_A_QUANTITY)
        return None
    unit, system = given.get("code"), given.get("system")
    if unit is None and system is None:
        unit = given.get("unit")
    elif system is not None and known_system(system) != "UCUM":
        unit = None
    factor = context.codes.units.get((name, unit)) if isinstance(unit, str) else None
    if factor is None:
        context.list_unit(f"{path}.valueQuantity.code", given.get("code"), system)
        context.not_known(name, reasons.UNIT)
        return None
    return value if factor == 1 else round(value * factor, 9)


def number(context: Context, name: str, value: Any) -> Any:
    """A number as the field takes it; None, with the reason, where it is out of range."""
    try:
        return field_specs()[name].clean(value)
    except UnreadableError:
        context.not_known(name, reasons.OUT_OF_RANGE)
        return None
