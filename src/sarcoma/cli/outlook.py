"""`sarcoma outlook`: one person, or a table of people; its options derive from the Patient record."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sarcoma.errors import EarlierError, TableError

if TYPE_CHECKING:
    from sarcoma.exchange import Reading
    from sarcoma.models import Card
    from sarcoma.outlook import Outlook
    from sarcoma.outlook.table import TableOutlook
    from sarcoma.patient import FieldSpec, Patient

LISTS = ("metastases", "treatments", "invasion")


def run(
    *,
    file: Path | None = None,
    table: Path | None = None,
    mapping: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    out: Path | None = None,
    account: Path | bool | None = None,
    force: bool = False,
    fhir: Path | None = None,
    condition: str | None = None,
    codes: Path | None = None,
    template: str | None = None,
    survival: bool | None = None,
    plain: bool = False,
    as_json: bool = False,
    format: str | None = None,
    card: list[Path] | None = None,
    country: str | None = None,
    since: Path | None = None,
    full: bool = False,
    section: list[str] | None = None,
    note: bool = False,
    fields: dict[str, Any],
) -> None:
    """What the options ask for: one outlook, many, a comparison, a template."""
    asked = _asked(full, section, note=note, plain=plain, survival=survival)
    as_json, as_fhir = _format(format, as_json)
    if as_fhir and (asked or plain or since is not None or table is not None or account or country is not None):
        raise TableError(
            "--format fhir goes without --full, --section, --note, --plain, --since, --table, --account and --country"
        )
    if asked and (as_json or since is not None or table is not None):
        raise TableError(f"{asked[0]} goes without --json, --since and --table")
    given = {name: value for name, value in fields.items() if value not in (None, [], ())}
    if template is not None:
        return _template(template)
    if table is not None:
        if file is not None or given or country is not None or since is not None or fhir is not None:
            raise TableError(
                "--table goes alone: leave out --file, --fhir, --country, --since and the fields of a single record"
            )
        place = account if isinstance(account, Path) else None
        return _table(table, mapping, out, place, as_json, card or [], sheet, header_row, force=force)
    told = account if fhir is None else None
    if force or any(given is not None for given in (mapping, out, told, sheet, header_row)):
        raise TableError("--mapping, --out, --account, --force, --sheet and --header-row go with --table")
    if fhir is None and (condition is not None or codes is not None):
        raise TableError("--condition and --codes go with --fhir")
    if fhir is not None and file is not None:
        raise TableError("--fhir and --file do not go together: choose one")
    own = _own_cards(card or [])
    reading = _read_fhir(fhir, condition, codes, given.get("landmark_months")) if fhir is not None else None
    by_hand = tuple(given)
    if reading is not None:
        if account:
            return _tell_reading(reading, as_json=as_json)
        given = {**_record_of(reading), **given}
    from sarcoma.outlook import outlook_of
    from sarcoma.patient import Patient

    record = {**_read_case(file), **given} if file is not None else given
    if not record:
        raise TableError(
            "nothing is known yet: give at least one field, for example --type leiomyosarcoma (see --help)"
        )
    if country is not None:
        from sarcoma.evidence import library

        country = library().country(country).id
    patient = Patient(**record)
    if since is not None:
        return _since(since, patient, own, survival=bool(survival), plain=plain, as_json=as_json, country=country)
    result = outlook_of(patient, own)
    if as_fhir:
        from sarcoma.cli._shared import print_fhir
        from sarcoma.exchange import outlook_bundle

        print_fhir(outlook_bundle(result, reading, survival=bool(survival), instead=by_hand if reading else ()))
    elif as_json:
        from sarcoma.cli._shared import print_json
        from sarcoma.report import as_data

        told_of = {} if reading is None else {"reading": reading.as_json()}
        print_json({**as_data(result, country=country), **told_of})
    elif note:
        from sarcoma.report.note import note as hospital_note

        print(hospital_note(result, survival=bool(survival)), end="")
    elif asked:
        _whole(result, section or [], survival=bool(survival), plain=plain, country=country)
    else:
        _screen(result, survival=survival, plain=plain, country=country)
    return None


_FORMATS = ("text", "json", "fhir")


def _format(name: str | None, as_json: bool) -> tuple[bool, bool]:
    """Whether the outlook is printed as JSON, and whether as FHIR."""
    if name is None:
        return as_json, False
    if name not in _FORMATS:
        raise TableError(f"--format: there are {', '.join(_FORMATS)}, as in --format fhir")
    if as_json and name != "json":
        raise TableError(f"--json and --format {name} do not go together: choose one")
    return name == "json", name == "fhir"


def _read_fhir(path: Path, condition: str | None, codes: Path | None, landmark: Any) -> Reading:
    """A Bundle of one patient; how much of it was read goes to the standard error, without a value."""
    from sarcoma.errors import UnreadableError
    from sarcoma.exchange import code_tables, read_bundle
    from sarcoma.exchange.bundle import MOST_BYTES
    from sarcoma.patient import field_specs

    tables = code_tables() if codes is None else code_tables().with_file(codes)
    try:
        with path.open("rb") as file:
            source = file.read(MOST_BYTES + 1)
    except OSError:
        raise TableError(f"there is no file {path.name[:80]} that can be read") from None
    try:
        months = None if landmark is None else field_specs()["landmark_months"].clean(landmark)
    except UnreadableError:
        months = None  # a date, or nothing that a record takes: the record says so
    reading = read_bundle(source, condition=condition, codes=tables, landmark_months=months)
    if reading.unknown or reading.conflicts or reading.unread:
        from sarcoma.report.reading import reading_in_short

        print(reading_in_short(reading), file=sys.stderr)
    return reading


def _record_of(reading: Reading) -> dict[str, Any]:
    """The fields of a reading, as a record takes them."""
    said = ((name, getattr(reading.patient, name)) for name in reading.patient.model_fields_set)
    return {name: "unknown" if value is None else value for name, value in said}


def _tell_reading(reading: Reading, *, as_json: bool) -> None:
    """Where each field came from, what is not known and why, and what was not read."""
    from sarcoma.cli._shared import print_json, say

    if as_json:
        print_json({"reading": reading.as_json()})
        return
    from sarcoma.report.reading import reading_text

    say(reading_text(reading), end="")


def _asked(full: bool, section: list[str] | None, *, note: bool, plain: bool, survival: bool | None) -> list[str]:
    """What was asked for in place of the screen; only one of them goes, and only a section that there is."""
    from sarcoma.report.text import SECTIONS

    ways = {"--full": full, "--section": section, "--note": note}
    asked = [name for name, value in ways.items() if value]
    if len(asked) > 1:
        raise TableError(f"{asked[0]} and {asked[1]} do not go together: choose one")
    for name in section or []:
        if name not in SECTIONS:
            raise TableError(f"there is no such section; there are {', '.join(SECTIONS)}")
    if survival is False and "survival" in (section or []):
        raise TableError("--section survival and --no-survival do not go together: choose one")
    if note and plain:
        raise TableError("--note is for sarcoma teams: leave out --plain")
    return asked


def _since(
    path: Path, patient: Patient, own: list[Card], *, survival: bool, plain: bool, as_json: bool, country: str | None
) -> None:
    """What differs since an earlier outlook; as JSON, the outlook of today with the comparison in it."""
    from sarcoma.outlook import outlook_of
    from sarcoma.outlook.earlier import MOST_BYTES, earlier_of_json
    from sarcoma.report import as_data, since_data, since_earlier, since_text

    try:
        with path.open("rb") as file:
            earlier = earlier_of_json(file.read(MOST_BYTES + 1))
    except OSError:
        raise TableError(f"there is no file {path.name[:80]} that can be read") from None
    except EarlierError as error:
        raise EarlierError(error.reason, f"{path.name[:80]}: {error}") from None
    now = as_data(outlook_of(patient, own), country=country)
    found = since_earlier(earlier, patient, now, own, survival=survival)
    if as_json:
        from sarcoma.cli._shared import print_json

        print_json({**now, "since": since_data(found)})
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(since_text(found, plain=plain).document().text(colour=colour), end="")


def _own_cards(paths: list[Path]) -> list[Card]:
    if not paths:
        return []
    from sarcoma.models import cards, read_card

    found = [read_card(path) for path in paths]
    taken = {*cards()}
    for card in found:
        if card.id in taken:
            raise TableError(f"the model {card.id} is there already; give the card another id")
        taken.add(card.id)
    return found


def _read_case(path: Path) -> dict[str, Any]:
    """A record from a JSON file, by the names of the fields."""
    from sarcoma.patient.field_file import field_names
    from sarcoma.patient.words import normal

    try:
        if path.stat().st_size > 1_000_000:
            raise TableError(f"{path.name[:80]}: too large for one record")
        data = json.loads(path.read_bytes(), object_pairs_hook=_unique)  # UTF-8 or UTF-16, with its mark or without
    except OSError:
        raise TableError(f"there is no file {path.name[:80]} that can be read") from None
    except (ValueError, RecursionError):
        raise TableError(
            f'{path.name[:80]}: this is not JSON such as {{"age": 62, "type": "leiomyosarcoma"}}'
        ) from None
    if not isinstance(data, dict):
        raise TableError(f'{path.name[:80]}: a record is one JSON object, such as {{"age": 62}}')
    data.pop("$schema", None)
    named = {field_names().get(normal(str(name)), str(name)): value for name, value in data.items()}
    return named if len(named) == len(data) else data  # two names of one field: the record says so


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _screen(result: Outlook, *, survival: bool | None, plain: bool, country: str | None) -> None:
    """The outlook on one screen; at a terminal survival is asked for, and told beneath."""
    from sarcoma.report.brief import Brief
    from sarcoma.report.document import Document

    brief = Brief(result, plain=plain, survival=bool(survival), colour=_colour(), country=country)
    print(brief, end="")
    if survival is None and sys.stdout.isatty() and sys.stdin.isatty():
        question = (
            "\nDo you want to see survival figures? Many people do not, and you can come back later."
            if plain
            else "\nShow survival figures?"
        )
        import typer

        if typer.confirm(question, default=False):
            told = Brief(result, plain=plain, survival=True).survival_blocks(_SURVIVAL_LINES)
            print()
            print(Document("", "", told).text(colour=_colour()), end="")


_SURVIVAL_LINES = 20


def _whole(result: Outlook, sections: list[str], *, survival: bool, plain: bool, country: str | None) -> None:
    """The whole report, or parts of it; who names the part on survival has asked for it, and for that part alone."""
    from sarcoma.report import TextReport
    from sarcoma.report.draft import Draft
    from sarcoma.report.text import SECTIONS

    page = Draft()
    if not sections:
        TextReport(result, plain=plain, survival=survival, page=page, country=country).write()
    for name in (name for name in SECTIONS if name in sections):
        asked = survival or name == "survival"
        TextReport(result, plain=plain, survival=asked, page=page, country=country).write_section(name)
    print(page.document().text(colour=_colour()), end="")


def _template(kind: str) -> None:
    if kind != "csv":
        raise TableError("the template is csv: sarcoma outlook --template csv")
    from sarcoma.patient.template import csv_template

    print(csv_template(), end="")


def _table(
    table: Path,
    mapping: str | None,
    out: Path | None,
    account: Path | None,
    as_json: bool,
    cards: list[Path],
    sheet: str | None,
    header_row: int | None,
    *,
    force: bool,
) -> None:
    from sarcoma._files import format_of
    from sarcoma._tables import read_table
    from sarcoma.cli._shared import keep_apart, print_json, progress
    from sarcoma.outlook.table import table_outlook, write_account, write_frame
    from sarcoma.patient.mapping import read_mapping

    if out is None:
        raise TableError("say where the outlooks go, for example --out outlooks.parquet")
    place = account or out.with_suffix(".account.csv")
    inputs = {"--table": table, "--mapping": mapping, **{f"--card {path.name[:80]}": path for path in cards}}
    keep_apart({"--out": out, "--account": place}, inputs, force=force)
    format_of(out, (".parquet", ".csv"), "--out")
    format_of(place, (".csv",), "--account")
    own = _own_cards(cards)
    known = read_mapping(mapping) if mapping is not None else None
    if known is not None:
        sheet, header_row = sheet or known.sheet, header_row or known.header_row
    frame = read_table(table, sheet=sheet, header_row=header_row)
    result = table_outlook(frame, known, lambda rows: progress(rows, "Records", frame.height), own)
    write_frame(result.frame, out)
    write_account(result.account, place)
    summary = _summary(result)
    if as_json:
        print_json({**summary, "out": str(out), "account": str(place)})
    else:
        _print_summary(summary, out, place)


def _summary(result: TableOutlook) -> dict[str, Any]:
    import numpy as np

    account = result.account
    models: dict[str, Any] = {}
    for card_id, said in result.predictions.items():
        values = said.value[said.status == 1]
        models[card_id] = {
            "applies": int((said.status == 1).sum()),
            "does_not_apply": int((said.status == 0).sum()),
            "cannot_tell": int((said.status == -1).sum()),
            "as_a_range": int((np.isnan(values[:, -1]) if len(values) else np.array([])).sum()),
            "probability_of": said.card.outcome.probability_of,
            "horizon_months": said.horizons_months[-1],
            "quartiles": [round(float(q), 4) for q in np.nanquantile(values[:, -1], [0, 0.25, 0.5, 0.75, 1])]
            if np.isfinite(values).any()
            else None,
        }
    return {
        "rows_in": account.rows_in,
        "rows_out": account.rows_out,
        "rows_refused": account.rows_refused,
        "refused_because": dict(account.reasons(refused=True)),
        "cells_left_unknown": dict(account.reasons(refused=False)),
        "models": models,
    }


def _print_summary(summary: dict[str, Any], out: Path, account: Path) -> None:
    from sarcoma.report.draft import Draft

    page = Draft()
    page.heading("Outlooks for a table")
    page.text(
        f"Rows in {summary['rows_in']:,} = rows out {summary['rows_out']:,} + rows refused {summary['rows_refused']:,}"
    )
    for title, key in (
        ("Refused", "refused_because"),
        ("Cells that could not be read, left unknown", "cells_left_unknown"),
    ):
        if summary[key]:
            page.blank()
            page.subheading(title)
            for reason, count in summary[key].items():
                page.item(f"{count:,} × {reason}")
    page.blank()
    page.subheading("Models")
    for card_id, row in summary["models"].items():
        text = f"{card_id}: applies {row['applies']:,}, does not {row['does_not_apply']:,}"
        text += f", cannot tell {row['cannot_tell']:,}"
        if row["as_a_range"]:
            text += f"; a range for {row['as_a_range']:,}"
        if row["quartiles"]:
            spread = " · ".join(f"{100 * q:.0f}%" for q in row["quartiles"])
            word = "event" if row["probability_of"] == "event" else "no event"
            text += f"; {word} at {row['horizon_months']:g} months, least to greatest by quarters: {spread}"
        page.item(text)
    page.blank()
    page.text(f"Written: {out.name} (probabilities 0–1) and {account.name} (what could not be read).")
    print(page, end="")


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
