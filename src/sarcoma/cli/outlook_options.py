"""The options of `sarcoma outlook`: its own, and one a field of the record; read plainly, or by Typer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sarcoma.patient import FieldSpec

LISTS = ("metastases", "treatments", "invasion")


class _Option(NamedTuple):
    """An option of the command: what it is called, what its value is, and what is said of it."""

    name: str
    kind: Any
    flag: str
    help: str
    more: Mapping[str, Any] = {}

    @property
    def switches(self) -> tuple[tuple[str, bool], ...]:
        """The words that need no value behind them, and what each means."""
        return tuple(zip(self.flag.split("/"), (True, False), strict=False)) if self.kind in (bool, bool | None) else ()


_OPTIONS = (
    _Option("file", Path | None, "--file", "One record as JSON (sarcoma schema describes it)."),
    _Option("table", Path | None, "--table", "Many records: a CSV or Parquet file."),
    _Option("mapping", str | None, "--mapping", "What the table's columns mean (YAML), or tcga."),
    _Option("sheet", str | None, "--sheet", "Of a spreadsheet: its sheet, by name or number."),
    _Option("header_row", int | None, "--header-row", "The row of the headings, from 1.", {"min": 1}),
    _Option("out", Path | None, "--out", "Where the table's outlooks go (.parquet or .csv)."),
    _Option(
        "account",
        Path | None,
        "--account",
        "Where the account of a table's unread cells goes; with --fhir, alone: print where each field came from.",
    ),
    _Option("fhir", Path | None, "--fhir", "One person as a Bundle of FHIR R4 (mCODE), such as bundle.json."),
    _Option("condition", str | None, "--condition", "Which condition of the Bundle is the sarcoma.", {"metavar": "ID"}),
    _Option("codes", Path | None, "--codes", "Code tables of one's own (YAML), before those shipped."),
    _Option("force", bool, "--force", "Replace files that are there already, without asking."),
    _Option("card", list[Path] | None, "--card", "A model card of one's own (YAML), beside those shipped."),
    _Option("template", str | None, "--template", "Print an empty table to fill in: csv."),
    _Option(
        "survival",
        bool | None,
        "--survival/--no-survival",
        "Show survival figures; asked at a terminal otherwise.",
    ),
    _Option("country", str | None, "--country", "Your country: what its regulators decided on a treatment is first."),
    _Option("since", Path | None, "--since", "An earlier outlook (its JSON): what differs since then, and why."),
    _Option("full", bool, "--full", "Print the whole report in place of one screen."),
    _Option(
        "section",
        list[str] | None,
        "--section",
        "Print one part of the whole (several allowed): {sections}.",
        {"metavar": "NAME"},
    ),
    _Option("note", bool, "--note", "Print at most eight lines for a hospital's notes."),
    _Option("plain", bool, "--plain", "Plain words for lay readers."),
    _Option("as_json", bool, "--json", "Print everything as JSON, unrounded, with origins."),
    _Option(
        "format",
        str | None,
        "--format",
        "text, json, or fhir: a FHIR R4 Bundle with a RiskAssessment a model and time.",
    ),
)

_ACCOUNT_OF_FHIR = _Option(
    "account",
    bool,
    "--account",
    "Print where each field of the Bundle came from, what is not known and why, in place of the outlook.",
)
"""Beside --fhir: of a table the account is a file that is written, of a Bundle it is what is printed."""


def _flag(name: str, spec: FieldSpec) -> str:
    """The option of a field."""
    return "--" + (spec.flag or name).replace("_", "-")


def given_plainly(arguments: Sequence[str]) -> dict[str, Any] | None:
    """What `run` is to do, where an outlook is asked for plainly; None where Typer has to read the command line.

    Plainly: every word is an option as it is listed, with a separate value behind it where it takes one. Typer, which
    takes longer to load than the outlook to be made, reads the same in the same way, and also everything else: help,
    `--option=value`, values that begin with a dash, a Bundle of FHIR, mistakes.
    """
    if not arguments or arguments[0] != "outlook" or "--fhir" in arguments:
        return None
    given: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    switches = {word: (option.name, on) for option in _OPTIONS for word, on in option.switches}
    own = {option.flag: option for option in _OPTIONS if not option.switches and option.kind != int | None}
    words = iter(arguments[1:])
    for word in words:
        if word in switches:
            name, on = switches[word]
            given[name] = on
            continue
        value = next(words, "")
        if not value.isprintable() or value[:1] in ("", "-"):
            return None
        if word in own:
            option = own[word]
            read = Path(value) if option.kind in (Path | None, list[Path] | None) else value
            several = option.kind in (list[Path] | None, list[str] | None)
            given[option.name] = [*given.get(option.name, ()), read] if several else read
        elif (field := _fields_by_flag().get(word)) is not None:
            fields[field] = [*fields.get(field, ()), value] if field in LISTS else value
        else:
            return None
    return {**given, "fields": fields}


@cache
def _fields_by_flag() -> dict[str, str]:
    from sarcoma.patient import field_specs

    return {_flag(name, spec): name for name, spec in field_specs().items()}


def outlook_command(arguments: Sequence[str] | None = None) -> Any:
    """The command for Typer, with an option for every field of the record, derived from the schema.

    arguments : those of the command line: unless help is asked for, only the options that they name are described.
    """
    import inspect

    import typer

    from sarcoma.patient import field_specs
    from sarcoma.report.text import SECTIONS

    specs, sections = field_specs(), ", ".join(SECTIONS)
    given = None if arguments is None or {"--help", "-h"} & {*arguments} else {a.partition("=")[0] for a in arguments}

    def command(**options: Any) -> None:
        fields = {name: options.pop(f"field_{name}", None) for name in specs}
        from sarcoma.cli.outlook import run

        run(**options, fields=fields)

    def parameter(name: str, kind: Any, flag: str, default: Any, **more: Any) -> None:
        if given is None or given.intersection(flag.split("/")):
            option = typer.Option(default, flag, **more)
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=kind))

    parameters: list[inspect.Parameter] = []
    of_fhir = given is not None and "--fhir" in given
    for listed in _OPTIONS:
        option = _ACCOUNT_OF_FHIR if of_fhir and listed.name == "account" else listed
        text = option.help.format(sections=sections)
        parameter(
            option.name, option.kind, option.flag, False if option.kind is bool else None, help=text, **option.more
        )
    for name, spec in specs.items():
        detail = spec.expects() if spec.code_list() or spec.low is not None else f"e.g. {spec.example}"
        kind = list[str] | None if name in LISTS else str | None
        shown = {"help": f"{spec.help} [{detail}]", "rich_help_panel": spec.group, "metavar": "TEXT"}
        parameter(f"field_{name}", kind, _flag(name, spec), None, **shown)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = _OUTLOOK_HELP
    return command


_OUTLOOK_HELP = """The outlook of one person, or of a table of people.

Example:

    sarcoma outlook --age 62 --type leiomyosarcoma --site "lower limb" --size 7 --grade 3 --surgery resected

    sarcoma outlook --file record.json --section treatments --section where

    sarcoma outlook --fhir bundle.json --account

    sarcoma outlook --file record.json --json > march.json

    sarcoma outlook --file record.json --metastasis lung@14 --since march.json

One screen by default; --full prints the whole report, --section one part of it. Every field may be left out or be
"unknown". Survival figures appear only with --survival, or after a yes at the
terminal.
"""
