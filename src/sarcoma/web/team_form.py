"""The team's form: six fields in a row, what else is filled or wrong, the rest of the record folded under "more"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from markupsafe import Markup

from sarcoma.evidence import library
from sarcoma.patient import ORGANS, Patient, field_specs
from sarcoma.web.country import countries
from sarcoma.web.forms import RECURRENT, UNKNOWN, Choice, Question, Said, question_of
from sarcoma.web.page import fragment
from sarcoma.wording.record import AS_WRITTEN

FIRST: Mapping[str, str] = {
    "age": "Age",
    "histologic_type": "Type",
    "site": "Site",
    "size_cm": "Size",
    "grade": "Grade",
    "metastases": "Situation",
}
"""The six fields on top, and what they are called there."""

GROUPS: Mapping[str, str] = {
    "course": "Time and course",
    "tumour": "The tumour",
    "treatment": "Treatment so far",
    "person": "The person",
    "markers": "Markers",
}

_CALLED: Mapping[str, str] = {
    "nodes": "Nodes",
    "surgery": "Surgery",
    "margin": "Margin",
    "radiotherapy": "Radiotherapy",
    "landmark_months": "Time since diagnosis",
    "performance_status": "ECOG",
    "lymphovascular_invasion": "LVI",
    "treatments": "Drugs and treatments so far",
}
"""Fields as teams call them, where the label of the record is longer."""

_SITUATIONS: Mapping[str, str] = {
    "none": "localised",
    RECURRENT: "local recurrence",
    "yes": "metastatic",
    UNKNOWN: "not known",
}


@dataclass(frozen=True, slots=True)
class Organ:
    """An organ to tick, and the months from diagnosis to when it was found there."""

    value: str
    label: str
    chosen: bool
    months: str


@dataclass(frozen=True, slots=True)
class TeamForm:
    """The form with what was said: the six cells, the organs, what else is filled or wrong, and the others by group."""

    first: tuple[Markup, ...]
    organs: tuple[Organ, ...]
    touched: tuple[Markup, ...]
    more: tuple[tuple[str, tuple[Markup, ...]], ...]
    in_sight: frozenset[str]

    def place(self, field: str, *, more: bool) -> str:
        """Where a field stands on the page, or the way to where it does."""
        return f"q-{field}" if more or field in self.in_sight else "more-fields"


def team_form(said: Said, problems: Mapping[str, str], patient: Patient | None = None) -> TeamForm:
    """The form as it was sent; what nobody touched is made once. `patient`: the record, if it could be read."""
    touched: list[Markup] = []
    more: dict[str, list[Markup]] = {group: [] for group in GROUPS}
    for name, spec in field_specs().items():
        if name in FIRST:
            continue
        if name in problems or said.first(name):
            touched.append(_cell(name, said, problems.get(name, "")))
        else:
            more[spec.group].append(_untouched(name))
    spread_as_text = patient is not None and bool(patient.metastases)
    used = {name for name in FIRST if name in problems or name == "metastases" or said.first(name)}
    first = (
        _first(name, said, problems.get(name, ""), spread=spread_as_text) if name in used else _untouched(name)
        for name in FIRST
    )
    by_group = ((GROUPS[group], tuple(cells)) for group, cells in more.items() if cells)
    in_sight = frozenset((*FIRST, *(name for name in field_specs() if name in problems or said.first(name))))
    return TeamForm(tuple(first), _organs(said, patient), tuple(touched), tuple(by_group), in_sight)


def _first(name: str, said: Said, problem: str, *, spread: bool = False) -> Markup:
    if name == "metastases":
        question = _situation(said, problem, spread=spread)
    else:
        question = _as_written(question_of(name, said, problem, plain=False))
    if name == "histologic_type":
        question = replace(question, kind="type", groups=())
    unit = "" if name == "age" else question.unit
    return fragment("cell", replace(question, ask=FIRST[name], unit=unit, expects=""))


def _cell(name: str, said: Said, problem: str) -> Markup:
    return fragment("cell", _as_written(question_of(name, said, problem, plain=False)))


@cache
def _untouched(name: str) -> Markup:
    return (_first if name in FIRST else _cell)(name, Said({}), "")


def _as_written(question: Question) -> Question:
    """A field and its codes in the words of teams."""
    question = replace(question, ask=_CALLED.get(question.name, question.ask))
    words = AS_WRITTEN.get(question.name)
    if words is None:
        return question
    groups = tuple(
        (title, tuple(Choice(c.value, words.get(c.value, c.label), c.chosen) for c in choices))
        for title, choices in question.groups
    )
    return replace(question, groups=groups)


def _situation(said: Said, problem: str, *, spread: bool) -> Question:
    """Whether it has spread, or come back; text that was written and could not be read is kept."""
    answer, spec = said.first("metastases"), field_specs()["metastases"]
    if (not answer and said.all("organ")) or (spread and answer not in _SITUATIONS):
        answer = "yes"
    elif answer in ("", "none") and said.first("local_recurrence") == "yes":
        answer = RECURRENT
    if answer and answer not in _SITUATIONS:
        return Question("metastases", "text", spec.label, spec.help, answer, problem=problem, expects=spec.example)
    choices = tuple(Choice(value, label, value == answer) for value, label in _SITUATIONS.items())
    return Question("metastases", "list", spec.label, spec.help, answer, groups=(("", choices),), problem=problem)


def _organs(said: Said, patient: Patient | None) -> tuple[Organ, ...]:
    """Organs with their months: those that were ticked, or those of a record that was written as text."""
    ticked = {organ: said.first(f"{organ}_months") or said.first("metastasis_months") for organ in said.all("organ")}
    if not ticked and patient is not None and said.first("metastases") not in ("", *_SITUATIONS):
        ticked = {m.organ: "" if m.months is None else f"{m.months:g}" for m in patient.metastases or ()}
    return tuple(Organ(organ, label, organ in ticked, ticked.get(organ, "")) for organ, label in ORGANS.items())


@cache
def type_list() -> Markup:
    """Names of the types to choose from, with an abbreviation; a name, an abbreviation or a code may be typed."""
    shown = (kind for kind in library().types.values() if not kind.out_of_scope)
    return fragment("type_list", [(kind.name, ", ".join(kind.abbreviations[:1])) for kind in shown])


@cache
def country_list(chosen: str) -> Markup:
    """Countries to choose from; `chosen` is the id of one that is known, or ""."""
    return fragment("country_list", countries(), chosen)
