"""The Patient record: what is known about one person at one landmark."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args, get_origin

from sarcoma._arguments import checked
from sarcoma._frozen import declared, keep_state, model_validator
from sarcoma._months import DAYS_PER_MONTH
from sarcoma.errors import Problem, RecordError, UnreadableError
from sarcoma.patient import words
from sarcoma.patient.checks import contradictions
from sarcoma.patient.cleaning import split_metastasis
from sarcoma.patient.field_file import field_names, field_specs
from sarcoma.patient.metastasis import metastasis_of
from sarcoma.patient.record_fields import NOT_HAPPENED, RecordFields

if TYPE_CHECKING:
    from pydantic import ValidationError


class Patient(RecordFields):
    """What is known about one person with a soft tissue sarcoma at one time.

    Every field may be unknown (None). Three fields say what has *happened* – `metastases`,
    `local_recurrence`, `presentation` – and start as "nothing has happened"; write `unknown` where
    that is not known. Times are months since diagnosis (30.4375 days); with `diagnosis_date` they
    may be written as dates.

    Raises
    ------
    RecordError : every problem at once, by field; no message carries a value.
    """

    model_config: ClassVar[Mapping[str, Any]] = {
        "extra": "forbid",
        "frozen": True,
        "hide_input_in_errors": True,
        "validate_default": False,
    }

    _own_init: ClassVar[bool] = True

    def __init__(self, /, **data: Any) -> None:
        values = _cleaned(data) if type(self) is Patient else None  # another class may have validators of its own
        if values is not None:
            keep_state(self, {**self.unset, **values}, set(values))
            problems = contradictions(self)
            if problems:
                raise RecordError(problems)
            return
        from pydantic import ValidationError

        try:
            super().__init__(**data)
        except ValidationError as error:
            problems = _problems(error)
        else:
            return
        raise RecordError(problems)  # not where the other is handled: that one holds the values

    @classmethod
    def of_clean(cls, data: Mapping[str, Any]) -> Patient:
        """The record of values that `FieldSpec.clean` gave, none of them a time, a date or a metastasis.

        Raises
        ------
        RecordError : what cannot all be true; names and values are taken as they are.
        """
        if not isinstance(data, Mapping):
            raise RecordError([Problem("record", "unreadable", "record")])
        record = cls.model_construct(set(data), **data)
        problems = contradictions(record)
        if problems:
            raise RecordError(problems)
        return record

    @classmethod
    def model_validate(cls, raw: Any) -> Self:
        """The record that a mapping of its fields is; a record as it is."""
        if isinstance(raw, cls):
            return raw
        if not isinstance(raw, Mapping):
            raise RecordError([Problem("record", "unreadable", "record")])
        return cls(**{str(name): value for name, value in raw.items()})

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        return _renamed(data)

    @model_validator(mode="after")
    def _is_possible(self) -> Patient:
        problems = contradictions(self)
        if problems:
            raise RecordError(problems)
        return self

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        known = sum(getattr(self, name) is not None for name in self.model_fields_set)
        yield "fields_known", known

    def __str__(self) -> str:
        return repr(self)

    @checked
    def knows(self, field: str) -> bool:
        """Whether the field was stated and is not unknown."""
        return field in self.model_fields_set and getattr(self, field) is not None

    @property
    def assumed(self) -> tuple[str, ...]:
        """Fields taken as "nothing has happened" because the record says nothing of them."""
        return tuple(field for field in NOT_HAPPENED if field not in self.model_fields_set)


def as_patient(given: Patient | Mapping[str, Any]) -> Patient:
    """A record as it is, or from a mapping of its fields.

    Raises
    ------
    RecordError : it is neither, or what it says cannot be read.
    """
    if isinstance(given, Patient):
        return given
    if not isinstance(given, Mapping):
        raise RecordError([Problem("record", "unreadable", "record")])
    return Patient(**{str(name): value for name, value in given.items()})


def _cleaned(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of a record in which every field can be read; None where something is wrong, which pydantic tells."""
    try:
        written = _renamed(data)
        specs = field_specs()
        found = {name: specs[name].clean(value) for name, value in written.items()}
        if found.get("metastases"):
            found["metastases"] = tuple(metastasis_of(part) for part in found["metastases"])
        return {name: value if value is None else _of_kind(value, *_kind(name)) for name, value in found.items()}
    except (ValueError, KeyError, RecordError):
        return None


def _of_kind(value: Any, kind: type[Any], of: type[Any] | None) -> Any:
    """A value as the field is declared to hold it: codes of a number become that number.

    Raises
    ------
    ValueError : it is of another kind.
    """
    if kind is int and type(value) is str:
        return int(value)
    if type(value) is not kind or (of is not None and any(type(one) is not of for one in value)):
        raise ValueError
    return value


@cache
def _kind(field: str) -> tuple[type[Any], type[Any] | None]:
    """What a field holds, and of a tuple what stands in it."""
    kind = get_args(get_args(declared(Patient, field))[0])[0]
    return get_origin(kind) or kind, next(iter(get_args(kind)), None)


def _renamed(data: Any) -> dict[str, Any]:
    """What was written, by the names of the fields, with dates as months."""
    if not isinstance(data, Mapping):
        raise UnreadableError("unreadable", "record")
    if words.names_fhir(data):
        raise RecordError([Problem("record", "unknown-field", "fhir")])
    renamed = {}
    known = field_specs()
    for written, value in data.items():
        field = written if written in known else field_names().get(words.normal(str(written)), str(written))
        if field in renamed:
            raise RecordError([Problem(field, "duplicate")])
        renamed[field] = value
    if not words.means_unknown(renamed.get("local_recurrence_months")):
        renamed.setdefault("local_recurrence", True)
    return _dates_to_months(renamed)


def months_from(days: int) -> float:
    """Months as a record holds those that come from dates."""
    return round(days / DAYS_PER_MONTH, 3)


def is_date(value: Any) -> bool:
    """Whether a time was written as a date."""
    value = words.plain(value)
    return isinstance(value, datetime.date) or (isinstance(value, str) and words.iso_date(value) is not None)


def _dates_to_months(data: dict[str, Any]) -> dict[str, Any]:
    """Times written as dates, as months since the date of diagnosis."""
    start = as_date(data.get("diagnosis_date"))

    def months(field: str, value: Any) -> Any:
        if not is_date(value):
            return value
        end = as_date(value)
        if start is None or end is None:
            raise RecordError([Problem(field, "date-without-diagnosis", example="14")])
        return months_from((end - start).days)

    for name in _time_fields():
        if name in data:
            data[name] = months(name, data[name])
    found = data.get("metastases")
    if isinstance(found, (list, tuple)) or (isinstance(found, str) and "@" in found):
        data["metastases"] = [_dated(part, months) for part in words.split_list(found)]
    return data


def _dated(part: Any, months: Callable[[str, Any], Any]) -> Any:
    part = split_metastasis(part) if isinstance(part, str) and "@" in part else part
    if isinstance(part, Mapping) and "months" in part:
        return {**part, "months": months("metastases", part["months"])}
    return part


def as_date(value: Any) -> datetime.date | None:
    """The day that a cell names, or None."""
    value = words.plain(value)
    if words.means_unknown(value):  # NaT is a date by its kind
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    return words.iso_date(value) if isinstance(value, str) else None


@cache
def _time_fields() -> tuple[str, ...]:
    return tuple(name for name, spec in field_specs().items() if spec.time)


def _problems(error: ValidationError) -> list[Problem]:
    found = []
    specs = field_specs()
    for detail in error.errors(include_input=False, include_url=False):
        place = detail["loc"]
        name = str(place[0]) if place else "record"
        known = name in specs
        if detail["type"] == "extra_forbidden" and words.names_the_stage(name):
            found.append(Problem("record", "unknown-field", "stage"))
            continue
        if detail["type"] == "extra_forbidden":
            found.append(_no_field(name))
            continue
        cause = detail.get("ctx", {}).get("error")
        unreadable = cause if isinstance(cause, UnreadableError) else UnreadableError("unreadable")
        entry = int(place[1]) + 1 if known and len(place) > 1 and isinstance(place[1], int) else None
        found.append(
            unreadable.of(name if known else "record", example=specs[name].example if known else None, entry=entry)
        )
    return found


_NAME = re.compile(r"[^\W\d_][^\W\d]{0,39}\d{0,2}(_[^\W\d]{1,20})?")
"""What the name of a field looks like; anything else may be someone's data, and is not repeated."""


def _no_field(name: str) -> Problem:
    """A field that is none: named, with the one that is nearest by name."""
    near = nearest_field(name)
    if not _NAME.fullmatch(name.replace("-", "_")):
        return Problem("record", "unknown-field", example=near or "age")
    if near is None:
        return Problem("record", "unknown-field", "named", names=(name,), example="age")
    return Problem("record", "unknown-field", "named-near", names=(name,), example=near)


def nearest_field(name: str) -> str | None:
    """The field that a name most likely means: by its words, or by its letters."""
    import difflib

    own, said = field_names(), words.normal(name)
    parts = set(said.split("-"))
    shared = {known: len(parts & set(known.split("-"))) / len(parts | set(known.split("-"))) for known in own}
    best = max(shared, key=lambda known: (shared[known], -len(known)))
    close = difflib.get_close_matches(said, list(own), n=1, cutoff=0.75)
    if close:
        return own[close[0]]
    if shared[best] >= 0.5:
        return own[best]
    loose = difflib.get_close_matches(said, list(own), n=1)
    return own[loose[0]] if loose else None
