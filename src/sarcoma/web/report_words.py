"""Reading a report: what the record's fields are called in reports, where they stand, and what the words there mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sarcoma.patient import FieldSpec, field_specs
from sarcoma.patient.fields import InReports, ReportKind
from sarcoma.wording.language import N_, _

REPORTS: Mapping[ReportKind, tuple[str, str]] = {
    "pathology": (
        N_("The report of the pathologist"),
        N_("It tells what was seen under the microscope. Look for the last part, called “diagnosis” or “conclusion”."),
    ),
    "scan": (
        N_("The report of a scan"),
        N_("An MRI, a CT or a PET scan. Look for “findings”, and for “impression” at the end."),
    ),
    "operation": (N_("The report of the operation"), N_("It tells what was taken out, and how.")),
    "marker": (
        N_("Tests of genes and proteins"),
        N_("They stand in the report of the pathologist, or in a report of their own that comes later."),
    ),
    "any": (N_("In any letter"), N_("Letters of the clinic sum up what the other reports say.")),
}
"""Kind of report → its name, and where to look in it. Each field stands under the first that holds it."""

_PLAIN_WORDS = frozenset(("yes", "no", "none", "done", "removed", "other", "another", "first", "man", "woman", "0%"))
"""Answers to a question, which no report writes for a finding."""

_ANSWERS = re.compile(r"(?:yes|no|not|it|nobody|the first)\b")
"""How plain words begin that answer our own question, and say little without it."""


@dataclass(frozen=True, slots=True)
class WordsOfCode:
    """What reports write for one finding, and what it means."""

    words: tuple[str, ...]
    means: str


@dataclass(frozen=True, slots=True)
class FieldInReports:
    """One field: its name, what reports call it, in which others it stands, and the words of its findings."""

    name: str
    asks: str
    explains: str
    asked: bool
    called: tuple[str, ...]
    too: tuple[str, ...]
    codes: tuple[WordsOfCode, ...]


def by_report() -> list[tuple[str, str, list[FieldInReports]]]:
    """Every field that a report holds, by the report in which to look first."""
    found: dict[ReportKind, list[FieldInReports]] = {kind: [] for kind in REPORTS}
    for name, spec in field_specs().items():
        if spec.report is not None:
            found[spec.report.stands_in[0]].append(_in_reports(name, spec, spec.report))
    return [(_(REPORTS[kind][0]), _(REPORTS[kind][1]), fields) for kind, fields in found.items() if fields]


def _in_reports(name: str, spec: FieldSpec, report: InReports) -> FieldInReports:
    return FieldInReports(
        name,
        _(spec.label),
        _(spec.why or spec.help),
        spec.ask is not None,
        tuple(_(word) for word in report.called),
        tuple(_(REPORTS[kind][0]) for kind in report.stands_in[1:] if kind != "any"),
        tuple(_codes(spec)) if spec.kind == "code" else (),
    )


def _codes(spec: FieldSpec) -> list[WordsOfCode]:
    """The words that the record reads for each code, but for answers to our own question."""
    found = []
    for code, about in spec.codes.items():
        means = about.label if about.plain is None or _ANSWERS.match(about.plain) else about.plain
        written = (code, *about.words)
        words = tuple(dict.fromkeys(_as_written(w) for w in written if _stands_in_reports(w)))
        found.append(WordsOfCode(words, _(means)))
    return found


def _stands_in_reports(word: str) -> bool:
    return (word.casefold() not in _PLAIN_WORDS and len(word) > 1) or word.isupper() or word.isdigit()


def _as_written(word: str) -> str:
    """A word as reports print it: short codes in capitals."""
    return word.upper() if re.fullmatch(r"[a-z]{1,2}\d?|i{1,3}|iv", word) else word.replace("-", " ")
