"""Commands that look things up: origins, models, types, people to talk to, the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sarcoma.cli._shared import Json, app, as_written, print_json, say


@app.command()
def why(
    key: Annotated[
        str,
        typer.Argument(help="The key in brackets beside a figure, such as B21; or a code, such as SCT:94391008."),
    ],
    country: Annotated[
        str | None, typer.Option("--country", help="Your country: what its regulators decided on a treatment is first.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Open the origin of a figure: fact, source, card, arithmetic.

    Example: sarcoma why kattan-2002
    """
    from sarcoma.outlook import why as open_origin
    from sarcoma.report.origin import origin_data, origin_text

    if ":" in key:
        from sarcoma.exchange import code_tables, omop_codes
        from sarcoma.report.reading import codes_data, codes_text

        tables = omop_codes() if key.strip().upper().startswith("OMOP:") else code_tables()
        codes = tables.entries(key)
        return print_json(codes_data(codes)) if as_json else say(codes_text(codes), end="")
    origin = open_origin(key)
    if as_json:
        print_json(origin_data(origin))
    else:
        say(origin_text(origin, country), end="")
    return None


@app.command()
def models(
    model: Annotated[
        str | None, typer.Argument(metavar="ID", help="One model, such as kattan-2002, or a card of one's own (.yaml).")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the model cards, or show one.

    Example: sarcoma models kattan-2002
    """
    from sarcoma.models import card, cards, read_card
    from sarcoma.report.cards import card_text, cards_text

    if model is None:
        if as_json:
            listed = [c.model_dump(mode="json", by_alias=True, exclude_none=True) for c in cards().values()]
            print_json({"models": listed})
        else:
            say(cards_text(), end="")
    else:
        shown = read_card(Path(model)) if model.endswith((".yaml", ".yml")) else card(model)
        if as_json:
            print_json(shown.model_dump(mode="json", by_alias=True, exclude_none=True))
        else:
            say(card_text(shown), end="")


@app.command()
def types(
    name: Annotated[str | None, typer.Argument(help="A name, an abbreviation or an ICD-O-3 code.")] = None,
    as_json: Json = False,
) -> None:
    """List the histologic types, or look one up.

    Example: sarcoma types LMS
    """
    from sarcoma.report.origin import types_data, types_text

    found = types_data(name)
    if as_json:
        print_json({"types": found})
    else:
        say(types_text(found), end="")


@app.command()
def people(
    country: Annotated[
        str | None, typer.Argument(help="A country, as people call it (UK, Deutschland); all if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """People to talk to: patient groups and helplines, by country, from their own pages.

    Example: sarcoma people Germany
    """
    from sarcoma.evidence import library
    from sarcoma.report.draft import Draft
    from sarcoma.report.text import organisations

    page = Draft()
    page.heading("People to talk to")
    if not organisations(page, country):
        page.text("No patient organisation is listed there yet. These work everywhere. Ask the cancer society, too.")
        country = "International"
        organisations(page, country)
    if as_json:
        found = library().organisations.values() if country is None else library().organisations_in(country)
        print_json({"organisations": [o.model_dump(mode="json") for o in found]})
    else:
        say(page, end="")


@app.command()
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the fields as a Markdown page.")] = False,
    as_json: Json = False,  # noqa: ARG001 - the schema is JSON already
) -> None:
    """Print the JSON Schema of the Patient record.

    Example: sarcoma schema > record.schema.json
    """
    from sarcoma.patient.template import json_schema, markdown_page

    if markdown:
        say(markdown_page(), end="")
    else:
        print(
            as_written(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        )  # a schema, which carries its own version
