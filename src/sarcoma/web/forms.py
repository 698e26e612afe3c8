"""Forms: questions made from the descriptions of the record's fields, and their answers read back into a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from sarcoma.errors import Problem, RecordError, RequestError
from sarcoma.evidence import library
from sarcoma.evidence.entry import Audience
from sarcoma.patient import ORGANS, Patient, field_specs
from sarcoma.web import kinds
from sarcoma.web.page import render
from sarcoma.wording.language import _, number

UNKNOWN = "unknown"
EVENTS = ("presentation", "metastases", "local_recurrence")
"""What has happened: nothing chosen is nothing happened, and the page says so."""

RECURRENT = "recurrent"
"""The answer of a team that it has come back at the same place and has not spread."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One field as a form shows it.

    kind: number, choice, list, search, several, spread or text. groups: (title, choices) of a list. names: what can be
    found by typing. suggested: what may have been meant.
    """

    name: str
    kind: str
    ask: str
    why: str
    value: str
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    groups: tuple[tuple[str, tuple[Choice, ...]], ...] = ()
    organs: tuple[Choice, ...] = ()
    months: str = ""
    problem: str = ""
    expects: str = ""
    names: tuple[str, ...] = ()
    suggested: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed or chosen, by name of the field in the form. Lives as long as the request."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of_body(cls, body: bytes, content_type: str) -> Said:
        """A form as it was posted.

        Raises
        ------
        RequestError : not a form (415), or one that cannot be read (400).
        """
        if body and not content_type.startswith("application/x-www-form-urlencoded"):
            raise RequestError(415, "A form is needed here.")
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=400, errors="strict")
        except ValueError:
            raise RequestError(400, "This form cannot be read.") from None
        found: dict[str, list[str]] = {}
        for name, value in pairs:
            found.setdefault(name, []).append(value.strip()[:4000])
        return cls({name: tuple(values) for name, values in found.items()})

    def first(self, name: str) -> str:
        return next((v for v in self.values.get(name, ()) if v), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(v for v in self.values.get(name, ()) if v)

    def record(self, audience: Audience = "teams") -> Patient:
        """The record that was meant. Of a lay reader who does not say whether it has spread, that is not known.

        Raises
        ------
        RecordError : what cannot be read, by field.
        """
        data: dict[str, Any] = {}
        for name, spec in field_specs().items():
            if name == "metastases":
                continue
            if spec.kind == "members":
                if chosen := list(self.all(name)):
                    data[name] = chosen
                continue
            value = self.first(name)
            if value:
                data[name] = value
        if self.first("metastases") == RECURRENT and not self.first("local_recurrence"):
            data["local_recurrence"] = "yes"
        spread = self._spread() or (UNKNOWN if audience == "everyone" else None)
        if spread is not None:
            data["metastases"] = spread
        return Patient(**data)

    def recognised(self) -> Said:
        """The same with the kind by its id, if what was typed, or chosen in its place, is one."""
        chosen, typed = self.first("kind"), self.first("histologic_type")
        if not chosen and not typed:
            return self
        values = {name: value for name, value in self.values.items() if name != "kind"}
        return Said(values | {"histologic_type": (chosen or kinds.kind_of(typed),)})

    def _spread(self) -> Any:
        """Metastases: none, unknown, organs that were ticked, or written as on the command line."""
        answer, organs = self.first("metastases"), self.all("organ")
        if answer == "yes" or (not answer and organs):
            return [{"organ": organ, "months": self.months_of(organ) or None} for organ in organs or ("unknown",)]
        return "none" if answer == RECURRENT else answer or None

    def months_of(self, organ: str) -> str:
        """When a metastasis was found, as typed for its organ or for all of them."""
        return self.first(f"{organ}_months") or self.first("metastasis_months")

    def hidden(self) -> list[tuple[str, str]]:
        """What carries the record to the next page: the answers, and nothing else."""
        names = {*field_specs(), *_BESIDE_FIELDS}
        return [(name, value) for name, values in self.values.items() if name in names for value in values if value]


_BESIDE_FIELDS = frozenset(
    ("organ", "metastasis_months", "question", "country", *(f"{organ}_months" for organ in ORGANS))
)
"""What a form sends that is no field of the record."""


def problems_of(error: RecordError, *, plain: bool = True) -> dict[str, str]:
    """What is wrong, by field, for the reader of a form; `plain` for one who chooses among answers."""
    found: dict[str, str] = {}
    for problem in error.problems:
        said = _wrong_number(problem) or (_wrong_answer(problem) if plain else "") or problem.sentence(_)
        found.setdefault(problem.field, said)
    return found


def _wrong_number(problem: Problem) -> str:
    """A number that is none or out of its range, or ""."""
    limits = problem.limits
    if limits is None:
        return ""
    example = _MONTHS if problem.field == "metastases" else problem.example or ""
    text = (
        _("Please write a number above %(low)s, up to %(high)s, for example %(example)s.")
        if limits.above_low
        else _("Please write a number from %(low)s to %(high)s, for example %(example)s.")
    )
    low, high = f"{limits.low:g}", f"{limits.high:g}"
    return text % {"low": number(low), "high": number(high), "example": number(example)}


_MONTHS = "14"


def _wrong_answer(problem: Problem) -> str:
    """A problem that is told in the words of codes and landmarks, in plain ones, or ""."""
    if problem.field == "histologic_type" and problem.kind == "ambiguous":
        return _("This can be more than one kind. Please choose one, or leave it empty.")
    if problem.field == "histologic_type" and problem.kind == "unknown-code":
        return _("We did not find this kind. Please choose one, write it as the report does, or leave it empty.")
    if problem.kind == "unknown-code":
        return _("Please choose one of the answers.")
    if problem.rule == "after-the-landmark":
        return _("This is later than the months since the sarcoma was found. Please check both.")
    return ""


def person_questions(said: Said, problems: Mapping[str, str]) -> tuple[list[Question], list[Question]]:
    """The short form: the fields that a lay reader is asked for, those that matter most apart from the others."""
    every = [question_of(name, said, problems.get(name, ""), plain=True) for name in asked()]
    return every[: len(FIRST)], every[len(FIRST) :]


FIRST = ("metastases", "histologic_type", "site", "size_cm", "grade")
"""What is asked first; the rest is behind "more questions"."""

_ORDER = (
    *FIRST, "depth", "multifocal", "nodes", "age",
    "landmark_months", "presentation", "surgery", "margin", "radiotherapy", "local_recurrence",
)  # fmt: skip


@cache
def asked() -> tuple[str, ...]:
    """Fields with a question to lay readers, in the order in which a report tells them."""
    names = [name for name, spec in field_specs().items() if spec.ask]
    return tuple(sorted(names, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER)))


def question_of(name: str, said: Said, problem: str, *, plain: bool) -> Question:
    """One field as a form shows it, in plain words or in those of the record."""
    spec = field_specs()[name]
    value = said.first(name)
    ask, why = (_(spec.ask or spec.label), _(spec.why or spec.help)) if plain else (spec.label, spec.help)
    unit = (_(spec.unit) if plain else spec.unit) if spec.unit else ""
    common: dict[str, Any] = {"ask": ask, "why": why, "value": value, "unit": unit, "problem": problem}
    if spec.kind in ("number", "whole"):
        return Question(name, "number", expects=spec.range_text() or "", **common)
    if spec.kind == "type" and plain:
        return Question(
            name, "search", groups=_types("", plain=True), names=kinds.names(),
            suggested=_choices(kinds.suggestions(value), ()) if problem else (),
            **common | {"value": kinds.name_of(value)},
        )  # fmt: skip
    if spec.kind == "type":
        return Question(name, "list", groups=_types(value, plain=plain), **common)
    if spec.kind == "site":
        places = [
            (p.id, _(p.plain) if plain else p.name) for p in library().primary_sites.values() if not p.out_of_scope
        ]
        return Question(name, "list", groups=(("", _choices(places, (value,))),), **common)
    if spec.kind == "metastases" and plain:
        answers = [(UNKNOWN, _("I don’t know")), ("none", _("no")), ("yes", _("yes"))]
        value = value or ("yes" if said.all("organ") else UNKNOWN)
        organs = [(organ, _(label)) for organ, label in ORGANS.items()]
        return Question(
            name, "spread", choices=_choices(answers, (value,)), organs=_choices(organs, said.all("organ")),
            months=said.first("metastasis_months"), **common,
        )  # fmt: skip
    if spec.kind in ("code", "yes-no"):
        labels = spec.plain_list() if plain else spec.code_list()
        answers = [(code, _(label) if plain else label) for code, label in labels.items()]
        not_known = (UNKNOWN if name in EVENTS else "", _("I don’t know") if plain else "not known")
        if plain:
            return Question(name, "choice", choices=_choices([*answers, not_known], (value,)), **common)
        if name in EVENTS:
            answers.append(not_known)
        return Question(name, "list", groups=(("", _choices(answers, (value,))),), **common)
    if spec.kind == "members":
        answers = list(spec.code_list().items())
        return Question(name, "several", choices=_choices(answers, said.all(name)), **common)
    return Question(name, "text", expects=f"such as {spec.example}", **common)


def _choices(answers: Iterable[tuple[str, str]], chosen: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, label, value in chosen) for value, label in answers)


def _types(value: str, *, plain: bool) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """Histologic types by group, as they are called in reports."""
    return tuple(
        (_(group) if plain else group, _choices(listed, (value,))) for group, listed in kinds.grouped(plain=plain)
    )


def situation_form(path: str, said: Said, problems: Mapping[str, str]) -> bytes:
    """The short form as a page, with what was said and what is wrong with it."""
    labels = {name: _(field_specs()[name].label) for name in asked()}
    first, more = person_questions(said, problems)
    return render(
        "situation_form.html",
        path,
        first=first,
        more=more,
        more_open=any(q.problem or _is_told(q) for q in more),
        problems=problems,
        labels=labels,
    )


def _is_told(question: Question) -> bool:
    return bool(question.value and question.value != UNKNOWN)
