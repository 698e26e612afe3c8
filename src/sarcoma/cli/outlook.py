"""`sarcoma outlook`: what the options ask for – one outlook, a comparison, or a table of people."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma.cli._own_cards import own_cards
from sarcoma.errors import EarlierError, TableError

if TYPE_CHECKING:
    from sarcoma.exchange import Reading
    from sarcoma.models import Card
    from sarcoma.outlook import Outlook
    from sarcoma.patient import Patient


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
        from sarcoma.cli.outlook_table import outlook_table

        return outlook_table(table, mapping, out, place, as_json, card or [], sheet, header_row, force=force)
    told = account if fhir is None else None
    if force or any(given is not None for given in (mapping, out, told, sheet, header_row)):
        raise TableError("--mapping, --out, --account, --force, --sheet and --header-row go with --table")
    if fhir is None and (condition is not None or codes is not None):
        raise TableError("--condition and --codes go with --fhir")
    if fhir is not None and file is not None:
        raise TableError("--fhir and --file do not go together: choose one")
    own = own_cards(card or [])
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
