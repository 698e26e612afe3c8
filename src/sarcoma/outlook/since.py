"""What differs between an earlier outlook, as its JSON, and one of today; and what made each difference.

The earlier record is asked again with today's evidence and models. What differs between the earlier outlook and that
one is due to the evidence, a model or the program; what differs between that one and the outlook of today's record is
due to the person. Nothing here is a sentence but the refusals: `wording.since` makes those.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sarcoma.errors import EarlierError, RecordError
from sarcoma.evidence import Change, library
from sarcoma.evidence.fact import Unit
from sarcoma.evidence.versions import NAMES, SCHEMA_VERSION
from sarcoma.outlook.answer import Answer, Headline, HeadlineKind
from sarcoma.outlook.answers import Status
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.nearness import QUESTIONS
from sarcoma.outlook.outlook import Situation
from sarcoma.outlook.record_view import Known, known_fields
from sarcoma.outlook.treatments import STEPS
from sarcoma.patient import Patient

MOST_BYTES = 4 * 1024 * 1024
"""No outlook is larger."""

Part = Literal[
    "situation", "grade", "stage", "alarm", "answer", "model", "model-figures", "treatment", "figure", "fact"
]  # fmt: skip
PARTS: tuple[Part, ...] = get_args(Part)
What = Literal["new", "gone", "changed"]
Cause = Literal[
    "person",  # the record differs
    "evidence",  # the same record, and the evidence says something else
    "model",  # the same record, and a model of another version, or one that was not there
    "program",  # the same record, evidence and models
    "evidence-or-program",  # both are of another version, and nothing tells which it was
]
CAUSES: tuple[Cause, ...] = get_args(Cause)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A fact of the person that differs: as it was known then and now, None where it was not."""

    name: str
    label: str
    what: What
    before: Known | None = field(repr=False)
    after: Known | None = field(repr=False)


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
class Difference:
    """What differs in one part, and why. `changes` are the entries of the evidence's log that speak of it."""

    part: Part
    key: str
    what: What
    aspects: tuple[str, ...]
    cause: Cause
    changes: tuple[Change, ...]
    before: Told | None
    after: Told | None

    @property
    def about_survival(self) -> bool:
        """Whether it names a figure about survival, then or now."""
        return any(told is not None and told.about_survival for told in (self.before, self.after))

    @property
    def for_teams(self) -> bool:
        """Whether it is for sarcoma teams only."""
        return any(told is not None and told.audience == "teams" for told in (self.before, self.after))


@dataclass(frozen=True, slots=True)
class Since:
    """Everything that differs since an earlier outlook; differences about survival only if they were asked for."""

    then: Mapping[str, Any]
    now: Mapping[str, Any]
    survival: bool
    person: tuple[FieldDifference, ...]
    differences: tuple[Difference, ...]

    def of(self, cause: Cause) -> tuple[Difference, ...]:
        """The differences that one cause made."""
        return tuple(one for one in self.differences if one.cause == cause)


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
        parts = dict(_parts(data))
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


def compare(
    earlier: Earlier, again: Mapping[str, Any], now: Mapping[str, Any], patient: Patient, *, survival: bool = False
) -> Since:
    """What differs since an earlier outlook.

    Parameters
    ----------
    earlier : the earlier outlook.
    again : the outlook of the earlier record, made today, as data (`sarcoma.report.as_data`).
    now, patient : the outlook of today as data, and its record.
    survival : whether figures about survival are compared too.
    """
    middle, last = dict(_parts(again)), dict(_parts(now))
    versions = {name: now[name] for name in NAMES}
    found = [
        *_differences(earlier.parts, middle, earlier.versions, versions),
        *_differences(middle, last, None, versions),
    ]
    kept = (one for one in found if survival or not one.about_survival)
    ordered = sorted(kept, key=lambda one: (CAUSES.index(one.cause), PARTS.index(one.part)))
    return Since(earlier.versions, versions, survival, _person(earlier.patient, patient), tuple(ordered))


# -- the person


def _person(before: Patient, after: Patient) -> tuple[FieldDifference, ...]:
    then, now = ({one.field: one for one in known_fields(patient)} for patient in (before, after))
    found = []
    for name in dict.fromkeys((*then, *now)):
        old, new = then.get(name), now.get(name)
        if old is None and new is not None:
            found.append(FieldDifference(name, new.label, "new", None, new))
        elif new is None and old is not None:
            found.append(FieldDifference(name, old.label, "gone", old, None))
        elif old is not None and new is not None and old.value != new.value:
            found.append(FieldDifference(name, new.label, "changed", old, new))
    return tuple(found)


# -- what differs, and why


def _differences(
    before: Mapping[tuple[Part, str], Told],
    after: Mapping[tuple[Part, str], Told],
    then: Mapping[str, Any] | None,
    now: Mapping[str, Any],
) -> Iterator[Difference]:
    """What differs between two outlooks; `then` are the versions of the first, None where the person made it."""
    for part, key in dict.fromkeys((*before, *after)):
        old, new = before.get((part, key)), after.get((part, key))
        if part == "model-figures" and (old is None or new is None):
            continue  # that it applies, or no longer does, is said of the model
        what: What = "new" if old is None else "gone" if new is None else "changed"
        aspects = () if old is None or new is None else tuple(
            name for name in dict.fromkeys((*old.aspects, *new.aspects))
            if not _same(old.aspects.get(name), new.aspects.get(name))
        )  # fmt: skip
        if what == "changed" and not aspects:
            continue
        if then is None:
            yield Difference(part, key, what, aspects, "person", (), old, new)
            continue
        names = {key, *(old.names if old else ()), *(new.names if new else ())}
        changes = _logged(names, datetime.date.fromisoformat(then["evidence_changed_on"]))
        other_model = part in ("model", "model-figures") and _version(before, key) != _version(after, key)
        cause: Cause = "model" if other_model else _cause(part, what, changes, then, now)
        if cause == "program":
            changes = ()
        yield Difference(part, key, what, aspects, cause, changes, old, new)


def _version(parts: Mapping[tuple[Part, str], Told], model: str) -> Any:
    told = parts.get(("model", model))
    return None if told is None else told.aspects["version"]


def _cause(
    part: Part, what: What, changes: tuple[Change, ...], then: Mapping[str, Any], now: Mapping[str, Any]
) -> Cause:
    """What made the same record say something else, where no model is of another version."""
    if then["evidence_version"] == now["evidence_version"]:
        return "program"
    published = part == "figure" and what == "changed"  # a published number is what the evidence says, and nothing else
    if changes or published or then["product_version"] == now["product_version"]:
        return "evidence"
    return "evidence-or-program"


def _logged(names: Iterable[str], since: datetime.date) -> tuple[Change, ...]:
    """The entries of the log, newest first, that speak of one of these keys and may be later than the outlook."""
    wanted = tuple(names)
    found = [c for c in library().changes.values() if c.date >= since and any(c.names(name) for name in wanted)]
    return tuple(sorted(found, key=lambda change: change.date, reverse=True))


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one; numbers may differ as two machines' do."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


# -- the parts of an outlook's data; whatever is not as it was written raises KeyError, TypeError or ValueError

_KEY = re.compile(r"[\w.+/:-]{1,120}")
_WORD = re.compile(r"[\w.+/:() -]{1,120}")
_NUMBERS = ("value", "low", "high", "bound", "numerator", "n", "horizon_months", "unit")


def _parts(data: Mapping[str, Any]) -> Iterator[tuple[tuple[Part, str], Told]]:
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
