"""`sarcoma outlook`: one person, or a table of people; its options derive from the Patient record."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sarcoma.cli._shared import keep_apart, print_json, progress
from sarcoma.errors import EarlierError, TableError

if TYPE_CHECKING:
    from sarcoma.models import Card
    from sarcoma.outlook import Outlook
    from sarcoma.outlook.table import TableOutlook
    from sarcoma.patient import Patient

LISTS = ("metastases", "treatments", "invasion")


def _run(
    file: Path | None,
    table: Path | None,
    mapping: str | None,
    sheet: str | None,
    header_row: int | None,
    out: Path | None,
    account: Path | None,
    force: bool,
    template: str | None,
    survival: bool | None,
    plain: bool,
    as_json: bool,
    card: list[Path] | None,
    country: str | None,
    since: Path | None,
    full: bool,
    section: list[str] | None,
    note: bool,
    fields: dict[str, Any],
) -> None:
    asked = _asked(full, section, note=note, plain=plain, survival=survival)
    if asked and (as_json or since is not None or table is not None):
        raise TableError(f"{asked[0]} goes without --json, --since and --table")
    given = {name: value for name, value in fields.items() if value not in (None, [], ())}
    if template is not None:
        return _template(template)
    if table is not None:
        if file is not None or given or country is not None or since is not None:
            raise TableError(
                "--table goes alone: leave out --file, --country, --since and the fields of a single record"
            )
        return _table(table, mapping, out, account, as_json, card or [], sheet, header_row, force=force)
    if force or any(given is not None for given in (mapping, out, account, sheet, header_row)):
        raise TableError("--mapping, --out, --account, --force, --sheet and --header-row go with --table")
    own = _own_cards(card or [])
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
    if as_json:
        from sarcoma.report import as_data

        print_json(as_data(result, country=country))
    elif note:
        from sarcoma.report.note import note as hospital_note

        print(hospital_note(result, survival=bool(survival)), end="")
    elif asked:
        _whole(result, section or [], survival=bool(survival), plain=plain, country=country)
    else:
        _screen(result, survival=survival, plain=plain, country=country)
    return None


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
    result = table_outlook(frame, known, lambda models: progress(models, "Models"), own)
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


def outlook_command(arguments: Sequence[str] | None = None) -> Any:
    """The command with an option for every field of the record, derived from the schema.

    arguments : those of the command line: unless help is asked for, only the fields that they name are described.
    """
    from sarcoma.patient import field_specs
    from sarcoma.report.text import SECTIONS

    specs, sections = field_specs(), ", ".join(SECTIONS)
    given = None if arguments is None or {"--help", "-h"} & {*arguments} else {a.partition("=")[0] for a in arguments}

    def command(**options: Any) -> None:
        fields = {name: options.pop(f"field_{name}", None) for name in specs}
        _run(**options, fields=fields)

    own: list[tuple[str, Any, Any]] = [
        ("file", Path | None, typer.Option(None, "--file", help="One record as JSON (sarcoma schema describes it).")),
        ("table", Path | None, typer.Option(None, "--table", help="Many records: a CSV or Parquet file.")),
        ("mapping", str | None, typer.Option(None, "--mapping", help="What the table's columns mean (YAML), or tcga.")),
        ("sheet", str | None, typer.Option(None, "--sheet", help="Of a spreadsheet: its sheet, by name or number.")),
        ("header_row", int | None, typer.Option(None, "--header-row", min=1, help="The row of the headings, from 1.")),
        ("out", Path | None, typer.Option(None, "--out", help="Where the table's outlooks go (.parquet or .csv).")),
        ("account", Path | None, typer.Option(None, "--account", help="Where the account of unread cells goes.")),
        ("force", bool, typer.Option(False, "--force", help="Replace files that are there already, without asking.")),
        (
            "card",
            list[Path] | None,
            typer.Option(None, "--card", help="A model card of one's own (YAML), beside those shipped."),
        ),
        ("template", str | None, typer.Option(None, "--template", help="Print an empty table to fill in: csv.")),
        (
            "survival",
            bool | None,
            typer.Option(
                None, "--survival/--no-survival", help="Show survival figures; asked at a terminal otherwise."
            ),
        ),
        (
            "country",
            str | None,
            typer.Option(None, "--country", help="Your country: what its regulators decided on a treatment is first."),
        ),
        (
            "since",
            Path | None,
            typer.Option(None, "--since", help="An earlier outlook (its JSON): what differs since then, and why."),
        ),
        ("full", bool, typer.Option(False, "--full", help="Print the whole report in place of one screen.")),
        (
            "section",
            list[str] | None,
            typer.Option(
                None, "--section", metavar="NAME", help=f"Print one part of the whole (several allowed): {sections}."
            ),
        ),
        ("note", bool, typer.Option(False, "--note", help="Print at most eight lines for a hospital's notes.")),
        ("plain", bool, typer.Option(False, "--plain", help="Plain words for lay readers.")),
        ("as_json", bool, typer.Option(False, "--json", help="Print everything as JSON, unrounded, with origins.")),
    ]
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=kind)
        for name, kind, option in own
    ]
    for name, spec in specs.items():
        flag = "--" + (spec.flag or name).replace("_", "-")
        if given is not None and flag not in given:
            continue
        detail = spec.expects() if spec.code_list() or spec.low is not None else f"e.g. {spec.example}"
        text = f"{spec.help} [{detail}]"
        kind = list[str] | None if name in LISTS else str | None
        parameters.append(
            inspect.Parameter(
                f"field_{name}",
                inspect.Parameter.KEYWORD_ONLY,
                default=typer.Option(None, flag, help=text, rich_help_panel=spec.group, metavar="TEXT"),
                annotation=kind,
            )
        )
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = _OUTLOOK_HELP
    return command


_OUTLOOK_HELP = """The outlook of one person, or of a table of people.

Example:

    sarcoma outlook --age 62 --type leiomyosarcoma --site "lower limb" --size 7 --grade 3 --surgery resected

    sarcoma outlook --file record.json --section treatments --section where

    sarcoma outlook --file record.json --json > march.json

    sarcoma outlook --file record.json --metastasis lung@14 --since march.json

One screen by default; --full prints the whole report, --section one part of it. Every field may be left out or be
"unknown". Survival figures appear only with --survival, or after a yes at the
terminal.
"""
