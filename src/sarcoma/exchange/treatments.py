"""Treatments: operations with their dates, radiotherapy before or after, drugs, and how the cancer answered."""

from __future__ import annotations

from typing import Any

from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource
from sarcoma.exchange.context import Context
from sarcoma.exchange.dates import Span, months
from sarcoma.exchange.observations import Observed, Option, last_of, usable
from sarcoma.exchange.onset import months_stated

_DRUGS = ("MedicationRequest", "MedicationAdministration", "MedicationStatement")
_NOT_GIVEN = ("proposal", "plan", "option")


def take_operations(context: Context, condition: Resource) -> Span | None:
    """Surgery of the primary and of metastases, and radiotherapy; the date of the operation."""
    done: list[tuple[str, Resource, Span | None, str | None]] = []
    radiotherapy: list[tuple[Resource, Span | None, str | None]] = []
    for resource in context.bundle.of("Procedure"):
        kind, reason = context.meaning("procedure", resource.part("code"), f"{resource.place}.code")
        if kind is None:
            if reason is not None and is_of(context, resource, condition):
                context.not_known("surgery", reasons.PROCEDURE_UNREAD)
            continue
        state = context.status(resource)
        _, span, written = resource.when()
        if state == "not" or not is_of(context, resource, condition):
            continue
        if kind in ("resection", "amputation") and _of_a_metastasis(context, resource):
            context.remark(resource.place, reasons.OPERATION_OF_A_METASTASIS)
            continue
        if not kind.endswith("metastasectomy") and _long_before(context, resource, span):
            context.not_known("radiotherapy" if kind == "radiotherapy" else "surgery", reasons.BEFORE_DIAGNOSIS)
            continue
        later = context.after_landmark(span)
        if later is None:
            context.not_known("radiotherapy" if kind == "radiotherapy" else "surgery", reasons.PRECISION)
        if later is not False:
            continue
        if kind == "radiotherapy":
            if state == "use":
                radiotherapy.append((resource, span, written))
            else:
                context.not_known("radiotherapy", reasons.NOT_YET)
        elif state == "use":
            done.append((kind, resource, span, written))
        elif kind in ("resection", "amputation"):
            if state == "planned":
                context.take("surgery", "planned", resource, f"{resource.place}.status", written)
            else:
                context.not_known("surgery", reasons.NOT_YET)
    operation = _surgery(context, done)
    _metastasectomy(context, done)
    _radiotherapy(context, radiotherapy, operation)
    return operation


_BEFORE = 61
"""Days before the diagnosis from which a treatment is not one of this sarcoma: two months, as of `surgery_months`."""


def _long_before(context: Context, resource: Resource, span: Span | None) -> bool:
    """Whether a treatment ended long before the diagnosis: it was for something else, or the dates are wrong."""
    if span is None or context.diagnosis is None or months_stated(resource.data, resource.place) is not None:
        return False
    return span.last < context.diagnosis.first - _BEFORE


def _of_a_metastasis(context: Context, resource: Resource) -> bool:
    """Whether the reason of a treatment is a metastasis, and not the primary beside it."""
    targets = [context.bundle.condition(part, resource) for _, part in resource.parts("reasonReference")]
    named = [target for target in targets if target is not None]
    return bool(named) and all(target in context.secondary for target in named)


def is_of(context: Context, resource: Resource, condition: Resource) -> bool:
    """Whether a treatment is for the primary or a metastasis of it, or names no condition at all."""
    named = [
        target
        for _, given in resource.parts("reasonReference")
        if (target := context.bundle.condition(given, resource)) is not None
    ]
    return not named or any(target is condition or target in context.secondary for target in named)


def _surgery(context: Context, done: list[tuple[str, Resource, Span | None, str | None]]) -> Span | None:
    primary = [one for one in done if one[0] in ("resection", "amputation")]
    if not primary:
        return None
    kind, resource, span, written = min(primary, key=lambda one: one[2] or Span(10**9, 10**9))
    context.take("surgery", "resected", resource, f"{resource.place}.status", written)
    stated = months_stated(resource.data, resource.place)
    if stated is not None:
        context.take("surgery_months", stated, resource, f"{resource.place}.extension")
    elif span is not None and context.diagnosis is not None:
        at = months(context.diagnosis, span)
        if at is None:
            context.not_known("surgery_months", reasons.PRECISION)
        elif not -2 <= at <= 720:
            context.not_known("surgery_months", reasons.BEFORE_DIAGNOSIS if at < 0 else reasons.OUT_OF_RANGE)
        else:
            context.take("surgery_months", at, resource, _when(resource), written)
    else:
        context.not_known("surgery_months", reasons.NO_ONSET if context.diagnosis is None else reasons.INVALID_DATE)
    if kind == "amputation":
        context.take("limb_sparing", False, resource, f"{resource.place}.code", written)
    return span


def _when(resource: Resource) -> str:
    return resource.when()[0]


def _metastasectomy(context: Context, done: list[tuple[str, Resource, Span | None, str | None]]) -> None:
    for kind, resource, _, written in done:
        if kind.endswith("metastasectomy"):
            context.take("metastasectomy", "done", resource, f"{resource.place}.code", written)


def _radiotherapy(
    context: Context, given: list[tuple[Resource, Span | None, str | None]], operation: Span | None
) -> None:
    """Before or after the operation, by the dates; where there was none, or no date, that is not known."""
    found: dict[str, tuple[Resource, str | None]] = {}
    for resource, span, written in given:
        targets = [context.bundle.resolve(part, resource) for _, part in resource.parts("reasonReference")]
        if any(target in context.secondary for target in targets):
            context.remark(resource.place, reasons.OF_A_METASTASIS)
            continue
        if operation is None or span is None:
            if context.values.get("surgery") == "planned":
                found["before-surgery"] = (resource, written)
                continue
            context.not_known("radiotherapy", reasons.OPERATION_UNKNOWN)
            continue
        start = resource.data.get("performedPeriod")
        first = Span(span.first, span.first) if isinstance(start, dict) else span
        earlier = first.before(operation)
        if earlier is None or (earlier and isinstance(start, dict) and span.last > operation.last):
            context.not_known("radiotherapy", reasons.OPERATION_UNKNOWN)
            return
        found["before-surgery" if earlier else "after-surgery"] = (resource, written)
    if found and "radiotherapy" not in context.unknown:
        value = "both" if len(found) == 2 else next(iter(found))
        resource, written = next(iter(found.values()))
        context.take("radiotherapy", value, resource, _when(resource), written)
        for other, _ in found.values():
            context.use(other)


def take_drugs(context: Context, observed: Observed, condition: Resource) -> None:
    """Drugs by RxNorm and ATC, and the response to the last of them."""
    taken: dict[str, tuple[Resource, str, str | None]] = {}
    first: list[Span] = []
    for kind in _DRUGS:
        for resource in context.bundle.of(kind):
            path, concept = _drug(context, resource)
            if concept is None:
                continue
            drug, _ = context.meaning("drug", concept, path)
            if drug is None:
                continue
            state = context.status(resource)
            if state == "not" or resource.text("intent") in _NOT_GIVEN:
                continue
            if resource.data.get("doNotPerform") is True:
                continue
            if not is_of(context, resource, condition):
                continue
            _, span, written = resource.when()
            if _long_before(context, resource, span):
                context.not_known("treatments", reasons.BEFORE_DIAGNOSIS)
                continue
            later = context.after_landmark(span)
            if state != "use" or later is None:
                context.not_known("treatments", reasons.PRECISION if state == "use" else reasons.NOT_YET)
                continue
            if later:
                continue
            if kind == "MedicationRequest":
                context.remark(resource.place, reasons.ORDERED)
            taken.setdefault(drug, (resource, path, written))
            context.use(resource)
            if span is not None:
                first.append(span)
    if taken:
        resource, path, written = next(iter(taken.values()))
        named = context.values.get("treatments") or ()
        context.take("treatments", tuple(dict.fromkeys((*named, *taken))), resource, path, written)
    _response(context, observed, condition, first, bool(taken))


def _drug(context: Context, resource: Resource) -> tuple[str, Any]:
    """What a drug is coded as: beside the order, or in the Medication that it refers to."""
    concept = resource.part("medicationCodeableConcept")
    if concept is not None:
        return f"{resource.place}.medicationCodeableConcept", concept
    target = context.bundle.resolve(resource.part("medicationReference"), resource)
    if target is None or target.kind != "Medication" or target.data.get("status") == "entered-in-error":
        return resource.place, None
    return f"{target.place}.code", target.part("code")


def _response(context: Context, observed: Observed, condition: Resource, given: list[Span], treated: bool) -> None:
    options = []
    for one in usable(context, observed.about("disease-status"), condition, "response"):
        path = f"{one.place}.valueCodeableConcept"
        value, reason = context.meaning("response", one.data.get("valueCodeableConcept"), path)
        if value is None:
            context.not_known("response", reason or reasons.NO_SUCH_VALUE)
        elif value == "improved":
            context.not_known("response", reasons.IMPROVED)
        elif not treated or (one.span is not None and given and all(one.span.before(span) for span in given)):
            context.not_known("response", reasons.NO_DRUG_BEFORE)
        else:
            options.append(Option(value, one, path))
    last_of(context, "response", options)
