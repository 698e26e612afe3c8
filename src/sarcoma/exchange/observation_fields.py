"""Fields of the record from Observations: the rule of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource, parts_of
from sarcoma.exchange.context import Context
from sarcoma.exchange.elements import ELEMENTS
from sarcoma.exchange.observations import Observation, Observed, Option, last_of, number, quantity, usable
from sarcoma.patient import FieldSpec, field_specs
from sarcoma.patient.record_fields import NOT_HAPPENED

MARGINS = ("RX", "R0", "R1", "R2")
"""From the best to the worst; of several margins the worst counts."""


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
