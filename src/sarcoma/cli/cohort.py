"""`sarcoma cohort …`: many people."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sarcoma.cli._shared import Json, app, print_json, progress

if TYPE_CHECKING:
    from sarcoma.cohort import Cohort

commands = typer.Typer(
    help="Many people: read a registry's files, check them, describe the course of the disease.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(commands, name="cohort")


@commands.callback()
def _many() -> None:
    gc.enable()  # unlike the other commands these run for long


@commands.command("read")
def read(
    source: Annotated[Path, typer.Argument(help="A table (CSV, Parquet, Excel), or a folder of a known publisher.")],
    to: Annotated[Path, typer.Option("--to", help="The folder that the standard cohort goes to.")],
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", help="What the columns mean (YAML), or tcga-sarc, msk-met."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn a registry's files into a standard cohort; rows in = rows used + rows refused, by reason.

    Example: sarcoma cohort read registry.csv --mapping registry.yaml --to cohort
    """
    from sarcoma.cohort import make_cohort, open_source, read_cohort_map

    known = read_cohort_map(mapping) if mapping is not None else None
    tables = open_source(source)
    cohort = make_cohort(tables, known, lambda rows: progress(rows, "Patients", tables.main.height))
    cohort.write(to)
    if as_json:
        print_json({"to": str(to), "patients": len(cohort), **cohort.about.model_dump(mode="json", exclude_none=True)})
    else:
        print(_account(cohort, to), end="")


def _account(cohort: Cohort, to: Path) -> str:
    from sarcoma.report.page import Page

    about, page = cohort.about, Page()
    page.heading(about.name)
    page.text(f"Rows in {about.rows_in:,} = rows used {about.rows_used:,} + rows refused {about.rows_refused:,}")
    for title, parts in (("Refused", about.refused), ("Cells that could not be read", about.unread_cells)):
        if parts:
            page.blank()
            page.subheading(title)
            for part in parts:
                page.item(f"{part.count:,} × {part.reason}")
    if about.disagreements:
        page.blank()
        page.subheading("Where two sources say the same, or not")
        for d in about.disagreements:
            text = f"{d.what}: {d.sources[0]} and {d.sources[1]}: both in {d.both:,}, different in {d.differ:,}"
            page.item(f"{text}; only the first in {d.only[0]:,}, only the second in {d.only[1]:,}")
    page.blank()
    counts = dict(cohort.events["event"].value_counts(sort=True).iter_rows())
    page.text("Events: " + ", ".join(f"{n:,} {event}" for event, n in counts.items()) + ".")
    page.text(
        f"Written: {to.name}/patients.parquet, events.parquet, cohort.yaml. Times are months since: {about.origin}."
    )
    return str(page)
