"""`sarcoma cohort …`: many people."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sarcoma._files import format_of, write_file
from sarcoma.cli._shared import (
    Engine,
    Force,
    HeaderRow,
    Json,
    Master,
    Sheet,
    app,
    check_master,
    keep_apart,
    print_json,
    progress,
    say,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sarcoma.cohort import Cohort, Description, Source

commands = typer.Typer(
    help="Many people: read a registry's files, check them, describe the course of the disease.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(commands, name="cohort")
_REPORTS = (".html", ".json", ".csv")


@commands.callback()
def _many() -> None:
    gc.enable()  # unlike the other commands these run for long


@commands.command("read")
def read(
    source: Annotated[
        str,
        typer.Argument(
            help="A table (CSV, Parquet, Excel), a folder of a publisher, of FHIR (NDJSON) or of OMOP (Parquet), or "
            "the address of an OMOP database (postgresql://…?schema=cdm)."
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="The folder that the standard cohort goes to.")],
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", help="What the columns mean (YAML), or tcga-sarc, msk-met."),
    ] = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    known_types_only: Annotated[
        bool, typer.Option("--known-types-only", help="Refuse rows whose histologic type is not recognised.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.001, help="Seconds that a query of a database may take (600).")
    ] = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", help="Your own file (YAML) of what concepts of a database mean.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Turn a registry's files into a standard cohort; rows in = rows used + rows refused, by reason.

    Example: sarcoma cohort read registry.csv --mapping registry.yaml --to cohort
    """
    from sarcoma.cohort import follow_up_of, histories_of, make_cohort, open_source, read_cohort_map
    from sarcoma.cohort.folder import FILES
    from sarcoma.exchange import cohort_source

    keep_apart(
        {f"--to {name}": to / name for name in FILES},
        {"the source": source, "--mapping": mapping, "--codes": codes},
        force=force,
    )

    known = read_cohort_map(mapping) if mapping is not None else None
    if known is not None:
        sheet, header_row = sheet or known.sheet, header_row or known.header_row
    tables = open_source(
        source, sheet=sheet, header_row=header_row, more=(cohort_source,), timeout=timeout, codes=codes
    )
    if known_types_only:
        known = known or tables.mapping
        known = known.model_copy(update={"known_types_only": True}) if known is not None else None
    cohort = make_cohort(tables, known, lambda rows: progress(rows, "Patients", tables.main.height))
    cohort.write(to, histories=histories_of(cohort), follow_up=follow_up_of(cohort))
    if as_json:
        contents = {part.name: {"rows": part.rows, "columns": len(part.columns)} for part in tables.contents}
        about = cohort.about.model_dump(mode="json", exclude_none=True)
        print_json({"to": str(to), "found": contents, "patients": len(cohort), **about})
    else:
        say(_account(tables, cohort, to), end="")


@commands.command("simulate")
def simulate(
    to: Annotated[Path, typer.Option("--to", help="Where the table goes (.csv or .parquet).")],
    patients: Annotated[int, typer.Option("--patients", min=1, max=10_000_000, help="How many.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same table.")] = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make up a registry's table to try the other commands on; read it with --mapping simulated.

    Example: sarcoma cohort simulate --patients 2000 --to registry.csv
    """
    kind = format_of(to, (".csv", ".parquet"))
    from sarcoma.cohort import simulated_table
    from sarcoma.outlook.table import write_frame

    keep_apart({"--to": to}, {}, force=force)
    table = simulated_table(patients, seed=seed)
    write_frame(table, to, as_csv=kind == ".csv")
    if as_json:
        print_json({"to": str(to), "patients": table.height, "columns": table.columns})
    else:
        say(f"Written: {to.name}, {table.height:,} made-up patients. sarcoma cohort read {to.name} --mapping simulated")


@commands.command("map")
def draft(
    table: Annotated[str, typer.Argument(help="A table with one row a patient, or a cBioPortal study folder.")],
    to: Annotated[Path | None, typer.Option("--to", help="Where the draft goes; printed where not given.")] = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a first draft of the mapping of a table, from its headers and values, and say what is unsure.

    Example: sarcoma cohort map registry.csv --to registry.yaml
    """
    from sarcoma.cli._streams import can_hold
    from sarcoma.cohort import draft_of, draft_yaml, open_source

    keep_apart({"--to": to}, {"the table": table}, force=force)
    if to is not None:
        format_of(to, (".yaml", ".yml"))
    drafted = draft_of(open_source(table, sheet=sheet, header_row=header_row), Path(table).stem)
    if to is not None:
        write_file(to, draft_yaml(drafted))
    if as_json:
        print_json(
            {"mapping": drafted.mapping, "unsure": drafted.unsure, "unused_columns": drafted.unused}
            | ({"refused": drafted.refused} if drafted.refused else {})
        )
    elif to is None:
        text = draft_yaml(drafted)
        say(text if can_hold(text) else draft_yaml(drafted, escaped=True), end="")
    else:
        say(f"Written: {to.name}. Unsure of {len(drafted.unsure)} things, named at its top; look at every line.")
        if drafted.refused:
            say(f"It cannot be read as it is: {drafted.refused}.")
        elif "unconfirmed" in drafted.mapping:
            say("It is not read before what stands under `unconfirmed` is confirmed.")


@commands.command("check")
def check(
    cohort: Annotated[Path, typer.Argument(help="The folder of a standard cohort.")],
    to: Annotated[Path | None, typer.Option("--to", help="The report: .html, .json, or its numbers as .csv.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Check a cohort: what is missing, implausible, out of order, and what would bias every estimate.

    Example: sarcoma cohort check cohort --to checks.html
    """
    from sarcoma.cohort import Cohort
    from sarcoma.cohort import check as run
    from sarcoma.report.as_csv import checked_csv
    from sarcoma.report.cohorts import checked_data, checked_html, checked_text

    keep_apart({"--to": to}, {"the cohort": cohort}, force=force)
    kind = None if to is None else format_of(to, _REPORTS)
    checked = run(Cohort.open(cohort), lambda rules: progress(rules, "Checks"))
    if to is not None:
        made = {".html": checked_html, ".json": lambda c: to_json(checked_data(c)), ".csv": checked_csv}
        write_file(to, made[kind or ""](checked))
    if as_json:
        print_json(checked_data(checked))
    else:
        say(checked_text(checked), end="")
        if to is not None:
            say(f"Written: {to.name}.")


@commands.command("describe")
def describe(
    cohort: Annotated[Path, typer.Argument(help="The folder of a standard cohort.")],
    to: Annotated[Path | None, typer.Option("--to", help="The report: .html, .json, or its numbers as .csv.")] = None,
    min_cell: Annotated[
        int | None, typer.Option("--min-cell", help="Suppress figures about fewer patients than this.")
    ] = None,
    engine: Engine = None,
    master: Master = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Answer the questions of a health article from a cohort, with intervals, pictures and published figures beside.

    With --engine the cohort may be larger than memory: the engine counts its files, and says the same.

    Example: sarcoma cohort describe cohort --to article.html --min-cell 5
    """
    from sarcoma.report.as_csv import described_csv
    from sarcoma.report.cohorts import described_data, described_html, described_text

    keep_apart({"--to": to}, {"the cohort": cohort}, force=force)
    kind = None if to is None else format_of(to, _REPORTS)
    described = _described(cohort, min_cell, engine, master)
    if to is not None:
        made = {".html": described_html, ".json": lambda d: to_json(described_data(d)), ".csv": described_csv}
        write_file(to, made[kind or ""](described))
    if as_json:
        print_json(described_data(described))
    else:
        say(described_text(described), end="")
        if to is not None:
            say(f"Written: {to.name}.")


@commands.command("write")
def write(
    cohort: Annotated[Path, typer.Argument(help="The folder of a standard cohort.")],
    to: Annotated[str, typer.Option("--to", help="The form: cbioportal (a study folder), omop.")],
    out: Annotated[
        str,
        typer.Option("--out", help="The folder that it goes to; of omop also an address, postgresql://…?schema=new."),
    ],
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a cohort in a form that others read, and say what the form cannot carry.

    Example: sarcoma cohort write cohort --to cbioportal --out study
    """
    from sarcoma.cohort import Cohort, Place, write_as
    from sarcoma.cohort.writing import writer_of

    writer, place = writer_of(to), Place.of(out)
    if place.path is not None:
        files = {f"--out {name}": place.path / name for name in writer.FILES}
        keep_apart(files, {"the cohort": cohort}, force=force)
    opened = Cohort.open(cohort)
    losses = write_as(opened, to, place)
    if as_json:
        lost = [{"what": loss.what, "count": loss.count} for loss in losses]
        print_json({"out": place.name, "form": to, "patients": len(opened), "files": list(writer.FILES), "lost": lost})
        return
    parts = writer.FILES if place.path is not None else (name.partition(".")[0] for name in writer.FILES)
    say(f"Written: {place.name}, {len(opened):,} patients ({', '.join(parts)}).")
    for loss in losses:
        say(f"Not in it: {loss.count:,} × {loss.what}.")


def _described(folder: Path, min_cell: int | None, engine: str | None, master: str | None) -> Description:
    from sarcoma.cohort import Cohort, describe

    def asked(questions: Iterable[Any]) -> Iterator[Any]:
        return progress(questions, "Questions")

    check_master(engine, master)
    if engine is None:
        return describe(Cohort.open(folder), min_cell=min_cell, progress=asked)
    from sarcoma.scale.cohort_files import CohortFiles
    from sarcoma.scale.descriptions import describe_files
    from sarcoma.scale.scored_file import engine_named

    with engine_named(engine, master) as run:
        return describe_files(CohortFiles.open(folder, run), min_cell=min_cell, progress=asked)


def _account(source: Source, cohort: Cohort, to: Path) -> str:
    from sarcoma.cohort.folder import FILES
    from sarcoma.report.draft import Draft

    about, page = cohort.about, Draft()
    page.heading(about.name)
    tables = "; ".join(f"{part.name}, {part.rows:,} rows" for part in source.contents)
    page.text(f"Found: {source.reader} ({tables}).")
    page.text(f"Rows in {about.rows_in:,} = rows used {about.rows_used:,} + rows refused {about.rows_refused:,}")
    for title, parts in (("Refused", about.refused), ("Not read", about.unread_cells)):
        if parts:
            page.blank()
            page.subheading(title)
            for part in parts:
                page.item(f"{part.count:,} × {part.reason}")
    both = [d for d in about.disagreements if d.both]
    if both:
        page.blank()
        page.subheading("Where two sources say the same, or not")
        for d in both:
            text = f"{d.what}: {d.sources[0]} and {d.sources[1]}: both in {d.both:,}, different in {d.differ:,}"
            page.item(f"{text}; only the first in {d.only[0]:,}, only the second in {d.only[1]:,}")
    page.blank()
    counts = dict(cohort.events["event"].value_counts(sort=True).iter_rows())
    page.text("Events: " + ", ".join(f"{n:,} {event}" for event, n in counts.items()) + ".")
    page.text(f"Written: {to.name}/{', '.join(FILES)}. Times are months since: {about.origin}.")
    return str(page)
