"""FHIR R4 in, by mCODE STU4: a Bundle of one patient becomes a Reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sarcoma._arguments import checked
from sarcoma._months import DAYS_PER_MONTH
from sarcoma.errors import BundleError, Problem, RecordError, UnreadableError
from sarcoma.exchange import reasons
from sarcoma.exchange.bundle import READ, Bundle, Resource
from sarcoma.exchange.codes import CodeTables, code_tables
from sarcoma.exchange.conditions import primary, take_histology, take_site
from sarcoma.exchange.context import Context
from sarcoma.exchange.dates import Span, date_of, number_of, span_of, years
from sarcoma.exchange.metastases import is_of_primary, take_metastases
from sarcoma.exchange.observation_fields import take_fields
from sarcoma.exchange.observations import Observed
from sarcoma.exchange.onset import Onset, onset_of
from sarcoma.exchange.reading import Reading
from sarcoma.exchange.treatments import take_drugs, take_operations
from sarcoma.exchange.tumour_size import take_size
from sarcoma.patient import Patient, field_specs

_BIRTH_SEX = "us-core-birthsex"
_SEXES = {"female": "female", "male": "male", "F": "female", "M": "male"}
_RECURRED = ("recurrence", "relapse")
_MOST_CONTRADICTIONS = 8


@checked
def read_bundle(
    source: bytes | str | Mapping[str, Any],
    *,
    condition: str | None = None,
    codes: CodeTables | None = None,
    landmark_months: float | None = None,
) -> Reading:
    """The record that a Bundle of FHIR R4 holds, with where each field came from.

    Parameters
    ----------
    source : a Bundle of one patient, as JSON or as plain dictionaries.
    condition : the id of the primary cancer condition, where several may be it or none is recognised.
    codes : code tables; those that are shipped where not given.
    landmark_months : the time from which one looks ahead: what is dated after it is not read.

    Raises
    ------
    BundleError : it cannot be read as a whole; names the place and what is needed, never what stands there.
    RecordError : the landmark is none.
    """
    return read_entries(source, condition=condition, codes=codes, landmark_months=landmark_months)


def read_entries(
    source: bytes | str | Mapping[str, Any],
    places: Sequence[str] | None = None,
    *,
    condition: str | None = None,
    codes: CodeTables | None = None,
    landmark_months: float | None = None,
    baseline_months: float | None = None,
) -> Reading:
    """The same; `places` are where the entries stand where that is not the Bundle, `baseline_months` as in `ndjson`."""
    context = Context(Bundle(source, places), codes if codes is not None else code_tables())
    observed = Observed(context)
    chosen, secondary = primary(context, observed, condition)
    resource = chosen.resource
    context.use(resource)
    context.secondary = [one for one, _ in secondary if is_of_primary(context, one, chosen) is not False]
    onset = onset_of(resource)
    context.diagnosis = onset.span
    if landmark_months is not None:
        context.values["landmark_months"] = landmark_months = _landmark(landmark_months)
        if onset.span is not None:
            days = round(landmark_months * DAYS_PER_MONTH)
            context.landmark = Span(onset.span.first + days, onset.span.last + days)
    if baseline_months is not None and onset.span is not None:
        context.baseline = onset.span.last + round(baseline_months * DAYS_PER_MONTH)
    take_histology(context, chosen)
    take_site(context, chosen)
    died = _person(context, resource, onset)
    operation = take_operations(context, resource)
    take_fields(context, observed, resource)
    if "size_cm" not in context.values:
        take_size(context, observed, resource, operation)
    take_metastases(context, chosen, secondary, observed)
    take_drugs(context, observed, resource)
    _recurrence(context, resource)
    return replace(_reading(context, died), subject=context.bundle.patient.reference, condition=resource.reference)


def _landmark(months: float) -> float:
    """The time from which one looks ahead, as the record takes it."""
    spec = field_specs()["landmark_months"]
    try:
        return float(spec.clean(months))
    except UnreadableError as error:
        raise RecordError([error.of("landmark_months", example=spec.example)]) from None


def _person(context: Context, condition: Resource, onset: Onset) -> Span | bool | None:
    """Sex, age at diagnosis, date of diagnosis; and the day of death, or whether the person has died."""
    person = context.bundle.patient
    _sex(context, person)
    stated = condition.part("onsetAge")
    if onset.invalid:
        context.not_known("diagnosis_date", reasons.INVALID_DATE)
    elif onset.span is not None and onset.span.exact:
        context.take("diagnosis_date", date_of(onset.span.first), condition, onset.path, onset.written)
    elif onset.span is not None:
        context.not_known("diagnosis_date", reasons.PRECISION)
    born = span_of(person.text("birthDate"))
    if stated is not None and (onset.span is None or born is None):
        _onset_age(context, condition, stated)
    elif born is None:
        if person.data.get("birthDate") is not None or onset.span is not None:
            context.not_known("age", reasons.NO_BIRTH_DATE)
    elif onset.span is None:
        context.not_known("age", reasons.NO_ONSET)
    else:
        age = years(born, onset.span)
        if age is None:
            context.not_known("age", reasons.PRECISION)
        elif not 0 <= age <= 120:
            context.not_known("age", reasons.OUT_OF_RANGE)
        else:
            context.take("age", age, person, f"{person.place}.birthDate", onset.written)
            context.use(condition)
            if stated is not None and (other := _years_of(context, stated)) is not None and abs(other - age) >= 1:
                context.conflict("age", reasons.DISAGREE)
    died = person.data.get("deceasedDateTime")
    if died is not None:
        return span_of(died) or True
    answer = person.data.get("deceasedBoolean")
    return answer if isinstance(answer, bool) else None


def _onset_age(context: Context, condition: Resource, stated: Mapping[str, Any]) -> None:
    age = _years_of(context, stated)
    if age is None:
        context.not_known("age", reasons.UNIT)
    elif not 0 <= age <= 120:
        context.not_known("age", reasons.OUT_OF_RANGE)
    else:
        context.take("age", age, condition, f"{condition.place}.onsetAge")


def _years_of(context: Context, stated: Mapping[str, Any]) -> float | None:
    """An age in years; None where it has no number, or no unit that is known."""
    value, unit = number_of(stated.get("value")), stated.get("code", stated.get("unit"))
    factor = context.codes.units.get(("age", unit)) if isinstance(unit, str) else None
    if factor is None or value is None:
        return None
    return value if factor == 1 else value * factor


def _sex(context: Context, person: Resource) -> None:
    gender = person.text("gender")
    at_birth = None
    for path, part in person.parts("extension"):
        url = part.get("url")
        if isinstance(url, str) and url.endswith(_BIRTH_SEX):
            at_birth = _SEXES.get(str(part.get("valueCode"))), path
    said = _SEXES.get(gender or "") if gender in ("female", "male") else None
    if said is not None and at_birth is not None and at_birth[0] not in (None, said):
        context.conflict("sex", reasons.DISAGREE)
    elif said is not None:
        context.take("sex", said, person, f"{person.place}.gender")
    elif at_birth is not None and at_birth[0] is not None:
        context.take("sex", at_birth[0], person, f"{at_birth[1]}.valueCode")
    elif gender is not None:
        context.not_known("sex", reasons.SEX_OTHER)


def _recurrence(context: Context, condition: Resource) -> None:
    """A condition that has come back: whether at the same place is not said, so it is not taken as "has not"."""
    if "local_recurrence" in context.values or "local_recurrence_months" in context.values:
        return
    concept = condition.part("clinicalStatus")
    codings = concept.get("coding") if concept is not None else None
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and coding.get("code") in _RECURRED:
            context.not_known("local_recurrence", reasons.RECURRENCE)
            context.values["local_recurrence"] = None


def _reading(context: Context, died: Span | bool | None) -> Reading:
    patient = _patient(context)
    person = context.bundle.patient
    day = died if isinstance(died, Span) else None
    names = list(context.used)
    if person.reference not in context.used:
        names.insert(0, person.reference)
    diagnosed = context.diagnosis
    return Reading(
        patient,
        context.origins,
        context.unknown,
        context.conflicts,
        tuple(context.unread),
        patient.assumed,
        tuple(context.stated),
        tuple(names),
        tuple(context.remarks),
        person.id,
        died if isinstance(died, bool) else (True if day is not None else None),
        date_of(day.first) if day is not None and day.exact else None,
        _last_seen(context),
        date_of(diagnosed.first) if diagnosed is not None and diagnosed.exact else None,
    )


_PLANNED = ("not", "planned")


def _last_seen(context: Context) -> date | None:
    """The last day on which something of the person is dated; what is in error, was not done or is planned is none."""
    last, statuses = 0, context.codes.table("status")
    for kind in READ:
        for resource in context.bundle.of(kind):
            entry = statuses.get((kind, resource.text("status") or ""))
            if kind != "Condition" and (entry is None or entry.value in _PLANNED):
                continue
            span = onset_of(resource).span if kind == "Condition" else resource.when()[1]
            if span is not None and span.exact and span.last > last:
                last = span.last
    return date_of(last) if last else None


def _patient(context: Context) -> Patient:
    """The record; of what cannot be true together the fields that are named become unknown."""
    values = {name: "unknown" if value is None else value for name, value in context.values.items()}
    problems: list[Problem] = []
    for _ in range(_MOST_CONTRADICTIONS):
        try:
            return Patient(**values)
        except RecordError as error:
            problems = error.problems
            outside = [problem for problem in problems if problem.kind == "out-of-scope"]
            if outside:  # a sarcoma of bone has no outlook of one of soft tissue, whatever its morphology is called
                raise BundleError(outside) from None
            wrong = [problem for problem in problems if problem.field in values]
            if not wrong:
                break
            for problem in wrong:
                values.pop(problem.field)
                happened = problem.field in ("metastases", "local_recurrence", "presentation")
                if happened:
                    values[problem.field] = "unknown"
                contradiction = problem.kind == "contradiction"
                if contradiction:
                    context.conflict(problem.field, reasons.CONTRADICTS)
                else:
                    _not(context, problem.field)
    raise BundleError(problems)


def _not(context: Context, name: str) -> None:
    context.values.pop(name, None)
    context.origins.pop(name, None)
    context.unknown[name] = reasons.NO_SUCH_VALUE
