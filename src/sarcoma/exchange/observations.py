"""Observations: what each is about, and the fields of the record that they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sarcoma.errors import UnreadableError
from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource, parts_of, refuse
from sarcoma.exchange.context import Context
from sarcoma.exchange.dates import Span, number_of
from sarcoma.exchange.elements import ELEMENTS
from sarcoma.exchange.systems import known_system
from sarcoma.patient import FieldSpec, field_specs
from sarcoma.patient.record_fields import NOT_HAPPENED

MARGINS = ("RX", "R0", "R1", "R2")
"""From the best to the worst; of several margins the worst counts."""


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
            return _several(context, name, options, reasons.ORDER)
        last = max(dated, key=lambda option: (option.one.span.last, option.one.span.first))  # type: ignore[union-attr]
        for other in dated:
            if other.value != last.value and other.one.span.before(last.one.span) is not True:  # type: ignore[union-attr, arg-type]
                exact = other.one.span.exact and last.one.span.exact  # type: ignore[union-attr]
                return _several(context, name, options, reasons.SAME_DAY if exact else reasons.ORDER)
    else:
        last = max(options, key=lambda option: option.one.span or Span(0, 0))
    context.take(name, last.value, last.one.resource, last.path, last.one.written)
    return None


def _several(context: Context, name: str, options: list[Option], reason: str) -> None:
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


def take_fields(context: Context, observed: Observed, condition: Resource) -> None:
    """Every field that an Observation answers by its own name, and those with a rule of their own."""
    specs = field_specs()
    for question, ones in observed.questions():
        rule = _RULES.get(question)
        if rule is not None:
            rule(context, ones, condition)
        elif question in specs and question not in _ELSEWHERE:
            options = []
            for one in usable(context, ones, condition, question):
                value, path = plain(context, question, specs[question], one)
                if value is not None:
                    options.append(Option(value, one, path))
            if ELEMENTS[question].rule == "worst":
                worst(context, options)
            else:
                last_of(context, question, options)
    if "performance_status" not in context.origins and observed.about("performance-karnofsky"):
        _performance(context, observed.about("performance-karnofsky"), condition)  # only compared with ECOG
    if observed.about("examined-nodes") or observed.about("positive-nodes"):
        _nodes(context, observed, condition)
    for name in NOT_HAPPENED:
        if name not in context.values and (name in context.unknown or name in context.conflicts):
            context.values[name] = None  # something was said of it: it is not taken as "has not happened"


_ELSEWHERE = ("landmark_months", "diagnosis_date", "metastases", "age", "site", "topography", "histologic_type")


def plain(context: Context, name: str, spec: FieldSpec, one: Observation) -> tuple[Any, str]:
    """The value that an Observation gives to a field, by the kind of the field; None with the reason."""
    data, place = one.data, one.place
    if spec.kind == "number":
        path = f"{place}.valueQuantity"
        if spec.unit is None or name in _UNITLESS:
            return number(context, name, _bare(data)), path
        found = quantity(context, "months" if spec.time else name, data, place)
        if found is None and spec.time:
            context.unknown.pop("months", None)
            context.not_known(name, reasons.UNIT)
        return (None if found is None else number(context, name, found)), path
    if spec.kind == "whole":
        return number(context, name, data.get("valueInteger", _bare(data))), f"{place}.valueInteger"
    if spec.kind == "yes-no":
        if isinstance(data.get("valueBoolean"), bool):
            return data["valueBoolean"], f"{place}.valueBoolean"
        path = f"{place}.valueCodeableConcept"
        value, reason = context.meaning("presence", data.get("valueCodeableConcept"), path)
        if value is None:
            context.not_known(name, reason or reasons.NO_SUCH_VALUE)
            return None, path
        return value == "yes", path
    if spec.kind == "members":
        return _members(context, name, one)
    path = f"{place}.valueCodeableConcept"
    value, reason = context.meaning(name, data.get("valueCodeableConcept"), path)
    if value is None:
        context.not_known(name, reason or (reasons.FREE_TEXT if "valueString" in data else reasons.NO_SUCH_VALUE))
    return value, path


_UNITLESS = ("mitoses_per_10_hpf",)


def _bare(data: Mapping[str, Any]) -> Any:
    given = data.get("valueQuantity")
    return given.get("value") if isinstance(given, dict) else data.get("valueInteger")


def _members(context: Context, name: str, one: Observation) -> tuple[Any, str]:
    """Several codes, one a component; `valueBoolean: false` says that there are none."""
    if one.data.get("valueBoolean") is False:
        return (), f"{one.place}.valueBoolean"
    found = []
    for path, part in parts_of(one.data, "component", one.place):
        value, reason = context.meaning(name, part.get("valueCodeableConcept"), f"{path}.valueCodeableConcept")
        if value is None:
            context.not_known(name, reason or reasons.NO_SUCH_VALUE)
            return None, path
        found.append(value)
    return tuple(found) or None, f"{one.place}.component"


def worst(context: Context, options: list[Option]) -> None:
    """Of several margins the worst."""
    if options:
        chosen = max(options, key=lambda option: MARGINS.index(option.value))
        context.take("margin", chosen.value, chosen.one.resource, chosen.path, chosen.one.written)


def _margin(context: Context, ones: list[Observation], condition: Resource) -> None:
    options, unread = [], False
    for one in usable(context, ones, condition, "margin"):
        path = f"{one.place}.valueCodeableConcept"
        value, reason = context.meaning("margin", one.data.get("valueCodeableConcept"), path)
        if value is None:
            context.not_known("margin", reason or reasons.NO_SUCH_VALUE)
            unread = True
        else:
            options.append(Option(value, one, path))
    if unread and not any(option.value == "R2" for option in options):
        return  # of several the worst counts, and one that is not read may be the worst
    worst(context, options)


def _grade(context: Context, ones: list[Observation], condition: Resource) -> None:
    """A grade counts as FNCLCC only where its method, or its own code, says so."""
    options = []
    for one in usable(context, ones, condition, "grade"):
        path = f"{one.place}.valueCodeableConcept"
        value, reason = context.meaning("grade", one.data.get("valueCodeableConcept"), path)
        if value is None:
            context.not_known("grade", reason or reasons.NO_SUCH_VALUE)
            continue
        system, _, tier = value.partition("-")
        if system == "fnclcc" or (system == "tier" and _says_fnclcc(context, one)):
            options.append(Option(tier, one, path))
        else:
            context.not_known("grade", reasons.NOT_FNCLCC)
            context.use(one.resource)
    last_of(context, "grade", options)


def _says_fnclcc(context: Context, one: Observation) -> bool:
    method = one.resource.part("method")
    if method is None:
        return False
    value, _ = context.meaning("grade", method, f"{one.place}.method", quietly=True)
    if value is not None:
        return value == "method-fnclcc"
    texts = [method.get("text"), *(coding.get("display") for _, coding in parts_of(method, "coding", one.place))]
    if any(isinstance(text, str) and _FNCLCC(text) for text in texts):
        return True
    context.list_unread(method, f"{one.place}.method")
    return False


_FNCLCC = re.compile(r"(?<!not )(?<!non[- ])(?<!no )\bFNCLCC\b", re.IGNORECASE).search
"""FNCLCC by its name, and not where that is denied."""


def _performance(context: Context, ones: list[Observation], condition: Resource) -> None:
    name, options = "performance_status", []
    for one in usable(context, ones, condition, name):
        given = one.data.get("valueInteger", _bare(one.data))
        path = f"{one.place}.valueInteger"
        if given is None:
            path = f"{one.place}.valueCodeableConcept"
            coded, reason = context.meaning(name, one.data.get("valueCodeableConcept"), path)
            if coded is None:
                context.not_known(name, reason or reasons.NO_SUCH_VALUE)
                continue
            given = int(coded)
        elif one.question == "performance-karnofsky":
            entry = context.codes.table(name).get(("KARNOFSKY", str(given)))
            if entry is None:
                context.not_known(name, reasons.KARNOFSKY)
                continue
            given = int(entry.value)
        value = number(context, name, given)
        if value is not None:
            options.append(Option(value, one, path))
    last_of(context, name, options)


def _nodes(context: Context, observed: Observed, condition: Resource) -> None:
    """Regional nodes by how many contain tumour; none of them counts only where some were examined."""
    if "nodes" in context.values:
        return
    positive: list[Option] = []
    for one in usable(context, observed.about("positive-nodes"), condition, "nodes"):
        found = one.data.get("valueInteger", _bare(one.data))
        if _is_bounded(one.data):
            continue
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            positive.append(Option(found, one, f"{one.place}.value[x]"))
    examined = [
        found
        for one in usable(context, observed.about("examined-nodes"), condition, "nodes")
        if not _is_bounded(one.data)
        and isinstance(found := one.data.get("valueInteger", _bare(one.data)), (int, float))
    ]
    involved = [option for option in positive if option.value > 0]
    if involved:
        last_of(context, "nodes", [Option("positive", option.one, option.path) for option in involved])
    elif positive and any(count > 0 for count in examined):
        last_of(context, "nodes", [Option("negative", option.one, option.path) for option in positive])
    else:
        context.not_known("nodes", reasons.ONLY_EXAMINED)


def _is_bounded(data: Mapping[str, Any]) -> bool:
    """Whether a number is only a bound: fewer than, more than."""
    given = data.get("valueQuantity")
    return isinstance(given, dict) and given.get("comparator") is not None


def _variants(context: Context, ones: list[Observation], condition: Resource) -> None:
    """A change of TP53 or MYOD1 in the tumour, and of SMARCB1 that a person was born with."""
    germline: list[Option] = []
    for one in usable(context, ones, condition, "myod1_or_tp53_changed"):
        present, _ = context.meaning(
            "presence", one.data.get("valueCodeableConcept"), f"{one.place}.valueCodeableConcept"
        )
        gene = source = None
        for path, part in parts_of(one.data, "component", one.place):
            about, _ = context.meaning("observation", part.get("code"), f"{path}.code", quietly=True)
            coded = part.get("valueCodeableConcept")
            if about == "gene":
                gene, _ = context.meaning("gene", coded, f"{path}.valueCodeableConcept")
            elif about == "source-class":
                source, _ = context.meaning("source_class", coded, f"{path}.valueCodeableConcept")
        if present == "yes" and gene in ("TP53", "MYOD1") and source == "somatic":
            context.take("myod1_or_tp53_changed", True, one.resource, one.place, one.written)
        elif present is not None and gene == "SMARCB1" and source == "germline":
            germline.append(Option(present == "yes", one, one.place))
    last_of(context, "germline_smarcb1", [one for one in germline if one.value] or germline)


def _stated(part: str) -> Any:
    def read(context: Context, ones: list[Observation], condition: Resource) -> None:
        from sarcoma.exchange.reading import Origin

        for one in ones:
            if not one.counts(condition) or one.state != "use" or one.is_absent:
                continue
            path = f"{one.place}.valueCodeableConcept"
            value, reason = context.meaning("stage", one.data.get("valueCodeableConcept"), path)
            if reason is not reasons.ABSENT:
                context.stated.append((part, value, Origin("Observation", one.resource.id, path, one.written)))

    return read


def _skip(context: Context, ones: list[Observation], condition: Resource) -> None:
    """Read elsewhere: with the conditions, the treatments, or the size with the operation."""


_RULES: Mapping[str, Any] = {
    "histologic-grade": _grade,
    "margin-status": _margin,
    "performance-ecog": _performance,
    "stage-t": _stated("T"),
    "stage-n": _stated("N"),
    "stage-m": _stated("M"),
    "stage-group": _stated("group"),
    "variant": _variants,
    **dict.fromkeys(
        (
            "histology",
            "performance-karnofsky",
            "tumour-size",
            "longest-dimension",
            "disease-status",
            "history-of-metastasis",
            "positive-nodes",
            "examined-nodes",
            "gene",
            "source-class",
            "panel",
        ),
        _skip,
    ),
}


_REPORTED = 61
"""Days after an operation up to which a size is taken as that of what was removed."""


def take_size(context: Context, observed: Observed, condition: Resource, operation: Span | None) -> None:
    """The longest dimension: the last before the operation, or else of the specimen.

    operation : when it was; None where there was none, or its date is not known.
    """
    name, sizes = "size_cm", []
    for one in usable(context, observed.about("tumour-size"), condition, name):
        found = False
        for path, part in parts_of(one.data, "component", one.place):
            about, _ = context.meaning("observation", part.get("code"), f"{path}.code", quietly=True)
            if about != "longest-dimension":
                continue
            found = True
            if part.get("dataAbsentReason") is not None:
                context.not_known(name, reasons.ABSENT)
                continue
            value = quantity(context, name, part, path)
            value = None if value is None else number(context, name, value)
            if value is not None:
                sizes.append(Option(value, one, f"{path}.valueQuantity"))
        if not found:
            context.not_known(name, reasons.NOT_A_QUANTITY)
        has_focus = any(one.resource.data.get("focus") or ())
        if has_focus == (one.data.get("specimen") is not None):
            context.remark(one.place, reasons.FOCUS_OR_SPECIMEN)
    if not sizes:
        return None
    if operation is None:
        if context.values.get("surgery") == "resected" and len({option.value for option in sizes}) > 1:
            return _several(context, name, sizes, reasons.OPERATION_UNKNOWN)
        return last_of(context, name, sizes)
    before, unclear, specimen = [], False, []
    for option in sizes:
        if option.one.data.get("specimen") is not None:
            specimen.append(option)
            continue
        earlier = None if option.one.span is None else option.one.span.before(operation)
        if earlier:
            before.append(option)
        elif earlier is None:
            unclear = True
    if unclear and len({option.value for option in sizes}) > 1:
        return _several(context, name, sizes, reasons.OPERATION_UNKNOWN)
    if not before and not specimen and not any(_with(option.one.span, operation) for option in sizes):
        context.not_known(name, reasons.OPERATION_UNKNOWN)
        return None
    last_of(context, name, before or specimen or sizes)
    return None


def _with(span: Span | None, operation: Span) -> bool:
    """Whether a size is dated with the operation, as a report of the specimen is; later it is one of what came back."""
    return span is None or span.first <= operation.last + _REPORTED
