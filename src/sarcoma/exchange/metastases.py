"""Where the sarcoma has spread: secondary conditions, a history of metastasis, M."""

from __future__ import annotations

from typing import Any

from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import Resource, extensions
from sarcoma.exchange.conditions import RELATED_PRIMARY, Candidate
from sarcoma.exchange.context import Context
from sarcoma.exchange.dates import Span, months
from sarcoma.exchange.observations import Observation, Observed
from sarcoma.exchange.onset import Onset, months_stated, onset_of

NODE = "node-regional-or-distant"
"""An organ of the table that does not say whether the metastasis is a distant one."""


def take_metastases(
    context: Context, candidate: Candidate, secondary: list[tuple[Resource, str]], observed: Observed
) -> None:
    """Where the sarcoma has spread: secondary conditions, a history of metastasis, M."""
    found: list[tuple[dict[str, Any], Resource, str, Span | None, str | None]] = []
    suspected: str | None = None
    contradicted = False
    why: list[str] = []
    for resource, verified in secondary:
        of_it = is_of_primary(context, resource, candidate)
        if of_it is False:
            continue
        onset = onset_of(resource)
        later = context.after_landmark(onset.span)
        if later:
            continue
        organs, path = _organs(context, resource)
        doubt = (
            reasons.UNLINKED
            if of_it is None
            else reasons.NODE
            if organs == (NODE,)
            else reasons.SUSPECTED
            if verified == "not-yet"
            else reasons.PRECISION
            if later is None
            else None
        )
        if doubt is not None:
            suspected = suspected or doubt
            if organs == (NODE,):
                context.not_known("nodes", reasons.NODE)
            continue
        at, reason = _month(context, resource, onset)
        if reason is not None:
            why.append(reason)
        found += [
            ({"organ": organ, "months": at}, resource, path, onset.span, onset.written)
            for organ in organs
            if organ != NODE
        ]
    denials, affirmed = [], False
    for one in observed.about("history-of-metastasis"):
        if not one.counts(candidate.resource) or context.after_landmark(one.span) is not False:
            continue
        if one.state != "use" or one.is_absent:
            context.not_known("metastases", reasons.ABSENT if one.is_absent else reasons.NOT_YET)
            continue
        answer = one.data.get("valueBoolean")
        if "valueCodeableConcept" in one.data:
            coded, _ = context.meaning(
                "presence", one.data["valueCodeableConcept"], f"{one.place}.valueCodeableConcept"
            )
            answer = None if coded is None else coded == "yes"
        which, _ = context.meaning("organ", one.data.get("code"), f"{one.place}.code", quietly=True)
        if answer is False:
            if which in (None, "unknown"):
                denials.append(one)  # "not in the liver" says nothing of other organs
        elif answer is True or not any(key.startswith("value") for key in one.data):
            affirmed = True
            context.use(one.resource)
            if not any(which in (None, "unknown", part["organ"]) for part, *_ in found):
                found.append(
                    ({"organ": which or "unknown", "months": None}, one.resource, one.place, None, one.written)
                )
                why.append(reasons.NO_ONSET)
        else:
            context.not_known("metastases", reasons.NO_SUCH_VALUE)
    for one in observed.about("stage-m"):
        if not one.counts(candidate.resource) or context.after_landmark(one.span):
            continue
        if one.state != "use" or one.is_absent:
            context.not_known("metastases", reasons.ABSENT if one.is_absent else reasons.NOT_YET)
            continue
        path = f"{one.place}.valueCodeableConcept"
        stage, reason = context.meaning("stage", one.data.get("valueCodeableConcept"), path, quietly=True)
        if stage is None:
            context.not_known("metastases", reason or reasons.NO_SUCH_VALUE)
            continue
        if not one.linked and context.has_other_cancers(candidate.resource):
            if "M1" in stage:
                context.not_known("metastases", reasons.UNLINKED)
        elif stage.endswith("M0"):
            denials.append(one)
        elif "M1" in stage:
            affirmed = True
            if all(span is not None and one.span is not None and one.span.before(span) for _, _, _, span, _ in found):
                at = _month_of_m1(context, one)
                if at is None:
                    why.append(reasons.NO_ONSET)
                found.append(({"organ": "unknown", "months": at}, one.resource, path, one.span, one.written))
    for denial in denials:
        for _, _, _, span, _ in found:
            later = denial.span is not None and span is not None and denial.span.before(span)
            contradicted = contradicted or not later
    if contradicted or (affirmed and denials and not found):
        for _, resource, *_ in found:
            context.use(resource)
        context.conflict("metastases", reasons.UNKNOWN_WHETHER_SPREAD)
        context.values["metastases"] = None
        return
    if found:
        _, resource, path, _, written = found[0]
        context.take("metastases", [part for part, *_ in found], resource, path, written)
        for _, other, *_ in found:
            context.use(other)
        if why:
            context.unknown["metastases.months"] = why[0]
    elif suspected:
        context.not_known("metastases", suspected)
        context.values["metastases"] = None
    elif denials:
        last = denials[-1]
        element = "valueBoolean" if "valueBoolean" in last.data else "valueCodeableConcept"
        context.take("metastases", (), last.resource, f"{last.place}.{element}", last.written)
        for denial in denials:
            context.use(denial.resource)
    elif "metastases" in context.unknown:
        context.values["metastases"] = None


_M_OF_THE_DIAGNOSIS = 4 * 31
"""Days after the diagnosis up to which M is that of the diagnosis, as clinical staging has it (AJCC 8)."""


def _month_of_m1(context: Context, one: Observation) -> float | None:
    """M1 is of the diagnosis; one that is dated later says that it has spread by then, not when."""
    if context.diagnosis is None or one.span is None or one.span.last <= context.diagnosis.last + _M_OF_THE_DIAGNOSIS:
        return 0.0
    return None


def is_of_primary(context: Context, resource: Resource, candidate: Candidate) -> bool | None:
    """Whether a secondary condition is of the primary: it names it, or none; None where whom it names is not here."""
    named = [
        context.bundle.resolve(part.get("valueReference"), resource)
        for _, part in extensions(resource, RELATED_PRIMARY)
    ]
    if not named:  # of two cancers the metastasis may be of either
        return None if context.has_other_cancers(candidate.resource) else True
    if candidate.resource in named:
        return True
    return None if None in named else False


def _organs(context: Context, resource: Resource) -> tuple[tuple[str, ...], str]:
    """The organs of a secondary condition: by its code first, then by its body sites."""
    path = f"{resource.place}.code"
    concept = resource.part("code")
    by_code = context.meaning("organ", concept, path, quietly=True)[0]
    if by_code is not None and by_code != "unknown":
        return (by_code,), path
    sites: dict[str, str] = {}
    for place, part in resource.parts("bodySite"):
        by_site, _ = context.meaning("organ", part, place)
        if by_site is not None:
            sites.setdefault(by_site, place)
    if sites:
        return tuple(sites), next(iter(sites.values()))
    if by_code is None and concept is not None:
        context.list_unread(concept, path)
    return ("unknown",), path


def _month(context: Context, resource: Resource, onset: Onset) -> tuple[float | None, str | None]:
    """Months from the diagnosis to a metastasis, or why they are not known."""
    stated = months_stated(resource.data, resource.place)
    if stated is not None:
        return stated, None
    if onset.invalid:
        return None, reasons.INVALID_DATE
    if context.diagnosis is None or onset.span is None:
        return None, reasons.NO_ONSET
    found = months(context.diagnosis, onset.span)
    if found is None:
        return None, reasons.PRECISION
    return (None, reasons.BEFORE_DIAGNOSIS) if found < 0 else (found, None)
