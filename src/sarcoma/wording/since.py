"""What changed since an earlier outlook, in words: for clinicians, and plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sarcoma.evidence import Change, library
from sarcoma.models import cards
from sarcoma.outlook.earlier import Part, Told
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.outlook import Situation
from sarcoma.outlook.since import Cause, Difference, FieldDifference, Since, What
from sarcoma.wording import answer as answer_words
from sarcoma.wording import figures
from sarcoma.wording.record import CHAPTERS, SITUATIONS, known_value
from sarcoma.wording.treatments import step

_CAUSES: Mapping[Cause, tuple[str, str]] = {
    "person": ("Because the record is different", "Because what you told us is different"),
    "evidence": ("Because the evidence changed", "Because more is known now"),
    "model": ("Because a model changed", "Because a way of calculating changed"),
    "program": ("Because the program changed", "Because this program changed"),
    "evidence-or-program": (
        "Because the evidence or the program changed",
        "Because more is known now, or this program changed",
    ),
}
_PARTS: Mapping[Part, tuple[str, str]] = {
    "situation": ("Situation", "Where things stand"),
    "grade": ("Grade", "Grade"),
    "stage": ("Stage", "Stage"),
    "answer": ("What is said first", "What is said first"),
    "model": ("Models", "Calculations"),
    "model-figures": ("What models say", "What is calculated"),
    "figure": ("Published figures", "Numbers from studies"),
    "fact": ("Published facts", "What studies found"),
    "treatment": ("Treatments", "Treatments"),
    "alarm": ("Alarms", "When to get help"),
}
_WHAT: Mapping[What, str] = {"new": "new", "gone": "no longer", "changed": "changed"}
_STATUS: Mapping[str, str] = {
    "applies": "applies",
    "does not apply": "does not apply",
    "cannot tell": "cannot be told",
}


def title(*, plain: bool) -> str:
    """The heading of all."""
    return "What changed since last time" if plain else "What changed since the earlier outlook"


def versions(found: Since, *, plain: bool) -> str:
    """Which versions the two outlooks were made by."""
    then, now = found.then, found.now
    same = then["evidence_version"] == now["evidence_version"]
    if plain:
        return "The same knowledge was used both times." if same else "What is known was updated between the two."
    if same:
        evidence = f"Evidence {now['evidence_version']} both times"
    else:
        evidence = f"Evidence then {then['evidence_version']}, now {now['evidence_version']}"
    if then["product_version"] == now["product_version"]:
        return f"{evidence}; program {now['product_version']} both times."
    return f"{evidence}; program then {then['product_version']}, now {now['product_version']}."


def person_title(*, plain: bool) -> str:
    """The heading of the facts of the person."""
    return "What you told us" if plain else "The record"


def same_person(*, plain: bool) -> str:
    """That no fact of the person differs."""
    return "You told us the same as last time." if plain else "The record is the same."


def outlook_title(*, plain: bool) -> str:
    """The heading where nothing of the outlook differs."""
    return "What follows from it" if plain else "The outlook"


def same_outlook(*, plain: bool) -> str:
    """That nothing of the outlook differs."""
    return "Nothing else is different." if plain else "Nothing in the outlook differs."


def person(one: FieldDifference) -> str:
    """One fact of the person, then and now."""
    before = None if one.before is None else known_value(one.before)
    after = None if one.after is None else known_value(one.after)
    if before is None:
        return f"{one.label}: {after} (was not known)"
    return f"{one.label}: not known any more (was {before})" if after is None else f"{one.label}: {before} → {after}"


def cause(key: Cause, *, plain: bool) -> str:
    """The heading of what one cause made different."""
    return _CAUSES[key][plain]


def part(key: Part, *, plain: bool) -> str:
    """The heading of one part of the outlook."""
    return _PARTS[key][plain]


def more(count: int) -> str:
    """How many differences are not listed."""
    return f"… and {count} more; --json names each."


def closing(found: Since) -> str:
    """What else can be asked."""
    said = "Without --since the whole outlook is shown."
    return said if found.survival else f"Survival figures were not compared. Add --survival to compare them. {said}"


def change(entry: Change) -> str:
    """An entry of the log of changes, with its reason."""
    return f"{entry.date.isoformat()}, {entry.kind}: {entry.because}"


def origin(one: Difference) -> str | None:
    """The key that `sarcoma why` opens, where there is one today."""
    lib = library()
    if one.part in ("model", "model-figures"):
        return one.key if one.key in cards() else None
    if one.part == "treatment":
        return one.key if one.key in lib.treatments else None
    if one.part == "fact":
        return one.key if one.key in lib.facts else None
    if one.part == "figure":
        fact, _, name = one.key.partition(".")
        known = fact in lib.facts and any(figure.id == name for figure in lib.facts[fact].figures)
        return one.key if known else None
    return None


def difference(one: Difference, *, plain: bool) -> str:
    """One difference: what it is about, and how it stood then and stands now."""
    name = _name(one, plain=plain)
    if one.before is None or one.after is None:
        told = one.after or one.before
        whole = {name: value for name, value in told.aspects.items() if name not in _ONLY_CHANGES} if told else {}
        said = _said(one.part, told, whole, plain=plain) if told else ""
        return f"{_WHAT[one.what].capitalize()}: {name}" + (f": {said}" if said else "")
    parts = [
        f"{_ASPECTS[aspect]}{then} → {now}" if then != now else f"{_ASPECTS[aspect]}changed"
        for aspect in one.aspects
        for then, now in [
            (
                _said(one.part, one.before, {aspect: one.before.aspects.get(aspect)}, plain=plain),
                _said(one.part, one.after, {aspect: one.after.aspects.get(aspect)}, plain=plain),
            )
        ]
    ]
    said = "; ".join(parts)
    return f"{name}: {said}" if name else said


_ONLY_CHANGES = frozenset(("nearest", "version", "open_conditions", "approvals"))
"""What is not said of a part that is new or gone."""

_ASPECTS: Mapping[str, str] = {
    "situation": "",
    "possible": "",
    "t": "T: ",
    "n": "N: ",
    "m": "M: ",
    "group": "",
    "headline": "",
    "nearest": "the nearest figures: ",
    "version": "version ",
    "status": "",
    "numbers": "",
    "standing": "",
    "step": "",
    "no_longer_available": "",
    "open_conditions": "conditions still open: ",
    "approvals": "approvals: ",
}


def _name(one: Difference, *, plain: bool) -> str:
    """What a difference is about."""
    lib = library()
    if one.part in ("model", "model-figures"):
        return cards()[one.key].short_name if one.key in cards() else one.key
    if one.part == "treatment":
        known = lib.treatments.get(one.key)
        return one.key if known is None else known.plain_name if plain else known.name
    if one.part == "alarm":
        flag = lib.red_flags.get(one.key)
        return one.key if flag is None else flag.plain_title if plain else flag.title
    if one.part == "fact":
        fact = lib.facts.get(one.key)
        if fact is None:
            return one.key
        return figures.fill(fact.plain if plain else fact.statement, fact, plain=plain)
    if one.part == "answer":
        return answer_words.QUESTIONS[one.key].removesuffix("?")  # type: ignore[index]
    if one.part == "stage":
        system, _, chapter = one.key.partition("/")
        return f"{system}, {CHAPTERS.get(chapter, chapter)}" if chapter else system
    if one.part == "figure":
        told = one.after or one.before
        return figures.timed(told.figures[0], plain=plain) if told is not None else one.key
    return "FNCLCC grade" if one.part == "grade" else ""


def _said(part_: Part, told: Told, aspects: Mapping[str, Any], *, plain: bool) -> str:
    """Some aspects of a part, in words."""
    return ", ".join(text for name in aspects if (text := _aspect(part_, told, name, plain=plain)))


def _aspect(part_: Part, told: Told, name: str, *, plain: bool) -> str:
    value: Any = told.aspects.get(name)
    if name == "situation":
        situation: Situation = told.aspects["situation"]
        return SITUATIONS[situation][plain].rstrip(".")
    if name == "possible":
        return " or ".join(value)
    if name in ("t", "n", "m", "group"):
        return _reading(value)
    if name == "headline":
        return "" if told.answer is None else answer_words.headline(told.answer, plain=plain).rstrip(".")
    if name == "nearest":
        return ", ".join(value[:6]) + (f" and {len(value) - 6} more" if len(value) > 6 else "") or "none"
    if name == "version":
        return "" if value is None else f"{value}"
    if name == "status":
        return _STATUS[value]
    if name == "numbers":
        return "; ".join(_number(figure, with_time=part_ == "model-figures", plain=plain) for figure in told.figures)
    if name == "standing":
        return _standing(value)
    if name == "step":
        return step(value, plain=plain)
    if name == "no_longer_available":
        return "no longer available" if value else ""
    if name == "open_conditions":
        return f"{value}" if value else "none"
    if name == "approvals":
        decided = [(regulator, status) for regulator, status in value if status != "not-looked-for"]
        return ", ".join(f"{regulator} {status.replace('-', ' ')}" for regulator, status in decided) or "none"
    return ""


def _number(figure: OutlookFigure, *, with_time: bool, plain: bool) -> str:
    number, time = figures.quantity(figure, plain=plain), figures.horizon(figure.horizon_months)
    return f"{number} ({time})" if with_time and time else number


def _reading(value: Mapping[str, Any] | None) -> str:
    if value is None:
        return "none"
    possible = "/".join(value["possible"])
    if value["as_assigned"] is None:
        return possible or "none"
    return f"{value['as_assigned']}" + (f" (possible: {possible})" if len(value["possible"]) > 1 else "")


def _standing(value: Mapping[str, Any]) -> str:
    said = [f"{source} {what}" for source, what in value["source_status"]]
    if value["superseded_by"]:
        said.append(f"superseded by {value['superseded_by']}")
    said += [figures.MARK_WORDS.get(mark, mark) for mark in value["marks"]]
    return "; ".join(said)
