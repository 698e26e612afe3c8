"""An earlier outlook, read back from its JSON: its record, the versions it was made by, and its parts.

Whatever is not as it was written is refused, with the reason as `EarlierError.reason`; what was written before versions
were carried is refused by that name.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sarcoma.errors import EarlierError, RecordError
from sarcoma.evidence.fact import Unit
from sarcoma.evidence.versions import NAMES, SCHEMA_VERSION
from sarcoma.models.execute import Status
from sarcoma.outlook.answer import Answer, Headline, HeadlineKind
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.nearness import QUESTIONS
from sarcoma.outlook.outlook import Situation
from sarcoma.outlook.treatments import STEPS
from sarcoma.patient import Patient
from sarcoma.patient.words import names_fhir

MOST_BYTES = 4 * 1024 * 1024
"""No outlook is larger."""

Part = Literal[
    "situation", "grade", "stage", "alarm", "answer", "model", "model-figures", "treatment", "figure", "fact"
]  # fmt: skip
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Told:
    """One part of an outlook: what is compared, by aspect; `figures` and `answer` are what words are made from."""

    aspects: Mapping[str, Any]
    about_survival: bool = False
    audience: str = "everyone"
    figures: tuple[OutlookFigure, ...] = ()
    answer: Answer | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier outlook that can be compared: its record, the versions it was made by, and its parts."""

    patient: Patient = field(repr=False)
    versions: Mapping[str, Any]
    parts: Mapping[tuple[Part, str], Told] = field(repr=False)


def earlier_of_json(text: bytes) -> Earlier:
    """An earlier outlook from the JSON that `sarcoma outlook --json` or the API wrote.

    Raises
    ------
    EarlierError : it is none, or cannot be compared; `reason` says why.
    """
    if len(text) > MOST_BYTES:
        raise EarlierError("too-large", "the earlier outlook is larger than an outlook can be")
    try:
        data = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise EarlierError(
            "not-json", "the earlier outlook is not JSON: give what sarcoma outlook --json wrote"
        ) from None
    return earlier_of(data)


def earlier_of(data: Any) -> Earlier:
    """An earlier outlook from its data (as `earlier_of_json`).

    Raises
    ------
    EarlierError : it is none, or cannot be compared; `reason` says why.
    """
    if names_fhir(data):
        raise EarlierError(
            "not-an-outlook", "this looks like FHIR (it has a resourceType): give what sarcoma outlook --json wrote"
        )
    if not isinstance(data, Mapping) or not {"situation", "known", "models"} <= data.keys():
        raise EarlierError("not-an-outlook", "this is not an outlook: give what sarcoma outlook --json wrote")
    schema = data.get("schema_version")
    if schema is None:
        raise EarlierError(
            "before-versions",
            "this outlook was written by version 0.1 of sarcoma outlook, which did not carry the record as codes nor "
            "the versions of the evidence, so it cannot be compared: make it again with the record as it was",
        )
    if type(schema) is not int or schema < SCHEMA_VERSION:
        raise EarlierError("incomplete", "the schema_version of this outlook is none that was ever written")
    if schema > SCHEMA_VERSION:
        raise EarlierError(
            "newer-schema",
            "this outlook was written by a newer version of sarcoma outlook, which this one cannot read: update first",
        )
    record = data.get("record")
    try:
        versions: dict[str, Any] = {name: schema if name == "schema_version" else _word(data[name]) for name in NAMES}
        datetime.date.fromisoformat(versions["evidence_changed_on"])
        if not isinstance(record, Mapping):
            raise TypeError
        parts = dict(parts_of(data))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise EarlierError(
            "incomplete", "this outlook is not whole, or was changed since it was written: make it again"
        ) from None
    try:
        patient = Patient(**{str(name): value for name, value in record.items()})
    except RecordError as error:
        fields = ", ".join(dict.fromkeys(problem.field for problem in error.problems))
        raise EarlierError(
            "record", f"the record in this outlook cannot be read today ({fields}): make it again"
        ) from None
    return Earlier(patient, versions, parts)


# -- the parts of an outlook's data; whatever is not as it was written raises KeyError, TypeError or ValueError

_KEY = re.compile(r"[\w.+/:-]{1,120}")
_WORD = re.compile(r"[\w.+/:() -]{1,120}")
_NUMBERS = ("value", "low", "high", "bound", "numerator", "n", "horizon_months", "unit")


def parts_of(data: Mapping[str, Any]) -> Iterator[tuple[tuple[Part, str], Told]]:
    """The parts of an outlook's data (`sarcoma.report.as_data`), each by its kind and key.

    Raises
    ------
    KeyError, TypeError, ValueError : something is not as it was written.
    """
    yield ("situation", "situation"), Told({"situation": _one_of(data["situation"], get_args(Situation))})
    yield ("grade", "grade"), Told({"possible": _words(data["grades"])})
    for raw in _rows(data["staging"]):
        system, chapter = _word(raw["system"]), raw["chapter"] and _key(raw["chapter"])
        aspects = {name: _reading(raw[name]) for name in ("t", "n", "m", "group")}
        yield ("stage", f"{system}/{chapter}"), Told(aspects, names=tuple(_words(raw["origins"])))
    yield from (_answer(raw) for raw in _rows(data["answers"]))
    for raw in _rows(data["models"]):
        yield from _model(raw)
    seen: set[str] = set()
    for raw in _figures({name: value for name, value in data.items() if name not in _NOT_PUBLISHED}):
        key = _key(raw["origin"])
        if key not in seen:
            seen.add(key)
            yield ("figure", key), _published(raw)
    for raw in (fact for name in ("risk_factors", "follow_up", "treatment_facts") for fact in _rows(data[name])):
        yield ("fact", _key(raw["origin"])), Told({}, bool(raw["about_survival"]), _word(raw["audience"]))
    for raw in _rows(data["treatments"]):
        yield ("treatment", _key(raw["origin"])), _treatment(raw)
    for raw in _rows(data["red_flags"]):
        yield ("alarm", _key(raw["id"])), Told({})


_NOT_PUBLISHED = frozenset(("models", "models_at_start", "record", "known", "since"))


def _answer(raw: Mapping[str, Any]) -> tuple[tuple[Part, str], Told]:
    question = _one_of(raw["question"], QUESTIONS)
    told = raw["headline"]
    figures = tuple(_figure(one) for one in _rows(told["figures"]))
    kind: HeadlineKind = _one_of(told["kind"], get_args(HeadlineKind))
    if kind in ("figure", "range") and not figures:
        raise ValueError
    low, high = _number(told["low"]), _number(told["high"])
    nearest = [_key(one["figure"]["origin"]) for one in _rows(raw["nearest"])]
    headline = {"kind": kind, "low": low, "high": high, "figures": [_numbers(f) for f in figures]}
    return ("answer", question), Told(
        {"headline": headline, "nearest": nearest},
        about_survival=question == "survival" or any(figure.about_survival for figure in figures),
        answer=Answer(question, Headline(kind, figures, low, high)),
        names=(*(figure.origin for figure in figures), *nearest),
    )


def _model(raw: Mapping[str, Any]) -> Iterator[tuple[tuple[Part, str], Told]]:
    key, audience = _key(raw["origin"]), _word(raw["audience"])
    status: Status = _one_of(raw["status"], get_args(Status))
    yield ("model", key), Told({"version": _word(raw["version"]), "status": status}, audience=audience)
    figures = tuple(_figure(one) for one in _rows(raw["figures"]))
    if figures:
        survival = any(figure.about_survival for figure in figures)
        yield (
            ("model-figures", key),
            Told({"numbers": [_numbers(figure) for figure in figures]}, survival, audience, figures),
        )


def _published(raw: Mapping[str, Any]) -> Told:
    figure = _figure(raw)
    became = [[_key(one["source"]), _word(one["what"])] for one in _rows(raw["source_status"])]
    superseded = raw["superseded_by"]
    standing = {
        "marks": sorted(_words(raw["marks"])),
        "source_status": became,
        "superseded_by": superseded if superseded is None else _key(superseded),
    }
    names = tuple(source for source, _ in became)
    return Told(
        {"numbers": _numbers(figure), "standing": standing},
        figure.about_survival,
        figure.audience,
        (figure,),
        None,
        names,
    )


def _treatment(raw: Mapping[str, Any]) -> Told:
    approvals = sorted([_key(one["regulator"]), _word(one["status"])] for one in _rows(raw["approvals"]))
    return Told(
        {
            "step": _one_of(raw["step"], STEPS),
            "no_longer_available": bool(raw["no_longer_available"]),
            "open_conditions": len(_rows_of_text(raw["open_conditions"])),
            "approvals": approvals,
        }
    )


def _figures(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every published figure, wherever it stands."""
    if isinstance(node, Mapping):
        if "origin" in node and "unit" in node and "measure" in node:
            yield node
            return
        for value in node.values():
            yield from _figures(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _figures(value)


def _figure(raw: Mapping[str, Any]) -> OutlookFigure:
    """A figure as it was written, with all that its number is said by."""
    people = raw["as_people"]
    n = _count(raw["n"])
    return OutlookFigure(
        origin=_key(raw["origin"]),
        what=_text(raw["what"]) or "",
        unit=_one_of(raw["unit"], get_args(Unit)),
        value=_number(raw["value"]),
        low=_number(raw["low"]),
        high=_number(raw["high"]),
        interval=_text(raw["interval"]),
        bound=_one_of(raw["bound"], (None, "above", "below")),
        numerator=_count(raw["numerator"], least=0),
        n=n,
        horizon_months=_number(raw["horizon_months"]),
        estimand=_text(raw["estimand"]),
        measure=_word(raw["measure"]),
        about_survival=bool(raw["about_survival"]),
        personal=bool(raw["personal"]),
        audience=_word(raw["audience"]),
        as_people=None if people is None else (_whole(people[0]), _whole(people[1])),
        plain_what=_text(raw["plain_what"]),
        says_time=bool(raw["says_time"]),
        printed_to=_number(raw["printed_to"]) or None,
    )


def _numbers(figure: OutlookFigure) -> dict[str, Any]:
    return {"origin": figure.origin} | {name: getattr(figure, name) for name in _NUMBERS}


def _reading(raw: Any) -> dict[str, Any] | None:
    if raw is None:
        return None
    assigned = raw["as_assigned"]
    return {"as_assigned": assigned if assigned is None else _word(assigned), "possible": _words(raw["possible"])}


def _rows(raw: Any) -> list[Mapping[str, Any]]:
    if not isinstance(raw, (list, tuple)) or not all(isinstance(row, Mapping) for row in raw):
        raise TypeError
    return list(raw)


def _rows_of_text(raw: Any) -> list[Any]:
    if not isinstance(raw, (list, tuple)):
        raise TypeError
    return list(raw)


def _words(raw: Any) -> list[str]:
    return [_word(one) for one in _rows_of_text(raw)]


def _key(raw: Any) -> str:
    if not isinstance(raw, str) or not _KEY.fullmatch(raw):
        raise ValueError
    return raw


def _word(raw: Any) -> str:
    if not isinstance(raw, str) or not _WORD.fullmatch(raw):
        raise ValueError
    return raw


def _text(raw: Any) -> str | None:
    if raw is not None and not (isinstance(raw, str) and len(raw) < 2000 and raw.isprintable()):
        raise ValueError
    return raw


def _one_of(raw: Any, allowed: tuple[Any, ...]) -> Any:
    if raw not in allowed:
        raise ValueError
    return raw


def _number(raw: Any) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not abs(raw) < 1e9:
        raise ValueError
    return raw


def _count(raw: Any, *, least: int = 1) -> int | None:
    return None if raw is None else _whole(raw, least)


def _whole(raw: Any, least: int = 0) -> int:
    if type(raw) is not int or not least <= raw < 10**12:
        raise ValueError
    return raw


def _no_number(_name: str) -> float:
    raise ValueError
