"""`sarcoma score`: a file of people through one model, in an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sarcoma.cli._shared import Force, Json, Master, app, keep_apart, print_json, say
from sarcoma.errors import TableError


@app.command()
def score(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="One model, such as kattan-2002, or a card (.yaml).")],
    source: Annotated[
        str,
        typer.Option("--in", help="Rows of people: .parquet, .csv, .duckdb, or postgresql://host/name."),
    ],
    to: Annotated[Path | None, typer.Option("--out", help="Where the scored rows go (.parquet).")] = None,
    engine: Annotated[str, typer.Option("--engine", help="What works it out: polars, duckdb or spark.")] = "polars",
    master: Master = None,
    mapping: Annotated[
        str | None, typer.Option("--map", help="What the columns mean (YAML), or tcga: text, dates, other units.")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--from", help="Of a database: its table or view, such as registry.people.")
    ] = None,
    identifier: Annotated[str | None, typer.Option("--id", help="A column in which nothing may stand twice.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the query in place of running it; it holds words of the table.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Score a file of people by one model, in an engine that needs no more memory than it has.

    Numbers must be numbers, and times months; everything else is in words that a field understands. Rows in = rows
    scored + rows refused, by reason.

    With --map, and for a course of several states, the rows run in batches. Spark also reads a folder of Parquet files,
    and writes one.

    Example: sarcoma score kattan-2002 --in people.parquet --out scored.parquet --engine duckdb
    """
    from sarcoma._files import format_of
    from sarcoma.models import card, read_card
    from sarcoma.patient.mapping import read_mapping
    from sarcoma.scale.scored_file import explained, score_file

    known = read_card(Path(model)) if model.endswith((".yaml", ".yml")) else card(model)
    if explain:
        if mapping is not None:
            raise TableError("--explain: with --map the rows run in batches, and there is no query")
        say(explained(known, source, engine, master, table=table))
        return
    if to is None:
        raise TableError("say where the scored rows go, for example --out scored.parquet")
    local = None if "://" in source else source
    keep_apart({"--out": to}, {"--in": local, "--map": mapping}, force=force)
    format_of(to, (".parquet",), "--out")
    own = read_mapping(mapping) if mapping is not None else None
    found = score_file(known, source, to, engine, master, mapping=own, table=table, one_row_each=identifier)
    account = found.account
    if as_json:
        print_json(
            {
                "model": known.id,
                "engine": engine,
                "rows_in": account.rows_in,
                "rows_out": account.rows_out,
                "rows_refused": account.rows_refused,
                "refused_because": dict(account.refused_because),
                "cells_left_unknown": dict(account.cells_left_unknown),
                "applies": found.applies,
                "does_not_apply": found.does_not_apply,
                "cannot_tell": found.cannot_tell,
                "out": str(to),
            }
        )
        return
    say(f"Rows in {account.rows_in:,} = rows scored {account.rows_out:,} + rows refused {account.rows_refused:,}")
    for title, reasons in (
        ("Refused", account.refused_because),
        ("Cells that could not be read, left unknown", account.cells_left_unknown),
    ):
        if reasons:
            say(f"\n{title}")
            for reason, count in reasons.items():
                say(f"  {count:,} × {reason}")
    say(
        f"\n{known.id}: applies {found.applies:,}, does not {found.does_not_apply:,}, cannot tell {found.cannot_tell:,}"
    )
    say(f"Written: {to.name} (probabilities 0–1)")
