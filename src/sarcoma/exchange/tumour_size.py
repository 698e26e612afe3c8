"""The size of the tumour: the last before the operation, or else of the specimen."""

from __future__ import annotations

from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource, parts_of
from sarcoma.exchange.context import Context
from sarcoma.exchange.dates import Span
from sarcoma.exchange.observations import Observed, Option, last_of, number, quantity, several, usable

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
            return several(context, name, sizes, reasons.OPERATION_UNKNOWN)
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
        return several(context, name, sizes, reasons.OPERATION_UNKNOWN)
    if not before and not specimen and not any(_with(option.one.span, operation) for option in sizes):
        context.not_known(name, reasons.OPERATION_UNKNOWN)
        return None
    last_of(context, name, before or specimen or sizes)
    return None


def _with(span: Span | None, operation: Span) -> bool:
    """Whether a size is dated with the operation, as a report of the specimen is; later it is one of what came back."""
    return span is None or span.first <= operation.last + _REPORTED
